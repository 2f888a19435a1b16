#include "tui/cli/background.h"

#include "core/azure/azure.h"
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/net/url.h"
#include "tui/cli/signals.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_TIMEOUT_MS = 15 * 1000, CHECK_EVERY_MS = 10 };

static bool port_answers(const char *host, int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool ok = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return ok;
}

bool background_engine_answers(void)
{
    struct azure_access access = {0};
    struct url url;
    if (!azure_access_local(NULL, false, &access, NULL))
        return false;
    /* local.json stays behind when an engine is killed; only a connection tells. */
    bool ok = url_parse(access.arm_url, &url) && port_answers(url.host, url.port);
    azure_access_release(&access);
    return ok;
}

static int open_log(char **out_path, struct error *error)
{
    char *folder = xdg_state_folder();
    int fd = -1;
    *out_path = file_join(folder, "engine.log");
    if (file_make_folder(folder, 0700, error)) {
        fd = open(*out_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            error_set(error, ERROR_FAILED, "cannot write %s: %s", *out_path, strerror(errno));
        else
            fchmod(fd, 0600);
    }
    free(folder);
    return fd;
}

/* In the child: only what is safe between fork and exec. */
static void become_engine(int log_fd, char *const argv[])
{
    int null_fd = open("/dev/null", O_RDONLY);
    setsid();
    dup2(null_fd, STDIN_FILENO);
    dup2(log_fd, STDOUT_FILENO);
    dup2(log_fd, STDERR_FILENO);
    signals_set(SIGINT, SIG_IGN);
    execv("/proc/self/exe", argv);
    _exit(127);
}

static bool wait_until_ready(pid_t pid, const char *log_path, struct error *error)
{
    int64_t until = clock_monotonic_ms() + START_TIMEOUT_MS;
    while (clock_monotonic_ms() < until) {
        bool ended = waitpid(pid, NULL, WNOHANG) == pid;
        /* It may have ended because another one was a moment earlier: that one will do. */
        if (background_engine_answers())
            return true;
        if (ended) {
            error_set(error, ERROR_FAILED, "the local engine did not start");
            return error_hint(error, "%s says why.", log_path);
        }
        poll(NULL, 0, CHECK_EVERY_MS);
    }
    error_set(error, ERROR_TIMEOUT, "the local engine was not ready after %d s",
              START_TIMEOUT_MS / 1000);
    return error_hint(error, "%s says how far it came.", log_path);
}

bool background_engine_start(const char *state, const char *python, struct error *error)
{
    char *log_path = NULL;
    bool ok = false;
    if (background_engine_answers())
        return true;
    int log_fd = open_log(&log_path, error);
    if (log_fd < 0)
        goto out;
    char *argv[8] = {(char[]){"cutover"}, (char[]){"serve"}};
    int argc = 2;
    char *state_option = state ? str_format("--state=%s", state) : NULL;
    char *python_option = python ? str_format("--python=%s", python) : NULL;
    if (state_option)
        argv[argc++] = state_option;
    if (python_option)
        argv[argc++] = python_option;
    pid_t pid = fork();
    if (pid == 0)
        become_engine(log_fd, argv);
    ok = pid > 0 ? wait_until_ready(pid, log_path, error)
                 : error_set(error, ERROR_FAILED, "cannot start a process: %s", strerror(errno));
    free(state_option);
    free(python_option);
    close(log_fd);
out:
    free(log_path);
    return ok;
}
