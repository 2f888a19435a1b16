#include "tui/widget/menu.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct menu_item items[] = {
    {.name = "create deployment", .detail = "from a YAML file"},
    {.name = "delete deployment", .detail = "of this endpoint", .disabled = "it has traffic"},
    {.name = "scale", .detail = "number of instances", .key = "s"},
    {.name = "reload", .detail = "read again", .key = "R"},
};
enum { COUNT = 4 };

static enum menu_result press(struct menu *menu, const char *name, size_t *chosen)
{
    struct key key;
    assert_true(key_parse(name, &key));
    return menu_key(menu, items, COUNT, key, chosen);
}

static void type(struct menu *menu, const char *text)
{
    char one[2] = {0};
    size_t chosen;
    for (; *text; text++) {
        one[0] = *text;
        press(menu, *text == ' ' ? "Space" : one, &chosen);
    }
}

static void ranks_matches(void **state)
{
    (void)state;
    int exact = menu_match("scale", &items[2]);
    int prefix = menu_match("sc", &items[2]);
    int inside = menu_match("cal", &items[2]);
    int letters = menu_match("sle", &items[2]);
    int detail = menu_match("instances", &items[2]);
    assert_true(exact > prefix && prefix > inside && inside > letters && letters > detail);
    assert_true(detail > 0);
    assert_int_equal(menu_match("zz", &items[2]), 0);
}

static void chooses_what_is_filtered(void **state)
{
    struct menu menu;
    size_t chosen = 99;
    (void)state;
    menu_init(&menu, false);
    type(&menu, "rel");
    assert_int_equal(press(&menu, "Enter", &chosen), MENU_CHOSEN);
    assert_int_equal(chosen, 3);
    menu_init(&menu, false);
    press(&menu, "Down", &chosen);
    assert_int_equal(press(&menu, "Enter", &chosen), MENU_USED);
    press(&menu, "Down", &chosen);
    assert_int_equal(press(&menu, "Enter", &chosen), MENU_CHOSEN);
    assert_int_equal(chosen, 2);
    assert_int_equal(press(&menu, "Esc", &chosen), MENU_CANCELLED);
}

static void completes_and_takes_arguments(void **state)
{
    struct menu menu;
    size_t chosen = 99;
    (void)state;
    menu_init(&menu, true);
    type(&menu, "sc");
    press(&menu, "Tab", &chosen);
    assert_string_equal(menu.filter.text, "scale ");
    type(&menu, "blue 2");
    assert_string_equal(menu_argument(&menu), "blue 2");
    assert_int_equal(press(&menu, "Enter", &chosen), MENU_CHOSEN);
    assert_int_equal(chosen, 2);
    menu_init(&menu, true);
    type(&menu, "zz");
    assert_int_equal(press(&menu, "Enter", &chosen), MENU_IGNORED);
    assert_string_equal(menu_argument(&menu), "");
}

static void draws_itself(void **state)
{
    struct menu menu;
    struct canvas canvas;
    (void)state;
    menu_init(&menu, false);
    canvas_init(&canvas, 6, 46, false);
    menu_draw(&menu, items, COUNT, &canvas, canvas_area(&canvas), ":", "type a command");
    char *text = canvas_to_text(&canvas);
    assert_string_equal(text, ":type a command\n"
                              "▸ create deployment  from a YAML file\n"
                              "  delete deployment  it has traffic\n"
                              "  scale              number of instances    s\n"
                              "  reload             read again             R\n"
                              "\n");
    free(text);
    canvas_release(&canvas);
    canvas_init(&canvas, 3, 30, false);
    type(&menu, "zzz");
    menu_draw(&menu, items, COUNT, &canvas, canvas_area(&canvas), ":", "");
    text = canvas_row_text(&canvas, 1);
    assert_string_equal(text, "  nothing matches");
    free(text);
    canvas_release(&canvas);
}

static void shows_the_end_of_long_paths(void **state)
{
    static const struct menu_item files[] = {{.name = "/a/rather/long/folder/request.json"}};
    struct menu menu;
    struct canvas canvas;
    (void)state;
    menu_init(&menu, false);
    canvas_init(&canvas, 2, 22, false);
    menu_draw(&menu, files, 1, &canvas, canvas_area(&canvas), "> ", "");
    char *text = canvas_row_text(&canvas, 1);
    assert_string_equal(text, "▸ …folder/request.json");
    free(text);
    canvas_release(&canvas);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_matches),
        cmocka_unit_test(chooses_what_is_filtered),
        cmocka_unit_test(completes_and_takes_arguments),
        cmocka_unit_test(draws_itself),
        cmocka_unit_test(shows_the_end_of_long_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
