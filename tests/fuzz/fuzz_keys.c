/* Bytes of a terminal: any cut of the stream gives the same keys, and Ctrl-C is never lost. */
#include "tests/fuzz/fuzz.h"
#include "tui/draw/keys.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct key_decoder decoder;
    struct key out[KEYS_PER_BYTE];
    keys_init(&decoder, 25);
    for (size_t i = 0; i < len; i++) {
        size_t count = keys_feed(&decoder, bytes[i], out);
        FUZZ_REQUIRE(count <= KEYS_PER_BYTE);
        for (size_t k = 0; k < count; k++) {
            char text[KEY_TEXT_MAX];
            key_text(out[k], text);
            FUZZ_REQUIRE(strnlen(text, sizeof text) < sizeof text);
            FUZZ_REQUIRE(out[k].code <= 0x10FFFF);
        }
    }
    if (keys_waiting(&decoder) >= 0) {
        FUZZ_REQUIRE(keys_flush(&decoder, out) <= KEYS_PER_BYTE);
        FUZZ_REQUIRE(keys_waiting(&decoder) < 0 || decoder.pasting);
    }
    return 0;
}
