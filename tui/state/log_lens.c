#include "tui/state/log_lens.h"

#include "core/base/alloc.h"
#include "core/base/json.h"
#include "core/base/strbuf.h"
#include "tui/draw/style.h"
#include "tui/widget/json_view.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MARK_BYTES = 8 };

void lens_init(struct log_lens *lens, const struct log_buffer *log)
{
    memset(lens, 0, sizeof *lens);
    lens->log = log;
}

static void drop_rows(struct log_lens *lens)
{
    for (size_t i = 0; i < lens->count; i++)
        free(lens->rows[i].text);
    lens->count = 0;
    lens->dropped = 0;
    lens->next = 0;
}

void lens_clear(struct log_lens *lens)
{
    drop_rows(lens);
    lens->mark_count = 0;
}

void lens_release(struct log_lens *lens)
{
    lens_clear(lens);
    free(lens->rows);
    lens->rows = NULL;
    lens->capacity = 0;
}

/* --- what a line says --------------------------------------------------------------------------
 */

static bool is_word_at(const char *text, const char *at, size_t len)
{
    bool starts = at == text || !isalnum((unsigned char)at[-1]);
    return starts && !isalnum((unsigned char)at[len]);
}

static bool holds_word(const char *text, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        if (is_word_at(text, at, len))
            return true;
    return false;
}

/* "POST /score 200 12.345ms" and "\"POST /score HTTP/1.1\" 200 -": the status, or 0. */
static int answered_status(const char *text)
{
    static const char *const methods[] = {"GET /",    "POST /",  "PUT /",
                                          "DELETE /", "PATCH /", "HEAD /"};
    const char *at = NULL;
    for (size_t i = 0; !at && i < sizeof methods / sizeof methods[0]; i++)
        at = strstr(text, methods[i]);
    while (at && (at = strchr(at, ' '))) {
        at++;
        if (at[0] >= '1' && at[0] <= '5' && isdigit((unsigned char)at[1]) &&
            isdigit((unsigned char)at[2]) && (!at[3] || at[3] == ' '))
            return (at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0');
    }
    return 0;
}

bool log_line_is_error(const char *text)
{
    int status = answered_status(text);
    return status == 424 || status >= 500 || strncmp(text, "Traceback ", 10) == 0 ||
           holds_word(text, "ERROR") || holds_word(text, "CRITICAL") ||
           log_line_level(text) == 'E' || log_line_level(text) == 'C';
}

size_t log_line_time(const char *text)
{
    static const char shape[] = "dddd-dd-dd?dd:dd:dd";
    size_t at = 0;
    for (; shape[at]; at++) {
        bool fits = shape[at] == 'd'   ? isdigit((unsigned char)text[at]) != 0
                    : shape[at] == '?' ? text[at] == ' ' || text[at] == 'T'
                                       : text[at] == shape[at];
        if (!fits)
            return 0;
    }
    at += strspn(text + at, ".,0123456789");
    if (text[at] == 'Z')
        at++;
    else if ((text[at] == '+' || text[at] == '-') && isdigit((unsigned char)text[at + 1]))
        at += 1 + strspn(text + at + 1, ":0123456789");
    if (text[at] && text[at] != ' ')
        return 0;
    return at + strspn(text + at, " ");
}

static bool is_wanted(const struct log_lens *lens, const struct log_line *line)
{
    const char *text = lens->only;
    bool inverse = *text == '!';
    text += inverse;
    if (!*text)
        return true;
    return line->kind == LOG_LINE_TEXT && (strcasestr(line->text, text) != NULL) != inverse;
}

/* --- rows --------------------------------------------------------------------------------------
 */

/* Takes over `text`. */
static void add_row(struct log_lens *lens, uint64_t line, char *text)
{
    lens->rows = mem_grow(lens->rows, lens->count, &lens->capacity, sizeof *lens->rows);
    lens->rows[lens->count++] = (struct lens_row){.line = line, .text = text};
}

/* An object that ends the line is laid out below what comes before it. */
static bool add_laid_out(struct log_lens *lens, uint64_t number, const char *text)
{
    const char *brace = strchr(text, '{');
    if (!brace || lens->count > LENS_ROWS_MAX)
        return false;
    struct json *document = json_parse(brace, strlen(brace), NULL);
    if (json_type(document) != JSON_OBJECT) {
        json_free(document);
        return false;
    }
    struct json_view *view = json_view_from_text(brace, strlen(brace));
    struct text_lines lines = json_view_lines(view);
    if (brace > text)
        add_row(lens, number, str_dup_n(text, (size_t)(brace - text)));
    for (size_t i = 0; i < lines.count; i++) {
        struct text_line line = {.text = ""};
        lines.line(lines.data, i, &line);
        add_row(lens, number, str_dup(line.text));
    }
    json_view_free(view);
    json_free(document);
    return true;
}

static void add_line(struct log_lens *lens, uint64_t number)
{
    const struct log_line *line = log_at(lens->log, (size_t)(number - lens->log->dropped));
    if (!is_wanted(lens, line))
        return;
    if (!lens->pretty || line->kind != LOG_LINE_TEXT || !add_laid_out(lens, number, line->text))
        add_row(lens, number, NULL);
}

/* Rows of lines that fell out of the buffer. */
static void drop_oldest(struct log_lens *lens)
{
    size_t gone = 0;
    while (gone < lens->count && lens->rows[gone].line < lens->log->dropped)
        free(lens->rows[gone++].text);
    if (gone)
        memmove(lens->rows, lens->rows + gone, (lens->count - gone) * sizeof *lens->rows);
    lens->count -= gone;
    lens->dropped += gone;
    size_t stale = 0;
    while (stale < lens->mark_count && lens->marks[stale] < lens->log->dropped)
        stale++;
    lens->mark_count -= stale;
    memmove(lens->marks, lens->marks + stale, lens->mark_count * sizeof lens->marks[0]);
}

void lens_follow(struct log_lens *lens)
{
    uint64_t end = lens->log->dropped + lens->log->count;
    drop_oldest(lens);
    /* The newest line may have been half of one: it is read again. */
    uint64_t from = lens->next ? lens->next - 1 : 0;
    while (lens->count && lens->rows[lens->count - 1].line >= from)
        free(lens->rows[--lens->count].text);
    if (from < lens->log->dropped)
        from = lens->log->dropped;
    for (; from < end; from++)
        add_line(lens, from);
    lens->next = end;
}

/* --- lines for a view --------------------------------------------------------------------------
 */

/* The preamble moves out of sight with the first lines that fall out of the ring. */
static size_t preamble_rows(const struct log_lens *lens)
{
    return lens->log->dropped || lens->only[0] ? 0 : lens->log->preamble_count;
}

static uint64_t rows_before(const struct log_lens *lens)
{
    bool lost = lens->log->dropped && !lens->only[0];
    return lens->dropped + (lost ? lens->log->preamble_count : 0);
}

/* The row that the view counts as `row`; SIZE_MAX when it is none of a line. */
static size_t index_of(const struct log_lens *lens, uint64_t row)
{
    uint64_t first = rows_before(lens) + preamble_rows(lens);
    return row >= first && row - first < lens->count ? (size_t)(row - first) : SIZE_MAX;
}

static uint64_t row_of(const struct log_lens *lens, size_t index)
{
    return rows_before(lens) + preamble_rows(lens) + index;
}

static bool is_marked(const struct log_lens *lens, uint64_t line)
{
    for (size_t i = 0; i < lens->mark_count; i++)
        if (lens->marks[i] == line)
            return true;
    return false;
}

static void get_row(void *data, size_t index, struct text_line *out)
{
    struct log_lens *lens = data;
    size_t preamble = preamble_rows(lens);
    out->indent = 2;
    if (index < preamble) {
        out->text = lens->log->preamble[index];
        out->style = ROLE_DIM;
        return;
    }
    const struct lens_row *row = &lens->rows[index - preamble];
    const struct log_line *line = log_at(lens->log, (size_t)(row->line - lens->log->dropped));
    out->style = log_line_style(line);
    out->spans = lens->spans;
    if (line->kind == LOG_LINE_GAP) {
        out->text = "… lines may be missing here …";
    } else if (row->text) {
        out->text = row->text;
        out->span_count = json_view_spans(row->text, lens->spans, LENS_SPANS_MAX);
    } else {
        out->text = line->text + (lens->hides_times ? log_line_time(line->text) : 0);
    }
    if (is_marked(lens, row->line)) {
        lens->spans[0] =
            (struct text_span){.len = MARK_BYTES, .style = ROLE_KEY | ATTR_REVERSE | ATTR_BOLD};
        out->span_count = 1;
    }
}

struct text_lines lens_lines(struct log_lens *lens)
{
    return (struct text_lines){.data = lens,
                               .count = preamble_rows(lens) + lens->count,
                               .line = get_row,
                               .dropped = rows_before(lens)};
}

char *lens_text(struct log_lens *lens, size_t *out_len)
{
    struct text_lines lines = lens_lines(lens);
    struct strbuf out;
    strbuf_init(&out, (size_t)LOG_MAX_LINES * LOG_MAX_LINE_BYTES * 4);
    for (size_t i = 0; i < lines.count; i++) {
        struct text_line line = {.text = ""};
        lines.line(lines.data, i, &line);
        strbuf_puts(&out, line.text);
        strbuf_putc(&out, '\n');
    }
    *out_len = out.len;
    return strbuf_detach(&out);
}

/* --- another way to look -----------------------------------------------------------------------
 */

static void rebuild(struct log_lens *lens, struct text_view *view)
{
    size_t at = index_of(lens, view->top);
    uint64_t line = at == SIZE_MAX ? 0 : lens->rows[at].line;
    drop_rows(lens);
    lens_follow(lens);
    size_t index = 0;
    while (index < lens->count && lens->rows[index].line < line)
        index++;
    view->top = at == SIZE_MAX ? 0 : row_of(lens, index);
    view->top_row = 0;
    view->has_hit = false;
}

void lens_show_only(struct log_lens *lens, const char *text, struct text_view *view)
{
    snprintf(lens->only, sizeof lens->only, "%s", text);
    rebuild(lens, view);
}

void lens_toggle_pretty(struct log_lens *lens, struct text_view *view)
{
    lens->pretty = !lens->pretty;
    rebuild(lens, view);
}

/* --- errors and marks --------------------------------------------------------------------------
 */

typedef bool row_test(const struct log_lens *lens, const struct lens_row *row);

static bool starts_error(const struct log_lens *lens, const struct lens_row *row)
{
    const struct log_line *line = log_at(lens->log, (size_t)(row->line - lens->log->dropped));
    bool first = row == lens->rows || row[-1].line != row->line;
    return first && line->kind == LOG_LINE_TEXT && log_line_is_error(line->text);
}

static bool starts_mark(const struct log_lens *lens, const struct lens_row *row)
{
    bool first = row == lens->rows || row[-1].line != row->line;
    return first && is_marked(lens, row->line);
}

static bool next_row(const struct log_lens *lens, uint64_t from, bool forward, row_test *test,
                     uint64_t *out)
{
    size_t count = lens->count;
    size_t at = index_of(lens, from);
    if (at == SIZE_MAX)
        at = forward ? count - 1 : 0;
    for (size_t step = 1; step <= count; step++) {
        size_t index = (at + (forward ? step : count - step)) % count;
        if (test(lens, &lens->rows[index])) {
            *out = row_of(lens, index);
            return true;
        }
    }
    return false;
}

bool lens_next_error(struct log_lens *lens, uint64_t row, bool forward, uint64_t *out)
{
    return next_row(lens, row, forward, starts_error, out);
}

bool lens_next_mark(struct log_lens *lens, uint64_t row, uint64_t *out)
{
    return next_row(lens, row, true, starts_mark, out);
}

bool lens_toggle_mark(struct log_lens *lens, uint64_t row)
{
    size_t index = index_of(lens, row);
    if (index == SIZE_MAX)
        return true;
    uint64_t line = lens->rows[index].line;
    size_t at = 0;
    while (at < lens->mark_count && lens->marks[at] < line)
        at++;
    uint64_t *slot = lens->marks + at;
    size_t behind = lens->mark_count - at;
    if (behind && *slot == line) {
        memmove(slot, slot + 1, (behind - 1) * sizeof *slot);
        lens->mark_count--;
        return true;
    }
    if (lens->mark_count == LENS_MARKS_MAX)
        return false;
    memmove(slot + 1, slot, behind * sizeof *slot);
    *slot = line;
    lens->mark_count++;
    return true;
}
