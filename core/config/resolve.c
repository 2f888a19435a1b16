/* Which workspace is meant: flag before environment before context before defaults. */
#include "core/base/alloc.h"
#include "core/config/config.h"

#include <stdlib.h>
#include <string.h>

const char *config_source_text(enum config_source source)
{
    static const char *const texts[] = {"flag", "environment", "context", "default", "built in"};
    return texts[source];
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

const char *config_chosen(const struct config *config, enum config_source *source)
{
    *source = CONFIG_FROM_ENVIRONMENT;
    if (environment("CUTOVER_CONTEXT"))
        return environment("CUTOVER_CONTEXT");
    *source = CONFIG_FROM_CONTEXT;
    if (config_current(config))
        return config_current(config);
    if (config_context_count(config) == 2)
        return config_context_at(config, 0).name;
    *source = CONFIG_BUILT_IN;
    return config_context_count(config) == 1 ? CONFIG_LOCAL : NULL;
}

static bool choose_context(const struct config *config, const struct config_flags *flags,
                           struct config_target *out, struct config_context *context,
                           struct error *error)
{
    const char *name = flags->local ? CONFIG_LOCAL : flags->context;
    out->context_source = CONFIG_FROM_FLAG;
    if (!name)
        name = config_chosen(config, &out->context_source);
    if (name)
        return config_context_find(config, name, context, error);
    error_set(error, ERROR_USAGE, "several contexts are configured and none is current");
    return error_hint(error, "Choose one with 'cutover context use NAME' or --context NAME.");
}

/* One of the three names; NULL when nobody gives it. Owned. */
static char *choose(const struct config *config, const char *flag, const char *variable,
                    const char *of_context, bool local, const char *key, enum config_source *source)
{
    const char *value = flag;
    *source = CONFIG_FROM_FLAG;
    if (!value) {
        value = environment(variable);
        *source = CONFIG_FROM_ENVIRONMENT;
    }
    if (!value && !local) {
        value = of_context;
        *source = CONFIG_FROM_CONTEXT;
    }
    if (!value) {
        value = config_default(config, key);
        *source = CONFIG_FROM_DEFAULT;
    }
    if (!value && local) {
        value = of_context;
        *source = CONFIG_BUILT_IN;
    }
    return str_dup(value);
}

static bool require(const char *value, const char *what, const char *option, const char *context,
                    struct error *error)
{
    if (value && *value && strlen(value) <= 255 && !strpbrk(value, "/?#%\\ \t\r\n"))
        return true;
    if (value && *value)
        return error_set(error, ERROR_USAGE, "'%.80s' cannot be a %s", value, what);
    error_set(error, ERROR_USAGE, "context '%s' has no %s", context, what);
    return error_hint(error, "Give %s, or set it with 'cutover context add %s'.", option, context);
}

bool config_resolve(const struct config *config, const struct config_flags *flags,
                    struct config_target *out, struct error *error)
{
    struct config_context context = {.name = NULL};
    memset(out, 0, sizeof *out);
    if (!choose_context(config, flags, out, &context, error))
        return false;
    bool local = context.local;
    out->context = str_dup(context.name);
    out->local = local;
    out->url = str_dup(context.url);
    out->subscription =
        choose(config, flags->subscription, "CUTOVER_SUBSCRIPTION", context.subscription, local,
               "subscription", &out->subscription_source);
    out->group = choose(config, flags->group, "CUTOVER_GROUP", context.group, local, "group",
                        &out->group_source);
    out->workspace = choose(config, flags->workspace, "CUTOVER_WORKSPACE", context.workspace, local,
                            "workspace", &out->workspace_source);
    out->token = local ? NULL : str_dup(environment("CUTOVER_TOKEN"));
    bool ok = require(out->subscription, "subscription", "--subscription", context.name, error) &&
              require(out->group, "resource group", "--resource-group", context.name, error) &&
              require(out->workspace, "workspace", "--workspace-name", context.name, error);
    if (!ok)
        config_target_release(out);
    return ok;
}

bool config_require_token(const struct config_target *target, struct error *error)
{
    if (target->local || target->token)
        return true;
    error_set(error, ERROR_AUTH, "there is no token for context '%s'", target->context);
    return error_hint(error, "Put one into the environment: CUTOVER_TOKEN=$(az account "
                             "get-access-token --query accessToken -o tsv).");
}

void config_target_release(struct config_target *target)
{
    free(target->context);
    free(target->subscription);
    free(target->group);
    free(target->workspace);
    free(target->url);
    str_free_secret(target->token);
    memset(target, 0, sizeof *target);
}
