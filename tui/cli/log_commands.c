/* online-deployment get-logs. */
#include "core/base/alloc.h"
#include "tui/cli/command.h"
#include "tui/state/logs.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_LINES = 5000,
    MAX_LINES = 1000 * 1000,
    FOLLOW_EVERY_MS = 500,
};

static bool read_container(const struct session *session, const char **out, struct error *error)
{
    static const char *const names[][2] = {{"inference-server", "InferenceServer"},
                                           {"storage-initializer", "StorageInitializer"}};
    const char *given = option_value(&session->options, OPTION_CONTAINER);
    *out = NULL;
    for (size_t i = 0; given && i < 2; i++) {
        if (strcmp(given, names[i][0]) == 0 || strcmp(given, names[i][1]) == 0) {
            *out = names[i][1];
            return true;
        }
    }
    return !given || error_set(error, ERROR_USAGE,
                               "--container is inference-server or storage-initializer, not "
                               "'%.40s'",
                               given);
}

/* The text of the log now; NULL with the error. Owned by the caller. */
static char *read_logs(struct session *session, int lines, const char *container,
                       struct error *error)
{
    const struct options *options = &session->options;
    struct azure_outcome outcome = {0};
    char *text = NULL;
    azure_id id = azure_deployment_logs(session->azure, option_value(options, OPTION_ENDPOINT_NAME),
                                        option_value(options, OPTION_NAME), lines, container,
                                        azure_collect, &outcome);
    if (session_await(session, id, &outcome, "reading the log", error))
        text = str_dup(json_text_at(outcome.document, "content", ""));
    else if (error->kind == ERROR_NOT_FOUND)
        error_prefix(error, "deployment '%.64s'", option_value(options, OPTION_NAME));
    azure_outcome_release(&outcome);
    return text;
}

static bool print_lines(const char *text, struct error *error)
{
    size_t len = strlen(text);
    bool ended = !len || text[len - 1] == '\n';
    return print_text(text, len, error) && (ended || print_text("\n", 1, error)) &&
           print_flush(error);
}

/* The last `count` lines of `text`, all of which end with a newline. */
static const char *last_lines(const char *text, size_t len, size_t count)
{
    const char *at = text + len;
    while (count && at > text) {
        at--;
        while (at > text && at[-1] != '\n')
            at--;
        count--;
    }
    return at;
}

static void on_timer(void *context)
{
    *(bool *)context = true;
}

static bool pause_before_next(struct session *session, struct error *error)
{
    bool due = false;
    net_id id = net_after(session->net, FOLLOW_EVERY_MS, on_timer, &due);
    bool ok = net_run_until(session->net, &due, error);
    net_cancel(session->net, id);
    return ok;
}

/*
 * Takes a window in and prints its last `count` lines, at most those that are new. An unfinished
 * last line waits for its end.
 */
static bool print_new_lines(const struct session *session, struct log_buffer *log, char *text,
                            size_t count, struct error *error)
{
    char *end = strrchr(text, '\n');
    size_t len = end ? (size_t)(end - text) + 1 : 0;
    size_t added = log_merge(log, text, len, LOG_MAX_LINES);
    if (added && added < log->count && log_at(log, log->count - added - 1)->kind == LOG_LINE_GAP)
        session_warn(session, "the log grew faster than it could be read; lines are missing here");
    const char *from = last_lines(text, len, added < count ? added : count);
    return from == text + len ||
           (print_text(from, (size_t)(text + len - from), error) && print_flush(error));
}

/*
 * Reads and prints until Ctrl-C. All windows are as long as the buffer that they are laid over, so
 * that they meet; -l only says how much of the first one is shown.
 */
static bool follow(struct session *session, size_t lines, const char *container,
                   struct error *error)
{
    struct log_buffer log;
    size_t shown = lines;
    bool ok = true;
    log_init(&log);
    while (ok) {
        char *text = read_logs(session, LOG_MAX_LINES, container, error);
        ok = text && print_new_lines(session, &log, text, shown, error) &&
             pause_before_next(session, error);
        free(text);
        shown = SIZE_MAX;
    }
    log_release(&log);
    return false;
}

bool run_deployment_get_logs(struct session *session, struct error *error)
{
    const struct options *options = &session->options;
    const char *container;
    long lines;
    if (!options_integer(options, OPTION_LINES, 1, MAX_LINES, DEFAULT_LINES, &lines, error) ||
        !read_container(session, &container, error) || !session_connect(session, true, error))
        return false;
    if (option_given(options, OPTION_FOLLOW))
        return follow(session, (size_t)lines, container, error);
    char *text = read_logs(session, (int)lines, container, error);
    bool ok = text && print_lines(text, error);
    free(text);
    return ok;
}
