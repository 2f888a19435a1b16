/*
 * Rectangles of cells, and cutting them up. Pure functions; sizes never go below zero, so that a
 * terminal of any size gives rectangles that are safe to draw into.
 */
#ifndef TUI_DRAW_LAYOUT_H
#define TUI_DRAW_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

struct rect {
    int row, col;   /* upper left cell, 0-based */
    int rows, cols; /* size; 0 when there is nothing to draw */
};

struct rect rect_make(int row, int col, int rows, int cols);

bool rect_is_empty(struct rect rect);

/* The part that both cover. */
struct rect rect_intersect(struct rect a, struct rect b);

/* Smaller by `rows` at top and bottom and `cols` at left and right: rect_inset(box, 1, 1) is the
 * inside of a box. */
struct rect rect_inset(struct rect rect, int rows, int cols);

/* Cuts `count` rows or columns (as many as there are) off one side of *rest and returns them. */
struct rect rect_cut_top(struct rect *rest, int count);
struct rect rect_cut_bottom(struct rect *rest, int count);
struct rect rect_cut_left(struct rect *rest, int count);
struct rect rect_cut_right(struct rect *rest, int count);

/* A rectangle of that size (or less, where `outer` is smaller) in the middle of `outer`. */
struct rect rect_centre(struct rect outer, int rows, int cols);

/* One of several things that share a length: panels in a column, columns in a table. */
struct layout_item {
    int min;      /* least useful length */
    int max;      /* longest useful length; 0: no bound */
    int weight;   /* its part of what is left when all have their min; 0: stays at min */
    int priority; /* 0: always kept; else dropped when the mins do not fit, highest first */
};

/*
 * Divides `total` among `count` items with `gap` between two that are kept; lengths[i] is 0 for a
 * dropped one. When even the kept mins do not fit, the last ones get less, down to 0.
 * Returns the sum of lengths and gaps (at most `total`).
 */
int layout_divide(int total, int gap, const struct layout_item *items, size_t count, int *lengths);

#endif
