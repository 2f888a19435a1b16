#include "core/wire/metrics.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What a metric's value is added to. */
enum column { COLUMN_REQUESTS, COLUMN_P50, COLUMN_P95 };

static const struct {
    const char *metric;
    enum column column;
} columns[] = {
    {"RequestsPerMinute", COLUMN_REQUESTS},
    {"RequestLatency_P50", COLUMN_P50},
    {"RequestLatency_P95", COLUMN_P95},
};

void metrics_release(struct metrics *metrics)
{
    for (size_t i = 0; i < metrics->count; i++)
        free(metrics->series[i].points);
    free(metrics->series);
    memset(metrics, 0, sizeof *metrics);
}

static struct metrics_series *find(const struct metrics *metrics, const char *deployment)
{
    for (size_t i = 0; i < metrics->count; i++)
        if (strcasecmp(metrics->series[i].deployment, deployment) == 0)
            return &metrics->series[i];
    return NULL;
}

const struct metrics_series *metrics_find(const struct metrics *metrics, const char *deployment)
{
    return find(metrics, deployment);
}

static struct metrics_series *find_or_add(struct metrics *metrics, const char *deployment)
{
    struct metrics_series *series = find(metrics, deployment);
    char name[NAME_SIZE];
    if (series)
        return series;
    if (metrics->count == METRICS_MAX_DEPLOYMENTS || !*deployment || !name_copy(name, deployment))
        return NULL;
    metrics->series =
        mem_grow(metrics->series, metrics->count, &metrics->capacity, sizeof *metrics->series);
    series = &metrics->series[metrics->count++];
    memset(series, 0, sizeof *series);
    memcpy(series->deployment, name, sizeof name);
    return series;
}

/* The point of a minute, made in order of time; NULL when the series is full. */
static struct metrics_point *point_at(struct metrics_series *series, int64_t start_wall_ms)
{
    size_t at = series->count;
    while (at && series->points[at - 1].start_wall_ms > start_wall_ms)
        at--;
    if (at && series->points[at - 1].start_wall_ms == start_wall_ms)
        return &series->points[at - 1];
    if (series->count == METRICS_MAX_POINTS)
        return NULL;
    series->points =
        mem_grow(series->points, series->count, &series->capacity, sizeof *series->points);
    memmove(&series->points[at + 1], &series->points[at],
            (series->count - at) * sizeof *series->points);
    series->count++;
    series->points[at] =
        (struct metrics_point){.start_wall_ms = start_wall_ms, .p50_ms = -1, .p95_ms = -1};
    return &series->points[at];
}

/* Value of a dimension of one time series; "" when it is not split by it. */
static const char *dimension(const struct json *series, const char *name)
{
    for (const struct json *at = json_first(json_get(series, "metadatavalues")); at;
         at = json_next(at))
        if (strcasecmp(json_text_at(at, "name.value", ""), name) == 0)
            return json_text_at(at, "value", "");
    return "";
}

/* The number of a point, whatever the aggregation; false when the service had none. */
static bool read_value(const struct json *point, double *out)
{
    static const char *const aggregations[] = {"average", "total", "count", "maximum"};
    for (size_t i = 0; i < sizeof aggregations / sizeof aggregations[0]; i++) {
        const struct json *value = json_get(point, aggregations[i]);
        if (json_type(value) != JSON_NUMBER)
            continue;
        *out = json_double(value, 0);
        return isfinite(*out) && *out >= 0;
    }
    return false;
}

static void add_point(struct metrics_point *point, enum column column, double value, bool failed)
{
    switch (column) {
    case COLUMN_REQUESTS:
        point->requests += value;
        if (failed)
            point->errors += value;
        break;
    case COLUMN_P50:
        point->p50_ms = value;
        break;
    case COLUMN_P95:
        point->p95_ms = value;
        break;
    }
}

static void add_series(struct metrics *metrics, const struct json *answer, enum column column)
{
    struct metrics_series *series = find_or_add(metrics, dimension(answer, "deployment"));
    const char *class = dimension(answer, "statusCodeClass");
    bool failed = *class == '4' || *class == '5';
    if (!series)
        return;
    for (const struct json *at = json_first(json_get(answer, "data")); at; at = json_next(at)) {
        int64_t start;
        double value;
        if (!clock_parse_iso(json_text_at(at, "timeStamp", ""), &start))
            continue;
        struct metrics_point *point = point_at(series, start);
        if (point && read_value(at, &value))
            add_point(point, column, value, failed);
    }
}

static bool check_metric(const struct json *metric, const char *name, struct error *error)
{
    const char *code = json_text_at(metric, "errorCode", "Success");
    if (strcasecmp(code, "Success") == 0)
        return true;
    return error_set(error, ERROR_FAILED, "metric %s: %s", name,
                     json_text_at(metric, "errorMessage", code));
}

bool metrics_decode(const struct json *answer, struct metrics *metrics, struct error *error)
{
    bool ok = true;
    for (const struct json *metric = json_first(json_get(answer, "value")); metric;
         metric = json_next(metric)) {
        const char *name = json_text_at(metric, "name.value", "");
        size_t i = 0;
        while (i < sizeof columns / sizeof columns[0] && strcasecmp(columns[i].metric, name) != 0)
            i++;
        if (i == sizeof columns / sizeof columns[0])
            continue;
        if (!check_metric(metric, columns[i].metric, error)) {
            ok = false;
            continue;
        }
        for (const struct json *at = json_first(json_get(metric, "timeseries")); at;
             at = json_next(at))
            add_series(metrics, at, columns[i].column);
    }
    return ok;
}
