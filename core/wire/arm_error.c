#include "core/wire/arm_error.h"

#include "core/base/strbuf.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    MAX_LEAVES = 8,         /* strings of the details that are shown */
    MAX_MESSAGE = 1000,     /* bytes, what struct error takes */
    MAX_QUOTE = 300,        /* bytes of a body that is no ARM error */
    MAX_INNER = 256 * 1024, /* bytes of the JSON text inside a detail */
};

struct leaves {
    struct strbuf text;
    size_t count;
};

enum error_kind arm_error_kind(int http_status)
{
    switch (http_status) {
    case 401:
    case 403:
        return ERROR_AUTH;
    case 404:
        return ERROR_NOT_FOUND;
    case 409:
    case 412:
        return ERROR_CONFLICT;
    default:
        return ERROR_FAILED;
    }
}

static void add_leaf(struct leaves *leaves, const char *text)
{
    if (!text || !*text || leaves->count == MAX_LEAVES || strstr(leaves->text.text, text))
        return;
    if (leaves->count++)
        strbuf_puts(&leaves->text, "; ");
    strbuf_puts(&leaves->text, text);
}

/* All strings below `value`. The depth is bounded by the parser. */
static void add_strings(struct leaves *leaves, const struct json *value)
{
    add_leaf(leaves, json_text(value));
    for (const struct json *at = json_first(value); at; at = json_next(at))
        add_strings(leaves, at);
}

/* A detail's message: plain words, or JSON in a string with the words at its leaves. */
static void add_message(struct leaves *leaves, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    struct json *inner = NULL;
    if (len && len <= MAX_INNER && (text[0] == '{' || text[0] == '['))
        inner = json_parse(text, len, NULL);
    if (!inner) {
        add_leaf(leaves, text);
        return;
    }
    const struct json *errors = json_get(inner, "errors");
    if (json_count(errors)) {
        add_strings(leaves, errors);
    } else {
        const struct json *error = json_get(inner, "error");
        add_strings(leaves, json_get(error ? error : inner, "message"));
        add_strings(leaves, json_get(inner, "title"));
        add_strings(leaves, json_get(inner, "detail"));
    }
    json_free(inner);
}

static void add_details(struct leaves *leaves, const struct json *details, int depth)
{
    for (const struct json *at = json_first(details); at && depth; at = json_next(at)) {
        add_message(leaves, json_text(json_get(at, "message")));
        add_details(leaves, json_get(at, "details"), depth - 1);
    }
}

static const char *hint_of(int http_status, const char *code)
{
    if (http_status == 401)
        return "The token was not accepted; sign in again.";
    if (http_status == 403)
        return "Your account lacks a role for this; an owner of the workspace can give it.";
    if (http_status == 409 || http_status == 412)
        return "Someone else is changing it; look at it again, then repeat.";
    if (http_status == 429)
        return "The service asks for patience; wait a minute, then repeat.";
    if (strcasecmp(code, "OutOfQuota") == 0)
        return "Ask for more quota, or choose a smaller instance type or count.";
    return "";
}

bool arm_error_from_object(const struct json *object, int http_status, const char *request_id,
                           struct error *error)
{
    struct leaves leaves = {.count = 0};
    const char *code = json_text_at(object, "code", "");
    const char *message = json_text_at(object, "message", "");
    size_t len = strlen(message);
    strbuf_init(&leaves.text, MAX_MESSAGE);
    add_details(&leaves, json_get(object, "details"), 4);
    if (!len && !leaves.count && http_status)
        error_set(error, arm_error_kind(http_status), "the service answered HTTP %d%s%s",
                  http_status, *code ? " " : "", code);
    else if (!len && !leaves.count)
        error_set(error, ERROR_FAILED, "the service gave no reason%s%s", *code ? ": " : "", code);
    else if (!leaves.count || strstr(message, leaves.text.text))
        error_set(error, arm_error_kind(http_status), "%s", message);
    else if (!len)
        error_set(error, arm_error_kind(http_status), "%s", leaves.text.text);
    else
        error_set(error, arm_error_kind(http_status), "%.*s: %s",
                  (int)(message[len - 1] == '.' ? len - 1 : len), message, leaves.text.text);
    if (error) {
        error->http_status = http_status;
        snprintf(error->code, sizeof error->code, "%s", code);
        snprintf(error->request_id, sizeof error->request_id, "%s", request_id ? request_id : "");
        error_hint(error, "%s", hint_of(http_status, code));
    }
    strbuf_release(&leaves.text);
    return false;
}

bool arm_error_decode(int http_status, const char *body, size_t body_len, const char *request_id,
                      struct error *error)
{
    struct json *document = json_parse(body, body_len, NULL);
    const struct json *object = json_get(document, "error");
    if (!object)
        object = document; /* Azure Monitor leaves the wrapping out */
    bool known = json_text(json_get(object, "code")) || json_text(json_get(object, "message"));
    arm_error_from_object(known ? object : NULL, http_status, request_id, error);
    if (!known && body_len && error)
        snprintf(error->message, sizeof error->message, "the service answered HTTP %d: %.*s",
                 http_status, (int)(body_len < MAX_QUOTE ? body_len : MAX_QUOTE), body);
    json_free(document);
    return false;
}
