/*
 * Changes of endpoints and deployments: what the two have in common. A change is opened, stored and
 * answered with the values that still hold; what is wanted takes their place when it has ended.
 */
#include "core/base/alloc.h"
#include "core/local/control/control_state.h"

#include <stdlib.h>
#include <string.h>

static const char operation_uri_path[] = "properties.properties.AzureAsyncOperationUri";
static const char longest_operation[] = "PT30M";

void change_open(struct call *call, struct resource *resource, enum operation_verb verb)
{
    const struct operation *operation = operation_open(call->control, resource, verb);
    char *uri = operation_uri(call->control, operation, call->api_version);
    json_set_text(json_at(resource->document, "properties.properties"),
                  strrchr(operation_uri_path, '.') + 1, uri);
    free(uri);
    resource->updated_ms = call->now_ms;
    document_set_system_data(resource->document, resource->created_ms, resource->updated_ms, false);
    if (verb != OPERATION_CREATE)
        resource_set_state(resource, verb == OPERATION_DELETE ? STATE_DELETING : STATE_UPDATING);
}

bool change_store(struct call *call, struct resource *resource, struct json *before)
{
    struct error error = {0};
    if (store_save(call->control, resource, &error)) {
        json_free(before);
        return true;
    }
    call_fail(call, 500, "InternalServerError", error.message, NULL, NULL);
    if (!before) {
        resource_drop(call->control, resource);
        return false;
    }
    operation_undo(call->control, resource);
    json_free(resource->document);
    resource->document = before;
    return false;
}

void change_forget_wanted(struct resource *resource)
{
    json_free(resource->wanted);
    resource->wanted = NULL;
}

void change_take_wanted(struct resource *resource)
{
    if (!resource->wanted)
        return;
    json_set_text(json_at(resource->wanted, "properties.properties"),
                  strrchr(operation_uri_path, '.') + 1,
                  json_text_at(resource->document, operation_uri_path, NULL));
    json_free(resource->document);
    resource->document = resource->wanted;
    resource->wanted = NULL;
}

/* ---- PATCH ---- */

static bool is_part(const char *name, const char *const parts[2])
{
    return strcmp(name, parts[0]) == 0 || strcmp(name, parts[1]) == 0;
}

struct json *change_patched(const struct resource *resource, const struct json *patch,
                            const char *const parts[2], struct error *error)
{
    const char *noun = resource->kind == RESOURCE_ENDPOINT ? "endpoint" : "deployment";
    struct json *whole = json_copy(resource->document);
    for (const struct json *part = json_first(patch); part; part = json_next(part)) {
        const char *name = json_key(part);
        enum json_type type = json_type(part);
        if (is_part(name, parts) && type == JSON_NULL)
            continue; /* says nothing */
        if (is_part(name, parts) && type == JSON_OBJECT) {
            if (!json_get(whole, name))
                json_set(whole, name, json_object());
            document_merge(json_get(whole, name), part);
            continue;
        }
        if (is_part(name, parts)) {
            error_set(error, ERROR_RULE, "'%s' has to be an object.", name);
        } else {
            error_set(error, ERROR_RULE, "PATCH changes %s and %s of the %s, not '%.80s'.",
                      parts[0], parts[1], noun, name);
            error_hint(error, "Send the whole %s with PUT.", noun);
        }
        json_free(whole);
        return NULL;
    }
    return whole;
}

/* ---- answers ---- */

void change_answer_put(struct call *call, const struct resource *resource)
{
    operation_header_async(call, operation_running(resource));
    call_header(call, "Location", "%s%s?api-version=%s", call->control->options.base_url,
                resource->id, call->api_version);
    call_header(call, "x-ms-async-operation-timeout", longest_operation);
    call_answer(call, 201, resource->document);
}

void change_answer_patch(struct call *call, const struct resource *resource)
{
    operation_header_location(call, operation_running(resource));
    call_header(call, "x-ms-async-operation-timeout", longest_operation);
    call->response->status = 202;
}

void change_answer_delete(struct call *call, const struct resource *resource)
{
    const struct operation *operation = operation_running(resource);
    if (!operation && resource->parent) /* it goes with its endpoint, whose operation it is */
        operation = operation_running(resource->parent);
    if (operation) {
        operation_header_async(call, operation);
        operation_header_location(call, operation);
    }
    call_header(call, "x-ms-async-operation-timeout", longest_operation);
    call->response->status = 202;
}
