#include "core/base/alloc.h"
#include "core/base/base64url.h"
#include "core/base/clock.h"
#include "core/base/secret.h"
#include "core/local/control/control_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Lengths of the signed URL's parts, as the service has had them since 2024. */
enum { SIGNATURE_C = 2575, SIGNATURE_S = 342, SIGNATURE_H = 43, TICKS_DIGITS = 18 };

static const char *const status_words[] = {
    [OPERATION_RUNNING] = "Updating", /* for a create and a delete as well */
    [OPERATION_SUCCEEDED] = "Succeeded",
    [OPERATION_FAILED] = "Failed",
    [OPERATION_CANCELED] = "Canceled",
};

void operation_free(struct control *control, struct operation *operation)
{
    if (control)
        key_table_remove(&control->operations, operation->id);
    free(operation->error_code);
    free(operation->error_message);
    free(operation);
}

/*
 * Makes room for one more: the oldest that has ended goes. Where all are running, the oldest
 * change of keys: nothing waits for it, and of the others there are two at most (a change and the
 * deletion that ends it).
 */
static void drop_oldest(struct control *control, struct resource *resource)
{
    size_t oldest = 0;
    while (oldest < resource->operation_count &&
           resource->operations[oldest]->status == OPERATION_RUNNING)
        oldest++;
    if (oldest == resource->operation_count)
        for (oldest = 0; oldest + 1 < resource->operation_count; oldest++)
            if (resource->operations[oldest]->verb == OPERATION_KEYS)
                break;
    operation_free(control, resource->operations[oldest]);
    resource->operation_count--;
    memmove(&resource->operations[oldest], &resource->operations[oldest + 1],
            (resource->operation_count - oldest) * sizeof resource->operations[0]);
}

struct operation *operation_open(struct control *control, struct resource *resource,
                                 enum operation_verb verb)
{
    if (resource->operation_count == OPERATIONS_KEPT)
        drop_oldest(control, resource);
    struct operation *operation = mem_alloc(sizeof *operation);
    random_uuid(operation->id);
    operation->resource = resource;
    operation->verb = verb;
    operation->start_ms = control->now_ms;
    resource->operations[resource->operation_count++] = operation;
    key_table_set(&control->operations, operation->id, operation);
    return operation;
}

void operation_undo(struct control *control, struct resource *resource)
{
    operation_free(control, resource->operations[--resource->operation_count]);
}

struct operation *operation_running(const struct resource *resource)
{
    for (size_t i = resource->operation_count; i > 0; i--) {
        struct operation *operation = resource->operations[i - 1];
        if (operation->status == OPERATION_RUNNING && operation->verb != OPERATION_KEYS)
            return operation;
    }
    return NULL;
}

void operation_end(struct control *control, struct operation *operation,
                   enum operation_status status, const char *code, const char *message)
{
    operation->status = status;
    operation->end_ms = control->now_ms;
    str_replace(&operation->error_code, code);
    str_replace(&operation->error_message, message);
}

/* ---- URLs ---- */

static void full_name(char out[128], const struct operation *operation)
{
    char guid[UUID_SIZE];
    guid_of_text(guid, "workspace", operation->resource->workspace->key);
    snprintf(out, 128, "%s:%s:%s",
             operation->resource->kind == RESOURCE_ENDPOINT ? "oeidp" : "odidp", guid,
             operation->id);
}

/* The ARM id: "/subscriptions/S/providers/.../locations/L/mfeOperationsStatus/NAME". Owned. */
static char *operation_arm_id(const struct operation *operation, const char *type)
{
    static const char before[] = "/subscriptions/";
    const char *subscription = operation->resource->id + sizeof before - 1;
    char name[128];
    full_name(name, operation);
    return str_format("%s%.*s/providers/Microsoft.MachineLearningServices/locations/%s/%s/%s",
                      before, (int)strcspn(subscription, "/"), subscription, CONTROL_LOCATION, type,
                      name);
}

static uint64_t ticks_of(int64_t wall_ms)
{
    /* 100 ns since the year 1, as .NET counts. */
    return UINT64_C(621355968000000000) + (uint64_t)wall_ms * 10000;
}

/* Text that only this engine can make for this operation: a keyed hash, counted on. */
static void sign(const struct control *control, const struct operation *operation, char part,
                 char *out, size_t len)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < len; i++) {
        if (i % 10 == 0) {
            char block[UUID_SIZE + 24];
            int used = snprintf(block, sizeof block, "%c%s%zu", part, operation->id, i / 10);
            bits = siphash(&control->signing_key, block, (size_t)used);
        }
        out[i] = base64url_digits[bits & 63];
        bits >>= 6;
    }
    out[len] = '\0';
}

struct signature {
    char t[TICKS_DIGITS + 8];
    char c[SIGNATURE_C + 1];
    char s[SIGNATURE_S + 1];
    char h[SIGNATURE_H + 1];
};

static void signature_make(const struct control *control, const struct operation *operation,
                           struct signature *out)
{
    snprintf(out->t, sizeof out->t, "%" PRIu64, ticks_of(operation->start_ms));
    sign(control, operation, 'c', out->c, SIGNATURE_C);
    sign(control, operation, 's', out->s, SIGNATURE_S);
    sign(control, operation, 'h', out->h, SIGNATURE_H);
}

static void header_signed(struct call *call, const char *header, const char *type,
                          const struct operation *operation)
{
    struct signature signature;
    signature_make(call->control, operation, &signature);
    char *id = operation_arm_id(operation, type);
    call_header(call, header, "%s%s?api-version=%s&t=%s&c=%s&s=%s&h=%s",
                call->control->options.base_url, id, call->api_version, signature.t, signature.c,
                signature.s, signature.h);
    free(id);
}

void operation_header_async(struct call *call, const struct operation *operation)
{
    header_signed(call, "Azure-AsyncOperation", "mfeOperationsStatus", operation);
}

void operation_header_location(struct call *call, const struct operation *operation)
{
    header_signed(call, "Location", "mfeOperationResults", operation);
}

char *operation_uri(const struct control *control, const struct operation *operation,
                    const char *api_version)
{
    char *id = operation_arm_id(operation, "mfeOperationsStatus");
    char *uri = str_format("%s%s?api-version=%s", control->options.base_url, id, api_version);
    free(id);
    return uri;
}

/* ---- answers ---- */

static bool part_ok(const char *query, const char *name, const char *expected, size_t *present)
{
    char *given = arm_query_get(query, name);
    bool ok = given && secret_equal(expected, given, strlen(given));
    *present += given != NULL;
    free(given);
    return ok;
}

/* A URL without any of t, c, s and h is the unsigned form; one with some of them needs all. */
static bool signature_ok(const struct call *call, const struct operation *operation)
{
    const char *query = call->request->query;
    struct signature expected;
    size_t present = 0;
    signature_make(call->control, operation, &expected);
    bool ok = part_ok(query, "t", expected.t, &present);
    ok = part_ok(query, "c", expected.c, &present) && ok;
    ok = part_ok(query, "s", expected.s, &present) && ok;
    ok = part_ok(query, "h", expected.h, &present) && ok;
    return ok || !present;
}

/* The operation of the path, or NULL when an error has been answered. */
static struct operation *asked_operation(struct call *call)
{
    const char *name = call->captures[2];
    const char *last = strrchr(name, ':');
    char *id = arm_lower(last ? last + 1 : name);
    struct operation *operation = key_table_get(&call->control->operations, id);
    free(id);
    char expected[128] = "";
    if (operation)
        full_name(expected, operation);
    char *arm_id = operation ? operation_arm_id(operation, "mfeOperationsStatus") : NULL;
    size_t scope = strlen("/subscriptions/") + strlen(call->captures[0]);
    bool ours = operation && strcasecmp(expected, name) == 0 &&
                strncasecmp(arm_id + strlen("/subscriptions/"), call->captures[0],
                            strlen(call->captures[0])) == 0 &&
                arm_id[scope] == '/';
    free(arm_id);
    if (!ours) {
        call_not_found(call, "OperationNotFound", "No operation has the id %.200s.",
                       last ? last + 1 : name);
        return NULL;
    }
    if (!signature_ok(call, operation)) {
        call_fail(call, 403, "AuthorizationFailed",
                  "The signature of the operation URL is not the one that was given out.", NULL,
                  NULL);
        return NULL;
    }
    return operation;
}

static struct json *status_document(const struct operation *operation, const char *type)
{
    char start[CLOCK_ISO_SIZE];
    char end[CLOCK_ISO_SIZE];
    char name[128];
    clock_format_arm(start, operation->start_ms);
    clock_format_arm(end, operation->end_ms);
    full_name(name, operation);
    char *id = operation_arm_id(operation, type);
    struct json *document = json_object();
    json_set_text(document, "id", id);
    json_set_text(document, "name", name);
    json_set_text(document, "status", status_words[operation->status]);
    json_set_text(document, "startTime", start);
    if (operation->status != OPERATION_RUNNING)
        json_set_text(document, "endTime", end);
    json_set_number(document, "percentComplete",
                    operation->status == OPERATION_SUCCEEDED ? 100 : 0);
    if (operation->error_code) {
        struct json *error = json_set(document, "error", json_object());
        json_set_text(error, "code", operation->error_code);
        json_set_text(error, "message", operation->error_message);
    }
    free(id);
    return document;
}

void operation_get_status(struct call *call)
{
    const struct operation *operation = asked_operation(call);
    if (operation)
        call_answer_take(call, 200, status_document(operation, "mfeOperationsStatus"));
}

void operation_get_result(struct call *call)
{
    const struct operation *operation = asked_operation(call);
    if (operation)
        call_answer_take(call, operation->status == OPERATION_RUNNING ? 202 : 200,
                         status_document(operation, "mfeOperationResults"));
}
