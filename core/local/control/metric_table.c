#include "core/local/control/metric_table.h"

#include "core/base/alloc.h"
#include "core/local/control/telemetry.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ENDPOINT_NAMESPACE "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
#define ALL_THREE (AGGREGATE_AVERAGE | AGGREGATE_MINIMUM | AGGREGATE_MAXIMUM)

const struct metric_aggregation_word metric_aggregations[METRIC_AGGREGATIONS] = {
    {"average", "Average", AGGREGATE_AVERAGE},
    {"minimum", "Minimum", AGGREGATE_MINIMUM},
    {"maximum", "Maximum", AGGREGATE_MAXIMUM},
};

const char *const metric_grains[METRIC_GRAINS] = {"PT1M", "PT5M", "PT15M", "PT30M",
                                                  "PT1H", "PT6H", "PT12H", "P1D"};

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

const struct metric_table *metric_table_of(bool deployment)
{
    static const struct metric_table endpoint_table = {
        ENDPOINT_NAMESPACE, endpoint_metrics, sizeof endpoint_metrics / sizeof endpoint_metrics[0]};
    static const struct metric_table deployment_table = {
        ENDPOINT_NAMESPACE "/deployments", deployment_metrics,
        sizeof deployment_metrics / sizeof deployment_metrics[0]};
    return deployment ? &deployment_table : &endpoint_table;
}

const struct metric *metric_find(const struct metric_table *table, const char *name, size_t len)
{
    for (size_t i = 0; i < table->count; i++)
        if (strlen(table->metrics[i].name) == len &&
            strncasecmp(table->metrics[i].name, name, len) == 0)
            return &table->metrics[i];
    return NULL;
}

bool metric_has_dimension(const struct metric *metric, const char *name)
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

struct json *metric_localizable(const char *value, const char *title)
{
    struct json *name = json_object();
    json_set_text(name, "value", value);
    json_set_text(name, "localizedValue", title);
    return name;
}

struct json *metric_definition(const struct metric_table *table, const struct metric *metric,
                               const char *resource_id)
{
    struct json *document = json_object();
    char *id = str_format("%s/providers/Microsoft.Insights/metricdefinitions/%s", resource_id,
                          metric->name);
    json_set_text(document, "id", id);
    free(id);
    json_set_text(document, "resourceId", resource_id);
    json_set_text(document, "namespace", table->namespace);
    json_set(document, "name", metric_localizable(metric->name, metric->title));
    json_set_text(document, "displayDescription", metric->title);
    json_set(document, "isDimensionRequired", json_bool(false));
    json_set_text(document, "unit", metric->unit);
    json_set_text(document, "primaryAggregationType", "Average");
    struct json *supported = json_set(document, "supportedAggregationTypes", json_array());
    for (size_t i = 0; i < METRIC_AGGREGATIONS; i++)
        if (metric->aggregations & metric_aggregations[i].bit)
            json_append(supported, json_string(metric_aggregations[i].title));
    struct json *available = json_set(document, "metricAvailabilities", json_array());
    char *retention = str_format("PT%dM", TELEMETRY_MINUTES);
    for (size_t i = 0; i < METRIC_GRAINS; i++) {
        struct json *entry = json_append(available, json_object());
        json_set_text(entry, "timeGrain", metric_grains[i]);
        json_set_text(entry, "retention", retention);
    }
    free(retention);
    struct json *dimensions = json_set(document, "dimensions", json_array());
    for (const char *at = metric->dimensions; *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        char *name = str_dup_n(at, len);
        json_append(dimensions, metric_localizable(name, name));
        free(name);
        at += len;
    }
    return document;
}
