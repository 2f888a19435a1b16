#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/alloc.h"
#include "core/local/route/http.h"

#include <stdlib.h>
#include <string.h>

#define GET "GET /a HTTP/1.1\r\nHost: h\r\n"
#define POST "POST /a HTTP/1.1\r\nHost: h\r\n"

/* Parses from memory of exactly that size, so that the sanitizer sees each byte read too far. */
static enum http_progress parse(struct http_head *head, const char *text, size_t len,
                                struct http_fault *fault)
{
    char *exact = malloc(len ? len : 1);
    assert_non_null(exact);
    memcpy(exact, text, len);
    enum http_progress progress = http_parse_request(head, exact, len, fault);
    free(exact);
    return progress;
}

static void accepts_requests_byte_by_byte(void **state)
{
    static const char text[] = "POST /score?x=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\n"
                               "X-Empty:\r\nAuthorization:  Bearer k \r\n\r\n";
    struct http_head head;
    struct http_fault fault;
    (void)state;
    http_head_reset(&head);
    for (size_t len = 0; len < sizeof text - 1; len++)
        assert_int_equal(parse(&head, text, len, &fault), HTTP_MORE);
    assert_int_equal(parse(&head, text, sizeof text - 1, &fault), HTTP_DONE);
    assert_int_equal(head.len, sizeof text - 1);
    assert_true(http_is(text, head.method, "POST"));
    assert_true(http_is(text, head.path, "/score"));
    assert_true(http_is(text, head.query, "x=1"));
    assert_int_equal(head.body, HTTP_BODY_LENGTH);
    assert_int_equal(head.content_length, 12);
    assert_true(head.keep_alive);
    const struct http_header *key = http_find(&head, HTTP_AUTHORIZATION);
    assert_non_null(key);
    assert_true(http_is(text, key->value, "Bearer k"));
}

static void reads_what_decides_about_the_connection(void **state)
{
    static const struct {
        const char *text;
        bool keep_alive;
    } cases[] = {
        {GET "\r\n", true},
        {GET "Connection: close\r\n\r\n", false},
        {GET "Connection: keep-alive, close\r\n\r\n", false},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
        {"\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_head head;
        struct http_fault fault;
        http_head_reset(&head);
        assert_int_equal(parse(&head, cases[i].text, strlen(cases[i].text), &fault), HTTP_DONE);
        assert_int_equal(head.keep_alive, cases[i].keep_alive);
        assert_int_equal(head.len, strlen(cases[i].text));
    }
}

static void refuses_what_could_be_read_in_two_ways(void **state)
{
    static const struct {
        const char *text;
        int status;
    } cases[] = {
        {POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
        {POST "Content-Length: 1, 1\r\n\r\n", 400},
        {POST "Content-Length: +1\r\n\r\n", 400},
        {POST "Content-Length: 0x1\r\n\r\n", 400},
        {POST "Content-Length:\r\n\r\n", 400},
        {POST "Content-Length: 99999999999999999999\r\n\r\n", 400},
        {POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {POST "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
        {POST "Transfer-Encoding: identity\r\n\r\n", 501},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {GET "X: a\r\n b\r\n\r\n", 400},
        {GET "X : a\r\n\r\n", 400},
        {GET "X\r\n\r\n", 400},
        {GET ": a\r\n\r\n", 400},
        {GET "X: a\x01\r\n\r\n", 400},
        {GET "X: a\rb\r\n\r\n", 400},
        {GET "X: a\nY: b\r\n\r\n", 400},
        {GET "Host: other\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/2.0\r\n\r\n", 505},
        {"GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 400},
        {"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"GET /\xc3\xa4 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"GET /#a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"GET /\r\n\r\n", 400},
        {"\x16\x03\x01", 400},
        {"\r\n\r\n\r\n\r\n\r\n\r\n", 400},
        {GET "Expect: the worst\r\n\r\n", 417},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_head head;
        struct http_fault fault = {0, NULL};
        http_head_reset(&head);
        assert_int_equal(parse(&head, cases[i].text, strlen(cases[i].text), &fault), HTTP_BAD);
        if (fault.status != cases[i].status)
            fail_msg("%s: %d, not %d", cases[i].text, fault.status, cases[i].status);
    }
}

static void refuses_nul_bytes(void **state)
{
    static const char text[] = "GET /a\0b HTTP/1.1\r\nHost: h\r\n\r\n";
    struct http_head head;
    struct http_fault fault;
    (void)state;
    http_head_reset(&head);
    assert_int_equal(parse(&head, text, sizeof text - 1, &fault), HTTP_BAD);
}

static void bounds_heads(void **state)
{
    struct buffer text = {0};
    struct http_head head;
    struct http_fault fault;
    (void)state;
    http_head_reset(&head);
    buffer_add(&text, GET "X: ", strlen(GET "X: "));
    while (buffer_len(&text) < HTTP_MAX_HEAD)
        buffer_add(&text, "y", 1);
    assert_int_equal(parse(&head, buffer_bytes(&text), HTTP_MAX_HEAD - 1, &fault), HTTP_MORE);
    assert_int_equal(parse(&head, buffer_bytes(&text), HTTP_MAX_HEAD, &fault), HTTP_BAD);
    assert_int_equal(fault.status, 431);
    buffer_clear(&text, 0);
    buffer_add(&text, GET, strlen(GET));
    for (int i = 0; i < HTTP_MAX_HEADERS; i++)
        buffer_add(&text, "a: b\r\n", 6);
    buffer_add(&text, "\r\n", 2);
    http_head_reset(&head);
    assert_int_equal(parse(&head, buffer_bytes(&text), buffer_len(&text), &fault), HTTP_BAD);
    assert_int_equal(fault.status, 431);
    buffer_release(&text);
}

static void knows_headers_that_end_here(void **state)
{
    static const char text[] = GET "Connection: x-own, close\r\nX-Own: 1\r\nX-Other: 2\r\n"
                                   "Keep-Alive: 5\r\nUpgrade: h2c\r\n\r\n";
    static const bool hop[] = {false, true, true, false, true, true};
    struct http_head head;
    struct http_fault fault;
    (void)state;
    http_head_reset(&head);
    assert_int_equal(parse(&head, text, sizeof text - 1, &fault), HTTP_DONE);
    assert_int_equal(head.header_count, sizeof hop / sizeof hop[0]);
    for (size_t i = 0; i < head.header_count; i++)
        assert_int_equal(http_is_hop(&head, text, &head.headers[i]), hop[i]);
}

/* Feeds a chunked body in parts of `step` bytes. */
static enum http_progress feed(const char *text, size_t step, struct buffer *out, size_t *taken)
{
    struct http_head head = {.body = HTTP_BODY_CHUNKED};
    struct http_body body;
    struct http_fault fault;
    size_t len = strlen(text);
    enum http_progress progress = HTTP_MORE;
    *taken = 0;
    buffer_clear(out, 0);
    http_body_start(&body, &head, 1000);
    while (*taken < len && progress == HTTP_MORE) {
        size_t part = len - *taken < step ? len - *taken : step;
        size_t used;
        progress = http_body_feed(&body, text + *taken, part, &used, out, &fault);
        *taken += used;
    }
    return progress;
}

static void reads_chunks_however_they_arrive(void **state)
{
    static const char text[] = "4\r\nwiki\r\n05;ext=\"x\"\r\npedia\r\nA\r\n in chunks\r\n"
                               "0\r\nX-T: 1\r\n\r\nGET ";
    struct buffer out = {0};
    (void)state;
    for (size_t step = 1; step < sizeof text; step++) {
        size_t taken;
        assert_int_equal(feed(text, step, &out, &taken), HTTP_DONE);
        assert_int_equal(taken, sizeof text - 5);
        assert_int_equal(buffer_len(&out), 19);
        assert_memory_equal(buffer_bytes(&out), "wikipedia in chunks", 19);
    }
    buffer_release(&out);
}

static void refuses_bad_chunks(void **state)
{
    static const char *const cases[] = {
        "\r\n",
        "g\r\n",
        "-1\r\n",
        "4\nwiki",
        "4\r\nwikix\r\n",
        "4\r\nwiki\n0",
        "4 4\r\n\x01",
        "4x\r\n",
        ";\r\n",
        "0\r\nX\x01\r\n\r\n",
        "0\r\n \r\n",
        "fffffffffff\r\n",
        "3e9\r\n1234567890",
        "0\r\n\rX",
    };
    struct buffer out = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t taken;
        if (feed(cases[i], 3, &out, &taken) != HTTP_BAD)
            fail_msg("case %zu was taken", i);
    }
    buffer_release(&out);
}

static void parses_answers(void **state)
{
    static const struct {
        const char *method;
        const char *text;
        enum http_progress progress;
        int status;
        enum http_body_kind body;
    } cases[] = {
        {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", HTTP_DONE, 200, HTTP_BODY_LENGTH},
        {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", HTTP_DONE, 200, HTTP_BODY_NONE},
        {"GET", "HTTP/1.1 204 \r\n\r\n", HTTP_DONE, 204, HTTP_BODY_NONE},
        {"GET", "HTTP/1.1 304\r\nContent-Length: 9\r\n\r\n", HTTP_DONE, 304, HTTP_BODY_NONE},
        {"GET", "HTTP/1.0 500 Oh\r\n\r\n", HTTP_DONE, 500, HTTP_BODY_UNTIL_CLOSE},
        {"GET", "HTTP/1.1 100 Continue\r\n\r\n", HTTP_DONE, 100, HTTP_BODY_NONE},
        {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_DONE, 200,
         HTTP_BODY_CHUNKED},
        {"GET", "HTTP/1.1 2x0 OK\r\n\r\n", HTTP_BAD, 0, HTTP_BODY_NONE},
        {"GET", "HTTP/1.1 999 OK\r\n\r\n", HTTP_BAD, 0, HTTP_BODY_NONE},
        {"GET", "SSH-2.0-x\r\n\r\n", HTTP_BAD, 0, HTTP_BODY_NONE},
        {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", HTTP_BAD, 0,
         HTTP_BODY_NONE},
        {"GET", "\r\n\r\n", HTTP_BAD, 0, HTTP_BODY_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_head head;
        struct http_fault fault;
        http_head_reset(&head);
        enum http_progress progress = http_parse_response(&head, cases[i].method, cases[i].text,
                                                          strlen(cases[i].text), &fault);
        if (progress != cases[i].progress)
            fail_msg("case %zu", i);
        if (progress == HTTP_BAD)
            continue;
        assert_int_equal(head.status, cases[i].status);
        assert_int_equal(head.body, cases[i].body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_requests_byte_by_byte),
        cmocka_unit_test(reads_what_decides_about_the_connection),
        cmocka_unit_test(refuses_what_could_be_read_in_two_ways),
        cmocka_unit_test(refuses_nul_bytes),
        cmocka_unit_test(bounds_heads),
        cmocka_unit_test(knows_headers_that_end_here),
        cmocka_unit_test(reads_chunks_however_they_arrive),
        cmocka_unit_test(refuses_bad_chunks),
        cmocka_unit_test(parses_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
