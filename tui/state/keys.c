/* From a key to an action, and from an action to the part of the console that does it. */
#include "core/base/alloc.h"
#include "tui/draw/style.h"
#include "tui/state/internal.h"
#include "tui/state/update.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const enum panel order[PANEL_COUNT] = {PANEL_ENDPOINTS, PANEL_DEPLOYMENTS, PANEL_TRAFFIC,
                                              PANEL_LOGS,      PANEL_INVOKE,      PANEL_ACTIVITY};

void focus_panel(struct state *state, enum panel panel)
{
    state->focus = panel;
    state->typing = false;
    if (panel == PANEL_LOGS || panel == PANEL_INVOKE || panel == PANEL_ACTIVITY)
        state->lower = panel;
    if (panel == PANEL_LOGS && state->log_reading.due_ms > state->now_ms)
        state->log_reading.due_ms = state->now_ms;
}

static void step_panel(struct state *state, int direction)
{
    size_t at = 0;
    while (order[at] != state->focus)
        at++;
    at = (at + PANEL_COUNT + (size_t)direction) % PANEL_COUNT;
    focus_panel(state, order[at]);
}

/* --- lists and texts of the panels -------------------------------------------------------------
 */

static void move_table(struct state *state, enum action action)
{
    struct key key;
    if (!key_parse(action_key(action), &key))
        return;
    if (state->focus == PANEL_ENDPOINTS) {
        struct table_rows rows = state_endpoint_rows(state);
        table_key(&state->endpoint_table, &rows, key);
        if (rows.count)
            choose_endpoint(state, rows.identity(rows.data, state->endpoint_table.index));
    } else if (state->focus == PANEL_DEPLOYMENTS) {
        struct table_rows rows = state_deployment_rows(state);
        table_key(&state->deployment_table, &rows, key);
    } else {
        struct table_rows rows = state_activity_rows(state);
        table_key(&state->activity_table, &rows, key);
    }
}

/* Rows move, the selection stays on its thing. */
static void sort_table(struct state *state, enum action action)
{
    struct key key;
    bool endpoints = action_info(action)->context == CONTEXT_ENDPOINTS;
    struct table *table = endpoints ? &state->endpoint_table : &state->deployment_table;
    struct table_rows rows = endpoints ? state_endpoint_rows(state) : state_deployment_rows(state);
    if (!key_parse(action_key(action), &key) || !table_key(table, &rows, key))
        return;
    if (endpoints)
        refilter(state);
    else
        sort_deployments(state);
}

static void act_filter(struct state *state, const char *argument)
{
    if (*argument) {
        field_set(&state->filter, argument);
        refilter(state);
    } else {
        state->filtering = true;
    }
}

static void type_filter(struct state *state, struct key key)
{
    if (key.name == KEY_ENTER || key.name == KEY_UP || key.name == KEY_DOWN) {
        state->filtering = false;
        return;
    }
    if (key.name == KEY_ESC) {
        state->filtering = false;
        field_set(&state->filter, NULL);
        refilter(state);
    } else if (field_key(&state->filter, key) == FIELD_CHANGED) {
        refilter(state);
    }
}

/* --- actions of no one panel -------------------------------------------------------------------
 */

static struct reading *reading_of_panel(struct state *state)
{
    return state->focus == PANEL_ENDPOINTS ? &state->endpoints_reading
           : state->focus == PANEL_LOGS    ? &state->log_reading
                                           : &state->deployments_reading;
}

static void toggle_pause(struct state *state)
{
    struct reading *reading = reading_of_panel(state);
    reading->paused = !reading->paused;
    if (reading == &state->deployments_reading)
        state->metrics_reading.paused = reading->paused;
    reading->due_ms = state->now_ms;
}

static void back(struct state *state)
{
    bool filtered = state->focus == PANEL_ENDPOINTS && state->filter.text[0];
    if (state->notice[0]) {
        state->notice[0] = '\0';
    } else if (filtered) {
        field_set(&state->filter, NULL);
        refilter(state);
    } else if (state->focus != PANEL_LOGS || !back_in_log(state)) {
        state->zoomed = false;
    }
}

static void interrupt(struct state *state, struct effects *effects)
{
    if (state->overlay != OVERLAY_NONE) {
        overlay_close(state);
    } else if (state->typing || state->filtering) {
        state->typing = state->filtering = false;
    } else if (!cancel_tests(state, effects)) {
        if (state->interrupted_ms && state->now_ms - state->interrupted_ms <= LEAVE_WITHIN_MS) {
            effects_add(effects, EFFECT_QUIT)->number = 130;
            return;
        }
        state->interrupted_ms = state->now_ms;
        notice(state, ROLE_WARN, "Ctrl-C again within 2 s leaves");
    }
}

static void act_endpoints(struct state *state, const char *argument)
{
    if (!*argument)
        return;
    if (!state_find_endpoint(state, argument)) {
        notice(state, ROLE_BAD, "no endpoint %s here", argument);
        return;
    }
    field_set(&state->filter, NULL);
    table_select_id(&state->endpoint_table, argument);
    refilter(state);
}

static void act_global(struct state *state, enum action action, const char *argument,
                       struct effects *effects)
{
    switch ((int)action) {
    case ACTION_HELP:
        open_help(state);
        break;
    case ACTION_COMMAND:
        open_command(state);
        break;
    case ACTION_NEXT_PANEL:
        step_panel(state, 1);
        break;
    case ACTION_PREVIOUS_PANEL:
        step_panel(state, -1);
        break;
    case ACTION_ZOOM:
        state->zoomed = !state->zoomed;
        break;
    case ACTION_DETAILS:
        if (state->focus == PANEL_ACTIVITY)
            open_entry(state);
        else
            open_details(state,
                         state->focus == PANEL_DEPLOYMENTS ? state->deployment_table.selected : "",
                         effects);
        break;
    case ACTION_RELOAD:
        poll_now(state);
        break;
    case ACTION_REDRAW:
        effects_add(effects, EFFECT_REDRAW);
        break;
    case ACTION_UNDO:
    case ACTION_REDO:
    case ACTION_CLEAR_TRAFFIC:
        act_traffic(state, action, argument, effects);
        break;
    case ACTION_PAUSE:
        toggle_pause(state);
        break;
    case ACTION_COPY:
        copy_value(state, effects);
        break;
    case ACTION_COPY_AS:
        if (*argument)
            copy_as(state, argument, effects);
        else
            open_copy(state);
        break;
    case ACTION_THEME: {
        struct effect *effect = effects_add(effects, EFFECT_THEME);
        snprintf(effect->text, sizeof effect->text, "%s", argument);
        break;
    }
    case ACTION_ABORT:
    case ACTION_DELETE_DEPLOYMENT:
    case ACTION_DELETE_ENDPOINT:
        act_write(state, action, argument, effects);
        break;
    case ACTION_BACK:
        back(state);
        break;
    case ACTION_CLOSE:
    case ACTION_LEAVE:
        open_quit(state, effects);
        break;
    case ACTION_CANCEL:
        interrupt(state, effects);
        break;
    case ACTION_SUSPEND:
        effects_add(effects, EFFECT_SUSPEND);
        break;
    case ACTION_ADD_CONTEXT:
        open_add_context(state);
        break;
    case ACTION_GUIDE:
        state->tour.hidden = !state->tour.hidden;
        notice(state, ROLE_DIM, "the guide is %s; :guide turns it %s",
               state->tour.hidden ? "hidden" : "shown", state->tour.hidden ? "on" : "off");
        break;
    case ACTION_START_ENGINE:
        state->engine_starting = true;
        effects_add(effects, EFFECT_START_ENGINE);
        notice(state, ROLE_BUSY, "starting a local engine…");
        break;
    default:
        break;
    }
}

static void switch_context(struct state *state, const char *argument, struct effects *effects)
{
    if (!*argument) {
        open_contexts(state, effects);
        return;
    }
    struct effect *effect = effects_add(effects, EFFECT_CONNECT);
    snprintf(effect->text, sizeof effect->text, "%s", argument);
}

/* Moves in the focused panel. */
static void act_move(struct state *state, enum action action, struct effects *effects)
{
    switch (state->focus) {
    case PANEL_TRAFFIC:
        act_traffic(state, action, "", effects);
        break;
    case PANEL_LOGS:
        act_logs(state, action, "", effects);
        break;
    case PANEL_INVOKE:
        act_invoke(state, action, "", effects);
        break;
    case PANEL_ENDPOINTS:
    case PANEL_DEPLOYMENTS:
    case PANEL_ACTIVITY:
    case PANEL_COUNT:
        move_table(state, action);
        break;
    }
}

/* The panel of a context, so that an action typed by name goes there. */
static enum panel panel_of(enum context context)
{
    return (enum panel)(context - CONTEXT_ENDPOINTS);
}

static void act_of_panel(struct state *state, enum action action, const char *argument,
                         struct effects *effects)
{
    enum context context = action_info(action)->context;
    focus_panel(state, panel_of(context));
    switch ((int)action) {
    case ACTION_FILTER:
        act_filter(state, argument);
        return;
    case ACTION_OPEN:
        focus_panel(state, PANEL_DEPLOYMENTS);
        return;
    case ACTION_SWITCH_CONTEXT:
        switch_context(state, argument, effects);
        return;
    case ACTION_SORT_PREVIOUS:
    case ACTION_SORT_NEXT:
    case ACTION_SORT_INVERT:
    case ACTION_SORT_DEPLOYMENTS_PREVIOUS:
    case ACTION_SORT_DEPLOYMENTS_NEXT:
    case ACTION_SORT_DEPLOYMENTS_INVERT:
        sort_table(state, action);
        return;
    case ACTION_CREATE:
    case ACTION_SCALE:
        act_write(state, action, argument, effects);
        return;
    case ACTION_INSPECT:
        open_details(state, state->deployment_table.selected, effects);
        return;
    case ACTION_SHOW_ENTRY:
        open_entry(state);
        return;
    default:
        break;
    }
    if (context == CONTEXT_TRAFFIC)
        act_traffic(state, action, argument, effects);
    else if (context == CONTEXT_LOGS)
        act_logs(state, action, argument, effects);
    else if (context == CONTEXT_INVOKE)
        act_invoke(state, action, argument, effects);
}

static void go_to(struct state *state, enum action action, const char *argument,
                  struct effects *effects)
{
    focus_panel(state, (enum panel)(action - ACTION_GO_ENDPOINTS));
    if (action == ACTION_GO_ENDPOINTS)
        act_endpoints(state, argument);
    else if (action == ACTION_GO_LOGS)
        act_logs(state, action, argument, effects);
    else if (action == ACTION_GO_TRAFFIC)
        act_traffic(state, action, argument, effects);
}

void act(struct state *state, enum action action, const char *argument, struct effects *effects)
{
    char why[200];
    if (action == ACTION_NONE)
        return;
    if (state_obstacle(state, action, why, sizeof why)) {
        notice(state, ROLE_WARN, "%s", why);
        return;
    }
    if (action != ACTION_CANCEL)
        state->interrupted_ms = 0;
    if (action >= ACTION_GO_ENDPOINTS && action <= ACTION_GO_ACTIVITY)
        go_to(state, action, argument, effects);
    else if (action >= ACTION_UP && action <= ACTION_HALF_DOWN)
        act_move(state, action, effects);
    else if (action_info(action)->context == CONTEXT_PANELS)
        act_global(state, action, argument, effects);
    else
        act_of_panel(state, action, argument, effects);
}

static bool is_paste(struct key key)
{
    return key.name == KEY_PASTE_START || key.name == KEY_PASTED || key.name == KEY_PASTE_END;
}

/* No key of ours needs Alt: what looks like it is Esc and then a key, faster than told apart. */
static bool is_esc_and_more(struct key key)
{
    return key.name == KEY_CHAR && key.state == KEY_ALT;
}

void press(struct state *state, struct key key, struct effects *effects)
{
    if (is_esc_and_more(key)) {
        press(state, (struct key){.name = KEY_ESC}, effects);
        key.state = 0;
    }
    if (key_is_ctrl(key, 'c')) {
        interrupt(state, effects);
    } else if (key_is_ctrl(key, 'z')) {
        effects_add(effects, EFFECT_SUSPEND);
    } else if (state->overlay != OVERLAY_NONE) {
        press_overlay(state, key, effects);
    } else if (state->filtering) {
        type_filter(state, key);
    } else if (state->typing) {
        type_share(state, key);
    } else if (state->focus == PANEL_LOGS && text_view_is_typing(&state->log_view)) {
        key_to_log(state, key);
    } else if (!is_paste(key)) {
        /* A paste outside a text field is text, not keys. */
        act(state, action_of_key(state_context(state), key), "", effects);
    }
}
