#include "core/local/control/metric_query.h"

#include "core/base/clock.h"
#include "core/local/control/arm_path.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    HOUR_MS = 60 * METRIC_MINUTE_MS,
    MAX_POINTS = 1500,   /* of one series: a day of minutes */
    MAX_MINUTES = 45000, /* of a timespan: a month */
    DEFAULT_TOP = 10,
};

/* A bit that no metric has: known to Azure, so that each metric says in its answer that it isn't.
 */
static const unsigned NO_AGGREGATION_OF_OURS = 1U << 31;

static bool read_timespan(const char *all, int64_t now_ms, struct metric_query *query,
                          struct error *error)
{
    char *text = arm_query_get(all, "timespan");
    query->to_ms = now_ms;
    query->from_ms = now_ms - HOUR_MS;
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
    query->from_ms -= query->from_ms % METRIC_MINUTE_MS;
    return (query->to_ms - query->from_ms) / METRIC_MINUTE_MS <= MAX_MINUTES ||
           error_set(error, ERROR_RULE, "'timespan' is longer than a month.");
}

/* The first grain that is no finer than what was asked for. */
static int64_t nearest_grain(int64_t ms)
{
    int64_t grain = METRIC_MINUTE_MS;
    for (size_t i = 0; i < METRIC_GRAINS && grain < ms; i++)
        clock_parse_duration(metric_grains[i], &grain);
    return grain;
}

static bool read_interval(const char *all, struct metric_query *query, struct error *error)
{
    char *text = arm_query_get(all, "interval");
    char *adjust = arm_query_get(all, "AutoAdjustTimegrain");
    bool full = text && strcasecmp(text, "FULL") == 0;
    bool ok = true;
    query->interval_ms = METRIC_MINUTE_MS;
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

static bool read_names(const char *all, struct metric_query *query, struct error *error)
{
    char *text = arm_query_get(all, "metricnames");
    bool ok = true;
    if (!text || !*text)
        query->metrics[query->metric_count++] = &query->table->metrics[0];
    for (const char *at = text; ok && at && *at; at += *at == ',') {
        size_t len = strcspn(at, ",");
        const struct metric *metric = metric_find(query->table, at, len);
        ok = metric && query->metric_count < METRIC_QUERY_MAX;
        if (ok)
            query->metrics[query->metric_count++] = metric;
        else
            error_set(error, ERROR_RULE, "%s has no metric '%.*s'.", query->table->namespace,
                      (int)(len < 80 ? len : 80), at);
        at += len;
    }
    free(text);
    return ok;
}

static bool read_aggregations(const char *all, struct metric_query *query, struct error *error)
{
    char *text = arm_query_get(all, "aggregation");
    bool ok = true;
    for (char *at = text; ok && at && *at; at += *at == ',') {
        static const char *const others[] = {"none", "total", "count"};
        size_t len = strcspn(at, ",");
        bool known = false;
        for (size_t i = 0; i < METRIC_AGGREGATIONS; i++) {
            if (strlen(metric_aggregations[i].word) != len ||
                strncasecmp(at, metric_aggregations[i].word, len) != 0)
                continue;
            query->aggregations |= metric_aggregations[i].bit;
            known = true;
        }
        for (size_t i = 0; i < 3; i++)
            if (strlen(others[i]) == len && strncasecmp(at, others[i], len) == 0) {
                query->aggregations |= NO_AGGREGATION_OF_OURS;
                known = true;
            }
        ok = known || error_set(error, ERROR_RULE, "'aggregation' %.*s is not known.",
                                (int)(len < 80 ? len : 80), at);
        at += len;
    }
    free(text);
    return ok;
}

static bool check_dimensions(const char *all, struct metric_query *query, struct error *error)
{
    char *validate = arm_query_get(all, "ValidateDimensions");
    bool lenient = validate && strcasecmp(validate, "false") == 0;
    free(validate);
    for (size_t d = 0; d < query->filter.count && !lenient; d++)
        for (size_t m = 0; m < query->metric_count; m++)
            if (!metric_has_dimension(query->metrics[m], query->filter.dimensions[d].name))
                return error_set(error, ERROR_RULE, "The metric %s has no dimension '%s'.",
                                 query->metrics[m]->name, query->filter.dimensions[d].name);
    return true;
}

static bool read_filter(const char *all, struct metric_query *query, struct error *error)
{
    char *text = arm_query_get(all, "$filter");
    char *rollup = arm_query_get(all, "rollupby");
    bool ok = metric_filter_parse(text, &query->filter, error);
    if (ok && rollup && *rollup)
        ok = error_set(error, ERROR_RULE, "'rollupby' is not served by this engine.");
    free(rollup);
    free(text);
    return ok && check_dimensions(all, query, error);
}

static bool read_rest(const char *all, struct metric_query *query, struct error *error)
{
    char *type = arm_query_get(all, "resultType");
    char *top = arm_query_get(all, "top");
    char *order = arm_query_get(all, "orderby");
    long limit = top ? strtol(top, NULL, 10) : DEFAULT_TOP;
    query->metadata_only = type && strcasecmp(type, "Metadata") == 0;
    query->by_value = order && *order;
    query->ascending = order && strcasestr(order, " asc");
    query->top = limit < 1 ? 0 : limit > METRIC_MAX_SERIES ? METRIC_MAX_SERIES : (size_t)limit;
    free(order);
    free(top);
    free(type);
    return query->top || error_set(error, ERROR_RULE, "'top' has to be a whole number from 1 on.");
}

bool metric_query_read(const char *text, int64_t now_ms, const struct metric_table *table,
                       struct metric_query *out, struct error *error)
{
    memset(out, 0, sizeof *out);
    out->table = table;
    return read_timespan(text, now_ms, out, error) && read_interval(text, out, error) &&
           read_names(text, out, error) && read_aggregations(text, out, error) &&
           read_filter(text, out, error) && read_rest(text, out, error);
}

size_t metric_query_minutes(const struct metric_query *query)
{
    return (size_t)((query->to_ms - query->from_ms + METRIC_MINUTE_MS - 1) / METRIC_MINUTE_MS);
}
