#include "tui/draw/width.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void knows_columns_of_characters(void **state)
{
    (void)state;
    assert_int_equal(width_code('a'), 1);
    assert_int_equal(width_code(0xE9), 1);
    assert_int_equal(width_code(0x754C), 2);
    assert_int_equal(width_code(0x0301), 0);
    assert_int_equal(width_code(0x2588), 1);
    assert_int_equal(width_code('\033'), -1);
    assert_int_equal(width_code(0x9B), -1);
    assert_int_equal(width_code(0xAD), -1);
    assert_int_equal(width_code(0x200B), -1);
    assert_int_equal(width_code(0x202E), -1);
    assert_int_equal(width_code(0x110000), -1);
}

static void measures_text(void **state)
{
    (void)state;
    assert_int_equal(width_text(""), 0);
    assert_int_equal(width_text("ab界"), 4);
    assert_int_equal(width_text("e\xCC\x81t"), 2);
    assert_int_equal(width_text("a\033b"), 3);
    assert_int_equal(width_text("\xFF\xFE"), 2);
    assert_int_equal(width_bytes("ab界", 2), 2);
}

static void finds_prefixes(void **state)
{
    int columns;
    (void)state;
    assert_int_equal(width_prefix("ab界c", 3, &columns), 2);
    assert_int_equal(columns, 2);
    assert_int_equal(width_prefix("ab界c", 4, &columns), 5);
    assert_int_equal(columns, 4);
    assert_int_equal(width_prefix("e\xCC\x81t", 1, &columns), 3);
    assert_int_equal(width_prefix("abc", 0, &columns), 0);
}

static void assert_truncated(const char *text, size_t size, int columns, const char *expected)
{
    char out[64];
    int taken = width_truncate(out, size, text, columns);
    assert_string_equal(out, expected);
    assert_int_equal(taken, width_text(expected));
}

static void truncates(void **state)
{
    (void)state;
    assert_truncated("my-endpoint", 64, 11, "my-endpoint");
    assert_truncated("my-endpoint", 64, 6, "my-en…");
    assert_truncated("my-endpoint", 64, 1, "…");
    assert_truncated("my-endpoint", 64, 0, "");
    assert_truncated("a界b", 64, 3, "a…");
    assert_truncated("abcdef", 4, 10, "abc");
    assert_truncated("界界", 5, 10, "界");
    assert_truncated("", 64, 5, "");
}

static void counts_one_for_all_outside_utf8(void **state)
{
    (void)state;
    setlocale(LC_ALL, "C");
    assert_false(width_locale_is_utf8());
    assert_int_equal(width_text("ab界"), 3);
    setlocale(LC_ALL, "C.UTF-8");
    assert_true(width_locale_is_utf8());
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_columns_of_characters),
        cmocka_unit_test(measures_text),
        cmocka_unit_test(finds_prefixes),
        cmocka_unit_test(truncates),
        cmocka_unit_test(counts_one_for_all_outside_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
