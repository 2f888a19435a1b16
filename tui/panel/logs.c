#include "tui/panel/panel.h"

#include <stdio.h>

static void position(const struct state *state, const struct text_lines *lines, char *out,
                     size_t size)
{
    char where[60];
    if (state->log_unseen) {
        snprintf(out, size, "+%llu new, F follows", (unsigned long long)state->log_unseen);
        return;
    }
    text_view_position(&state->log_view, lines, where, sizeof where);
    if (state->log.dropped)
        snprintf(out, size, "%s  %llu lines dropped", where,
                 (unsigned long long)state->log.dropped);
    else
        snprintf(out, size, "%s", where);
}

void logs_draw(struct state *state, struct canvas *canvas, struct rect area)
{
    static const enum action hints[] = {ACTION_SEARCH,     ACTION_NEXT_LOG, ACTION_FOLLOW,
                                        ACTION_NEXT_ERROR, ACTION_ONLY,     ACTION_PAUSE,
                                        ACTION_WRAP};
    char stale[40];
    char note[NAME_SIZE + TEXT_SEARCH_MAX + 80];
    char right[120];
    struct text_lines lines = lens_lines(&state->log_lens);
    const struct reading *reading = &state->log_reading;
    panel_reading_note(reading, state->now_ms, stale, sizeof stale);
    const char *only = state->log_lens.only;
    snprintf(note, sizeof note, "%s%s%s%s%s", state->log_deployment, *only ? "  only " : "", only,
             stale[0] ? "  " : "", stale);
    position(state, &lines, right, sizeof right);
    lines.empty = !state->log_deployment[0] ? ""
                  : !reading->loaded        ? reading->failures ? reading->problem : "reading…"
                  : *only                   ? "no line passes the filter"
                                            : "nothing was written yet";
    struct panel_frame frame = {
        .note = note,
        .note_style = stale[0] ? ROLE_WARN : state_deployment_style(state, state->log_deployment),
        .right = right,
        .right_style = state->log_unseen ? ROLE_WARN : ROLE_DIM,
        .hints = hints,
        .hint_count = 7};
    struct rect inside = panel_box(state, canvas, area, PANEL_LOGS, &frame);
    text_view_draw(&state->log_view, &lines, canvas, inside, state->focus == PANEL_LOGS);
}
