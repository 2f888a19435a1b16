/*
 * The absolute limit on a deployment's errors, valid however often one looks.
 *
 * A one-sided 95 % bound looked at every minute alarms far more often than in 5 % of all runs. So
 * the bound only informs, and what decides are the odds of the sample between a share of errors
 * spread over 0 .. 1 (Beta(1/2, 1/2)) and the limit itself: if the true share is the limit, they
 * reach 1/alpha in at most `alpha` of all runs; a true share under it is further away still.
 */
#ifndef CORE_ROLLOUT_RATE_GUARD_H
#define CORE_ROLLOUT_RATE_GUARD_H

#include <stdint.h>

/* Fewer failures than this never break the limit. */
enum { RATE_GUARD_LEAST_FAILURES = 3 };

/* ln of the odds; 0 where the observed share is not above the limit (0 < limit < 1). */
double rate_guard_log_odds(uint64_t failures, uint64_t n, double limit);

#endif
