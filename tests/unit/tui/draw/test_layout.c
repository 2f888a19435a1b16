#include "tui/draw/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void assert_rect(struct rect rect, int row, int col, int rows, int cols)
{
    char got[64], expected[64];
    snprintf(got, sizeof got, "%d,%d %dx%d", rect.row, rect.col, rect.rows, rect.cols);
    snprintf(expected, sizeof expected, "%d,%d %dx%d", row, col, rows, cols);
    assert_string_equal(got, expected);
}

static void cuts_sides_off(void **state)
{
    (void)state;
    struct rect rest = rect_make(2, 3, 10, 20);
    assert_rect(rect_cut_top(&rest, 1), 2, 3, 1, 20);
    assert_rect(rect_cut_bottom(&rest, 2), 10, 3, 2, 20);
    assert_rect(rect_cut_left(&rest, 5), 3, 3, 7, 5);
    assert_rect(rect_cut_right(&rest, 4), 3, 19, 7, 4);
    assert_rect(rest, 3, 8, 7, 11);
    assert_rect(rect_cut_top(&rest, 99), 3, 8, 7, 11);
    assert_true(rect_is_empty(rest));
    assert_rect(rect_cut_left(&rest, -3), 10, 8, 0, 0);
}

static void never_goes_below_zero(void **state)
{
    (void)state;
    assert_rect(rect_make(1, 1, -5, -5), 1, 1, 0, 0);
    assert_rect(rect_inset(rect_make(0, 0, 1, 3), 1, 1), 0, 1, 1, 1);
    assert_rect(rect_intersect(rect_make(0, 0, 5, 5), rect_make(9, 9, 5, 5)), 9, 9, 0, 0);
    assert_rect(rect_intersect(rect_make(0, 0, 5, 5), rect_make(3, -2, 9, 4)), 3, 0, 2, 2);
}

static void centres(void **state)
{
    (void)state;
    assert_rect(rect_centre(rect_make(0, 0, 24, 80), 10, 40), 7, 20, 10, 40);
    assert_rect(rect_centre(rect_make(1, 1, 5, 5), 10, 40), 1, 1, 5, 5);
}

/* "12 8 0 |22": the lengths and the sum that layout_divide() gives. */
static void assert_divided(int total, int gap, const struct layout_item *items, size_t count,
                           const char *expected)
{
    int lengths[8];
    char got[128] = "";
    size_t used = 0;
    int sum = layout_divide(total, gap, items, count, lengths);
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(got + used, sizeof got - used, "%d ", lengths[i]);
    snprintf(got + used, sizeof got - used, "|%d", sum);
    assert_string_equal(got, expected);
}

static void divides_what_is_left_by_weight(void **state)
{
    static const struct layout_item items[] = {
        {.min = 5, .weight = 1}, {.min = 5, .weight = 3}, {.min = 5}};
    (void)state;
    assert_divided(15, 0, items, 3, "5 5 5 |15");
    assert_divided(23, 0, items, 3, "7 11 5 |23");
    assert_divided(25, 1, items, 3, "7 11 5 |25");
}

static void stops_at_max(void **state)
{
    static const struct layout_item items[] = {{.min = 5, .max = 6, .weight = 1},
                                               {.min = 5, .max = 9, .weight = 1}};
    (void)state;
    assert_divided(40, 2, items, 2, "6 9 |17");
    assert_divided(15, 1, items, 2, "6 8 |15");
}

static void drops_by_priority(void **state)
{
    static const struct layout_item items[] = {
        {.min = 8}, {.min = 6, .priority = 2}, {.min = 6, .priority = 1}, {.min = 4}};
    (void)state;
    assert_divided(27, 1, items, 4, "8 6 6 4 |27");
    assert_divided(26, 1, items, 4, "8 0 6 4 |20");
    assert_divided(19, 1, items, 4, "8 0 0 4 |13");
    assert_divided(12, 1, items, 4, "8 0 0 3 |12");
    assert_divided(6, 1, items, 4, "6 0 0 0 |6");
    assert_divided(0, 1, items, 4, "0 0 0 0 |0");
    assert_divided(-3, 1, items, 4, "0 0 0 0 |0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_sides_off), cmocka_unit_test(never_goes_below_zero),
        cmocka_unit_test(centres),        cmocka_unit_test(divides_what_is_left_by_weight),
        cmocka_unit_test(stops_at_max),   cmocka_unit_test(drops_by_priority),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
