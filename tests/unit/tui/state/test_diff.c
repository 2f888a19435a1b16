#include "tui/state/diff.h"

#include "tui/draw/style.h"
#include "tui/widget/json_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { LEFT = ROLE_BLUE, RIGHT = ROLE_GREEN };

static struct diff *diff_of(const char *left, const char *right)
{
    struct json_view *a = json_view_from_text(left, strlen(left));
    struct json_view *b = json_view_from_text(right, strlen(right));
    struct text_lines left_lines = json_view_lines(a);
    struct text_lines right_lines = json_view_lines(b);
    struct diff *diff = diff_new(&left_lines, LEFT, &right_lines, RIGHT);
    json_view_free(a);
    json_view_free(b);
    return diff;
}

static void expect(const char *left, const char *right, const char *wanted)
{
    char is[2000] = "";
    struct diff *diff = diff_of(left, right);
    struct text_lines lines = diff_lines(diff);
    for (size_t i = 0; i < lines.count; i++) {
        struct text_line line = {.text = ""};
        lines.line(lines.data, i, &line);
        size_t used = strlen(is);
        snprintf(is + used, sizeof is - used, "%s\n", line.text);
    }
    assert_string_equal(is, wanted);
    diff_free(diff);
}

static void lines_of_both_stand_once(void **unused)
{
    (void)unused;
    expect("a\nb\nc", "a\nb\nc", "  a\n  b\n  c\n");
    expect("a\nb\nc", "a\nx\nc", "  a\n- b\n+ x\n  c\n");
    expect("a\nb\nc\nd\ne", "a\nc\nnew\ne", "  a\n- b\n  c\n- d\n+ new\n  e\n");
    expect("a\na\na", "a\na", "  a\n  a\n- a\n");
    expect("", "a", "+ a\n");
    expect("a", "a,\nb", "  a\n+ b\n");
    expect("x\ny", "p\nx\nq\ny\nr", "+ p\n  x\n+ q\n  y\n+ r\n");
}

static void numbers_that_differ_are_marked(void **unused)
{
    (void)unused;
    struct diff *diff =
        diff_of("{\"m\": [1.5, 2, -3e-2], \"v1\": 1}", "{\"m\": [1.5, 7, 3e-2], \"v1\": 1}");
    struct text_lines lines = diff_lines(diff);
    struct text_line line = {.text = ""};
    assert_false(diff_is_equal(diff));
    assert_int_equal(lines.count, 5);
    lines.line(lines.data, 1, &line);
    assert_string_equal(line.text, "-   \"m\": [1.5, 2, -3e-2],");
    assert_int_equal(line.span_count, 2);
    assert_memory_equal(line.text + line.spans[0].start, "2", line.spans[0].len);
    assert_memory_equal(line.text + line.spans[1].start, "-3e-2", line.spans[1].len);
    assert_int_equal(line.spans[1].len, 5);
    lines.line(lines.data, 2, &line);
    assert_int_equal(line.span_count, 2);
    assert_int_equal(line.spans[0].style & STYLE_ROLE_MASK, RIGHT);
    diff_free(diff);
}

static void equal_and_huge_texts_are_taken_in_stride(void **unused)
{
    (void)unused;
    static char many[2][60000];
    struct diff *diff = diff_of("[1, 2]", "[1,2]");
    assert_true(diff_is_equal(diff));
    diff_free(diff);
    for (int side = 0; side < 2; side++)
        for (int i = 0, used = 0; i < 3000; i++)
            used +=
                snprintf(many[side] + used, sizeof many[side] - (size_t)used, "%d\n", i * 2 + side);
    diff = diff_of(many[0], many[1]);
    assert_int_equal(diff_lines(diff).count, 6000);
    diff_free(diff);
    assert_int_equal(diff_lines(NULL).count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_both_stand_once),
        cmocka_unit_test(numbers_that_differ_are_marked),
        cmocka_unit_test(equal_and_huge_texts_are_taken_in_stride),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
