#include "tui/state/draft.h"

#include "core/base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const pair[] = {"blue", "green"};
static const char *const three[] = {"blue", "green", "teal"};

static struct traffic_split split(const char *live, const char *mirror)
{
    struct traffic_split made;
    assert_true(traffic_parse(live, &made.live, NULL));
    assert_true(traffic_parse(mirror, &made.mirror, NULL));
    return made;
}

static struct draft *begin(const char *live, const char *mirror, const char *const *names,
                           size_t count)
{
    struct draft *draft = malloc(sizeof *draft);
    struct traffic_split now = split(live, mirror);
    draft_init(draft);
    draft_follow(draft, &now, names, count, true);
    return draft;
}

static void end(struct draft *draft)
{
    draft_release(draft);
    free(draft);
}

static void expect_live(const struct draft *draft, const char *wanted)
{
    struct traffic_split expected = split(wanted, "");
    assert_true(traffic_map_equal(&draft->want.live, &expected.live));
}

static void moving_one_keeps_the_sum(void **unused)
{
    (void)unused;
    struct draft *draft = begin("blue=100", "", pair, 2);
    assert_int_equal(draft_set_live(draft, 1, 10), 10);
    expect_live(draft, "blue=90 green=10");
    assert_true(draft_is_changed(draft));
    assert_int_equal(draft_check(draft, false, NULL, 0), 0);
    end(draft);
}

static void locked_rows_hold_still(void **unused)
{
    (void)unused;
    struct draft *draft = begin("blue=80 green=20", "", three, 3);
    draft->locked[1] = true;
    assert_int_equal(draft_set_live(draft, 2, 30), 30);
    expect_live(draft, "blue=50 green=20 teal=30");
    assert_int_equal(draft_set_live(draft, 2, 100), 80);
    expect_live(draft, "blue=0 green=20 teal=80");
    end(draft);
}

static void a_sum_that_does_not_hold_is_built_up_row_by_row(void **unused)
{
    (void)unused;
    struct traffic_violation broken;
    struct draft *draft = begin("", "", pair, 2);
    draft_set_live(draft, 0, 40);
    expect_live(draft, "blue=40");
    assert_int_equal(draft_check(draft, false, &broken, 1), 1);
    assert_int_equal(broken.rule, TRAFFIC_RULE_SUM);
    draft_balance(draft, 1);
    expect_live(draft, "blue=40 green=60");
    assert_int_equal(draft_check(draft, false, NULL, 0), 0);
    end(draft);
}

static void the_only_deployment_can_go_to_zero_and_back(void **unused)
{
    (void)unused;
    struct draft *draft = begin("blue=100", "", pair, 1);
    assert_int_equal(draft_set_live(draft, 0, 0), 0);
    expect_live(draft, "");
    assert_int_equal(draft_check(draft, false, NULL, 0), 0);
    assert_int_equal(draft_set_live(draft, 0, 100), 100);
    assert_false(draft_is_changed(draft));
    end(draft);
}

static void mirror_rules_are_told_while_it_moves(void **unused)
{
    (void)unused;
    struct traffic_violation broken;
    char why[100];
    struct draft *draft = begin("blue=100", "", pair, 2);
    assert_null(draft_mirror_obstacle(draft, 1, false, why, sizeof why));
    assert_non_null(draft_mirror_obstacle(draft, 0, false, why, sizeof why));
    assert_non_null(draft_mirror_obstacle(draft, 1, true, why, sizeof why));
    draft_set_mirror(draft, 1, 60);
    assert_int_equal(draft_check(draft, false, &broken, 1), 1);
    assert_int_equal(broken.rule, TRAFFIC_RULE_MIRROR_CAP);
    draft_set_mirror(draft, 1, 10);
    assert_int_equal(draft_check(draft, false, NULL, 0), 0);
    draft_set_live(draft, 1, 5);
    assert_int_equal(draft_check(draft, false, &broken, 1), 1);
    assert_int_equal(broken.rule, TRAFFIC_RULE_LIVE_OR_MIRROR);
    end(draft);
}

static void undo_and_redo_walk_every_step(void **unused)
{
    (void)unused;
    struct draft *draft = begin("blue=100", "", pair, 2);
    for (int i = 1; i <= 5; i++)
        draft_set_live(draft, 1, i * 10);
    for (int i = 4; i >= 0; i--) {
        assert_true(draft_undo(draft));
        assert_int_equal(traffic_get(&draft->want.live, "green"), i * 10);
    }
    assert_false(draft_undo(draft));
    assert_true(draft_redo(draft));
    assert_int_equal(traffic_get(&draft->want.live, "green"), 10);
    draft_discard(draft);
    assert_false(draft_is_changed(draft));
    assert_false(draft_redo(draft));
    assert_true(draft_undo(draft));
    assert_int_equal(traffic_get(&draft->want.live, "green"), 10);
    end(draft);
}

static void an_untouched_draft_follows_and_a_touched_one_remembers(void **unused)
{
    (void)unused;
    struct draft *draft = begin("blue=100", "", pair, 2);
    struct traffic_split now = split("blue=70 green=30", "");
    draft_follow(draft, &now, pair, 2, true);
    expect_live(draft, "blue=70 green=30");
    assert_false(draft->moved);
    draft_set_live(draft, 1, 50);
    now = split("green=100", "");
    draft_follow(draft, &now, pair, 2, true);
    expect_live(draft, "blue=50 green=50");
    assert_int_equal(traffic_get(&draft->base.live, "blue"), 70);
    assert_true(draft->moved);
    end(draft);
}

static void a_share_without_its_deployment_is_a_row_and_a_violation(void **unused)
{
    (void)unused;
    struct traffic_violation broken;
    struct draft *draft = begin("blue=50 ghost=50", "", pair, 2);
    assert_int_equal(draft->count, 3);
    assert_string_equal(draft->names[2], "ghost");
    assert_true(draft->unknown[2]);
    assert_int_equal(draft_check(draft, false, &broken, 1), 1);
    assert_int_equal(broken.rule, TRAFFIC_RULE_UNKNOWN);
    end(draft);
}

static void any_keys_keep_the_sum_and_undo_comes_home(void **unused)
{
    (void)unused;
    for (int round = 0; round < 200; round++) {
        struct draft *draft = begin("blue=34 green=33 teal=33", "", three, 3);
        int steps = 0;
        for (int i = 0; i < 40; i++) {
            draft->locked[random_below(3)] = random_below(4) == 0;
            draft_set_live(draft, random_below(3), (int)random_below(101));
            assert_int_equal(traffic_sum(&draft->want.live), 100);
        }
        while (draft_undo(draft))
            steps++;
        assert_true(steps <= 40);
        assert_false(draft_is_changed(draft));
        end(draft);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moving_one_keeps_the_sum),
        cmocka_unit_test(locked_rows_hold_still),
        cmocka_unit_test(a_sum_that_does_not_hold_is_built_up_row_by_row),
        cmocka_unit_test(the_only_deployment_can_go_to_zero_and_back),
        cmocka_unit_test(mirror_rules_are_told_while_it_moves),
        cmocka_unit_test(undo_and_redo_walk_every_step),
        cmocka_unit_test(an_untouched_draft_follows_and_a_touched_one_remembers),
        cmocka_unit_test(a_share_without_its_deployment_is_a_row_and_a_violation),
        cmocka_unit_test(any_keys_keep_the_sum_and_undo_comes_home),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
