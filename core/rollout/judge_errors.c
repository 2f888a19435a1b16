#include "core/rollout/judge_metric.h"

#include "core/rollout/rate_guard.h"
#include "core/rollout/spending.h"

#include <math.h>
#include <stdio.h>

/* The level of what a PASS claims, "under the limit". */
static const double pass_alpha = 0.05;
/* Intervals are for 95 %, two-sided. */
static const double z_95 = 1.959964;
static const double tail_95 = 0.025;
struct counts {
    uint64_t baseline;
    uint64_t baseline_errors;
    uint64_t candidate;
    uint64_t candidate_errors;
    size_t minutes; /* since the candidate's first request */
};

static uint64_t errors_of(const struct evidence_side *side)
{
    return side->errors < side->requests ? side->errors : side->requests;
}

static struct counts count_step(const struct evidence_step *step, bool warming_too)
{
    struct counts counts = {.minutes = 0};
    for (size_t i = 0; i < step->count; i++) {
        const struct evidence_minute *minute = &step->minutes[i];
        if (minute->warming && !warming_too)
            continue;
        counts.baseline += minute->baseline.requests;
        counts.baseline_errors += errors_of(&minute->baseline);
        counts.candidate += minute->candidate.requests;
        counts.candidate_errors += errors_of(&minute->candidate);
        counts.minutes += counts.candidate > 0;
    }
    return counts;
}

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

static unsigned long long shown(uint64_t count)
{
    return count;
}

/* `more` requests of the candidate are missing, at the rate of this step. */
static void set_missing(struct finding *finding, uint64_t more, const struct counts *counts)
{
    finding->missing = more;
    finding->missing_minutes = -1;
    if (counts->candidate)
        finding->missing_minutes =
            (double)more * (double)counts->minutes / (double)counts->candidate;
}

static void say_limit(struct finding *f, const struct judge_input *input)
{
    char failed[120];
    snprintf(failed, sizeof failed, "errors: %s failed %llu of %llu requests (%.3g %%)",
             input->candidate, shown(f->failures), shown(f->n), f->value * 100);
    char missing[100];
    finding_format_missing(f, missing, sizeof missing);
    double limit = f->threshold * 100;
    double most = binomial_upper(f->failures, f->n, pass_alpha) * 100;
    if (f->outcome == OUTCOME_FAIL)
        finding_say(f, "%s, limit %.3g %%; odds %.3g to 1 that it is above, fails at %.3g", failed,
                    limit, f->evidence, f->evidence_limit);
    else if (f->outcome == OUTCOME_INCONCLUSIVE)
        finding_say(f, "%s, too few to show less than %.3g %%; %s", failed, limit, missing);
    else if (most <= limit)
        finding_say(f, "%s: at most %.3g %% with 95 %% confidence, limit %.3g %%", failed, most,
                    limit);
    else
        finding_say(f, "%s: not shown to be above %.3g %%, and no worse than %s", failed, limit,
                    input->baseline);
}

void judge_error_limit(const struct judge_policy *policy, const struct judge_input *input,
                       bool no_worse, struct finding *out)
{
    const struct evidence_step *step = judge_last_step(input);
    struct counts armed = count_step(step, true);
    struct counts warm = count_step(step, false);
    double alpha = spending_step(alpha_budget.limit, input->step_count - 1, policy->planned_steps);
    double log_odds =
        rate_guard_log_odds(armed.candidate_errors, armed.candidate, policy->error_limit);
    bool broken = armed.candidate_errors >= RATE_GUARD_LEAST_FAILURES && log_odds >= -log(alpha);
    /* What breaks the limit is told with the minutes of warm-up, what passes without. */
    const struct counts *counts = broken ? &armed : &warm;
    *out = (struct finding){
        .kind = FINDING_ERROR_LIMIT,
        .value = share(counts->candidate_errors, counts->candidate),
        .baseline = share(counts->baseline_errors, counts->baseline),
        .threshold = policy->error_limit,
        .around = {binomial_lower(counts->candidate_errors, counts->candidate, tail_95),
                   binomial_upper(counts->candidate_errors, counts->candidate, tail_95)},
        .n = counts->candidate,
        .failures = counts->candidate_errors,
        .baseline_n = counts->baseline,
        .baseline_failures = counts->baseline_errors,
        .evidence = finding_odds(log_odds),
        .evidence_limit = 1 / alpha,
    };
    uint64_t least = binomial_requests_needed(0, policy->error_limit, pass_alpha);
    uint64_t needed = binomial_requests_needed(out->failures, policy->error_limit, pass_alpha);
    if (broken) {
        out->outcome = OUTCOME_FAIL;
    } else if (out->n >= needed || (out->n >= least && no_worse)) {
        out->outcome = OUTCOME_PASS;
    } else {
        out->outcome = OUTCOME_INCONCLUSIVE;
        uint64_t wanted = needed;
        /* At a share above the limit no count would ever show that it is under. */
        if (no_worse || out->value >= policy->error_limit)
            wanted = least;
        set_missing(out, wanted > out->n ? wanted - out->n : 0, &warm);
    }
    say_limit(out, input);
}

static void add_step(struct error_test *test, const struct evidence_step *step)
{
    error_test_begin_step(test);
    for (size_t i = 0; i < step->count; i++) {
        const struct evidence_minute *minute = &step->minutes[i];
        if (!minute->warming)
            error_test_add(test, minute->candidate.requests, minute->candidate.errors,
                           minute->baseline.requests, minute->baseline.errors);
    }
}

static void say_ratio(struct finding *f, const struct judge_input *input, double factor)
{
    char rates[160];
    snprintf(rates, sizeof rates, "%s %llu of %llu (%.3g %%), %s %llu of %llu (%.3g %%)",
             input->candidate, shown(f->failures), shown(f->n), f->value * 100, input->baseline,
             shown(f->baseline_failures), shown(f->baseline_n), f->baseline * 100);
    char missing[100];
    finding_format_missing(f, missing, sizeof missing);
    switch (f->outcome) {
    case OUTCOME_NOT_JUDGED:
        finding_say(f, "errors beside %s: not judged, it takes no requests", input->baseline);
        break;
    case OUTCOME_INCONCLUSIVE:
        if (f->n == 0 || f->baseline_n == 0) {
            finding_say(f, "errors: %s: nothing to compare; %s", rates, missing);
            break;
        }
        finding_say(f,
                    "errors: %s; odds so far %.3g to 1 for %.3g times as often leave a doubt; %s",
                    rates, f->evidence, factor, missing);
        break;
    case OUTCOME_PASS:
    case OUTCOME_FAIL:
        finding_say(f, "errors: %s; odds so far %.3g to 1 for %.3g times as often, fails at %.3g",
                    rates, f->evidence, factor, f->evidence_limit);
        break;
    }
}

/* Requests after which the common rate of both could be told from `factor` times it. */
static uint64_t forecast(const struct finding *f, double factor)
{
    double split = share(f->n, f->n + f->baseline_n);
    double base = share(f->failures + f->baseline_failures, f->n + f->baseline_n);
    if (split <= 0 || split >= 1 || base <= 0 || base * factor >= 1)
        return 0;
    uint64_t needed = binomial_requests_to_tell(base, factor, split);
    return needed > f->n && needed < UINT64_MAX ? needed - f->n : 0;
}

bool judge_error_ratio(const struct judge_policy *policy, const struct judge_input *input,
                       struct finding *out)
{
    struct error_test test;
    error_test_init(&test, policy->worse_factor, policy->planned_steps);
    for (size_t i = 0; i < input->step_count; i++)
        add_step(&test, &input->steps[i]);
    double log_odds = error_test_log_odds(&test);
    struct counts counts = count_step(judge_last_step(input), false);
    *out = (struct finding){
        .kind = FINDING_ERROR_RATIO,
        .value = share(counts.candidate_errors, counts.candidate),
        .baseline = share(counts.baseline_errors, counts.baseline),
        .n = counts.candidate,
        .failures = counts.candidate_errors,
        .baseline_n = counts.baseline,
        .baseline_failures = counts.baseline_errors,
        .around = binomial_difference(counts.candidate_errors, counts.candidate,
                                      counts.baseline_errors, counts.baseline, z_95),
        .evidence = finding_odds(log_odds),
        .evidence_limit = 1 / alpha_budget.errors,
    };
    out->threshold = fmin(1, out->baseline * policy->worse_factor);
    if (log_odds >= -log(alpha_budget.errors)) {
        out->outcome = OUTCOME_FAIL;
    } else if (!input->baseline_serves) {
        out->outcome = OUTCOME_NOT_JUDGED;
    } else if (out->n == 0 || out->baseline_n == 0) {
        out->outcome = OUTCOME_INCONCLUSIVE;
        out->missing_minutes = -1;
    } else if (out->evidence >= policy->doubt_odds) {
        out->outcome = OUTCOME_INCONCLUSIVE;
        set_missing(out, forecast(out, policy->worse_factor), &counts);
    } else {
        out->outcome = OUTCOME_PASS;
    }
    say_ratio(out, input, policy->worse_factor);
    /* A doubt of this step takes "no worse" back; a step without the baseline inherits it. */
    return error_test_no_worse(&test) && out->outcome <= OUTCOME_NOT_JUDGED;
}
