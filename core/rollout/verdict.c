#include "core/rollout/verdict.h"

#include "core/base/clock.h"
#include "core/rollout/judge_metric.h"

#include <stdio.h>

struct judge_policy judge_policy_default(void)
{
    return (struct judge_policy){
        .error_limit = 0.01,
        .worse_factor = 3,
        .doubt_odds = 3,
        .p50_ratio = 1.10,
        .p95_ratio = 1.20,
        .least_pairs = 12,
        .least_minute_requests = 5,
        .stale_ms = 5 * (int64_t)EVIDENCE_MINUTE_MS,
        .compare_errors = true,
        .compare_latency = true,
        .planned_steps = 1,
    };
}

const struct evidence_step *judge_last_step(const struct judge_input *input)
{
    return &input->steps[input->step_count - 1];
}

static struct finding *next_finding(struct verdict *verdict)
{
    return &verdict->findings[verdict->count++];
}

/* True when there is data young enough to be judged; else the finding that says why not. */
static bool judge_source(const struct judge_policy *policy, const struct judge_input *input,
                         struct verdict *out)
{
    struct finding source = {.kind = FINDING_SOURCE,
                             .outcome = OUTCOME_INCONCLUSIVE,
                             .threshold = (double)policy->stale_ms / (double)EVIDENCE_MINUTE_MS,
                             .missing_minutes = -1};
    const struct evidence_step *step = input->step_count ? judge_last_step(input) : NULL;
    if (!step || step->count == 0) {
        finding_say(&source, "no metrics of %s and %s yet: nothing to judge", input->candidate,
                    input->baseline);
    } else {
        out->from_wall_ms = step->minutes[0].start_wall_ms;
        out->to_wall_ms = step->minutes[step->count - 1].start_wall_ms + EVIDENCE_MINUTE_MS;
        int64_t age = input->now_wall_ms - out->to_wall_ms;
        if (age <= policy->stale_ms)
            return true;
        source.value = (double)age / (double)EVIDENCE_MINUTE_MS;
        finding_say(&source, "metrics end %.0f min ago, more than %.0f: too old to judge by",
                    source.value, source.threshold);
    }
    *next_finding(out) = source;
    return false;
}

void verdict_judge(const struct judge_policy *policy, const struct judge_input *input,
                   struct verdict *out)
{
    *out = (struct verdict){.outcome = OUTCOME_INCONCLUSIVE};
    name_copy(out->baseline, input->baseline);
    name_copy(out->candidate, input->candidate);
    if (judge_source(policy, input, out)) {
        struct finding *limit = next_finding(out);
        bool no_worse = false;
        if (policy->compare_errors)
            no_worse = judge_error_ratio(policy, input, next_finding(out));
        judge_error_limit(policy, input, no_worse, limit);
        if (policy->compare_latency) {
            judge_latency(policy, input, FINDING_P50, next_finding(out));
            judge_latency(policy, input, FINDING_P95, next_finding(out));
        }
    }
    verdict_conclude(out);
}

void verdict_withhold(const char *baseline, const char *candidate, const char *why,
                      struct verdict *out)
{
    *out = (struct verdict){.outcome = OUTCOME_INCONCLUSIVE};
    name_copy(out->baseline, baseline);
    name_copy(out->candidate, candidate);
    struct finding *source = next_finding(out);
    *source = (struct finding){
        .kind = FINDING_SOURCE, .outcome = OUTCOME_INCONCLUSIVE, .missing_minutes = -1};
    finding_say(source, "%s", why);
    verdict_conclude(out);
}

void verdict_conclude(struct verdict *verdict)
{
    const struct finding *worst = NULL;
    for (size_t i = 0; i < verdict->count; i++) {
        const struct finding *finding = &verdict->findings[i];
        if (finding->outcome == OUTCOME_NOT_JUDGED)
            continue;
        if (!worst || finding->outcome > worst->outcome)
            worst = finding;
    }
    verdict->outcome = worst ? worst->outcome : OUTCOME_INCONCLUSIVE;
    if (!worst)
        snprintf(verdict->sentence, sizeof verdict->sentence, "INCONCLUSIVE: nothing was judged");
    else if (worst->outcome == OUTCOME_PASS)
        snprintf(verdict->sentence, sizeof verdict->sentence,
                 "PASS: %s is no worse than %s in all that was judged", verdict->candidate,
                 verdict->baseline);
    else
        snprintf(verdict->sentence, sizeof verdict->sentence, "%s: %s",
                 outcome_name(worst->outcome), worst->sentence);
}

struct json *verdict_json(const struct verdict *verdict)
{
    struct json *object = json_object();
    json_set_text(object, "schema", "cutover.verdict/1");
    json_set_text(object, "outcome", outcome_name(verdict->outcome));
    json_set_text(object, "sentence", verdict->sentence);
    json_set_text(object, "baseline", verdict->baseline);
    json_set_text(object, "candidate", verdict->candidate);
    char time[CLOCK_ISO_SIZE];
    clock_format_utc(time, verdict->from_wall_ms);
    json_set_text(object, "from", verdict->to_wall_ms ? time : NULL);
    clock_format_utc(time, verdict->to_wall_ms);
    json_set_text(object, "to", verdict->to_wall_ms ? time : NULL);
    struct json *findings = json_set(object, "findings", json_array());
    for (size_t i = 0; i < verdict->count; i++)
        json_append(findings, finding_json(&verdict->findings[i]));
    return object;
}
