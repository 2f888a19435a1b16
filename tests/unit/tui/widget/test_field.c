#include "tui/widget/field.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static enum field_result press(struct field *field, const char *name)
{
    struct key key;
    if (!key_parse(name, &key))
        fail_msg("no key %s", name);
    return field_key(field, key);
}

static void type(struct field *field, const char *keys)
{
    char one[8];
    while (*keys) {
        size_t len = (size_t)((unsigned char)*keys < 0x80   ? 1
                              : (unsigned char)*keys < 0xE0 ? 2
                                                            : 3);
        memcpy(one, keys, len);
        one[len] = '\0';
        press(field, strcmp(one, " ") == 0 ? "Space" : one);
        keys += len;
    }
}

static void edits_whole_characters(void **state)
{
    struct field field;
    (void)state;
    field_init(&field, 0);
    type(&field, "ab界c");
    assert_string_equal(field.text, "ab界c");
    press(&field, "Left");
    press(&field, "Left");
    assert_int_equal(press(&field, "Delete"), FIELD_CHANGED);
    assert_string_equal(field.text, "abc");
    type(&field, "é");
    assert_string_equal(field.text, "abéc");
    press(&field, "Backspace");
    assert_string_equal(field.text, "abc");
    press(&field, "Home");
    assert_int_equal(press(&field, "Backspace"), FIELD_USED);
    press(&field, "End");
    press(&field, "Ctrl-u");
    assert_string_equal(field.text, "");
}

static void deletes_marks_with_their_character(void **state)
{
    struct field field;
    (void)state;
    field_init(&field, 0);
    field_set(&field, "xe\xCC\x81");
    press(&field, "Backspace");
    assert_string_equal(field.text, "x");
}

static void moves_by_words(void **state)
{
    struct field field;
    (void)state;
    field_init(&field, 0);
    field_set(&field, "scale blue 2");
    press(&field, "Ctrl-Left");
    assert_int_equal(field.cursor, 11);
    press(&field, "Alt-Left");
    assert_int_equal(field.cursor, 6);
    press(&field, "Alt-Backspace");
    assert_string_equal(field.text, "blue 2");
    press(&field, "Ctrl-Right");
    assert_int_equal(field.cursor, 4);
}

static void leaves_other_keys_to_the_owner(void **state)
{
    static const char *const keys[] = {"Enter", "Esc",    "Tab", "Up",
                                       "Down",  "Ctrl-c", "F1",  "Alt-x"};
    struct field field;
    (void)state;
    field_init(&field, 0);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_int_equal(press(&field, keys[i]), FIELD_IGNORED);
    assert_string_equal(field.text, "");
}

static void keeps_its_limits(void **state)
{
    struct field field;
    (void)state;
    field_init(&field, 4);
    type(&field, "ab界c");
    assert_string_equal(field.text, "abc");
    field_set(&field, "abcdefgh");
    assert_string_equal(field.text, "abcd");
    field_init(&field, 3);
    field.digits = true;
    type(&field, "1x-2");
    assert_string_equal(field.text, "12");
}

static void takes_pastes_as_text(void **state)
{
    struct field field;
    static const uint32_t pasted[] = {'a', '\n', 'b', '\t', 0x1B, 0x202E, 'c'};
    (void)state;
    field_init(&field, 0);
    for (size_t i = 0; i < sizeof pasted / sizeof pasted[0]; i++)
        field_key(&field, (struct key){KEY_PASTED, pasted[i], 0});
    assert_string_equal(field.text, "a b c");
    field_set(&field, "");
    field.refuses_paste = true;
    field_key(&field, (struct key){KEY_PASTED, 'x', 0});
    assert_string_equal(field.text, "");
}

static void wipes_secrets(void **state)
{
    struct field field;
    (void)state;
    field_init(&field, 0);
    field.masked = true;
    type(&field, "hunter2");
    field_wipe(&field);
    for (size_t i = 0; i < sizeof field.text; i++)
        assert_int_equal(field.text[i], 0);
}

static void assert_drawn(struct field *field, int columns, const char *expected, int cursor)
{
    struct canvas canvas;
    canvas_init(&canvas, 1, columns, false);
    field_draw(field, &canvas, canvas_area(&canvas), true, "name");
    char *text = canvas_row_text(&canvas, 0);
    assert_string_equal(text, expected);
    assert_int_equal(canvas.cursor_col, cursor);
    free(text);
    canvas_release(&canvas);
}

static void shows_the_part_around_the_cursor(void **state)
{
    struct field field;
    (void)state;
    field_init(&field, 0);
    assert_drawn(&field, 8, "name", 0);
    field_set(&field, "abcdefghij");
    assert_drawn(&field, 8, "defghij", 7);
    press(&field, "Home");
    assert_drawn(&field, 8, "abcdefgh", 0);
    press(&field, "End");
    assert_drawn(&field, 8, "defghij", 7);
    press(&field, "Backspace");
    assert_drawn(&field, 8, "cdefghi", 7);
    field_set(&field, "界界");
    assert_drawn(&field, 8, "界界", 4);
    field.masked = true;
    assert_drawn(&field, 8, "●●", 2);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_whole_characters),
        cmocka_unit_test(deletes_marks_with_their_character),
        cmocka_unit_test(moves_by_words),
        cmocka_unit_test(leaves_other_keys_to_the_owner),
        cmocka_unit_test(keeps_its_limits),
        cmocka_unit_test(takes_pastes_as_text),
        cmocka_unit_test(wipes_secrets),
        cmocka_unit_test(shows_the_part_around_the_cursor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
