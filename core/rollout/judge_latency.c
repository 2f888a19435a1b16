#include "core/rollout/judge_metric.h"

#include "core/base/alloc.h"
#include "core/rollout/signed_rank.h"
#include "core/rollout/spending.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double level_95 = 0.05;

/* The minutes in which both sides have enough requests, oldest first. */
struct pairs {
    size_t count;
    size_t minutes; /* since the candidate's first request: that could have been pairs */
    double difference[SIGNED_RANK_MAX];
    double baseline[SIGNED_RANK_MAX];
    double candidate[SIGNED_RANK_MAX];
};

static double latency_of(const struct evidence_side *side, enum finding_kind kind)
{
    return kind == FINDING_P50 ? side->p50_ms : side->p95_ms;
}

static void collect(const struct judge_policy *policy, const struct evidence_step *step,
                    enum finding_kind kind, struct pairs *out)
{
    out->count = 0;
    out->minutes = 0;
    for (size_t i = 0; i < step->count && out->count < SIGNED_RANK_MAX; i++) {
        const struct evidence_minute *minute = &step->minutes[i];
        if (minute->warming)
            continue;
        out->minutes += out->minutes || minute->candidate.requests;
        double baseline = latency_of(&minute->baseline, kind);
        double candidate = latency_of(&minute->candidate, kind);
        if (minute->baseline.requests < policy->least_minute_requests ||
            minute->candidate.requests < policy->least_minute_requests)
            continue;
        if (!(baseline > 0) || !(candidate > 0) || isinf(baseline) || isinf(candidate))
            continue;
        out->baseline[out->count] = baseline;
        out->candidate[out->count] = candidate;
        out->difference[out->count++] = log(candidate / baseline);
    }
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Sorts `values`. */
static double median(double *values, size_t count)
{
    if (count == 0)
        return 0;
    qsort(values, count, sizeof *values, by_value);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

/* Describes the first `count` pairs. */
static void describe(struct finding *f, const double *differences, size_t count)
{
    struct signed_rank test = signed_rank_test(differences, count, level_95);
    f->n = count;
    f->ratio = count ? exp(test.centre) : 0;
    f->around = (struct interval){exp(test.around.low), exp(test.around.high)};
}

/*
 * Takes the looks that are due, each of just the pairs that it is for: the result does not depend
 * on when one asked. True when one of them fails; *next is the look that comes after, if any.
 */
static bool look(struct finding *f, const struct pairs *pairs, double alpha, size_t *next)
{
    struct look looks[LOOKS_MAX];
    size_t count = spending_looks(alpha, looks);
    *next = 0;
    for (size_t i = 0; i < count; i++) {
        if (looks[i].pairs > pairs->count) {
            *next = looks[i].pairs;
            return false;
        }
        double carry = signed_rank_carry(pairs->difference, looks[i].pairs);
        f->evidence = signed_rank_p_carried(pairs->difference, looks[i].pairs, carry);
        f->evidence_limit = looks[i].alpha;
        f->looked_at = looks[i].pairs;
        if (f->evidence > looks[i].alpha)
            continue;
        describe(f, pairs->difference, looks[i].pairs);
        if (f->ratio >= f->threshold)
            return true;
    }
    return false;
}

static void set_missing(struct finding *f, size_t wanted, const struct pairs *pairs)
{
    f->missing = wanted > pairs->count ? wanted - pairs->count : 0;
    f->missing_minutes =
        pairs->count ? (double)f->missing * (double)pairs->minutes / (double)pairs->count : -1;
}

static void say(struct finding *f, const struct judge_policy *policy,
                const struct judge_input *input)
{
    const char *series = f->kind == FINDING_P50 ? "P50" : "P95";
    char missing[100];
    finding_format_missing(f, missing, sizeof missing);
    char effect[160];
    snprintf(effect, sizeof effect, "%s of %s is %.3g times that of %s (%.3g and %.3g ms, %llu %s)",
             series, input->candidate, f->ratio, input->baseline, f->value, f->baseline,
             (unsigned long long)f->n, "pairs of minutes");
    char test[80] = "not looked at yet";
    if (f->evidence_limit > 0)
        snprintf(test, sizeof test, "p %.2g at %llu pairs, fails to %.2g", f->evidence,
                 (unsigned long long)f->looked_at, f->evidence_limit);
    if (f->outcome == OUTCOME_NOT_JUDGED)
        finding_say(f, "%s beside %s: not judged, it takes no requests", series, input->baseline);
    else if (f->outcome == OUTCOME_INCONCLUSIVE && f->n < policy->least_pairs)
        finding_say(f, "%s: %llu of %zu pairs of minutes with %llu requests on each side; %s",
                    series, (unsigned long long)f->n, policy->least_pairs,
                    (unsigned long long)policy->least_minute_requests, missing);
    else if (f->outcome == OUTCOME_INCONCLUSIVE)
        finding_say(f, "%s, slower counts from %.3g, but %s; %s", effect, f->threshold, test,
                    missing);
    else
        finding_say(f, "%s, slower counts from %.3g; %s", effect, f->threshold, test);
}

void judge_latency(const struct judge_policy *policy, const struct judge_input *input,
                   enum finding_kind kind, struct finding *out)
{
    bool p50 = kind == FINDING_P50;
    *out = (struct finding){
        .kind = kind,
        .outcome = OUTCOME_NOT_JUDGED,
        .threshold = p50 ? policy->p50_ratio : policy->p95_ratio,
    };
    struct pairs *pairs = mem_alloc(sizeof *pairs);
    collect(policy, judge_last_step(input), kind, pairs);
    double alpha = spending_step(p50 ? alpha_budget.p50 : alpha_budget.p95, input->step_count - 1,
                                 policy->planned_steps);
    size_t next = 0;
    bool failed = false;
    if (input->baseline_serves) {
        failed = look(out, pairs, alpha, &next);
        if (!failed)
            describe(out, pairs->difference, pairs->count);
        out->outcome = failed ? OUTCOME_FAIL : OUTCOME_PASS;
    }
    if (out->outcome == OUTCOME_PASS && pairs->count < policy->least_pairs) {
        out->outcome = OUTCOME_INCONCLUSIVE;
        set_missing(out, policy->least_pairs, pairs);
    } else if (out->outcome == OUTCOME_PASS && out->ratio >= out->threshold) {
        out->outcome = OUTCOME_INCONCLUSIVE;
        set_missing(out, next, pairs);
    }
    out->value = median(pairs->candidate, out->n);
    out->baseline = median(pairs->baseline, out->n);
    say(out, policy, input);
    free(pairs);
}
