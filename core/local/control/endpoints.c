/* Online endpoints: requests about them, and how their changes come to an end. */
#include "core/base/alloc.h"
#include "core/local/control/control_state.h"

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

void endpoint_get(struct call *call)
{
    const struct resource *endpoint = call_endpoint(call);
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
        page_answer(call, workspace_endpoints(call), &page, resource_shown);
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
    change_take_wanted(endpoint);
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

/* The new endpoint, or NULL when 500 has been answered. */
static struct resource *create(struct call *call, const struct json *body)
{
    char *id = call_resource_id(call, "onlineEndpoints", NULL);
    struct resource *endpoint =
        resource_add(call->control, RESOURCE_ENDPOINT, ASSET_CODE, NULL, id);
    endpoint->document = endpoint_document(call->control, endpoint, body);
    credential_init(endpoint, body);
    free(id);
    change_open(call, endpoint, OPERATION_CREATE);
    if (!change_store(call, endpoint, NULL))
        return NULL;
    endpoint_publish(call->control, endpoint);
    return endpoint;
}

static bool update(struct call *call, struct resource *endpoint, const struct json *body)
{
    struct json *before = json_copy(endpoint->document);
    endpoint->wanted = endpoint_document(call->control, endpoint, body);
    change_open(call, endpoint, OPERATION_UPDATE);
    if (change_store(call, endpoint, before)) {
        endpoint_publish(call->control, endpoint);
        return true;
    }
    change_forget_wanted(endpoint);
    return false;
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
        change_answer_put(call, endpoint);
}

/* ---- PATCH ---- */

void endpoint_patch(struct call *call)
{
    static const char *const parts[] = {"tags", "identity"};
    struct error error = {0};
    struct resource *endpoint = call_endpoint(call);
    struct json *body = endpoint ? call_body(call) : NULL;
    if (!body)
        return;
    if (state_is_busy(resource_state(endpoint))) {
        call_conflict(call, "The endpoint %s is %s.", endpoint->name,
                      state_text(resource_state(endpoint)));
        return;
    }
    /* The patched whole is checked as a PUT of it would be. */
    struct json *whole = change_patched(endpoint, body, parts, &error);
    if (!whole || !endpoint_check(call->control, endpoint, endpoint->name, whole, &error))
        call_invalid(call, &error);
    else if (update(call, endpoint, whole))
        change_answer_patch(call, endpoint);
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

static bool begin_delete(struct call *call, struct resource *endpoint)
{
    struct json *before = json_copy(endpoint->document);
    struct operation *running = operation_running(endpoint);
    change_open(call, endpoint, OPERATION_DELETE);
    if (!change_store(call, endpoint, before))
        return false;
    if (running)
        operation_end(call->control, running, OPERATION_CANCELED, "OperationCanceled",
                      "The endpoint is being deleted.");
    effect_push(call->control, EFFECT_FORGET_ROUTES, endpoint->key, 0, true);
    endpoint_delete_children(call->control, endpoint);
    return true;
}

void endpoint_delete(struct call *call)
{
    struct resource *endpoint = find(call);
    if (!endpoint)
        call->response->status = 204;
    else if (resource_state(endpoint) == STATE_DELETING || begin_delete(call, endpoint))
        change_answer_delete(call, endpoint);
}
