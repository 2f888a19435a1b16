#include "core/local/work/workers.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/printable.h"
#include "core/base/random.h"
#include "core/local/work/keeper.h"
#include "core/local/work/launch.h"
#include "core/local/work/worker_log.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MS_US = 1000,
    PORT_FIRST = 20000, /* below the range that the kernel gives to outgoing connections */
    PORT_COUNT = 12000,
    PORT_TRIES = 200,
    PROBE_START_US = 20 * MS_US, /* while an instance comes up */
    PROBE_SLOWER_US = 250 * MS_US,
    PROBE_FAST_TRIES = 100,
    DEFAULT_START_MS = 60000,
    STOP_GRACE_MS = 2000,
    BACK_OFF_FIRST_MS = 100,
    BACK_OFF_LAST_MS = 30000,
    HEALTHY_US = 60 * 1000 * MS_US, /* after that a death is a first one again */
    OUTPUT_BYTES = 64 * 1024,       /* read from one instance in a turn */
};

enum worker_state {
    WORKER_STARTING, /* probed until it answers */
    WORKER_WAITING,  /* answers; its generation is not complete */
    WORKER_READY,    /* takes requests */
    WORKER_DRAINING, /* takes no new ones */
    WORKER_STOPPING, /* was told to end */
    WORKER_PAUSED,   /* no process: waits to be started again */
    WORKER_GONE,     /* no process: waits for its last calls to notice */
};

/* One process of a deployment, or the place of one that will be started again. */
struct worker {
    struct worker *next;
    struct fleet *fleet;
    struct launch *launch;
    enum worker_state state;
    int number; /* for people: the first, the second ... of the deployment */
    int failures;
    bool has_process;
    bool probed_liveness;
    bool probe_running;
    int probe_tries;
    int probe_failures;
    int64_t started_us;
    int exit_status;
    struct keeper keeper;
    struct loop_watch status_watch;
    struct loop_watch output_watch; /* fd -1: closed */
    struct line_maker lines;
    struct instance instance;
    struct call probe;
    struct loop_timer timer; /* the next probe, its deadline, or the restart */
    struct loop_task task;   /* more output, or the end */
};

/* A deployment. */
struct fleet {
    struct fleet *next;
    struct workers *workers;
    char key[CONTROL_KEY_SIZE];
    char *folder;
    char *storage_log; /* path of the StorageInitializer log */
    struct worker_log log;
    struct pool *pool;
    struct run_spec spec;   /* numbers and keys of what is configured; strings are not kept */
    struct launch *current; /* what serves */
    struct launch *pending; /* what is coming up to replace it */
    bool copying;           /* its files are being copied, then its workers are started */
    bool resumed;           /* the copies of a former engine were looked for */
    struct run_spec pending_spec;
    char *pending_scoring_path;
    int wanted;
    uint64_t generation;
    bool report_due; /* ready has to be reported when all are */
    bool served;     /* `current` was complete once */
    bool stopping;
    bool forget;
    char failure_code[80];
    char failure[600];
    bool failure_due;
    struct worker *list;
    struct loop_task task;
};

struct workers {
    struct workers_options options;
    char *folder;
    char *python;
    char *server;
    struct asset_copies *copies;
    struct fleet *fleets;
    bool down;
};

static void worker_start(struct worker *worker);
static void worker_task(struct loop_task *task);
static void worker_timer(struct loop_timer *timer);
static void fleet_settle(struct fleet *fleet);

#define OWNER(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

static struct loop *loop_of(const struct fleet *fleet)
{
    return fleet->workers->options.loop;
}

/* ------------------------------------------------------------------ ports */

static bool port_is_ours(const struct workers *workers, int port)
{
    for (const struct fleet *fleet = workers->fleets; fleet; fleet = fleet->next)
        for (const struct worker *worker = fleet->list; worker; worker = worker->next)
            if (worker->has_process && worker->instance.port == port)
                return true;
    return false;
}

static bool port_is_free(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_free = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return is_free;
}

static int choose_port(const struct workers *workers)
{
    for (int i = 0; i < PORT_TRIES; i++) {
        int port = PORT_FIRST + (int)random_below(PORT_COUNT);
        if (!port_is_ours(workers, port) && port_is_free(port))
            return port;
    }
    return 0;
}

/* ------------------------------------------------------------------ the end of a worker */

static void worker_unlink(struct worker *worker)
{
    struct worker **at = &worker->fleet->list;
    while (*at != worker)
        at = &(*at)->next;
    *at = worker->next;
}

static void worker_close_output(struct worker *worker)
{
    if (worker->output_watch.fd < 0)
        return;
    loop_remove(loop_of(worker->fleet), &worker->output_watch);
    close(worker->output_watch.fd);
    worker->output_watch.fd = -1;
    line_maker_end(&worker->lines, &worker->fleet->log);
}

static void worker_stop_probing(struct worker *worker)
{
    if (worker->probe_running)
        call_cancel(&worker->probe);
    worker->probe_running = false;
    loop_cancel_timer(&worker->timer);
}

static void worker_free(struct worker *worker)
{
    struct loop *loop = loop_of(worker->fleet);
    worker_stop_probing(worker);
    worker_close_output(worker);
    loop_forget_timer(loop, &worker->timer);
    loop_undefer(loop, &worker->task);
    instance_release(&worker->instance);
    buffer_release(&worker->probe.head);
    launch_release(worker->launch);
    free(worker);
}

static void worker_vacant(struct instance *instance)
{
    struct worker *worker = instance->owner;
    loop_defer(loop_of(worker->fleet), &worker->task);
}

/* No new requests; the worker is told when those that run are done. */
static void worker_withdraw(struct worker *worker)
{
    pool_remove(worker->fleet->pool, &worker->instance);
    worker->instance.owner = worker;
    worker->instance.vacant = worker_vacant;
}

static void worker_end(struct worker *worker)
{
    worker_stop_probing(worker);
    if (!worker->has_process) {
        worker->state = WORKER_GONE;
        loop_defer(loop_of(worker->fleet), &worker->task);
        return;
    }
    worker->state = WORKER_STOPPING;
    keeper_terminate(&worker->keeper, STOP_GRACE_MS);
}

/* Ends a worker as gently as its state asks. */
static void worker_retire(struct worker *worker)
{
    switch (worker->state) {
    case WORKER_READY:
        worker_withdraw(worker);
        worker_stop_probing(worker);
        worker->state = WORKER_DRAINING;
        loop_defer(loop_of(worker->fleet), &worker->task);
        break;
    case WORKER_STARTING:
    case WORKER_WAITING:
    case WORKER_PAUSED:
        worker_end(worker);
        break;
    case WORKER_DRAINING:
    case WORKER_STOPPING:
    case WORKER_GONE:
        break;
    }
}

/* ------------------------------------------------------------------ output */

static void worker_read_output(struct worker *worker)
{
    char bytes[16 * 1024];
    size_t total = 0;
    while (worker->output_watch.fd >= 0 && total < OUTPUT_BYTES) {
        ssize_t got = read(worker->output_watch.fd, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0) {
            worker_close_output(worker);
            return;
        }
        line_maker_feed(&worker->lines, &worker->fleet->log, bytes, (size_t)got);
        total += (size_t)got;
    }
    loop_defer(loop_of(worker->fleet), &worker->task);
}

static void worker_output_ready(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    worker_read_output(OWNER(watch, struct worker, output_watch));
}

/* ------------------------------------------------------------------ probes */

static void worker_failed(struct worker *worker, const char *what);

static int64_t start_limit_us(const struct launch *launch)
{
    int64_t limit_ms = launch->probe_initial_delay_ms +
                       (int64_t)launch->probe_period_ms * launch->probe_failure_threshold;
    return (limit_ms > 0 ? limit_ms : DEFAULT_START_MS) * MS_US;
}

static void worker_arm_probe(struct worker *worker)
{
    int64_t period_us = worker->launch->probe_period_ms * (int64_t)MS_US;
    if (worker->state == WORKER_STARTING)
        period_us = worker->probe_tries < PROBE_FAST_TRIES ? PROBE_START_US : PROBE_SLOWER_US;
    else if (period_us < 1000 * MS_US)
        period_us = 1000 * MS_US;
    loop_set_timer(loop_of(worker->fleet), &worker->timer, clock_monotonic_us() + period_us);
}

static void worker_probe_failed(struct worker *worker)
{
    struct fleet *fleet = worker->fleet;
    if (worker->state == WORKER_STARTING) {
        if (clock_monotonic_us() - worker->started_us > start_limit_us(worker->launch))
            worker_failed(worker, "did not answer its probe in time");
        else
            worker_arm_probe(worker);
        return;
    }
    if (++worker->probe_failures >= worker->launch->probe_failure_threshold) {
        worker_log_say(&fleet->log, "Liveness probe failed %d times: instance %d is restarted.",
                       worker->probe_failures, worker->number);
        worker->probe_failures = 0;
        keeper_kill(&worker->keeper);
        return;
    }
    worker_arm_probe(worker);
}

static void worker_send_probe(struct worker *worker);

static void worker_probe_passed(struct worker *worker)
{
    bool both = strcmp(worker->launch->liveness_path, worker->launch->readiness_path) == 0;
    worker->probe_failures = 0;
    if (worker->state == WORKER_STARTING && !both && !worker->probed_liveness) {
        worker->probed_liveness = true;
        worker_send_probe(worker);
        return;
    }
    bool came_up = worker->state == WORKER_STARTING;
    if (came_up)
        worker->state = WORKER_WAITING;
    worker_arm_probe(worker);
    if (came_up)
        loop_defer(loop_of(worker->fleet), &worker->fleet->task);
}

static void worker_probed(struct call *call, enum call_result result)
{
    struct worker *worker = OWNER(call, struct worker, probe);
    worker->probe_running = false;
    loop_cancel_timer(&worker->timer);
    if (result == CALL_ANSWERED && call->answer->status == 200)
        worker_probe_passed(worker);
    else
        worker_probe_failed(worker);
}

static void worker_send_probe(struct worker *worker)
{
    const struct launch *launch = worker->launch;
    const char *path = worker->state == WORKER_STARTING && worker->probed_liveness
                           ? launch->readiness_path
                           : launch->liveness_path;
    int timeout_ms = launch->probe_timeout_ms > 0 ? launch->probe_timeout_ms : 2000;
    char *head = str_format("GET %s HTTP/1.1\r\nhost: localhost\r\nuser-agent: cutover-probe\r\n"
                            "accept: */*\r\n\r\n",
                            path);
    worker->probe_tries++;
    worker->probe_running = true;
    worker->probe.method = "GET";
    worker->probe.is_probe = true;
    worker->probe.done = worker_probed;
    buffer_clear(&worker->probe.head, 0);
    buffer_add(&worker->probe.head, head, strlen(head));
    free(head);
    loop_set_timer(loop_of(worker->fleet), &worker->timer,
                   clock_monotonic_us() + timeout_ms * (int64_t)MS_US);
    call_start(&worker->probe, &worker->instance);
}

static void worker_timer(struct loop_timer *timer)
{
    struct worker *worker = OWNER(timer, struct worker, timer);
    if (worker->state == WORKER_PAUSED) {
        worker_start(worker);
    } else if (worker->probe_running) {
        worker->probe_running = false;
        call_cancel(&worker->probe);
        worker_probe_failed(worker);
    } else {
        worker_send_probe(worker);
    }
}

/* ------------------------------------------------------------------ the process */

static void describe_exit(char *out, size_t size, int status)
{
    if (WIFSIGNALED(status))
        snprintf(out, size, "was ended by signal %d", WTERMSIG(status));
    else
        snprintf(out, size, "ended with exit status %d", WEXITSTATUS(status));
}

/* True when the change that is under way fails with this worker. */
static bool is_on_trial(const struct worker *worker)
{
    const struct fleet *fleet = worker->fleet;
    return fleet->report_due && (!fleet->pending || worker->launch == fleet->pending);
}

static void worker_pause(struct worker *worker);

/* A worker cannot come up. */
static void worker_failed(struct worker *worker, const char *what)
{
    struct fleet *fleet = worker->fleet;
    if (!is_on_trial(worker)) {
        /* One that was restarted: tried again, with a longer pause. */
        if (worker->has_process)
            keeper_kill(&worker->keeper);
        else
            worker_pause(worker);
        return;
    }
    char last[LOG_LAST_BYTES + 1];
    printable_line(last, sizeof last, worker->lines.last);
    worker_log_say(&fleet->log, "Instance %d %s.", worker->number, what);
    const char *code = "ResourceNotReady";
    if (fleet->pending_spec.kubernetes)
        code = WIFEXITED(worker->exit_status) && WEXITSTATUS(worker->exit_status) == 3
                   ? "UserScriptInitFailed"
                   : "DeploymentCrashLoopBackOff";
    snprintf(fleet->failure_code, sizeof fleet->failure_code, "%s", code);
    snprintf(fleet->failure, sizeof fleet->failure,
             "Instance %d of the deployment %s%s%s. Its log says more.", worker->number, what,
             last[0] ? ": " : "", last);
    fleet->failure_due = true;
    loop_defer(loop_of(fleet), &fleet->task);
    worker_end(worker);
}

static void worker_pause(struct worker *worker)
{
    struct fleet *fleet = worker->fleet;
    int64_t now_us = clock_monotonic_us();
    int64_t pause_ms = BACK_OFF_FIRST_MS;
    if (now_us - worker->started_us > HEALTHY_US)
        worker->failures = 0;
    for (int i = 0; i < worker->failures && pause_ms < BACK_OFF_LAST_MS; i++)
        pause_ms *= 2;
    if (pause_ms > BACK_OFF_LAST_MS)
        pause_ms = BACK_OFF_LAST_MS;
    worker->failures++;
    worker->state = WORKER_PAUSED;
    worker_log_say(&fleet->log, "Instance %d is started again in %lld ms.", worker->number,
                   (long long)pause_ms);
    loop_set_timer(loop_of(fleet), &worker->timer, now_us + pause_ms * MS_US);
}

static struct worker *worker_new(struct fleet *fleet, struct launch *launch, int number)
{
    struct worker *worker = mem_alloc(sizeof *worker);
    worker->fleet = fleet;
    worker->launch = launch_hold(launch);
    worker->number = number;
    worker->output_watch.fd = -1;
    worker->timer.fire = worker_timer;
    worker->task.run = worker_task;
    instance_init(&worker->instance, loop_of(fleet), 0);
    worker->next = fleet->list;
    fleet->list = worker;
    return worker;
}

/* The process and all its descendants are gone. */
static void worker_gone(struct worker *worker)
{
    struct fleet *fleet = worker->fleet;
    enum worker_state state = worker->state;
    char what[80];
    loop_remove(loop_of(fleet), &worker->status_watch);
    keeper_close(&worker->keeper);
    worker->has_process = false;
    worker_read_output(worker);
    describe_exit(what, sizeof what, worker->exit_status);
    if (state == WORKER_READY)
        worker_withdraw(worker);
    bool on_trial = (state == WORKER_STARTING || state == WORKER_WAITING) && is_on_trial(worker);
    bool lives = state == WORKER_STARTING || state == WORKER_WAITING || state == WORKER_READY;
    if (lives && on_trial) {
        worker_failed(worker, what);
    } else if (lives && worker->launch == fleet->current) {
        worker_log_say(&fleet->log, "Instance %d %s.", worker->number, what);
        /* Calls that ran on the dead process have yet to notice: they keep the old place. */
        struct worker *successor = worker_new(fleet, worker->launch, worker->number);
        successor->failures = worker->failures;
        successor->started_us = worker->started_us;
        worker_pause(successor);
    }
    worker_stop_probing(worker);
    worker->state = WORKER_GONE;
    loop_defer(loop_of(fleet), &worker->task);
    fleet_settle(fleet);
}

static void worker_status_ready(struct loop_watch *watch, uint32_t events)
{
    struct worker *worker = OWNER(watch, struct worker, status_watch);
    (void)events;
    for (;;) {
        switch (keeper_read(&worker->keeper, &worker->exit_status)) {
        case KEEPER_NOTHING:
            return;
        case KEEPER_STARTED:
            break;
        case KEEPER_EXITED:
            /* A worker that dies while requests run: no new one goes there. */
            if (worker->state == WORKER_READY)
                worker->instance.avoid_until_us = INT64_MAX;
            break;
        case KEEPER_GONE:
            worker_gone(worker);
            return;
        }
    }
}

static void worker_task(struct loop_task *task)
{
    struct worker *worker = OWNER(task, struct worker, task);
    struct fleet *fleet = worker->fleet;
    if (worker->output_watch.fd >= 0)
        worker_read_output(worker);
    if (worker->state == WORKER_DRAINING && worker->instance.in_flight == 0)
        worker_end(worker);
    if (worker->state == WORKER_GONE && worker->instance.in_flight == 0) {
        worker_unlink(worker);
        worker_free(worker);
        fleet_settle(fleet);
    }
}

/* Forks the process; false when that fails. */
static bool worker_spawn(struct worker *worker, int port, struct error *error)
{
    struct fleet *fleet = worker->fleet;
    int output[2];
    if (!port)
        return error_set(error, ERROR_FAILED, "no port is free for it");
    if (pipe2(output, O_CLOEXEC) != 0)
        return error_set(error, ERROR_FAILED, "no pipe for it: %s", strerror(errno));
    fcntl(output[0], F_SETFL, O_NONBLOCK);
    struct keeper_options options = {.argv = launch_argv(worker->launch, port),
                                     .environment = launch_environment(worker->launch, port),
                                     .folder = worker->launch->root,
                                     .output = output[1]};
    bool ok = keeper_start(&worker->keeper, &options, error);
    launch_free_words((char **)(uintptr_t)options.argv);
    launch_free_words((char **)(uintptr_t)options.environment);
    close(output[1]);
    if (!ok) {
        close(output[0]);
        return false;
    }
    worker->has_process = true;
    worker->status_watch =
        (struct loop_watch){.fd = worker->keeper.status, .ready = worker_status_ready};
    worker->output_watch = (struct loop_watch){.fd = output[0], .ready = worker_output_ready};
    loop_add(loop_of(fleet), &worker->status_watch);
    loop_add(loop_of(fleet), &worker->output_watch);
    return true;
}

static void worker_start(struct worker *worker)
{
    struct fleet *fleet = worker->fleet;
    struct error error;
    int port = choose_port(fleet->workers);
    worker->state = WORKER_STARTING;
    worker->started_us = clock_monotonic_us();
    worker->exit_status = 0;
    worker->probed_liveness = false;
    worker->probe_tries = 0;
    instance_init(&worker->instance, loop_of(fleet), (uint16_t)port);
    if (!worker_spawn(worker, port, &error)) {
        worker_failed(worker, error.message);
        return;
    }
    worker_arm_probe(worker);
}

static void fleet_add_workers(struct fleet *fleet, struct launch *launch, int count)
{
    int number = 0;
    for (const struct worker *worker = fleet->list; worker; worker = worker->next)
        if (worker->launch == launch && worker->number > number)
            number = worker->number;
    for (int i = 1; i <= count; i++)
        worker_start(worker_new(fleet, launch, number + i));
}

/* ------------------------------------------------------------------ deployments */

static bool is_up(const struct worker *worker)
{
    return worker->state == WORKER_READY || worker->state == WORKER_WAITING;
}

static bool is_kept(const struct worker *worker)
{
    return is_up(worker) || worker->state == WORKER_STARTING || worker->state == WORKER_PAUSED;
}

static int count_workers(const struct fleet *fleet, const struct launch *launch,
                         bool (*counts)(const struct worker *worker))
{
    int count = 0;
    for (const struct worker *worker = fleet->list; worker; worker = worker->next)
        count += worker->launch == launch && counts(worker);
    return count;
}

/* Takes those in that answer. */
static void fleet_admit(struct fleet *fleet)
{
    for (struct worker *worker = fleet->list; worker; worker = worker->next) {
        if (worker->launch != fleet->current || worker->state != WORKER_WAITING)
            continue;
        worker->state = WORKER_READY;
        pool_add(fleet->pool, &worker->instance);
    }
}

/* Ends what is more than wanted, first those that do not serve. */
static void fleet_trim(struct fleet *fleet)
{
    int excess = count_workers(fleet, fleet->current, is_kept) - fleet->wanted;
    for (int pass = 0; pass < 2 && excess > 0; pass++) {
        for (struct worker *worker = fleet->list; worker && excess > 0; worker = worker->next) {
            if (worker->launch != fleet->current || !is_kept(worker) ||
                (pass == 0 && is_up(worker)))
                continue;
            worker_retire(worker);
            excess--;
        }
    }
}

/* Gives up what was coming up. */
static void fleet_drop_pending(struct fleet *fleet)
{
    struct launch *pending = fleet->pending;
    fleet->copying = false;
    fleet->pending = NULL;
    for (struct worker *worker = fleet->list; worker && pending; worker = worker->next)
        if (worker->launch == pending)
            worker_retire(worker);
    launch_release(pending);
}

static void fleet_retire_others(struct fleet *fleet, const struct launch *kept)
{
    for (struct worker *worker = fleet->list; worker; worker = worker->next)
        if (worker->launch != kept)
            worker_retire(worker);
}

/* All of the new generation answer: from here on they serve, in one step. */
static void fleet_swap(struct fleet *fleet)
{
    launch_release(fleet->current);
    fleet->current = fleet->pending;
    fleet->pending = NULL;
    fleet->spec = fleet->pending_spec;
    fleet->spec.scoring_path = fleet->pending_scoring_path;
    router_configure(fleet->workers->options.router, &fleet->spec);
    fleet_retire_others(fleet, fleet->current);
    fleet_admit(fleet);
}

static void fleet_fail(struct fleet *fleet)
{
    struct workers *workers = fleet->workers;
    fleet->failure_due = false;
    fleet_drop_pending(fleet);
    if (!fleet->served)
        fleet_retire_others(fleet, NULL);
    fleet->report_due = false;
    fleet->wanted = count_workers(fleet, fleet->current, is_kept);
    pool_expect(fleet->pool, fleet->served);
    workers->options.failed(workers->options.context, fleet->key, fleet->generation,
                            fleet->failure_code, fleet->failure);
}

static void fleet_set_failure(struct fleet *fleet, const struct error *error)
{
    snprintf(fleet->failure_code, sizeof fleet->failure_code, "%s",
             error->kind == ERROR_NOT_FOUND ? "ResourceNotFound" : "BadArgument");
    snprintf(fleet->failure, sizeof fleet->failure, "%.590s", error->message);
    fleet->failure_due = true;
}

/* Starts the workers once their files are there. */
static void fleet_await_copies(struct fleet *fleet)
{
    struct launch *launch = fleet->pending ? fleet->pending : fleet->current;
    struct worker_log storage = {.path = NULL};
    struct error error;
    worker_log_open(&storage, fleet->storage_log, NULL);
    enum asset_copy_state state = launch_copied(launch, &storage, &error);
    fleet->copying = state == ASSET_COPY_RUNNING;
    if (state == ASSET_COPY_DONE) {
        fleet_add_workers(fleet, launch, fleet->wanted);
    } else if (state == ASSET_COPY_FAILED) {
        worker_log_say(&storage, "Failed: %s", error.message);
        fleet_set_failure(fleet, &error);
    }
    worker_log_close(&storage);
}

static void fleet_free(struct fleet *fleet)
{
    struct fleet **at = &fleet->workers->fleets;
    while (*at != fleet)
        at = &(*at)->next;
    *at = fleet->next;
    loop_undefer(loop_of(fleet), &fleet->task);
    launch_release(fleet->current);
    launch_release(fleet->pending);
    worker_log_close(&fleet->log);
    if (fleet->forget)
        file_remove_tree(fleet->folder, NULL);
    free(fleet->pending_scoring_path);
    free(fleet->storage_log);
    free(fleet->folder);
    free(fleet);
}

/* Looks at what has changed; runs at the end of a turn, so that reports come from nowhere else. */
static void fleet_task(struct loop_task *task)
{
    struct fleet *fleet = OWNER(task, struct fleet, task);
    struct workers *workers = fleet->workers;
    if (workers->down)
        return;
    if (fleet->stopping) {
        if (fleet->list)
            return;
        char key[CONTROL_KEY_SIZE];
        uint64_t generation = fleet->generation;
        memcpy(key, fleet->key, sizeof key);
        router_retire(workers->options.router, key, fleet->forget);
        fleet_free(fleet);
        workers->options.stopped(workers->options.context, key, generation);
        return;
    }
    if (fleet->copying)
        fleet_await_copies(fleet);
    if (fleet->failure_due) {
        fleet_fail(fleet);
        return;
    }
    if (fleet->pending && !fleet->copying &&
        count_workers(fleet, fleet->pending, is_up) >= fleet->wanted)
        fleet_swap(fleet);
    fleet_admit(fleet);
    if (!fleet->pending && !fleet->copying && fleet->report_due &&
        count_workers(fleet, fleet->current, is_up) >= fleet->wanted) {
        fleet->report_due = false;
        fleet->served = true;
        launch_remember(fleet->current, fleet->folder);
        pool_expect(fleet->pool, true);
        workers->options.ready(workers->options.context, fleet->key, fleet->generation);
    }
}

static void fleet_settle(struct fleet *fleet)
{
    loop_defer(loop_of(fleet), &fleet->task);
}

static struct fleet *find_fleet(const struct workers *workers, const char *key)
{
    struct fleet *fleet = workers->fleets;
    while (fleet && strcmp(fleet->key, key) != 0)
        fleet = fleet->next;
    return fleet;
}

/* A folder name for a key: its last names for people, a hash so that no two are the same. */
static char *folder_name(const char *key)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (const char *at = key; *at; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
    const char *last = strrchr(key, '/');
    char name[NAME_SIZE] = "";
    size_t used = 0;
    for (const char *at = last ? last + 1 : key; *at && used < sizeof name - 1; at++)
        if ((*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') || *at == '-')
            name[used++] = *at;
    return str_format("%s-%016llx", name, (unsigned long long)hash);
}

static struct fleet *fleet_new(struct workers *workers, const struct run_spec *spec)
{
    struct fleet *fleet = mem_alloc(sizeof *fleet);
    char *name = folder_name(spec->key);
    fleet->workers = workers;
    memcpy(fleet->key, spec->key, sizeof fleet->key);
    fleet->folder = file_join(workers->folder, name);
    fleet->storage_log = file_join(fleet->folder, "storage.log");
    fleet->task.run = fleet_task;
    fleet->next = workers->fleets;
    workers->fleets = fleet;
    file_make_folder(fleet->folder, 0700, NULL);
    char *log = file_join(fleet->folder, "server.log");
    worker_log_open(&fleet->log, log, NULL);
    free(log);
    free(name);
    return fleet;
}

static struct launch *fleet_prepare(struct fleet *fleet, const struct run_spec *spec,
                                    struct error *error)
{
    struct worker_log storage = {.path = NULL};
    struct launch *launch = NULL;
    char *folder =
        str_format("%s/generation-%llu", fleet->folder, (unsigned long long)spec->generation);
    bool first = !fleet->resumed;
    fleet->resumed = true;
    if (worker_log_open(&storage, fleet->storage_log, error)) {
        struct launch_options options = {.folder = folder,
                                         .python = fleet->workers->python,
                                         .server = fleet->workers->server,
                                         .copies = fleet->workers->copies,
                                         .record = first ? fleet->folder : NULL,
                                         .log = &storage};
        launch = launch_prepare(spec, &options, error);
        if (!launch)
            worker_log_say(&storage, "Failed: %s", error->message);
    }
    worker_log_close(&storage);
    free(folder);
    return launch;
}

/* Numbers of a spec and its keys; its strings belong to the control plane. */
static void keep_spec(struct run_spec *out, const struct run_spec *spec)
{
    *out = *spec;
    out->code_folder = out->scoring_script = out->model_path = out->model_name = NULL;
    out->model_version = out->image = out->conda_file = NULL;
    out->liveness_path = out->readiness_path = out->scoring_path = NULL;
    out->variables = NULL;
    out->variable_count = 0;
}

/* True when the instances that run serve as well for the spec. */
static bool fleet_serves(struct fleet *fleet, const struct run_spec *spec)
{
    if (!fleet->current || launch_identity(spec) != fleet->current->identity)
        return false;
    if (launch_is_current(fleet->current))
        return true;
    if (spec->instance_count == fleet->spec.instance_count)
        return false;
    worker_log_say(&fleet->log, "Files have changed since they were copied. Scaling runs the copy; "
                                "update the deployment once more to take the files.");
    return true;
}

void workers_run(struct workers *workers, const struct run_spec *spec)
{
    struct fleet *fleet = find_fleet(workers, spec->key);
    struct error error;
    if (!fleet)
        fleet = fleet_new(workers, spec);
    fleet->generation = spec->generation;
    fleet->report_due = true;
    fleet->failure_due = false;
    fleet->stopping = false;
    fleet_drop_pending(fleet);
    if (fleet->current && !count_workers(fleet, fleet->current, is_kept)) {
        launch_release(fleet->current);
        fleet->current = NULL;
        fleet->served = false;
    }
    keep_spec(&fleet->pending_spec, spec);
    str_replace(&fleet->pending_scoring_path, spec->scoring_path);
    if (!fleet->current) {
        fleet->spec = fleet->pending_spec;
        fleet->pool = router_configure(workers->options.router, spec);
        pool_expect(fleet->pool, false);
    }
    fleet->wanted = spec->instance_count;
    if (fleet_serves(fleet, spec)) {
        fleet->current->probe_period_ms = spec->probe_period_ms;
        fleet->current->probe_timeout_ms = spec->probe_timeout_ms;
        fleet->current->probe_initial_delay_ms = spec->probe_initial_delay_ms;
        fleet->current->probe_failure_threshold = spec->probe_failure_threshold;
        fleet->spec = fleet->pending_spec;
        router_configure(workers->options.router, spec);
        fleet_trim(fleet);
        int missing = fleet->wanted - count_workers(fleet, fleet->current, is_kept);
        if (missing > 0)
            fleet_add_workers(fleet, fleet->current, missing);
    } else {
        struct launch *launch = fleet_prepare(fleet, spec, &error);
        if (launch) {
            /* Where it is the first, requests are refused until it is ready. */
            *(fleet->current ? &fleet->pending : &fleet->current) = launch;
            fleet->copying = true;
        } else {
            fleet_set_failure(fleet, &error);
        }
    }
    fleet_settle(fleet);
}

void workers_stop(struct workers *workers, const char *key, uint64_t generation, bool forget)
{
    struct fleet *fleet = find_fleet(workers, key);
    if (!fleet) {
        workers->options.stopped(workers->options.context, key, generation);
        return;
    }
    fleet->generation = generation;
    fleet->stopping = true;
    fleet->forget = forget;
    fleet->report_due = fleet->failure_due = fleet->copying = false;
    pool_expect(fleet->pool, false);
    fleet_retire_others(fleet, NULL);
    fleet_settle(fleet);
}

char *workers_read_log(struct workers *workers, const char *key, const char *container, size_t tail)
{
    bool storage = strcmp(container, "StorageInitializer") == 0;
    char *name = folder_name(key);
    char *folder = file_join(workers->folder, name);
    char *path = file_join(folder, storage ? "storage.log" : "server.log");
    char *text = worker_log_read(path, tail);
    free(path);
    free(folder);
    free(name);
    return text;
}

void workers_shut_down(struct workers *workers, int grace_ms)
{
    workers->down = true;
    asset_copies_keep(workers->copies);
    for (struct fleet *fleet = workers->fleets; fleet; fleet = fleet->next) {
        fleet->stopping = true;
        for (struct worker *worker = fleet->list; worker; worker = worker->next) {
            if (worker->state == WORKER_READY)
                worker_withdraw(worker);
            worker_stop_probing(worker);
            if (!worker->has_process)
                continue;
            worker->state = WORKER_STOPPING;
            keeper_terminate(&worker->keeper, grace_ms);
        }
    }
}

size_t workers_alive(const struct workers *workers)
{
    size_t alive = 0;
    for (const struct fleet *fleet = workers->fleets; fleet; fleet = fleet->next)
        for (const struct worker *worker = fleet->list; worker; worker = worker->next)
            alive += worker->has_process;
    return alive;
}

static void copies_settled(void *context)
{
    struct workers *workers = context;
    for (struct fleet *fleet = workers->fleets; fleet; fleet = fleet->next)
        if (fleet->copying)
            fleet_settle(fleet);
}

/* Removes copies of a former engine that no deployment's record names. */
static void sweep_copies(struct workers *workers)
{
    static const char *const kinds[] = {"code", "model"};
    char **used = NULL;
    size_t count = 0;
    size_t capacity = 0;
    DIR *folder = opendir(workers->folder);
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder)) {
        char *record = file_join(workers->folder, entry->d_name);
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            char *name = launch_remembered(record, kinds[i]);
            if (!name)
                continue;
            used = mem_grow(used, count, &capacity, sizeof *used);
            used[count++] = name;
        }
        free(record);
    }
    if (folder)
        closedir(folder);
    asset_copies_sweep(workers->copies, used, count);
    while (count)
        free(used[--count]);
    free(used);
}

struct workers *workers_new(const struct workers_options *options)
{
    struct workers *workers = mem_alloc(sizeof *workers);
    workers->options = *options;
    workers->folder = str_dup(options->folder);
    workers->python = str_dup(options->python);
    workers->server = str_dup(options->server);
    char *copies = file_join(options->folder, "copies");
    workers->copies = asset_copies_new(options->loop, copies, copies_settled, workers);
    free(copies);
    sweep_copies(workers);
    return workers;
}

void workers_free(struct workers *workers)
{
    if (!workers)
        return;
    workers_shut_down(workers, 0);
    for (struct fleet *fleet = workers->fleets; fleet; fleet = fleet->next)
        for (struct worker *worker = fleet->list; worker; worker = worker->next)
            if (worker->has_process)
                keeper_kill(&worker->keeper);
    while (workers_alive(workers))
        loop_turn(workers->options.loop, 100);
    loop_turn(workers->options.loop, 0); /* calls notice that their sockets are closed */
    while (workers->fleets) {
        struct fleet *fleet = workers->fleets;
        while (fleet->list) {
            struct worker *worker = fleet->list;
            fleet->list = worker->next;
            worker_free(worker);
        }
        fleet_free(fleet);
    }
    asset_copies_free(workers->copies);
    free(workers->folder);
    free(workers->python);
    free(workers->server);
    free(workers);
}
