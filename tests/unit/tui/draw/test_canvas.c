#include "tui/draw/canvas.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_canvas(const struct canvas *canvas, const char *expected)
{
    char *text = canvas_to_text(canvas);
    assert_string_equal(text, expected);
    free(text);
}

static void assert_row(const struct canvas *canvas, int row, const char *expected)
{
    char *text = canvas_row_text(canvas, row);
    assert_string_equal(text, expected);
    free(text);
}

static void clips_text_to_its_area(void **state)
{
    struct canvas canvas;
    (void)state;
    canvas_init(&canvas, 3, 10, false);
    struct rect area = rect_make(1, 2, 1, 5);
    assert_int_equal(canvas_text(&canvas, area, 0, 0, 0, "abcdefgh"), 8);
    canvas_text(&canvas, area, 1, 0, 0, "below");
    canvas_text(&canvas, area, -1, 0, 0, "above");
    assert_canvas(&canvas, "\n  abcde\n\n");
    canvas_text(&canvas, area, 0, -2, 0, "12345");
    assert_canvas(&canvas, "\n  345de\n\n");
    canvas_text(&canvas, rect_make(-5, -5, 100, 100), 5, 5, 0, "x\ny");
    assert_row(&canvas, 0, "x");
    canvas_text(&canvas, rect_make(1, 20, 5, 5), 0, 0, 0, "outside");
    assert_canvas(&canvas, "x\n  345de\n\n");
    canvas_release(&canvas);
}

static void keeps_double_width_characters_whole(void **state)
{
    struct canvas canvas;
    (void)state;
    canvas_init(&canvas, 1, 6, false);
    struct rect all = canvas_area(&canvas);
    canvas_text(&canvas, all, 0, 0, 0, "界界界");
    assert_row(&canvas, 0, "界界界");
    canvas_text(&canvas, all, 0, 1, 0, "Q");
    assert_row(&canvas, 0, " Q界界");
    canvas_text(&canvas, all, 0, 4, 0, "Q");
    assert_row(&canvas, 0, " Q界Q");
    /* One that sticks out of the area, on either side. */
    canvas_clear(&canvas);
    canvas_text(&canvas, rect_make(0, 0, 1, 3), 0, 2, 0, "界");
    canvas_text(&canvas, rect_make(0, 4, 1, 2), 0, -1, 0, "界x");
    assert_row(&canvas, 0, "     x");
    /* One over the halves of two others. */
    canvas_text(&canvas, all, 0, 0, 0, "界界");
    canvas_text(&canvas, all, 0, 1, 0, "漢");
    assert_row(&canvas, 0, " 漢  x");
    for (int col = 0; col < 6; col++) {
        const struct cell *cell = canvas_cell(&canvas, 0, col);
        assert_true((cell->width == 0) ==
                    (col > 0 && canvas_cell(&canvas, 0, col - 1)->width == 2));
    }
    canvas_release(&canvas);
}

static void holds_combining_marks(void **state)
{
    struct canvas canvas;
    (void)state;
    canvas_init(&canvas, 1, 6, false);
    struct rect all = canvas_area(&canvas);
    canvas_text(&canvas, all, 0, 0, 0, "e\xCC\x81\xCC\x82\xCC\x83t");
    assert_row(&canvas, 0, "e\xCC\x81\xCC\x82t");
    canvas_clear(&canvas);
    canvas_text(&canvas, all, 0, 2, 0, "\xCC\x81x");
    assert_row(&canvas, 0, "  x");
    canvas_release(&canvas);
}

static void never_holds_control_characters(void **state)
{
    struct canvas canvas;
    (void)state;
    canvas_init(&canvas, 1, 40, false);
    struct rect all = canvas_area(&canvas);
    canvas_text(&canvas, all, 0, 0, 0, "a\033[2J\tb\x7f\xC2\x9B\xE2\x80\xAE\xFF\r.");
    for (int col = 0; col < 40; col++) {
        uint32_t code = canvas_cell(&canvas, 0, col)->code;
        assert_true(code >= 0x20 && (code < 0x7F || code >= 0xA0) && code != 0x202E);
        assert_int_equal(canvas_cell(&canvas, 0, col)->marks[0], 0);
    }
    canvas_release(&canvas);
}

static void draws_in_ascii(void **state)
{
    struct canvas canvas;
    struct box box = {.title = "Größe", .number = 1};
    (void)state;
    canvas_init(&canvas, 3, 20, true);
    struct rect inside = canvas_box(&canvas, canvas_area(&canvas), &box);
    canvas_text(&canvas, inside, 0, 0, 0, "▸● ✓✗→…–界");
    assert_canvas(&canvas, "+1 Gr??e ----------+\n"
                           "|>* okx->~-?       |\n"
                           "+------------------+\n");
    canvas_release(&canvas);
}

static void aligns_and_cuts_cells(void **state)
{
    struct canvas canvas;
    (void)state;
    canvas_init(&canvas, 1, 20, false);
    struct rect all = canvas_area(&canvas);
    canvas_text(&canvas, all, 0, 0, 0, "####################");
    int at = canvas_cell_text(&canvas, all, 0, 0, 6, ALIGN_LEFT, 0, "ab");
    at = canvas_cell_text(&canvas, all, 0, at, 6, ALIGN_RIGHT, 0, "ab");
    at = canvas_cell_text(&canvas, all, 0, at, 6, ALIGN_CENTRE, 0, "abcdefgh");
    assert_int_equal(at, 18);
    assert_row(&canvas, 0, "ab        ababcde…##");
    canvas_release(&canvas);
}

static void frames_with_titles_and_hints(void **state)
{
    static const struct key_hint hints[] = {
        {"c", "review & commit", 0, false}, {"u", "undo", 1, false}, {"v", "view", 2, false}};
    struct canvas canvas;
    struct box box = {.title = "Traffic",
                      .number = 3,
                      .note = "draft",
                      .right = "2 s ago",
                      .hints = hints,
                      .hint_count = 3,
                      .status = "sum 100"};
    (void)state;
    canvas_init(&canvas, 3, 50, false);
    struct rect inside = canvas_box(&canvas, canvas_area(&canvas), &box);
    assert_int_equal(inside.rows, 1);
    assert_int_equal(inside.cols, 48);
    assert_row(&canvas, 0, "╭3 Traffic draft ────────────────────── 2 s ago ─╮");
    assert_row(&canvas, 2, "╰─ sum 100 ── c review & commit  u undo  v view ─╯");
    canvas_release(&canvas);
}

static void drops_hints_that_do_not_fit(void **state)
{
    static const struct key_hint hints[] = {
        {"c", "commit", 0, false}, {"u", "undo", 2, false}, {"v", "view", 1, false}};
    struct canvas canvas;
    (void)state;
    canvas_init(&canvas, 1, 40, false);
    struct rect all = canvas_area(&canvas);
    assert_int_equal(canvas_hints_width(hints, 3), 24);
    canvas_hints(&canvas, all, 0, 0, 24, hints, 3);
    assert_row(&canvas, 0, "c commit  u undo  v view");
    canvas_clear(&canvas);
    canvas_hints(&canvas, all, 0, 0, 23, hints, 3);
    assert_row(&canvas, 0, "c commit  v view");
    canvas_clear(&canvas);
    canvas_hints(&canvas, all, 0, 0, 3, hints, 3);
    assert_row(&canvas, 0, "");
    canvas_release(&canvas);
}

static void draws_bars_in_eighths(void **state)
{
    struct canvas canvas;
    (void)state;
    canvas_init(&canvas, 4, 8, false);
    struct rect all = canvas_area(&canvas);
    canvas_bar(&canvas, all, 0, 0, 8, 0.53125, ROLE_BLUE, ROLE_TRACK);
    canvas_bar(&canvas, all, 1, 0, 8, 0.0001, ROLE_BLUE, ROLE_TRACK);
    canvas_bar(&canvas, all, 2, 0, 8, 7, ROLE_BLUE, ROLE_TRACK);
    canvas_bar(&canvas, all, 3, 0, 8, (double)NAN, ROLE_BLUE, ROLE_TRACK);
    assert_canvas(&canvas, "████▎\n▏\n████████\n\n");
    canvas_release(&canvas);
    canvas_init(&canvas, 1, 8, true);
    canvas_bar(&canvas, all, 0, 0, 8, 0.5, ROLE_BLUE, ROLE_TRACK);
    assert_row(&canvas, 0, "####....");
    canvas_release(&canvas);
}

static int columns_of(const struct canvas *canvas, enum role role)
{
    int count = 0;
    for (int col = 0; col < canvas->cols; col++)
        count += (canvas_cell(canvas, 0, col)->style & STYLE_ROLE_MASK) == role;
    return count;
}

static void splits_bars_without_losing_a_part(void **state)
{
    struct canvas canvas;
    (void)state;
    canvas_init(&canvas, 1, 10, false);
    struct rect all = canvas_area(&canvas);
    for (int percent = 0; percent <= 100; percent++) {
        struct bar_part parts[] = {{.fraction = percent / 100.0, .style = ROLE_BLUE},
                                   {.fraction = (100 - percent) / 100.0, .style = ROLE_GREEN}};
        canvas_clear(&canvas);
        canvas_split_bar(&canvas, all, 0, 0, 10, parts, 2);
        int blue = columns_of(&canvas, ROLE_BLUE), green = columns_of(&canvas, ROLE_GREEN);
        assert_int_equal(blue + green, 10);
        assert_true((blue > 0) == (percent > 0));
        assert_true((green > 0) == (percent < 100));
    }
    struct bar_part none[] = {{.fraction = 0, .style = ROLE_BLUE}};
    canvas_split_bar(&canvas, all, 0, 0, 10, none, 1);
    assert_int_equal(columns_of(&canvas, ROLE_TRACK), 10);
    struct bar_part many[] = {{.fraction = 0.98, .style = ROLE_BLUE},
                              {.fraction = 0.01, .style = ROLE_GREEN},
                              {.fraction = 0.01, .style = ROLE_OTHER}};
    canvas_split_bar(&canvas, all, 0, 0, 10, many, 3);
    assert_int_equal(columns_of(&canvas, ROLE_GREEN), 1);
    assert_int_equal(columns_of(&canvas, ROLE_OTHER), 1);
    canvas_release(&canvas);
}

static void draws_sparklines(void **state)
{
    static const double points[] = {9, 0, 1, 2, 4, 8, 0.01};
    struct canvas canvas;
    (void)state;
    canvas_init(&canvas, 3, 8, false);
    struct rect all = canvas_area(&canvas);
    canvas_sparkline(&canvas, all, 0, 0, 6, points, 7, 8, ROLE_TEXT);
    canvas_sparkline(&canvas, all, 1, 0, 8, points + 1, 2, 0, ROLE_TEXT);
    canvas_sparkline(&canvas, all, 2, 0, 8, points, 0, 0, ROLE_TEXT);
    assert_canvas(&canvas, "▁▂▃▄▇▂\n      ▁▇\n\n");
    canvas_release(&canvas);
}

static void draws_tracks(void **state)
{
    struct canvas canvas;
    (void)state;
    canvas_init(&canvas, 4, 21, false);
    struct rect all = canvas_area(&canvas);
    struct track track = {.max = 100, .value = 25, .before = -1, .limit = -1};
    canvas_track(&canvas, all, 0, 0, 21, &track);
    track.limit = 50;
    canvas_track(&canvas, all, 1, 0, 21, &track);
    track.limit = -1;
    track.before = 10;
    track.value = 100;
    canvas_track(&canvas, all, 2, 0, 21, &track);
    track.disabled = true;
    track.before = -1;
    canvas_track(&canvas, all, 3, 0, 21, &track);
    assert_canvas(&canvas, "━━━━━●───────────────\n"
                           "━━━━━●────┆┈┈┈┈┈┈┈┈┈┈\n"
                           "━━○━━━━━━━━━━━━━━━━━●\n"
                           "┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈\n");
    canvas_release(&canvas);
    canvas_init(&canvas, 1, 11, true);
    struct track plain = {.max = 100, .value = 30, .before = -1, .limit = 50};
    canvas_track(&canvas, rect_make(0, 0, 1, 11), 0, 0, 11, &plain);
    assert_row(&canvas, 0, "===O-|.....");
    canvas_release(&canvas);
}

static void survives_any_size(void **state)
{
    static const struct key_hint hints[] = {{"c", "commit", 0, false}};
    struct box box = {.title = "Title",
                      .note = "note",
                      .right = "right",
                      .number = 1,
                      .hints = hints,
                      .hint_count = 1,
                      .status = "status"};
    (void)state;
    for (int rows = -1; rows < 5; rows++) {
        for (int cols = -1; cols < 30; cols++) {
            struct canvas canvas;
            canvas_init(&canvas, rows, cols, cols % 2 == 0);
            struct rect all = rect_make(0, 0, rows, cols);
            struct rect inside = canvas_box(&canvas, all, &box);
            canvas_bar(&canvas, inside, 0, 0, inside.cols, 0.5, 0, 0);
            canvas_cell_text(&canvas, inside, 0, -2, inside.cols, ALIGN_RIGHT, 0, "界界界");
            canvas_cursor(&canvas, inside, 0, 0);
            assert_true(inside.rows >= 0 && inside.cols >= 0);
            char *text = canvas_to_text(&canvas);
            assert_non_null(text);
            free(text);
            canvas_release(&canvas);
        }
    }
}

static void shows_the_cursor_only_inside(void **state)
{
    struct canvas canvas;
    (void)state;
    canvas_init(&canvas, 5, 5, false);
    canvas_cursor(&canvas, rect_make(1, 1, 2, 2), 0, 2);
    assert_false(canvas.cursor_visible);
    canvas_cursor(&canvas, rect_make(1, 1, 2, 2), 1, 1);
    assert_true(canvas.cursor_visible);
    assert_int_equal(canvas.cursor_row, 2);
    assert_int_equal(canvas.cursor_col, 2);
    canvas_clear(&canvas);
    assert_false(canvas.cursor_visible);
    canvas_release(&canvas);
}

static void changes_styles_only(void **state)
{
    struct canvas canvas;
    (void)state;
    canvas_init(&canvas, 1, 5, false);
    struct rect all = canvas_area(&canvas);
    canvas_text(&canvas, all, 0, 0, ROLE_OK | ATTR_BOLD, "abcde");
    canvas_restyle(&canvas, rect_make(0, 1, 1, 2), ATTR_BOLD, ATTR_SELECTED);
    assert_row(&canvas, 0, "abcde");
    assert_int_equal(canvas_cell(&canvas, 0, 0)->style, ROLE_OK | ATTR_BOLD);
    assert_int_equal(canvas_cell(&canvas, 0, 1)->style, ROLE_OK | ATTR_SELECTED);
    assert_int_equal(canvas_cell(&canvas, 0, 3)->style, ROLE_OK | ATTR_BOLD);
    canvas_release(&canvas);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clips_text_to_its_area),
        cmocka_unit_test(keeps_double_width_characters_whole),
        cmocka_unit_test(holds_combining_marks),
        cmocka_unit_test(never_holds_control_characters),
        cmocka_unit_test(draws_in_ascii),
        cmocka_unit_test(aligns_and_cuts_cells),
        cmocka_unit_test(frames_with_titles_and_hints),
        cmocka_unit_test(drops_hints_that_do_not_fit),
        cmocka_unit_test(draws_bars_in_eighths),
        cmocka_unit_test(splits_bars_without_losing_a_part),
        cmocka_unit_test(draws_sparklines),
        cmocka_unit_test(draws_tracks),
        cmocka_unit_test(survives_any_size),
        cmocka_unit_test(shows_the_cursor_only_inside),
        cmocka_unit_test(changes_styles_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
