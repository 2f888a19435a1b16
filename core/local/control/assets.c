/* Code, model and environment versions, and the names that hold them. */
#include "core/base/alloc.h"
#include "core/base/yaml.h"
#include "core/local/control/body_check.h"
#include "core/local/control/control_state.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ASSET_NAME_MAX = 255 };

static const struct asset_kind {
    const char *segment; /* in the path */
    const char *essence; /* the property that makes a version what it is */
} kinds[ASSET_TYPES] = {
    [ASSET_CODE] = {"codes", "codeUri"},
    [ASSET_MODEL] = {"models", "modelUri"},
    [ASSET_ENVIRONMENT] = {"environments", "image"},
};

static enum asset_type type_of(const struct call *call)
{
    enum { TYPE_SEGMENT = 8 };
    for (int i = 0; i < ASSET_TYPES; i++)
        if (strcasecmp(call->path.segments[TYPE_SEGMENT], kinds[i].segment) == 0)
            return (enum asset_type)i;
    return ASSET_CODE; /* not reached: the route table has these three */
}

static struct resource *find_container(const struct call *call)
{
    char *id = call_resource_id(call, kinds[type_of(call)].segment, NULL);
    struct resource *container = resource_at(call->control, id, RESOURCE_CONTAINER);
    free(id);
    return container;
}

/* ---- names ---- */

static bool is_number(const char *text)
{
    size_t len = strspn(text, "0123456789");
    return len && len <= 9 && !text[len];
}

/* Newest version, and the number after the highest; "1" when there is none, null past words. */
static struct json *container_document(const struct resource *container)
{
    const struct resource_list *versions = &container->children;
    long highest = 0;
    bool counted = true;
    for (size_t i = 0; i < versions->count; i++) {
        const char *name = versions->items[i]->name;
        if (!is_number(name))
            counted = false;
        else if (strtol(name, NULL, 10) > highest)
            highest = strtol(name, NULL, 10);
    }
    char next[24];
    snprintf(next, sizeof next, "%ld", highest + 1);
    struct json *document = json_copy(container->document);
    struct json *properties = json_get(document, "properties");
    json_set_text(properties, "latestVersion",
                  versions->count ? versions->items[versions->count - 1]->name : NULL);
    json_set_text(properties, "nextVersion", counted ? next : NULL);
    return document;
}

void asset_container_list(struct call *call)
{
    struct page_query page = {.continuation = arm_query_get(call->request->query, "$skip")};
    if (page_size(call, "count", &page.size))
        page_answer(call, workspace_containers(call, type_of(call)), &page, container_document);
    free(page.continuation);
}

void asset_container_get(struct call *call)
{
    const struct resource *container = find_container(call);
    if (container)
        call_answer_take(call, 200, container_document(container));
    else
        call_not_found(call, "AssetNotFound", "No asset of %s is named %.255s.",
                       kinds[type_of(call)].segment, call->captures[3]);
}

static struct json *new_container_document(const struct call *call, const char *id,
                                           enum asset_type type)
{
    char *arm_type =
        str_format("Microsoft.MachineLearningServices/workspaces/%s", kinds[type].segment);
    struct json *document = json_object();
    json_set_text(document, "id", id);
    json_set_text(document, "name", call->captures[3]);
    json_set_text(document, "type", arm_type);
    struct json *properties = json_set(document, "properties", json_object());
    json_set(properties, "description", json_null());
    json_set(properties, "tags", json_object());
    json_set(properties, "properties", json_object());
    json_set(properties, "isArchived", json_bool(false));
    json_set_text(properties, "provisioningState", "Succeeded");
    document_set_system_data(document, call->now_ms, call->now_ms, true);
    free(arm_type);
    return document;
}

/* ---- lists of versions ---- */

struct by_hash {
    const char *hash;
    const char *version;
};

static bool has_hash(const struct resource *resource, const void *context)
{
    const struct by_hash *wanted = context;
    const struct json *custom = json_at(resource->document, "properties.properties");
    return strcmp(json_text_at(custom, "hash_sha256", ""), wanted->hash) == 0 &&
           (!wanted->version ||
            strcmp(json_text_at(custom, "hash_version", ""), wanted->version) == 0);
}

/* All versions of a type in the workspace, as the search by hash wants them. */
static void gather(const struct resource_list *containers, struct resource_list *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < containers->count; i++)
        for (size_t v = 0; v < containers->items[i]->children.count; v++)
            resource_list_add(out, containers->items[i]->children.items[v]);
}

void asset_version_list(struct call *call)
{
    static const struct resource_list nothing;
    const char *query = call->request->query;
    const struct resource *container = find_container(call);
    struct resource_list everywhere = {0};
    char *hash = arm_query_get(query, "hash");
    char *hash_version = arm_query_get(query, "hashVersion");
    char *order = arm_query_get(query, "$orderBy");
    struct by_hash wanted = {.hash = hash, .version = hash_version};
    struct page_query page = {.continuation = arm_query_get(query, "$skip"),
                              .order = {.descending = order && strcasestr(order, "desc")}};
    const struct resource_list *list = container ? &container->children : &nothing;
    if (hash) {
        gather(workspace_containers(call, type_of(call)), &everywhere);
        list = &everywhere;
        page.wanted = has_hash;
        page.context = &wanted;
    }
    if (page_size(call, "$top", &page.size))
        page_answer(call, list, &page, resource_shown);
    free(everywhere.items);
    free(page.continuation);
    free(order);
    free(hash_version);
    free(hash);
}

void asset_version_get(struct call *call)
{
    char *id = call_resource_id(call, kinds[type_of(call)].segment, "versions");
    const struct resource *version = resource_at(call->control, id, RESOURCE_VERSION);
    if (version)
        call_answer(call, 200, version->document);
    else
        call_not_found(call, "AssetVersionNotFound", "%.255s has no version %.255s in %s.",
                       call->captures[3], call->captures[4], kinds[type_of(call)].segment);
    free(id);
}

/* ---- PUT of a version ---- */

static const struct body_field fields[] = {
    {.path = "properties", .type = BODY_OBJECT, .required = true},
    {.path = "properties.description", .type = BODY_TEXT},
    {.path = "properties.tags", .type = BODY_TEXT_MAP},
    {.path = "properties.properties", .type = BODY_TEXT_MAP},
    {.path = "properties.isAnonymous", .type = BODY_BOOL},
    {.path = "properties.isArchived", .type = BODY_BOOL},
    {.path = "properties.codeUri", .type = BODY_TEXT},
    {.path = "properties.modelUri", .type = BODY_TEXT},
    {.path = "properties.modelType", .type = BODY_TEXT},
    {.path = "properties.image", .type = BODY_TEXT},
    {.path = "properties.condaFile", .type = BODY_TEXT},
    {.path = "properties.build", .type = BODY_OBJECT},
    {.path = "properties.build.contextUri", .type = BODY_TEXT},
    {.path = "properties.osType", .type = BODY_WORD, .words = "Linux Windows"},
    {.path = "properties.autoRebuild", .type = BODY_WORD, .words = "Disabled OnBaseImageUpdate"},
    {.path = "properties.inferenceConfig", .type = BODY_OBJECT},
    {.path = "properties.inferenceConfig.livenessRoute.path", .type = BODY_TEXT},
    {.path = "properties.inferenceConfig.readinessRoute.path", .type = BODY_TEXT},
    {.path = "properties.inferenceConfig.scoringRoute.path", .type = BODY_TEXT},
    {.path = "properties.inferenceConfig.livenessRoute.port",
     .type = BODY_INT,
     .min = 1,
     .max = 65535},
    {.path = "properties.inferenceConfig.readinessRoute.port",
     .type = BODY_INT,
     .min = 1,
     .max = 65535},
    {.path = "properties.inferenceConfig.scoringRoute.port",
     .type = BODY_INT,
     .min = 1,
     .max = 65535},
};

static bool asset_name_ok(const char *name)
{
    size_t len = strlen(name);
    if (!isalnum((unsigned char)name[0]) || len > ASSET_NAME_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr("-_.", name[i]))
            return false;
    return true;
}

static bool check_routes(const struct json *body, struct error *error)
{
    static const char *const routes[] = {"livenessRoute", "readinessRoute", "scoringRoute"};
    const struct json *config = json_at(body, "properties.inferenceConfig");
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        const struct json *route = json_get(config, routes[i]);
        if (json_type(route) == JSON_MISSING || json_type(route) == JSON_NULL)
            continue;
        const char *path = json_text_at(route, "path", NULL);
        if (!path || path[0] != '/' || strpbrk(path, " \r\n\t?#"))
            return error_set(
                error, ERROR_RULE,
                "'properties.inferenceConfig.%s.path' has to be a path such as /score.", routes[i]);
    }
    return true;
}

static bool check(const struct call *call, enum asset_type type, const struct json *body,
                  struct error *error)
{
    for (int i = 3; i <= 4; i++)
        if (!asset_name_ok(call->captures[i]))
            return error_set(error, ERROR_RULE,
                             "'%.80s' is no name of an asset or version: use letters, digits, "
                             "'-', '_' and '.', at most %d of them.",
                             call->captures[i], ASSET_NAME_MAX);
    if (!body_check(body, fields, sizeof fields / sizeof fields[0], error) ||
        !check_routes(body, error))
        return false;
    const struct json *properties = json_get(body, "properties");
    if (json_text_at(properties, kinds[type].essence, NULL) ||
        (type == ASSET_ENVIRONMENT && json_type(json_get(properties, "build")) == JSON_OBJECT))
        return true;
    return error_set(error, ERROR_RULE, "'properties.%s' is missing.", kinds[type].essence);
}

/* The conda file as the service gives it back: indented JSON in a string. Owned by the caller. */
static char *conda_as_json(const char *yaml, struct error *error)
{
    struct yaml_node *root = yaml_parse("condaFile", yaml, strlen(yaml), error);
    if (!root)
        return NULL;
    struct json *tree = yaml_to_json(root);
    char *text = json_print_pretty(tree);
    json_free(tree);
    yaml_free(root);
    return text;
}

static void set_bool(struct json *to, const char *name, const struct json *asked)
{
    json_set(to, name, json_bool(json_is_true(json_get(asked, name))));
}

static void set_map(struct json *to, const char *name, const struct json *asked)
{
    const struct json *value = json_get(asked, name);
    json_set(to, name, json_type(value) == JSON_OBJECT ? json_copy(value) : json_object());
}

static void set_text(struct json *to, const char *name, const struct json *asked,
                     const char *fallback)
{
    json_set_text(to, name, json_text_at(asked, name, fallback));
}

static void fill_environment(struct json *properties, const struct json *asked, const char *conda)
{
    json_set_text(json_get(properties, "properties"), "azureml.labels", "");
    json_set_text(properties, "environmentType", "UserCreated");
    if (json_text_at(asked, "image", NULL))
        set_text(properties, "image", asked, NULL);
    if (conda)
        json_set_text(properties, "condaFile", conda);
    set_text(properties, "osType", asked, "Linux");
    set_text(properties, "autoRebuild", asked, "Disabled");
    json_set_text(properties, "stage", "Logged");
}

static struct json *version_document(const struct call *call, const struct resource *version,
                                     enum asset_type type, const struct json *body,
                                     const char *conda)
{
    static const char *const read_only[] = {"provisioningState", "environmentType", "stage"};
    const struct json *asked = json_get(body, "properties");
    char *arm_type =
        str_format("Microsoft.MachineLearningServices/workspaces/%s/versions", kinds[type].segment);
    struct json *document = json_object();
    json_set_text(document, "id", version->id);
    json_set_text(document, "name", version->name);
    json_set_text(document, "type", arm_type);
    struct json *properties = json_set(document, "properties", json_object());
    set_text(properties, "description", asked, NULL);
    set_map(properties, "tags", asked);
    set_map(properties, "properties", asked);
    set_bool(properties, "isArchived", asked);
    set_bool(properties, "isAnonymous", asked);
    if (type == ASSET_CODE) {
        /* The service answers false, whatever was sent. */
        json_set(properties, "isAnonymous", json_bool(false));
        set_text(properties, "codeUri", asked, NULL);
    } else if (type == ASSET_MODEL) {
        set_map(properties, "flavors", asked);
        set_text(properties, "modelType", asked, "custom_model");
        set_text(properties, "modelUri", asked, NULL);
        set_text(properties, "jobName", asked, NULL);
        json_set_text(properties, "stage", "Logged");
    } else {
        fill_environment(properties, asked, conda);
    }
    json_set_text(properties, "provisioningState", "Succeeded");
    document_copy_unknown(properties, asked, read_only, 3);
    document_set_system_data(document, version->created_ms, call->now_ms, true);
    free(arm_type);
    return document;
}

/* A version is what was registered under it: to change what it points to takes a new one. */
static bool same_essence(const struct resource *version, enum asset_type type,
                         const struct json *body, const char *conda)
{
    const struct json *have = json_get(version->document, "properties");
    const struct json *asked = json_get(body, "properties");
    const char *old = json_text_at(have, kinds[type].essence, "");
    const char *old_conda = json_text_at(have, "condaFile", "");
    return strcmp(old, json_text_at(asked, kinds[type].essence, "")) == 0 &&
           strcmp(old_conda, conda ? conda : "") == 0;
}

static struct resource *make_container(struct call *call, enum asset_type type, struct error *error)
{
    struct resource *container = find_container(call);
    if (container)
        return container;
    char *id = call_resource_id(call, kinds[type].segment, NULL);
    container = resource_add(call->control, RESOURCE_CONTAINER, type, NULL, id);
    container->document = new_container_document(call, id, type);
    free(id);
    if (store_save(call->control, container, error))
        return container;
    resource_drop(call->control, container);
    return NULL;
}

static bool save_version(struct call *call, struct resource *version, struct json *document,
                         const char *conda_text, struct error *error)
{
    struct json *before = version->document;
    char *conda_before = version->conda_text;
    version->document = document;
    version->conda_text = str_dup(conda_text);
    if (store_save(call->control, version, error)) {
        json_free(before);
        free(conda_before);
        return true;
    }
    json_free(version->document);
    free(version->conda_text);
    version->document = before;
    version->conda_text = conda_before;
    return false;
}

static void put_version(struct call *call, enum asset_type type, const struct json *body,
                        const char *conda)
{
    struct error error = {0};
    struct resource *container = make_container(call, type, &error);
    struct resource *version = container ? resource_child(container, call->captures[4]) : NULL;
    bool fresh = !version;
    if (container && fresh) {
        char *id = str_format("%s/versions/%s", container->id, call->captures[4]);
        version = resource_add(call->control, RESOURCE_VERSION, type, container, id);
        free(id);
    }
    bool saved =
        version && save_version(call, version, version_document(call, version, type, body, conda),
                                json_text_at(body, "properties.condaFile", NULL), &error);
    if (!saved) {
        if (version && fresh)
            resource_drop(call->control, version);
        call_fail(call, 500, "InternalServerError", error.message, NULL, NULL);
        return;
    }
    version->updated_ms = call->now_ms;
    /* Environments answer 201 even where the version was there. */
    bool created = fresh || type == ASSET_ENVIRONMENT;
    if (created)
        call_header(call, "Location", "%s%s?api-version=%s", call->control->options.base_url,
                    version->id, call->api_version);
    call_answer(call, created ? 201 : 200, version->document);
}

void asset_version_put(struct call *call)
{
    struct error error = {0};
    enum asset_type type = type_of(call);
    const struct json *body = call_body(call);
    if (!body)
        return;
    const char *yaml = json_text_at(body, "properties.condaFile", NULL);
    bool ok = check(call, type, body, &error);
    char *conda = ok && yaml ? conda_as_json(yaml, &error) : NULL;
    const struct resource *container = find_container(call);
    const struct resource *version =
        container ? resource_child(container, call->captures[4]) : NULL;
    if (!ok || (yaml && !conda))
        call_invalid(call, &error);
    else if (version && !same_essence(version, type, body, conda))
        call_fail(call, 409, "Conflict",
                  "The version exists and points to something else; register a new version.", NULL,
                  NULL);
    else
        put_version(call, type, body, conda);
    free(conda);
}
