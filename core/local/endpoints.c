/* Online endpoints: requests about them, and how their changes come to an end. */
#include "core/base/alloc.h"
#include "core/local/control_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The endpoint of the path or NULL. */
static struct resource *find(const struct call *call)
{
    char *id = call_resource_id(call, "onlineEndpoints", NULL);
    struct resource *endpoint = resource_at(call->control, id, RESOURCE_ENDPOINT);
    free(id);
    return endpoint;
}

/* The same; 404 is answered when there is none. */
static struct resource *find_or_fail(struct call *call)
{
    struct resource *endpoint = find(call);
    if (!endpoint)
        call_not_found(call, "EndpointNotFound", "No online endpoint is named %s.",
                       call->captures[3]);
    return endpoint;
}

void endpoint_get(struct call *call)
{
    const struct resource *endpoint = find_or_fail(call);
    if (endpoint)
        call_answer(call, 200, endpoint->document);
}

/* ---- list ---- */

struct filter {
    char *name;
    char *compute_type;
    char *tags;
    char *properties;
};

/* True when the object has each "key" or "key=value" of a list separated by commas. */
static bool has_pairs(const struct json *object, const char *pairs)
{
    for (const char *at = pairs; *at; at += *at == ',') {
        size_t len = strcspn(at, ",");
        char *pair = str_dup_n(at, len);
        char *value = strchr(pair, '=');
        if (value)
            *value++ = '\0';
        const char *have = json_text(json_get(object, pair));
        bool same = have && (!value || strcmp(have, value) == 0);
        free(pair);
        if (len && !same)
            return false;
        at += len;
    }
    return true;
}

static bool passes(const struct resource *endpoint, const void *context)
{
    const struct filter *filter = context;
    const char *compute_type = resource_is_kubernetes(endpoint) ? "Kubernetes" : "Managed";
    if (filter->name && strcasecmp(filter->name, endpoint->name) != 0)
        return false;
    if (filter->compute_type && strcasecmp(filter->compute_type, compute_type) != 0)
        return false;
    if (filter->tags && !has_pairs(json_get(endpoint->document, "tags"), filter->tags))
        return false;
    return !filter->properties ||
           has_pairs(json_at(endpoint->document, "properties.properties"), filter->properties);
}

static bool read_order(struct call *call, struct page_order *out)
{
    static const struct {
        const char *word;
        struct page_order order;
    } orders[] = {
        {"CreatedAtDesc", {.by_update = false, .descending = true}},
        {"CreatedAtAsc", {.by_update = false, .descending = false}},
        {"UpdatedAtDesc", {.by_update = true, .descending = true}},
        {"UpdatedAtAsc", {.by_update = true, .descending = false}},
    };
    char *word = arm_query_get(call->request->query, "orderBy");
    bool known = !word;
    for (size_t i = 0; word && i < sizeof orders / sizeof orders[0]; i++) {
        if (strcasecmp(word, orders[i].word) != 0)
            continue;
        *out = orders[i].order;
        known = true;
    }
    free(word);
    if (!known) {
        struct error error = {0};
        error_set(&error, ERROR_RULE,
                  "'orderBy' has to be one of: CreatedAtDesc CreatedAtAsc UpdatedAtDesc "
                  "UpdatedAtAsc.");
        call_invalid(call, &error);
    }
    return known;
}

static struct json *shown(const struct resource *resource)
{
    return json_copy(resource->document);
}

void endpoint_list(struct call *call)
{
    const char *query = call->request->query;
    struct filter filter = {.name = arm_query_get(query, "name"),
                            .compute_type = arm_query_get(query, "computeType"),
                            .tags = arm_query_get(query, "tags"),
                            .properties = arm_query_get(query, "properties")};
    struct page_query page = {
        .continuation = arm_query_get(query, "$skip"), .wanted = passes, .context = &filter};
    const char *type = filter.compute_type;
    if (type && strcasecmp(type, "Managed") != 0 && strcasecmp(type, "Kubernetes") != 0 &&
        strcasecmp(type, "AzureMLCompute") != 0) {
        struct error error = {0};
        error_set(&error, ERROR_RULE,
                  "'computeType' has to be one of: Managed Kubernetes AzureMLCompute.");
        call_invalid(call, &error);
    } else if (page_size(call, "count", &page.size) && read_order(call, &page.order)) {
        page_answer(call, workspace_endpoints(call), &page, shown);
    }
    free(filter.name);
    free(filter.compute_type);
    free(filter.tags);
    free(filter.properties);
    free(page.continuation);
}

/* ---- what changes ---- */

void endpoint_fill_routes(const struct control *control, const struct resource *endpoint,
                          struct route_spec *out)
{
    const struct json *properties =
        json_get(endpoint->wanted ? endpoint->wanted : endpoint->document, "properties");
    memset(out, 0, sizeof *out);
    snprintf(out->endpoint_key, sizeof out->endpoint_key, "%s", endpoint->key);
    name_copy(out->endpoint_name, endpoint->name);
    endpoint_scoring_path(out->scoring_path, sizeof out->scoring_path, endpoint);
    out->kubernetes = resource_is_kubernetes(endpoint);
    credential_fill(control, endpoint, out->credentials);
    endpoint_read_shares(endpoint, json_get(properties, "traffic"), &out->split.live, NULL);
    endpoint_read_shares(endpoint, json_get(properties, "mirrorTraffic"), &out->split.mirror, NULL);
}

void endpoint_publish(struct control *control, struct resource *endpoint)
{
    endpoint->routes_taken = false;
    if (!endpoint->publishing)
        resource_list_add(&control->publishing, endpoint);
    endpoint->publishing = true;
    effect_push(control, EFFECT_ROUTES, endpoint->key, 0, false);
}

/* The wanted document becomes the visible one. */
static void take_wanted(struct control *control, struct resource *endpoint)
{
    if (!endpoint->wanted)
        return;
    struct json *custom = json_at(endpoint->wanted, "properties.properties");
    json_set_text(
        custom, "AzureAsyncOperationUri",
        json_text_at(endpoint->document, "properties.properties.AzureAsyncOperationUri", NULL));
    json_free(endpoint->document);
    endpoint->document = endpoint->wanted;
    endpoint->wanted = NULL;
    endpoint_set_uris(control, endpoint, endpoint->document);
}

static void finish(struct control *control, struct resource *endpoint)
{
    bool changed = false;
    for (size_t i = 0; i < endpoint->operation_count; i++) {
        struct operation *operation = endpoint->operations[i];
        if (operation->status != OPERATION_RUNNING || operation->verb == OPERATION_DELETE)
            continue;
        operation_end(control, operation, OPERATION_SUCCEEDED, NULL, NULL);
        changed = true;
    }
    if (!changed)
        return;
    take_wanted(control, endpoint);
    endpoint_set_uris(control, endpoint, endpoint->document);
    resource_set_state(endpoint, STATE_SUCCEEDED);
    /* Should this not reach the disk, the operation is found unfinished and ends again. */
    store_save(control, endpoint, NULL);
}

static void settle_one(struct control *control, struct resource *endpoint)
{
    enum provisioning_state state = resource_state(endpoint);
    if (state == STATE_DELETING)
        endpoint_continue_delete(control, endpoint);
    else
        finish(control, endpoint);
}

void endpoint_settle(struct control *control)
{
    struct resource_list waiting = control->publishing;
    memset(&control->publishing, 0, sizeof control->publishing);
    for (size_t i = 0; i < waiting.count; i++) {
        struct resource *endpoint = waiting.items[i];
        bool leaving = resource_state(endpoint) == STATE_DELETING;
        if (!endpoint->routes_taken && !leaving) {
            resource_list_add(&control->publishing, endpoint);
            continue;
        }
        endpoint->publishing = false;
        settle_one(control, endpoint);
    }
    free(waiting.items);
    for (size_t i = control->expiring.count; i > 0; i--) {
        struct resource *endpoint = control->expiring.items[i - 1];
        if (!credential_expire(control, endpoint))
            continue;
        if (!endpoint->token_count)
            resource_list_remove(&control->expiring, endpoint);
        endpoint_publish(control, endpoint);
    }
}

/* Stores a change and has it carried out, or takes it all back and answers 500. */
static bool commit(struct call *call, struct resource *endpoint, struct json *before)
{
    struct error error = {0};
    bool saved = store_save(call->control, endpoint, &error);
    if (saved) {
        endpoint_publish(call->control, endpoint);
    } else if (before) {
        call_fail(call, 500, "InternalServerError", error.message, NULL, NULL);
        operation_undo(call->control, endpoint);
        json_free(endpoint->document);
        json_free(endpoint->wanted);
        endpoint->document = json_copy(before);
        endpoint->wanted = NULL;
    } else {
        call_fail(call, 500, "InternalServerError", error.message, NULL, NULL);
        resource_drop(call->control, endpoint);
    }
    json_free(before);
    return saved;
}

/* Puts a running change into the visible document: state, time and the operation's URL. */
static void mark_running(struct call *call, struct resource *endpoint, enum operation_verb verb)
{
    struct operation *operation = operation_open(call->control, endpoint, verb);
    char *uri = operation_uri(call->control, operation, call->api_version);
    struct json *custom = json_at(endpoint->document, "properties.properties");
    json_set_text(custom, "AzureAsyncOperationUri", uri);
    free(uri);
    endpoint->updated_ms = call->now_ms;
    document_set_system_data(endpoint->document, endpoint->created_ms, endpoint->updated_ms, false);
    if (verb != OPERATION_CREATE)
        resource_set_state(endpoint, verb == OPERATION_DELETE ? STATE_DELETING : STATE_UPDATING);
}

/* The new endpoint, or NULL when 500 has been answered. */
static struct resource *create(struct call *call, const struct json *body)
{
    char *id = call_resource_id(call, "onlineEndpoints", NULL);
    struct resource *endpoint =
        resource_add(call->control, RESOURCE_ENDPOINT, ASSET_CODE, NULL, id);
    endpoint->document = endpoint_document(call->control, endpoint, body);
    credential_init(endpoint, body);
    mark_running(call, endpoint, OPERATION_CREATE);
    free(id);
    return commit(call, endpoint, NULL) ? endpoint : NULL;
}

static bool update(struct call *call, struct resource *endpoint, const struct json *body)
{
    struct json *before = json_copy(endpoint->document);
    endpoint->wanted = endpoint_document(call->control, endpoint, body);
    mark_running(call, endpoint, OPERATION_UPDATE);
    return commit(call, endpoint, before);
}

/* 201, also for an update, with the values that hold until the operation ends. */
static void answer_put(struct call *call, const struct resource *endpoint)
{
    operation_header_async(call, operation_running(endpoint));
    call_header(call, "Location", "%s%s?api-version=%s", call->control->options.base_url,
                endpoint->id, call->api_version);
    call_header(call, "x-ms-async-operation-timeout", "PT30M");
    call_answer(call, 201, endpoint->document);
}

void endpoint_put(struct call *call)
{
    struct error error = {0};
    struct resource *endpoint = find(call);
    struct json *body = call_body(call);
    if (!body)
        return;
    if (endpoint && state_is_busy(resource_state(endpoint)))
        call_conflict(call, "The endpoint %s is %s.", endpoint->name,
                      state_text(resource_state(endpoint)));
    else if (!endpoint_check(call->control, endpoint, call->captures[3], body, &error))
        call_invalid(call, &error);
    else if (endpoint ? update(call, endpoint, body) : (endpoint = create(call, body)) != NULL)
        answer_put(call, endpoint);
}

/* ---- PATCH ---- */

static bool patch_check(const struct json *body, struct error *error)
{
    for (const struct json *member = json_first(body); member; member = json_next(member)) {
        const char *name = json_key(member);
        if (strcmp(name, "tags") == 0 || strcmp(name, "identity") == 0)
            continue;
        error_set(error, ERROR_RULE, "PATCH changes tags and identity of an endpoint, not '%.80s'.",
                  name);
        return error_hint(error, "Send the whole endpoint with PUT.");
    }
    if (json_get(body, "tags") && json_type(json_get(body, "tags")) != JSON_OBJECT)
        return error_set(error, ERROR_RULE, "'tags' has to be an object.");
    return true;
}

void endpoint_patch(struct call *call)
{
    struct error error = {0};
    struct resource *endpoint = find_or_fail(call);
    struct json *body = endpoint ? call_body(call) : NULL;
    if (!body)
        return;
    if (state_is_busy(resource_state(endpoint))) {
        call_conflict(call, "The endpoint %s is %s.", endpoint->name,
                      state_text(resource_state(endpoint)));
        return;
    }
    /* The patched whole is checked as a PUT of it would be. */
    struct json *whole = json_copy(endpoint->document);
    static const char *const parts[] = {"tags", "identity"};
    for (size_t i = 0; i < 2; i++) {
        struct json *patch = json_get(body, parts[i]);
        if (json_type(patch) == JSON_OBJECT && json_get(whole, parts[i]))
            document_merge(json_get(whole, parts[i]), patch);
        else if (patch)
            json_set(whole, parts[i], json_copy(patch));
    }
    if (!patch_check(body, &error) ||
        !endpoint_check(call->control, endpoint, endpoint->name, whole, &error)) {
        call_invalid(call, &error);
    } else if (update(call, endpoint, whole)) {
        operation_header_location(call, operation_running(endpoint));
        call_header(call, "x-ms-async-operation-timeout", "PT30M");
        call->response->status = 202;
    }
    json_free(whole);
}

/* ---- DELETE ---- */

void endpoint_delete_children(struct control *control, struct resource *endpoint)
{
    for (size_t i = 0; i < endpoint->children.count; i++) {
        struct resource *deployment = endpoint->children.items[i];
        struct operation *running = operation_running(deployment);
        if (running && running->verb != OPERATION_DELETE)
            operation_end(control, running, OPERATION_CANCELED, "OperationCanceled",
                          "The endpoint of the deployment is being deleted.");
        resource_set_state(deployment, STATE_DELETING);
        deployment_stop(control, deployment);
    }
    if (endpoint->children.count)
        return;
    if (!endpoint->publishing)
        resource_list_add(&control->publishing, endpoint); /* ends at the next tick */
    endpoint->publishing = true;
}

void endpoint_continue_delete(struct control *control, struct resource *endpoint)
{
    if (endpoint->children.count)
        return;
    struct operation *operation = operation_running(endpoint);
    if (operation)
        operation_end(control, operation, OPERATION_SUCCEEDED, NULL, NULL);
    resource_bury(control, endpoint);
    store_save(control, endpoint, NULL);
}

static void begin_delete(struct call *call, struct resource *endpoint)
{
    struct error error = {0};
    struct json *before = json_copy(endpoint->document);
    struct operation *running = operation_running(endpoint);
    mark_running(call, endpoint, OPERATION_DELETE);
    if (store_save(call->control, endpoint, &error)) {
        if (running)
            operation_end(call->control, running, OPERATION_CANCELED, "OperationCanceled",
                          "The endpoint is being deleted.");
        effect_push(call->control, EFFECT_FORGET_ROUTES, endpoint->key, 0, true);
        endpoint_delete_children(call->control, endpoint);
        json_free(before);
        return;
    }
    operation_undo(call->control, endpoint);
    json_free(endpoint->document);
    endpoint->document = before;
    call_fail(call, 500, "InternalServerError", error.message, NULL, NULL);
}

void endpoint_delete(struct call *call)
{
    struct resource *endpoint = find(call);
    call->response->status = endpoint ? 202 : 204;
    if (!endpoint)
        return;
    if (resource_state(endpoint) != STATE_DELETING)
        begin_delete(call, endpoint);
    if (call->response->status != 202)
        return;
    const struct operation *operation = operation_running(endpoint);
    operation_header_async(call, operation);
    operation_header_location(call, operation);
    call_header(call, "x-ms-async-operation-timeout", "PT30M");
}
