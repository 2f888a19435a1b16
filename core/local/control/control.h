/*
 * The engine's control plane: a small Azure ML workspace as a pure function.
 *
 * (state, time, request) -> response, plus effects that the runtime carries out (start workers,
 * publish routes) and reports back. No socket, no process, no clock of its own; the one side effect
 * is the store, written before a change is acknowledged. The same cases run direct in the tests
 * and over loopback.
 */
#ifndef CORE_LOCAL_CONTROL_CONTROL_H
#define CORE_LOCAL_CONTROL_CONTROL_H

#include "core/base/error.h"
#include "core/base/strbuf.h"
#include "core/model/name.h"
#include "core/model/traffic.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct control;
struct telemetry;

enum { CONTROL_KEY_SIZE = 512 };

struct control_options {
    const char *state_folder;          /* NULL: nothing is kept */
    const char *base_url;              /* "http://127.0.0.1:PORT", no slash at the end */
    const char *token;                 /* bearer token that ARM requests must carry */
    const struct telemetry *telemetry; /* read for metrics answers; may be NULL */
    /*
     * What the instances of a deployment wrote, newest `tail` lines (0: all that is kept), nothing
     * else in it: getLogs puts the service's "Instance status:" and "Container events:" blocks in
     * front. Owned by the caller; NULL when there is no log. `container` is "InferenceServer" or
     * "StorageInitializer".
     */
    char *(*read_log)(void *context, const char *deployment_key, const char *container,
                      size_t tail);
    void *read_log_context;
};

struct control_request {
    const char *method;        /* "GET" */
    const char *path;          /* as received, percent-encoded, from the first slash to the '?' */
    const char *query;         /* after the '?', or "" */
    const char *authorization; /* the header's value or NULL */
    const char *body;
    size_t body_len;
};

struct control_response {
    int status;
    struct strbuf headers; /* "Name: value\r\n" lines, without Content-Length and Content-Type */
    struct strbuf body;    /* JSON, may be empty */
};

void control_response_init(struct control_response *response);
void control_response_release(struct control_response *response);

/*
 * Opens the store (or an empty state) and queues the effects that bring its deployments up again.
 * The strings of `options` are copied. NULL when the store cannot be used: it is locked by another
 * engine, or a file of it is damaged (the message names it, and nothing is changed).
 */
struct control *control_open(const struct control_options *options, int64_t wall_ms,
                             struct error *error);
void control_close(struct control *control);

/* Answers one request. Never fails: errors are ARM error answers. `wall_ms` is now. */
void control_handle(struct control *control, int64_t wall_ms, const struct control_request *request,
                    struct control_response *response);

/*
 * What a deployment is to run. Strings are borrowed from the control plane until the next call.
 * Keys are lower-case ARM ids: the endpoint's, and the endpoint's + "/deployments/" + name.
 */
struct run_spec {
    char key[CONTROL_KEY_SIZE];
    char endpoint_key[CONTROL_KEY_SIZE];
    char endpoint_name[NAME_SIZE];
    char deployment_name[NAME_SIZE];
    uint64_t generation; /* increases with each change; reports carry it back */
    int instance_count;
    const char *code_folder;    /* local folder or NULL */
    const char *scoring_script; /* relative to code_folder, or NULL */
    const char *model_path;     /* local file or folder or NULL; shown below AZUREML_MODEL_DIR */
    const char *model_name;     /* for AZUREML_MODEL_DIR: .../azureml-models/{name}/{version} */
    const char *model_version;
    const char *image;         /* "exec:PROGRAM ARGS" runs that program; anything else the server */
    const char *conda_file;    /* text or NULL: recorded, never built */
    const char *liveness_path; /* "/" unless inference_config says else */
    const char *readiness_path;
    const char *scoring_path; /* "/score" unless inference_config says else */
    struct run_variable {
        const char *name;
        const char *value;
    } * variables;
    size_t variable_count;
    int max_concurrent_requests; /* per instance */
    int request_timeout_ms;
    int queue_wait_ms;
    int probe_period_ms; /* liveness */
    int probe_timeout_ms;
    int probe_initial_delay_ms;
    int probe_failure_threshold;
    bool kubernetes;
};

enum control_effect_kind {
    EFFECT_RUN,           /* bring deployment `run.key` to `run`: start, replace or scale */
    EFFECT_STOP,          /* end the workers of `key`; with `forget` also its log and telemetry */
    EFFECT_ROUTES,        /* publish `routes`, replacing what the endpoint had */
    EFFECT_FORGET_ROUTES, /* endpoint `key` is gone, with its telemetry */
};

/* All scoring paths begin so, and no path of the control plane does. */
#define SCORING_PREFIX "/endpoints/"

/* How requests to an endpoint are answered. Takes effect between two requests. */
struct route_spec {
    char endpoint_key[CONTROL_KEY_SIZE];
    char endpoint_name[NAME_SIZE];
    /*
     * URL path below base_url, unique to the endpoint: "/endpoints/WORKSPACE/NAME/score". Swagger
     * is answered beside it, at ".../NAME/swagger.json".
     */
    char scoring_path[CONTROL_KEY_SIZE];
    bool kubernetes;
    const char *credentials[4]; /* keys or tokens that are accepted now; NULL where unused */
    struct traffic_split split;
};

struct control_effect {
    enum control_effect_kind kind;
    char key[CONTROL_KEY_SIZE]; /* EFFECT_STOP: deployment; EFFECT_FORGET_ROUTES: endpoint */
    uint64_t generation;
    bool forget;
    struct run_spec run;
    struct route_spec routes;
};

/* Takes the next effect in order; false when there is none. Valid until the next call on control.
 */
bool control_next_effect(struct control *control, struct control_effect *out);

/*
 * Reports of the runtime. Those of an old generation are ignored, as are those on what is gone.
 *
 * Ready: every instance of that generation answered its liveness probe, and no older one is left
 * to take requests. Failed: the deployment's first generation did not come up (it stays Failed,
 * with its log), or an update did not: then the runtime keeps the workers of the generation before
 * and goes on serving with them, and the deployment shows their values again, state Failed.
 * Stopped: answers EFFECT_STOP, when the last worker is gone, also where none was running.
 */
void control_deployment_ready(struct control *control, int64_t wall_ms, const char *deployment_key,
                              uint64_t generation);
void control_deployment_failed(struct control *control, int64_t wall_ms, const char *deployment_key,
                               uint64_t generation, const char *code, const char *message);
void control_deployment_stopped(struct control *control, int64_t wall_ms,
                                const char *deployment_key, uint64_t generation);

/*
 * Lets what only waits for time go on (operations that end once routes are out, tokens that
 * expire). Returns milliseconds until it wants to be called again, -1 for never.
 */
int control_tick(struct control *control, int64_t wall_ms);

#endif
