#include "core/base/file.h"

#include "core/base/alloc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool system_error(struct error *error, const char *what, const char *path)
{
    int code = errno;
    enum error_kind kind = code == ENOENT || code == ENOTDIR ? ERROR_NOT_FOUND : ERROR_FAILED;
    return error_set(error, kind, "cannot %s %s: %s", what, path, strerror(code));
}

char *file_read(const char *path, size_t limit, size_t *out_len, struct error *error)
{
    char *bytes = NULL;
    size_t len = 0;
    bool ok = false;
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        system_error(error, "open", path);
        return NULL;
    }
    if (fstat(fd, &info) != 0) {
        system_error(error, "read", path);
        goto out;
    }
    if (!S_ISREG(info.st_mode)) {
        error_set(error, ERROR_FAILED, "cannot read %s: not a regular file", path);
        goto out;
    }
    if ((size_t)info.st_size > limit) {
        error_set(error, ERROR_LIMIT, "%s has %lld bytes; at most %zu are read", path,
                  (long long)info.st_size, limit);
        goto out;
    }
    bytes = mem_alloc((size_t)info.st_size + 1);
    while (len < (size_t)info.st_size) {
        ssize_t got = read(fd, bytes + len, (size_t)info.st_size - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            system_error(error, "read", path);
            goto out;
        }
        if (got == 0)
            break;
        len += (size_t)got;
    }
    bytes[len] = '\0';
    if (out_len)
        *out_len = len;
    ok = true;
out:
    close(fd);
    if (!ok) {
        free(bytes);
        bytes = NULL;
    }
    return bytes;
}

char *file_read_stream(const char *path, size_t limit, size_t *out_len, struct error *error)
{
    enum { CHUNK = 16 * 1024 };
    char *bytes = NULL;
    size_t len = 0;
    ssize_t got;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        system_error(error, "open", path);
        return NULL;
    }
    do {
        bytes = mem_resize_array(bytes, len + CHUNK + 1, 1);
        got = read(fd, bytes + len, CHUNK);
        len += got > 0 ? (size_t)got : 0;
    } while (len <= limit && (got > 0 || (got < 0 && errno == EINTR)));
    bytes[len] = '\0';
    if (got < 0)
        system_error(error, "read", path);
    else if (len > limit)
        error_set(error, ERROR_LIMIT, "%s has more than the %zu bytes that are read", path, limit);
    close(fd);
    if (got < 0 || len > limit) {
        free(bytes);
        return NULL;
    }
    if (out_len)
        *out_len = len;
    return bytes;
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return str_dup(".");
    return slash == path ? str_dup("/") : str_dup_n(path, (size_t)(slash - path));
}

static bool sync_folder_of(const char *path, struct error *error)
{
    char *folder = folder_of(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (!ok)
        system_error(error, "sync", folder);
    if (fd >= 0)
        close(fd);
    free(folder);
    return ok;
}

bool file_write_all(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len) {
        ssize_t put = write(fd, at, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        at += put;
        len -= (size_t)put;
    }
    return true;
}

bool file_write_atomic(const char *path, const void *bytes, size_t len, mode_t mode,
                       struct error *error)
{
    char *temporary = str_format("%s.%ld.tmp", path, (long)getpid());
    bool ok = false;
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) {
        system_error(error, "create", temporary);
        goto out;
    }
    bool written = fchmod(fd, mode) == 0 && file_write_all(fd, bytes, len) && fsync(fd) == 0;
    if (close(fd) != 0 || !written) {
        system_error(error, "write", temporary);
        unlink(temporary);
        goto out;
    }
    if (rename(temporary, path) != 0) {
        system_error(error, "replace", path);
        unlink(temporary);
        goto out;
    }
    ok = sync_folder_of(path, error);
out:
    free(temporary);
    return ok;
}

bool file_remove(const char *path, struct error *error)
{
    if (unlink(path) != 0)
        return errno == ENOENT ? true : system_error(error, "remove", path);
    return sync_folder_of(path, error);
}

static bool make_one_folder(const char *path, mode_t mode, struct error *error)
{
    struct stat info;
    if (mkdir(path, mode) == 0)
        return true;
    if (errno != EEXIST)
        return system_error(error, "create folder", path);
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return true;
    return error_set(error, ERROR_FAILED, "cannot create folder %s: a file is there", path);
}

bool file_make_folder(const char *path, mode_t mode, struct error *error)
{
    if (!*path)
        return error_set(error, ERROR_USAGE, "the name of a folder is empty");
    char *copy = str_dup(path);
    bool ok = true;
    for (char *at = copy + 1; ok && *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        ok = make_one_folder(copy, mode, error);
        *at = '/';
    }
    ok = ok && make_one_folder(copy, mode, error);
    free(copy);
    return ok;
}

bool file_make_parent(const char *path, mode_t mode, struct error *error)
{
    char *folder = folder_of(path);
    bool ok = file_make_folder(folder, mode, error);
    free(folder);
    return ok;
}

static bool remove_at(int parent, const char *name)
{
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return true;
    if (errno != EISDIR && errno != EPERM)
        return false;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (!folder) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    bool ok = true;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            ok = remove_at(dirfd(folder), entry->d_name) && ok;
    }
    closedir(folder);
    return ok && unlinkat(parent, name, AT_REMOVEDIR) == 0;
}

bool file_remove_tree(const char *path, struct error *error)
{
    return remove_at(AT_FDCWD, path) || system_error(error, "remove", path);
}

bool file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

char *file_join(const char *folder, const char *name)
{
    size_t len = strlen(folder);
    return str_format("%s%s%s", folder, len && folder[len - 1] == '/' ? "" : "/", name);
}

char *file_relative_to(const char *base_file, const char *name)
{
    if (name[0] == '/' || !strchr(base_file, '/'))
        return str_dup(name);
    char *folder = folder_of(base_file);
    char *path = file_join(folder, name);
    free(folder);
    return path;
}

static char *xdg_folder(const char *variable, const char *below_home)
{
    const char *base = getenv(variable);
    if (base && base[0] == '/')
        return file_join(base, "cutover");
    const char *home = getenv("HOME");
    return str_format("%s/%s/cutover", home && home[0] == '/' ? home : "/tmp", below_home);
}

char *xdg_config_folder(void)
{
    return xdg_folder("XDG_CONFIG_HOME", ".config");
}

char *xdg_state_folder(void)
{
    return xdg_folder("XDG_STATE_HOME", ".local/state");
}

char *xdg_runtime_folder(struct error *error)
{
    const char *base = getenv("XDG_RUNTIME_DIR");
    if (base && base[0] == '/') {
        char *path = file_join(base, "cutover");
        if (file_make_folder(path, 0700, error))
            return path;
        free(path);
        return NULL;
    }
    char *path = str_format("/tmp/cutover-%lu", (unsigned long)getuid());
    struct stat info;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        system_error(error, "create folder", path);
    } else if (lstat(path, &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != getuid() ||
               (info.st_mode & 077) != 0) {
        /* Someone else may have made it first: a token must not be written there. */
        error_set(error, ERROR_FAILED, "%s is not a private folder of yours", path);
        error_hint(error, "Remove it, or set XDG_RUNTIME_DIR to a folder of your own.");
    } else {
        return path;
    }
    free(path);
    return NULL;
}
