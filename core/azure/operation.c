#include "core/azure/operation.h"

#include "core/base/alloc.h"
#include "core/net/retry.h"
#include "core/net/url.h"
#include "core/wire/arm_error.h"
#include "core/wire/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void operation_release(struct operation *operation)
{
    free(operation->url);
    free(operation->resource_url);
    memset(operation, 0, sizeof *operation);
}

static const char *request_id(const struct net_response *response)
{
    return net_header(response, "x-ms-request-id");
}

static bool is_accepted(int status)
{
    return status == 200 || status == 201 || status == 202 || status == 204;
}

/* PUT and PATCH end with the resource, which is to be read once more. */
static bool ends_with_resource(const struct operation *operation)
{
    return strcmp(operation->method, "PUT") == 0 || strcmp(operation->method, "PATCH") == 0;
}

static enum operation_step succeed(const struct operation *operation)
{
    return ends_with_resource(operation) ? OPERATION_FETCH : OPERATION_DONE;
}

/* Wait as long as the service asks; else as suits the distance. */
static enum operation_step wait_more(struct operation *operation,
                                     const struct net_response *response, int64_t wall_ms)
{
    int asked = retry_after_ms(response, wall_ms);
    if (asked >= 0) /* 0 is asked for as well, but not as fast as the network goes */
        operation->delay_ms = asked > OPERATION_LEAST_MS ? asked : OPERATION_LEAST_MS;
    else if (!operation->local)
        operation->delay_ms = OPERATION_DELAY_MS;
    else if (operation->delay_ms < OPERATION_LEAST_MS)
        operation->delay_ms = OPERATION_LEAST_MS;
    else if (operation->delay_ms * 3 / 2 < OPERATION_LOCAL_LAST_MS)
        operation->delay_ms = operation->delay_ms * 3 / 2;
    else
        operation->delay_ms = OPERATION_LOCAL_LAST_MS;
    return OPERATION_POLL;
}

/* A header's URL: absolute as it came, or a path below the origin that was asked. */
static bool take_url(struct operation *operation, const char *link, struct error *error)
{
    struct url base;
    struct url url;
    char *absolute = NULL;
    if (link[0] == '/' && link[1] != '/' && url_parse(operation->resource_url, &base))
        absolute = str_format("%.*s%s", (int)(base.path - operation->resource_url),
                              operation->resource_url, link);
    else
        absolute = str_dup(link);
    if (!url_parse(absolute, &url)) {
        char *masked = url_mask(link);
        error_set(error, ERROR_FAILED, "the service names no usable operation URL: %.200s", masked);
        free(masked);
        free(absolute);
        return false;
    }
    free(operation->url);
    operation->url = absolute;
    return true;
}

static void set_status(struct operation *operation, const char *status)
{
    snprintf(operation->status, sizeof operation->status, "%s", status);
}

static enum operation_step fail(const struct operation *operation, const struct json *document,
                                const struct net_response *response, struct error *error)
{
    const struct json *reason = json_get(document, "error");
    if (!reason)
        reason = json_at(document, "properties.error");
    arm_error_from_object(reason, 0, request_id(response), error);
    error_prefix(error, "the operation ended %s", operation->status);
    return OPERATION_FAILED;
}

/* Goes by a word of state: a status document's, or the resource's provisioningState. */
static enum operation_step judge(struct operation *operation, const char *word,
                                 const struct json *document, const struct net_response *response,
                                 int64_t wall_ms, struct error *error)
{
    set_status(operation, word);
    if (strcasecmp(word, "Succeeded") == 0)
        return succeed(operation);
    if (strcasecmp(word, "Failed") == 0 || strcasecmp(word, "Canceled") == 0)
        return fail(operation, document, response, error);
    return wait_more(operation, response, wall_ms);
}

/* The first answer without a URL to poll: the resource itself tells, or the status alone. */
static enum operation_step begin_without_url(struct operation *operation,
                                             const struct json *document,
                                             const struct net_response *response, int64_t wall_ms,
                                             struct error *error)
{
    const char *state = json_text_at(document, "properties.provisioningState", "");
    operation->kind = OPERATION_RESOURCE;
    str_replace(&operation->url, operation->resource_url);
    if (!ends_with_resource(operation))
        return OPERATION_DONE;
    if (*state)
        return judge(operation, state, document, response, wall_ms, error);
    return response->status == 200 || response->status == 204
               ? succeed(operation)
               : wait_more(operation, response, wall_ms);
}

enum operation_step operation_begin(struct operation *out, const char *method, const char *url,
                                    const struct net_response *response, int64_t wall_ms,
                                    struct error *error)
{
    const char *async = net_header(response, "Azure-AsyncOperation");
    const char *location = net_header(response, "Location");
    memset(out, 0, sizeof *out);
    snprintf(out->method, sizeof out->method, "%s", method);
    out->resource_url = str_dup(url);
    out->local = url_is_loopback(url);
    if (!is_accepted(response->status)) {
        arm_error_decode(response->status, response->body, response->body_len, request_id(response),
                         error);
        return OPERATION_FAILED;
    }
    struct json *document = json_parse(response->body, response->body_len, NULL);
    const char *state = json_text_at(document, "properties.provisioningState", "");
    /* Versions of assets are there at once: a 201 whose Location is the resource itself. */
    bool at_once = ends_with_resource(out) && strcasecmp(state, "Succeeded") == 0;
    enum operation_step step;
    if (async || (location && response->status != 200 && !at_once)) {
        out->kind = async ? OPERATION_ASYNC : OPERATION_LOCATION;
        set_status(out, state);
        step = take_url(out, async ? async : location, error) ? wait_more(out, response, wall_ms)
                                                              : OPERATION_FAILED;
    } else {
        step = begin_without_url(out, document, response, wall_ms, error);
    }
    json_free(document);
    return step;
}

static enum operation_step poll_location(struct operation *operation, const struct json *document,
                                         const struct net_response *response, int64_t wall_ms,
                                         struct error *error)
{
    const char *location = net_header(response, "Location");
    const char *status = json_text_at(document, "status", "");
    const char *state = json_text_at(document, "properties.provisioningState", "");
    if (response->status == 202) {
        if (*status)
            set_status(operation, status);
        if (location && !take_url(operation, location, error))
            return OPERATION_FAILED;
        return wait_more(operation, response, wall_ms);
    }
    /* A done operation's status document may still tell that it failed. */
    if (strcasecmp(status, "Failed") == 0 || strcasecmp(status, "Canceled") == 0)
        return judge(operation, status, document, response, wall_ms, error);
    if (*state)
        return judge(operation, state, document, response, wall_ms, error);
    return succeed(operation);
}

enum operation_step operation_poll(struct operation *operation, const struct net_response *response,
                                   int64_t wall_ms, struct error *error)
{
    operation->polls++;
    /* What is looked for is gone: a deleted resource, or a result that was not kept. */
    if (response->status == 404 && !ends_with_resource(operation))
        return OPERATION_DONE;
    if (!is_accepted(response->status)) {
        arm_error_decode(response->status, response->body, response->body_len, request_id(response),
                         error);
        return OPERATION_FAILED;
    }
    struct json *document = json_parse(response->body, response->body_len, NULL);
    const char *path =
        operation->kind == OPERATION_ASYNC ? "status" : "properties.provisioningState";
    const char *word = json_text_at(document, path, "");
    enum operation_step step;
    if (operation->kind == OPERATION_LOCATION) {
        step = poll_location(operation, document, response, wall_ms, error);
    } else if (*word) {
        step = judge(operation, word, document, response, wall_ms, error);
    } else if (operation->kind == OPERATION_RESOURCE) {
        step = succeed(operation);
    } else {
        error_set(error, ERROR_FAILED, "the service's operation document has no status");
        step = OPERATION_FAILED;
    }
    json_free(document);
    return step;
}
