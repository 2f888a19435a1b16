#include "core/base/printable.h"

#include "core/base/alloc.h"
#include "core/base/strbuf.h"

#include <stdlib.h>
#include <string.h>

enum { REPLACEMENT = 0xFFFD, MIDDLE_DOT = 0xB7, ESC = 0x1B, TAB_STOP = 8 };

uint32_t utf8_decode(const char *bytes, size_t len, size_t *out_len)
{
    const unsigned char *b = (const unsigned char *)bytes;
    *out_len = len ? 1 : 0;
    if (!len)
        return REPLACEMENT;
    if (b[0] < 0x80)
        return b[0];
    size_t need = b[0] >= 0xF0 ? 4 : b[0] >= 0xE0 ? 3 : 2;
    if (b[0] < 0xC2 || b[0] > 0xF4 || len < need)
        return REPLACEMENT;
    uint32_t code = b[0] & (0xFFu >> (need + 1));
    for (size_t i = 1; i < need; i++) {
        if ((b[i] & 0xC0) != 0x80)
            return REPLACEMENT;
        code = code << 6 | (b[i] & 0x3Fu);
    }
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < smallest[need] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return REPLACEMENT;
    *out_len = need;
    return code;
}

size_t utf8_encode(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/*
 * Unicode general categories Cc and Cf, the line and paragraph separators, private use,
 * non-characters, and the fillers and selectors that draw as nothing.
 */
bool printable_is_hidden(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } hidden[] = {
        {0x0000, 0x001F},   {0x007F, 0x009F},    {0x00AD, 0x00AD},   {0x034F, 0x034F},
        {0x0600, 0x0605},   {0x061C, 0x061C},    {0x06DD, 0x06DD},   {0x070F, 0x070F},
        {0x115F, 0x1160},   {0x17B4, 0x17B5},    {0x180B, 0x180F},   {0x200B, 0x200F},
        {0x2028, 0x202E},   {0x2060, 0x206F},    {0x3164, 0x3164},   {0xE000, 0xF8FF},
        {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},    {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFC},
        {0xFFFE, 0xFFFF},   {0x110BD, 0x110BD},  {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
        {0xE0000, 0xE0FFF}, {0xF0000, 0x10FFFF},
    };
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        if (code < hidden[i].first)
            return false;
        if (code <= hidden[i].last)
            return true;
    }
    return false;
}

/* Length of the escape sequence at `bytes` (which starts with ESC), at least 1. */
static size_t escape_length(const char *bytes, size_t len)
{
    if (len < 2)
        return 1;
    size_t at = 2;
    switch (bytes[1]) {
    case '[':
        while (at < len && (unsigned char)bytes[at] >= 0x20 && (unsigned char)bytes[at] < 0x40)
            at++;
        if (at < len && (unsigned char)bytes[at] >= 0x40 && (unsigned char)bytes[at] < 0x7F)
            at++;
        return at;
    case ']':
    case 'P':
    case '^':
    case '_':
    case 'X':
        /* A string up to BEL or ST; unterminated ones end with their line. */
        for (; at < len && bytes[at] != '\n'; at++) {
            if (bytes[at] == '\a')
                return at + 1;
            if (bytes[at] == ESC && at + 1 < len && bytes[at + 1] == '\\')
                return at + 2;
        }
        return at;
    default:
        if ((unsigned char)bytes[1] < 0x20 || (unsigned char)bytes[1] >= 0x7F)
            return 1; /* no sequence: a newline or a letter of another script follows */
        while (at < len && at < 4 && (unsigned char)bytes[at - 1] >= 0x20 &&
               (unsigned char)bytes[at - 1] < 0x30)
            at++;
        return at;
    }
}

static void put_code(struct strbuf *out, uint32_t code)
{
    char encoded[4];
    strbuf_add(out, encoded, utf8_encode(code, encoded));
}

/* A broken byte decodes to U+FFFD as well, which itself takes three. */
static bool is_broken(uint32_t code, size_t used)
{
    return code == REPLACEMENT && used == 1;
}

bool utf8_is_valid(const char *bytes, size_t len)
{
    size_t used;
    for (size_t at = 0; at < len; at += used) {
        uint32_t code = utf8_decode(bytes + at, len - at, &used);
        if (is_broken(code, used))
            return false;
    }
    return true;
}

char *utf8_mend(const char *text)
{
    size_t len = strlen(text);
    size_t used;
    if (utf8_is_valid(text, len))
        return NULL;
    struct strbuf out;
    /* A broken byte becomes three. */
    strbuf_init(&out, len * 3);
    for (size_t at = 0; at < len; at += used)
        put_code(&out, utf8_decode(text + at, len - at, &used));
    return strbuf_detach(&out);
}

char *printable_text(const char *bytes, size_t len, bool keep_newlines)
{
    struct strbuf out;
    /* The worst growth is a tab: one byte becomes eight. */
    strbuf_init(&out, len * TAB_STOP + 1);
    size_t column = 0;
    for (size_t at = 0; at < len;) {
        unsigned char byte = (unsigned char)bytes[at];
        if (byte >= 0x20 && byte < 0x7F) {
            strbuf_putc(&out, bytes[at++]);
            column++;
        } else if (byte == ESC) {
            at += escape_length(bytes + at, len - at);
        } else if (byte == '\n' && keep_newlines) {
            strbuf_putc(&out, '\n');
            at++;
            column = 0;
        } else if (byte == '\r' && at + 1 < len && bytes[at + 1] == '\n') {
            at++;
        } else if (byte == '\t') {
            do {
                strbuf_putc(&out, ' ');
            } while (++column % TAB_STOP);
            at++;
        } else {
            size_t used;
            uint32_t code = utf8_decode(bytes + at, len - at, &used);
            put_code(&out, printable_is_hidden(code) ? MIDDLE_DOT : code);
            at += used;
            column++;
        }
    }
    return strbuf_detach(&out);
}

char *printable_json(const char *text)
{
    struct strbuf out;
    size_t len = strlen(text);
    strbuf_init(&out, len * sizeof "\\uXXXX\\uXXXX");
    for (size_t at = 0; at < len;) {
        size_t used;
        uint32_t code = utf8_decode(text + at, len - at, &used);
        if (code == '\n' || !(is_broken(code, used) || printable_is_hidden(code)))
            strbuf_add(&out, text + at, used);
        else if (code < 0x10000)
            strbuf_printf(&out, "\\u%04x", (unsigned)code);
        else
            strbuf_printf(&out, "\\u%04x\\u%04x", (unsigned)(0xD7C0 + (code >> 10)),
                          (unsigned)(0xDC00 + (code & 0x3FF)));
        at += used;
    }
    return strbuf_detach(&out);
}

void printable_line(char *out, size_t size, const char *text)
{
    if (!size)
        return;
    char *safe = printable_text(text ? text : "", text ? strlen(text) : 0, false);
    size_t safe_len = strlen(safe);
    size_t len = 0;
    while (len < safe_len) {
        size_t used;
        utf8_decode(safe + len, safe_len - len, &used);
        if (len + used >= size)
            break;
        len += used;
    }
    memcpy(out, safe, len);
    out[len] = '\0';
    free(safe);
}
