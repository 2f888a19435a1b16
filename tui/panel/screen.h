/*
 * The screen: where each panel stands, and drawing all of it.
 *
 * Panels read the state and paint cells; they ask nobody for anything. The state is not const only
 * because lists and texts learn their height when they are drawn.
 */
#ifndef TUI_PANEL_SCREEN_H
#define TUI_PANEL_SCREEN_H

#include "tui/draw/canvas.h"
#include "tui/draw/layout.h"
#include "tui/state/state.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    SCREEN_MIN_ROWS = 8, /* below: one line that says so */
    SCREEN_MIN_COLS = 40,
    SCREEN_STACKED_ROWS = 20, /* below: only the focused panel */
    SCREEN_STACKED_COLS = 64,
    SCREEN_WIDE_ROWS = 30, /* from here on all panels at once */
    SCREEN_WIDE_COLS = 100,
};

struct screen_layout {
    bool too_small;
    struct rect header;
    struct rect footer;
    struct rect body;
    struct rect panels[PANEL_COUNT]; /* empty: not in sight */
};

/* `sliders` is how many rows the traffic panel would like to show. */
struct screen_layout screen_layout(int rows, int cols, enum panel focus, enum panel lower,
                                   bool zoomed, size_t sliders);

/* Draws everything on the canvas, which has the size of the screen. */
void screen_draw(struct state *state, struct canvas *canvas);

#endif
