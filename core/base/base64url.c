#include "core/base/base64url.h"

#include <stdint.h>

const char base64url_digits[65] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_add(struct strbuf *out, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < len; i += 3) {
        size_t have = len - i < 3 ? len - i : 3;
        uint32_t bits = 0;
        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (j < have ? at[i + j] : 0U);
        for (size_t j = 0; j <= have; j++)
            strbuf_putc(out, base64url_digits[bits >> (18 - 6 * j) & 63]);
    }
}
