/*
 * A table of any number of rows, of which only those in sight are asked for.
 *
 * The rows belong to the owner, who describes them with a struct table_rows for the time of one
 * call. The selection is kept by identity: when rows come, go or move, the same thing stays
 * selected, and if it is gone, what took its place.
 */
#ifndef TUI_WIDGET_TABLE_H
#define TUI_WIDGET_TABLE_H

#include "tui/draw/canvas.h"
#include "tui/draw/keys.h"

#include <stdbool.h>
#include <stddef.h>

enum { TABLE_ID_MAX = 255, TABLE_TEXT_MAX = 255, TABLE_COLUMNS_MAX = 24 };

struct table_column {
    const char *title;
    int min;      /* columns below which it is dropped or, at priority 0, cut */
    int max;      /* columns above which it does not grow; 0: no bound */
    int priority; /* 0: always there; else left out when narrow, highest first */
    enum align align;
    int weight; /* its part of the spare room; 0: 1 */
};

enum table_content {
    TABLE_CONTENT_TEXT,
    TABLE_CONTENT_BAR,       /* parts */
    TABLE_CONTENT_SPARKLINE, /* points */
};

enum { TABLE_PARTS_MAX = 8 };

/* What a cell shows; zeroed before the owner fills it. */
struct table_cell {
    enum table_content content;
    char text[TABLE_TEXT_MAX + 1]; /* printable; with a bar: drawn right of it */
    unsigned style;
    struct bar_part parts[TABLE_PARTS_MAX]; /* TABLE_CONTENT_BAR */
    size_t part_count;
    const double *points; /* TABLE_CONTENT_SPARKLINE; lives until the draw call returns */
    size_t point_count;
    double points_max; /* scale; <= 0: the largest point */
};

struct table_rows {
    void *data;
    size_t count;
    const struct table_column *columns;
    size_t column_count;
    /* What names a row for good; borrowed until the next call. Cut at TABLE_ID_MAX. */
    const char *(*identity)(void *data, size_t row);
    void (*cell)(void *data, size_t row, size_t column, struct table_cell *out);
    /* NULL, or whether the row carries a mark (Space). */
    bool (*marked)(void *data, size_t row);
    /* Shown in the middle when there are no rows: "No endpoints. Press ..." May hold '\n'. */
    const char *empty;
};

struct table {
    char selected[TABLE_ID_MAX + 1]; /* identity; "" before the first row came */
    size_t index;                    /* its row, right after table_sync(); 0 without rows */
    size_t top;                      /* first row in sight */
    int page;                        /* rows in sight at the last draw */
    int sort_column;                 /* shows a marker in that heading; -1: none */
    bool descending;
    bool moved; /* a key moved it since the owner last cleared this */
};

/* No selection, no sorting. */
void table_init(struct table *table);

/* No selection; the sorting stays: the rows are other things of the same kind. */
void table_forget(struct table *table);

/* Finds the selected row again in rows that may have changed. Draw and key call it themselves. */
void table_sync(struct table *table, const struct table_rows *rows);

/* Selects a row, clamped to those there are. */
void table_select(struct table *table, const struct table_rows *rows, size_t row);

/* Selects by identity, also before such a row has come. */
void table_select_id(struct table *table, const char *identity);

/*
 * Moves: arrows, j k, g G Home End, PgUp PgDn, Ctrl-d Ctrl-u; `<` `>` choose the sort column and
 * `I` turns its direction (the owner sorts). True when the key was used, also at the end.
 */
bool table_key(struct table *table, const struct table_rows *rows, struct key key);

/* Draws headings (in the first row of the area) and rows; `focused` brightens the selection. */
void table_draw(struct table *table, const struct table_rows *rows, struct canvas *canvas,
                struct rect area, bool focused);

/* "3/120": place and number of rows, for the frame. "" without rows. */
void table_position(const struct table *table, const struct table_rows *rows, char *out,
                    size_t size);

#endif
