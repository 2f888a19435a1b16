/*
 * How many columns text takes. By the C library's tables (as ncurses does), so the program must
 * have called setlocale(LC_CTYPE, "") before; in a locale that is not UTF-8 everything but ASCII
 * counts as one column, because the canvas then draws one substitute for it.
 */
#ifndef TUI_DRAW_WIDTH_H
#define TUI_DRAW_WIDTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when the C library's locale is UTF-8: without it the screen is drawn in ASCII. */
bool width_locale_is_utf8(void);

/* Columns of a code point: 0 (combining), 1 or 2; -1 for what may not be drawn. */
int width_code(uint32_t code);

/* Columns of UTF-8 text; what may not be drawn counts as the one column of its substitute. */
int width_text(const char *text);

/* The same of its first `len` bytes. */
int width_bytes(const char *text, size_t len);

/*
 * Bytes of the longest prefix of `text` that takes at most `columns`; combining marks stay with
 * their character. *out_columns (NULL allowed) is what that prefix takes.
 */
size_t width_prefix(const char *text, int columns, int *out_columns);

/*
 * Copies `text` into `out`, cut to `columns` with U+2026 (…) as the last column where it had to be
 * cut, and to `size` bytes. Returns the columns taken.
 */
int width_truncate(char *out, size_t size, const char *text, int columns);

#endif
