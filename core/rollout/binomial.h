/*
 * Exact statements about a share from few failures: tails, bounds and the counts they need.
 *
 * `failures` is at most `n` everywhere; more is taken as n. Shares and levels are in 0 .. 1.
 */
#ifndef CORE_ROLLOUT_BINOMIAL_H
#define CORE_ROLLOUT_BINOMIAL_H

#include <stdint.h>

struct interval {
    double low;
    double high;
};

/* P(X <= failures) and P(X >= failures) for X ~ Binomial(n, share). */
double binomial_at_most(uint64_t failures, uint64_t n, double share);
double binomial_at_least(uint64_t failures, uint64_t n, double share);

/*
 * Clopper and Pearson's one-sided bounds: the true share lies under the lower (over the upper)
 * one in at most `alpha` of all samples. 0 and 1 where nothing better can be said.
 */
double binomial_lower(uint64_t failures, uint64_t n, double alpha);
double binomial_upper(uint64_t failures, uint64_t n, double alpha);

/*
 * The fewest requests after which `failures` failures show, at level `alpha`, that the share of
 * failures is under `limit`: the smallest n with P(X <= failures | limit) <= alpha.
 * `limit` and `alpha` are above 0 and under 1.
 */
uint64_t binomial_requests_needed(uint64_t failures, double limit, double alpha);

/* Wilson's score interval of a share; z is 1.96 for 95 %. {0, 1} for n = 0. */
struct interval binomial_wilson(uint64_t failures, uint64_t n, double z);

/* Newcombe's interval of candidate's share minus baseline's, built from both Wilson intervals. */
struct interval binomial_difference(uint64_t candidate_failures, uint64_t candidate_n,
                                    uint64_t baseline_failures, uint64_t baseline_n, double z);

/*
 * Requests of the candidate after which a fixed-size one-sided test of level .05 finds, with
 * probability .80, that its share of errors is `factor` times the baseline's `share`, when it
 * takes `split` (0 .. 1, exclusive) of the requests. A forecast, not a test. `factor` is above 1.
 */
uint64_t binomial_requests_to_tell(double share, double factor, double split);

/* ln of the Beta function; both arguments are above 0. */
double binomial_log_beta(double a, double b);

#endif
