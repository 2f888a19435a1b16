#include "core/local/work/asset_copy.h"

#include "core/base/alloc.h"
#include "core/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct asset_copies {
    struct loop *loop;
    char *folder;
    void (*settled)(void *context);
    void *context;
    bool keep;
    struct asset_copy *list;
};

/* What the child says, in one piece: smaller than PIPE_BUF. */
struct outcome {
    bool ok;
    struct tree_size size;
    enum error_kind kind;
    char message[600];
};

struct asset_copies *asset_copies_new(struct loop *loop, const char *folder,
                                      void (*settled)(void *context), void *context)
{
    struct asset_copies *copies = mem_alloc(sizeof *copies);
    copies->loop = loop;
    copies->folder = str_dup(folder);
    copies->settled = settled;
    copies->context = context;
    file_make_folder(folder, 0700, NULL); /* if not, the first copy says why */
    return copies;
}

void asset_copies_keep(struct asset_copies *copies)
{
    copies->keep = true;
}

void asset_copies_free(struct asset_copies *copies)
{
    if (!copies)
        return;
    free(copies->folder);
    free(copies);
}

void asset_copies_sweep(struct asset_copies *copies, char *const *used, size_t used_count)
{
    DIR *folder = opendir(copies->folder);
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder)) {
        bool wanted = entry->d_name[0] == '.' && (!entry->d_name[1] || entry->d_name[1] == '.');
        for (size_t i = 0; i < used_count && !wanted; i++)
            wanted = strcmp(entry->d_name, used[i]) == 0;
        if (wanted)
            continue;
        char *path = file_join(copies->folder, entry->d_name);
        file_remove_tree(path, NULL);
        free(path);
    }
    if (folder)
        closedir(folder);
}

/* ------------------------------------------------------------------ the child */

static _Noreturn void copy_in_child(const struct asset_copy *copy, pid_t engine, int result)
{
    struct outcome outcome = {.ok = false};
    struct error error = {.message = ""};
    char *part = str_format("%s.part", copy->folder);
    const char *base = strrchr(copy->path, '/');
    char *target = str_format("%s%s", part, base);
    /* Nothing of the engine's is kept open: its clients' connections end when it says so. */
    dup2(result, STDIN_FILENO);
    syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
    prctl(PR_SET_NAME, "cutover-copy");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != engine)
        _exit(1);
    file_remove_tree(part, NULL);
    outcome.ok = file_make_folder(part, 0700, &error) &&
                 tree_copy(copy->source, target, copy->owner->folder, &outcome.size, &error);
    if (outcome.ok && rename(part, copy->folder) != 0)
        outcome.ok = error_set(&error, ERROR_FAILED, "cannot rename %s: %s", part, strerror(errno));
    if (!outcome.ok)
        file_remove_tree(part, NULL);
    outcome.kind = error.kind;
    snprintf(outcome.message, sizeof outcome.message, "%.590s", error.message);
    _exit(write(STDIN_FILENO, &outcome, sizeof outcome) == (ssize_t)sizeof outcome ? 0 : 1);
}

static void copy_end_child(struct asset_copy *copy)
{
    if (!copy->child)
        return;
    loop_remove(copy->owner->loop, &copy->watch);
    close(copy->watch.fd);
    while (waitpid(copy->child, NULL, 0) < 0 && errno == EINTR)
        ;
    copy->child = 0;
}

static void copy_failed(struct asset_copy *copy, enum error_kind kind, const char *message)
{
    copy->state = ASSET_COPY_FAILED;
    error_set(&copy->error, kind, "%s", message);
}

static void copy_ready(struct loop_watch *watch, uint32_t events)
{
    struct asset_copy *copy =
        (struct asset_copy *)(void *)((char *)watch - offsetof(struct asset_copy, watch));
    struct outcome outcome;
    (void)events;
    ssize_t got = read(watch->fd, &outcome, sizeof outcome);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    copy_end_child(copy);
    if (got != (ssize_t)sizeof outcome) {
        copy_failed(copy, ERROR_FAILED, "the process that copies was ended");
    } else if (!outcome.ok) {
        copy_failed(copy, outcome.kind, outcome.message);
    } else {
        copy->state = ASSET_COPY_DONE;
        copy->size = outcome.size;
    }
    copy->owner->settled(copy->owner->context);
}

static void copy_start(struct asset_copy *copy)
{
    int result[2];
    char why[200];
    pid_t engine = getpid();
    if (pipe2(result, O_CLOEXEC) != 0) {
        snprintf(why, sizeof why, "no pipe for the process that copies: %s", strerror(errno));
        copy_failed(copy, ERROR_FAILED, why);
        return;
    }
    fcntl(result[0], F_SETFL, O_NONBLOCK);
    copy->watch = (struct loop_watch){.fd = result[0], .ready = copy_ready};
    pid_t child = fork();
    if (child == 0)
        copy_in_child(copy, engine, result[1]);
    snprintf(why, sizeof why, "no process to copy with: %s", strerror(errno));
    close(result[1]);
    if (child > 0 && loop_add(copy->owner->loop, &copy->watch)) {
        copy->child = child;
        return;
    }
    close(result[0]);
    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    copy_failed(copy, ERROR_FAILED, why);
}

/* ------------------------------------------------------------------ copies */

static char *base_name(const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    size_t start = len;
    while (start && path[start - 1] != '/')
        start--;
    return len - start ? str_dup_n(path + start, len - start) : str_dup("root");
}

static bool is_of(const char *name, uint64_t identity)
{
    char start[18];
    snprintf(start, sizeof start, "%016" PRIx64 "-", identity);
    return strncmp(name, start, 17) == 0 && strlen(name) < ASSET_COPY_NAME && !strchr(name, '/');
}

static bool is_on_disk(const struct asset_copies *copies, const char *name, const char *source)
{
    char *folder = file_join(copies->folder, name);
    char *base = base_name(source);
    char *path = file_join(folder, base);
    bool found = file_exists(path);
    free(folder);
    free(base);
    free(path);
    return found;
}

struct asset_copy *asset_copy_take(struct asset_copies *copies, const char *source,
                                   uint64_t identity, const char *kept)
{
    char name[ASSET_COPY_NAME];
    bool resumed = kept && is_of(kept, identity) && is_on_disk(copies, kept, source);
    if (resumed)
        snprintf(name, sizeof name, "%s", kept);
    else
        snprintf(name, sizeof name, "%016" PRIx64 "-%016" PRIx64, identity, tree_state(source));
    for (struct asset_copy *copy = copies->list; copy; copy = copy->next) {
        if (copy->state != ASSET_COPY_FAILED && strcmp(copy->name, name) == 0) {
            copy->references++;
            return copy;
        }
    }
    struct asset_copy *copy = mem_alloc(sizeof *copy);
    char *base = base_name(source);
    memcpy(copy->name, name, sizeof copy->name);
    copy->source = str_dup(source);
    copy->folder = file_join(copies->folder, name);
    copy->path = file_join(copy->folder, base);
    copy->owner = copies;
    copy->references = 1;
    copy->next = copies->list;
    copies->list = copy;
    free(base);
    copy->found = file_exists(copy->path);
    copy->state = copy->found ? ASSET_COPY_DONE : ASSET_COPY_RUNNING;
    if (!copy->found)
        copy_start(copy);
    return copy;
}

bool asset_copy_is_current(const struct asset_copy *copy)
{
    char state[17];
    uint64_t now = tree_state(copy->source);
    snprintf(state, sizeof state, "%016" PRIx64, now);
    return !now || strcmp(strchr(copy->name, '-') + 1, state) == 0;
}

void asset_copy_release(struct asset_copy *copy)
{
    if (!copy || --copy->references > 0)
        return;
    struct asset_copies *copies = copy->owner;
    struct asset_copy **at = &copies->list;
    while (*at != copy)
        at = &(*at)->next;
    *at = copy->next;
    bool was_running = copy->child != 0;
    if (was_running)
        kill(copy->child, SIGKILL);
    copy_end_child(copy);
    if (was_running) {
        char *part = str_format("%s.part", copy->folder);
        file_remove_tree(part, NULL);
        free(part);
    }
    if (!copies->keep || was_running)
        file_remove_tree(copy->folder, NULL);
    free(copy->source);
    free(copy->folder);
    free(copy->path);
    free(copy);
}
