/* Documents of deployments: what a PUT may hold, and the defaults that the service fills in. */
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/local/control/body_check.h"
#include "core/local/control/control_state.h"
#include "core/model/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ROOT "/var/azureml-app" /* where the service mounts code and models in its containers */

enum { INT32_TOP = 2147483647, PROBE_MAX_MS = 24 * 60 * 60 * 1000 };

#define PROBE_FIELDS(probe)                                                                        \
    {.path = "properties." probe, .type = BODY_OBJECT},                                            \
        {.path = "properties." probe ".failureThreshold",                                          \
         .type = BODY_INT,                                                                         \
         .min = 1,                                                                                 \
         .max = INT32_TOP},                                                                        \
        {.path = "properties." probe ".successThreshold",                                          \
         .type = BODY_INT,                                                                         \
         .min = 1,                                                                                 \
         .max = INT32_TOP},                                                                        \
        {.path = "properties." probe ".timeout",                                                   \
         .type = BODY_DURATION,                                                                    \
         .min = 1,                                                                                 \
         .max = PROBE_MAX_MS},                                                                     \
        {.path = "properties." probe ".period",                                                    \
         .type = BODY_DURATION,                                                                    \
         .min = 1,                                                                                 \
         .max = PROBE_MAX_MS},                                                                     \
    {                                                                                              \
        .path = "properties." probe ".initialDelay", .type = BODY_DURATION, .min = 0,              \
        .max = PROBE_MAX_MS                                                                        \
    }

static const struct body_field fields[] = {
    {.path = "location", .type = BODY_TEXT, .required = true},
    {.path = "tags", .type = BODY_TEXT_MAP},
    {.path = "kind", .type = BODY_TEXT},
    {.path = "identity", .type = BODY_OBJECT},
    {.path = "identity.type",
     .type = BODY_WORD,
     .words = "None SystemAssigned UserAssigned SystemAssigned,UserAssigned"},
    {.path = "sku", .type = BODY_OBJECT},
    {.path = "sku.name", .type = BODY_TEXT},
    {.path = "sku.tier", .type = BODY_WORD, .words = "Free Basic Standard Premium"},
    {.path = "sku.size", .type = BODY_TEXT},
    {.path = "sku.family", .type = BODY_TEXT},
    {.path = "sku.capacity", .type = BODY_INT, .min = 1, .max = LIMIT_INSTANCES},
    {.path = "properties", .type = BODY_OBJECT, .required = true},
    {.path = "properties.endpointComputeType",
     .type = BODY_WORD,
     .required = true,
     .words = "Managed Kubernetes AzureMLCompute"},
    {.path = "properties.appInsightsEnabled", .type = BODY_BOOL},
    {.path = "properties.codeConfiguration", .type = BODY_OBJECT},
    {.path = "properties.codeConfiguration.codeId", .type = BODY_TEXT},
    {.path = "properties.codeConfiguration.scoringScript", .type = BODY_TEXT},
    {.path = "properties.dataCollector", .type = BODY_OBJECT},
    {.path = "properties.dataCollector.collections", .type = BODY_OBJECT},
    {.path = "properties.description", .type = BODY_TEXT},
    {.path = "properties.egressPublicNetworkAccess",
     .type = BODY_WORD,
     .words = "Enabled Disabled"},
    {.path = "properties.environmentId", .type = BODY_TEXT},
    {.path = "properties.environmentVariables", .type = BODY_TEXT_MAP},
    {.path = "properties.instanceType", .type = BODY_TEXT},
    {.path = "properties.model", .type = BODY_TEXT},
    {.path = "properties.modelMountPath", .type = BODY_TEXT},
    {.path = "properties.properties", .type = BODY_TEXT_MAP},
    {.path = "properties.containerResourceRequirements", .type = BODY_OBJECT},
    {.path = "properties.scaleSettings", .type = BODY_OBJECT},
    {.path = "properties.scaleSettings.scaleType",
     .type = BODY_WORD,
     .words = "Default TargetUtilization"},
    {.path = "properties.scaleSettings.minInstances",
     .type = BODY_INT,
     .min = 0,
     .max = LIMIT_INSTANCES},
    {.path = "properties.scaleSettings.maxInstances",
     .type = BODY_INT,
     .min = 1,
     .max = LIMIT_INSTANCES},
    {.path = "properties.scaleSettings.targetUtilizationPercentage",
     .type = BODY_INT,
     .min = 1,
     .max = 100},
    {.path = "properties.scaleSettings.pollingInterval",
     .type = BODY_DURATION,
     .min = 1,
     .max = PROBE_MAX_MS},
    {.path = "properties.requestSettings", .type = BODY_OBJECT},
    {.path = "properties.requestSettings.maxConcurrentRequestsPerInstance",
     .type = BODY_INT,
     .min = 1,
     .max = INT32_TOP},
    {.path = "properties.requestSettings.maxQueueWait",
     .type = BODY_DURATION,
     .min = 0,
     .max = LIMIT_REQUEST_TIMEOUT_KUBERNETES_MS},
    {.path = "properties.requestSettings.requestTimeout",
     .type = BODY_DURATION,
     .min = 1,
     .max = LIMIT_REQUEST_TIMEOUT_KUBERNETES_MS},
    PROBE_FIELDS("livenessProbe"),
    PROBE_FIELDS("readinessProbe"),
    PROBE_FIELDS("startupProbe"),
};

/* ---- rules ---- */

static bool check_compute(const struct resource *endpoint, const struct json *body,
                          struct error *error)
{
    const char *type = json_text_at(body, "properties.endpointComputeType", "");
    bool kubernetes = strcmp(type, "Kubernetes") == 0;
    if (strcmp(type, "AzureMLCompute") == 0)
        return error_set(error, ERROR_RULE,
                         "Deployments on AzureMLCompute cannot be made here; use Managed or "
                         "Kubernetes.");
    if (kubernetes == resource_is_kubernetes(endpoint))
        return true;
    error_set(error, ERROR_RULE, "The endpoint %s is %s, the deployment asks for %s.",
              endpoint->name, kubernetes ? "managed" : "on a Kubernetes compute", type);
    return error_hint(error, kubernetes ? "Only an endpoint with a compute takes Kubernetes "
                                          "deployments."
                                        : "Use a Kubernetes deployment.");
}

static bool check_timeout(const struct resource *endpoint, const struct json *body,
                          struct error *error)
{
    const char *text = json_text_at(body, "properties.requestSettings.requestTimeout", NULL);
    int64_t ms = 0;
    if (!text || resource_is_kubernetes(endpoint) || !clock_parse_duration(text, &ms) ||
        ms <= LIMIT_REQUEST_TIMEOUT_MS)
        return true;
    return error_set(error, ERROR_RULE,
                     "The request timeout is %.40s; a managed deployment has at most %d s.", text,
                     LIMIT_REQUEST_TIMEOUT_MS / 1000);
}

static bool check_scale(const struct resource *endpoint, const struct json *body,
                        struct error *error)
{
    const struct json *scale = json_at(body, "properties.scaleSettings");
    const char *type = json_text_at(scale, "scaleType", "Default");
    if (strcmp(type, "TargetUtilization") != 0)
        return true;
    if (!resource_is_kubernetes(endpoint))
        return error_set(error, ERROR_RULE,
                         "A managed deployment has the scale type Default; it is scaled by "
                         "sku.capacity.");
    if (json_int(json_get(scale, "minInstances"), 1) > json_int(json_get(scale, "maxInstances"), 1))
        return error_set(error, ERROR_RULE, "minInstances is larger than maxInstances.");
    return true;
}

static bool check_new(const struct resource *endpoint, const char *name, struct error *error)
{
    if (!name_check("deployment", name, error) ||
        (resource_is_kubernetes(endpoint) && !name_check_pair(endpoint->name, name, error)))
        return false;
    if (endpoint->children.count < LIMIT_DEPLOYMENTS_PER_ENDPOINT)
        return true;
    error_set(error, ERROR_RULE, "The endpoint %s has %zu deployments already; %d is the limit.",
              endpoint->name, endpoint->children.count, LIMIT_DEPLOYMENTS_PER_ENDPOINT);
    return error_hint(error, "Delete one that is not needed.");
}

bool deployment_check(const struct resource *endpoint, const struct resource *deployment,
                      const char *name, const struct json *body, struct error *error)
{
    const struct json *code = json_at(body, "properties.codeConfiguration");
    if (!body_check(body, fields, sizeof fields / sizeof fields[0], error) ||
        (!deployment && !check_new(endpoint, name, error)) ||
        !check_compute(endpoint, body, error) || !check_timeout(endpoint, body, error) ||
        !check_scale(endpoint, body, error))
        return false;
    if (json_type(code) == JSON_OBJECT && !json_text_at(code, "scoringScript", "")[0])
        return error_set(error, ERROR_RULE,
                         "'properties.codeConfiguration.scoringScript' is missing.");
    if (json_get(body, "sku") && json_type(json_get(body, "sku")) == JSON_OBJECT &&
        !json_text_at(body, "sku.name", NULL))
        return error_set(error, ERROR_RULE, "'sku.name' is missing.");
    return true;
}

/* ---- defaults ---- */

/* A copy of what was asked for, or null. */
static void set_or_null(struct json *to, const char *name, const struct json *asked)
{
    const struct json *value = json_get(asked, name);
    json_set(to, name, value ? json_copy(value) : json_null());
}

static void default_text(struct json *to, const char *name, const char *text)
{
    if (!json_text(json_get(to, name)))
        json_set_text(to, name, text);
}

static void default_number(struct json *to, const char *name, double number)
{
    if (json_type(json_get(to, name)) != JSON_NUMBER)
        json_set_number(to, name, number);
}

/* A copy of an object member without its nulls, or an empty object, to fill with defaults. */
static struct json *set_object(struct json *to, const char *name, const struct json *asked)
{
    struct json *object = json_set(to, name, json_object());
    document_copy_unknown(object, json_get(asked, name), NULL, 0);
    return object;
}

static void set_probe(struct json *properties, const char *name, const struct json *asked)
{
    struct json *probe = set_object(properties, name, asked);
    default_number(probe, "failureThreshold", DEFAULT_PROBE_FAILURE_THRESHOLD);
    default_number(probe, "successThreshold", 1);
    default_text(probe, "timeout", "PT2S");
    default_text(probe, "period", "PT10S");
    default_text(probe, "initialDelay", "PT10S");
}

static void set_scale(struct json *properties, const struct json *asked, bool kubernetes)
{
    struct json *scale = set_object(properties, "scaleSettings", asked);
    default_text(scale, "scaleType", kubernetes ? "TargetUtilization" : "Default");
    if (strcmp(json_text_at(scale, "scaleType", ""), "TargetUtilization") != 0)
        return;
    default_number(scale, "minInstances", 1);
    default_number(scale, "maxInstances", 1);
    default_text(scale, "pollingInterval", "PT1S");
    default_number(scale, "targetUtilizationPercentage", 70);
}

static void set_request_settings(struct json *properties, const struct json *asked)
{
    struct json *settings = set_object(properties, "requestSettings", asked);
    default_text(settings, "maxQueueWait", "PT0S");
    default_text(settings, "requestTimeout", "PT5S");
    default_number(settings, "maxConcurrentRequestsPerInstance", DEFAULT_MAX_CONCURRENT_REQUESTS);
}

bool deployment_is_own_variable(const struct json *properties, const char *name, const char *value)
{
    if (strcmp(name, "AZUREML_ENTRY_SCRIPT") == 0)
        return json_text_at(properties, "codeConfiguration.scoringScript", NULL) != NULL;
    return (strcmp(name, "AZUREML_MODEL_DIR") == 0 || strcmp(name, "AML_APP_ROOT") == 0) &&
           strncmp(value, ROOT "/", sizeof ROOT) == 0;
}

/* What a client read and sends back of the service's own variables is not the user's. */
static void set_variables(struct json *properties, const struct json *asked)
{
    struct json *variables = json_set(properties, "environmentVariables", json_object());
    const struct json *given = json_first(json_get(asked, "environmentVariables"));
    for (; given; given = json_next(given)) {
        const char *value = json_text(given) ? json_text(given) : "";
        if (!deployment_is_own_variable(asked, json_key(given), value))
            json_set_text(variables, json_key(given), value);
    }
}

/* The value of a "/models/NAME/versions/VERSION" id: NAME and VERSION joined by '/'. Owned. */
static char *name_and_version(const char *id)
{
    const char *version = strrchr(id, '/');
    const char *name = version;
    for (int slashes = 0; name && name > id && slashes < 2;)
        slashes += *--name == '/';
    if (!name || name == id)
        return NULL;
    const char *end = strchr(name + 1, '/');
    return str_format("%.*s%s", (int)(end - name - 1), name + 1, version);
}

void deployment_set_variables(struct json *document)
{
    struct json *properties = json_get(document, "properties");
    struct json *variables = json_get(properties, "environmentVariables");
    const char *model = json_text_at(properties, "model", NULL);
    const char *script = json_text_at(properties, "codeConfiguration.scoringScript", NULL);
    char *asset = model ? name_and_version(model) : NULL;
    if (asset && !json_get(variables, "AZUREML_MODEL_DIR")) {
        char *folder = str_format(ROOT "/azureml-models/%s", asset);
        json_set_text(variables, "AZUREML_MODEL_DIR", folder);
        free(folder);
    }
    if (script) {
        json_set_text(variables, "AZUREML_ENTRY_SCRIPT", script);
        if (!json_get(variables, "AML_APP_ROOT"))
            json_set_text(variables, "AML_APP_ROOT", ROOT "/code");
    }
    free(asset);
}

static void set_sku(struct json *document, const struct json *body)
{
    struct json *sku = set_object(document, "sku", body);
    default_text(sku, "name", "Default");
    default_text(sku, "tier", "Standard");
    default_number(sku, "capacity", 1);
}

static void set_properties(struct json *document, const struct resource *endpoint,
                           const struct resource *deployment, const struct json *asked)
{
    static const char *const read_only[] = {"provisioningState"};
    static const char *const own[] = {"AzureAsyncOperationUri"};
    bool kubernetes = resource_is_kubernetes(endpoint);
    struct json *properties = json_set(document, "properties", json_object());
    const struct json *kept = json_at(deployment->document, "properties.properties");
    set_or_null(properties, "description", asked);
    struct json *custom =
        json_set(properties, "properties", kept ? json_copy(kept) : json_object());
    document_copy_unknown(custom, json_get(asked, "properties"), own, 1);
    set_or_null(properties, "codeConfiguration", asked);
    set_or_null(properties, "environmentId", asked);
    set_variables(properties, asked);
    set_scale(properties, asked, kubernetes);
    set_request_settings(properties, asked);
    set_or_null(properties, "modelMountPath", asked);
    json_set(properties, "appInsightsEnabled",
             json_bool(json_is_true(json_get(asked, "appInsightsEnabled"))));
    set_probe(properties, "livenessProbe", asked);
    set_probe(properties, "readinessProbe", asked);
    if (json_type(json_get(asked, "startupProbe")) == JSON_OBJECT)
        set_probe(properties, "startupProbe", asked);
    json_set_text(properties, "provisioningState", state_text(STATE_CREATING));
    set_or_null(properties, "instanceType", asked);
    if (!kubernetes)
        default_text(properties, "instanceType", "Standard_F4s_v2");
    set_or_null(properties, "model", asked);
    json_set_text(properties, "egressPublicNetworkAccess",
                  json_text_at(asked, "egressPublicNetworkAccess", "Enabled"));
    set_or_null(properties, "dataCollector", asked);
    set_or_null(properties, "endpointComputeType", asked);
    document_copy_unknown(properties, asked, read_only, 1);
}

struct json *deployment_document(const struct resource *endpoint, const struct resource *deployment,
                                 const struct json *body)
{
    static const char *const read_only[] = {"id", "name", "type", "systemData", "properties"};
    const struct json *identity = json_get(body, "identity");
    struct json *document = json_object();
    json_set_text(document, "id", deployment->id);
    json_set_text(document, "name", deployment->name);
    json_set_text(document, "type",
                  "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments");
    set_properties(document, endpoint, deployment, json_get(body, "properties"));
    document_set_system_data(document, deployment->created_ms, deployment->updated_ms, false);
    document_set_tags(document, body);
    json_set_text(document, "location",
                  deployment->document ? json_text_at(deployment->document, "location", "")
                                       : json_text_at(body, "location", ""));
    json_set_text(document, "kind",
                  json_text_at(body, "kind", resource_is_kubernetes(endpoint) ? "K8S" : "Managed"));
    if (json_type(identity) == JSON_OBJECT)
        document_set_identity(document, identity, json_get(deployment->document, "identity"),
                              deployment->workspace->key);
    set_sku(document, body);
    document_copy_unknown(document, body, read_only, 5);
    return document;
}
