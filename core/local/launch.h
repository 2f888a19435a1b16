/*
 * How a deployment's instances are started: the command, its environment, and the folder in which
 * model and code are found under their own names.
 *
 *   FOLDER/azureml-app/NAME-OF-CODE-FOLDER -> the code          AML_APP_ROOT, where it runs
 *   FOLDER/azureml-app/azureml-models/NAME/VERSION/BASENAME -> the model   AZUREML_MODEL_DIR
 *
 * Model and code are linked, not copied.
 */
#ifndef CORE_LOCAL_LAUNCH_H
#define CORE_LOCAL_LAUNCH_H

#include "core/base/error.h"
#include "core/local/control.h"
#include "core/local/worker_log.h"

#include <stdint.h>

struct launch {
    int references;
    uint64_t fingerprint; /* equal when instances of one serve as well for the other */
    char *folder;         /* removed with the last reference */
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

/* A number that changes whenever the instances have to be replaced: spec, and files below it. */
uint64_t launch_fingerprint(const struct run_spec *spec);

/*
 * Prepares `folder` and says in `log` what was put where. `server` is the scoring server's file,
 * `python` what runs it. One reference, given back with launch_release(). NULL: `error`.
 */
struct launch *launch_prepare(const struct run_spec *spec, const char *folder, const char *python,
                              const char *server, struct worker_log *log, struct error *error);
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
