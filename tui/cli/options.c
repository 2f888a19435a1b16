#include "tui/cli/options.h"

#include "core/base/nearest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct option_row option_rows[OPTION_IDS] = {
    {OPTION_NAME, {"--name", "-n"}, TAKES_ONE, "NAME", "Name of the endpoint or deployment."},
    {OPTION_ENDPOINT_NAME,
     {"--endpoint-name", "-e", "--endpoint"},
     TAKES_ONE,
     "NAME",
     "Name of the endpoint that the deployment belongs to."},
    {OPTION_DEPLOYMENT_NAME,
     {"--deployment-name", "-d", "--deployment"},
     TAKES_ONE,
     "NAME",
     "Send to this deployment, whatever the traffic rules say."},
    {OPTION_FILE, {"--file", "-f"}, TAKES_ONE, "FILE", "YAML file that describes the resource."},
    {OPTION_AUTH_MODE,
     {"--auth-mode"},
     TAKES_ONE,
     "MODE",
     "How requests are authenticated: key, aml_token or aad_token."},
    {OPTION_TRAFFIC,
     {"--traffic"},
     TAKES_ONE,
     "SHARES",
     "Live traffic in percent, as in \"blue=90 green=10\". Replaces the whole split."},
    {OPTION_MIRROR_TRAFFIC,
     {"--mirror-traffic"},
     TAKES_ONE,
     "SHARES",
     "Mirrored traffic in percent, as in \"green=10\": at most 50, to one deployment."},
    {OPTION_ALL_TRAFFIC,
     {"--all-traffic"},
     TAKES_NOTHING,
     NULL,
     "Give all live traffic to the new deployment once it is up."},
    {OPTION_SET,
     {"--set"},
     TAKES_SOME,
     "KEY=VALUE...",
     "Set a value of the description, as in instance_count=2 or a.b[0].c=x."},
    {OPTION_YES, {"--yes", "-y"}, TAKES_NOTHING, NULL, "Do not ask."},
    {OPTION_NO_WAIT, {"--no-wait"}, TAKES_NOTHING, NULL, "Do not wait for the operation to end."},
    {OPTION_REQUEST_FILE,
     {"--request-file", "-r"},
     TAKES_ONE,
     "FILE",
     "File whose content is sent as the request."},
    {OPTION_COUNT, {"--count"}, TAKES_ONE, "N", "Send N requests and print a summary."},
    {OPTION_CONCURRENCY,
     {"--concurrency"},
     TAKES_ONE,
     "N",
     "Keep N requests under way at the same time (with --count)."},
    {OPTION_RATE, {"--rate"}, TAKES_ONE, "R", "Start at most R requests a second (with --count)."},
    {OPTION_KEY_TYPE, {"--key-type"}, TAKES_ONE, "TYPE", "Which key: primary or secondary."},
    {OPTION_LINES, {"--lines", "-l"}, TAKES_ONE, "N", "At most this many of the newest lines."},
    {OPTION_CONTAINER,
     {"--container", "-c"},
     TAKES_ONE,
     "NAME",
     "inference-server (the default) or storage-initializer."},
    {OPTION_FOLLOW, {"--follow"}, TAKES_NOTHING, NULL, "Go on printing what is logged."},
    {OPTION_SKIP_SCRIPT_VALIDATION,
     {"--skip-script-validation"},
     TAKES_NOTHING,
     NULL,
     "Do not look whether the scoring script is there."},
    {OPTION_LISTEN,
     {"--listen"},
     TAKES_ONE,
     "ADDRESS:PORT",
     "Where to listen; port 0 picks a free one. Default: 127.0.0.1:0."},
    {OPTION_STATE,
     {"--state"},
     TAKES_ONE,
     "DIR",
     "Keep endpoints, deployments, keys and traffic there over restarts."},
    {OPTION_PYTHON,
     {"--python"},
     TAKES_ONE,
     "PATH",
     "Python 3 that runs the scoring scripts. Default: python3 from PATH."},
    {OPTION_STOP, {"--stop"}, TAKES_NOTHING, NULL, "End the running engine and its workers."},
    {OPTION_ALLOW_NON_LOOPBACK,
     {"--allow-non-loopback"},
     TAKES_NOTHING,
     NULL,
     "Let --listen name an address that other machines reach. They can then run programs here "
     "as you, if they have the token; it travels unencrypted."},
    {OPTION_SERVICE_LIMITS,
     {"--service-limits"},
     TAKES_NOTHING,
     NULL,
     "Enforce the service's 500 requests a second and 5 MB a second for each endpoint."},
    {OPTION_FORCE, {"--force"}, TAKES_NOTHING, NULL, "Overwrite files that differ."},
    {OPTION_KEEP, {"--keep"}, TAKES_NOTHING, NULL, "Leave the engine and its files in place."},
    {OPTION_DEFAULTS,
     {"--defaults", "-d"},
     TAKES_SOME,
     "KEY=VALUE...",
     "group=G, workspace=W; an empty value takes the default out."},
    {OPTION_URL, {"--url"}, TAKES_ONE, "URL", "ARM's address. Default: Azure's public one."},
    {OPTION_THEME,
     {"--theme"},
     TAKES_ONE,
     "THEME",
     "dark, light, colorblind, mono, or a YAML file of yours."},
    {OPTION_ASCII, {"--ascii"}, TAKES_NOTHING, NULL, "Draw with ASCII only."},
    {OPTION_JSON, {"--json"}, TAKES_NOTHING, NULL, "Print JSON, whatever -o says."},
    {OPTION_READ_ONLY,
     {"--read-only"},
     TAKES_NOTHING,
     NULL,
     "Refuse everything that would change the service."},
    {OPTION_BASELINE,
     {"--baseline"},
     TAKES_ONE,
     "NAME",
     "Deployment to compare with: the one that served before."},
    {OPTION_CANDIDATE, {"--candidate"}, TAKES_ONE, "NAME", "Deployment to judge: the new one."},
    {OPTION_EXPLAIN,
     {"--explain"},
     TAKES_NOTHING,
     NULL,
     "Show numbers, test, formula and window of each metric too."},
    {OPTION_MINUTES,
     {"--minutes"},
     TAKES_ONE,
     "N",
     "Judge the last N whole minutes, best those since the last change of traffic. Default: 30."},
    {OPTION_ERROR_LIMIT,
     {"--error-limit"},
     TAKES_ONE,
     "PERCENT",
     "Most requests that the candidate may fail, whatever the baseline does. Default: 1."},
    {OPTION_LOCAL,
     {"--local"},
     TAKES_NOTHING,
     NULL,
     "Use the engine of this machine; it is started if it is not running."},
    {OPTION_DRY_RUN,
     {"--dry-run"},
     TAKES_NOTHING,
     NULL,
     "Send nothing; print the requests that would be sent, as a JSON array."},
    {OPTION_GROUP, {"--resource-group", "-g"}, TAKES_ONE, "GROUP", "Name of the resource group."},
    {OPTION_WORKSPACE,
     {"--workspace-name", "-w", "--workspace"},
     TAKES_ONE,
     "NAME",
     "Name of the workspace."},
    {OPTION_SUBSCRIPTION, {"--subscription"}, TAKES_ONE, "ID", "Id of the subscription."},
    {OPTION_CONTEXT, {"--context"}, TAKES_ONE, "NAME", "Context to use instead of the current."},
    {OPTION_OUTPUT,
     {"--output", "-o"},
     TAKES_ONE,
     "FORMAT",
     "json (the default), jsonc, yaml, table, tsv or none."},
    {OPTION_QUERY,
     {"--query"},
     TAKES_ONE,
     "PATH",
     "Print a part only: names and indexes, as in identity.type or [0].name."},
    {OPTION_VERBOSE,
     {"--verbose", "--debug"},
     TAKES_NOTHING,
     NULL,
     "Show each request and its status on stderr."},
    {OPTION_ONLY_ERRORS, {"--only-show-errors"}, TAKES_NOTHING, NULL, "No warnings, no progress."},
    {OPTION_HELP, {"--help", "-h"}, TAKES_NOTHING, NULL, "Show this."},
};

struct parser {
    uint64_t taken;
    struct options *out;
    struct error *error;
    int argc;
    char **argv;
    int at;
};

static const struct option_row *find(uint64_t taken, const char *name, size_t len)
{
    for (size_t i = 0; i < OPTION_IDS; i++) {
        if (!(taken & OPTION_BIT(i)))
            continue;
        for (size_t k = 0; k < OPTION_MAX_NAMES && option_rows[i].names[k]; k++) {
            const char *known = option_rows[i].names[k];
            if (strlen(known) == len && strncmp(known, name, len) == 0)
                return &option_rows[i];
        }
    }
    return NULL;
}

static bool refuse_unknown(const struct parser *parser, const char *word, size_t len)
{
    const char *names[OPTION_IDS * OPTION_MAX_NAMES];
    size_t count = 0;
    char given[64];
    size_t kept = len < sizeof given - 1 ? len : sizeof given - 1;
    memcpy(given, word, kept);
    given[kept] = '\0';
    error_set(parser->error, ERROR_USAGE, "unknown option '%s'", given);
    if (find(~(uint64_t)0, word, len))
        return error_hint(parser->error, "Other commands have it, this one does not; see --help.");
    for (size_t i = 0; i < OPTION_IDS; i++)
        for (size_t k = 0; k < OPTION_MAX_NAMES && option_rows[i].names[k]; k++)
            if (parser->taken & OPTION_BIT(i) && option_rows[i].names[k][1] == '-')
                names[count++] = option_rows[i].names[k];
    const char *near = nearest_word(given, names, count);
    return near ? error_hint(parser->error, "Did you mean %s?", near)
                : error_hint(parser->error, "See --help for the options of this command.");
}

static bool add_set(struct parser *parser, const char *value)
{
    struct options *out = parser->out;
    if (out->set_count == OPTION_MAX_VALUES)
        return error_set(parser->error, ERROR_LIMIT, "more than %d values", OPTION_MAX_VALUES);
    out->sets[out->set_count++] = value;
    return true;
}

/* "-5" and "-" are values; "--x" and "-x" are options. */
static bool looks_like_option(const char *word)
{
    return word[0] == '-' && word[1] && !(word[1] >= '0' && word[1] <= '9');
}

static bool take_value(struct parser *parser, const struct option_row *row, const char *attached)
{
    struct options *out = parser->out;
    out->given |= OPTION_BIT(row->id);
    if (row->arity == TAKES_NOTHING)
        return !attached ||
               error_set(parser->error, ERROR_USAGE, "option %s takes no value", row->names[0]);
    const char *value = attached;
    if (!value) {
        if (parser->at == parser->argc || looks_like_option(parser->argv[parser->at]))
            return error_set(parser->error, ERROR_USAGE, "option %s needs a value (%s)",
                             row->names[0], row->argument);
        value = parser->argv[parser->at++];
    }
    out->values[row->id] = value;
    if (row->arity == TAKES_ONE)
        return true;
    bool ok = add_set(parser, value);
    while (ok && !attached && parser->at < parser->argc &&
           !looks_like_option(parser->argv[parser->at]))
        ok = add_set(parser, parser->argv[parser->at++]);
    return ok;
}

static bool take_long(struct parser *parser, const char *word)
{
    size_t len = strcspn(word, "=");
    const struct option_row *row = find(parser->taken, word, len);
    if (!row)
        return refuse_unknown(parser, word, len);
    return take_value(parser, row, word[len] ? word + len + 1 : NULL);
}

static bool take_short(struct parser *parser, const char *word)
{
    const struct option_row *row = find(parser->taken, word, 2);
    if (!row)
        return refuse_unknown(parser, word, 2);
    const char *attached = word[2] ? word + 2 : NULL;
    if (attached && *attached == '=' && row->arity != TAKES_NOTHING)
        attached++;
    return take_value(parser, row, attached);
}

bool options_parse(uint64_t taken, size_t max_words, int argc, char **argv, struct options *out,
                   struct error *error)
{
    struct parser parser = {.taken = taken, .out = out, .error = error, .argc = argc, .argv = argv};
    bool only_words = false;
    memset(out, 0, sizeof *out);
    while (parser.at < argc) {
        const char *word = argv[parser.at++];
        if (!only_words && strcmp(word, "--") == 0) {
            only_words = true;
        } else if (!only_words && looks_like_option(word)) {
            if (!(word[1] == '-' ? take_long(&parser, word) : take_short(&parser, word)))
                return false;
        } else if (out->word_count == max_words) {
            error_set(error, ERROR_USAGE, "unexpected argument '%.80s'", word);
            return error_hint(error, "See --help for what this command takes.");
        } else {
            out->words[out->word_count++] = word;
        }
    }
    return true;
}

bool options_integer(const struct options *options, enum option_id id, long least, long most,
                     long fallback, long *out, struct error *error)
{
    const char *text = option_value(options, id);
    char *end;
    *out = fallback;
    if (!text)
        return true;
    errno = 0;
    *out = strtol(text, &end, 10);
    if (*text && !*end && !errno && *out >= least && *out <= most)
        return true;
    return error_set(error, ERROR_USAGE, "%s must be a whole number from %ld to %ld, not '%.40s'",
                     option_rows[id].names[0], least, most, text);
}
