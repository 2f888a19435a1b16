/*
 * Creating a deployment from a YAML file: its assets first, then the deployment itself. One call
 * after the other, nothing blocks.
 */
#ifndef TUI_APP_CREATE_H
#define TUI_APP_CREATE_H

#include "core/azure/azure.h"

struct create;

struct create_options {
    struct azure *client; /* outlives the creation */
    const char *path;     /* of the YAML file */
    const char *endpoint; /* stands over the file's */
    bool local;           /* the local engine reads file:// URIs */
};

/*
 * Starts; `how` is called from net_dispatch() with the outcome. A deployment of that name that
 * exists already is ERROR_CONFLICT: nothing is sent. Owned by the caller, create_free().
 */
struct create *create_start(const struct create_options *options, const struct azure_long *how);

/* Withdraws what is under way. NULL is allowed. */
void create_free(struct create *create);

/* Name of the deployment; "" while the file is not read. */
const char *create_name(const struct create *create);

#endif
