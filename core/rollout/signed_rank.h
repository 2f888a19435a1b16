/*
 * Wilcoxon's signed-rank test on paired differences, with its exact distribution.
 *
 * One-sided: are the differences above zero? Zeros are left out, ties share the mean of their
 * ranks, and the distribution is that of the very ranks at hand, so that it stays exact.
 */
#ifndef CORE_ROLLOUT_SIGNED_RANK_H
#define CORE_ROLLOUT_SIGNED_RANK_H

#include "core/rollout/binomial.h"

#include <stddef.h>

enum { SIGNED_RANK_MAX = 240 };

struct signed_rank {
    double p;               /* chance of ranks this high if the differences lie around zero */
    double centre;          /* Hodges and Lehmann's estimate: the median of all pair means */
    struct interval around; /* of the centre; infinite ends where the sample is too small */
};

/*
 * P(rank sum of the positive differences >= the one observed) under random signs. 1 for none.
 * Reads the first SIGNED_RANK_MAX differences.
 */
double signed_rank_p(const double *differences, size_t count);

/*
 * Correlation of each difference with the one before it: minutes that resemble their neighbours
 * say less than their number. 0 where it is not above its standard error.
 */
double signed_rank_carry(const double *differences, size_t count);

/*
 * signed_rank_p() for differences that carry over with `carry` (0 .. 1): never smaller, and by the
 * normal approximation with the variance of a rank sum of such a series.
 */
double signed_rank_p_carried(const double *differences, size_t count, double carry);

/* The centre and its interval at the two-sided `level` (0.05 for 95 %) beside p. */
struct signed_rank signed_rank_test(const double *differences, size_t count, double level);

#endif
