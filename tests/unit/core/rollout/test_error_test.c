#include "core/rollout/error_test.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void near(double got, double want, double room)
{
    if (!(fabs(got - want) <= room))
        fail_msg("%.12g is not %.12g", got, want);
}

static void scores_are_those_of_the_table(void **state)
{
    (void)state;
    static const struct {
        double split, factor, candidate, baseline;
        int only_candidate; /* errors that reach odds of 18 to 1, which alpha .05, beta .10 take */
    } rows[] = {
        {.01, 3, 1.079, -.020, 3}, {.05, 3, 1.003, -.095, 3}, {.10, 3, .916, -.182, 4},
        {.25, 3, .693, -.405, 5},  {.50, 3, .405, -.693, 8},  {.10, 2, .598, -.095, 5},
        {.10, 5, 1.273, -.336, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error_scores scores = error_scores(rows[i].split, rows[i].factor);
        near(scores.candidate, rows[i].candidate, .0006);
        near(scores.baseline, rows[i].baseline, .0006);
        near(ceil(log(18) / scores.candidate), rows[i].only_candidate, 0);
    }
}

/* Under equal rates an error's expected odds are 1, whatever the split: the promise rests on it. */
static void equal_rates_keep_the_odds_in_the_mean(void **state)
{
    (void)state;
    for (double split = .01; split < 1; split += .07) {
        struct error_scores scores = error_scores(split, 3);
        near(split * exp(scores.candidate) + (1 - split) * exp(scores.baseline), 1, 1e-12);
    }
}

static void one_side_alone_says_nothing(void **state)
{
    (void)state;
    struct error_test test;
    error_test_init(&test, 3, 4);
    error_test_begin_step(&test);
    error_test_add(&test, 100, 50, 0, 0);
    error_test_add(&test, 0, 0, 100, 50);
    near(error_test_log_odds(&test), 0, 1e-12);
    assert_false(error_test_no_worse(&test));
}

static void evidence_runs_on_over_the_steps(void **state)
{
    (void)state;
    struct error_test test;
    error_test_init(&test, 3, 2);
    error_test_begin_step(&test);
    error_test_add(&test, 100, 0, 900, 30); /* a good record, far below any floor */
    near(test.whole, 30 * -.18232, .001);
    error_test_begin_step(&test);
    error_test_add(&test, 500, 2, 500, 0);
    near(test.whole, 30 * -.18232 + 2 * .40547, .001);
    error_test_add(&test, 10, 20, 10, 0); /* no more errors than requests */
    near(test.whole, 30 * -.18232 + 12 * .40547, .001);
}

static void a_good_record_does_not_hide_a_later_fault(void **state)
{
    (void)state;
    struct error_test test;
    error_test_init(&test, 3, 4);
    error_test_begin_step(&test);
    for (int i = 0; i < 100; i++)
        error_test_add(&test, 100, 1, 900, 9);
    assert_true(test.whole < -40);
    assert_true(error_test_no_worse(&test));
    error_test_begin_step(&test);
    int minutes = 0;
    while (error_test_log_odds(&test) < log(50) && minutes < 100) {
        error_test_add(&test, 500, 15, 500, 5);
        minutes++;
    }
    assert_in_range(minutes, 1, 5);
    assert_false(error_test_no_worse(&test));
}

static void steps_beyond_the_plan_have_no_stake(void **state)
{
    (void)state;
    struct error_test test;
    error_test_init(&test, 3, 2);
    for (int i = 0; i < ERROR_TEST_MAX_STEPS + 10; i++) {
        error_test_begin_step(&test);
        error_test_add(&test, 50, 0, 50, 1);
    }
    /* Stakes sum to 1: with all of them down, the odds are under 1. */
    assert_true(error_test_log_odds(&test) < 0);
    assert_true(error_test_no_worse(&test));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_those_of_the_table),
        cmocka_unit_test(equal_rates_keep_the_odds_in_the_mean),
        cmocka_unit_test(one_side_alone_says_nothing),
        cmocka_unit_test(evidence_runs_on_over_the_steps),
        cmocka_unit_test(a_good_record_does_not_hide_a_later_fault),
        cmocka_unit_test(steps_beyond_the_plan_have_no_stake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
