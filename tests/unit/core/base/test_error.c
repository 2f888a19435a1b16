#include "core/base/error.h"

#include "core/base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void keeps_message_and_hint(void **state)
{
    (void)state;
    struct error error = {.http_status = 500, .code = "Old"};
    assert_false(error_set(&error, ERROR_RULE, "%s=%d", "blue", 110));
    assert_false(error_hint(&error, "take %d away", 10));
    assert_false(error_prefix(&error, "endpoint '%s'", "e"));
    assert_string_equal(error.message, "endpoint 'e': blue=110");
    assert_string_equal(error.hint, "take 10 away");
    assert_int_equal(error.http_status, 0);
    assert_string_equal(error.code, "");
    /* A message may be made of itself. */
    error_set(&error, ERROR_FAILED, "again: %s", error.message);
    assert_string_equal(error.message, "again: endpoint 'e': blue=110");
    assert_false(error_set(NULL, ERROR_FAILED, "nobody asked"));
    assert_false(error_prefix(NULL, "nobody"));
    assert_false(error_hint(NULL, "nobody"));
}

static void cuts_what_is_too_long(void **state)
{
    (void)state;
    struct error error;
    char text[3000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    error_set(&error, ERROR_FAILED, "%s", text);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    error_prefix(&error, "%s", text);
    error_prefix(&error, "p");
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    assert_memory_equal(error.message, "p: xxx", 6);
}

static void exit_statuses_are_those_promised(void **state)
{
    (void)state;
    assert_int_equal(error_exit_status(ERROR_NONE), 0);
    assert_int_equal(error_exit_status(ERROR_FAILED), 1);
    assert_int_equal(error_exit_status(ERROR_USAGE), 2);
    assert_int_equal(error_exit_status(ERROR_NOT_FOUND), 3);
    assert_int_equal(error_exit_status(ERROR_RULE), 4);
    assert_int_equal(error_exit_status(ERROR_CONFLICT), 5);
    assert_int_equal(error_exit_status(ERROR_CANCELLED), 130);
    assert_int_equal(error_exit_status(ERROR_NETWORK), 1);
}

static void random_values_have_their_form(void **state)
{
    (void)state;
    char key[65];
    char other[65];
    random_base64url(key, 64);
    random_base64url(other, 64);
    assert_int_equal(strlen(key), 64);
    assert_int_equal(
        strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 64);
    assert_string_not_equal(key, other);
    char uuid[UUID_SIZE];
    random_uuid(uuid);
    assert_int_equal(strlen(uuid), 36);
    assert_int_equal(uuid[14], '4');
    assert_non_null(strchr("89ab", uuid[19]));
    int counts[7] = {0};
    for (int i = 0; i < 70000; i++)
        counts[random_below(7)]++;
    for (int i = 0; i < 7; i++)
        assert_in_range(counts[i], 9400, 10600); /* over six standard deviations */
    assert_int_equal(random_below(1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_message_and_hint),
        cmocka_unit_test(cuts_what_is_too_long),
        cmocka_unit_test(exit_statuses_are_those_promised),
        cmocka_unit_test(random_values_have_their_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
