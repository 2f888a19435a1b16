/* Files: bounded reads, writes that are there whole or not at all, and the places XDG names. */
#ifndef CORE_BASE_FILE_H
#define CORE_BASE_FILE_H

#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The whole file as NUL-terminated bytes owned by the caller; *out_len is its length. Refuses what
 * is no regular file and what is larger than `limit` bytes (ERROR_LIMIT). Missing: ERROR_NOT_FOUND.
 */
char *file_read(const char *path, size_t limit, size_t *out_len, struct error *error);

/*
 * The same of whatever can be read to its end, also a pipe as in `-f <(command)`. Waits for the
 * writer, so it is for commands, never for the console.
 */
char *file_read_stream(const char *path, size_t limit, size_t *out_len, struct error *error);

/*
 * Replaces `path` by `len` bytes so that a reader, also after a crash, sees the old file or the
 * new one: a temporary file beside it, fsync, rename, fsync of the folder.
 */
bool file_write_atomic(const char *path, const void *bytes, size_t len, mode_t mode,
                       struct error *error);

/*
 * write() until all of it is written, interrupted or not; false with errno. For files and blocking
 * descriptors.
 */
bool file_write_all(int fd, const void *bytes, size_t len);

/* Removes a file and makes that durable. A missing file is no error. */
bool file_remove(const char *path, struct error *error);

/* mkdir -p; what it creates gets `mode`. A link to a folder will do, anything else is an error. */
bool file_make_folder(const char *path, mode_t mode, struct error *error);

/* The same for the folder that `path` lies in. */
bool file_make_parent(const char *path, mode_t mode, struct error *error);

/* Removes a folder with all in it; symbolic links are removed, never followed. */
bool file_remove_tree(const char *path, struct error *error);

/* True when something is there, links followed; not a promise that it can be read. */
bool file_exists(const char *path);

/* `name` as seen from the folder of `base_file` ("a/b.yml", "../m" -> "a/../m"). Owned. */
char *file_relative_to(const char *base_file, const char *name);

/* "a" + "b" -> "a/b". Owned by the caller. */
char *file_join(const char *folder, const char *name);

/*
 * The base folders of the XDG specification with "/cutover" behind them; owned by the caller.
 * A value that is not absolute is ignored, as the specification asks. Without XDG_RUNTIME_DIR the
 * run-time folder is /tmp/cutover-UID, used only if it is ours and mode 0700 (NULL otherwise).
 */
char *xdg_config_folder(void);
char *xdg_state_folder(void);
char *xdg_runtime_folder(struct error *error);

#endif
