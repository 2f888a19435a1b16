/*
 * Many scoring requests at a time, and what came of them.
 *
 * Used by `invoke --count` and by the demo's clients. Keeps `concurrency` requests under way on
 * reused connections; none is repeated, so that every failure is counted.
 */
#ifndef TUI_CLI_BURST_H
#define TUI_CLI_BURST_H

#include "core/azure/scoring.h"
#include "core/base/json.h"
#include "core/model/name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BURST_MAX_COUNT = 10 * 1000 * 1000, BURST_MAX_CONCURRENCY = 1000, BURST_MAX_ROWS = 100 };

struct burst_options {
    const struct scoring_target *target;
    const char *deployment; /* NULL: by the traffic rules */
    const char *body;
    size_t body_len;
    long count;
    long concurrency;
    long rate; /* requests a second at most; 0: as fast as they are answered */
};

/* What was counted. Zeroed by burst_run(); released by the caller. */
struct burst_result {
    long answered;  /* with any status */
    long succeeded; /* with a 2xx status */
    long failed;    /* no answer at all */
    double seconds;
    struct {
        int status;
        long count;
    } statuses[BURST_MAX_ROWS];
    size_t status_count;
    struct {
        char name[NAME_SIZE]; /* "" when the answer did not say */
        long count;
    } deployments[BURST_MAX_ROWS];
    size_t deployment_count;
    struct error first_error; /* of the first request that did not succeed */
    uint32_t *latencies_us;   /* of what was answered, sorted */
};

/*
 * Runs until all are answered, or session_interrupted(). False with ERROR_CANCELLED then; the
 * result holds what came until then either way.
 */
bool burst_run(struct net *net, const struct burst_options *options, struct burst_result *out,
               struct error *error);
void burst_release(struct burst_result *result);

/* Milliseconds below which `percent` % of the answers came; 0 without answers. */
double burst_percentile_ms(const struct burst_result *result, double percent);

/* Answers of one deployment. */
long burst_count_of(const struct burst_result *result, const char *deployment);

/* The summary as it is printed. Owned by the caller. */
struct json *burst_to_json(const struct burst_result *result, const struct burst_options *options);

#endif
