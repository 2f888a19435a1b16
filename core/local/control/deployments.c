/* Deployments: requests about them, and what the runtime's reports do to them. */
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/local/control/control_state.h"
#include "core/model/limits.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The deployment of the path; 404 is answered when there is none. */
static struct resource *find_or_fail(struct call *call)
{
    const struct resource *endpoint = call_endpoint(call);
    if (!endpoint)
        return NULL;
    struct resource *deployment = resource_child(endpoint, call->captures[4]);
    if (!deployment)
        call_not_found(call, "DeploymentNotFound", "The endpoint %s has no deployment %s.",
                       endpoint->name, call->captures[4]);
    return deployment;
}

void deployment_get(struct call *call)
{
    const struct resource *deployment = find_or_fail(call);
    if (deployment)
        call_answer(call, 200, deployment->document);
}

void deployment_list(struct call *call)
{
    const struct resource *endpoint = call_endpoint(call);
    if (!endpoint)
        return;
    char *order = arm_query_get(call->request->query, "$orderBy");
    struct page_query page = {.continuation = arm_query_get(call->request->query, "$skip")};
    /* The values of $orderBy are published nowhere: what reads as descending or update is. */
    page.order.descending = order && strcasestr(order, "desc");
    page.order.by_update = order && strcasestr(order, "updated");
    if (page_size(call, "$top", &page.size))
        page_answer(call, &endpoint->children, &page, resource_shown);
    free(page.continuation);
    free(order);
}

void deployment_skus(struct call *call)
{
    if (!find_or_fail(call))
        return;
    struct json *document = json_object();
    struct json *entry = json_append(json_set(document, "value", json_array()), json_object());
    json_set_text(entry, "resourceType",
                  "Microsoft.MachineLearning.Services/endpoints/deployments");
    struct json *sku = json_set(entry, "sku", json_object());
    json_set_text(sku, "name", "default");
    json_set_text(sku, "tier", "Standard");
    struct json *capacity = json_set(entry, "capacity", json_object());
    json_set_number(capacity, "minimum", 1);
    json_set_number(capacity, "maximum", LIMIT_INSTANCES);
    json_set_number(capacity, "default", 3);
    json_set_text(capacity, "scaleType", "Automatic");
    call_answer_take(call, 200, document);
}

/* ---- events and logs ---- */

static void add_event(struct resource *deployment, int64_t wall_ms, const char *name,
                      const char *type, const char *message)
{
    char now[CLOCK_ISO_SIZE];
    clock_format_utc(now, wall_ms);
    if (!deployment->events)
        deployment->events = json_array();
    struct json *event = json_append(deployment->events, json_object());
    json_set_text(event, "name", name);
    json_set_text(event, "type", type);
    json_set_text(event, "time", now);
    json_set_text(event, "message", message);
    while (json_count(deployment->events) > EVENTS_KEPT)
        json_remove_child(deployment->events, json_first(deployment->events));
}

static void write_status(struct strbuf *out, const struct resource *deployment)
{
    enum provisioning_state state = resource_state(deployment);
    const char *start = state == STATE_FAILED  ? "Failed"
                        : state_is_busy(state) ? "InProgress"
                                               : "Succeeded";
    strbuf_printf(out,
                  "Instance status:\nSystemSetup: Succeeded\nUserContainerImagePull: Succeeded\n"
                  "ModelDownload: Succeeded\nUserContainerStart: %s\n\nContainer events:\n",
                  start);
    const struct json *event = json_first(deployment->events);
    for (; event; event = json_next(event))
        strbuf_printf(out, "Kind: Pod, Name: %s, Type: %s, Time: %s, Message: %s\n",
                      json_text_at(event, "name", ""), json_text_at(event, "type", ""),
                      json_text_at(event, "time", ""), json_text_at(event, "message", ""));
    strbuf_puts(out, "\nContainer logs:\n");
}

/* The last `lines` lines; all of it for 0. */
static const char *tail_of(const struct strbuf *text, size_t lines)
{
    const char *at = text->text + text->len;
    if (at > text->text && at[-1] == '\n')
        at--;
    for (size_t seen = 0; lines && at > text->text; at--)
        if (at[-1] == '\n' && ++seen == lines)
            return at;
    return text->text;
}

void deployment_logs(struct call *call)
{
    enum { LOG_MAX_BYTES = 32 << 20 };
    const struct control_options *options = &call->control->options;
    struct error error = {0};
    struct resource *deployment = find_or_fail(call);
    if (!deployment || (call->request->body_len && !call_body(call)))
        return;
    const char *container = json_text_at(call->body, "containerType", "InferenceServer");
    const struct json *tail = json_get(call->body, "tail");
    int64_t lines = json_int(tail, 0);
    bool tail_given = tail && json_type(tail) != JSON_NULL;
    if (strcmp(container, "InferenceServer") != 0 && strcmp(container, "StorageInitializer") != 0)
        error_set(&error, ERROR_RULE,
                  "'containerType' has to be one of: StorageInitializer InferenceServer.");
    else if (tail_given && (lines < 0 || lines > INT_MAX || (double)lines != json_double(tail, -1)))
        error_set(&error, ERROR_RULE, "'tail' has to be a whole number, 0 for all lines.");
    if (error.kind) {
        call_invalid(call, &error);
        return;
    }
    char *log = options->read_log ? options->read_log(options->read_log_context, deployment->key,
                                                      container, (size_t)lines)
                                  : NULL;
    struct strbuf content;
    strbuf_init(&content, LOG_MAX_BYTES);
    write_status(&content, deployment);
    strbuf_puts(&content, log ? log : "");
    struct json *document = json_object();
    json_set_text(document, "content", tail_of(&content, (size_t)lines));
    call_answer_take(call, 200, document);
    strbuf_release(&content);
    free(log);
}

/* ---- what runs ---- */

void deployment_run(struct control *control, struct resource *deployment)
{
    effect_push(control, EFFECT_RUN, deployment->key, ++deployment->generation, false);
}

void deployment_stop(struct control *control, struct resource *deployment)
{
    effect_push(control, EFFECT_STOP, deployment->key, ++deployment->generation, true);
}

void deployment_succeed(struct control *control, struct resource *deployment)
{
    struct operation *running = operation_running(deployment);
    deployment->resumed = false;
    if (!running)
        return; /* up again after a restart: its state is what it was */
    operation_end(control, running, OPERATION_SUCCEEDED, NULL, NULL);
    change_take_wanted(deployment);
    deployment_set_variables(deployment->document);
    resource_set_state(deployment, STATE_SUCCEEDED);
    deployment->came_up = true;
    add_event(deployment, control->now_ms, "ContainerReady", "Normal", "Container is ready");
    store_save(control, deployment, NULL);
}

void deployment_fail(struct control *control, struct resource *deployment, const char *code,
                     const char *message)
{
    const char *kind = code && *code ? code : "ResourceNotReady";
    struct operation *running = operation_running(deployment);
    bool fall_back = deployment->resumed && deployment->wanted;
    if (running)
        operation_end(control, running, OPERATION_FAILED, kind, message);
    change_forget_wanted(deployment);
    deployment->resumed = false;
    resource_set_state(deployment, STATE_FAILED);
    add_event(deployment, control->now_ms, kind, "Warning", message);
    store_save(control, deployment, NULL);
    /* After a restart nothing of the generation before is left to serve: it is started again. */
    if (fall_back)
        deployment_run(control, deployment);
}

void deployment_stopped(struct control *control, struct resource *deployment)
{
    struct resource *endpoint = deployment->parent;
    struct operation *running = operation_running(deployment);
    if (running)
        operation_end(control, running, OPERATION_SUCCEEDED, NULL, NULL);
    resource_bury(control, deployment);
    store_save(control, deployment, NULL);
    if (resource_state(endpoint) == STATE_DELETING)
        endpoint_continue_delete(control, endpoint);
}

/* ---- PUT and PATCH ---- */

static struct resource *create(struct call *call, struct resource *endpoint,
                               const struct json *body)
{
    char *id = str_format("%s/deployments/%s", endpoint->id, call->captures[4]);
    struct resource *deployment =
        resource_add(call->control, RESOURCE_DEPLOYMENT, ASSET_CODE, endpoint, id);
    free(id);
    deployment->document = deployment_document(endpoint, deployment, body);
    change_open(call, deployment, OPERATION_CREATE);
    add_event(deployment, call->now_ms, "Created", "Normal", "Created container inference-server");
    if (!change_store(call, deployment, NULL))
        return NULL;
    deployment_run(call->control, deployment);
    return deployment;
}

static bool update(struct call *call, struct resource *deployment, const struct json *body)
{
    struct json *before = json_copy(deployment->document);
    deployment->updated_ms = call->now_ms;
    deployment->wanted = deployment_document(deployment->parent, deployment, body);
    change_open(call, deployment, OPERATION_UPDATE);
    add_event(deployment, call->now_ms, "Updating", "Normal", "Started an update");
    if (change_store(call, deployment, before)) {
        deployment_run(call->control, deployment);
        return true;
    }
    change_forget_wanted(deployment);
    return false;
}

/* Whether endpoint and deployment are in a state that takes a change; answers if they are not. */
static bool can_change(struct call *call, const struct resource *endpoint,
                       const struct resource *deployment)
{
    struct error error = {0};
    enum provisioning_state state = resource_state(endpoint);
    if (state == STATE_DELETING || state == STATE_FAILED) {
        error_set(&error, ERROR_RULE, "The endpoint %s is %s and takes no deployments.",
                  endpoint->name, state_text(state));
        error_hint(&error, "Create the endpoint again first.");
    } else if (state == STATE_CREATING) {
        call_conflict(call, "The endpoint %s is being created.", endpoint->name);
        return false;
    } else if (deployment && state_is_busy(resource_state(deployment))) {
        call_conflict(call, "The deployment %s is %s.", deployment->name,
                      state_text(resource_state(deployment)));
        return false;
    } else if (deployment && !deployment->came_up) {
        error_set(&error, ERROR_RULE,
                  "The deployment %s failed while it was created and cannot be mended by an "
                  "update.",
                  deployment->name);
        error_hint(&error, "Delete it and create it again.");
    }
    if (error.kind)
        call_invalid(call, &error);
    return !error.kind;
}

void deployment_put(struct call *call)
{
    struct error error = {0};
    struct resource *endpoint = call_endpoint(call);
    struct json *body = endpoint ? call_body(call) : NULL;
    if (!body)
        return;
    struct resource *deployment = resource_child(endpoint, call->captures[4]);
    if (!can_change(call, endpoint, deployment))
        return;
    if (!deployment_check(endpoint, deployment, call->captures[4], body, &error))
        call_invalid(call, &error);
    else if (deployment ? update(call, deployment, body)
                        : (deployment = create(call, endpoint, body)) != NULL)
        change_answer_put(call, deployment);
}

void deployment_patch(struct call *call)
{
    static const char *const parts[] = {"tags", "sku"};
    struct error error = {0};
    struct resource *deployment = find_or_fail(call);
    struct json *body = deployment ? call_body(call) : NULL;
    if (!body || !can_change(call, deployment->parent, deployment))
        return;
    struct json *whole = change_patched(deployment, body, parts, &error);
    if (!whole ||
        !deployment_check(deployment->parent, deployment, deployment->name, whole, &error))
        call_invalid(call, &error);
    else if (update(call, deployment, whole))
        change_answer_patch(call, deployment);
    json_free(whole);
}

/* ---- DELETE ---- */

/* The percent that an endpoint document gives to a deployment. */
static int share_of(const struct json *document, const char *member, const char *name)
{
    return (int)json_int(json_get(json_at(document, member), name), 0);
}

static bool has_live_traffic(const struct resource *endpoint, const char *name)
{
    return share_of(endpoint->document, "properties.traffic", name) > 0 ||
           share_of(endpoint->wanted, "properties.traffic", name) > 0;
}

/*
 * A mirror share goes with its deployment: it has no client waiting for it, and left behind it
 * would make every later change of the traffic name a deployment that is gone.
 */
static void drop_mirror(struct call *call, struct resource *endpoint, const char *name)
{
    bool had = share_of(endpoint->document, "properties.mirrorTraffic", name) > 0 ||
               share_of(endpoint->wanted, "properties.mirrorTraffic", name) > 0;
    if (!had)
        return;
    json_remove(json_at(endpoint->document, "properties.mirrorTraffic"), name);
    json_remove(json_at(endpoint->wanted, "properties.mirrorTraffic"), name);
    store_save(call->control, endpoint, NULL);
    endpoint_publish(call->control, endpoint);
}

static bool begin_delete(struct call *call, struct resource *deployment)
{
    struct operation *running = operation_running(deployment);
    struct json *before = json_copy(deployment->document);
    change_open(call, deployment, OPERATION_DELETE);
    if (!change_store(call, deployment, before))
        return false;
    if (running)
        operation_end(call->control, running, OPERATION_CANCELED, "OperationCanceled",
                      "The deployment is being deleted.");
    drop_mirror(call, deployment->parent, deployment->name);
    deployment_stop(call->control, deployment);
    return true;
}

void deployment_delete(struct call *call)
{
    struct error error = {0};
    char *id = call_resource_id(call, "onlineEndpoints", "deployments");
    struct resource *deployment = resource_at(call->control, id, RESOURCE_DEPLOYMENT);
    free(id);
    if (!deployment) {
        call->response->status = 204;
        return;
    }
    bool leaving = resource_state(deployment) == STATE_DELETING;
    if (!leaving && has_live_traffic(deployment->parent, deployment->name)) {
        error_set(&error, ERROR_RULE, "The deployment %s has live traffic and cannot be deleted.",
                  deployment->name);
        error_hint(&error, "Set its traffic to 0 first.");
        call_invalid(call, &error);
        return;
    }
    if (leaving || begin_delete(call, deployment))
        change_answer_delete(call, deployment);
}
