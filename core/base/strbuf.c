#include "core/base/strbuf.h"

#include "core/base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void strbuf_init(struct strbuf *buf, size_t limit)
{
    memset(buf, 0, sizeof *buf);
    buf->limit = limit;
    buf->capacity = 64;
    buf->text = mem_alloc(buf->capacity);
}

void strbuf_release(struct strbuf *buf)
{
    free(buf->text);
    memset(buf, 0, sizeof *buf);
}

void strbuf_clear(struct strbuf *buf)
{
    buf->len = 0;
    buf->text[0] = '\0';
    buf->overflowed = false;
}

static size_t reserve(struct strbuf *buf, size_t len)
{
    size_t room = buf->limit - buf->len;
    if (len > room) {
        buf->overflowed = true;
        len = room;
    }
    size_t needed = buf->len + len + 1;
    if (needed > buf->capacity) {
        size_t capacity = buf->capacity * 2;
        if (capacity < needed)
            capacity = needed;
        buf->text = mem_resize_array(buf->text, capacity, 1);
        buf->capacity = capacity;
    }
    return len;
}

void strbuf_add(struct strbuf *buf, const char *bytes, size_t len)
{
    len = reserve(buf, len);
    if (len)
        memcpy(buf->text + buf->len, bytes, len);
    buf->len += len;
    buf->text[buf->len] = '\0';
}

void strbuf_puts(struct strbuf *buf, const char *text)
{
    strbuf_add(buf, text, strlen(text));
}

void strbuf_putc(struct strbuf *buf, char byte)
{
    strbuf_add(buf, &byte, 1);
}

void strbuf_vprintf(struct strbuf *buf, const char *format, va_list args)
{
    char small[512];
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(small, sizeof small, format, args);
    if (len >= 0 && (size_t)len < sizeof small) {
        strbuf_add(buf, small, (size_t)len);
    } else if (len >= 0) {
        char *large = mem_alloc((size_t)len + 1);
        vsnprintf(large, (size_t)len + 1, format, again);
        strbuf_add(buf, large, (size_t)len);
        free(large);
    }
    va_end(again);
}

void strbuf_printf(struct strbuf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    strbuf_vprintf(buf, format, args);
    va_end(args);
}

char *strbuf_detach(struct strbuf *buf)
{
    char *text = buf->text;
    memset(buf, 0, sizeof *buf);
    return text;
}
