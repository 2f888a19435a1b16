#include "tui/widget/json_view.h"

#include "core/base/alloc.h"
#include "core/base/printable.h"
#include "core/base/strbuf.h"

#include <stdlib.h>
#include <string.h>

enum { INDENT = 2, INLINE_MAX = 64, TEXT_LIMIT = JSON_VIEW_MAX_BYTES * 8 };

struct line {
    size_t text; /* offset in `text` */
    size_t first_span;
    size_t span_count;
};

struct json_view {
    char *text; /* lines, each ended by NUL */
    struct line *lines;
    size_t line_count, line_capacity;
    struct text_span *spans;
    size_t span_count, span_capacity;
};

/* --- laying out: works on the text itself, so that numbers and strings stay as they came --------
 */

static size_t string_length(const char *text)
{
    size_t len = 1;
    while (text[len] && text[len] != '"')
        len += text[len] == '\\' && text[len + 1] ? 2 : 1;
    return text[len] ? len + 1 : len;
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t\r\n");
}

/* Bytes of a scalar token. */
static size_t token_length(const char *text)
{
    return *text == '"' ? string_length(text) : strcspn(text, " \t\r\n,:{}[]");
}

/* Copies an array of scalars that fits one line; returns the text behind it, or NULL. */
static const char *inline_array(const char *text, struct strbuf *out)
{
    char line[INLINE_MAX + 1];
    size_t len = 0;
    for (text = skip_blanks(text + 1); *text && *text != ']'; text = skip_blanks(text)) {
        size_t token = *text == ',' ? 1 : token_length(text);
        if (!token || len + token + 1 > INLINE_MAX)
            return NULL;
        memcpy(line + len, text, token);
        len += token;
        if (*text == ',')
            line[len++] = ' ';
        text += token;
    }
    if (*text != ']')
        return NULL;
    strbuf_putc(out, '[');
    strbuf_add(out, line, len);
    strbuf_putc(out, ']');
    return text + 1;
}

static void new_line(struct strbuf *out, int depth)
{
    strbuf_putc(out, '\n');
    for (int i = 0; i < depth * INDENT; i++)
        strbuf_putc(out, ' ');
}

/* `text` is a valid document. */
static void lay_out(const char *text, struct strbuf *out)
{
    int depth = 0;
    for (text = skip_blanks(text); *text; text = skip_blanks(text)) {
        const char *next = *text == '[' ? inline_array(text, out) : NULL;
        if (next) {
            text = next;
            continue;
        }
        char byte = *text;
        if (byte == '{' || byte == '[') {
            next = skip_blanks(text + 1);
            strbuf_putc(out, byte);
            if (*next == '}' || *next == ']') {
                strbuf_putc(out, *next);
                text = next + 1;
                continue;
            }
            new_line(out, ++depth);
        } else if (byte == '}' || byte == ']') {
            new_line(out, --depth);
            strbuf_putc(out, byte);
        } else if (byte == ',') {
            strbuf_putc(out, byte);
            new_line(out, depth);
        } else if (byte == ':') {
            strbuf_puts(out, ": ");
        } else {
            size_t len = token_length(text);
            strbuf_add(out, text, len ? len : 1);
            text += len ? len : 1;
            continue;
        }
        text++;
    }
}

/* --- lines and their styles --------------------------------------------------------------------
 */

static unsigned token_style(const char *token, size_t len)
{
    if (*token == '"')
        return token[len] == ':' ? ROLE_JSON_KEY : ROLE_JSON_STRING;
    return *token == '-' || (*token >= '0' && *token <= '9') ? ROLE_JSON_NUMBER : ROLE_JSON_WORD;
}

/* The token at or behind *at; false at the end of the line. */
static bool next_span(const char *line, size_t *at, struct text_span *out)
{
    *at += strspn(line + *at, " \t,:{}[]");
    size_t len = token_length(line + *at);
    *out = (struct text_span){*at, len, len ? token_style(line + *at, len) : ROLE_TEXT};
    *at += len;
    return len > 0;
}

size_t json_view_spans(const char *line, struct text_span *out, size_t max)
{
    size_t count = 0, at = 0;
    while (count < max && next_span(line, &at, &out[count]))
        count++;
    return count;
}

static void style_line(struct json_view *view, struct line *line)
{
    struct text_span span;
    for (size_t at = 0; next_span(view->text + line->text, &at, &span); line->span_count++) {
        view->spans =
            mem_grow(view->spans, view->span_count, &view->span_capacity, sizeof *view->spans);
        view->spans[view->span_count++] = span;
    }
}

static struct json_view *from_lines(char *text, bool styled)
{
    struct json_view *view = mem_alloc(sizeof *view);
    view->text = text;
    for (size_t at = 0; text[at];) {
        size_t len = strcspn(text + at, "\n");
        bool last = !text[at + len];
        text[at + len] = '\0';
        view->lines =
            mem_grow(view->lines, view->line_count, &view->line_capacity, sizeof *view->lines);
        struct line *line = &view->lines[view->line_count++];
        *line = (struct line){.text = at, .first_span = view->span_count};
        if (styled)
            style_line(view, line);
        if (last)
            break;
        at += len + 1;
    }
    return view;
}

static struct json_view *from_document(const char *text)
{
    struct strbuf pretty;
    strbuf_init(&pretty, TEXT_LIMIT);
    lay_out(text, &pretty);
    char *safe = printable_text(pretty.text, pretty.len, true);
    strbuf_release(&pretty);
    return from_lines(safe, true);
}

struct json_view *json_view_new(const struct json *value)
{
    char *text = value ? json_print(value) : str_dup("");
    struct json_view *view = from_document(text);
    free(text);
    return view;
}

struct json_view *json_view_from_text(const char *text, size_t len)
{
    if (len > JSON_VIEW_MAX_BYTES)
        len = JSON_VIEW_MAX_BYTES;
    struct json *document = json_parse(text, len, NULL);
    if (!document)
        return from_lines(printable_text(text, len, true), false);
    json_free(document);
    char *copy = str_dup_n(text, len);
    struct json_view *view = from_document(copy);
    free(copy);
    return view;
}

void json_view_free(struct json_view *view)
{
    if (!view)
        return;
    free(view->text);
    free(view->lines);
    free(view->spans);
    free(view);
}

static void get_line(void *data, size_t index, struct text_line *out)
{
    const struct json_view *view = data;
    const struct line *line = &view->lines[index];
    out->text = view->text + line->text;
    out->style = ROLE_TEXT;
    out->spans = view->spans ? view->spans + line->first_span : NULL;
    out->span_count = line->span_count;
    out->indent = (int)strspn(out->text, " ") + INDENT;
}

struct text_lines json_view_lines(const struct json_view *view)
{
    struct text_lines lines = {.line = get_line};
    if (view) {
        /* The callback only reads through it. */
        lines.data = (void *)(uintptr_t)view;
        lines.count = view->line_count;
    }
    return lines;
}
