#include "core/base/alloc.h"
#include "core/spec/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SET_MAX_LIST = 100, SET_MAX_STEPS = 16 };

void tree_put(struct json *object, const char *path, struct json *value)
{
    const char *dot;
    while ((dot = strchr(path, '.')) != NULL) {
        char *key = str_dup_n(path, (size_t)(dot - path));
        struct json *next = json_get(object, key);
        if (json_type(next) != JSON_OBJECT)
            next = json_set(object, key, json_object());
        free(key);
        object = next;
        path = dot + 1;
    }
    json_set(object, path, value);
}

void tree_drop(struct json *object, const char *path)
{
    const char *last = strrchr(path, '.');
    if (!last) {
        json_remove(object, path);
        return;
    }
    char *parent = str_dup_n(path, (size_t)(last - path));
    json_remove(json_at(object, parent), last + 1);
    free(parent);
}

static struct yaml_node *new_node(enum yaml_kind kind)
{
    struct yaml_node *node = mem_alloc(sizeof *node);
    node->kind = kind;
    return node;
}

static struct yaml_node *new_scalar(const char *text, bool plain)
{
    struct yaml_node *node = new_node(YAML_SCALAR);
    node->scalar = str_dup(text);
    node->plain = plain;
    return node;
}

struct yaml_node *tree_from_json(const struct json *value)
{
    enum json_type type = json_type(value);
    if (type == JSON_STRING)
        return new_scalar(json_text(value), false);
    if (type != JSON_OBJECT && type != JSON_ARRAY) {
        char *text = json_print(value);
        struct yaml_node *node = new_scalar(text, true);
        free(text);
        return node;
    }
    struct yaml_node *node = new_node(type == JSON_OBJECT ? YAML_MAPPING : YAML_SEQUENCE);
    struct yaml_node **end = &node->first;
    for (struct json *child = json_first(value); child; child = json_next(child)) {
        *end = tree_from_json(child);
        (*end)->key = type == JSON_OBJECT ? str_dup(json_key(child)) : NULL;
        end = &(*end)->next;
    }
    return node;
}

/* One step of a path: a key, an index, or [key=value]. */
struct step {
    enum { STEP_KEY, STEP_INDEX, STEP_MATCH } kind;
    char key[256];
    char value[256];
    size_t index;
};

static bool bad_path(const char *expression, struct error *error)
{
    error_set(error, ERROR_USAGE, "--set %.200s: the path is not understood", expression);
    return error_hint(error, "Write key=value, a.b=value, a[0].b=value or a[name=x].b=value.");
}

static bool copy_part(char *out, size_t size, const char *text, size_t len)
{
    if (!len || len >= size)
        return false;
    memcpy(out, text, len);
    out[len] = '\0';
    return true;
}

/* Reads what stands between brackets; *at is behind the '[' and is left behind the ']'. */
static bool read_bracket(const char **at, struct step *step)
{
    const char *text = *at;
    if (*text == '\'' || *text == '"') {
        const char *close = strchr(text + 1, *text);
        if (!close || close[1] != ']')
            return false;
        step->kind = STEP_KEY;
        *at = close + 2;
        return copy_part(step->key, sizeof step->key, text + 1, (size_t)(close - text - 1));
    }
    const char *close = strchr(text, ']');
    if (!close)
        return false;
    *at = close + 1;
    size_t len = (size_t)(close - text);
    const char *equals = memchr(text, '=', len);
    if (equals) {
        step->kind = STEP_MATCH;
        return copy_part(step->key, sizeof step->key, text, (size_t)(equals - text)) &&
               copy_part(step->value, sizeof step->value, equals + 1, (size_t)(close - equals - 1));
    }
    if (!len || len > 4 || strspn(text, "0123456789") != len)
        return false;
    step->kind = STEP_INDEX;
    step->index = strtoul(text, NULL, 10);
    return step->index < SET_MAX_LIST;
}

/* Splits "a.b[0].c=v" into steps; *value is what follows the equals sign. */
static bool read_path(const char *expression, struct step *steps, size_t *count, const char **value)
{
    const char *at = expression;
    *count = 0;
    for (;;) {
        if (*count == SET_MAX_STEPS)
            return false;
        struct step *step = &steps[(*count)++];
        memset(step, 0, sizeof *step);
        if (*at == '[') {
            at++;
            if (*count == 1 || !read_bracket(&at, step))
                return false;
        } else {
            at += *count > 1 && *at == '.';
            size_t len = strcspn(at, ".[=");
            if (!copy_part(step->key, sizeof step->key, at, len))
                return false;
            at += len;
        }
        if (*at == '=') {
            *value = at + 1;
            return true;
        }
        if (*at != '.' && *at != '[')
            return false;
    }
}

static struct yaml_node **find_slot(struct yaml_node *parent, const struct step *step)
{
    struct yaml_node **slot = &parent->first;
    size_t index = 0;
    for (; *slot; slot = &(*slot)->next, index++) {
        if (step->kind == STEP_KEY && (*slot)->key && strcmp((*slot)->key, step->key) == 0)
            break;
        if (step->kind == STEP_INDEX && index == step->index)
            break;
        const char *value = yaml_text(*slot, step->key, NULL);
        if (step->kind == STEP_MATCH && value && strcmp(value, step->value) == 0)
            break;
    }
    return slot;
}

/* The child a step names, made when missing; NULL when the parent is of another kind. */
static struct yaml_node **enter(struct yaml_node *parent, const struct step *step)
{
    enum yaml_kind wanted = step->kind == STEP_KEY ? YAML_MAPPING : YAML_SEQUENCE;
    if (parent->kind == YAML_SCALAR && yaml_is_null(parent))
        parent->kind = wanted;
    if (parent->kind != wanted)
        return NULL;
    struct yaml_node **slot = find_slot(parent, step);
    if (!*slot && step->kind == STEP_MATCH)
        return NULL;
    if (!*slot) {
        *slot = new_scalar("", true);
        (*slot)->key = step->kind == STEP_KEY ? str_dup(step->key) : NULL;
    }
    return slot;
}

bool tree_set(struct yaml_node *root, const char *expression, bool typed, char *top,
              size_t top_size, struct error *error)
{
    struct step steps[SET_MAX_STEPS];
    size_t count;
    const char *value;
    if (!read_path(expression, steps, &count, &value))
        return bad_path(expression, error);
    if (top)
        snprintf(top, top_size, "%s", steps[0].key);
    struct yaml_node **slot = &root;
    for (size_t i = 0; i < count; i++) {
        struct yaml_node **child = enter(*slot, &steps[i]);
        if (!child) {
            error_set(error, ERROR_USAGE, "--set %.200s: there is nothing that '%.80s' could be in",
                      expression, steps[i].key);
            return error_hint(error, "What stands there is text or another kind of list; set it "
                                     "as a whole.");
        }
        slot = child;
    }
    struct json *parsed = typed ? json_parse(value, strlen(value), NULL) : NULL;
    struct yaml_node *fresh = parsed ? tree_from_json(parsed) : new_scalar(value, false);
    json_free(parsed);
    fresh->key = (*slot)->key;
    fresh->next = (*slot)->next;
    (*slot)->key = NULL;
    (*slot)->next = NULL;
    yaml_free(*slot);
    *slot = fresh;
    return true;
}

static int by_key(const void *a, const void *b)
{
    const struct json *const *left = a;
    const struct json *const *right = b;
    return strcmp(json_key(*left), json_key(*right));
}

struct json *tree_sorted(const struct json *value)
{
    enum json_type type = json_type(value);
    if (type != JSON_OBJECT && type != JSON_ARRAY)
        return json_copy(value);
    size_t count = json_count(value);
    const struct json **children = mem_alloc_array(count ? count : 1, sizeof(struct json *));
    size_t at = 0;
    for (struct json *child = json_first(value); child; child = json_next(child))
        children[at++] = child;
    struct json *out = type == JSON_OBJECT ? json_object() : json_array();
    if (type == JSON_OBJECT)
        qsort(children, count, sizeof *children, by_key);
    for (size_t i = 0; i < count; i++) {
        if (type == JSON_OBJECT)
            json_set(out, json_key(children[i]), tree_sorted(children[i]));
        else
            json_append(out, tree_sorted(children[i]));
    }
    free(children);
    return out;
}
