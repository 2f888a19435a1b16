#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/printable.h"
#include "core/spec/spec.h"
#include "tui/cli/background.h"
#include "tui/cli/command.h"
#include "tui/cli/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROGRESS_SIZE = 200 };

/* Where writes stand, for what Ctrl-C has to say. */
static struct {
    bool sent;
    bool accepted;
} writes;

static struct net *interruptible;
static volatile sig_atomic_t interrupted;

/* --- Ctrl-C ----------------------------------------------------------------------------------- */

/* The second one ends the program at once, should the first find it stuck. */
static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
    if (interruptible)
        net_interrupt(interruptible);
}

bool session_interrupted(void)
{
    return interrupted;
}

static void explain_interruption(const char *what, struct error *error)
{
    error_set(error, ERROR_CANCELLED, "interrupted: %s", what);
    if (writes.accepted)
        error_hint(error, "The operation goes on in the service; 'show' tells how it ends.");
    else if (writes.sent)
        error_hint(error, "The request had left; the service may have accepted it. 'show' tells.");
    else
        error_hint(error, "Nothing was changed.");
}

/* --- messages --------------------------------------------------------------------------------- */

static bool is_quiet(const struct session *session)
{
    return option_given(&session->options, OPTION_ONLY_ERRORS);
}

void session_warn(const struct session *session, const char *format, ...)
{
    if (is_quiet(session))
        return;
    va_list args;
    va_start(args, format);
    char text[1200];
    char safe[1200];
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    printable_line(safe, sizeof safe, text);
    fprintf(stderr, "cutover: warning: %s\n", safe);
}

static bool shows_progress(const struct session *session)
{
    return isatty(STDERR_FILENO) && !is_quiet(session) &&
           !option_given(&session->options, OPTION_VERBOSE);
}

static void show_progress(void *context, const struct azure_progress *progress)
{
    (void)context;
    char text[PROGRESS_SIZE];
    printable_line(text, sizeof text, progress->status);
    fprintf(stderr, "\r\033[K  %s %lld s", *text ? text : "Waiting",
            (long long)(progress->elapsed_ms / 1000));
}

static void clear_progress(const struct session *session)
{
    if (shows_progress(session))
        fputs("\r\033[K", stderr);
}

struct azure_long session_long(const struct session *session, struct azure_outcome *outcome)
{
    return (struct azure_long){
        .done = azure_collect,
        .progress = shows_progress(session) ? show_progress : NULL,
        .context = outcome,
        .no_wait = option_given(&session->options, OPTION_NO_WAIT),
    };
}

static void observe(void *context, const struct azure_event *event)
{
    const struct session *session = context;
    bool answered = event->kind == AZURE_EVENT_ANSWERED;
    if (event->write && event->kind == AZURE_EVENT_SENT)
        writes.sent = true;
    if (event->write && answered && !event->error)
        writes.accepted = true;
    if (!option_given(&session->options, OPTION_VERBOSE))
        return;
    if (answered)
        fprintf(stderr, "%s %s -> %d, %.1f ms%s%s\n", event->method, event->url, event->status,
                (double)event->duration_us / 1000, *event->request_id ? ", " : "",
                event->request_id);
    else if (event->kind == AZURE_EVENT_RETRY)
        fprintf(stderr, "%s %s -> %d, again in %d ms\n", event->method, event->url, event->status,
                event->retry_in_ms);
}

/* --- connection ------------------------------------------------------------------------------- */

bool session_load_config(struct session *session, struct error *error)
{
    if (!session->config)
        session->config = config_load(NULL, error);
    return session->config != NULL;
}

/* For a dry run that reads nothing: the engine's address, or the form it has. */
static bool access_without_engine(void *context, bool again, struct azure_access *out,
                                  struct error *error)
{
    if (!again && azure_access_local(context, again, out, NULL))
        return true;
    if (again)
        return error_set(error, ERROR_NETWORK, "no local engine is running");
    out->arm_url = str_dup("http://127.0.0.1");
    out->token = str_dup("none");
    return true;
}

bool session_resolve(struct session *session, struct error *error)
{
    const struct options *options = &session->options;
    const struct config_flags flags = {
        .local = option_given(options, OPTION_LOCAL),
        .context = option_value(options, OPTION_CONTEXT),
        .subscription = option_value(options, OPTION_SUBSCRIPTION),
        .group = option_value(options, OPTION_GROUP),
        .workspace = option_value(options, OPTION_WORKSPACE),
    };
    return session_load_config(session, error) &&
           config_resolve(session->config, &flags, &session->target, error);
}

bool session_connect(struct session *session, bool will_read, struct error *error)
{
    if (!session_resolve(session, error))
        return false;
    const struct config_target *target = &session->target;
    bool offline = session->dry_run && !will_read;
    if (!offline && !config_require_token(target, error))
        return false;
    if (option_given(&session->options, OPTION_LOCAL) && !offline &&
        !background_engine_start(NULL, NULL, error))
        return false;
    session->access =
        (struct azure_access){.arm_url = str_dup(target->url), .token = str_dup(target->token)};
    azure_access_fn *local = offline ? access_without_engine : azure_access_local;
    session->net = net_new();
    session->azure = azure_new(&(struct azure_settings){
        .net = session->net,
        .subscription = target->subscription,
        .group = target->group,
        .workspace = target->workspace,
        .location = target->local ? CONFIG_LOCAL : NULL,
        .access = target->local ? local : azure_access_fixed,
        .access_context = &session->access,
        .observe = observe,
        .observe_context = session,
        .dry_run = session->dry_run,
    });
    session->outer = interruptible;
    interruptible = session->net;
    signals_set_once(SIGINT, on_interrupt);
    return true;
}

void session_release(struct session *session)
{
    if (session->net)
        interruptible = session->outer;
    azure_free(session->azure);
    net_free(session->net);
    azure_access_release(&session->access);
    config_target_release(&session->target);
    config_free(session->config);
}

bool session_await(struct session *session, azure_id id, struct azure_outcome *outcome,
                   const char *what, struct error *error)
{
    bool ok = azure_await(session->azure, id, outcome, error);
    clear_progress(session);
    if (!ok && error->kind == ERROR_CANCELLED)
        explain_interruption(what, error);
    return ok;
}

/* --- reading ---------------------------------------------------------------------------------- */

static struct json *finish_read(struct session *session, azure_id id, struct azure_outcome *outcome,
                                const char *what, struct error *error)
{
    struct json *document = NULL;
    if (session_await(session, id, outcome, what, error)) {
        document = outcome->document;
        outcome->document = NULL;
    }
    azure_outcome_release(outcome);
    return document;
}

struct json *session_endpoint(struct session *session, const char *name, struct error *error)
{
    struct azure_outcome outcome = {0};
    azure_id id = azure_endpoint_get(session->azure, name, azure_collect, &outcome);
    struct json *document = finish_read(session, id, &outcome, "reading the endpoint", error);
    if (!document && error->kind == ERROR_NOT_FOUND)
        error_prefix(error, "endpoint '%.64s'", name);
    return document;
}

struct json *session_deployments(struct session *session, const char *endpoint, struct error *error)
{
    struct azure_outcome outcome = {0};
    azure_id id = azure_deployment_list(session->azure, endpoint, azure_collect, &outcome);
    struct json *document = finish_read(session, id, &outcome, "reading the deployments", error);
    if (!document && error->kind == ERROR_NOT_FOUND)
        error_prefix(error, "endpoint '%.64s'", endpoint);
    return document;
}

struct json *session_deployment(struct session *session, const char *endpoint, const char *name,
                                struct error *error)
{
    struct azure_outcome outcome = {0};
    azure_id id = azure_deployment_get(session->azure, endpoint, name, azure_collect, &outcome);
    struct json *document = finish_read(session, id, &outcome, "reading the deployment", error);
    if (!document && error->kind == ERROR_NOT_FOUND)
        error_prefix(error, "deployment '%.64s' of endpoint '%.64s'", name, endpoint);
    return document;
}

/* --- printing --------------------------------------------------------------------------------- */

bool session_print(struct session *session, const struct json *value, struct error *error)
{
    return print_result(session->format, session->query, value, error);
}

bool session_print_endpoint(struct session *session, const struct json *document,
                            struct error *error)
{
    const char *name = json_text_at(document, "name", "");
    struct json *deployments = session_deployments(session, name, error);
    if (!deployments)
        return false;
    struct json *printed = spec_from_endpoint(document, deployments);
    bool ok = session_print(session, printed, error);
    json_free(printed);
    json_free(deployments);
    return ok;
}

bool session_print_captured(struct session *session, struct error *error)
{
    return session_print(session, azure_captured(session->azure), error);
}

bool session_confirm(struct session *session, const char *question, struct error *error)
{
    char answer[16];
    char safe[300];
    if (option_given(&session->options, OPTION_YES) || session->dry_run)
        return true;
    if (!isatty(STDIN_FILENO)) {
        error_set(error, ERROR_USAGE, "this asks for a confirmation, and nobody is there to ask");
        return error_hint(error, "Give --yes to do it without asking.");
    }
    printable_line(safe, sizeof safe, question);
    fprintf(stderr, "%s (y/n): ", safe);
    fflush(stderr);
    if (fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
        return true;
    if (session_interrupted())
        error_set(error, ERROR_CANCELLED, "interrupted");
    else
        error_set(error, ERROR_FAILED, "not confirmed");
    return error_hint(error, "Nothing was changed.");
}
