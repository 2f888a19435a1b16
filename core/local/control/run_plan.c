/* From a deployment's document and the versions it names to what the runtime is to start. */
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/local/control/control_state.h"
#include "core/model/limits.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool fail(struct error *error, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool fail(struct error *error, const char *code, const char *format, ...)
{
    va_list args;
    char message[sizeof error->message];
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    error_set(error, ERROR_FAILED, "%s", message);
    snprintf(error->code, sizeof error->code, "%s", code);
    return false;
}

/* Keeps a text for as long as the effect that points to it. */
static const char *keep(struct control *control, size_t slot, char *text)
{
    free(control->borrowed[slot]);
    control->borrowed[slot] = text;
    return text;
}

enum { KEPT_CODE, KEPT_MODEL };

static const char *without_prefix(const char *reference)
{
    static const char prefix[] = "azureml:";
    bool prefixed = strncasecmp(reference, prefix, sizeof prefix - 1) == 0 &&
                    reference[sizeof prefix - 1] == '/' && reference[sizeof prefix] != '/';
    return prefixed ? reference + sizeof prefix - 1 : reference;
}

/* The version that an ARM id names, in the deployment's own workspace. */
static const struct resource *find_version(const struct control *control,
                                           const struct resource *deployment, const char *reference,
                                           enum asset_type type, const char *what,
                                           struct error *error)
{
    const char *id = without_prefix(reference);
    if (id[0] != '/') {
        fail(error, "BadArgument",
             "The %s %.300s cannot be used by this engine: it takes versions that are registered "
             "in the same workspace.",
             what, reference);
        return NULL;
    }
    const struct resource *version = resource_at(control, id, RESOURCE_VERSION);
    if (version && version->asset == type && version->workspace == deployment->workspace)
        return version;
    fail(error, "ResourceNotFound", "The %s %.300s is not registered in this workspace.", what, id);
    return NULL;
}

/* The local path of a version's URI; owned by the caller. */
static char *local_path(const char *uri, const char *what, struct error *error)
{
    char *path = uri ? arm_file_uri_path(uri) : NULL;
    if (!path)
        fail(error, "BadArgument",
             "The %s lies at %.300s; this engine reads local files only, as in "
             "file:///folder/name.",
             what, uri ? uri : "no URI");
    return path;
}

/* A path that stays within its folder. */
static bool is_inside(const char *script)
{
    if (script[0] == '/')
        return false;
    for (const char *at = script; *at; at += *at == '/') {
        size_t len = strcspn(at, "/");
        if (len == 2 && memcmp(at, "..", 2) == 0)
            return false;
        at += len;
    }
    return true;
}

static bool plan_code(struct control *control, const struct resource *deployment,
                      const struct json *properties, struct run_spec *out, struct error *error)
{
    const char *reference = json_text_at(properties, "codeConfiguration.codeId", NULL);
    const char *script = json_text_at(properties, "codeConfiguration.scoringScript", NULL);
    if (!reference || !*reference)
        return true;
    const struct resource *version =
        find_version(control, deployment, reference, ASSET_CODE, "code", error);
    char *path = version ? local_path(json_text_at(version->document, "properties.codeUri", NULL),
                                      "code", error)
                         : NULL;
    if (!path)
        return false;
    out->code_folder = keep(control, KEPT_CODE, path);
    out->scoring_script = script;
    if (!script || !is_inside(script))
        return fail(error, "BadArgument",
                    "The scoring script %.200s does not lie in the code "
                    "folder.",
                    script ? script : "(none)");
    return true;
}

static bool plan_model(struct control *control, const struct resource *deployment,
                       const struct json *properties, struct run_spec *out, struct error *error)
{
    const char *reference = json_text_at(properties, "model", NULL);
    if (!reference || !*reference)
        return true;
    const struct resource *version =
        find_version(control, deployment, reference, ASSET_MODEL, "model", error);
    char *path = version ? local_path(json_text_at(version->document, "properties.modelUri", NULL),
                                      "model", error)
                         : NULL;
    if (!path)
        return false;
    out->model_path = keep(control, KEPT_MODEL, path);
    out->model_name = version->parent->name;
    out->model_version = version->name;
    return true;
}

static bool plan_environment(struct control *control, const struct resource *deployment,
                             const struct json *properties, struct run_spec *out,
                             struct error *error)
{
    const char *reference = json_text_at(properties, "environmentId", NULL);
    out->liveness_path = out->readiness_path = "/";
    out->scoring_path = "/score";
    if (!reference || !*reference)
        return true;
    /* Curated and registry environments are images somewhere else: their names are enough here. */
    if (without_prefix(reference)[0] != '/') {
        out->image = reference;
        return true;
    }
    const struct resource *version =
        find_version(control, deployment, reference, ASSET_ENVIRONMENT, "environment", error);
    if (!version)
        return false;
    const struct json *environment = json_get(version->document, "properties");
    const struct json *config = json_get(environment, "inferenceConfig");
    out->image = json_text_at(environment, "image", NULL);
    out->conda_file = version->conda_text;
    out->liveness_path = json_text_at(config, "livenessRoute.path", out->liveness_path);
    out->readiness_path = json_text_at(config, "readinessRoute.path", out->readiness_path);
    out->scoring_path = json_text_at(config, "scoringRoute.path", out->scoring_path);
    return true;
}

static void plan_variables(struct control *control, const struct json *properties,
                           struct run_spec *out)
{
    const struct json *all = json_get(properties, "environmentVariables");
    free(control->variables);
    control->variables = mem_alloc_array(json_count(all) + 1, sizeof *control->variables);
    out->variables = control->variables;
    for (const struct json *one = json_first(all); one; one = json_next(one)) {
        const char *value = json_text(one) ? json_text(one) : "";
        if (!deployment_is_own_variable(properties, json_key(one), value))
            out->variables[out->variable_count++] =
                (struct run_variable){.name = json_key(one), .value = value};
    }
}

static int duration_ms(const struct json *object, const char *name, int fallback)
{
    int64_t ms = 0;
    const char *text = json_text_at(object, name, NULL);
    if (!text || !clock_parse_duration(text, &ms) || ms > INT_MAX)
        return fallback;
    return (int)ms;
}

static int number(const struct json *object, const char *name, int fallback)
{
    return (int)json_int(json_at(object, name), fallback);
}

static void plan_settings(const struct json *properties, struct run_spec *out)
{
    const struct json *settings = json_get(properties, "requestSettings");
    const struct json *probe = json_get(properties, "livenessProbe");
    out->max_concurrent_requests =
        number(settings, "maxConcurrentRequestsPerInstance", DEFAULT_MAX_CONCURRENT_REQUESTS);
    out->request_timeout_ms = duration_ms(settings, "requestTimeout", DEFAULT_REQUEST_TIMEOUT_MS);
    out->queue_wait_ms = duration_ms(settings, "maxQueueWait", 0);
    if (!out->queue_wait_ms) /* PT0S is how the service shows that it was not set */
        out->queue_wait_ms = DEFAULT_QUEUE_WAIT_MS;
    out->probe_period_ms = duration_ms(probe, "period", DEFAULT_PROBE_PERIOD_MS);
    out->probe_timeout_ms = duration_ms(probe, "timeout", DEFAULT_PROBE_TIMEOUT_MS);
    out->probe_initial_delay_ms =
        duration_ms(probe, "initialDelay", DEFAULT_PROBE_INITIAL_DELAY_MS);
    out->probe_failure_threshold =
        number(probe, "failureThreshold", DEFAULT_PROBE_FAILURE_THRESHOLD);
}

bool run_plan(struct control *control, const struct resource *deployment, struct run_spec *out,
              struct error *error)
{
    const struct json *document = deployment->wanted ? deployment->wanted : deployment->document;
    const struct json *properties = json_get(document, "properties");
    memset(out, 0, sizeof *out);
    snprintf(out->key, sizeof out->key, "%s", deployment->key);
    snprintf(out->endpoint_key, sizeof out->endpoint_key, "%s", deployment->parent->key);
    name_copy(out->endpoint_name, deployment->parent->name);
    name_copy(out->deployment_name, deployment->name);
    out->generation = deployment->generation;
    out->instance_count = number(document, "sku.capacity", 1);
    out->kubernetes = resource_is_kubernetes(deployment);
    if (!plan_environment(control, deployment, properties, out, error) ||
        !plan_code(control, deployment, properties, out, error) ||
        !plan_model(control, deployment, properties, out, error))
        return false;
    plan_variables(control, properties, out);
    plan_settings(properties, out);
    bool program = out->image && strncmp(out->image, "exec:", 5) == 0;
    if (program || out->code_folder)
        return true;
    return fail(error, "BadArgument",
                "There is nothing to run: the deployment has no code, and its image %.200s is no "
                "program of this machine (exec:PROGRAM ARGS).",
                out->image ? out->image : "(none)");
}
