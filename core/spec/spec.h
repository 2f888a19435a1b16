/*
 * YAML files of endpoints and deployments <-> ARM documents, in the vocabulary of `az ml`.
 *
 * One table of keys (schema.c) drives both directions and --set: what is allowed where, its type,
 * where it stands in the ARM document. Unknown keys, wrong types and templates that nobody filled
 * in ("{{NAME}}") are refused with file, line and column.
 */
#ifndef CORE_SPEC_SPEC_H
#define CORE_SPEC_SPEC_H

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/model/name.h"

#include <stdbool.h>
#include <stddef.h>

enum spec_kind { SPEC_ENDPOINT, SPEC_DEPLOYMENT };

enum spec_asset_kind { SPEC_CODE, SPEC_MODEL, SPEC_ENVIRONMENT };

enum { SPEC_MAX_ASSETS = 3, SPEC_MAX_WARNINGS = 8 };

/*
 * An asset that the file describes in place: it is to be registered before the resource, and its
 * id put into the body with spec_asset_place().
 */
struct spec_asset {
    enum spec_asset_kind kind;
    char *name;        /* NULL: anonymous until spec_asset_place() names it */
    char *version;     /* NULL: the next one (named), or that of spec_asset_place() (anonymous) */
    char *path;        /* local file or folder, as seen from here; NULL: nothing to upload */
    char *remote;      /* URI that the file gives instead of a local path, or NULL */
    char *script;      /* SPEC_CODE: the scoring script within `path`, or NULL */
    struct json *body; /* {"properties": ...} of the version, still without the URI */
    const char *slot;  /* where its id goes in the resource's body */
};

/* A reference whose version only the service knows: azureml:NAME@latest. */
struct spec_lookup {
    enum spec_asset_kind kind;
    char *name;
    const char *slot;
};

struct spec {
    enum spec_kind kind;
    char name[NAME_SIZE];
    char endpoint[NAME_SIZE]; /* of a deployment */
    bool kubernetes;
    struct json *body;  /* PUT body without `location` (unless the file gives one) */
    bool gives_traffic; /* the file has the key; else the body's empty map says nothing */
    bool gives_mirror_traffic;
    struct spec_asset assets[SPEC_MAX_ASSETS];
    size_t asset_count;
    struct spec_lookup lookups[SPEC_MAX_ASSETS];
    size_t lookup_count;
    char *warnings[SPEC_MAX_WARNINGS]; /* what the file says and nobody will act on */
    size_t warning_count;
};

struct spec_options {
    enum spec_kind kind;
    const char *workspace_id; /* "/subscriptions/.../workspaces/W", for ids built from names */
    const char *name;         /* stands over the file's; NULL: the file's */
    const char *endpoint;     /* the same, of a deployment */
    const char *const *sets;  /* "a.b=c" expressions, applied to the file before it is read */
    size_t set_count;
    bool missing_is_warning; /* files that the body quotes may be missing (dry run) */
    bool may_wait;           /* the file may be a pipe whose writer takes its time */
    bool skip_script;        /* do not look for the scoring script */
};

/*
 * Reads `path` (NULL: an empty file, for endpoints made of options alone). Relative paths in it
 * are relative to its folder. Names are checked; traffic is checked against the rules that need
 * no service. False with ERROR_USAGE, ERROR_RULE or ERROR_NOT_FOUND. Released by the caller,
 * also after an error.
 */
bool spec_load(const char *path, const struct spec_options *options, struct spec *out,
               struct error *error);
void spec_release(struct spec *spec);

/* "codes", "models", "environments": the ARM collection of an asset kind. */
const char *spec_asset_collection(enum spec_asset_kind kind);

/*
 * Gives the asset its URI (NULL for an environment without build context) and, where the file
 * names none, a name and version that follow from what it holds, so that the same asset is not
 * registered twice. Writes its id into the spec's body.
 */
void spec_asset_place(struct spec *spec, struct spec_asset *asset, const char *workspace_id,
                      const char *uri);

/* Writes the id of a looked-up version into the body. */
void spec_lookup_place(struct spec *spec, const struct spec_lookup *lookup, const char *id);

/*
 * An ARM document in the keys that `az ml` prints, sorted: snake case, enumerations in lower
 * case, durations in ms and s, nulls left out. `deployments` (an array of ARM documents, NULL:
 * unknown) adds a traffic of 0 for each that has neither live nor mirrored share. Owned by the
 * caller.
 */
struct json *spec_from_endpoint(const struct json *document, const struct json *deployments);
struct json *spec_from_deployment(const struct json *document);

/*
 * The generic update of `az`: sets "a.b=c" or "a[0].b=c" in the printed form (the value is JSON
 * where it can be read as such, else text; missing parents are created; [k=v] picks the element
 * of a list whose k is v) and carries what changed back into the ARM document. Read-only and
 * unknown keys are refused. Assets are set by id or reference ("azureml:NAME:VERSION").
 */
bool spec_update(enum spec_kind kind, const char *workspace_id, const char *const *sets,
                 size_t set_count, struct json *document, struct error *error);

#endif
