/*
 * A question over the screen: a title, lines of text, buttons, perhaps a word to type.
 *
 * Enter is ignored for DIALOG_GUARD_MS after it opened, so that a key typed ahead cannot answer a
 * question that was not yet seen; pasted text never answers one.
 */
#ifndef TUI_WIDGET_DIALOG_H
#define TUI_WIDGET_DIALOG_H

#include "tui/draw/canvas.h"
#include "tui/draw/keys.h"
#include "tui/widget/field.h"
#include "tui/widget/text_view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DIALOG_BUTTONS_MAX = 4,
    DIALOG_GUARD_MS = 400,
    DIALOG_LINES_MAX = 400,
    DIALOG_SPANS_MAX = 8
};

enum dialog_result {
    DIALOG_IGNORED, /* not used; the owner may act on it (v, y) */
    DIALOG_USED,
    DIALOG_CANCELLED, /* Esc or q */
    DIALOG_PRESSED,   /* the button `focus` */
};

struct dialog_line {
    char *text;
    unsigned style;
    struct text_span spans[DIALOG_SPANS_MAX]; /* parts in another style */
    size_t span_count;
    int indent; /* of the rows that continue it */
};

struct dialog {
    char title[128];
    bool danger; /* frame and title in ROLE_DANGER */
    struct dialog_line *lines;
    size_t line_count, line_capacity;
    char buttons[DIALOG_BUTTONS_MAX][32];
    size_t button_count;
    size_t focus;
    char confirm[128]; /* what must be typed before any button but `cancel` works; "": nothing */
    size_t cancel;     /* index of the button that cancels */
    struct field field;
    bool on_field; /* the keys go to the field */
    struct text_view body;
    int64_t opened_ms;
};

/* An open dialog at that time (clock of the caller, any origin). Released with dialog_release(). */
void dialog_init(struct dialog *dialog, const char *title, int64_t now_ms);
void dialog_release(struct dialog *dialog);

/* Adds a line of text, made printable; an empty one separates. At most DIALOG_LINES_MAX. */
void dialog_add(struct dialog *dialog, unsigned style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds "label   value" with the label in ROLE_DIM, values aligned at `column`. */
void dialog_add_pair(struct dialog *dialog, int column, const char *label, unsigned style,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Adds lines of JSON, laid out already, with a style per token. */
void dialog_add_json(struct dialog *dialog, const char *lines);

/* Adds a button; returns its index. The first one has the focus until dialog_focus(). */
size_t dialog_add_button(struct dialog *dialog, const char *label);

/* Gives a button the focus: the safe one. */
void dialog_focus(struct dialog *dialog, size_t button);

/* Asks for `word` to be typed (paste is refused) before a button other than `cancel` works. */
void dialog_require(struct dialog *dialog, const char *word, size_t cancel);

/* True when nothing must be typed, or it was. */
bool dialog_is_confirmed(const struct dialog *dialog);

/* Tab, Shift-Tab, left, right move; up, down, PgUp, PgDn scroll; Enter presses; Esc cancels. */
enum dialog_result dialog_key(struct dialog *dialog, struct key key, int64_t now_ms);

/* In the middle of `screen`, as large as its text, at most the screen. */
void dialog_draw(struct dialog *dialog, struct canvas *canvas, struct rect screen);

#endif
