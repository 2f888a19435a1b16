/* Answers of the service: snapshots replaced whole. */
#include "core/base/alloc.h"
#include "core/base/printable.h"
#include "tui/draw/style.h"
#include "tui/state/internal.h"
#include "tui/state/update.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void release_endpoints(struct endpoint **endpoints, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        endpoint_release(&(*endpoints)[i]);
    free(*endpoints);
    *endpoints = NULL;
    *count = 0;
}

static void release_deployments(struct state *state)
{
    for (size_t i = 0; i < state->deployment_count; i++)
        deployment_release(&state->deployments[i]);
    free(state->deployments);
    free(state->deployment_order);
    state->deployments = NULL;
    state->deployment_order = NULL;
    state->deployment_count = 0;
}

/* "!text" keeps what does not hold the text. */
static bool passes_filter(const struct state *state, const char *name)
{
    const char *text = state->filter.text;
    bool inverse = *text == '!';
    text += inverse;
    return !*text || (strcasestr(name, text) != NULL) != inverse;
}

void refilter(struct state *state)
{
    free(state->visible);
    state->visible = mem_alloc_array(state->endpoint_count + 1, sizeof *state->visible);
    state->visible_count = 0;
    for (size_t i = 0; i < state->endpoint_count; i++)
        if (passes_filter(state, state->endpoints[i].name))
            state->visible[state->visible_count++] = i;
    sort_endpoints(state);
    struct table_rows rows = state_endpoint_rows(state);
    table_sync(&state->endpoint_table, &rows);
    choose_endpoint(state, rows.count ? rows.identity(rows.data, state->endpoint_table.index) : "");
}

/* --- the draft of the chosen endpoint ----------------------------------------------------------
 */

static void stash_draft(struct state *state)
{
    if (draft_is_changed(state->draft) && state->stash_count < STASH_MAX) {
        struct stashed_draft *slot = &state->stash[state->stash_count++];
        name_copy(slot->endpoint, state->endpoint);
        slot->draft = state->draft;
    } else {
        draft_release(state->draft);
        free(state->draft);
    }
    state->draft = NULL;
}

static void unstash_draft(struct state *state)
{
    for (size_t i = 0; i < state->stash_count; i++) {
        if (strcmp(state->stash[i].endpoint, state->endpoint) != 0)
            continue;
        state->draft = state->stash[i].draft;
        state->stash[i] = state->stash[--state->stash_count];
        return;
    }
    state->draft = mem_alloc(sizeof *state->draft);
    draft_init(state->draft);
}

void follow_draft(struct state *state)
{
    const struct endpoint *endpoint = state_endpoint(state);
    /* While a commit of ours is under way the service's split is between two: nobody moved it. */
    if (!endpoint || state_is_writing(state, state->endpoint))
        return;
    struct traffic_split now;
    endpoint_split(endpoint, &now);
    const char *names[TRAFFIC_MAX_SHARES];
    size_t count = 0;
    for (size_t i = 0; i < state->deployment_count && count < TRAFFIC_MAX_SHARES; i++)
        names[count++] = state->deployments[i].name;
    draft_follow(state->draft, &now, names, count, state->deployments_reading.loaded);
    if (state->traffic_row >= 2 * state->draft->count)
        state->traffic_row = 0;
}

void choose_log(struct state *state, const char *deployment)
{
    if (strcmp(state->log_deployment, deployment) == 0)
        return;
    name_copy(state->log_deployment, deployment);
    log_clear(&state->log);
    lens_clear(&state->log_lens);
    struct text_view before = state->log_view;
    text_view_init(&state->log_view, before.wrap, true);
    state->log_view.column = before.column;
    state->log_unseen = 0;
    bool paused = state->log_reading.paused;
    state->log_reading = (struct reading){.paused = paused};
}

void choose_endpoint(struct state *state, const char *name)
{
    if (strcmp(state->endpoint, name) == 0)
        return;
    stash_draft(state);
    name_copy(state->endpoint, name);
    unstash_draft(state);
    release_deployments(state);
    metrics_release(&state->metrics);
    table_forget(&state->deployment_table);
    state->deployments_reading = (struct reading){
        .due_ms = state->now_ms + (state->endpoints_reading.loaded ? CHOOSE_DELAY_MS : 0)};
    state->metrics_reading = (struct reading){.due_ms = 0};
    state->traffic_row = 0;
    state->typing = false;
    state->wanted_log[0] = '\0';
    choose_log(state, "");
    follow_draft(state);
    follow_target(state);
}

/* --- lists
 * --------------------------------------------------------------------------------------*/

static int by_name(const void *a, const void *b)
{
    const struct endpoint *left = a;
    const struct endpoint *right = b;
    return strcasecmp(left->name, right->name);
}

/* A change of the chosen endpoint's split that this session did not make is worth a line. */
static void note_elsewhere(struct state *state, const struct traffic_split *before)
{
    const struct endpoint *endpoint = state_endpoint(state);
    if (!endpoint || state_is_writing(state, state->endpoint))
        return;
    struct traffic_split now;
    endpoint_split(endpoint, &now);
    if (traffic_split_equal(before, &now) || traffic_split_equal(&state->draft->base, &now))
        return;
    struct activity_entry entry = {.id = state->next_id++,
                                   .state = ACTIVITY_NOTED,
                                   .wall_ms = state->wall_ms,
                                   .started_ms = state->now_ms};
    write_describe_change(state->endpoint, before, &now, entry.what, sizeof entry.what);
    snprintf(entry.result, sizeof entry.result, "not by this console");
    snprintf(entry.by, sizeof entry.by, "elsewhere");
    activity_add(&state->activity, &entry);
}

static void take_endpoints(struct state *state)
{
    struct traffic_split *before = NULL;
    const struct endpoint *chosen = state_endpoint(state);
    if (chosen) {
        before = mem_alloc(sizeof *before);
        endpoint_split(chosen, before);
    }
    release_endpoints(&state->endpoints, &state->endpoint_count);
    state->endpoints = state->incoming;
    state->endpoint_count = state->incoming_count;
    state->incoming = NULL;
    state->incoming_count = state->incoming_capacity = 0;
    if (state->endpoint_count)
        qsort(state->endpoints, state->endpoint_count, sizeof *state->endpoints, by_name);
    if (before)
        note_elsewhere(state, before);
    free(before);
    if (state->wanted_endpoint[0] && state_find_endpoint(state, state->wanted_endpoint)) {
        table_select_id(&state->endpoint_table, state->wanted_endpoint);
        state->wanted_endpoint[0] = '\0';
    }
    refilter(state);
    sort_deployments(state);
    follow_draft(state);
    tour_follow(state);
}

static bool any_busy(const struct state *state)
{
    const struct endpoint *endpoint = state_endpoint(state);
    if (state->engine_filling)
        return true;
    if (endpoint && (state_is_busy(endpoint->state) || state_is_writing(state, endpoint->name)))
        return true;
    for (size_t i = 0; i < state->deployment_count; i++)
        if (state_is_busy(state->deployments[i].state))
            return true;
    return false;
}

static void receive_endpoints(struct state *state, struct message *message)
{
    for (size_t i = 0; i < message->count; i++) {
        state->incoming = mem_grow(state->incoming, state->incoming_count,
                                   &state->incoming_capacity, sizeof *state->incoming);
        state->incoming[state->incoming_count++] = message->endpoints[i];
    }
    free(message->endpoints);
    message->endpoints = NULL;
    message->count = 0;
    if (message->error) {
        release_endpoints(&state->incoming, &state->incoming_count);
        state->incoming_capacity = 0;
    } else if (message->more) {
        /* Pages keep coming: the service is not silent. */
        state->endpoints_reading.asked_ms = state->now_ms;
        return;
    } else {
        take_endpoints(state);
    }
    poll_answered(state, &state->endpoints_reading,
                  any_busy(state) ? POLL_BUSY_MS : POLL_ENDPOINTS_MS, message->error);
    if (message->error && state->endpoints_reading.failures == 1 &&
        !state->endpoints_reading.loaded)
        notice_error(state, message->error);
    bool unreachable = message->error && message->error->kind == ERROR_NETWORK;
    if (unreachable && state->connection.local && !state->endpoints_reading.loaded &&
        state->overlay == OVERLAY_NONE && !state->engine_starting)
        open_setup(state);
}

static int by_deployment_name(const void *a, const void *b)
{
    const struct deployment *left = a;
    const struct deployment *right = b;
    return strcasecmp(left->name, right->name);
}

static void follow_log(struct state *state)
{
    if (state->wanted_log[0] && state_find_deployment(state, state->wanted_log)) {
        choose_log(state, state->wanted_log);
        state->wanted_log[0] = '\0';
    }
    if (state->log_deployment[0] && state_find_deployment(state, state->log_deployment))
        return;
    choose_log(state, state->deployment_count ? state->deployments[0].name : "");
}

static void receive_deployments(struct state *state, struct message *message)
{
    if (strcmp(message->endpoint, state->endpoint) != 0)
        return;
    if (!message->error) {
        bool first = !state->deployments_reading.loaded;
        release_deployments(state);
        state->deployments = message->deployments;
        state->deployment_count = message->count;
        message->deployments = NULL;
        message->count = 0;
        if (state->deployment_count)
            qsort(state->deployments, state->deployment_count, sizeof *state->deployments,
                  by_deployment_name);
        state->deployments_reading.loaded = true;
        sort_deployments(state);
        struct table_rows rows = state_deployment_rows(state);
        table_sync(&state->deployment_table, &rows);
        if (first)
            state->metrics_reading.due_ms = state->now_ms;
        follow_log(state);
        follow_target(state);
        follow_draft(state);
    }
    poll_answered(state, &state->deployments_reading,
                  any_busy(state) ? POLL_BUSY_MS : POLL_DEPLOYMENTS_MS, message->error);
    if (any_busy(state) && state->endpoints_reading.due_ms > state->now_ms + POLL_BUSY_MS)
        state->endpoints_reading.due_ms = state->now_ms + POLL_BUSY_MS;
}

static void receive_metrics(struct state *state, struct message *message)
{
    if (strcmp(message->endpoint, state->endpoint) != 0)
        return;
    if (!message->error || message->metrics.count) {
        metrics_release(&state->metrics);
        state->metrics = message->metrics;
        message->metrics = (struct metrics){.count = 0};
        sort_deployments(state);
    }
    poll_answered(state, &state->metrics_reading,
                  state->connection.local ? POLL_METRICS_LOCAL_MS : POLL_METRICS_MS,
                  message->error);
}

static void receive_log(struct state *state, struct message *message)
{
    if (strcmp(message->endpoint, state->endpoint) != 0 ||
        strcmp(message->deployment, state->log_deployment) != 0)
        return;
    if (message->text) {
        size_t added = log_merge(&state->log, message->text, message->text_len,
                                 message->number > 0 ? (size_t)message->number : 0);
        lens_follow(&state->log_lens);
        if (!state->log_view.follow && state->log_reading.loaded)
            state->log_unseen += added;
    }
    poll_answered(state, &state->log_reading,
                  state->connection.local ? POLL_LOG_LOCAL_MS : POLL_LOG_MS, message->error);
}

/* --- the connection
 * -----------------------------------------------------------------------------*/

static void forget_workspace(struct state *state)
{
    choose_endpoint(state, "");
    release_endpoints(&state->endpoints, &state->endpoint_count);
    release_endpoints(&state->incoming, &state->incoming_count);
    state->incoming_capacity = 0;
    table_forget(&state->endpoint_table);
    field_set(&state->filter, NULL);
    refilter(state);
    state->endpoints_reading = (struct reading){.due_ms = state->now_ms};
    state->latency_ms = -1;
    state->latency_mean = 0;
    for (size_t i = 0; i < state->stash_count; i++) {
        draft_release(state->stash[i].draft);
        free(state->stash[i].draft);
    }
    state->stash_count = 0;
    state->good_count = 0;
}

static void receive_connected(struct state *state, const struct message *message)
{
    forget_workspace(state);
    state->connection = *message->connection;
    state->connection_state = CONNECTION_OPEN;
    state->generation = message->generation;
    state->connection_problem[0] = state->connection_hint[0] = '\0';
    if (state->purpose == PURPOSE_SETUP)
        overlay_close(state);
}

static void receive_unconnected(struct state *state, const struct message *message)
{
    printable_line(state->connection_problem, sizeof state->connection_problem,
                   message->error ? message->error->message : "no workspace is configured");
    printable_line(state->connection_hint, sizeof state->connection_hint,
                   message->error ? message->error->hint : "");
    if (state->connection_state == CONNECTION_OPEN) {
        /* A switch that failed leaves the workspace that was open. */
        notice(state, ROLE_BAD, "%s", state->connection_problem);
        return;
    }
    state->connection_state = CONNECTION_NONE;
    if (state->overlay == OVERLAY_NONE)
        open_setup(state);
}

/* Shown is what changes by much only, so that the top line stands still. */
static void receive_latency(struct state *state, const struct message *message)
{
    double ms = (double)message->number / 1000.0;
    /* One late answer is forgotten with the next one in time. */
    bool anew = state->latency_ms < 0 || ms * 4 < state->latency_mean;
    state->latency_mean = anew ? ms : state->latency_mean * 0.7 + ms * 0.3;
    double shown = state->latency_ms;
    double off =
        state->latency_mean > shown ? state->latency_mean - shown : shown - state->latency_mean;
    if (state->latency_ms < 0 || (off > 2 && off > shown * 0.4))
        state->latency_ms = (int)(state->latency_mean + 0.5);
}

static void receive_engine(struct state *state, const struct message *message,
                           struct effects *effects)
{
    bool was_filling = state->engine_filling;
    state->engine_starting = false;
    state->engine_filling = message->more;
    if (message->error) {
        notice_error(state, message->error);
        if (state->connection_state == CONNECTION_NONE && state->overlay == OVERLAY_NONE)
            open_setup(state);
        return;
    }
    if (was_filling) {
        notice(state, ROLE_OK, "the samples are there");
        poll_now(state);
        return;
    }
    state->tour.offered = true;
    notice(state, ROLE_BUSY, "the local engine is up; its samples are being created…");
    struct effect *effect = effects_add(effects, EFFECT_CONNECT);
    snprintf(effect->text, sizeof effect->text, "local");
}

static bool is_old(const struct state *state, const struct message *message)
{
    return message->generation != state->generation;
}

void receive(struct state *state, struct message *message, struct effects *effects)
{
    switch (message->kind) {
    case MESSAGE_CONNECTED:
        receive_connected(state, message);
        break;
    case MESSAGE_UNCONNECTED:
        receive_unconnected(state, message);
        break;
    case MESSAGE_LATENCY:
        receive_latency(state, message);
        break;
    case MESSAGE_ENDPOINTS:
        if (!is_old(state, message))
            receive_endpoints(state, message);
        break;
    case MESSAGE_DEPLOYMENTS:
        if (!is_old(state, message))
            receive_deployments(state, message);
        break;
    case MESSAGE_METRICS:
        if (!is_old(state, message))
            receive_metrics(state, message);
        break;
    case MESSAGE_LOG:
        if (!is_old(state, message))
            receive_log(state, message);
        break;
    case MESSAGE_DETAILS:
        receive_details(state, message, effects);
        break;
    case MESSAGE_PREPARED:
    case MESSAGE_PROGRESS:
    case MESSAGE_WRITTEN:
        receive_write(state, message, effects);
        break;
    case MESSAGE_ANSWER:
        receive_answer(state, message);
        break;
    case MESSAGE_BODY:
        receive_body(state, message);
        break;
    case MESSAGE_FILES:
    case MESSAGE_CONTEXTS:
        receive_choices(state, message);
        break;
    case MESSAGE_ENGINE:
        receive_engine(state, message, effects);
        break;
    case MESSAGE_NOTICE:
        if (message->error)
            notice_error(state, message->error);
        else if (message->text)
            notice(state, ROLE_TEXT, "%s", message->text);
        break;
    case MESSAGE_TICK:
    case MESSAGE_KEY:
    case MESSAGE_RESIZE:
        break;
    }
}
