#include "core/rollout/rate_guard.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void at_or_under_the_limit_there_are_no_odds(void **state)
{
    (void)state;
    assert_true(rate_guard_log_odds(0, 0, .01) <= 0);
    assert_true(rate_guard_log_odds(0, 500, .01) <= 0);
    assert_true(rate_guard_log_odds(5, 500, .01) <= 0);
}

static void odds_grow_with_the_failures(void **state)
{
    (void)state;
    double last = 0;
    for (uint64_t failures = 15; failures <= 200; failures += 5) {
        double odds = rate_guard_log_odds(failures, 500, .01);
        assert_true(odds > last || failures < 20);
        last = odds;
    }
    assert_true(rate_guard_log_odds(3, 3, .01) > log(10000));
    assert_true(rate_guard_log_odds(900, 500, .01) == rate_guard_log_odds(500, 500, .01));
}

/*
 * E[odds] is at most 1 at the limit itself, for every n: the promise rests on it. (The odds are
 * cut to 1 under the limit by the function, so only the part above it is summed.)
 */
static void the_mean_of_the_odds_is_at_most_one(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 200; n += 7) {
        double mean = 0;
        for (uint64_t x = 0; x <= n; x++) {
            double chance = lgamma((double)n + 1) - lgamma((double)x + 1) -
                            lgamma((double)(n - x) + 1) + (double)x * log(.02) +
                            (double)(n - x) * log1p(-.02);
            if ((double)x > .02 * (double)n)
                mean += exp(chance + rate_guard_log_odds(x, n, .02));
        }
        assert_true(mean <= 1 + 1e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_or_under_the_limit_there_are_no_odds),
        cmocka_unit_test(odds_grow_with_the_failures),
        cmocka_unit_test(the_mean_of_the_odds_is_at_most_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
