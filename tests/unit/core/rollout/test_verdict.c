#include "core/rollout/verdict.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_MINUTES = 130 };

static const int64_t start = INT64_C(1764000000000);
static const int64_t minute_ms = 60000;

struct scene {
    struct evidence_minute minutes[MAX_MINUTES];
    struct evidence_step steps[2];
    struct judge_policy policy;
    struct judge_input input;
};

/* Minutes of 900 requests on blue and 100 on green, equal but for what the test then changes. */
static void set_scene(struct scene *scene, size_t count)
{
    memset(scene, 0, sizeof *scene);
    for (size_t i = 0; i < count; i++) {
        double wave = 1 + .1 * (double)(i * 7 % 5);
        scene->minutes[i] = (struct evidence_minute){
            .start_wall_ms = start + (int64_t)i * minute_ms,
            .baseline = {900, 0, 20 * wave, 60 * wave},
            .candidate = {100, 0, 20 * wave * (i % 2 ? 1.01 : .99), 60 * wave},
        };
    }
    scene->steps[0] = (struct evidence_step){scene->minutes, count};
    scene->policy = judge_policy_default();
    scene->input = (struct judge_input){
        .baseline = "blue",
        .candidate = "green",
        .steps = scene->steps,
        .step_count = 1,
        .baseline_serves = true,
        .now_wall_ms = start + (int64_t)count * minute_ms,
    };
}

static struct verdict judged(const struct scene *scene)
{
    struct verdict verdict;
    verdict_judge(&scene->policy, &scene->input, &verdict);
    assert_true(strlen(verdict.sentence) > 0);
    for (size_t i = 0; i < verdict.count; i++)
        assert_true(strlen(verdict.findings[i].sentence) > 0);
    return verdict;
}

static const struct finding *find(const struct verdict *verdict, enum finding_kind kind)
{
    for (size_t i = 0; i < verdict->count; i++)
        if (verdict->findings[i].kind == kind)
            return &verdict->findings[i];
    fail_msg("no finding %s", finding_key(kind));
    return NULL;
}

static void equal_deployments_pass(void **state)
{
    (void)state;
    struct scene scene;
    set_scene(&scene, 20);
    struct verdict verdict = judged(&scene);
    assert_int_equal(verdict.outcome, OUTCOME_PASS);
    assert_int_equal(verdict.count, 4);
    assert_int_equal(verdict.from_wall_ms, start);
    assert_int_equal(verdict.to_wall_ms, start + 20 * minute_ms);
    const struct finding *limit = find(&verdict, FINDING_ERROR_LIMIT);
    assert_int_equal(limit->n, 2000);
    assert_string_equal(limit->sentence,
                        "errors: green failed 0 of 2000 requests (0 %): at most 0.15 % with 95 % "
                        "confidence, limit 1 %");
    const struct finding *p50 = find(&verdict, FINDING_P50);
    assert_int_equal(p50->n, 20);
    assert_true(fabs(p50->ratio - 1) < .02);
    assert_int_equal(p50->looked_at, 20);
}

static void without_data_nothing_passes_or_fails(void **state)
{
    (void)state;
    struct scene scene;
    set_scene(&scene, 0);
    assert_int_equal(judged(&scene).outcome, OUTCOME_INCONCLUSIVE);
    scene.input.step_count = 0;
    assert_int_equal(judged(&scene).outcome, OUTCOME_INCONCLUSIVE);

    set_scene(&scene, 20);
    scene.input.now_wall_ms += 6 * minute_ms;
    for (size_t i = 0; i < 20; i++)
        scene.minutes[i].candidate.errors = 100; /* a clear FAIL, if it were not so old */
    struct verdict old = judged(&scene);
    assert_int_equal(old.outcome, OUTCOME_INCONCLUSIVE);
    assert_int_equal(old.findings[0].kind, FINDING_SOURCE);
    assert_string_equal(old.sentence,
                        "INCONCLUSIVE: metrics end 6 min ago, more than 5: too old to judge by");

    set_scene(&scene, 20);
    for (size_t i = 0; i < 20; i++)
        scene.minutes[i].candidate = scene.minutes[i].baseline = (struct evidence_side){0};
    struct verdict empty = judged(&scene);
    for (size_t i = 0; i < empty.count; i++)
        assert_int_equal(empty.findings[i].outcome, OUTCOME_INCONCLUSIVE);
}

static void too_little_data_says_what_is_missing(void **state)
{
    (void)state;
    struct scene scene;
    set_scene(&scene, 5);
    for (size_t i = 0; i < 5; i++)
        scene.minutes[i].candidate.requests = 20;
    struct verdict verdict = judged(&scene);
    assert_int_equal(verdict.outcome, OUTCOME_INCONCLUSIVE);
    const struct finding *limit = find(&verdict, FINDING_ERROR_LIMIT);
    assert_int_equal(limit->missing, 199);
    assert_true(fabs(limit->missing_minutes - 9.95) < .001);
    assert_non_null(strstr(limit->sentence, "199 more are needed, about 10 min"));
    const struct finding *p50 = find(&verdict, FINDING_P50);
    assert_int_equal(p50->missing, 7);
    assert_non_null(strstr(p50->sentence, "5 of 12 pairs of minutes"));
    assert_non_null(strstr(p50->sentence, "7 more are needed, about 7 min"));
}

static void the_rate_is_that_since_the_candidate_serves(void **state)
{
    (void)state;
    struct scene scene;
    set_scene(&scene, 30);
    for (size_t i = 0; i < 30; i++)
        scene.minutes[i].candidate.requests = i < 25 ? 0 : 20;
    struct verdict verdict = judged(&scene);
    assert_true(fabs(find(&verdict, FINDING_ERROR_LIMIT)->missing_minutes - 9.95) < .001);
    assert_true(fabs(find(&verdict, FINDING_P50)->missing_minutes - 7) < .001);
}

static void above_the_limit_the_least_count_is_missing(void **state)
{
    (void)state;
    struct scene scene;
    set_scene(&scene, 2);
    scene.minutes[1].candidate.errors = 4; /* 2 %, which may still be chance */
    struct verdict verdict = judged(&scene);
    const struct finding *limit = find(&verdict, FINDING_ERROR_LIMIT);
    assert_int_equal(limit->outcome, OUTCOME_INCONCLUSIVE);
    assert_int_equal(limit->missing, 99);
}

static void one_failure_needs_more_requests(void **state)
{
    (void)state;
    struct scene scene;
    set_scene(&scene, 12);
    for (size_t i = 0; i < 12; i++)
        scene.minutes[i].candidate.requests = 30;
    scene.minutes[3].candidate.errors = 1;
    struct verdict verdict = judged(&scene);
    const struct finding *limit = find(&verdict, FINDING_ERROR_LIMIT);
    assert_int_equal(limit->outcome, OUTCOME_INCONCLUSIVE);
    assert_int_equal(limit->missing, 473 - 360);
}

static void the_baseline_may_stand_in_for_the_limit(void **state)
{
    (void)state;
    struct scene scene;
    set_scene(&scene, 15);
    for (size_t i = 0; i < 15; i++) { /* both fail in 2 %, twice the limit */
        scene.minutes[i].baseline.errors = 18;
        scene.minutes[i].candidate.requests = 25;
        scene.minutes[i].candidate.errors = i % 2;
    }
    struct verdict verdict = judged(&scene);
    assert_int_equal(find(&verdict, FINDING_ERROR_RATIO)->outcome, OUTCOME_PASS);
    const struct finding *inherited = find(&verdict, FINDING_ERROR_LIMIT);
    assert_int_equal(inherited->outcome, OUTCOME_PASS);
    assert_non_null(strstr(inherited->sentence, "no worse than blue"));
    scene.policy.compare_errors = false;
    struct verdict alone = judged(&scene);
    const struct finding *limit = find(&alone, FINDING_ERROR_LIMIT);
    assert_int_equal(limit->outcome, OUTCOME_INCONCLUSIVE);
    assert_int_equal(limit->missing, 0); /* no count would do at such a share */
}

static void errors_above_the_limit_fail_even_while_warming(void **state)
{
    (void)state;
    struct scene scene;
    set_scene(&scene, 2);
    for (size_t i = 0; i < 2; i++) {
        scene.minutes[i].warming = true;
        scene.minutes[i].candidate.errors = 20;
    }
    struct verdict verdict = judged(&scene);
    assert_int_equal(verdict.outcome, OUTCOME_FAIL);
    assert_int_equal(find(&verdict, FINDING_ERROR_LIMIT)->outcome, OUTCOME_FAIL);
    assert_int_equal(find(&verdict, FINDING_ERROR_RATIO)->outcome, OUTCOME_INCONCLUSIVE);
    assert_non_null(strstr(verdict.sentence, "FAIL: errors: green failed 40 of 200"));
}

static void two_failures_never_break_the_limit(void **state)
{
    (void)state;
    struct scene scene;
    set_scene(&scene, 1);
    scene.minutes[0].baseline = (struct evidence_side){0};
    scene.minutes[0].candidate = (struct evidence_side){2, 2, 10, 10};
    assert_int_equal(judged(&scene).outcome, OUTCOME_INCONCLUSIVE);
    scene.minutes[0].candidate = (struct evidence_side){3, 3, 10, 10};
    assert_int_equal(judged(&scene).outcome, OUTCOME_FAIL);
}

static void three_times_the_errors_fail(void **state)
{
    (void)state;
    struct scene scene;
    set_scene(&scene, 20);
    for (size_t i = 0; i < 20; i++) {
        scene.minutes[i].baseline.errors = i % 2 * 5; /* 0.28 % */
        scene.minutes[i].candidate.errors = i % 6 != 0;
    }
    struct verdict verdict = judged(&scene);
    const struct finding *ratio = find(&verdict, FINDING_ERROR_RATIO);
    assert_int_equal(ratio->outcome, OUTCOME_FAIL);
    assert_true(ratio->evidence >= ratio->evidence_limit);
    assert_true(fabs(ratio->threshold - 3 * ratio->baseline) < 1e-12);
}

static void a_doubt_is_not_promoted(void **state)
{
    (void)state;
    struct scene scene;
    set_scene(&scene, 20);
    scene.minutes[2].candidate.errors = 2; /* and none of blue */
    struct verdict verdict = judged(&scene);
    const struct finding *ratio = find(&verdict, FINDING_ERROR_RATIO);
    assert_int_equal(ratio->outcome, OUTCOME_INCONCLUSIVE);
    assert_true(ratio->evidence >= 3);
    assert_true(ratio->missing > 0);
    scene.minutes[4].baseline.errors = 8;
    struct verdict cleared = judged(&scene);
    assert_int_equal(find(&cleared, FINDING_ERROR_RATIO)->outcome, OUTCOME_PASS);
}

static void a_slower_candidate_fails_from_its_look_on(void **state)
{
    (void)state;
    struct scene scene;
    for (size_t count = 10; count <= 31; count++) {
        set_scene(&scene, count);
        for (size_t i = 0; i < count; i++) {
            scene.minutes[i].candidate.p50_ms *= 1.3;
            scene.minutes[i].candidate.p95_ms *= 1.15; /* under what counts for P95 */
        }
        struct verdict verdict = judged(&scene);
        const struct finding *p50 = find(&verdict, FINDING_P50);
        assert_int_equal(p50->outcome, count < 12 ? OUTCOME_INCONCLUSIVE : OUTCOME_FAIL);
        assert_true(count < 12 || p50->looked_at == 12);
        enum outcome p95 = find(&verdict, FINDING_P95)->outcome;
        assert_int_equal(p95, count < 12 ? OUTCOME_INCONCLUSIVE : OUTCOME_PASS);
    }
}

static void slower_but_not_yet_clear_waits_for_the_next_look(void **state)
{
    (void)state;
    struct scene scene;
    set_scene(&scene, 15);
    for (size_t i = 0; i < 15; i++)
        scene.minutes[i].candidate.p50_ms *= i % 4 ? 1.6 : .6;
    struct verdict verdict = judged(&scene);
    const struct finding *p50 = find(&verdict, FINDING_P50);
    assert_int_equal(p50->outcome, OUTCOME_INCONCLUSIVE);
    assert_int_equal(p50->missing, 5);
    assert_true(p50->ratio >= 1.1);
}

static void quiet_minutes_are_no_pairs(void **state)
{
    (void)state;
    struct scene scene;
    set_scene(&scene, 24);
    for (size_t i = 0; i < 24; i += 2)
        scene.minutes[i].candidate.requests = 4;
    scene.minutes[1].candidate.p50_ms = -1;
    scene.minutes[3].baseline.p50_ms = (double)INFINITY;
    struct verdict verdict = judged(&scene);
    assert_int_equal(find(&verdict, FINDING_P50)->n, 10);
    assert_int_equal(find(&verdict, FINDING_P95)->n, 12);
}

static void without_the_baseline_only_absolute_rules_hold(void **state)
{
    (void)state;
    struct scene scene;
    set_scene(&scene, 20);
    scene.input.baseline_serves = false;
    for (size_t i = 0; i < 20; i++) {
        scene.minutes[i].baseline = (struct evidence_side){0};
        scene.minutes[i].candidate.p50_ms *= 10;
    }
    struct verdict verdict = judged(&scene);
    assert_int_equal(verdict.outcome, OUTCOME_PASS);
    assert_int_equal(find(&verdict, FINDING_ERROR_RATIO)->outcome, OUTCOME_NOT_JUDGED);
    assert_int_equal(find(&verdict, FINDING_P50)->outcome, OUTCOME_NOT_JUDGED);
    for (size_t i = 0; i < 20; i++)
        scene.minutes[i].candidate.errors = 5;
    assert_int_equal(judged(&scene).outcome, OUTCOME_FAIL);
}

static void the_last_step_inherits_that_it_is_no_worse(void **state)
{
    (void)state;
    struct scene scene;
    set_scene(&scene, 40);
    scene.steps[0].count = 20;
    scene.steps[1] = (struct evidence_step){scene.minutes + 20, 20};
    scene.input.step_count = 2;
    scene.input.baseline_serves = false;
    scene.policy.planned_steps = 2;
    for (size_t i = 0; i < 40; i++) {
        scene.minutes[i].candidate.errors = 1;
        scene.minutes[i].baseline.errors = i < 20 ? 9 : 0;
        if (i >= 20)
            scene.minutes[i].baseline.requests = 0;
    }
    assert_int_equal(judged(&scene).outcome, OUTCOME_PASS);
    scene.steps[0].count = 0;
    assert_int_equal(judged(&scene).outcome, OUTCOME_INCONCLUSIVE);
}

static void the_json_holds_what_the_finding_holds(void **state)
{
    (void)state;
    struct scene scene;
    set_scene(&scene, 3); /* too few pairs for an interval */
    struct verdict verdict = judged(&scene);
    struct json *object = verdict_json(&verdict);
    assert_string_equal(json_text_at(object, "outcome", ""), "INCONCLUSIVE");
    assert_string_equal(json_text_at(object, "from", ""), "2025-11-24T16:00:00Z");
    struct json *findings = json_get(object, "findings");
    assert_int_equal(json_count(findings), 4);
    for (size_t i = 0; i < 4; i++) {
        const struct json *finding = json_element(findings, i);
        static const char *const keys[] = {"metric",    "outcome", "sentence", "value", "baseline",
                                           "threshold", "n",       "evidence", "test",  "formula"};
        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
            assert_int_not_equal(json_type(json_get(finding, keys[k])), JSON_MISSING);
    }
    assert_int_equal(json_type(json_get(json_element(findings, 2), "high")), JSON_NULL);
    char *text = json_print(object);
    struct json *again = json_parse(text, strlen(text), NULL);
    assert_non_null(again);
    json_free(again);
    free(text);
    json_free(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_deployments_pass),
        cmocka_unit_test(without_data_nothing_passes_or_fails),
        cmocka_unit_test(too_little_data_says_what_is_missing),
        cmocka_unit_test(the_rate_is_that_since_the_candidate_serves),
        cmocka_unit_test(above_the_limit_the_least_count_is_missing),
        cmocka_unit_test(one_failure_needs_more_requests),
        cmocka_unit_test(the_baseline_may_stand_in_for_the_limit),
        cmocka_unit_test(errors_above_the_limit_fail_even_while_warming),
        cmocka_unit_test(two_failures_never_break_the_limit),
        cmocka_unit_test(three_times_the_errors_fail),
        cmocka_unit_test(a_doubt_is_not_promoted),
        cmocka_unit_test(a_slower_candidate_fails_from_its_look_on),
        cmocka_unit_test(slower_but_not_yet_clear_waits_for_the_next_look),
        cmocka_unit_test(quiet_minutes_are_no_pairs),
        cmocka_unit_test(without_the_baseline_only_absolute_rules_hold),
        cmocka_unit_test(the_last_step_inherits_that_it_is_no_worse),
        cmocka_unit_test(the_json_holds_what_the_finding_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
