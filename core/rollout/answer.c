#include "core/rollout/answer.h"

#include "core/base/json.h"
#include "core/base/printable.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 160, VALUE_SIZE = 60, MAX_NESTED_DOCUMENTS = 4 };

const struct answer_tolerance answer_tolerance_default = {.absolute = 1e-9, .relative = 1e-6};

struct comparison {
    const struct answer_tolerance *tolerance;
    char path[PATH_SIZE];
    char *difference;
    size_t size;
    int documents; /* documents inside of strings on the way here */
};

static void say(struct comparison *c, const char *candidate, const char *baseline)
{
    if (!c->size)
        return;
    char line[PATH_SIZE + 2 * VALUE_SIZE + 20];
    snprintf(line, sizeof line, "%s%s%.*s, not %.*s", c->path, *c->path ? ": " : "", VALUE_SIZE,
             candidate, VALUE_SIZE, baseline);
    printable_line(c->difference, c->size, line);
}

static bool differ(struct comparison *c, const struct json *candidate, const struct json *baseline)
{
    char *left = candidate ? json_print(candidate) : NULL;
    char *right = baseline ? json_print(baseline) : NULL;
    say(c, left ? left : "missing", right ? right : "missing");
    free(left);
    free(right);
    return false;
}

static bool numbers_agree(double a, double b, const struct answer_tolerance *tolerance)
{
    if (a == b)
        return true;
    double room = fmax(tolerance->absolute, tolerance->relative * fmax(fabs(a), fabs(b)));
    return fabs(a - b) <= room;
}

static bool values_agree(struct comparison *c, const struct json *candidate,
                         const struct json *baseline);

/* Goes one step down the path for a comparison and comes back. */
static bool part_agrees(struct comparison *c, const char *step, const struct json *candidate,
                        const struct json *baseline)
{
    size_t len = strlen(c->path);
    snprintf(c->path + len, sizeof c->path - len, "%s", step);
    bool agrees = values_agree(c, candidate, baseline);
    c->path[len] = '\0';
    return agrees;
}

static bool arrays_agree(struct comparison *c, const struct json *candidate,
                         const struct json *baseline)
{
    const struct json *left = json_first(candidate);
    const struct json *right = json_first(baseline);
    for (size_t i = 0; left || right; i++) {
        char step[32];
        snprintf(step, sizeof step, "[%zu]", i);
        if (!part_agrees(c, step, left, right))
            return false;
        left = json_next(left);
        right = json_next(right);
    }
    return true;
}

static bool objects_agree(struct comparison *c, const struct json *candidate,
                          const struct json *baseline)
{
    char step[PATH_SIZE];
    for (const struct json *m = json_first(candidate); m; m = json_next(m)) {
        snprintf(step, sizeof step, "%s%s", *c->path ? "." : "", json_key(m));
        if (!part_agrees(c, step, m, json_get(baseline, json_key(m))))
            return false;
    }
    for (const struct json *m = json_first(baseline); m; m = json_next(m)) {
        snprintf(step, sizeof step, "%s%s", *c->path ? "." : "", json_key(m));
        if (!json_get(candidate, json_key(m)))
            return part_agrees(c, step, NULL, m);
    }
    return true;
}

static struct json *document_in(const char *text)
{
    const char *start = text + strspn(text, " \t\r\n");
    if (*start != '{' && *start != '[')
        return NULL;
    return json_parse(text, strlen(text), NULL);
}

static bool strings_agree(struct comparison *c, const struct json *candidate,
                          const struct json *baseline)
{
    const char *left = json_text(candidate);
    const char *right = json_text(baseline);
    if (strcmp(left, right) == 0)
        return true;
    bool agrees = false;
    struct json *left_document = NULL;
    struct json *right_document = NULL;
    if (c->documents < MAX_NESTED_DOCUMENTS) {
        left_document = document_in(left);
        right_document = document_in(right);
    }
    if (left_document && right_document) {
        c->documents++;
        agrees = values_agree(c, left_document, right_document);
        c->documents--;
    } else {
        differ(c, candidate, baseline);
    }
    json_free(left_document);
    json_free(right_document);
    return agrees;
}

static bool values_agree(struct comparison *c, const struct json *candidate,
                         const struct json *baseline)
{
    enum json_type type = json_type(candidate);
    if (type == JSON_MISSING || type != json_type(baseline))
        return differ(c, candidate, baseline);
    switch (type) {
    case JSON_NUMBER:
        return numbers_agree(json_double(candidate, 0), json_double(baseline, 0), c->tolerance) ||
               differ(c, candidate, baseline);
    case JSON_STRING:
        return strings_agree(c, candidate, baseline);
    case JSON_ARRAY:
        return arrays_agree(c, candidate, baseline);
    case JSON_OBJECT:
        return objects_agree(c, candidate, baseline);
    case JSON_MISSING:
    case JSON_NULL:
    case JSON_BOOL:
        break;
    }
    return json_equal(candidate, baseline) || differ(c, candidate, baseline);
}

bool answer_agrees(const char *candidate, size_t candidate_len, const char *baseline,
                   size_t baseline_len, const struct answer_tolerance *tolerance, char *difference,
                   size_t difference_size)
{
    struct comparison c = {
        .tolerance = tolerance, .difference = difference, .size = difference ? difference_size : 0};
    if (c.size)
        *difference = '\0';
    if (candidate_len == baseline_len &&
        (candidate_len == 0 || memcmp(candidate, baseline, candidate_len) == 0))
        return true;
    struct json *left = json_parse(candidate, candidate_len, NULL);
    struct json *right = json_parse(baseline, baseline_len, NULL);
    bool agrees = false;
    if (left && right) {
        agrees = values_agree(&c, left, right);
    } else if (c.size) {
        char sizes[100];
        snprintf(sizes, sizeof sizes,
                 "%zu bytes, not the baseline's %zu, and no JSON on both sides", candidate_len,
                 baseline_len);
        printable_line(difference, difference_size, sizes);
    }
    json_free(left);
    json_free(right);
    return agrees;
}
