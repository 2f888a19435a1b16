/* Small grammars of one line: shares, durations, times, URLs, names. */
#include "core/base/clock.h"
#include "core/base/strbuf.h"
#include "core/model/traffic.h"
#include "core/net/url.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void try_shares(const char *text)
{
    struct traffic_map map;
    struct error error = {0};
    if (!traffic_parse(text, &map, &error)) {
        FUZZ_REQUIRE(error.kind == ERROR_RULE && error.message[0]);
        return;
    }
    char formatted[TRAFFIC_MAX_SHARES * (NAME_SIZE + 5)];
    struct traffic_map again;
    traffic_format(formatted, sizeof formatted, &map);
    if (map.count)
        FUZZ_REQUIRE(traffic_parse(formatted, &again, NULL) && traffic_map_equal(&map, &again));
    struct traffic_split split = {.live = map, .mirror = map};
    struct traffic_context context = {.deployments = NULL};
    struct traffic_violation found[TRAFFIC_MAX_VIOLATIONS];
    traffic_check(&context, &split, found, TRAFFIC_MAX_VIOLATIONS);
}

static void try_times(const char *text)
{
    int64_t ms;
    if (clock_parse_duration(text, &ms)) {
        char formatted[CLOCK_ISO_SIZE];
        int64_t again;
        clock_format_duration(formatted, ms);
        FUZZ_REQUIRE(clock_parse_duration(formatted, &again) && again == ms);
    }
    clock_parse_iso(text, &ms);
}

static void try_url(const char *text)
{
    struct url url;
    if (url_parse(text, &url)) {
        FUZZ_REQUIRE(url.port > 0 && url.port < 65536 && url.host[0]);
        FUZZ_REQUIRE(url_same_origin(text, text));
    }
    free(url_mask(text));
    struct strbuf encoded;
    strbuf_init(&encoded, 1 << 20);
    url_encode(&encoded, text);
    FUZZ_REQUIRE(strspn(encoded.text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                      "0123456789-._~%") == encoded.len);
    strbuf_release(&encoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    char *text = malloc(len + 1);
    if (!text)
        return 0;
    memcpy(text, bytes, len);
    text[len] = '\0';
    try_shares(text);
    try_times(text);
    try_url(text);
    char name[NAME_SIZE];
    FUZZ_REQUIRE(!name_check("endpoint", text, NULL) || name_copy(name, text));
    free(text);
    return 0;
}
