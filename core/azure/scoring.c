#include "core/azure/scoring.h"

#include "core/azure/task.h"
#include "core/base/alloc.h"
#include "core/wire/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- target -------------------------------------------------------------------------------------
 */

struct target_read {
    struct task task;
    scoring_target_fn *done;
    void *context;
    char *endpoint;
    struct scoring_target target;
};

void scoring_target_release(struct scoring_target *target)
{
    free(target->url);
    str_free_secret(target->credential);
    memset(target, 0, sizeof *target);
}

static void release_read(struct task *task)
{
    struct target_read *read = (struct target_read *)task;
    scoring_target_release(&read->target);
    free(read->endpoint);
}

static void end(struct target_read *read, const struct error *error)
{
    task_unlink(&read->task);
    read->done(read->context, error, error ? NULL : &read->target);
    task_free(&read->task);
}

static void on_credential(void *context, const struct azure_result *result)
{
    struct target_read *read = context;
    struct error error;
    const char *credential = json_text_at(result->document, "primaryKey", NULL);
    if (!credential)
        credential = json_text_at(result->document, "accessToken", NULL);
    if (result->error) {
        end(read, result->error);
    } else if (!credential || !*credential) {
        error_set(&error, ERROR_AUTH, "endpoint %s gives out no key and no token", read->endpoint);
        end(read, &error);
    } else {
        read->target.credential = str_dup(credential);
        end(read, NULL);
    }
}

static void on_endpoint(void *context, const struct azure_result *result)
{
    struct target_read *read = context;
    struct azure *client = read->task.client;
    struct error error;
    const char *url = json_text_at(result->document, "properties.scoringUri", "");
    const char *mode = json_text_at(result->document, "properties.authMode", NULL);
    if (result->error) {
        end(read, result->error);
        return;
    }
    if (!*url) {
        error_set(&error, ERROR_FAILED, "endpoint %s has no scoring URL yet", read->endpoint);
        error_hint(&error, "Wait until it is created: cutover online-endpoint show -n %s",
                   read->endpoint);
        end(read, &error);
        return;
    }
    read->target.url = str_dup(url);
    switch (wire_auth_mode_parse(mode)) {
    case AUTH_AAD_TOKEN:
        error_set(&error, ERROR_AUTH, "endpoint %s wants a Microsoft Entra token for ml.azure.com",
                  read->endpoint);
        error_hint(&error, "Only endpoints with the auth modes key and aml_token can be invoked.");
        end(read, &error);
        break;
    case AUTH_AML_TOKEN:
        read->task.child = azure_endpoint_token(client, read->endpoint, on_credential, read);
        break;
    case AUTH_KEY:
    case AUTH_UNKNOWN:
        read->task.child = azure_endpoint_keys(client, read->endpoint, on_credential, read);
        break;
    }
}

azure_id scoring_target_get(struct azure *client, const char *endpoint, scoring_target_fn *done,
                            void *context)
{
    struct target_read *read = task_new(client, sizeof *read, release_read);
    azure_id id = read->task.id;
    read->done = done;
    read->context = context;
    read->endpoint = str_dup(endpoint);
    read->task.child = azure_endpoint_get(client, endpoint, on_endpoint, read);
    return id;
}

/* --- request ------------------------------------------------------------------------------------
 */

static const struct {
    int status;
    enum error_kind kind;
    const char *meaning;
    const char *hint;
} meanings[] = {
    {401, ERROR_AUTH, "the key or token was refused", "Read the credentials again."},
    {403, ERROR_AUTH, "the credential gives no permission to score", ""},
    {404, ERROR_NOT_FOUND, "no deployment takes this request",
     "Give a deployment traffic, or name one that exists."},
    {408, ERROR_TIMEOUT, "the model took longer than the deployment's request timeout",
     "Raise request_settings.request_timeout_ms, or make the model faster."},
    {409, ERROR_CONFLICT, "the endpoint is being changed", "Repeat when it is done."},
    {413, ERROR_LIMIT, "the request is too large", ""},
    {424, ERROR_FAILED, "the model answered with an error",
     "Look at the deployment's logs: cutover online-deployment get-logs."},
    {429, ERROR_FAILED, "too many requests are waiting, or come per second",
     "Send fewer at a time, or give the deployment more instances."},
    {502, ERROR_FAILED, "the model's container failed", "Look at the deployment's logs."},
    {503, ERROR_FAILED, "the deployment has no instance ready", "Wait, or look at its state."},
    {504, ERROR_TIMEOUT, "the model took longer than allowed", ""},
};

static void explain(const struct net_response *response, struct error *error)
{
    const char *status = net_header(response, "ms-azureml-model-error-statuscode");
    const char *reason = net_header(response, "ms-azureml-model-error-reason");
    size_t i = 0;
    while (i < sizeof meanings / sizeof meanings[0] && meanings[i].status != response->status)
        i++;
    if (i == sizeof meanings / sizeof meanings[0]) {
        error_set(error, ERROR_FAILED, "scoring answered HTTP %d", response->status);
        return;
    }
    error_set(error, meanings[i].kind, "HTTP %d: %s%s%.20s%s%.80s", response->status,
              meanings[i].meaning, status ? ", its status " : "", status ? status : "",
              reason ? ", " : "", reason ? reason : "");
    error_hint(error, "%s", meanings[i].hint);
}

bool scoring_check(const struct net_response *response, struct error *error)
{
    struct error found = response->error;
    if (found.kind == ERROR_NONE && response->status >= 200 && response->status <= 299)
        return true;
    if (found.kind == ERROR_NONE)
        explain(response, &found);
    const char *id = net_header(response, "x-ms-request-id");
    found.http_status = response->status;
    snprintf(found.request_id, sizeof found.request_id, "%s", id ? id : "");
    if (error)
        *error = found;
    return false;
}

const char *scoring_deployment(const struct net_response *response)
{
    const char *name = net_header(response, "azureml-model-deployment");
    return name ? name : "";
}

net_id scoring_send(struct net *net, const struct scoring_target *target,
                    const struct scoring_request *request, net_done_fn *done, void *context)
{
    char *type = str_format("Content-Type: %s",
                            request->content_type ? request->content_type : "application/json");
    char *to = request->deployment ? str_format("azureml-model-deployment: %s", request->deployment)
                                   : NULL;
    const char *headers[] = {type, to};
    net_id id = net_send(
        net,
        &(struct net_request){
            .method = "POST",
            .url = target->url,
            .headers = headers,
            .header_count = to ? 2 : 1,
            .bearer = target->credential,
            .body = request->body,
            .body_len = request->body_len,
            .timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : SCORING_TIMEOUT_MS,
            .max_answer = SCORING_MAX_ANSWER,
            .once = true,
        },
        done, context);
    free(type);
    free(to);
    return id;
}
