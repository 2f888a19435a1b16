#include "core/rollout/spending.h"

#include <math.h>

const struct alpha_budget alpha_budget = {
    .errors = 0.018,
    .limit = 0.002,
    .p50 = 0.022,
    .p95 = 0.006,
    .probes = 0.002,
};

static const double kept_back = 0.05;

/* Most is spent at 30 pairs, where a slowdown of a fifth can be told; a gross one shows before. */
static const struct look looks[LOOKS_MAX] = {
    {12, 0.14}, {20, 0.18}, {30, 0.60}, {60, 0.05}, {120, 0.03},
};

double spending_step(double alpha, size_t index, size_t planned)
{
    if (planned == 0)
        planned = 1;
    if (index < planned)
        return alpha * (1 - kept_back) / (double)planned;
    return alpha * kept_back * exp2(-(double)(index - planned + 1));
}

size_t spending_looks(double alpha, struct look out[LOOKS_MAX])
{
    size_t count = 0;
    double carried = 0;
    for (size_t i = 0; i < LOOKS_MAX; i++) {
        double part = alpha * looks[i].alpha + carried;
        if (part < exp2(-(double)looks[i].pairs)) {
            carried = part;
            continue;
        }
        carried = 0;
        out[count++] = (struct look){looks[i].pairs, part};
    }
    return count;
}
