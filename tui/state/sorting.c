#include "tui/state/sorting.h"

#include "core/base/alloc.h"
#include "tui/state/state.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MINUTE_MS = 60 * 1000 };

struct recent_minute recent_minute_of(const struct metrics_series *series, int64_t wall_ms)
{
    struct recent_minute recent = {.p50_ms = -1, .p95_ms = -1};
    for (size_t i = series ? series->count : 0; i-- > 0;) {
        const struct metrics_point *point = &series->points[i];
        int64_t age = wall_ms - point->start_wall_ms;
        if (age >= 2 * MINUTE_MS)
            break;
        double part = age < MINUTE_MS ? 1.0 : 2.0 - (double)age / MINUTE_MS;
        recent.known = true;
        recent.requests += point->requests * part;
        recent.errors += point->errors * part;
        recent.p50_ms = recent.p50_ms < 0 ? point->p50_ms : recent.p50_ms;
        recent.p95_ms = recent.p95_ms < 0 ? point->p95_ms : recent.p95_ms;
    }
    return recent;
}

/* A row while it is being sorted: names decide where the values are equal. */
struct sortable {
    size_t index;
    const char *name;
    double value;
    int direction;
};

static int compare(const void *a, const void *b)
{
    const struct sortable *left = a;
    const struct sortable *right = b;
    if (left->value != right->value)
        return left->value < right->value ? -left->direction : left->direction;
    int by_name = strcasecmp(left->name, right->name);
    return by_name ? by_name : strcmp(left->name, right->name);
}

/* Names alone turn round; behind a value they stay ascending. */
static int compare_names(const void *a, const void *b)
{
    const struct sortable *left = a;
    return compare(a, b) * left->direction;
}

static void sort_rows(struct sortable *rows, size_t count, bool by_name, size_t *out)
{
    if (count)
        qsort(rows, count, sizeof *rows, by_name ? compare_names : compare);
    for (size_t i = 0; i < count; i++)
        out[i] = rows[i].index;
}

static int direction_of(const struct table *table)
{
    return table->descending ? -1 : 1;
}

/* The largest live share, as the column shows it; what it shows as a word comes first. */
static double endpoint_value(const struct endpoint *endpoint)
{
    int largest = 0;
    if (endpoint->state != STATE_SUCCEEDED)
        return -1;
    for (size_t i = 0; i < endpoint->live_count; i++)
        largest = endpoint->live[i].percent > largest ? endpoint->live[i].percent : largest;
    return largest;
}

void sort_endpoints(struct state *state)
{
    const struct table *table = &state->endpoint_table;
    bool by_name = table->sort_column != ENDPOINT_TRAFFIC;
    struct sortable *rows = mem_alloc_array(state->visible_count + 1, sizeof *rows);
    for (size_t i = 0; i < state->visible_count; i++) {
        const struct endpoint *endpoint = &state->endpoints[state->visible[i]];
        rows[i] = (struct sortable){.index = state->visible[i],
                                    .name = endpoint->name,
                                    .value = by_name ? 0 : endpoint_value(endpoint),
                                    .direction = direction_of(table)};
    }
    sort_rows(rows, state->visible_count, by_name, state->visible);
    free(rows);
}

static double share_of(const struct traffic_share *shares, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(shares[i].name, name) == 0)
            return shares[i].percent;
    return 0;
}

static double metric_value(const struct state *state, const char *name, int column)
{
    const struct metrics_series *series = metrics_find(&state->metrics, name);
    struct recent_minute recent = recent_minute_of(series, state->wall_ms);
    if (column == DEPLOYMENT_P50)
        return recent.p50_ms;
    if (column == DEPLOYMENT_P95)
        return recent.p95_ms;
    if (column == DEPLOYMENT_ERRORS)
        return recent.requests > 0 ? recent.errors / recent.requests : -1;
    return recent.known ? recent.requests : -1;
}

static double deployment_value(const struct state *state, const struct deployment *deployment,
                               int column)
{
    const struct endpoint *endpoint = state_endpoint(state);
    switch (column) {
    case DEPLOYMENT_STATE:
        return deployment->state;
    case DEPLOYMENT_INSTANCES:
        return deployment->instance_count;
    case DEPLOYMENT_LIVE:
        return endpoint ? share_of(endpoint->live, endpoint->live_count, deployment->name) : 0;
    case DEPLOYMENT_MIRROR:
        return endpoint ? share_of(endpoint->mirror, endpoint->mirror_count, deployment->name) : 0;
    default:
        return metric_value(state, deployment->name, column);
    }
}

void sort_deployments(struct state *state)
{
    const struct table *table = &state->deployment_table;
    size_t count = state->deployment_count;
    bool by_name = table->sort_column <= DEPLOYMENT_NAME;
    struct sortable *rows = mem_alloc_array(count + 1, sizeof *rows);
    free(state->deployment_order);
    state->deployment_order = mem_alloc_array(count + 1, sizeof *state->deployment_order);
    for (size_t i = 0; i < count; i++) {
        const struct deployment *deployment = &state->deployments[i];
        rows[i] = (struct sortable){
            .index = i,
            .name = deployment->name,
            .value = by_name ? 0 : deployment_value(state, deployment, table->sort_column),
            .direction = direction_of(table)};
    }
    sort_rows(rows, count, by_name, state->deployment_order);
    free(rows);
}
