/*
 * One line of text being typed.
 *
 * UTF-8 in, whole characters moved and deleted. Control characters never get in: a pasted
 * newline or tab becomes a blank, others are dropped.
 */
#ifndef TUI_WIDGET_FIELD_H
#define TUI_WIDGET_FIELD_H

#include "tui/draw/canvas.h"
#include "tui/draw/keys.h"

#include <stdbool.h>
#include <stddef.h>

enum { FIELD_MAX = 1023 };

struct field {
    char text[FIELD_MAX + 1];
    size_t len;
    size_t cursor;      /* byte offset, always between characters */
    size_t limit;       /* longest text in bytes, at most FIELD_MAX */
    size_t first;       /* byte offset of the first character in sight */
    bool masked;        /* a secret: drawn as ● for each character */
    bool digits;        /* takes 0-9 only */
    bool refuses_paste; /* typed confirmation: pasted text is dropped */
};

enum field_result {
    FIELD_IGNORED, /* not a key for a field: Enter, Esc, Tab, up, down, F-keys... */
    FIELD_USED,    /* the cursor moved, or nothing changed */
    FIELD_CHANGED, /* the text changed */
};

/* Empty, with that limit in bytes (0: FIELD_MAX). */
void field_init(struct field *field, size_t limit);

/* Sets the text (cut at the limit, made printable), cursor behind it. NULL empties. */
void field_set(struct field *field, const char *text);

/* Overwrites a secret. */
void field_wipe(struct field *field);

/*
 * Characters, Backspace, Delete, left, right, Home, End, Ctrl-u (clear to the start), Ctrl-d
 * (delete right), words with Ctrl or Alt and left, right, Backspace; pasted text.
 */
enum field_result field_key(struct field *field, struct key key);

/* One row, the whole width of the area. With `focused` the terminal's cursor stands in it. */
void field_draw(struct field *field, struct canvas *canvas, struct rect area, bool focused,
                const char *placeholder);

#endif
