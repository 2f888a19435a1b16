#include "core/base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void equal_only_when_all_of_it_is(void **state)
{
    (void)state;
    assert_true(secret_equal("abc", "abc", 3));
    assert_false(secret_equal("abc", "abd", 3));
    assert_false(secret_equal("abc", "ab", 2));
    assert_false(secret_equal("abc", "abcabc", 6));
    assert_false(secret_equal("abc", "", 0));
    assert_false(secret_equal("", "", 0));
}

static void reads_bearer_tokens_only(void **state)
{
    (void)state;
    size_t len = 0;
    const char *token = secret_bearer("bearer  abc ", &len);
    assert_non_null(token);
    assert_int_equal(len, 3);
    assert_memory_equal(token, "abc", 3);
    assert_null(secret_bearer("Basic abc", &len));
    assert_null(secret_bearer(NULL, &len));
    assert_null(secret_bearer("Bearer", &len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_only_when_all_of_it_is),
        cmocka_unit_test(reads_bearer_tokens_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
