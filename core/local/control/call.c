#include "core/base/alloc.h"
#include "core/local/control/arm_error.h"
#include "core/local/control/body_check.h"
#include "core/local/control/control_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arm_error_trace trace_of(const struct call *call)
{
    return (struct arm_error_trace){
        .wall_ms = call->now_ms, .request_id = call->request_id, .location = CONTROL_LOCATION};
}

void call_header(struct call *call, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    strbuf_printf(&call->response->headers, "%s: ", name);
    strbuf_vprintf(&call->response->headers, format, args);
    strbuf_puts(&call->response->headers, "\r\n");
    va_end(args);
}

void call_answer(struct call *call, int status, const struct json *document)
{
    char *text = json_print(document);
    call->response->status = status;
    strbuf_clear(&call->response->body);
    strbuf_puts(&call->response->body, text);
    free(text);
}

void call_answer_take(struct call *call, int status, struct json *document)
{
    call_answer(call, status, document);
    json_free(document);
}

void call_fail(struct call *call, int status, const char *code, const char *message,
               const char *detail_code, const char *detail)
{
    struct arm_error_trace trace = trace_of(call);
    arm_error_answer(call->response, &trace, status, code, message, detail_code, detail);
}

void call_not_found(struct call *call, const char *detail_code, const char *format, ...)
{
    char detail[512];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    call_fail(call, 404, "NotFound", "What the request names does not exist.", detail_code, detail);
}

void call_invalid(struct call *call, const struct error *error)
{
    struct arm_error_trace trace = trace_of(call);
    char reason[sizeof error->message + sizeof error->hint + 4];
    size_t len = strlen(error->message);
    bool ended = len && strchr(".!?", error->message[len - 1]);
    snprintf(reason, sizeof reason, "%s%s%s%s", error->message, ended ? "" : ".",
             error->hint[0] ? " " : "", error->hint);
    arm_error_invalid(call->response, &trace, reason);
}

void call_conflict(struct call *call, const char *format, ...)
{
    char detail[512];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    call_fail(call, 409, "Conflict", detail, "OperationInProgress",
              "Wait until the running operation has ended, then send the request again.");
}

struct json *call_body(struct call *call)
{
    struct error error = {0};
    if (!call->body)
        call->body = body_parse(call->request->body ? call->request->body : "",
                                call->request->body_len, &error);
    if (!call->body)
        call_invalid(call, &error);
    return call->body;
}

char *call_workspace_id(const struct call *call)
{
    return str_format("/subscriptions/%s/resourceGroups/%s" CONTROL_PROVIDER "/workspaces/%s",
                      call->captures[0], call->captures[1], call->captures[2]);
}

char *call_resource_id(const struct call *call, const char *type, const char *type2)
{
    char *base = call_workspace_id(call);
    char *id = type2 ? str_format("%s/%s/%s/%s/%s", base, type, call->captures[3], type2,
                                  call->captures[4])
                     : str_format("%s/%s/%s", base, type, call->captures[3]);
    free(base);
    return id;
}

struct resource *call_endpoint(struct call *call)
{
    char *id = call_resource_id(call, "onlineEndpoints", NULL);
    struct resource *endpoint = resource_at(call->control, id, RESOURCE_ENDPOINT);
    free(id);
    if (!endpoint)
        call_not_found(call, "EndpointNotFound", "No online endpoint is named %s.",
                       call->captures[3]);
    return endpoint;
}
