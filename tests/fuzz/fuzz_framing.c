/*
 * The engine's HTTP/1.1 framing. The first byte says whether the rest is a request or an answer and
 * in which steps it arrives: however it is cut, it has to be read the same way.
 */
#include "core/base/alloc.h"
#include "core/local/route/http.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

enum { BODY_LIMIT = 4096 };

static enum http_progress parse(struct http_head *head, bool answer, const char *bytes, size_t len)
{
    struct http_fault fault = {0, NULL};
    enum http_progress progress = answer ? http_parse_response(head, "GET", bytes, len, &fault)
                                         : http_parse_request(head, bytes, len, &fault);
    FUZZ_REQUIRE((progress == HTTP_BAD) == (fault.text != NULL));
    return progress;
}

static void check_spans(const struct http_head *head)
{
    FUZZ_REQUIRE(head->header_count <= HTTP_MAX_HEADERS);
    FUZZ_REQUIRE(head->path.at + head->path.len <= head->len);
    FUZZ_REQUIRE(head->query.at + head->query.len <= head->len);
    for (size_t i = 0; i < head->header_count; i++) {
        const struct http_header *header = &head->headers[i];
        FUZZ_REQUIRE(header->name.len > 0);
        FUZZ_REQUIRE(header->value.at + header->value.len + 2 <= head->len);
    }
}

/* Reads the body in steps; returns what it held, and how far it went. */
static enum http_progress read_body(const struct http_head *head, const char *bytes, size_t len,
                                    size_t step, struct buffer *out, size_t *taken)
{
    struct http_body body;
    enum http_progress progress = HTTP_MORE;
    *taken = 0;
    http_body_start(&body, head, BODY_LIMIT);
    while (progress == HTTP_MORE && *taken < len) {
        size_t part = len - *taken < step ? len - *taken : step;
        size_t used;
        progress = http_body_feed(&body, bytes + *taken, part, &used, out, NULL);
        FUZZ_REQUIRE(used <= part);
        *taken += used;
    }
    FUZZ_REQUIRE(buffer_len(out) <= BODY_LIMIT);
    return progress;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 1)
        return 0;
    bool answer = bytes[0] & 1;
    size_t step = (size_t)(bytes[0] >> 1) + 1;
    const char *text = (const char *)bytes + 1;
    struct http_head whole;
    struct http_head cut;
    len--;
    http_head_reset(&whole);
    http_head_reset(&cut);
    enum http_progress at_once = parse(&whole, answer, text, len);
    enum http_progress in_steps = HTTP_MORE;
    for (size_t have = 0; in_steps == HTTP_MORE && have < len;) {
        have = len - have < step ? len : have + step;
        in_steps = parse(&cut, answer, text, have);
    }
    if (len)
        FUZZ_REQUIRE(at_once == in_steps);
    if (at_once == HTTP_DONE) {
        struct buffer one = {0};
        struct buffer many = {0};
        size_t taken_one;
        size_t taken_many;
        FUZZ_REQUIRE(whole.len == cut.len && whole.body == cut.body);
        check_spans(&whole);
        const char *body = text + whole.len;
        size_t body_len = len - whole.len;
        enum http_progress first = read_body(&whole, body, body_len, body_len, &one, &taken_one);
        enum http_progress second = read_body(&cut, body, body_len, step, &many, &taken_many);
        FUZZ_REQUIRE(first == second);
        if (first == HTTP_DONE)
            FUZZ_REQUIRE(taken_one == taken_many && buffer_len(&one) == buffer_len(&many) &&
                         memcmp(buffer_bytes(&one), buffer_bytes(&many), buffer_len(&one)) == 0);
        buffer_release(&one);
        buffer_release(&many);
    }
    return 0;
}
