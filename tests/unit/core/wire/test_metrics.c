#include "core/wire/metrics.h"

#include "core/base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct metrics metrics;
static struct error error;

static int tear_down(void **state)
{
    (void)state;
    metrics_release(&metrics);
    return 0;
}

static bool decode(const char *text)
{
    struct json *answer = json_parse(text, strlen(text), NULL);
    assert_non_null(answer);
    bool ok = metrics_decode(answer, &metrics, &error);
    json_free(answer);
    return ok;
}

#define SERIES(deployment, class, data)                                                            \
    "{\"metadatavalues\":[{\"name\":{\"value\":\"deployment\"},\"value\":\"" deployment            \
    "\"},{\"name\":{\"value\":\"statusCodeClass\"},\"value\":\"" class "\"}],\"data\":[" data "]}"
#define POINT(minute, value)                                                                       \
    "{\"timeStamp\":\"2026-11-22T19:" minute ":00Z\",\"average\":" value "}"
#define METRIC(name, series)                                                                       \
    "{\"value\":[{\"name\":{\"value\":\"" name "\"},\"timeseries\":[" series                       \
    "],\"errorCode\":\"Success\"}]}"

static void classes_are_added_up(void **state)
{
    (void)state;
    assert_true(decode(
        METRIC("RequestsPerMinute",
               SERIES("blue", "2xx", POINT("02", "90") "," POINT("01", "80")) "," SERIES(
                   "blue", "4xx",
                   POINT("02", "7")) "," SERIES("blue", "5xx",
                                                POINT("02", "3")) "," SERIES("green", "2xx",
                                                                             POINT("02", "10")))));
    const struct metrics_series *blue = metrics_find(&metrics, "Blue");
    assert_int_equal(metrics.count, 2);
    assert_int_equal(blue->count, 2);
    assert_true(blue->points[0].start_wall_ms < blue->points[1].start_wall_ms);
    assert_int_equal((int)blue->points[0].requests, 80);
    assert_int_equal((int)blue->points[1].requests, 100);
    assert_int_equal((int)blue->points[1].errors, 10);
    assert_true(blue->points[1].p50_ms < 0); /* nothing said */
    assert_null(metrics_find(&metrics, "purple"));
}

static void latencies_meet_the_counts(void **state)
{
    (void)state;
    decode(METRIC("RequestsPerMinute", SERIES("blue", "2xx", POINT("01", "5"))));
    decode(METRIC("RequestLatency_P50", SERIES("blue", "", POINT("01", "12.5"))));
    decode(METRIC("RequestLatency_P95", SERIES("blue", "", POINT("01", "31"))));
    decode(METRIC("SomethingNew", SERIES("blue", "", POINT("01", "1"))));
    const struct metrics_series *blue = metrics_find(&metrics, "blue");
    assert_int_equal(blue->count, 1);
    assert_true(blue->points[0].p50_ms > 12.4 && blue->points[0].p50_ms < 12.6);
    assert_int_equal((int)blue->points[0].p95_ms, 31);
}

static void a_point_without_a_value_is_a_quiet_minute(void **state)
{
    (void)state;
    decode(METRIC("RequestsPerMinute",
                  SERIES("blue", "2xx", "{\"timeStamp\":\"2026-11-22T19:01:00Z\"}")));
    assert_int_equal(metrics_find(&metrics, "blue")->count, 1);
    assert_int_equal((int)metrics_find(&metrics, "blue")->points[0].requests, 0);
}

static void a_metric_may_fail_inside_a_200(void **state)
{
    (void)state;
    assert_false(
        decode("{\"value\":[{\"name\":{\"value\":\"RequestsPerMinute\"},\"timeseries\":[],"
               "\"errorCode\":\"InvalidSamplingType\",\"errorMessage\":\"no such sampling\"}]}"));
    assert_string_equal(error.message, "metric RequestsPerMinute: no such sampling");
}

static void hostile_answers_do_no_harm(void **state)
{
    (void)state;
    decode("{}");
    decode("[]");
    decode("{\"value\":{\"a\":1}}");
    decode("{\"value\":[1,null,{\"name\":7}]}");
    decode(METRIC("RequestsPerMinute", "1,null,[]"));
    decode(METRIC("RequestsPerMinute", SERIES("", "2xx", POINT("01", "5"))));
    decode(METRIC("RequestsPerMinute",
                  SERIES("a-name-that-is-longer-than-any-that-the-service-would-ever-give-out-123",
                         "2xx", POINT("01", "5"))));
    assert_int_equal(metrics.count, 0);
    decode(METRIC(
        "RequestsPerMinute",
        SERIES(
            "blue", "2xx",
            POINT("01", "-5") "," POINT(
                "02", "\"x\"") ","
                               "{\"timeStamp\":\"yesterday\",\"average\":1},{\"timeStamp\":7}")));
    const struct metrics_series *blue = metrics_find(&metrics, "blue");
    assert_int_equal(blue->count, 2);
    assert_int_equal((int)blue->points[0].requests, 0);
}

/* The published example has no metric of ours, so reading it must find none and not fail. */
static void the_published_example_is_read(void **state)
{
    (void)state;
    size_t len;
    char *text = file_read("../shared/rest/swagger/metrics/GetMetric.json", 1 << 20, &len, NULL);
    if (!text)
        skip();
    struct json *example = json_parse(text, len, NULL);
    assert_true(metrics_decode(json_at(example, "responses.200.body"), &metrics, &error));
    assert_int_equal(metrics.count, 0);
    json_free(example);
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(classes_are_added_up, tear_down),
        cmocka_unit_test_teardown(latencies_meet_the_counts, tear_down),
        cmocka_unit_test_teardown(a_point_without_a_value_is_a_quiet_minute, tear_down),
        cmocka_unit_test_teardown(a_metric_may_fail_inside_a_200, tear_down),
        cmocka_unit_test_teardown(hostile_answers_do_no_harm, tear_down),
        cmocka_unit_test_teardown(the_published_example_is_read, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
