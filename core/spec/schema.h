/* The table of keys behind spec.h, and what its functions share. Internal to this folder. */
#ifndef CORE_SPEC_SCHEMA_H
#define CORE_SPEC_SCHEMA_H

#include "core/base/yaml.h"
#include "core/spec/spec.h"

#include <stdint.h>

enum field_kind {
    FIELD_IGNORED,   /* accepted without meaning */
    FIELD_UNSENT,    /* accepted, and said that it is not sent */
    FIELD_NAME,      /* the resource's own name or its endpoint's: not in the body */
    FIELD_READ_ONLY, /* printed; accepted in a file and not sent, so that output can be input */
    FIELD_PRINTED,   /* printed; refused in a file, as the vendor's schema does */
    FIELD_TEXT,
    FIELD_INTEGER,
    FIELD_NUMBER,
    FIELD_BOOLEAN,
    FIELD_CHOICE,
    FIELD_MILLISECONDS, /* number <-> ISO 8601 duration; 0 is not sent */
    FIELD_SECONDS,
    FIELD_TEXT_MAP,
    FIELD_SHARES, /* deployment -> percent */
    FIELD_TEXT_LIST,
    FIELD_JSON, /* taken as it stands */
    FIELD_OBJECT,
    FIELD_SPECIAL, /* write() and read() below */
};

struct choice {
    const char *yaml;
    const char *arm;
};

enum { FIELD_MANAGED_ONLY = 1, FIELD_KUBERNETES_ONLY = 2, FIELD_ALIAS = 4 };

struct loader {
    const char *file; /* for messages; NULL: values come from --set alone */
    const char *what; /* "an endpoint", "a deployment" */
    struct spec *spec;
    const struct spec_options *options;
    bool update; /* part of a document that exists: nothing is required, no asset is made */
    struct error *error;
};

struct field {
    const char *key;
    enum field_kind kind;
    const char *arm;              /* dotted path below the parent's; NULL where there is none */
    const struct choice *choices; /* ends with {NULL, NULL} */
    const struct field *fields;   /* FIELD_OBJECT; ends with a NULL key */
    unsigned flags;
    int64_t least; /* of a FIELD_INTEGER */
    int64_t most;  /* 0: no bound */
    bool (*write)(struct loader *loader, const struct yaml_node *node, struct json *body);
    struct json *(*read)(const struct json *value); /* of what stands at `arm` */
};

const struct field *schema_fields(enum spec_kind kind);

/* The field of that key or NULL. */
const struct field *schema_find(const struct field *fields, const char *key);

/* Text <-> choice, in snake, camel or any other case; NULL when it is none of them. */
const struct choice *schema_choice(const struct choice *choices, const char *text);

/* What `from` holds of the fields, in their words; owned by the caller. */
struct json *read_fields(const struct field *fields, const struct json *from);

/* Writes a mapping's members into `body` by the table. */
bool load_fields(struct loader *loader, const struct field *fields, const struct yaml_node *mapping,
                 struct json *body);

/* An error at a node: "FILE:LINE:COLUMN: ..." or "--set: ...". Always false. */
bool load_fail(const struct loader *loader, enum error_kind kind, const struct yaml_node *at,
               const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The scalar's text; NULL with an error for other nodes and for templates left as they were. */
const char *load_text(const struct loader *loader, const struct yaml_node *node);
void load_warn(struct loader *loader, const struct yaml_node *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* --- assets.c --------------------------------------------------------------------------------- */

bool load_model(struct loader *loader, const struct yaml_node *node, struct json *body);
bool load_environment(struct loader *loader, const struct yaml_node *node, struct json *body);
bool load_code(struct loader *loader, const struct yaml_node *node, struct json *body);
/* Notes the scoring script of the code asset, if there is one, and looks whether it is there. */
bool load_script(struct loader *loader, const struct yaml_node *at, const char *script);
/* "azureml:NAME" -> the ARM id of a compute. */
bool load_compute(struct loader *loader, const struct yaml_node *node, struct json *body);
bool load_collection_data(struct loader *loader, const struct yaml_node *node, struct json *body);

/* --- tree.c ----------------------------------------------------------------------------------- */

/* Sets the value at a dotted path, objects made on the way. */
void tree_put(struct json *object, const char *path, struct json *value);
/* Removes what stands at a dotted path. */
void tree_drop(struct json *object, const char *path);

/* A YAML tree without positions; owned by the caller. */
struct yaml_node *tree_from_json(const struct json *value);

/*
 * Applies one "path=value" expression. `typed`: the value is JSON where it can be read as such.
 * `top` (NULL allowed) receives the first key of the path, cut at `top_size`.
 */
bool tree_set(struct yaml_node *root, const char *expression, bool typed, char *top,
              size_t top_size, struct error *error);

/* A copy whose objects have their keys in order, all the way down; owned by the caller. */
struct json *tree_sorted(const struct json *value);

#endif
