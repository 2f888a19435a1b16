#include "core/local/engine.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/embedded.h"
#include "core/base/file.h"
#include "core/base/random.h"
#include "core/local/control/control.h"
#include "core/local/control/telemetry.h"
#include "core/local/engine_lock.h"
#include "core/local/route/loop.h"
#include "core/local/route/router.h"
#include "core/local/route/server.h"
#include "core/local/work/interpreter.h"
#include "core/local/work/work_folder.h"
#include "core/local/work/workers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    TOKEN_LEN = 43, /* 258 bits */
    BACKLOG = 512,
    MAX_DESCRIPTORS = 16384,
    MAX_CLIENTS = 4096,
    WORKER_GRACE_MS = 1500,
    SHUT_DOWN_MS = 3500, /* and then they are killed; `serve --stop` waits 5 s */
    STOP_WAIT_MS = 5000,
};

static const char server_script[] = "core/local/work/server.py";

struct engine {
    const struct engine_options *options;
    char *runtime_folder;
    char *work_folder; /* logs, links, the scoring server */
    char *python;      /* absolute; NULL: python3, when a deployment wants it */
    int work_lock;     /* -1: the folder is that of --state */
    int runtime_lock;
    int state_lock;
    int listener;
    char url[128];
    char token[TOKEN_LEN + 1];
    struct loop *loop;
    struct server *server;
    struct router *router;
    struct workers *workers;
    struct telemetry *telemetry;
    struct control *control;
    struct control_effect effect;
    struct loop_watch signals;
    struct loop_watch stop;
    struct loop_task pump;
    struct loop_timer tick;
    sigset_t old_signals;
};

#define OWNER(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* ------------------------------------------------------------------ the control plane */

static void carry_out(struct engine *engine, const struct control_effect *effect)
{
    switch (effect->kind) {
    case EFFECT_RUN:
        workers_run(engine->workers, &effect->run);
        break;
    case EFFECT_STOP:
        workers_stop(engine->workers, effect->key, effect->generation, effect->forget);
        break;
    case EFFECT_ROUTES:
        router_publish(engine->router, &effect->routes);
        break;
    case EFFECT_FORGET_ROUTES:
        router_forget(engine->router, effect->key);
        break;
    }
}

/* Lets the control plane go on until it has nothing more to be done. */
static void pump(struct engine *engine)
{
    int wait_ms = control_tick(engine->control, clock_wall_ms());
    while (control_next_effect(engine->control, &engine->effect))
        carry_out(engine, &engine->effect);
    if (wait_ms >= 0)
        loop_set_timer(engine->loop, &engine->tick, clock_monotonic_us() + wait_ms * INT64_C(1000));
    else
        loop_cancel_timer(&engine->tick);
}

static void pump_task(struct loop_task *task)
{
    pump(OWNER(task, struct engine, pump));
}

static void tick_timer(struct loop_timer *timer)
{
    struct engine *engine = OWNER(timer, struct engine, tick);
    loop_defer(engine->loop, &engine->pump);
}

static void report_ready(void *context, const char *key, uint64_t generation)
{
    struct engine *engine = context;
    control_deployment_ready(engine->control, clock_wall_ms(), key, generation);
    loop_defer(engine->loop, &engine->pump);
}

static void report_failed(void *context, const char *key, uint64_t generation, const char *code,
                          const char *message)
{
    struct engine *engine = context;
    control_deployment_failed(engine->control, clock_wall_ms(), key, generation, code, message);
    loop_defer(engine->loop, &engine->pump);
}

static void report_stopped(void *context, const char *key, uint64_t generation)
{
    struct engine *engine = context;
    control_deployment_stopped(engine->control, clock_wall_ms(), key, generation);
    loop_defer(engine->loop, &engine->pump);
}

static char *read_log(void *context, const char *key, const char *container, size_t tail)
{
    struct engine *engine = context;
    return workers_read_log(engine->workers, key, container, tail);
}

static char *span_text(const struct exchange *exchange, struct http_span span)
{
    return str_dup_n(http_at(exchange->bytes, span), span.len);
}

static void handle_control(struct engine *engine, struct exchange *exchange)
{
    static const char type[] = "content-type: application/json; charset=utf-8\r\n";
    const struct http_header *authorization = http_find(exchange->head, HTTP_AUTHORIZATION);
    char *method = span_text(exchange, exchange->head->method);
    char *path = span_text(exchange, exchange->head->path);
    char *query = span_text(exchange, exchange->head->query);
    char *token = authorization ? span_text(exchange, authorization->value) : NULL;
    struct control_request request = {
        .method = method,
        .path = path,
        .query = query,
        .authorization = token,
        .body = exchange->body_len ? exchange->body : "",
        .body_len = exchange->body_len,
    };
    struct control_response response;
    control_response_init(&response);
    control_handle(engine->control, clock_wall_ms(), &request, &response);
    if (response.body.len)
        strbuf_puts(&response.headers, type);
    exchange_answer(exchange, response.status, response.headers.text, response.headers.len,
                    response.body.text, response.body.len);
    control_response_release(&response);
    free(method);
    free(path);
    free(query);
    str_free_secret(token);
    loop_defer(engine->loop, &engine->pump);
}

static void handle(void *context, struct exchange *exchange)
{
    struct engine *engine = context;
    if (!router_handle(engine->router, exchange))
        handle_control(engine, exchange);
}

/* ------------------------------------------------------------------ listening */

static bool is_port(const char *text)
{
    enum { DIGITS = 5, HIGHEST = 65535 };
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= DIGITS && !text[digits] && strtol(text, NULL, 10) <= HIGHEST;
}

/* "HOST:PORT" and "[HOST]:PORT". */
static bool split_listen(const char *listen_on, char **out_host, char **out_port)
{
    const char *colon = strrchr(listen_on, ':');
    const char *end = colon;
    if (!colon || !is_port(colon + 1))
        return false;
    if (*listen_on == '[') {
        if (colon[-1] != ']')
            return false;
        listen_on++;
        end = colon - 1;
    }
    if (end <= listen_on)
        return false;
    *out_host = str_dup_n(listen_on, (size_t)(end - listen_on));
    *out_port = str_dup(colon + 1);
    return true;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return (ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >>
                24) == 127;
    return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

static bool open_listener(struct engine *engine, const struct addrinfo *address,
                          struct error *error)
{
    int on = 1;
    struct sockaddr_storage bound;
    socklen_t bound_len = sizeof bound;
    char host[64];
    char port[16];
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    engine->listener = fd;
    if (fd < 0)
        return error_set(error, ERROR_FAILED, "no socket to listen on: %s", strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&bound, &bound_len) != 0) {
        error_set(error, errno == EADDRINUSE ? ERROR_CONFLICT : ERROR_FAILED,
                  "cannot listen on %s: %s", engine->options->listen, strerror(errno));
        return error_hint(error, "Port 0 picks one that is free.");
    }
    getnameinfo((struct sockaddr *)&bound, bound_len, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    bool six = address->ai_family == AF_INET6;
    snprintf(engine->url, sizeof engine->url, "http://%s%s%s:%s", six ? "[" : "", host,
             six ? "]" : "", port);
    return true;
}

static bool listen_somewhere(struct engine *engine, struct error *error)
{
    const char *where = engine->options->listen ? engine->options->listen : "127.0.0.1:0";
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *found = NULL;
    char *host = NULL;
    char *port = NULL;
    bool ok = false;
    if (!split_listen(where, &host, &port)) {
        error_set(error, ERROR_USAGE, "\"%s\" is no HOST:PORT to listen on", where);
        error_hint(error, "Write it as in 127.0.0.1:0 (0 picks a port).");
        goto out;
    }
    if (getaddrinfo(strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, port, &hints, &found)) {
        error_set(error, ERROR_USAGE, "\"%s\" is no address and port to listen on", where);
        error_hint(error, "Give an IP address, as in 127.0.0.1:0.");
        goto out;
    }
    if (!engine->options->allow_non_loopback && !is_loopback(found->ai_addr)) {
        error_set(error, ERROR_RULE, "%s is not a loopback address", host);
        error_hint(error, "Whoever reaches the engine and has its token can run programs here.");
        goto out;
    }
    ok = open_listener(engine, found, error);
out:
    if (found)
        freeaddrinfo(found);
    free(host);
    free(port);
    return ok;
}

/* ------------------------------------------------------------------ start */

static void signal_ready(struct loop_watch *watch, uint32_t events)
{
    struct engine *engine = OWNER(watch, struct engine, signals);
    struct signalfd_siginfo info;
    (void)events;
    while (read(watch->fd, &info, sizeof info) == (ssize_t)sizeof info)
        loop_stop(engine->loop);
}

static void stop_ready(struct loop_watch *watch, uint32_t events)
{
    if (events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP | EPOLLERR))
        loop_stop(OWNER(watch, struct engine, stop)->loop);
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    rlim_t wanted = limit.rlim_max < MAX_DESCRIPTORS ? limit.rlim_max : MAX_DESCRIPTORS;
    if (limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static size_t client_limit(void)
{
    struct rlimit limit = {.rlim_cur = 256};
    getrlimit(RLIMIT_NOFILE, &limit);
    size_t half = (size_t)(limit.rlim_cur / 2);
    return half < MAX_CLIENTS ? half : MAX_CLIENTS;
}

static bool watch_signals(struct engine *engine, struct error *error)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    sigprocmask(SIG_BLOCK, &set, &engine->old_signals);
    engine->signals = (struct loop_watch){.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC),
                                          .ready = signal_ready};
    if (engine->signals.fd < 0 || !loop_add(engine->loop, &engine->signals))
        return error_set(error, ERROR_FAILED, "cannot watch signals: %s", strerror(errno));
    if (engine->options->stop_fd < 0)
        return true;
    engine->stop = (struct loop_watch){.fd = engine->options->stop_fd, .ready = stop_ready};
    if (!loop_add(engine->loop, &engine->stop))
        return error_set(error, ERROR_FAILED, "cannot watch the stop descriptor: %s",
                         strerror(errno));
    return true;
}

static bool make_work_folder(struct engine *engine, struct error *error)
{
    const char *state = engine->options->state_folder;
    if (state) {
        engine->work_folder = file_join(state, "workers");
        return file_make_folder(engine->work_folder, 0700, error);
    }
    work_folder_sweep("/tmp");
    engine->work_folder = work_folder_make("/tmp", &engine->work_lock, error);
    return engine->work_folder != NULL;
}

static bool take_locks(struct engine *engine, struct error *error)
{
    const char *state = engine->options->state_folder;
    engine->runtime_folder = xdg_runtime_folder(error);
    if (!engine->runtime_folder)
        return false;
    engine->runtime_lock = engine_lock(engine->runtime_folder, error);
    if (engine->runtime_lock < 0)
        return false;
    if (!state)
        return true;
    if (!file_make_folder(state, 0700, error))
        return false;
    engine->state_lock = engine_lock(state, error);
    return engine->state_lock >= 0;
}

static bool start_workers(struct engine *engine, struct error *error)
{
    const struct embedded_file *script = embedded_find(server_script);
    char *server = file_join(engine->work_folder, "server.py");
    bool ok = script != NULL;
    if (!ok)
        error_set(error, ERROR_FAILED, "this program was built without %s", server_script);
    ok = ok && file_write_atomic(server, script->bytes, script->len, 0600, error);
    if (ok)
        engine->workers = workers_new(&(struct workers_options){
            .loop = engine->loop,
            .router = engine->router,
            .folder = engine->work_folder,
            .python = engine->python ? engine->python : "python3",
            .server = server,
            .ready = report_ready,
            .failed = report_failed,
            .stopped = report_stopped,
            .context = engine,
        });
    free(server);
    return ok;
}

static bool engine_start(struct engine *engine, struct error *error)
{
    const struct engine_options *options = engine->options;
    if (options->python && !(engine->python = interpreter_find(options->python, error)))
        return false;
    if (!take_locks(engine, error) || !listen_somewhere(engine, error) ||
        !make_work_folder(engine, error))
        return false;
    raise_descriptor_limit();
    engine->loop = loop_new(error);
    if (!engine->loop || !watch_signals(engine, error))
        return false;
    engine->pump.run = pump_task;
    engine->tick.fire = tick_timer;
    engine->telemetry = telemetry_new();
    engine->router = router_new(&(struct router_options){
        .loop = engine->loop,
        .telemetry = engine->telemetry,
        .enforce_rate_limits = options->enforce_rate_limits,
    });
    if (!start_workers(engine, error))
        return false;
    random_base64url(engine->token, TOKEN_LEN);
    engine->control = control_open(
        &(struct control_options){
            .state_folder = options->state_folder,
            .base_url = engine->url,
            .token = engine->token,
            .telemetry = engine->telemetry,
            .read_log = read_log,
            .read_log_context = engine,
        },
        clock_wall_ms(), error);
    if (!engine->control)
        return false;
    engine->server = server_new(
        &(struct server_options){
            .loop = engine->loop,
            .listener = engine->listener,
            .max_clients = client_limit(),
            .handle = handle,
            .context = engine,
        },
        error);
    if (!engine->server)
        return false;
    engine->listener = -1; /* the server's now */
    loop_defer(engine->loop, &engine->pump);
    return engine_announce(engine->runtime_folder, engine->url, engine->token, error);
}

/* ------------------------------------------------------------------ end */

static void shut_down(struct engine *engine)
{
    if (engine->server)
        server_close_listener(engine->server);
    if (engine->workers) {
        int64_t end_ms = clock_monotonic_ms() + SHUT_DOWN_MS;
        workers_shut_down(engine->workers, WORKER_GRACE_MS);
        while (workers_alive(engine->workers) && clock_monotonic_ms() < end_ms)
            loop_turn(engine->loop, 50);
    }
    server_free(engine->server);
    workers_free(engine->workers);
    router_free(engine->router);
}

static void engine_release(struct engine *engine)
{
    if (engine->control)
        engine_withdraw(engine->runtime_folder);
    shut_down(engine);
    control_close(engine->control);
    telemetry_free(engine->telemetry);
    if (engine->signals.fd >= 0) {
        close(engine->signals.fd);
        sigprocmask(SIG_SETMASK, &engine->old_signals, NULL);
    }
    if (engine->listener >= 0)
        close(engine->listener);
    loop_free(engine->loop);
    if (engine->work_lock >= 0) {
        file_remove_tree(engine->work_folder, NULL);
        close(engine->work_lock);
    }
    engine_unlock(engine->state_lock);
    engine_unlock(engine->runtime_lock);
    explicit_bzero(engine->token, sizeof engine->token);
    free(engine->work_folder);
    free(engine->python);
    free(engine->runtime_folder);
    free(engine);
}

bool engine_run(const struct engine_options *options, struct error *error)
{
    struct engine *engine = mem_alloc(sizeof *engine);
    engine->options = options;
    engine->runtime_lock = engine->state_lock = engine->work_lock = engine->listener = -1;
    engine->signals.fd = -1;
    bool ok = engine_start(engine, error);
    if (ok) {
        if (options->on_ready)
            options->on_ready(options->context, engine->url);
        loop_run(engine->loop);
    }
    engine_release(engine);
    return ok;
}

static bool wait_for_end(const char *folder, pid_t engine, int64_t limit_ms)
{
    int64_t end_ms = clock_monotonic_ms() + limit_ms;
    struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    while (engine_lock_holder(folder) == engine) {
        if (clock_monotonic_ms() >= end_ms)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

bool engine_stop_running(struct error *error)
{
    char *folder = xdg_runtime_folder(error);
    if (!folder)
        return false;
    pid_t engine = engine_lock_holder(folder);
    bool ok = true;
    if (engine <= 0) {
        error_set(error, ERROR_NOT_FOUND, "no local engine is running");
        ok = error_hint(error, "`cutover serve` starts one.");
    } else if (kill(engine, SIGTERM) != 0) {
        ok = error_set(error, ERROR_FAILED, "cannot end the engine (process %ld): %s", (long)engine,
                       strerror(errno));
    } else if (!wait_for_end(folder, engine, STOP_WAIT_MS)) {
        kill(engine, SIGKILL);
        if (wait_for_end(folder, engine, STOP_WAIT_MS))
            engine_withdraw(folder);
        else
            ok = error_set(error, ERROR_TIMEOUT, "the engine (process %ld) does not end",
                           (long)engine);
    }
    free(folder);
    return ok;
}
