#include "tui/app/create.h"

#include "core/base/alloc.h"
#include "core/spec/spec.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct create {
    struct azure *client;
    struct azure_long how;
    struct spec spec;
    struct error error;
    bool local;
    size_t asset;  /* next to register */
    size_t lookup; /* next to look up */
    azure_id call; /* under way */
    net_id begin;  /* timer of the first step */
};

const char *create_name(const struct create *create)
{
    return create->spec.name;
}

static void end(struct create *create, const struct azure_result *result)
{
    create->call = 0;
    create->how.done(create->how.context, result);
}

static void fail(struct create *create, const struct error *error)
{
    end(create, &(struct azure_result){.error = error});
}

static void next_step(struct create *create);

static void on_deployment(void *context, const struct azure_result *result)
{
    end(context, result);
}

static void on_progress(void *context, const struct azure_progress *progress)
{
    struct create *create = context;
    if (create->how.progress)
        create->how.progress(create->how.context, progress);
}

static void on_asset(void *context, const struct azure_result *result)
{
    struct create *create = context;
    if (result->error) {
        fail(create, result->error);
        return;
    }
    create->asset++;
    next_step(create);
}

/* Where the service finds an asset; NULL with an error, or with none for one without files. */
static char *asset_uri(struct create *create, const struct spec_asset *asset)
{
    char real[PATH_MAX];
    create->error.kind = ERROR_NONE;
    if (asset->remote)
        return str_dup(asset->remote);
    if (!asset->path)
        return NULL;
    if (!create->local) {
        error_set(&create->error, ERROR_FAILED, "%s would have to be uploaded to Azure storage",
                  asset->path);
        error_hint(&create->error, "Refer to a registered asset: azureml:NAME:VERSION.");
        return NULL;
    }
    if (!realpath(asset->path, real)) {
        error_set(&create->error, ERROR_NOT_FOUND, "there is no %s", asset->path);
        return NULL;
    }
    return str_format("file://%s", real);
}

static void put_asset(struct create *create)
{
    struct spec_asset *asset = &create->spec.assets[create->asset];
    const char *kind = spec_asset_collection(asset->kind);
    char *uri = asset_uri(create, asset);
    if (create->error.kind != ERROR_NONE) {
        fail(create, &create->error);
        return;
    }
    spec_asset_place(&create->spec, asset, azure_workspace_id(create->client), uri);
    create->call = azure_asset_put(create->client, kind, asset->name, asset->version, asset->body,
                                   on_asset, create);
    free(uri);
}

/* A named asset without a version gets the one after the newest. */
static void on_newest(void *context, const struct azure_result *result)
{
    struct create *create = context;
    struct spec_asset *asset = &create->spec.assets[create->asset];
    long newest = 0;
    if (result->error && result->error->kind != ERROR_NOT_FOUND) {
        fail(create, result->error);
        return;
    }
    if (!result->error)
        newest = strtol(json_text_at(result->document, "name", "0"), NULL, 10);
    asset->version = str_format("%ld", newest + 1);
    put_asset(create);
}

static void next_asset(struct create *create)
{
    const struct spec_asset *asset = &create->spec.assets[create->asset];
    if (asset->name && !asset->version)
        create->call = azure_asset_latest(create->client, spec_asset_collection(asset->kind),
                                          asset->name, on_newest, create);
    else
        put_asset(create);
}

static void on_lookup(void *context, const struct azure_result *result)
{
    struct create *create = context;
    if (result->error) {
        fail(create, result->error);
        return;
    }
    spec_lookup_place(&create->spec, &create->spec.lookups[create->lookup++],
                      json_text_at(result->document, "id", ""));
    next_step(create);
}

static void next_step(struct create *create)
{
    struct spec *spec = &create->spec;
    if (create->lookup < spec->lookup_count) {
        const struct spec_lookup *lookup = &spec->lookups[create->lookup];
        create->call = azure_asset_latest(create->client, spec_asset_collection(lookup->kind),
                                          lookup->name, on_lookup, create);
    } else if (create->asset < spec->asset_count) {
        next_asset(create);
    } else {
        struct azure_long how = {.done = on_deployment, .progress = on_progress, .context = create};
        create->call =
            azure_deployment_put(create->client, spec->endpoint, spec->name, spec->body, &how);
    }
}

static void on_existing(void *context, const struct azure_result *result)
{
    struct create *create = context;
    if (!result->error) {
        error_set(&create->error, ERROR_CONFLICT, "%s has a deployment %s already",
                  create->spec.endpoint, create->spec.name);
        error_hint(&create->error, "Give the file another name, or delete that one first.");
        fail(create, &create->error);
    } else if (result->error->kind != ERROR_NOT_FOUND) {
        fail(create, result->error);
    } else {
        next_step(create);
    }
}

static void begin(void *context)
{
    struct create *create = context;
    create->begin = 0;
    if (create->error.kind != ERROR_NONE)
        fail(create, &create->error);
    else
        create->call = azure_deployment_get(create->client, create->spec.endpoint,
                                            create->spec.name, on_existing, create);
}

struct create *create_start(const struct create_options *options, const struct azure_long *how)
{
    struct create *create = mem_alloc(sizeof *create);
    create->client = options->client;
    create->how = *how;
    create->local = options->local;
    struct spec_options spec = {.kind = SPEC_DEPLOYMENT,
                                .workspace_id = azure_workspace_id(options->client),
                                .endpoint = options->endpoint};
    if (!spec_load(options->path, &spec, &create->spec, &create->error))
        create->spec.name[0] = '\0';
    else
        create->error.kind = ERROR_NONE;
    /* A file that cannot be read is reported like an answer: later, never from inside this call. */
    create->begin = net_after(azure_net(options->client), 0, begin, create);
    return create;
}

void create_free(struct create *create)
{
    if (!create)
        return;
    net_cancel(azure_net(create->client), create->begin);
    azure_cancel(create->client, create->call);
    spec_release(&create->spec);
    free(create);
}
