#include "tui/state/write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void describes(const char *live, const char *mirror, const char *new_live,
                      const char *new_mirror, const char *expected)
{
    struct write write = {.kind = WRITE_TRAFFIC, .endpoint = "e"};
    char out[320];
    assert_true(traffic_parse(live, &write.expected.live, NULL));
    assert_true(traffic_parse(mirror, &write.expected.mirror, NULL));
    assert_true(traffic_parse(new_live, &write.wanted.live, NULL));
    assert_true(traffic_parse(new_mirror, &write.wanted.mirror, NULL));
    write_describe(&write, out, sizeof out);
    assert_string_equal(out, expected);
}

static void says_what_changes(void **unused)
{
    (void)unused;
    describes("blue=100", "", "blue=90 green=10", "", "e live blue 100→90 green 0→10");
    describes("blue=100", "green=10", "blue=100", "", "e mirror green 10→0");
    describes("blue=100", "green=5", "blue=50 green=50", "",
              "e live blue 100→50 green 0→50 mirror green 5→0");
    describes("blue=100", "", "blue=100", "", "e traffic as it was");
}

static void is_cut_to_the_room(void **unused)
{
    (void)unused;
    struct write write = {.kind = WRITE_TRAFFIC, .endpoint = "my-endpoint"};
    char out[20];
    assert_true(traffic_parse("blue=100", &write.wanted.live, NULL));
    write_describe(&write, out, sizeof out);
    assert_true(strlen(out) < sizeof out);
    assert_memory_equal(out, "my-endpoint live ", 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_changes),
        cmocka_unit_test(is_cut_to_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
