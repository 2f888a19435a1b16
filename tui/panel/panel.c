#include "tui/panel/panel.h"

#include "tui/draw/width.h"

#include <stdio.h>
#include <string.h>

enum { HINTS_MAX = 8 };

static const struct {
    int number;
    const char *title;
} titles[PANEL_COUNT] = {
    [PANEL_ENDPOINTS] = {1, "Endpoints"}, [PANEL_DEPLOYMENTS] = {2, "Deployments"},
    [PANEL_TRAFFIC] = {3, "Traffic"},     [PANEL_LOGS] = {5, "Logs"},
    [PANEL_INVOKE] = {6, "Invoke"},       [PANEL_ACTIVITY] = {7, "Activity"},
};

struct key_hint panel_hint(const struct state *state, enum action action, int priority)
{
    char why[200];
    return (struct key_hint){.key = action_key(action),
                             .label = action_info(action)->label,
                             .priority = priority,
                             .disabled = state_obstacle(state, action, why, sizeof why) != NULL};
}

struct rect panel_box(const struct state *state, struct canvas *canvas, struct rect area,
                      enum panel panel, const struct panel_frame *frame)
{
    struct key_hint hints[HINTS_MAX];
    bool focused = state->focus == panel && state->overlay == OVERLAY_NONE;
    size_t count = 0;
    for (; state->focus == panel && count < frame->hint_count && count < HINTS_MAX; count++)
        hints[count] = panel_hint(state, frame->hints[count], (int)count);
    struct box box = {.number = titles[panel].number,
                      .title = titles[panel].title,
                      .note = frame->note && *frame->note ? frame->note : NULL,
                      .note_style = frame->note_style,
                      .right = frame->right && *frame->right ? frame->right : NULL,
                      .right_style = frame->right_style,
                      .hints = hints,
                      .hint_count = count,
                      .status = frame->status && *frame->status ? frame->status : NULL,
                      .status_style = frame->status_style,
                      .focused = focused};
    return rect_inset(canvas_box(canvas, area, &box), 0, 1);
}

const char *panel_reading_note(const struct reading *reading, int64_t now_ms, char *out,
                               size_t size)
{
    out[0] = '\0';
    if (reading->paused)
        snprintf(out, size, "paused");
    else if (!reading->loaded && reading->in_flight && !reading->failures)
        snprintf(out, size, "reading…");
    else if (reading_is_stale(reading, now_ms) && reading->loaded)
        snprintf(out, size, "stale %lld s", (long long)((now_ms - reading->read_ms) / 1000));
    else if (reading->failures)
        snprintf(out, size, "no answer");
    return out;
}

unsigned panel_state_style(enum provisioning_state state)
{
    if (state == STATE_SUCCEEDED)
        return ROLE_OK;
    if (state == STATE_FAILED || state == STATE_CANCELED)
        return ROLE_BAD;
    return state_is_busy(state) ? ROLE_BUSY : ROLE_DIM;
}

void panel_say(struct canvas *canvas, struct rect area, unsigned style, const char *first,
               const char *second)
{
    int row = (area.rows - (second ? 2 : 1)) / 2;
    row = row < 0 ? 0 : row;
    canvas_cell_text(canvas, area, row, 0, area.cols, ALIGN_CENTRE, style, first);
    if (second)
        canvas_cell_text(canvas, area, row + 1, 0, area.cols, ALIGN_CENTRE, ROLE_DIM, second);
}
