#include "tui/widget/table.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Rows named by the strings of an array. */
struct names {
    const char *const *items;
    size_t asked; /* cells asked for */
};

static const char *identity(void *data, size_t row)
{
    const struct names *names = data;
    return names->items[row];
}

static void fill(void *data, size_t row, size_t column, struct table_cell *out)
{
    struct names *names = data;
    names->asked++;
    if (column == 0)
        snprintf(out->text, sizeof out->text, "%s", names->items[row]);
    else
        snprintf(out->text, sizeof out->text, "%zu", row * 10);
    out->style = ROLE_OK;
}

static const struct table_column columns[] = {
    {.title = "NAME", .min = 6, .max = 10},
    {.title = "RPM", .min = 4, .max = 4, .align = ALIGN_RIGHT, .priority = 1},
};

static struct table_rows rows_of(struct names *names, size_t count)
{
    return (struct table_rows){.data = names,
                               .count = count,
                               .columns = columns,
                               .column_count = 2,
                               .identity = identity,
                               .cell = fill,
                               .empty = "No rows.\nPress n."};
}

static struct key character(uint32_t code)
{
    return (struct key){KEY_CHAR, code, 0};
}

static char *draw(struct table *table, const struct table_rows *rows, int height, int width)
{
    struct canvas canvas;
    canvas_init(&canvas, height, width, false);
    table_draw(table, rows, &canvas, canvas_area(&canvas), true);
    char *text = canvas_to_text(&canvas);
    canvas_release(&canvas);
    return text;
}

static void assert_drawn(struct table *table, const struct table_rows *rows, int height, int width,
                         const char *expected)
{
    char *text = draw(table, rows, height, width);
    assert_string_equal(text, expected);
    free(text);
}

static void draws_rows_under_headings(void **state)
{
    static const char *const items[] = {"blue", "green", "a-very-long-name"};
    struct names names = {.items = items};
    struct table_rows rows = rows_of(&names, 3);
    struct table table;
    (void)state;
    table_init(&table);
    assert_drawn(&table, &rows, 4, 20,
                 "  NAME         RPM\n"
                 "▸ blue           0\n"
                 "  green         10\n"
                 "  a-very-lo…    20\n");
    /* The second column goes when there is no room for both. */
    assert_drawn(&table, &rows, 3, 12, "  NAME\n▸ blue\n  green\n");
    table.sort_column = 0;
    table.descending = true;
    assert_drawn(&table, &rows, 1, 20, "  NAME▾        RPM\n");
}

static void moves_and_scrolls(void **state)
{
    static const char *const items[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    struct names names = {.items = items};
    struct table_rows rows = rows_of(&names, 8);
    struct table table;
    (void)state;
    table_init(&table);
    free(draw(&table, &rows, 4, 20));
    assert_string_equal(table.selected, "a");
    assert_true(table_key(&table, &rows, character('j')));
    assert_string_equal(table.selected, "b");
    assert_true(table_key(&table, &rows, character('G')));
    assert_drawn(
        &table, &rows, 4, 20,
        "  NAME         RPM\n  f             50\n  g             60\n▸ h             70\n");
    assert_true(table_key(&table, &rows, character('j')));
    assert_string_equal(table.selected, "h");
    assert_true(table_key(&table, &rows, (struct key){KEY_PAGE_UP, 0, 0}));
    assert_string_equal(table.selected, "f");
    assert_true(table_key(&table, &rows, (struct key){KEY_HOME, 0, 0}));
    assert_true(table_key(&table, &rows, character('k')));
    assert_string_equal(table.selected, "a");
    assert_false(table_key(&table, &rows, character('x')));
    assert_false(table_key(&table, &rows, (struct key){KEY_ENTER, 0, 0}));
}

static void keeps_the_selected_thing(void **state)
{
    static const char *const before[] = {"a", "b", "c"};
    static const char *const moved[] = {"0", "1", "a", "b", "c"};
    static const char *const gone[] = {"a", "c"};
    struct names names = {.items = before};
    struct table_rows rows = rows_of(&names, 3);
    struct table table;
    (void)state;
    table_init(&table);
    table_select(&table, &rows, 1);
    names.items = moved;
    rows.count = 5;
    table_sync(&table, &rows);
    assert_string_equal(table.selected, "b");
    assert_int_equal(table.index, 3);
    names.items = before;
    rows.count = 3;
    table_sync(&table, &rows);
    assert_int_equal(table.index, 1);
    names.items = gone;
    rows.count = 2;
    table_sync(&table, &rows);
    assert_string_equal(table.selected, "c");
    rows.count = 0;
    table_sync(&table, &rows);
    assert_int_equal(table.index, 0);
}

static void selects_what_has_not_come_yet(void **state)
{
    static const char *const items[] = {"a", "b", "c"};
    struct names names = {.items = items};
    struct table_rows rows = rows_of(&names, 0);
    struct table table;
    (void)state;
    table_init(&table);
    table_select_id(&table, "c");
    table_sync(&table, &rows);
    rows.count = 3;
    table_sync(&table, &rows);
    assert_int_equal(table.index, 2);
}

static void says_that_it_is_empty(void **state)
{
    struct names names = {0};
    struct table_rows rows = rows_of(&names, 0);
    struct table table;
    char position[32] = "x";
    (void)state;
    table_init(&table);
    assert_drawn(&table, &rows, 5, 20, "  NAME         RPM\n\n      No rows.\n      Press n.\n\n");
    assert_true(table_key(&table, &rows, character('j')));
    table_position(&table, &rows, position, sizeof position);
    assert_string_equal(position, "");
}

static void asks_only_for_rows_in_sight(void **state)
{
    static char text[10000][8];
    static const char *items[10000];
    struct names names = {.items = items};
    struct table_rows rows = rows_of(&names, 10000);
    struct table table;
    (void)state;
    for (size_t i = 0; i < 10000; i++) {
        snprintf(text[i], sizeof text[i], "n%zu", i);
        items[i] = text[i];
    }
    table_init(&table);
    table_select(&table, &rows, 7000);
    free(draw(&table, &rows, 11, 40));
    assert_int_equal(names.asked, 20);
    char position[32];
    table_position(&table, &rows, position, sizeof position);
    assert_string_equal(position, "7001/10000");
}

static void chooses_the_sort_column(void **state)
{
    struct names names = {0};
    struct table_rows rows = rows_of(&names, 0);
    struct table table;
    static const int forward[] = {0, 1, -1, 0};
    (void)state;
    table_init(&table);
    for (size_t i = 0; i < 4; i++) {
        assert_true(table_key(&table, &rows, character('>')));
        assert_int_equal(table.sort_column, forward[i]);
    }
    assert_true(table_key(&table, &rows, character('<')));
    assert_int_equal(table.sort_column, -1);
    assert_true(table_key(&table, &rows, character('I')));
    assert_true(table.descending);
}

static void survives_any_size(void **state)
{
    static const char *const items[] = {"a", "b", "c"};
    struct names names = {.items = items};
    struct table_rows rows = rows_of(&names, 3);
    struct table table;
    (void)state;
    table_init(&table);
    for (int height = 1; height < 6; height++) {
        for (int width = 1; width < 24; width++)
            free(draw(&table, &rows, height, width));
    }
    assert_string_equal(table.selected, "a");
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_rows_under_headings),
        cmocka_unit_test(moves_and_scrolls),
        cmocka_unit_test(keeps_the_selected_thing),
        cmocka_unit_test(selects_what_has_not_come_yet),
        cmocka_unit_test(says_that_it_is_empty),
        cmocka_unit_test(asks_only_for_rows_in_sight),
        cmocka_unit_test(chooses_the_sort_column),
        cmocka_unit_test(survives_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
