#include "core/rollout/answer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct answer_tolerance loose = {.absolute = 0, .relative = .01};

static bool agrees(const char *candidate, const char *baseline, char *difference, size_t size)
{
    return answer_agrees(candidate, strlen(candidate), baseline, strlen(baseline),
                         &answer_tolerance_default, difference, size);
}

static void equal_values_agree(void **state)
{
    (void)state;
    assert_true(agrees("[1.0, 2]", "[1, 2.0]", NULL, 0));
    assert_true(agrees("{\"a\": 1, \"b\": [true, null]}", "{\"b\":[true,null],\"a\":1}", NULL, 0));
    assert_true(agrees("[0.30000000000000004]", "[0.3]", NULL, 0));
    assert_true(agrees("plain", "plain", NULL, 0));
    assert_true(agrees("", "", NULL, 0));
    assert_true(agrees("\"[1, 2.0]\"", "\"[1.0, 2]\"", NULL, 0));
}

static void differences_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *candidate, *baseline, *difference;
    } rows[] = {
        {"[{\"score\": 0.25}]", "[{\"score\": 0.75}]", "[0].score: 0.25, not 0.75"},
        {"[1]", "[1, 2]", "[1]: missing, not 2"},
        {"[1, 2]", "[1]", "[1]: 2, not missing"},
        {"{\"a\": 1}", "{\"b\": 1}", "a: 1, not missing"},
        {"{}", "{\"b\": {\"c\": 1}}", "b: missing, not {\"c\":1}"},
        {"{\"a\": \"1\"}", "{\"a\": 1}", "a: \"1\", not 1"},
        {"true", "false", "true, not false"},
        {"\"[1]\"", "\"[2]\"", "[0]: 1, not 2"},
        {"oops", "[1]", "4 bytes, not the baseline's 3, and no JSON on both sides"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char difference[200];
        assert_false(agrees(rows[i].candidate, rows[i].baseline, difference, sizeof difference));
        assert_string_equal(difference, rows[i].difference);
    }
}

static void the_tolerance_is_relative_or_absolute(void **state)
{
    (void)state;
    assert_true(answer_agrees("[100.9]", 7, "[100]", 5, &loose, NULL, 0));
    assert_false(answer_agrees("[102]", 5, "[100]", 5, &loose, NULL, 0));
    assert_false(answer_agrees("[0.001]", 7, "[0]", 3, &loose, NULL, 0));
    struct answer_tolerance absolute = {.absolute = .01};
    assert_true(answer_agrees("[0.001]", 7, "[0]", 3, &absolute, NULL, 0));
    assert_false(answer_agrees("[-1]", 4, "[1]", 3, &loose, NULL, 0));
}

static void foreign_text_is_made_printable_and_cut(void **state)
{
    (void)state;
    char difference[40];
    assert_false(agrees("{\"\\u001b[2J\": \"\\u202e\"}", "{}", difference, sizeof difference));
    for (const char *c = difference; *c; c++)
        assert_true((unsigned char)*c >= ' ');
    char deep[4096] = "";
    for (size_t i = 0; i < 90; i++)
        memcpy(deep + i * 12, "{\"abcdefgh\":", 12);
    memcpy(deep + 90 * 12, "1", 1);
    memset(deep + 90 * 12 + 1, '}', 90);
    deep[90 * 13 + 1] = '\0';
    assert_false(agrees(deep, "{}", difference, sizeof difference));
    assert_true(strlen(difference) < sizeof difference);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_values_agree),
        cmocka_unit_test(differences_are_named),
        cmocka_unit_test(the_tolerance_is_relative_or_absolute),
        cmocka_unit_test(foreign_text_is_made_printable_and_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
