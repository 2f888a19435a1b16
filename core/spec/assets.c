/* Models, environments and code: references to registered ones, and those described in place. */
#include "core/base/alloc.h"
#include "core/base/file.h"
#include "core/base/siphash.h"
#include "core/spec/schema.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_CONDA_BYTES = 1 << 20 };

#define ANONYMOUS_ENVIRONMENT "CliV2AnonymousEnvironment"
#define CURATED_PREFIX "AzureML-"

static const char *const collections[] = {"codes", "models", "environments"};
static const char *const nouns[] = {"code", "model", "environment"};
static const char *const slots[] = {"properties.codeConfiguration.codeId", "properties.model",
                                    "properties.environmentId"};

const char *spec_asset_collection(enum spec_asset_kind kind)
{
    return collections[kind];
}

/* --- references ------------------------------------------------------------------------------- */

static bool is_asset_name(const char *text, size_t len)
{
    bool ok = len > 0 && len <= 255;
    for (size_t i = 0; ok && i < len; i++)
        ok = isalnum((unsigned char)text[i]) || strchr("_.-", text[i]);
    return ok;
}

static bool refuse_reference(const struct loader *loader, const struct yaml_node *node,
                             const char *noun)
{
    load_fail(loader, ERROR_USAGE, node, "'%.200s' is no reference to a registered %s",
              node->scalar, noun);
    return error_hint(loader->error,
                      "Write azureml:NAME:VERSION, azureml:NAME@latest, azureml://registries/... "
                      "or a full ARM id%s.",
                      strcmp(noun, "code") == 0 ? ", or a local path"
                                                : "; a local one goes below it as a mapping");
}

static bool refuse_label(const struct loader *loader, const struct yaml_node *node)
{
    load_fail(loader, ERROR_USAGE, node, "'%.200s' must be given with its version here",
              node->scalar);
    return error_hint(loader->error, "Write azureml:NAME:VERSION.");
}

/* NAME:VERSION or NAME@LABEL, behind "azureml:". */
static char *workspace_reference(struct loader *loader, enum spec_asset_kind kind,
                                 const struct yaml_node *node, const char *text)
{
    const char *base = loader->options->workspace_id;
    size_t name_len = strcspn(text, ":@");
    const char *rest = text + name_len;
    if (!is_asset_name(text, name_len) || !*rest || !is_asset_name(rest + 1, strlen(rest + 1))) {
        refuse_reference(loader, node, nouns[kind]);
        return NULL;
    }
    if (strncmp(text, CURATED_PREFIX, strlen(CURATED_PREFIX)) == 0 && kind == SPEC_ENVIRONMENT)
        return str_format("azureml:%s", text);
    if (*rest == ':')
        return str_format("%s/%s/%.*s/versions/%s", base, collections[kind], (int)name_len, text,
                          rest + 1);
    if (strcmp(rest, "@latest") == 0) {
        if (loader->update) {
            refuse_label(loader, node);
            return NULL;
        }
        struct spec_lookup *lookup = &loader->spec->lookups[loader->spec->lookup_count++];
        *lookup = (struct spec_lookup){kind, str_dup_n(text, name_len), slots[kind]};
    }
    return str_format("%s/%s/%.*s/labels/%s", base, collections[kind], (int)name_len, text,
                      rest + 1);
}

/* What a reference stands for on the wire; NULL with an error. Owned by the caller. */
static char *read_reference(struct loader *loader, enum spec_asset_kind kind,
                            const struct yaml_node *node)
{
    const char *text = load_text(loader, node);
    if (!text)
        return NULL;
    if (strncmp(text, "azureml://", 10) == 0 || text[0] == '/')
        return str_dup(text);
    if (strncmp(text, "azureml:", 8) != 0) {
        refuse_reference(loader, node, nouns[kind]);
        return NULL;
    }
    text += 8;
    if (text[0] == '/' || strncmp(text, "azureml://", 10) == 0)
        return str_dup(text);
    return workspace_reference(loader, kind, node, text);
}

static bool put_reference(struct loader *loader, enum spec_asset_kind kind,
                          const struct yaml_node *node, struct json *body, const char *path)
{
    char *id = read_reference(loader, kind, node);
    if (!id)
        return false;
    tree_put(body, path, json_string(id));
    free(id);
    return true;
}

bool load_compute(struct loader *loader, const struct yaml_node *node, struct json *body)
{
    const char *text = load_text(loader, node);
    if (!text)
        return false;
    const char *name = strncmp(text, "azureml:", 8) == 0 ? text + 8 : text;
    if (name[0] == '/') {
        tree_put(body, "properties.compute", json_string(name));
        return true;
    }
    if (name == text || !is_asset_name(name, strlen(name))) {
        load_fail(loader, ERROR_USAGE, node, "'%.200s' names no compute", text);
        return error_hint(loader->error, "Write azureml:NAME or a full ARM id.");
    }
    char *id = str_format("%s/computes/%s", loader->options->workspace_id, name);
    tree_put(body, "properties.compute", json_string(id));
    free(id);
    return true;
}

bool load_collection_data(struct loader *loader, const struct yaml_node *node, struct json *body)
{
    static const char *const keys[] = {"name", "version", "path"};
    const char *name = yaml_text(node, "name", NULL);
    const char *version = yaml_text(node, "version", "1");
    const char *path = yaml_text(node, "path", NULL);
    for (const struct yaml_node *child = node->first; child; child = child->next) {
        bool known = false;
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
            known = known || (child->key && strcmp(child->key, keys[i]) == 0);
        if (!known || child->kind != YAML_SCALAR)
            return load_fail(loader, ERROR_USAGE, child,
                             "'data' takes name, version and path as text");
    }
    if (node->kind == YAML_SCALAR) {
        const char *text = load_text(loader, node);
        if (!text)
            return false;
        json_set_text(body, "dataId", strncmp(text, "azureml:/", 9) == 0 ? text + 8 : text);
    } else if (name) {
        char *id =
            str_format("%s/data/%s/versions/%s", loader->options->workspace_id, name, version);
        json_set_text(body, "dataId", id);
        free(id);
    } else if (path) {
        json_set_text(body, "dataId", path);
    } else {
        return load_fail(loader, ERROR_USAGE, node, "'data' needs a name or a path");
    }
    return true;
}

/* --- assets described in place ---------------------------------------------------------------- */

static bool is_remote(const char *path)
{
    return strstr(path, "://") != NULL || strncmp(path, "runs:/", 6) == 0 ||
           strncmp(path, "azureml:", 8) == 0;
}

/* A missing file: an error, or a warning where nothing will be read (dry run). */
static bool report_missing(struct loader *loader, const struct yaml_node *node, const char *path)
{
    if (!loader->options->missing_is_warning) {
        load_fail(loader, ERROR_NOT_FOUND, node, "there is no %s", path);
        return error_hint(loader->error, "Relative paths start at the folder of the YAML file.");
    }
    load_warn(loader, node, "there is no %s; a placeholder stands for it", path);
    return true;
}

static struct spec_asset *add_asset(struct loader *loader, enum spec_asset_kind kind)
{
    struct spec_asset *asset = &loader->spec->assets[loader->spec->asset_count++];
    memset(asset, 0, sizeof *asset);
    asset->kind = kind;
    asset->slot = slots[kind];
    asset->body = json_object();
    json_set(asset->body, "properties", json_object());
    return asset;
}

/* Sets where the asset lies: a local path that exists, or a URI. */
static bool take_path(struct loader *loader, struct spec_asset *asset, const struct yaml_node *node)
{
    const char *text = load_text(loader, node);
    if (!text)
        return false;
    if (!*text)
        return load_fail(loader, ERROR_USAGE, node, "the path is empty");
    if (is_remote(text)) {
        asset->remote = str_dup(text);
        return true;
    }
    asset->path = file_relative_to(loader->file ? loader->file : "", text);
    size_t len = strlen(asset->path);
    while (len > 1 && asset->path[len - 1] == '/')
        asset->path[--len] = '\0';
    return access(asset->path, R_OK) == 0 || report_missing(loader, node, asset->path);
}

static bool refuse_inline(const struct loader *loader, const struct yaml_node *node)
{
    load_fail(loader, ERROR_USAGE, node, "'%s' can be changed to a registered one only", node->key);
    return error_hint(loader->error, "Give azureml:NAME:VERSION, or update from a file with -f.");
}

bool load_code(struct loader *loader, const struct yaml_node *node, struct json *body)
{
    const char *text = load_text(loader, node);
    if (!text)
        return false;
    if (text[0] == '/' && strncmp(text, "/subscriptions/", 15) != 0 && loader->update)
        return refuse_inline(loader, node);
    if (strncmp(text, "azureml:", 8) == 0 || strncmp(text, "/subscriptions/", 15) == 0)
        return put_reference(loader, SPEC_CODE, node, body, "codeId");
    if (loader->update)
        return refuse_inline(loader, node);
    struct spec_asset *asset = add_asset(loader, SPEC_CODE);
    if (!take_path(loader, asset, node))
        return false;
    /* The id comes with spec_asset_place(); that it will be there decides what else is needed. */
    tree_put(body, "codeId", json_string(""));
    return true;
}

bool load_script(struct loader *loader, const struct yaml_node *at, const char *script)
{
    struct spec_asset *code = NULL;
    for (size_t i = 0; i < loader->spec->asset_count; i++)
        if (loader->spec->assets[i].kind == SPEC_CODE)
            code = &loader->spec->assets[i];
    if (!code || !code->path)
        return true;
    str_replace(&code->script, script);
    char *path = file_join(code->path, script);
    bool known_missing = access(code->path, F_OK) != 0;
    bool ok = known_missing || access(path, R_OK) == 0 || report_missing(loader, at, path);
    free(path);
    return ok;
}

static const struct choice model_types[] = {{"custom_model", "custom_model"},
                                            {"mlflow_model", "mlflow_model"},
                                            {"triton_model", "triton_model"},
                                            {NULL, NULL}};

static bool take_model_path(struct loader *loader, const struct yaml_node *node, struct json *body)
{
    (void)body;
    return take_path(loader, &loader->spec->assets[loader->spec->asset_count - 1], node);
}

static const struct field model_fields[] = {
    {.key = "$schema", .kind = FIELD_IGNORED},
    {.key = "name", .kind = FIELD_TEXT, .arm = "name"},
    {.key = "version", .kind = FIELD_TEXT, .arm = "version"},
    {.key = "path", .kind = FIELD_SPECIAL, .write = take_model_path},
    {.key = "type", .kind = FIELD_CHOICE, .arm = "properties.modelType", .choices = model_types},
    {.key = "description", .kind = FIELD_TEXT, .arm = "properties.description"},
    {.key = "tags", .kind = FIELD_TEXT_MAP, .arm = "properties.tags"},
    {.key = "properties", .kind = FIELD_TEXT_MAP, .arm = "properties.properties"},
    {.key = "flavors", .kind = FIELD_JSON, .arm = "properties.flavors"},
    {.key = "stage", .kind = FIELD_TEXT, .arm = "properties.stage"},
    {.key = NULL}};

/* Moves name and version out of the body, where the table put them. */
static bool take_identity(struct loader *loader, struct spec_asset *asset,
                          const struct yaml_node *node)
{
    asset->name = str_dup(json_text(json_get(asset->body, "name")));
    asset->version = str_dup(json_text(json_get(asset->body, "version")));
    json_remove(asset->body, "name");
    json_remove(asset->body, "version");
    if (asset->name && !is_asset_name(asset->name, strlen(asset->name)))
        return load_fail(loader, ERROR_USAGE, node, "'%.80s' is no name for a %s", asset->name,
                         nouns[asset->kind]);
    if (asset->version && !is_asset_name(asset->version, strlen(asset->version)))
        return load_fail(loader, ERROR_USAGE, node, "'%.80s' is no version of a %s", asset->version,
                         nouns[asset->kind]);
    if (asset->version && !asset->name)
        return load_fail(loader, ERROR_USAGE, node, "a %s with a version needs a name",
                         nouns[asset->kind]);
    tree_put(asset->body, "properties.isAnonymous", json_bool(!asset->name));
    tree_put(asset->body, "properties.isArchived", json_bool(false));
    return true;
}

bool load_model(struct loader *loader, const struct yaml_node *node, struct json *body)
{
    if (node->kind == YAML_SCALAR)
        return put_reference(loader, SPEC_MODEL, node, body, "properties.model");
    if (node->kind != YAML_MAPPING)
        return load_fail(loader, ERROR_USAGE, node, "'model' must be a reference or a mapping");
    if (loader->update)
        return refuse_inline(loader, node);
    struct spec_asset *asset = add_asset(loader, SPEC_MODEL);
    if (!load_fields(loader, model_fields, node, asset->body))
        return false;
    if (!asset->path && !asset->remote)
        return load_fail(loader, ERROR_USAGE, node, "'model' needs a path");
    if (!json_at(asset->body, "properties.modelType"))
        tree_put(asset->body, "properties.modelType", json_string("custom_model"));
    return take_identity(loader, asset, node);
}

/* Conda files go along as text, whether they are files or written in place. */
static bool take_conda(struct loader *loader, const struct yaml_node *node, struct json *body)
{
    if (node->kind != YAML_SCALAR) {
        struct json *value = yaml_to_json(node);
        char *text = json_print(value);
        tree_put(body, "properties.condaFile", json_string(text));
        free(text);
        json_free(value);
        return true;
    }
    const char *name = load_text(loader, node);
    if (!name)
        return false;
    char *path = file_relative_to(loader->file ? loader->file : "", name);
    bool ok = true;
    if (access(path, F_OK) != 0) {
        ok = report_missing(loader, node, path);
    } else {
        size_t len;
        char *text = file_read(path, MAX_CONDA_BYTES, &len, loader->error);
        struct yaml_node *parsed = text ? yaml_parse(path, text, len, loader->error) : NULL;
        ok = parsed != NULL;
        if (ok)
            tree_put(body, "properties.condaFile", json_string(text));
        yaml_free(parsed);
        free(text);
    }
    free(path);
    return ok;
}

static const struct field route_fields[] = {
    {.key = "port", .kind = FIELD_INTEGER, .arm = "port", .least = 1, .most = 65535},
    {.key = "path", .kind = FIELD_TEXT, .arm = "path"},
    {.key = NULL}};

static const struct field inference_fields[] = {
    {.key = "liveness_route", .kind = FIELD_OBJECT, .arm = "livenessRoute", .fields = route_fields},
    {.key = "readiness_route",
     .kind = FIELD_OBJECT,
     .arm = "readinessRoute",
     .fields = route_fields},
    {.key = "scoring_route", .kind = FIELD_OBJECT, .arm = "scoringRoute", .fields = route_fields},
    {.key = NULL}};

static const struct field build_fields[] = {
    {.key = "path", .kind = FIELD_SPECIAL, .write = take_model_path},
    {.key = "dockerfile_path", .kind = FIELD_TEXT, .arm = "dockerfilePath"},
    {.key = NULL}};

static const struct choice os_types[] = {{"linux", "Linux"}, {"windows", "Windows"}, {NULL, NULL}};

static const struct field environment_fields[] = {
    {.key = "$schema", .kind = FIELD_IGNORED},
    {.key = "name", .kind = FIELD_TEXT, .arm = "name"},
    {.key = "version", .kind = FIELD_TEXT, .arm = "version"},
    {.key = "description", .kind = FIELD_TEXT, .arm = "properties.description"},
    {.key = "tags", .kind = FIELD_TEXT_MAP, .arm = "properties.tags"},
    {.key = "properties", .kind = FIELD_TEXT_MAP, .arm = "properties.properties"},
    {.key = "image", .kind = FIELD_TEXT, .arm = "properties.image"},
    {.key = "conda_file", .kind = FIELD_SPECIAL, .write = take_conda},
    {.key = "build", .kind = FIELD_OBJECT, .arm = "properties.build", .fields = build_fields},
    {.key = "os_type", .kind = FIELD_CHOICE, .arm = "properties.osType", .choices = os_types},
    {.key = "inference_config",
     .kind = FIELD_OBJECT,
     .arm = "properties.inferenceConfig",
     .fields = inference_fields},
    {.key = NULL}};

bool load_environment(struct loader *loader, const struct yaml_node *node, struct json *body)
{
    if (node->kind == YAML_SCALAR)
        return put_reference(loader, SPEC_ENVIRONMENT, node, body, "properties.environmentId");
    if (node->kind != YAML_MAPPING)
        return load_fail(loader, ERROR_USAGE, node,
                         "'environment' must be a reference or a mapping");
    if (loader->update)
        return refuse_inline(loader, node);
    struct spec_asset *asset = add_asset(loader, SPEC_ENVIRONMENT);
    if (!load_fields(loader, environment_fields, node, asset->body))
        return false;
    bool build = json_at(asset->body, "properties.build") != NULL;
    bool image = json_text_at(asset->body, "properties.image", NULL) != NULL;
    if (build == image)
        return load_fail(loader, ERROR_USAGE, node,
                         "'environment' needs either 'image' or 'build'");
    if (build && !asset->path && !asset->remote)
        return load_fail(loader, ERROR_USAGE, node, "'build' needs a path");
    return take_identity(loader, asset, node);
}

/* --- names and ids ---------------------------------------------------------------------------- */

/* 32 hexadecimal digits that follow from the text. Names, not secrets: the keys are fixed. */
static void digest(const char *text, char out[33])
{
    static const struct siphash_key keys[2] = {{0x6375746f766572ULL, 1}, {0x6375746f766572ULL, 2}};
    size_t len = strlen(text);
    snprintf(out, 33, "%016" PRIx64 "%016" PRIx64, siphash(&keys[0], text, len),
             siphash(&keys[1], text, len));
}

static void name_anonymous(struct spec_asset *asset)
{
    char id[33];
    char *text = json_print(asset->body);
    digest(text, id);
    free(text);
    if (asset->kind == SPEC_ENVIRONMENT) {
        str_replace(&asset->name, ANONYMOUS_ENVIRONMENT);
        str_replace(&asset->version, id);
        return;
    }
    free(asset->name);
    /* Code is named like a UUID, as the vendor's clients do. */
    asset->name = asset->kind == SPEC_CODE ? str_format("%.8s-%.4s-%.4s-%.4s-%.12s", id, id + 8,
                                                        id + 12, id + 16, id + 20)
                                           : str_dup(id);
    str_replace(&asset->version, "1");
}

void spec_asset_place(struct spec *spec, struct spec_asset *asset, const char *workspace_id,
                      const char *uri)
{
    static const char *const uri_slots[] = {"properties.codeUri", "properties.modelUri",
                                            "properties.build.contextUri"};
    if (uri)
        tree_put(asset->body, uri_slots[asset->kind], json_string(uri));
    if (asset->kind == SPEC_CODE) {
        tree_put(asset->body, "properties.isAnonymous", json_bool(true));
        tree_put(asset->body, "properties.isArchived", json_bool(false));
    }
    if (!asset->name)
        name_anonymous(asset);
    else if (!asset->version)
        str_replace(&asset->version, "1");
    char *id = str_format("%s/%s/%s/versions/%s", workspace_id, collections[asset->kind],
                          asset->name, asset->version);
    tree_put(spec->body, asset->slot, json_string(id));
    free(id);
}

void spec_lookup_place(struct spec *spec, const struct spec_lookup *lookup, const char *id)
{
    tree_put(spec->body, lookup->slot, json_string(id));
}
