#include "core/local/control/body_check.h"

#include "core/base/clock.h"
#include "core/base/key_table.h"
#include "core/base/printable.h"

#include <math.h>
#include <string.h>

/*
 * Refuses an object that holds a key twice or too many of them, here or below: members are looked
 * up in lists, and the engine answers nobody else meanwhile.
 */
static bool check_members(const struct json *value, struct error *error)
{
    struct key_table seen;
    bool ok = true;
    if (!json_first(value))
        return true;
    key_table_init(&seen);
    for (struct json *child = json_first(value); child && ok; child = json_next(child)) {
        const char *key = json_key(child);
        if (key && key_table_get(&seen, key))
            ok = error_set(error, ERROR_RULE, "The body holds '%.80s' twice in one object.", key);
        else if (key && seen.count == BODY_MAX_MEMBERS)
            ok = error_set(error, ERROR_RULE, "An object of the body has more than %d members.",
                           BODY_MAX_MEMBERS);
        else if (key)
            key_table_set(&seen, key, child);
        ok = ok && check_members(child, error);
    }
    key_table_release(&seen);
    return ok;
}

struct json *body_parse(const char *text, size_t len, struct error *error)
{
    struct error parsed = {0};
    if (!utf8_is_valid(text, len)) {
        error_set(error, ERROR_RULE, "The body is not valid UTF-8.");
        return NULL;
    }
    struct json *body = json_parse(text, len, &parsed);
    if (!body) {
        error_set(error, ERROR_RULE, "The body cannot be read: %s.", parsed.message);
        return NULL;
    }
    bool ok = json_type(body) == JSON_OBJECT
                  ? check_members(body, error)
                  : error_set(error, ERROR_RULE, "The body has to be a JSON object.");
    if (ok)
        return body;
    json_free(body);
    return NULL;
}

static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = words; *at; at += strspn(at, " ")) {
        size_t next = strcspn(at, " ");
        if (next == len && memcmp(at, word, len) == 0)
            return true;
        at += next;
    }
    return false;
}

static bool check_text_map(const struct json *map, const char *path, struct error *error)
{
    if (json_type(map) != JSON_OBJECT)
        return error_set(error, ERROR_RULE, "'%s' has to be an object.", path);
    for (const struct json *member = json_first(map); member; member = json_next(member))
        if (!json_text(member) && json_type(member) != JSON_NULL)
            return error_set(error, ERROR_RULE, "'%s.%.80s' has to be a text.", path,
                             json_key(member));
    return true;
}

static bool check_int(const struct json *value, const struct body_field *field, struct error *error)
{
    double number = json_double(value, NAN);
    if (isnan(number) || number != floor(number))
        return error_set(error, ERROR_RULE, "'%s' has to be a whole number.", field->path);
    if (number < (double)field->min || number > (double)field->max)
        return error_set(error, ERROR_RULE, "'%s' is %.15g; it has to be from %lld to %lld.",
                         field->path, number, (long long)field->min, (long long)field->max);
    return true;
}

static bool check_duration(const struct json *value, const struct body_field *field,
                           struct error *error)
{
    int64_t ms;
    if (!json_text(value) || !clock_parse_duration(json_text(value), &ms))
        return error_set(error, ERROR_RULE, "'%s' has to be an ISO 8601 duration, as in PT5S.",
                         field->path);
    if (ms >= field->min && ms <= field->max)
        return true;
    char low[CLOCK_ISO_SIZE];
    char high[CLOCK_ISO_SIZE];
    clock_format_duration(low, field->min);
    clock_format_duration(high, field->max);
    return error_set(error, ERROR_RULE, "'%s' is %.40s; it has to be from %s to %s.", field->path,
                     json_text(value), low, high);
}

static bool check_field(const struct json *value, const struct body_field *field,
                        struct error *error)
{
    const char *text = json_text(value);
    switch (field->type) {
    case BODY_TEXT:
        if (!text)
            return error_set(error, ERROR_RULE, "'%s' has to be a text.", field->path);
        if (strlen(text) > BODY_MAX_TEXT)
            return error_set(error, ERROR_RULE, "'%s' is longer than %d bytes.", field->path,
                             BODY_MAX_TEXT);
        return true;
    case BODY_BOOL:
        return json_type(value) == JSON_BOOL ||
               error_set(error, ERROR_RULE, "'%s' has to be true or false.", field->path);
    case BODY_INT:
        return check_int(value, field, error);
    case BODY_DURATION:
        return check_duration(value, field, error);
    case BODY_WORD:
        return (text && has_word(field->words, text)) ||
               error_set(error, ERROR_RULE, "'%s' has to be one of: %s.", field->path,
                         field->words);
    case BODY_OBJECT:
        return json_type(value) == JSON_OBJECT ||
               error_set(error, ERROR_RULE, "'%s' has to be an object.", field->path);
    case BODY_TEXT_MAP:
        return check_text_map(value, field->path, error);
    }
    return true;
}

bool body_check(const struct json *body, const struct body_field *fields, size_t count,
                struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        const struct json *value = json_at(body, fields[i].path);
        enum json_type type = json_type(value);
        if (type == JSON_MISSING || type == JSON_NULL) {
            if (fields[i].required)
                return error_set(error, ERROR_RULE, "'%s' is missing.", fields[i].path);
            continue;
        }
        if (!check_field(value, &fields[i], error))
            return false;
    }
    return true;
}
