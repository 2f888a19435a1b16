/*
 * The verdict on a candidate deployment beside its baseline.
 *
 * A pure function of the minutes measured. It may be asked at every minute: its promise, at most
 * 5 % false alarms over a whole rollout, holds for all looks, steps and metrics together
 * (spending.h). Nothing passes or fails without data; what is missing is said in requests, or
 * pairs of minutes, and in minutes at the present rate.
 */
#ifndef CORE_ROLLOUT_VERDICT_H
#define CORE_ROLLOUT_VERDICT_H

#include "core/base/json.h"
#include "core/model/name.h"
#include "core/rollout/evidence.h"
#include "core/rollout/finding.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VERDICT_MAX_FINDINGS = 4 };

struct verdict {
    enum outcome outcome;
    char baseline[NAME_SIZE];
    char candidate[NAME_SIZE];
    int64_t from_wall_ms; /* the window: first minute's start, last minute's end; 0, 0 if none */
    int64_t to_wall_ms;
    struct finding findings[VERDICT_MAX_FINDINGS];
    size_t count;
    char sentence[400]; /* the outcome and the finding that decided it */
};

struct judge_policy {
    double error_limit;  /* most that the candidate may fail at all: 0.01 */
    double worse_factor; /* the errors that the relative test looks for: 3 times the baseline's */
    double doubt_odds;   /* from such odds on, nothing is promoted: 3 */
    double p50_ratio;    /* least slowdown that counts: 1.10 */
    double p95_ratio;    /* 1.20 */
    size_t least_pairs;  /* paired minutes that a PASS needs: 12 */
    uint64_t least_minute_requests; /* of each side, for a minute to be a pair: 5 */
    int64_t stale_ms;               /* data older than this is no data: 5 minutes */
    bool compare_errors;            /* false: leave out the relative test (low confidence) */
    bool compare_latency;           /* false: leave out latency (low confidence) */
    size_t planned_steps;           /* of the whole rollout at which the candidate is judged */
};

/* The defaults, for a single step. */
struct judge_policy judge_policy_default(void);

struct judge_input {
    const char *baseline; /* names, for the sentences */
    const char *candidate;
    const struct evidence_step *steps; /* all so far, oldest first; the last one is judged. The
                                          test on who fails reads the earlier ones too */
    size_t step_count;
    bool baseline_serves; /* false: by the split no request goes to it; only absolute rules hold */
    int64_t now_wall_ms;
};

/* Judges the last step. Writes every field of *out. */
void verdict_judge(const struct judge_policy *policy, const struct judge_input *input,
                   struct verdict *out);

/*
 * An INCONCLUSIVE that judges nothing, because of `why`: the metrics cannot be read, or the
 * candidate is being changed.
 */
void verdict_withhold(const char *baseline, const char *candidate, const char *why,
                      struct verdict *out);

/* Takes the outcome and the sentence from the findings: the worst one decides. */
void verdict_conclude(struct verdict *verdict);

/* The verdict as an object of schema 1; owned by the caller. */
struct json *verdict_json(const struct verdict *verdict);

#endif
