/* ARM documents -> the keys that `az ml` prints. */
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/spec/schema.h"

#include <stdlib.h>
#include <string.h>

static struct json *read_duration(const struct json *value, double unit_ms)
{
    int64_t ms;
    const char *text = json_text(value);
    if (!text || !clock_parse_duration(text, &ms))
        return json_copy(value);
    return json_number((double)ms / unit_ms);
}

static struct json *read_choice(const struct choice *choices, const struct json *value)
{
    const char *text = json_text(value);
    const struct choice *choice = text ? schema_choice(choices, text) : NULL;
    return choice ? json_string(choice->yaml) : json_copy(value);
}

static struct json *read_field(const struct field *field, const struct json *value)
{
    switch (field->kind) {
    case FIELD_IGNORED:
    case FIELD_UNSENT:
    case FIELD_NAME:
        return NULL;
    case FIELD_MILLISECONDS:
        return read_duration(value, 1);
    case FIELD_SECONDS:
        return read_duration(value, 1000);
    case FIELD_CHOICE:
        return read_choice(field->choices, value);
    case FIELD_OBJECT:
        return read_fields(field->fields, value);
    case FIELD_SPECIAL:
        return field->read ? field->read(value) : NULL;
    case FIELD_READ_ONLY:
    case FIELD_PRINTED:
    case FIELD_TEXT:
    case FIELD_INTEGER:
    case FIELD_NUMBER:
    case FIELD_BOOLEAN:
    case FIELD_TEXT_MAP:
    case FIELD_SHARES:
    case FIELD_TEXT_LIST:
    case FIELD_JSON:
        break;
    }
    return json_copy(value);
}

struct json *read_fields(const struct field *fields, const struct json *from)
{
    struct json *out = json_object();
    for (; fields->key; fields++) {
        const struct json *value = fields->arm ? json_at(from, fields->arm) : NULL;
        if (json_type(value) <= JSON_NULL || fields->flags & FIELD_ALIAS)
            continue;
        struct json *read = read_field(fields, value);
        if (read)
            json_set(out, fields->key, read);
    }
    return out;
}

/* The part of an ARM id that follows "/KEY/", without regard to case; "" when it is missing. */
static char *id_part(const char *id, const char *key)
{
    char *wanted = str_format("/%s/", key);
    const char *at = id ? strcasestr(id, wanted) : NULL;
    const char *start = at ? at + strlen(wanted) : "";
    free(wanted);
    return str_dup_n(start, strcspn(start, "/"));
}

/* The resource's own name; some answers hold "endpoint/deployment" there. */
static const char *own_name(const struct json *document)
{
    const char *name = json_text_at(document, "name", "");
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

static void add_names(struct json *out, const struct json *document, bool deployment)
{
    const char *id = json_text_at(document, "id", "");
    json_set_text(out, "name", own_name(document));
    char *group = id_part(id, "resourceGroups");
    if (*group)
        json_set_text(out, "resourceGroup", group);
    free(group);
    if (!deployment)
        return;
    char *endpoint = id_part(id, "onlineEndpoints");
    json_set_text(out, "endpoint_name", endpoint);
    free(endpoint);
}

static void add_zeros(struct json *out, const struct json *deployments)
{
    struct json *live = json_get(out, "traffic");
    const struct json *mirror = json_get(out, "mirror_traffic");
    for (struct json *item = json_first(deployments); item; item = json_next(item)) {
        const char *name = own_name(item);
        if (*name && !json_get(live, name) && !json_get(mirror, name))
            json_set_number(live, name, 0);
    }
}

static struct json *finish(struct json *out)
{
    struct json *sorted = tree_sorted(out);
    json_free(out);
    return sorted;
}

struct json *spec_from_endpoint(const struct json *document, const struct json *deployments)
{
    struct json *out = read_fields(schema_fields(SPEC_ENDPOINT), document);
    static const char *const always[] = {"traffic", "mirror_traffic", "tags", "properties"};
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (json_type(json_get(out, always[i])) != JSON_OBJECT)
            json_set(out, always[i], json_object());
    add_names(out, document, false);
    add_zeros(out, deployments);
    return finish(out);
}

struct json *spec_from_deployment(const struct json *document)
{
    struct json *out = read_fields(schema_fields(SPEC_DEPLOYMENT), document);
    static const char *const always[] = {"environment_variables", "tags", "properties"};
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (json_type(json_get(out, always[i])) != JSON_OBJECT)
            json_set(out, always[i], json_object());
    add_names(out, document, true);
    return finish(out);
}
