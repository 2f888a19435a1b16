/* Which keys there are, what they hold, and where they stand in the ARM document. */
#include "core/spec/schema.h"

#include "core/base/alloc.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct choice auth_modes[] = {
    {"key", "Key"}, {"aml_token", "AMLToken"}, {"aad_token", "AADToken"}, {NULL, NULL}};

static const struct choice access_modes[] = {
    {"enabled", "Enabled"}, {"disabled", "Disabled"}, {NULL, NULL}};

static const struct choice compute_types[] = {
    {"managed", "Managed"}, {"kubernetes", "Kubernetes"}, {NULL, NULL}};

static const struct choice scale_types[] = {
    {"default", "Default"}, {"target_utilization", "TargetUtilization"}, {NULL, NULL}};

static const struct choice rolling_rates[] = {{"year", "Year"},     {"month", "Month"},
                                              {"day", "Day"},       {"hour", "Hour"},
                                              {"minute", "Minute"}, {NULL, NULL}};

static const struct choice identity_types[] = {
    {"system_assigned", "SystemAssigned"},
    {"user_assigned", "UserAssigned"},
    {"system_assigned,user_assigned", "SystemAssigned,UserAssigned"},
    {"none", "None"},
    {NULL, NULL}};

/* --- identity --------------------------------------------------------------------------------- */

static const char *const identity_keys[] = {"resource_id", "client_id", "object_id",
                                            "principal_id"};

static bool write_user_identities(struct loader *loader, const struct yaml_node *node,
                                  struct json *body)
{
    if (node->kind != YAML_SEQUENCE)
        return load_fail(loader, ERROR_USAGE, node, "'%s' must be a list of identities", node->key);
    struct json *out = json_object();
    json_set(body, "userAssignedIdentities", out);
    for (const struct yaml_node *item = node->first; item; item = item->next) {
        const struct yaml_node *id = yaml_get(item, "resource_id");
        if (!id)
            return load_fail(loader, ERROR_USAGE, item, "an identity needs 'resource_id'");
        for (const struct yaml_node *key = item->first; key; key = key->next) {
            bool known = false;
            for (size_t i = 0; i < sizeof identity_keys / sizeof *identity_keys; i++)
                known = known || strcmp(key->key, identity_keys[i]) == 0;
            if (!known)
                return load_fail(loader, ERROR_USAGE, key,
                                 "'%.80s' is no key of an identity; allowed: resource_id, "
                                 "client_id, object_id",
                                 key->key);
        }
        const char *text = load_text(loader, id);
        if (!text)
            return false;
        json_set(out, strncmp(text, "azureml:", 8) == 0 ? text + 8 : text, json_object());
    }
    if (json_count(out) > 1)
        return load_fail(loader, ERROR_RULE, node,
                         "%zu user assigned identities; the service takes one", json_count(out));
    return true;
}

static struct json *read_user_identities(const struct json *value)
{
    struct json *out = json_array();
    for (struct json *child = json_first(value); child; child = json_next(child)) {
        struct json *item = json_object();
        json_set_text(item, "resource_id", json_key(child));
        if (json_text_at(child, "clientId", NULL))
            json_set_text(item, "client_id", json_text_at(child, "clientId", NULL));
        if (json_text_at(child, "principalId", NULL))
            json_set_text(item, "principal_id", json_text_at(child, "principalId", NULL));
        json_append(out, item);
    }
    return out;
}

static const struct field identity_fields[] = {
    {.key = "type", .kind = FIELD_CHOICE, .arm = "type", .choices = identity_types},
    {.key = "user_assigned_identities",
     .kind = FIELD_SPECIAL,
     .arm = "userAssignedIdentities",
     .write = write_user_identities,
     .read = read_user_identities},
    {.key = "principal_id", .kind = FIELD_READ_ONLY, .arm = "principalId"},
    {.key = "tenant_id", .kind = FIELD_READ_ONLY, .arm = "tenantId"},
    {.key = NULL}};

/* The vendor writes references with their scheme: "azureml:/subscriptions/...". */
static struct json *read_reference(const struct json *value)
{
    const char *text = json_text(value);
    if (!text || text[0] != '/')
        return json_copy(value);
    char *reference = str_format("azureml:%s", text);
    struct json *out = json_string(reference);
    free(reference);
    return out;
}

/* --- endpoint --------------------------------------------------------------------------------- */

static const struct field endpoint_fields[] = {
    {.key = "$schema", .kind = FIELD_IGNORED},
    {.key = "name", .kind = FIELD_NAME},
    {.key = "description", .kind = FIELD_TEXT, .arm = "properties.description"},
    {.key = "tags", .kind = FIELD_TEXT_MAP, .arm = "tags"},
    {.key = "properties", .kind = FIELD_TEXT_MAP, .arm = "properties.properties"},
    {.key = "auth_mode", .kind = FIELD_CHOICE, .arm = "properties.authMode", .choices = auth_modes},
    {.key = "compute",
     .kind = FIELD_SPECIAL,
     .arm = "properties.compute",
     .write = load_compute,
     .read = read_reference},
    {.key = "identity", .kind = FIELD_OBJECT, .arm = "identity", .fields = identity_fields},
    {.key = "traffic", .kind = FIELD_SHARES, .arm = "properties.traffic"},
    {.key = "mirror_traffic", .kind = FIELD_SHARES, .arm = "properties.mirrorTraffic"},
    {.key = "public_network_access",
     .kind = FIELD_CHOICE,
     .arm = "properties.publicNetworkAccess",
     .choices = access_modes,
     .flags = FIELD_MANAGED_ONLY},
    {.key = "location", .kind = FIELD_TEXT, .arm = "location"},
    {.key = "id", .kind = FIELD_READ_ONLY, .arm = "id"},
    {.key = "scoring_uri", .kind = FIELD_READ_ONLY, .arm = "properties.scoringUri"},
    {.key = "openapi_uri", .kind = FIELD_READ_ONLY, .arm = "properties.swaggerUri"},
    {.key = "provisioning_state", .kind = FIELD_READ_ONLY, .arm = "properties.provisioningState"},
    {.key = "kind", .kind = FIELD_PRINTED, .arm = "kind"},
    {.key = NULL}};

/* --- deployment ------------------------------------------------------------------------------- */

static const struct field code_fields[] = {
    {.key = "code", .kind = FIELD_SPECIAL, .arm = "codeId", .write = load_code, .read = json_copy},
    {.key = "scoring_script", .kind = FIELD_TEXT, .arm = "scoringScript"},
    {.key = NULL}};

static const struct field scale_fields[] = {
    {.key = "type", .kind = FIELD_CHOICE, .arm = "scaleType", .choices = scale_types},
    {.key = "min_instances", .kind = FIELD_INTEGER, .arm = "minInstances", .least = 0},
    {.key = "max_instances", .kind = FIELD_INTEGER, .arm = "maxInstances", .least = 1},
    {.key = "polling_interval", .kind = FIELD_SECONDS, .arm = "pollingInterval"},
    {.key = "target_utilization_percentage",
     .kind = FIELD_INTEGER,
     .arm = "targetUtilizationPercentage",
     .least = 1,
     .most = 100},
    {.key = NULL}};

static const struct field request_fields[] = {
    {.key = "request_timeout_ms", .kind = FIELD_MILLISECONDS, .arm = "requestTimeout"},
    {.key = "max_concurrent_requests_per_instance",
     .kind = FIELD_INTEGER,
     .arm = "maxConcurrentRequestsPerInstance",
     .least = 1},
    {.key = "max_queue_wait_ms", .kind = FIELD_MILLISECONDS, .arm = "maxQueueWait"},
    {.key = NULL}};

static const struct field probe_fields[] = {
    {.key = "initial_delay", .kind = FIELD_SECONDS, .arm = "initialDelay"},
    {.key = "period", .kind = FIELD_SECONDS, .arm = "period"},
    {.key = "timeout", .kind = FIELD_SECONDS, .arm = "timeout"},
    {.key = "success_threshold", .kind = FIELD_INTEGER, .arm = "successThreshold", .least = 1},
    {.key = "failure_threshold", .kind = FIELD_INTEGER, .arm = "failureThreshold", .least = 1},
    {.key = NULL}};

static const struct field resource_fields[] = {
    {.key = "cpu", .kind = FIELD_TEXT, .arm = "cpu"},
    {.key = "memory", .kind = FIELD_TEXT, .arm = "memory"},
    {.key = "gpu", .kind = FIELD_TEXT, .arm = "gpu"},
    {.key = "nvidia.com/gpu", .kind = FIELD_TEXT, .arm = "gpu", .flags = FIELD_ALIAS},
    {.key = NULL}};

static const struct field resources_fields[] = {{.key = "requests",
                                                 .kind = FIELD_OBJECT,
                                                 .arm = "containerResourceRequests",
                                                 .fields = resource_fields},
                                                {.key = "limits",
                                                 .kind = FIELD_OBJECT,
                                                 .arm = "containerResourceLimits",
                                                 .fields = resource_fields},
                                                {.key = NULL}};

static bool write_collection_mode(struct loader *loader, const struct yaml_node *node,
                                  struct json *body)
{
    const char *text = load_text(loader, node);
    if (!text)
        return false;
    bool on = strcasecmp(text, "true") == 0;
    if (!on && strcasecmp(text, "false") != 0)
        return load_fail(loader, ERROR_USAGE, node, "'enabled' is true or false, not '%.80s'",
                         text);
    json_set_text(body, "dataCollectionMode", on ? "Enabled" : "Disabled");
    return true;
}

/* Text, as the vendor's schema has it. */
static struct json *read_collection_mode(const struct json *value)
{
    const char *text = json_text(value);
    return json_string(text && strcasecmp(text, "Enabled") == 0 ? "true" : "false");
}

static const struct field collection_fields[] = {
    {.key = "enabled",
     .kind = FIELD_SPECIAL,
     .arm = "dataCollectionMode",
     .write = write_collection_mode,
     .read = read_collection_mode},
    {.key = "sampling_rate", .kind = FIELD_NUMBER, .arm = "samplingRate"},
    {.key = "client_id", .kind = FIELD_TEXT, .arm = "clientId"},
    {.key = "data",
     .kind = FIELD_SPECIAL,
     .arm = "dataId",
     .write = load_collection_data,
     .read = read_reference},
    {.key = NULL}};

static bool write_collections(struct loader *loader, const struct yaml_node *node,
                              struct json *body)
{
    if (node->kind != YAML_MAPPING)
        return load_fail(loader, ERROR_USAGE, node, "'collections' must name collections");
    struct json *out = json_object();
    json_set(body, "collections", out);
    for (const struct yaml_node *item = node->first; item; item = item->next) {
        struct json *collection = json_object();
        json_set(out, item->key, collection);
        if (item->kind != YAML_MAPPING && !yaml_is_null(item))
            return load_fail(loader, ERROR_USAGE, item, "collection '%.80s' must be a mapping",
                             item->key);
        if (!load_fields(loader, collection_fields, item, collection))
            return false;
    }
    return true;
}

static struct json *read_collections(const struct json *value)
{
    struct json *out = json_object();
    for (struct json *item = json_first(value); item; item = json_next(item))
        json_set(out, json_key(item), read_fields(collection_fields, item));
    return out;
}

static const struct field logging_fields[] = {
    {.key = "capture_headers", .kind = FIELD_TEXT_LIST, .arm = "captureHeaders"}, {.key = NULL}};

static const struct field collector_fields[] = {
    {.key = "collections",
     .kind = FIELD_SPECIAL,
     .arm = "collections",
     .write = write_collections,
     .read = read_collections},
    {.key = "rolling_rate", .kind = FIELD_CHOICE, .arm = "rollingRate", .choices = rolling_rates},
    /* ARM keeps the rate with each collection; spec_load() hands it on. */
    {.key = "sampling_rate", .kind = FIELD_NUMBER, .arm = "samplingRate"},
    {.key = "request_logging",
     .kind = FIELD_OBJECT,
     .arm = "requestLogging",
     .fields = logging_fields},
    {.key = "enabled", .kind = FIELD_UNSENT},
    {.key = "destination", .kind = FIELD_UNSENT},
    {.key = "sampling_strategy", .kind = FIELD_UNSENT},
    {.key = NULL}};

static const struct field deployment_fields[] = {
    {.key = "$schema", .kind = FIELD_IGNORED},
    {.key = "name", .kind = FIELD_NAME},
    {.key = "endpoint_name", .kind = FIELD_NAME},
    {.key = "type",
     .kind = FIELD_CHOICE,
     .arm = "properties.endpointComputeType",
     .choices = compute_types},
    {.key = "description", .kind = FIELD_TEXT, .arm = "properties.description"},
    {.key = "tags", .kind = FIELD_TEXT_MAP, .arm = "tags"},
    {.key = "properties", .kind = FIELD_TEXT_MAP, .arm = "properties.properties"},
    {.key = "model",
     .kind = FIELD_SPECIAL,
     .arm = "properties.model",
     .write = load_model,
     .read = read_reference},
    {.key = "model_mount_path", .kind = FIELD_TEXT, .arm = "properties.modelMountPath"},
    {.key = "code_configuration",
     .kind = FIELD_OBJECT,
     .arm = "properties.codeConfiguration",
     .fields = code_fields},
    {.key = "environment",
     .kind = FIELD_SPECIAL,
     .arm = "properties.environmentId",
     .write = load_environment,
     .read = read_reference},
    {.key = "environment_variables",
     .kind = FIELD_TEXT_MAP,
     .arm = "properties.environmentVariables"},
    {.key = "instance_type", .kind = FIELD_TEXT, .arm = "properties.instanceType"},
    {.key = "instance_count", .kind = FIELD_INTEGER, .arm = "sku.capacity", .least = 1},
    {.key = "app_insights_enabled", .kind = FIELD_BOOLEAN, .arm = "properties.appInsightsEnabled"},
    {.key = "scale_settings",
     .kind = FIELD_OBJECT,
     .arm = "properties.scaleSettings",
     .fields = scale_fields},
    {.key = "request_settings",
     .kind = FIELD_OBJECT,
     .arm = "properties.requestSettings",
     .fields = request_fields},
    {.key = "liveness_probe",
     .kind = FIELD_OBJECT,
     .arm = "properties.livenessProbe",
     .fields = probe_fields},
    {.key = "readiness_probe",
     .kind = FIELD_OBJECT,
     .arm = "properties.readinessProbe",
     .fields = probe_fields},
    {.key = "egress_public_network_access",
     .kind = FIELD_CHOICE,
     .arm = "properties.egressPublicNetworkAccess",
     .choices = access_modes,
     .flags = FIELD_MANAGED_ONLY},
    {.key = "private_network_connection", .kind = FIELD_UNSENT},
    {.key = "data_collector",
     .kind = FIELD_OBJECT,
     .arm = "properties.dataCollector",
     .fields = collector_fields},
    {.key = "resources",
     .kind = FIELD_OBJECT,
     .arm = "properties.containerResourceRequirements",
     .fields = resources_fields,
     .flags = FIELD_KUBERNETES_ONLY},
    {.key = "location", .kind = FIELD_TEXT, .arm = "location"},
    {.key = "id", .kind = FIELD_READ_ONLY, .arm = "id"},
    {.key = "provisioning_state", .kind = FIELD_READ_ONLY, .arm = "properties.provisioningState"},
    {.key = NULL}};

const struct field *schema_fields(enum spec_kind kind)
{
    return kind == SPEC_ENDPOINT ? endpoint_fields : deployment_fields;
}

const struct field *schema_find(const struct field *fields, const char *key)
{
    for (; fields->key; fields++)
        if (strcmp(fields->key, key) == 0)
            return fields;
    return NULL;
}

/* Equal but for case, underscores and dashes: AMLToken, aml_token, amlToken. */
static bool same_word(const char *a, const char *b)
{
    for (;;) {
        a += strspn(a, "_- ");
        b += strspn(b, "_- ");
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (!*a)
            return true;
        a++;
        b++;
    }
}

const struct choice *schema_choice(const struct choice *choices, const char *text)
{
    for (; choices->yaml; choices++)
        if (same_word(choices->yaml, text) || same_word(choices->arm, text))
            return choices;
    return NULL;
}
