/*
 * Copies of files and folders as they are now, and a number that says whether they have changed.
 */
#ifndef CORE_LOCAL_WORK_TREE_COPY_H
#define CORE_LOCAL_WORK_TREE_COPY_H

#include "core/base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum { TREE_MAX_FILES = 500 * 1000, TREE_MAX_DEPTH = 48 };

struct tree_size {
    uint64_t files;
    uint64_t bytes;
};

/*
 * Copies the file or folder at `source` to `target`, which must not exist, and says how much it
 * was. A symbolic link that stays within the folder is copied as one; for any other that which it
 * leads to is copied. Sockets, devices, `__pycache__` and the folder `skipped` (where the copy
 * grows, say) are left out. May take as long as the disk needs. On failure a part is left behind.
 */
bool tree_copy(const char *source, const char *target, const char *skipped,
               struct tree_size *out_size, struct error *error);

/*
 * Changes whenever a name, a size or a modification time below `path` does; 0 when it is not
 * there. Names that begin with a dot and `__pycache__` do not count, and at most 20,000 files do.
 */
uint64_t tree_state(const char *path);

#endif
