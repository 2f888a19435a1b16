#include "core/model/traffic.h"

#include "core/base/random.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const pair[] = {"blue", "green"};
static const struct traffic_context managed = {.deployments = pair, .deployment_count = 2};

static struct traffic_map shares(const char *text)
{
    struct traffic_map map;
    struct error error;
    if (!traffic_parse(text, &map, &error))
        fail_msg("%s: %s", text, error.message);
    return map;
}

static struct traffic_split split(const char *live, const char *mirror)
{
    struct traffic_split made = {.live = shares(live), .mirror = shares(mirror)};
    return made;
}

static void assert_formatted(const struct traffic_map *map, const char *expected)
{
    char text[200];
    traffic_format(text, sizeof text, map);
    assert_string_equal(text, expected);
}

static void reads_the_grammar_of_az(void **state)
{
    (void)state;
    struct traffic_map map = shares("blue=90 green=10");
    assert_int_equal(map.count, 2);
    assert_formatted(&map, "blue=90 green=10");
    map = shares("  Blue=100\t green=0\n");
    assert_formatted(&map, "blue=100 green=0");
    map = shares("");
    assert_int_equal(map.count, 0);
    assert_formatted(&map, "none");
}

static void refuses_shares_that_are_none(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "blue",
        "blue=",
        "=10",
        "blue=ten",
        "blue=10%",
        "blue=-1",
        "blue=101",
        "blue=1.5",
        "blue=1e1",
        "blue=+5",
        "blue=0x10",
        "blue=1 blue=2",
        "blue=90,green=10",
        "blue==1",
        "blue=99999999999999999999",
        "blue=90 green",
        "Blue=1 blue=1",
        "blue=1\x01",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct error error = {0};
        struct traffic_map map = {.count = 77};
        if (traffic_parse(bad[i], &map, &error))
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(error.kind, ERROR_RULE);
        assert_true(error.message[0] && error.hint[0]);
        assert_int_equal(map.count, 77); /* untouched */
    }
    char name[NAME_SIZE + 10];
    memset(name, 'n', sizeof name);
    memcpy(name + sizeof name - 3, "=1", 3);
    struct traffic_map map;
    assert_false(traffic_parse(name, &map, NULL));
}

static void bounds_the_number_of_shares(void **state)
{
    (void)state;
    char text[4000] = "";
    size_t used = 0;
    for (int i = 0; i <= TRAFFIC_MAX_SHARES; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "d%d=0 ", i);
    struct traffic_map map;
    assert_false(traffic_parse(text, &map, NULL));
    map = (struct traffic_map){0};
    char name[16];
    for (int i = 0; i < TRAFFIC_MAX_SHARES; i++) {
        snprintf(name, sizeof name, "d%d", i);
        assert_true(traffic_set(&map, name, 1));
    }
    assert_false(traffic_set(&map, "more", 1));
    assert_true(traffic_set(&map, "d3", 2));
    assert_int_equal(traffic_sum(&map), TRAFFIC_MAX_SHARES + 1);
}

static void zeros_and_order_do_not_count(void **state)
{
    (void)state;
    struct traffic_map a = shares("blue=90 green=10");
    struct traffic_map b = shares("green=10 red=0 blue=90");
    struct traffic_map c = shares("blue=90 red=10");
    assert_true(traffic_map_equal(&a, &b));
    assert_true(traffic_map_equal(&b, &a));
    assert_false(traffic_map_equal(&a, &c));
    struct traffic_split one = split("blue=100", "green=0");
    struct traffic_split two = split("blue=100", "");
    assert_true(traffic_split_equal(&one, &two));
    traffic_set(&two.mirror, "green", 5);
    assert_false(traffic_split_equal(&one, &two));
}

static void removes_a_share(void **state)
{
    (void)state;
    struct traffic_map map = shares("a=1 b=2 c=3");
    traffic_remove(&map, "b");
    assert_formatted(&map, "a=1 c=3");
    traffic_remove(&map, "b");
    traffic_remove(&map, "c");
    assert_formatted(&map, "a=1");
}

static void formats_within_its_room(void **state)
{
    (void)state;
    struct traffic_map map = shares("blue=90 green=10");
    char text[10];
    traffic_format(text, sizeof text, &map);
    assert_string_equal(text, "blue=90 g");
}

static void sums_without_overflow(void **state)
{
    (void)state;
    struct traffic_split wild = {0};
    traffic_set(&wild.live, "blue", INT_MAX);
    traffic_set(&wild.live, "green", INT_MAX);
    traffic_set(&wild.mirror, "blue", INT_MIN);
    assert_int_equal(traffic_sum(&wild.live), INT_MAX);
    struct traffic_violation found[TRAFFIC_MAX_VIOLATIONS];
    assert_true(traffic_check(&managed, &wild, found, TRAFFIC_MAX_VIOLATIONS) >= 3);
    assert_int_equal(found[0].rule, TRAFFIC_RULE_RANGE);
}

static void allows_what_the_service_allows(void **state)
{
    (void)state;
    static const char *const good[][2] = {
        {"blue=100", ""},         {"", ""},
        {"blue=0 green=0", ""},   {"blue=90 green=10", ""},
        {"blue=100", "green=50"}, {"blue=100 green=0", "green=1"},
        {"blue=100", "green=0"},  {"", "green=10"},
        {"blue=100 red=0", ""}, /* a zero for a deployment that is gone */
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct traffic_split proposed = split(good[i][0], good[i][1]);
        struct error error;
        if (!traffic_require(&managed, &proposed, &error))
            fail_msg("%s / %s: %s", good[i][0], good[i][1], error.message);
    }
}

static void names_each_broken_rule(void **state)
{
    (void)state;
    static const struct {
        const char *live, *mirror;
        bool kubernetes;
        enum traffic_rule rule;
        const char *message, *mend;
    } broken[] = {
        {"blue=90 green=20", "", false, TRAFFIC_RULE_SUM, "110", "take 10 from blue: blue=80"},
        {"blue=90 green=5", "", false, TRAFFIC_RULE_SUM, "95", "give 5 more to blue: blue=95"},
        {"blue=1", "", false, TRAFFIC_RULE_SUM, "sums to 1,", "give 99 more to blue"},
        {"blue=100 green=100", "", false, TRAFFIC_RULE_SUM, "200", "take 100 from blue: blue=0"},
        {"blue=100", "green=51", false, TRAFFIC_RULE_MIRROR_CAP, "51", "50"},
        {"blue=90 green=10", "green=10", false, TRAFFIC_RULE_LIVE_OR_MIRROR, "green",
         "set mirror green to 0"},
        {"blue=100", "red=10", false, TRAFFIC_RULE_UNKNOWN, "no deployment red", "create"},
        {"red=100", "", false, TRAFFIC_RULE_UNKNOWN, "no deployment red", "create"},
        {"blue=100", "green=10", true, TRAFFIC_RULE_KUBERNETES, "Kubernetes", "green to 0"},
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct traffic_context context = managed;
        context.kubernetes = broken[i].kubernetes;
        struct traffic_split proposed = split(broken[i].live, broken[i].mirror);
        struct traffic_violation found[TRAFFIC_MAX_VIOLATIONS];
        assert_int_equal(traffic_check(&context, &proposed, found, TRAFFIC_MAX_VIOLATIONS), 1);
        assert_int_equal(found[0].rule, broken[i].rule);
        if (!strstr(found[0].message, broken[i].message) || !strstr(found[0].mend, broken[i].mend))
            fail_msg("%s; %s", found[0].message, found[0].mend);
        struct error error;
        assert_false(traffic_require(&context, &proposed, &error));
        assert_int_equal(error.kind, ERROR_RULE);
        assert_string_equal(error.message, found[0].message);
    }
}

static void reports_all_that_is_broken(void **state)
{
    (void)state;
    struct traffic_split proposed = split("blue=70 green=40", "green=60 blue=10");
    struct traffic_violation found[TRAFFIC_MAX_VIOLATIONS];
    size_t count = traffic_check(&managed, &proposed, found, TRAFFIC_MAX_VIOLATIONS);
    unsigned seen = 0;
    for (size_t i = 0; i < count; i++)
        seen |= 1u << found[i].rule;
    assert_int_equal(seen, 1u << TRAFFIC_RULE_SUM | 1u << TRAFFIC_RULE_MIRROR_CAP |
                               1u << TRAFFIC_RULE_MIRROR_TARGETS |
                               1u << TRAFFIC_RULE_LIVE_OR_MIRROR);
    /* Counts all, writes only what there is room for. */
    memset(found, 0x55, sizeof found);
    assert_int_equal(traffic_check(&managed, &proposed, found, 1), count);
    assert_int_equal(found[1].deployment[0], 0x55);
}

static void unknown_deployments_are_not_checked(void **state)
{
    (void)state;
    struct traffic_context blind = {.deployments = NULL};
    struct traffic_split proposed = split("anything=100", "");
    assert_true(traffic_require(&blind, &proposed, NULL));
    /* Known to be none is something else than not known. */
    struct traffic_context empty = {.deployments = pair, .deployment_count = 0};
    assert_false(traffic_require(&empty, &proposed, NULL));
}

static void slider_moves_the_other(void **state)
{
    (void)state;
    struct traffic_map map = shares("blue=90 green=10");
    assert_int_equal(traffic_link(&map, pair, NULL, 2, "green", 50), 50);
    assert_formatted(&map, "blue=50 green=50");
    assert_int_equal(traffic_link(&map, pair, NULL, 2, "green", 200), 100);
    assert_formatted(&map, "blue=0 green=100");
    assert_int_equal(traffic_link(&map, pair, NULL, 2, "green", -5), 0);
    assert_formatted(&map, "blue=100 green=0");
}

static void slider_keeps_proportions_and_locks(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d"};
    struct traffic_map map = shares("a=60 b=30 c=10");
    assert_int_equal(traffic_link(&map, names, NULL, 4, "d", 50), 50);
    assert_formatted(&map, "a=30 b=15 c=5 d=50");
    static const bool locked[] = {false, true, false, false};
    assert_int_equal(traffic_link(&map, names, locked, 4, "a", 100), 85);
    assert_formatted(&map, "a=85 b=15 c=0 d=0");
    /* All the others are locked: only what they leave can be had. */
    static const bool all[] = {false, true, true, true};
    map = shares("a=10 b=40 c=50 d=0");
    assert_int_equal(traffic_link(&map, names, all, 4, "a", 90), 10);
    assert_formatted(&map, "a=10 b=40 c=50 d=0");
}

static void slider_alone_has_all(void **state)
{
    (void)state;
    struct traffic_map map = {0};
    assert_int_equal(traffic_link(&map, pair, NULL, 1, "blue", 30), 100);
    assert_formatted(&map, "blue=100");
}

/* Whatever is moved, the sum is 100, no share leaves 0..100 and no lock moves. */
static void slider_invariants(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    enum { NAMES = 5, ROUNDS = 200000 };
    struct traffic_map map = shares("a=100");
    for (int round = 0; round < ROUNDS; round++) {
        bool locked[NAMES];
        int before[NAMES];
        size_t count = 1 + random_below(NAMES);
        size_t moved = random_below((uint32_t)count);
        int wanted = (int)random_below(140) - 20;
        if (round % 1000 == 0) {
            map = shares("");
            traffic_set(&map, names[0], 100);
        }
        for (size_t i = count; i < NAMES; i++)
            traffic_remove(&map, names[i]);
        for (size_t i = 0; i < count; i++) {
            locked[i] = i != moved && random_below(4) == 0;
            before[i] = traffic_get(&map, names[i]);
        }
        int got = traffic_link(&map, names, locked, count, names[moved], wanted);
        int sum = 0;
        size_t free_others = 0;
        int fixed = 0;
        for (size_t i = 0; i < count; i++) {
            int now = traffic_get(&map, names[i]);
            assert_true(now >= 0 && now <= 100);
            if (locked[i]) {
                assert_int_equal(now, before[i]);
                fixed += now;
            } else if (i != moved) {
                free_others++;
            }
            sum += now;
        }
        assert_int_equal(sum, 100);
        assert_int_equal(got, traffic_get(&map, names[moved]));
        int clamped = wanted < 0 ? 0 : wanted > 100 - fixed ? 100 - fixed : wanted;
        if (free_others)
            assert_int_equal(got, clamped);
    }
}

static void slider_takes_locks_over_100(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c"};
    static const bool locked[] = {false, true, false};
    struct traffic_map map = {0};
    traffic_set(&map, "b", 130);
    assert_int_equal(traffic_link(&map, names, locked, 3, "a", 20), 0);
    assert_formatted(&map, "b=130 a=0 c=0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_grammar_of_az),
        cmocka_unit_test(refuses_shares_that_are_none),
        cmocka_unit_test(bounds_the_number_of_shares),
        cmocka_unit_test(zeros_and_order_do_not_count),
        cmocka_unit_test(removes_a_share),
        cmocka_unit_test(formats_within_its_room),
        cmocka_unit_test(sums_without_overflow),
        cmocka_unit_test(allows_what_the_service_allows),
        cmocka_unit_test(names_each_broken_rule),
        cmocka_unit_test(reports_all_that_is_broken),
        cmocka_unit_test(unknown_deployments_are_not_checked),
        cmocka_unit_test(slider_moves_the_other),
        cmocka_unit_test(slider_keeps_proportions_and_locks),
        cmocka_unit_test(slider_alone_has_all),
        cmocka_unit_test(slider_invariants),
        cmocka_unit_test(slider_takes_locks_over_100),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
