#include "tui/cli/query.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAME = 256 };

struct step {
    bool index;
    char name[MAX_NAME];
    long number;
};

static bool read_index(const char **at, struct step *step)
{
    char *end;
    const char *digits = *at + (**at == '-');
    if (!isdigit((unsigned char)*digits) || strspn(digits, "0123456789") > 9)
        return false;
    step->index = true;
    step->number = strtol(*at, &end, 10);
    if (*end != ']')
        return false;
    *at = end + 1;
    return true;
}

static bool read_name(const char **at, struct step *step)
{
    const char *start = *at;
    size_t len = 0;
    step->index = false;
    if (*start == '"') {
        start++;
        len = strcspn(start, "\"\\");
        if (start[len] != '"')
            return false;
        *at = start + len + 1;
    } else {
        if (!isalpha((unsigned char)*start) && *start != '_')
            return false;
        while (isalnum((unsigned char)start[len]) || start[len] == '_')
            len++;
        *at = start + len;
    }
    if (!len || len >= sizeof step->name)
        return false;
    memcpy(step->name, start, len);
    step->name[len] = '\0';
    return true;
}

/* The next step; *at moves behind it. False at what is not understood. */
static bool next_step(const char **at, bool first, struct step *step)
{
    if (**at == '[') {
        (*at)++;
        return read_index(at, step);
    }
    if (!first) {
        if (**at != '.')
            return false;
        (*at)++;
    }
    return read_name(at, step);
}

bool query_check(const char *expression, struct error *error)
{
    const char *at = expression;
    struct step step;
    bool ok = *at != '\0';
    if (strcmp(expression, "@") == 0)
        return true;
    while (ok && *at)
        ok = next_step(&at, at == expression, &step);
    if (ok)
        return true;
    error_set(error, ERROR_USAGE, "--query '%.200s' is more than names and indexes", expression);
    return error_hint(error, "Understood are paths like name, identity.type, [0].name and "
                             "tags.\"a b\"; for filters and projections pipe -o json into jq.");
}

const struct json *query_apply(const struct json *value, const char *expression)
{
    const char *at = expression;
    struct step step;
    if (strcmp(expression, "@") == 0)
        return value;
    while (value && *at && next_step(&at, at == expression, &step)) {
        if (!step.index) {
            value = json_get(value, step.name);
            continue;
        }
        size_t count = json_type(value) == JSON_ARRAY ? json_count(value) : 0;
        size_t back = (size_t)labs(step.number);
        if (step.number < 0)
            value = back <= count ? json_element(value, count - back) : NULL;
        else
            value = back < count ? json_element(value, back) : NULL;
    }
    return value;
}
