#include "core/base/yaml.h"

#include "core/base/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct yaml_node *parse(const char *text)
{
    struct error error;
    struct yaml_node *root = yaml_parse("f.yml", text, strlen(text), &error);
    if (!root)
        fail_msg("%s", error.message);
    return root;
}

/* The error of a text that must be refused. */
static struct error refusal(const char *text, size_t len)
{
    struct error error = {0};
    struct yaml_node *root = yaml_parse("f.yml", text, len, &error);
    if (root)
        fail_msg("taken: %.60s", text);
    return error;
}

static char *as_json(const char *text)
{
    struct yaml_node *root = parse(text);
    struct json *value = yaml_to_json(root);
    char *printed = json_print(value);
    json_free(value);
    yaml_free(root);
    return printed;
}

static void assert_json(const char *yaml, const char *expected)
{
    char *printed = as_json(yaml);
    assert_string_equal(printed, expected);
    free(printed);
}

static void keeps_order_and_positions(void **state)
{
    (void)state;
    struct yaml_node *root = parse("name: blue\nmodel:\n  path: ../m/\nlist: [a, b]\n");
    assert_int_equal(root->kind, YAML_MAPPING);
    assert_string_equal(root->first->key, "name");
    const struct yaml_node *path = yaml_get(yaml_get(root, "model"), "path");
    assert_int_equal(path->key_line, 3);
    assert_int_equal(path->key_column, 3);
    assert_int_equal(path->line, 3);
    assert_int_equal(path->column, 9);
    assert_string_equal(yaml_text(root, "name", ""), "blue");
    assert_string_equal(yaml_text(root, "model", "fallback"), "fallback");
    assert_string_equal(yaml_text(NULL, "model", "fallback"), "fallback");
    assert_null(yaml_get(yaml_get(root, "list"), "a"));
    yaml_free(root);
}

static void types_plain_words(void **state)
{
    (void)state;
    assert_json("a: 1\nb: -2\nc: 0.5\nd: true\ne: No\nf: ~\ng:\nh: null\n",
                "{\"a\":1,\"b\":-2,\"c\":0.5,\"d\":true,\"e\":false,\"f\":null,\"g\":null,"
                "\"h\":null}");
    /* Quoted: text. A leading zero, a version, a date, a hash: text. */
    assert_json("a: '1'\nb: \"true\"\nc: 007\nd: 1.2.3\ne: 2026-11-22\nf: 1e5\ng: 0x1F\nh: .\n",
                "{\"a\":\"1\",\"b\":\"true\",\"c\":\"007\",\"d\":\"1.2.3\",\"e\":\"2026-11-22\","
                "\"f\":\"1e5\",\"g\":\"0x1F\",\"h\":\".\"}");
    assert_json("[.inf, -.inf, .nan, 99999999999999999999]",
                "[\".inf\",\"-.inf\",\".nan\",\"99999999999999999999\"]");
}

static void reads_blocks_and_flow(void **state)
{
    (void)state;
    assert_json("t: |\n  a\n  b\nf: >-\n  c\n  d\n", "{\"t\":\"a\\nb\\n\",\"f\":\"c d\"}");
    assert_json("{a: [1, {b: c}], d: {}}", "{\"a\":[1,{\"b\":\"c\"}],\"d\":{}}");
    assert_json("# only a comment\n", "{}");
    assert_json("", "{}");
    assert_json("just text", "\"just text\"");
}

static void copies_aliases(void **state)
{
    (void)state;
    assert_json("a: &x {k: [1]}\nb: *x\n", "{\"a\":{\"k\":[1]},\"b\":{\"k\":[1]}}");
    struct error error = refusal("a: *nowhere\n", 12);
    assert_non_null(strstr(error.message, "f.yml:1:4"));
    /* An anchor is known only after its value: no cycle can be written. */
    refusal("a: &x [*x]\n", 11);
}

static void refuses_with_a_position(void **state)
{
    (void)state;
    static const struct {
        const char *text, *at;
    } bad[] = {
        {"a: 1\nb: 2\na: 3\n", "f.yml:3:1"},
        {"a: 1\n---\nb: 2\n", "f.yml:2:1"},
        {"? [x]\n: 1\n", "f.yml:1:3"},
        {"a: [1\n", "f.yml:2"},
        {"a: 'open\n", "f.yml:"},
        {"\ta: 1\n", "f.yml:1"},
        {"a: b: c\n", "f.yml:1"},
        {"%YAML 9.9\n---\na: 1\n", "f.yml:1"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct error error = refusal(bad[i].text, strlen(bad[i].text));
        assert_int_equal(error.kind, ERROR_USAGE);
        if (!strstr(error.message, bad[i].at))
            fail_msg("%s: %s", bad[i].text, error.message);
    }
}

static void bounds_depth(void **state)
{
    (void)state;
    char deep[4000];
    memset(deep, '[', sizeof deep);
    struct error error = refusal(deep, sizeof deep);
    assert_non_null(strstr(error.message, "nested too deeply"));
}

static void bounds_alias_expansion(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 10000);
    strbuf_puts(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 9; i++) {
        strbuf_printf(&text, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++)
            strbuf_printf(&text, "%s*a%d", k ? "," : "", i - 1);
        strbuf_puts(&text, "]\n");
    }
    struct error error = refusal(text.text, text.len);
    assert_non_null(strstr(error.message, "more values"));
    strbuf_release(&text);
}

static void bounds_what_lists_hold(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, YAML_MAX_BYTES);
    for (int i = 0; i < YAML_MAX_KEYS; i++)
        strbuf_printf(&text, "k%d: 1\n", i);
    struct yaml_node *root = parse(text.text);
    yaml_free(root);
    strbuf_puts(&text, "one-more: 1\n");
    struct error error = refusal(text.text, text.len);
    assert_non_null(strstr(error.message, "more keys"));
    strbuf_clear(&text);
    for (int i = 0; i <= YAML_MAX_KEYS; i++)
        strbuf_printf(&text, "- &n%d x\n", i);
    error = refusal(text.text, text.len);
    assert_non_null(strstr(error.message, "more anchors"));
    strbuf_release(&text);
    char *large = malloc((size_t)YAML_MAX_BYTES + 1);
    assert_non_null(large);
    memset(large, ' ', (size_t)YAML_MAX_BYTES + 1);
    error = refusal(large, (size_t)YAML_MAX_BYTES + 1);
    assert_int_equal(error.kind, ERROR_LIMIT);
    free(large);
}

static void survives_bytes_that_are_no_text(void **state)
{
    (void)state;
    static const char *const bad[] = {"a: \xff\xfe", "\x00\x01\x02", "a: \x80", "\xef\xbb",
                                      "a: \x1b[31m"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct error error;
        yaml_free(yaml_parse("f.yml", bad[i], strlen(bad[i]) + 1, &error));
    }
}

static void a_nul_cuts_no_text_short(void **state)
{
    (void)state;
    static const char value[] = "path: \"model\\0evil\"\n";
    static const char key[] = "\"path\\0evil\": x\n";
    assert_string_equal(refusal(value, sizeof value - 1).message, "f.yml:1:7: a NUL in a text");
    assert_string_equal(refusal(key, sizeof key - 1).message, "f.yml:1:1: a NUL in a text");
    assert_non_null(strstr(refusal("a: b\n\0c: d\n", 11).message, "f.yml:"));
}

static void says_which_file_is_missing(void **state)
{
    (void)state;
    struct error error = {0};
    assert_null(yaml_read("/nonexistent/x.yml", &error));
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.message, "/nonexistent/x.yml"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order_and_positions),
        cmocka_unit_test(types_plain_words),
        cmocka_unit_test(reads_blocks_and_flow),
        cmocka_unit_test(copies_aliases),
        cmocka_unit_test(refuses_with_a_position),
        cmocka_unit_test(bounds_depth),
        cmocka_unit_test(bounds_alias_expansion),
        cmocka_unit_test(bounds_what_lists_hold),
        cmocka_unit_test(survives_bytes_that_are_no_text),
        cmocka_unit_test(a_nul_cuts_no_text_short),
        cmocka_unit_test(says_which_file_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
