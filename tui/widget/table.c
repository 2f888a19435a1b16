#include "tui/widget/table.h"

#include "tui/draw/width.h"

#include <stdio.h>
#include <string.h>

enum { COLUMN_GAP = 2, MARKER_COLUMNS = 2 };

void table_init(struct table *table)
{
    memset(table, 0, sizeof *table);
    table->sort_column = -1;
}

void table_forget(struct table *table)
{
    struct table before = *table;
    table_init(table);
    table->sort_column = before.sort_column;
    table->descending = before.descending;
}

static void remember_identity(struct table *table, const struct table_rows *rows)
{
    snprintf(table->selected, sizeof table->selected, "%s",
             rows->count ? rows->identity(rows->data, table->index) : "");
}

static bool is_selected(const struct table *table, const struct table_rows *rows, size_t row)
{
    return strncmp(rows->identity(rows->data, row), table->selected, TABLE_ID_MAX) == 0;
}

void table_sync(struct table *table, const struct table_rows *rows)
{
    if (!rows->count) {
        table->index = table->top = 0;
        return;
    }
    if (table->index < rows->count && is_selected(table, rows, table->index))
        return;
    for (size_t row = 0; table->selected[0] && row < rows->count; row++) {
        if (is_selected(table, rows, row)) {
            table->index = row;
            return;
        }
    }
    if (table->index >= rows->count)
        table->index = rows->count - 1;
    remember_identity(table, rows);
}

void table_select(struct table *table, const struct table_rows *rows, size_t row)
{
    if (!rows->count)
        return;
    size_t last = rows->count - 1;
    row = row < last ? row : last;
    if (row != table->index || !is_selected(table, rows, row))
        table->moved = true;
    table->index = row;
    remember_identity(table, rows);
}

void table_select_id(struct table *table, const char *identity)
{
    snprintf(table->selected, sizeof table->selected, "%s", identity);
}

static void move_by(struct table *table, const struct table_rows *rows, long delta)
{
    long row = (long)table->index + delta;
    table_select(table, rows, row > 0 ? (size_t)row : 0);
}

static bool sort_key(struct table *table, const struct table_rows *rows, struct key key)
{
    int count = (int)rows->column_count;
    if (key_is(key, 'I')) {
        table->descending = !table->descending;
        return true;
    }
    if (!count || (!key_is(key, '<') && !key_is(key, '>')))
        return false;
    int step = key_is(key, '>') ? 1 : -1;
    /* One past the last column stands for "as it came". */
    table->sort_column = (table->sort_column + 1 + step + count + 1) % (count + 1) - 1;
    return true;
}

bool table_key(struct table *table, const struct table_rows *rows, struct key key)
{
    long page = table->page > 1 ? table->page - 1 : 1;
    table_sync(table, rows);
    if (key.name == KEY_DOWN || key_is(key, 'j'))
        move_by(table, rows, 1);
    else if (key.name == KEY_UP || key_is(key, 'k'))
        move_by(table, rows, -1);
    else if (key.name == KEY_PAGE_DOWN)
        move_by(table, rows, page);
    else if (key.name == KEY_PAGE_UP)
        move_by(table, rows, -page);
    else if (key_is_ctrl(key, 'd'))
        move_by(table, rows, (page + 1) / 2);
    else if (key_is_ctrl(key, 'u'))
        move_by(table, rows, -((page + 1) / 2));
    else if (key.name == KEY_HOME || key_is(key, 'g'))
        table_select(table, rows, 0);
    else if (key.name == KEY_END || key_is(key, 'G'))
        table_select(table, rows, rows->count ? rows->count - 1 : 0);
    else
        return sort_key(table, rows, key);
    return true;
}

/* Widths of the columns; 0 for those left out. */
static void divide(const struct table_rows *rows, int columns, int *widths)
{
    struct layout_item items[TABLE_COLUMNS_MAX];
    size_t count = rows->column_count < TABLE_COLUMNS_MAX ? rows->column_count : TABLE_COLUMNS_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct table_column *column = &rows->columns[i];
        items[i] = (struct layout_item){.min = column->min,
                                        .max = column->max,
                                        .weight = column->weight ? column->weight : 1,
                                        .priority = column->priority};
    }
    layout_divide(columns, COLUMN_GAP, items, count, widths);
}

static void draw_headings(const struct table *table, const struct table_rows *rows,
                          const int *widths, struct canvas *canvas, struct rect area)
{
    int at = MARKER_COLUMNS;
    for (size_t i = 0; i < rows->column_count && i < TABLE_COLUMNS_MAX; i++) {
        const struct table_column *column = &rows->columns[i];
        char title[64];
        if (!widths[i])
            continue;
        bool sorted = table->sort_column == (int)i;
        const char *mark = !sorted ? "" : table->descending ? "▾" : "▴";
        snprintf(title, sizeof title, "%s%s", column->title, mark);
        canvas_cell_text(canvas, area, 0, at, widths[i], column->align,
                         sorted ? ROLE_HEADING | ATTR_BOLD : ROLE_HEADING, title);
        at += widths[i] + COLUMN_GAP;
    }
}

static void draw_bar_cell(struct canvas *canvas, struct rect area, int row, int col, int width,
                          const struct table_cell *cell)
{
    int text_columns = width_text(cell->text);
    int bar = width - text_columns - (text_columns ? 1 : 0);
    if (bar >= 3) {
        canvas_split_bar(canvas, area, row, col, bar, cell->parts, cell->part_count);
        canvas_cell_text(canvas, area, row, col + width - text_columns, text_columns, ALIGN_RIGHT,
                         cell->style, cell->text);
    } else {
        canvas_cell_text(canvas, area, row, col, width, ALIGN_RIGHT, cell->style, cell->text);
    }
}

static void draw_cell(const struct table_rows *rows, size_t row, size_t column,
                      struct canvas *canvas, struct rect area, int at_row, int at_col, int width)
{
    struct table_cell cell = {0};
    rows->cell(rows->data, row, column, &cell);
    switch (cell.content) {
    case TABLE_CONTENT_TEXT:
        canvas_cell_text(canvas, area, at_row, at_col, width, rows->columns[column].align,
                         cell.style, cell.text);
        break;
    case TABLE_CONTENT_BAR:
        draw_bar_cell(canvas, area, at_row, at_col, width, &cell);
        break;
    case TABLE_CONTENT_SPARKLINE:
        canvas_sparkline(canvas, area, at_row, at_col, width, cell.points, cell.point_count,
                         cell.points_max, cell.style);
        break;
    }
}

static void draw_row(const struct table *table, const struct table_rows *rows, size_t row,
                     const int *widths, struct canvas *canvas, struct rect area, int at_row,
                     bool focused)
{
    bool selected = row == table->index;
    bool marked = rows->marked && rows->marked(rows->data, row);
    int at = MARKER_COLUMNS;
    if (selected)
        canvas_text(canvas, area, at_row, 0, focused ? ROLE_TITLE_FOCUS : ROLE_DIM, "▸");
    if (marked)
        canvas_text(canvas, area, at_row, 1, ROLE_KEY, "*");
    for (size_t i = 0; i < rows->column_count && i < TABLE_COLUMNS_MAX; i++) {
        if (!widths[i])
            continue;
        draw_cell(rows, row, i, canvas, area, at_row, at, widths[i]);
        at += widths[i] + COLUMN_GAP;
    }
    /* Mark and first column stand out, not the whole row: a cursor key then repaints little. */
    struct rect head = rect_make(area.row + at_row, area.col, 1, MARKER_COLUMNS + widths[0]);
    if (selected && focused)
        canvas_restyle(canvas, rect_intersect(head, area), 0, ATTR_SELECTED);
}

static void draw_empty(const char *text, struct canvas *canvas, struct rect area)
{
    int lines = 1;
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    int row = area.rows > lines ? (area.rows - lines) / 2 : 0;
    for (;;) {
        size_t len = strcspn(text, "\n");
        int col = (area.cols - width_bytes(text, len)) / 2;
        canvas_bytes(canvas, area, row++, col > 0 ? col : 0, ROLE_DIM, text, len);
        if (!text[len])
            return;
        text += len + 1;
    }
}

static void scroll_to_selection(struct table *table, const struct table_rows *rows)
{
    size_t page = table->page > 0 ? (size_t)table->page : 1;
    if (table->index < table->top)
        table->top = table->index;
    if (table->index >= table->top + page)
        table->top = table->index - page + 1;
    size_t last_top = rows->count > page ? rows->count - page : 0;
    if (table->top > last_top)
        table->top = last_top;
}

void table_draw(struct table *table, const struct table_rows *rows, struct canvas *canvas,
                struct rect area, bool focused)
{
    int widths[TABLE_COLUMNS_MAX] = {0};
    if (rect_is_empty(area))
        return;
    table->page = area.rows - 1;
    table_sync(table, rows);
    scroll_to_selection(table, rows);
    divide(rows, area.cols - MARKER_COLUMNS, widths);
    draw_headings(table, rows, widths, canvas, area);
    struct rect body = area;
    rect_cut_top(&body, 1);
    if (!rows->count && rows->empty)
        draw_empty(rows->empty, canvas, body);
    for (int i = 0; i < body.rows && table->top + (size_t)i < rows->count; i++)
        draw_row(table, rows, table->top + (size_t)i, widths, canvas, body, i, focused);
}

void table_position(const struct table *table, const struct table_rows *rows, char *out,
                    size_t size)
{
    if (rows->count)
        snprintf(out, size, "%zu/%zu", table->index + 1, rows->count);
    else if (size)
        out[0] = '\0';
}
