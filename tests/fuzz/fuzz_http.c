/*
 * What a hostile service says in headers and polls: URLs, Retry-After, operation documents. The
 * first line is a header's value, the rest a body.
 */
#include "core/azure/operation.h"
#include "core/net/retry.h"
#include "core/net/url.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static const char origin[] = "http://127.0.0.1:1/x";

static void read_url(const char *text)
{
    struct url url;
    char *masked = url_mask(text);
    FUZZ_REQUIRE(strncmp(masked, text, strcspn(text, "?")) == 0);
    free(masked);
    FUZZ_REQUIRE(url_same_origin(text, text) == url_parse(text, &url));
    if (!url_parse(text, &url))
        return;
    FUZZ_REQUIRE(url.host[0] && url.port > 0 && url.port < 65536);
    FUZZ_REQUIRE(!strpbrk(url.host, "@/\\?# "));
    FUZZ_REQUIRE(url_is_loopback(text) == url_host_is_loopback(url.host));
}

static void follow(const char *method, const char *value, const char *body, size_t len)
{
    struct net_header headers[] = {{"Location", value}, {"Retry-After", value}};
    struct net_response response = {
        .status = 202, .headers = headers, .header_count = 2, .body = body, .body_len = len};
    struct operation operation;
    struct error error;
    int asked = retry_after_ms(&response, 0);
    FUZZ_REQUIRE(asked >= -1 && asked <= RETRY_AFTER_CAP_MS);
    enum operation_step step = operation_begin(&operation, method, origin, &response, 0, &error);
    for (int status = 200; step == OPERATION_POLL && status < 206; status++) {
        struct url url;
        FUZZ_REQUIRE(url_parse(operation.url, &url) && operation.delay_ms >= 0);
        response.status = status;
        step = operation_poll(&operation, &response, 0, &error);
    }
    FUZZ_REQUIRE(step != OPERATION_FAILED || error.message[0]);
    operation_release(&operation);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const uint8_t *end = memchr(bytes, '\n', len);
    size_t first = end ? (size_t)(end - bytes) : len;
    size_t rest = end ? first + 1 : len;
    char *value = malloc(first + 1);
    char *body = malloc(len - rest + 1);
    if (!value || !body)
        abort();
    memcpy(value, bytes, first);
    value[first] = '\0';
    memcpy(body, bytes + rest, len - rest);
    body[len - rest] = '\0';
    read_url(value);
    follow("PUT", value, body, len - rest);
    follow("DELETE", value, body, len - rest);
    free(value);
    free(body);
    return 0;
}
