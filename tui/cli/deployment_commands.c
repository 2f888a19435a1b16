/* online-deployment: create, show, list, update, delete. */
#include "core/base/alloc.h"
#include "core/spec/spec.h"
#include "core/wire/endpoint.h"
#include "tui/cli/assets.h"
#include "tui/cli/command.h"

#include <stdlib.h>
#include <string.h>

static bool load_deployment(struct session *session, struct spec *spec, struct error *error)
{
    const struct options *options = &session->options;
    bool ok = spec_load(option_value(options, OPTION_FILE),
                        &(struct spec_options){
                            .kind = SPEC_DEPLOYMENT,
                            .workspace_id = azure_workspace_id(session->azure),
                            .name = option_value(options, OPTION_NAME),
                            .endpoint = option_value(options, OPTION_ENDPOINT_NAME),
                            .sets = options->sets,
                            .set_count = options->set_count,
                            .missing_is_warning = session->dry_run,
                            .may_wait = true,
                            .skip_script = option_given(options, OPTION_SKIP_SCRIPT_VALIDATION),
                        },
                        spec, error);
    for (size_t i = 0; ok && i < spec->warning_count; i++)
        session_warn(session, "%s", spec->warnings[i]);
    return ok;
}

/* The deployment as JSON of `az`; nothing where the service answered with no document. */
static bool print_deployment(struct session *session, const struct json *document,
                             struct error *error)
{
    if (!document)
        return true;
    struct json *printed = spec_from_deployment(document);
    bool ok = session_print(session, printed, error);
    json_free(printed);
    return ok;
}

/* --- create ----------------------------------------------------------------------------------- */

static bool require_new(struct session *session, const struct spec *spec, struct error *error)
{
    struct json *found = session_deployment(session, spec->endpoint, spec->name, error);
    if (!found) {
        bool missing = error->kind == ERROR_NOT_FOUND;
        if (missing)
            *error = (struct error){.kind = ERROR_NONE};
        return missing;
    }
    json_free(found);
    error_set(error, ERROR_FAILED,
              "a deployment with the name '%s' already exists in endpoint '%s'", spec->name,
              spec->endpoint);
    return error_hint(error, "Change it with 'online-deployment update', or take another name.");
}

/* The endpoint must be there, and of the same kind of compute. */
static bool require_endpoint(struct session *session, const struct spec *spec, struct error *error)
{
    struct json *endpoint = session_endpoint(session, spec->endpoint, error);
    if (!endpoint)
        return false;
    bool kubernetes = wire_endpoint_is_kubernetes(endpoint);
    json_free(endpoint);
    if (kubernetes == spec->kubernetes)
        return true;
    error_set(error, ERROR_RULE, "endpoint '%s' is %s, but the file describes a deployment on %s",
              spec->endpoint, kubernetes ? "on Kubernetes" : "managed",
              spec->kubernetes ? "Kubernetes" : "managed compute");
    return error_hint(error, "Set type: %s in the file.", kubernetes ? "kubernetes" : "managed");
}

/* Gives the new deployment all live traffic; a mirror to it ends, for it cannot have both. */
static bool give_all_traffic(struct session *session, const struct spec *spec, struct error *error)
{
    struct azure_outcome outcome = {0};
    struct traffic_split wanted = {0};
    struct json *endpoint = session_endpoint(session, spec->endpoint, error);
    bool ok = endpoint != NULL;
    if (ok) {
        struct azure_long how = session_long(session, &outcome);
        wire_endpoint_split(endpoint, &wanted);
        wanted.live.count = 0;
        traffic_set(&wanted.live, spec->name, 100);
        traffic_remove(&wanted.mirror, spec->name);
        azure_id id = azure_traffic_set(session->azure, spec->endpoint, NULL, &wanted, &how);
        ok = session_await(session, id, &outcome, "giving it all traffic", error);
        if (!ok)
            error_prefix(error, "the deployment is up, but the traffic was not changed");
    }
    json_free(endpoint);
    azure_outcome_release(&outcome);
    return ok;
}

static bool put_deployment(struct session *session, const struct spec *spec, const char *what,
                           struct json **out, struct error *error)
{
    struct azure_outcome outcome = {0};
    struct azure_long how = session_long(session, &outcome);
    azure_id id =
        azure_deployment_put(session->azure, spec->endpoint, spec->name, spec->body, &how);
    bool ok = session_await(session, id, &outcome, what, error);
    if (ok) {
        *out = outcome.document;
        outcome.document = NULL;
    } else if (error->kind == ERROR_FAILED && !*error->hint) {
        error_hint(error, "Its log may say why: cutover online-deployment get-logs -n %s -e %s",
                   spec->name, spec->endpoint);
    }
    azure_outcome_release(&outcome);
    return ok;
}

static void warn_about_all_traffic(struct session *session, const struct spec *spec)
{
    if (session->dry_run)
        session_warn(session,
                     "--all-traffic: once it is up, the traffic of '%s' is set to %s=100; "
                     "that request follows from the endpoint and is not shown",
                     spec->endpoint, spec->name);
    else
        session_warn(session, "--all-traffic does nothing with --no-wait; set the traffic when the "
                              "deployment is up");
}

bool run_deployment_create(struct session *session, struct error *error)
{
    const struct options *options = &session->options;
    struct spec spec = {0};
    struct json *document = NULL;
    bool all = option_given(options, OPTION_ALL_TRAFFIC);
    bool unwatched = session->dry_run || option_given(options, OPTION_NO_WAIT);
    bool ok = session_connect(session, false, error) && load_deployment(session, &spec, error);
    if (ok && all && unwatched)
        warn_about_all_traffic(session, &spec);
    if (ok && !session->dry_run)
        ok = require_endpoint(session, &spec, error) && require_new(session, &spec, error);
    ok = ok && assets_register(session, &spec, error) &&
         put_deployment(session, &spec, "creating the deployment", &document, error);
    if (ok && all && !unwatched)
        ok = give_all_traffic(session, &spec, error);
    if (ok)
        ok = session->dry_run ? session_print_captured(session, error)
                              : print_deployment(session, document, error);
    json_free(document);
    spec_release(&spec);
    return ok;
}

/* --- show, list ------------------------------------------------------------------------------- */

bool run_deployment_show(struct session *session, struct error *error)
{
    const struct options *options = &session->options;
    if (!session_connect(session, true, error))
        return false;
    struct json *document = session_deployment(session, option_value(options, OPTION_ENDPOINT_NAME),
                                               option_value(options, OPTION_NAME), error);
    bool ok = document && print_deployment(session, document, error);
    json_free(document);
    return ok;
}

bool run_deployment_list(struct session *session, struct error *error)
{
    const char *endpoint = option_value(&session->options, OPTION_ENDPOINT_NAME);
    if (!session_connect(session, true, error))
        return false;
    struct json *documents = session_deployments(session, endpoint, error);
    if (!documents)
        return false;
    struct json *list = json_array();
    for (struct json *at = json_first(documents); at; at = json_next(at))
        json_append(list, spec_from_deployment(at));
    bool ok = session_print(session, list, error);
    json_free(list);
    json_free(documents);
    return ok;
}

/* --- update ----------------------------------------------------------------------------------- */

/* The present document with --set carried out on it, as a spec. */
static bool load_present(struct session *session, struct spec *spec, struct error *error)
{
    const struct options *options = &session->options;
    const char *endpoint = option_value(options, OPTION_ENDPOINT_NAME);
    const char *name = option_value(options, OPTION_NAME);
    if (!endpoint || !name)
        return error_set(error, ERROR_USAGE, "option %s is required",
                         name ? "--endpoint-name" : "--name");
    if (!options->set_count) {
        error_set(error, ERROR_USAGE, "there is nothing to change");
        return error_hint(error, "Give --set KEY=VALUE or --file FILE.");
    }
    if (!name_copy(spec->name, name) || !name_copy(spec->endpoint, endpoint))
        return error_set(error, ERROR_NOT_FOUND, "no deployment can have that name");
    spec->body = session_deployment(session, endpoint, name, error);
    return spec->body && spec_update(SPEC_DEPLOYMENT, azure_workspace_id(session->azure),
                                     options->sets, options->set_count, spec->body, error);
}

/* The file's description; the deployment must be there. */
static bool load_file(struct session *session, struct spec *spec, struct error *error)
{
    if (!load_deployment(session, spec, error))
        return false;
    struct json *present = session_deployment(session, spec->endpoint, spec->name, error);
    json_free(present);
    return present && assets_register(session, spec, error);
}

bool run_deployment_update(struct session *session, struct error *error)
{
    struct spec spec = {0};
    struct json *document = NULL;
    bool with_file = option_given(&session->options, OPTION_FILE);
    bool ok =
        session_connect(session, true, error) &&
        (with_file ? load_file(session, &spec, error) : load_present(session, &spec, error)) &&
        put_deployment(session, &spec, "updating the deployment", &document, error);
    if (ok)
        ok = session->dry_run ? session_print_captured(session, error)
                              : print_deployment(session, document, error);
    json_free(document);
    spec_release(&spec);
    return ok;
}

/* --- delete ----------------------------------------------------------------------------------- */

/* What has live traffic cannot be deleted; the service would refuse it later and less clearly. */
static bool require_no_traffic(struct session *session, const char *endpoint, const char *name,
                               struct error *error)
{
    struct traffic_split split;
    struct json *found = session_deployment(session, endpoint, name, error);
    struct json *document = found ? session_endpoint(session, endpoint, error) : NULL;
    bool ok = document != NULL;
    if (ok) {
        wire_endpoint_split(document, &split);
        int percent = traffic_get(&split.live, name);
        if (percent) {
            ok = error_set(error, ERROR_RULE, "deployment '%s' has %d %% of the live traffic", name,
                           percent);
            error_hint(error,
                       "Smallest change that mends it: give its %d %% to another "
                       "deployment, then delete it.",
                       percent);
        }
    }
    json_free(document);
    json_free(found);
    return ok;
}

bool run_deployment_delete(struct session *session, struct error *error)
{
    const char *endpoint = option_value(&session->options, OPTION_ENDPOINT_NAME);
    const char *name = option_value(&session->options, OPTION_NAME);
    struct azure_outcome outcome = {0};
    char *question = str_format("Delete deployment '%s' of endpoint '%s'?", name, endpoint);
    bool ok = session_confirm(session, question, error) && session_connect(session, false, error) &&
              (session->dry_run || require_no_traffic(session, endpoint, name, error));
    if (ok) {
        struct azure_long how = session_long(session, &outcome);
        azure_id id = azure_deployment_delete(session->azure, endpoint, name, &how);
        ok = session_await(session, id, &outcome, "deleting the deployment", error) &&
             (!session->dry_run || session_print_captured(session, error));
    }
    azure_outcome_release(&outcome);
    free(question);
    return ok;
}
