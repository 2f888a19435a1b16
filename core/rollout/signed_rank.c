#include "core/rollout/signed_rank.h"

#include "core/base/alloc.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* By simulation, 1 finds most of a correlation of a half and takes 1 % of the detection where there
 * is none; at 2, equal deployments with such noise still alarm in a fifth of all rollouts. */
static const double least_standard_errors = 1;

struct ranked {
    double size;
    bool positive;
    size_t twice; /* twice the rank: ties make halves */
};

static int by_size(const void *a, const void *b)
{
    double left = ((const struct ranked *)a)->size;
    double right = ((const struct ranked *)b)->size;
    return (left > right) - (left < right);
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static size_t rank(const double *differences, size_t count, struct ranked *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (differences[i] != 0)
            out[kept++] = (struct ranked){fabs(differences[i]), differences[i] > 0, 0};
    qsort(out, kept, sizeof *out, by_size);
    for (size_t i = 0; i < kept;) {
        size_t end = i + 1;
        while (end < kept && out[end].size <= out[i].size)
            end++;
        for (size_t j = i; j < end; j++)
            out[j].twice = i + 1 + end;
        i = end;
    }
    return kept;
}

/*
 * Fills chance[s] with P(sum of the chosen `twice` = s), each chosen with a coin. `chance` comes
 * zeroed, with room for the highest sum, which is returned.
 */
static size_t distribution(const struct ranked *ranks, size_t count, double *chance)
{
    size_t top = 0;
    chance[0] = 1;
    for (size_t i = 0; i < count; i++) {
        size_t step = ranks[i].twice;
        top += step;
        for (size_t s = top + 1; s-- > 0;)
            chance[s] = 0.5 * (chance[s] + (s >= step ? chance[s - step] : 0));
    }
    return top;
}

static size_t capped(size_t count)
{
    return count < SIGNED_RANK_MAX ? count : SIGNED_RANK_MAX;
}

static double *room_for_sums(size_t count)
{
    return mem_alloc_array(count * (count + 1) + 1, sizeof(double));
}

double signed_rank_p(const double *differences, size_t count)
{
    count = capped(count);
    struct ranked ranks[SIGNED_RANK_MAX] = {{0}};
    size_t kept = rank(differences, count, ranks);
    size_t observed = 0;
    for (size_t i = 0; i < kept; i++)
        if (ranks[i].positive)
            observed += ranks[i].twice;
    double *chance = room_for_sums(kept);
    size_t top = distribution(ranks, kept, chance);
    double p = 0;
    for (size_t s = top + 1; s-- > observed;) /* the smallest terms first */
        p += chance[s];
    free(chance);
    return fmin(1, p);
}

double signed_rank_carry(const double *differences, size_t count)
{
    count = capped(count);
    double mean = 0;
    for (size_t i = 0; i < count; i++)
        mean += differences[i] / (double)count;
    double own = 0;
    double neighbours = 0;
    for (size_t i = 0; i < count; i++) {
        double here = differences[i] - mean;
        own += here * here;
        if (i > 0)
            neighbours += here * (differences[i - 1] - mean);
    }
    double carry = own > 0 ? neighbours / own : 0;
    return carry > least_standard_errors / sqrt((double)count) ? fmin(carry, 0.95) : 0;
}

double signed_rank_p_carried(const double *differences, size_t count, double carry)
{
    double exact = signed_rank_p(differences, count);
    if (carry <= 0)
        return exact;
    struct ranked ranks[SIGNED_RANK_MAX] = {{0}};
    size_t kept = rank(differences, capped(count), ranks);
    double above = 0; /* rank sum less its mean */
    double variance = 0;
    for (size_t i = 0; i < kept; i++) {
        double value = (double)ranks[i].twice / 2;
        above += (ranks[i].positive ? value : 0) - value / 2;
        variance += value * value / 4;
    }
    variance *= (1 + carry) / (1 - carry);
    return fmax(exact, 0.5 * erfc((above - 0.5) / sqrt(2 * variance)));
}

/* How many pair means may be cut off each end: the largest k with P(W <= k) <= level / 2, + 1. */
static size_t cut(size_t count, double level)
{
    struct ranked ranks[SIGNED_RANK_MAX] = {{0}};
    for (size_t i = 0; i < count; i++)
        ranks[i] = (struct ranked){.twice = i + 1}; /* no ties here: the plain ranks do */
    double *chance = room_for_sums(count);
    size_t top = distribution(ranks, count, chance);
    double below = 0;
    size_t cut = 0;
    while (cut <= top && below + chance[cut] <= level / 2)
        below += chance[cut++];
    free(chance);
    return cut;
}

struct signed_rank signed_rank_test(const double *differences, size_t count, double level)
{
    struct signed_rank result = {
        .p = 1, .centre = 0, .around = {.low = -(double)INFINITY, .high = (double)INFINITY}};
    count = capped(count);
    if (count == 0)
        return result;
    result.p = signed_rank_p(differences, count);
    size_t means = count * (count + 1) / 2;
    double *mean = mem_alloc_array(means, sizeof *mean);
    size_t at = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = i; j < count; j++)
            mean[at++] = (differences[i] + differences[j]) / 2;
    qsort(mean, means, sizeof *mean, by_value);
    result.centre = (mean[(means - 1) / 2] + mean[means / 2]) / 2;
    size_t cut_off = cut(count, level);
    if (cut_off > 0) {
        result.around.low = mean[cut_off - 1];
        result.around.high = mean[means - cut_off];
    }
    free(mean);
    return result;
}
