/*
 * How often the judge is wrong, by simulation: whole rollouts of equal deployments for its false
 * alarms, worse candidates for its detection. Seeded, so that a run can be repeated.
 *
 *   judge_sim [--runs N] [--seed N]
 *
 * Ends with 1 when a rate that the project promises is not held.
 */
#include "core/rollout/error_test.h"
#include "core/rollout/probe.h"
#include "core/rollout/spending.h"
#include "core/rollout/verdict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_STEPS = 8, MAX_BAKE = 240 };

static const int64_t minute_ms = 60000;

/* --- chance --------------------------------------------------------------------------------- */

static uint64_t seed_state;

static uint64_t next_bits(void)
{
    /* splitmix64 */
    uint64_t z = (seed_state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static double uniform(void)
{
    return ((double)(next_bits() >> 11) + 0.5) * 0x1p-53;
}

static double normal(void)
{
    return sqrt(-2 * log(uniform())) * cos(2 * acos(-1.0) * uniform());
}

/* Successes in n trials, by jumping from one to the next: fast where `share` is small. */
static uint64_t binomial(uint64_t n, double share)
{
    if (share <= 0)
        return 0;
    if (share > 0.5)
        return n - binomial(n, 1 - share);
    uint64_t count = 0;
    double at = 0;
    for (;;) {
        at += floor(log(uniform()) / log1p(-share)) + 1;
        if (at > (double)n)
            return count;
        count++;
    }
}

static uint64_t poisson(double mean)
{
    uint64_t n = (uint64_t)(mean * 20) + 1;
    return binomial(n, mean / (double)n);
}

/* --- rollouts --------------------------------------------------------------------------------- */

struct split {
    double candidate; /* share of the requests */
    bool mirrored;    /* copies: the baseline takes all of them too */
};

struct plan {
    const char *name;
    struct split steps[MAX_STEPS];
    size_t count;
    size_t bake; /* minutes a step */
};

static const struct plan careful = {
    "careful",
    {{.1, true},
     {.5, true},
     {.01, false},
     {.05, false},
     {.1, false},
     {.25, false},
     {.5, false},
     {1, false}},
    8,
    30,
};
static const struct plan standard = {
    "standard", {{.1, true}, {.1, false}, {.5, false}, {1, false}}, 4, 20};

struct world {
    double per_minute; /* requests of clients */
    double errors;     /* baseline's share */
    double factor;     /* candidate's errors / baseline's */
    double slower;     /* candidate's latency / baseline's */
    double noise;      /* sd of the logarithm of one minute's percentile, each side on its own */
    double carry;      /* correlation of that noise from one minute to the next */
    size_t bad_from;   /* step at which factor and slower set in */
};

struct drift {
    double own[4]; /* baseline's and candidate's P50, then P95 */
    double common;
};

static double carried(double *noise, double carry)
{
    *noise = carry * *noise + sqrt(1 - carry * carry) * normal();
    return *noise;
}

static struct evidence_minute play_minute(const struct world *world, const struct split *split,
                                          bool bad, struct drift *drift)
{
    struct evidence_minute minute = {.start_wall_ms = 0};
    uint64_t all = poisson(world->per_minute);
    minute.candidate.requests = binomial(all, split->candidate);
    minute.baseline.requests = split->mirrored ? all : all - minute.candidate.requests;
    minute.baseline.errors = binomial(minute.baseline.requests, world->errors);
    minute.candidate.errors =
        binomial(minute.candidate.requests, world->errors * (bad ? world->factor : 1));
    double slower = bad ? world->slower : 1;
    double base = exp(0.4 * carried(&drift->common, 0.8));
    minute.baseline.p50_ms = 20 * base * exp(world->noise * carried(&drift->own[0], world->carry));
    minute.candidate.p50_ms =
        20 * slower * base * exp(world->noise * carried(&drift->own[1], world->carry));
    minute.baseline.p95_ms = 60 * base * exp(world->noise * carried(&drift->own[2], world->carry));
    minute.candidate.p95_ms =
        60 * slower * base * exp(world->noise * carried(&drift->own[3], world->carry));
    return minute;
}

enum ending { PROMOTED, ABORTED, WAITING };

struct result {
    enum ending ending;
    size_t minutes;
    enum finding_kind by; /* of ABORTED */
};

struct record {
    struct evidence_minute minutes[MAX_STEPS][MAX_BAKE];
    struct evidence_step steps[MAX_STEPS];
};

static enum finding_kind failing(const struct verdict *verdict)
{
    for (size_t i = 0; i < verdict->count; i++)
        if (verdict->findings[i].outcome == OUTCOME_FAIL)
            return verdict->findings[i].kind;
    return FINDING_SOURCE;
}

/*
 * A rollout looked at in each minute. A step ends when its bake is over and the verdict is PASS;
 * `patience` minutes after that the rollout waits for a person, or goes on if `blind`: false
 * alarms are counted in all steps of each run then.
 */
static struct result play(const struct plan *plan, const struct world *world, size_t patience,
                          bool blind)
{
    static struct record record;
    struct judge_policy policy = judge_policy_default();
    policy.planned_steps = plan->count;
    struct drift drift = {.common = normal(), .own = {normal(), normal(), normal(), normal()}};
    struct result result = {.ending = PROMOTED};
    for (size_t s = 0; s < plan->count; s++) {
        record.steps[s] = (struct evidence_step){record.minutes[s], 0};
        struct verdict verdict = {.outcome = OUTCOME_INCONCLUSIVE};
        for (size_t m = 0; m < plan->bake || verdict.outcome != OUTCOME_PASS; m++) {
            if (m >= plan->bake + patience || m >= MAX_BAKE) {
                if (blind)
                    break;
                result.ending = WAITING;
                return result;
            }
            struct evidence_minute minute =
                play_minute(world, &plan->steps[s], s >= world->bad_from, &drift);
            minute.start_wall_ms = (int64_t)result.minutes++ * minute_ms;
            record.minutes[s][record.steps[s].count++] = minute;
            struct judge_input input = {
                .baseline = "blue",
                .candidate = "green",
                .steps = record.steps,
                .step_count = s + 1,
                .baseline_serves = plan->steps[s].candidate < 1,
                .now_wall_ms = (int64_t)result.minutes * minute_ms,
            };
            verdict_judge(&policy, &input, &verdict);
            if (verdict.outcome == OUTCOME_FAIL) {
                result.ending = ABORTED;
                result.by = failing(&verdict);
                return result;
            }
        }
    }
    return result;
}

/* --- what is printed -------------------------------------------------------------------------- */

static int broken;

static void claim(const char *what, double rate, bool held)
{
    printf("%-72s %6.2f %%%s\n", what, rate * 100, held ? "" : "  NOT HELD");
    broken += !held;
}

static void false_alarms(int runs)
{
    static const struct {
        const struct plan *plan;
        struct world world;
        bool claimed;
    } rows[] = {
        {&careful, {600, .01, 1, 1, .15, 0, 0}, true},
        {&careful, {600, .002, 1, 1, .30, 0, 0}, true},
        {&careful, {60, .009, 1, 1, .15, 0, 0}, true},
        {&standard, {600, .01, 1, 1, .15, 0, 0}, true},
        {&standard, {3000, .01, 1, 1, .05, 0, 0}, true},
        {&careful, {600, .005, 1, 1, .15, .5, 0}, false},
    };
    puts("false alarms: equal deployments, whole rollout, looked at every minute (at most 5 %)");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct world *w = &rows[i].world;
        int by[FINDING_KINDS] = {0};
        int alarms = 0;
        for (int run = 0; run < runs; run++) {
            struct result result = play(rows[i].plan, w, 0, true);
            alarms += result.ending == ABORTED;
            by[result.by] += result.ending == ABORTED;
        }
        char what[160];
        snprintf(what, sizeof what, "  %-8s %4.0f/min errors %.1f %% noise %.2f%s [%d %d %d %d]",
                 rows[i].plan->name, w->per_minute, w->errors * 100, w->noise,
                 w->carry > 0 ? " autocorrelated .5" : "", by[FINDING_ERROR_LIMIT],
                 by[FINDING_ERROR_RATIO], by[FINDING_P50], by[FINDING_P95]);
        double rate = (double)alarms / runs;
        claim(what, rate, rate <= .05 || !rows[i].claimed);
    }
}

/* Errors x3 until the test decides; `planned` 8, as in the longest plan. */
static void error_detection(int runs)
{
    static const double splits[] = {.01, .05, .10, .25, .50};
    puts("errors x3, run to decision (at least 90 %); errors needed on average");
    for (size_t i = 0; i < sizeof splits / sizeof splits[0]; i++) {
        int found[2] = {0};
        double errors[2] = {0};
        for (int worse = 0; worse < 2; worse++) {
            for (int run = 0; run < runs; run++) {
                struct error_test test;
                error_test_init(&test, 3, 8);
                error_test_begin_step(&test);
                bool failed = false;
                while (!failed && !error_test_no_worse(&test)) {
                    uint64_t all = poisson(600);
                    uint64_t candidate = binomial(all, splits[i]);
                    uint64_t bad = binomial(candidate, worse ? .03 : .01);
                    uint64_t base = binomial(all - candidate, .01);
                    errors[worse] += (double)(bad + base) / runs;
                    error_test_add(&test, candidate, bad, all - candidate, base);
                    failed = error_test_log_odds(&test) >= -log(alpha_budget.errors);
                }
                found[worse] += failed;
            }
        }
        char what[120];
        snprintf(what, sizeof what,
                 "  split %2.0f %%: %3.0f errors to decide; false alarms %.2f %%", splits[i] * 100,
                 errors[1], 100.0 * found[0] / runs);
        double rate = (double)found[1] / runs;
        claim(what, rate, rate >= .90);
    }
}

static void latency_detection(int runs)
{
    static const struct {
        double slower;
        double noise;
        bool claimed;
    } rows[] = {{1.2, .15, true},
                {1.5, .15, true},
                {1.1, .15, false},
                {1.2, .30, false},
                {1.5, .30, false}};
    puts("latency, one step of an eight-step plan, looked at every minute up to 30 pairs");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static const struct plan one = {"one", {{.1, false}}, 1, 30};
        int found = 0;
        double minutes = 0;
        for (int run = 0; run < runs; run++) {
            struct plan plan = one;
            plan.count = 8; /* the part of alpha that each of eight steps has */
            for (size_t s = 0; s < plan.count; s++)
                plan.steps[s] = one.steps[0];
            struct world world = {600, .002, 1, rows[i].slower, rows[i].noise, 0, 0};
            struct result result = play(&plan, &world, 0, true);
            bool in_time = result.ending == ABORTED && result.minutes <= 30;
            found += in_time;
            minutes += in_time ? (double)result.minutes : 0;
        }
        char what[120];
        snprintf(what, sizeof what, "  x%.1f noise %.2f: after %.1f minutes", rows[i].slower,
                 rows[i].noise, found ? minutes / found : 0);
        double rate = (double)found / runs;
        claim(what, rate, rate >= .90 || !rows[i].claimed);
    }
}

static void probes(int runs)
{
    static const struct {
        double errors;
        double factor;
        double slower;
        bool equal;
    } rows[] = {
        {.01, 1, 1, true}, {.001, 1, 1.2, false}, {.001, 1, 1.5, false}, {.01, 40, 1, false}};
    puts("30 probe pairs, noise 0.25 a request: failed / passed");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int ended[OUTCOME_FAIL + 1] = {0};
        for (int run = 0; run < runs; run++) {
            enum { PAIRS = 31 };
            struct probe_pair pairs[PAIRS];
            size_t count = 0;
            do {
                pairs[count++] = (struct probe_pair){
                    .baseline_failed = uniform() < rows[i].errors,
                    .candidate_failed = uniform() < rows[i].errors * rows[i].factor,
                    .baseline_ms = 20 * exp(.25 * normal()),
                    .candidate_ms = 20 * rows[i].slower * exp(.25 * normal()),
                };
            } while (count < PAIRS && !probe_should_stop(pairs, count));
            struct probe_policy policy = probe_policy_default();
            struct verdict verdict;
            probe_judge(&policy, "blue", "green", pairs, count, &verdict);
            ended[verdict.outcome]++;
        }
        char what[120];
        snprintf(what, sizeof what, "  errors %.1f %% x%.0f, latency x%.1f: passed %.1f %%, failed",
                 rows[i].errors * 100, rows[i].factor, rows[i].slower,
                 100.0 * ended[OUTCOME_PASS] / runs);
        double rate = (double)ended[OUTCOME_FAIL] / runs;
        claim(what, rate, rate <= .005 || !rows[i].equal);
    }
}

static void outcomes(int runs)
{
    static const struct {
        const char *what;
        const struct plan *plan;
        struct world world;
    } rows[] = {
        {"healthy", &standard, {600, .002, 1, 1, .15, 0, 0}},
        {"healthy, errors 1 %", &standard, {600, .01, 1, 1, .15, 0, 0}},
        {"healthy, 30 a minute", &standard, {30, .002, 1, 1, .15, 0, 0}},
        {"healthy", &careful, {3000, .002, 1, 1, .15, 0, 0}},
        {"errors x2 of 1 %", &standard, {600, .01, 2, 1, .15, 0, 0}},
        {"errors x3 of 1 %", &standard, {600, .01, 3, 1, .15, 0, 0}},
        {"errors x3 of 0.3 %", &standard, {600, .003, 3, 1, .15, 0, 0}},
        {"errors 10 % from step 3 on", &standard, {600, .01, 10, 1, .15, 0, 2}},
        {"errors x3 of 0.5 % from step 5 on", &careful, {600, .005, 3, 1, .15, 0, 4}},
        {"latency x1.2", &standard, {600, .002, 1, 1.2, .15, 0, 0}},
        {"latency x1.5", &standard, {600, .002, 1, 1.5, .30, 0, 0}},
        {"latency x1.2, 30 a minute", &standard, {30, .002, 1, 1.2, .15, 0, 0}},
    };
    puts("whole rollouts, 60 minutes of patience a step: promoted / aborted / waiting");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int ended[3] = {0};
        double minutes = 0;
        for (int run = 0; run < runs; run++) {
            struct result result = play(rows[i].plan, &rows[i].world, 60, false);
            ended[result.ending]++;
            minutes += (double)result.minutes / runs;
        }
        printf("  %-9s %-36s %6.1f %6.1f %6.1f %%  %4.0f min\n", rows[i].plan->name, rows[i].what,
               100.0 * ended[PROMOTED] / runs, 100.0 * ended[ABORTED] / runs,
               100.0 * ended[WAITING] / runs, minutes);
    }
}

int main(int argc, char **argv)
{
    int runs = 400;
    seed_state = 1;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--runs") == 0)
            runs = (int)strtol(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0)
            seed_state = strtoull(argv[i + 1], NULL, 10);
    }
    if (runs < 1)
        runs = 1;
    error_detection(runs * 10);
    latency_detection(runs);
    probes(runs * 10);
    false_alarms(runs);
    outcomes(runs / 4 + 1);
    printf("judge: %d of the promised rates not held\n", broken);
    return broken ? 1 : 0;
}
