#include "core/config/config.h"

#include "core/base/alloc.h"
#include "core/base/file.h"
#include "core/base/nearest.h"
#include "core/base/yaml.h"
#include "core/config/edit.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct config {
    char *path;
    char *text;       /* as it will be saved */
    char *saved_text; /* as it is on disk; NULL: there is no file */
    struct yaml_node *root;
    bool lost_comments;
    char *notice;
};

static const char *const top_keys[] = {"current", "contexts", "defaults", "theme"};
static const char *const context_keys[] = {"subscription", "group", "workspace", "url"};
static const char *const default_keys[] = {"subscription", "group", "workspace"};

enum { TOP_KEYS = 4, CONTEXT_KEYS = 4, DEFAULT_KEYS = 3 };

static char *default_path(void)
{
    char *folder = xdg_config_folder();
    char *path = file_join(folder, "config.yaml");
    free(folder);
    return path;
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool refuse(const char *path, const struct yaml_node *node, const char *const *allowed,
                   size_t count, struct error *error)
{
    char words[200] = "";
    for (size_t i = 0, used = 0; i < count && used < sizeof words; i++) {
        snprintf(words + used, sizeof words - used, "%s%s", i ? ", " : "", allowed[i]);
        used = strlen(words);
    }
    error_set(error, ERROR_USAGE, "%s:%d:%d: '%.80s' is no setting; allowed: %s", path,
              node->key_line, node->key_column, node->key, words);
    const char *near = nearest_word(node->key, allowed, count);
    return near ? error_hint(error, "Did you mean '%s'?", near) : false;
}

/* A mapping, or a key with nothing behind it. */
static bool check_mapping(const char *path, const struct yaml_node *node, struct error *error)
{
    if (node->kind == YAML_MAPPING || yaml_is_null(node))
        return true;
    return error_set(error, ERROR_USAGE, "%s:%d:%d: '%.80s' must be a mapping", path, node->line,
                     node->column, node->key ? node->key : "the file");
}

static bool check_members(const char *path, const struct yaml_node *mapping,
                          const char *const *allowed, size_t count, struct error *error)
{
    if (!check_mapping(path, mapping, error))
        return false;
    for (const struct yaml_node *node = mapping->first; node; node = node->next) {
        bool known = false;
        for (size_t i = 0; i < count; i++)
            known = known || strcmp(node->key, allowed[i]) == 0;
        if (!known)
            return refuse(path, node, allowed, count, error);
    }
    return true;
}

static bool check_texts(const char *path, const struct yaml_node *mapping, struct error *error)
{
    for (const struct yaml_node *node = mapping->first; node; node = node->next)
        if (node->kind != YAML_SCALAR)
            return error_set(error, ERROR_USAGE, "%s:%d:%d: '%.80s' must be text", path, node->line,
                             node->column, node->key);
    return true;
}

static bool is_context_name(const char *name)
{
    size_t len = strlen(name);
    bool ok = len > 0 && len <= CONFIG_MAX_NAME;
    for (size_t i = 0; ok && i < len; i++)
        ok = isalnum((unsigned char)name[i]) || strchr("_.-", name[i]);
    return ok;
}

static bool check_contexts(const char *path, const struct yaml_node *contexts, struct error *error)
{
    if (!contexts)
        return true;
    size_t count = 0;
    if (!check_mapping(path, contexts, error))
        return false;
    for (const struct yaml_node *node = contexts->first; node; node = node->next) {
        if (!is_context_name(node->key) || strcmp(node->key, CONFIG_LOCAL) == 0)
            return error_set(error, ERROR_USAGE, "%s:%d:%d: '%.80s' cannot name a context", path,
                             node->key_line, node->key_column, node->key);
        if (!check_members(path, node, context_keys, CONTEXT_KEYS, error) ||
            !check_texts(path, node, error))
            return false;
        if (++count > CONFIG_MAX_CONTEXTS)
            return error_set(error, ERROR_LIMIT, "%s: more than %d contexts", path,
                             CONFIG_MAX_CONTEXTS);
    }
    return true;
}

static bool check_theme(const char *path, const struct yaml_node *theme, struct error *error)
{
    if (!theme || theme->kind == YAML_SCALAR)
        return true;
    return error_set(error, ERROR_USAGE, "%s:%d:%d: 'theme' is the name or path of a theme", path,
                     theme->line, theme->column);
}

static bool check(const char *path, const struct yaml_node *root, struct error *error)
{
    const struct yaml_node *defaults = yaml_get(root, "defaults");
    const struct yaml_node *current = yaml_get(root, "current");
    if (!check_members(path, root, top_keys, TOP_KEYS, error) ||
        !check_contexts(path, yaml_get(root, "contexts"), error) ||
        !check_theme(path, yaml_get(root, "theme"), error))
        return false;
    if (defaults && (!check_members(path, defaults, default_keys, DEFAULT_KEYS, error) ||
                     !check_texts(path, defaults, error)))
        return false;
    if (current && current->kind != YAML_SCALAR)
        return error_set(error, ERROR_USAGE, "%s:%d:%d: 'current' must name a context", path,
                         current->line, current->column);
    return true;
}

struct config *config_load(const char *path, struct error *error)
{
    struct config *config = mem_alloc(sizeof *config);
    config->path = path ? str_dup(path) : default_path();
    struct error problem;
    size_t len = 0;
    config->saved_text = file_read(config->path, CONFIG_MAX_BYTES, &len, &problem);
    if (!config->saved_text && problem.kind != ERROR_NOT_FOUND) {
        if (error)
            *error = problem;
        config_free(config);
        return NULL;
    }
    config->text = str_dup(config->saved_text ? config->saved_text : "");
    /* All bytes: what stands behind a NUL would be lost with the next change. */
    config->root =
        yaml_parse(config->path, config->saved_text ? config->saved_text : "", len, error);
    if (!config->root || !check(config->path, config->root, error)) {
        config_free(config);
        return NULL;
    }
    return config;
}

void config_free(struct config *config)
{
    if (!config)
        return;
    yaml_free(config->root);
    free(config->path);
    free(config->text);
    free(config->saved_text);
    free(config->notice);
    free(config);
}

static struct config_context context_of(const struct yaml_node *node)
{
    return (struct config_context){.name = node->key,
                                   .subscription = yaml_text(node, "subscription", NULL),
                                   .group = yaml_text(node, "group", NULL),
                                   .workspace = yaml_text(node, "workspace", NULL),
                                   .url = yaml_text(node, "url", CONFIG_AZURE_URL)};
}

static struct config_context local_context(void)
{
    return (struct config_context){.name = CONFIG_LOCAL,
                                   .local = true,
                                   .subscription = CONFIG_LOCAL_SUBSCRIPTION,
                                   .group = CONFIG_LOCAL_GROUP,
                                   .workspace = CONFIG_LOCAL_WORKSPACE};
}

static const struct yaml_node *contexts_of(const struct config *config)
{
    const struct yaml_node *contexts = yaml_get(config->root, "contexts");
    return contexts ? contexts->first : NULL;
}

size_t config_context_count(const struct config *config)
{
    size_t count = 1;
    for (const struct yaml_node *node = contexts_of(config); node; node = node->next)
        count++;
    return count;
}

struct config_context config_context_at(const struct config *config, size_t index)
{
    for (const struct yaml_node *node = contexts_of(config); node; node = node->next)
        if (index-- == 0)
            return context_of(node);
    return local_context();
}

bool config_context_find(const struct config *config, const char *name, struct config_context *out,
                         struct error *error)
{
    size_t count = config_context_count(config);
    const char **names = mem_alloc_array(count, sizeof *names);
    bool found = false;
    for (size_t i = 0; i < count && !found; i++) {
        *out = config_context_at(config, i);
        names[i] = out->name;
        found = strcmp(out->name, name) == 0;
    }
    if (!found) {
        const char *near = nearest_word(name, names, count);
        error_set(error, ERROR_NOT_FOUND, "there is no context '%.80s' in %s", name, config->path);
        if (near)
            error_hint(error, "Did you mean '%s'?", near);
        else
            error_hint(error, "'cutover context list' shows them, 'cutover context add' adds one.");
    }
    free(names);
    return found;
}

const char *config_current(const struct config *config)
{
    return yaml_text(config->root, "current", NULL);
}

const char *config_default(const struct config *config, const char *key)
{
    return yaml_text(yaml_get(config->root, "defaults"), key, NULL);
}

const char *config_theme(const struct config *config)
{
    return yaml_text(config->root, "theme", NULL);
}

/* --- changing --------------------------------------------------------------------------------- */

static bool set(struct config *config, const char *const *keys, size_t depth,
                const struct json *value, struct error *error)
{
    bool kept;
    char *edited = edit_set(config->text, keys, depth, value, &kept);
    struct yaml_node *root =
        edited ? yaml_parse(config->path, edited, strlen(edited), error) : NULL;
    if (!root || !check(config->path, root, error)) {
        yaml_free(root);
        free(edited);
        return false;
    }
    yaml_free(config->root);
    free(config->text);
    config->root = root;
    config->text = edited;
    config->lost_comments = config->lost_comments || !kept;
    return true;
}

static bool set_text(struct config *config, const char *const *keys, size_t depth,
                     const char *value, struct error *error)
{
    struct json *text = value ? json_string(value) : NULL;
    bool ok = set(config, keys, depth, text, error);
    json_free(text);
    return ok;
}

bool config_set_current(struct config *config, const char *name, struct error *error)
{
    const char *const keys[] = {"current"};
    struct config_context found;
    if (name && !config_context_find(config, name, &found, error))
        return false;
    return set_text(config, keys, 1, name, error);
}

bool config_set_default(struct config *config, const char *key, const char *value,
                        struct error *error)
{
    const char *const keys[] = {"defaults", key};
    return set_text(config, keys, 2, value && *value ? value : NULL, error);
}

bool config_put_context(struct config *config, const struct config_context *context,
                        struct error *error)
{
    const char *values[CONTEXT_KEYS] = {context->subscription, context->group, context->workspace,
                                        context->url};
    if (!is_context_name(context->name) || strcmp(context->name, CONFIG_LOCAL) == 0) {
        error_set(error, ERROR_USAGE, "'%.80s' cannot name a context", context->name);
        return error_hint(error, "Use letters, digits, '_', '.' and '-'; '%s' is built in.",
                          CONFIG_LOCAL);
    }
    if (!yaml_get(yaml_get(config->root, "contexts"), context->name)) {
        const char *const keys[] = {"contexts", context->name};
        struct json *all = json_object();
        for (size_t i = 0; i < CONTEXT_KEYS; i++)
            if (values[i])
                json_set_text(all, context_keys[i], values[i]);
        bool ok = set(config, keys, 2, all, error);
        json_free(all);
        return ok;
    }
    for (size_t i = 0; i < CONTEXT_KEYS; i++) {
        const char *const keys[] = {"contexts", context->name, context_keys[i]};
        if (values[i] && !set_text(config, keys, 3, values[i], error))
            return false;
    }
    return true;
}

bool config_remove_context(struct config *config, const char *name, struct error *error)
{
    const char *const keys[] = {"contexts", name};
    struct config_context found;
    const char *current = config_current(config);
    if (!config_context_find(config, name, &found, error))
        return false;
    if (found.local)
        return error_set(error, ERROR_USAGE, "the context '%s' is built in", name);
    if (current && strcmp(current, name) == 0 && !config_set_current(config, NULL, error))
        return false;
    return set(config, keys, 2, NULL, error);
}

static bool keep_old(struct config *config, struct error *error)
{
    char *backup = str_format("%s.bak", config->path);
    bool ok =
        file_write_atomic(backup, config->saved_text, strlen(config->saved_text), 0600, error);
    free(config->notice);
    config->notice = str_format("%s was written anew, without its comments; the old one is %s",
                                config->path, backup);
    free(backup);
    return ok;
}

bool config_save(struct config *config, struct error *error)
{
    if (config->saved_text && strcmp(config->text, config->saved_text) == 0)
        return true;
    if (!config->saved_text && !*config->text)
        return true;
    if (!file_make_parent(config->path, 0700, error))
        return false;
    if (config->lost_comments && config->saved_text && !keep_old(config, error))
        return false;
    if (!file_write_atomic(config->path, config->text, strlen(config->text), 0600, error))
        return false;
    str_replace(&config->saved_text, config->text);
    return true;
}

const char *config_notice(const struct config *config)
{
    return config->notice;
}
