#include "core/wire/arm_error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct error error;

static void decode(int status, const char *body)
{
    memset(&error, 0x5a, sizeof error);
    assert_false(arm_error_decode(status, body, strlen(body), "id-1", &error));
    assert_int_equal(error.http_status, status);
    assert_string_equal(error.request_id, "id-1");
}

static void the_inner_string_is_read(void **state)
{
    (void)state;
    decode(400, "{\"error\":{\"code\":\"BadRequest\",\"message\":\"The request is invalid.\","
                "\"details\":[{\"code\":\"InferencingClientCallFailed\",\"message\":"
                "\"{\\\"errors\\\":{\\\"VmSize\\\":[\\\"Not enough quota\\\"],"
                "\\\"\\\":[\\\"Name taken\\\"]},\\\"title\\\":\\\"One or more\\\"}\"}]}}");
    assert_string_equal(error.message, "The request is invalid: Not enough quota; Name taken");
    assert_string_equal(error.code, "BadRequest");
    assert_int_equal(error.kind, ERROR_FAILED);
}

static void a_title_alone_is_shown(void **state)
{
    (void)state;
    decode(404, "{\"error\":{\"code\":\"NotFound\",\"message\":\"Not there.\",\"details\":["
                "{\"message\":\"{\\\"title\\\":\\\"Not Found\\\"}\"}]}}");
    assert_string_equal(error.message, "Not there: Not Found");
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
}

static void plain_details_are_shown_once(void **state)
{
    (void)state;
    decode(409, "{\"error\":{\"code\":\"Conflict\",\"message\":\"Busy.\",\"details\":["
                "{\"message\":\"Busy.\"},{\"message\":\"Busy.\"}]}}");
    assert_string_equal(error.message, "Busy.");
    assert_int_equal(error.kind, ERROR_CONFLICT);
    assert_true(error.hint[0] != '\0');
}

static void deeper_details_count(void **state)
{
    (void)state;
    decode(400,
           "{\"error\":{\"code\":\"A\",\"message\":\"Top.\",\"details\":[{\"message\":\"One.\","
           "\"details\":[{\"message\":\"Two.\"}]}]}}");
    assert_string_equal(error.message, "Top: One.; Two.");
}

static void the_unwrapped_form_is_read(void **state)
{
    (void)state;
    decode(400, "{\"code\":\"BadRequest\",\"message\":\"no such metric\"}");
    assert_string_equal(error.message, "no such metric");
    assert_string_equal(error.code, "BadRequest");
}

static void what_is_no_arm_error_is_quoted(void **state)
{
    (void)state;
    decode(502, "<html>Bad Gateway</html>");
    assert_string_equal(error.message, "the service answered HTTP 502: <html>Bad Gateway</html>");
    decode(503, "");
    assert_string_equal(error.message, "the service answered HTTP 503");
    decode(500, "{\"error\":[1,2]}");
    assert_non_null(strstr(error.message, "HTTP 500"));
    decode(500, "{\"error\":{\"code\":7,\"message\":{},\"details\":\"x\"}}");
    assert_non_null(strstr(error.message, "HTTP 500"));
}

static void long_messages_are_cut(void **state)
{
    (void)state;
    static char body[20000];
    static const char start[] = "{\"error\":{\"code\":\"X\",\"message\":\"";
    memset(body, 'm', sizeof body - 1);
    memcpy(body, start, sizeof start - 1);
    memcpy(body + sizeof body - 4, "\"}}", 3);
    decode(400, body);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
}

static void kinds_follow_the_status(void **state)
{
    (void)state;
    assert_int_equal(arm_error_kind(401), ERROR_AUTH);
    assert_int_equal(arm_error_kind(403), ERROR_AUTH);
    assert_int_equal(arm_error_kind(404), ERROR_NOT_FOUND);
    assert_int_equal(arm_error_kind(409), ERROR_CONFLICT);
    assert_int_equal(arm_error_kind(412), ERROR_CONFLICT);
    assert_int_equal(arm_error_kind(500), ERROR_FAILED);
    assert_int_equal(arm_error_kind(0), ERROR_FAILED);
}

static void nobody_need_look(void **state)
{
    (void)state;
    assert_false(arm_error_decode(500, "x", 1, NULL, NULL));
    assert_false(arm_error_from_object(NULL, 0, NULL, NULL));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_inner_string_is_read),
        cmocka_unit_test(a_title_alone_is_shown),
        cmocka_unit_test(plain_details_are_shown_once),
        cmocka_unit_test(deeper_details_count),
        cmocka_unit_test(the_unwrapped_form_is_read),
        cmocka_unit_test(what_is_no_arm_error_is_quoted),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(kinds_follow_the_status),
        cmocka_unit_test(nobody_need_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
