#include "tui/cli/cli.h"

#include "core/base/nearest.h"
#include "core/base/printable.h"
#include "tui/app/console.h"
#include "tui/cli/command.h"
#include "tui/cli/help.h"
#include "tui/cli/query.h"
#include "tui/cli/signals.h"
#include "tui/state/action.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { MAX_MESSAGE = 2048 };

static int report(const struct error *error)
{
    char safe[MAX_MESSAGE];
    printable_line(safe, sizeof safe, error->message);
    fflush(stdout);
    fprintf(stderr, "cutover: %s%s\n", error->kind == ERROR_CANCELLED ? "" : "error: ", safe);
    if (*error->hint) {
        printable_line(safe, sizeof safe, error->hint);
        fprintf(stderr, "  %s\n", safe);
    }
    if (error->http_status || *error->code) {
        printable_line(safe, sizeof safe, error->code);
        fputs("  answered:", stderr);
        if (error->http_status)
            fprintf(stderr, " HTTP %d", error->http_status);
        fprintf(stderr, "%s%s\n", *safe ? " " : "", safe);
    }
    if (*error->request_id) {
        printable_line(safe, sizeof safe, error->request_id);
        fprintf(stderr, "  request id: %s\n", safe);
    }
    return error_exit_status(error->kind);
}

static int refuse(const char *what, const char *word, const char *const *known, size_t count)
{
    struct error error;
    error_set(&error, ERROR_USAGE, "unknown %s '%.80s'", what, word);
    const char *near = nearest_word(word, known, count);
    if (near)
        error_hint(&error, "Did you mean '%s'?", near);
    else
        error_hint(&error, "'cutover --help' lists the commands.");
    return report(&error);
}

static bool is_help(const char *word)
{
    return strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "help") == 0;
}

static bool is_group(const char *word)
{
    for (size_t i = 0; i < command_count; i++)
        if (commands[i].group && strcmp(commands[i].group, word) == 0)
            return true;
    return false;
}

static const struct command *find(const char *group, const char *verb)
{
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &commands[i];
        bool same_group =
            group ? command->group && strcmp(command->group, group) == 0 : !command->group;
        if (same_group && strcmp(command->verb, verb) == 0)
            return command;
    }
    return NULL;
}

/* Finds the command in argv[1..]; NULL with *status set when there is none to run. */
static const struct command *choose(int argc, char **argv, int *out_words, int *status)
{
    const char *names[64];
    size_t count = 0;
    const char *first = argv[1];
    bool group = is_group(first);
    *out_words = group ? 3 : 2;
    if (group && argc == 2) {
        fflush(stdout);
        fprintf(stderr, "cutover: error: a command is missing; 'cutover %s --help' lists them\n",
                first);
        *status = 2;
        return NULL;
    }
    if (group && is_help(argv[2])) {
        help_group(first);
        *status = 0;
        return NULL;
    }
    const struct command *command = group ? find(first, argv[2]) : find(NULL, first);
    if (command)
        return command;
    for (size_t i = 0; i < command_count && count < 64; i++) {
        if (group && commands[i].group && strcmp(commands[i].group, first) == 0)
            names[count++] = commands[i].verb;
        else if (!group)
            names[count++] = commands[i].group ? commands[i].group : commands[i].verb;
    }
    *status = refuse("command", group ? argv[2] : first, names, count);
    return NULL;
}

static bool check_required(const struct session *session, struct error *error)
{
    uint64_t missing = session->command->required & ~session->options.given;
    for (size_t i = 0; i < OPTION_IDS; i++) {
        if (!(missing & OPTION_BIT(i)))
            continue;
        error_set(error, ERROR_USAGE, "option %s is required", option_rows[i].names[0]);
        return error_hint(error, "%s", option_rows[i].help);
    }
    return true;
}

static bool prepare(struct session *session, int argc, char **argv, struct error *error)
{
    const struct command *command = session->command;
    struct options *options = &session->options;
    if (!options_parse(help_options_of(command), command->max_words, argc, argv, options, error))
        return false;
    if (option_given(options, OPTION_HELP))
        return true;
    session->query = option_value(options, OPTION_QUERY);
    session->dry_run = option_given(options, OPTION_DRY_RUN);
    return print_format_parse(option_value(options, OPTION_OUTPUT), &session->format, error) &&
           (!session->query || query_check(session->query, error)) &&
           check_required(session, error);
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct session session = {.command = command};
    struct error error = {.kind = ERROR_NONE};
    bool ok = prepare(&session, argc, argv, &error);
    if (ok && option_given(&session.options, OPTION_HELP))
        help_command(command);
    else if (ok)
        ok = command->run(&session, &error);
    session_release(&session);
    if (ok)
        ok = print_flush(&error);
    return ok ? session.status : report(&error);
}

bool cli_run_quietly(int argc, char **argv, struct error *error)
{
    bool group = is_group(argv[0]);
    int words = group ? 2 : 1;
    struct session session = {.command =
                                  group && argc > 1 ? find(argv[0], argv[1]) : find(NULL, argv[0])};
    if (!session.command)
        return error_set(error, ERROR_USAGE, "unknown command '%s'", argv[0]);
    bool ok = prepare(&session, argc - words, argv + words, error);
    session.format = PRINT_NONE;
    ok = ok && session.command->run(&session, error);
    session_release(&session);
    return ok;
}

bool run_console(struct session *session, struct error *error)
{
    const struct options *options = &session->options;
    if (!session_resolve(session, error))
        return false;
    session->status = console_run(&(struct console_options){
        .context = session->target.context,
        .subscription = session->target.subscription,
        .group = session->target.group,
        .workspace = session->target.workspace,
        .endpoint = option_value(options, OPTION_NAME),
        .theme = option_value(options, OPTION_THEME),
        .ascii = option_given(options, OPTION_ASCII),
        .read_only = option_given(options, OPTION_READ_ONLY),
    });
    return true;
}

bool run_keys(struct session *session, struct error *error)
{
    if (option_given(&session->options, OPTION_JSON))
        session->format = PRINT_JSON;
    struct json *actions = action_table_json();
    bool ok = session_print(session, actions, error);
    json_free(actions);
    return ok;
}

int cli_main(int argc, char **argv)
{
    int words;
    int status = 0;
    if (argc < 2)
        return console_run(&(struct console_options){.context = NULL});
    /* A closed pipe is an error like any other: write() says it. */
    signals_set(SIGPIPE, SIG_IGN);
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0) {
        printf("cutover %s\n", CUTOVER_VERSION);
        return 0;
    }
    if (is_help(argv[1]) && argc == 2) {
        help_program();
        return 0;
    }
    if (is_help(argv[1])) { /* "help online-endpoint create" is "online-endpoint create --help" */
        argc--;
        argv++;
        if (argc == 2 && is_group(argv[1])) {
            help_group(argv[1]);
            return 0;
        }
        const struct command *command = choose(argc, argv, &words, &status);
        if (command)
            help_command(command);
        return status;
    }
    const struct command *command = choose(argc, argv, &words, &status);
    return command ? run_command(command, argc - words, argv + words) : status;
}
