/* The guide's line at every step of the cutover. */
#include "core/base/alloc.h"
#include "tui/draw/width.h"
#include "tui/state/state.h"
#include "tui/state/update.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A console on the samples with one endpoint; `green` is STATE_UNKNOWN for none. */
static struct state *console(const char *live, const char *mirror, bool blue,
                             enum provisioning_state green)
{
    struct state *state = state_new(false, NULL);
    struct traffic_split split;
    assert_true(traffic_parse(live, &split.live, NULL));
    assert_true(traffic_parse(mirror, &split.mirror, NULL));
    state->tour.offered = true;
    state->endpoints = mem_alloc_array(1, sizeof *state->endpoints);
    state->endpoint_count = 1;
    name_copy(state->endpoints[0].name, "my-endpoint");
    name_copy(state->endpoint, "my-endpoint");
    endpoint_set_split(&state->endpoints[0], &split);
    state->deployments = mem_alloc_array(2, sizeof *state->deployments);
    if (blue)
        name_copy(state->deployments[state->deployment_count++].name, "blue");
    if (green != STATE_UNKNOWN) {
        state->deployments[state->deployment_count].state = green;
        name_copy(state->deployments[state->deployment_count++].name, "green");
    }
    state->deployments_reading.loaded = true;
    tour_follow(state);
    return state;
}

static void tells(const struct state *state, const char *words)
{
    char line[200];
    assert_ptr_equal(tour_line(state, line, sizeof line), line);
    if (!strstr(line, words))
        fail_msg("\"%s\" does not say \"%s\"", line, words);
    assert_true(width_text(line) <= TOUR_LINE_MAX);
}

static void is_silent(const struct state *state)
{
    char line[200];
    assert_null(tour_line(state, line, sizeof line));
}

static void green_is_made_first(void **unused)
{
    (void)unused;
    struct state *state = console("blue=100", "", true, STATE_UNKNOWN);
    tells(state, "green-deployment.yml");
    state_free(state);
    state = console("blue=100", "", true, STATE_CREATING);
    tells(state, "green is starting");
    state_free(state);
    state = console("blue=100", "", true, STATE_FAILED);
    tells(state, ":delete-deployment green");
    state_free(state);
}

static void then_tested_and_mirrored(void **unused)
{
    (void)unused;
    struct state *state = console("blue=100", "", true, STATE_SUCCEEDED);
    tells(state, "6, Enter a request, t to green, s");
    struct test_run *run = &state->test.runs[state->test.count++];
    run->answer.status = 500;
    name_copy(run->answer.deployment, "green");
    tells(state, "6, Enter a request, t to green, s");
    run->answer.status = 200;
    tells(state, "MIRROR green to 10");
    state_free(state);
}

static void a_mirror_is_watched_then_taken_back(void **unused)
{
    (void)unused;
    struct state *state = console("blue=100", "green=10", true, STATE_SUCCEEDED);
    tells(state, "copies of 10%");
    struct traffic_split now = {.live = {.count = 0}};
    assert_true(traffic_parse("blue=100", &now.live, NULL));
    endpoint_set_split(&state->endpoints[0], &now);
    tour_follow(state);
    tells(state, "LIVE green to 10");
    state_free(state);
}

static void traffic_moves_and_blue_goes(void **unused)
{
    (void)unused;
    struct state *state = console("blue=90 green=10", "", true, STATE_SUCCEEDED);
    tells(state, "green serves 10%");
    state_free(state);
    state = console("green=100", "", true, STATE_SUCCEEDED);
    tells(state, ":delete-deployment blue");
    state_free(state);
    state = console("green=100", "", false, STATE_SUCCEEDED);
    tells(state, "done");
    state_free(state);
}

static void it_keeps_quiet_where_it_does_not_belong(void **unused)
{
    (void)unused;
    struct state *state = console("blue=100", "", true, STATE_UNKNOWN);
    state->tour.hidden = true;
    is_silent(state);
    state->tour.hidden = false;
    state->tour.offered = false;
    is_silent(state);
    state->tour.offered = true;
    state->deployments_reading.loaded = false;
    is_silent(state);
    state->deployments_reading.loaded = true;
    name_copy(state->deployments[0].name, "v7");
    is_silent(state);
    state_free(state);
}

static void the_operator_hides_it_and_brings_it_back(void **unused)
{
    (void)unused;
    struct state *state = console("blue=100", "", true, STATE_UNKNOWN);
    struct effects effects = {.count = 0};
    for (int round = 0; round < 2; round++) {
        for (const char *at = ":guide\r"; *at; at++) {
            struct key key = {.name = KEY_CHAR, .code = (unsigned char)*at};
            if (*at == '\r')
                key = (struct key){.name = KEY_ENTER};
            update(state, &(struct message){.kind = MESSAGE_KEY, .key = key}, &effects);
        }
        assert_int_equal(state->tour.hidden, round == 0);
    }
    tells(state, "green-deployment.yml");
    effects_release(&effects);
    state_free(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(green_is_made_first),
        cmocka_unit_test(then_tested_and_mirrored),
        cmocka_unit_test(a_mirror_is_watched_then_taken_back),
        cmocka_unit_test(traffic_moves_and_blue_goes),
        cmocka_unit_test(it_keeps_quiet_where_it_does_not_belong),
        cmocka_unit_test(the_operator_hides_it_and_brings_it_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
