/* online-endpoint: create, show, list, update, delete, credentials and keys. */
#include "core/base/alloc.h"
#include "core/spec/spec.h"
#include "core/wire/endpoint.h"
#include "tui/cli/command.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- create ----------------------------------------------------------------------------------- */

/* Reads the file and the options that stand over it. */
static bool load_endpoint(struct session *session, struct spec *spec, struct error *error)
{
    const struct options *options = &session->options;
    const char *auth_mode = option_value(options, OPTION_AUTH_MODE);
    const char *sets[OPTION_MAX_VALUES + 1];
    size_t count = 0;
    char *set_auth = auth_mode ? str_format("auth_mode=%s", auth_mode) : NULL;
    for (; count < options->set_count; count++)
        sets[count] = options->sets[count];
    if (set_auth)
        sets[count++] = set_auth;
    bool ok = spec_load(option_value(options, OPTION_FILE),
                        &(struct spec_options){.kind = SPEC_ENDPOINT,
                                               .workspace_id = azure_workspace_id(session->azure),
                                               .name = option_value(options, OPTION_NAME),
                                               .sets = sets,
                                               .set_count = count,
                                               .missing_is_warning = session->dry_run,
                                               .may_wait = true},
                        spec, error);
    free(set_auth);
    for (size_t i = 0; ok && i < spec->warning_count; i++)
        session_warn(session, "%s", spec->warnings[i]);
    return ok;
}

/* True when there is no endpoint of that name. */
static bool require_new(struct session *session, const char *name, struct error *error)
{
    struct json *found = session_endpoint(session, name, error);
    if (!found) {
        bool missing = error->kind == ERROR_NOT_FOUND;
        if (missing)
            *error = (struct error){.kind = ERROR_NONE};
        return missing;
    }
    json_free(found);
    error_set(error, ERROR_FAILED, "an endpoint with the name '%s' already exists", name);
    return error_hint(error, "Change it with 'online-endpoint update', or take another name.");
}

/* PUT, wait, print. */
static bool put_endpoint(struct session *session, const char *name, const struct json *document,
                         const char *what, struct error *error)
{
    struct azure_outcome outcome = {0};
    struct azure_long how = session_long(session, &outcome);
    azure_id id = azure_endpoint_put(session->azure, name, document, &how);
    bool ok = session_await(session, id, &outcome, what, error);
    if (ok && session->dry_run)
        ok = session_print_captured(session, error);
    else if (ok && outcome.document)
        ok = session_print_endpoint(session, outcome.document, error);
    azure_outcome_release(&outcome);
    return ok;
}

bool run_endpoint_create(struct session *session, struct error *error)
{
    struct spec spec = {0};
    bool ok = session_connect(session, false, error) && load_endpoint(session, &spec, error) &&
              (session->dry_run || require_new(session, spec.name, error)) &&
              put_endpoint(session, spec.name, spec.body, "creating the endpoint", error);
    spec_release(&spec);
    return ok;
}

/* --- show, list ------------------------------------------------------------------------------- */

bool run_endpoint_show(struct session *session, struct error *error)
{
    if (!session_connect(session, true, error))
        return false;
    struct json *document =
        session_endpoint(session, option_value(&session->options, OPTION_NAME), error);
    bool ok = document && session_print_endpoint(session, document, error);
    json_free(document);
    return ok;
}

bool run_endpoint_list(struct session *session, struct error *error)
{
    struct azure_outcome outcome = {0};
    if (!session_connect(session, true, error))
        return false;
    azure_id id = azure_endpoint_list(session->azure, azure_collect, &outcome);
    bool ok = session_await(session, id, &outcome, "reading the endpoints", error);
    if (ok) {
        struct json *list = json_array();
        for (struct json *at = json_first(outcome.document); at; at = json_next(at))
            json_append(list, spec_from_endpoint(at, NULL));
        ok = session_print(session, list, error);
        json_free(list);
    }
    azure_outcome_release(&outcome);
    return ok;
}

/* --- update ----------------------------------------------------------------------------------- */

/* What an update is made of. */
struct update {
    struct json *document; /* as it is to be */
    struct json *deployments;
    struct traffic_split before;
    struct traffic_split wanted;
    bool only_traffic;
};

static bool require_something(const struct options *options, struct error *error)
{
    if (options->given & (OPTION_BIT(OPTION_FILE) | OPTION_BIT(OPTION_TRAFFIC) |
                          OPTION_BIT(OPTION_MIRROR_TRAFFIC) | OPTION_BIT(OPTION_SET)))
        return true;
    error_set(error, ERROR_USAGE, "there is nothing to change");
    return error_hint(error, "Give --traffic, --mirror-traffic, --set or --file.");
}

/* The file's settings in place of the present ones; the split stays unless the file has one. */
static bool take_file(struct session *session, struct update *update, struct error *error)
{
    struct spec spec = {0};
    bool ok = load_endpoint(session, &spec, error);
    if (ok) {
        if (!spec.gives_traffic)
            update->wanted.live = update->before.live;
        else
            wire_endpoint_split(spec.body, &update->wanted);
        if (!spec.gives_mirror_traffic)
            update->wanted.mirror = update->before.mirror;
        const char *location = json_text_at(update->document, "location", NULL);
        if (location && !json_get(spec.body, "location"))
            json_set_text(spec.body, "location", location);
        json_set_text(spec.body, "name", spec.name);
        json_free(update->document);
        update->document = spec.body;
        spec.body = NULL;
    }
    spec_release(&spec);
    return ok;
}

static bool take_settings(struct session *session, struct update *update, struct error *error)
{
    const struct options *options = &session->options;
    wire_endpoint_split(update->document, &update->before);
    update->wanted = update->before;
    update->only_traffic = !option_given(options, OPTION_FILE) && !options->set_count;
    if (option_given(options, OPTION_FILE)) {
        if (!take_file(session, update, error))
            return false;
    } else if (options->set_count) {
        if (!spec_update(SPEC_ENDPOINT, azure_workspace_id(session->azure), options->sets,
                         options->set_count, update->document, error))
            return false;
        wire_endpoint_split(update->document, &update->wanted);
    }
    const char *live = option_value(options, OPTION_TRAFFIC);
    const char *mirror = option_value(options, OPTION_MIRROR_TRAFFIC);
    if ((live && !traffic_parse(live, &update->wanted.live, error)) ||
        (mirror && !traffic_parse(mirror, &update->wanted.mirror, error)))
        return false;
    wire_endpoint_set_split(update->document, &update->wanted);
    return true;
}

static bool check_rules(const struct update *update, struct error *error)
{
    size_t count = json_count(update->deployments);
    const char **names = mem_alloc_array(count + 1, sizeof *names);
    size_t at = 0;
    for (struct json *one = json_first(update->deployments); one; one = json_next(one)) {
        const char *name = json_text_at(one, "name", "");
        const char *slash = strrchr(name, '/');
        names[at++] = slash ? slash + 1 : name;
    }
    const struct traffic_context context = {
        .kubernetes = wire_endpoint_is_kubernetes(update->document),
        .deployments = names,
        .deployment_count = at,
    };
    bool ok = traffic_require(&context, &update->wanted, error);
    free(names);
    return ok;
}

static bool set_traffic(struct session *session, const char *name, const struct update *update,
                        struct error *error)
{
    struct azure_outcome outcome = {0};
    struct azure_long how = session_long(session, &outcome);
    azure_id id = azure_traffic_set(session->azure, name, &update->before, &update->wanted, &how);
    bool ok = session_await(session, id, &outcome, "changing the traffic", error) &&
              (!outcome.document || session_print_endpoint(session, outcome.document, error));
    azure_outcome_release(&outcome);
    return ok;
}

/* The name by option or, with a file, by that. */
static char *name_to_update(struct session *session, struct error *error)
{
    const char *name = option_value(&session->options, OPTION_NAME);
    struct spec spec = {0};
    char *out = NULL;
    if (name)
        return str_dup(name);
    if (!option_given(&session->options, OPTION_FILE)) {
        error_set(error, ERROR_USAGE, "option --name is required");
        return NULL;
    }
    if (load_endpoint(session, &spec, error))
        out = str_dup(spec.name);
    spec_release(&spec);
    return out;
}

bool run_endpoint_update(struct session *session, struct error *error)
{
    struct update update = {0};
    char *name = NULL;
    bool ok = require_something(&session->options, error) &&
              session_connect(session, true, error) &&
              (name = name_to_update(session, error)) != NULL &&
              (update.document = session_endpoint(session, name, error)) != NULL &&
              take_settings(session, &update, error) &&
              (update.deployments = session_deployments(session, name, error)) != NULL &&
              check_rules(&update, error);
    if (ok && update.only_traffic && !session->dry_run)
        ok = set_traffic(session, name, &update, error);
    else if (ok)
        ok = put_endpoint(session, name, update.document, "updating the endpoint", error);
    json_free(update.document);
    json_free(update.deployments);
    free(name);
    return ok;
}

/* --- delete ----------------------------------------------------------------------------------- */

/* A delete of nothing would be answered as done; it is told apart here, as az does. */
static bool require_endpoint(struct session *session, const char *name, struct error *error)
{
    struct json *found = session_endpoint(session, name, error);
    json_free(found);
    return found != NULL;
}

bool run_endpoint_delete(struct session *session, struct error *error)
{
    const char *name = option_value(&session->options, OPTION_NAME);
    struct azure_outcome outcome = {0};
    char *question = str_format("Delete endpoint '%s' with all its deployments?", name);
    bool ok = session_confirm(session, question, error) && session_connect(session, false, error) &&
              (session->dry_run || require_endpoint(session, name, error));
    if (ok) {
        struct azure_long how = session_long(session, &outcome);
        azure_id id = azure_endpoint_delete(session->azure, name, &how);
        ok = session_await(session, id, &outcome, "deleting the endpoint", error) &&
             (!session->dry_run || session_print_captured(session, error));
    }
    azure_outcome_release(&outcome);
    free(question);
    return ok;
}

/* --- credentials ------------------------------------------------------------------------------ */

bool run_endpoint_get_credentials(struct session *session, struct error *error)
{
    const char *name = option_value(&session->options, OPTION_NAME);
    struct azure_outcome outcome = {0};
    struct json *document = NULL;
    bool ok = session_connect(session, true, error) &&
              (document = session_endpoint(session, name, error)) != NULL;
    if (ok) {
        enum auth_mode mode =
            wire_auth_mode_parse(json_text_at(document, "properties.authMode", ""));
        if (mode == AUTH_AAD_TOKEN) {
            ok = error_set(error, ERROR_AUTH, "endpoint '%s' wants a Microsoft Entra token", name);
            error_hint(error, "Get one with 'az account get-access-token --resource "
                              "https://ml.azure.com'.");
        } else {
            azure_id id = mode == AUTH_AML_TOKEN
                              ? azure_endpoint_token(session->azure, name, azure_collect, &outcome)
                              : azure_endpoint_keys(session->azure, name, azure_collect, &outcome);
            ok = session_await(session, id, &outcome, "reading the credentials", error) &&
                 session_print(session, outcome.document, error);
        }
    }
    json_free(document);
    azure_outcome_release(&outcome);
    return ok;
}

static bool read_key_type(const struct session *session, const char **out, struct error *error)
{
    const char *type = option_value(&session->options, OPTION_KEY_TYPE);
    *out = type && strcasecmp(type, "secondary") == 0 ? "Secondary" : "Primary";
    if (!type || strcasecmp(type, *out) == 0)
        return true;
    return error_set(error, ERROR_USAGE, "--key-type is primary or secondary, not '%.40s'", type);
}

static bool require_keys(struct session *session, const char *name, struct error *error)
{
    struct json *document = session_endpoint(session, name, error);
    const char *mode = json_text_at(document, "properties.authMode", "Key");
    bool ok = document && wire_auth_mode_parse(mode) == AUTH_KEY;
    if (document && !ok) {
        error_set(error, ERROR_RULE, "endpoint '%s' has no keys: its auth mode is %s", name, mode);
        error_hint(error, "Only endpoints with auth_mode key have keys.");
    }
    json_free(document);
    return ok;
}

bool run_endpoint_regenerate_keys(struct session *session, struct error *error)
{
    const char *name = option_value(&session->options, OPTION_NAME);
    const char *type;
    struct azure_outcome outcome = {0};
    bool ok = read_key_type(session, &type, error) && session_connect(session, false, error) &&
              (session->dry_run || require_keys(session, name, error));
    if (ok) {
        struct azure_long how = session_long(session, &outcome);
        azure_id id = azure_endpoint_regenerate_keys(session->azure, name, type, &how);
        ok = session_await(session, id, &outcome, "replacing the key", error) &&
             (!session->dry_run || session_print_captured(session, error));
    }
    azure_outcome_release(&outcome);
    return ok;
}
