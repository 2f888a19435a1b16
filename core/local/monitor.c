/*
 * Metrics of endpoints and deployments in the shape of Azure Monitor.
 *
 * Values exist a minute each, as the service emits them; a coarser interval aggregates the minutes
 * that have data. What this engine does not measure answers points without values, as Azure does
 * for a resource that emitted none.
 */
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/local/control_state.h"
#include "core/local/metric_filter.h"
#include "core/local/telemetry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    MINUTE_MS = 60 * 1000,
    HOUR_MS = 60 * MINUTE_MS,
    MAX_METRICS = 20,
    MAX_POINTS = 1500,   /* of one series: a day of minutes */
    MAX_MINUTES = 45000, /* of a timespan: a month */
    MAX_SERIES = 64,
    MAX_DEPLOYMENTS = 32,
    DEFAULT_TOP = 10,
};

#define ENDPOINT_NAMESPACE "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"

enum source {
    SOURCE_NONE, /* not measured here */
    SOURCE_REQUESTS,
    SOURCE_MEAN,
    SOURCE_P50,
    SOURCE_P90,
    SOURCE_P95,
    SOURCE_P99,
    SOURCE_CAPACITY,
};

enum aggregation { AGGREGATE_AVERAGE = 1, AGGREGATE_MINIMUM = 2, AGGREGATE_MAXIMUM = 4 };

static const struct {
    const char *word;  /* in queries and points */
    const char *title; /* in definitions */
    unsigned bit;
} aggregations[] = {
    {"average", "Average", AGGREGATE_AVERAGE},
    {"minimum", "Minimum", AGGREGATE_MINIMUM},
    {"maximum", "Maximum", AGGREGATE_MAXIMUM},
};

enum { AGGREGATIONS = sizeof aggregations / sizeof aggregations[0] };

struct metric {
    const char *name;
    const char *title;
    const char *unit;
    const char *dimensions; /* separated by blanks */
    unsigned aggregations;
    enum source source;
};

#define ALL_THREE (AGGREGATE_AVERAGE | AGGREGATE_MINIMUM | AGGREGATE_MAXIMUM)

static const struct metric endpoint_metrics[] = {
    {"RequestsPerMinute", "Requests Per Minute", "Count",
     "deployment statusCode statusCodeClass modelStatusCode", AGGREGATE_AVERAGE, SOURCE_REQUESTS},
    {"RequestLatency", "Request Latency", "MilliSeconds", "deployment", AGGREGATE_AVERAGE,
     SOURCE_MEAN},
    {"RequestLatency_P50", "Request Latency P50", "MilliSeconds", "deployment", AGGREGATE_AVERAGE,
     SOURCE_P50},
    {"RequestLatency_P90", "Request Latency P90", "MilliSeconds", "deployment", AGGREGATE_AVERAGE,
     SOURCE_P90},
    {"RequestLatency_P95", "Request Latency P95", "MilliSeconds", "deployment", AGGREGATE_AVERAGE,
     SOURCE_P95},
    {"RequestLatency_P99", "Request Latency P99", "MilliSeconds", "deployment", AGGREGATE_AVERAGE,
     SOURCE_P99},
    {"ConnectionsActive", "Connections Active", "Count", "", AGGREGATE_AVERAGE, SOURCE_NONE},
    {"NewConnectionsPerSecond", "New Connections Per Second", "CountPerSecond", "",
     AGGREGATE_AVERAGE, SOURCE_NONE},
    {"NetworkBytes", "Network Bytes", "BytesPerSecond", "", AGGREGATE_AVERAGE, SOURCE_NONE},
    {"DataCollectionErrorsPerMinute", "Data Collection Errors Per Minute", "Count",
     "deployment reason type", ALL_THREE, SOURCE_NONE},
    {"DataCollectionEventsPerMinute", "Data Collection Events Per Minute", "Count",
     "deployment type", ALL_THREE, SOURCE_NONE},
};

static const struct metric deployment_metrics[] = {
    {"CpuUtilizationPercentage", "CPU Utilization Percentage", "Percent", "instanceId", ALL_THREE,
     SOURCE_NONE},
    {"CpuMemoryUtilizationPercentage", "CPU Memory Utilization Percentage", "Percent", "instanceId",
     ALL_THREE, SOURCE_NONE},
    {"GpuUtilizationPercentage", "GPU Utilization Percentage", "Percent", "instanceId", ALL_THREE,
     SOURCE_NONE},
    {"GpuMemoryUtilizationPercentage", "GPU Memory Utilization Percentage", "Percent", "instanceId",
     ALL_THREE, SOURCE_NONE},
    {"GpuEnergyJoules", "GPU Energy in Joules", "Count", "instanceId", ALL_THREE, SOURCE_NONE},
    {"DiskUtilization", "Disk Utilization", "Percent", "instanceId disk", ALL_THREE, SOURCE_NONE},
    {"DeploymentCapacity", "Deployment Capacity", "Count", "instanceId State", ALL_THREE,
     SOURCE_CAPACITY},
    {"DataCollectionErrorsPerMinute", "Data Collection Errors Per Minute", "Count",
     "instanceId reason type", ALL_THREE, SOURCE_NONE},
    {"DataCollectionEventsPerMinute", "Data Collection Events Per Minute", "Count",
     "instanceId type", ALL_THREE, SOURCE_NONE},
};

/* What a query asks. */
struct query {
    const struct resource *resource;
    const struct metric *known; /* those of the resource's type */
    size_t known_count;
    const struct metric *metrics[MAX_METRICS];
    size_t metric_count;
    int64_t from_ms;
    int64_t to_ms;
    int64_t interval_ms;
    unsigned aggregations; /* 0: none was named, each metric's first is meant */
    struct metric_filter filter;
    bool metadata_only;
    size_t top;
    bool by_value; /* "orderby" was given */
    bool ascending;
};

/* A line of points: of one deployment (NULL: all) and, for counts, of one kind of answer. */
struct series {
    const char *deployment;
    char status[8]; /* empty: not split by it */
    char class[8];
    char model_status[8];
    double *values; /* one a minute; negative: no data */
    double mean;
};

/* ---- the resource and its metrics ---- */

static struct resource *asked_resource(struct call *call, struct query *query)
{
    enum { DEPLOYMENT_SEGMENTS = 15 };
    bool deployment = call->path.count == DEPLOYMENT_SEGMENTS;
    char *id = call_resource_id(call, "onlineEndpoints", deployment ? "deployments" : NULL);
    struct resource *resource =
        resource_at(call->control, id, deployment ? RESOURCE_DEPLOYMENT : RESOURCE_ENDPOINT);
    free(id);
    if (!resource)
        call_not_found(call, "ResourceNotFound", "No such endpoint or deployment.");
    query->resource = resource;
    query->known = deployment ? deployment_metrics : endpoint_metrics;
    query->known_count = deployment ? sizeof deployment_metrics / sizeof deployment_metrics[0]
                                    : sizeof endpoint_metrics / sizeof endpoint_metrics[0];
    return resource;
}

static const char *namespace_of(const struct query *query)
{
    return query->resource->kind == RESOURCE_DEPLOYMENT ? ENDPOINT_NAMESPACE "/deployments"
                                                        : ENDPOINT_NAMESPACE;
}

static const struct metric *find_metric(const struct query *query, const char *name, size_t len)
{
    for (size_t i = 0; i < query->known_count; i++)
        if (strlen(query->known[i].name) == len &&
            strncasecmp(query->known[i].name, name, len) == 0)
            return &query->known[i];
    return NULL;
}

static bool has_dimension(const struct metric *metric, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = metric->dimensions; *at; at += strspn(at, " ")) {
        size_t next = strcspn(at, " ");
        if (next == len && strncasecmp(at, name, len) == 0)
            return true;
        at += next;
    }
    return false;
}

static struct json *localizable(const char *value, const char *title)
{
    struct json *name = json_object();
    json_set_text(name, "value", value);
    json_set_text(name, "localizedValue", title);
    return name;
}

/* ---- definitions ---- */

static const char *const grains[] = {"PT1M", "PT5M", "PT15M", "PT30M",
                                     "PT1H", "PT6H", "PT12H", "P1D"};

enum { GRAINS = sizeof grains / sizeof grains[0] };

static struct json *definition(const struct query *query, const struct metric *metric)
{
    struct json *document = json_object();
    char *id = str_format("%s/providers/Microsoft.Insights/metricdefinitions/%s",
                          query->resource->id, metric->name);
    json_set_text(document, "id", id);
    free(id);
    json_set_text(document, "resourceId", query->resource->id);
    json_set_text(document, "namespace", namespace_of(query));
    json_set(document, "name", localizable(metric->name, metric->title));
    json_set_text(document, "displayDescription", metric->title);
    json_set(document, "isDimensionRequired", json_bool(false));
    json_set_text(document, "unit", metric->unit);
    json_set_text(document, "primaryAggregationType", "Average");
    struct json *supported = json_set(document, "supportedAggregationTypes", json_array());
    for (size_t i = 0; i < AGGREGATIONS; i++)
        if (metric->aggregations & aggregations[i].bit)
            json_append(supported, json_string(aggregations[i].title));
    struct json *available = json_set(document, "metricAvailabilities", json_array());
    char *retention = str_format("PT%dM", TELEMETRY_MINUTES);
    for (size_t i = 0; i < GRAINS; i++) {
        struct json *entry = json_append(available, json_object());
        json_set_text(entry, "timeGrain", grains[i]);
        json_set_text(entry, "retention", retention);
    }
    free(retention);
    struct json *dimensions = json_set(document, "dimensions", json_array());
    for (const char *at = metric->dimensions; *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        char *name = str_dup_n(at, len);
        json_append(dimensions, localizable(name, name));
        free(name);
        at += len;
    }
    return document;
}

void monitor_definitions(struct call *call)
{
    struct query query = {0};
    if (!asked_resource(call, &query))
        return;
    struct json *document = json_object();
    struct json *value = json_set(document, "value", json_array());
    for (size_t i = 0; i < query.known_count; i++)
        json_append(value, definition(&query, &query.known[i]));
    call_answer_take(call, 200, document);
}

/* ---- reading a query ---- */

static bool read_timespan(const struct call *call, struct query *query, struct error *error)
{
    char *text = arm_query_get(call->request->query, "timespan");
    query->to_ms = call->now_ms;
    query->from_ms = call->now_ms - HOUR_MS;
    char *slash = text ? strchr(text, '/') : NULL;
    bool ok = !text;
    if (slash) {
        *slash = '\0';
        ok = clock_parse_iso(text, &query->from_ms) && clock_parse_iso(slash + 1, &query->to_ms);
    }
    free(text);
    if (!ok || query->from_ms < 0 || query->to_ms <= query->from_ms)
        return error_set(error, ERROR_RULE,
                         "'timespan' has to be two times, the earlier first, "
                         "as in 2026-01-01T00:00:00Z/2026-01-01T01:00:00Z.");
    query->from_ms -= query->from_ms % MINUTE_MS;
    return (query->to_ms - query->from_ms) / MINUTE_MS <= MAX_MINUTES ||
           error_set(error, ERROR_RULE, "'timespan' is longer than a month.");
}

/* The first grain that is no finer than what was asked for. */
static int64_t nearest_grain(int64_t ms)
{
    int64_t grain = MINUTE_MS;
    for (size_t i = 0; i < GRAINS && grain < ms; i++)
        clock_parse_duration(grains[i], &grain);
    return grain;
}

static bool read_interval(const struct call *call, struct query *query, struct error *error)
{
    char *text = arm_query_get(call->request->query, "interval");
    char *adjust = arm_query_get(call->request->query, "AutoAdjustTimegrain");
    bool full = text && strcasecmp(text, "FULL") == 0;
    bool ok = true;
    query->interval_ms = MINUTE_MS;
    if (full)
        query->interval_ms = query->to_ms - query->from_ms;
    else if (text)
        ok = clock_parse_duration(text, &query->interval_ms) && query->interval_ms > 0;
    if (ok && !full && nearest_grain(query->interval_ms) != query->interval_ms) {
        ok = adjust && strcasecmp(adjust, "true") == 0;
        query->interval_ms = nearest_grain(query->interval_ms);
    }
    free(adjust);
    free(text);
    if (!ok)
        return error_set(error, ERROR_RULE,
                         "'interval' has to be one of: PT1M PT5M PT15M PT30M "
                         "PT1H PT6H PT12H P1D FULL.");
    return (query->to_ms - query->from_ms) / query->interval_ms <= MAX_POINTS ||
           error_set(error, ERROR_RULE, "That are more than %d points; take a longer interval.",
                     MAX_POINTS);
}

static bool read_names(const struct call *call, struct query *query, struct error *error)
{
    char *text = arm_query_get(call->request->query, "metricnames");
    bool ok = true;
    if (!text || !*text)
        query->metrics[query->metric_count++] = &query->known[0];
    for (const char *at = text; ok && at && *at; at += *at == ',') {
        size_t len = strcspn(at, ",");
        const struct metric *metric = find_metric(query, at, len);
        ok = metric && query->metric_count < MAX_METRICS;
        if (ok)
            query->metrics[query->metric_count++] = metric;
        else
            error_set(error, ERROR_RULE, "%s has no metric '%.*s'.", namespace_of(query),
                      (int)(len < 80 ? len : 80), at);
        at += len;
    }
    free(text);
    return ok;
}

static bool read_aggregations(const struct call *call, struct query *query, struct error *error)
{
    char *text = arm_query_get(call->request->query, "aggregation");
    bool ok = true;
    for (char *at = text; ok && at && *at; at += *at == ',') {
        static const char *const others[] = {"none", "total", "count"};
        size_t len = strcspn(at, ",");
        bool known = false;
        for (size_t i = 0; i < AGGREGATIONS; i++) {
            if (strlen(aggregations[i].word) != len ||
                strncasecmp(at, aggregations[i].word, len) != 0)
                continue;
            query->aggregations |= aggregations[i].bit;
            known = true;
        }
        /* Known to Azure but to none of these metrics: each metric says so in its answer. */
        for (size_t i = 0; i < 3; i++)
            if (strlen(others[i]) == len && strncasecmp(at, others[i], len) == 0) {
                query->aggregations |= 1U << 31;
                known = true;
            }
        ok = known || error_set(error, ERROR_RULE, "'aggregation' %.*s is not known.",
                                (int)(len < 80 ? len : 80), at);
        at += len;
    }
    free(text);
    return ok;
}

static bool check_dimensions(const struct call *call, struct query *query, struct error *error)
{
    char *validate = arm_query_get(call->request->query, "ValidateDimensions");
    bool lenient = validate && strcasecmp(validate, "false") == 0;
    free(validate);
    for (size_t d = 0; d < query->filter.count && !lenient; d++)
        for (size_t m = 0; m < query->metric_count; m++)
            if (!has_dimension(query->metrics[m], query->filter.dimensions[d].name))
                return error_set(error, ERROR_RULE, "The metric %s has no dimension '%s'.",
                                 query->metrics[m]->name, query->filter.dimensions[d].name);
    return true;
}

static bool read_filter(const struct call *call, struct query *query, struct error *error)
{
    char *text = arm_query_get(call->request->query, "$filter");
    char *rollup = arm_query_get(call->request->query, "rollupby");
    bool ok = metric_filter_parse(text, &query->filter, error);
    if (ok && rollup && *rollup)
        ok = error_set(error, ERROR_RULE, "'rollupby' is not served by this engine.");
    free(rollup);
    free(text);
    return ok && check_dimensions(call, query, error);
}

static bool read_rest(const struct call *call, struct query *query, struct error *error)
{
    char *type = arm_query_get(call->request->query, "resultType");
    char *top = arm_query_get(call->request->query, "top");
    char *order = arm_query_get(call->request->query, "orderby");
    long limit = top ? strtol(top, NULL, 10) : DEFAULT_TOP;
    query->metadata_only = type && strcasecmp(type, "Metadata") == 0;
    query->by_value = order && *order;
    query->ascending = order && strcasestr(order, " asc");
    query->top = limit < 1 ? 0 : limit > MAX_SERIES ? MAX_SERIES : (size_t)limit;
    free(order);
    free(top);
    free(type);
    return query->top || error_set(error, ERROR_RULE, "'top' has to be a whole number from 1 on.");
}

static bool read_query(const struct call *call, struct query *query, struct error *error)
{
    return read_timespan(call, query, error) && read_interval(call, query, error) &&
           read_names(call, query, error) && read_aggregations(call, query, error) &&
           read_filter(call, query, error) && read_rest(call, query, error);
}

/* ---- values ---- */

static size_t minute_count(const struct query *query)
{
    return (size_t)((query->to_ms - query->from_ms + MINUTE_MS - 1) / MINUTE_MS);
}

static void status_texts(const struct telemetry_status *status, struct series *out)
{
    snprintf(out->status, sizeof out->status, "%d", status->status % 1000);
    snprintf(out->class, sizeof out->class, "%dxx", status->status / 100 % 10);
    snprintf(out->model_status, sizeof out->model_status, "%d", status->model_status % 1000);
}

/* Blanks what the query does not split by, so that equal answers fall together. */
static void blank_unsplit(const struct query *query, struct series *series)
{
    if (!metric_filter_find(&query->filter, "statusCode"))
        series->status[0] = '\0';
    if (!metric_filter_find(&query->filter, "statusCodeClass"))
        series->class[0] = '\0';
    if (!metric_filter_find(&query->filter, "modelStatusCode"))
        series->model_status[0] = '\0';
}

static bool status_wanted(const struct query *query, const struct series *status)
{
    const struct metric_filter *filter = &query->filter;
    return metric_dimension_takes(metric_filter_find(filter, "statusCode"), status->status) &&
           metric_dimension_takes(metric_filter_find(filter, "statusCodeClass"), status->class) &&
           metric_dimension_takes(metric_filter_find(filter, "modelStatusCode"),
                                  status->model_status);
}

struct series_set {
    struct series items[MAX_SERIES];
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
    if (set->count == MAX_SERIES)
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
static void add_counts(const struct query *query, const char *deployment,
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

static double latency_of(const struct telemetry_minute *minute, enum source source)
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

static void add_deployment(const struct query *query, const struct telemetry *telemetry,
                           enum source source, const char *deployment, struct series_set *set)
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
static void add_capacity(const struct call *call, const struct query *query, struct series_set *set)
{
    struct series plain = {.deployment = NULL};
    struct series *series = set_find(set, &plain);
    const struct resource *deployment = query->resource;
    double capacity = json_double(json_at(deployment->document, "sku.capacity"), -1);
    for (size_t at = 0; series && at < set->minutes; at++) {
        int64_t minute_ms = query->from_ms + (int64_t)at * MINUTE_MS;
        if (resource_state(deployment) == STATE_SUCCEEDED && minute_ms <= call->now_ms &&
            minute_ms + MINUTE_MS > deployment->updated_ms)
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
static size_t deployment_names(const struct call *call, const struct query *query,
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

static void collect(const struct call *call, const struct query *query, const struct metric *metric,
                    struct series_set *set)
{
    const struct telemetry *telemetry = call->control->options.telemetry;
    const struct metric_dimension *split = metric_filter_find(&query->filter, "deployment");
    if (metric->source == SOURCE_CAPACITY) {
        add_capacity(call, query, set);
    } else if (!split || !has_dimension(metric, "deployment")) {
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
    json_set(entry, "name", localizable(name, name));
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
static struct json *point_of(const struct query *query, const struct series *series, size_t first,
                             size_t end, unsigned wanted)
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
    clock_format_utc(stamp, query->from_ms + (int64_t)first * MINUTE_MS);
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

static struct json *series_document(const struct query *query, const struct series *series,
                                    size_t minutes, unsigned wanted)
{
    struct json *document = json_object();
    json_set(document, "metadatavalues", metadata_of(series));
    if (query->metadata_only)
        return document;
    struct json *data = json_set(document, "data", json_array());
    size_t step = (size_t)((query->interval_ms + MINUTE_MS - 1) / MINUTE_MS);
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

static void add_series(const struct call *call, const struct query *query,
                       const struct metric *metric, unsigned wanted, struct json *list)
{
    struct series_set *set = mem_alloc(sizeof *set);
    set->minutes = minute_count(query);
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

static struct json *metric_document(const struct call *call, const struct query *query,
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
    json_set(document, "name", localizable(metric->name, metric->title));
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
    struct query query = {0};
    if (!asked_resource(call, &query))
        return;
    if (!read_query(call, &query, &error)) {
        char reason[sizeof error.message + sizeof error.hint + 2];
        snprintf(reason, sizeof reason, "%s%s%s", error.message, error.hint[0] ? " " : "",
                 error.hint);
        call_fail(call, 400, "BadRequest", reason, NULL, NULL);
        return;
    }
    char from[CLOCK_ISO_SIZE];
    char to[CLOCK_ISO_SIZE];
    char interval[CLOCK_ISO_SIZE];
    clock_format_utc(from, query.from_ms);
    clock_format_utc(to, query.to_ms);
    clock_format_duration(interval, query.interval_ms);
    char *timespan = str_format("%s/%s", from, to);
    struct json *document = json_object();
    json_set_number(document, "cost", (double)(minute_count(&query) * query.metric_count));
    json_set_text(document, "timespan", timespan);
    if (!query.metadata_only)
        json_set_text(document, "interval", interval);
    struct json *value = json_set(document, "value", json_array());
    for (size_t i = 0; i < query.metric_count; i++)
        json_append(value, metric_document(call, &query, query.metrics[i]));
    json_set_text(document, "namespace", namespace_of(&query));
    json_set_text(document, "resourceregion", CONTROL_LOCATION);
    free(timespan);
    call_answer_take(call, 200, document);
}
