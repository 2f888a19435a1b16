#include "core/azure/azure.h"

#include "core/azure/task.h"
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/strbuf.h"
#include "core/net/retry.h"
#include "core/net/url.h"
#include "core/wire/arm_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct azure {
    struct net *net;
    char *workspace_id;
    char *location; /* NULL: not known yet */
    azure_access_fn *ask_access;
    void *access_context;
    struct azure_access access; /* arm_url NULL: not asked for yet */
    azure_observe_fn *observe;
    void *observe_context;
    bool dry_run;
    struct json *captured;
    struct task *tasks;
    azure_id last_id;
    uint64_t last_request;
};

/* --- client -------------------------------------------------------------------------------------
 */

struct azure *azure_new(const struct azure_settings *settings)
{
    struct azure *client = mem_alloc(sizeof *client);
    struct strbuf id;
    strbuf_init(&id, URL_MAX_LEN);
    strbuf_puts(&id, "/subscriptions/");
    url_encode(&id, settings->subscription);
    strbuf_puts(&id, "/resourceGroups/");
    url_encode(&id, settings->group);
    strbuf_puts(&id, "/providers/Microsoft.MachineLearningServices/workspaces/");
    url_encode(&id, settings->workspace);
    client->workspace_id = strbuf_detach(&id);
    client->net = settings->net;
    client->location = str_dup(settings->location);
    client->ask_access = settings->access;
    client->access_context = settings->access_context;
    client->observe = settings->observe;
    client->observe_context = settings->observe_context;
    client->dry_run = settings->dry_run;
    client->captured = json_array();
    return client;
}

void azure_free(struct azure *client)
{
    if (!client)
        return;
    while (client->tasks) {
        struct task *task = client->tasks;
        client->tasks = task->next;
        net_cancel(client->net, task->pending);
        task_free(task);
    }
    azure_access_release(&client->access);
    json_free(client->captured);
    free(client->workspace_id);
    free(client->location);
    free(client);
}

void azure_cancel(struct azure *client, azure_id id)
{
    struct task **slot = &client->tasks;
    while (*slot && (*slot)->id != id)
        slot = &(*slot)->next;
    struct task *task = *slot;
    if (!id || !task)
        return;
    *slot = task->next;
    azure_id child = task->child;
    net_cancel(client->net, task->pending);
    task_free(task);
    azure_cancel(client, child);
}

const char *azure_workspace_id(const struct azure *client)
{
    return client->workspace_id;
}

struct net *azure_net(const struct azure *client)
{
    return client->net;
}

const struct json *azure_captured(const struct azure *client)
{
    return client->captured;
}

bool azure_is_dry_run(const struct azure *client)
{
    return client->dry_run;
}

const char *azure_location(const struct azure *client)
{
    return client->location;
}

void azure_remember_location(struct azure *client, const char *location)
{
    if (location && *location)
        str_replace(&client->location, location);
}

char *azure_target(const struct azure *client, const char *const *segments)
{
    struct strbuf out;
    strbuf_init(&out, URL_MAX_LEN);
    strbuf_puts(&out, client->workspace_id);
    for (size_t i = 0; segments && segments[i]; i++) {
        strbuf_putc(&out, '/');
        url_encode(&out, segments[i]);
    }
    strbuf_puts(&out, "?api-version=" AZURE_API_VERSION);
    return strbuf_detach(&out);
}

/* --- access -------------------------------------------------------------------------------------
 */

/* Asks the provider; targets begin with a slash, so the URL may not end with one. */
static bool ask_access(struct azure *client, bool again, struct azure_access *out,
                       struct error *error)
{
    if (!client->ask_access(client->access_context, again, out, error))
        return false;
    for (size_t len = strlen(out->arm_url); len && out->arm_url[len - 1] == '/'; len--)
        out->arm_url[len - 1] = '\0';
    return true;
}

static bool need_access(struct azure *client, struct error *error)
{
    return client->access.arm_url || ask_access(client, false, &client->access, error);
}

static bool has_token(const struct azure_access *access)
{
    return access->token && *access->token;
}

/* Access with a token, without which nothing can be sent. */
static bool need_token(struct azure *client, struct error *error)
{
    if (!need_access(client, error))
        return false;
    if (has_token(&client->access))
        return true;
    error_set(error, ERROR_AUTH, "there is no token for %s", client->access.arm_url);
    return error_hint(error, "Put one into the environment variable CUTOVER_TOKEN.");
}

/* Asks again. True when something else came than what was refused; false may fill `error`. */
static bool renew_access(struct azure *client, struct error *error)
{
    struct azure_access fresh = {0};
    if (!ask_access(client, true, &fresh, error))
        return false;
    bool changed = has_token(&fresh) && (strcmp(fresh.arm_url, client->access.arm_url) != 0 ||
                                         strcmp(fresh.token, client->access.token) != 0);
    azure_access_release(&client->access);
    client->access = fresh;
    return changed;
}

bool azure_is_local(struct azure *client)
{
    return need_access(client, NULL) && url_is_loopback(client->access.arm_url);
}

char *task_url(struct task *task, const char *target)
{
    if (target[0] != '/')
        return str_dup(target);
    if (!need_access(task->client, NULL))
        return NULL;
    return str_format("%s%s", task->client->access.arm_url, target);
}

/* --- tasks --------------------------------------------------------------------------------------
 */

void *task_new(struct azure *client, size_t size, void (*release)(struct task *task))
{
    struct task *task = mem_alloc(size);
    task->id = ++client->last_id;
    task->client = client;
    task->release = release;
    task->next = client->tasks;
    client->tasks = task;
    return task;
}

void task_unlink(struct task *task)
{
    struct task **slot = &task->client->tasks;
    while (*slot != task)
        slot = &(*slot)->next;
    *slot = task->next;
}

static void forget_request(struct task *task)
{
    str_replace(&task->method, NULL);
    str_replace(&task->target, NULL);
    str_free_secret(task->body);
    task->body = NULL;
}

void task_free(struct task *task)
{
    forget_request(task);
    if (task->release)
        task->release(task);
    free(task);
}

void task_end(struct task *task, azure_done_fn *done, void *context,
              const struct azure_result *result)
{
    task_unlink(task);
    done(context, result);
    task_free(task);
}

void task_fail(struct task *task, azure_done_fn *done, void *context, const struct error *error)
{
    task_end(task, done, context, &(struct azure_result){.error = error});
}

void task_after(struct task *task, int ms, net_timer_fn *fire)
{
    task->pending = net_after(task->client->net, ms, fire, task);
}

/* --- what observers see -------------------------------------------------------------------------
 */

static void observe(const struct task *task, struct azure_event *event)
{
    const struct azure *client = task->client;
    if (!client->observe)
        return;
    char *url = task->target[0] == '/' && client->access.arm_url
                    ? str_format("%s%s", client->access.arm_url, task->target)
                    : str_dup(task->target);
    char *masked = url_mask(url);
    event->request = task->request;
    event->method = task->method;
    event->url = masked;
    event->body = task->flags & TASK_WRITE && !(task->flags & TASK_SECRET) ? task->body : NULL;
    event->write = task->flags & TASK_WRITE;
    event->poll = task->flags & TASK_POLL;
    event->attempt = task->attempt;
    if (!event->request_id)
        event->request_id = "";
    client->observe(client->observe_context, event);
    free(masked);
    free(url);
}

static void observe_answer(const struct task *task, const struct task_answer *answer,
                           enum azure_event_kind kind, int retry_in_ms)
{
    const struct net_response *response = answer->response;
    observe(task, &(struct azure_event){
                      .kind = kind,
                      .status = response->status,
                      .duration_us = clock_monotonic_us() - task->sent_us,
                      .retry_in_ms = retry_in_ms,
                      .request_id = net_header(response, "x-ms-request-id"),
                      .error = answer->error.kind == ERROR_NONE ? NULL : &answer->error,
                  });
}

/* --- one request --------------------------------------------------------------------------------
 */

static void send_now(void *context);

/* Ends the request: `answered` may send the next one, or end the task. */
static void hand_over(struct task *task, struct task_answer *answer)
{
    task_answer_fn *answered = task->answered;
    struct json *document = answer->document;
    answered(task, answer);
    if (answer->document == document)
        json_free(document);
}

static bool is_json_null_or_empty(const struct net_response *response)
{
    return !response->body_len || strcmp(response->body, "null") == 0;
}

static void read_response(struct task_answer *answer, const struct net_response *response)
{
    struct error fault;
    answer->response = response;
    if (response->error.kind != ERROR_NONE) {
        answer->error = response->error;
        answer->error.http_status = response->status;
    } else if (response->status < 200 || response->status > 299) {
        arm_error_decode(response->status, response->body, response->body_len,
                         net_header(response, "x-ms-request-id"), &answer->error);
    } else if (!is_json_null_or_empty(response)) {
        answer->document = json_parse(response->body, response->body_len, &fault);
        if (!answer->document)
            error_set(&answer->error, ERROR_FAILED, "the service's answer is not JSON: %s",
                      fault.message);
    }
}

/* Nobody listens on a port of this machine: the local engine ended, or moved to another port. */
static bool is_gone(struct task *task, const struct net_response *response)
{
    return response->error.kind == ERROR_NETWORK && response->never_sent &&
           azure_is_local(task->client);
}

/* True when the access provider gave something new and the request may go out with it. */
static bool renew_after(struct task *task, const struct net_response *response, struct error *error)
{
    struct error why = {.kind = ERROR_NONE};
    bool gone = is_gone(task, response);
    bool refused = response->error.kind == ERROR_NONE && response->status == 401;
    if (task->renewed || (!refused && !gone))
        return false;
    task->renewed = true;
    if (renew_access(task->client, &why))
        return true;
    if (gone && why.kind != ERROR_NONE)
        *error = why;
    else if (gone)
        error_hint(error, "The local engine does not answer; start it with 'cutover serve'.");
    return false;
}

static bool retry_after_fault(struct task *task, const struct net_response *response,
                              int *out_delay_ms)
{
    bool safe = !(task->flags & TASK_ONCE) &&
                (retry_method_is_safe(task->method) || task->flags & TASK_SAFE);
    if (is_gone(task, response)) /* waiting will not bring it back */
        return false;
    return retry_decide(response, safe, task->attempt, clock_wall_ms(), random_below(UINT32_MAX),
                        out_delay_ms);
}

static void on_response(void *context, const struct net_response *response)
{
    struct task *task = context;
    struct task_answer answer = {.repeated = task->maybe_sent};
    int delay_ms = 0;
    task->pending = 0;
    read_response(&answer, response);
    bool renewed = renew_after(task, response, &answer.error);
    if (renewed || retry_after_fault(task, response, &delay_ms)) {
        observe_answer(task, &answer, AZURE_EVENT_RETRY, delay_ms);
        task->maybe_sent |=
            !response->never_sent && response->status != 401 && response->status != 429;
        task->attempt++;
        task_after(task, delay_ms, send_now);
        json_free(answer.document);
        return;
    }
    observe_answer(task, &answer, AZURE_EVENT_ANSWERED, 0);
    hand_over(task, &answer);
}

/* No request could be made: tells so, later than task_send() as any answer. */
static void fail_access(void *context)
{
    struct task *task = context;
    struct task_answer answer = {.response = NULL};
    if (need_token(task->client, &answer.error)) { /* it came meanwhile */
        send_now(task);
        return;
    }
    task->pending = 0;
    hand_over(task, &answer);
}

static void send_now(void *context)
{
    struct task *task = context;
    struct azure *client = task->client;
    char uuid[UUID_SIZE];
    if (!need_token(client, NULL)) {
        task_after(task, 0, fail_access);
        return;
    }
    char *url = task_url(task, task->target);
    random_uuid(uuid);
    char *request_id = str_format("x-ms-client-request-id: %s", uuid);
    const char *headers[] = {request_id, "Accept: application/json",
                             "Content-Type: application/json"};
    struct net_request request = {
        .method = task->method,
        .url = url,
        .headers = headers,
        .header_count = task->body ? 3 : 2,
        .bearer = url_same_origin(url, client->access.arm_url) ? client->access.token : NULL,
        .body = task->body,
        .body_len = task->body ? strlen(task->body) : 0,
        .timeout_ms = AZURE_REQUEST_TIMEOUT_MS,
        .once = task->flags & (TASK_ONCE | TASK_WRITE), /* writes are repeated by us, seen */
    };
    observe(task, &(struct azure_event){.kind = AZURE_EVENT_SENT});
    task->sent_us = clock_monotonic_us();
    task->pending = net_send(client->net, &request, on_response, task);
    free(request_id);
    free(url);
}

/* --- dry run ------------------------------------------------------------------------------------
 */

static void answer_captured(void *context)
{
    struct task *task = context;
    struct task_answer answer = {.captured = true};
    task->pending = 0;
    if (task->body)
        answer.document = json_parse(task->body, strlen(task->body), NULL);
    hand_over(task, &answer);
}

/* What a request to a service that is not known (no access) would be sent to. */
static void capture(struct task *task, const struct task_request *request)
{
    char *url = task_url(task, task->target);
    struct json *entry = json_append(task->client->captured, json_object());
    json_set_text(entry, "method", task->method);
    json_set_text(entry, "url", url ? url : task->target);
    json_set(entry, "body", request->body ? json_copy(request->body) : json_null());
    observe(task, &(struct azure_event){.kind = AZURE_EVENT_CAPTURED});
    free(url);
    task_after(task, 0, answer_captured);
}

void task_send(struct task *task, const struct task_request *request, task_answer_fn *answered)
{
    /* The target may be a string of the request before. */
    char *method = str_dup(request->method);
    char *target = str_dup(request->target);
    char *body = request->body ? json_print(request->body) : NULL;
    forget_request(task);
    task->method = method;
    task->target = target;
    task->body = body;
    task->flags = request->flags;
    task->answered = answered;
    task->request = ++task->client->last_request;
    task->attempt = 1;
    task->renewed = false;
    task->maybe_sent = false;
    if (task->client->dry_run && request->flags & TASK_WRITE)
        capture(task, request);
    else
        send_now(task);
}
