#include "core/base/yaml.h"

#include "core/base/alloc.h"
#include "core/base/file.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct anchor {
    char *name;
    struct yaml_node *node;
};

struct reader {
    yaml_parser_t parser;
    const char *name;
    struct error *error;
    struct anchor *anchors;
    size_t anchor_count;
    size_t anchor_capacity;
    int nodes;
};

void yaml_free(struct yaml_node *root)
{
    while (root) {
        struct yaml_node *next = root->next;
        yaml_free(root->first);
        free(root->key);
        free(root->scalar);
        free(root);
        root = next;
    }
}

static struct yaml_node *fail(struct reader *reader, yaml_mark_t at, const char *what)
{
    error_set(reader->error, ERROR_USAGE, "%s:%zu:%zu: %s", reader->name, at.line + 1,
              at.column + 1, what);
    return NULL;
}

static bool next_event(struct reader *reader, yaml_event_t *event)
{
    if (yaml_parser_parse(&reader->parser, event))
        return true;
    const char *problem = reader->parser.problem ? reader->parser.problem : "not valid YAML";
    fail(reader, reader->parser.problem_mark, problem);
    return false;
}

static struct yaml_node *new_node(struct reader *reader, enum yaml_kind kind, yaml_mark_t at)
{
    if (++reader->nodes > YAML_MAX_NODES)
        return fail(reader, at, "more values than a file of this kind may have");
    struct yaml_node *node = mem_alloc(sizeof *node);
    node->kind = kind;
    node->line = (int)at.line + 1;
    node->column = (int)at.column + 1;
    return node;
}

static struct yaml_node *copy_node(struct reader *reader, const struct yaml_node *from,
                                   yaml_mark_t at)
{
    struct yaml_node *copy = new_node(reader, from->kind, at);
    if (!copy)
        return NULL;
    copy->plain = from->plain;
    copy->scalar = str_dup(from->scalar);
    struct yaml_node **end = &copy->first;
    for (const struct yaml_node *child = from->first; child; child = child->next) {
        *end = copy_node(reader, child, at);
        if (!*end) {
            yaml_free(copy);
            return NULL;
        }
        (*end)->key = str_dup(child->key);
        (*end)->key_line = child->key_line;
        (*end)->key_column = child->key_column;
        end = &(*end)->next;
    }
    return copy;
}

static bool remember(struct reader *reader, const char *name, struct yaml_node *node,
                     yaml_mark_t at)
{
    if (!name)
        return true;
    if (reader->anchor_count == YAML_MAX_KEYS)
        return fail(reader, at, "more anchors than a file of this kind may have");
    reader->anchors = mem_grow(reader->anchors, reader->anchor_count, &reader->anchor_capacity,
                               sizeof *reader->anchors);
    reader->anchors[reader->anchor_count++] = (struct anchor){str_dup(name), node};
    return true;
}

static const struct yaml_node *find_anchor(const struct reader *reader, const char *name)
{
    for (size_t i = reader->anchor_count; i-- > 0;)
        if (strcmp(reader->anchors[i].name, name) == 0)
            return reader->anchors[i].node;
    return NULL;
}

/* A scalar's text, owned by the caller; NULL with an error when a NUL would cut it short. */
static char *take_text(struct reader *reader, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    if (strlen(text) == event->data.scalar.length)
        return str_dup(text);
    fail(reader, event->start_mark, "a NUL in a text");
    return NULL;
}

static struct yaml_node *read_node(struct reader *reader, yaml_event_t *event, int depth);

/* The key that `event` (taken over) is, owned by the caller; NULL with an error when it is none. */
static char *read_key(struct reader *reader, const struct yaml_node *parent, int count,
                      yaml_event_t *event)
{
    yaml_mark_t at = event->start_mark;
    char *key = NULL;
    char what[200];
    if (event->type != YAML_SCALAR_EVENT)
        fail(reader, at, "a key must be plain text");
    else if (count == YAML_MAX_KEYS)
        fail(reader, at, "more keys than a mapping may have");
    else
        key = take_text(reader, event);
    yaml_event_delete(event);
    if (key && yaml_get(parent, key)) {
        snprintf(what, sizeof what, "the key '%.120s' is given twice", key);
        fail(reader, at, what);
        free(key);
        key = NULL;
    }
    return key;
}

/* Reads children up to the end event. The anchor is known only afterwards: no cycles arise. */
static bool read_children(struct reader *reader, struct yaml_node *parent, int depth)
{
    struct yaml_node **end = &parent->first;
    bool mapping = parent->kind == YAML_MAPPING;
    for (int count = 0;; count++) {
        yaml_event_t event;
        if (!next_event(reader, &event))
            return false;
        if (event.type == YAML_MAPPING_END_EVENT || event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return true;
        }
        char *key = NULL;
        yaml_mark_t key_at = event.start_mark;
        if (mapping) {
            key = read_key(reader, parent, count, &event);
            if (!key)
                return false;
            if (!next_event(reader, &event)) {
                free(key);
                return false;
            }
        }
        struct yaml_node *child = read_node(reader, &event, depth + 1);
        if (!child) {
            free(key);
            return false;
        }
        child->key = key;
        child->key_line = mapping ? (int)key_at.line + 1 : 0;
        child->key_column = mapping ? (int)key_at.column + 1 : 0;
        *end = child;
        end = &child->next;
    }
}

static struct yaml_node *read_scalar(struct reader *reader, const yaml_event_t *event)
{
    char *text = take_text(reader, event);
    struct yaml_node *node = text ? new_node(reader, YAML_SCALAR, event->start_mark) : NULL;
    if (!node) {
        free(text);
        return NULL;
    }
    node->scalar = text;
    node->plain =
        event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && event->data.scalar.plain_implicit;
    return node;
}

static struct yaml_node *read_collection(struct reader *reader, const yaml_event_t *event,
                                         int depth)
{
    bool mapping = event->type == YAML_MAPPING_START_EVENT;
    struct yaml_node *node =
        new_node(reader, mapping ? YAML_MAPPING : YAML_SEQUENCE, event->start_mark);
    if (node && read_children(reader, node, depth))
        return node;
    yaml_free(node);
    return NULL;
}

/* Takes over `event`. */
static struct yaml_node *read_node(struct reader *reader, yaml_event_t *event, int depth)
{
    struct yaml_node *node = NULL;
    const yaml_char_t *anchor = NULL;
    yaml_mark_t at = event->start_mark;
    if (depth > YAML_MAX_DEPTH) {
        fail(reader, at, "nested too deeply");
    } else if (event->type == YAML_SCALAR_EVENT) {
        node = read_scalar(reader, event);
        anchor = event->data.scalar.anchor;
    } else if (event->type == YAML_ALIAS_EVENT) {
        const struct yaml_node *from = find_anchor(reader, (const char *)event->data.alias.anchor);
        node = from ? copy_node(reader, from, at) : fail(reader, at, "unknown alias");
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        node = read_collection(reader, event, depth);
        anchor = event->data.mapping_start.anchor;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        node = read_collection(reader, event, depth);
        anchor = event->data.sequence_start.anchor;
    } else {
        fail(reader, at, "not valid YAML");
    }
    if (node && !remember(reader, (const char *)anchor, node, at)) {
        yaml_free(node);
        node = NULL;
    }
    yaml_event_delete(event);
    return node;
}

static struct yaml_node *read_document(struct reader *reader)
{
    struct yaml_node *root = NULL;
    yaml_event_t event;
    for (;;) {
        if (!next_event(reader, &event))
            break;
        if (event.type == YAML_STREAM_END_EVENT) {
            yaml_mark_t at = event.start_mark;
            yaml_event_delete(&event);
            return root ? root : new_node(reader, YAML_MAPPING, at);
        }
        if (event.type == YAML_STREAM_START_EVENT || event.type == YAML_DOCUMENT_END_EVENT) {
            yaml_event_delete(&event);
        } else if (event.type == YAML_DOCUMENT_START_EVENT) {
            yaml_mark_t at = event.start_mark;
            yaml_event_delete(&event);
            if (root) {
                fail(reader, at, "a second document; one is read");
                break;
            }
        } else {
            root = read_node(reader, &event, 0);
            if (!root)
                return NULL;
        }
    }
    yaml_free(root);
    return NULL;
}

struct yaml_node *yaml_parse(const char *name, const char *text, size_t len, struct error *error)
{
    struct reader reader = {.name = name, .error = error};
    if (len > YAML_MAX_BYTES) {
        error_set(error, ERROR_LIMIT, "%s has %zu bytes; at most %d are read", name, len,
                  YAML_MAX_BYTES);
        return NULL;
    }
    if (!yaml_parser_initialize(&reader.parser)) {
        error_set(error, ERROR_FAILED, "%s: the YAML parser did not start", name);
        return NULL;
    }
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, len);
    struct yaml_node *root = read_document(&reader);
    for (size_t i = 0; i < reader.anchor_count; i++)
        free(reader.anchors[i].name);
    free(reader.anchors);
    yaml_parser_delete(&reader.parser);
    return root;
}

/* Takes the text; NULL stays NULL. */
static struct yaml_node *parse_owned(const char *path, char *text, size_t len, struct error *error)
{
    struct yaml_node *root = text ? yaml_parse(path, text, len, error) : NULL;
    free(text);
    return root;
}

struct yaml_node *yaml_read(const char *path, struct error *error)
{
    size_t len = 0;
    char *text = file_read(path, YAML_MAX_BYTES, &len, error);
    return parse_owned(path, text, len, error);
}

struct yaml_node *yaml_read_stream(const char *path, struct error *error)
{
    size_t len = 0;
    char *text = file_read_stream(path, YAML_MAX_BYTES, &len, error);
    return parse_owned(path, text, len, error);
}

struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key)
{
    if (!mapping || mapping->kind != YAML_MAPPING)
        return NULL;
    for (struct yaml_node *child = mapping->first; child; child = child->next)
        if (child->key && strcmp(child->key, key) == 0)
            return child;
    return NULL;
}

const char *yaml_text(const struct yaml_node *mapping, const char *key, const char *fallback)
{
    const struct yaml_node *node = yaml_get(mapping, key);
    return node && node->kind == YAML_SCALAR ? node->scalar : fallback;
}

static bool one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

static bool is_integer(const char *text)
{
    text += *text == '+' || *text == '-';
    size_t digits = strspn(text, "0123456789");
    /* A leading zero is an octal number in YAML 1.1 and text to most people: kept as text. */
    return digits && digits < 16 && !text[digits] && (text[0] != '0' || digits == 1);
}

static bool is_float(const char *text)
{
    const char *at = text + (*text == '+' || *text == '-');
    bool point = strchr(at, '.') != NULL;
    if (!point || (!isdigit((unsigned char)*at) && *at != '.'))
        return false;
    char *end;
    errno = 0;
    double value = strtod(at, &end);
    return !*end && end != at && isfinite(value) && !strpbrk(at, "xXpPnN");
}

bool yaml_is_null(const struct yaml_node *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    return node->kind == YAML_SCALAR && node->plain && one_of(node->scalar, nulls);
}

static struct json *scalar_to_json(const struct yaml_node *node)
{
    static const char *const trues[] = {"true", "True", "TRUE", "yes", "Yes",
                                        "YES",  "on",   "On",   "ON",  NULL};
    static const char *const falses[] = {"false", "False", "FALSE", "no",  "No",
                                         "NO",    "off",   "Off",   "OFF", NULL};
    if (yaml_is_null(node))
        return json_null();
    if (node->plain) {
        if (one_of(node->scalar, trues))
            return json_bool(true);
        if (one_of(node->scalar, falses))
            return json_bool(false);
        if (is_integer(node->scalar) || is_float(node->scalar))
            return json_number(strtod(node->scalar, NULL));
    }
    return json_string(node->scalar);
}

struct json *yaml_to_json(const struct yaml_node *node)
{
    if (node->kind == YAML_SCALAR)
        return scalar_to_json(node);
    struct json *value = node->kind == YAML_MAPPING ? json_object() : json_array();
    for (const struct yaml_node *child = node->first; child; child = child->next) {
        if (node->kind == YAML_MAPPING)
            json_set(value, child->key, yaml_to_json(child));
        else
            json_append(value, yaml_to_json(child));
    }
    return value;
}
