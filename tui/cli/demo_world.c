#include "tui/cli/demo_world.h"

#include "core/azure/scoring.h"
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/config/config.h"
#include "core/local/engine.h"
#include "tui/cli/background.h"
#include "tui/cli/samples.h"
#include "tui/cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READY_TIMEOUT_MS = 15 * 1000, STOP_TIMEOUT_MS = 6 * 1000, LOOK_EVERY_MS = 10 };

/* --- the engine ------------------------------------------------------------------------------- */

static void send_output_to(const char *path)
{
    int null_fd = open("/dev/null", O_RDONLY);
    int log_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    dup2(null_fd, STDIN_FILENO);
    if (log_fd >= 0) {
        dup2(log_fd, STDOUT_FILENO);
        dup2(log_fd, STDERR_FILENO);
    }
}

/* In the child. Outlives the demo only to clean up behind it. */
static void run_engine(const struct demo_world *world, const char *python, int stop_fd)
{
    struct error error = {.kind = ERROR_NONE};
    char *state = file_join(world->folder, "state");
    char *log = file_join(world->folder, "engine.log");
    setsid();
    send_output_to(log);
    bool ok = engine_run(
        &(struct engine_options){.state_folder = state, .python = python, .stop_fd = stop_fd},
        &error);
    if (!ok)
        fprintf(stderr, "%s\n%s\n", error.message, error.hint);
    if (ok && !world->keep)
        file_remove_tree(world->folder, NULL);
    _exit(ok ? 0 : 1);
}

static bool wait_until_ready(struct demo_world *world, struct error *error)
{
    int64_t until = clock_monotonic_ms() + READY_TIMEOUT_MS;
    while (!background_engine_answers()) {
        if (waitpid(world->engine, NULL, WNOHANG) == world->engine) {
            world->engine = 0;
            error_set(error, ERROR_FAILED, "the local engine did not start");
            return error_hint(error, "%s/engine.log says why.", world->folder);
        }
        if (clock_monotonic_ms() > until)
            return error_set(error, ERROR_TIMEOUT, "the local engine was not ready after %d s",
                             READY_TIMEOUT_MS / 1000);
        poll(NULL, 0, LOOK_EVERY_MS);
    }
    return true;
}

static bool start_engine(struct demo_world *world, const char *python, struct error *error)
{
    int ends[2] = {-1, -1};
    if (!world->keep && pipe2(ends, O_CLOEXEC) != 0)
        return error_set(error, ERROR_FAILED, "cannot make a pipe: %s", strerror(errno));
    fflush(NULL);
    world->engine = fork();
    if (world->engine == 0) {
        if (ends[1] >= 0)
            close(ends[1]);
        run_engine(world, python, ends[0]);
    }
    if (ends[0] >= 0)
        close(ends[0]);
    world->stop_fd = ends[1];
    world->own_engine = world->engine > 0;
    return world->own_engine
               ? wait_until_ready(world, error)
               : error_set(error, ERROR_FAILED, "cannot start a process: %s", strerror(errno));
}

bool demo_world_open(struct demo_world *world, const char *python, bool keep, struct error *error)
{
    const char *base = getenv("TMPDIR");
    *world = (struct demo_world){.stop_fd = -1, .client_fd = -1, .keep = keep};
    world->folder = str_format("%s/cutover-demo-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(world->folder)) {
        error_set(error, ERROR_FAILED, "cannot make a folder like %s: %s", world->folder,
                  strerror(errno));
        str_replace(&world->folder, NULL);
        return false;
    }
    world->samples = file_join(world->folder, "samples");
    return samples_write(world->samples, false, NULL, error) &&
           (background_engine_answers() || start_engine(world, python, error));
}

/* The engine ends by itself when the pipe does; it is helped along if it takes too long. */
static void stop_engine(struct demo_world *world)
{
    int64_t until = clock_monotonic_ms() + STOP_TIMEOUT_MS;
    close(world->stop_fd);
    world->stop_fd = -1;
    while (waitpid(world->engine, NULL, WNOHANG) == 0) {
        if (clock_monotonic_ms() > until)
            kill(world->engine, SIGKILL);
        poll(NULL, 0, LOOK_EVERY_MS);
    }
    world->engine = 0;
}

void demo_world_close(struct demo_world *world)
{
    demo_client_stop(world, NULL, NULL);
    if (world->engine > 0 && !world->keep)
        stop_engine(world);
    if (world->folder && !world->keep)
        file_remove_tree(world->folder, NULL);
    free(world->folder);
    free(world->samples);
    *world = (struct demo_world){.stop_fd = -1, .client_fd = -1};
}

/* --- the client ------------------------------------------------------------------------------- */

enum { LOOK_FOR_ENDPOINT_MS = 500 };

static volatile sig_atomic_t client_ended;
static struct net *client_net;

struct client {
    struct net *net;
    struct azure *azure;
    const char *endpoint;
    const char *body;
    int interval_ms;
    struct scoring_target target;
    bool has_target;
    struct demo_client_report report;
};

static void end_client(int signal_number)
{
    (void)signal_number;
    client_ended = 1;
    if (client_net)
        net_interrupt(client_net);
}

static void look_for_target(void *context);

static void on_target(void *context, const struct error *error, struct scoring_target *target)
{
    struct client *client = context;
    if (error) {
        net_after(client->net, LOOK_FOR_ENDPOINT_MS, look_for_target, client);
        return;
    }
    scoring_target_release(&client->target);
    client->target = *target;
    *target = (struct scoring_target){.url = NULL};
    client->has_target = true;
}

static void look_for_target(void *context)
{
    struct client *client = context;
    scoring_target_get(client->azure, client->endpoint, on_target, client);
}

static void on_scored(void *context, const struct net_response *response)
{
    struct client *client = context;
    client->report.sent++;
    if (scoring_check(response, NULL))
        return;
    client->report.failed++;
    /* The endpoint may be gone, or its keys new: look again before going on. */
    if (client->has_target && (response->status == 401 || response->status == 404)) {
        client->has_target = false;
        net_after(client->net, LOOK_FOR_ENDPOINT_MS, look_for_target, client);
    }
}

static void send_next(void *context)
{
    struct client *client = context;
    const struct scoring_request request = {.body = client->body, .body_len = strlen(client->body)};
    if (client->has_target)
        scoring_send(client->net, &client->target, &request, on_scored, client);
    net_after(client->net, client->interval_ms, send_next, client);
}

/* In the child. */
static void run_client(const char *workspace, const char *endpoint, const char *body, int rate,
                       int report_fd)
{
    bool never = false;
    struct client client = {.endpoint = endpoint, .body = body, .interval_ms = 1000 / rate};
    client_net = client.net = net_new();
    client.azure = azure_new(&(struct azure_settings){.net = client.net,
                                                      .subscription = CONFIG_LOCAL_SUBSCRIPTION,
                                                      .group = CONFIG_LOCAL_GROUP,
                                                      .workspace = workspace,
                                                      .access = azure_access_local});
    look_for_target(&client);
    send_next(&client);
    while (!client_ended)
        net_run_until(client.net, &never, NULL);
    ssize_t written = write(report_fd, &client.report, sizeof client.report);
    _exit(written == (ssize_t)sizeof client.report ? 0 : 1);
}

bool demo_client_start(struct demo_world *world, const char *workspace, const char *endpoint,
                       const char *body, int rate, struct error *error)
{
    int ends[2];
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set(error, ERROR_FAILED, "cannot make a pipe: %s", strerror(errno));
    fflush(NULL);
    world->client = fork();
    if (world->client == 0) {
        if (world->stop_fd >= 0)
            close(world->stop_fd); /* or the engine would live as long as this process */
        signals_set(SIGINT, SIG_IGN);
        signals_set(SIGTERM, end_client);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
            _exit(0);
        run_client(workspace, endpoint, body, rate, ends[1]);
    }
    close(ends[1]);
    world->client_fd = ends[0];
    return world->client > 0 ||
           error_set(error, ERROR_FAILED, "cannot start a process: %s", strerror(errno));
}

bool demo_client_stop(struct demo_world *world, struct demo_client_report *out, struct error *error)
{
    struct demo_client_report report = {0};
    bool ok = true;
    if (world->client > 0) {
        kill(world->client, SIGTERM);
        ok = read(world->client_fd, &report, sizeof report) == (ssize_t)sizeof report ||
             error_set(error, ERROR_FAILED, "the client's report did not come");
        waitpid(world->client, NULL, 0);
    }
    if (world->client_fd >= 0)
        close(world->client_fd);
    world->client = 0;
    world->client_fd = -1;
    if (out)
        *out = report;
    return ok;
}
