#include "tui/widget/json_view.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_lines(const char *text, const char *const *expected, size_t count)
{
    struct json_view *view = json_view_from_text(text, strlen(text));
    struct text_lines lines = json_view_lines(view);
    for (size_t i = 0; i < lines.count && i < count; i++) {
        struct text_line line = {0};
        lines.line(lines.data, i, &line);
        assert_string_equal(line.text, expected[i]);
    }
    assert_int_equal(lines.count, count);
    json_view_free(view);
}

#define ASSERT_LINES(text, ...)                                                                    \
    do {                                                                                           \
        static const char *const expected_lines[] = {__VA_ARGS__};                                 \
        assert_lines(text, expected_lines, sizeof expected_lines / sizeof expected_lines[0]);      \
    } while (0)

static void lays_out_json(void **state)
{
    (void)state;
    ASSERT_LINES("{\"a\":1,\"b\":{\"c\":[],\"d\":{}},\"e\":[1,2.50,1e3],\"f\":[{\"g\":null}]}", "{",
                 "  \"a\": 1,", "  \"b\": {", "    \"c\": [],", "    \"d\": {}", "  },",
                 "  \"e\": [1, 2.50, 1e3],", "  \"f\": [", "    {", "      \"g\": null", "    }",
                 "  ]", "}");
    ASSERT_LINES(" [11055.977245525679, 4503.079536107787] ",
                 "[11055.977245525679, 4503.079536107787]");
    ASSERT_LINES("\"a \\\"quoted\\\" {text}\"", "\"a \\\"quoted\\\" {text}\"");
    ASSERT_LINES("12345678901234567890", "12345678901234567890");
}

static void breaks_long_arrays(void **state)
{
    (void)state;
    ASSERT_LINES("[\"0123456789012345678901234567890123456789\",\"01234567890123456789012345\"]",
                 "[", "  \"0123456789012345678901234567890123456789\",",
                 "  \"01234567890123456789012345\"", "]");
}

static void shows_what_is_no_json_as_it_is(void **state)
{
    (void)state;
    ASSERT_LINES("not {json\nsecond\tline", "not {json", "second  line");
    ASSERT_LINES("{\"a\": 1", "{\"a\": 1");
    assert_lines("", NULL, 0);
}

static void hides_control_characters(void **state)
{
    (void)state;
    ASSERT_LINES("\"a\xE2\x80\xAE"
                 "b\"",
                 "\"a·b\"");
    ASSERT_LINES("x\033[31mred", "xred");
}

static void styles_tokens(void **state)
{
    const char *text = "{\"key\": [\"s\", -1, true]}";
    struct json_view *view = json_view_from_text(text, strlen(text));
    struct text_lines lines = json_view_lines(view);
    struct text_line line = {0};
    static const unsigned styles[] = {ROLE_JSON_KEY, ROLE_JSON_STRING, ROLE_JSON_NUMBER,
                                      ROLE_JSON_WORD};
    (void)state;
    lines.line(lines.data, 1, &line);
    assert_string_equal(line.text, "  \"key\": [\"s\", -1, true]");
    assert_int_equal(line.span_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(line.spans[i].style, styles[i]);
    assert_int_equal(line.spans[2].start, 15);
    assert_int_equal(line.spans[2].len, 2);
    json_view_free(view);
}

static void shows_trees(void **state)
{
    (void)state;
    struct json *tree = json_object();
    json_set_number(tree, "blue", 90);
    struct json_view *view = json_view_new(tree);
    assert_int_equal(json_view_lines(view).count, 3);
    json_view_free(view);
    json_free(tree);
    view = json_view_new(NULL);
    assert_int_equal(json_view_lines(view).count, 0);
    json_view_free(view);
    assert_int_equal(json_view_lines(NULL).count, 0);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lays_out_json),
        cmocka_unit_test(breaks_long_arrays),
        cmocka_unit_test(shows_what_is_no_json_as_it_is),
        cmocka_unit_test(hides_control_characters),
        cmocka_unit_test(styles_tokens),
        cmocka_unit_test(shows_trees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
