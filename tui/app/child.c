#include "tui/app/child.h"

#include "core/base/alloc.h"
#include "core/base/file.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PRIVATE_FILE = 0600, PRIVATE_FOLDER = 0700, NOT_FOUND_STATUS = 127 };

/* A folder that did not exist before; owned, removed with file_remove_tree(). */
static char *make_private_folder(struct error *error)
{
    char *base = xdg_runtime_folder(NULL);
    if (!base || !file_make_folder(base, PRIVATE_FOLDER, NULL)) {
        free(base);
        base = str_dup("/tmp");
    }
    char *folder = file_join(base, "edit-XXXXXX");
    free(base);
    if (mkdtemp(folder))
        return folder;
    error_set(error, ERROR_FAILED, "%s: %s", folder, strerror(errno));
    free(folder);
    return NULL;
}

/* Stop keys belong to the child while it runs. */
static const int ours[] = {SIGINT, SIGQUIT, SIGTSTP};
enum { SIGNALS = sizeof ours / sizeof ours[0] };

static void exec_shell(const char *command, const char *path)
{
    char *line = str_format("%s \"$1\"", command);
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigemptyset(&plain.sa_mask);
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(ours[i], &plain, NULL);
    sigaction(SIGPIPE, &plain, NULL);
    execl("/bin/sh", "sh", "-c", line, "sh", path, (char *)NULL);
    _exit(NOT_FOUND_STATUS);
}

/* A child that stops itself would leave nobody to continue it: it goes on at once. */
static int wait_for(pid_t child)
{
    int status = 0;
    for (;;) {
        pid_t got = waitpid(child, &status, WUNTRACED);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || !WIFSTOPPED(status))
            return got < 0 ? -1 : status;
        kill(child, SIGCONT);
    }
}

static bool run_on(struct terminal *terminal, const char *command, const char *path,
                   struct error *error)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction before[SIGNALS];
    sigemptyset(&ignore.sa_mask);
    terminal_suspend(terminal);
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(ours[i], &ignore, &before[i]);
    pid_t child = fork();
    if (child == 0)
        exec_shell(command, path);
    int status = child > 0 ? wait_for(child) : -1;
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(ours[i], &before[i], NULL);
    terminal_resume(terminal);
    if (status == -1)
        return error_set(error, ERROR_FAILED, "%s could not be started", command);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    error_set(error, ERROR_FAILED, "%s ended with an error", command);
    return false;
}

static const char *wanted_program(const char *const *variables, const char *otherwise)
{
    for (; *variables; variables++) {
        const char *value = getenv(*variables);
        if (value && *value)
            return value;
    }
    return otherwise;
}

char *child_edit(struct terminal *terminal, const char *text, size_t len, size_t *out_len,
                 struct error *error)
{
    static const char *const variables[] = {"VISUAL", "EDITOR", NULL};
    char *edited = NULL;
    char *folder = make_private_folder(error);
    if (!folder)
        return NULL;
    char *path = file_join(folder, "request.json");
    if (file_write_atomic(path, text, len, PRIVATE_FILE, error) &&
        run_on(terminal, wanted_program(variables, "vi"), path, error))
        edited = file_read(path, CHILD_MAX_TEXT, out_len, error);
    file_remove_tree(folder, NULL);
    free(path);
    free(folder);
    return edited;
}

bool child_page(struct terminal *terminal, const char *text, size_t len, struct error *error)
{
    static const char *const variables[] = {"PAGER", NULL};
    char *folder = make_private_folder(error);
    if (!folder)
        return false;
    char *path = file_join(folder, "answer.txt");
    bool ok = file_write_atomic(path, text, len, PRIVATE_FILE, error) &&
              run_on(terminal, wanted_program(variables, "less"), path, error);
    file_remove_tree(folder, NULL);
    free(path);
    free(folder);
    return ok;
}
