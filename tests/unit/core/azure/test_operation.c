#include "core/azure/operation.h"

#include "core/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char far_url[] = "https://management.azure.com/subscriptions/s/x?api-version=1";
static const char near_url[] = "http://127.0.0.1:8080/subscriptions/s/x?api-version=1";

static struct operation operation;
static struct error error;

static int tear_down(void **state)
{
    (void)state;
    operation_release(&operation);
    return 0;
}

/* An answer with at most two headers given as name, value pairs; a NULL name ends them. */
static struct net_response answer(int status, const char *body, const char *name, const char *value,
                                  const char *name2, const char *value2)
{
    static struct net_header headers[2];
    headers[0] = (struct net_header){name, value};
    headers[1] = (struct net_header){name2, value2};
    return (struct net_response){.status = status,
                                 .body = body,
                                 .body_len = strlen(body),
                                 .headers = headers,
                                 .header_count = name2  ? 2
                                                 : name ? 1
                                                        : 0};
}

static enum operation_step begin(const char *method, const char *url, struct net_response response)
{
    memset(&error, 0, sizeof error);
    return operation_begin(&operation, method, url, &response, 0, &error);
}

static enum operation_step look(int status, const char *body)
{
    struct net_response response = answer(status, body, NULL, NULL, NULL, NULL);
    return operation_poll(&operation, &response, 0, &error);
}

static void a_put_follows_its_operation_url(void **state)
{
    (void)state;
    static char signed_url[4000];
    memset(signed_url, 'c', sizeof signed_url - 1);
    static const char start[] = "https://management.azure.com/op?s=";
    memcpy(signed_url, start, sizeof start - 1);
    assert_int_equal(begin("PUT", far_url,
                           answer(201, "{\"properties\":{\"provisioningState\":\"Updating\"}}",
                                  "azure-asyncoperation", signed_url, "Location", far_url)),
                     OPERATION_POLL);
    assert_string_equal(operation.url, signed_url); /* to the last byte */
    assert_int_equal(operation.delay_ms, OPERATION_DELAY_MS);
    assert_string_equal(operation.status, "Updating");
    assert_int_equal(look(200, "{\"status\":\"Updating\"}"), OPERATION_POLL);
    assert_int_equal(look(200, "{\"status\":\"SUCCEEDED\"}"), OPERATION_FETCH);
    assert_string_equal(operation.resource_url, far_url);
}

static void the_asked_delay_counts(void **state)
{
    (void)state;
    begin("DELETE", near_url, answer(202, "null", "Location", near_url, "Retry-After", "10"));
    assert_int_equal(operation.delay_ms, 10000);
    operation_release(&operation);
    /* None at all is no leave to ask as fast as the network goes. */
    begin("DELETE", far_url, answer(202, "null", "Location", far_url, "Retry-After", "0"));
    assert_int_equal(operation.delay_ms, OPERATION_LEAST_MS);
}

static void local_polls_begin_short_and_grow(void **state)
{
    (void)state;
    begin("DELETE", near_url, answer(202, "", "Location", near_url, NULL, NULL));
    assert_int_equal(operation.delay_ms, OPERATION_LEAST_MS);
    int last = 0;
    for (int i = 0; i < 20; i++) {
        last = operation.delay_ms;
        assert_int_equal(look(202, ""), OPERATION_POLL);
        assert_true(operation.delay_ms >= last);
    }
    assert_int_equal(last, OPERATION_LOCAL_LAST_MS);
}

static void a_location_is_followed_until_it_is_not_202(void **state)
{
    (void)state;
    assert_int_equal(
        begin("PATCH", far_url, answer(202, "null", "Location", "https://h/results/1", NULL, NULL)),
        OPERATION_POLL);
    struct net_response moved =
        answer(202, "{\"status\":\"Updating\"}", "Location", "https://h/results/2", NULL, NULL);
    assert_int_equal(operation_poll(&operation, &moved, 0, &error), OPERATION_POLL);
    assert_string_equal(operation.url, "https://h/results/2");
    assert_string_equal(operation.status, "Updating");
    assert_int_equal(look(200, "{\"status\":\"Succeeded\"}"), OPERATION_FETCH);
}

static void a_relative_location_stays_on_the_host(void **state)
{
    (void)state;
    begin("DELETE", near_url, answer(202, "", "Location", "/op/1?s=2", NULL, NULL));
    assert_string_equal(operation.url, "http://127.0.0.1:8080/op/1?s=2");
    operation_release(&operation);
    assert_int_equal(
        begin("DELETE", near_url, answer(202, "", "Location", "//evil.example/x", NULL, NULL)),
        OPERATION_FAILED);
}

static void regenerated_keys_may_leave_nothing_to_look_at(void **state)
{
    (void)state;
    begin("POST", far_url, answer(202, "null", "Location", "https://h/gone", NULL, NULL));
    assert_int_equal(look(404, "{\"error\":{\"code\":\"NotFound\"}}"), OPERATION_DONE);
}

static void a_put_whose_operation_is_gone_fails(void **state)
{
    (void)state;
    begin("PUT", far_url, answer(201, "", "Azure-AsyncOperation", "https://h/op", NULL, NULL));
    assert_int_equal(look(404, "{\"error\":{\"code\":\"NotFound\"}}"), OPERATION_FAILED);
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
}

static void deletes_end_in_several_ways(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
    } ways[] = {{204, ""}, {200, ""}};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(
            begin("DELETE", far_url, answer(ways[i].status, ways[i].body, NULL, NULL, NULL, NULL)),
            OPERATION_DONE);
        operation_release(&operation);
    }
    begin("DELETE", far_url,
          answer(202, "null", "Azure-AsyncOperation", "https://h/s", "Location", "https://h/r"));
    assert_string_equal(operation.url, "https://h/s");
    assert_int_equal(look(200, "{\"status\":\"Succeeded\"}"), OPERATION_DONE);
}

static void the_resource_itself_may_tell(void **state)
{
    (void)state;
    static const char busy[] = "{\"properties\":{\"provisioningState\":\"Creating\"}}";
    static const char done[] = "{\"properties\":{\"provisioningState\":\"Succeeded\"}}";
    assert_int_equal(begin("PUT", far_url, answer(200, busy, NULL, NULL, NULL, NULL)),
                     OPERATION_POLL);
    assert_int_equal(operation.kind, OPERATION_RESOURCE);
    assert_string_equal(operation.url, far_url);
    assert_int_equal(look(200, busy), OPERATION_POLL);
    assert_int_equal(look(200, done), OPERATION_FETCH);
    operation_release(&operation);
    assert_int_equal(begin("PUT", far_url, answer(200, "{}", NULL, NULL, NULL, NULL)),
                     OPERATION_FETCH);
    operation_release(&operation);
    assert_int_equal(begin("PUT", far_url, answer(201, "{}", NULL, NULL, NULL, NULL)),
                     OPERATION_POLL);
    operation_release(&operation);
    /* An asset's version: done at once, with a Location that is no operation. */
    assert_int_equal(begin("PUT", far_url, answer(201, done, "Location", far_url, NULL, NULL)),
                     OPERATION_FETCH);
}

static void failures_carry_the_service_s_words(void **state)
{
    (void)state;
    begin("PUT", far_url, answer(201, "", "Azure-AsyncOperation", "https://h/op", NULL, NULL));
    assert_int_equal(look(200, "{\"status\":\"Failed\",\"error\":{\"code\":\"OutOfQuota\","
                               "\"message\":\"Not enough quota.\"}}"),
                     OPERATION_FAILED);
    assert_string_equal(error.message, "the operation ended Failed: Not enough quota.");
    assert_string_equal(error.code, "OutOfQuota");
    assert_true(error.hint[0] != '\0');
    operation_release(&operation);
    begin("PUT", far_url, answer(201, "", "Azure-AsyncOperation", "https://h/op", NULL, NULL));
    assert_int_equal(look(200, "{\"status\":\"Canceled\"}"), OPERATION_FAILED);
    assert_string_equal(error.message, "the operation ended Canceled: the service gave no reason");
}

static void refusals_and_nonsense_fail(void **state)
{
    (void)state;
    assert_int_equal(begin("PUT", far_url,
                           answer(409, "{\"error\":{\"code\":\"Conflict\",\"message\":\"busy\"}}",
                                  NULL, NULL, NULL, NULL)),
                     OPERATION_FAILED);
    assert_int_equal(error.kind, ERROR_CONFLICT);
    operation_release(&operation);
    assert_int_equal(
        begin("PUT", far_url, answer(201, "", "Azure-AsyncOperation", "javascript:1", NULL, NULL)),
        OPERATION_FAILED);
    operation_release(&operation);
    begin("PUT", far_url, answer(201, "", "Azure-AsyncOperation", "https://h/op", NULL, NULL));
    assert_int_equal(look(200, "<html>"), OPERATION_FAILED);
    assert_int_equal(look(200, "{\"status\":7}"), OPERATION_FAILED);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_put_follows_its_operation_url, tear_down),
        cmocka_unit_test_teardown(the_asked_delay_counts, tear_down),
        cmocka_unit_test_teardown(local_polls_begin_short_and_grow, tear_down),
        cmocka_unit_test_teardown(a_location_is_followed_until_it_is_not_202, tear_down),
        cmocka_unit_test_teardown(a_relative_location_stays_on_the_host, tear_down),
        cmocka_unit_test_teardown(regenerated_keys_may_leave_nothing_to_look_at, tear_down),
        cmocka_unit_test_teardown(a_put_whose_operation_is_gone_fails, tear_down),
        cmocka_unit_test_teardown(deletes_end_in_several_ways, tear_down),
        cmocka_unit_test_teardown(the_resource_itself_may_tell, tear_down),
        cmocka_unit_test_teardown(failures_carry_the_service_s_words, tear_down),
        cmocka_unit_test_teardown(refusals_and_nonsense_fail, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
