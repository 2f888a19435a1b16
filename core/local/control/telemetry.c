#include "core/local/control/telemetry.h"

#include "core/base/alloc.h"
#include "core/base/key_table.h"

#include <stdlib.h>
#include <string.h>

enum {
    MINUTE_MS = 60000,
    /*
     * Each power of two of microseconds in 32 equal steps: a bucket is at most 3.1 % wide. Up to
     * 2^28 us, beyond the longest request time-out; what is slower counts in the last bucket.
     */
    STEPS = 32,
    OCTAVES = 28,
    BUCKETS = STEPS * OCTAVES,
};

struct minute {
    int64_t number; /* minutes since 1970 */
    uint64_t requests;
    uint64_t total_us;
    struct telemetry_status statuses[TELEMETRY_STATUSES];
    size_t status_count;
    uint32_t buckets[BUCKETS];
};

struct telemetry_series {
    struct telemetry_series *next; /* of the same endpoint */
    char *deployment;
    /* Slot = number % TELEMETRY_MINUTES; NULL until a request falls on it, reused from then on. */
    struct minute *minutes[TELEMETRY_MINUTES];
};

struct endpoint_series {
    char *key;
    struct telemetry_series *first;
};

struct telemetry {
    struct key_table endpoints;
};

static size_t bucket_of(int64_t latency_us)
{
    uint64_t us = latency_us < 1 ? 1 : (uint64_t)latency_us;
    int octave = 63 - __builtin_clzll(us);
    if (octave >= OCTAVES)
        return BUCKETS - 1;
    uint64_t above = us - (UINT64_C(1) << octave);
    return (size_t)octave * STEPS + (size_t)((above * STEPS) >> octave);
}

/* The middle of a bucket; below 32 us a bucket holds one whole microsecond at most. */
static double bucket_ms(size_t bucket)
{
    double base = (double)(UINT64_C(1) << (bucket / STEPS));
    double step = base / STEPS;
    double low = base + step * (double)(bucket % STEPS);
    return (step < 1 ? low : low + step / 2) / 1000;
}

struct telemetry *telemetry_new(void)
{
    struct telemetry *telemetry = mem_alloc(sizeof *telemetry);
    key_table_init(&telemetry->endpoints);
    return telemetry;
}

static void free_series(struct telemetry_series *series)
{
    for (size_t i = 0; i < TELEMETRY_MINUTES; i++)
        free(series->minutes[i]);
    free(series->deployment);
    free(series);
}

/* Frees the series of one deployment, or all when `deployment` is NULL. */
static void drop_series(struct endpoint_series *endpoint, const char *deployment)
{
    struct telemetry_series **at = &endpoint->first;
    while (*at) {
        struct telemetry_series *series = *at;
        if (deployment && strcmp(series->deployment, deployment) != 0) {
            at = &series->next;
            continue;
        }
        *at = series->next;
        free_series(series);
    }
}

static void free_endpoint(struct endpoint_series *endpoint)
{
    drop_series(endpoint, NULL);
    free(endpoint->key);
    free(endpoint);
}

void telemetry_free(struct telemetry *telemetry)
{
    if (!telemetry)
        return;
    struct endpoint_series *endpoint;
    for (size_t at = 0; (endpoint = key_table_next(&telemetry->endpoints, &at));)
        free_endpoint(endpoint);
    key_table_release(&telemetry->endpoints);
    free(telemetry);
}

struct telemetry_series *telemetry_series(struct telemetry *telemetry, const char *endpoint_key,
                                          const char *deployment)
{
    struct endpoint_series *endpoint = key_table_get(&telemetry->endpoints, endpoint_key);
    if (!endpoint) {
        endpoint = mem_alloc(sizeof *endpoint);
        endpoint->key = str_dup(endpoint_key);
        key_table_set(&telemetry->endpoints, endpoint->key, endpoint);
    }
    for (struct telemetry_series *series = endpoint->first; series; series = series->next)
        if (strcmp(series->deployment, deployment) == 0)
            return series;
    struct telemetry_series *series = mem_alloc(sizeof *series);
    series->deployment = str_dup(deployment);
    series->next = endpoint->first;
    endpoint->first = series;
    return series;
}

void telemetry_forget(struct telemetry *telemetry, const char *endpoint_key, const char *deployment)
{
    struct endpoint_series *endpoint = key_table_get(&telemetry->endpoints, endpoint_key);
    if (!endpoint)
        return;
    drop_series(endpoint, deployment);
    if (deployment)
        return;
    key_table_remove(&telemetry->endpoints, endpoint->key);
    free_endpoint(endpoint);
}

static struct minute *minute_at(struct telemetry_series *series, int64_t number)
{
    struct minute **slot = &series->minutes[number % TELEMETRY_MINUTES];
    if (!*slot)
        *slot = mem_alloc(sizeof **slot);
    else if ((*slot)->number != number)
        memset(*slot, 0, sizeof **slot);
    (*slot)->number = number;
    return *slot;
}

static void count_status(struct telemetry_status *statuses, size_t *used, int status,
                         int model_status, uint64_t count)
{
    for (size_t i = 0; i < *used; i++) {
        if (statuses[i].status == status && statuses[i].model_status == model_status) {
            statuses[i].count += count;
            return;
        }
    }
    if (*used < TELEMETRY_STATUSES) {
        statuses[(*used)++] = (struct telemetry_status){status, model_status, count};
        return;
    }
    /* The last place collects the rest. */
    struct telemetry_status *rest = &statuses[TELEMETRY_STATUSES - 1];
    rest->status = 0;
    rest->model_status = 0;
    rest->count += count;
}

void telemetry_record(struct telemetry_series *series, int64_t wall_ms, int status,
                      int model_status, int64_t latency_us)
{
    if (wall_ms < 0)
        return;
    struct minute *minute = minute_at(series, wall_ms / MINUTE_MS);
    minute->requests++;
    minute->total_us += latency_us > 0 ? (uint64_t)latency_us : 0;
    minute->buckets[bucket_of(latency_us)]++;
    count_status(minute->statuses, &minute->status_count, status, model_status, 1);
}

/* The latency below which `share` of the requests stayed. */
static double percentile_ms(const struct minute *minute, double share)
{
    uint64_t rank = (uint64_t)((double)minute->requests * share);
    if (rank >= minute->requests)
        rank = minute->requests - 1;
    uint64_t seen = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        seen += minute->buckets[i];
        if (seen > rank)
            return bucket_ms(i);
    }
    return 0;
}

static void add_minute(struct minute *sum, const struct minute *more)
{
    sum->requests += more->requests;
    sum->total_us += more->total_us;
    for (size_t i = 0; i < more->status_count; i++)
        count_status(sum->statuses, &sum->status_count, more->statuses[i].status,
                     more->statuses[i].model_status, more->statuses[i].count);
    for (size_t i = 0; i < BUCKETS; i++)
        sum->buckets[i] += more->buckets[i];
}

static void report(const struct minute *minute, struct telemetry_minute *out)
{
    out->requests = minute->requests;
    memcpy(out->statuses, minute->statuses, sizeof out->statuses);
    out->status_count = minute->status_count;
    for (size_t i = 0; i < minute->status_count; i++) {
        int class = minute->statuses[i].status / 100;
        out->by_class[class >= 2 && class <= 5 ? class : 0] += minute->statuses[i].count;
    }
    out->mean_ms = (double)minute->total_us / (double)minute->requests / 1000;
    out->p50_ms = percentile_ms(minute, 0.50);
    out->p90_ms = percentile_ms(minute, 0.90);
    out->p95_ms = percentile_ms(minute, 0.95);
    out->p99_ms = percentile_ms(minute, 0.99);
}

/* Adds up one minute of one deployment or of all; false when none has it. */
static bool sum_minute(const struct endpoint_series *endpoint, const char *deployment,
                       int64_t number, struct minute *sum)
{
    bool any = false;
    const struct telemetry_series *series = endpoint ? endpoint->first : NULL;
    for (; series; series = series->next) {
        const struct minute *minute = series->minutes[number % TELEMETRY_MINUTES];
        if (!minute || minute->number != number ||
            (deployment && strcmp(series->deployment, deployment) != 0))
            continue;
        if (!any) /* here, since a query may ask for a month and the ring holds an hour and a half
                   */
            memset(sum, 0, sizeof *sum);
        any = true;
        add_minute(sum, minute);
    }
    return any;
}

size_t telemetry_query(const struct telemetry *telemetry, const char *endpoint_key,
                       const char *deployment, int64_t from_wall_ms, int64_t to_wall_ms,
                       struct telemetry_minute *out, size_t max)
{
    const struct endpoint_series *endpoint = key_table_get(&telemetry->endpoints, endpoint_key);
    struct minute *sum = mem_alloc(sizeof *sum);
    size_t count = 0;
    int64_t number = from_wall_ms < 0 ? 0 : from_wall_ms / MINUTE_MS;
    for (; count < max && number * MINUTE_MS < to_wall_ms; number++) {
        struct telemetry_minute *minute = &out[count++];
        memset(minute, 0, sizeof *minute);
        minute->start_wall_ms = number * MINUTE_MS;
        if (sum_minute(endpoint, deployment, number, sum))
            report(sum, minute);
    }
    free(sum);
    return count;
}

size_t telemetry_deployments(const struct telemetry *telemetry, const char *endpoint_key,
                             const char **out, size_t max)
{
    const struct endpoint_series *endpoint = key_table_get(&telemetry->endpoints, endpoint_key);
    size_t count = 0;
    if (endpoint)
        for (const struct telemetry_series *s = endpoint->first; s && count < max; s = s->next)
            out[count++] = s->deployment;
    return count;
}
