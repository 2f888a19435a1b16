/*
 * JSON documents.
 *
 * An opaque tree with one owner: the root, freed with json_free(). A value handed to json_set()
 * or json_append() belongs to its parent from then on. Every reader takes NULL and answers as for
 * a missing value, so that chains need no checks. Keys compare by exact case.
 */
#ifndef CORE_BASE_JSON_H
#define CORE_BASE_JSON_H

#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;

enum json_type {
    JSON_MISSING, /* json_type(NULL) */
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

enum { JSON_MAX_DEPTH = 100 };

/*
 * Parses exactly one document; anything but white space after it is an error, as is nesting
 * deeper than JSON_MAX_DEPTH. Numbers are doubles; \u0000 in a string becomes U+FFFD. NULL with
 * ERROR_FAILED and the offset, or ERROR_LIMIT.
 */
struct json *json_parse(const char *text, size_t len, struct error *error);

void json_free(struct json *value);

/*
 * Builders; the caller owns the result. json_string(NULL) gives null, and broken UTF-8 in its text
 * becomes U+FFFD, so that what is printed is JSON. json_copy(NULL) gives NULL.
 */
struct json *json_object(void);
struct json *json_array(void);
struct json *json_string(const char *text);
struct json *json_number(double number);
struct json *json_bool(bool value);
struct json *json_null(void);
struct json *json_copy(const struct json *value);

enum json_type json_type(const struct json *value);

/* Member of an object or NULL. The tree keeps ownership. */
struct json *json_get(const struct json *object, const char *key);

/*
 * json_get() along a dotted path: json_at(doc, "properties.traffic"). Parts are shorter than 256
 * bytes; a key that may hold a dot is asked for with json_get().
 */
struct json *json_at(const struct json *object, const char *path);

/* Number of members or elements; 0 for anything else. */
size_t json_count(const struct json *value);

/* Iteration over an object or array: for (c = json_first(v); c; c = json_next(c)). */
struct json *json_first(const struct json *value);
struct json *json_next(const struct json *child);
/* Key of an object's member; NULL for an array's element. */
const char *json_key(const struct json *member);
struct json *json_element(const struct json *array, size_t index);

/* NULL unless it is a string. Borrowed from the tree. */
const char *json_text(const struct json *value);
/* json_text(json_at(object, path)), or `fallback`. */
const char *json_text_at(const struct json *object, const char *path, const char *fallback);
double json_double(const struct json *value, double fallback);
/* A number rounded towards zero and clamped to int64; `fallback` when it is no number. */
int64_t json_int(const struct json *value, int64_t fallback);
bool json_is_true(const struct json *value);

/*
 * Sets or replaces a member; takes over `value`. Returns `value`, or NULL (and frees it) when
 * `object` is none.
 */
struct json *json_set(struct json *object, const char *key, struct json *value);
struct json *json_set_text(struct json *object, const char *key, const char *text);
struct json *json_set_number(struct json *object, const char *key, double number);
struct json *json_append(struct json *array, struct json *value);

/* Removes and frees a member; does nothing when it is missing. */
void json_remove(struct json *object, const char *key);
/* Removes and frees what json_first() and json_next() led to: take the next one before. */
void json_remove_child(struct json *parent, struct json *child);
/* Removes a member and hands it to the caller; NULL when missing. */
struct json *json_take(struct json *object, const char *key);

/* Same type and value; the order of an object's members does not count. */
bool json_equal(const struct json *a, const struct json *b);

/* Text of the tree, owned by the caller. Pretty: two blanks a level, "key": value. */
char *json_print(const struct json *value);
char *json_print_pretty(const struct json *value);

#endif
