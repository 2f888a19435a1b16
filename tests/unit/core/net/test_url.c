#include "core/net/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void sound_urls_are_taken_apart(void **state)
{
    (void)state;
    struct url url;
    assert_true(url_parse("HTTPS://Management.Azure.com/subscriptions?a=b", &url));
    assert_true(url.tls);
    assert_string_equal(url.host, "management.azure.com");
    assert_int_equal(url.port, 443);
    assert_string_equal(url.path, "/subscriptions?a=b");
    assert_true(url_parse("http://[::1]:8080", &url));
    assert_string_equal(url.host, "::1");
    assert_int_equal(url.port, 8080);
    assert_string_equal(url.path, "");
}

/* What two parsers may read differently decides where a token goes, so it is no URL at all. */
static void doubtful_urls_are_refused(void **state)
{
    (void)state;
    static const char *const doubtful[] = {
        "",
        "127.0.0.1",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "http://127.0.0.1@evil.example/",
        "http://evil.example\\@127.0.0.1/",
        "http://127.0.0.1 .evil.example/",
        "http://127.0.0.1\t/",
        "http://127.0.0.1\r\nHost: x/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:65536/",
        "http://127.0.0.1:8o/",
        "http://127.0.0.1:/",
        "http://[::1/",
        "http://[::1]x/",
        "http://[::1%25eth0]/",
        "http://h\xc3\xb6st/",
        "http://a%2eb/",
    };
    struct url url;
    for (size_t i = 0; i < sizeof doubtful / sizeof doubtful[0]; i++)
        if (url_parse(doubtful[i], &url))
            fail_msg("taken: %s", doubtful[i]);
    assert_false(url_parse(NULL, &url));
}

static void loopback_is_only_what_surely_is(void **state)
{
    (void)state;
    assert_true(url_is_loopback("http://127.0.0.1:1/"));
    assert_true(url_is_loopback("http://127.9.9.9/"));
    assert_true(url_is_loopback("http://LOCALHOST/"));
    assert_true(url_is_loopback("http://[::1]/"));
    assert_true(url_is_loopback("http://[0:0:0:0:0:0:0:1]/"));
    assert_false(url_is_loopback("http://127.1/"));
    assert_false(url_is_loopback("http://0x7f.0.0.1/"));
    assert_false(url_is_loopback("http://127.0.0.1.nip.io/"));
    assert_false(url_is_loopback("http://localhost.evil.example/"));
    assert_false(url_is_loopback("http://0.0.0.0/"));
    assert_false(url_is_loopback("http://[::]/"));
    assert_false(url_is_loopback("http://[::ffff:127.0.0.1]/"));
}

static void origins_are_scheme_host_and_port(void **state)
{
    (void)state;
    assert_true(url_same_origin("https://a.example/x", "HTTPS://A.example:443/y?z"));
    assert_false(url_same_origin("https://a.example/", "http://a.example/"));
    assert_false(url_same_origin("https://a.example/", "https://a.example:444/"));
    assert_false(url_same_origin("https://a.example/", "https://a.example.evil/"));
    assert_false(url_same_origin("nothing", "nothing"));
}

static void segments_are_encoded(void **state)
{
    (void)state;
    struct strbuf out;
    strbuf_init(&out, 1000);
    url_encode(&out, "a/b c?d#e%f~g-h_i.j");
    assert_string_equal(out.text, "a%2Fb%20c%3Fd%23e%25f~g-h_i.j");
    strbuf_clear(&out);
    url_encode(&out, "ü");
    assert_string_equal(out.text, "%C3%BC");
    strbuf_release(&out);
}

static void signatures_are_masked(void **state)
{
    (void)state;
    char *masked = url_mask("https://h/op?api-version=1&t=5&s=SECRET&c=CERT&flag");
    assert_string_equal(masked, "https://h/op?api-version=1&t=…&s=…&c=…&flag");
    free(masked);
    masked = url_mask("https://h/plain");
    assert_string_equal(masked, "https://h/plain");
    free(masked);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_urls_are_taken_apart),
        cmocka_unit_test(doubtful_urls_are_refused),
        cmocka_unit_test(loopback_is_only_what_surely_is),
        cmocka_unit_test(origins_are_scheme_host_and_port),
        cmocka_unit_test(segments_are_encoded),
        cmocka_unit_test(signatures_are_masked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
