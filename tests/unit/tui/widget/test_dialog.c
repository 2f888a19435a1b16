#include "tui/widget/dialog.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { OPENED = 1000, LATER = OPENED + DIALOG_GUARD_MS, CANCEL = 0, COMMIT = 1 };

static void open_review(struct dialog *dialog)
{
    dialog_init(dialog, "Commit traffic", OPENED);
    dialog_add_pair(dialog, 9, "before", ROLE_TEXT, "blue=%d", 100);
    dialog_add_pair(dialog, 9, "after", ROLE_DRAFT, "blue=%d green=%d", 90, 10);
    assert_int_equal(dialog_add_button(dialog, "Cancel"), CANCEL);
    assert_int_equal(dialog_add_button(dialog, "Commit"), COMMIT);
}

static enum dialog_result press(struct dialog *dialog, const char *name, int64_t now)
{
    struct key key;
    assert_true(key_parse(name, &key));
    return dialog_key(dialog, key, now);
}

static void ignores_enter_typed_ahead(void **state)
{
    struct dialog dialog;
    (void)state;
    open_review(&dialog);
    assert_int_equal(press(&dialog, "Enter", OPENED), DIALOG_USED);
    assert_int_equal(press(&dialog, "Enter", LATER - 1), DIALOG_USED);
    assert_int_equal(press(&dialog, "Enter", LATER), DIALOG_PRESSED);
    assert_int_equal(dialog.focus, CANCEL);
    dialog_release(&dialog);
}

static void moves_between_buttons(void **state)
{
    struct dialog dialog;
    (void)state;
    open_review(&dialog);
    press(&dialog, "Tab", OPENED);
    assert_int_equal(dialog.focus, COMMIT);
    press(&dialog, "Right", OPENED);
    assert_int_equal(dialog.focus, CANCEL);
    press(&dialog, "Shift-Tab", OPENED);
    assert_int_equal(dialog.focus, COMMIT);
    dialog_focus(&dialog, CANCEL);
    assert_int_equal(dialog.focus, CANCEL);
    dialog_focus(&dialog, 7);
    assert_int_equal(dialog.focus, CANCEL);
    assert_int_equal(press(&dialog, "v", OPENED), DIALOG_IGNORED);
    assert_int_equal(press(&dialog, "Esc", OPENED), DIALOG_CANCELLED);
    assert_int_equal(press(&dialog, "q", OPENED), DIALOG_CANCELLED);
    dialog_release(&dialog);
}

static void asks_for_a_word(void **state)
{
    struct dialog dialog;
    (void)state;
    open_review(&dialog);
    dialog_require(&dialog, "ml", CANCEL);
    assert_false(dialog_is_confirmed(&dialog));
    press(&dialog, "Tab", LATER);
    press(&dialog, "Tab", LATER);
    assert_int_equal(dialog.focus, COMMIT);
    assert_int_equal(press(&dialog, "Enter", LATER), DIALOG_USED);
    assert_true(dialog.on_field);
    /* Pasted text does not count. */
    dialog_key(&dialog, (struct key){KEY_PASTED, 'm', 0}, LATER);
    assert_string_equal(dialog.field.text, "");
    press(&dialog, "m", LATER);
    press(&dialog, "l", LATER);
    assert_true(dialog_is_confirmed(&dialog));
    assert_int_equal(press(&dialog, "Enter", LATER), DIALOG_USED);
    assert_int_equal(press(&dialog, "Enter", LATER), DIALOG_PRESSED);
    assert_int_equal(dialog.focus, COMMIT);
    dialog_release(&dialog);
}

static void pastes_answer_nothing(void **state)
{
    struct dialog dialog;
    (void)state;
    open_review(&dialog);
    assert_int_equal(dialog_key(&dialog, (struct key){KEY_PASTED, '\n', 0}, LATER), DIALOG_USED);
    assert_int_equal(dialog_key(&dialog, (struct key){KEY_PASTED, 'q', 0}, LATER), DIALOG_USED);
    dialog_release(&dialog);
}

static void draws_itself(void **state)
{
    struct dialog dialog;
    struct canvas canvas;
    (void)state;
    open_review(&dialog);
    canvas_init(&canvas, 10, 46, false);
    dialog_draw(&dialog, &canvas, canvas_area(&canvas));
    char *text = canvas_to_text(&canvas);
    assert_string_equal(text, "\n"
                              "   ╭ Commit traffic ──────────────────────╮\n"
                              "   │                                      │\n"
                              "   │  before   blue=100                   │\n"
                              "   │  after    blue=90 green=10           │\n"
                              "   │                                      │\n"
                              "   │              [ Cancel ]    Commit    │\n"
                              "   │                                      │\n"
                              "   ╰──────────────────────────────────────╯\n"
                              "\n");
    free(text);
    canvas_release(&canvas);
    dialog_release(&dialog);
}

static void fits_any_screen(void **state)
{
    struct dialog dialog;
    (void)state;
    open_review(&dialog);
    dialog_require(&dialog, "my-endpoint", CANCEL);
    for (int i = 0; i < 50; i++)
        dialog_add(&dialog, ROLE_TEXT, "a longer line of text, number %d\n\033[2J", i);
    for (int rows = 1; rows < 30; rows += 3) {
        for (int cols = 1; cols < 60; cols += 7) {
            struct canvas canvas;
            canvas_init(&canvas, rows, cols, false);
            dialog_draw(&dialog, &canvas, canvas_area(&canvas));
            canvas_release(&canvas);
        }
    }
    assert_null(strchr(dialog.lines[5].text, '\033'));
    dialog_release(&dialog);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ignores_enter_typed_ahead),
        cmocka_unit_test(moves_between_buttons),
        cmocka_unit_test(asks_for_a_word),
        cmocka_unit_test(pastes_answer_nothing),
        cmocka_unit_test(draws_itself),
        cmocka_unit_test(fits_any_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
