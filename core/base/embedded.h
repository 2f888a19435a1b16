/*
 * Files compiled into the program: the samples, the worker's Python server, the themes. So that a
 * copied binary is whole, whatever stands beside it.
 */
#ifndef CORE_BASE_EMBEDDED_H
#define CORE_BASE_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
    const char *path;           /* as in the source tree: "themes/dark.yml" */
    const unsigned char *bytes; /* followed by a NUL that `len` does not count */
    size_t len;
};

/* All of them, ordered by path. */
extern const struct embedded_file embedded_files[];
extern const size_t embedded_file_count;

/* The file of that path or NULL. */
const struct embedded_file *embedded_find(const char *path);

#endif
