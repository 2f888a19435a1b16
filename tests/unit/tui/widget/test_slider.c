#include "tui/widget/slider.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int wanted_by(const struct slider *slider, const char *name)
{
    struct key key;
    int wanted = -1;
    assert_true(key_parse(name, &key));
    if (!slider_key(slider, key, &wanted))
        return -1;
    return wanted;
}

static void asks_for_shares(void **state)
{
    struct slider slider = {.label = "blue", .value = 40, .draft = 45, .limit = 50};
    (void)state;
    assert_int_equal(wanted_by(&slider, "l"), 46);
    assert_int_equal(wanted_by(&slider, "Right"), 46);
    assert_int_equal(wanted_by(&slider, "h"), 44);
    assert_int_equal(wanted_by(&slider, "L"), 50);
    assert_int_equal(wanted_by(&slider, "H"), 35);
    assert_int_equal(wanted_by(&slider, "g"), 0);
    assert_int_equal(wanted_by(&slider, "G"), 50);
    assert_int_equal(wanted_by(&slider, "x"), -1);
    assert_int_equal(wanted_by(&slider, "Enter"), -1);
    slider.draft = 3;
    assert_int_equal(wanted_by(&slider, "H"), 0);
    slider.disabled = "no mirror on Kubernetes";
    assert_int_equal(wanted_by(&slider, "l"), 3);
}

static void assert_drawn(const struct slider *slider, int columns, int note, bool ascii,
                         const char *expected)
{
    struct canvas canvas;
    canvas_init(&canvas, 1, columns, ascii);
    slider_draw(slider, &canvas, canvas_area(&canvas), 0, 6, note);
    char *text = canvas_row_text(&canvas, 0);
    assert_string_equal(text, expected);
    free(text);
    canvas_release(&canvas);
}

static void draws_value_draft_and_limit(void **state)
{
    struct slider slider = {.label = "blue", .value = 90, .draft = 90, .limit = 100};
    (void)state;
    assert_drawn(&slider, 44, 0, false, "  blue     ━━━━━━━━━━━━━━━━●──   90%");
    slider.draft = 50;
    slider.selected = slider.focused = true;
    slider.note = "sum 100";
    assert_drawn(&slider, 60, 12, false, "▸ blue     ━━━━━━━━━━━●────────○──   90 → 50%   sum 100");
    assert_drawn(&slider, 60, 12, true, "> blue     ===========O--------o--   90 -> 50%  sum 100");
    slider.locked = true;
    slider.limit = 30;
    slider.value = slider.draft = 10;
    assert_drawn(&slider, 60, 12, false, "▸ blue   = ━━●────┆ 30 max ┈┈┈┈┈┈┈   10%        sum 100");
}

static void says_why_it_cannot_move(void **state)
{
    struct slider slider = {.label = "green", .limit = 100, .disabled = "green is live"};
    (void)state;
    assert_drawn(&slider, 60, 16, false,
                 "  green    ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈    0%        green is live");
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_for_shares),
        cmocka_unit_test(draws_value_draft_and_limit),
        cmocka_unit_test(says_why_it_cannot_move),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
