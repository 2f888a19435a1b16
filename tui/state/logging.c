/* The log panel: what its keys do. */
#include "core/base/alloc.h"
#include "tui/draw/style.h"
#include "tui/state/internal.h"

#include <stdio.h>
#include <string.h>

static void step_log(struct state *state, int direction)
{
    size_t count = state->deployment_count;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(state->deployments[i].name, state->log_deployment) != 0)
            continue;
        size_t next = (i + count + (size_t)direction) % count;
        choose_log(state, state->deployments[next].name);
        return;
    }
}

void key_to_log(struct state *state, struct key key)
{
    struct text_lines lines = lens_lines(&state->log_lens);
    text_view_key(&state->log_view, &lines, key);
}

void show_only(struct state *state, const char *text)
{
    lens_show_only(&state->log_lens, text, &state->log_view);
}

bool back_in_log(struct state *state)
{
    struct text_view *view = &state->log_view;
    if (view->search[0] || view->has_hit)
        key_to_log(state, (struct key){.name = KEY_ESC});
    else if (state->log_lens.only[0])
        show_only(state, "");
    else
        return false;
    return true;
}

/* The row that a key is about: the place shown last, else the newest or the topmost one. */
static uint64_t row_in_hand(struct state *state)
{
    const struct text_view *view = &state->log_view;
    struct text_lines lines = lens_lines(&state->log_lens);
    if (view->has_hit)
        return view->hit;
    return view->follow ? lines.dropped + lines.count - 1 : view->top;
}

static void show_row(struct state *state, uint64_t row)
{
    struct text_lines lines = lens_lines(&state->log_lens);
    text_view_show(&state->log_view, &lines, row);
}

static void step_error(struct state *state, bool forward)
{
    uint64_t row = 0;
    if (lens_next_error(&state->log_lens, row_in_hand(state), forward, &row))
        show_row(state, row);
    else
        notice(state, ROLE_DIM, "no line tells of a failure");
}

static void step_mark(struct state *state)
{
    uint64_t row = 0;
    if (lens_next_mark(&state->log_lens, row_in_hand(state), &row))
        show_row(state, row);
    else
        notice(state, ROLE_DIM, "no line is marked; m marks one");
}

static void save_log(struct state *state, const char *path, struct effects *effects)
{
    char suggested[NAME_SIZE + 8];
    if (*path) {
        struct effect *effect = effects_add(effects, EFFECT_SAVE);
        snprintf(effect->text, sizeof effect->text, "%s", path);
        effect->body = lens_text(&state->log_lens, &effect->body_len);
        return;
    }
    snprintf(suggested, sizeof suggested, "%s.log", state->log_deployment);
    open_save(state, PURPOSE_SAVE_LOG, suggested);
}

static void search_log(struct state *state, const char *text)
{
    for (const char *at = text; *at; at++)
        key_to_log(state, (struct key){.name = KEY_CHAR, .code = (unsigned char)*at});
    key_to_log(state, (struct key){.name = KEY_ENTER});
}

void act_logs(struct state *state, enum action action, const char *argument,
              struct effects *effects)
{
    struct key key;
    switch ((int)action) {
    case ACTION_PREVIOUS_LOG:
        step_log(state, -1);
        return;
    case ACTION_NEXT_LOG:
        step_log(state, 1);
        return;
    case ACTION_GO_LOGS:
        if (*argument && !state_find_deployment(state, argument))
            notice(state, ROLE_BAD, "%s has no deployment %s", state->endpoint, argument);
        else if (*argument)
            choose_log(state, argument);
        return;
    case ACTION_NEXT_ERROR:
        step_error(state, true);
        return;
    case ACTION_PREVIOUS_ERROR:
        step_error(state, false);
        return;
    case ACTION_ONLY:
        if (*argument)
            show_only(state, argument);
        else
            open_only(state);
        return;
    case ACTION_MARK:
        if (!lens_toggle_mark(&state->log_lens, row_in_hand(state)))
            notice(state, ROLE_WARN, "%d lines are marked already", LENS_MARKS_MAX);
        return;
    case ACTION_NEXT_MARK:
        step_mark(state);
        return;
    case ACTION_TIMES:
        state->log_lens.hides_times = !state->log_lens.hides_times;
        return;
    case ACTION_PRETTY:
        lens_toggle_pretty(&state->log_lens, &state->log_view);
        return;
    case ACTION_SAVE_LOG:
        save_log(state, argument, effects);
        return;
    default:
        break;
    }
    if (key_parse(action_key(action), &key))
        key_to_log(state, key);
    if (action == ACTION_SEARCH && *argument)
        search_log(state, argument);
}
