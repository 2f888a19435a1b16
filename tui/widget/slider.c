#include "tui/widget/slider.h"

#include "tui/draw/width.h"

#include <stdio.h>

enum {
    MARK_COLUMNS = 2, /* selection mark */
    LOCK_COLUMNS = 2,
    NUMBER_COLUMNS = 12, /* "100 → 100%  " */
    TRACK_MIN = 8,
    STEP_LARGE = 10,
};

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

bool slider_key(const struct slider *slider, struct key key, int *wanted)
{
    int value = slider->draft;
    if (key.name == KEY_LEFT || key_is(key, 'h'))
        value -= 1;
    else if (key.name == KEY_RIGHT || key_is(key, 'l'))
        value += 1;
    else if (key_is(key, 'H'))
        value -= STEP_LARGE;
    else if (key_is(key, 'L'))
        value += STEP_LARGE;
    else if (key.name == KEY_HOME || key_is(key, 'g'))
        value = 0;
    else if (key.name == KEY_END || key_is(key, 'G'))
        value = slider->limit;
    else
        return false;
    *wanted = slider->disabled ? slider->draft : clamp(value, 0, slider->limit);
    return true;
}

static void draw_numbers(const struct slider *slider, struct canvas *canvas, struct rect area,
                         int row, int col)
{
    if (slider->draft == slider->value) {
        canvas_printf(canvas, area, row, col, slider->disabled ? ROLE_DIM : ROLE_TEXT, "%3d%%",
                      slider->value);
        return;
    }
    int at = canvas_printf(canvas, area, row, col, ROLE_DIM, "%3d → ", slider->value);
    canvas_printf(canvas, area, row, at, ROLE_DRAFT, "%d%%", slider->draft);
}

static void draw_track(const struct slider *slider, struct canvas *canvas, struct rect area,
                       int row, int col, int columns)
{
    char most[16] = "";
    bool limited = slider->limit < 100 && !slider->disabled;
    struct track track = {
        .max = 100,
        .value = slider->draft,
        .before = slider->draft != slider->value ? slider->value : -1,
        .limit = limited ? slider->limit : -1,
        .style = slider->label_style,
        .rest_style = ROLE_TRACK,
        .focused = slider->selected && slider->focused,
        .disabled = slider->disabled != NULL,
    };
    canvas_track(canvas, area, row, col, columns, &track);
    if (!limited)
        return;
    /* "50 max" behind the tick, where the track has room for it. */
    int text = snprintf(most, sizeof most, " %d max ", slider->limit);
    int tick = col + (columns - 1) * slider->limit / 100;
    if (tick + 2 + text <= col + columns && slider->draft <= slider->limit &&
        slider->value <= slider->limit)
        canvas_text(canvas, area, row, tick + 2, ROLE_DIM, most);
}

void slider_draw(const struct slider *slider, struct canvas *canvas, struct rect area, int row,
                 int label_columns, int note_columns)
{
    int at = 0;
    bool active = slider->selected && slider->focused;
    if (slider->selected)
        canvas_text(canvas, area, row, 0, active ? ROLE_TITLE_FOCUS : ROLE_DIM, "▸");
    at += MARK_COLUMNS;
    canvas_cell_text(canvas, area, row, at, label_columns, ALIGN_LEFT,
                     slider->label_style | (active ? ATTR_BOLD : 0u), slider->label);
    at += label_columns + 1;
    if (slider->locked)
        canvas_text(canvas, area, row, at, ROLE_KEY, "=");
    at += LOCK_COLUMNS;
    int track = area.cols - at - NUMBER_COLUMNS - 2 - note_columns;
    /* The note gives way first, the track last. */
    if (track < TRACK_MIN)
        track = area.cols - at - NUMBER_COLUMNS - 2;
    if (track > 0) {
        draw_track(slider, canvas, area, row, at, track);
        at += track + 2;
    }
    draw_numbers(slider, canvas, area, row, at);
    at += NUMBER_COLUMNS;
    const char *note = slider->note ? slider->note : slider->disabled;
    if (note && at < area.cols)
        canvas_cell_text(canvas, area, row, at, area.cols - at, ALIGN_LEFT,
                         slider->note ? slider->note_style : ROLE_DIM, note);
}
