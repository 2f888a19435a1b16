#include "tui/state/action.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void the_table_is_whole_and_without_a_double(void **unused)
{
    (void)unused;
    struct error error;
    if (!action_table_check(&error))
        fail_msg("%s", error.message);
}

static void keys_mean_what_the_panel_says_first(void **unused)
{
    (void)unused;
    struct key g = {.name = KEY_CHAR, .code = 'g'};
    struct key tab = {.name = KEY_TAB};
    assert_int_equal(action_of_key(CONTEXT_TRAFFIC, g), ACTION_LEAST);
    assert_int_equal(action_of_key(CONTEXT_LOGS, g), ACTION_TOP);
    assert_int_equal(action_of_key(CONTEXT_TRAFFIC, tab), ACTION_NEXT_PANEL);
}

static void no_key_destroys(void **unused)
{
    (void)unused;
    assert_string_equal(action_key(ACTION_DELETE_DEPLOYMENT), "");
    assert_string_equal(action_key(ACTION_DELETE_ENDPOINT), "");
    for (int context = 0; context < CONTEXT_COUNT; context++) {
        struct key lower = {.name = KEY_CHAR, .code = 'a'};
        assert_int_equal(action_of_key((enum context)context, lower), ACTION_NONE);
    }
}

static void every_action_is_found_by_its_name(void **unused)
{
    (void)unused;
    for (int i = 1; i < ACTION_COUNT; i++) {
        const char *name = action_info((enum action)i)->name;
        assert_int_equal(action_by_name(name, strlen(name)), i);
    }
    assert_int_equal(action_by_name("nothing", 7), ACTION_NONE);
    assert_int_equal(action_by_name("", 0), ACTION_NONE);
}

static void the_json_lists_every_action(void **unused)
{
    (void)unused;
    struct json *all = action_table_json();
    assert_int_equal(json_count(all), ACTION_COUNT - 1);
    assert_string_equal(json_text_at(json_element(all, 0), "name", ""), "help");
    json_free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_whole_and_without_a_double),
        cmocka_unit_test(keys_mean_what_the_panel_says_first),
        cmocka_unit_test(no_key_destroys),
        cmocka_unit_test(every_action_is_found_by_its_name),
        cmocka_unit_test(the_json_lists_every_action),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
