/*
 * How a deployment's instances are started: the command, its environment, and the folder in which
 * model and code are found under their own names.
 *
 *   FOLDER/azureml-app/NAME-OF-CODE-FOLDER -> the code          AML_APP_ROOT, where it runs
 *   FOLDER/azureml-app/azureml-models/NAME/VERSION/BASENAME -> the model   AZUREML_MODEL_DIR
 *
 * The arrows are links to the engine's own copies (asset_copy.h).
 */
#ifndef CORE_LOCAL_WORK_LAUNCH_H
#define CORE_LOCAL_WORK_LAUNCH_H

#include "core/base/error.h"
#include "core/local/control/control.h"
#include "core/local/work/asset_copy.h"
#include "core/local/work/worker_log.h"

#include <stdint.h>

struct launch {
    int references;
    uint64_t identity; /* equal when it is the same versions, environment and variables */
    struct asset_copy *model;
    struct asset_copy *code;
    char *folder; /* removed with the last reference */
    char *root;
    char *model_folder;
    char *entry_script;
    char *liveness_path;
    char *readiness_path;
    char **words; /* of the command, variables not yet put in */
    size_t word_count;
    struct run_variable *variables; /* owned copies, the deployment's over the engine's */
    size_t variable_count;
    int probe_period_ms;
    int probe_timeout_ms;
    int probe_initial_delay_ms;
    int probe_failure_threshold;
};

/* A number that changes whenever the spec asks for other instances. */
uint64_t launch_identity(const struct run_spec *spec);

struct launch_options {
    const char *folder; /* to be made; what is in it goes */
    const char *python;
    const char *server; /* the scoring server's file */
    struct asset_copies *copies;
    const char *record; /* folder of launch_remember(), to take the same copies again; or NULL */
    struct worker_log *log;
};

/*
 * Begins to copy model and code, and prepares everything else. One reference, given back with
 * launch_release(). NULL: `error`.
 */
struct launch *launch_prepare(const struct run_spec *spec, const struct launch_options *options,
                              struct error *error);

/*
 * How far the copies are. Once they are done says in `log` what was put where; FAILED: `error`,
 * also where the script is missing in the code.
 */
enum asset_copy_state launch_copied(const struct launch *launch, struct worker_log *log,
                                    struct error *error);

/* False when files have changed since they were copied. */
bool launch_is_current(const struct launch *launch);

/* Notes in `record` which copies are used. */
void launch_remember(const struct launch *launch, const char *record);

/* The name noted there as "code" or "model"; owned, NULL when there is none. */
char *launch_remembered(const char *record, const char *what);

struct launch *launch_hold(struct launch *launch);
void launch_release(struct launch *launch);

/* argv and environment for an instance on `port`; both owned, freed with launch_free_words(). */
char **launch_argv(const struct launch *launch, int port);
char **launch_environment(const struct launch *launch, int port);
void launch_free_words(char **words);

/*
 * Splits a command at blanks: '…' and "…" keep blanks, \ keeps the next byte (not within '…').
 * Returns a NULL-terminated array; NULL when a quote is open, or nothing is there. For the words
 * in '…' a `$` is written as \x01, so that it stays one when variables are put in.
 */
char **command_split(const char *text, size_t *out_count);

#endif
