/*
 * YAML documents with positions.
 *
 * Bounded: YAML_MAX_BYTES, YAML_MAX_DEPTH, YAML_MAX_NODES (aliases are expanded and count), and
 * YAML_MAX_KEYS in one mapping and anchors in one file, both of which are looked up in lists.
 * Refused with file, line and column: duplicate keys, a second document, keys that are no scalars,
 * NUL in a text ("\0").
 */
#ifndef CORE_BASE_YAML_H
#define CORE_BASE_YAML_H

#include "core/base/error.h"
#include "core/base/json.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    YAML_MAX_BYTES = 1 << 20,
    YAML_MAX_DEPTH = 64,
    YAML_MAX_NODES = 100000,
    YAML_MAX_KEYS = 1000,
};

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

struct yaml_node {
    enum yaml_kind kind;
    char *key;    /* in a mapping: the member's key; else NULL */
    int key_line; /* position of that key, 1-based; 0 without key */
    int key_column;
    int line; /* position of the value, 1-based */
    int column;
    char *scalar;            /* YAML_SCALAR: its text, never NULL */
    bool plain;              /* written without quotes, so `1` is a number and `true` a boolean */
    struct yaml_node *first; /* children, in the order written */
    struct yaml_node *next;
};

/*
 * Parses `len` bytes; `name` is how messages call the file. The root is owned by the caller and
 * freed with yaml_free(). An empty document gives an empty mapping. NULL on error.
 */
struct yaml_node *yaml_parse(const char *name, const char *text, size_t len, struct error *error);
struct yaml_node *yaml_read(const char *path, struct error *error);
/* The same of what file_read_stream() reads: pipes too, waiting for their writer. */
struct yaml_node *yaml_read_stream(const char *path, struct error *error);
void yaml_free(struct yaml_node *root);

/* Member of a mapping or NULL; takes NULL. */
struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key);

/* True for an unquoted null: nothing at all, ~ or null. */
bool yaml_is_null(const struct yaml_node *node);

/* Text of a scalar member or `fallback`. */
const char *yaml_text(const struct yaml_node *mapping, const char *key, const char *fallback);

/*
 * A JSON value by the YAML 1.1 core types that the vendor's SDK reads: plain null, booleans,
 * integers and floats become such, all else strings. Owned by the caller.
 */
struct json *yaml_to_json(const struct yaml_node *node);

#endif
