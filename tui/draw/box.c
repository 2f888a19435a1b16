/* Frames of panels and the hints in them. */
#include "tui/draw/canvas.h"
#include "tui/draw/width.h"

#include <string.h>

enum { HINTS_MAX = 32, CORNER_ROOM = 2 };

static int hint_width(const struct key_hint *hint)
{
    int width = hint->key ? width_text(hint->key) : 0;
    if (hint->label)
        width += width_text(hint->label) + (hint->key ? 1 : 0);
    return width;
}

int canvas_hints_width(const struct key_hint *hints, size_t count)
{
    int width = 0;
    for (size_t i = 0; i < count; i++)
        width += hint_width(&hints[i]) + (i ? 2 : 0);
    return width;
}

/* Which hints fit: kept[i] for each; the width of those. */
static int choose_hints(const struct key_hint *hints, size_t count, int columns, bool *kept)
{
    for (size_t i = 0; i < count; i++)
        kept[i] = true;
    for (;;) {
        int width = 0;
        size_t worst = count;
        for (size_t i = 0; i < count; i++) {
            if (!kept[i])
                continue;
            width += hint_width(&hints[i]) + (width ? 2 : 0);
            if (worst == count || hints[i].priority >= hints[worst].priority)
                worst = i;
        }
        if (width <= columns || worst == count)
            return width;
        kept[worst] = false;
    }
}

int canvas_hints(struct canvas *canvas, struct rect area, int row, int col, int columns,
                 const struct key_hint *hints, size_t count)
{
    bool kept[HINTS_MAX];
    if (count > HINTS_MAX)
        count = HINTS_MAX;
    choose_hints(hints, count, columns, kept);
    int at = col;
    for (size_t i = 0; i < count; i++) {
        const struct key_hint *hint = &hints[i];
        if (!kept[i])
            continue;
        if (at > col)
            at = canvas_text(canvas, area, row, at, ROLE_HINT, "  ");
        if (hint->key)
            at =
                canvas_text(canvas, area, row, at, hint->disabled ? ROLE_DIM : ROLE_KEY, hint->key);
        if (hint->key && hint->label)
            at = canvas_text(canvas, area, row, at, ROLE_HINT, " ");
        if (hint->label)
            at = canvas_text(canvas, area, row, at, hint->disabled ? ROLE_DIM : ROLE_HINT,
                             hint->label);
    }
    return at;
}

/*
 * `top_style` is that of the top edge alone: it says which panel has the keys, and to repaint two
 * columns of every row for that would cost more than a thousand bytes a Tab.
 */
static void draw_frame(struct canvas *canvas, struct rect area, unsigned style, unsigned top_style)
{
    int bottom = area.rows - 1, right = area.cols - 1;
    canvas_hline(canvas, area, 0, 1, right - 1, top_style);
    canvas_hline(canvas, area, bottom, 1, right - 1, style);
    canvas_vline(canvas, area, 1, 0, bottom - 1, style);
    canvas_vline(canvas, area, 1, right, bottom - 1, style);
    canvas_text(canvas, area, 0, 0, top_style, "╭");
    canvas_text(canvas, area, 0, right, top_style, "╮");
    canvas_text(canvas, area, bottom, 0, style, "╰");
    canvas_text(canvas, area, bottom, right, style, "╯");
}

/* Text in the frame, a blank on both sides; returns the column behind. */
static int framed_text(struct canvas *canvas, struct rect area, int row, int col, int columns,
                       unsigned style, const char *text)
{
    char cut[256];
    int width = width_truncate(cut, sizeof cut, text, columns);
    if (width <= 0)
        return col;
    canvas_text(canvas, area, row, col, style, cut);
    return col + width;
}

static void draw_top(struct canvas *canvas, struct rect area, const struct box *box,
                     unsigned title_style)
{
    int end = area.cols - CORNER_ROOM;
    int right_width = box->right && box->right[0] ? width_text(box->right) : 0;
    if (right_width && right_width + 12 < area.cols) {
        end -= right_width + 2;
        canvas_text(canvas, area, 0, end, ROLE_TEXT, " ");
        canvas_text(canvas, area, 0, end + 1, box->right_style ? box->right_style : ROLE_DIM,
                    box->right);
        canvas_text(canvas, area, 0, end + 1 + right_width, ROLE_TEXT, " ");
    }
    if (!box->title)
        return;
    int at = 1;
    if (box->number)
        at = canvas_printf(canvas, area, 0, at, ROLE_KEY, "%d", box->number);
    at = canvas_text(canvas, area, 0, at, ROLE_TEXT, " ");
    at = framed_text(canvas, area, 0, at, end - at - 1, title_style, box->title);
    at = canvas_text(canvas, area, 0, at, ROLE_TEXT, " ");
    if (!box->note || !box->note[0] || end - at < 6)
        return;
    at = framed_text(canvas, area, 0, at, end - at - 1,
                     box->note_style ? box->note_style : ROLE_DIM, box->note);
    canvas_text(canvas, area, 0, at, ROLE_TEXT, " ");
}

static void draw_bottom(struct canvas *canvas, struct rect area, const struct box *box)
{
    int row = area.rows - 1;
    int left = CORNER_ROOM;
    if (box->status && box->status[0]) {
        left = canvas_text(canvas, area, row, left, ROLE_TEXT, " ");
        left = framed_text(canvas, area, row, left, area.cols - left - CORNER_ROOM - 1,
                           box->status_style ? box->status_style : ROLE_DIM, box->status);
        left = canvas_text(canvas, area, row, left, ROLE_TEXT, " ");
    }
    size_t count = box->hint_count > HINTS_MAX ? HINTS_MAX : box->hint_count;
    bool kept[HINTS_MAX];
    int room = area.cols - CORNER_ROOM - left - 3;
    if (!count || room < 3)
        return;
    int width = choose_hints(box->hints, count, room, kept);
    if (!width)
        return;
    int at = area.cols - CORNER_ROOM - width - 2;
    canvas_text(canvas, area, row, at, ROLE_TEXT, " ");
    int end = canvas_hints(canvas, area, row, at + 1, room, box->hints, count);
    canvas_text(canvas, area, row, end, ROLE_TEXT, " ");
}

struct rect canvas_box(struct canvas *canvas, struct rect area, const struct box *box)
{
    if (area.rows < 2 || area.cols < 2)
        return rect_make(area.row, area.col, 0, 0);
    unsigned frame = ROLE_BORDER;
    unsigned top = box->focused ? ROLE_BORDER_FOCUS : ROLE_BORDER;
    unsigned title = box->focused ? ROLE_TITLE_FOCUS : ROLE_TITLE;
    if (box->border_style) {
        frame = top = box->border_style;
        title = box->border_style | ATTR_BOLD;
    }
    draw_frame(canvas, area, frame, top);
    draw_top(canvas, area, box, title);
    draw_bottom(canvas, area, box);
    return rect_inset(area, 1, 1);
}
