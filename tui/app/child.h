/*
 * Other programs on our terminal: the operator's editor and pager. While one runs the console
 * stands still, as after Ctrl-Z; then the screen is painted anew. The text is in a file that only
 * the user can read, in a folder of its own that is removed afterwards with all the program left.
 */
#ifndef TUI_APP_CHILD_H
#define TUI_APP_CHILD_H

#include "core/base/error.h"
#include "tui/draw/terminal.h"

#include <stddef.h>

enum { CHILD_MAX_TEXT = 256 * 1024 };

/* Lets $VISUAL, $EDITOR or vi change a text. NULL with the error, or what it left; owned. */
char *child_edit(struct terminal *terminal, const char *text, size_t len, size_t *out_len,
                 struct error *error);

/* Shows a text in $PAGER or less. */
bool child_page(struct terminal *terminal, const char *text, size_t len, struct error *error);

#endif
