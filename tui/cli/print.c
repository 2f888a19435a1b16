#include "tui/cli/print.h"

#include "core/base/alloc.h"
#include "core/base/nearest.h"
#include "core/base/printable.h"
#include "tui/cli/query.h"
#include "tui/draw/width.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { MAX_COLUMNS = 40, MAX_CELL = 4096, SHORT_VERSION = 12 };

static const char *const format_names[] = {"json", "jsonc", "yaml", "table", "tsv", "none"};

bool print_format_parse(const char *text, enum print_format *out, struct error *error)
{
    size_t count = sizeof format_names / sizeof *format_names;
    *out = PRINT_JSON;
    for (size_t i = 0; text && i < count; i++) {
        if (strcasecmp(text, format_names[i]) == 0) {
            *out = (enum print_format)i;
            return true;
        }
    }
    if (!text)
        return true;
    error_set(error, ERROR_USAGE,
              "unknown output format '%.40s'; there are json, jsonc, yaml, "
              "table, tsv and none",
              text);
    const char *near = nearest_word(text, format_names, count);
    return near ? error_hint(error, "Did you mean %s?", near) : false;
}

/* --- json in colours -------------------------------------------------------------------------- */

static void add_json(struct strbuf *out, const struct json *value)
{
    char *text = json_print(value);
    char *safe = printable_json(text);
    strbuf_puts(out, safe);
    free(safe);
    free(text);
}

static void add_quoted(struct strbuf *out, const char *text)
{
    struct json *value = json_string(text);
    add_json(out, value);
    json_free(value);
}

static void add_colored(struct strbuf *out, const struct json *value, int level)
{
    enum json_type type = json_type(value);
    if (type != JSON_OBJECT && type != JSON_ARRAY) {
        strbuf_puts(out, type == JSON_STRING ? "\033[33m" : "\033[36m");
        add_json(out, value);
        strbuf_puts(out, "\033[0m");
        return;
    }
    bool object = type == JSON_OBJECT;
    strbuf_putc(out, object ? '{' : '[');
    for (const struct json *child = json_first(value); child; child = json_next(child)) {
        strbuf_printf(out, "\n%*s", (level + 1) * 2, "");
        if (object) {
            strbuf_puts(out, "\033[34m");
            add_quoted(out, json_key(child));
            strbuf_puts(out, "\033[0m: ");
        }
        add_colored(out, child, level + 1);
        if (json_next(child))
            strbuf_putc(out, ',');
    }
    if (json_first(value))
        strbuf_printf(out, "\n%*s", level * 2, "");
    strbuf_putc(out, object ? '}' : ']');
}

/* --- yaml ------------------------------------------------------------------------------------- */

/* Text that YAML reads as this text and nothing else. */
static bool is_plain(const char *text)
{
    static const char *const words[] = {"true", "false", "yes", "no",  "y",
                                        "n",    "on",    "off", "null"};
    if (!isalpha((unsigned char)text[0]) && text[0] != '/')
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(text, words[i]) == 0)
            return false;
    for (const char *at = text; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("_-./@", *at) &&
            !(*at == ':' && at[1] && at[1] != ' ') && !(*at == ' ' && at[1] && at[1] != '#'))
            return false;
    return true;
}

static void add_yaml_text(struct strbuf *out, const char *text)
{
    if (is_plain(text))
        strbuf_puts(out, text);
    else
        add_quoted(out, text);
}

static void add_yaml(struct strbuf *out, const struct json *value, int indent, bool in_list)
{
    enum json_type type = json_type(value);
    bool object = type == JSON_OBJECT;
    if (type == JSON_STRING) {
        add_yaml_text(out, json_text(value));
        strbuf_putc(out, '\n');
        return;
    }
    if ((!object && type != JSON_ARRAY) || !json_first(value)) {
        add_json(out, value);
        strbuf_putc(out, '\n');
        return;
    }
    for (const struct json *child = json_first(value); child; child = json_next(child)) {
        bool inline_first = in_list && child == json_first(value);
        strbuf_printf(out, "%*s", inline_first ? 0 : indent, "");
        bool nested = json_first(child) != NULL;
        if (!object) {
            strbuf_puts(out, "- ");
            add_yaml(out, child, indent + 2, true);
            continue;
        }
        add_yaml_text(out, json_key(child));
        bool list = json_type(child) == JSON_ARRAY;
        strbuf_puts(out, nested ? ":\n" : ": ");
        add_yaml(out, child, list ? indent : indent + 2, false);
    }
}

/* --- tsv -------------------------------------------------------------------------------------- */

static void add_scalar(struct strbuf *out, const struct json *value)
{
    enum json_type type = json_type(value);
    if (type == JSON_STRING)
        strbuf_puts(out, json_text(value));
    else if (type == JSON_NULL || type == JSON_MISSING)
        strbuf_puts(out, "None");
    else
        add_json(out, value);
}

/* A field of a row, as az writes it: the length of a list, nothing for an object. */
static void add_field(struct strbuf *out, const struct json *value)
{
    enum json_type type = json_type(value);
    if (type == JSON_ARRAY)
        strbuf_printf(out, "%zu", json_count(value));
    else if (type == JSON_BOOL)
        strbuf_puts(out, json_is_true(value) ? "True" : "False");
    else if (type != JSON_OBJECT)
        add_scalar(out, value);
}

static void add_row(struct strbuf *out, const struct json *value)
{
    enum json_type type = json_type(value);
    if (type == JSON_OBJECT || type == JSON_ARRAY) {
        for (const struct json *child = json_first(value); child; child = json_next(child)) {
            if (child != json_first(value))
                strbuf_putc(out, '\t');
            add_field(out, child);
        }
    } else {
        add_scalar(out, value);
    }
    strbuf_putc(out, '\n');
}

static void add_tsv(struct strbuf *out, const struct json *value)
{
    if (json_type(value) != JSON_ARRAY) {
        if (json_type(value) != JSON_NULL)
            add_row(out, value);
        return;
    }
    for (const struct json *child = json_first(value); child; child = json_next(child))
        add_row(out, child);
}

/* --- table ------------------------------------------------------------------------------------ */

/* "azureml:/subscriptions/.../models/NAME/versions/VERSION" as NAME:VERSION; other text as it is.
 */
static void add_short(struct strbuf *out, const char *text)
{
    const char *id = strncmp(text, "azureml:/", 9) == 0 ? text + 8 : text;
    const char *versions = strstr(id, "/versions/");
    if (strncmp(id, "/subscriptions/", 15) != 0 || !versions) {
        strbuf_puts(out, text);
        return;
    }
    const char *name = versions;
    while (name > id && name[-1] != '/')
        name--;
    const char *version = versions + strlen("/versions/");
    bool long_hash = strlen(version) > SHORT_VERSION;
    strbuf_printf(out, "%.*s:%.*s%s", (int)(versions - name), name,
                  long_hash ? SHORT_VERSION : (int)strlen(version), version, long_hash ? "…" : "");
}

/* A cell's text; NULL for what a table does not show. Owned by the caller. */
static char *cell_text(const char *key, const struct json *value)
{
    enum json_type type = json_type(value);
    struct strbuf out;
    strbuf_init(&out, MAX_CELL);
    if (type == JSON_OBJECT && key && strstr(key, "traffic")) {
        for (const struct json *share = json_first(value); share; share = json_next(share))
            strbuf_printf(&out, "%s%s=%d", share == json_first(value) ? "" : " ", json_key(share),
                          (int)json_int(share, 0));
    } else if (type == JSON_OBJECT || type == JSON_ARRAY) {
        strbuf_release(&out);
        return NULL;
    } else if (type == JSON_STRING) {
        add_short(&out, json_text(value));
    } else if (type > JSON_NULL) {
        add_field(&out, value);
    }
    char *text = printable_text(out.text, out.len, false);
    strbuf_release(&out);
    return text;
}

static bool is_hidden(const char *key)
{
    static const char *const hidden[] = {"id", "kind", "openapi_uri", "resourceGroup"};
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (strcmp(key, hidden[i]) == 0)
            return true;
    return false;
}

/* Keys that become columns, the name first, else in the order met. */
static size_t find_columns(const struct json *rows, const char *keys[MAX_COLUMNS])
{
    size_t count = 0;
    for (const struct json *row = json_first(rows); row; row = json_next(row)) {
        for (const struct json *child = json_first(row); child; child = json_next(child)) {
            const char *key = json_key(child);
            bool known = !key || is_hidden(key) || count == MAX_COLUMNS;
            for (size_t i = 0; !known && i < count; i++)
                known = strcmp(keys[i], key) == 0;
            char *text = known ? NULL : cell_text(key, child);
            if (text && strcmp(key, "name") == 0) {
                memmove(keys + 1, keys, count * sizeof *keys);
                keys[0] = key;
                count++;
            } else if (text) {
                keys[count++] = key;
            }
            free(text);
        }
    }
    return count;
}

static void add_cell(struct strbuf *out, const char *text, int width, bool last)
{
    strbuf_puts(out, text);
    if (!last)
        strbuf_printf(out, "%*s", width - width_text(text) + 2, "");
}

static char *title_of(const char *key)
{
    char *title = str_dup(key ? key : "Result");
    title[0] = (char)toupper((unsigned char)title[0]);
    return title;
}

static void add_rows(struct strbuf *out, const struct json *rows)
{
    const char *keys[MAX_COLUMNS];
    int widths[MAX_COLUMNS];
    size_t count = find_columns(rows, keys);
    for (size_t i = 0; i < count; i++) {
        widths[i] = width_text(keys[i]);
        for (const struct json *row = json_first(rows); row; row = json_next(row)) {
            char *text = cell_text(keys[i], json_get(row, keys[i]));
            int width = text ? width_text(text) : 0;
            widths[i] = width > widths[i] ? width : widths[i];
            free(text);
        }
    }
    for (size_t i = 0; i < count; i++) {
        char *title = title_of(keys[i]);
        add_cell(out, title, widths[i], i + 1 == count);
        free(title);
    }
    strbuf_putc(out, '\n');
    for (size_t i = 0; i < count; i++) {
        for (int k = 0; k < widths[i]; k++)
            strbuf_putc(out, '-');
        strbuf_puts(out, i + 1 == count ? "\n" : "  ");
    }
    for (const struct json *row = json_first(rows); row; row = json_next(row)) {
        for (size_t i = 0; i < count; i++) {
            char *text = cell_text(keys[i], json_get(row, keys[i]));
            add_cell(out, text ? text : "", widths[i], i + 1 == count);
            free(text);
        }
        strbuf_putc(out, '\n');
    }
}

static void add_table(struct strbuf *out, const struct json *value)
{
    struct json *rows = json_array();
    const struct json *first = json_type(value) == JSON_ARRAY ? json_first(value) : value;
    for (const struct json *item = first; item; item = json_next(item)) {
        struct json *row = json_type(item) == JSON_OBJECT ? json_copy(item) : json_object();
        if (json_type(item) != JSON_OBJECT)
            json_set(row, "result", json_copy(item));
        json_append(rows, row);
        if (first == value)
            break;
    }
    if (json_count(rows))
        add_rows(out, rows);
    json_free(rows);
}

void print_value(struct strbuf *out, enum print_format format, const struct json *value, bool color)
{
    char *text;
    char *safe;
    if (json_type(value) == JSON_MISSING)
        return;
    switch (format) {
    case PRINT_JSONC:
        if (color) {
            add_colored(out, value, 0);
            strbuf_putc(out, '\n');
            break;
        }
        /* fall through */
    case PRINT_JSON:
        text = json_print_pretty(value);
        safe = printable_json(text);
        strbuf_puts(out, safe);
        strbuf_putc(out, '\n');
        free(safe);
        free(text);
        break;
    case PRINT_YAML:
        add_yaml(out, value, 0, false);
        break;
    case PRINT_TABLE:
        add_table(out, value);
        break;
    case PRINT_TSV:
        add_tsv(out, value);
        break;
    case PRINT_NONE:
        break;
    }
}

/* --- standard output -------------------------------------------------------------------------- */

static bool output_failed(struct error *error)
{
    return error_set(error, ERROR_FAILED, "cannot write to standard output: %s", strerror(errno));
}

static bool write_out(const char *text, size_t len, struct error *error)
{
    errno = 0;
    if (fwrite(text, 1, len, stdout) == len)
        return true;
    return output_failed(error);
}

bool print_flush(struct error *error)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    return output_failed(error);
}

bool print_text(const char *text, size_t len, struct error *error)
{
    if (!isatty(STDOUT_FILENO))
        return write_out(text, len, error);
    char *safe = printable_text(text, len, true);
    bool ok = write_out(safe, strlen(safe), error);
    free(safe);
    return ok;
}

/* A copy in which every text is safe to draw. */
static struct json *made_printable(const struct json *value)
{
    enum json_type type = json_type(value);
    if (type == JSON_STRING) {
        char *safe = printable_text(json_text(value), strlen(json_text(value)), true);
        struct json *out = json_string(safe);
        free(safe);
        return out;
    }
    if (type != JSON_OBJECT && type != JSON_ARRAY)
        return json_copy(value);
    struct json *out = type == JSON_OBJECT ? json_object() : json_array();
    for (const struct json *child = json_first(value); child; child = json_next(child)) {
        if (type == JSON_ARRAY) {
            json_append(out, made_printable(child));
            continue;
        }
        char *key = printable_text(json_key(child), strlen(json_key(child)), false);
        json_set(out, key, made_printable(child));
        free(key);
    }
    return out;
}

bool print_result(enum print_format format, const char *query, const struct json *value,
                  struct error *error)
{
    bool terminal = isatty(STDOUT_FILENO);
    const char *no_color = getenv("NO_COLOR");
    const struct json *part = query ? query_apply(value, query) : value;
    struct json *safe = terminal && part ? made_printable(part) : NULL;
    struct strbuf out;
    strbuf_init(&out, SIZE_MAX / 2);
    print_value(&out, format, safe ? safe : part, terminal && !(no_color && *no_color));
    bool ok = write_out(out.text, out.len, error) && print_flush(error);
    strbuf_release(&out);
    json_free(safe);
    return ok;
}
