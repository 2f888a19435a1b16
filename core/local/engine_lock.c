#include "core/local/engine_lock.h"

#include "core/base/alloc.h"
#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *lock_path(const char *folder)
{
    return file_join(folder, "engine.lock");
}

pid_t engine_lock_holder(const char *folder)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char *path = lock_path(folder);
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    pid_t holder = 0;
    if (fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
        holder = lock.l_pid;
    if (fd >= 0)
        close(fd);
    free(path);
    return holder;
}

int engine_lock(const char *folder, struct error *error)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char *path = lock_path(folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        error_set(error, ERROR_FAILED, "cannot open %s: %s", path, strerror(errno));
    } else if (fcntl(fd, F_SETLK, &lock) != 0) {
        if (errno == EACCES || errno == EAGAIN) {
            error_set(error, ERROR_CONFLICT, "an engine already runs with %s (process %ld)", folder,
                      (long)engine_lock_holder(folder));
            error_hint(error, "Use it, end it with `cutover serve --stop`, or give this one "
                              "its own XDG_RUNTIME_DIR and --state.");
        } else {
            error_set(error, ERROR_FAILED, "cannot lock %s: %s", path, strerror(errno));
        }
        close(fd);
        fd = -1;
    }
    free(path);
    return fd;
}

void engine_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}

bool engine_announce(const char *folder, const char *url, const char *token, struct error *error)
{
    /* Neither has a character that JSON would escape: we made both. */
    char *path = file_join(folder, "local.json");
    char *text = str_format("{\"url\": \"%s\", \"token\": \"%s\", \"pid\": %ld}\n", url, token,
                            (long)getpid());
    bool ok = file_write_atomic(path, text, strlen(text), 0600, error);
    str_free_secret(text);
    free(path);
    return ok;
}

void engine_withdraw(const char *folder)
{
    char *path = file_join(folder, "local.json");
    unlink(path);
    free(path);
}
