#include "core/local/work/keeper.h"

#include "core/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the keeper tells, as fixed records: smaller than PIPE_BUF, so never torn. */
struct report {
    int32_t kind; /* enum keeper_event */
    int32_t value;
};

/* What it is told: end the worker within so many milliseconds. */
struct order {
    int32_t grace_ms;
};

/* Descriptors of the keeper, the same in each. */
enum { CONTROL_FD = 3, STATUS_FD = 4, OUTPUT_FD = 5, FIRST_OTHER_FD = 6 };

/* ------------------------------------------------------------------ in the keeper's process */

static void place_descriptors(int control, int status, int output)
{
    int high[3] = {fcntl(control, F_DUPFD, 16), fcntl(status, F_DUPFD, 16),
                   fcntl(output, F_DUPFD, 16)};
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    dup2(high[0], CONTROL_FD);
    dup2(high[1], STATUS_FD);
    dup2(high[2], OUTPUT_FD);
    /* Above all the engine's ends of other keepers' pipes, which would keep their workers alive. */
    if (syscall(SYS_close_range, FIRST_OTHER_FD, ~0U, 0) != 0)
        for (int fd = FIRST_OTHER_FD; fd < 65536; fd++)
            close(fd);
}

static void report(enum keeper_event kind, int value)
{
    struct report message = {(int32_t)kind, value};
    while (write(STATUS_FD, &message, sizeof message) < 0 && errno == EINTR)
        ;
}

static _Noreturn void become_worker(const struct keeper_options *options, pid_t keeper)
{
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != keeper)
        _exit(127);
    for (int number = 1; number < NSIG; number++)
        sigaction(number, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    dup2(OUTPUT_FD, STDOUT_FILENO);
    dup2(OUTPUT_FD, STDERR_FILENO);
    syscall(SYS_close_range, CONTROL_FD, ~0U, 0);
    if (options->folder && chdir(options->folder) != 0)
        dprintf(STDERR_FILENO, "cannot enter %s: %s\n", options->folder, strerror(errno));
    else if (execvpe(options->argv[0], options->argv, options->environment) != 0)
        dprintf(STDERR_FILENO, "cannot run %s: %s\n", options->argv[0], strerror(errno));
    _exit(127);
}

/*
 * Kills the worker's group and then whatever has become our child: as the subreaper we inherit
 * each descendant whose parent dies, so repeating this reaches them all.
 */
static void kill_tree(pid_t worker)
{
    kill(-worker, SIGKILL);
    for (;;) {
        char path[64];
        snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
        FILE *children = fopen(path, "re");
        char word[24];
        while (children && fscanf(children, "%23s", word) == 1) {
            pid_t pid = (pid_t)strtol(word, NULL, 10);
            if (pid <= 0)
                break;
            kill(pid, SIGKILL);
            kill(-pid, SIGKILL);
        }
        if (children)
            fclose(children);
        if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD)
            return;
    }
}

/* True when the worker itself has ended. */
static bool reap(pid_t worker)
{
    bool ended = false;
    int status;
    for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0; pid = waitpid(-1, &status, WNOHANG)) {
        if (pid != worker)
            continue;
        report(KEEPER_EXITED, status);
        ended = true;
    }
    return ended;
}

/* Watches over the worker until it has ended or has to. */
static void watch_over(pid_t worker, int signals)
{
    int64_t deadline_ms = INT64_MAX;
    for (;;) {
        struct pollfd polled[2] = {{.fd = CONTROL_FD, .events = POLLIN},
                                   {.fd = signals, .events = POLLIN}};
        int64_t left_ms = deadline_ms == INT64_MAX ? -1 : deadline_ms - clock_monotonic_ms();
        if (deadline_ms != INT64_MAX && left_ms <= 0)
            return;
        poll(polled, 2, (int)left_ms);
        if (polled[1].revents) {
            struct signalfd_siginfo info;
            (void)!read(signals, &info, sizeof info);
            if (reap(worker))
                return;
        }
        if (polled[0].revents) {
            struct order order;
            if (read(CONTROL_FD, &order, sizeof order) != (ssize_t)sizeof order)
                return;
            kill(-worker, SIGTERM);
            deadline_ms = clock_monotonic_ms() + order.grace_ms;
        }
    }
}

static _Noreturn void keeper_main(const struct keeper_options *options, int control, int status)
{
    sigset_t all;
    sigset_t child;
    sigfillset(&all);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_SETMASK, &all, NULL);
    setsid();
    prctl(PR_SET_NAME, "cutover-keeper");
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    place_descriptors(control, status, options->output);
    int signals = signalfd(-1, &child, SFD_CLOEXEC);
    pid_t keeper = getpid();
    pid_t worker = fork();
    if (worker == 0)
        become_worker(options, keeper);
    close(OUTPUT_FD);
    if (worker < 0) {
        report(KEEPER_EXITED, 127 << 8);
        _exit(1);
    }
    setpgid(worker, worker);
    report(KEEPER_STARTED, worker);
    watch_over(worker, signals);
    kill_tree(worker);
    _exit(0);
}

/* ------------------------------------------------------------------ in the engine */

bool keeper_start(struct keeper *keeper, const struct keeper_options *options, struct error *error)
{
    int control[2];
    int status[2];
    if (pipe2(control, O_CLOEXEC) != 0)
        return error_set(error, ERROR_FAILED, "cannot start %s: %s", options->argv[0],
                         strerror(errno));
    if (pipe2(status, O_CLOEXEC) != 0) {
        error_set(error, ERROR_FAILED, "cannot start %s: %s", options->argv[0], strerror(errno));
        close(control[0]);
        close(control[1]);
        return false;
    }
    fcntl(status[0], F_SETFL, O_NONBLOCK);
    pid_t pid = fork();
    if (pid == 0)
        keeper_main(options, control[0], status[1]);
    close(control[0]);
    close(status[1]);
    if (pid < 0) {
        error_set(error, ERROR_FAILED, "cannot start %s: %s", options->argv[0], strerror(errno));
        close(control[1]);
        close(status[0]);
        return false;
    }
    *keeper = (struct keeper){.pid = pid, .control = control[1], .status = status[0]};
    return true;
}

void keeper_close(struct keeper *keeper)
{
    /* A keeper that was killed could not do this itself. */
    if (keeper->worker > 0)
        kill(-keeper->worker, SIGKILL);
    if (keeper->control >= 0)
        close(keeper->control);
    close(keeper->status);
    while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    keeper->control = keeper->status = -1;
}

enum keeper_event keeper_read(struct keeper *keeper, int *out_status)
{
    struct report message;
    ssize_t got = read(keeper->status, &message, sizeof message);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return KEEPER_NOTHING;
    if (got != (ssize_t)sizeof message)
        return KEEPER_GONE;
    if (message.kind == KEEPER_STARTED) {
        keeper->worker = message.value;
        return KEEPER_STARTED;
    }
    keeper->worker = 0; /* its number may soon be another's */
    *out_status = message.value;
    return KEEPER_EXITED;
}

void keeper_terminate(struct keeper *keeper, int grace_ms)
{
    struct order order = {grace_ms};
    if (keeper->control >= 0)
        (void)!write(keeper->control, &order, sizeof order);
}

void keeper_kill(struct keeper *keeper)
{
    if (keeper->control >= 0)
        close(keeper->control);
    keeper->control = -1;
}
