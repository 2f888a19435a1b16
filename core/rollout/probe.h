/*
 * Probe pairs: the same request sent to both deployments by name, for endpoints with little
 * traffic. The order within the pairs is ABBA, so that neither side is always the second, warm one.
 * A smoke test of the deployment, not of real traffic; never mixed into the counts of evidence.h.
 */
#ifndef CORE_ROLLOUT_PROBE_H
#define CORE_ROLLOUT_PROBE_H

#include "core/rollout/verdict.h"

enum {
    PROBE_LEAST_PAIRS = 20,
    PROBE_MAX_PAIRS = 200,
    PROBE_DISCARDED = 1, /* the first pair, which finds cold workers */
    PROBE_STOP_AFTER = 3,
};

enum probe_answer { PROBE_NOT_COMPARED, PROBE_AGREES, PROBE_DIFFERS };

struct probe_pair {
    bool baseline_failed;
    bool candidate_failed;
    double baseline_ms; /* read only where both answered */
    double candidate_ms;
    enum probe_answer answer;
};

/* True when the candidate is asked first in pair `index` (from 0): AB BA AB BA, A the baseline. */
bool probe_candidate_first(size_t index);

/*
 * True when going on is of no use: the candidate failed PROBE_STOP_AFTER times in a row, without
 * the baseline failing too.
 */
bool probe_should_stop(const struct probe_pair *pairs, size_t count);

struct probe_policy {
    double slower_ratio;    /* least slowdown that counts: 1.10 */
    double least_agreement; /* share of equal answers asked for; 0: only shown */
};

struct probe_policy probe_policy_default(void);

/*
 * Judges the pairs, the discarded one included in the count. Ask once, when they are all there:
 * this test has one look. Early only after probe_should_stop(), which is a FAIL by itself.
 */
void probe_judge(const struct probe_policy *policy, const char *baseline, const char *candidate,
                 const struct probe_pair *pairs, size_t count, struct verdict *out);

#endif
