#include "tui/panel/screen.h"

#include "tui/panel/panel.h"

#include <stdio.h>

/* On narrow screens the list of endpoints leaves its room to the figures of the deployments. */
enum { ROOMY_COLUMNS = 100, LIST_COLUMNS = 22 };

static int clamp(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

static void place_top(struct screen_layout *layout, struct rect *rest, int rows, int cols)
{
    struct rect top = rect_cut_top(rest, rows);
    layout->panels[PANEL_ENDPOINTS] =
        rect_cut_left(&top, cols < ROOMY_COLUMNS ? LIST_COLUMNS : clamp(cols * 3 / 11, 28, 40));
    layout->panels[PANEL_DEPLOYMENTS] = top;
}

/* Everything at once: lists, traffic, logs beside invoke, activity. */
static void place_wide(struct screen_layout *layout, int sliders)
{
    struct rect rest = layout->body;
    int rows = rest.rows;
    place_top(layout, &rest, clamp(rows / 4, 7, 14), rest.cols);
    layout->panels[PANEL_TRAFFIC] = rect_cut_top(&rest, clamp(sliders + 3, 7, rows / 3));
    layout->panels[PANEL_ACTIVITY] = rect_cut_bottom(&rest, clamp(rows / 7, 5, 10));
    layout->panels[PANEL_INVOKE] = rect_cut_right(&rest, rest.cols * 2 / 5);
    layout->panels[PANEL_LOGS] = rest;
}

/* Lists, traffic, and one of logs, invoke and activity. */
static void place_stacked(struct screen_layout *layout, enum panel lower, int sliders)
{
    struct rect rest = layout->body;
    int rows = rest.rows;
    place_top(layout, &rest, clamp(rows / 3, 5, 8), rest.cols);
    layout->panels[PANEL_TRAFFIC] = rect_cut_top(&rest, clamp(sliders + 4, 6, rows / 3 + 1));
    layout->panels[lower] = rest;
}

struct screen_layout screen_layout(int rows, int cols, enum panel focus, enum panel lower,
                                   bool zoomed, size_t sliders)
{
    struct screen_layout layout = {.too_small = rows < SCREEN_MIN_ROWS || cols < SCREEN_MIN_COLS};
    struct rect rest = rect_make(0, 0, rows, cols);
    int wanted = sliders > 20 ? 20 : (int)sliders;
    layout.header = rect_cut_top(&rest, 1);
    layout.footer = rect_cut_bottom(&rest, 1);
    layout.body = rest;
    if (layout.too_small)
        return layout;
    if (zoomed || rows < SCREEN_STACKED_ROWS || cols < SCREEN_STACKED_COLS)
        layout.panels[focus] = rest;
    else if (rows >= SCREEN_WIDE_ROWS && cols >= SCREEN_WIDE_COLS)
        place_wide(&layout, wanted);
    else
        place_stacked(&layout, lower, wanted);
    return layout;
}

typedef void panel_draw_fn(struct state *state, struct canvas *canvas, struct rect area);

static panel_draw_fn *const drawers[PANEL_COUNT] = {
    [PANEL_ENDPOINTS] = endpoints_draw, [PANEL_DEPLOYMENTS] = deployments_draw,
    [PANEL_TRAFFIC] = traffic_draw,     [PANEL_LOGS] = logs_draw,
    [PANEL_INVOKE] = invoke_draw,       [PANEL_ACTIVITY] = activity_draw,
};

void screen_draw(struct state *state, struct canvas *canvas)
{
    struct screen_layout layout =
        screen_layout(canvas->rows, canvas->cols, state->focus, state->lower, state->zoomed,
                      2 * state->draft->count);
    canvas_clear(canvas);
    if (layout.too_small) {
        canvas_printf(canvas, canvas_area(canvas), 0, 0, ROLE_WARN, "cutover needs %d x %d cells",
                      SCREEN_MIN_COLS, SCREEN_MIN_ROWS);
        return;
    }
    header_draw(state, canvas, layout.header);
    for (int i = 0; i < PANEL_COUNT; i++)
        if (!rect_is_empty(layout.panels[i]))
            drawers[i](state, canvas, layout.panels[i]);
    footer_line_draw(state, canvas, layout.footer);
    overlay_draw(state, canvas, canvas_area(canvas));
}
