/*
 * Making foreign text safe to draw.
 *
 * Names, logs, answers and file contents come from outside. Before any of it reaches the terminal
 * it passes here: control bytes, escape sequences, bidirectional overrides, zero-width and private
 * code points and broken UTF-8 become visible substitutes, so that a log line cannot move the
 * cursor, recolour the screen, or read as something else than it is.
 */
#ifndef CORE_BASE_PRINTABLE_H
#define CORE_BASE_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Safe copy of `len` bytes, owned by the caller: ESC sequences are dropped whole, tabs become
 * blanks up to the next multiple of eight, other control and format characters become U+00B7 (·),
 * broken UTF-8 becomes U+FFFD. With `keep_newlines` LF stays (and CR LF becomes LF).
 */
char *printable_text(const char *bytes, size_t len, bool keep_newlines);

/*
 * Safe copy of JSON text, owned by the caller, that means the same: what printable_text() would
 * replace is written as \uXXXX; newlines and blanks between values stay, as do escapes. Broken
 * UTF-8 becomes \ufffd.
 */
char *printable_json(const char *text);

/* printable_text() of a NUL-terminated line into a caller's array, cut at a whole character. */
void printable_line(char *out, size_t size, const char *text);

/* True for code points that draw as nothing or steer a terminal: those are never shown. */
bool printable_is_hidden(uint32_t code);

/*
 * Decodes one UTF-8 code point from `bytes`; *out_len is the number of bytes it took (at least 1
 * when len > 0). Overlong, surrogate, truncated and out of range forms give U+FFFD and length 1.
 */
uint32_t utf8_decode(const char *bytes, size_t len, size_t *out_len);

/* True when all of it is UTF-8 as utf8_decode() takes it; a NUL byte is. */
bool utf8_is_valid(const char *bytes, size_t len);

/*
 * Copy of `text` with U+FFFD for each byte that is no part of valid UTF-8, owned by the caller;
 * NULL when there is nothing to mend.
 */
char *utf8_mend(const char *text);

/* Encodes a code point into `out` (4 bytes at most), returns the number of bytes. */
size_t utf8_encode(uint32_t code, char out[4]);

#endif
