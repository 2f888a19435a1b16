#include "core/rollout/evidence.h"

#include <math.h>

struct cursor {
    const struct metrics_point *at;
    const struct metrics_point *end;
};

static struct cursor points_of(const struct metrics *metrics, const char *deployment)
{
    const struct metrics_series *series = metrics_find(metrics, deployment);
    if (!series)
        return (struct cursor){NULL, NULL};
    return (struct cursor){series->points, series->points + series->count};
}

static int64_t start_of(const struct cursor *cursor)
{
    return cursor->at < cursor->end ? cursor->at->start_wall_ms : INT64_MAX;
}

static uint64_t count_of(double number)
{
    static const double most = 1e15;
    return number > 0 ? (uint64_t)llround(fmin(number, most)) : 0;
}

/* Takes the point of the minute `start`, if that is where the cursor stands. */
static struct evidence_side take(struct cursor *cursor, int64_t start)
{
    if (start_of(cursor) != start)
        return (struct evidence_side){0};
    const struct metrics_point *point = cursor->at++;
    return (struct evidence_side){
        .requests = count_of(point->requests),
        .errors = count_of(point->errors),
        .p50_ms = point->p50_ms,
        .p95_ms = point->p95_ms,
    };
}

static size_t merge(struct cursor baseline, struct cursor candidate, int64_t from, int64_t until,
                    size_t skip, struct evidence_minute *out)
{
    size_t count = 0;
    for (;;) {
        int64_t start = start_of(&baseline);
        if (start_of(&candidate) < start)
            start = start_of(&candidate);
        if (start == INT64_MAX)
            return count;
        struct evidence_minute minute = {
            .start_wall_ms = start,
            .baseline = take(&baseline, start),
            .candidate = take(&candidate, start),
        };
        if (start < from || start > until - EVIDENCE_MINUTE_MS)
            continue;
        if (out && count >= skip)
            out[count - skip] = minute;
        count++;
    }
}

size_t evidence_collect(const struct metrics *metrics, const char *baseline, const char *candidate,
                        int64_t from_wall_ms, int64_t until_wall_ms, struct evidence_minute *out,
                        size_t max)
{
    struct cursor left = points_of(metrics, baseline);
    struct cursor right = points_of(metrics, candidate);
    size_t all = merge(left, right, from_wall_ms, until_wall_ms, 0, NULL);
    size_t skip = all > max ? all - max : 0;
    return merge(left, right, from_wall_ms, until_wall_ms, skip, out) - skip;
}
