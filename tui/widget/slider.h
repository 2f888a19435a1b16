/*
 * A slider for a share in percent: label, track, value; on it the share in force and a draft.
 *
 *     green  ━━━━━━━━━●──────────────────────┆ 50 max      10 → 25  sum 100 ✓
 *
 * It holds no state: the owner computes what a wish means for the other sliders.
 */
#ifndef TUI_WIDGET_SLIDER_H
#define TUI_WIDGET_SLIDER_H

#include "tui/draw/canvas.h"
#include "tui/draw/keys.h"

#include <stdbool.h>

struct slider {
    const char *label;
    unsigned label_style; /* e.g. ROLE_BLUE; also colours the filled track */
    int value;            /* in force, 0..100 */
    int draft;            /* wanted; equal to `value` when nothing is staged */
    int limit;            /* most that is allowed; 100: no tick is drawn */
    bool locked;          /* others may not move it: shown with a lock mark */
    bool selected;        /* the row the keys go to */
    bool focused;         /* its panel has the keys */
    const char *disabled; /* why it cannot be moved, or NULL */
    const char *note;     /* drawn behind the numbers, cut where it does not fit; or NULL */
    unsigned note_style;
};

/*
 * Keys: left right h l -1 +1, H L -10 +10, g or Home 0, G or End the limit. True when the key was
 * such a key; *wanted is then the share asked for, 0..limit. Nothing moves when disabled.
 */
bool slider_key(const struct slider *slider, struct key key, int *wanted);

/*
 * One row. `label_columns` is the width of the label, the same for all sliders of a panel; the
 * track takes what the numbers and `note_columns` for the note leave.
 */
void slider_draw(const struct slider *slider, struct canvas *canvas, struct rect area, int row,
                 int label_columns, int note_columns);

#endif
