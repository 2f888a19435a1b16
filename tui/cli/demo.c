/*
 * demo: a cutover on a local engine. With a terminal the console, opened on an endpoint that has
 * traffic; without one the whole of it in text, each step checked against the service.
 */
#include "core/base/alloc.h"
#include "core/base/file.h"
#include "core/wire/endpoint.h"
#include "tui/app/console.h"
#include "tui/cli/burst.h"
#include "tui/cli/cli.h"
#include "tui/cli/command.h"
#include "tui/cli/demo_world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENDPOINT "my-endpoint"
#define SAMPLE "endpoints/online/managed/sample/"
#define REQUEST "endpoints/online/model-1/sample-request.json"
#define SCORED "model 2 scored" /* what green's score.py logs for each request */

enum {
    CLIENT_RATE = 10, /* requests a second of the client in the background */
    CONCURRENCY = 1,  /* with the client's one request as much as one instance takes without 429 */
    MIRROR_REQUESTS = 400,
    SPLIT_REQUESTS = 1000,
    FEW_REQUESTS = 100,
    MIRROR_PERCENT = 10,
    SPLIT_PERCENT = 10,
    ARRIVAL_MS = 3000, /* mirrored copies may come this much later */
    LOOK_EVERY_MS = 100,
    PAUSE_MS = 500,
    MAX_WORDS = 16,
    MAX_REQUEST = 1 << 20,
    /*
     * 40 copies of 400 requests are expected; the bounds are 4.5 standard deviations away, the
     * upper one also covers what the client in the background sends meanwhile.
     */
    MIRROR_LEAST = 13,
    MIRROR_MOST = 95,
};

struct demo {
    struct session *session;
    struct demo_world world;
    char workspace[64];
    struct scoring_target target;
    char *request;
    char *blue_says;
    char *green_says;
    long green_lines; /* of SCORED in green's log when last counted */
    int step;
};

/* --- telling ---------------------------------------------------------------------------------- */

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    fflush(stdout);
}

static void begin(struct demo *demo, const char *what)
{
    say("\n%d. %s\n", ++demo->step, what);
}

static bool expect(bool ok, struct error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool expect(bool ok, struct error *error, const char *format, ...)
{
    char text[600];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    say("   %s %s\n", ok ? "ok " : "NOT", text);
    return ok || error_set(error, ERROR_FAILED, "not as expected: %s", text);
}

/* --- doing ------------------------------------------------------------------------------------ */

/*
 * Runs a command of this program as a person would type it, in the samples' folder. Words after
 * the last are NULL.
 */
static bool run(struct demo *demo, struct error *error, const char *first, ...)
    __attribute__((sentinel));
static bool run(struct demo *demo, struct error *error, const char *first, ...)
{
    char *argv[MAX_WORDS + 5] = {str_dup(first)};
    int argc = 1;
    va_list args;
    va_start(args, first);
    say("   $ cutover %s", first);
    for (const char *word; argc < MAX_WORDS && (word = va_arg(args, const char *)) != NULL;) {
        say(strchr(word, ' ') ? " \"%s\"" : " %s", word);
        bool path = strncmp(word, "endpoints/", 10) == 0;
        argv[argc++] = path ? file_join(demo->world.samples, word) : str_dup(word);
    }
    va_end(args);
    say("\n");
    argv[argc++] = str_dup("--context=" CONFIG_LOCAL);
    argv[argc++] = str_dup("--resource-group=" CONFIG_LOCAL_GROUP);
    argv[argc++] = str_dup("--subscription=" CONFIG_LOCAL_SUBSCRIPTION);
    argv[argc++] = str_format("--workspace-name=%s", demo->workspace);
    bool ok = cli_run_quietly(argc, argv, error);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return ok;
}

static void on_time(void *context)
{
    *(bool *)context = true;
}

static bool wait_ms(struct demo *demo, int ms, struct error *error)
{
    bool due = false;
    net_id id = net_after(demo->session->net, ms, on_time, &due);
    bool ok = net_run_until(demo->session->net, &due, error);
    net_cancel(demo->session->net, id);
    return ok;
}

/* Sends requests and checks that each was answered well. */
static bool send(struct demo *demo, long count, const char *deployment, struct burst_result *out,
                 struct error *error)
{
    const struct burst_options options = {.target = &demo->target,
                                          .deployment = deployment,
                                          .body = demo->request,
                                          .body_len = strlen(demo->request),
                                          .count = count,
                                          .concurrency = CONCURRENCY};
    if (!burst_run(demo->session->net, &options, out, error))
        return false;
    long bad = count - out->succeeded;
    return expect(!bad, error, "%ld requests, %ld failed%s%s", count, bad, bad ? ", first: " : "",
                  out->first_error.message);
}

/* --- looking ---------------------------------------------------------------------------------- */

struct found_target {
    struct demo *demo;
    struct error error;
    bool done;
};

static void on_target(void *context, const struct error *error, struct scoring_target *target)
{
    struct found_target *found = context;
    found->done = true;
    if (error) {
        found->error = *error;
        return;
    }
    scoring_target_release(&found->demo->target);
    found->demo->target = *target;
    *target = (struct scoring_target){.url = NULL};
}

static bool find_target(struct demo *demo, struct error *error)
{
    struct found_target found = {.demo = demo};
    scoring_target_get(demo->session->azure, ENDPOINT, on_target, &found);
    if (!net_run_until(demo->session->net, &found.done, error))
        return false;
    if (found.error.kind != ERROR_NONE)
        *error = found.error;
    return found.error.kind == ERROR_NONE;
}

struct answer {
    char *body;
    bool done;
    bool ok;
};

static void on_answer(void *context, const struct net_response *response)
{
    struct answer *answer = context;
    answer->done = true;
    answer->ok = scoring_check(response, NULL);
    answer->body = str_dup_n(response->body, response->body_len);
}

/* What a deployment answers to the sample request; owned by the caller, NULL with the error. */
static char *ask(struct demo *demo, const char *deployment, struct error *error)
{
    struct answer answer = {.done = false};
    const struct scoring_request request = {
        .deployment = deployment, .body = demo->request, .body_len = strlen(demo->request)};
    scoring_send(demo->session->net, &demo->target, &request, on_answer, &answer);
    if (!net_run_until(demo->session->net, &answer.done, error) ||
        !expect(answer.ok, error, "%s answers %.200s", deployment, answer.body)) {
        free(answer.body);
        return NULL;
    }
    return answer.body;
}

/* Checks live and mirrored share of a deployment against the service. */
static bool expect_shares(struct demo *demo, const char *name, int live, int mirror,
                          struct error *error)
{
    struct traffic_split split;
    struct json *endpoint = session_endpoint(demo->session, ENDPOINT, error);
    if (!endpoint)
        return false;
    wire_endpoint_split(endpoint, &split);
    bool settled = wire_provisioning_state(endpoint) == STATE_SUCCEEDED;
    json_free(endpoint);
    int is_live = traffic_get(&split.live, name);
    int is_mirror = traffic_get(&split.mirror, name);
    return expect(settled && is_live == live && is_mirror == mirror, error,
                  "the service says: %s has %d %% live, %d %% mirrored", name, is_live, is_mirror);
}

/* How often green's score.py has been called, by its log; -1 with the error. */
static long count_green_lines(struct demo *demo, struct error *error)
{
    struct azure_outcome outcome = {0};
    azure_id id = azure_deployment_logs(demo->session->azure, ENDPOINT, "green", 1000000, NULL,
                                        azure_collect, &outcome);
    long count = -1;
    if (session_await(demo->session, id, &outcome, "reading the log", error)) {
        count = 0;
        for (const char *at = json_text_at(outcome.document, "content", "");
             (at = strstr(at, SCORED)); at += strlen(SCORED))
            count++;
    }
    azure_outcome_release(&outcome);
    return count;
}

/* Lines that green's log got since the last count, once they stop coming. */
static long new_green_lines(struct demo *demo, struct error *error)
{
    long before = demo->green_lines;
    long now = before;
    int quiet = 0;
    for (int waited = 0; waited < ARRIVAL_MS && quiet < 3; waited += LOOK_EVERY_MS) {
        long count = wait_ms(demo, LOOK_EVERY_MS, error) ? count_green_lines(demo, error) : -1;
        if (count < 0)
            return -1;
        quiet = count == now ? quiet + 1 : 0;
        now = count;
    }
    demo->green_lines = now;
    return now - before;
}

/* True within four and a half standard deviations of what `percent` of `count` would give. */
static bool is_share(long part, long count, int percent)
{
    long long variance = (long long)count * percent * (100 - percent);  /* times 10^4 */
    long long off = (long long)part * 100 - (long long)count * percent; /* times 10^2 */
    return off * off * 4 <= 81 * variance;
}

/* --- the steps -------------------------------------------------------------------------------- */

static bool create_blue(struct demo *demo, struct error *error)
{
    begin(demo, "An endpoint, and blue with all traffic");
    if (!run(demo, error, "online-endpoint", "create", "-n", ENDPOINT, "-f", SAMPLE "endpoint.yml",
             NULL) ||
        !run(demo, error, "online-deployment", "create", "-n", "blue", "-e", ENDPOINT, "-f",
             SAMPLE "blue-deployment.yml", "--all-traffic", NULL) ||
        !expect_shares(demo, "blue", 100, 0, error) || !find_target(demo, error))
        return false;
    demo->blue_says = ask(demo, "blue", error);
    return demo->blue_says && demo_client_start(&demo->world, demo->workspace, ENDPOINT,
                                                demo->request, CLIENT_RATE, error);
}

static bool scale_blue(struct demo *demo, struct error *error)
{
    begin(demo, "Blue on two instances; a client keeps sending from here on");
    if (!run(demo, error, "online-deployment", "update", "-n", "blue", "-e", ENDPOINT, "--set",
             "instance_count=2", NULL))
        return false;
    struct json *blue = session_deployment(demo->session, ENDPOINT, "blue", error);
    int64_t count = json_int(json_at(blue, "sku.capacity"), 0);
    json_free(blue);
    return blue && expect(count == 2, error, "the service says: blue has %d instances", (int)count);
}

static bool create_green(struct demo *demo, struct error *error)
{
    struct burst_result result = {0};
    begin(demo, "Green beside it, without traffic");
    bool ok =
        run(demo, error, "online-deployment", "create", "-n", "green", "-e", ENDPOINT, "-f",
            SAMPLE "green-deployment.yml", NULL) &&
        expect_shares(demo, "green", 0, 0, error) &&
        (demo->green_says = ask(demo, "green", error)) != NULL &&
        expect(strcmp(demo->green_says, demo->blue_says) != 0, error,
               "that is not what blue says") &&
        send(demo, FEW_REQUESTS, NULL, &result, error) &&
        expect(burst_count_of(&result, "blue") == FEW_REQUESTS, error, "blue answered all of them");
    burst_release(&result);
    return ok;
}

static bool mirror(struct demo *demo, struct error *error)
{
    struct burst_result result = {0};
    begin(demo, "A tenth of the requests is mirrored to green; its answers are dropped");
    bool ok = run(demo, error, "online-endpoint", "update", "-n", ENDPOINT, "--mirror-traffic",
                  "green=10", NULL) &&
              expect_shares(demo, "green", 0, MIRROR_PERCENT, error) &&
              (demo->green_lines = count_green_lines(demo, error)) >= 0 &&
              send(demo, MIRROR_REQUESTS, NULL, &result, error) &&
              expect(burst_count_of(&result, "blue") == MIRROR_REQUESTS, error,
                     "blue answered all of them");
    burst_release(&result);
    if (!ok)
        return false;
    long copies = new_green_lines(demo, error);
    return copies >= 0 && expect(copies >= MIRROR_LEAST && copies <= MIRROR_MOST, error,
                                 "green's log shows %ld mirrored copies", copies);
}

static bool end_mirror(struct demo *demo, struct error *error)
{
    struct burst_result result = {0};
    begin(demo, "The mirror ends");
    bool ok = run(demo, error, "online-endpoint", "update", "-n", ENDPOINT, "--mirror-traffic",
                  "green=0", NULL) &&
              expect_shares(demo, "green", 0, 0, error) && new_green_lines(demo, error) >= 0 &&
              send(demo, FEW_REQUESTS, NULL, &result, error);
    burst_release(&result);
    long copies = ok ? new_green_lines(demo, error) : -1;
    return copies >= 0 && expect(copies == 0, error, "green got nothing any more");
}

static bool split(struct demo *demo, struct error *error)
{
    struct burst_result result = {0};
    begin(demo, "A tenth of the live traffic goes to green");
    bool ok = run(demo, error, "online-endpoint", "update", "-n", ENDPOINT, "--traffic",
                  "blue=90 green=10", NULL) &&
              expect_shares(demo, "green", SPLIT_PERCENT, 0, error) &&
              send(demo, SPLIT_REQUESTS, NULL, &result, error);
    long green = burst_count_of(&result, "green");
    ok = ok && expect(is_share(green, SPLIT_REQUESTS, SPLIT_PERCENT), error,
                      "green answered %ld, blue %ld", green, burst_count_of(&result, "blue"));
    burst_release(&result);
    return ok;
}

static bool cut_over(struct demo *demo, struct error *error)
{
    struct burst_result result = {0};
    begin(demo, "All of it goes to green");
    bool ok = run(demo, error, "online-endpoint", "update", "-n", ENDPOINT, "--traffic",
                  "blue=0 green=100", NULL) &&
              expect_shares(demo, "green", 100, 0, error) &&
              send(demo, FEW_REQUESTS, NULL, &result, error) &&
              expect(burst_count_of(&result, "green") == FEW_REQUESTS, error,
                     "green answered all of them");
    burst_release(&result);
    return ok;
}

static bool is_gone(struct demo *demo, const char *deployment, struct error *error)
{
    struct error later = {.kind = ERROR_NONE};
    struct json *found = deployment
                             ? session_deployment(demo->session, ENDPOINT, deployment, &later)
                             : session_endpoint(demo->session, ENDPOINT, &later);
    json_free(found);
    return expect(!found && later.kind == ERROR_NOT_FOUND, error, "the service has no %s any more",
                  deployment ? deployment : ENDPOINT);
}

static bool delete_blue(struct demo *demo, struct error *error)
{
    struct demo_client_report report;
    begin(demo, "Blue is deleted");
    return run(demo, error, "online-deployment", "delete", "-n", "blue", "-e", ENDPOINT, "--yes",
               NULL) &&
           is_gone(demo, "blue", error) && wait_ms(demo, PAUSE_MS, error) &&
           demo_client_stop(&demo->world, &report, error) &&
           expect(report.sent > 0 && !report.failed, error,
                  "the client sent %ld requests meanwhile, %ld failed", report.sent, report.failed);
}

static bool delete_endpoint(struct demo *demo, struct error *error)
{
    begin(demo, "The endpoint is deleted");
    return run(demo, error, "online-endpoint", "delete", "-n", ENDPOINT, "--yes", NULL) &&
           is_gone(demo, NULL, error);
}

static bool (*const steps[])(struct demo *demo, struct error *error) = {
    create_blue, scale_blue, create_green, mirror,         end_mirror,
    split,       cut_over,   delete_blue,  delete_endpoint};

static bool run_in_text(struct demo *demo, struct error *error)
{
    size_t len;
    char *path = file_join(demo->world.samples, REQUEST);
    demo->request = file_read(path, MAX_REQUEST, &len, error);
    free(path);
    say("A cutover from blue to green, on the local engine (workspace %s).\n", demo->workspace);
    bool ok = demo->request != NULL;
    for (size_t i = 0; ok && i < sizeof steps / sizeof *steps; i++)
        ok = steps[i](demo, error);
    if (ok)
        say("\nEvery step was verified.\n");
    return ok;
}

/* --- with a terminal -------------------------------------------------------------------------- */

/* What is missing of my-endpoint and blue; an endpoint that is there stays as it is. */
static bool prepare_endpoint(struct demo *demo, struct error *error)
{
    struct error missing = {.kind = ERROR_NONE};
    struct json *found = session_endpoint(demo->session, ENDPOINT, &missing);
    json_free(found);
    if (found)
        return true;
    return run(demo, error, "online-endpoint", "create", "-n", ENDPOINT, "-f",
               SAMPLE "endpoint.yml", NULL) &&
           run(demo, error, "online-deployment", "create", "-n", "blue", "-e", ENDPOINT, "-f",
               SAMPLE "blue-deployment.yml", "--all-traffic", NULL);
}

static bool open_console(struct demo *demo, struct error *error)
{
    const struct options *options = &demo->session->options;
    size_t len;
    char *path = file_join(demo->world.samples, REQUEST);
    demo->request = file_read(path, MAX_REQUEST, &len, error);
    free(path);
    if (!demo->request || !prepare_endpoint(demo, error) ||
        !demo_client_start(&demo->world, demo->workspace, ENDPOINT, demo->request, CLIENT_RATE,
                           error))
        return false;
    demo->session->status = console_run(&(struct console_options){
        .context = CONFIG_LOCAL,
        .subscription = CONFIG_LOCAL_SUBSCRIPTION,
        .group = CONFIG_LOCAL_GROUP,
        .workspace = demo->workspace,
        .endpoint = ENDPOINT,
        .theme = option_value(options, OPTION_THEME),
        .samples = demo->world.samples,
        .guide = true,
        .ascii = option_given(options, OPTION_ASCII),
    });
    return true;
}

/* --- both ------------------------------------------------------------------------------------- */

/* A workspace of its own where an engine ran before, so that nothing in it is touched. */
static void choose_workspace(struct demo *demo, bool terminal)
{
    if (demo->world.own_engine || terminal)
        snprintf(demo->workspace, sizeof demo->workspace, "%s", CONFIG_LOCAL_WORKSPACE);
    else
        snprintf(demo->workspace, sizeof demo->workspace, "%s-%ld", CONFIG_LOCAL_WORKSPACE,
                 (long)getpid());
}

/* An endpoint that a broken-off run leaves in an engine that goes on running. */
static void clean_up(struct demo *demo)
{
    struct error ignored;
    if (!demo->world.own_engine && demo->session->azure) {
        struct azure_outcome outcome = {0};
        const struct azure_long how = {.done = azure_collect, .context = &outcome, .no_wait = true};
        azure_id id = azure_endpoint_delete(demo->session->azure, ENDPOINT, &how);
        azure_await(demo->session->azure, id, &outcome, &ignored);
        azure_outcome_release(&outcome);
    }
}

bool run_demo(struct session *session, struct error *error)
{
    struct demo demo = {.session = session};
    bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    bool keep = option_given(&session->options, OPTION_KEEP);
    bool ok =
        demo_world_open(&demo.world, option_value(&session->options, OPTION_PYTHON), keep, error);
    if (ok) {
        choose_workspace(&demo, terminal);
        session->options.values[OPTION_CONTEXT] = CONFIG_LOCAL;
        session->options.values[OPTION_SUBSCRIPTION] = CONFIG_LOCAL_SUBSCRIPTION;
        session->options.values[OPTION_GROUP] = CONFIG_LOCAL_GROUP;
        session->options.values[OPTION_WORKSPACE] = demo.workspace;
        ok = session_connect(session, true, error);
    }
    if (ok)
        ok = terminal ? open_console(&demo, error) : run_in_text(&demo, error);
    if (!terminal && !ok && !keep)
        clean_up(&demo);
    scoring_target_release(&demo.target);
    free(demo.request);
    free(demo.blue_says);
    free(demo.green_says);
    demo_world_close(&demo.world);
    return ok;
}
