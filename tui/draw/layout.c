#include "tui/draw/layout.h"

static int at_least_zero(int value)
{
    return value > 0 ? value : 0;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

struct rect rect_make(int row, int col, int rows, int cols)
{
    return (struct rect){row, col, at_least_zero(rows), at_least_zero(cols)};
}

bool rect_is_empty(struct rect rect)
{
    return rect.rows <= 0 || rect.cols <= 0;
}

struct rect rect_intersect(struct rect a, struct rect b)
{
    int row = larger(a.row, b.row);
    int col = larger(a.col, b.col);
    return rect_make(row, col, smaller(a.row + a.rows, b.row + b.rows) - row,
                     smaller(a.col + a.cols, b.col + b.cols) - col);
}

struct rect rect_inset(struct rect rect, int rows, int cols)
{
    rows = smaller(rows, rect.rows / 2);
    cols = smaller(cols, rect.cols / 2);
    return rect_make(rect.row + rows, rect.col + cols, rect.rows - 2 * rows, rect.cols - 2 * cols);
}

struct rect rect_cut_top(struct rect *rest, int count)
{
    count = smaller(at_least_zero(count), rest->rows);
    struct rect cut = rect_make(rest->row, rest->col, count, rest->cols);
    rest->row += count;
    rest->rows -= count;
    return cut;
}

struct rect rect_cut_bottom(struct rect *rest, int count)
{
    count = smaller(at_least_zero(count), rest->rows);
    rest->rows -= count;
    return rect_make(rest->row + rest->rows, rest->col, count, rest->cols);
}

struct rect rect_cut_left(struct rect *rest, int count)
{
    count = smaller(at_least_zero(count), rest->cols);
    struct rect cut = rect_make(rest->row, rest->col, rest->rows, count);
    rest->col += count;
    rest->cols -= count;
    return cut;
}

struct rect rect_cut_right(struct rect *rest, int count)
{
    count = smaller(at_least_zero(count), rest->cols);
    rest->cols -= count;
    return rect_make(rest->row, rest->col + rest->cols, rest->rows, count);
}

struct rect rect_centre(struct rect outer, int rows, int cols)
{
    rows = smaller(at_least_zero(rows), outer.rows);
    cols = smaller(at_least_zero(cols), outer.cols);
    return rect_make(outer.row + (outer.rows - rows) / 2, outer.col + (outer.cols - cols) / 2, rows,
                     cols);
}

/* Gives every kept item its min (as far as `total` goes) and returns the sum with gaps. */
static int place_mins(int total, int gap, const struct layout_item *items, size_t count,
                      int *lengths)
{
    int used = 0;
    for (size_t i = 0; i < count; i++) {
        if (lengths[i] < 0)
            continue;
        int room = total - used - (used ? gap : 0);
        lengths[i] = smaller(items[i].min, at_least_zero(room));
        if (lengths[i])
            used += lengths[i] + (used ? gap : 0);
    }
    return used;
}

static int needed(int gap, const struct layout_item *items, size_t count, const int *lengths)
{
    int sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (lengths[i] >= 0)
            sum += items[i].min + (sum ? gap : 0);
    }
    return sum;
}

/* Marks the kept item of the highest priority number as dropped (-1); false when none may go. */
static bool drop_one(const struct layout_item *items, size_t count, int *lengths)
{
    size_t victim = count;
    for (size_t i = 0; i < count; i++) {
        if (lengths[i] >= 0 && items[i].priority > 0 &&
            (victim == count || items[i].priority >= items[victim].priority))
            victim = i;
    }
    if (victim == count)
        return false;
    lengths[victim] = -1;
    return true;
}

/* Hands out `spare` by weight, in rounds because items that reach their max leave some over. */
static int grow(int spare, const struct layout_item *items, size_t count, int *lengths)
{
    while (spare > 0) {
        int weights = 0;
        for (size_t i = 0; i < count; i++) {
            if (lengths[i] > 0 && (!items[i].max || lengths[i] < items[i].max))
                weights += items[i].weight;
        }
        if (!weights)
            break;
        int round = spare;
        for (size_t i = 0; i < count && spare > 0; i++) {
            if (lengths[i] <= 0 || items[i].weight <= 0 ||
                (items[i].max && lengths[i] >= items[i].max))
                continue;
            int more = smaller(larger(round * items[i].weight / weights, 1), spare);
            if (items[i].max)
                more = smaller(more, items[i].max - lengths[i]);
            lengths[i] += more;
            spare -= more;
        }
    }
    return spare;
}

int layout_divide(int total, int gap, const struct layout_item *items, size_t count, int *lengths)
{
    total = at_least_zero(total);
    for (size_t i = 0; i < count; i++)
        lengths[i] = 0;
    while (needed(gap, items, count, lengths) > total) {
        if (!drop_one(items, count, lengths))
            break;
    }
    int used = place_mins(total, gap, items, count, lengths);
    for (size_t i = 0; i < count; i++) {
        if (lengths[i] < 0)
            lengths[i] = 0;
    }
    return total - grow(total - used, items, count, lengths);
}
