#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/local/work/keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Prints the numbers of itself, a child, and a grandchild that has left its session. */
static char script[] = "echo $$; sleep 1000 & echo $!; "
                       "setsid sh -c 'echo $$; trap \"\" TERM; sleep 1000; sleep 1000' & wait";
static char shell[] = "/bin/sh";
static char dash_c[] = "-c";
static char path[] = "PATH=/usr/bin:/bin";

enum { PROCESSES = 3, LIMIT_MS = 10000 };

static void read_numbers(int fd, pid_t out[PROCESSES])
{
    char text[256];
    size_t len = 0;
    size_t lines = 0;
    while (lines < PROCESSES && len < sizeof text - 1) {
        struct pollfd polled = {.fd = fd, .events = POLLIN};
        assert_int_equal(poll(&polled, 1, LIMIT_MS), 1);
        ssize_t got = read(fd, text + len, 1);
        assert_int_equal(got, 1);
        lines += text[len++] == '\n';
    }
    text[len] = '\0';
    char *at = text;
    for (size_t i = 0; i < PROCESSES; i++)
        out[i] = (pid_t)strtol(at, &at, 10);
}

static bool all_gone(const pid_t *numbers)
{
    for (size_t i = 0; i < PROCESSES; i++)
        if (kill(numbers[i], 0) == 0)
            return false;
    return true;
}

static void wait_until_gone(const pid_t *numbers)
{
    int64_t end_ms = clock_monotonic_ms() + LIMIT_MS;
    while (!all_gone(numbers) && clock_monotonic_ms() < end_ms)
        poll(NULL, 0, 5);
    assert_true(all_gone(numbers));
}

static bool start(struct keeper *keeper, int output)
{
    char *argv[] = {shell, dash_c, script, NULL};
    char *environment[] = {path, NULL};
    struct keeper_options options = {
        .argv = argv, .environment = environment, .folder = "/", .output = output};
    return keeper_start(keeper, &options, NULL);
}

static enum keeper_event next_event(struct keeper *keeper, int *status)
{
    struct pollfd polled = {.fd = keeper->status, .events = POLLIN};
    assert_int_equal(poll(&polled, 1, LIMIT_MS), 1);
    return keeper_read(keeper, status);
}

static void a_killed_engine_takes_all_along(void **state)
{
    int output[2];
    pid_t numbers[PROCESSES];
    (void)state;
    assert_int_equal(pipe(output), 0);
    pid_t engine = fork();
    if (engine == 0) {
        struct keeper keeper;
        if (!start(&keeper, output[1]))
            _exit(1);
        for (;;)
            pause();
    }
    close(output[1]);
    read_numbers(output[0], numbers);
    assert_false(all_gone(numbers));
    kill(engine, SIGKILL);
    waitpid(engine, NULL, 0);
    wait_until_gone(numbers);
    close(output[0]);
}

static void terminating_is_bounded(void **state)
{
    int output[2];
    pid_t numbers[PROCESSES];
    struct keeper keeper;
    int status = 0;
    (void)state;
    assert_int_equal(pipe(output), 0);
    assert_true(start(&keeper, output[1]));
    close(output[1]);
    read_numbers(output[0], numbers);
    assert_int_equal(next_event(&keeper, &status), KEEPER_STARTED);
    assert_int_equal(keeper.worker, numbers[0]);
    keeper_terminate(&keeper, 200);
    assert_int_equal(next_event(&keeper, &status), KEEPER_EXITED);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    assert_int_equal(next_event(&keeper, &status), KEEPER_GONE);
    keeper_close(&keeper);
    wait_until_gone(numbers);
    close(output[0]);
}

static void a_killed_keeper_takes_the_worker_along(void **state)
{
    int output[2];
    pid_t numbers[PROCESSES];
    struct keeper keeper;
    int status = 0;
    (void)state;
    assert_int_equal(pipe(output), 0);
    assert_true(start(&keeper, output[1]));
    close(output[1]);
    read_numbers(output[0], numbers);
    assert_int_equal(next_event(&keeper, &status), KEEPER_STARTED);
    kill(keeper.pid, SIGKILL);
    assert_int_equal(next_event(&keeper, &status), KEEPER_GONE);
    keeper_close(&keeper);
    /* The one that left the group is out of reach without a keeper. */
    kill(numbers[2], SIGKILL);
    wait_until_gone(numbers);
    close(output[0]);
}

static void a_program_that_is_not_there_is_told(void **state)
{
    char missing[] = "/nonexistent/program";
    char *argv[] = {missing, NULL};
    char *environment[] = {path, NULL};
    int output[2];
    int status = 0;
    char text[200];
    struct keeper keeper;
    (void)state;
    assert_int_equal(pipe(output), 0);
    struct keeper_options options = {
        .argv = argv, .environment = environment, .folder = "/", .output = output[1]};
    assert_true(keeper_start(&keeper, &options, NULL));
    close(output[1]);
    assert_int_equal(next_event(&keeper, &status), KEEPER_STARTED);
    assert_int_equal(next_event(&keeper, &status), KEEPER_EXITED);
    assert_int_equal(WEXITSTATUS(status), 127);
    assert_int_equal(next_event(&keeper, &status), KEEPER_GONE);
    keeper_close(&keeper);
    ssize_t len = read(output[0], text, sizeof text - 1);
    assert_true(len > 0);
    text[len] = '\0';
    assert_non_null(strstr(text, missing));
    close(output[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_engine_takes_all_along),
        cmocka_unit_test(terminating_is_bounded),
        cmocka_unit_test(a_killed_keeper_takes_the_worker_along),
        cmocka_unit_test(a_program_that_is_not_there_is_told),
    };
    sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
