#include "core/local/control/control.h"

#include "core/base/alloc.h"
#include "core/base/secret.h"
#include "core/local/control/body_check.h"
#include "core/local/control/control_state.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    RESPONSE_MAX_BYTES = 64 << 20,
    HEADERS_MAX_BYTES = 64 << 10,
    REQUEST_MAX_BYTES = 4 << 20,
    SUBSCRIPTION_MAX = 64,
    GROUP_MAX = 90,
    WORKSPACE_MAX = 64,
};

#define WORKSPACE "/subscriptions/{}/resourceGroups/{}" CONTROL_PROVIDER "/workspaces/{}"
#define ENDPOINT WORKSPACE "/onlineEndpoints/{}"
#define DEPLOYMENT ENDPOINT "/deployments/{}"
#define LOCATION "/subscriptions/{}" CONTROL_PROVIDER "/locations/{}"
#define INSIGHTS "/providers/Microsoft.Insights"

struct route {
    const char *method;
    const char *pattern;
    void (*handle)(struct call *call);
};

#define ASSET_ROUTES(type)                                                                         \
    {"GET", WORKSPACE "/" type, asset_container_list},                                             \
        {"GET", WORKSPACE "/" type "/{}", asset_container_get},                                    \
        {"GET", WORKSPACE "/" type "/{}/versions", asset_version_list},                            \
        {"GET", WORKSPACE "/" type "/{}/versions/{}", asset_version_get},                          \
    {                                                                                              \
        "PUT", WORKSPACE "/" type "/{}/versions/{}", asset_version_put                             \
    }

static const struct route routes[] = {
    {"GET", WORKSPACE, workspace_get},
    {"GET", WORKSPACE "/onlineEndpoints", endpoint_list},
    {"GET", ENDPOINT, endpoint_get},
    {"PUT", ENDPOINT, endpoint_put},
    {"PATCH", ENDPOINT, endpoint_patch},
    {"DELETE", ENDPOINT, endpoint_delete},
    {"POST", ENDPOINT "/listKeys", credential_list_keys},
    {"POST", ENDPOINT "/regenerateKeys", credential_regenerate},
    {"POST", ENDPOINT "/token", credential_token},
    {"GET", ENDPOINT "/deployments", deployment_list},
    {"GET", DEPLOYMENT, deployment_get},
    {"PUT", DEPLOYMENT, deployment_put},
    {"PATCH", DEPLOYMENT, deployment_patch},
    {"DELETE", DEPLOYMENT, deployment_delete},
    {"POST", DEPLOYMENT "/getLogs", deployment_logs},
    {"GET", DEPLOYMENT "/skus", deployment_skus},
    {"GET", LOCATION "/mfeOperationsStatus/{}", operation_get_status},
    {"GET", LOCATION "/mfeOperationResults/{}", operation_get_result},
    {"GET", ENDPOINT INSIGHTS "/metrics", monitor_metrics},
    {"GET", ENDPOINT INSIGHTS "/metricDefinitions", monitor_definitions},
    {"GET", DEPLOYMENT INSIGHTS "/metrics", monitor_metrics},
    {"GET", DEPLOYMENT INSIGHTS "/metricDefinitions", monitor_definitions},
    ASSET_ROUTES("codes"),
    ASSET_ROUTES("models"),
    ASSET_ROUTES("environments"),
};

enum { ROUTE_COUNT = sizeof routes / sizeof routes[0] };

void control_response_init(struct control_response *response)
{
    response->status = 0;
    strbuf_init(&response->headers, HEADERS_MAX_BYTES);
    strbuf_init(&response->body, RESPONSE_MAX_BYTES);
}

void control_response_release(struct control_response *response)
{
    strbuf_release(&response->headers);
    strbuf_release(&response->body);
}

/* ---- one request ---- */

/* Names on the way to a resource: what they may hold decides what ends up in URLs and headers. */
static bool scope_name_ok(const char *name, size_t max)
{
    size_t len = strlen(name);
    if (!len || len > max || strspn(name, ".") == len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr("-_.()", name[i]))
            return false;
    return true;
}

static bool api_version_ok(const char *text)
{
    static const char shape[] = "dddd-dd-dd";
    for (size_t i = 0; i < sizeof shape - 1; i++)
        if (shape[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != shape[i])
            return false;
    const char *rest = text + sizeof shape - 1;
    return !*rest || strcmp(rest, "-preview") == 0;
}

static bool read_api_version(struct call *call)
{
    char *given = arm_query_get(call->request->query ? call->request->query : "", "api-version");
    bool ok = given && strlen(given) < sizeof call->api_version && api_version_ok(given);
    if (ok)
        snprintf(call->api_version, sizeof call->api_version, "%s", given);
    else if (!given || !*given)
        call_fail(call, 400, "MissingApiVersionParameter",
                  "Every request has to name the version of the interface: ?api-version=2025-12-01",
                  NULL, NULL);
    else
        call_fail(call, 400, "InvalidApiVersionParameter",
                  "An api-version is a date, as in 2025-12-01 or 2025-01-01-preview.", NULL, NULL);
    free(given);
    return ok;
}

static bool authorized(struct call *call)
{
    size_t len = 0;
    const char *given = secret_bearer(call->request->authorization, &len);
    if (given && secret_equal(call->control->options.token, given, len))
        return true;
    call_header(call, "WWW-Authenticate", "Bearer authorization_uri=\"%s\", error=\"%s\"",
                call->control->options.base_url, given ? "invalid_token" : "missing_token");
    call_fail(call, 401, given ? "InvalidAuthenticationToken" : "AuthenticationFailed",
              given ? "The bearer token is not the one of this engine."
                    : "The request carries no bearer token.",
              NULL, NULL);
    return false;
}

/* Lists what may be sent to a path whose method was wrong. */
static void answer_method(struct call *call)
{
    char allowed[128] = "";
    const char *captures[ARM_PATH_MAX_CAPTURES];
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        if (!arm_path_match(&call->path, routes[i].pattern, captures))
            continue;
        size_t used = strlen(allowed);
        snprintf(allowed + used, sizeof allowed - used, "%s%s", used ? ", " : "", routes[i].method);
    }
    call_header(call, "Allow", "%s", allowed);
    call_fail(call, 405, "MethodNotAllowed", "The resource does not take this method.", NULL, NULL);
}

static const struct route *find_route(struct call *call, bool *path_known)
{
    *path_known = false;
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        if (!arm_path_match(&call->path, routes[i].pattern, call->captures))
            continue;
        *path_known = true;
        if (strcmp(routes[i].method, call->request->method) == 0)
            return &routes[i];
    }
    return NULL;
}

static bool scope_ok(struct call *call)
{
    bool in_location = strcasecmp(call->path.segments[2], "providers") == 0;
    if (scope_name_ok(call->captures[0], SUBSCRIPTION_MAX) &&
        (in_location || (scope_name_ok(call->captures[1], GROUP_MAX) &&
                         scope_name_ok(call->captures[2], WORKSPACE_MAX))))
        return true;
    call_fail(call, 400, "InvalidResourceName",
              "Names of subscription, group and workspace are letters, digits, '-', '_', '.' and "
              "parentheses, within the lengths that Azure has.",
              NULL, NULL);
    return false;
}

static void dispatch(struct call *call)
{
    bool path_known = false;
    if (!authorized(call))
        return;
    if (call->request->body_len > REQUEST_MAX_BYTES) {
        call_fail(call, 413, "RequestContentTooLarge", "The body is larger than 4 MB.", NULL, NULL);
        return;
    }
    if (!arm_path_parse(&call->path, call->request->path)) {
        call_not_found(call, "ResourceNotFound", "The path cannot be read as an ARM id.");
        return;
    }
    const struct route *route = find_route(call, &path_known);
    if (!path_known)
        call_not_found(call, "ResourceNotFound", "This engine has no resource at that path.");
    else if (!route)
        answer_method(call);
    else if (read_api_version(call) && scope_ok(call))
        route->handle(call);
}

/* ---- headers that every answer has ---- */

static const struct {
    double capacity;
    double per_second;
    const char *header;
} rates[RATE_KINDS] = {
    [RATE_READS] = {250, 25, "x-ms-ratelimit-remaining-subscription-reads"},
    [RATE_WRITES] = {200, 10, "x-ms-ratelimit-remaining-subscription-writes"},
    [RATE_DELETES] = {200, 10, "x-ms-ratelimit-remaining-subscription-deletes"},
    [RATE_DEPLOYMENT_PUTS] = {25, 1, "x-ms-ratelimit-remaining-subscription-resource-requests"},
};

/* Counts as ARM does, and says so; nothing is refused for it. */
static void rate_header(struct call *call, enum rate_kind kind)
{
    struct rate_bucket *bucket = &call->control->rates[kind];
    if (!bucket->filled_ms)
        bucket->tokens = rates[kind].capacity;
    else if (call->now_ms > bucket->filled_ms)
        bucket->tokens +=
            (double)(call->now_ms - bucket->filled_ms) / 1000 * rates[kind].per_second;
    if (bucket->tokens > rates[kind].capacity)
        bucket->tokens = rates[kind].capacity;
    bucket->filled_ms = call->now_ms;
    bucket->tokens = bucket->tokens < 1 ? 0 : bucket->tokens - 1;
    call_header(call, rates[kind].header, "%d", (int)bucket->tokens);
}

static enum rate_kind rate_of(const struct call *call)
{
    enum { DEPLOYMENT_SEGMENTS = 12 };
    const char *method = call->request->method;
    if (strcmp(method, "PUT") == 0 && call->path.count == DEPLOYMENT_SEGMENTS &&
        strcasecmp(call->path.segments[DEPLOYMENT_SEGMENTS - 2], "deployments") == 0)
        return RATE_DEPLOYMENT_PUTS;
    if (strcmp(method, "GET") == 0)
        return RATE_READS;
    return strcmp(method, "DELETE") == 0 ? RATE_DELETES : RATE_WRITES;
}

static void common_headers(struct call *call)
{
    time_t seconds = (time_t)(call->now_ms / 1000);
    struct tm tm;
    char compact[24];
    gmtime_r(&seconds, &tm);
    strftime(compact, sizeof compact, "%Y%m%dT%H%M%SZ", &tm);
    call_header(call, "Cache-Control", "no-cache");
    call_header(call, "X-Content-Type-Options", "nosniff");
    call_header(call, "x-ms-request-id", "%s", call->request_id);
    call_header(call, "x-ms-correlation-request-id", "%s", call->request_id);
    call_header(call, "x-ms-routing-request-id", "LOCAL:%s:%s", compact, call->request_id);
    call_header(call, "x-ms-response-type", "%s",
                call->response->status >= 400 ? "error" : "standard");
    if (call->response->status != 401)
        rate_header(call, rate_of(call));
}

void control_handle(struct control *control, int64_t wall_ms, const struct control_request *request,
                    struct control_response *response)
{
    struct call call = {
        .control = control, .request = request, .response = response, .now_ms = wall_ms};
    control->now_ms = wall_ms;
    random_uuid(call.request_id);
    dispatch(&call);
    if (response->body.overflowed)
        call_fail(&call, 500, "InternalServerError", "The answer is larger than 64 MB.", NULL,
                  NULL);
    common_headers(&call);
    arm_path_release(&call.path);
    json_free(call.body);
}

/* ---- effects ---- */

void effect_push(struct control *control, enum control_effect_kind kind, const char *key,
                 uint64_t generation, bool forget)
{
    struct pending_effect *effect = mem_alloc(sizeof *effect);
    effect->kind = kind;
    effect->key = str_dup(key);
    effect->generation = generation;
    effect->forget = forget;
    if (control->last_effect)
        control->last_effect->next = effect;
    else
        control->first_effect = effect;
    control->last_effect = effect;
}

static void free_effect(struct pending_effect *effect)
{
    free(effect->key);
    free(effect);
}

static bool fill_run(struct control *control, const struct pending_effect *effect,
                     struct control_effect *out)
{
    struct resource *deployment = resource_find(control, effect->key);
    if (!deployment || deployment->generation != effect->generation)
        return false; /* a later effect has what is wanted now */
    struct error error = {0};
    if (run_plan(control, deployment, &out->run, &error))
        return true;
    deployment_fail(control, deployment, error.code, error.message);
    return false;
}

static bool fill_routes(struct control *control, const struct pending_effect *effect,
                        struct control_effect *out)
{
    struct resource *endpoint = resource_find(control, effect->key);
    if (!endpoint || resource_state(endpoint) == STATE_DELETING)
        return false;
    endpoint_fill_routes(control, endpoint, &out->routes);
    endpoint->routes_taken = true;
    return true;
}

static bool fill_effect(struct control *control, const struct pending_effect *effect,
                        struct control_effect *out)
{
    memset(out, 0, sizeof *out);
    out->kind = effect->kind;
    out->generation = effect->generation;
    out->forget = effect->forget;
    snprintf(out->key, sizeof out->key, "%s", effect->key);
    if (effect->kind == EFFECT_RUN)
        return fill_run(control, effect, out);
    if (effect->kind == EFFECT_ROUTES)
        return fill_routes(control, effect, out);
    return true;
}

bool control_next_effect(struct control *control, struct control_effect *out)
{
    while (control->first_effect) {
        struct pending_effect *effect = control->first_effect;
        control->first_effect = effect->next;
        if (!control->first_effect)
            control->last_effect = NULL;
        bool filled = fill_effect(control, effect, out);
        free_effect(effect);
        if (filled)
            return true;
    }
    return false;
}

/* ---- reports ---- */

static struct resource *reported(struct control *control, int64_t wall_ms, const char *key,
                                 uint64_t generation)
{
    control->now_ms = wall_ms;
    struct resource *deployment = resource_find(control, key);
    bool current = deployment && deployment->kind == RESOURCE_DEPLOYMENT &&
                   deployment->generation == generation;
    return current ? deployment : NULL;
}

void control_deployment_ready(struct control *control, int64_t wall_ms, const char *deployment_key,
                              uint64_t generation)
{
    struct resource *deployment = reported(control, wall_ms, deployment_key, generation);
    if (deployment && resource_state(deployment) != STATE_DELETING)
        deployment_succeed(control, deployment);
}

void control_deployment_failed(struct control *control, int64_t wall_ms, const char *deployment_key,
                               uint64_t generation, const char *code, const char *message)
{
    struct resource *deployment = reported(control, wall_ms, deployment_key, generation);
    if (deployment && resource_state(deployment) != STATE_DELETING)
        deployment_fail(control, deployment, code, message);
}

void control_deployment_stopped(struct control *control, int64_t wall_ms,
                                const char *deployment_key, uint64_t generation)
{
    struct resource *deployment = reported(control, wall_ms, deployment_key, generation);
    if (deployment && resource_state(deployment) == STATE_DELETING)
        deployment_stopped(control, deployment);
}

int control_tick(struct control *control, int64_t wall_ms)
{
    enum { LONGEST_MS = 60 * 60 * 1000 };
    control->now_ms = wall_ms;
    endpoint_settle(control);
    if (control->publishing.count)
        return 0;
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < control->expiring.count; i++) {
        int64_t expiry = credential_next_expiry(control->expiring.items[i]);
        next = expiry < next ? expiry : next;
    }
    if (next == INT64_MAX)
        return -1;
    int64_t wait = next - wall_ms;
    return wait < 0 ? 0 : wait > LONGEST_MS ? LONGEST_MS : (int)wait;
}

/* ---- open and close ---- */

static void resume_endpoint(struct control *control, struct resource *endpoint)
{
    if (resource_state(endpoint) == STATE_DELETING) {
        effect_push(control, EFFECT_FORGET_ROUTES, endpoint->key, 0, true);
        endpoint_delete_children(control, endpoint);
        return;
    }
    if (endpoint->token_count)
        resource_list_add(&control->expiring, endpoint);
    endpoint_publish(control, endpoint);
}

static void resume_deployment(struct control *control, struct resource *deployment)
{
    enum provisioning_state state = resource_state(deployment);
    if (state == STATE_DELETING) {
        deployment_stop(control, deployment);
    } else if (state_is_busy(state) || deployment->came_up) {
        deployment->resumed = deployment->wanted && deployment->came_up;
        deployment_run(control, deployment);
    }
}

/* Deployments first: routes go out when what they lead to is at least being started. */
static void resume(struct control *control)
{
    struct workspace *workspace;
    for (size_t at = 0; (workspace = key_table_next(&control->workspaces, &at));) {
        for (size_t i = 0; i < workspace->endpoints.count; i++) {
            struct resource *endpoint = workspace->endpoints.items[i];
            bool leaving = resource_state(endpoint) == STATE_DELETING;
            for (size_t d = 0; d < endpoint->children.count && !leaving; d++)
                resume_deployment(control, endpoint->children.items[d]);
            resume_endpoint(control, endpoint);
        }
    }
}

struct control *control_open(const struct control_options *options, int64_t wall_ms,
                             struct error *error)
{
    struct control *control = mem_alloc(sizeof *control);
    control->options = *options;
    control->options.state_folder = NULL;
    control->options.base_url = control->base_url = str_dup(options->base_url);
    control->options.token = control->token = str_dup(options->token);
    control->folder = str_dup(options->state_folder);
    control->lock_fd = -1;
    control->now_ms = wall_ms;
    control->next_sequence = 1;
    random_bytes(&control->signing_key, sizeof control->signing_key);
    key_table_init(&control->workspaces);
    key_table_init(&control->resources);
    key_table_init(&control->tombstones);
    key_table_init(&control->operations);
    if (!store_open(control, error)) {
        control_close(control);
        return NULL;
    }
    resume(control);
    return control;
}

static void free_workspace(struct workspace *workspace)
{
    free(workspace->endpoints.items);
    for (size_t i = 0; i < ASSET_TYPES; i++)
        free(workspace->containers[i].items);
    free(workspace->key);
    free(workspace);
}

void control_close(struct control *control)
{
    if (!control)
        return;
    store_close(control);
    struct resource *resource;
    for (size_t at = 0; (resource = key_table_next(&control->resources, &at));)
        resource_free(resource);
    for (size_t at = 0; (resource = key_table_next(&control->tombstones, &at));)
        resource_free(resource);
    struct workspace *workspace;
    for (size_t at = 0; (workspace = key_table_next(&control->workspaces, &at));)
        free_workspace(workspace);
    while (control->first_effect) {
        struct pending_effect *effect = control->first_effect;
        control->first_effect = effect->next;
        free_effect(effect);
    }
    key_table_release(&control->workspaces);
    key_table_release(&control->resources);
    key_table_release(&control->tombstones);
    key_table_release(&control->operations);
    free(control->publishing.items);
    free(control->expiring.items);
    free(control->variables);
    for (size_t i = 0; i < sizeof control->borrowed / sizeof control->borrowed[0]; i++)
        free(control->borrowed[i]);
    free(control->folder);
    free(control->base_url);
    str_free_secret(control->token);
    free(control);
}
