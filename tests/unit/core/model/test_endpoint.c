#include "core/model/endpoint.h"

#include "core/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_split_comes_back(void **state)
{
    (void)state;
    struct traffic_split split = {0};
    traffic_set(&split.live, "blue", 100);
    traffic_set(&split.mirror, "green", 10);
    struct endpoint endpoint = {0};
    endpoint_set_split(&endpoint, &split);
    endpoint_set_split(&endpoint, &split); /* replaces what it held */
    assert_int_equal(endpoint.live_count, 1);
    assert_int_equal(endpoint.mirror_count, 1);
    struct traffic_split again;
    endpoint_split(&endpoint, &again);
    assert_true(traffic_split_equal(&split, &again));
    struct traffic_split none = {0};
    endpoint_set_split(&endpoint, &none);
    endpoint_split(&endpoint, &again);
    assert_int_equal(again.live.count, 0);
    endpoint.scoring_uri = str_dup("http://127.0.0.1:1/score");
    endpoint_release(&endpoint);
    assert_null(endpoint.scoring_uri);
    endpoint_release(&endpoint);
}

static void reads_state_words(void **state)
{
    (void)state;
    for (int word = STATE_UNKNOWN; word <= STATE_CANCELED; word++)
        assert_int_equal(state_parse(state_text((enum provisioning_state)word)), word);
    assert_int_equal(state_parse("SUCCEEDED"), STATE_SUCCEEDED);
    assert_int_equal(state_parse("Exploded"), STATE_UNKNOWN);
    assert_int_equal(state_parse(""), STATE_UNKNOWN);
    assert_int_equal(state_parse(NULL), STATE_UNKNOWN);
    assert_true(state_is_busy(STATE_UPDATING));
    assert_true(state_is_busy(STATE_SCALING));
    assert_false(state_is_busy(STATE_FAILED));
    assert_false(state_is_busy(STATE_UNKNOWN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_split_comes_back),
        cmocka_unit_test(reads_state_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
