#include "core/rollout/binomial.h"

#include <math.h>
#include <stddef.h>

enum { FRACTION_STEPS = 500, BISECTIONS = 100 };

static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

double binomial_log_beta(double a, double b)
{
    return log_gamma(a) + log_gamma(b) - log_gamma(a + b);
}

static double away_from_zero(double x)
{
    return fabs(x) < 1e-300 ? 1e-300 : x;
}

/* The continued fraction of the incomplete beta integral by Lentz's method; x is on its fast side.
 */
static double beta_fraction(double x, double a, double b)
{
    double c = 1;
    double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
    double value = d;
    for (int m = 1; m <= FRACTION_STEPS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / away_from_zero(1 + even * d);
        c = away_from_zero(1 + even / c);
        value *= c * d;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / away_from_zero(1 + odd * d);
        c = away_from_zero(1 + odd / c);
        value *= c * d;
        if (fabs(c * d - 1) < 1e-15)
            break;
    }
    return value;
}

/* The regularised incomplete beta function I_x(a, b). */
static double incomplete_beta(double x, double a, double b)
{
    if (x <= 0)
        return 0;
    if (x >= 1)
        return 1;
    double front = exp(a * log(x) + b * log1p(-x) - binomial_log_beta(a, b));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(x, a, b) / a;
    return 1 - front * beta_fraction(1 - x, b, a) / b;
}

double binomial_at_least(uint64_t failures, uint64_t n, double share)
{
    if (failures == 0)
        return 1;
    if (failures > n)
        return 0;
    return incomplete_beta(share, (double)failures, (double)(n - failures) + 1);
}

double binomial_at_most(uint64_t failures, uint64_t n, double share)
{
    if (failures >= n)
        return 1;
    return incomplete_beta(1 - share, (double)(n - failures), (double)failures + 1);
}

double binomial_lower(uint64_t failures, uint64_t n, double alpha)
{
    if (n == 0 || failures == 0)
        return 0;
    if (failures > n)
        failures = n;
    double low = 0;
    double high = (double)failures / (double)n;
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = (low + high) / 2;
        if (binomial_at_least(failures, n, middle) > alpha)
            high = middle;
        else
            low = middle;
    }
    return low;
}

double binomial_upper(uint64_t failures, uint64_t n, double alpha)
{
    if (n == 0 || failures >= n)
        return 1;
    return 1 - binomial_lower(n - failures, n, alpha);
}

uint64_t binomial_requests_needed(uint64_t failures, double limit, double alpha)
{
    uint64_t low = failures; /* never enough: P(X <= n) is 1 */
    uint64_t high = failures + 1;
    while (binomial_at_most(failures, high, limit) > alpha) {
        low = high;
        if (high > UINT64_MAX / 4)
            return high;
        high *= 2;
    }
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (binomial_at_most(failures, middle, limit) > alpha)
            low = middle;
        else
            high = middle;
    }
    return high;
}

struct interval binomial_wilson(uint64_t failures, uint64_t n, double z)
{
    if (n == 0)
        return (struct interval){0, 1};
    if (failures > n)
        failures = n;
    double count = (double)n;
    double share = (double)failures / count;
    double scale = 1 + z * z / count;
    double middle = (share + z * z / (2 * count)) / scale;
    double half = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / scale;
    /* The ends at no failure and at nothing but failures are exact; rounding must not move them. */
    return (struct interval){
        .low = failures == 0 ? 0 : fmax(0, middle - half),
        .high = failures == n ? 1 : fmin(1, middle + half),
    };
}

struct interval binomial_difference(uint64_t candidate_failures, uint64_t candidate_n,
                                    uint64_t baseline_failures, uint64_t baseline_n, double z)
{
    if (candidate_n == 0 || baseline_n == 0)
        return (struct interval){-1, 1};
    struct interval candidate = binomial_wilson(candidate_failures, candidate_n, z);
    struct interval baseline = binomial_wilson(baseline_failures, baseline_n, z);
    double p = (double)candidate_failures / (double)candidate_n;
    double q = (double)baseline_failures / (double)baseline_n;
    return (struct interval){
        .low = p - q - hypot(p - candidate.low, baseline.high - q),
        .high = p - q + hypot(candidate.high - p, q - baseline.low),
    };
}

uint64_t binomial_requests_to_tell(double share, double factor, double split)
{
    static const double z_alpha = 1.6448536;
    static const double z_power = 0.8416212;
    double worse = fmin(1, share * factor);
    double others = (1 - split) / split; /* baseline's requests for one of the candidate */
    double pooled = (worse + others * share) / (1 + others);
    double equal = sqrt(pooled * (1 - pooled) * (1 + 1 / others));
    double apart = sqrt(worse * (1 - worse) + share * (1 - share) / others);
    double gap = worse - share;
    if (!(gap > 0))
        return UINT64_MAX;
    double root = (z_alpha * equal + z_power * apart) / gap;
    double needed = ceil(root * root);
    return needed < 1e18 ? (uint64_t)needed : UINT64_MAX;
}
