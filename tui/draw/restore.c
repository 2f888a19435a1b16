#include "tui/draw/restore.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ALTERNATE_STACK = 32 * 1024 };

static struct restore_plan plan;
static volatile sig_atomic_t armed;
static volatile sig_atomic_t stopped;

/* Those that end the process; the last one only stops it. */
static const int fatal[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGABRT,
                            SIGSEGV, SIGBUS, SIGFPE, SIGILL};
enum { FATAL_COUNT = sizeof fatal / sizeof fatal[0] };
static struct sigaction previous[FATAL_COUNT];
static struct sigaction previous_stop;

static void write_all(const char *text)
{
    size_t len = strlen(text);
    while (len) {
        ssize_t sent = write(plan.fd, text, len);
        if (sent < 0 && errno != EINTR)
            return;
        if (sent > 0) {
            text += sent;
            len -= (size_t)sent;
        }
    }
}

void restore_leave(void)
{
    if (!armed)
        return;
    write_all(plan.leave);
    tcsetattr(plan.fd, TCSANOW, &plan.original);
}

void restore_enter(void)
{
    if (!armed)
        return;
    tcsetattr(plan.fd, TCSANOW, &plan.ours);
    write_all(plan.enter);
}

/* The terminal first, then what the signal did before: end the process, or a sanitizer's report. */
static void on_fatal(int number)
{
    int saved = errno;
    restore_leave();
    armed = 0;
    for (size_t i = 0; i < FATAL_COUNT; i++) {
        if (fatal[i] == number)
            sigaction(number, &previous[i], NULL);
    }
    raise(number);
    errno = saved;
}

static void on_stop(int number)
{
    (void)number;
    int saved = errno;
    restore_leave();
    raise(SIGSTOP);
    restore_enter();
    stopped = 1;
    raise(SIGWINCH);
    errno = saved;
}

bool restore_was_stopped(void)
{
    bool was = stopped != 0;
    stopped = 0;
    return was;
}

static void at_exit(void)
{
    restore_leave();
    armed = 0;
}

/* A stack of its own for the handlers: the fault may be that the other one is used up. */
static void use_alternate_stack(void)
{
    static char memory[ALTERNATE_STACK];
    stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
    stack_t now;
    if (sigaltstack(NULL, &now) == 0 && (now.ss_flags & SS_DISABLE))
        sigaltstack(&stack, NULL);
}

static void install(int number, void (*handler)(int), struct sigaction *old)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, old);
    /* nohup and the like stay in force. */
    if (!(old->sa_flags & SA_SIGINFO) && old->sa_handler == SIG_IGN)
        sigaction(number, old, NULL);
}

void restore_arm(const struct restore_plan *new_plan)
{
    static bool registered;
    plan = *new_plan;
    stopped = 0;
    armed = 1;
    if (!registered)
        registered = atexit(at_exit) == 0;
    use_alternate_stack();
    for (size_t i = 0; i < FATAL_COUNT; i++)
        install(fatal[i], on_fatal, &previous[i]);
    install(SIGTSTP, on_stop, &previous_stop);
}

void restore_disarm(void)
{
    if (!armed)
        return;
    armed = 0;
    for (size_t i = 0; i < FATAL_COUNT; i++)
        sigaction(fatal[i], &previous[i], NULL);
    sigaction(SIGTSTP, &previous_stop, NULL);
}
