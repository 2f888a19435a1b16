#include "core/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void formats_as_the_service_does(void **state)
{
    (void)state;
    char text[CLOCK_ISO_SIZE];
    clock_format_arm(text, INT64_C(1795375589528));
    assert_string_equal(text, "2026-11-22T19:26:29.5280000+00:00");
    clock_format_utc(text, INT64_C(1795375589528));
    assert_string_equal(text, "2026-11-22T19:26:29Z");
    clock_format_utc(text, -1);
    assert_string_equal(text, "1969-12-31T23:59:59Z");
}

static void reads_times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t wall_ms;
    } good[] = {
        {"2026-11-22T19:26:29Z", INT64_C(1795375589000)},
        {"2026-11-22T19:26:29.5Z", INT64_C(1795375589500)},
        {"2026-11-22T19:26:29.5286609+00:00", INT64_C(1795375589528)},
        {"2026-11-22T20:26:29+01:00", INT64_C(1795375589000)},
        {"2026-11-22T14:56:29-0430", INT64_C(1795375589000)},
        {"1970-01-01T00:00:00Z", 0},
        {"2024-02-29 12:00:00Z", INT64_C(1709208000000)},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t got = -1;
        if (!clock_parse_iso(good[i].text, &got) || got != good[i].wall_ms)
            fail_msg("%s: %lld", good[i].text, (long long)got);
    }
    static const char *const bad[] = {"",
                                      "2026",
                                      "2026-11-22",
                                      "2026-11-22T19:26:29",
                                      "2026-13-22T19:26:29Z",
                                      "2026-00-22T19:26:29Z",
                                      "2026-11-32T19:26:29Z",
                                      "2026-11-22T25:00:00Z",
                                      "2026-11-22T19:60:00Z",
                                      "2026-11-22T19:26:29Zx",
                                      "2026-11-22T19:26:29+1",
                                      "x026-11-22T19:26:29Z"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t got;
        if (clock_parse_iso(bad[i], &got))
            fail_msg("taken: %s", bad[i]);
    }
}

static void http_dates_come_back(void **state)
{
    (void)state;
    char text[CLOCK_ISO_SIZE];
    int64_t back = 0;
    clock_format_http(text, INT64_C(784111777999));
    assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_true(clock_parse_http(text, &back));
    assert_true(back == INT64_C(784111777000));
    assert_false(clock_parse_http("Sun, 06 Nov 1994 08:49:37", &back));
    assert_false(clock_parse_http("Sunday, 06-Nov-94 08:49:37 GMT", &back));
    assert_false(clock_parse_http("", &back));
}

static void reads_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {{"PT5S", 5000},    {"PT0.5S", 500},    {"PT1M30S", 90000}, {"P1DT2H", 93600000},
                {"PT0S", 0},       {"P1W", 604800000}, {"PT0.0004S", 0},   {"PT90S", 90000},
                {"PT1.5M", 90000}, {"PT3M", 180000},   {"P1D", 86400000},  {"PT0.1S", 100}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t got = -1;
        if (!clock_parse_duration(good[i].text, &got) || got != good[i].ms)
            fail_msg("%s: %lld", good[i].text, (long long)got);
    }
    static const char *const bad[] = {
        "",    "P",     "PT",    "5",    "PT5",   "P1M", "P1Y",
        "PTS", "-PT5S", "PT-5S", "PT5X", "PT.5S", "P5S", "PT99999999999999999999999H"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t got;
        if (clock_parse_duration(bad[i], &got))
            fail_msg("taken: %s as %lld", bad[i], (long long)got);
    }
}

static void durations_come_back(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } known[] = {{0, "PT0S"},          {500, "PT0.5S"},   {90000, "PT1M30S"}, {5000, "PT5S"},
                 {93600000, "P1DT2H"}, {86400000, "P1D"}, {1, "PT0.001S"},    {1050, "PT1.05S"},
                 {-5, "PT0S"},         {180000, "PT3M"}};
    char text[CLOCK_ISO_SIZE];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        clock_format_duration(text, known[i].ms);
        assert_string_equal(text, known[i].text);
    }
    for (int64_t ms = 0; ms < INT64_C(400000000); ms = ms * 3 / 2 + 7) {
        int64_t again = -1;
        clock_format_duration(text, ms);
        assert_true(clock_parse_duration(text, &again));
        assert_true(again == ms);
    }
}

static void time_goes_forward(void **state)
{
    (void)state;
    int64_t before = clock_monotonic_us();
    int64_t after = clock_monotonic_us();
    assert_true(after >= before);
    assert_true(clock_wall_ms() > INT64_C(1600000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_as_the_service_does), cmocka_unit_test(reads_times),
        cmocka_unit_test(http_dates_come_back),        cmocka_unit_test(reads_durations),
        cmocka_unit_test(durations_come_back),         cmocka_unit_test(time_goes_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
