#include "core/rollout/probe.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { PAIRS = 31 };

static void fill(struct probe_pair *pairs, double slower)
{
    for (size_t i = 0; i < PAIRS; i++) {
        double base = 10 + (double)(i * 7 % 5);
        pairs[i] = (struct probe_pair){
            .baseline_ms = base,
            .candidate_ms = base * slower * (i % 2 ? 1.02 : .98),
            .answer = PROBE_AGREES,
        };
    }
}

static struct verdict judged(const struct probe_pair *pairs, size_t count)
{
    struct probe_policy policy = probe_policy_default();
    struct verdict verdict;
    probe_judge(&policy, "blue", "green", pairs, count, &verdict);
    return verdict;
}

static void pairs_go_abba(void **state)
{
    (void)state;
    assert_false(probe_candidate_first(0));
    assert_true(probe_candidate_first(1));
    assert_false(probe_candidate_first(2));
    assert_true(probe_candidate_first(3));
}

static void equal_deployments_pass(void **state)
{
    (void)state;
    struct probe_pair pairs[PAIRS];
    fill(pairs, 1);
    pairs[0].candidate_ms = 5000; /* the cold first pair is left out */
    struct verdict verdict = judged(pairs, PAIRS);
    assert_int_equal(verdict.outcome, OUTCOME_PASS);
    assert_int_equal(verdict.findings[0].n, PAIRS - 1);
    assert_true(fabs(verdict.findings[1].ratio - 1) < .02);
    assert_int_equal(verdict.findings[2].outcome, OUTCOME_NOT_JUDGED);
    assert_non_null(strstr(verdict.findings[2].sentence, "agree in 30 of 30"));
}

static void a_slow_candidate_fails(void **state)
{
    (void)state;
    struct probe_pair pairs[PAIRS];
    fill(pairs, 1.3);
    struct verdict verdict = judged(pairs, PAIRS);
    assert_int_equal(verdict.outcome, OUTCOME_FAIL);
    assert_int_equal(verdict.findings[1].outcome, OUTCOME_FAIL);
}

static void three_failures_in_a_row_stop(void **state)
{
    (void)state;
    struct probe_pair pairs[PAIRS];
    fill(pairs, 1);
    pairs[1].candidate_failed = pairs[2].candidate_failed = true;
    assert_false(probe_should_stop(pairs, 3));
    pairs[3].candidate_failed = true;
    assert_true(probe_should_stop(pairs, 4));
    assert_int_equal(judged(pairs, 4).outcome, OUTCOME_FAIL);
    /* What hits both is the network's or the request's. */
    pairs[2].baseline_failed = true;
    assert_false(probe_should_stop(pairs, 4));
    assert_int_equal(judged(pairs, 4).outcome, OUTCOME_INCONCLUSIVE);
    assert_false(probe_should_stop(pairs, 0));
}

static void too_few_pairs_say_how_many_are_missing(void **state)
{
    (void)state;
    struct probe_pair pairs[PAIRS];
    fill(pairs, 1);
    struct verdict verdict = judged(pairs, 13);
    assert_int_equal(verdict.outcome, OUTCOME_INCONCLUSIVE);
    assert_int_equal(verdict.findings[0].missing, 8);
    assert_int_equal(judged(pairs, 0).outcome, OUTCOME_INCONCLUSIVE);
}

static void nothing_answered_passes_nothing(void **state)
{
    (void)state;
    struct probe_pair pairs[PAIRS];
    fill(pairs, 1);
    for (size_t i = 0; i < PAIRS; i++)
        pairs[i].baseline_failed = pairs[i].candidate_failed = true;
    assert_int_equal(judged(pairs, PAIRS).outcome, OUTCOME_INCONCLUSIVE);
}

static void scattered_failures_of_the_candidate_alone_fail(void **state)
{
    (void)state;
    struct probe_pair pairs[PAIRS];
    fill(pairs, 1);
    for (size_t i = 1; i < PAIRS; i += 3)
        pairs[i].candidate_failed = true;
    struct verdict verdict = judged(pairs, PAIRS);
    assert_int_equal(verdict.findings[0].outcome, OUTCOME_FAIL); /* ten against none */
    fill(pairs, 1);
    pairs[5].candidate_failed = pairs[9].candidate_failed = true;
    assert_int_equal(judged(pairs, PAIRS).findings[0].outcome, OUTCOME_INCONCLUSIVE);
    pairs[12].baseline_failed = true;
    assert_int_equal(judged(pairs, PAIRS).findings[0].outcome, OUTCOME_PASS);
}

static void agreement_is_judged_where_it_is_asked_for(void **state)
{
    (void)state;
    struct probe_pair pairs[PAIRS];
    fill(pairs, 1);
    struct probe_policy policy = probe_policy_default();
    policy.least_agreement = .8;
    struct verdict verdict;
    probe_judge(&policy, "blue", "green", pairs, PAIRS, &verdict);
    assert_int_equal(verdict.findings[2].outcome, OUTCOME_PASS);
    for (size_t i = 1; i < 6; i++)
        pairs[i].answer = PROBE_DIFFERS;
    probe_judge(&policy, "blue", "green", pairs, PAIRS, &verdict);
    assert_int_equal(verdict.findings[2].outcome, OUTCOME_INCONCLUSIVE);
    for (size_t i = 1; i < 21; i++)
        pairs[i].answer = PROBE_DIFFERS;
    probe_judge(&policy, "blue", "green", pairs, PAIRS, &verdict);
    assert_int_equal(verdict.findings[2].outcome, OUTCOME_FAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_go_abba),
        cmocka_unit_test(equal_deployments_pass),
        cmocka_unit_test(a_slow_candidate_fails),
        cmocka_unit_test(three_failures_in_a_row_stop),
        cmocka_unit_test(too_few_pairs_say_how_many_are_missing),
        cmocka_unit_test(nothing_answered_passes_nothing),
        cmocka_unit_test(scattered_failures_of_the_candidate_alone_fail),
        cmocka_unit_test(agreement_is_judged_where_it_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
