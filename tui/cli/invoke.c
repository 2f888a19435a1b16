/* online-endpoint invoke: one request, or many. */
#include "core/azure/scoring.h"
#include "core/base/alloc.h"
#include "core/base/file.h"
#include "core/base/printable.h"
#include "tui/cli/burst.h"
#include "tui/cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_REQUEST_BYTES = 64 * 1024 * 1024 };

struct wanted_target {
    struct scoring_target target;
    struct error error;
    bool done;
};

static void on_target(void *context, const struct error *error, struct scoring_target *target)
{
    struct wanted_target *wanted = context;
    wanted->done = true;
    if (error) {
        wanted->error = *error;
        return;
    }
    wanted->target = *target;
    memset(target, 0, sizeof *target);
}

/* Where requests to the endpoint go; also looks whether a named deployment is there. */
static bool find_target(struct session *session, struct scoring_target *out, struct error *error)
{
    const char *endpoint = option_value(&session->options, OPTION_NAME);
    const char *deployment = option_value(&session->options, OPTION_DEPLOYMENT_NAME);
    struct wanted_target wanted = {.done = false};
    if (deployment) {
        struct json *found = session_deployment(session, endpoint, deployment, error);
        json_free(found);
        if (!found)
            return false;
    }
    azure_id id = scoring_target_get(session->azure, endpoint, on_target, &wanted);
    if (!net_run_until(session->net, &wanted.done, error)) {
        azure_cancel(session->azure, id);
        return false;
    }
    if (wanted.error.kind != ERROR_NONE) {
        *error = wanted.error;
        if (error->kind == ERROR_NOT_FOUND)
            error_prefix(error, "endpoint '%.64s'", endpoint);
        return false;
    }
    *out = wanted.target;
    return true;
}

/* --- one -------------------------------------------------------------------------------------- */

struct one_answer {
    struct error error;
    char *body;
    size_t body_len;
    bool done;
};

static void on_answer(void *context, const struct net_response *response)
{
    struct one_answer *one = context;
    one->done = true;
    scoring_check(response, &one->error);
    one->body = str_dup_n(response->body, response->body_len);
    one->body_len = response->body_len;
}

static bool print_answer(struct session *session, const struct one_answer *one, struct error *error)
{
    if (one->error.kind == ERROR_NONE) {
        struct json *text = json_string(one->body);
        bool ok = session_print(session, text, error);
        json_free(text);
        return ok;
    }
    *error = one->error;
    if (one->body_len) {
        char *safe = printable_text(one->body, one->body_len < 4096 ? one->body_len : 4096, true);
        fprintf(stderr, "%s\n", safe);
        free(safe);
    }
    return false;
}

static bool invoke_once(struct session *session, const struct scoring_target *target,
                        const char *body, size_t len, struct error *error)
{
    struct one_answer one = {.done = false};
    const struct scoring_request request = {
        .deployment = option_value(&session->options, OPTION_DEPLOYMENT_NAME),
        .body = body,
        .body_len = len,
    };
    net_id id = scoring_send(session->net, target, &request, on_answer, &one);
    bool ok = net_run_until(session->net, &one.done, error);
    if (ok)
        ok = print_answer(session, &one, error);
    else
        net_cancel(session->net, id);
    free(one.body);
    return ok;
}

/* --- many ------------------------------------------------------------------------------------- */

static bool invoke_many(struct session *session, const struct burst_options *options,
                        struct error *error)
{
    struct burst_result result;
    struct error later;
    bool ok = burst_run(session->net, options, &result, error);
    struct json *summary = burst_to_json(&result, options);
    bool printed = session_print(session, summary, ok ? error : &later);
    long bad = result.answered + result.failed - result.succeeded;
    if (ok && printed && bad)
        ok = error_set(error, ERROR_FAILED, "%ld of %ld requests failed, first: %s", bad,
                       result.answered + result.failed, result.first_error.message);
    json_free(summary);
    burst_release(&result);
    return ok && printed;
}

bool run_endpoint_invoke(struct session *session, struct error *error)
{
    const struct options *options = &session->options;
    struct scoring_target target = {0};
    size_t len = 0;
    long count;
    long concurrency;
    long rate;
    if (!options_integer(options, OPTION_COUNT, 1, BURST_MAX_COUNT, 0, &count, error) ||
        !options_integer(options, OPTION_CONCURRENCY, 1, BURST_MAX_CONCURRENCY, 1, &concurrency,
                         error) ||
        !options_integer(options, OPTION_RATE, 1, 1000000, 0, &rate, error))
        return false;
    if (!count && (concurrency > 1 || rate))
        return error_set(error, ERROR_USAGE, "--concurrency and --rate need --count");
    char *body = file_read_stream(option_value(options, OPTION_REQUEST_FILE), MAX_REQUEST_BYTES,
                                  &len, error);
    bool ok = body && session_connect(session, true, error) && find_target(session, &target, error);
    if (ok && !count)
        ok = invoke_once(session, &target, body, len, error);
    else if (ok)
        ok = invoke_many(session,
                         &(struct burst_options){
                             .target = &target,
                             .deployment = option_value(options, OPTION_DEPLOYMENT_NAME),
                             .body = body,
                             .body_len = len,
                             .count = count,
                             .concurrency = concurrency,
                             .rate = rate,
                         },
                         error);
    scoring_target_release(&target);
    free(body);
    return ok;
}
