/* What was measured of two deployments, minute by minute and step by step. */
#ifndef CORE_ROLLOUT_EVIDENCE_H
#define CORE_ROLLOUT_EVIDENCE_H

#include "core/wire/metrics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EVIDENCE_MAX_MINUTES = METRICS_MAX_POINTS, EVIDENCE_MINUTE_MS = 60 * 1000 };

/* One deployment in one minute. Latencies in milliseconds; not above 0 where there is none. */
struct evidence_side {
    uint64_t requests;
    uint64_t errors;
    double p50_ms;
    double p95_ms;
};

/* A whole minute: the one that is running, or that holds a commit, is no evidence. */
struct evidence_minute {
    int64_t start_wall_ms;
    struct evidence_side baseline;
    struct evidence_side candidate;
    bool warming; /* only the absolute limit on errors reads it */
};

/*
 * Lays the points of both deployments side by side: every minute that either has and that lies
 * whole in [from, until), oldest first; a side without a point has no requests. Returns how many
 * were written, at most `max`: the newest ones.
 */
size_t evidence_collect(const struct metrics *metrics, const char *baseline, const char *candidate,
                        int64_t from_wall_ms, int64_t until_wall_ms, struct evidence_minute *out,
                        size_t max);

/* The minutes under one split, oldest first. Borrowed. */
struct evidence_step {
    const struct evidence_minute *minutes;
    size_t count;
};

#endif
