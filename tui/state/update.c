#include "tui/state/update.h"

#include "core/base/printable.h"
#include "tui/draw/style.h"
#include "tui/state/internal.h"

#include <stdarg.h>
#include <stdio.h>

void notice(struct state *state, unsigned style, const char *format, ...)
{
    char text[sizeof state->notice];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    printable_line(state->notice, sizeof state->notice, text);
    state->notice_style = style;
    state->notice_until_ms = state->now_ms + NOTICE_MS;
}

void notice_error(struct state *state, const struct error *error)
{
    if (error->hint[0])
        notice(state, ROLE_BAD, "%s  %s", error->message, error->hint);
    else
        notice(state, ROLE_BAD, "%s", error->message);
}

void update_start(struct state *state, int64_t now_ms, int64_t wall_ms, struct effects *effects)
{
    state->now_ms = now_ms;
    state->wall_ms = wall_ms;
    refilter(state);
    effects_add(effects, EFFECT_CONNECT);
}

void update(struct state *state, struct message *message, struct effects *effects)
{
    state->now_ms = message->now_ms;
    state->wall_ms = message->wall_ms;
    if (state->notice[0] && state->now_ms >= state->notice_until_ms)
        state->notice[0] = '\0';
    if (message->kind == MESSAGE_KEY) {
        press(state, message->key, effects);
    } else if (message->kind == MESSAGE_RESIZE) {
        state->rows = message->rows;
        state->cols = message->cols;
    } else {
        receive(state, message, effects);
    }
    if (state->overlay == OVERLAY_MENU && state->purpose == PURPOSE_COMMAND)
        refresh_choices(state);
    if (state->log_view.follow)
        state->log_unseen = 0;
    /* Nobody reads there: the newest entry stays in sight. */
    if (state->focus != PANEL_ACTIVITY)
        table_init(&state->activity_table);
    poll_schedule(state, effects);
}
