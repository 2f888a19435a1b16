/* What the panels share; for tui/panel only. */
#ifndef TUI_PANEL_PANEL_H
#define TUI_PANEL_PANEL_H

#include "tui/draw/canvas.h"
#include "tui/draw/style.h"
#include "tui/state/state.h"

struct panel_frame {
    const char *note;
    unsigned note_style;
    const char *right;
    unsigned right_style;
    const enum action *hints; /* shown in the lower border while the panel is focused */
    size_t hint_count;
    const char *status;
    unsigned status_style;
};

/* The box of a panel with its number and title; returns the inside, one column narrower. */
struct rect panel_box(const struct state *state, struct canvas *canvas, struct rect area,
                      enum panel panel, const struct panel_frame *frame);

/* A hint made of the action table: key and label. */
struct key_hint panel_hint(const struct state *state, enum action action, int priority);

/* "stale 14 s", "reading…", "paused" or "": how a reading stands, for the frame. */
const char *panel_reading_note(const struct reading *reading, int64_t now_ms, char *out,
                               size_t size);

/* Style of a provisioning state. */
unsigned panel_state_style(enum provisioning_state state);

/* Message in the middle of an area, in up to two lines. */
void panel_say(struct canvas *canvas, struct rect area, unsigned style, const char *first,
               const char *second);

void header_draw(const struct state *state, struct canvas *canvas, struct rect area);
void footer_line_draw(const struct state *state, struct canvas *canvas, struct rect area);
void endpoints_draw(struct state *state, struct canvas *canvas, struct rect area);
void deployments_draw(struct state *state, struct canvas *canvas, struct rect area);
void traffic_draw(struct state *state, struct canvas *canvas, struct rect area);
void logs_draw(struct state *state, struct canvas *canvas, struct rect area);
void invoke_draw(struct state *state, struct canvas *canvas, struct rect area);
void activity_draw(struct state *state, struct canvas *canvas, struct rect area);
void overlay_draw(struct state *state, struct canvas *canvas, struct rect screen);

#endif
