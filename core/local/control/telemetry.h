/*
 * Counts and latencies of scored requests, by deployment and minute, for the Azure Monitor routes.
 *
 * A ring of the last TELEMETRY_MINUTES minutes a deployment; latencies in a histogram with buckets
 * under 5 % wide. Recording is a few additions: it stands on the router's hot path.
 */
#ifndef CORE_LOCAL_CONTROL_TELEMETRY_H
#define CORE_LOCAL_CONTROL_TELEMETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TELEMETRY_MINUTES = 90, TELEMETRY_STATUSES = 12 };

struct telemetry;
struct telemetry_series; /* one deployment's; stays valid until it is forgotten */

struct telemetry *telemetry_new(void);
void telemetry_free(struct telemetry *telemetry);

/* The series of (endpoint key, deployment name), made when missing. */
struct telemetry_series *telemetry_series(struct telemetry *telemetry, const char *endpoint_key,
                                          const char *deployment);

/* Removes all series of an endpoint, or of one deployment when `deployment` is not NULL. */
void telemetry_forget(struct telemetry *telemetry, const char *endpoint_key,
                      const char *deployment);

/*
 * Counts one answered request: the status that the client got (for a mirrored copy: that the copy
 * got), the model's own status (0: it did not answer), and the time in microseconds.
 */
void telemetry_record(struct telemetry_series *series, int64_t wall_ms, int status,
                      int model_status, int64_t latency_us);

/* Answers with one status; `model_status` is 0 where the model did not answer. */
struct telemetry_status {
    int status;
    int model_status;
    uint64_t count;
};

struct telemetry_minute {
    int64_t start_wall_ms;
    uint64_t requests;
    uint64_t by_class[6]; /* [2] counts 2xx ... [5] 5xx, [0] everything else */
    /* The same by status. Past TELEMETRY_STATUSES different ones the rest counts as status 0. */
    struct telemetry_status statuses[TELEMETRY_STATUSES];
    size_t status_count;
    double mean_ms;
    double p50_ms, p90_ms, p95_ms, p99_ms;
};

/*
 * Minutes of a deployment (NULL: all of the endpoint together) in [from, to), oldest first, also
 * those without requests. Returns how many were written to `out`, at most `max`.
 */
size_t telemetry_query(const struct telemetry *telemetry, const char *endpoint_key,
                       const char *deployment, int64_t from_wall_ms, int64_t to_wall_ms,
                       struct telemetry_minute *out, size_t max);

/* Names of the deployments with a series, for `$filter=deployment eq '*'`. Borrowed pointers. */
size_t telemetry_deployments(const struct telemetry *telemetry, const char *endpoint_key,
                             const char **out, size_t max);

#endif
