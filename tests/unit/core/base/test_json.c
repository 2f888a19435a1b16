#include "core/base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct json *parse(const char *text)
{
    struct error error;
    struct json *value = json_parse(text, strlen(text), &error);
    if (!value)
        fail_msg("%s: %s", text, error.message);
    return value;
}

static void reads_each_type(void **state)
{
    (void)state;
    struct json *doc = parse("{\"s\":\"x\",\"n\":1.5,\"t\":true,\"f\":false,\"z\":null,"
                             "\"a\":[1,2],\"o\":{\"k\":\"v\"}}");
    assert_int_equal(json_type(json_get(doc, "s")), JSON_STRING);
    assert_int_equal(json_type(json_get(doc, "n")), JSON_NUMBER);
    assert_int_equal(json_type(json_get(doc, "t")), JSON_BOOL);
    assert_int_equal(json_type(json_get(doc, "z")), JSON_NULL);
    assert_int_equal(json_type(json_get(doc, "a")), JSON_ARRAY);
    assert_int_equal(json_type(json_get(doc, "o")), JSON_OBJECT);
    assert_int_equal(json_type(json_get(doc, "S")), JSON_MISSING); /* keys have exact case */
    assert_true(json_is_true(json_get(doc, "t")));
    assert_false(json_is_true(json_get(doc, "f")));
    assert_false(json_is_true(json_get(doc, "s")));
    assert_string_equal(json_text_at(doc, "o.k", "none"), "v");
    assert_string_equal(json_text_at(doc, "o.k.deeper", "none"), "none");
    assert_string_equal(json_text_at(doc, "n", "none"), "none");
    assert_int_equal(json_count(json_get(doc, "a")), 2);
    assert_int_equal(json_int(json_element(json_get(doc, "a"), 1), -1), 2);
    assert_null(json_element(json_get(doc, "a"), 2));
    assert_null(json_element(json_get(doc, "o"), 0));
    json_free(doc);
}

static void readers_take_nothing(void **state)
{
    (void)state;
    assert_int_equal(json_type(NULL), JSON_MISSING);
    assert_null(json_get(NULL, "a"));
    assert_null(json_at(NULL, "a.b"));
    assert_null(json_first(NULL));
    assert_null(json_next(NULL));
    assert_null(json_text(NULL));
    assert_null(json_key(NULL));
    assert_null(json_take(NULL, "a"));
    assert_int_equal(json_count(NULL), 0);
    assert_int_equal(json_int(NULL, 7), 7);
    assert_false(json_is_true(NULL));
    assert_true(json_equal(NULL, NULL));
    json_free(NULL);
}

static void refuses_what_is_no_document(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",    " ",    "{",     "[1,]",    "{\"a\":}",  "{\"a\" 1}",   "\"open", "tru",
        "1 2", "{} x", "[1] ]", "{'a':1}", "[\"\\q\"]", "\"\\ud800\"", "{,}",    "+"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct error error = {0};
        struct json *value = json_parse(bad[i], strlen(bad[i]), &error);
        if (value)
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(error.kind, ERROR_FAILED);
    }
}

static void respects_the_given_length(void **state)
{
    (void)state;
    /* The bytes behind `len` belong to someone else. */
    struct json *value = json_parse("[1]garbage", 3, NULL);
    assert_non_null(value);
    json_free(value);
    assert_null(json_parse("[1]", 2, NULL));
    char *exact = malloc(3);
    assert_non_null(exact);
    memcpy(exact, "[1]", 3);
    value = json_parse(exact, 3, NULL);
    assert_non_null(value);
    json_free(value);
    free(exact);
}

static char *nested(int depth)
{
    char *text = malloc((size_t)depth * 2 + 1);
    assert_non_null(text);
    memset(text, '[', (size_t)depth);
    memset(text + depth, ']', (size_t)depth);
    text[depth * 2] = '\0';
    return text;
}

static void bounds_the_depth(void **state)
{
    (void)state;
    struct error error = {0};
    char *deepest = nested(JSON_MAX_DEPTH);
    struct json *value = json_parse(deepest, strlen(deepest), &error);
    assert_non_null(value);
    json_free(value);
    char *deeper = nested(JSON_MAX_DEPTH + 1);
    assert_null(json_parse(deeper, strlen(deeper), &error));
    assert_int_equal(error.kind, ERROR_LIMIT);
    free(deepest);
    free(deeper);
    /* Brackets within a string are text. */
    char text[400];
    memset(text, '[', sizeof text);
    text[0] = '"';
    text[1] = '\\';
    text[2] = '"';
    text[sizeof text - 1] = '"';
    value = json_parse(text, sizeof text, &error);
    assert_non_null(value);
    json_free(value);
}

static void clamps_integers(void **state)
{
    (void)state;
    struct json *doc = parse("[1e300,-1e300,3.99,-3.99,9007199254740993,\"4\"]");
    assert_true(json_int(json_element(doc, 0), 0) == INT64_MAX);
    assert_true(json_int(json_element(doc, 1), 0) == INT64_MIN);
    assert_int_equal(json_int(json_element(doc, 2), 0), 3);
    assert_int_equal(json_int(json_element(doc, 3), 0), -3);
    assert_int_equal(json_int(json_element(doc, 5), -1), -1);
    json_free(doc);
}

static void sets_replaces_and_takes(void **state)
{
    (void)state;
    struct json *doc = json_object();
    json_set_text(doc, "name", "blue");
    json_set_number(doc, "percent", 90);
    json_set(doc, "list", json_array());
    json_append(json_get(doc, "list"), json_string("a"));
    json_set_text(doc, "name", "green");
    json_set(doc, "nothing", json_string(NULL));
    char *text = json_print(doc);
    assert_string_equal(text,
                        "{\"name\":\"green\",\"percent\":90,\"list\":[\"a\"],\"nothing\":null}");
    free(text);
    struct json *list = json_take(doc, "list");
    assert_int_equal(json_count(list), 1);
    assert_null(json_get(doc, "list"));
    assert_null(json_take(doc, "list"));
    json_remove(doc, "percent");
    json_remove(doc, "percent");
    assert_int_equal(json_count(doc), 2);
    json_free(list);
    json_free(doc);
}

static void keys_may_differ_in_case_only(void **state)
{
    (void)state;
    struct json *doc = json_object();
    json_set_text(doc, "Blue", "1");
    json_set_text(doc, "blue", "2");
    assert_int_equal(json_count(doc), 2);
    assert_string_equal(json_text_at(doc, "Blue", ""), "1");
    json_free(doc);
}

static void compares_without_order(void **state)
{
    (void)state;
    struct json *a = parse("{\"x\":1,\"y\":[1,{\"z\":null}]}");
    struct json *b = parse("{\"y\":[1,{\"z\":null}],\"x\":1}");
    struct json *c = parse("{\"y\":[1,{\"z\":false}],\"x\":1}");
    struct json *d = parse("{\"y\":[1,{\"z\":null}],\"x\":1,\"w\":0}");
    assert_true(json_equal(a, b));
    assert_false(json_equal(a, c));
    assert_false(json_equal(a, d));
    assert_false(json_equal(d, a));
    assert_false(json_equal(a, NULL));
    struct json *copy = json_copy(a);
    assert_true(json_equal(a, copy));
    json_free(a);
    json_free(b);
    json_free(c);
    json_free(d);
    json_free(copy);
}

static void prints_what_parses_back(void **state)
{
    (void)state;
    const char *text = "{\"a\\n\\u0001\\\"\":\"\\u00e9\\ud83d\\ude00\\t\",\"e\":[],\"o\":{},"
                       "\"n\":[-1,0.1,1e-7,true,null]}";
    struct json *doc = parse(text);
    char *compact = json_print(doc);
    char *pretty = json_print_pretty(doc);
    struct json *again = parse(compact);
    struct json *pretty_again = parse(pretty);
    assert_true(json_equal(doc, again));
    assert_true(json_equal(doc, pretty_again));
    assert_null(strchr(compact, '\n'));
    free(compact);
    free(pretty);
    json_free(doc);
    json_free(again);
    json_free(pretty_again);
}

static void prints_pretty_as_people_expect(void **state)
{
    (void)state;
    struct json *doc = parse("{\"a\":1,\"b\":[1,{\"c\":\"d\"}],\"e\":{},\"f\":[]}");
    char *text = json_print_pretty(doc);
    assert_string_equal(text, "{\n  \"a\": 1,\n  \"b\": [\n    1,\n    {\n      \"c\": \"d\"\n"
                              "    }\n  ],\n  \"e\": {},\n  \"f\": []\n}");
    free(text);
    json_free(doc);
}

static void a_nul_cuts_nothing_off(void **state)
{
    (void)state;
    static const char raw[] = "{\"a\":1}\0rest";
    struct error error;
    assert_null(json_parse(raw, sizeof raw - 1, &error));
    assert_int_equal(error.kind, ERROR_FAILED);
    assert_null(json_parse("", 0, &error));
    struct json *doc = parse("{\"log\":\"one\\u0000two\",\"k\\u0000\":\"\\\\u0000\"}");
    assert_string_equal(json_text_at(doc, "log", ""), "one\xEF\xBF\xBDtwo");
    assert_string_equal(json_text_at(doc, "k\xEF\xBF\xBD", ""), "\\u0000");
    json_free(doc);
}

static void strings_are_always_utf8(void **state)
{
    (void)state;
    struct json *value = json_string("a\xFF\xC3\xA4\xE2\x82");
    assert_string_equal(json_text(value), "a\xEF\xBF\xBD\xC3\xA4\xEF\xBF\xBD\xEF\xBF\xBD");
    json_free(value);
}

static void nothing_is_copied_and_set_into_nothing(void **state)
{
    (void)state;
    struct json *list = json_array();
    assert_null(json_copy(NULL));
    assert_null(json_set(list, "key", json_null()));
    assert_null(json_set(NULL, "key", json_null()));
    assert_int_equal(json_count(list), 0);
    json_free(list);
}

static void children_are_removed_where_they_stand(void **state)
{
    (void)state;
    struct json *doc = parse("{\"a\":1,\"a\":null,\"b\":null,\"c\":3}");
    struct json *next;
    for (struct json *at = json_first(doc); at; at = next) {
        next = json_next(at);
        if (json_type(at) == JSON_NULL)
            json_remove_child(doc, at);
    }
    char *text = json_print(doc);
    assert_string_equal(text, "{\"a\":1,\"c\":3}");
    free(text);
    json_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_type),
        cmocka_unit_test(readers_take_nothing),
        cmocka_unit_test(refuses_what_is_no_document),
        cmocka_unit_test(respects_the_given_length),
        cmocka_unit_test(bounds_the_depth),
        cmocka_unit_test(clamps_integers),
        cmocka_unit_test(sets_replaces_and_takes),
        cmocka_unit_test(keys_may_differ_in_case_only),
        cmocka_unit_test(compares_without_order),
        cmocka_unit_test(prints_what_parses_back),
        cmocka_unit_test(prints_pretty_as_people_expect),
        cmocka_unit_test(a_nul_cuts_nothing_off),
        cmocka_unit_test(strings_are_always_utf8),
        cmocka_unit_test(nothing_is_copied_and_set_into_nothing),
        cmocka_unit_test(children_are_removed_where_they_stand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
