#include "core/wire/endpoint.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- reading ------------------------------------------------------------------------------------
 */

/* Copy of a string at `path`, cut at WIRE_MAX_TEXT; NULL when missing or empty. */
static char *copy_text(const struct json *document, const char *path)
{
    const char *text = json_text_at(document, path, "");
    return *text ? str_dup_n(text, strnlen(text, WIRE_MAX_TEXT)) : NULL;
}

static int read_int(const struct json *value, int fallback)
{
    int64_t number = json_int(value, fallback);
    return number < INT_MIN || number > INT_MAX ? fallback : (int)number;
}

static void read_map(const struct json *object, struct traffic_map *out)
{
    out->count = 0;
    if (json_type(object) != JSON_OBJECT)
        return;
    for (const struct json *at = json_first(object); at; at = json_next(at)) {
        double percent = json_double(at, -1);
        if (percent < 0 || percent > 100 || percent != (int)percent)
            continue;
        if (*json_key(at))
            traffic_set(out, json_key(at), (int)percent);
    }
}

void wire_endpoint_split(const struct json *document, struct traffic_split *out)
{
    read_map(json_at(document, "properties.traffic"), &out->live);
    read_map(json_at(document, "properties.mirrorTraffic"), &out->mirror);
}

bool wire_endpoint_is_kubernetes(const struct json *document)
{
    return *json_text_at(document, "properties.compute", "") != '\0';
}

enum provisioning_state wire_provisioning_state(const struct json *document)
{
    return state_parse(json_text(json_at(document, "properties.provisioningState")));
}

static const struct {
    enum auth_mode mode;
    const char *text;
} auth_modes[] = {
    {AUTH_KEY, "Key"},
    {AUTH_AML_TOKEN, "AMLToken"},
    {AUTH_AAD_TOKEN, "AADToken"},
};

enum auth_mode wire_auth_mode_parse(const char *text)
{
    for (size_t i = 0; text && i < sizeof auth_modes / sizeof auth_modes[0]; i++)
        if (strcasecmp(auth_modes[i].text, text) == 0)
            return auth_modes[i].mode;
    return AUTH_UNKNOWN;
}

/* The name of a resource; some answers hold "endpoint/deployment" there. */
static bool read_name(const struct json *document, char out[NAME_SIZE])
{
    const char *name = json_text_at(document, "name", "");
    const char *slash = strrchr(name, '/');
    if (slash)
        name = slash + 1;
    return *name && name_copy(out, name);
}

bool wire_endpoint_decode(const struct json *document, struct endpoint *out)
{
    memset(out, 0, sizeof *out);
    if (!read_name(document, out->name))
        return false;
    struct traffic_split split;
    wire_endpoint_split(document, &split);
    endpoint_set_split(out, &split);
    out->state = wire_provisioning_state(document);
    out->auth_mode = wire_auth_mode_parse(json_text(json_at(document, "properties.authMode")));
    out->kubernetes = wire_endpoint_is_kubernetes(document);
    out->scoring_uri = copy_text(document, "properties.scoringUri");
    out->location = copy_text(document, "location");
    out->description = copy_text(document, "properties.description");
    return true;
}

bool wire_deployment_decode(const struct json *document, struct deployment *out)
{
    int64_t timeout_ms = 0;
    memset(out, 0, sizeof *out);
    if (!read_name(document, out->name))
        return false;
    const struct json *requests = json_at(document, "properties.requestSettings");
    const char *compute = json_text_at(document, "properties.endpointComputeType", "");
    out->state = wire_provisioning_state(document);
    out->kubernetes = strcasecmp(compute, "Kubernetes") == 0;
    out->instance_count = read_int(json_at(document, "sku.capacity"), 0);
    if (out->instance_count < 0)
        out->instance_count = 0;
    out->instance_type = copy_text(document, "properties.instanceType");
    out->model = copy_text(document, "properties.model");
    out->environment = copy_text(document, "properties.environmentId");
    out->scoring_script = copy_text(document, "properties.codeConfiguration.scoringScript");
    out->max_concurrent_requests =
        read_int(json_get(requests, "maxConcurrentRequestsPerInstance"), 0);
    if (clock_parse_duration(json_text_at(requests, "requestTimeout", ""), &timeout_ms) &&
        timeout_ms > 0 && timeout_ms <= INT_MAX)
        out->request_timeout_ms = (int)timeout_ms;
    return true;
}

/* --- writing ------------------------------------------------------------------------------------
 */

static void remove_all(struct json *object, const char *const *keys, size_t count)
{
    for (size_t i = 0; object && i < count; i++)
        json_remove(object, keys[i]);
}

/* Takes members out that are null, at every depth: the vendor's clients send none. */
static void remove_nulls(struct json *value)
{
    struct json *next;
    for (struct json *at = json_first(value); at; at = next) {
        next = json_next(at);
        if (json_type(value) == JSON_OBJECT && json_type(at) == JSON_NULL)
            json_remove_child(value, at);
        else
            remove_nulls(at);
    }
}

static struct json *require_object(struct json *parent, const char *key)
{
    struct json *member = json_get(parent, key);
    return json_type(member) == JSON_OBJECT ? member : json_set(parent, key, json_object());
}

/* What only the service writes in any tracked resource. */
static struct json *copy_writable(const struct json *document)
{
    static const char *const top[] = {"id", "name", "type", "systemData", "etag"};
    static const char *const of_identity[] = {"principalId", "tenantId"};
    struct json *body = json_type(document) == JSON_OBJECT ? json_copy(document) : json_object();
    remove_all(body, top, sizeof top / sizeof top[0]);
    remove_nulls(body);
    struct json *identity = json_get(body, "identity");
    remove_all(identity, of_identity, sizeof of_identity / sizeof of_identity[0]);
    struct json *users = json_get(identity, "userAssignedIdentities");
    for (struct json *at = json_first(users); at; at = json_next(at)) {
        json_remove(at, "principalId");
        json_remove(at, "clientId");
    }
    require_object(body, "tags");
    struct json *properties = require_object(body, "properties");
    json_remove(properties, "provisioningState");
    require_object(properties, "properties");
    return body;
}

static void remove_zeros(struct json *shares)
{
    struct json *next;
    for (struct json *at = json_first(shares); at; at = next) {
        next = json_next(at);
        if (json_type(at) == JSON_NUMBER && json_double(at, 1) == 0)
            json_remove_child(shares, at);
    }
}

struct json *wire_endpoint_put_body(const struct json *document)
{
    struct json *body = copy_writable(document);
    struct json *properties = json_get(body, "properties");
    json_remove(properties, "scoringUri");
    json_remove(properties, "swaggerUri");
    if (!json_get(body, "identity"))
        json_set_text(json_set(body, "identity", json_object()), "type", "SystemAssigned");
    remove_zeros(require_object(properties, "traffic"));
    remove_zeros(require_object(properties, "mirrorTraffic"));
    return body;
}

struct json *wire_deployment_put_body(const struct json *document)
{
    struct json *body = copy_writable(document);
    struct json *sku = json_take(body, "sku");
    struct json *sent = json_set(body, "sku", json_object());
    json_set_text(sent, "name", json_text_at(sku, "name", "Default"));
    if (json_type(json_get(sku, "capacity")) == JSON_NUMBER)
        json_set(sent, "capacity", json_take(sku, "capacity"));
    json_free(sku);
    return body;
}

static struct json *write_map(const struct traffic_map *map)
{
    struct json *object = json_object();
    for (size_t i = 0; i < map->count; i++)
        if (map->shares[i].percent)
            json_set_number(object, map->shares[i].name, map->shares[i].percent);
    return object;
}

void wire_endpoint_set_split(struct json *document, const struct traffic_split *split)
{
    struct json *properties = require_object(document, "properties");
    json_set(properties, "traffic", write_map(&split->live));
    json_set(properties, "mirrorTraffic", write_map(&split->mirror));
}
