#include "core/rollout/rate_guard.h"

#include "core/rollout/binomial.h"

#include <math.h>

double rate_guard_log_odds(uint64_t failures, uint64_t n, double limit)
{
    static const double half = 0.5;
    if (failures > n)
        failures = n;
    if (n == 0 || (double)failures <= limit * (double)n)
        return 0;
    double bad = (double)failures;
    double good = (double)(n - failures);
    double spread = binomial_log_beta(half + bad, half + good) - binomial_log_beta(half, half);
    return spread - bad * log(limit) - good * log1p(-limit);
}
