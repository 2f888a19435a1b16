#include "core/local/route/router.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/model/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    PATH_BUCKETS = 1024,
    MAX_CREDENTIALS = 4,
    CLIENT_ID_MAX = 40, /* the service cuts x-ms-client-request-id there */
    MAX_SPARE_JOBS = 256,
    KEEP_HEAD_BYTES = 16 * 1024,
    KEEP_COPY_BYTES = 16 * 1024,
    SECOND_US = 1000000,
};

/* A deployment's part of the undirected requests. */
struct choice {
    char name[NAME_SIZE];
    int percent;
    struct pool *pool; /* NULL: it has none (yet) */
};

struct route {
    struct route *next;    /* all */
    struct route *in_path; /* of the same bucket */
    char endpoint_key[CONTROL_KEY_SIZE];
    char endpoint_name[NAME_SIZE];
    char path[CONTROL_KEY_SIZE];
    size_t path_len;
    size_t folder_len; /* of `path` up to and with its last slash */
    bool kubernetes;
    char *credentials[MAX_CREDENTIALS];
    struct choice *live; /* only those with a percentage above 0 */
    size_t live_count;
    uint32_t live_sum;
    struct choice mirror; /* percent 0: none */
    /* The optional limits. */
    int64_t window_us;
    int window_requests;
    int64_t bandwidth_free_us;
};

/* One request of a client, or a copy of one. */
struct request {
    struct job job; /* first: a job is its request */
    struct router *router;
    struct exchange *exchange; /* NULL for copies */
    struct pool *pool;
    struct request *spare;
    struct buffer copy; /* a copy's body */
    struct loop_timer delay;
    char id[UUID_SIZE];
    char method[33];
    int64_t arrived_us;
    size_t request_bytes;
    bool delayed; /* by the bandwidth limit: not submitted yet */
    bool counts;  /* in telemetry: scoring does, swagger does not */
    bool kubernetes;
};

struct router {
    struct router_options options;
    struct route *routes;
    struct route *by_path[PATH_BUCKETS];
    struct pool *pools;
    struct request *spare;
    size_t spare_count;
    struct buffer headers; /* of the answer being put together */
};

/* ------------------------------------------------------------------ routes */

/* Only our own paths are hashed into the table; a stranger can but look. */
static size_t bucket_of(const char *folder, size_t len)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)folder[i]) * 16777619u;
    return hash % PATH_BUCKETS;
}

static struct route *find_route(const struct router *router, const char *endpoint_key)
{
    struct route *route = router->routes;
    while (route && strcmp(route->endpoint_key, endpoint_key) != 0)
        route = route->next;
    return route;
}

static struct pool *find_pool(const struct router *router, const char *endpoint_key,
                              const char *name, size_t name_len)
{
    if (name_len >= NAME_SIZE)
        return NULL;
    for (struct pool *pool = router->pools; pool; pool = pool->next)
        if (strncasecmp(pool->name, name, name_len) == 0 && !pool->name[name_len] &&
            strcmp(pool->endpoint_key, endpoint_key) == 0)
            return pool;
    return NULL;
}

static void resolve(const struct router *router, struct route *route)
{
    for (size_t i = 0; i < route->live_count; i++) {
        struct choice *choice = &route->live[i];
        choice->pool = find_pool(router, route->endpoint_key, choice->name, strlen(choice->name));
    }
    struct choice *mirror = &route->mirror;
    mirror->pool = find_pool(router, route->endpoint_key, mirror->name, strlen(mirror->name));
}

static void resolve_endpoint(const struct router *router, const char *endpoint_key)
{
    struct route *route = find_route(router, endpoint_key);
    if (route)
        resolve(router, route);
}

static void unlink_path(struct router *router, struct route *route)
{
    struct route **at = &router->by_path[bucket_of(route->path, route->folder_len)];
    while (*at && *at != route)
        at = &(*at)->in_path;
    if (*at)
        *at = route->in_path;
}

static void route_release(struct route *route)
{
    for (size_t i = 0; i < MAX_CREDENTIALS; i++)
        str_free_secret(route->credentials[i]);
    memset(route->credentials, 0, sizeof route->credentials);
    free(route->live);
    route->live = NULL;
    route->live_count = 0;
    route->live_sum = 0;
    memset(&route->mirror, 0, sizeof route->mirror);
}

static void route_set_split(struct route *route, const struct traffic_split *split)
{
    route->live = mem_alloc_array(split->live.count, sizeof *route->live);
    for (size_t i = 0; i < split->live.count; i++) {
        const struct traffic_share *share = &split->live.shares[i];
        if (share->percent <= 0)
            continue;
        struct choice *choice = &route->live[route->live_count++];
        name_copy(choice->name, share->name);
        choice->percent = share->percent;
        route->live_sum += (uint32_t)share->percent;
    }
    for (size_t i = 0; i < split->mirror.count; i++) {
        const struct traffic_share *share = &split->mirror.shares[i];
        if (share->percent > route->mirror.percent) {
            name_copy(route->mirror.name, share->name);
            route->mirror.percent = share->percent;
        }
    }
}

void router_publish(struct router *router, const struct route_spec *spec)
{
    struct route *route = find_route(router, spec->endpoint_key);
    if (route) {
        unlink_path(router, route);
        route_release(route);
    } else {
        route = mem_alloc(sizeof *route);
        route->next = router->routes;
        router->routes = route;
    }
    snprintf(route->endpoint_key, sizeof route->endpoint_key, "%s", spec->endpoint_key);
    name_copy(route->endpoint_name, spec->endpoint_name);
    snprintf(route->path, sizeof route->path, "%s", spec->scoring_path);
    route->path_len = strlen(route->path);
    const char *slash = strrchr(route->path, '/');
    route->folder_len = slash ? (size_t)(slash - route->path) + 1 : 0;
    route->kubernetes = spec->kubernetes;
    for (size_t i = 0; i < MAX_CREDENTIALS; i++)
        route->credentials[i] = str_dup(spec->credentials[i]);
    route_set_split(route, &spec->split);
    resolve(router, route);
    struct route **bucket = &router->by_path[bucket_of(route->path, route->folder_len)];
    route->in_path = *bucket;
    *bucket = route;
}

static void route_remove(struct router *router, struct route *route)
{
    struct route **at = &router->routes;
    while (*at != route)
        at = &(*at)->next;
    *at = route->next;
    unlink_path(router, route);
    route_release(route);
    free(route);
}

void router_forget(struct router *router, const char *endpoint_key)
{
    struct route *route = find_route(router, endpoint_key);
    if (route)
        route_remove(router, route);
    if (!router->options.telemetry)
        return;
    telemetry_forget(router->options.telemetry, endpoint_key, NULL);
    /* Workers of its deployments may still answer what they have begun: to a series of nobody. */
    for (struct pool *pool = router->pools; pool; pool = pool->next)
        if (strcmp(pool->endpoint_key, endpoint_key) == 0)
            pool->series = NULL;
}

/* ------------------------------------------------------------------ deployments */

struct pool *router_configure(struct router *router, const struct run_spec *spec)
{
    struct pool *pool = router->pools;
    while (pool && strcmp(pool->key, spec->key) != 0)
        pool = pool->next;
    if (!pool) {
        pool = pool_new(router->options.loop, spec->key);
        pool->next = router->pools;
        router->pools = pool;
    }
    pool_configure(pool, spec);
    if (router->options.telemetry)
        pool->series = telemetry_series(router->options.telemetry, pool->endpoint_key, pool->name);
    resolve_endpoint(router, pool->endpoint_key);
    return pool;
}

void router_retire(struct router *router, const char *deployment_key, bool forget)
{
    for (struct pool **at = &router->pools; *at; at = &(*at)->next) {
        struct pool *pool = *at;
        if (strcmp(pool->key, deployment_key) != 0)
            continue;
        *at = pool->next;
        if (forget && pool->series) {
            telemetry_forget(router->options.telemetry, pool->endpoint_key, pool->name);
            pool->series = NULL;
        }
        resolve_endpoint(router, pool->endpoint_key);
        pool_retire(pool);
        return;
    }
}

/* ------------------------------------------------------------------ answers */

static void add_text(struct buffer *out, const char *text)
{
    buffer_add(out, text, strlen(text));
}

static void add_header(struct buffer *out, const char *name, const char *value)
{
    add_text(out, name);
    buffer_add(out, ": ", 2);
    add_text(out, value);
    buffer_add(out, "\r\n", 2);
}

static void add_service_headers(struct buffer *out, const char *id, const char *deployment)
{
    add_header(out, "server", "azureml-frontdoor");
    add_header(out, "x-request-id", id);
    add_header(out, "x-ms-request-id", id);
    if (deployment) {
        add_header(out, "azureml-model-deployment", deployment);
        add_header(out, "azureml-model-session", "default");
    }
}

/* An answer of the service itself: one line of text, and perhaps a reason. */
static void answer_text(struct router *router, struct exchange *exchange, const char *id,
                        const char *deployment, int status, const char *reason, const char *text)
{
    struct buffer *out = &router->headers;
    buffer_clear(out, KEEP_HEAD_BYTES);
    add_service_headers(out, id, deployment);
    if (reason)
        add_header(out, "ms-azureml-model-error-reason", reason);
    if (status == 401)
        add_header(out, "www-authenticate", "Bearer");
    add_header(out, "content-type", "text/plain");
    exchange_answer(exchange, status, buffer_bytes(out), buffer_len(out), text, strlen(text));
}

static void refuse(struct router *router, struct exchange *exchange, int status, const char *text)
{
    char id[UUID_SIZE];
    random_uuid(id);
    answer_text(router, exchange, id, NULL, status, NULL, text);
}

/* A header as it came, unless it is about the connection that it came over. */
static void pass_header(struct buffer *out, const struct http_head *head, const char *bytes,
                        const struct http_header *header)
{
    if (http_is_hop(head, bytes, header))
        return;
    size_t line_len = header->value.at + header->value.len - header->name.at;
    buffer_add(out, http_at(bytes, header->name), line_len);
    buffer_add(out, "\r\n", 2);
}

/* Headers of the model that go on to the client. */
static void add_model_headers(struct buffer *out, const struct http_head *head, const char *bytes)
{
    for (size_t i = 0; i < head->header_count; i++) {
        const struct http_header *header = &head->headers[i];
        switch (header->field) {
        case HTTP_CONTENT_LENGTH:
        case HTTP_DATE:
        case HTTP_DEPLOYMENT:
        case HTTP_MODEL_ERROR:
        case HTTP_MS_REQUEST_ID:
        case HTTP_REQUEST_ID:
        case HTTP_SERVER:
            continue;
        case HTTP_AUTHORIZATION:
        case HTTP_CLIENT_REQUEST_ID:
        case HTTP_CONNECTION:
        case HTTP_EXPECT:
        case HTTP_HOP:
        case HTTP_HOST:
        case HTTP_OTHER:
        case HTTP_TRANSFER_ENCODING:
            break;
        }
        pass_header(out, head, bytes, header);
    }
}

/*
 * The status that the client gets for what the model said, by the two tables of the service's page
 * on troubleshooting online endpoints: managed, Kubernetes.
 */
static int status_for(bool kubernetes, int model_status)
{
    if (model_status == 200)
        return 200;
    if (!kubernetes)
        return 424;
    return model_status >= 500 ? 502 : model_status;
}

static void add_model_error(struct buffer *out, int model_status)
{
    char digits[16];
    snprintf(digits, sizeof digits, "%d", model_status);
    add_header(out, "ms-azureml-model-error-statuscode", digits);
    add_header(out, "ms-azureml-model-error-reason", "model_error");
}

static int answer_model(struct router *router, struct request *request)
{
    const struct call *call = &request->job.call;
    struct buffer *out = &router->headers;
    int status = status_for(request->kubernetes, call->answer->status);
    buffer_clear(out, KEEP_HEAD_BYTES);
    add_service_headers(out, request->id, request->pool->name);
    if (status == 424)
        add_model_error(out, call->answer->status);
    add_model_headers(out, call->answer, call->answer_bytes);
    exchange_answer(request->exchange, status, buffer_bytes(out), buffer_len(out),
                    call->answer_body, call->answer_body_len);
    return status;
}

/* What the service says when the model gave no answer. */
struct refusal {
    int managed;
    int kubernetes;
    int model_status; /* for ms-azureml-model-error-statuscode where managed is 424 */
    const char *reason;
    const char *text;
};

static const struct refusal refusals[] = {
    [JOB_TIMED_OUT] = {408, 504, 0, NULL, "upstream request timeout"},
    [JOB_WAITED] = {429, 503, 0, "too_many_pending_request", ""},
    [JOB_CROWDED] = {429, 503, 0, "too_many_pending_request", ""},
    [JOB_NOT_READY] = {424, 503, 503, "model_not_ready", "No instance of the deployment is ready."},
    [JOB_BROKEN] = {424, 502, 502, "model_error", "The model closed the connection."},
};

static int answer_refusal(struct router *router, struct request *request, enum job_result result)
{
    const struct refusal *refusal = &refusals[result];
    int status = request->kubernetes ? refusal->kubernetes : refusal->managed;
    struct buffer *out = &router->headers;
    buffer_clear(out, KEEP_HEAD_BYTES);
    add_service_headers(out, request->id, request->pool->name);
    if (!request->kubernetes && refusal->reason)
        add_header(out, "ms-azureml-model-error-reason", refusal->reason);
    if (status == 424) {
        char digits[16];
        snprintf(digits, sizeof digits, "%d", refusal->model_status);
        add_header(out, "ms-azureml-model-error-statuscode", digits);
    }
    add_header(out, "content-type", "text/plain");
    exchange_answer(request->exchange, status, buffer_bytes(out), buffer_len(out), refusal->text,
                    strlen(refusal->text));
    return status;
}

/* ------------------------------------------------------------------ requests */

static struct request *request_new(struct router *router)
{
    struct request *request = router->spare;
    if (request) {
        router->spare = request->spare;
        router->spare_count--;
    } else {
        request = mem_alloc(sizeof *request);
        request->router = router;
    }
    return request;
}

static void request_free(struct request *request)
{
    struct router *router = request->router;
    buffer_clear(&request->job.call.head, KEEP_HEAD_BYTES);
    buffer_clear(&request->copy, KEEP_COPY_BYTES);
    if (router->spare_count < MAX_SPARE_JOBS) {
        request->exchange = NULL;
        request->spare = router->spare;
        router->spare = request;
        router->spare_count++;
        return;
    }
    loop_forget_timer(router->options.loop, &request->job.timer);
    loop_forget_timer(router->options.loop, &request->delay);
    buffer_release(&request->job.call.head);
    buffer_release(&request->copy);
    free(request);
}

static void request_record(struct request *request, int status, enum job_result result)
{
    int model_status = result == JOB_ANSWERED ? request->job.call.answer->status : 0;
    if (request->counts && request->pool->series)
        telemetry_record(request->pool->series, clock_wall_ms(), status, model_status,
                         clock_monotonic_us() - request->arrived_us);
}

static void request_done(struct job *job, enum job_result result)
{
    struct request *request = (struct request *)job;
    struct router *router = request->router;
    int status = result == JOB_ANSWERED ? status_for(request->kubernetes, job->call.answer->status)
                                        : (request->kubernetes ? refusals[result].kubernetes
                                                               : refusals[result].managed);
    /* Counted first: a client that has its answer finds it in the metrics. */
    request_record(request, status, result);
    if (request->exchange) {
        if (result == JOB_ANSWERED)
            answer_model(router, request);
        else
            answer_refusal(router, request, result);
    }
    request_free(request);
}

static void request_abandoned(struct exchange *exchange)
{
    struct request *request = exchange->owner;
    request->exchange = NULL;
    if (request->delayed) {
        loop_cancel_timer(&request->delay);
        pool_release(request->pool);
    } else {
        pool_withdraw(&request->job);
    }
    request_free(request);
}

/* The client's own id, cut and cleaned as the service does. */
static void add_client_id(struct buffer *out, const char *value, size_t len)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char id[CLIENT_ID_MAX + 1];
    size_t used = 0;
    for (size_t i = 0; i < len && used < CLIENT_ID_MAX; i++)
        if (memchr(allowed, value[i], sizeof allowed - 1))
            id[used++] = value[i];
    id[used] = '\0';
    if (used)
        add_header(out, "x-ms-client-request-id", id);
}

static void add_client_headers(struct buffer *out, const struct http_head *head, const char *bytes)
{
    for (size_t i = 0; i < head->header_count; i++) {
        const struct http_header *header = &head->headers[i];
        switch (header->field) {
        case HTTP_AUTHORIZATION: /* the key is between client and service */
        case HTTP_CONTENT_LENGTH:
        case HTTP_EXPECT:
        case HTTP_HOST:
        case HTTP_MS_REQUEST_ID:
        case HTTP_REQUEST_ID:
            continue;
        case HTTP_CLIENT_REQUEST_ID:
            add_client_id(out, http_at(bytes, header->value), header->value.len);
            continue;
        case HTTP_CONNECTION:
        case HTTP_DATE:
        case HTTP_DEPLOYMENT:
        case HTTP_HOP:
        case HTTP_MODEL_ERROR:
        case HTTP_OTHER:
        case HTTP_SERVER:
        case HTTP_TRANSFER_ENCODING:
            break;
        }
        pass_header(out, head, bytes, header);
    }
}

static void write_request_head(struct request *request, const struct exchange *exchange,
                               const char *path)
{
    const struct http_head *head = exchange->head;
    struct buffer *out = &request->job.call.head;
    char length[32];
    buffer_clear(out, KEEP_HEAD_BYTES);
    buffer_add(out, http_at(exchange->bytes, head->method), head->method.len);
    buffer_add(out, " ", 1);
    add_text(out, path);
    if (head->query.len) {
        buffer_add(out, "?", 1);
        buffer_add(out, http_at(exchange->bytes, head->query), head->query.len);
    }
    add_text(out, " HTTP/1.1\r\nhost: localhost\r\n");
    add_header(out, "x-request-id", request->id);
    if (exchange->body_len || head->body != HTTP_BODY_NONE || head->has_length) {
        snprintf(length, sizeof length, "content-length: %zu\r\n", exchange->body_len);
        add_text(out, length);
    }
    add_client_headers(out, head, exchange->bytes);
    buffer_add(out, "\r\n", 2);
}

static struct request *request_make(struct router *router, const struct exchange *exchange,
                                    const struct route *route, struct pool *pool, const char *path,
                                    const char *id)
{
    struct request *request = request_new(router);
    struct call *call = &request->job.call;
    size_t method_len = exchange->head->method.len;
    if (method_len >= sizeof request->method)
        method_len = sizeof request->method - 1;
    memcpy(request->method, http_at(exchange->bytes, exchange->head->method), method_len);
    request->method[method_len] = '\0';
    memcpy(request->id, id, sizeof request->id);
    request->pool = pool;
    request->kubernetes = route->kubernetes;
    request->arrived_us = exchange->arrived_us;
    request->job.done = request_done;
    request->exchange = NULL;
    request->delayed = false;
    call->method = request->method;
    call->body = exchange->body;
    call->body_len = exchange->body_len;
    write_request_head(request, exchange, path);
    return request;
}

static struct request *copy_make(struct router *router, const struct exchange *exchange,
                                 const struct route *route, const char *id)
{
    struct pool *pool = route->mirror.pool;
    struct request *copy = request_make(router, exchange, route, pool, pool->scoring_path, id);
    copy->job.is_copy = true;
    copy->counts = true;
    buffer_clear(&copy->copy, KEEP_COPY_BYTES);
    buffer_add(&copy->copy, exchange->body, exchange->body_len);
    copy->job.call.body = buffer_bytes(&copy->copy);
    return copy;
}

static bool is_authorized(const struct route *route, const struct exchange *exchange,
                          const char **out_text)
{
    const struct http_header *header = http_find(exchange->head, HTTP_AUTHORIZATION);
    bool found = false;
    *out_text = "key_auth_access_denied";
    if (!header)
        return false;
    const char *value = http_at(exchange->bytes, header->value);
    size_t len = header->value.len;
    if (len < 7 || strncasecmp(value, "bearer ", 7) != 0) {
        *out_text = "key_auth_bad_header_forbidden";
        return false;
    }
    for (value += 7, len -= 7; len && *value == ' '; value++)
        len--;
    for (size_t i = 0; i < MAX_CREDENTIALS; i++)
        if (route->credentials[i])
            found |= secret_equal(route->credentials[i], value, len);
    return found;
}

static struct pool *draw(const struct route *route)
{
    uint32_t at = random_below(route->live_sum);
    size_t i = 0;
    while (at >= (uint32_t)route->live[i].percent)
        at -= (uint32_t)route->live[i++].percent;
    return route->live[i].pool;
}

/* True when the request is within the endpoint's requests a second. */
static bool take_slot(struct route *route, int64_t now_us)
{
    if (now_us - route->window_us >= SECOND_US) {
        route->window_us = now_us;
        route->window_requests = 0;
    }
    return route->window_requests++ < LIMIT_ENDPOINT_REQUESTS_PER_S;
}

static void delayed_submit(struct loop_timer *timer)
{
    struct request *request =
        (struct request *)(void *)((char *)timer - offsetof(struct request, delay));
    struct pool *pool = request->pool;
    request->delayed = false;
    pool_submit(pool, &request->job);
    pool_release(pool);
}

/* Bandwidth beyond the limit is not refused, it arrives later. */
static void submit(struct router *router, struct route *route, struct request *request)
{
    int64_t now_us = loop_now_us(router->options.loop);
    if (router->options.enforce_rate_limits) {
        size_t bytes = request->job.call.body_len + buffer_len(&request->job.call.head);
        int64_t cost_us = (int64_t)bytes * SECOND_US / LIMIT_ENDPOINT_BYTES_PER_S;
        int64_t start_us = route->bandwidth_free_us > now_us ? route->bandwidth_free_us : now_us;
        route->bandwidth_free_us = start_us + cost_us;
        if (start_us > now_us + 1000) {
            request->delay.fire = delayed_submit;
            request->delayed = true;
            pool_hold(request->pool);
            loop_set_timer(router->options.loop, &request->delay, start_us);
            return;
        }
    }
    pool_submit(request->pool, &request->job);
}

static void forward(struct router *router, struct route *route, struct exchange *exchange,
                    bool is_swagger)
{
    const struct http_header *named = http_find(exchange->head, HTTP_DEPLOYMENT);
    struct request *copy = NULL;
    struct pool *pool;
    char id[UUID_SIZE];
    random_uuid(id);
    if (named) {
        pool = find_pool(router, route->endpoint_key, http_at(exchange->bytes, named->value),
                         named->value.len);
        if (!pool) {
            answer_text(router, exchange, id, NULL, 404, NULL,
                        "The endpoint has no deployment of the name in azureml-model-deployment.");
            return;
        }
    } else if (!route->live_sum) {
        answer_text(router, exchange, id, NULL, 404, NULL,
                    "No deployment of the endpoint has live traffic.");
        return;
    } else {
        pool = draw(route);
        if (!pool) {
            answer_text(router, exchange, id, NULL, route->kubernetes ? 503 : 424,
                        "model_not_ready", "The deployment has no instance yet.");
            return;
        }
        if (route->mirror.pool && !is_swagger &&
            random_below(100) < (uint32_t)route->mirror.percent)
            copy = copy_make(router, exchange, route, id);
    }
    struct request *request = request_make(router, exchange, route, pool,
                                           is_swagger ? "/swagger.json" : pool->scoring_path, id);
    request->job.is_copy = false;
    request->counts = !is_swagger;
    request->exchange = exchange;
    exchange->owner = request;
    exchange->abandoned = request_abandoned;
    submit(router, route, request);
    if (copy)
        pool_submit(copy->pool, &copy->job);
}

/* The route whose scoring path or swagger path this is. */
static struct route *match(const struct router *router, const struct exchange *exchange,
                           bool *out_is_swagger)
{
    static const char swagger[] = "swagger.json";
    const char *path = http_at(exchange->bytes, exchange->head->path);
    size_t len = exchange->head->path.len;
    const char *slash = memrchr(path, '/', len);
    if (!slash)
        return NULL;
    size_t folder_len = (size_t)(slash - path) + 1;
    struct route *route = router->by_path[bucket_of(path, folder_len)];
    for (; route; route = route->in_path) {
        if (route->folder_len != folder_len || memcmp(route->path, path, folder_len) != 0)
            continue;
        *out_is_swagger = len - folder_len == sizeof swagger - 1 &&
                          memcmp(path + folder_len, swagger, sizeof swagger - 1) == 0;
        if (*out_is_swagger || (len == route->path_len && memcmp(route->path, path, len) == 0))
            return route;
    }
    return NULL;
}

/* Of an endpoint that may be gone: its clients have a key, which is none of the control plane's. */
static bool is_scoring_path(const struct exchange *exchange)
{
    static const char prefix[] = SCORING_PREFIX;
    struct http_span path = exchange->head->path;
    return path.len >= sizeof prefix - 1 &&
           memcmp(http_at(exchange->bytes, path), prefix, sizeof prefix - 1) == 0;
}

bool router_handle(struct router *router, struct exchange *exchange)
{
    bool is_swagger;
    const char *denied;
    struct route *route = match(router, exchange, &is_swagger);
    if (!route && !is_scoring_path(exchange))
        return false;
    if (!route)
        refuse(router, exchange, 404, "There is no endpoint at this address.");
    else if (!is_authorized(route, exchange, &denied))
        refuse(router, exchange, 401, denied);
    else if (http_is(exchange->bytes, exchange->head->method, "CONNECT") ||
             http_is(exchange->bytes, exchange->head->method, "TRACE"))
        refuse(router, exchange, 405, "This method is not forwarded.");
    else if (router->options.enforce_rate_limits &&
             !take_slot(route, loop_now_us(router->options.loop)))
        refuse(router, exchange, 429, "");
    else
        forward(router, route, exchange, is_swagger);
    return true;
}

struct router *router_new(const struct router_options *options)
{
    struct router *router = mem_alloc(sizeof *router);
    router->options = *options;
    return router;
}

void router_free(struct router *router)
{
    if (!router)
        return;
    while (router->pools)
        router_retire(router, router->pools->key, false);
    /* Retired pools free themselves at the end of a turn. */
    loop_turn(router->options.loop, 0);
    loop_turn(router->options.loop, 0);
    while (router->routes)
        route_remove(router, router->routes);
    while (router->spare) {
        struct request *request = router->spare;
        router->spare = request->spare;
        loop_forget_timer(router->options.loop, &request->job.timer);
        loop_forget_timer(router->options.loop, &request->delay);
        buffer_release(&request->job.call.head);
        buffer_release(&request->copy);
        free(request);
    }
    buffer_release(&router->headers);
    free(router);
}
