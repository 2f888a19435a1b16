/*
 * What a command is, and what it has at hand while it runs.
 *
 * Commands are rows of one table (commands.c), from which help and error messages are made too.
 */
#ifndef TUI_CLI_COMMAND_H
#define TUI_CLI_COMMAND_H

#include "core/azure/azure.h"
#include "core/config/config.h"
#include "core/net/net.h"
#include "tui/cli/options.h"
#include "tui/cli/print.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session;

enum {
    COMMAND_SERVICE =
        1,              /* talks to a workspace: takes -g, -w, --subscription, --context, --local */
    COMMAND_WRITES = 2, /* takes --dry-run */
};

struct command {
    const char *group; /* "online-endpoint"; NULL: the verb stands alone */
    const char *verb;
    const char *summary;
    const char *words; /* further words in the help: "DIR"; NULL: none */
    size_t max_words;
    unsigned flags;
    uint64_t options;
    uint64_t required;    /* those of `options` that must be given */
    const char *examples; /* lines, each a command without the program's name */
    bool (*run)(struct session *session, struct error *error);
};

extern const struct command commands[];
extern const size_t command_count;

/* One run of one command. */
struct session {
    const struct command *command;
    const char *program; /* argv[0] */
    struct options options;
    enum print_format format;
    const char *query;
    bool dry_run;
    struct config *config;       /* COMMAND_SERVICE and those that ask for it */
    struct config_target target; /* COMMAND_SERVICE: the workspace meant */
    struct net *net;
    struct net *outer;   /* of the command that runs this one as its step */
    struct azure *azure; /* COMMAND_SERVICE */
    struct azure_access access;
    int status; /* exit status beside an error, when a command sets one */
};

/* --- session.c -------------------------------------------------------------------------------- */

/* Reads the configuration, once. */
bool session_load_config(struct session *session, struct error *error);

/* Reads it and finds the workspace that the options mean: session->target. */
bool session_resolve(struct session *session, struct error *error);

/*
 * Makes the client. With --local it first starts the engine if it is not running; a dry run that
 * will not read needs no engine at all.
 */
bool session_connect(struct session *session, bool will_read, struct error *error);

void session_release(struct session *session);

/*
 * Waits for a call that was given `outcome` and azure_collect(). `what` ("create endpoint x") is
 * for the progress line on a terminal and for what Ctrl-C says: whether it goes on.
 */
bool session_await(struct session *session, azure_id id, struct azure_outcome *outcome,
                   const char *what, struct error *error);

/* A struct azure_long that collects into `outcome` and shows progress. */
struct azure_long session_long(const struct session *session, struct azure_outcome *outcome);

/* Reads a document that must be there; NULL with the error. Owned by the caller. */
struct json *session_endpoint(struct session *session, const char *name, struct error *error);
struct json *session_deployments(struct session *session, const char *endpoint,
                                 struct error *error);
struct json *session_deployment(struct session *session, const char *endpoint, const char *name,
                                struct error *error);

/* The endpoint in the keys of `az`, with zeros for deployments without a share. Prints it. */
bool session_print_endpoint(struct session *session, const struct json *document,
                            struct error *error);

/* Prints by --output and --query. */
bool session_print(struct session *session, const struct json *value, struct error *error);

/* Prints the requests that a dry run kept back. */
bool session_print_captured(struct session *session, struct error *error);

/* "cutover: warning: ..." on stderr, unless --only-show-errors. */
void session_warn(const struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Asks on the terminal unless -y. False with ERROR_USAGE where nobody can answer. */
bool session_confirm(struct session *session, const char *question, struct error *error);

/* True after Ctrl-C. */
bool session_interrupted(void);

/* --- the commands ----------------------------------------------------------------------------- */

bool run_endpoint_create(struct session *session, struct error *error);
bool run_endpoint_show(struct session *session, struct error *error);
bool run_endpoint_list(struct session *session, struct error *error);
bool run_endpoint_update(struct session *session, struct error *error);
bool run_endpoint_delete(struct session *session, struct error *error);
bool run_endpoint_invoke(struct session *session, struct error *error);
bool run_endpoint_get_credentials(struct session *session, struct error *error);
bool run_endpoint_regenerate_keys(struct session *session, struct error *error);

bool run_deployment_create(struct session *session, struct error *error);
bool run_deployment_show(struct session *session, struct error *error);
bool run_deployment_list(struct session *session, struct error *error);
bool run_deployment_update(struct session *session, struct error *error);
bool run_deployment_delete(struct session *session, struct error *error);
bool run_deployment_get_logs(struct session *session, struct error *error);

bool run_context_list(struct session *session, struct error *error);
bool run_context_show(struct session *session, struct error *error);
bool run_context_use(struct session *session, struct error *error);
bool run_context_add(struct session *session, struct error *error);
bool run_context_remove(struct session *session, struct error *error);
bool run_configure(struct session *session, struct error *error);
bool run_account_set(struct session *session, struct error *error);
bool run_account_show(struct session *session, struct error *error);

bool run_judge(struct session *session, struct error *error);
bool run_serve(struct session *session, struct error *error);
bool run_samples(struct session *session, struct error *error);
bool run_demo(struct session *session, struct error *error);
bool run_console(struct session *session, struct error *error);
bool run_keys(struct session *session, struct error *error);

#endif
