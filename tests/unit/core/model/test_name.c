#include "core/model/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void takes_the_services_names(void **state)
{
    (void)state;
    static const char *const good[] = {"abc",   "my-endpoint", "A1b",
                                       "blue2", "a--b",        "abcdefghijklmnopqrstuvwxyz012345"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct error error;
        if (!name_check("endpoint", good[i], &error))
            fail_msg("%s: %s", good[i], error.message);
    }
}

static void refuses_the_others(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",           "ab",    "abcdefghijklmnopqrstuvwxyz0123456",
        "1abc",       "-abc",  "abc-",
        "a_b",        "a.bc",  "a bc",
        "a/bc",       "../x",  "abc\n",
        "\351x",      "x\351", "gr\303\274n",
        "a\033[31mc",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct error error = {0};
        if (name_check("deployment", bad[i], &error))
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(error.kind, ERROR_RULE);
        assert_non_null(strstr(error.message, "deployment"));
        assert_true(error.hint[0]);
    }
    assert_false(name_check("endpoint", NULL, NULL));
}

static void counts_kubernetes_pairs(void **state)
{
    (void)state;
    assert_true(name_check_pair("abc", "def", NULL));
    assert_false(name_check_pair("abc", "de", NULL));
    assert_true(name_check_pair("abcdefghijklmnopqrstuvwxyz012345",
                                "abcdefghijklmnopqrstuvwxyz0123", NULL));
    struct error error = {0};
    assert_false(name_check_pair("abcdefghijklmnopqrstuvwxyz012345",
                                 "abcdefghijklmnopqrstuvwxyz01234", &error));
    assert_non_null(strstr(error.message, "63"));
}

static void copies_only_what_fits(void **state)
{
    (void)state;
    char out[NAME_SIZE];
    char longest[NAME_SIZE + 1];
    memset(longest, 'x', sizeof longest);
    longest[NAME_SIZE] = '\0';
    assert_false(name_copy(out, longest));
    assert_string_equal(out, "");
    assert_true(name_copy(out, longest + 1));
    assert_string_equal(out, longest + 1);
    assert_false(name_copy(out, ""));
    assert_false(name_copy(out, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_services_names),
        cmocka_unit_test(refuses_the_others),
        cmocka_unit_test(counts_kubernetes_pairs),
        cmocka_unit_test(copies_only_what_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
