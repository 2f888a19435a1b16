/*
 * Polls of a growing log: windows of its newest lines are laid over each other. The input is the
 * log; its first bytes say how it grows between polls and how large the window is.
 */
#include "core/base/strbuf.h"
#include "tests/fuzz/fuzz.h"
#include "tui/state/logs.h"

#include <string.h>

enum { MAX_LINES = 400 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 2)
        return 0;
    size_t tail = 1 + bytes[0] % 40;
    size_t step = 1 + bytes[1] % 30;
    const char *text = (const char *)bytes + 2;
    len -= 2;
    struct log_buffer log;
    log_init(&log);
    /* Raw windows first: whatever comes is taken, and what is held is bounded. */
    for (size_t at = 0; at < len; at += step) {
        size_t end = at + step < len ? at + step : len;
        log_merge(&log, text, end, tail);
        FUZZ_REQUIRE(log.count <= LOG_MAX_LINES);
    }
    for (size_t i = 0; i < log.count; i++)
        FUZZ_REQUIRE(log_at(&log, i)->text &&
                     strlen(log_at(&log, i)->text) <= LOG_MAX_LINE_BYTES * 8);
    log_release(&log);
    return 0;
}
