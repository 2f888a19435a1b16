/* The running console: what ties state, service and terminal together. For tui/app only. */
#ifndef TUI_APP_APP_H
#define TUI_APP_APP_H

#include "core/azure/azure.h"
#include "core/azure/scoring.h"
#include "core/config/config.h"
#include "core/net/net.h"
#include "tui/app/console.h"
#include "tui/state/state.h"

#include <stdbool.h>
#include <stdint.h>

/* Reads that are asked again and again; a new question withdraws the one before. */
enum call_kind {
    CALL_ENDPOINTS,
    CALL_DEPLOYMENTS,
    CALL_METRICS,
    CALL_LOG,
    CALL_DETAILS,
    CALL_COUNT
};

struct call;
struct engine_start;
struct job;
struct test;

struct app {
    const struct console_options *options;
    struct net *net;
    struct state *state;
    struct effects effects; /* asked for and not yet carried out */
    bool changed;           /* the state is another than the one on the screen */
    bool quit;
    int status;

    struct config_target target;
    struct azure_access access; /* of a target that is not local */
    struct azure *client;       /* NULL: not connected */
    uint64_t generation;
    struct call *calls[CALL_COUNT];
    struct job *jobs;     /* writes that are prepared or sent */
    struct azure **ended; /* clients to free when no callback of theirs runs */
    size_t ended_count;
    size_t ended_capacity;

    struct test *tests; /* test requests under way */
    struct scoring_target scoring;
    char scoring_endpoint[NAME_SIZE]; /* whose target that is; "" for none */

    struct engine_start *starting; /* a local engine that is being set up; NULL: none */
};

/* Stamps the message with the time, runs update() and frees what is left of it. */
void app_deliver(struct app *app, struct message *message);

/* service.c: the workspace and what is read of it. */
void service_connect(struct app *app, const char *context);
void service_close(struct app *app);
void service_fetch(struct app *app, const struct effect *effect);
void service_list_contexts(struct app *app);
void service_add_context(struct app *app, const struct connection *context);
/* A client of the same workspace with its own observer; owned by the caller. */
struct azure *service_client(struct app *app, bool dry_run, azure_observe_fn *observe,
                             void *context);
/* Frees a client once no callback of it can be running. */
void service_retire(struct app *app, struct azure *client);
void service_sweep(struct app *app);

/* jobs.c: writes. */
void job_prepare(struct app *app, const struct effect *effect);
void job_send(struct app *app, const struct effect *effect);
void job_forget(struct app *app, uint64_t id);
void jobs_close(struct app *app);

/* test_requests.c */
void test_send(struct app *app, const struct effect *effect);
void test_cancel(struct app *app, uint64_t id);
void tests_close(struct app *app);

/* files.c: files near here whose names end in one of `suffixes` ("yml yaml"). */
void files_find(struct app *app, const char *suffixes);

/* keep.c: text into a file that is not there yet, 0600; the result is a notice. */
void keep_text(struct app *app, const struct effect *effect);

/* engine.c: a local engine with the samples, set up by this program's own commands. */
void engine_start(struct app *app);
void engine_close(struct app *app);
/* The folder that the samples are written to; owned by the caller. */
char *engine_samples_folder(void);

#endif
