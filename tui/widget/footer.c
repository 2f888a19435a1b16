#include "tui/widget/footer.h"

#include "tui/draw/width.h"

void footer_draw(const struct footer *footer, struct canvas *canvas, struct rect area)
{
    int columns = area.cols - 2;
    if (footer->right && footer->right[0]) {
        int width = width_text(footer->right);
        if (width + 12 <= columns) {
            columns -= width + 2;
            canvas_text(canvas, area, 0, area.cols - 1 - width, footer->right_style, footer->right);
        }
    }
    if (footer->message && footer->message[0])
        canvas_cell_text(canvas, area, 0, 1, columns, ALIGN_LEFT, footer->message_style,
                         footer->message);
    else
        canvas_hints(canvas, area, 0, 1, columns, footer->hints, footer->hint_count);
}
