#include "tui/state/state.h"

#include "core/base/alloc.h"
#include "tui/draw/style.h"
#include "tui/state/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STALE_AFTER_MS = 15 * 1000, LATENCY_UNKNOWN = -1 };

struct state *state_new(bool read_only, const char *endpoint)
{
    struct state *state = mem_alloc(sizeof *state);
    state->read_only = read_only;
    state->latency_ms = LATENCY_UNKNOWN;
    state->next_id = 1;
    state->focus = PANEL_ENDPOINTS;
    state->lower = PANEL_LOGS;
    state->test.target = TARGET_TRAFFIC;
    if (endpoint)
        name_copy(state->wanted_endpoint, endpoint);
    table_init(&state->endpoint_table);
    table_init(&state->deployment_table);
    table_init(&state->activity_table);
    field_init(&state->filter, NAME_SIZE - 1);
    field_init(&state->number, 3);
    state->number.digits = true;
    log_init(&state->log);
    lens_init(&state->log_lens, &state->log);
    text_view_init(&state->log_view, false, true);
    state->draft = mem_alloc(sizeof *state->draft);
    draft_init(state->draft);
    return state;
}

static void release_endpoints(struct endpoint *endpoints, size_t count)
{
    for (size_t i = 0; i < count; i++)
        endpoint_release(&endpoints[i]);
    free(endpoints);
}

static void release_deployments(struct deployment *deployments, size_t count)
{
    for (size_t i = 0; i < count; i++)
        deployment_release(&deployments[i]);
    free(deployments);
}

static void draft_free(struct draft *draft)
{
    draft_release(draft);
    free(draft);
}

void state_free(struct state *state)
{
    if (!state)
        return;
    release_endpoints(state->endpoints, state->endpoint_count);
    release_endpoints(state->incoming, state->incoming_count);
    free(state->visible);
    release_deployments(state->deployments, state->deployment_count);
    free(state->deployment_order);
    metrics_release(&state->metrics);
    draft_free(state->draft);
    for (size_t i = 0; i < state->stash_count; i++)
        draft_free(state->stash[i].draft);
    lens_release(&state->log_lens);
    log_release(&state->log);
    for (size_t i = 0; i < state->test.count; i++)
        test_run_release(&state->test.runs[i]);
    free(state->test.body);
    for (size_t i = 0; i < state->sent_count; i++)
        free(state->sent[i]);
    overlay_close(state);
    free(state);
}

void choices_release(struct menu_items *choices)
{
    for (size_t i = 0; choices->names && i < choices->count; i++)
        free(choices->names[i]);
    free(choices->names);
    free(choices->items);
    free(choices->actions);
    free(choices->reasons);
    memset(choices, 0, sizeof *choices);
}

static void reader_release(struct reader *reader)
{
    for (size_t i = 0; i < reader->count; i++)
        free(reader->lines[i]);
    free(reader->lines);
    free(reader->styles);
    json_view_free(reader->json);
    diff_free(reader->diff);
    memset(reader, 0, sizeof *reader);
}

static void review_release(struct review *review)
{
    free(review->write);
    free(review->requests);
    free(review->now);
    memset(review, 0, sizeof *review);
}

void overlay_close(struct state *state)
{
    if (state->overlay == OVERLAY_DIALOG)
        dialog_release(&state->dialog);
    if (state->overlay == OVERLAY_FORM)
        for (size_t i = 0; i < state->form.count; i++)
            field_wipe(&state->form.fields[i]);
    choices_release(&state->choices);
    reader_release(&state->reader);
    review_release(&state->review);
    state->overlay = OVERLAY_NONE;
    state->purpose = PURPOSE_NONE;
}

const struct endpoint *state_find_endpoint(const struct state *state, const char *name)
{
    for (size_t i = 0; i < state->endpoint_count; i++)
        if (strcmp(state->endpoints[i].name, name) == 0)
            return &state->endpoints[i];
    return NULL;
}

const struct endpoint *state_endpoint(const struct state *state)
{
    return state->endpoint[0] ? state_find_endpoint(state, state->endpoint) : NULL;
}

const struct deployment *state_find_deployment(const struct state *state, const char *name)
{
    for (size_t i = 0; i < state->deployment_count; i++)
        if (strcmp(state->deployments[i].name, name) == 0)
            return &state->deployments[i];
    return NULL;
}

const struct deployment *state_deployment(const struct state *state)
{
    const struct deployment *selected =
        state_find_deployment(state, state->deployment_table.selected);
    if (selected || !state->deployment_count)
        return selected;
    return &state->deployments[state->deployment_order[0]];
}

bool state_is_writing(const struct state *state, const char *endpoint)
{
    size_t len = strlen(endpoint);
    for (size_t i = 0; i < state->activity.count; i++) {
        const struct activity_entry *entry = &state->activity.entries[i];
        if (entry->state == ACTIVITY_RUNNING && entry->writes &&
            strncmp(entry->what, endpoint, len) == 0 &&
            (entry->what[len] == ' ' || entry->what[len] == '/'))
            return true;
    }
    return false;
}

const struct traffic_split *state_last_good(const struct state *state, const char *endpoint)
{
    for (size_t i = 0; i < state->good_count; i++)
        if (strcmp(state->good[i].endpoint, endpoint) == 0)
            return &state->good[i].split;
    return NULL;
}

unsigned state_deployment_style(const struct state *state, const char *name)
{
    static const char *const own[] = {"blue", "green"};
    static const unsigned styles[] = {ROLE_BLUE, ROLE_GREEN};
    for (size_t i = 0; i < 2; i++)
        if (strcmp(own[i], name) == 0)
            return styles[i];
    /* Names that say nothing: the first deployment plays blue, the second green. */
    bool named = state_find_deployment(state, own[0]) || state_find_deployment(state, own[1]);
    for (size_t i = 0; !named && i < state->deployment_count && i < 2; i++)
        if (strcmp(state->deployments[i].name, name) == 0)
            return styles[i];
    return ROLE_OTHER;
}

bool reading_is_stale(const struct reading *reading, int64_t now_ms)
{
    if (reading->paused)
        return false;
    if (reading->failures)
        return true;
    return reading->in_flight && now_ms - reading->asked_ms > STALE_AFTER_MS / 5 &&
           (!reading->loaded || now_ms - reading->read_ms > STALE_AFTER_MS / 3);
}

static const char *endpoint_identity(void *data, size_t row)
{
    const struct state *state = data;
    return state->endpoints[state->visible[row]].name;
}

struct table_rows state_endpoint_rows(struct state *state)
{
    return (struct table_rows){.data = state,
                               .count = state->visible_count,
                               .column_count = ENDPOINT_COLUMNS,
                               .identity = endpoint_identity};
}

static const char *deployment_identity(void *data, size_t row)
{
    const struct state *state = data;
    return state->deployments[state->deployment_order[row]].name;
}

struct table_rows state_deployment_rows(struct state *state)
{
    return (struct table_rows){.data = state,
                               .count = state->deployment_count,
                               .column_count = DEPLOYMENT_COLUMNS,
                               .identity = deployment_identity};
}

/* Newest first. */
static const char *activity_identity(void *data, size_t row)
{
    static char id[24];
    const struct state *state = data;
    size_t index = state->activity.count - 1 - row;
    snprintf(id, sizeof id, "%llu", (unsigned long long)state->activity.entries[index].id);
    return id;
}

struct table_rows state_activity_rows(struct state *state)
{
    return (struct table_rows){
        .data = state, .count = state->activity.count, .identity = activity_identity};
}

enum context state_context(const struct state *state)
{
    static const enum context contexts[PANEL_COUNT] = {
        [PANEL_ENDPOINTS] = CONTEXT_ENDPOINTS, [PANEL_DEPLOYMENTS] = CONTEXT_DEPLOYMENTS,
        [PANEL_TRAFFIC] = CONTEXT_TRAFFIC,     [PANEL_LOGS] = CONTEXT_LOGS,
        [PANEL_INVOKE] = CONTEXT_INVOKE,       [PANEL_ACTIVITY] = CONTEXT_ACTIVITY,
    };
    return contexts[state->focus];
}

static void reader_line(void *data, size_t index, struct text_line *out)
{
    const struct reader *reader = data;
    out->text = reader->lines[index];
    out->style = reader->styles[index];
    out->indent = 2;
}

struct text_lines state_reader_lines(const struct state *state)
{
    const struct reader *reader = &state->reader;
    if (reader->json)
        return json_view_lines(reader->json);
    if (reader->diff)
        return diff_lines(reader->diff);
    union {
        const struct reader *in;
        void *out;
    } data = {.in = reader};
    return (struct text_lines){.data = data.out,
                               .count = reader->count,
                               .line = reader_line,
                               .empty = reader->loading ? "reading…" : "nothing"};
}

#define SAY(...) snprintf(out, size, __VA_ARGS__)

static const char *traffic_obstacle(const struct state *state, enum action action, char *out,
                                    size_t size)
{
    if (!state->draft->count) {
        SAY("%s has no deployments yet", state->endpoint);
        return out;
    }
    if (action == ACTION_BALANCE && state->traffic_row >= state->draft->count) {
        SAY("only live shares are balanced");
        return out;
    }
    bool changed = draft_is_changed(state->draft);
    if ((action == ACTION_COMMIT || action == ACTION_DISCARD) && !changed) {
        SAY("nothing is staged: move a slider first");
        return out;
    }
    if (action == ACTION_UNDO && !state->draft->undo_count) {
        SAY("nothing to undo");
        return out;
    }
    if (action == ACTION_REDO && !state->draft->redo_count) {
        SAY("nothing to redo");
        return out;
    }
    return NULL;
}

static const char *write_obstacle(const struct state *state, enum action action, char *out,
                                  size_t size)
{
    const struct endpoint *endpoint = state_endpoint(state);
    if (state->read_only) {
        SAY("this console is read-only");
        return out;
    }
    if (state->sent_count == STASH_MAX) {
        SAY("%d changes are still being applied", STASH_MAX);
        return out;
    }
    if (state_is_writing(state, state->endpoint)) {
        SAY("a change of %s is still being applied", state->endpoint);
        return out;
    }
    if (endpoint && state_is_busy(endpoint->state) && action != ACTION_DELETE_ENDPOINT) {
        SAY("%s is %s", endpoint->name, state_text(endpoint->state));
        return out;
    }
    if (action == ACTION_ABORT && !state_last_good(state, state->endpoint)) {
        SAY("no commit to %s in this session to go back from", state->endpoint);
        return out;
    }
    bool needs_one = action == ACTION_SCALE || action == ACTION_DELETE_DEPLOYMENT;
    if (needs_one && !state->deployment_count) {
        SAY("%s has no deployments", state->endpoint);
        return out;
    }
    return NULL;
}

static bool needs_endpoint(enum action action)
{
    switch ((int)action) {
    case ACTION_DETAILS:
    case ACTION_OPEN:
    case ACTION_CREATE:
    case ACTION_SCALE:
    case ACTION_INSPECT:
    case ACTION_LESS:
    case ACTION_MORE:
    case ACTION_LESS_10:
    case ACTION_MORE_10:
    case ACTION_LEAST:
    case ACTION_MOST:
    case ACTION_TYPE:
    case ACTION_LOCK:
    case ACTION_BALANCE:
    case ACTION_OTHER_SIDE:
    case ACTION_DISCARD:
    case ACTION_COMMIT:
    case ACTION_UNDO:
    case ACTION_REDO:
    case ACTION_ABORT:
    case ACTION_SEND:
    case ACTION_RESEND:
    case ACTION_TARGET:
    case ACTION_DELETE_DEPLOYMENT:
    case ACTION_DELETE_ENDPOINT:
    case ACTION_CLEAR_TRAFFIC:
        return true;
    default:
        return false;
    }
}

static bool is_of_draft(enum action action)
{
    return (action >= ACTION_LESS && action <= ACTION_COMMIT) || action == ACTION_UNDO ||
           action == ACTION_REDO || action == ACTION_CLEAR_TRAFFIC;
}

const char *state_obstacle(const struct state *state, enum action action, char *out, size_t size)
{
    const char *obstacle = NULL;
    if (needs_endpoint(action) && !state_endpoint(state)) {
        SAY("no endpoint is chosen");
        return out;
    }
    if (is_of_draft(action))
        obstacle = traffic_obstacle(state, action, out, size);
    if (!obstacle && action_info(action)->writes)
        obstacle = write_obstacle(state, action, out, size);
    if (action == ACTION_SEND && !state->test.file[0] && !state->test.body) {
        SAY("choose a request file (Enter) or type one (i) first");
        return out;
    }
    bool of_answer = action == ACTION_RESEND || action == ACTION_DIFF || action == ACTION_PAGE ||
                     action == ACTION_SAVE_ANSWER;
    if (of_answer && !state->test.count) {
        SAY("nothing was sent yet");
        return out;
    }
    if (action == ACTION_GUIDE && !state->tour.offered) {
        SAY("the guide belongs to the samples: cutover demo");
        return out;
    }
    if (action == ACTION_START_ENGINE && state->engine_starting) {
        SAY("it is being started");
        return out;
    }
    return obstacle;
}
