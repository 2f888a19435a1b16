#include "core/rollout/error_test.h"

#include <math.h>

/* The part of the stake on a candidate that is worse from the first minute on. */
static const double whole_stake = 0.75;

static const double no_worse_log_odds = -2.302585; /* ln of 1 to 10 */

struct error_scores error_scores(double split, double factor)
{
    double scale = log(split * factor + 1 - split);
    return (struct error_scores){.candidate = log(factor) - scale, .baseline = -scale};
}

void error_test_init(struct error_test *test, double factor, size_t planned)
{
    *test = (struct error_test){.factor = factor, .planned = planned};
    if (planned > ERROR_TEST_MAX_STEPS)
        test->planned = ERROR_TEST_MAX_STEPS;
    if (planned == 0)
        test->planned = 1;
}

void error_test_begin_step(struct error_test *test)
{
    if (test->steps < ERROR_TEST_MAX_STEPS)
        test->at_start[test->steps] = test->whole;
    else
        test->at_start[ERROR_TEST_MAX_STEPS - 1] = test->whole;
    test->steps++;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void error_test_add(struct error_test *test, uint64_t candidate_requests, uint64_t candidate_errors,
                    uint64_t baseline_requests, uint64_t baseline_errors)
{
    /* One side alone says nothing about who fails. */
    if (candidate_requests == 0 || baseline_requests == 0)
        return;
    double split =
        (double)candidate_requests / ((double)candidate_requests + (double)baseline_requests);
    struct error_scores scores = error_scores(split, test->factor);
    test->whole += scores.candidate * (double)least(candidate_errors, candidate_requests);
    test->whole += scores.baseline * (double)least(baseline_errors, baseline_requests);
}

double error_test_log_odds(const struct error_test *test)
{
    if (test->planned == 1)
        return test->whole;
    double later_stake = (1 - whole_stake) / (double)(test->planned - 1);
    /* Steps that have not begun keep their stake at odds of 1. */
    double sum = 0;
    double top = fmax(test->whole, 0);
    size_t begun = test->steps < test->planned ? test->steps : test->planned;
    for (size_t i = 1; i < begun; i++)
        top = fmax(top, test->whole - test->at_start[i]);
    for (size_t i = 1; i < test->planned; i++) {
        double odds = i < begun ? test->whole - test->at_start[i] : 0;
        sum += later_stake * exp(odds - top);
    }
    return top + log(whole_stake * exp(test->whole - top) + sum);
}

bool error_test_no_worse(const struct error_test *test)
{
    size_t step = test->steps < ERROR_TEST_MAX_STEPS ? test->steps : ERROR_TEST_MAX_STEPS;
    double before = step ? test->at_start[step - 1] : 0;
    return test->whole <= no_worse_log_odds && test->whole <= before;
}
