/* What a fuzz target is: fed by libFuzzer (make fuzz) or by replay.c (make check). */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Takes one input; what is wrong shows as an abort or a sanitizer's report. Always returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Aborts with the place when `condition` does not hold. */
#define FUZZ_REQUIRE(condition)                                                                    \
    ((condition) ? (void)0 : fuzz_failed(__FILE__, __LINE__, #condition))
void fuzz_failed(const char *file, int line, const char *condition) __attribute__((noreturn));

#endif
