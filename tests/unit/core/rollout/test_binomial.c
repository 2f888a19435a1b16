#include "core/rollout/binomial.h"

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

static void tails_match_sums(void **state)
{
    (void)state;
    /* Binomial(5, 0.3): 0.16807 0.36015 0.3087 0.1323 0.02835 0.00243 */
    near(binomial_at_most(0, 5, .3), .16807, 1e-12);
    near(binomial_at_most(2, 5, .3), .83692, 1e-12);
    near(binomial_at_least(3, 5, .3), .16308, 1e-12);
    near(binomial_at_least(5, 5, .3), .00243, 1e-12);
    near(binomial_at_least(0, 5, .3), 1, 0);
    near(binomial_at_least(6, 5, .3), 0, 0);
    near(binomial_at_most(5, 5, .3), 1, 0);
    near(binomial_at_most(299, 30000, .01) + binomial_at_least(300, 30000, .01), 1, 1e-10);
}

static void unequal_pairs_reach_the_known_levels(void **state)
{
    (void)state;
    near(binomial_at_least(5, 5, .5), .03125, 1e-12);
    near(binomial_at_least(6, 6, .5), .015625, 1e-12);
}

static void bounds_hold_their_level(void **state)
{
    (void)state;
    static const struct {
        uint64_t failures, n;
    } samples[] = {{1, 3}, {3, 30}, {1, 1000}, {29, 30}, {300, 20000}};
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        uint64_t x = samples[i].failures;
        uint64_t n = samples[i].n;
        near(binomial_at_least(x, n, binomial_lower(x, n, .05)), .05, 1e-9);
        near(binomial_at_most(x, n, binomial_upper(x, n, .05)), .05, 1e-9);
    }
    near(binomial_lower(0, 50, .05), 0, 0);
    near(binomial_upper(50, 50, .05), 1, 0);
    near(binomial_upper(0, 299, .05), 1 - pow(.05, 1.0 / 299), 1e-9);
    near(binomial_lower(0, 0, .05), 0, 0);
    near(binomial_upper(0, 0, .05), 1, 0);
    near(binomial_lower(9, 3, .05), pow(.05, 1.0 / 3), 1e-9);
}

static void few_failures_need_so_many_requests(void **state)
{
    (void)state;
    static const struct {
        double limit;
        uint64_t needed[4];
    } rows[] = {
        {.02, {149, 236, 313, 386}},
        {.01, {299, 473, 628, 773}},
        {.005, {598, 947, 1258, 1549}},
        {.001, {2995, 4742, 6294, 7752}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (uint64_t k = 0; k < 4; k++) {
            uint64_t n = binomial_requests_needed(k, rows[i].limit, .05);
            assert_int_equal(n, rows[i].needed[k]);
            assert_true(binomial_at_most(k, n, rows[i].limit) <= .05);
            assert_true(binomial_at_most(k, n - 1, rows[i].limit) > .05);
        }
    }
    /* The same question for a percentile: values until one lies beyond it. */
    assert_int_equal(binomial_requests_needed(0, .05, .05), 59);
    assert_int_equal(binomial_requests_needed(0, .01, .05), 299);
}

static void telling_rates_apart_takes_so_many_requests(void **state)
{
    (void)state;
    static const struct {
        double share;
        double tenth[3]; /* candidate takes 10 %: x2, x3, x5 */
        double half[3];
    } rows[] = {
        {.001, {9237, 2857, 975}, {18519, 6170, 2311}},
        {.005, {1837, 567, 193}, {3681, 1224, 456}},
        {.01, {912, 281, 95}, {1826, 605, 224}},
        {.02, {450, 138, 46}, {899, 296, 108}},
    };
    static const double factors[] = {2, 3, 5};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t f = 0; f < 3; f++) {
            double tenth = (double)binomial_requests_to_tell(rows[i].share, factors[f], .1);
            double half = (double)binomial_requests_to_tell(rows[i].share, factors[f], .5);
            near(tenth, rows[i].tenth[f], 1.01);
            near(half, rows[i].half[f], 1.01);
        }
    }
    assert_true(binomial_requests_to_tell(1, 3, .5) == UINT64_MAX);
}

static void intervals_hold_the_share(void **state)
{
    (void)state;
    struct interval none = binomial_wilson(0, 0, 1.96);
    near(none.low, 0, 0);
    near(none.high, 1, 0);
    struct interval w = binomial_wilson(15, 148, 1.959964);
    near(w.low, .0624, .0001);
    near(w.high, .1605, .0001);
    near(binomial_wilson(0, 20, 1.959964).low, 0, 0);
    near(binomial_wilson(20, 20, 1.959964).high, 1, 0);
    /* Newcombe 1998, table II: 56/70 - 48/80. */
    struct interval d = binomial_difference(56, 70, 48, 80, 1.959964);
    near(d.low, .0524, .0001);
    near(d.high, .3339, .0001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tails_match_sums),
        cmocka_unit_test(unequal_pairs_reach_the_known_levels),
        cmocka_unit_test(bounds_hold_their_level),
        cmocka_unit_test(few_failures_need_so_many_requests),
        cmocka_unit_test(telling_rates_apart_takes_so_many_requests),
        cmocka_unit_test(intervals_hold_the_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
