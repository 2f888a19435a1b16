#include "core/net/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* 2026-11-22T19:00:00Z */
static const int64_t now = 1795374000000;

static struct net_response answer(int status, const char *retry_after)
{
    static struct net_header header = {.name = "retry-AFTER"};
    header.value = retry_after;
    return (struct net_response){
        .status = status, .headers = &header, .header_count = retry_after ? 1 : 0, .body = ""};
}

static struct net_response fault(enum error_kind kind, bool never_sent)
{
    return (struct net_response){.error = {.kind = kind}, .never_sent = never_sent, .body = ""};
}

static void statuses_that_pass_are_repeated(void **state)
{
    (void)state;
    static const int passing[] = {408, 429, 500, 502, 503, 504};
    static const int lasting[] = {200, 201, 204, 301, 400, 401, 403, 404, 409, 412, 501, 505};
    int delay;
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        struct net_response response = answer(passing[i], NULL);
        assert_true(retry_decide(&response, true, 1, now, 0, &delay));
        assert_false(retry_decide(&response, false, 1, now, 0, &delay));
    }
    for (size_t i = 0; i < sizeof lasting / sizeof lasting[0]; i++) {
        struct net_response response = answer(lasting[i], NULL);
        assert_false(retry_decide(&response, true, 1, now, 0, &delay));
    }
}

static void faults_are_repeated_where_safe(void **state)
{
    (void)state;
    int delay;
    struct net_response cut = fault(ERROR_NETWORK, false);
    struct net_response refused = fault(ERROR_NETWORK, true);
    struct net_response late = fault(ERROR_TIMEOUT, false);
    struct net_response large = fault(ERROR_LIMIT, false);
    struct net_response token = fault(ERROR_AUTH, true);
    assert_true(retry_decide(&cut, true, 1, now, 0, &delay));
    assert_false(retry_decide(&cut, false, 1, now, 0, &delay));
    assert_true(retry_decide(&refused, false, 1, now, 0, &delay)); /* nothing was sent */
    assert_true(retry_decide(&late, true, 1, now, 0, &delay));
    assert_false(retry_decide(&large, true, 1, now, 0, &delay));
    assert_false(retry_decide(&token, true, 1, now, 0, &delay));
}

static void it_ends_after_three(void **state)
{
    (void)state;
    int delay;
    struct net_response response = answer(503, NULL);
    assert_true(retry_decide(&response, true, RETRY_MAX, now, 0, &delay));
    assert_false(retry_decide(&response, true, RETRY_MAX + 1, now, 0, &delay));
    struct net_response late = fault(ERROR_TIMEOUT, false);
    assert_true(retry_decide(&late, true, RETRY_MAX_LATE, now, 0, &delay));
    assert_false(retry_decide(&late, true, RETRY_MAX_LATE + 1, now, 0, &delay));
}

static void delays_double_with_jitter(void **state)
{
    (void)state;
    struct net_response response = answer(500, NULL);
    for (int attempt = 1; attempt <= RETRY_MAX; attempt++) {
        int whole = RETRY_BASE_MS << (attempt - 1);
        int least;
        int most;
        assert_true(retry_decide(&response, true, attempt, now, 0, &least));
        assert_true(retry_decide(&response, true, attempt, now, (uint32_t)whole / 2, &most));
        assert_int_equal(least, whole / 2);
        assert_int_equal(most, whole);
        int any;
        retry_decide(&response, true, attempt, now, 4294967295u, &any);
        assert_true(any >= least && any <= most);
    }
}

static void retry_after_is_honoured(void **state)
{
    (void)state;
    int delay;
    struct net_response response = answer(429, "17");
    assert_int_equal(retry_after_ms(&response, now), 17000);
    assert_true(retry_decide(&response, true, 1, now, 0, &delay));
    assert_int_equal(delay, 17000);
    response = answer(429, "0"); /* never sooner than our own wait */
    assert_true(retry_decide(&response, true, 1, now, 0, &delay));
    assert_int_equal(delay, RETRY_BASE_MS / 2);
    response = answer(429, "Sun, 22 Nov 2026 19:00:30 GMT");
    assert_int_equal(retry_after_ms(&response, now), 30000);
    response = answer(429, "Sun, 22 Nov 2026 18:00:00 GMT");
    assert_int_equal(retry_after_ms(&response, now), 0);
}

static void hostile_retry_after_is_bounded(void **state)
{
    (void)state;
    static const char *const odd[] = {"",
                                      "soon",
                                      "-5",
                                      "1e9",
                                      "12345678901234567890",
                                      "Sun, 22 Nov 2026",
                                      "Sun, 22 Now 2026 19:00:30 GMT",
                                      "Sun, 22 Nov 2026 19:00:30 CET",
                                      "5 "};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        struct net_response response = answer(429, odd[i]);
        assert_int_equal(retry_after_ms(&response, now), -1);
    }
    struct net_response response = answer(429, "999999999");
    assert_int_equal(retry_after_ms(&response, now), RETRY_AFTER_CAP_MS);
    response = answer(429, "Fri, 01 Jan 9999 00:00:00 GMT");
    assert_int_equal(retry_after_ms(&response, now), RETRY_AFTER_CAP_MS);
}

static void safe_methods_are_those_that_repeat_well(void **state)
{
    (void)state;
    assert_true(retry_method_is_safe("GET"));
    assert_true(retry_method_is_safe("PUT"));
    assert_true(retry_method_is_safe("DELETE"));
    assert_false(retry_method_is_safe("POST"));
    assert_false(retry_method_is_safe("PATCH"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses_that_pass_are_repeated),
        cmocka_unit_test(faults_are_repeated_where_safe),
        cmocka_unit_test(it_ends_after_three),
        cmocka_unit_test(delays_double_with_jitter),
        cmocka_unit_test(retry_after_is_honoured),
        cmocka_unit_test(hostile_retry_after_is_bounded),
        cmocka_unit_test(safe_methods_are_those_that_repeat_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
