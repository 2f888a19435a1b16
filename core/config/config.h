/*
 * The user's settings: contexts (which workspace, reached how), defaults, and what is current.
 *
 * $XDG_CONFIG_HOME/cutover/config.yaml:
 *
 *     current: prod
 *     contexts:
 *       prod: {subscription: ..., group: ..., workspace: ..., url: https://management.azure.com}
 *     defaults: {subscription: ..., group: ..., workspace: ...}
 *     theme: dark
 *
 * The context `local` is built in and means the engine of this machine. A file is edited in place,
 * so that the user's comments and order stay; where that cannot be done (flow style, anchors) it is
 * written anew, the old one is kept beside it, and config_notice() says so.
 */
#ifndef CORE_CONFIG_CONFIG_H
#define CORE_CONFIG_CONFIG_H

#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_LOCAL "local"
#define CONFIG_LOCAL_SUBSCRIPTION "00000000-0000-0000-0000-000000000000"
#define CONFIG_LOCAL_GROUP "local"
#define CONFIG_LOCAL_WORKSPACE "demo"
#define CONFIG_AZURE_URL "https://management.azure.com"

enum { CONFIG_MAX_BYTES = 256 * 1024, CONFIG_MAX_CONTEXTS = 1000, CONFIG_MAX_NAME = 64 };

struct config;

/* One workspace. Strings are borrowed from the config; NULL where the file says nothing. */
struct config_context {
    const char *name;
    bool local; /* the built-in one */
    const char *subscription;
    const char *group;
    const char *workspace;
    const char *url; /* ARM's scheme://host[:port]; NULL for the local one */
};

/*
 * Reads `path` (NULL: the one above). A missing file is an empty configuration. ERROR_USAGE
 * with file:line:column for what is not understood, with the nearest key that is. Owned by the
 * caller.
 */
struct config *config_load(const char *path, struct error *error);
void config_free(struct config *config);

/* The contexts of the file in its order, then `local`. */
size_t config_context_count(const struct config *config);
struct config_context config_context_at(const struct config *config, size_t index);

/* False with ERROR_NOT_FOUND and the nearest name. */
bool config_context_find(const struct config *config, const char *name, struct config_context *out,
                         struct error *error);

/* `current`, or NULL. Borrowed, as are all texts below. */
const char *config_current(const struct config *config);
/* `key` is "subscription", "group" or "workspace"; NULL where there is no default. */
const char *config_default(const struct config *config, const char *key);
/* Name or path of a theme ("dark", "mono"), which the console looks up; or NULL. */
const char *config_theme(const struct config *config);

/* Changes in memory; config_save() makes them last. `value` NULL takes the setting out. */
bool config_set_current(struct config *config, const char *name, struct error *error);
bool config_set_default(struct config *config, const char *key, const char *value,
                        struct error *error);
/* Adds a context or changes the members that are not NULL. `local` is refused. */
bool config_put_context(struct config *config, const struct config_context *context,
                        struct error *error);
/* Also takes `current` out where it names this one. */
bool config_remove_context(struct config *config, const char *name, struct error *error);

/* Writes the file, 0600, whole or not at all. Nothing is written when nothing changed. */
bool config_save(struct config *config, struct error *error);

/* What a change could not keep ("comments; the old file is ..."), or NULL. */
const char *config_notice(const struct config *config);

/* Where a value came from. */
enum config_source {
    CONFIG_FROM_FLAG,
    CONFIG_FROM_ENVIRONMENT,
    CONFIG_FROM_CONTEXT,
    CONFIG_FROM_DEFAULT,
    CONFIG_BUILT_IN,
};

const char *config_source_text(enum config_source source);

/* What the command line said; NULL and false where it said nothing. */
struct config_flags {
    bool local; /* the built-in context, whatever is configured */
    const char *context;
    const char *subscription;
    const char *group;
    const char *workspace;
};

/* The workspace to talk to. Owned strings, never NULL unless said. */
struct config_target {
    char *context;
    bool local;
    char *subscription;
    char *group;
    char *workspace;
    char *url;   /* NULL when local: it is in local.json */
    char *token; /* CUTOVER_TOKEN, a secret; NULL when local */
    enum config_source context_source;
    enum config_source subscription_source;
    enum config_source group_source;
    enum config_source workspace_source;
};

/*
 * The context that is meant where no flag says: the environment's, the current, the only one of
 * the file, or `local`. NULL when there are several and none is current. Borrowed.
 */
const char *config_chosen(const struct config *config, enum config_source *source);

/*
 * Flag before environment (CUTOVER_CONTEXT, CUTOVER_SUBSCRIPTION, CUTOVER_GROUP,
 * CUTOVER_WORKSPACE) before context before defaults. Without any context the local one is meant;
 * its names stand below the defaults, because the engine takes any. ERROR_USAGE says what is
 * missing and how to give it.
 */
bool config_resolve(const struct config *config, const struct config_flags *flags,
                    struct config_target *out, struct error *error);
/* False with ERROR_AUTH and where to get one when the target is Azure's and has no token. */
bool config_require_token(const struct config_target *target, struct error *error);

void config_target_release(struct config_target *target);

#endif
