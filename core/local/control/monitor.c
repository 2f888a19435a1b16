/*
 * Metrics of endpoints and deployments in the shape of Azure Monitor.
 *
 * Values exist a minute each, as the service emits them; a coarser interval aggregates the minutes
 * that have data. What this engine does not measure answers points without values, as Azure does
 * for a resource that emitted none.
 */
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/local/control/control_state.h"
#include "core/local/control/metric_query.h"
#include "core/local/control/telemetry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_DEPLOYMENTS = 32 };

/* A line of points: of one deployment (NULL: all) and, for counts, of one kind of answer. */
struct series {
    const char *deployment;
    char status[8]; /* empty: not split by it */
    char class[8];
    char model_status[8];
    double *values; /* one a minute; negative: no data */
    double mean;
};

/* ---- the resource ---- */

/* The endpoint or deployment of the path, or NULL when 404 has been answered. */
static const struct resource *asked_resource(struct call *call)
{
    enum { DEPLOYMENT_SEGMENTS = 15 };
    bool deployment = call->path.count == DEPLOYMENT_SEGMENTS;
    char *id = call_resource_id(call, "onlineEndpoints", deployment ? "deployments" : NULL);
    const struct resource *resource =
        resource_at(call->control, id, deployment ? RESOURCE_DEPLOYMENT : RESOURCE_ENDPOINT);
    free(id);
    if (!resource)
        call_not_found(call, "ResourceNotFound", "No such endpoint or deployment.");
    return resource;
}

static const struct metric_table *table_of(const struct resource *resource)
{
    return metric_table_of(resource->kind == RESOURCE_DEPLOYMENT);
}

void monitor_definitions(struct call *call)
{
    const struct resource *resource = asked_resource(call);
    if (!resource)
        return;
    const struct metric_table *table = table_of(resource);
    struct json *document = json_object();
    struct json *value = json_set(document, "value", json_array());
    for (size_t i = 0; i < table->count; i++)
        json_append(value, metric_definition(table, &table->metrics[i], resource->id));
    call_answer_take(call, 200, document);
}

/* ---- values ---- */

static void status_texts(const struct telemetry_status *status, struct series *out)
{
    snprintf(out->status, sizeof out->status, "%d", status->status % 1000);
    snprintf(out->class, sizeof out->class, "%dxx", status->status / 100 % 10);
    snprintf(out->model_status, sizeof out->model_status, "%d", status->model_status % 1000);
}

/* Blanks what the query does not split by, so that equal answers fall together. */
static void blank_unsplit(const struct metric_query *query, struct series *series)
{
    if (!metric_filter_find(&query->filter, "statusCode"))
        series->status[0] = '\0';
    if (!metric_filter_find(&query->filter, "statusCodeClass"))
        series->class[0] = '\0';
    if (!metric_filter_find(&query->filter, "modelStatusCode"))
        series->model_status[0] = '\0';
}

static bool status_wanted(const struct metric_query *query, const struct series *status)
{
    const struct metric_filter *filter = &query->filter;
    return metric_dimension_takes(metric_filter_find(filter, "statusCode"), status->status) &&
           metric_dimension_takes(metric_filter_find(filter, "statusCodeClass"), status->class) &&
           metric_dimension_takes(metric_filter_find(filter, "modelStatusCode"),
                                  status->model_status);
}

struct series_set {
    struct series items[METRIC_MAX_SERIES];
    size_t count;
    size_t minutes;
};

/* The series like `like`, made with no data in it when missing; NULL when there are too many. */
static struct series *set_find(struct series_set *set, const struct series *like)
{
    for (size_t i = 0; i < set->count; i++) {
        struct series *item = &set->items[i];
        if (item->deployment == like->deployment && strcmp(item->status, like->status) == 0 &&
            strcmp(item->class, like->class) == 0 &&
            strcmp(item->model_status, like->model_status) == 0)
            return item;
    }
    if (set->count == METRIC_MAX_SERIES)
        return NULL;
    struct series *item = &set->items[set->count++];
    *item = *like;
    item->values = mem_alloc_array(set->minutes, sizeof *item->values);
    for (size_t i = 0; i < set->minutes; i++)
        item->values[i] = -1;
    return item;
}

static void set_release(struct series_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        free(set->items[i].values);
}

/* Requests of one minute, split as the query asks. */
static void add_counts(const struct metric_query *query, const char *deployment,
                       const struct telemetry_minute *minute, size_t at, struct series_set *set)
{
    for (size_t i = 0; i < minute->status_count; i++) {
        struct series like = {.deployment = deployment};
        status_texts(&minute->statuses[i], &like);
        if (!status_wanted(query, &like))
            continue;
        blank_unsplit(query, &like);
        struct series *series = set_find(set, &like);
        if (!series)
            continue;
        double before = series->values[at] < 0 ? 0 : series->values[at];
        series->values[at] = before + (double)minute->statuses[i].count;
    }
}

static double latency_of(const struct telemetry_minute *minute, enum metric_source source)
{
    switch (source) {
    case SOURCE_MEAN:
        return minute->mean_ms;
    case SOURCE_P50:
        return minute->p50_ms;
    case SOURCE_P90:
        return minute->p90_ms;
    case SOURCE_P95:
        return minute->p95_ms;
    case SOURCE_P99:
        return minute->p99_ms;
    case SOURCE_NONE:
    case SOURCE_REQUESTS:
    case SOURCE_CAPACITY:
        break;
    }
    return -1;
}

static void add_deployment(const struct metric_query *query, const struct telemetry *telemetry,
                           enum metric_source source, const char *deployment,
                           struct series_set *set)
{
    bool split_by_status = metric_filter_find(&query->filter, "statusCode") ||
                           metric_filter_find(&query->filter, "statusCodeClass") ||
                           metric_filter_find(&query->filter, "modelStatusCode");
    struct series plain = {.deployment = deployment};
    if (source != SOURCE_REQUESTS || !split_by_status)
        set_find(set, &plain); /* so that a deployment without requests shows as well */
    if (!telemetry || source == SOURCE_NONE)
        return;
    struct telemetry_minute *minutes = mem_alloc_array(set->minutes, sizeof *minutes);
    size_t count = telemetry_query(telemetry, query->resource->key, deployment, query->from_ms,
                                   query->to_ms, minutes, set->minutes);
    for (size_t at = 0; at < count; at++) {
        if (!minutes[at].requests)
            continue;
        if (source == SOURCE_REQUESTS) {
            add_counts(query, deployment, &minutes[at], at, set);
        } else {
            struct series *series = set_find(set, &plain);
            if (series)
                series->values[at] = latency_of(&minutes[at], source);
        }
    }
    free(minutes);
}

/* How many instances there are, for the minutes since that was last changed. */
static void add_capacity(const struct call *call, const struct metric_query *query,
                         struct series_set *set)
{
    struct series plain = {.deployment = NULL};
    struct series *series = set_find(set, &plain);
    const struct resource *deployment = query->resource;
    double capacity = json_double(json_at(deployment->document, "sku.capacity"), -1);
    for (size_t at = 0; series && at < set->minutes; at++) {
        int64_t minute_ms = query->from_ms + (int64_t)at * METRIC_MINUTE_MS;
        if (resource_state(deployment) == STATE_SUCCEEDED && minute_ms <= call->now_ms &&
            minute_ms + METRIC_MINUTE_MS > deployment->updated_ms)
            series->values[at] = capacity;
    }
}

static int compare_names(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;
    return strcmp(*left, *right);
}

/* Deployments that exist or have data, for a query split by them. */
static size_t deployment_names(const struct call *call, const struct metric_query *query,
                               const char *out[MAX_DEPLOYMENTS])
{
    const struct telemetry *telemetry = call->control->options.telemetry;
    size_t count =
        telemetry ? telemetry_deployments(telemetry, query->resource->key, out, MAX_DEPLOYMENTS)
                  : 0;
    const struct resource_list *children = &query->resource->children;
    for (size_t i = 0; i < children->count && count < MAX_DEPLOYMENTS; i++) {
        bool listed = false;
        for (size_t j = 0; j < count; j++)
            listed = listed || strcmp(out[j], children->items[i]->name) == 0;
        if (!listed)
            out[count++] = children->items[i]->name;
    }
    if (count)
        qsort(out, count, sizeof *out, compare_names);
    return count;
}

static void collect(const struct call *call, const struct metric_query *query,
                    const struct metric *metric, struct series_set *set)
{
    const struct telemetry *telemetry = call->control->options.telemetry;
    const struct metric_dimension *split = metric_filter_find(&query->filter, "deployment");
    if (metric->source == SOURCE_CAPACITY) {
        add_capacity(call, query, set);
    } else if (!split || !metric_has_dimension(metric, "deployment")) {
        add_deployment(query, telemetry, metric->source, NULL, set);
    } else {
        const char *names[MAX_DEPLOYMENTS];
        size_t count = deployment_names(call, query, names);
        for (size_t i = 0; i < count; i++)
            if (metric_dimension_takes(split, names[i]))
                add_deployment(query, telemetry, metric->source, names[i], set);
    }
}

/* ---- the answer ---- */

static void add_metadata(struct json *list, const char *name, const char *value)
{
    struct json *entry = json_append(list, json_object());
    json_set(entry, "name", metric_localizable(name, name));
    json_set_text(entry, "value", value);
}

static struct json *metadata_of(const struct series *series)
{
    struct json *list = json_array();
    if (series->deployment)
        add_metadata(list, "deployment", series->deployment);
    if (series->status[0])
        add_metadata(list, "statusCode", series->status);
    if (series->class[0])
        add_metadata(list, "statusCodeClass", series->class);
    if (series->model_status[0])
        add_metadata(list, "modelStatusCode", series->model_status);
    return list;
}

/* One point: the minutes from `first` up to `end` that have data. */
static struct json *point_of(const struct metric_query *query, const struct series *series,
                             size_t first, size_t end, unsigned wanted)
{
    char stamp[CLOCK_ISO_SIZE];
    double sum = 0;
    double low = 0;
    double high = 0;
    size_t count = 0;
    for (size_t i = first; i < end; i++) {
        double value = series->values[i];
        if (value < 0)
            continue;
        low = !count || value < low ? value : low;
        high = !count || value > high ? value : high;
        sum += value;
        count++;
    }
    clock_format_utc(stamp, query->from_ms + (int64_t)first * METRIC_MINUTE_MS);
    struct json *point = json_object();
    json_set_text(point, "timeStamp", stamp);
    if (count && wanted & AGGREGATE_AVERAGE)
        json_set_number(point, "average", sum / (double)count);
    if (count && wanted & AGGREGATE_MINIMUM)
        json_set_number(point, "minimum", low);
    if (count && wanted & AGGREGATE_MAXIMUM)
        json_set_number(point, "maximum", high);
    return point;
}

static struct json *series_document(const struct metric_query *query, const struct series *series,
                                    size_t minutes, unsigned wanted)
{
    struct json *document = json_object();
    json_set(document, "metadatavalues", metadata_of(series));
    if (query->metadata_only)
        return document;
    struct json *data = json_set(document, "data", json_array());
    size_t step = (size_t)((query->interval_ms + METRIC_MINUTE_MS - 1) / METRIC_MINUTE_MS);
    for (size_t first = 0; first < minutes; first += step) {
        size_t end = first + step < minutes ? first + step : minutes;
        json_append(data, point_of(query, series, first, end, wanted));
    }
    return document;
}

static int compare_means(const void *a, const void *b)
{
    const struct series *left = a;
    const struct series *right = b;
    return (left->mean < right->mean) - (left->mean > right->mean);
}

static void sort_by_value(struct series_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        struct series *series = &set->items[i];
        size_t count = 0;
        double sum = 0;
        for (size_t at = 0; at < set->minutes; at++) {
            if (series->values[at] < 0)
                continue;
            sum += series->values[at];
            count++;
        }
        series->mean = count ? sum / (double)count : 0;
    }
    if (set->count)
        qsort(set->items, set->count, sizeof set->items[0], compare_means);
}

static void add_series(const struct call *call, const struct metric_query *query,
                       const struct metric *metric, unsigned wanted, struct json *list)
{
    struct series_set *set = mem_alloc(sizeof *set);
    set->minutes = metric_query_minutes(query);
    collect(call, query, metric, set);
    if (query->by_value)
        sort_by_value(set);
    size_t count = query->filter.count && set->count > query->top ? query->top : set->count;
    for (size_t i = 0; i < count; i++) {
        size_t at = query->by_value && query->ascending ? set->count - 1 - i : i;
        json_append(list, series_document(query, &set->items[at], set->minutes, wanted));
    }
    set_release(set);
    free(set);
}

static struct json *metric_document(const struct call *call, const struct metric_query *query,
                                    const struct metric *metric)
{
    unsigned asked = query->aggregations ? query->aggregations : AGGREGATE_AVERAGE;
    unsigned wanted = asked & metric->aggregations;
    struct json *document = json_object();
    char *id =
        str_format("%s/providers/Microsoft.Insights/metrics/%s", query->resource->id, metric->name);
    json_set_text(document, "id", id);
    free(id);
    json_set_text(document, "type", "Microsoft.Insights/metrics");
    json_set(document, "name", metric_localizable(metric->name, metric->title));
    json_set_text(document, "displayDescription", metric->title);
    json_set_text(document, "unit", metric->unit);
    struct json *list = json_set(document, "timeseries", json_array());
    if (wanted)
        add_series(call, query, metric, wanted, list);
    json_set_text(document, "errorCode", wanted ? "Success" : "InvalidSamplingType");
    if (!wanted) {
        char *message = str_format("%s has none of the aggregations asked for.", metric->name);
        json_set_text(document, "errorMessage", message);
        free(message);
    }
    return document;
}

void monitor_metrics(struct call *call)
{
    struct error error = {0};
    struct metric_query query;
    const struct resource *resource = asked_resource(call);
    if (!resource)
        return;
    if (!metric_query_read(call->request->query, call->now_ms, table_of(resource), &query,
                           &error)) {
        char reason[sizeof error.message + sizeof error.hint + 2];
        snprintf(reason, sizeof reason, "%s%s%s", error.message, error.hint[0] ? " " : "",
                 error.hint);
        call_fail(call, 400, "BadRequest", reason, NULL, NULL);
        return;
    }
    query.resource = resource;
    char from[CLOCK_ISO_SIZE];
    char to[CLOCK_ISO_SIZE];
    char interval[CLOCK_ISO_SIZE];
    clock_format_utc(from, query.from_ms);
    clock_format_utc(to, query.to_ms);
    clock_format_duration(interval, query.interval_ms);
    char *timespan = str_format("%s/%s", from, to);
    struct json *document = json_object();
    json_set_number(document, "cost", (double)(metric_query_minutes(&query) * query.metric_count));
    json_set_text(document, "timespan", timespan);
    if (!query.metadata_only)
        json_set_text(document, "interval", interval);
    struct json *value = json_set(document, "value", json_array());
    for (size_t i = 0; i < query.metric_count; i++)
        json_append(value, metric_document(call, &query, query.metrics[i]));
    json_set_text(document, "namespace", query.table->namespace);
    json_set_text(document, "resourceregion", CONTROL_LOCATION);
    free(timespan);
    call_answer_take(call, 200, document);
}
