/*
 * How the permission to be wrong is divided.
 *
 * A rollout may alarm falsely in at most 5 % of all runs, whatever its steps, series and looks.
 * Each test gets a part of that; the parts add up to it, so that the promise holds however the
 * tests depend on each other.
 */
#ifndef CORE_ROLLOUT_SPENDING_H
#define CORE_ROLLOUT_SPENDING_H

#include <stddef.h>

/* The parts, over a whole rollout. Their sum is 0.05. */
struct alpha_budget {
    double errors; /* the sequential test on who fails: once, it runs on over the steps */
    double limit;  /* the absolute limit on errors: divided over the steps */
    double p50;    /* latency: divided over the steps and there over the looks */
    double p95;
    double probes; /* probe pairs: divided over errors and latency */
};
extern const struct alpha_budget alpha_budget;

/*
 * What step `index` (from 0) may spend of `alpha` when `planned` steps were planned (at least 1).
 * A small part is kept back for steps beyond the plan, as when one is taken again: each of those
 * gets half of what is left, so that the sum never exceeds `alpha`.
 */
double spending_step(double alpha, size_t index, size_t planned);

/* A look at the paired latencies: taken once, when so many pairs are there. */
struct look {
    size_t pairs;
    double alpha;
};

enum { LOOKS_MAX = 5 };

/*
 * Divides a step's `alpha` over its looks. A look at which even the clearest sample (2^-pairs)
 * could not be significant is left out and its part goes to the next. Returns how many were
 * written; pairs ascend.
 */
size_t spending_looks(double alpha, struct look out[LOOKS_MAX]);

#endif
