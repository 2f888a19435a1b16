/* In which order the lists are shown: the columns they have and what a column compares. */
#ifndef TUI_STATE_SORTING_H
#define TUI_STATE_SORTING_H

#include "core/wire/metrics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum endpoint_column { ENDPOINT_NAME, ENDPOINT_TRAFFIC, ENDPOINT_COLUMNS };

enum deployment_column {
    DEPLOYMENT_NAME,
    DEPLOYMENT_STATE,
    DEPLOYMENT_INSTANCES,
    DEPLOYMENT_LIVE,
    DEPLOYMENT_MIRROR,
    DEPLOYMENT_RPM,
    DEPLOYMENT_P50,
    DEPLOYMENT_P95,
    DEPLOYMENT_ERRORS,
    DEPLOYMENT_LOAD,
    DEPLOYMENT_COLUMNS
};

/* The last minute of a deployment: what is known of this one, and the rest from the one before. */
struct recent_minute {
    bool known;
    double requests;
    double errors;
    double p50_ms; /* negative: unknown, as the next */
    double p95_ms;
};

/* `series` may be NULL: nothing is known. */
struct recent_minute recent_minute_of(const struct metrics_series *series, int64_t wall_ms);

struct state;

/*
 * Put `visible` and `deployment_order` in the order that the tables ask for: equal values by name,
 * so that rows stand still; names without regard to case. To be called whenever the things, what
 * is known of them, or the order asked for have changed.
 */
void sort_endpoints(struct state *state);
void sort_deployments(struct state *state);

#endif
