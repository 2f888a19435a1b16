#include "tui/draw/canvas.h"

#include "core/base/alloc.h"
#include "core/base/printable.h"
#include "core/base/strbuf.h"
#include "tui/draw/width.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRINTF_MAX = 1024, MIDDLE_DOT = 0xB7, ELLIPSIS = 0x2026 };

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

void canvas_init(struct canvas *canvas, int rows, int cols, bool ascii)
{
    memset(canvas, 0, sizeof *canvas);
    canvas->ascii = ascii;
    canvas_resize(canvas, rows, cols);
}

void canvas_release(struct canvas *canvas)
{
    free(canvas->cells);
    memset(canvas, 0, sizeof *canvas);
}

void canvas_resize(struct canvas *canvas, int rows, int cols)
{
    rows = clamp(rows, 1, CANVAS_MAX_ROWS);
    cols = clamp(cols, 1, CANVAS_MAX_COLS);
    if (rows != canvas->rows || cols != canvas->cols) {
        canvas->cells =
            mem_resize_array(canvas->cells, (size_t)rows * (size_t)cols, sizeof(struct cell));
        canvas->rows = rows;
        canvas->cols = cols;
    }
    canvas_clear(canvas);
}

static struct cell blank_cell(unsigned style)
{
    return (struct cell){.code = ' ', .width = 1, .style = (uint16_t)style};
}

void canvas_clear(struct canvas *canvas)
{
    size_t count = (size_t)canvas->rows * (size_t)canvas->cols;
    struct cell blank = blank_cell(ROLE_TEXT);
    for (size_t i = 0; i < count; i++)
        canvas->cells[i] = blank;
    canvas->cursor_visible = false;
    canvas->cursor_row = canvas->cursor_col = 0;
}

struct rect canvas_area(const struct canvas *canvas)
{
    return rect_make(0, 0, canvas->rows, canvas->cols);
}

static struct cell *cell_at(const struct canvas *canvas, int row, int col)
{
    return &canvas->cells[(size_t)row * (size_t)canvas->cols + (size_t)col];
}

const struct cell *canvas_cell(const struct canvas *canvas, int row, int col)
{
    if (row < 0 || col < 0 || row >= canvas->rows || col >= canvas->cols)
        return NULL;
    return cell_at(canvas, row, col);
}

static void put_utf8(struct strbuf *out, uint32_t code)
{
    char bytes[4];
    strbuf_add(out, bytes, utf8_encode(code, bytes));
}

static void add_row(const struct canvas *canvas, int row, struct strbuf *out)
{
    size_t end = out->len;
    for (int col = 0; col < canvas->cols; col++) {
        const struct cell *cell = cell_at(canvas, row, col);
        if (!cell->width)
            continue;
        put_utf8(out, cell->code);
        for (int i = 0; i < CELL_MARKS && cell->marks[i]; i++)
            put_utf8(out, cell->marks[i]);
        if (cell->code != ' ')
            end = out->len;
    }
    out->len = end;
    out->text[end] = '\0';
}

char *canvas_row_text(const struct canvas *canvas, int row)
{
    struct strbuf out;
    strbuf_init(&out, (size_t)canvas->cols * 4 * (1 + CELL_MARKS));
    if (row >= 0 && row < canvas->rows)
        add_row(canvas, row, &out);
    return out.text;
}

char *canvas_to_text(const struct canvas *canvas)
{
    struct strbuf out;
    strbuf_init(&out, (size_t)canvas->rows * ((size_t)canvas->cols * 4 * (1 + CELL_MARKS) + 1));
    for (int row = 0; row < canvas->rows; row++) {
        add_row(canvas, row, &out);
        strbuf_putc(&out, '\n');
    }
    return out.text;
}

void canvas_cursor(struct canvas *canvas, struct rect area, int row, int col)
{
    if (row < 0 || col < 0 || row >= area.rows || col >= area.cols)
        return;
    if (!canvas_cell(canvas, area.row + row, area.col + col))
        return;
    canvas->cursor_visible = true;
    canvas->cursor_row = area.row + row;
    canvas->cursor_col = area.col + col;
}

/* Blanks the other half of a double-width character of which this cell is about to be overwritten.
 */
static void free_halves(const struct canvas *canvas, int row, int col)
{
    struct cell *cell = cell_at(canvas, row, col);
    if (cell->width == 2 && col + 1 < canvas->cols)
        *cell_at(canvas, row, col + 1) = blank_cell(cell->style);
    if (cell->width == 0 && col > 0)
        *cell_at(canvas, row, col - 1) = blank_cell(cell->style);
}

/*
 * ASCII forms of what the program itself draws with, ordered by code point. Everything here and
 * whatever stands for it is one column wide.
 */
static char ascii_form(uint32_t code)
{
    static const struct {
        uint32_t code;
        char ascii;
    } forms[] = {
        {0x00A0, ' '}, {0x00B7, '.'}, {0x00D7, 'x'},  {0x2010, '-'},  {0x2011, '-'}, {0x2012, '-'},
        {0x2013, '-'}, {0x2014, '-'}, {0x2018, '\''}, {0x2019, '\''}, {0x201C, '"'}, {0x201D, '"'},
        {0x2022, '*'}, {0x2026, '~'}, {0x2039, '<'},  {0x203A, '>'},  {0x2190, '<'}, {0x2191, '^'},
        {0x2192, '>'}, {0x2193, 'v'}, {0x21B5, '<'},  {0x2212, '-'},  {0x2264, '<'}, {0x2265, '>'},
        {0x2500, '-'}, {0x2501, '='}, {0x2502, '|'},  {0x2503, '|'},  {0x2505, '-'}, {0x2506, '|'},
        {0x2508, '.'}, {0x2514, '`'}, {0x251C, '|'},  {0x254D, '-'},  {0x2550, '='}, {0x2551, '|'},
        {0x2554, '+'}, {0x2557, '+'}, {0x255A, '+'},  {0x255D, '+'},  {0x256D, '+'}, {0x256E, '+'},
        {0x256F, '+'}, {0x2570, '+'}, {0x2574, '-'},  {0x2576, '-'},  {0x2581, '_'}, {0x2582, '.'},
        {0x2583, ':'}, {0x2584, '-'}, {0x2585, '='},  {0x2586, '+'},  {0x2587, '*'}, {0x2588, '#'},
        {0x2589, '#'}, {0x258A, '#'}, {0x258B, '#'},  {0x258C, '#'},  {0x258D, ' '}, {0x258E, ' '},
        {0x258F, ' '}, {0x2591, '.'}, {0x2592, '='},  {0x2593, '*'},  {0x25A0, '#'}, {0x25B2, '^'},
        {0x25B4, '^'}, {0x25B6, '>'}, {0x25B8, '>'},  {0x25BC, 'v'},  {0x25BE, 'v'}, {0x25C0, '<'},
        {0x25C2, '<'}, {0x25C6, '*'}, {0x25C7, 'o'},  {0x25CB, 'o'},  {0x25CC, 'o'}, {0x25CF, '*'},
        {0x25D0, 'o'}, {0x2713, '+'}, {0x2717, 'x'},
    };
    size_t low = 0, high = sizeof forms / sizeof forms[0];
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (forms[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < sizeof forms / sizeof forms[0] && forms[low].code == code ? forms[low].ascii : '?';
}

/* In ASCII an arrow and a check mark are two columns: one would say something else. */
static const char *ascii_word(uint32_t code)
{
    enum { ARROW = 0x2192, CHECK_MARK = 0x2713 };
    return code == ARROW ? "->" : code == CHECK_MARK ? "ok" : NULL;
}

/* What is drawn for a code point; *width becomes 0, 1 or 2. */
static uint32_t drawable(const struct canvas *canvas, uint32_t code, int *width)
{
    *width = 1;
    if (code >= 0x20 && code < 0x7F)
        return code;
    *width = width_code(code);
    if (*width < 0) {
        *width = 1;
        return canvas->ascii ? '?' : MIDDLE_DOT;
    }
    if (canvas->ascii && *width > 0) {
        *width = 1;
        return (uint32_t)ascii_form(code);
    }
    return code;
}

static void add_mark(const struct canvas *canvas, struct rect clip, int row, int col, uint32_t mark)
{
    if (canvas->ascii || row < clip.row || row >= clip.row + clip.rows || col < clip.col ||
        col >= clip.col + clip.cols)
        return;
    struct cell *cell = cell_at(canvas, row, col);
    if (!cell->width && col > clip.col)
        cell = cell_at(canvas, row, col - 1);
    for (int i = 0; i < CELL_MARKS; i++) {
        if (!cell->marks[i]) {
            cell->marks[i] = mark;
            return;
        }
    }
}

/* Sets one character at a position of the canvas; `clip` lies within the canvas. */
static void put_code(const struct canvas *canvas, struct rect clip, int row, int col,
                     unsigned style, uint32_t code, int width)
{
    int right = clip.col + clip.cols;
    if (row < clip.row || row >= clip.row + clip.rows || col + width <= clip.col || col >= right)
        return;
    bool whole = col >= clip.col && col + width <= right;
    for (int i = 0; i < width; i++) {
        int at = col + i;
        if (at < clip.col || at >= right)
            continue;
        free_halves(canvas, row, at);
        *cell_at(canvas, row, at) = blank_cell(style);
    }
    if (!whole)
        return;
    struct cell *cell = cell_at(canvas, row, col);
    cell->code = code;
    cell->width = (uint8_t)width;
    if (width == 2) {
        struct cell *half = cell_at(canvas, row, col + 1);
        half->code = 0;
        half->width = 0;
    }
}

static struct rect clip_of(const struct canvas *canvas, struct rect area)
{
    return rect_intersect(area, canvas_area(canvas));
}

/* One character relative to an area. */
static void put_in(struct canvas *canvas, struct rect area, int row, int col, unsigned style,
                   uint32_t code)
{
    int width;
    code = drawable(canvas, code, &width);
    put_code(canvas, clip_of(canvas, area), area.row + row, area.col + col, style, code, width);
}

int canvas_bytes(struct canvas *canvas, struct rect area, int row, int col, unsigned style,
                 const char *text, size_t len)
{
    struct rect clip = clip_of(canvas, area);
    int last = col;
    for (size_t at = 0, used; at < len && text[at] != '\n'; at += used) {
        uint32_t code = (unsigned char)text[at];
        used = 1;
        if (code >= 0x80)
            code = utf8_decode(text + at, len - at, &used);
        int width;
        const char *word = canvas->ascii ? ascii_word(code) : NULL;
        for (; word && *word; word++, last = col++)
            put_code(canvas, clip, area.row + row, area.col + col, style, (uint32_t)*word, 1);
        if (word)
            continue;
        code = drawable(canvas, code, &width);
        if (width == 0) {
            if (col > last)
                add_mark(canvas, clip, area.row + row, area.col + last, code);
            continue;
        }
        put_code(canvas, clip, area.row + row, area.col + col, style, code, width);
        last = col;
        col += width;
    }
    return col;
}

int canvas_text(struct canvas *canvas, struct rect area, int row, int col, unsigned style,
                const char *text)
{
    return canvas_bytes(canvas, area, row, col, style, text, strlen(text));
}

int canvas_printf(struct canvas *canvas, struct rect area, int row, int col, unsigned style,
                  const char *format, ...)
{
    char text[PRINTF_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return canvas_text(canvas, area, row, col, style, text);
}

void canvas_fill(struct canvas *canvas, struct rect area, unsigned style)
{
    struct rect clip = clip_of(canvas, area);
    for (int row = 0; row < clip.rows; row++) {
        for (int col = 0; col < clip.cols; col++)
            put_code(canvas, clip, clip.row + row, clip.col + col, style, ' ', 1);
    }
}

void canvas_restyle(struct canvas *canvas, struct rect area, unsigned clear, unsigned set)
{
    struct rect clip = clip_of(canvas, area);
    for (int row = 0; row < clip.rows; row++) {
        for (int col = 0; col < clip.cols; col++) {
            struct cell *cell = cell_at(canvas, clip.row + row, clip.col + col);
            cell->style = (uint16_t)((cell->style & ~clear) | set);
        }
    }
}

int canvas_cell_text(struct canvas *canvas, struct rect area, int row, int col, int columns,
                     enum align align, unsigned style, const char *text)
{
    if (columns <= 0)
        return col;
    int taken;
    size_t len = width_prefix(text, columns, &taken);
    bool cut = text[len] != '\0' && text[len] != '\n';
    if (cut)
        len = width_prefix(text, columns - 1, &taken);
    int spare = columns - taken - (cut ? 1 : 0);
    int before = align == ALIGN_LEFT ? 0 : align == ALIGN_RIGHT ? spare : spare / 2;
    struct rect slot = rect_intersect(area, rect_make(area.row + row, area.col + col, 1, columns));
    int shift = area.col + col - slot.col;
    if (rect_is_empty(slot))
        return col + columns;
    canvas_fill(canvas, slot, style);
    /* Clipped to the slot: in ASCII an arrow is wider than it was measured. */
    int at = canvas_bytes(canvas, slot, 0, shift + before, style, text, len);
    if (cut)
        put_in(canvas, slot, 0, at, style, ELLIPSIS);
    return col + columns;
}

void canvas_hline(struct canvas *canvas, struct rect area, int row, int col, int columns,
                  unsigned style)
{
    for (int i = 0; i < columns; i++)
        put_in(canvas, area, row, col + i, style, 0x2500);
}

void canvas_vline(struct canvas *canvas, struct rect area, int row, int col, int rows,
                  unsigned style)
{
    for (int i = 0; i < rows; i++)
        put_in(canvas, area, row + i, col, style, 0x2502);
}
