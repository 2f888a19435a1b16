/*
 * A growing text buffer with a stated maximum.
 *
 * `text` is always NUL-terminated and never NULL. Appending past the limit sets `overflowed` and
 * drops what does not fit; the caller checks it once, at the end.
 */
#ifndef CORE_BASE_STRBUF_H
#define CORE_BASE_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct strbuf {
    char *text;
    size_t len;
    size_t capacity;
    size_t limit; /* longest text in bytes */
    bool overflowed;
};

/* An empty buffer that takes at most `limit` bytes of text. Released with strbuf_release(). */
void strbuf_init(struct strbuf *buf, size_t limit);
void strbuf_release(struct strbuf *buf);

/* Empties it, keeping the memory. */
void strbuf_clear(struct strbuf *buf);

void strbuf_add(struct strbuf *buf, const char *bytes, size_t len);
void strbuf_puts(struct strbuf *buf, const char *text);
void strbuf_putc(struct strbuf *buf, char byte);
void strbuf_printf(struct strbuf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void strbuf_vprintf(struct strbuf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/*
 * Hands the text over to the caller (free()) and releases the buffer, so that nothing else is to
 * be freed; strbuf_init() makes it usable again.
 */
char *strbuf_detach(struct strbuf *buf);

#endif
