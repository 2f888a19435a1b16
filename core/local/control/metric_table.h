/*
 * Which metrics endpoints and deployments have, as Azure Monitor lists them.
 */
#ifndef CORE_LOCAL_CONTROL_METRIC_TABLE_H
#define CORE_LOCAL_CONTROL_METRIC_TABLE_H

#include "core/base/json.h"

#include <stdbool.h>
#include <stddef.h>

enum metric_source {
    SOURCE_NONE, /* not measured here */
    SOURCE_REQUESTS,
    SOURCE_MEAN,
    SOURCE_P50,
    SOURCE_P90,
    SOURCE_P95,
    SOURCE_P99,
    SOURCE_CAPACITY,
};

enum metric_aggregation { AGGREGATE_AVERAGE = 1, AGGREGATE_MINIMUM = 2, AGGREGATE_MAXIMUM = 4 };

enum { METRIC_AGGREGATIONS = 3, METRIC_GRAINS = 8 };

extern const struct metric_aggregation_word {
    const char *word;  /* in queries and points */
    const char *title; /* in definitions */
    unsigned bit;
} metric_aggregations[METRIC_AGGREGATIONS];

/* The intervals that can be asked for, as ISO 8601 durations, the shortest first. */
extern const char *const metric_grains[METRIC_GRAINS];

struct metric {
    const char *name;
    const char *title;
    const char *unit;
    const char *dimensions; /* separated by blanks */
    unsigned aggregations;  /* bits of enum metric_aggregation */
    enum metric_source source;
};

struct metric_table {
    const char *namespace;
    const struct metric *metrics; /* the first is meant where none is named */
    size_t count;
};

/* Those of a deployment, or of an endpoint. */
const struct metric_table *metric_table_of(bool deployment);

/* The metric whose name is the `len` bytes, in any case; NULL when there is none. */
const struct metric *metric_find(const struct metric_table *table, const char *name, size_t len);

/* True when the metric can be split by that dimension (in any case). */
bool metric_has_dimension(const struct metric *metric, const char *name);

/* {"value", "localizedValue"}; owned by the caller. */
struct json *metric_localizable(const char *value, const char *title);

/* The definition of a metric of the resource with that ARM id; owned by the caller. */
struct json *metric_definition(const struct metric_table *table, const struct metric *metric,
                               const char *resource_id);

#endif
