#include "core/local/work/tree_copy.h"

#include "core/base/alloc.h"
#include "core/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STATE_MAX_FILES = 20000, BLOCK_BYTES = 1024 * 1024 };

struct copier {
    const char *root; /* the source without links, for those that lead to what holds it */
    struct stat skipped;
    struct tree_size size;
    uint64_t entries;
    char *block;
    struct error *error;
};

static bool is_cache(const char *name)
{
    return strcmp(name, "__pycache__") == 0;
}

static bool fail(struct copier *copier, const char *verb, const char *path)
{
    return error_set(copier->error, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_FAILED,
                     "cannot %s %s: %s", verb, path, strerror(errno));
}

/* ------------------------------------------------------------------ files */

static bool copy_bytes(struct copier *copier, int from, int to, const char *source,
                       const char *target)
{
    bool in_kernel = true; /* where the file system shares blocks, this does */
    for (;;) {
        ssize_t got = in_kernel ? copy_file_range(from, NULL, to, NULL, 64 * BLOCK_BYTES, 0)
                                : read(from, copier->block, BLOCK_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (in_kernel && (got == 0 || (got < 0 && errno != ENOSPC && errno != EDQUOT))) {
            in_kernel =
                false; /* not between these two, or a file that only read() knows the end of */
            continue;
        }
        if (got == 0)
            return true;
        if (got < 0)
            return fail(copier, in_kernel ? "write" : "read", in_kernel ? target : source);
        if (!in_kernel && !file_write_all(to, copier->block, (size_t)got))
            return fail(copier, "write", target);
        copier->size.bytes += (uint64_t)got;
    }
}

static bool copy_file(struct copier *copier, const char *source, const char *target, mode_t mode)
{
    int from = open(source, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return fail(copier, "read", source);
    int to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode & 0777) | 0600);
    bool ok =
        to >= 0 ? copy_bytes(copier, from, to, source, target) : fail(copier, "create", target);
    if (to >= 0 && close(to) != 0 && ok)
        ok = fail(copier, "write", target);
    close(from);
    copier->size.files += ok;
    return ok;
}

/* ------------------------------------------------------------------ links */

/* True when a link that lies `depth` folders below the root leads to something in it. */
static bool stays_inside(const char *to, int depth)
{
    if (*to == '/')
        return false;
    while (*to) {
        size_t len = strcspn(to, "/");
        if (len == 2 && to[0] == '.' && to[1] == '.')
            depth--;
        else if (len && !(len == 1 && *to == '.'))
            depth++;
        if (depth < 0)
            return false;
        to += len;
        to += *to == '/';
    }
    return true;
}

/* A link to a folder that holds the whole would be copied without end. */
static bool holds_root(const struct copier *copier, const char *path)
{
    char *real = realpath(path, NULL);
    size_t len = real ? strlen(real) : 0;
    bool holds = real && strncmp(copier->root, real, len) == 0 &&
                 (len == 1 || copier->root[len] == '/' || !copier->root[len]);
    free(real);
    return holds;
}

static bool copy_entry(struct copier *copier, const char *source, const char *target, int depth);

static bool copy_link(struct copier *copier, const char *source, const char *target, int depth,
                      struct stat *info)
{
    char to[PATH_MAX];
    ssize_t len = readlink(source, to, sizeof to - 1);
    if (len < 0)
        return fail(copier, "read the link", source);
    to[len] = '\0';
    if (stays_inside(to, depth - 1))
        return symlink(to, target) == 0 || fail(copier, "create the link", target);
    if (stat(source, info) != 0)
        return fail(copier, "follow the link", source);
    if (S_ISDIR(info->st_mode) && holds_root(copier, source))
        return error_set(copier->error, ERROR_FAILED,
                         "the link %s leads to a folder that holds the one it is in", source);
    return true;
}

/* ------------------------------------------------------------------ folders */

static bool copy_folder(struct copier *copier, const char *source, const char *target, int depth)
{
    DIR *folder = opendir(source);
    if (!folder)
        return fail(copier, "read the folder", source);
    bool ok = mkdir(target, 0700) == 0 || fail(copier, "create the folder", target);
    for (struct dirent *entry = ok ? readdir(folder) : NULL; ok && entry; entry = readdir(folder)) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || is_cache(name))
            continue;
        char *from = file_join(source, name);
        char *to = file_join(target, name);
        ok = copy_entry(copier, from, to, depth + 1);
        free(from);
        free(to);
    }
    closedir(folder);
    return ok;
}

static bool copy_entry(struct copier *copier, const char *source, const char *target, int depth)
{
    struct stat info;
    if (depth > TREE_MAX_DEPTH || copier->entries++ >= TREE_MAX_FILES)
        return error_set(copier->error, ERROR_LIMIT, "%s: more than %d files or %d folders deep",
                         source, TREE_MAX_FILES, TREE_MAX_DEPTH);
    if ((depth ? lstat(source, &info) : stat(source, &info)) != 0)
        return fail(copier, "read", source);
    if (S_ISLNK(info.st_mode)) {
        if (!copy_link(copier, source, target, depth, &info))
            return false;
        if (S_ISLNK(info.st_mode))
            return true;
    }
    if (S_ISREG(info.st_mode))
        return copy_file(copier, source, target, info.st_mode);
    bool skip = info.st_dev == copier->skipped.st_dev && info.st_ino == copier->skipped.st_ino;
    return !S_ISDIR(info.st_mode) || skip || copy_folder(copier, source, target, depth);
}

bool tree_copy(const char *source, const char *target, const char *skipped,
               struct tree_size *out_size, struct error *error)
{
    struct copier copier = {.error = error};
    char *root = realpath(source, NULL);
    *out_size = copier.size;
    if (!root)
        return fail(&copier, "read", source);
    copier.root = root;
    copier.block = mem_alloc(BLOCK_BYTES);
    bool ok = stat(skipped, &copier.skipped) == 0 || fail(&copier, "read", skipped);
    ok = ok && copy_entry(&copier, source, target, 0);
    *out_size = copier.size;
    free(root);
    free(copier.block);
    return ok;
}

/* ------------------------------------------------------------------ changes */

static uint64_t mix(uint64_t hash, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ at[i]) * UINT64_C(1099511628211);
    return hash;
}

static uint64_t mix_number(uint64_t hash, int64_t number)
{
    return mix(hash, &number, sizeof number);
}

static uint64_t file_state(const char *path, const struct stat *info)
{
    uint64_t hash = mix(UINT64_C(14695981039346656037), path, strlen(path));
    hash = mix_number(hash, info->st_size);
    hash = mix_number(hash, info->st_mtim.tv_sec);
    return mix_number(hash, info->st_mtim.tv_nsec);
}

/* Files below `path`, in no order: sums, so that the folder's own order does not count. */
static uint64_t walk(const char *path, int depth, size_t *left)
{
    struct stat info;
    if (!*left || depth > TREE_MAX_DEPTH || stat(path, &info) != 0)
        return 0;
    --*left;
    if (!S_ISDIR(info.st_mode))
        return file_state(path, &info);
    uint64_t sum = 1;
    DIR *folder = opendir(path);
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder)) {
        if (entry->d_name[0] == '.' || is_cache(entry->d_name))
            continue;
        char *child = file_join(path, entry->d_name);
        sum += walk(child, depth + 1, left);
        free(child);
    }
    if (folder)
        closedir(folder);
    return sum;
}

uint64_t tree_state(const char *path)
{
    size_t left = STATE_MAX_FILES;
    return walk(path, 0, &left);
}
