/*
 * What one metric says, with everything that is needed to check it: value, baseline, threshold,
 * count, evidence, formula, and one sentence.
 */
#ifndef CORE_ROLLOUT_FINDING_H
#define CORE_ROLLOUT_FINDING_H

#include "core/base/json.h"
#include "core/rollout/binomial.h"

#include <stddef.h>
#include <stdint.h>

enum outcome {
    OUTCOME_PASS,
    OUTCOME_NOT_JUDGED, /* the metric does not apply, and the sentence says why */
    OUTCOME_INCONCLUSIVE,
    OUTCOME_FAIL,
};

/* "PASS", "NOT JUDGED", "INCONCLUSIVE", "FAIL". */
const char *outcome_name(enum outcome outcome);

enum finding_kind {
    FINDING_SOURCE,      /* the metrics themselves: missing or too old */
    FINDING_ERROR_LIMIT, /* candidate's errors against the absolute limit */
    FINDING_ERROR_RATIO, /* candidate's errors against the baseline's */
    FINDING_P50,         /* latency against the baseline's, paired by minute */
    FINDING_P95,
    FINDING_PROBE_ERRORS, /* probe pairs: see probe.h */
    FINDING_PROBE_LATENCY,
    FINDING_PROBE_ANSWERS,
};
enum { FINDING_KINDS = FINDING_PROBE_ANSWERS + 1 };

/* How a finding's `value`, `baseline` and `threshold` read. */
enum finding_unit { UNIT_SHARE, UNIT_MILLISECONDS, UNIT_MINUTES };

/* One metric. Numbers that a kind does not have are 0. */
struct finding {
    enum finding_kind kind;
    enum outcome outcome;
    double value;     /* the candidate's: share of errors, median latency, age of the data */
    double baseline;  /* the baseline's, in the same unit */
    double threshold; /* what `value` must reach to count as worse; of latency: beside `ratio` */
    double ratio;     /* latency: candidate / baseline, by Hodges and Lehmann */
    struct interval around; /* 95 %: of `value` (limit, answers), of the difference of both shares
                               (ratio of errors), of `ratio` (latency) */
    uint64_t n;             /* candidate's requests, or pairs */
    uint64_t failures;
    uint64_t baseline_n;
    uint64_t baseline_failures;
    double evidence;       /* odds to 1 for "worse", which fail at `evidence_limit` or above; or a p
                              value, which fails there or below */
    double evidence_limit; /* 0: no test was taken yet */
    uint64_t looked_at;    /* latency: pairs that `evidence` was computed of */
    uint64_t missing;      /* INCONCLUSIVE: requests or pairs still needed; 0: unknown */
    double missing_minutes; /* the same at the present rate; negative: unknown */
    char sentence[320];
};

const char *finding_key(enum finding_kind kind);     /* "error_limit", for JSON */
const char *finding_test(enum finding_kind kind);    /* name of the formula */
const char *finding_formula(enum finding_kind kind); /* the formula in words */
enum finding_unit finding_unit(enum finding_kind kind);

/* Writes the sentence, cut at its size. */
void finding_say(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Odds of a logarithm, cut at a billion to one: beyond that only their number of digits grows. */
double finding_odds(double log_odds);

/* "12 more are needed, about 3 min" by `missing` and `missing_minutes`. */
void finding_format_missing(const struct finding *finding, char *out, size_t size);

/* The finding as an object; owned by the caller. Infinite numbers are null. */
struct json *finding_json(const struct finding *finding);

#endif
