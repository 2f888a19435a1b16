#include "core/base/json.h"

#include "core/base/alloc.h"
#include "core/base/printable.h"
#include "core/base/strbuf.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* struct json is cJSON under a name of ours: the library stays behind this one file. */
static cJSON *inner(const struct json *value)
{
    union {
        const struct json *ours;
        cJSON *theirs;
    } cast = {.ours = value};
    return cast.theirs;
}

static struct json *outer(cJSON *value)
{
    if (!value)
        mem_resize_array(NULL, SIZE_MAX, 2); /* exhausted: ends the program like the rest */
    return (struct json *)value;
}

/*
 * cJSON recurses once a level and lets 1,000 through; a few bytes of brackets may not decide how
 * much stack is used, so the depth is counted first.
 */
static bool depth_ok(const char *text, size_t len)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > JSON_MAX_DEPTH)
                return false;
        } else if (c == ']' || c == '}') {
            depth--;
        }
    }
    return true;
}

/*
 * cJSON reads \u0000 as the end of the string that it stands in, and what follows would be lost
 * without a word. Owned copy with U+FFFD in its place, or NULL when there is none.
 */
static char *without_nuls(const char *text, size_t len)
{
    static const char nul[] = "\\u0000";
    char *copy = NULL;
    for (size_t at = 0; at + sizeof nul - 1 <= len; at++) {
        if (text[at] != '\\')
            continue;
        if (memcmp(text + at, nul, sizeof nul - 1) == 0) {
            if (!copy)
                copy = str_dup_n(text, len);
            memcpy(copy + at, "\\ufffd", sizeof nul - 1);
        }
        at++; /* whatever is escaped, it begins no escape */
    }
    return copy;
}

static struct json *parse(const char *text, size_t len, struct error *error)
{
    const char *end = NULL;
    cJSON *tree = cJSON_ParseWithLengthOpts(text, len, &end, false);
    if (!tree) {
        error_set(error, ERROR_FAILED, "not valid JSON near byte %zu",
                  end ? (size_t)(end - text) : (size_t)0);
        return NULL;
    }
    for (size_t at = (size_t)(end - text); at < len; at++) {
        if (!memchr(" \t\r\n", text[at], 4)) {
            error_set(error, ERROR_FAILED, "not valid JSON: text after the value at byte %zu", at);
            cJSON_Delete(tree);
            return NULL;
        }
    }
    return (struct json *)tree;
}

struct json *json_parse(const char *text, size_t len, struct error *error)
{
    const char *nul = len ? memchr(text, '\0', len) : NULL;
    if (nul) {
        error_set(error, ERROR_FAILED, "not valid JSON near byte %zu", (size_t)(nul - text));
        return NULL;
    }
    if (!depth_ok(text, len)) {
        error_set(error, ERROR_LIMIT, "JSON is nested deeper than %d levels", JSON_MAX_DEPTH);
        return NULL;
    }
    char *mended = without_nuls(text, len);
    struct json *value = parse(mended ? mended : text, len, error);
    free(mended);
    return value;
}

void json_free(struct json *value)
{
    cJSON_Delete(inner(value));
}

struct json *json_object(void)
{
    return outer(cJSON_CreateObject());
}

struct json *json_array(void)
{
    return outer(cJSON_CreateArray());
}

struct json *json_string(const char *text)
{
    if (!text)
        return json_null();
    char *mended = utf8_mend(text);
    cJSON *string = cJSON_CreateString(mended ? mended : text);
    free(mended);
    return outer(string);
}

struct json *json_number(double number)
{
    return outer(cJSON_CreateNumber(number));
}

struct json *json_bool(bool value)
{
    return outer(cJSON_CreateBool(value));
}

struct json *json_null(void)
{
    return outer(cJSON_CreateNull());
}

struct json *json_copy(const struct json *value)
{
    return value ? outer(cJSON_Duplicate(inner(value), true)) : NULL;
}

enum json_type json_type(const struct json *value)
{
    if (!value)
        return JSON_MISSING;
    switch (inner(value)->type & 0xff) {
    case cJSON_True:
    case cJSON_False:
        return JSON_BOOL;
    case cJSON_Number:
        return JSON_NUMBER;
    case cJSON_String:
        return JSON_STRING;
    case cJSON_Array:
        return JSON_ARRAY;
    case cJSON_Object:
        return JSON_OBJECT;
    default:
        return JSON_NULL;
    }
}

static bool has_children(const struct json *value)
{
    enum json_type type = json_type(value);
    return type == JSON_OBJECT || type == JSON_ARRAY;
}

struct json *json_get(const struct json *object, const char *key)
{
    if (json_type(object) != JSON_OBJECT)
        return NULL;
    return (struct json *)cJSON_GetObjectItemCaseSensitive(inner(object), key);
}

struct json *json_at(const struct json *object, const char *path)
{
    char key[256];
    struct json *found = (struct json *)inner(object);
    while (found && *path) {
        size_t len = strcspn(path, ".");
        if (len >= sizeof key)
            return NULL;
        memcpy(key, path, len);
        key[len] = '\0';
        found = json_get(found, key);
        path += len + (path[len] == '.');
    }
    return found;
}

size_t json_count(const struct json *value)
{
    size_t count = 0;
    for (const struct json *child = json_first(value); child; child = json_next(child))
        count++;
    return count;
}

struct json *json_first(const struct json *value)
{
    return has_children(value) ? (struct json *)inner(value)->child : NULL;
}

struct json *json_next(const struct json *child)
{
    return child ? (struct json *)inner(child)->next : NULL;
}

const char *json_key(const struct json *member)
{
    return member ? inner(member)->string : NULL;
}

struct json *json_element(const struct json *array, size_t index)
{
    struct json *child = json_type(array) == JSON_ARRAY ? json_first(array) : NULL;
    while (child && index--)
        child = json_next(child);
    return child;
}

const char *json_text(const struct json *value)
{
    return json_type(value) == JSON_STRING ? inner(value)->valuestring : NULL;
}

const char *json_text_at(const struct json *object, const char *path, const char *fallback)
{
    const char *text = json_text(json_at(object, path));
    return text ? text : fallback;
}

double json_double(const struct json *value, double fallback)
{
    return json_type(value) == JSON_NUMBER ? inner(value)->valuedouble : fallback;
}

int64_t json_int(const struct json *value, int64_t fallback)
{
    if (json_type(value) != JSON_NUMBER)
        return fallback;
    double number = inner(value)->valuedouble;
    if (isnan(number))
        return fallback;
    if (number >= 9.2233720368547758e18)
        return INT64_MAX;
    if (number <= -9.2233720368547758e18)
        return INT64_MIN;
    return (int64_t)number;
}

bool json_is_true(const struct json *value)
{
    return value && cJSON_IsTrue(inner(value));
}

struct json *json_set(struct json *object, const char *key, struct json *value)
{
    cJSON *tree = inner(object);
    bool kept;
    if (!value || json_type(object) != JSON_OBJECT) {
        json_free(value);
        return NULL;
    }
    if (cJSON_GetObjectItemCaseSensitive(tree, key))
        kept = cJSON_ReplaceItemInObjectCaseSensitive(tree, key, inner(value));
    else
        kept = cJSON_AddItemToObject(tree, key, inner(value));
    return kept ? value : outer(NULL);
}

struct json *json_set_text(struct json *object, const char *key, const char *text)
{
    return json_set(object, key, json_string(text));
}

struct json *json_set_number(struct json *object, const char *key, double number)
{
    return json_set(object, key, json_number(number));
}

struct json *json_append(struct json *array, struct json *value)
{
    cJSON_AddItemToArray(inner(array), inner(value));
    return value;
}

void json_remove(struct json *object, const char *key)
{
    json_free(json_take(object, key));
}

void json_remove_child(struct json *parent, struct json *child)
{
    cJSON_Delete(cJSON_DetachItemViaPointer(inner(parent), inner(child)));
}

struct json *json_take(struct json *object, const char *key)
{
    if (json_type(object) != JSON_OBJECT)
        return NULL;
    return (struct json *)cJSON_DetachItemFromObjectCaseSensitive(inner(object), key);
}

bool json_equal(const struct json *a, const struct json *b)
{
    if (!a || !b)
        return a == b;
    return cJSON_Compare(inner(a), inner(b), true);
}

char *json_print(const struct json *value)
{
    char *text = cJSON_PrintUnformatted(inner(value));
    if (!text)
        outer(NULL);
    return text;
}

static void print_text(struct strbuf *out, const char *text)
{
    cJSON *node = cJSON_CreateStringReference(text ? text : "");
    char *quoted = node ? cJSON_PrintUnformatted(node) : NULL;
    if (!quoted)
        outer(NULL);
    strbuf_puts(out, quoted);
    free(quoted);
    cJSON_Delete(node);
}

static void print_indent(struct strbuf *out, int level)
{
    strbuf_putc(out, '\n');
    for (int i = 0; i < level; i++)
        strbuf_puts(out, "  ");
}

static void print_pretty(struct strbuf *out, const struct json *value, int level)
{
    enum json_type type = json_type(value);
    if (type == JSON_STRING) {
        print_text(out, json_text(value));
        return;
    }
    if (type != JSON_OBJECT && type != JSON_ARRAY) {
        char *text = json_print(value);
        strbuf_puts(out, text);
        free(text);
        return;
    }
    bool object = type == JSON_OBJECT;
    const struct json *child = json_first(value);
    strbuf_putc(out, object ? '{' : '[');
    for (; child; child = json_next(child)) {
        print_indent(out, level + 1);
        if (object) {
            print_text(out, json_key(child));
            strbuf_puts(out, ": ");
        }
        print_pretty(out, child, level + 1);
        if (json_next(child))
            strbuf_putc(out, ',');
    }
    if (json_first(value))
        print_indent(out, level);
    strbuf_putc(out, object ? '}' : ']');
}

char *json_print_pretty(const struct json *value)
{
    struct strbuf out;
    strbuf_init(&out, SIZE_MAX / 2);
    print_pretty(&out, value, 0);
    return strbuf_detach(&out);
}
