#include "core/net/net.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "tests/unit/core/azure/stub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct stub stub;
static struct net *net;

/* The last answer, kept beyond its callback. */
static struct {
    bool done;
    struct error error;
    bool never_sent;
    int status;
    char *body;
    size_t body_len;
    int64_t total_us;
    int64_t first_byte_us;
    char mixed[16];
} got;

static int set_up(void **state)
{
    (void)state;
    net = net_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    net_free(net);
    free(got.body);
    memset(&got, 0, sizeof got);
    return 0;
}

static void keep(void *context, const struct net_response *response)
{
    (void)context;
    free(got.body);
    got.done = true;
    got.error = response->error;
    got.never_sent = response->never_sent;
    got.status = response->status;
    got.body = str_dup_n(response->body, response->body_len);
    got.body_len = response->body_len;
    got.total_us = response->total_us;
    got.first_byte_us = response->first_byte_us;
    const char *mixed = net_header(response, "x-MIXED");
    snprintf(got.mixed, sizeof got.mixed, "%s", mixed ? mixed : "");
}

/* Sends `request` with the stub's origin before its url (a path) and waits for the answer. */
static void ask(struct net_request request)
{
    char url[300];
    snprintf(url, sizeof url, "%s%s", stub.origin, request.url);
    request.url = url;
    if (!request.method)
        request.method = "GET";
    got.done = false;
    net_send(net, &request, keep, NULL);
    assert_true(net_run_until(net, &got.done, NULL));
}

static void a_request_comes_through_whole(void **state)
{
    (void)state;
    static const char *const headers[] = {"X-One: 1", "Content-Type: application/json"};
    ask((struct net_request){.method = "PUT",
                             .url = "/echo",
                             .headers = headers,
                             .header_count = 2,
                             .bearer = "secret",
                             .body = "{\"a\":1}",
                             .body_len = 7});
    assert_int_equal(got.error.kind, ERROR_NONE);
    assert_int_equal(got.status, 200);
    assert_string_equal(got.mixed, "Case");
    assert_true(got.total_us > 0 && got.first_byte_us > 0 && got.first_byte_us <= got.total_us);
    struct json *echo = json_parse(got.body, got.body_len, NULL);
    assert_string_equal(json_text_at(echo, "method", ""), "PUT");
    assert_string_equal(json_text_at(echo, "body", ""), "{\"a\":1}");
    assert_string_equal(json_text_at(echo, "headers.x-one", ""), "1");
    assert_string_equal(json_text_at(echo, "headers.authorization", ""), "Bearer secret");
    assert_string_equal(json_text_at(echo, "headers.content-type", ""), "application/json");
    json_free(echo);
}

static void a_post_without_body_says_so(void **state)
{
    (void)state;
    ask((struct net_request){.method = "POST", .url = "/echo"});
    struct json *echo = json_parse(got.body, got.body_len, NULL);
    assert_string_equal(json_text_at(echo, "headers.content-length", ""), "0");
    assert_null(json_at(echo, "headers.content-type"));
    assert_null(json_at(echo, "headers.expect"));
    json_free(echo);
}

static void a_large_body_waits_for_no_leave(void **state)
{
    (void)state;
    size_t len = (size_t)2 << 20;
    char *body = mem_alloc(len + 1);
    memset(body, 'b', len);
    int64_t begun = clock_monotonic_ms();
    ask((struct net_request){.method = "POST", .url = "/echo", .body = body, .body_len = len});
    free(body);
    assert_int_equal(got.status, 200);
    assert_true(got.body_len > len);
    assert_true(clock_monotonic_ms() - begun < 900); /* waiting for 100 takes a second */
}

static void redirects_are_not_followed(void **state)
{
    (void)state;
    ask((struct net_request){.url = "/status/302"});
    assert_int_equal(got.error.kind, ERROR_NONE);
    assert_int_equal(got.status, 302);
}

static void answers_are_bounded(void **state)
{
    (void)state;
    static const char *const paths[] = {"/big", "/endless", "/bomb"};
    for (size_t i = 0; i < 3; i++) {
        ask((struct net_request){.url = paths[i], .max_answer = 100000});
        assert_int_equal(got.error.kind, ERROR_LIMIT);
        assert_true(got.body_len <= 100000);
    }
    ask((struct net_request){.url = "/big"});
    assert_int_equal(got.body_len, 1 << 20);
}

static void a_deadline_ends_the_wait(void **state)
{
    (void)state;
    int64_t begun = clock_monotonic_ms();
    ask((struct net_request){.url = "/slow", .timeout_ms = 100});
    assert_int_equal(got.error.kind, ERROR_TIMEOUT);
    assert_false(got.never_sent);
    assert_in_range(clock_monotonic_ms() - begun, 100, 900);
}

static void broken_answers_are_network_errors(void **state)
{
    (void)state;
    static const char *const paths[] = {"/half", "/cut", "/garbage"};
    for (size_t i = 0; i < 3; i++) {
        ask((struct net_request){.url = paths[i]});
        assert_int_equal(got.error.kind, ERROR_NETWORK);
        assert_false(got.never_sent);
        assert_non_null(strstr(got.error.message, stub.origin));
    }
}

static void a_dead_connection_is_not_tried_twice_for_once(void **state)
{
    (void)state;
    ask((struct net_request){.url = "/stale"});
    assert_int_equal(got.status, 200);
    ask((struct net_request){.method = "POST", .url = "/stale", .once = true});
    assert_int_equal(got.error.kind, ERROR_NETWORK);
    assert_non_null(strstr(got.error.message, "not repeated"));
    ask((struct net_request){.url = "/stale"});
    ask((struct net_request){.url = "/stale"}); /* by libcurl itself, on a new connection */
    assert_int_equal(got.status, 200);
}

static void refused(const struct net_request *request, enum error_kind kind)
{
    got.done = false;
    net_send(net, request, keep, NULL);
    assert_false(got.done); /* the callback never runs inside net_send() */
    assert_true(net_run_until(net, &got.done, NULL));
    assert_int_equal(got.error.kind, kind);
    assert_true(got.never_sent);
    assert_int_equal(got.body_len, 0);
}

static void what_may_not_be_sent_is_refused(void **state)
{
    (void)state;
    static const char *const split[] = {"X: a\r\nY: b"};
    static const char *const second[] = {"authorization: Basic x"};
    char url[200];
    snprintf(url, sizeof url, "%s/echo", stub.origin);
    refused(&(struct net_request){.method = "GET", .url = "http://a.example/", .bearer = "t"},
            ERROR_AUTH);
    refused(&(struct net_request){.method = "GET", .url = "gopher://127.0.0.1/"}, ERROR_FAILED);
    refused(&(struct net_request){.method = "GET", .url = NULL}, ERROR_FAILED);
    refused(&(struct net_request){.method = "GET", .url = url, .headers = split, .header_count = 1},
            ERROR_FAILED);
    refused(
        &(struct net_request){.method = "GET", .url = url, .headers = second, .header_count = 1},
        ERROR_FAILED);
    refused(&(struct net_request){.method = "GET", .url = url, .bearer = "t\r\nX: y"},
            ERROR_FAILED);
    refused(&(struct net_request){.method = "GET", .url = "http://127.0.0.1:1/"}, ERROR_NETWORK);
}

static void proxies_are_not_for_loopback(void **state)
{
    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    ask((struct net_request){.url = "/echo"});
    assert_int_equal(got.status, 200);
    got.done = false;
    net_send(net, &(struct net_request){.method = "GET", .url = "http://a.invalid/"}, keep, NULL);
    assert_true(net_run_until(net, &got.done, NULL));
    assert_int_equal(got.error.kind, ERROR_NETWORK);
    assert_null(strstr(got.error.message, "resolve")); /* it asked the proxy */
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

static void must_not_run(void *context, const struct net_response *response)
{
    (void)context;
    (void)response;
    fail();
}

static void must_not_fire(void *context)
{
    (void)context;
    fail();
}

static void what_is_cancelled_is_silent(void **state)
{
    (void)state;
    char url[200];
    snprintf(url, sizeof url, "%s/slow", stub.origin);
    struct net_request slow = {.method = "GET", .url = url};
    net_id never_started = net_send(net, &slow, must_not_run, NULL);
    net_cancel(net, never_started);
    net_id under_way = net_send(net, &slow, must_not_run, NULL);
    net_id refused_one =
        net_send(net, &(struct net_request){.method = "GET", .url = "no"}, must_not_run, NULL);
    net_id timer = net_after(net, 0, must_not_fire, NULL);
    net_cancel(net, refused_one);
    net_cancel(net, timer);
    net_cancel(net, timer);
    net_cancel(net, 0);
    ask((struct net_request){.url = "/echo"});
    assert_int_equal(net_pending(net), 1);
    net_cancel(net, under_way);
    assert_int_equal(net_pending(net), 0);
    /* A name that is still being resolved holds nobody up. */
    int64_t begun = clock_monotonic_ms();
    net_id resolving =
        net_send(net, &(struct net_request){.method = "GET", .url = "http://nobody.invalid/"},
                 must_not_run, NULL);
    net_wait(net, NULL, 0, 0);
    net_dispatch(net);
    net_cancel(net, resolving);
    assert_int_equal(net_pending(net), 0);
    net_send(net, &slow, must_not_run, NULL); /* dropped with the net */
    assert_true(clock_monotonic_ms() - begun < 200);
}

static char order[8];
static bool all_fired;

static void fire(void *context)
{
    size_t used = strlen(order);
    order[used] = *(char *)context;
    order[used + 1] = '\0';
    all_fired = used == 2;
}

static void timers_fire_in_order(void **state)
{
    (void)state;
    static char names[] = "abc";
    order[0] = '\0';
    net_after(net, 30, fire, &names[2]);
    net_after(net, 10, fire, &names[1]);
    net_after(net, -5, fire, &names[0]);
    assert_true(net_run_until(net, &all_fired, NULL));
    assert_string_equal(order, "abc");
}

static int rearmed;

static void rearm(void *context)
{
    rearmed++;
    net_after(net, 0, rearm, context);
}

static void a_timer_that_rearms_leaves_the_loop(void **state)
{
    (void)state;
    net_after(net, 0, rearm, NULL);
    net_dispatch(net);
    assert_int_equal(rearmed, 1);
}

static void the_wait_tells_of_other_descriptors(void **state)
{
    (void)state;
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    struct pollfd fds[] = {{.fd = pipes[0], .events = POLLIN}};
    assert_int_equal(net_wait(net, fds, 1, 0), 0);
    assert_int_equal(fds[0].revents, 0);
    assert_int_equal(write(pipes[1], "x", 1), 1);
    assert_int_equal(net_wait(net, fds, 1, -1), 1);
    assert_int_equal(fds[0].revents, POLLIN);
    char byte;
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    close(pipes[1]);
    assert_int_equal(net_wait(net, fds, 1, -1), 1); /* an end of file has no POLLIN */
    assert_int_equal(fds[0].revents, POLLHUP);
    close(pipes[0]);
    net_interrupt(net);
    assert_int_equal(net_wait(net, NULL, 0, -1), 0);
}

static int answered;
static bool all_answered;

static void count_answer(void *context, const struct net_response *response)
{
    (void)context;
    assert_int_equal(response->status, 200);
    all_answered = ++answered == 300;
    if (answered + 20 <= 300) { /* each answer sends the next */
        char url[200];
        snprintf(url, sizeof url, "%s/echo", stub.origin);
        net_send(net, &(struct net_request){.method = "GET", .url = url}, count_answer, NULL);
    }
}

static void many_at_once_share_connections(void **state)
{
    (void)state;
    char url[200];
    snprintf(url, sizeof url, "%s/echo", stub.origin);
    for (int i = 0; i < 20; i++)
        net_send(net, &(struct net_request){.method = "GET", .url = url}, count_answer, NULL);
    assert_true(net_run_until(net, &all_answered, NULL));
    assert_int_equal(answered, 300);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_request_comes_through_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_post_without_body_says_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_large_body_waits_for_no_leave, set_up, tear_down),
        cmocka_unit_test_setup_teardown(redirects_are_not_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_are_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_deadline_ends_the_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(broken_answers_are_network_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_dead_connection_is_not_tried_twice_for_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_may_not_be_sent_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(proxies_are_not_for_loopback, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_cancelled_is_silent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(timers_fire_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_timer_that_rearms_leaves_the_loop, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_wait_tells_of_other_descriptors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_at_once_share_connections, set_up, tear_down),
    };
    if (!stub_start(&stub))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    stub_stop(&stub);
    return failed;
}
