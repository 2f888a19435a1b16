#include "core/rollout/finding.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static const char *const outcome_names[] = {
    [OUTCOME_PASS] = "PASS",
    [OUTCOME_NOT_JUDGED] = "NOT JUDGED",
    [OUTCOME_INCONCLUSIVE] = "INCONCLUSIVE",
    [OUTCOME_FAIL] = "FAIL",
};

static const struct {
    const char *key;
    enum finding_unit unit;
    const char *test;
    const char *formula;
} kinds[FINDING_KINDS] = {
    [FINDING_SOURCE] = {"source", UNIT_MINUTES, "age of the data",
                        "now - end of the last whole minute with data; too old is no data"},
    [FINDING_ERROR_LIMIT] =
        {"error_limit", UNIT_SHARE, "binomial odds against the limit, any look",
         "B(x+1/2, n-x+1/2) / B(1/2, 1/2) / (limit^x (1-limit)^(n-x)) >= 1/alpha fails, from 3 "
         "failures on; passes from the smallest n with P(X <= x | limit) <= 0.05"},
    [FINDING_ERROR_RATIO] =
        {"error_ratio", UNIT_SHARE, "sequential likelihood ratio of who fails",
         "each minute, t = candidate's share of the requests, s = ln(t R + 1 - t): each error of "
         "the candidate adds ln R - s, each of the baseline -s; over all steps and, with a part of "
         "the stake, from each later step on; odds >= 1/alpha fail"},
    [FINDING_P50] = {"latency_p50", UNIT_MILLISECONDS, "paired Wilcoxon signed-rank, exact",
                     "d = ln(candidate / baseline) of the same minute; one-sided p at a few fixed "
                     "numbers of pairs, weakened where neighbouring minutes resemble each other; "
                     "fails where p <= alpha of that look and exp(median of all "
                     "pair means of d) >= the threshold"},
    [FINDING_P95] = {"latency_p95", UNIT_MILLISECONDS, "paired Wilcoxon signed-rank, exact",
                     "as latency P50, of the minutes' 95th percentiles"},
    [FINDING_PROBE_ERRORS] =
        {"probe_errors", UNIT_SHARE, "McNemar's exact test on unequal pairs",
         "of the pairs in which just one failed: P(X >= candidate's | 1/2); p <= alpha fails"},
    [FINDING_PROBE_LATENCY] =
        {"probe_latency", UNIT_MILLISECONDS, "paired Wilcoxon signed-rank, exact",
         "d = ln(candidate / baseline) of the same pair, sent in ABBA order; one-sided p at the "
         "end; fails where p <= alpha and exp(median of all pair means of d) >= the threshold"},
    [FINDING_PROBE_ANSWERS] =
        {"probe_answers", UNIT_SHARE, "agreement with Wilson's interval",
         "pairs with equal answers / pairs answered; fails where the interval's upper end is under "
         "the threshold, passes where its lower end is not"},
};

const char *outcome_name(enum outcome outcome)
{
    return outcome_names[outcome];
}

const char *finding_key(enum finding_kind kind)
{
    return kinds[kind].key;
}

const char *finding_test(enum finding_kind kind)
{
    return kinds[kind].test;
}

const char *finding_formula(enum finding_kind kind)
{
    return kinds[kind].formula;
}

enum finding_unit finding_unit(enum finding_kind kind)
{
    return kinds[kind].unit;
}

void finding_say(struct finding *finding, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(finding->sentence, sizeof finding->sentence, format, args);
    va_end(args);
}

double finding_odds(double log_odds)
{
    return fmin(exp(log_odds), 1e9);
}

void finding_format_missing(const struct finding *finding, char *out, size_t size)
{
    const char *what = finding->kind == FINDING_ERROR_LIMIT || finding->kind == FINDING_ERROR_RATIO
                           ? "request"
                           : "pair";
    if (finding->missing == 0) {
        snprintf(out, size, "more %ss are needed", what);
        return;
    }
    char when[40] = "at no known rate";
    if (finding->missing_minutes >= 600)
        snprintf(when, sizeof when, "about %.0f h", ceil(finding->missing_minutes / 60));
    else if (finding->missing_minutes >= 0)
        snprintf(when, sizeof when, "about %.0f min", ceil(finding->missing_minutes));
    snprintf(out, size, "%llu more %s needed, %s", (unsigned long long)finding->missing,
             finding->missing == 1 ? "is" : "are", when);
}

static void set_number(struct json *object, const char *key, double number)
{
    json_set(object, key, isfinite(number) ? json_number(number) : json_null());
}

static const char *unit_name(enum finding_unit unit)
{
    static const char *const names[] = {
        [UNIT_SHARE] = "share", [UNIT_MILLISECONDS] = "ms", [UNIT_MINUTES] = "minutes"};
    return names[unit];
}

struct json *finding_json(const struct finding *finding)
{
    struct json *object = json_object();
    json_set_text(object, "metric", finding_key(finding->kind));
    json_set_text(object, "outcome", outcome_name(finding->outcome));
    json_set_text(object, "sentence", finding->sentence);
    json_set_text(object, "unit", unit_name(finding_unit(finding->kind)));
    set_number(object, "value", finding->value);
    set_number(object, "baseline", finding->baseline);
    set_number(object, "threshold", finding->threshold);
    set_number(object, "ratio", finding->ratio);
    set_number(object, "low", finding->around.low);
    set_number(object, "high", finding->around.high);
    set_number(object, "n", (double)finding->n);
    set_number(object, "failures", (double)finding->failures);
    set_number(object, "baseline_n", (double)finding->baseline_n);
    set_number(object, "baseline_failures", (double)finding->baseline_failures);
    set_number(object, "evidence", finding->evidence);
    set_number(object, "evidence_limit", finding->evidence_limit);
    set_number(object, "looked_at", (double)finding->looked_at);
    set_number(object, "missing", (double)finding->missing);
    if (finding->missing_minutes < 0)
        json_set(object, "missing_minutes", json_null());
    else
        set_number(object, "missing_minutes", finding->missing_minutes);
    json_set_text(object, "test", finding_test(finding->kind));
    json_set_text(object, "formula", finding_formula(finding->kind));
    return object;
}
