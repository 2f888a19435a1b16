/*
 * The $filter of a metrics query: dimensions, each with the values wanted of it.
 */
#ifndef CORE_LOCAL_CONTROL_METRIC_FILTER_H
#define CORE_LOCAL_CONTROL_METRIC_FILTER_H

#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { METRIC_MAX_DIMENSIONS = 4, METRIC_MAX_VALUES = 32, METRIC_TEXT_SIZE = 80 };

struct metric_dimension {
    char name[METRIC_TEXT_SIZE];
    bool any; /* eq '*' */
    size_t value_count;
    char values[METRIC_MAX_VALUES][METRIC_TEXT_SIZE];
};

struct metric_filter {
    size_t count;
    struct metric_dimension dimensions[METRIC_MAX_DIMENSIONS];
};

/*
 * Reads "deployment eq 'blue' or deployment eq 'green' and statusCodeClass eq '*'": clauses on one
 * dimension are joined by or, dimensions by and. NULL or blank text gives no dimensions.
 */
bool metric_filter_parse(const char *text, struct metric_filter *out, struct error *error);

/* The dimension of that name (in any case), or NULL. */
const struct metric_dimension *metric_filter_find(const struct metric_filter *filter,
                                                  const char *name);

/* True when the value is wanted; also when there is no filter on the dimension. */
bool metric_dimension_takes(const struct metric_dimension *dimension, const char *value);

#endif
