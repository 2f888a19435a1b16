#include "core/rollout/probe.h"

#include "core/rollout/signed_rank.h"
#include "core/rollout/spending.h"

#include <math.h>
#include <stdio.h>

static const double z_95 = 1.959964;
static const double level_95 = 0.05;
/* Two failures of the candidate alone and none of the baseline's leave a doubt. */
static const double doubt_p = 0.3;

bool probe_candidate_first(size_t index)
{
    return index % 2 == 1;
}

struct probe_policy probe_policy_default(void)
{
    return (struct probe_policy){.slower_ratio = 1.10};
}

bool probe_should_stop(const struct probe_pair *pairs, size_t count)
{
    size_t in_a_row = 0;
    while (in_a_row < count && pairs[count - 1 - in_a_row].candidate_failed &&
           !pairs[count - 1 - in_a_row].baseline_failed)
        in_a_row++;
    return in_a_row >= PROBE_STOP_AFTER;
}

static double half_of_budget(void)
{
    return alpha_budget.probes / 2;
}

static void set_missing(struct finding *f)
{
    f->missing = f->n < PROBE_LEAST_PAIRS ? PROBE_LEAST_PAIRS - f->n : 0;
    f->missing_minutes = -1;
}

static void judge_failures(const struct probe_pair *pairs, size_t count, bool stopped,
                           const char *baseline, const char *candidate, struct finding *out)
{
    *out = (struct finding){.kind = FINDING_PROBE_ERRORS, .n = count, .baseline_n = count};
    uint64_t only_candidate = 0;
    uint64_t only_baseline = 0;
    for (size_t i = 0; i < count; i++) {
        out->failures += pairs[i].candidate_failed;
        out->baseline_failures += pairs[i].baseline_failed;
        only_candidate += pairs[i].candidate_failed && !pairs[i].baseline_failed;
        only_baseline += pairs[i].baseline_failed && !pairs[i].candidate_failed;
    }
    out->value = count ? (double)out->failures / (double)count : 0;
    out->baseline = count ? (double)out->baseline_failures / (double)count : 0;
    out->around = binomial_wilson(out->failures, count, z_95);
    out->evidence = binomial_at_least(only_candidate, only_candidate + only_baseline, 0.5);
    out->evidence_limit = half_of_budget();
    if (stopped || out->evidence <= out->evidence_limit)
        out->outcome = OUTCOME_FAIL;
    else if (count < PROBE_LEAST_PAIRS || out->evidence <= doubt_p)
        out->outcome = OUTCOME_INCONCLUSIVE;
    set_missing(out);
    char missing[100];
    finding_format_missing(out, missing, sizeof missing);
    finding_say(out,
                "probe errors: of %zu pairs %s alone failed %llu, %s alone %llu%s; p %.2g, "
                "fails to %.2g%s%s",
                count, candidate, (unsigned long long)only_candidate, baseline,
                (unsigned long long)only_baseline, stopped ? " (three in a row)" : "",
                out->evidence, out->evidence_limit,
                out->outcome == OUTCOME_INCONCLUSIVE ? "; " : "",
                out->outcome == OUTCOME_INCONCLUSIVE ? missing : "");
}

static void judge_times(const struct probe_policy *policy, const struct probe_pair *pairs,
                        size_t count, const char *baseline, const char *candidate,
                        struct finding *out)
{
    *out = (struct finding){.kind = FINDING_PROBE_LATENCY, .threshold = policy->slower_ratio};
    double differences[PROBE_MAX_PAIRS];
    for (size_t i = 0; i < count && out->n < PROBE_MAX_PAIRS; i++) {
        const struct probe_pair *pair = &pairs[i];
        if (pair->baseline_failed || pair->candidate_failed || !(pair->baseline_ms > 0) ||
            !(pair->candidate_ms > 0))
            continue;
        differences[out->n++] = log(pair->candidate_ms / pair->baseline_ms);
        out->value += log(pair->candidate_ms);
        out->baseline += log(pair->baseline_ms);
    }
    out->looked_at = out->n;
    if (out->n) {
        struct signed_rank test = signed_rank_test(differences, out->n, level_95);
        out->evidence = test.p;
        out->ratio = exp(test.centre);
        out->around = (struct interval){exp(test.around.low), exp(test.around.high)};
        out->value = exp(out->value / (double)out->n);
        out->baseline = exp(out->baseline / (double)out->n);
    }
    out->evidence_limit = half_of_budget();
    if (out->n < PROBE_LEAST_PAIRS)
        out->outcome = OUTCOME_INCONCLUSIVE;
    else if (out->ratio >= policy->slower_ratio)
        out->outcome = out->evidence <= out->evidence_limit ? OUTCOME_FAIL : OUTCOME_INCONCLUSIVE;
    set_missing(out);
    char missing[100];
    finding_format_missing(out, missing, sizeof missing);
    finding_say(out,
                "probe latency: %s takes %.3g times that of %s (%.3g and %.3g ms, %llu pairs), "
                "slower counts from %.3g; p %.2g, fails to %.2g%s%s",
                candidate, out->ratio, baseline, out->value, out->baseline,
                (unsigned long long)out->n, out->threshold, out->evidence, out->evidence_limit,
                out->outcome == OUTCOME_INCONCLUSIVE ? "; " : "",
                out->outcome == OUTCOME_INCONCLUSIVE ? missing : "");
}

static void judge_answers(const struct probe_policy *policy, const struct probe_pair *pairs,
                          size_t count, const char *baseline, const char *candidate,
                          struct finding *out)
{
    *out = (struct finding){.kind = FINDING_PROBE_ANSWERS, .threshold = policy->least_agreement};
    for (size_t i = 0; i < count; i++) {
        out->n += pairs[i].answer != PROBE_NOT_COMPARED;
        out->failures += pairs[i].answer == PROBE_DIFFERS;
    }
    out->baseline_n = out->n;
    uint64_t agreed = out->n - out->failures;
    out->value = out->n ? (double)agreed / (double)out->n : 0;
    out->baseline = 1;
    out->around = binomial_wilson(agreed, out->n, z_95);
    if (policy->least_agreement <= 0)
        out->outcome = OUTCOME_NOT_JUDGED;
    else if (out->around.high < policy->least_agreement)
        out->outcome = OUTCOME_FAIL;
    else if (out->around.low < policy->least_agreement)
        out->outcome = OUTCOME_INCONCLUSIVE;
    set_missing(out);
    char asked[60] = "no share is asked for";
    if (policy->least_agreement > 0)
        snprintf(asked, sizeof asked, "%.3g %% asked for", policy->least_agreement * 100);
    finding_say(out,
                "probe answers: %s and %s agree in %llu of %llu (%.3g %%, 95 %% between %.3g "
                "and %.3g); %s",
                candidate, baseline, (unsigned long long)agreed, (unsigned long long)out->n,
                out->value * 100, out->around.low * 100, out->around.high * 100, asked);
}

void probe_judge(const struct probe_policy *policy, const char *baseline, const char *candidate,
                 const struct probe_pair *pairs, size_t count, struct verdict *out)
{
    *out = (struct verdict){.count = 3};
    name_copy(out->baseline, baseline);
    name_copy(out->candidate, candidate);
    bool stopped = probe_should_stop(pairs, count);
    /* A candidate that fails three times from the first on is down, not cold. */
    size_t skipped = count > PROBE_DISCARDED ? PROBE_DISCARDED : count;
    pairs += skipped;
    count -= skipped;
    judge_failures(pairs, count, stopped, baseline, candidate, &out->findings[0]);
    judge_times(policy, pairs, count, baseline, candidate, &out->findings[1]);
    judge_answers(policy, pairs, count, baseline, candidate, &out->findings[2]);
    verdict_conclude(out);
}
