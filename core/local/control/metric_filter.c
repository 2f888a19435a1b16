#include "core/local/control/metric_filter.h"

#include <string.h>
#include <strings.h>

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* A word without quotes; returns what stands behind it, NULL when it is too long or empty. */
static const char *read_word(const char *at, char out[METRIC_TEXT_SIZE])
{
    size_t len = strcspn(at, " \t'");
    if (!len || len >= METRIC_TEXT_SIZE)
        return NULL;
    memcpy(out, at, len);
    out[len] = '\0';
    return skip_blanks(at + len);
}

/* 'a value', where '' stands for one quote. */
static const char *read_quoted(const char *at, char out[METRIC_TEXT_SIZE])
{
    size_t len = 0;
    if (*at++ != '\'')
        return NULL;
    for (; *at && (*at != '\'' || at[1] == '\''); at++) {
        if (len + 1 == METRIC_TEXT_SIZE)
            return NULL;
        at += *at == '\'';
        out[len++] = *at;
    }
    out[len] = '\0';
    return *at == '\'' ? skip_blanks(at + 1) : NULL;
}

static struct metric_dimension *find_or_add(struct metric_filter *filter, const char *name)
{
    for (size_t i = 0; i < filter->count; i++)
        if (strcasecmp(filter->dimensions[i].name, name) == 0)
            return &filter->dimensions[i];
    if (filter->count == METRIC_MAX_DIMENSIONS)
        return NULL;
    struct metric_dimension *dimension = &filter->dimensions[filter->count++];
    memset(dimension, 0, sizeof *dimension);
    memcpy(dimension->name, name, strlen(name) + 1);
    return dimension;
}

/* One "name eq 'value'"; returns what follows, NULL when it is none. */
static const char *read_clause(const char *at, struct metric_filter *out)
{
    char name[METRIC_TEXT_SIZE];
    char operator[METRIC_TEXT_SIZE];
    char value[METRIC_TEXT_SIZE];
    at = read_word(at, name);
    at = at ? read_word(at, operator) : NULL;
    at = at && strcasecmp(operator, "eq") == 0 ? read_quoted(at, value) : NULL;
    struct metric_dimension *dimension = at ? find_or_add(out, name) : NULL;
    if (!dimension || dimension->value_count == METRIC_MAX_VALUES)
        return NULL;
    if (strcmp(value, "*") == 0)
        dimension->any = true;
    else
        memcpy(dimension->values[dimension->value_count++], value, strlen(value) + 1);
    return at;
}

bool metric_filter_parse(const char *text, struct metric_filter *out, struct error *error)
{
    out->count = 0;
    const char *at = skip_blanks(text ? text : "");
    while (*at) {
        char joint[METRIC_TEXT_SIZE] = "and";
        at = read_clause(at, out);
        if (at && *at)
            at = read_word(at, joint);
        if (!at || (strcasecmp(joint, "and") != 0 && strcasecmp(joint, "or") != 0)) {
            error_set(error, ERROR_RULE, "The $filter '%.200s' cannot be read.", text);
            return error_hint(error, "Write clauses such as deployment eq 'blue', joined by and "
                                     "or or.");
        }
    }
    return true;
}

const struct metric_dimension *metric_filter_find(const struct metric_filter *filter,
                                                  const char *name)
{
    for (size_t i = 0; i < filter->count; i++)
        if (strcasecmp(filter->dimensions[i].name, name) == 0)
            return &filter->dimensions[i];
    return NULL;
}

bool metric_dimension_takes(const struct metric_dimension *dimension, const char *value)
{
    if (!dimension || dimension->any)
        return true;
    for (size_t i = 0; i < dimension->value_count; i++)
        if (strcasecmp(dimension->values[i], value) == 0)
            return true;
    return false;
}
