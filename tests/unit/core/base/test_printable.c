#include "core/base/printable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DOT "\xc2\xb7"
#define REPLACED "\xef\xbf\xbd"

static void assert_printed(const char *bytes, size_t len, bool keep_newlines, const char *expected)
{
    /* A copy of exact size, so that reading past the end is seen. */
    char *exact = malloc(len ? len : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, len);
    char *text = printable_text(exact, len, keep_newlines);
    assert_string_equal(text, expected);
    free(text);
    free(exact);
}

static void assert_line(const char *bytes, const char *expected)
{
    assert_printed(bytes, strlen(bytes), false, expected);
}

static void leaves_plain_text(void **state)
{
    (void)state;
    assert_line("", "");
    assert_line("plain ~ text", "plain ~ text");
    assert_line("gr\xc3\xbcn \xe6\xbc\xa2 \xf0\x9f\x98\x80",
                "gr\xc3\xbcn \xe6\xbc\xa2 \xf0\x9f\x98\x80");
}

static void drops_escape_sequences_whole(void **state)
{
    (void)state;
    assert_line("a\033[31mred\033[0mb", "aredb");
    assert_line("a\033[2J\033[Hb", "ab");
    assert_line("a\033]0;title\ab", "ab");
    assert_line("a\033]8;;http://x\033\\b\033]8;;\033\\", "ab");
    assert_line("a\033Pq#0\033\\b", "ab");
    assert_line("a\033(0b", "ab");
    assert_line("a\033cb", "ab");
    assert_line("a\033", "a");
    assert_line("a\033[", "a");
    assert_line("a\033[3;", "a");
    assert_line("a\033]never ends", "a");
    assert_printed("a\033]ends with its line\nb", 23, true, "a\nb");
}

static void replaces_controls(void **state)
{
    (void)state;
    assert_line("a\rb\bc\x7f", "a" DOT "b" DOT "c" DOT);
    assert_printed("a\0b", 3, false, "a" DOT "b");
    assert_line("a\nb", "a" DOT "b");
    assert_printed("a\r\nb\n", 5, true, "a\nb\n");
    assert_line("\xc2\x9b"
                "31m",
                DOT "31m"); /* an eight-bit CSI */
    assert_line("\x9b"
                "31m",
                REPLACED "31m");
}

static void replaces_what_misleads(void **state)
{
    (void)state;
    assert_line("a\xe2\x80\xae"
                "b",
                "a" DOT "b"); /* right-to-left override */
    assert_line("a\xe2\x80\x8b"
                "b",
                "a" DOT "b"); /* zero width space */
    assert_line("a\xe2\x81\xa6"
                "b",
                "a" DOT "b"); /* isolate */
    assert_line("\xef\xbb\xbf"
                "a",
                DOT "a");                 /* byte order mark */
    assert_line("\xee\x80\x80", DOT);     /* private use */
    assert_line("\xf3\xa0\x81\x81", DOT); /* a tag character */
    assert_line("\xc2\xad", DOT);         /* soft hyphen */
}

static void replaces_broken_utf8(void **state)
{
    (void)state;
    assert_line("\xc0\xaf", REPLACED REPLACED);              /* overlong slash */
    assert_line("\xed\xa0\x80", REPLACED REPLACED REPLACED); /* surrogate */
    assert_line("\xf5\x80", REPLACED REPLACED);
    assert_line("a\xe2\x82", "a" REPLACED REPLACED); /* cut off */
    assert_line("\xff", REPLACED);
    assert_line("\xe2\x28\xa1", REPLACED "(" REPLACED);
}

static void sets_tabs_by_column(void **state)
{
    (void)state;
    assert_line("\tx", "        x");
    assert_line("abc\tx", "abc     x");
    assert_line("12345678\tx", "12345678        x");
    assert_printed("a\n\tx", 4, true, "a\n        x");
}

static void cuts_lines_at_whole_characters(void **state)
{
    (void)state;
    char out[6];
    printable_line(out, sizeof out, "abcdefgh");
    assert_string_equal(out, "abcde");
    printable_line(out, sizeof out, "abcd\xe6\xbc\xa2");
    assert_string_equal(out, "abcd");
    printable_line(out, sizeof out, NULL);
    assert_string_equal(out, "");
    printable_line(out, 1, "abc");
    assert_string_equal(out, "");
}

static void escapes_within_json(void **state)
{
    (void)state;
    static const char *const known[][2] = {
        {"{\n  \"a\": \"b\\n\xc3\xbc\"\n}", "{\n  \"a\": \"b\\n\xc3\xbc\"\n}"},
        {"[\"\xc2\x9b\x7f\"]", "[\"\\u009b\\u007f\"]"},
        {"\"\xe2\x80\xae\"", "\"\\u202e\""},
        {"\"\xf3\xa0\x81\x81\"", "\"\\udb40\\udc41\""},
        {"\"\xff\"", "\"\\ufffd\""},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char *text = printable_json(known[i][0]);
        assert_string_equal(text, known[i][1]);
        free(text);
    }
}

static bool is_clean(const char *text)
{
    for (size_t at = 0, len = strlen(text); at < len;) {
        size_t used;
        uint32_t code = utf8_decode(text + at, len - at, &used);
        if (code < 0x20 || (code >= 0x7f && code < 0xa0) || (code == 0xfffd && used == 1) ||
            (code >= 0x202a && code <= 0x202e) || (code >= 0x200b && code <= 0x200f))
            return false;
        at += used;
    }
    return true;
}

static void never_lets_a_control_through(void **state)
{
    (void)state;
    /* Every pair of bytes behind an escape and in front of a letter. */
    for (int first = 0; first < 256; first++) {
        for (int second = 0; second < 256; second++) {
            char bytes[4] = {'\033', (char)first, (char)second, 'z'};
            for (size_t skip = 0; skip < 2; skip++) {
                char *text = printable_text(bytes + skip, sizeof bytes - skip, false);
                if (!is_clean(text))
                    fail_msg("%02x %02x: %s", (unsigned)first, (unsigned)second, text);
                free(text);
            }
        }
    }
}

static void encodes_what_it_decodes(void **state)
{
    (void)state;
    for (uint32_t code = 1; code <= 0x10FFFF; code += code < 0x3000 ? 1 : 97) {
        if (code >= 0xD800 && code <= 0xDFFF)
            continue;
        char bytes[4];
        size_t len = utf8_encode(code, bytes);
        size_t used;
        assert_int_equal(utf8_decode(bytes, len, &used), code);
        assert_int_equal(used, len);
        if (len > 1) {
            utf8_decode(bytes, len - 1, &used);
            assert_int_equal(used, 1);
        }
    }
    size_t used;
    utf8_decode("", 0, &used);
    assert_int_equal(used, 0);
}

static void a_lone_escape_takes_nothing_with_it(void **state)
{
    (void)state;
    char *safe = printable_text("a\x1b\nb\x1b\xC3\xA4", 7, true);
    assert_string_equal(safe, "a\nb\xC3\xA4");
    free(safe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_plain_text),
        cmocka_unit_test(drops_escape_sequences_whole),
        cmocka_unit_test(a_lone_escape_takes_nothing_with_it),
        cmocka_unit_test(replaces_controls),
        cmocka_unit_test(replaces_what_misleads),
        cmocka_unit_test(replaces_broken_utf8),
        cmocka_unit_test(sets_tabs_by_column),
        cmocka_unit_test(escapes_within_json),
        cmocka_unit_test(cuts_lines_at_whole_characters),
        cmocka_unit_test(never_lets_a_control_through),
        cmocka_unit_test(encodes_what_it_decodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
