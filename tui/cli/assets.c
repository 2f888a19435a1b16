#include "tui/cli/assets.h"

#include "core/base/alloc.h"
#include "core/base/strbuf.h"
#include "core/net/url.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* "file:///..." of a path that may be missing; slashes stay, all else is encoded. Owned. */
static char *file_uri(const char *path)
{
    char *resolved = realpath(path, NULL);
    char *absolute = resolved ? resolved : NULL;
    if (!absolute && path[0] != '/') {
        char *here = realpath(".", NULL);
        absolute = str_format("%s/%s", here ? here : "", path);
        free(here);
    } else if (!absolute) {
        absolute = str_dup(path);
    }
    struct strbuf out;
    strbuf_init(&out, URL_MAX_LEN);
    strbuf_puts(&out, "file://");
    for (char *at = absolute; *at;) {
        size_t len = strcspn(at, "/");
        char *part = str_dup_n(at, len);
        url_encode(&out, part);
        free(part);
        at += len;
        if (*at)
            strbuf_putc(&out, *at++);
    }
    free(absolute);
    return out.text;
}

static bool refuse_upload(const struct spec_asset *asset, struct error *error)
{
    error_set(error, ERROR_FAILED, "%s is a local path, and files are not uploaded to Azure yet",
              asset->path);
    return error_hint(error, "Register it there first ('az ml model create', ...) and write "
                             "azureml:NAME:VERSION, or use the local engine with --local.");
}

/* The next version of a named asset: one after the latest, 1 for the first. */
static bool choose_version(struct session *session, struct spec_asset *asset, struct error *error)
{
    struct azure_outcome outcome = {0};
    if (!asset->name || asset->version)
        return true;
    if (session->dry_run) {
        session_warn(session, "the version of %s is chosen by the service; 1 stands for it",
                     asset->name);
        asset->version = str_dup("1");
        return true;
    }
    azure_id id = azure_asset_latest(session->azure, spec_asset_collection(asset->kind),
                                     asset->name, azure_collect, &outcome);
    bool ok = session_await(session, id, &outcome, "reading the assets", error);
    if (ok) {
        const char *latest = json_text_at(outcome.document, "name", "0");
        char *end;
        errno = 0;
        long number = strtol(latest, &end, 10);
        ok = (*latest && !*end && !errno && number >= 0 && number < LONG_MAX) ||
             error_set(error, ERROR_FAILED, "the latest version of %s is '%.40s', no number",
                       asset->name, latest);
        if (ok)
            asset->version = str_format("%ld", number + 1);
    } else if (error->kind == ERROR_NOT_FOUND) {
        *error = (struct error){.kind = ERROR_NONE};
        asset->version = str_dup("1");
        ok = true;
    }
    azure_outcome_release(&outcome);
    return ok;
}

static bool register_asset(struct session *session, struct spec *spec, struct spec_asset *asset,
                           struct error *error)
{
    struct azure_outcome outcome = {0};
    char *uri = NULL;
    if (asset->path && !session->target.local && !session->dry_run)
        return refuse_upload(asset, error);
    if (!choose_version(session, asset, error))
        return false;
    if (asset->remote)
        uri = str_dup(asset->remote);
    else if (asset->path && session->target.local)
        uri = file_uri(asset->path);
    else if (asset->path)
        uri = str_format("<where %s is uploaded to>", asset->path);
    spec_asset_place(spec, asset, azure_workspace_id(session->azure), uri);
    azure_id id = azure_asset_put(session->azure, spec_asset_collection(asset->kind), asset->name,
                                  asset->version, asset->body, azure_collect, &outcome);
    bool ok = session_await(session, id, &outcome, "registering the assets", error);
    if (!ok)
        error_prefix(error, "registering the %s", spec_asset_collection(asset->kind));
    azure_outcome_release(&outcome);
    free(uri);
    return ok;
}

static bool look_up(struct session *session, struct spec *spec, const struct spec_lookup *lookup,
                    struct error *error)
{
    struct azure_outcome outcome = {0};
    if (session->dry_run) {
        session_warn(session, "the latest version of %s is not looked up; its label stands for it",
                     lookup->name);
        return true;
    }
    azure_id id = azure_asset_latest(session->azure, spec_asset_collection(lookup->kind),
                                     lookup->name, azure_collect, &outcome);
    bool ok = session_await(session, id, &outcome, "looking up the latest version", error);
    const char *found = json_text_at(outcome.document, "id", NULL);
    if (ok && found)
        spec_lookup_place(spec, lookup, found);
    else if (ok)
        ok = error_set(error, ERROR_FAILED, "the latest version of %s has no id", lookup->name);
    azure_outcome_release(&outcome);
    return ok;
}

bool assets_register(struct session *session, struct spec *spec, struct error *error)
{
    static const enum spec_asset_kind order[] = {SPEC_CODE, SPEC_ENVIRONMENT, SPEC_MODEL};
    for (size_t i = 0; i < spec->lookup_count; i++)
        if (!look_up(session, spec, &spec->lookups[i], error))
            return false;
    for (size_t k = 0; k < sizeof order / sizeof *order; k++)
        for (size_t i = 0; i < spec->asset_count; i++)
            if (spec->assets[i].kind == order[k] &&
                !register_asset(session, spec, &spec->assets[i], error))
                return false;
    return true;
}
