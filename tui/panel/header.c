/* The first line (where we are, how the service answers) and the last one (keys or a message). */
#include "core/base/clock.h"
#include "tui/draw/width.h"
#include "tui/panel/panel.h"
#include "tui/widget/footer.h"

#include <stdio.h>
#include <string.h>

enum { SILENCE_MS = 2000 };

/* When the service was last heard, if it owes an answer or gave a bad one; 0: all is well. */
static int64_t silent_since(const struct state *state, bool *failed)
{
    const struct reading *readings[] = {&state->endpoints_reading, &state->deployments_reading,
                                        &state->metrics_reading, &state->log_reading};
    int64_t heard = 0;
    bool waits = false;
    for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++) {
        const struct reading *reading = readings[i];
        int64_t last = reading->loaded ? reading->read_ms : 0;
        heard = last > heard ? last : heard;
        waits = waits || (reading->in_flight && state->now_ms - reading->asked_ms >= SILENCE_MS);
    }
    *failed = state->endpoints_reading.failures || state->deployments_reading.failures;
    if (!waits && !*failed)
        return 0;
    return heard ? heard : state->endpoints_reading.asked_ms;
}

/* How the service answers; the word says it, not only the colour. */
static unsigned api_text(const struct state *state, char *out, size_t size)
{
    static const char *const unopened[] = {[CONNECTION_OPENING] = "connecting",
                                           [CONNECTION_OPEN] = "",
                                           [CONNECTION_NONE] = "no workspace"};
    bool failed;
    int64_t since = silent_since(state, &failed);
    if (state->connection_state != CONNECTION_OPEN) {
        snprintf(out, size, "○ %s",
                 state->engine_starting ? "starting an engine" : unopened[state->connection_state]);
        return ROLE_DIM;
    }
    if (since) {
        snprintf(out, size, "%s api silent %lld s", failed ? "✗" : "○",
                 (long long)((state->now_ms - since) / 1000));
        return failed ? ROLE_BAD : ROLE_WARN;
    }
    if (!state->endpoints_reading.loaded) {
        snprintf(out, size, "○ api …");
        return ROLE_BUSY;
    }
    if (state->latency_ms < 1)
        snprintf(out, size, "● api <1 ms");
    else
        snprintf(out, size, "● api %d ms", state->latency_ms);
    return ROLE_OK;
}

static int place(struct canvas *canvas, struct rect area, int col, unsigned style, const char *text)
{
    if (!*text)
        return col;
    return canvas_text(canvas, area, 0, col, style, text) + 2;
}

enum { NARROW_COLUMNS = 64 }; /* below: no clock and no hint in the first line */

/* The right end of the line; returns the columns it takes. */
static int draw_right(const struct state *state, struct canvas *canvas, struct rect area)
{
    char api[64];
    char clock[CLOCK_ISO_SIZE];
    unsigned api_style = api_text(state, api, sizeof api);
    bool narrow = area.cols < NARROW_COLUMNS;
    int columns = width_text(api) + 1;
    if (!narrow)
        columns += 3 + 5 + 3 + 6;
    int col = canvas_text(canvas, area, 0, area.cols - columns, api_style, api) + 3;
    if (narrow)
        return columns;
    clock_format_hms(clock, state->wall_ms);
    clock[5] = '\0';
    col = canvas_text(canvas, area, 0, col, ROLE_DIM, clock) + 3;
    col = canvas_text(canvas, area, 0, col, ROLE_KEY, "?");
    canvas_text(canvas, area, 0, col, ROLE_HINT, " help");
    return columns;
}

void header_draw(const struct state *state, struct canvas *canvas, struct rect area)
{
    char where[300];
    const struct connection *connection = &state->connection;
    struct rect words = area;
    rect_cut_right(&words, draw_right(state, canvas, area) + 2);
    int col = place(canvas, words, 1, ROLE_BRAND | ATTR_BOLD, "cutover") + 1;
    snprintf(where, sizeof where, "%s%s%s", connection->context, connection->context[0] ? "/" : "",
             connection->workspace);
    col = place(canvas, words, col, ROLE_DIM, where);
    col = place(canvas, words, col, ROLE_TEXT | ATTR_BOLD, state->endpoint);
    if (state->read_only)
        place(canvas, words, col, ROLE_WARN, "read-only");
}

/* Hints by context, most wanted first. The panel's own stand in its frame. */
static const enum action hints[] = {
    ACTION_NEXT_PANEL, ACTION_COMMAND, ACTION_DETAILS, ACTION_ZOOM,  ACTION_ABORT,
    ACTION_PAUSE,      ACTION_RELOAD,  ACTION_THEME,   ACTION_CLOSE,
};

void footer_line_draw(const struct state *state, struct canvas *canvas, struct rect area)
{
    enum { COUNT = sizeof hints / sizeof hints[0] };
    struct key_hint shown[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        shown[i] = panel_hint(state, hints[i], (int)i);
    struct rect inside = area;
    rect_cut_left(&inside, 1);
    struct footer footer = {.hints = shown,
                            .hint_count = COUNT,
                            .message = state->notice[0] ? state->notice : NULL,
                            .message_style = state->notice_style};
    footer_draw(&footer, canvas, inside);
}
