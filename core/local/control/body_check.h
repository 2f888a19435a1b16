/*
 * Types and bounds of a request body, told by a table: one line a field.
 */
#ifndef CORE_LOCAL_CONTROL_BODY_CHECK_H
#define CORE_LOCAL_CONTROL_BODY_CHECK_H

#include "core/base/error.h"
#include "core/base/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum body_type {
    BODY_TEXT,
    BODY_BOOL,
    BODY_INT,      /* a whole number within min and max */
    BODY_DURATION, /* ISO 8601 text; min and max in milliseconds */
    BODY_WORD,     /* one of `words`, separated by blanks */
    BODY_OBJECT,
    BODY_TEXT_MAP, /* an object whose members are texts or null */
};

struct body_field {
    const char *path; /* dotted, from the root of the body */
    enum body_type type;
    bool required;
    int64_t min;
    int64_t max;
    const char *words;
};

enum { BODY_MAX_TEXT = 64 * 1024, BODY_MAX_MEMBERS = 2000 /* of one object */ };

/*
 * Parses a body that has to be an object of valid UTF-8, without repeated keys and with at most
 * BODY_MAX_MEMBERS in each object. NULL with the reason. Owned by the caller.
 */
struct json *body_parse(const char *text, size_t len, struct error *error);

/* Checks each field that is there; null counts as missing. The first fault as an ERROR_RULE. */
bool body_check(const struct json *body, const struct body_field *fields, size_t count,
                struct error *error);

#endif
