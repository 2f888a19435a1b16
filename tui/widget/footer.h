/* The last line of the screen: a message if there is one, else the keys that work here. */
#ifndef TUI_WIDGET_FOOTER_H
#define TUI_WIDGET_FOOTER_H

#include "tui/draw/canvas.h"

#include <stddef.h>

struct footer {
    const struct key_hint *hints; /* left; the highest priority numbers go when narrow */
    size_t hint_count;
    const char *message; /* takes the place of the hints; or NULL */
    unsigned message_style;
    const char *right; /* kept at the right end; or NULL */
    unsigned right_style;
};

/* One row: the first of the area. */
void footer_draw(const struct footer *footer, struct canvas *canvas, struct rect area);

#endif
