/*
 * A small editor on lines: it looks up where the value stands, cuts or pastes, and reads the
 * result again. Only if that says what was wanted, the edit counts; else the file is written anew
 * from its values. So no style of YAML can make it wrong, only less pretty.
 */
#include "core/config/edit.h"

#include "core/base/alloc.h"
#include "core/base/strbuf.h"
#include "core/base/yaml.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { EDIT_LIMIT = 1 << 20 };

/* --- values ----------------------------------------------------------------------------------- */

static bool is_plain(const char *text)
{
    static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "null"};
    if (!isalpha((unsigned char)text[0]))
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(text, words[i]) == 0)
            return false;
    for (const char *at = text; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("_-./@", *at) && !(*at == ':' && at[1] == '/'))
            return false;
    return true;
}

static void add_scalar(struct strbuf *out, const char *text)
{
    if (is_plain(text)) {
        strbuf_puts(out, text);
        return;
    }
    struct json *value = json_string(text);
    char *quoted = json_print(value);
    strbuf_puts(out, quoted);
    free(quoted);
    json_free(value);
}

static void add_indent(struct strbuf *out, int indent)
{
    for (int i = 0; i < indent; i++)
        strbuf_putc(out, ' ');
}

/* "key: value" lines of block style. */
static void add_member(struct strbuf *out, int indent, const char *key, const struct json *value)
{
    add_indent(out, indent);
    add_scalar(out, key);
    strbuf_putc(out, ':');
    if (json_type(value) == JSON_OBJECT) {
        strbuf_puts(out, json_count(value) ? "\n" : " {}\n");
        for (struct json *child = json_first(value); child; child = json_next(child))
            add_member(out, indent + 2, json_key(child), child);
        return;
    }
    strbuf_putc(out, ' ');
    if (json_type(value) == JSON_STRING) {
        add_scalar(out, json_text(value));
    } else {
        char *text = json_print(value); /* JSON is YAML */
        strbuf_puts(out, text);
        free(text);
    }
    strbuf_putc(out, '\n');
}

static char *write_anew(const struct json *wanted)
{
    struct strbuf out;
    strbuf_init(&out, EDIT_LIMIT);
    for (struct json *child = json_first(wanted); child; child = json_next(child))
        add_member(&out, 0, json_key(child), child);
    return strbuf_detach(&out);
}

/* The file's values with the change made. */
static void change(struct json *object, const char *const *keys, size_t depth,
                   const struct json *value)
{
    if (depth == 1 && value) {
        json_set(object, keys[0], json_copy(value));
        return;
    }
    struct json *child = json_get(object, keys[0]);
    if (depth > 1 && value && json_type(child) != JSON_OBJECT)
        child = json_set(object, keys[0], json_object());
    if (depth > 1 && child)
        change(child, keys + 1, depth - 1, value);
    if (depth == 1 || (!value && json_type(child) == JSON_OBJECT && !json_count(child)))
        json_remove(object, keys[0]);
}

/* --- places in the text ----------------------------------------------------------------------- */

static size_t line_start(const char *text, int line)
{
    const char *at = text;
    for (int i = 1; i < line; i++) {
        const char *end = strchr(at, '\n');
        if (!end)
            return strlen(text);
        at = end + 1;
    }
    return (size_t)(at - text);
}

static int last_line(const struct yaml_node *node)
{
    int line = node->line > node->key_line ? node->line : node->key_line;
    for (const struct yaml_node *child = node->first; child; child = child->next) {
        int below = last_line(child);
        line = below > line ? below : line;
    }
    return line;
}

static char *splice(const char *text, size_t from, size_t to, const char *middle)
{
    return str_format("%.*s%s%s", (int)from, text, middle, text + to);
}

/* Replaces a scalar where it stands, quotes and all; NULL when it is not found there. */
static char *replace_scalar(const char *text, const struct yaml_node *node, const char *value)
{
    size_t from = line_start(text, node->line) + (size_t)(node->column - 1);
    if (from >= strlen(text)) /* YAML knows more line breaks than \n */
        return NULL;
    size_t to = from;
    if (node->plain) {
        if (strncmp(text + from, node->scalar, strlen(node->scalar)) != 0)
            return NULL;
        to += strlen(node->scalar);
    } else {
        bool quoted = text[from] == '\'' || text[from] == '"';
        const char *close = quoted ? strchr(text + from + 1, text[from]) : NULL;
        if (!close)
            return NULL;
        to = (size_t)(close - text) + 1;
    }
    struct strbuf out;
    strbuf_init(&out, EDIT_LIMIT);
    add_scalar(&out, value);
    char *edited = splice(text, from, to, out.text);
    strbuf_release(&out);
    return edited;
}

/* Puts a member behind the last one of `mapping`. */
static char *insert_member(const char *text, const struct yaml_node *mapping, const char *key,
                           const struct json *value)
{
    int indent = mapping->first ? mapping->first->key_column - 1 : 0;
    if (!mapping->first && mapping->key)
        indent = mapping->key_column - 1 + 2;
    size_t at =
        mapping->first || mapping->key ? line_start(text, last_line(mapping) + 1) : strlen(text);
    struct strbuf out;
    strbuf_init(&out, EDIT_LIMIT);
    if (at && text[at - 1] != '\n')
        strbuf_putc(&out, '\n');
    add_member(&out, indent, key, value);
    char *edited = splice(text, at, at, out.text);
    strbuf_release(&out);
    return edited;
}

/* Takes a member's lines out, up to the next member. */
static char *remove_member(const char *text, const struct yaml_node *node)
{
    int until = node->next ? node->next->key_line : last_line(node) + 1;
    return splice(text, line_start(text, node->key_line), line_start(text, until), "");
}

/* Puts keys[0].keys[1]... with the value behind the last member of `mapping`. */
static char *insert_path(const char *text, const struct yaml_node *mapping, const char *const *keys,
                         size_t depth, const struct json *value)
{
    struct json *nested = json_copy(value);
    for (size_t k = depth - 1; k > 0; k--) {
        struct json *outer = json_object();
        json_set(outer, keys[k], nested);
        nested = outer;
    }
    char *edited = insert_member(text, mapping, keys[0], nested);
    json_free(nested);
    return edited;
}

static char *edit_text(const char *text, const struct yaml_node *root, const char *const *keys,
                       size_t depth, const struct json *value)
{
    const struct yaml_node *at = root;
    for (size_t i = 0; i < depth; i++) {
        const struct yaml_node *child = yaml_get(at, keys[i]);
        bool last = i + 1 == depth;
        if (!child && !value)
            return str_dup(text);
        if (!child)
            return insert_path(text, at, keys + i, depth - i, value);
        if (!last && value && child->kind == YAML_SCALAR)
            return insert_path(text, child, keys + i + 1, depth - i - 1, value);
        if (!value && (last || (child->first && !child->first->next)))
            return remove_member(text, child);
        if (last && child->kind == YAML_SCALAR && json_text(value))
            return replace_scalar(text, child, json_text(value));
        at = child;
    }
    return NULL;
}

char *edit_set(const char *text, const char *const *keys, size_t depth, const struct json *value,
               bool *kept_comments)
{
    struct yaml_node *root = yaml_parse("config", text, strlen(text), NULL);
    *kept_comments = true;
    if (!root)
        return NULL;
    struct json *wanted = yaml_to_json(root);
    change(wanted, keys, depth, value);
    char *edited = edit_text(text, root, keys, depth, value);
    struct yaml_node *again = edited ? yaml_parse("config", edited, strlen(edited), NULL) : NULL;
    struct json *got = again ? yaml_to_json(again) : NULL;
    if (!json_equal(got, wanted)) {
        free(edited);
        edited = write_anew(wanted);
        *kept_comments = strchr(text, '#') == NULL;
    }
    json_free(got);
    yaml_free(again);
    json_free(wanted);
    yaml_free(root);
    return edited;
}
