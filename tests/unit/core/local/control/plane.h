/* What the tests of the control plane share: an engine without sockets, driven by strings. */
#ifndef TESTS_UNIT_CORE_LOCAL_PLANE_H
#define TESTS_UNIT_CORE_LOCAL_PLANE_H

#include "core/base/alloc.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/local/control/control.h"
#include "core/local/control/telemetry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PLANE_URL "http://127.0.0.1:1"
#define PLANE_TOKEN "engine-token"
#define PLANE_SCOPE                                                                                \
    "/subscriptions/S/resourceGroups/local/providers/Microsoft.MachineLearningServices/"           \
    "workspaces/demo"
#define PLANE_ENDPOINT PLANE_SCOPE "/onlineEndpoints/my-endpoint"
#define PLANE_BLUE PLANE_ENDPOINT "/deployments/blue"
#define PLANE_GREEN PLANE_ENDPOINT "/deployments/green"

struct plane {
    struct control *control;
    struct telemetry *telemetry;
    char folder[64]; /* state, or empty */
    int64_t now_ms;
    struct control_response response;
    struct json *body; /* of the last answer, NULL when it had none */
    char *log;         /* what read_log gives */
};

static inline char *plane_read_log(void *context, const char *key, const char *container,
                                   size_t tail)
{
    struct plane *plane = context;
    (void)key;
    (void)container;
    (void)tail;
    return str_dup(plane->log);
}

static inline void plane_open(struct plane *plane)
{
    struct error error = {0};
    struct control_options options = {
        .state_folder = plane->folder[0] ? plane->folder : NULL,
        .base_url = PLANE_URL,
        .token = PLANE_TOKEN,
        .telemetry = plane->telemetry,
        .read_log = plane_read_log,
        .read_log_context = plane,
    };
    plane->control = control_open(&options, plane->now_ms, &error);
    if (!plane->control)
        print_error("%s\n", error.message);
    assert_non_null(plane->control);
}

static inline void plane_clear(struct plane *plane)
{
    json_free(plane->body);
    plane->body = NULL;
    if (plane->response.headers.text)
        control_response_release(&plane->response);
}

static inline void plane_close(struct plane *plane)
{
    plane_clear(plane);
    control_close(plane->control);
    telemetry_free(plane->telemetry);
    free(plane->log);
    if (plane->folder[0])
        assert_true(file_remove_tree(plane->folder, NULL));
}

static inline void plane_start(struct plane *plane, bool stored)
{
    memset(plane, 0, sizeof *plane);
    plane->now_ms = INT64_C(1764000000000);
    plane->telemetry = telemetry_new();
    if (stored) {
        snprintf(plane->folder, sizeof plane->folder, "/tmp/cutover-test-XXXXXX");
        assert_non_null(mkdtemp(plane->folder));
    }
    plane_open(plane);
}

/* Ends and opens again, as a restart does. */
static inline void plane_restart(struct plane *plane)
{
    control_close(plane->control);
    plane_open(plane);
}

/* Sends a request with all that is needed but what the caller gives. Returns the status. */
static inline int plane_send_as(struct plane *plane, const char *method, const char *path,
                                const char *query, const char *authorization, const char *body)
{
    plane_clear(plane);
    control_response_init(&plane->response);
    struct control_request request = {
        .method = method,
        .path = path,
        .query = query,
        .authorization = authorization,
        .body = body ? body : "",
        .body_len = body ? strlen(body) : 0,
    };
    control_handle(plane->control, plane->now_ms, &request, &plane->response);
    if (plane->response.body.len)
        plane->body = json_parse(plane->response.body.text, plane->response.body.len, NULL);
    return plane->response.status;
}

static inline int plane_send(struct plane *plane, const char *method, const char *path,
                             const char *body)
{
    return plane_send_as(plane, method, path, "api-version=2025-12-01", "Bearer " PLANE_TOKEN,
                         body);
}

/* GET of an absolute URL that an answer gave. */
static inline int plane_follow(struct plane *plane, const char *url)
{
    assert_memory_equal(url, PLANE_URL, sizeof PLANE_URL - 1);
    char *path = str_dup(url + sizeof PLANE_URL - 1);
    char *query = strchr(path, '?');
    if (query)
        *query++ = '\0';
    int status = plane_send_as(plane, "GET", path, query ? query : "", "Bearer " PLANE_TOKEN, NULL);
    free(path);
    return status;
}

/* Value of a header of the last answer; owned by the caller. NULL when it is missing. */
static inline char *plane_header(const struct plane *plane, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = plane->response.headers.text; *at;) {
        const char *end = strstr(at, "\r\n");
        if (strncmp(at, name, len) == 0 && at[len] == ':')
            return str_dup_n(at + len + 2, (size_t)(end - at) - len - 2);
        at = end + 2;
    }
    return NULL;
}

static inline const char *plane_text(const struct plane *plane, const char *path)
{
    return json_text_at(plane->body, path, "(missing)");
}

/* Takes all effects; counts those of `kind` and keeps the last of them. */
static inline size_t plane_effects(struct plane *plane, enum control_effect_kind kind,
                                   struct control_effect *last)
{
    struct control_effect effect;
    size_t count = 0;
    while (control_next_effect(plane->control, &effect)) {
        if (effect.kind != kind)
            continue;
        count++;
        if (last)
            *last = effect;
    }
    return count;
}

/* Takes effects and carries them out as a runtime in which everything works. */
static inline void plane_run(struct plane *plane)
{
    struct control_effect effect;
    for (int round = 0; round < 3; round++) {
        while (control_next_effect(plane->control, &effect)) {
            if (effect.kind == EFFECT_RUN)
                control_deployment_ready(plane->control, plane->now_ms, effect.run.key,
                                         effect.generation);
            else if (effect.kind == EFFECT_STOP)
                control_deployment_stopped(plane->control, plane->now_ms, effect.key,
                                           effect.generation);
        }
        control_tick(plane->control, plane->now_ms);
    }
}

#define PLANE_ENDPOINT_BODY                                                                        \
    "{\"location\":\"local\",\"tags\":{},\"identity\":{\"type\":\"SystemAssigned\"},"              \
    "\"properties\":{\"authMode\":\"Key\",\"properties\":{},\"traffic\":{},\"mirrorTraffic\":{}}}"

/* A deployment that runs a program, so that no files are needed. */
#define PLANE_DEPLOYMENT_BODY                                                                      \
    "{\"location\":\"local\",\"tags\":{},\"sku\":{\"name\":\"Default\",\"capacity\":1},"           \
    "\"properties\":{\"endpointComputeType\":\"Managed\",\"environmentId\":"                       \
    "\"exec:/bin/true\"}}"

static inline void plane_put_endpoint(struct plane *plane)
{
    assert_int_equal(plane_send(plane, "PUT", PLANE_ENDPOINT, PLANE_ENDPOINT_BODY), 201);
    plane_run(plane);
}

static inline void plane_put_deployment(struct plane *plane, const char *path)
{
    assert_int_equal(plane_send(plane, "PUT", path, PLANE_DEPLOYMENT_BODY), 201);
    plane_run(plane);
}

/* The status that a PUT of this traffic gets; `shares` and `mirror` are the insides of objects. */
static inline int plane_put_traffic(struct plane *plane, const char *shares, const char *mirror)
{
    char body[1024];
    snprintf(body, sizeof body,
             "{\"location\":\"local\",\"properties\":{\"authMode\":\"Key\",\"traffic\":{%s},"
             "\"mirrorTraffic\":{%s}}}",
             shares, mirror);
    return plane_send(plane, "PUT", PLANE_ENDPOINT, body);
}

#endif
