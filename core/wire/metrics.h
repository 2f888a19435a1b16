/*
 * Azure Monitor answers -> points by deployment and minute.
 *
 * Two answers make one table: RequestsPerMinute split by deployment and statusCodeClass, and the
 * latency percentiles split by deployment. Either may be missing or fail alone inside its 200.
 */
#ifndef CORE_WIRE_METRICS_H
#define CORE_WIRE_METRICS_H

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/model/name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { METRICS_MAX_DEPLOYMENTS = 100, METRICS_MAX_POINTS = 1500 };

/* One minute of one deployment. Latencies are negative where the service had no value. */
struct metrics_point {
    int64_t start_wall_ms;
    double requests;
    double errors; /* those of the classes 4xx and 5xx */
    double p50_ms;
    double p95_ms;
};

struct metrics_series {
    char deployment[NAME_SIZE];
    struct metrics_point *points; /* oldest first, one a minute that the service named */
    size_t count;
    size_t capacity;
};

struct metrics {
    struct metrics_series *series; /* one a deployment, in the order in which answers name them */
    size_t count;
    size_t capacity;
};

/* A zeroed struct is empty. Frees what it holds and empties it. */
void metrics_release(struct metrics *metrics);

/*
 * Adds what `answer` says to `metrics`; unknown metrics are passed over. A metric that failed
 * inside the answer gives false with its errorMessage; the others are read all the same.
 */
bool metrics_decode(const struct json *answer, struct metrics *metrics, struct error *error);

/* The series of a deployment (names compare without case) or NULL. */
const struct metrics_series *metrics_find(const struct metrics *metrics, const char *deployment);

#endif
