#include "core/rollout/evidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MINUTE = EVIDENCE_MINUTE_MS };

static struct metrics_point blue_points[] = {
    {.start_wall_ms = 0, .requests = 90, .errors = 1, .p50_ms = 20, .p95_ms = 50},
    {.start_wall_ms = MINUTE, .requests = 91.4, .errors = -1, .p50_ms = 21, .p95_ms = 51},
    {.start_wall_ms = 3 * MINUTE, .requests = 93, .errors = 0, .p50_ms = 23, .p95_ms = 53},
};
static struct metrics_point green_points[] = {
    {.start_wall_ms = MINUTE, .requests = 9, .errors = 2, .p50_ms = -1, .p95_ms = -1},
    {.start_wall_ms = 2 * MINUTE, .requests = 1e300, .errors = 0, .p50_ms = 30, .p95_ms = 60},
};
static struct metrics_series series[] = {
    {.deployment = "blue", .points = blue_points, .count = 3},
    {.deployment = "green", .points = green_points, .count = 2},
};
static const struct metrics metrics = {.series = series, .count = 2};

static void minutes_are_laid_side_by_side(void **state)
{
    (void)state;
    struct evidence_minute minutes[8];
    size_t count = evidence_collect(&metrics, "blue", "GREEN", 0, 4 * MINUTE, minutes, 8);
    assert_int_equal(count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(minutes[i].start_wall_ms, (int64_t)i * MINUTE);
    assert_int_equal(minutes[0].baseline.requests, 90);
    assert_int_equal(minutes[0].candidate.requests, 0);
    assert_int_equal(minutes[1].baseline.requests, 91);
    assert_int_equal(minutes[1].baseline.errors, 0);
    assert_int_equal(minutes[1].candidate.errors, 2);
    assert_int_equal(minutes[2].baseline.requests, 0);
    assert_int_equal(minutes[2].candidate.requests, UINT64_C(1000000000000000));
}

static void only_whole_minutes_of_the_window_count(void **state)
{
    (void)state;
    struct evidence_minute minutes[8];
    size_t count = evidence_collect(&metrics, "blue", "green", 1, 4 * MINUTE - 1, minutes, 8);
    assert_int_equal(count, 2);
    assert_int_equal(minutes[0].start_wall_ms, MINUTE);
    assert_int_equal(minutes[1].start_wall_ms, 2 * MINUTE);
}

static void the_newest_are_kept(void **state)
{
    (void)state;
    struct evidence_minute minutes[2];
    size_t count = evidence_collect(&metrics, "blue", "green", 0, 4 * MINUTE, minutes, 2);
    assert_int_equal(count, 2);
    assert_int_equal(minutes[0].start_wall_ms, 2 * MINUTE);
    assert_int_equal(minutes[1].start_wall_ms, 3 * MINUTE);
}

static void an_unknown_deployment_has_no_requests(void **state)
{
    (void)state;
    struct evidence_minute minutes[8];
    assert_int_equal(evidence_collect(&metrics, "red", "pink", 0, 4 * MINUTE, minutes, 8), 0);
    assert_int_equal(evidence_collect(&metrics, "red", "green", 0, 4 * MINUTE, minutes, 8), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(minutes_are_laid_side_by_side),
        cmocka_unit_test(only_whole_minutes_of_the_window_count),
        cmocka_unit_test(the_newest_are_kept),
        cmocka_unit_test(an_unknown_deployment_has_no_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
