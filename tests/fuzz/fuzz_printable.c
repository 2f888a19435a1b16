/* Foreign text: whatever the bytes, what is drawn has no control, no override, and is UTF-8. */
#include "core/base/printable.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void check(const char *text, size_t len, bool newlines)
{
    for (size_t at = 0; at < len;) {
        size_t used;
        uint32_t code = utf8_decode(text + at, len - at, &used);
        FUZZ_REQUIRE(code != 0xFFFD || used == 3);
        FUZZ_REQUIRE((code >= 0x20 && code < 0x7F) || code >= 0xA0 || (newlines && code == '\n'));
        FUZZ_REQUIRE(code < 0x202A || code > 0x202E);
        FUZZ_REQUIRE(code < 0x2066 || code > 0x2069);
        FUZZ_REQUIRE(code < 0x200B || code > 0x200F);
        at += used;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    for (int newlines = 0; newlines < 2; newlines++) {
        char *text = printable_text((const char *)bytes, len, newlines);
        check(text, strlen(text), newlines);
        /* Safe text is left as it is. */
        char *again = printable_text(text, strlen(text), newlines);
        FUZZ_REQUIRE(strcmp(text, again) == 0);
        free(again);
        free(text);
    }
    char *terminated = malloc(len + 1);
    if (!terminated)
        return 0;
    memcpy(terminated, bytes, len);
    terminated[len] = '\0';
    char line[40];
    printable_line(line, sizeof line, terminated);
    check(line, strlen(line), false);
    free(terminated);
    return 0;
}
