/* The command line's grammar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tui/cli/command.h"
#include "tui/cli/help.h"

#include <stdio.h>
#include <string.h>

enum { MAX_ARGUMENTS = 16 };

static bool parse(uint64_t taken, size_t words, const char *line, struct options *out,
                  struct error *error)
{
    static char copy[300];
    char *argv[MAX_ARGUMENTS];
    int argc = 0;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = copy; word;) {
        char *end = strchr(word, '|');
        argv[argc++] = word;
        if (end)
            *end++ = '\0';
        word = end;
    }
    return options_parse(taken, words, argc, argv, out, error);
}

#define TAKEN                                                                                      \
    (OPTION_BIT(OPTION_NAME) | OPTION_BIT(OPTION_ENDPOINT_NAME) | OPTION_BIT(OPTION_SET) |         \
     OPTION_BIT(OPTION_YES) | OPTION_BIT(OPTION_COUNT) | OPTION_BIT(OPTION_TRAFFIC))

static void test_spellings(void **state)
{
    (void)state;
    static const char *const lines[] = {"--name|blue|--endpoint|my|-y", "-n|blue|-e|my|--yes",
                                        "--name=blue|--endpoint-name=my|-y", "-nblue|-e=my|-y"};
    struct options options;
    struct error error;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_true(parse(TAKEN, 0, lines[i], &options, &error));
        assert_string_equal(option_value(&options, OPTION_NAME), "blue");
        assert_string_equal(option_value(&options, OPTION_ENDPOINT_NAME), "my");
        assert_true(option_given(&options, OPTION_YES));
        assert_false(option_given(&options, OPTION_COUNT));
    }
    assert_true(parse(TAKEN, 0, "--traffic|blue=90 green=10", &options, &error));
    assert_string_equal(option_value(&options, OPTION_TRAFFIC), "blue=90 green=10");
    assert_true(parse(TAKEN, 0, "--traffic=blue=90", &options, &error));
    assert_string_equal(option_value(&options, OPTION_TRAFFIC), "blue=90");
}

static void test_sets(void **state)
{
    (void)state;
    struct options options;
    struct error error;
    assert_true(parse(TAKEN, 0, "--set|a=1|b.c=2|-n|x|--set=d=-3", &options, &error));
    assert_int_equal(options.set_count, 3);
    assert_string_equal(options.sets[1], "b.c=2");
    assert_string_equal(options.sets[2], "d=-3");
    assert_string_equal(option_value(&options, OPTION_NAME), "x");
}

static void test_words(void **state)
{
    (void)state;
    struct options options;
    struct error error;
    assert_true(parse(TAKEN, 2, "a|-y|--|-n", &options, &error));
    assert_int_equal(options.word_count, 2);
    assert_string_equal(options.words[1], "-n");
    assert_false(parse(TAKEN, 0, "a", &options, &error));
    assert_non_null(strstr(error.message, "'a'"));
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *message;
        const char *hint;
    } cases[] = {
        {"--nmae|x", "'--nmae'", "--name"},
        {"--endpont-name=x", "'--endpont-name'", "--endpoint-name"},
        {"-q", "'-q'", "--help"},
        {"--name", "needs a value", ""},
        {"--name|--yes", "needs a value", ""},
        {"--yes=1", "takes no value", ""},
        {"--follow", "'--follow'", "Other commands"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct options options;
        struct error error;
        assert_false(parse(TAKEN, 0, cases[i].line, &options, &error));
        assert_int_equal(error.kind, ERROR_USAGE);
        if (!strstr(error.message, cases[i].message) || !strstr(error.hint, cases[i].hint))
            fail_msg("%s: '%s' '%s'", cases[i].line, error.message, error.hint);
    }
}

static void test_integers(void **state)
{
    (void)state;
    static const char *const bad[] = {"0", "11", "x", "1x", "", "1.5", "99999999999999999999"};
    struct options options = {.given = 0};
    struct error error;
    long value;
    assert_true(options_integer(&options, OPTION_COUNT, 1, 10, 7, &value, &error));
    assert_int_equal(value, 7);
    options.values[OPTION_COUNT] = "10";
    assert_true(options_integer(&options, OPTION_COUNT, 1, 10, 7, &value, &error));
    assert_int_equal(value, 10);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        options.values[OPTION_COUNT] = bad[i];
        assert_false(options_integer(&options, OPTION_COUNT, 1, 10, 7, &value, &error));
    }
}

/* The tables agree: ids in order, no name twice in a command, everything explained. */
static void test_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPTION_IDS; i++) {
        assert_int_equal(option_rows[i].id, i);
        assert_non_null(option_rows[i].help);
        assert_true((option_rows[i].arity == TAKES_NOTHING) == (option_rows[i].argument == NULL));
    }
    for (size_t c = 0; c < command_count; c++) {
        uint64_t taken = help_options_of(&commands[c]);
        assert_non_null(commands[c].run);
        assert_non_null(commands[c].summary);
        assert_non_null(commands[c].examples);
        assert_int_equal(commands[c].required & ~taken, 0);
        for (size_t i = 0; i < OPTION_IDS; i++) {
            for (size_t k = i + 1; k < OPTION_IDS; k++) {
                if (!(taken & OPTION_BIT(i)) || !(taken & OPTION_BIT(k)))
                    continue;
                for (size_t a = 0; a < OPTION_MAX_NAMES && option_rows[i].names[a]; a++)
                    for (size_t b = 0; b < OPTION_MAX_NAMES && option_rows[k].names[b]; b++)
                        assert_string_not_equal(option_rows[i].names[a], option_rows[k].names[b]);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings), cmocka_unit_test(test_sets),
        cmocka_unit_test(test_words),     cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_integers),  cmocka_unit_test(test_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
