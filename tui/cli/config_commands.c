/* context, configure, account: what is meant when a command does not say. */
#include "tui/cli/command.h"

#include <stdlib.h>
#include <string.h>

/* --- showing ---------------------------------------------------------------------------------- */

static struct json *context_to_json(const struct config_context *context, const char *current)
{
    struct json *out = json_object();
    json_set(out, "current", json_bool(current && strcmp(current, context->name) == 0));
    json_set_text(out, "name", context->name);
    json_set_text(out, "resource_group", context->group);
    json_set_text(out, "subscription", context->subscription);
    json_set_text(out, "url", context->url);
    json_set_text(out, "workspace", context->workspace);
    return out;
}

bool run_context_list(struct session *session, struct error *error)
{
    enum config_source source;
    if (!session_load_config(session, error))
        return false;
    const char *current = config_chosen(session->config, &source);
    struct json *list = json_array();
    for (size_t i = 0; i < config_context_count(session->config); i++) {
        struct config_context context = config_context_at(session->config, i);
        json_append(list, context_to_json(&context, current));
    }
    bool ok = session_print(session, list, error);
    json_free(list);
    return ok;
}

static void add_source(struct json *sources, const char *key, enum config_source source)
{
    json_set_text(sources, key, config_source_text(source));
}

bool run_context_show(struct session *session, struct error *error)
{
    if (!session_resolve(session, error))
        return false;
    const struct config_target *target = &session->target;
    struct json *out = json_object();
    json_set_text(out, "name", target->context);
    json_set_text(out, "resource_group", target->group);
    struct json *sources = json_set(out, "sources", json_object());
    add_source(sources, "name", target->context_source);
    add_source(sources, "resource_group", target->group_source);
    add_source(sources, "subscription", target->subscription_source);
    add_source(sources, "workspace", target->workspace_source);
    json_set_text(out, "subscription", target->subscription);
    json_set_text(out, "url", target->url);
    json_set_text(out, "workspace", target->workspace);
    bool ok = session_print(session, out, error);
    json_free(out);
    return ok;
}

bool run_account_show(struct session *session, struct error *error)
{
    if (!session_resolve(session, error))
        return false;
    struct json *out = json_object();
    json_set_text(out, "id", session->target.subscription);
    json_set_text(out, "name", session->target.context);
    bool ok = session_print(session, out, error);
    json_free(out);
    return ok;
}

/* --- changing --------------------------------------------------------------------------------- */

static bool save(struct session *session, struct error *error)
{
    if (!config_save(session->config, error))
        return false;
    if (config_notice(session->config))
        session_warn(session, "%s", config_notice(session->config));
    return true;
}

/* The context that a command is about: a word, or --name as az has it. */
static const char *named_context(const struct session *session, struct error *error)
{
    const char *name = session->options.word_count ? session->options.words[0]
                                                   : option_value(&session->options, OPTION_NAME);
    if (!name)
        error_set(error, ERROR_USAGE, "the name of a context is missing");
    return name;
}

bool run_context_use(struct session *session, struct error *error)
{
    const char *name = named_context(session, error);
    return name && session_load_config(session, error) &&
           config_set_current(session->config, name, error) && save(session, error);
}

bool run_context_add(struct session *session, struct error *error)
{
    const struct options *options = &session->options;
    const char *name = named_context(session, error);
    if (!name || !session_load_config(session, error))
        return false;
    const struct config_context context = {
        .name = name,
        .subscription = option_value(options, OPTION_SUBSCRIPTION),
        .group = option_value(options, OPTION_GROUP),
        .workspace = option_value(options, OPTION_WORKSPACE),
        .url = option_value(options, OPTION_URL),
    };
    /* The first one becomes the current one, as it would be used anyway. */
    bool first = config_context_count(session->config) == 1 && !config_current(session->config);
    return config_put_context(session->config, &context, error) &&
           (!first || config_set_current(session->config, name, error)) && save(session, error);
}

bool run_context_remove(struct session *session, struct error *error)
{
    const char *name = named_context(session, error);
    return name && session_load_config(session, error) &&
           config_remove_context(session->config, name, error) && save(session, error);
}

static bool set_default(struct session *session, const char *pair, struct error *error)
{
    static const char *const keys[] = {"group", "workspace", "subscription"};
    size_t len = strcspn(pair, "=");
    for (size_t i = 0; pair[len] && i < sizeof keys / sizeof *keys; i++)
        if (strlen(keys[i]) == len && strncmp(pair, keys[i], len) == 0)
            return config_set_default(session->config, keys[i], pair + len + 1, error);
    error_set(error, ERROR_USAGE, "'%.80s' sets no default", pair);
    return error_hint(error, "Write group=NAME, workspace=NAME or subscription=ID.");
}

bool run_configure(struct session *session, struct error *error)
{
    const struct options *options = &session->options;
    if (!session_load_config(session, error))
        return false;
    for (size_t i = 0; i < options->set_count; i++)
        if (!set_default(session, options->sets[i], error))
            return false;
    return save(session, error);
}

bool run_account_set(struct session *session, struct error *error)
{
    const struct options *options = &session->options;
    const char *id = option_value(options, OPTION_SUBSCRIPTION);
    if (!id)
        id = option_value(options, OPTION_NAME);
    if (!id)
        return error_set(error, ERROR_USAGE, "option --subscription is required");
    return session_load_config(session, error) &&
           config_set_default(session->config, "subscription", id, error) && save(session, error);
}
