/*
 * The command line's grammar: that of `az`.
 *
 * One table holds every option of the program: its names, its argument, its help. A command says
 * which of them it takes. "--name value", "--name=value", "-n value" and "-nvalue" mean the same.
 */
#ifndef TUI_CLI_OPTIONS_H
#define TUI_CLI_OPTIONS_H

#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_id {
    OPTION_NAME,
    OPTION_ENDPOINT_NAME,
    OPTION_DEPLOYMENT_NAME,
    OPTION_FILE,
    OPTION_AUTH_MODE,
    OPTION_TRAFFIC,
    OPTION_MIRROR_TRAFFIC,
    OPTION_ALL_TRAFFIC,
    OPTION_SET,
    OPTION_YES,
    OPTION_NO_WAIT,
    OPTION_REQUEST_FILE,
    OPTION_COUNT,
    OPTION_CONCURRENCY,
    OPTION_RATE,
    OPTION_KEY_TYPE,
    OPTION_LINES,
    OPTION_CONTAINER,
    OPTION_FOLLOW,
    OPTION_SKIP_SCRIPT_VALIDATION,
    OPTION_LISTEN,
    OPTION_STATE,
    OPTION_PYTHON,
    OPTION_STOP,
    OPTION_ALLOW_NON_LOOPBACK,
    OPTION_SERVICE_LIMITS,
    OPTION_FORCE,
    OPTION_KEEP,
    OPTION_DEFAULTS,
    OPTION_URL,
    OPTION_THEME,
    OPTION_ASCII,
    OPTION_JSON,
    OPTION_READ_ONLY,
    OPTION_BASELINE,
    OPTION_CANDIDATE,
    OPTION_EXPLAIN,
    OPTION_MINUTES,
    OPTION_ERROR_LIMIT,
    OPTION_LOCAL,
    OPTION_DRY_RUN,
    /* From here on: taken by every command that talks to a service. */
    OPTION_GROUP,
    OPTION_WORKSPACE,
    OPTION_SUBSCRIPTION,
    OPTION_CONTEXT,
    /* By every command. */
    OPTION_OUTPUT,
    OPTION_QUERY,
    OPTION_VERBOSE,
    OPTION_ONLY_ERRORS,
    OPTION_HELP,
    OPTION_IDS
};

#define OPTION_BIT(id) ((uint64_t)1 << (id))

enum { OPTION_MAX_NAMES = 5, OPTION_MAX_VALUES = 64, OPTION_MAX_WORDS = 8 };

enum option_arity { TAKES_NOTHING, TAKES_ONE, TAKES_SOME };

struct option_row {
    enum option_id id;
    const char *names[OPTION_MAX_NAMES]; /* as written, dashes included; the first is shown first */
    enum option_arity arity;
    const char *argument; /* in the help: "NAME" */
    const char *help;
};

/* All options, by id. */
extern const struct option_row option_rows[OPTION_IDS];

/* What a command line said. Texts are borrowed from argv. */
struct options {
    uint64_t given;                      /* OPTION_BIT()s */
    const char *values[OPTION_IDS];      /* of TAKES_ONE: the last one given */
    const char *sets[OPTION_MAX_VALUES]; /* of the TAKES_SOME option that the command has */
    size_t set_count;
    const char *words[OPTION_MAX_WORDS]; /* what is no option */
    size_t word_count;
};

static inline bool option_given(const struct options *options, enum option_id id)
{
    return options->given & OPTION_BIT(id);
}

/* NULL when it was not given. */
static inline const char *option_value(const struct options *options, enum option_id id)
{
    return options->values[id];
}

/*
 * Reads `argv`, from behind the command's own words on. `taken` are the options of the command;
 * `max_words` how many further words it takes. ERROR_USAGE names the culprit and the nearest match.
 */
bool options_parse(uint64_t taken, size_t max_words, int argc, char **argv, struct options *out,
                   struct error *error);

/* A whole number within the bounds, `fallback` when not given. ERROR_USAGE otherwise. */
bool options_integer(const struct options *options, enum option_id id, long least, long most,
                     long fallback, long *out, struct error *error);

#endif
