#include "core/base/printable.h"
#include "tui/state/internal.h"
#include "tui/state/update.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static void read_now(struct reading *reading, int64_t now_ms)
{
    reading->due_ms = now_ms;
}

void poll_now(struct state *state)
{
    read_now(&state->endpoints_reading, state->now_ms);
    read_now(&state->deployments_reading, state->now_ms);
    read_now(&state->metrics_reading, state->now_ms);
    read_now(&state->log_reading, state->now_ms);
}

static bool is_due(const struct reading *reading, int64_t now_ms)
{
    if (reading->paused)
        return false;
    if (reading->in_flight)
        return now_ms - reading->asked_ms >= POLL_ASK_AGAIN_MS;
    return now_ms >= reading->due_ms;
}

static void asked(struct reading *reading, int64_t now_ms)
{
    /* A question that is asked anew counts from the first time: that is how old the silence is. */
    if (reading->in_flight) {
        reading->failures++;
        snprintf(reading->problem, sizeof reading->problem, "no answer");
    }
    reading->in_flight = true;
    reading->asked_ms = now_ms;
}

/* Failures make the wait longer, but a service that is back is found within seconds. */
static int wait_after(const struct reading *reading, int interval_ms)
{
    int wait = POLL_BUSY_MS;
    if (!reading->failures)
        return interval_ms;
    for (int i = 1; i < reading->failures && wait < POLL_FAILED_MAX_MS; i++)
        wait *= 2;
    return wait < POLL_FAILED_MAX_MS ? wait : POLL_FAILED_MAX_MS;
}

void poll_answered(struct state *state, struct reading *reading, int interval_ms,
                   const struct error *error)
{
    reading->in_flight = false;
    if (error) {
        reading->failures++;
        printable_line(reading->problem, sizeof reading->problem, error->message);
        printable_line(reading->hint, sizeof reading->hint, error->hint);
    } else {
        reading->failures = 0;
        reading->loaded = true;
        reading->read_ms = state->now_ms;
        reading->problem[0] = reading->hint[0] = '\0';
    }
    reading->due_ms = state->now_ms + wait_after(reading, interval_ms);
}

static bool is_small(const struct state *state)
{
    return state->rows < 30 || state->cols < 100;
}

bool poll_is_log_shown(const struct state *state)
{
    if (!state->log_deployment[0])
        return false;
    if (state->zoomed)
        return state->focus == PANEL_LOGS;
    return !is_small(state) || state->lower == PANEL_LOGS;
}

static struct effect *ask(struct state *state, struct reading *reading, struct effects *effects,
                          enum effect_kind kind)
{
    asked(reading, state->now_ms);
    struct effect *effect = effects_add(effects, kind);
    effect->generation = state->generation;
    name_copy(effect->endpoint, state->endpoint);
    return effect;
}

void poll_schedule(struct state *state, struct effects *effects)
{
    int64_t now = state->now_ms;
    if (state->connection_state != CONNECTION_OPEN)
        return;
    if (is_due(&state->endpoints_reading, now))
        ask(state, &state->endpoints_reading, effects, EFFECT_FETCH_ENDPOINTS);
    if (!state->endpoint[0])
        return;
    if (is_due(&state->deployments_reading, now))
        ask(state, &state->deployments_reading, effects, EFFECT_FETCH_DEPLOYMENTS);
    if (state->deployment_count && is_due(&state->metrics_reading, now))
        ask(state, &state->metrics_reading, effects, EFFECT_FETCH_METRICS);
    if (poll_is_log_shown(state) && is_due(&state->log_reading, now)) {
        struct effect *effect = ask(state, &state->log_reading, effects, EFFECT_FETCH_LOG);
        name_copy(effect->deployment, state->log_deployment);
        effect->number = LOG_TAIL;
    }
}

static void sooner(int64_t *wake, int64_t when)
{
    if (when < *wake)
        *wake = when;
}

static void wake_for(const struct state *state, const struct reading *reading, int64_t *wake)
{
    if (reading->paused)
        return;
    sooner(wake, reading->in_flight ? reading->asked_ms + POLL_ASK_AGAIN_MS : reading->due_ms);
    /* The age of what is shown counts up by the second. */
    bool waits = reading->in_flight && state->now_ms - reading->asked_ms >= POLL_BUSY_MS;
    if (waits || reading->failures)
        sooner(wake, state->now_ms + 1000);
    else if (reading->in_flight)
        sooner(wake, reading->asked_ms + POLL_BUSY_MS);
}

int update_next_ms(const struct state *state, int64_t now_ms)
{
    int64_t wake = INT64_MAX;
    if (state->connection_state == CONNECTION_OPEN) {
        wake_for(state, &state->endpoints_reading, &wake);
        if (state->endpoint[0])
            wake_for(state, &state->deployments_reading, &wake);
        if (state->deployment_count)
            wake_for(state, &state->metrics_reading, &wake);
        if (poll_is_log_shown(state))
            wake_for(state, &state->log_reading, &wake);
    }
    if (state->notice[0])
        sooner(&wake, state->notice_until_ms);
    for (size_t i = 0; i < state->activity.count; i++)
        if (state->activity.entries[i].state == ACTIVITY_RUNNING)
            sooner(&wake, state->now_ms + 1000);
    /* The clock in the top line shows minutes. */
    sooner(&wake, state->now_ms + 60000 - state->wall_ms % 60000);
    int64_t left = wake - now_ms;
    return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}
