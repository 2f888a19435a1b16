#include "tui/draw/width.h"

#include "core/base/printable.h"

#include <langinfo.h>
#include <string.h>
#include <wchar.h>

static const char ELLIPSIS[] = "\xE2\x80\xA6";

bool width_locale_is_utf8(void)
{
    const char *codeset = nl_langinfo(CODESET);
    return strcmp(codeset, "UTF-8") == 0 || strcmp(codeset, "utf8") == 0;
}

int width_code(uint32_t code)
{
    if (code >= 0x20 && code < 0x7F)
        return 1;
    if (printable_is_hidden(code) || code > 0x10FFFF)
        return -1;
    if (!width_locale_is_utf8())
        return 1;
    int width = wcwidth((wchar_t)code);
    return width > 2 ? -1 : width;
}

static int drawn_width(uint32_t code)
{
    int width = width_code(code);
    return width < 0 ? 1 : width;
}

int width_bytes(const char *text, size_t len)
{
    int columns = 0;
    for (size_t at = 0, used; at < len; at += used) {
        if ((unsigned char)text[at] < 0x80) {
            used = 1;
            columns++;
        } else {
            columns += drawn_width(utf8_decode(text + at, len - at, &used));
        }
    }
    return columns;
}

int width_text(const char *text)
{
    return width_bytes(text, strlen(text));
}

size_t width_prefix(const char *text, int columns, int *out_columns)
{
    size_t len = strlen(text);
    size_t at = 0;
    int taken = 0;
    while (at < len) {
        size_t used;
        int width = drawn_width(utf8_decode(text + at, len - at, &used));
        if (taken + width > columns)
            break;
        taken += width;
        at += used;
    }
    if (out_columns)
        *out_columns = taken;
    return at;
}

int width_truncate(char *out, size_t size, const char *text, int columns)
{
    if (!size)
        return 0;
    out[0] = '\0';
    if (columns <= 0)
        return 0;
    int taken;
    size_t len = width_prefix(text, columns, &taken);
    bool cut = text[len] != '\0';
    if (cut)
        len = width_prefix(text, columns - 1, &taken);
    size_t room = size - 1;
    if (cut)
        room = room >= sizeof ELLIPSIS - 1 ? room - (sizeof ELLIPSIS - 1) : 0;
    if (len > room) {
        size_t at = 0;
        for (size_t used; at < len; at += used) {
            utf8_decode(text + at, len - at, &used);
            if (at + used > room)
                break;
        }
        len = at;
        taken = width_bytes(text, len);
    }
    memcpy(out, text, len);
    out[len] = '\0';
    if (cut && len + sizeof ELLIPSIS <= size) {
        memcpy(out + len, ELLIPSIS, sizeof ELLIPSIS);
        taken++;
    }
    return taken;
}
