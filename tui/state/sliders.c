/* The traffic panel's keys: the draft under the operator's hands. */
#include "core/model/limits.h"
#include "tui/draw/style.h"
#include "tui/state/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool on_mirror(const struct state *state)
{
    return state->traffic_row >= state->draft->count;
}

static size_t row_of(const struct state *state)
{
    return on_mirror(state) ? state->traffic_row - state->draft->count : state->traffic_row;
}

static int share_of(const struct state *state)
{
    const struct traffic_map *map =
        on_mirror(state) ? &state->draft->want.mirror : &state->draft->want.live;
    return traffic_get(map, state->draft->names[row_of(state)]);
}

static bool is_kubernetes(const struct state *state)
{
    const struct endpoint *endpoint = state_endpoint(state);
    return endpoint && endpoint->kubernetes;
}

static void set_mirror(struct state *state, int percent)
{
    char why[120];
    size_t row = row_of(state);
    if (percent > 0 && is_kubernetes(state)) {
        notice(state, ROLE_WARN, "%s",
               draft_mirror_obstacle(state->draft, row, true, why, sizeof why));
        return;
    }
    draft_set_mirror(state->draft, row, percent);
}

static void set_live(struct state *state, int percent)
{
    int got = draft_set_live(state->draft, row_of(state), percent);
    if (got != percent && percent >= 0 && percent <= 100)
        notice(state, ROLE_WARN, "%s stays at %d: locked shares hold the rest",
               state->draft->names[row_of(state)], got);
}

/* Moving ends at the largest share the rules allow; typing goes where it is told. */
static void move_by(struct state *state, int delta)
{
    int most = on_mirror(state) ? LIMIT_MIRROR_PERCENT : 100;
    int now = share_of(state);
    int wish = now + delta;
    if (wish > most && delta > 0)
        wish = now > most ? now : most;
    if (wish < 0)
        wish = 0;
    if (wish == now)
        return;
    if (on_mirror(state))
        set_mirror(state, wish);
    else
        set_live(state, wish);
}

static void toggle_lock(struct state *state)
{
    bool *locked = &state->draft->locked[row_of(state)];
    if (on_mirror(state)) {
        notice(state, ROLE_DIM, "only live shares are linked, so only they can be locked");
        return;
    }
    *locked = !*locked;
}

static void start_typing(struct state *state)
{
    state->typing = true;
    field_set(&state->number, NULL);
}

void type_share(struct state *state, struct key key)
{
    if (key.name == KEY_ESC) {
        state->typing = false;
        return;
    }
    if (key.name != KEY_ENTER) {
        field_key(&state->number, key);
        return;
    }
    state->typing = false;
    if (!state->number.text[0])
        return;
    int percent = (int)strtol(state->number.text, NULL, 10);
    if (percent > 100) {
        notice(state, ROLE_BAD, "%d is no whole number from 0 to 100", percent);
        return;
    }
    if (on_mirror(state))
        set_mirror(state, percent);
    else
        set_live(state, percent);
}

/* ":traffic blue=90 green=10" stages exactly that. */
static void stage(struct state *state, const char *text)
{
    struct error error;
    struct traffic_split split = state->draft->want;
    if (!traffic_parse(text, &split.live, &error)) {
        notice_error(state, &error);
        return;
    }
    draft_replace(state->draft, &split);
}

void act_traffic(struct state *state, enum action action, const char *argument,
                 struct effects *effects)
{
    struct draft *draft = state->draft;
    size_t rows = 2 * draft->count;
    switch ((int)action) {
    case ACTION_GO_TRAFFIC:
        if (*argument && state_endpoint(state))
            stage(state, argument);
        break;
    case ACTION_UP:
        state->traffic_row -= state->traffic_row > 0 ? 1 : 0;
        break;
    case ACTION_DOWN:
        state->traffic_row += state->traffic_row + 1 < rows ? 1 : 0;
        break;
    case ACTION_LESS:
        move_by(state, -1);
        break;
    case ACTION_MORE:
        move_by(state, 1);
        break;
    case ACTION_LESS_10:
        move_by(state, -10);
        break;
    case ACTION_MORE_10:
        move_by(state, 10);
        break;
    case ACTION_LEAST:
        move_by(state, -100);
        break;
    case ACTION_MOST:
        move_by(state, 100);
        break;
    case ACTION_TYPE:
        start_typing(state);
        break;
    case ACTION_LOCK:
        toggle_lock(state);
        break;
    case ACTION_BALANCE:
        draft_balance(draft, row_of(state));
        break;
    case ACTION_OTHER_SIDE:
        state->traffic_row = (state->traffic_row + draft->count) % rows;
        break;
    case ACTION_DISCARD:
        draft_discard(draft);
        follow_draft(state);
        notice(state, ROLE_DIM, "draft dropped; u brings it back");
        break;
    case ACTION_UNDO:
        draft_undo(draft);
        break;
    case ACTION_REDO:
        draft_redo(draft);
        break;
    case ACTION_CLEAR_TRAFFIC:
        draft_clear(draft);
        break;
    case ACTION_COMMIT:
        act_write(state, action, argument, effects);
        break;
    default:
        break;
    }
}
