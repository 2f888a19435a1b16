#include "core/base/clock.h"
#include "core/base/printable.h"
#include "tui/draw/width.h"
#include "tui/panel/panel.h"

#include <stdio.h>
#include <string.h>

enum { LABEL_COLUMNS = 9 };

static int choice(struct canvas *canvas, struct rect area, int col, bool chosen, unsigned style,
                  const char *text)
{
    char padded[NAME_SIZE + 2];
    snprintf(padded, sizeof padded, chosen ? "[%s]" : " %s ", text);
    return canvas_text(canvas, area, 0, col, chosen ? style | ATTR_BOLD : ROLE_DIM, padded);
}

static void draw_target(const struct state *state, struct canvas *canvas, struct rect line)
{
    const struct test_state *test = &state->test;
    int col = LABEL_COLUMNS - 1;
    canvas_text(canvas, line, 0, 0, ROLE_HEADING, "target");
    col = choice(canvas, line, col, test->target == TARGET_TRAFFIC, ROLE_TEXT, "traffic");
    for (size_t i = 0; i < state->deployment_count; i++)
        col = choice(canvas, line, col, test->target == (int)i,
                     state_deployment_style(state, state->deployments[i].name),
                     state->deployments[i].name);
    if (state->deployment_count > 1)
        choice(canvas, line, col, test->target == TARGET_BOTH, ROLE_TEXT, "both");
}

/* The end of a path says more than its start. */
static void draw_path(const struct state *state, struct canvas *canvas, struct rect line)
{
    const char *path = state->test.file;
    int room = line.cols - LABEL_COLUMNS;
    canvas_text(canvas, line, 0, 0, ROLE_HEADING, "request");
    if (state->test.body) {
        char text[256];
        printable_line(text, sizeof text, state->test.body);
        int col = canvas_printf(canvas, line, 0, LABEL_COLUMNS, ROLE_DRAFT, "typed ");
        canvas_text(canvas, line, 0, col, ROLE_TEXT, text);
        return;
    }
    if (!*path) {
        canvas_text(canvas, line, 0, LABEL_COLUMNS, ROLE_PLACEHOLDER,
                    "Enter chooses a file, i types one");
        return;
    }
    bool cut = false;
    while (*path && width_text(path) > room - 1) {
        path++;
        while (((unsigned char)*path & 0xC0) == 0x80)
            path++;
        cut = true;
    }
    canvas_printf(canvas, line, 0, LABEL_COLUMNS, ROLE_TEXT, "%s%s", cut ? "…" : "", path);
}

static unsigned status_style(int status)
{
    return status >= 200 && status < 300 ? ROLE_OK : status >= 500 ? ROLE_BAD : ROLE_WARN;
}

static void draw_status(const struct state *state, const struct test_run *run,
                        struct canvas *canvas, struct rect line)
{
    if (run->running) {
        canvas_printf(canvas, line, 0, 0, ROLE_BUSY, "waiting %lld s",
                      (long long)((state->now_ms - run->started_ms) / 1000));
        return;
    }
    char time[CLOCK_ISO_SIZE];
    const struct test_answer *answer = &run->answer;
    int col = 0;
    clock_format_hms(time, run->wall_ms);
    if (answer->status)
        col = canvas_printf(canvas, line, 0, 0, status_style(answer->status) | ATTR_BOLD, "%d",
                            answer->status) +
              2;
    if (answer->status)
        col = canvas_printf(canvas, line, 0, col, ROLE_TEXT, "%.1f ms",
                            (double)answer->latency_us / 1000.0) +
              2;
    if (answer->deployment[0])
        col = canvas_printf(canvas, line, 0, col,
                            state_deployment_style(state, answer->deployment) | ATTR_BOLD, "%s",
                            answer->deployment) +
              2;
    col = canvas_text(canvas, line, 0, col, ROLE_DIM, time) + 2;
    if (run->problem[0])
        canvas_text(canvas, line, 0, col, ROLE_BAD, run->problem);
}

static void draw_run(struct state *state, struct test_run *run, struct canvas *canvas,
                     struct rect area)
{
    struct rect line = rect_cut_top(&area, 1);
    draw_status(state, run, canvas, line);
    struct text_lines lines = json_view_lines(run->view);
    if (run->view)
        text_view_draw(&run->scroll, &lines, canvas, area, state->focus == PANEL_INVOKE);
    else if (run->problem[0])
        canvas_text(canvas, area, 0, 0, ROLE_BAD, run->problem);
}

static void draw_group(struct state *state, struct canvas *canvas, struct rect area)
{
    struct test_state *test = &state->test;
    struct test_run *last = &test->runs[test->shown];
    struct test_run *first = last;
    if (test->shown && test->runs[test->shown - 1].group == last->group)
        first = &test->runs[test->shown - 1];
    if (first != last) {
        struct rect left = rect_cut_left(&area, (area.cols - 1) / 2);
        draw_run(state, first, canvas, left);
        canvas_vline(canvas, area, 0, 0, area.rows, ROLE_BORDER);
        rect_cut_left(&area, 2);
    }
    draw_run(state, last, canvas, area);
}

void invoke_draw(struct state *state, struct canvas *canvas, struct rect area)
{
    static const enum action hints[] = {ACTION_SEND,         ACTION_TARGET, ACTION_PICK_REQUEST,
                                        ACTION_EDIT_REQUEST, ACTION_RESEND, ACTION_DIFF,
                                        ACTION_OLDER,        ACTION_NEWER};
    const struct test_state *test = &state->test;
    char right[40] = "";
    if (test->count > 1)
        snprintf(right, sizeof right, "%zu/%zu", test->shown + 1, test->count);
    struct panel_frame frame = {.right = right, .hints = hints, .hint_count = 8};
    struct rect inside = panel_box(state, canvas, area, PANEL_INVOKE, &frame);
    if (!state->endpoint[0])
        return;
    draw_target(state, canvas, rect_cut_top(&inside, 1));
    draw_path(state, canvas, rect_cut_top(&inside, 1));
    if (inside.rows > 6)
        rect_cut_top(&inside, 1);
    if (test->count)
        draw_group(state, canvas, inside);
}
