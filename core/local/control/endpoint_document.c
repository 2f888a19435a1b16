/* Documents of endpoints, and what endpoints and deployments have in common in theirs. */
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/local/control/body_check.h"
#include "core/local/control/control_state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- parts that both have ---- */

void document_set_system_data(struct json *document, int64_t created_ms, int64_t updated_ms,
                              bool by_type)
{
    char created[CLOCK_ISO_SIZE];
    char updated[CLOCK_ISO_SIZE];
    clock_format_arm(created, created_ms);
    clock_format_arm(updated, updated_ms);
    struct json *data = json_set(document, "systemData", json_object());
    json_set_text(data, "createdAt", created);
    json_set_text(data, "createdBy", "local");
    if (by_type)
        json_set_text(data, "createdByType", "User");
    json_set_text(data, "lastModifiedAt", updated);
    if (by_type) {
        json_set_text(data, "lastModifiedBy", "local");
        json_set_text(data, "lastModifiedByType", "User");
    }
}

void document_set_tags(struct json *document, const struct json *body)
{
    struct json *tags = json_set(document, "tags", json_object());
    struct json *tag = json_first(json_get(body, "tags"));
    for (; tag; tag = json_next(tag))
        if (json_text(tag))
            json_set_text(tags, json_key(tag), json_text(tag));
}

void document_merge(struct json *into, const struct json *patch)
{
    for (const struct json *member = json_first(patch); member; member = json_next(member)) {
        if (json_type(member) == JSON_NULL)
            json_remove(into, json_key(member));
        else
            json_set(into, json_key(member), json_copy(member));
    }
}

static bool is_listed(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

void document_copy_unknown(struct json *to, const struct json *from, const char *const *without,
                           size_t count)
{
    for (const struct json *member = json_first(from); member; member = json_next(member)) {
        const char *name = json_key(member);
        bool null = json_type(member) == JSON_NULL; /* says nothing, and may not be allowed */
        if (!null && !json_get(to, name) && !is_listed(name, without, count))
            json_set(to, name, json_copy(member));
    }
}

/* A GUID that the service gave before, or a new one. */
static void set_guid(struct json *to, const char *name, const struct json *before)
{
    char fresh[UUID_SIZE];
    random_uuid(fresh);
    const char *old = json_text(json_get(before, name));
    json_set_text(to, name, old ? old : fresh);
}

static void set_user_identities(struct json *identity, const struct json *asked,
                                const struct json *before)
{
    const struct json *member = json_first(json_get(asked, "userAssignedIdentities"));
    if (!member)
        return;
    struct json *all = json_set(identity, "userAssignedIdentities", json_object());
    for (; member; member = json_next(member)) {
        const struct json *old =
            json_get(json_get(before, "userAssignedIdentities"), json_key(member));
        struct json *one = json_set(all, json_key(member), json_object());
        set_guid(one, "principalId", old);
        set_guid(one, "clientId", old);
    }
}

void document_set_identity(struct json *document, const struct json *asked,
                           const struct json *before, const char *subscription_key)
{
    const char *type = json_text_at(asked, "type", "SystemAssigned");
    struct json *identity = json_set(document, "identity", json_object());
    json_set_text(identity, "type", type);
    if (strstr(type, "SystemAssigned")) {
        char tenant[UUID_SIZE];
        guid_of_text(tenant, "tenant", subscription_key);
        set_guid(identity, "principalId", before);
        json_set_text(identity, "tenantId", tenant);
    }
    set_user_identities(identity, asked, before);
}

/* ---- traffic ---- */

/* A deployment's name as it was created, whatever case the request has; else as given. */
static const char *name_as_created(const struct resource *endpoint, const char *name)
{
    const struct resource *deployment = endpoint ? resource_child(endpoint, name) : NULL;
    return deployment ? deployment->name : name;
}

static bool read_share(const struct resource *endpoint, const struct json *share,
                       struct traffic_map *out, struct error *error)
{
    const char *name = name_as_created(endpoint, json_key(share));
    double percent = json_double(share, NAN);
    if (isnan(percent) || percent != floor(percent) || percent < -1e6 || percent > 1e6)
        return error_set(error, ERROR_RULE,
                         "The share of '%.64s' has to be a whole number from 0 to 100.",
                         json_key(share));
    for (size_t i = 0; i < out->count; i++)
        if (strcasecmp(out->shares[i].name, name) == 0)
            return error_set(error, ERROR_RULE, "'%.64s' is given twice.", name);
    if (traffic_set(out, name, (int)percent))
        return true;
    return error_set(error, ERROR_RULE, "'%.64s' is no name of a deployment.", json_key(share));
}

bool endpoint_read_shares(const struct resource *endpoint, const struct json *shares,
                          struct traffic_map *out, struct error *error)
{
    out->count = 0;
    enum json_type type = json_type(shares);
    if (type != JSON_MISSING && type != JSON_NULL && type != JSON_OBJECT)
        return error_set(error, ERROR_RULE, "Traffic has to be an object of names and percent.");
    for (struct json *share = json_first(shares); share; share = json_next(share))
        if (!read_share(endpoint, share, out, error))
            return false;
    return true;
}

/* Deployments that can take traffic are up, or were and still serve as they did. */
static bool check_targets(const struct resource *endpoint, const struct traffic_map *map,
                          struct error *error)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct traffic_share *share = &map->shares[i];
        const struct resource *deployment = resource_child(endpoint, share->name);
        if (!share->percent || !deployment)
            continue;
        if (deployment->came_up && resource_state(deployment) != STATE_DELETING)
            continue;
        return error_set(error, ERROR_RULE,
                         "The deployment %s is %s and cannot take traffic; only one whose "
                         "creation has succeeded can.",
                         deployment->name, state_text(resource_state(deployment)));
    }
    return true;
}

static bool check_traffic(const struct resource *endpoint, const struct json *body,
                          struct error *error)
{
    struct traffic_split split;
    const struct json *properties = json_get(body, "properties");
    const char *names[TRAFFIC_MAX_SHARES];
    struct traffic_context context = {.kubernetes = json_text_at(properties, "compute", NULL),
                                      .deployments = names};
    if (!endpoint_read_shares(endpoint, json_get(properties, "traffic"), &split.live, error) ||
        !endpoint_read_shares(endpoint, json_get(properties, "mirrorTraffic"), &split.mirror,
                              error))
        return false;
    for (size_t i = 0; endpoint && i < endpoint->children.count && i < TRAFFIC_MAX_SHARES; i++)
        names[context.deployment_count++] = endpoint->children.items[i]->name;
    if (!traffic_require(&context, &split, error))
        return false;
    return !endpoint || (check_targets(endpoint, &split.live, error) &&
                         check_targets(endpoint, &split.mirror, error));
}

/* ---- endpoints ---- */

static const struct body_field endpoint_fields[] = {
    {.path = "location", .type = BODY_TEXT, .required = true},
    {.path = "tags", .type = BODY_TEXT_MAP},
    {.path = "kind", .type = BODY_TEXT},
    {.path = "identity", .type = BODY_OBJECT},
    {.path = "identity.type",
     .type = BODY_WORD,
     .words = "None SystemAssigned UserAssigned SystemAssigned,UserAssigned"},
    {.path = "identity.userAssignedIdentities", .type = BODY_OBJECT},
    {.path = "sku", .type = BODY_OBJECT},
    {.path = "properties", .type = BODY_OBJECT, .required = true},
    {.path = "properties.authMode",
     .type = BODY_WORD,
     .required = true,
     .words = "AMLToken Key AADToken"},
    {.path = "properties.compute", .type = BODY_TEXT},
    {.path = "properties.description", .type = BODY_TEXT},
    {.path = "properties.properties", .type = BODY_TEXT_MAP},
    {.path = "properties.keys", .type = BODY_OBJECT},
    {.path = "properties.publicNetworkAccess", .type = BODY_WORD, .words = "Enabled Disabled"},
    {.path = "properties.traffic", .type = BODY_OBJECT},
    {.path = "properties.mirrorTraffic", .type = BODY_OBJECT},
};

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcasecmp(a, b) == 0 : a == b;
}

bool endpoint_check(const struct control *control, const struct resource *endpoint,
                    const char *name, const struct json *body, struct error *error)
{
    (void)control;
    if (!body_check(body, endpoint_fields, sizeof endpoint_fields / sizeof endpoint_fields[0],
                    error) ||
        !credential_check(body, error))
        return false;
    const char *compute = json_text_at(body, "properties.compute", NULL);
    if (!endpoint && !name_check("endpoint", name, error))
        return false;
    if (endpoint &&
        !same_text(compute, json_text_at(endpoint->document, "properties.compute", NULL))) {
        error_set(error, ERROR_RULE, "The compute of the endpoint %s cannot be changed.",
                  endpoint->name);
        return error_hint(error, "Create another endpoint on the other compute.");
    }
    return check_traffic(endpoint, body, error);
}

/* The wire has no zeros: a deployment that is not listed has none. */
static void set_shares(struct json *properties, const char *member, const struct resource *endpoint,
                       const struct json *asked)
{
    struct traffic_map map;
    struct json *shares = json_set(properties, member, json_object());
    endpoint_read_shares(endpoint, asked, &map, NULL);
    for (size_t i = 0; i < map.count; i++)
        if (map.shares[i].percent)
            json_set_number(shares, map.shares[i].name, map.shares[i].percent);
}

void endpoint_scoring_path(char *out, size_t size, const struct resource *endpoint)
{
    char guid[UUID_SIZE];
    char *name = arm_lower(endpoint->name);
    guid_of_text(guid, "workspace", endpoint->workspace->key);
    snprintf(out, size, SCORING_PREFIX "%.8s/%s/score", guid, name);
    free(name);
}

void endpoint_set_uris(const struct control *control, const struct resource *endpoint,
                       struct json *document)
{
    char path[CONTROL_KEY_SIZE];
    endpoint_scoring_path(path, sizeof path, endpoint);
    struct json *properties = json_get(document, "properties");
    char *scoring = str_format("%s%s", control->options.base_url, path);
    char *swagger = str_format("%s%.*s/swagger.json", control->options.base_url,
                               (int)(strrchr(path, '/') - path), path);
    json_set_text(properties, "scoringUri", scoring);
    json_set_text(properties, "swaggerUri", swagger);
    free(scoring);
    free(swagger);
}

static void set_custom_properties(struct json *properties, const struct resource *endpoint,
                                  const char *key, const struct json *asked)
{
    /* "Can be added, but not removed or altered": what was there wins. */
    struct json *custom = json_object();
    if (endpoint) {
        json_free(custom);
        custom = json_copy(json_at(endpoint->document, "properties.properties"));
    }
    json_set(properties, "properties", custom);
    json_set_text(custom, "azureml.onlineendpointid", key);
    static const char *const own[] = {"AzureAsyncOperationUri"};
    document_copy_unknown(custom, asked, own, 1);
}

struct json *endpoint_document(const struct control *control, const struct resource *endpoint,
                               const struct json *body)
{
    static const char *const read_only_properties[] = {"scoringUri", "swaggerUri",
                                                       "provisioningState", "keys"};
    static const char *const read_only[] = {"id", "name", "type", "systemData", "properties"};
    const struct json *asked = json_get(body, "properties");
    const char *compute = json_text_at(asked, "compute", NULL);
    struct json *document = json_object();
    json_set_text(document, "id", endpoint->id);
    json_set_text(document, "name", endpoint->name);
    json_set_text(document, "type", "Microsoft.MachineLearningServices/workspaces/onlineEndpoints");
    struct json *properties = json_set(document, "properties", json_object());
    json_set_text(properties, "description", json_text_at(asked, "description", NULL));
    set_custom_properties(properties, endpoint->document ? endpoint : NULL, endpoint->key,
                          json_get(asked, "properties"));
    json_set(properties, "scoringUri", json_null());
    json_set(properties, "swaggerUri", json_null());
    json_set_text(properties, "authMode", json_text_at(asked, "authMode", "Key"));
    json_set_text(properties, "provisioningState", state_text(STATE_CREATING));
    json_set_text(properties, "compute", compute);
    set_shares(properties, "traffic", endpoint, json_get(asked, "traffic"));
    set_shares(properties, "mirrorTraffic", endpoint, json_get(asked, "mirrorTraffic"));
    json_set_text(properties, "publicNetworkAccess",
                  json_text_at(asked, "publicNetworkAccess", "Enabled"));
    document_copy_unknown(properties, asked, read_only_properties, 4);
    document_set_system_data(document, endpoint->created_ms, control->now_ms, false);
    document_set_tags(document, body);
    json_set_text(document, "location",
                  endpoint->document ? json_text_at(endpoint->document, "location", "")
                                     : json_text_at(body, "location", ""));
    json_set_text(document, "kind", json_text_at(body, "kind", compute ? "K8S" : "Managed"));
    document_set_identity(document, json_get(body, "identity"),
                          json_get(endpoint->document, "identity"), endpoint->workspace->key);
    document_copy_unknown(document, body, read_only, 5);
    return document;
}
