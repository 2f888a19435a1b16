#include "tui/widget/text_view.h"

#include "tui/draw/width.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { SIDE_STEP = 1, SIDE_STEP_LARGE = 10, ROW_MIN = 4, WORD_MAX = 24 };

/* A place in the text: a line and, when wrapped, one of its rows. */
struct place {
    uint64_t line;
    int row;
};

void text_view_init(struct text_view *view, bool wrap, bool follow)
{
    memset(view, 0, sizeof *view);
    view->wrap = wrap;
    view->follow = follow;
    field_init(&view->input, TEXT_SEARCH_MAX);
}

static struct text_line get_line(const struct text_lines *lines, uint64_t line)
{
    struct text_line out = {.text = ""};
    lines->line(lines->data, (size_t)(line - lines->dropped), &out);
    return out;
}

static uint64_t end_line(const struct text_lines *lines)
{
    return lines->dropped + lines->count;
}

/* --- wrapping ----------------------------------------------------------------------------------
 */

static int row_columns(const struct text_view *view, const struct text_line *line, int row)
{
    int indent = row > 0 ? line->indent : 0;
    int columns = view->page_cols - indent;
    return columns > ROW_MIN ? columns : ROW_MIN;
}

/* Bytes of `text` that make one row, which ends with a blank unless that would waste much of it. */
static size_t row_length(const char *text, int columns)
{
    size_t len = width_prefix(text, columns, NULL);
    if (!text[len])
        return len;
    if (!len)
        return strlen(text) > 0 ? 1 : 0;
    for (size_t at = len; at > len / 3 && len - at < WORD_MAX; at--) {
        if (text[at - 1] == ' ')
            return at;
    }
    return len;
}

static int rows_of(const struct text_view *view, const struct text_lines *lines, uint64_t line)
{
    if (!view->wrap)
        return 1;
    struct text_line content = get_line(lines, line);
    const char *text = content.text;
    int rows = 0;
    do {
        text += row_length(text, row_columns(view, &content, rows));
        rows++;
    } while (*text);
    return rows;
}

int text_view_rows(const struct text_lines *lines, int columns)
{
    struct text_view view = {.wrap = true, .page_cols = columns};
    int rows = 0;
    for (size_t i = 0; i < lines->count && rows < CANVAS_MAX_ROWS; i++)
        rows += rows_of(&view, lines, lines->dropped + i);
    return rows;
}

static struct place back_by(const struct text_view *view, const struct text_lines *lines,
                            struct place place, int rows)
{
    while (rows > place.row) {
        if (place.line <= lines->dropped)
            return (struct place){lines->dropped, 0};
        rows -= place.row + 1;
        place.line--;
        place.row = rows_of(view, lines, place.line) - 1;
    }
    place.row -= rows;
    return place;
}

static struct place forward_by(const struct text_view *view, const struct text_lines *lines,
                               struct place place, int rows)
{
    while (rows > 0 && place.line < end_line(lines)) {
        int left = rows_of(view, lines, place.line) - place.row - 1;
        if (rows <= left) {
            place.row += rows;
            return place;
        }
        rows -= left + 1;
        place.line++;
        place.row = 0;
    }
    return place;
}

/* The place at the top of the last full page. */
static struct place last_page(const struct text_view *view, const struct text_lines *lines)
{
    int page = view->page_rows > 0 ? view->page_rows : 1;
    return back_by(view, lines, (struct place){end_line(lines), 0}, page);
}

static bool is_behind(struct place a, struct place b)
{
    return a.line > b.line || (a.line == b.line && a.row > b.row);
}

/* Keeps the top within what there is; at the end when following. */
static void settle(struct text_view *view, const struct text_lines *lines)
{
    struct place top = {view->top, view->top_row};
    if (top.line < lines->dropped)
        top = (struct place){lines->dropped, 0};
    if (top.line < end_line(lines) && top.row >= rows_of(view, lines, top.line))
        top.row = rows_of(view, lines, top.line) - 1;
    struct place last = last_page(view, lines);
    if (view->follow || is_behind(top, last))
        top = last;
    view->top = top.line;
    view->top_row = top.row;
}

static void scroll_by(struct text_view *view, const struct text_lines *lines, int rows)
{
    settle(view, lines);
    struct place top = {view->top, view->top_row};
    top = rows < 0 ? back_by(view, lines, top, -rows) : forward_by(view, lines, top, rows);
    if (rows < 0)
        view->follow = false;
    view->top = top.line;
    view->top_row = top.row;
    settle(view, lines);
}

/* --- searching ---------------------------------------------------------------------------------
 */

static bool bytes_equal(const char *a, const char *b, size_t len, bool exact)
{
    for (size_t i = 0; i < len; i++) {
        if (exact ? a[i] != b[i] : tolower((unsigned char)a[i]) != tolower((unsigned char)b[i]))
            return false;
    }
    return true;
}

/* Offset of the search text at or behind `from`; SIZE_MAX when it is not there. */
static size_t find_in(const struct text_view *view, const char *text, size_t from)
{
    size_t len = strlen(text), wanted = strlen(view->search);
    if (!wanted)
        return SIZE_MAX;
    for (size_t at = from; at + wanted <= len; at++) {
        if (bytes_equal(text + at, view->search, wanted, view->search_is_case))
            return at;
    }
    return SIZE_MAX;
}

static bool line_matches(const struct text_view *view, const struct text_lines *lines,
                         uint64_t line)
{
    return find_in(view, get_line(lines, line).text, 0) != SIZE_MAX;
}

void text_view_show(struct text_view *view, const struct text_lines *lines, uint64_t line)
{
    view->hit = line;
    view->has_hit = true;
    view->missed = false;
    view->follow = false;
    struct place top = {view->top, view->top_row};
    struct place bottom = forward_by(view, lines, top, view->page_rows - 1);
    if (line > top.line && line < bottom.line)
        return;
    top = back_by(view, lines, (struct place){line, 0}, view->page_rows / 3);
    view->top = top.line;
    view->top_row = top.row;
    settle(view, lines);
}

/* The next hit in a direction, round the end; from the hit so far or from the top. */
static void find_next(struct text_view *view, const struct text_lines *lines, bool forward)
{
    uint64_t count = lines->count;
    uint64_t start = view->has_hit ? view->hit : view->top;
    if (!view->search[0] || !count)
        return;
    if (start < lines->dropped || start >= end_line(lines))
        start = lines->dropped;
    uint64_t first = view->has_hit ? 1 : 0;
    for (uint64_t step = first; step < count + first; step++) {
        uint64_t offset =
            (start - lines->dropped + (forward ? step : count - step % count)) % count;
        if (line_matches(view, lines, lines->dropped + offset)) {
            text_view_show(view, lines, lines->dropped + offset);
            return;
        }
    }
    view->missed = true;
    view->has_hit = false;
}

static void start_search(struct text_view *view, const struct text_lines *lines, const char *text)
{
    snprintf(view->search, sizeof view->search, "%s", text);
    view->search_is_case = false;
    for (const char *at = text; *at; at++)
        view->search_is_case |= isupper((unsigned char)*at) != 0;
    view->has_hit = false;
    view->missed = false;
    find_next(view, lines, true);
}

static bool typing_key(struct text_view *view, const struct text_lines *lines, struct key key)
{
    if (key.name == KEY_ESC) {
        view->searching = false;
        start_search(view, lines, "");
        return true;
    }
    if (key.name == KEY_ENTER) {
        view->searching = false;
        start_search(view, lines, view->input.text);
        return true;
    }
    return field_key(&view->input, key) != FIELD_IGNORED;
}

static bool search_key(struct text_view *view, const struct text_lines *lines, struct key key)
{
    if (key_is(key, '/') || (key.name == KEY_FUNCTION && key.code == 3 && !key.state)) {
        view->searching = true;
        field_set(&view->input, "");
    } else if (key_is(key, 'n') && view->search[0]) {
        find_next(view, lines, true);
    } else if (key_is(key, 'N') && view->search[0]) {
        find_next(view, lines, false);
    } else if (key.name == KEY_ESC && (view->search[0] || view->has_hit)) {
        start_search(view, lines, "");
    } else {
        return false;
    }
    return true;
}

bool text_view_is_typing(const struct text_view *view)
{
    return view->searching;
}

/* --- keys --------------------------------------------------------------------------------------
 */

/* Rows that a key scrolls by; 0 when it does not. */
static int rows_for(const struct text_view *view, struct key key)
{
    int page = view->page_rows > 1 ? view->page_rows - 1 : 1;
    if (key.name == KEY_DOWN || key_is(key, 'j'))
        return 1;
    if (key.name == KEY_UP || key_is(key, 'k'))
        return -1;
    if (key.name == KEY_PAGE_DOWN || key_is(key, ' '))
        return page;
    if (key.name == KEY_PAGE_UP || key_is(key, 'b'))
        return -page;
    if (key_is_ctrl(key, 'd'))
        return (page + 1) / 2;
    if (key_is_ctrl(key, 'u'))
        return -((page + 1) / 2);
    return 0;
}

static bool sideways_key(struct text_view *view, struct key key)
{
    int step = key.name == KEY_LEFT || key_is(key, 'h')    ? -SIDE_STEP
               : key.name == KEY_RIGHT || key_is(key, 'l') ? SIDE_STEP
               : key_is(key, 'H')                          ? -SIDE_STEP_LARGE
               : key_is(key, 'L')                          ? SIDE_STEP_LARGE
                                                           : 0;
    if (!step)
        return false;
    if (view->wrap)
        return true;
    view->column += step;
    if (view->column < 0)
        view->column = 0;
    return true;
}

bool text_view_key(struct text_view *view, const struct text_lines *lines, struct key key)
{
    if (view->searching)
        return typing_key(view, lines, key);
    int rows = rows_for(view, key);
    if (rows) {
        scroll_by(view, lines, rows);
    } else if (key.name == KEY_HOME || key_is(key, 'g')) {
        view->follow = false;
        view->top = lines->dropped;
        view->top_row = 0;
    } else if (key.name == KEY_END || key_is(key, 'G')) {
        struct place last = last_page(view, lines);
        view->top = last.line;
        view->top_row = last.row;
    } else if (key_is(key, 'w')) {
        /* The column waits for the lines to be whole again. */
        view->wrap = !view->wrap;
        view->top_row = 0;
    } else if (key_is(key, 'F')) {
        view->follow = !view->follow;
        view->has_hit = view->has_hit && !view->follow;
        settle(view, lines);
    } else {
        return sideways_key(view, key) || search_key(view, lines, key);
    }
    return true;
}

/* --- drawing -----------------------------------------------------------------------------------
 */

static unsigned style_at(const struct text_line *line, size_t at, size_t *next)
{
    *next = SIZE_MAX;
    for (size_t i = 0; i < line->span_count; i++) {
        const struct text_span *span = &line->spans[i];
        if (at < span->start) {
            *next = span->start;
            return line->style;
        }
        if (at < span->start + span->len) {
            *next = span->start + span->len;
            return span->style;
        }
    }
    return line->style;
}

/* The bytes [from, to) of a line, in the styles of its spans and of the search. */
static void draw_bytes(const struct text_view *view, const struct text_line *line, bool is_hit,
                       size_t from, size_t to, struct canvas *canvas, struct rect area, int row,
                       int col)
{
    size_t wanted = strlen(view->search);
    size_t match = find_in(view, line->text, from >= wanted ? from - wanted + (wanted > 0) : 0);
    while (from < to) {
        size_t end;
        unsigned style = style_at(line, from, &end);
        while (match != SIZE_MAX && match + wanted <= from)
            match = find_in(view, line->text, match + wanted);
        if (match != SIZE_MAX && from >= match) {
            style = is_hit ? ROLE_MATCH_NOW : ROLE_MATCH;
            end = match + wanted;
        } else if (match != SIZE_MAX && match < end) {
            end = match;
        }
        if (end > to)
            end = to;
        col = canvas_bytes(canvas, area, row, col, style, line->text + from, end - from);
        from = end;
    }
}

/* A place that was not searched for has no text to mark: its row is. */
static void mark_place(const struct text_view *view, uint64_t line, struct canvas *canvas,
                       struct rect area, int row)
{
    if (view->has_hit && view->hit == line && !view->search[0])
        canvas_restyle(canvas, rect_make(area.row + row, area.col, 1, area.cols), 0, ATTR_SELECTED);
}

static void draw_wrapped(const struct text_view *view, const struct text_lines *lines,
                         struct canvas *canvas, struct rect area)
{
    int row = 0, skip = view->top_row;
    for (uint64_t at = view->top; at < end_line(lines) && row < area.rows; at++) {
        struct text_line line = get_line(lines, at);
        size_t from = 0;
        int part = 0;
        do {
            size_t len = row_length(line.text + from, row_columns(view, &line, part));
            if (part >= skip) {
                draw_bytes(view, &line, view->has_hit && view->hit == at, from, from + len, canvas,
                           area, row, part ? line.indent : 0);
                mark_place(view, at, canvas, area, row++);
            }
            from += len;
            part++;
        } while (line.text[from] && row < area.rows);
        skip = 0;
    }
}

static void draw_plain(const struct text_view *view, const struct text_lines *lines,
                       struct canvas *canvas, struct rect area)
{
    for (int row = 0; row < area.rows && view->top + (uint64_t)row < end_line(lines); row++) {
        uint64_t at = view->top + (uint64_t)row;
        struct text_line line = get_line(lines, at);
        draw_bytes(view, &line, view->has_hit && view->hit == at, 0, strlen(line.text), canvas,
                   area, row, -view->column);
        if (view->column > 0)
            canvas_text(canvas, area, row, 0, ROLE_DIM, "‹");
        mark_place(view, at, canvas, area, row);
    }
}

static void draw_search_line(struct text_view *view, struct canvas *canvas, struct rect line,
                             bool focused)
{
    if (view->searching) {
        canvas_text(canvas, line, 0, 0, ROLE_KEY, "/");
        rect_cut_left(&line, 1);
        field_draw(&view->input, canvas, line, focused, "search");
        return;
    }
    canvas_printf(canvas, line, 0, 0, ROLE_WARN, "not found: %s", view->search);
}

void text_view_draw(struct text_view *view, const struct text_lines *lines, struct canvas *canvas,
                    struct rect area, bool focused)
{
    if (rect_is_empty(area))
        return;
    if (view->searching || (view->missed && view->search[0]))
        draw_search_line(view, canvas, rect_cut_bottom(&area, 1), focused);
    view->page_rows = area.rows;
    view->page_cols = area.cols;
    settle(view, lines);
    if (!lines->count && lines->empty)
        canvas_text(canvas, area, area.rows / 2, (area.cols - width_text(lines->empty)) / 2,
                    ROLE_DIM, lines->empty);
    else if (view->wrap)
        draw_wrapped(view, lines, canvas, area);
    else
        draw_plain(view, lines, canvas, area);
}

void text_view_position(const struct text_view *view, const struct text_lines *lines, char *out,
                        size_t size)
{
    uint64_t first = view->top - (view->top > lines->dropped ? lines->dropped : view->top) + 1;
    if (!size)
        return;
    out[0] = '\0';
    if (view->follow)
        snprintf(out, size, "follow");
    else if (lines->count > (size_t)(view->page_rows > 0 ? view->page_rows : 0))
        snprintf(out, size, "%llu/%zu", (unsigned long long)first, lines->count);
}
