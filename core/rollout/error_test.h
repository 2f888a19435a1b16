/*
 * The sequential test on who fails.
 *
 * If both deployments fail equally often, an error of a minute belongs to the candidate with the
 * candidate's share of that minute's requests; if the candidate fails `factor` times as often, with
 * more. Each error moves the logarithm of the odds between the two. What moves both deployments at
 * once (a bad network, a bad client) cancels out, and the split may change from minute to minute.
 *
 * The odds are a likelihood ratio, so under equal rates they reach 1/alpha in at most `alpha` of
 * all rollouts, however often one looks (Ville). That holds for any rate: who has the errors of a
 * minute is hypergeometric then, never more spread than the binomial that is scored.
 *
 * They are never floored nor reset. A long good record would hide that a candidate turns bad at a
 * later step, so a part of the odds is staked on each later step's start; a weighted mean of
 * likelihood ratios keeps the promise.
 */
#ifndef CORE_ROLLOUT_ERROR_TEST_H
#define CORE_ROLLOUT_ERROR_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one error of the candidate and one of the baseline add to the log odds. */
struct error_scores {
    double candidate;
    double baseline;
};

/* `split` is the candidate's share of the requests, 0 .. 1; `factor` is above 1. */
struct error_scores error_scores(double split, double factor);

enum { ERROR_TEST_MAX_STEPS = 64 };

struct error_test {
    double factor;
    size_t planned;                        /* steps that the stakes are divided over */
    size_t steps;                          /* steps begun */
    double whole;                          /* log odds from the first minute on */
    double at_start[ERROR_TEST_MAX_STEPS]; /* `whole` when a step began */
};

/*
 * A test without evidence. `planned`: steps of the whole rollout at which both deployments take
 * requests, at least 1; those past ERROR_TEST_MAX_STEPS have no stake of their own.
 */
void error_test_init(struct error_test *test, double factor, size_t planned);

/* Begins the next step; before the first minute too. */
void error_test_begin_step(struct error_test *test);

/* Adds a minute. Errors beyond the requests are not counted. */
void error_test_add(struct error_test *test, uint64_t candidate_requests, uint64_t candidate_errors,
                    uint64_t baseline_requests, uint64_t baseline_errors);

/* ln of the odds that decide: fails at ln(1/alpha). */
double error_test_log_odds(const struct error_test *test);

/*
 * True when the candidate is decided to fail no more often: the odds from the first minute on are
 * 1 to 10 or less, and the present step does not speak against it. A candidate that is `factor`
 * times worse gets there in a tenth of all rollouts at most; hence the 90 % detection.
 */
bool error_test_no_worse(const struct error_test *test);

#endif
