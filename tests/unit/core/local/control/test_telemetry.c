#include "core/local/control/telemetry.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const int64_t start = INT64_C(1764000000000);

static void percentiles_are_within_five_percent(void **state)
{
    (void)state;
    struct telemetry *telemetry = telemetry_new();
    struct telemetry_series *series = telemetry_series(telemetry, "e", "blue");
    for (int i = 1; i <= 10000; i++)
        telemetry_record(series, start, 200, 200, i * 10);
    struct telemetry_minute minute;
    assert_int_equal(telemetry_query(telemetry, "e", "blue", start, start + 1, &minute, 1), 1);
    assert_int_equal(minute.requests, 10000);
    assert_int_equal(minute.by_class[2], 10000);
    assert_true(fabs(minute.mean_ms - 50.005) < 0.01);
    assert_true(fabs(minute.p50_ms - 50) < 50 * 0.05);
    assert_true(fabs(minute.p90_ms - 90) < 90 * 0.05);
    assert_true(fabs(minute.p95_ms - 95) < 95 * 0.05);
    assert_true(fabs(minute.p99_ms - 99) < 99 * 0.05);
    telemetry_free(telemetry);
}

static void each_single_latency_is_within_five_percent(void **state)
{
    (void)state;
    for (int64_t us = 1; us < 200 * 1000 * 1000; us = us * 17 / 16 + 1) {
        struct telemetry *telemetry = telemetry_new();
        telemetry_record(telemetry_series(telemetry, "e", "d"), start, 200, 200, us);
        struct telemetry_minute minute;
        telemetry_query(telemetry, "e", "d", start, start + 1, &minute, 1);
        assert_true(fabs(minute.p50_ms * 1000 - (double)us) <= (double)us * 0.05);
        telemetry_free(telemetry);
    }
}

static void minutes_and_deployments_are_kept_apart(void **state)
{
    (void)state;
    struct telemetry *telemetry = telemetry_new();
    struct telemetry_series *blue = telemetry_series(telemetry, "e", "blue");
    struct telemetry_series *green = telemetry_series(telemetry, "e", "green");
    telemetry_record(blue, start, 200, 200, 1000);
    telemetry_record(blue, start, 424, 500, 2000);
    telemetry_record(green, start + 60000, 429, 0, 10);
    telemetry_record(telemetry_series(telemetry, "other", "blue"), start, 200, 200, 1);

    struct telemetry_minute minutes[5];
    assert_int_equal(telemetry_query(telemetry, "e", NULL, start, start + 180000, minutes, 5), 3);
    assert_int_equal(minutes[0].requests, 2);
    assert_int_equal(minutes[0].by_class[2], 1);
    assert_int_equal(minutes[0].by_class[4], 1);
    assert_int_equal(minutes[0].status_count, 2);
    assert_int_equal(minutes[0].statuses[1].model_status, 500);
    assert_int_equal(minutes[1].requests, 1);
    assert_int_equal(minutes[2].requests, 0);
    assert_int_equal(minutes[1].start_wall_ms - minutes[0].start_wall_ms, 60000);
    assert_int_equal(telemetry_query(telemetry, "e", "green", start, start + 1, minutes, 5), 1);
    assert_int_equal(minutes[0].requests, 0);

    const char *names[4];
    assert_int_equal(telemetry_deployments(telemetry, "e", names, 4), 2);
    telemetry_forget(telemetry, "e", "green");
    assert_int_equal(telemetry_deployments(telemetry, "e", names, 4), 1);
    assert_string_equal(names[0], "blue");
    telemetry_forget(telemetry, "e", NULL);
    assert_int_equal(telemetry_deployments(telemetry, "e", names, 4), 0);
    telemetry_free(telemetry);
}

static void old_minutes_are_not_taken_for_new_ones(void **state)
{
    (void)state;
    struct telemetry *telemetry = telemetry_new();
    struct telemetry_series *series = telemetry_series(telemetry, "e", "d");
    telemetry_record(series, start, 200, 200, 1000);
    int64_t later = start + (int64_t)TELEMETRY_MINUTES * 60000;
    struct telemetry_minute minute;
    telemetry_query(telemetry, "e", "d", later, later + 1, &minute, 1);
    assert_int_equal(minute.requests, 0);
    telemetry_record(series, later, 200, 200, 1000);
    telemetry_query(telemetry, "e", "d", later, later + 1, &minute, 1);
    assert_int_equal(minute.requests, 1);
    telemetry_query(telemetry, "e", "d", start, start + 1, &minute, 1);
    assert_int_equal(minute.requests, 0);
    telemetry_free(telemetry);
}

static void many_statuses_keep_the_total(void **state)
{
    (void)state;
    struct telemetry *telemetry = telemetry_new();
    struct telemetry_series *series = telemetry_series(telemetry, "e", "d");
    for (int status = 200; status < 240; status++)
        telemetry_record(series, start, status, status, 1);
    struct telemetry_minute minute;
    telemetry_query(telemetry, "e", "d", start, start + 1, &minute, 1);
    uint64_t total = 0;
    for (size_t i = 0; i < minute.status_count; i++)
        total += minute.statuses[i].count;
    assert_int_equal(minute.status_count, TELEMETRY_STATUSES);
    assert_int_equal(total, 40);
    telemetry_free(telemetry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentiles_are_within_five_percent),
        cmocka_unit_test(each_single_latency_is_within_five_percent),
        cmocka_unit_test(minutes_and_deployments_are_kept_apart),
        cmocka_unit_test(old_minutes_are_not_taken_for_new_ones),
        cmocka_unit_test(many_statuses_keep_the_total),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
