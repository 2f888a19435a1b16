#include "core/base/siphash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The vectors of the paper's appendix and of its reference code: key 00..0f, input 00..len-1. */
static void gives_the_published_vectors(void **state)
{
    (void)state;
    struct siphash_key key = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    unsigned char input[15];
    for (size_t i = 0; i < sizeof input; i++)
        input[i] = (unsigned char)i;
    assert_true(siphash(&key, input, 0) == UINT64_C(0x726fdb47dd0e0e31));
    assert_true(siphash(&key, input, 8) == UINT64_C(0x93f5f5799a932462));
    assert_true(siphash(&key, input, 15) == UINT64_C(0xa129ca6149be45e5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gives_the_published_vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
