/* Output formats and --query. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tui/cli/print.h"
#include "tui/cli/query.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

static const char document[] =
    "[{\"name\":\"blue\",\"n\":2,\"on\":true,\"none\":null,\"list\":[1,2],\"traffic\":{\"blue\":90,"
    "\"green\":10},\"model\":\"azureml:/subscriptions/s/x/models/m/versions/3\"},"
    "{\"name\":\"gr: een\",\"n\":1.5,\"on\":false,\"traffic\":{},\"a b\":{\"c\":\"yes\"}}]";

static void check(enum print_format format, const char *query, const char *wanted)
{
    struct json *value = json_parse(document, strlen(document), NULL);
    struct strbuf out;
    strbuf_init(&out, SIZE_MAX / 2);
    print_value(&out, format, query ? query_apply(value, query) : value, false);
    assert_string_equal(out.text, wanted);
    strbuf_release(&out);
    json_free(value);
}

static void test_json(void **state)
{
    (void)state;
    check(PRINT_JSON, "[0].traffic", "{\n  \"blue\": 90,\n  \"green\": 10\n}\n");
    check(PRINT_JSONC, "[0].list", "[\n  1,\n  2\n]\n");
    check(PRINT_JSON, "[0].name", "\"blue\"\n");
    check(PRINT_JSON, "[0].missing", "");
    check(PRINT_NONE, "[0]", "");
}

static void test_yaml(void **state)
{
    (void)state;
    check(PRINT_YAML, NULL,
          "- name: blue\n  \"n\": 2\n  \"on\": true\n  none: null\n  list:\n  - 1\n  - 2\n  "
          "traffic:\n"
          "    blue: 90\n    green: 10\n  model: azureml:/subscriptions/s/x/models/m/versions/3\n"
          "- name: \"gr: een\"\n  \"n\": 1.5\n  \"on\": false\n  traffic: {}\n  a b:\n    c: "
          "\"yes\"\n");
}

static void test_tsv(void **state)
{
    (void)state;
    check(PRINT_TSV, "[0].name", "blue\n");
    check(PRINT_TSV, "[0].on", "true\n");
    check(PRINT_TSV, "[0].none", "");
    check(PRINT_TSV, "[0].list", "1\n2\n");
    check(PRINT_TSV, NULL,
          "blue\t2\tTrue\tNone\t2\t\tazureml:/subscriptions/s/x/models/m/versions/3\n"
          "gr: een\t1.5\tFalse\t\t\n");
}

static void test_table(void **state)
{
    (void)state;
    check(PRINT_TABLE, NULL,
          "Name     N    On     None  Traffic           Model\n"
          "-------  ---  -----  ----  ----------------  -----\n"
          "blue     2    True         blue=90 green=10  m:3\n"
          "gr: een  1.5  False                          \n");
    check(PRINT_TABLE, "[0].list", "Result\n------\n1\n2\n");
}

static void test_query(void **state)
{
    (void)state;
    static const char *const good[] = {"a",         "a.b_c",     "[0]", "[-1].a",
                                       "a[2][3].b", "\"a b\".c", "@"};
    static const char *const bad[] = {
        "",   "a.",  ".a",    "[]",    "a[*]",  "a[?b]", "a|b",           "a.*", "len(a)",
        "[0", "a b", "[1:2]", "{a:b}", "[a,b]", "a..b",  "[99999999999]", "\"a"};
    struct error error;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(query_check(good[i], &error));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (query_check(bad[i], &error))
            fail_msg("'%s' was understood", bad[i]);
        assert_int_equal(error.kind, ERROR_USAGE);
    }
    check(PRINT_TSV, "[-1].\"a b\".c", "yes\n");
    check(PRINT_TSV, "[-3].name", "");
    check(PRINT_TSV, "[2].name", "");
    check(PRINT_TSV, "name", "");
}

static void test_format_names(void **state)
{
    (void)state;
    enum print_format format;
    struct error error;
    assert_true(print_format_parse(NULL, &format, &error));
    assert_int_equal(format, PRINT_JSON);
    assert_true(print_format_parse("TSV", &format, &error));
    assert_int_equal(format, PRINT_TSV);
    assert_false(print_format_parse("tabel", &format, &error));
    assert_non_null(strstr(error.hint, "table"));
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),  cmocka_unit_test(test_yaml),
        cmocka_unit_test(test_tsv),   cmocka_unit_test(test_table),
        cmocka_unit_test(test_query), cmocka_unit_test(test_format_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
