#include "core/local/work/work_folder.h"

#include "core/base/alloc.h"
#include "core/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char prefix[] = "cutover-engine-";
static const char lock_name[] = "owner.lock";

/* The file gets its name only once it is locked: a sweep never meets it in between. */
static int make_lock(const char *folder)
{
    char *unnamed = str_format("%s/.%s", folder, lock_name);
    char *path = file_join(folder, lock_name);
    int fd = open(unnamed, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 && (flock(fd, LOCK_EX | LOCK_NB) != 0 || rename(unnamed, path) != 0)) {
        close(fd);
        fd = -1;
    }
    free(path);
    free(unnamed);
    return fd;
}

char *work_folder_make(const char *parent, int *out_lock, struct error *error)
{
    char *folder = str_format("%s/%sXXXXXX", parent, prefix);
    if (!mkdtemp(folder)) {
        error_set(error, ERROR_FAILED, "cannot create a folder in %s: %s", parent, strerror(errno));
        free(folder);
        return NULL;
    }
    *out_lock = make_lock(folder);
    if (*out_lock < 0) {
        error_set(error, ERROR_FAILED, "cannot lock %s: %s", folder, strerror(errno));
        file_remove_tree(folder, NULL);
        free(folder);
        return NULL;
    }
    return folder;
}

/* Takes the lock of a folder whose owner is gone; -1 when there is none, or it is held. */
static int take_over(int parent, const char *name)
{
    struct stat info;
    int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int lock = -1;
    if (folder >= 0 && fstat(folder, &info) == 0 && info.st_uid == getuid())
        lock = openat(folder, lock_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) != 0) {
        close(lock);
        lock = -1;
    }
    if (folder >= 0)
        close(folder);
    return lock;
}

void work_folder_sweep(const char *parent)
{
    DIR *all = opendir(parent);
    if (!all)
        return;
    for (struct dirent *entry = readdir(all); entry; entry = readdir(all)) {
        if (strncmp(entry->d_name, prefix, sizeof prefix - 1) != 0)
            continue;
        int lock = take_over(dirfd(all), entry->d_name);
        if (lock < 0)
            continue;
        char *folder = file_join(parent, entry->d_name);
        file_remove_tree(folder, NULL);
        free(folder);
        close(lock);
    }
    closedir(all);
}
