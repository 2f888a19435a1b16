/* YAML -> ARM by the table of schema.c. */
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/nearest.h"
#include "core/model/limits.h"
#include "core/model/traffic.h"
#include "core/spec/schema.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_KEYS = 64 };

static char *place_of(const struct loader *loader, const struct yaml_node *at)
{
    if (!at->line && !at->key_line)
        return str_dup(at->key || loader->update ? "--set" : "the options");
    return str_format("%s:%d:%d", loader->file, at->key_line ? at->key_line : at->line,
                      at->key_line ? at->key_column : at->column);
}

bool load_fail(const struct loader *loader, enum error_kind kind, const struct yaml_node *at,
               const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char text[900];
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char *place = place_of(loader, at);
    error_set(loader->error, kind, "%s: %s", place, text);
    free(place);
    return false;
}

void load_warn(struct loader *loader, const struct yaml_node *at, const char *format, ...)
{
    if (loader->spec->warning_count == SPEC_MAX_WARNINGS)
        return;
    va_list args;
    va_start(args, format);
    char text[900];
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char *place = place_of(loader, at);
    loader->spec->warnings[loader->spec->warning_count++] = str_format("%s: %s", place, text);
    free(place);
}

/* "{{NAME}}" anywhere: a template whose values nobody put in. */
static bool has_template(const char *text)
{
    const char *open = text;
    while ((open = strstr(open, "{{")) != NULL) {
        open += 2;
        const char *name = open + strspn(open, " \t");
        size_t len = 0;
        while (isalnum((unsigned char)name[len]) || (name[len] && strchr("_.-", name[len])))
            len++;
        if (len && strncmp(name + len + strspn(name + len, " \t"), "}}", 2) == 0)
            return true;
    }
    return false;
}

static bool refuse_template(const struct loader *loader, const struct yaml_node *node)
{
    load_fail(loader, ERROR_USAGE, node, "'%.200s' is a template that was not filled in",
              node->scalar);
    return error_hint(loader->error, "Replace what stands between the braces, for example with "
                                     "sed, and use the result.");
}

const char *load_text(const struct loader *loader, const struct yaml_node *node)
{
    if (node->kind != YAML_SCALAR) {
        load_fail(loader, ERROR_USAGE, node, "'%.80s' must be text", node->key ? node->key : "");
        return NULL;
    }
    if (has_template(node->scalar)) {
        refuse_template(loader, node);
        return NULL;
    }
    return node->scalar;
}

static bool read_integer(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    *out = value;
    return *text && !*end && !errno && !isspace((unsigned char)*text);
}

static bool write_integer(struct loader *loader, const struct field *field,
                          const struct yaml_node *node, struct json *body)
{
    int64_t value;
    if (node->kind != YAML_SCALAR || !read_integer(node->scalar, &value))
        return load_fail(loader, ERROR_USAGE, node, "'%s' must be a whole number, not '%.80s'",
                         field->key, node->scalar ? node->scalar : "a structure");
    long long most = field->most ? field->most : INT32_MAX;
    if (value < field->least || value > most) {
        bool low = value < field->least;
        long long bound = low ? field->least : most;
        load_fail(loader, ERROR_RULE, node, "'%s' is %lld; at %s %lld is possible", field->key,
                  (long long)value, low ? "least" : "most", bound);
        return error_hint(loader->error, "Smallest change that mends it: %s=%lld.", field->key,
                          bound);
    }
    tree_put(body, field->arm, json_number((double)value));
    return true;
}

static bool read_decimal(const char *text, double *out)
{
    char *end;
    errno = 0;
    *out = strtod(text, &end);
    return *text && !*end && !errno && isfinite(*out) &&
           strspn(text, "+-.0123456789eE") == strlen(text);
}

static bool write_number(struct loader *loader, const struct field *field,
                         const struct yaml_node *node, struct json *body)
{
    double value;
    if (node->kind != YAML_SCALAR || !read_decimal(node->scalar, &value))
        return load_fail(loader, ERROR_USAGE, node, "'%s' must be a number", field->key);
    tree_put(body, field->arm, json_number(value));
    return true;
}

static bool write_duration(struct loader *loader, const struct field *field,
                           const struct yaml_node *node, struct json *body)
{
    bool seconds = field->kind == FIELD_SECONDS;
    double value;
    if (node->kind != YAML_SCALAR || !read_decimal(node->scalar, &value) || value < 0 ||
        value > 1e9)
        return load_fail(loader, ERROR_USAGE, node, "'%s' must be a number of %s", field->key,
                         seconds ? "seconds" : "milliseconds");
    int64_t ms = (int64_t)(value * (seconds ? 1000 : 1) + 0.5);
    if (ms == 0)
        return true;
    char text[CLOCK_ISO_SIZE];
    clock_format_duration(text, ms);
    tree_put(body, field->arm, json_string(text));
    return true;
}

static bool write_boolean(struct loader *loader, const struct field *field,
                          const struct yaml_node *node, struct json *body)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (size_t i = 0; node->kind == YAML_SCALAR && i < sizeof words / sizeof *words; i++) {
        if (strcasecmp(node->scalar, words[i]) == 0) {
            tree_put(body, field->arm, json_bool(i % 2 == 1));
            return true;
        }
    }
    return load_fail(loader, ERROR_USAGE, node, "'%s' must be true or false", field->key);
}

static bool write_choice(struct loader *loader, const struct field *field,
                         const struct yaml_node *node, struct json *body)
{
    const char *text = load_text(loader, node);
    if (!text)
        return false;
    const struct choice *choice = schema_choice(field->choices, text);
    if (choice) {
        tree_put(body, field->arm, json_string(choice->arm));
        return true;
    }
    char allowed[200] = "";
    const char *words[16];
    size_t count = 0;
    for (const struct choice *one = field->choices; one->yaml && count < 16; one++) {
        size_t used = strlen(allowed);
        snprintf(allowed + used, sizeof allowed - used, "%s%s", used ? ", " : "", one->yaml);
        words[count++] = one->yaml;
    }
    load_fail(loader, ERROR_USAGE, node, "'%s' cannot be '%.80s'; allowed: %s", field->key, text,
              allowed);
    const char *near = nearest_word(text, words, count);
    return near ? error_hint(loader->error, "Did you mean '%s'?", near) : false;
}

static bool write_text_map(struct loader *loader, const struct field *field,
                           const struct yaml_node *node, struct json *body)
{
    if (node->kind != YAML_MAPPING)
        return load_fail(loader, ERROR_USAGE, node, "'%s' must be a mapping of names to text",
                         field->key);
    struct json *out = json_object();
    tree_put(body, field->arm, out);
    for (const struct yaml_node *item = node->first; item; item = item->next) {
        if (item->kind != YAML_SCALAR)
            return load_fail(loader, ERROR_USAGE, item, "'%.80s' in '%s' must be text", item->key,
                             field->key);
        json_set_text(out, item->key, yaml_is_null(item) ? "" : item->scalar);
    }
    return true;
}

static bool is_given_before(const struct yaml_node *mapping, const struct yaml_node *item)
{
    for (const struct yaml_node *at = mapping->first; at != item; at = at->next)
        if (strcasecmp(at->key, item->key) == 0)
            return true;
    return false;
}

static bool write_shares(struct loader *loader, const struct field *field,
                         const struct yaml_node *node, struct json *body)
{
    if (node->kind != YAML_MAPPING)
        return load_fail(loader, ERROR_USAGE, node,
                         "'%s' must be a mapping of deployments to percentages", field->key);
    struct json *out = json_object();
    size_t count = 0;
    tree_put(body, field->arm, out);
    for (const struct yaml_node *item = node->first; item; item = item->next) {
        int64_t percent;
        char name[NAME_SIZE];
        if (item->kind != YAML_SCALAR || !read_integer(item->scalar, &percent) || percent < 0 ||
            percent > 100)
            return load_fail(loader, ERROR_RULE, item,
                             "%s of '%.64s' is no whole number from 0 to 100", field->key,
                             item->key);
        if (!name_copy(name, item->key))
            return load_fail(loader, ERROR_RULE, item, "'%.80s' is no name of a deployment",
                             item->key);
        if (is_given_before(node, item))
            return load_fail(loader, ERROR_RULE, item, "'%.64s' is given twice: names have no case",
                             item->key);
        name_lower(name);
        if (percent && ++count > TRAFFIC_MAX_SHARES)
            return load_fail(loader, ERROR_LIMIT, item, "'%s' has more than %d shares", field->key,
                             TRAFFIC_MAX_SHARES);
        if (percent)
            json_set_number(out, name, (double)percent);
    }
    return true;
}

static bool write_text_list(struct loader *loader, const struct field *field,
                            const struct yaml_node *node, struct json *body)
{
    if (node->kind != YAML_SEQUENCE)
        return load_fail(loader, ERROR_USAGE, node, "'%s' must be a list", field->key);
    struct json *out = json_array();
    tree_put(body, field->arm, out);
    for (const struct yaml_node *item = node->first; item; item = item->next) {
        const char *text = load_text(loader, item);
        if (!text)
            return false;
        json_append(out, json_string(text));
    }
    return true;
}

static bool write_object(struct loader *loader, const struct field *field,
                         const struct yaml_node *node, struct json *body)
{
    if (node->kind != YAML_MAPPING)
        return load_fail(loader, ERROR_USAGE, node, "'%s' must be a mapping", field->key);
    if (!node->first)
        return true;
    struct json *inner = json_object();
    tree_put(body, field->arm, inner);
    return load_fields(loader, field->fields, node, inner);
}

static bool write_text(struct loader *loader, const struct field *field,
                       const struct yaml_node *node, struct json *body)
{
    const char *text = load_text(loader, node);
    if (!text)
        return false;
    tree_put(body, field->arm, json_string(text));
    return true;
}

static bool write_field(struct loader *loader, const struct field *field,
                        const struct yaml_node *node, struct json *body)
{
    switch (field->kind) {
    case FIELD_IGNORED:
    case FIELD_READ_ONLY:
        return true;
    case FIELD_NAME:
        return !loader->update ||
               load_fail(loader, ERROR_USAGE, node, "'%s' cannot be changed", field->key);
    case FIELD_PRINTED:
        return load_fail(loader, ERROR_USAGE, node, "'%s' is what the service says; leave it out",
                         field->key);
    case FIELD_UNSENT:
        load_warn(loader, node, "'%s' is not sent: the service's present API has no such setting",
                  field->key);
        return true;
    case FIELD_TEXT:
        return write_text(loader, field, node, body);
    case FIELD_INTEGER:
        return write_integer(loader, field, node, body);
    case FIELD_NUMBER:
        return write_number(loader, field, node, body);
    case FIELD_BOOLEAN:
        return write_boolean(loader, field, node, body);
    case FIELD_CHOICE:
        return write_choice(loader, field, node, body);
    case FIELD_MILLISECONDS:
    case FIELD_SECONDS:
        return write_duration(loader, field, node, body);
    case FIELD_TEXT_MAP:
        return write_text_map(loader, field, node, body);
    case FIELD_SHARES:
        return write_shares(loader, field, node, body);
    case FIELD_TEXT_LIST:
        return write_text_list(loader, field, node, body);
    case FIELD_JSON:
        tree_put(body, field->arm, yaml_to_json(node));
        return true;
    case FIELD_OBJECT:
        return write_object(loader, field, node, body);
    case FIELD_SPECIAL:
        return field->write(loader, node, body);
    }
    return true;
}

static bool refuse_key(struct loader *loader, const struct field *fields,
                       const struct yaml_node *node)
{
    char allowed[700] = "";
    const char *words[MAX_KEYS];
    size_t count = 0;
    for (; fields->key && count < MAX_KEYS; fields++) {
        size_t used = strlen(allowed);
        snprintf(allowed + used, sizeof allowed - used, "%s%s", used ? ", " : "", fields->key);
        words[count++] = fields->key;
    }
    load_fail(loader, ERROR_USAGE, node, "'%.80s' is no key here; allowed: %s", node->key, allowed);
    const char *near = nearest_word(node->key, words, count);
    return near ? error_hint(loader->error, "Did you mean '%s'?", near) : false;
}

bool load_fields(struct loader *loader, const struct field *fields, const struct yaml_node *mapping,
                 struct json *body)
{
    for (const struct yaml_node *node = mapping->first; node; node = node->next) {
        const struct field *field = schema_find(fields, node->key);
        if (!field)
            return refuse_key(loader, fields, node);
        if (yaml_is_null(node))
            continue;
        bool kubernetes = loader->spec->kubernetes;
        if ((field->flags & FIELD_KUBERNETES_ONLY && !kubernetes) ||
            (field->flags & FIELD_MANAGED_ONLY && kubernetes))
            return load_fail(loader, ERROR_USAGE, node, "'%s' is for %s only, and this is %s %s",
                             field->key, kubernetes ? "managed compute" : "Kubernetes",
                             loader->what, kubernetes ? "on Kubernetes" : "on managed compute");
        if (!write_field(loader, field, node, body))
            return false;
    }
    return true;
}

/* --- what the file as a whole must have ------------------------------------------------------- */

static void put_missing(struct json *body, const char *path, struct json *value)
{
    if (json_at(body, path))
        json_free(value);
    else
        tree_put(body, path, value);
}

/* What write_shares() made: whole numbers from 0 to 100, no more than a map holds. */
static void read_shares(const struct json *shares, struct traffic_map *out)
{
    for (const struct json *one = json_first(shares); one; one = json_next(one))
        traffic_set(out, json_key(one), (int)json_int(one, 0));
}

static bool check_traffic(struct loader *loader, const struct yaml_node *root)
{
    struct traffic_split split = {0};
    const struct json *body = loader->spec->body;
    read_shares(json_at(body, "properties.traffic"), &split.live);
    read_shares(json_at(body, "properties.mirrorTraffic"), &split.mirror);
    const struct traffic_context context = {.kubernetes = loader->spec->kubernetes};
    if (traffic_require(&context, &split, loader->error))
        return true;
    const struct yaml_node *at = yaml_get(root, "traffic");
    if (!at || !at->line)
        at = yaml_get(root, "mirror_traffic");
    return at && at->line ? error_prefix(loader->error, "%s:%d", loader->file, at->key_line)
                          : false;
}

static bool finish_endpoint(struct loader *loader, const struct yaml_node *root)
{
    struct json *body = loader->spec->body;
    put_missing(body, "tags", json_object());
    put_missing(body, "identity.type", json_string("SystemAssigned"));
    put_missing(body, "properties.authMode", json_string("Key"));
    put_missing(body, "properties.properties", json_object());
    put_missing(body, "properties.traffic", json_object());
    put_missing(body, "properties.mirrorTraffic", json_object());
    return check_traffic(loader, root);
}

static void spread_sampling_rate(struct json *body)
{
    struct json *collector = json_at(body, "properties.dataCollector");
    struct json *rate = json_take(collector, "samplingRate");
    if (!rate)
        return;
    for (struct json *one = json_first(json_get(collector, "collections")); one;
         one = json_next(one))
        if (!json_get(one, "samplingRate"))
            json_set(one, "samplingRate", json_copy(rate));
    json_free(rate);
}

/* What is refused because of two settings together, or of a limit that the kind decides. */
static bool check_deployment(const struct loader *loader, const struct yaml_node *root)
{
    const struct json *body = loader->spec->body;
    bool kubernetes = loader->spec->kubernetes;
    const struct yaml_node *code = yaml_get(root, "code_configuration");
    if (json_at(body, "properties.codeConfiguration.codeId") &&
        !json_text_at(body, "properties.codeConfiguration.scoringScript", NULL))
        return load_fail(loader, ERROR_USAGE, code ? code : root,
                         "'code_configuration' needs 'scoring_script' beside 'code'");
    const char *scale = json_text_at(body, "properties.scaleSettings.scaleType", "Default");
    if (!kubernetes && strcmp(scale, "Default") != 0) {
        load_fail(loader, ERROR_RULE, root,
                  "scale_settings.type is target_utilization; on managed compute only default is "
                  "possible");
        return error_hint(loader->error,
                          "Leave scale_settings out; managed deployments are scaled by Azure "
                          "Monitor's autoscale.");
    }
    int64_t count = json_int(json_at(body, "sku.capacity"), 1);
    if (!kubernetes && count > LIMIT_INSTANCES) {
        load_fail(loader, ERROR_RULE, root, "instance_count is %lld; a deployment has at most %d",
                  (long long)count, LIMIT_INSTANCES);
        return error_hint(loader->error, "Smallest change that mends it: instance_count=%d.",
                          LIMIT_INSTANCES);
    }
    int64_t timeout;
    int most = kubernetes ? LIMIT_REQUEST_TIMEOUT_KUBERNETES_MS : LIMIT_REQUEST_TIMEOUT_MS;
    const char *text = json_text_at(body, "properties.requestSettings.requestTimeout", "PT0S");
    if (clock_parse_duration(text, &timeout) && timeout > most) {
        load_fail(loader, ERROR_RULE, root,
                  "request_settings.request_timeout_ms is %lld; at most %d is possible",
                  (long long)timeout, most);
        return error_hint(loader->error, "Smallest change that mends it: request_timeout_ms=%d.",
                          most);
    }
    return true;
}

static bool finish_deployment(struct loader *loader, const struct yaml_node *root)
{
    struct json *body = loader->spec->body;
    bool kubernetes = loader->spec->kubernetes;
    if (!kubernetes && !json_text_at(body, "properties.instanceType", NULL)) {
        load_fail(loader, ERROR_USAGE, root, "'instance_type' is missing");
        return error_hint(loader->error, "Managed deployments need one, such as Standard_DS3_v2.");
    }
    put_missing(body, "tags", json_object());
    put_missing(body, "properties.endpointComputeType",
                json_string(kubernetes ? "Kubernetes" : "Managed"));
    put_missing(body, "properties.properties", json_object());
    put_missing(body, "properties.environmentVariables", json_object());
    put_missing(body, "properties.appInsightsEnabled", json_bool(false));
    put_missing(body, "sku.name", json_string("Default"));
    /* With target_utilization the number of instances is the autoscaler's. */
    if (strcmp(json_text_at(body, "properties.scaleSettings.scaleType", "Default"), "Default") == 0)
        put_missing(body, "sku.capacity", json_number(1));
    spread_sampling_rate(body);
    if (!check_deployment(loader, root))
        return false;
    const struct yaml_node *code = yaml_get(root, "code_configuration");
    const char *script = json_text_at(body, "properties.codeConfiguration.scoringScript", NULL);
    return !script || loader->options->skip_script ||
           load_script(loader, yaml_get(code, "scoring_script"), script);
}

/* The name of `key` by option or file, lower case as the vendor's SDK makes it. */
static bool take_name(struct loader *loader, const struct yaml_node *root, const char *key,
                      const char *what, const char *given, char out[NAME_SIZE])
{
    const struct yaml_node *node = yaml_get(root, key);
    const char *name = given;
    if (node && !yaml_is_null(node) && !load_text(loader, node))
        return false;
    if (!name && node && !yaml_is_null(node))
        name = node->scalar;
    if (!name) {
        load_fail(loader, ERROR_USAGE, root, "the %s has no name ('%s' is missing)", what, key);
        return error_hint(loader->error, "Give it in the file or with --%s.",
                          strcmp(key, "name") == 0 ? "name" : "endpoint-name");
    }
    if (!name_check(what, name, loader->error)) {
        if (!given && node->line)
            error_prefix(loader->error, "%s:%d:%d", loader->file, node->line, node->column);
        return false;
    }
    name_copy(out, name);
    name_lower(out);
    return true;
}

static bool is_kubernetes(const struct yaml_node *root, enum spec_kind kind)
{
    if (kind == SPEC_ENDPOINT) {
        const struct yaml_node *compute = yaml_get(root, "compute");
        return compute && !yaml_is_null(compute);
    }
    const char *type = yaml_text(root, "type", "");
    return strcasecmp(type, "kubernetes") == 0;
}

static bool load_tree(struct loader *loader, const struct yaml_node *root)
{
    struct spec *spec = loader->spec;
    const struct spec_options *options = loader->options;
    bool endpoint = options->kind == SPEC_ENDPOINT;
    if (root->kind != YAML_MAPPING)
        return load_fail(loader, ERROR_USAGE, root, "the file must be a mapping of keys to values");
    spec->kind = options->kind;
    spec->kubernetes = is_kubernetes(root, options->kind);
    spec->gives_traffic = yaml_get(root, "traffic") != NULL;
    spec->gives_mirror_traffic = yaml_get(root, "mirror_traffic") != NULL;
    spec->body = json_object();
    json_set(spec->body, "properties", json_object());
    if (!load_fields(loader, schema_fields(options->kind), root, spec->body))
        return false;
    if (!take_name(loader, root, "name", endpoint ? "endpoint" : "deployment", options->name,
                   spec->name))
        return false;
    if (endpoint)
        return finish_endpoint(loader, root);
    if (!take_name(loader, root, "endpoint_name", "endpoint", options->endpoint, spec->endpoint))
        return false;
    if (spec->kubernetes && !name_check_pair(spec->endpoint, spec->name, loader->error))
        return false;
    return finish_deployment(loader, root);
}

static struct yaml_node *read_source(const char *path, bool may_wait, struct error *error)
{
    if (path)
        return may_wait ? yaml_read_stream(path, error) : yaml_read(path, error);
    struct yaml_node *root = yaml_parse("options", "", 0, error);
    if (root)
        root->line = 0;
    return root;
}

bool spec_load(const char *path, const struct spec_options *options, struct spec *out,
               struct error *error)
{
    memset(out, 0, sizeof *out);
    struct loader loader = {.file = path,
                            .what = options->kind == SPEC_ENDPOINT ? "an endpoint" : "a deployment",
                            .spec = out,
                            .options = options,
                            .error = error};
    struct yaml_node *root = read_source(path, options->may_wait, error);
    bool ok = root != NULL;
    for (size_t i = 0; ok && i < options->set_count; i++)
        ok = tree_set(root, options->sets[i], false, NULL, 0, error);
    ok = ok && load_tree(&loader, root);
    yaml_free(root);
    return ok;
}

void spec_release(struct spec *spec)
{
    for (size_t i = 0; i < spec->asset_count; i++) {
        struct spec_asset *asset = &spec->assets[i];
        free(asset->name);
        free(asset->version);
        free(asset->path);
        free(asset->remote);
        free(asset->script);
        json_free(asset->body);
    }
    for (size_t i = 0; i < spec->lookup_count; i++)
        free(spec->lookups[i].name);
    for (size_t i = 0; i < spec->warning_count; i++)
        free(spec->warnings[i]);
    json_free(spec->body);
    memset(spec, 0, sizeof *spec);
}

/* --- update ----------------------------------------------------------------------------------- */

/* Carries one top-level key of the printed form back into the ARM document. */
static bool carry_back(struct loader *loader, const struct yaml_node *root, const char *key,
                       struct json *document)
{
    const struct field *fields = schema_fields(loader->options->kind);
    struct yaml_node *node = yaml_get(root, key);
    const struct field *field = schema_find(fields, key);
    if (!field)
        return refuse_key(loader, fields, node);
    if (field->kind == FIELD_READ_ONLY || field->kind == FIELD_PRINTED || !field->arm ||
        strcmp(key, "type") == 0)
        return load_fail(loader, ERROR_USAGE, node, "'%s' cannot be changed", key);
    tree_drop(document, field->arm);
    struct yaml_node only = *node;
    only.next = NULL;
    struct yaml_node parent = {.kind = YAML_MAPPING, .first = &only};
    return load_fields(loader, fields, &parent, document);
}

bool spec_update(enum spec_kind kind, const char *workspace_id, const char *const *sets,
                 size_t set_count, struct json *document, struct error *error)
{
    bool endpoint = kind == SPEC_ENDPOINT;
    const struct spec_options options = {.kind = kind, .workspace_id = workspace_id};
    struct spec spec = {.kind = kind};
    struct json *printed =
        endpoint ? spec_from_endpoint(document, NULL) : spec_from_deployment(document);
    struct yaml_node *root = tree_from_json(printed);
    struct loader loader = {.what = endpoint ? "an endpoint" : "a deployment",
                            .spec = &spec,
                            .options = &options,
                            .update = true,
                            .error = error};
    const char *compute = json_text_at(document, "properties.endpointComputeType", "Managed");
    spec.kubernetes = endpoint ? json_text_at(document, "properties.compute", NULL) != NULL
                               : strcasecmp(compute, "Kubernetes") == 0;
    bool ok = true;
    char key[256];
    for (size_t i = 0; ok && i < set_count; i++)
        ok = tree_set(root, sets[i], true, key, sizeof key, error) &&
             carry_back(&loader, root, key, document);
    if (ok && !endpoint) {
        spread_sampling_rate(document);
        spec.body = document;
        ok = check_deployment(&loader, root);
        spec.body = NULL;
    }
    spec_release(&spec);
    yaml_free(root);
    json_free(printed);
    return ok;
}
