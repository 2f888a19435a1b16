/* The judges of single metrics; verdict.c asks them and puts their findings together. */
#ifndef CORE_ROLLOUT_JUDGE_METRIC_H
#define CORE_ROLLOUT_JUDGE_METRIC_H

#include "core/rollout/error_test.h"
#include "core/rollout/verdict.h"

/* The step that is judged: the last one. step_count is at least 1. */
const struct evidence_step *judge_last_step(const struct judge_input *input);

/*
 * The candidate's errors in the last step against policy->error_limit. `no_worse`: the relative
 * test has decided that it fails no more often than the baseline, which stands in for a count that
 * shows less than the limit.
 */
void judge_error_limit(const struct judge_policy *policy, const struct judge_input *input,
                       bool no_worse, struct finding *out);

/* The candidate's errors against the baseline's, over all steps. Returns whether it is no worse. */
bool judge_error_ratio(const struct judge_policy *policy, const struct judge_input *input,
                       struct finding *out);

/* Latency of the last step; `kind` is FINDING_P50 or FINDING_P95. */
void judge_latency(const struct judge_policy *policy, const struct judge_input *input,
                   enum finding_kind kind, struct finding *out);

#endif
