#include "core/rollout/spending.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void the_budget_is_five_percent(void **state)
{
    (void)state;
    double sum = alpha_budget.errors + alpha_budget.limit + alpha_budget.p50 + alpha_budget.p95 +
                 alpha_budget.probes;
    assert_true(sum <= .05 + 1e-12);
}

static void steps_never_spend_more_than_there_is(void **state)
{
    (void)state;
    for (size_t planned = 0; planned <= 20; planned++) {
        double spent = 0;
        for (size_t i = 0; i < 100; i++)
            spent += spending_step(.02, i, planned);
        assert_true(spent <= .02 + 1e-12);
        assert_true(spending_step(.02, planned + 3, planned) > 0);
    }
}

static void looks_never_spend_more_than_there_is(void **state)
{
    (void)state;
    for (double alpha = .02; alpha > 1e-40; alpha /= 3) {
        struct look looks[LOOKS_MAX];
        size_t count = spending_looks(alpha, looks);
        double spent = 0;
        for (size_t i = 0; i < count; i++) {
            spent += looks[i].alpha;
            assert_true(i == 0 || looks[i].pairs > looks[i - 1].pairs);
            assert_true(looks[i].alpha >= exp2(-(double)looks[i].pairs));
        }
        assert_true(spent <= alpha * (1 + 1e-9));
    }
}

static void a_useless_look_leaves_its_part_to_the_next(void **state)
{
    (void)state;
    struct look rich[LOOKS_MAX];
    struct look poor[LOOKS_MAX];
    assert_int_equal(spending_looks(.01, rich), LOOKS_MAX);
    assert_int_equal(rich[0].pairs, 12);
    size_t count = spending_looks(.0005, poor);
    assert_int_equal(count, LOOKS_MAX - 1);
    assert_int_equal(poor[0].pairs, 20);
    assert_true(poor[0].alpha / .0005 > rich[1].alpha / .01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_budget_is_five_percent),
        cmocka_unit_test(steps_never_spend_more_than_there_is),
        cmocka_unit_test(looks_never_spend_more_than_there_is),
        cmocka_unit_test(a_useless_look_leaves_its_part_to_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
