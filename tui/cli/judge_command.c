/* judge: a verdict on one deployment beside another, now. Reads only. */
#include "core/azure/metrics.h"
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/rollout/verdict.h"
#include "tui/cli/command.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { EXIT_FAIL_VERDICT = 6, EXIT_INCONCLUSIVE = 7, DEFAULT_MINUTES = 30, MAX_TEXT = 16 * 1024 };

/* --- reading ---------------------------------------------------------------------------------- */

struct metrics_answer {
    bool done;
    struct error error;
    struct metrics metrics;
};

static void take_metrics(void *context, const struct error *error, struct metrics *metrics)
{
    struct metrics_answer *answer = context;
    answer->done = true;
    if (error)
        answer->error = *error;
    answer->metrics = *metrics;
    *metrics = (struct metrics){.count = 0};
}

/* False only when interrupted; what went wrong with the metrics is in the answer. */
static bool read_metrics(struct session *session, const char *endpoint, int minutes,
                         struct metrics_answer *answer, struct error *error)
{
    azure_id id = azure_metrics_get(session->azure, endpoint, minutes, take_metrics, answer);
    bool ok = net_run_until(session->net, &answer->done, error);
    if (!answer->done)
        azure_cancel(session->azure, id);
    return ok;
}

static int live_percent(const struct json *endpoint, const char *deployment)
{
    const struct json *traffic = json_at(endpoint, "properties.traffic");
    for (const struct json *at = json_first(traffic); at; at = json_next(at))
        if (strcasecmp(json_key(at), deployment) == 0)
            return (int)json_int(at, 0);
    return 0;
}

/* --- judging ---------------------------------------------------------------------------------- */

struct question {
    const char *endpoint;
    const char *baseline;
    const char *candidate;
    int minutes;
    struct judge_policy policy;
};

static bool read_percent(const struct options *options, double *out, struct error *error)
{
    const char *text = option_value(options, OPTION_ERROR_LIMIT);
    char *end;
    if (!text)
        return true;
    double percent = strtod(text, &end);
    if (*end == '%')
        end++;
    if (end == text || *end || !(percent > 0 && percent < 100)) {
        error_set(error, ERROR_USAGE, "--error-limit '%.40s' is no share between 0 and 100 %%",
                  text);
        return error_hint(error, "Write a percentage, as in --error-limit 0.5.");
    }
    *out = percent / 100;
    return true;
}

static bool read_question(const struct session *session, struct question *out, struct error *error)
{
    const struct options *options = &session->options;
    long minutes;
    *out = (struct question){
        .endpoint = option_value(options, OPTION_NAME),
        .baseline = option_value(options, OPTION_BASELINE),
        .candidate = option_value(options, OPTION_CANDIDATE),
        .policy = judge_policy_default(),
    };
    if (!options_integer(options, OPTION_MINUTES, 1, EVIDENCE_MAX_MINUTES, DEFAULT_MINUTES,
                         &minutes, error) ||
        !read_percent(options, &out->policy.error_limit, error))
        return false;
    out->minutes = (int)minutes;
    if (strcasecmp(out->baseline, out->candidate) != 0)
        return true;
    error_set(error, ERROR_USAGE, "baseline and candidate are both '%s'", out->candidate);
    return error_hint(error, "Name two deployments, as in --baseline blue --candidate green.");
}

static void judge_metrics(const struct question *question, const struct metrics *metrics,
                          bool baseline_serves, struct verdict *out)
{
    int64_t now = clock_wall_ms();
    int64_t from = now - ((int64_t)question->minutes + 1) * EVIDENCE_MINUTE_MS;
    struct evidence_minute *minutes = mem_alloc_array((size_t)question->minutes, sizeof *minutes);
    struct evidence_step step = {
        .minutes = minutes,
        .count = evidence_collect(metrics, question->baseline, question->candidate, from, now,
                                  minutes, (size_t)question->minutes),
    };
    struct judge_input input = {
        .baseline = question->baseline,
        .candidate = question->candidate,
        .steps = &step,
        .step_count = 1,
        .baseline_serves = baseline_serves,
        .now_wall_ms = now,
    };
    verdict_judge(&question->policy, &input, out);
    free(minutes);
}

static void withhold(const struct question *question, struct verdict *out, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void withhold(const struct question *question, struct verdict *out, const char *format, ...)
{
    struct strbuf why;
    va_list args;
    strbuf_init(&why, sizeof out->sentence);
    va_start(args, format);
    strbuf_vprintf(&why, format, args);
    va_end(args);
    verdict_withhold(question->baseline, question->candidate, why.text, out);
    strbuf_release(&why);
}

static bool judge_with(struct session *session, const struct question *question,
                       const struct json *endpoint, const struct json *candidate,
                       struct verdict *out, struct error *error)
{
    const char *state = json_text_at(candidate, "properties.provisioningState", "unknown");
    if (strcasecmp(state, "Succeeded") != 0) {
        withhold(question, out, "%s is %s: not judged until it has succeeded", question->candidate,
                 state);
        return true;
    }
    struct metrics_answer answer = {.done = false};
    bool ok = read_metrics(session, question->endpoint, question->minutes + 1, &answer, error);
    if (ok && answer.error.kind != ERROR_NONE && answer.metrics.count == 0) {
        withhold(question, out, "the metrics cannot be read: %s", answer.error.message);
    } else if (ok) {
        if (answer.error.kind != ERROR_NONE)
            session_warn(session, "not all metrics could be read: %s", answer.error.message);
        bool baseline_serves = live_percent(endpoint, question->baseline) > 0;
        judge_metrics(question, &answer.metrics, baseline_serves, out);
    }
    metrics_release(&answer.metrics);
    return ok;
}

/* --- printing --------------------------------------------------------------------------------- */

static void explain_numbers(struct strbuf *text, const struct finding *f)
{
    bool shares = finding_unit(f->kind) == UNIT_SHARE;
    double scale = shares ? 100 : 1;
    const char *unit = shares ? "%" : "ms";
    strbuf_printf(text, "      value %.4g %s, baseline %.4g %s, threshold %.4g %s\n",
                  f->value * scale, unit, f->baseline * scale, unit,
                  f->threshold * (shares ? 100 : 1), shares ? unit : "times the baseline");
    strbuf_printf(text, "      n %llu", (unsigned long long)f->n);
    if (shares)
        strbuf_printf(text, ", failures %llu; baseline n %llu, failures %llu",
                      (unsigned long long)f->failures, (unsigned long long)f->baseline_n,
                      (unsigned long long)f->baseline_failures);
    else
        strbuf_printf(text, " pairs of minutes, ratio %.4g", f->ratio);
    if (isfinite(f->around.low) && isfinite(f->around.high))
        strbuf_printf(text, "; 95 %% interval %.4g to %.4g%s%s", f->around.low * scale,
                      f->around.high * scale, shares ? " %" : "",
                      f->kind == FINDING_ERROR_RATIO ? " (difference)" : "");
    if (f->evidence_limit <= 0)
        strbuf_puts(text, "\n      evidence: none looked at yet\n");
    else if (shares)
        strbuf_printf(text, "\n      evidence: odds %.4g to 1 for worse, fails from %.4g on\n",
                      f->evidence, f->evidence_limit);
    else
        strbuf_printf(text, "\n      evidence: p %.3g at %llu pairs, fails up to %.3g\n",
                      f->evidence, (unsigned long long)f->looked_at, f->evidence_limit);
}

static void explain(struct strbuf *text, const struct finding *f)
{
    if (f->kind != FINDING_SOURCE && f->outcome != OUTCOME_NOT_JUDGED)
        explain_numbers(text, f);
    strbuf_printf(text, "      test: %s\n      formula: %s\n", finding_test(f->kind),
                  finding_formula(f->kind));
}

static bool print_sentences(const struct verdict *verdict, bool explained, struct error *error)
{
    struct strbuf text;
    strbuf_init(&text, MAX_TEXT);
    strbuf_printf(&text, "%s\n", verdict->sentence);
    for (size_t i = 0; i < verdict->count; i++) {
        const struct finding *finding = &verdict->findings[i];
        strbuf_printf(&text, "  %-12s  %s\n", outcome_name(finding->outcome), finding->sentence);
        if (explained)
            explain(&text, finding);
    }
    if (explained && verdict->to_wall_ms) {
        char from[CLOCK_ISO_SIZE];
        char to[CLOCK_ISO_SIZE];
        clock_format_utc(from, verdict->from_wall_ms);
        clock_format_utc(to, verdict->to_wall_ms);
        strbuf_printf(&text, "window: %s to %s, whole minutes only\n", from, to);
    }
    bool ok = print_text(text.text, text.len, error);
    strbuf_release(&text);
    return ok;
}

static bool print_verdict(struct session *session, const struct verdict *verdict,
                          struct error *error)
{
    if (!option_given(&session->options, OPTION_OUTPUT) && !session->query)
        return print_sentences(verdict, option_given(&session->options, OPTION_EXPLAIN), error);
    struct json *object = verdict_json(verdict);
    bool ok = session_print(session, object, error);
    json_free(object);
    return ok;
}

bool run_judge(struct session *session, struct error *error)
{
    struct question question;
    struct json *endpoint = NULL;
    struct json *baseline = NULL;
    struct json *candidate = NULL;
    struct verdict verdict = {.outcome = OUTCOME_INCONCLUSIVE};
    bool ok = read_question(session, &question, error) && session_connect(session, true, error);
    if (ok)
        endpoint = session_endpoint(session, question.endpoint, error);
    if (endpoint)
        baseline = session_deployment(session, question.endpoint, question.baseline, error);
    if (baseline)
        candidate = session_deployment(session, question.endpoint, question.candidate, error);
    ok = candidate && judge_with(session, &question, endpoint, candidate, &verdict, error) &&
         print_verdict(session, &verdict, error);
    if (verdict.outcome == OUTCOME_FAIL)
        session->status = EXIT_FAIL_VERDICT;
    else if (verdict.outcome != OUTCOME_PASS)
        session->status = EXIT_INCONCLUSIVE;
    json_free(endpoint);
    json_free(baseline);
    json_free(candidate);
    return ok;
}
