/*
 * The engine's own copies of models and code, so that what a deployment runs stays what it was
 * when it was deployed: files may be edited, moved or deleted meanwhile.
 *
 * A copy is made by a child process and shared by all that run the same version of the same files.
 * It is removed with its last user, except when the engine ends: what lies below --state is found
 * again by its name.
 */
#ifndef CORE_LOCAL_WORK_ASSET_COPY_H
#define CORE_LOCAL_WORK_ASSET_COPY_H

#include "core/base/error.h"
#include "core/local/route/loop.h"
#include "core/local/work/tree_copy.h"

#include <stdint.h>
#include <sys/types.h>

struct asset_copies;

enum { ASSET_COPY_NAME = 34 }; /* with NUL */

enum asset_copy_state { ASSET_COPY_RUNNING, ASSET_COPY_DONE, ASSET_COPY_FAILED };

struct asset_copy {
    enum asset_copy_state state;
    char name[ASSET_COPY_NAME];
    char *source;
    char *path; /* of the copied file or folder: it has its source's own name */
    bool found; /* made before: `size` is not known */
    struct tree_size size;
    struct error error; /* of ASSET_COPY_FAILED */
    /* asset_copy.c's own: */
    struct asset_copies *owner;
    struct asset_copy *next;
    int references;
    char *folder;
    pid_t child; /* 0: none */
    struct loop_watch watch;
};

/* Copies are kept below `folder`. `settled` is called when one is done or has failed. */
struct asset_copies *asset_copies_new(struct loop *loop, const char *folder,
                                      void (*settled)(void *context), void *context);

/* All must have been given back. */
void asset_copies_free(struct asset_copies *copies);

/* From now on copies that are given back stay on disk: the engine ends, their users do not. */
void asset_copies_keep(struct asset_copies *copies);

/* Removes what a former engine left, apart from these names. */
void asset_copies_sweep(struct asset_copies *copies, char *const *used, size_t used_count);

/*
 * A copy of the file or folder at `source`. `identity` stands for the asset's version. `kept` (or
 * NULL) is the name of the copy that the same user had before: it is taken whatever has become of
 * the source, when it is of the same version. Given back with asset_copy_release().
 */
struct asset_copy *asset_copy_take(struct asset_copies *copies, const char *source,
                                   uint64_t identity, const char *kept);
void asset_copy_release(struct asset_copy *copy);

/* True when the source is still as it was copied, or gone. */
bool asset_copy_is_current(const struct asset_copy *copy);

#endif
