/*
 * The whole screen as text, from a state made of messages, held against files in
 * tests/screen/golden/. UPDATE_GOLDEN=1 writes them anew: read the difference before keeping it.
 */
#include "tui/panel/screen.h"

#include "core/base/alloc.h"
#include "core/base/file.h"
#include "tui/state/update.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { MINUTE_MS = 60 * 1000, MAX_GOLDEN = 64 * 1024 };

/* 2026-11-22 12:04:30 UTC */
static const int64_t wall = 1795348800000 + 270 * 1000;

struct desk {
    struct state *state;
    struct effects effects;
    int64_t now;
};

static void give(struct desk *desk, struct message message)
{
    effects_release(&desk->effects);
    message.now_ms = desk->now;
    message.wall_ms = wall;
    if (message.kind != MESSAGE_CONNECTED)
        message.generation = desk->state->generation;
    update(desk->state, &message, &desk->effects);
    message_release(&message);
}

static void press(struct desk *desk, const char *keys)
{
    while (*keys) {
        struct key key;
        char name[24];
        size_t len = strcspn(keys, " ");
        snprintf(name, sizeof name, "%.*s", (int)len, keys);
        assert_true(key_parse(name, &key));
        give(desk, (struct message){.kind = MESSAGE_KEY, .key = key});
        keys += len + (keys[len] == ' ');
    }
}

static void set_endpoint(struct endpoint *endpoint, const char *name, enum provisioning_state state,
                         const char *live)
{
    struct traffic_split split = {.mirror = {.count = 0}};
    assert_true(traffic_parse(live, &split.live, NULL));
    name_copy(endpoint->name, name);
    endpoint->state = state;
    endpoint_set_split(endpoint, &split);
}

static void give_endpoints(struct desk *desk, const char *live)
{
    struct endpoint *endpoints = mem_alloc_array(4, sizeof *endpoints);
    set_endpoint(&endpoints[0], "my-endpoint", STATE_SUCCEEDED, live);
    set_endpoint(&endpoints[1], "fraud", STATE_SUCCEEDED, "v7=100");
    set_endpoint(&endpoints[2], "churn", STATE_UPDATING, "a=60 b=40");
    set_endpoint(&endpoints[3], "parked", STATE_SUCCEEDED, "");
    give(desk, (struct message){.kind = MESSAGE_ENDPOINTS, .endpoints = endpoints, .count = 4});
}

static void give_deployments(struct desk *desk)
{
    struct deployment *deployments = mem_alloc_array(2, sizeof *deployments);
    struct message message = {.kind = MESSAGE_DEPLOYMENTS, .deployments = deployments, .count = 2};
    name_copy(deployments[0].name, "blue");
    name_copy(deployments[1].name, "green");
    deployments[0].state = STATE_SUCCEEDED;
    deployments[1].state = STATE_CREATING;
    deployments[0].instance_count = 2;
    deployments[1].instance_count = 1;
    name_copy(message.endpoint, "my-endpoint");
    give(desk, message);
}

static void give_metrics(struct desk *desk)
{
    enum { POINTS = 12 };
    struct metrics_series *series = mem_alloc_array(1, sizeof *series);
    struct message message = {.kind = MESSAGE_METRICS};
    name_copy(series->deployment, "blue");
    series->points = mem_alloc_array(POINTS, sizeof *series->points);
    for (int i = 0; i < POINTS; i++)
        series->points[i] = (struct metrics_point){
            .start_wall_ms = wall - wall % MINUTE_MS - (POINTS - 1 - i) * (int64_t)MINUTE_MS,
            .requests = 200 + 30 * i,
            .errors = i == POINTS - 1 ? 1 : 0,
            .p50_ms = 12.3,
            .p95_ms = 1234,
        };
    series->count = series->capacity = POINTS;
    message.metrics = (struct metrics){.series = series, .count = 1, .capacity = 1};
    name_copy(message.endpoint, "my-endpoint");
    give(desk, message);
}

static void give_log(struct desk *desk)
{
    static const char text[] =
        "2026-11-22 12:03:58,001 I [72] azmlinfsrv - Worker with pid 72 ready\n"
        "2026-11-22 12:04:01,124 I [72] azmlinfsrv - POST /score 200 12.345ms 10\n"
        "2026-11-22 12:04:02,388 E [72] azmlinfsrv - Encountered Exception: \033[31mno\033[0m\n"
        "2026-11-22 12:04:03,001 W [72] root - \xe2\x80\xaereversed and \xff broken\n";
    struct message message = {
        .kind = MESSAGE_LOG, .text = str_dup(text), .text_len = strlen(text), .number = 100};
    name_copy(message.endpoint, "my-endpoint");
    name_copy(message.deployment, "blue");
    give(desk, message);
}

static struct desk sit_down(int rows, int cols)
{
    struct connection connection = {.context = "prod", .workspace = "ml-prod"};
    struct desk desk = {.state = state_new(false, "my-endpoint"), .now = 100000};
    update_start(desk.state, desk.now, wall, &desk.effects);
    give(&desk, (struct message){.kind = MESSAGE_RESIZE, .rows = rows, .cols = cols});
    give(&desk,
         (struct message){.kind = MESSAGE_CONNECTED, .connection = &connection, .generation = 1});
    give(&desk, (struct message){.kind = MESSAGE_LATENCY, .number = 3100});
    return desk;
}

static struct desk full_desk(int rows, int cols)
{
    struct desk desk = sit_down(rows, cols);
    give_endpoints(&desk, "blue=100");
    give_deployments(&desk);
    give_metrics(&desk);
    give_log(&desk);
    return desk;
}

static void stand_up(struct desk *desk)
{
    effects_release(&desk->effects);
    state_free(desk->state);
}

static void expect_screen(struct desk *desk, const char *name, bool ascii)
{
    struct canvas canvas;
    size_t len = 0;
    canvas_init(&canvas, desk->state->rows, desk->state->cols, ascii);
    screen_draw(desk->state, &canvas);
    char *is = canvas_to_text(&canvas);
    char *path = str_format("tests/screen/golden/%s.txt", name);
    if (getenv("UPDATE_GOLDEN"))
        assert_true(file_write_atomic(path, is, strlen(is), 0644, NULL));
    char *wanted = file_read(path, MAX_GOLDEN, &len, NULL);
    if (!wanted || strcmp(is, wanted) != 0)
        fail_msg("%s is another screen:\n%s", path, is);
    free(wanted);
    free(path);
    free(is);
    canvas_release(&canvas);
}

static void shows_everything_at_120x36(void **unused)
{
    (void)unused;
    struct desk desk = full_desk(36, 120);
    expect_screen(&desk, "console-120x36", false);
    stand_up(&desk);
}

static void shows_everything_at_80x24(void **unused)
{
    (void)unused;
    struct desk desk = full_desk(24, 80);
    expect_screen(&desk, "console-80x24", false);
    press(&desk, "6");
    expect_screen(&desk, "console-invoke-80x24", false);
    stand_up(&desk);
}

static void shows_a_draft_and_its_broken_rule(void **unused)
{
    (void)unused;
    struct desk desk = full_desk(24, 80);
    press(&desk, "3 j L v l l");
    expect_screen(&desk, "console-broken-80x24", false);
    expect_screen(&desk, "console-broken-ascii-80x24", true);
    press(&desk, "H k k Space v");
    expect_screen(&desk, "console-draft-80x24", false);
    stand_up(&desk);
}

static void shows_one_panel_where_there_is_room_for_one(void **unused)
{
    (void)unused;
    struct desk desk = full_desk(12, 50);
    press(&desk, "2");
    expect_screen(&desk, "console-50x12", false);
    stand_up(&desk);
    desk = full_desk(36, 120);
    press(&desk, "5 z");
    expect_screen(&desk, "console-zoomed-120x36", false);
    stand_up(&desk);
}

static void shows_the_request_before_it_is_sent(void **unused)
{
    (void)unused;
    static const char request[] = "PUT https://management.azure.com/x?api-version=2025-12-01\n"
                                  "{\n  \"traffic\": {\n    \"blue\": 90\n  }\n}\n";
    struct desk desk = full_desk(24, 80);
    press(&desk, "3 j L c");
    expect_screen(&desk, "console-preparing-80x24", false);
    give(&desk, (struct message){.kind = MESSAGE_PREPARED,
                                 .id = desk.state->review.write->id,
                                 .text = str_dup(request),
                                 .text_len = strlen(request)});
    expect_screen(&desk, "console-review-80x24", false);
    stand_up(&desk);
}

static void shows_three_ways_on_a_conflict(void **unused)
{
    (void)unused;
    struct desk desk = full_desk(24, 80);
    press(&desk, "3 j L");
    give_endpoints(&desk, "blue=40 green=60");
    press(&desk, "c");
    expect_screen(&desk, "console-conflict-80x24", false);
    stand_up(&desk);
}

static void shows_silence_with_its_age(void **unused)
{
    (void)unused;
    struct desk desk = full_desk(24, 80);
    struct error error;
    error_set(&error, ERROR_NETWORK, "connection refused");
    desk.now += 12000;
    give(&desk, (struct message){.kind = MESSAGE_ENDPOINTS, .error = &error});
    desk.now += 2000;
    give(&desk, (struct message){.kind = MESSAGE_TICK});
    expect_screen(&desk, "console-silent-80x24", false);
    stand_up(&desk);
}

static void shows_the_first_frame_and_the_first_question(void **unused)
{
    (void)unused;
    struct desk desk = {.state = state_new(false, NULL), .now = 100000};
    struct error error;
    update_start(desk.state, desk.now, wall, &desk.effects);
    give(&desk, (struct message){.kind = MESSAGE_RESIZE, .rows = 24, .cols = 80});
    expect_screen(&desk, "console-first-80x24", false);
    error_set(&error, ERROR_NETWORK, "no local engine is running");
    give(&desk, (struct message){.kind = MESSAGE_UNCONNECTED, .error = &error});
    expect_screen(&desk, "console-setup-80x24", false);
    stand_up(&desk);
}

static void shows_help_and_command_line(void **unused)
{
    (void)unused;
    struct desk desk = full_desk(24, 80);
    press(&desk, "3 ?");
    expect_screen(&desk, "console-help-80x24", false);
    press(&desk, "Esc : s c a");
    expect_screen(&desk, "console-command-80x24", false);
    stand_up(&desk);
}

static void shows_the_sorted_column_and_the_inverse_filter(void **unused)
{
    (void)unused;
    struct desk desk = full_desk(24, 80);
    press(&desk, "2 > I 1 / ! p a Enter");
    expect_screen(&desk, "console-sorted-80x24", false);
    stand_up(&desk);
}

static void shows_a_filtered_log_at_its_error(void **unused)
{
    (void)unused;
    struct desk desk = full_desk(24, 80);
    press(&desk, "5 z m t & a z m l Enter E");
    expect_screen(&desk, "console-log-only-80x24", false);
    stand_up(&desk);
}

static void shows_what_two_answers_differ_in(void **unused)
{
    (void)unused;
    static const char *const bodies[] = {"{\"y\": [1.5, 2], \"model\": \"m\"}",
                                         "{\"y\": [1.5, 7], \"model\": \"m\", \"n\": 3}"};
    struct desk desk = full_desk(24, 80);
    press(&desk, "6 i [ 1 ] Enter t t t s");
    for (size_t i = 0; i < 2; i++) {
        struct message message = {.kind = MESSAGE_ANSWER, .id = desk.state->test.runs[i].id};
        message.answer.status = 200;
        message.answer.body = str_dup(bodies[i]);
        message.answer.body_len = strlen(bodies[i]);
        name_copy(message.answer.deployment, i ? "green" : "blue");
        give(&desk, message);
    }
    press(&desk, "D");
    expect_screen(&desk, "console-diff-80x24", false);
    press(&desk, "q i");
    expect_screen(&desk, "console-typed-80x24", false);
    stand_up(&desk);
}

/* Any size at any moment: nothing is read or written outside. */
static void draws_at_every_size(void **unused)
{
    (void)unused;
    static const char *const keys[] = {"1", "2", "3", "5", "6", "7", "z", "?", "Esc", ":", "Esc"};
    struct desk desk = full_desk(24, 80);
    for (int rows = 1; rows < 50; rows += 3) {
        for (int cols = 1; cols < 140; cols += 11) {
            struct canvas canvas;
            give(&desk, (struct message){.kind = MESSAGE_RESIZE, .rows = rows, .cols = cols});
            press(&desk, keys[(size_t)(rows + cols) % (sizeof keys / sizeof keys[0])]);
            canvas_init(&canvas, rows, cols, false);
            screen_draw(desk.state, &canvas);
            canvas_release(&canvas);
        }
    }
    stand_up(&desk);
}

static void panels_never_overlap_and_fill_the_body(void **unused)
{
    (void)unused;
    for (int rows = SCREEN_MIN_ROWS; rows < 80; rows++) {
        for (int cols = SCREEN_MIN_COLS; cols < 200; cols += 7) {
            struct screen_layout layout =
                screen_layout(rows, cols, PANEL_TRAFFIC, PANEL_LOGS, false, 4);
            int cells = 0;
            for (int i = 0; i < PANEL_COUNT; i++) {
                cells += layout.panels[i].rows * layout.panels[i].cols;
                for (int j = i + 1; j < PANEL_COUNT; j++)
                    assert_true(rect_is_empty(rect_intersect(layout.panels[i], layout.panels[j])));
            }
            assert_int_equal(cells, layout.body.rows * layout.body.cols);
        }
    }
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    setenv("TZ", "UTC", 1);
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_everything_at_120x36),
        cmocka_unit_test(shows_everything_at_80x24),
        cmocka_unit_test(shows_a_draft_and_its_broken_rule),
        cmocka_unit_test(shows_one_panel_where_there_is_room_for_one),
        cmocka_unit_test(shows_the_request_before_it_is_sent),
        cmocka_unit_test(shows_three_ways_on_a_conflict),
        cmocka_unit_test(shows_silence_with_its_age),
        cmocka_unit_test(shows_the_first_frame_and_the_first_question),
        cmocka_unit_test(shows_help_and_command_line),
        cmocka_unit_test(shows_the_sorted_column_and_the_inverse_filter),
        cmocka_unit_test(shows_a_filtered_log_at_its_error),
        cmocka_unit_test(shows_what_two_answers_differ_in),
        cmocka_unit_test(draws_at_every_size),
        cmocka_unit_test(panels_never_overlap_and_fill_the_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
