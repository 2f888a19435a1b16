#include "tui/widget/text_view.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void get(void *data, size_t index, struct text_line *out)
{
    const char *const *items = data;
    out->text = items[index];
    out->indent = 2;
}

static void numbered(void *data, size_t index, struct text_line *out)
{
    static char text[32];
    uint64_t dropped = *(uint64_t *)data;
    snprintf(text, sizeof text, "line %llu", (unsigned long long)(dropped + index));
    out->text = text;
}

static struct text_lines lines_of(const char *const *items, size_t count)
{
    return (struct text_lines){.data = (void *)(uintptr_t)items, .count = count, .line = get};
}

static void press(struct text_view *view, const struct text_lines *lines, const char *name)
{
    struct key key;
    assert_true(key_parse(name, &key));
    assert_true(text_view_key(view, lines, key));
}

static void assert_drawn(struct text_view *view, const struct text_lines *lines, int rows, int cols,
                         const char *expected)
{
    struct canvas canvas;
    canvas_init(&canvas, rows, cols, false);
    text_view_draw(view, lines, &canvas, canvas_area(&canvas), true);
    char *text = canvas_to_text(&canvas);
    assert_string_equal(text, expected);
    free(text);
    canvas_release(&canvas);
}

static void wraps_lines(void **state)
{
    static const char *const items[] = {"short", "the quick brown fox jumps", "", "0123456789abc"};
    struct text_lines lines = lines_of(items, 4);
    struct text_view view;
    (void)state;
    text_view_init(&view, true, false);
    assert_drawn(&view, &lines, 9, 10,
                 "short\nthe quick\n  brown\n  fox\n  jumps\n\n0123456789\n  abc\n\n");
    assert_int_equal(text_view_rows(&lines, 10), 8);
    /* A page that starts in the middle of a line. */
    assert_drawn(&view, &lines, 3, 10, "short\nthe quick\n  brown\n");
    press(&view, &lines, "j");
    press(&view, &lines, "j");
    assert_drawn(&view, &lines, 3, 10, "  brown\n  fox\n  jumps\n");
    press(&view, &lines, "k");
    assert_drawn(&view, &lines, 3, 10, "the quick\n  brown\n  fox\n");
    press(&view, &lines, "G");
    assert_drawn(&view, &lines, 3, 10, "\n0123456789\n  abc\n");
}

static void scrolls_sideways(void **state)
{
    static const char *const items[] = {"0123456789abcdef", "x界yz"};
    struct text_lines lines = lines_of(items, 2);
    struct text_view view;
    (void)state;
    text_view_init(&view, false, false);
    assert_drawn(&view, &lines, 2, 8, "01234567\nx界yz\n");
    press(&view, &lines, "l");
    press(&view, &lines, "l");
    assert_drawn(&view, &lines, 2, 8, "‹3456789\n‹yz\n");
    press(&view, &lines, "L");
    assert_drawn(&view, &lines, 1, 8, "‹def\n");
    press(&view, &lines, "H");
    press(&view, &lines, "H");
    assert_drawn(&view, &lines, 1, 8, "01234567\n");
    press(&view, &lines, "w");
    assert_drawn(&view, &lines, 2, 8, "01234567\n  89abcd\n");
}

static void follows_the_end(void **state)
{
    uint64_t dropped = 0;
    struct text_lines lines = {.data = &dropped, .count = 5, .line = numbered};
    struct text_view view;
    char position[32];
    (void)state;
    text_view_init(&view, false, true);
    assert_drawn(&view, &lines, 2, 10, "line 3\nline 4\n");
    lines.count = 9;
    assert_drawn(&view, &lines, 2, 10, "line 7\nline 8\n");
    text_view_position(&view, &lines, position, sizeof position);
    assert_string_equal(position, "follow");
    press(&view, &lines, "k");
    lines.count = 12;
    assert_drawn(&view, &lines, 2, 10, "line 6\nline 7\n");
    text_view_position(&view, &lines, position, sizeof position);
    assert_string_equal(position, "7/12");
    press(&view, &lines, "F");
    assert_drawn(&view, &lines, 2, 10, "line 10\nline 11\n");
}

static void stands_still_while_lines_are_dropped(void **state)
{
    uint64_t dropped = 0;
    struct text_lines lines = {.data = &dropped, .count = 10, .line = numbered};
    struct text_view view;
    (void)state;
    text_view_init(&view, false, false);
    assert_drawn(&view, &lines, 2, 10, "line 0\nline 1\n");
    press(&view, &lines, "PgDn");
    press(&view, &lines, "PgDn");
    press(&view, &lines, "PgDn");
    assert_drawn(&view, &lines, 2, 10, "line 3\nline 4\n");
    dropped = lines.dropped = 3;
    assert_drawn(&view, &lines, 2, 10, "line 3\nline 4\n");
    dropped = lines.dropped = 6;
    lines.count = 4;
    assert_drawn(&view, &lines, 2, 10, "line 6\nline 7\n");
    lines.count = 1;
    assert_drawn(&view, &lines, 2, 10, "line 6\n\n");
    lines.count = 0;
    lines.empty = "nothing";
    assert_drawn(&view, &lines, 2, 10, "\n nothing\n");
}

static void finds_text(void **state)
{
    static const char *const items[] = {"Started", "error: one", "ok", "an Error: two", "end"};
    struct text_lines lines = lines_of(items, 5);
    struct text_view view;
    (void)state;
    text_view_init(&view, false, false);
    assert_drawn(&view, &lines, 2, 16, "Started\nerror: one\n");
    press(&view, &lines, "/");
    assert_true(text_view_is_typing(&view));
    press(&view, &lines, "e");
    press(&view, &lines, "r");
    press(&view, &lines, "r");
    assert_drawn(&view, &lines, 3, 16, "Started\nerror: one\n/err\n");
    press(&view, &lines, "Enter");
    assert_false(text_view_is_typing(&view));
    assert_int_equal(view.hit, 1);
    press(&view, &lines, "n");
    assert_int_equal(view.hit, 3);
    assert_drawn(&view, &lines, 2, 16, "an Error: two\nend\n");
    press(&view, &lines, "n");
    assert_int_equal(view.hit, 1);
    press(&view, &lines, "N");
    assert_int_equal(view.hit, 3);
    press(&view, &lines, "Esc");
    assert_false(view.has_hit);
    struct key escape = {KEY_ESC, 0, 0};
    assert_false(text_view_key(&view, &lines, escape));
    /* An upper case letter makes case count. */
    press(&view, &lines, "/");
    press(&view, &lines, "E");
    press(&view, &lines, "r");
    press(&view, &lines, "Enter");
    assert_int_equal(view.hit, 3);
    press(&view, &lines, "/");
    press(&view, &lines, "z");
    press(&view, &lines, "Enter");
    assert_true(view.missed);
    assert_drawn(&view, &lines, 2, 16, "an Error: two\nnot found: z\n");
}

static void marks_hits_and_spans(void **state)
{
    static const char *const items[] = {"say hello"};
    struct text_lines lines = lines_of(items, 1);
    struct text_view view;
    struct canvas canvas;
    (void)state;
    text_view_init(&view, false, false);
    press(&view, &lines, "/");
    press(&view, &lines, "l");
    press(&view, &lines, "l");
    press(&view, &lines, "Enter");
    canvas_init(&canvas, 1, 12, false);
    text_view_draw(&view, &lines, &canvas, canvas_area(&canvas), true);
    for (int col = 0; col < 9; col++)
        assert_int_equal(canvas_cell(&canvas, 0, col)->style,
                         col == 6 || col == 7 ? ROLE_MATCH_NOW : ROLE_TEXT);
    canvas_release(&canvas);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wraps_lines),     cmocka_unit_test(scrolls_sideways),
        cmocka_unit_test(follows_the_end), cmocka_unit_test(stands_still_while_lines_are_dropped),
        cmocka_unit_test(finds_text),      cmocka_unit_test(marks_hits_and_spans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
