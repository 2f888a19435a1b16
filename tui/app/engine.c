/*
 * A local engine with the samples, set up as a person would: by the commands of this program, one
 * after the other, each a process of its own that the loop looks at from time to time.
 */
#include "core/base/alloc.h"
#include "core/base/file.h"
#include "tui/app/app.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_EVERY_MS = 50, MAX_COMPLAINT = 4096, MAX_WORDS = 10 };

#define SAMPLE "endpoints/online/managed/sample/"

/* A word that begins with '@' is a path below the samples folder. */
static const struct step {
    const char *words[MAX_WORDS];
    bool engine_is_up; /* once it ended well an engine runs */
} steps[] = {
    {{"samples", "@", "--force"}, false},
    {{"online-endpoint", "create", "--local", "-n", "my-endpoint", "-f", "@" SAMPLE "endpoint.yml"},
     true},
    {{"online-deployment", "create", "--local", "-e", "my-endpoint", "-f",
      "@" SAMPLE "blue-deployment.yml", "--all-traffic"},
     false},
};

enum { STEPS = sizeof steps / sizeof steps[0] };

struct engine_start {
    struct app *app;
    size_t step;
    pid_t pid;
    net_id timer;
    char *samples;
    char *complaint_path; /* what the commands write to standard error */
};

char *engine_samples_folder(void)
{
    char *state = xdg_state_folder();
    char *folder = file_join(state, "samples");
    free(state);
    return folder;
}

void engine_close(struct app *app)
{
    struct engine_start *start = app->starting;
    if (!start)
        return;
    app->starting = NULL;
    net_cancel(app->net, start->timer);
    free(start->samples);
    free(start->complaint_path);
    free(start);
}

/* In the child: only what is safe between fork and exec. */
static void become(char *const argv[], const char *complaint_path)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    int null = open("/dev/null", O_RDWR);
    int complaint = open(complaint_path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(complaint >= 0 ? complaint : null, STDERR_FILENO);
    execv("/proc/self/exe", argv);
    _exit(127);
}

static bool run_step(struct engine_start *start, struct error *error)
{
    const struct step *step = &steps[start->step];
    char *argv[MAX_WORDS + 2] = {str_dup("cutover")};
    for (size_t i = 0; i < MAX_WORDS && step->words[i]; i++)
        argv[i + 1] = step->words[i][0] == '@' ? file_join(start->samples, step->words[i] + 1)
                                               : str_dup(step->words[i]);
    start->pid = fork();
    if (start->pid == 0)
        become(argv, start->complaint_path);
    for (size_t i = 0; argv[i]; i++)
        free(argv[i]);
    return start->pid > 0 ||
           error_set(error, ERROR_FAILED, "cannot start a process: %s", strerror(errno));
}

static void give_up(struct app *app, const struct error *error)
{
    engine_close(app);
    app_deliver(app, &(struct message){.kind = MESSAGE_ENGINE, .error = error});
}

/* What the command said; the last line of it is the reason. */
static void complain(struct engine_start *start, struct error *error)
{
    size_t len = 0;
    char *text = file_read(start->complaint_path, MAX_COMPLAINT, &len, NULL);
    while (text && len && text[len - 1] == '\n')
        text[--len] = '\0';
    error_set(error, ERROR_FAILED, "the local engine could not be set up: %s",
              text && len ? text : "no reason was given");
    free(text);
}

static void look(void *context);

static void watch(struct engine_start *start)
{
    start->timer = net_after(start->app->net, LOOK_EVERY_MS, look, start);
}

static void look(void *context)
{
    struct engine_start *start = context;
    struct app *app = start->app;
    struct error error;
    int status = 0;
    pid_t ended = waitpid(start->pid, &status, WNOHANG);
    if (ended == 0) {
        watch(start);
        return;
    }
    if (ended < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        complain(start, &error);
        give_up(app, &error);
        return;
    }
    if (steps[start->step].engine_is_up)
        app_deliver(app, &(struct message){.kind = MESSAGE_ENGINE, .more = true});
    if (++start->step == STEPS) {
        engine_close(app);
        app_deliver(app, &(struct message){.kind = MESSAGE_ENGINE});
    } else if (run_step(start, &error)) {
        watch(start);
    } else {
        give_up(app, &error);
    }
}

void engine_start(struct app *app)
{
    struct error error;
    if (app->starting)
        return;
    char *state = xdg_state_folder();
    struct engine_start *start = mem_alloc(sizeof *start);
    app->starting = start;
    start->app = app;
    start->samples = file_join(state, "samples");
    start->complaint_path = file_join(state, "engine-start.log");
    if (file_make_folder(state, 0700, &error) && run_step(start, &error))
        watch(start);
    else
        give_up(app, &error);
    free(state);
}
