/*
 * A query for metrics, as Azure Monitor takes it: timespan, interval, names, aggregations, $filter.
 */
#ifndef CORE_LOCAL_CONTROL_METRIC_QUERY_H
#define CORE_LOCAL_CONTROL_METRIC_QUERY_H

#include "core/base/error.h"
#include "core/local/control/metric_filter.h"
#include "core/local/control/metric_table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    METRIC_MINUTE_MS = 60 * 1000,
    METRIC_QUERY_MAX = 20, /* metrics of one query */
    METRIC_MAX_SERIES = 64,
};

struct resource;

/* What a query asks. */
struct metric_query {
    const struct resource *resource;  /* whose metrics: the caller's to set, once it is read */
    const struct metric_table *table; /* those of the resource's type */
    const struct metric *metrics[METRIC_QUERY_MAX];
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

/*
 * Reads the query part of a URL ("timespan=...&metricnames=..."). `now_ms` is wall time, the end of
 * the hour that is meant where no timespan is given. False with an ERROR_RULE.
 */
bool metric_query_read(const char *text, int64_t now_ms, const struct metric_table *table,
                       struct metric_query *out, struct error *error);

/* Minutes of the timespan, a begun one at its end included. */
size_t metric_query_minutes(const struct metric_query *query);

#endif
