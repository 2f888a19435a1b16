#include "tui/draw/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Feeds bytes and writes the keys' names into `out`, a blank between two. */
static void feed(struct key_decoder *decoder, const char *bytes, size_t len, char *out, size_t size)
{
    size_t used = strlen(out);
    for (size_t i = 0; i < len; i++) {
        struct key keys[KEYS_PER_BYTE];
        size_t count = keys_feed(decoder, (unsigned char)bytes[i], keys);
        for (size_t k = 0; k < count; k++) {
            char text[KEY_TEXT_MAX];
            key_text(keys[k], text);
            const char *pasted = keys[k].name == KEY_PASTED ? "'" : "";
            used +=
                (size_t)snprintf(out + used, size - used, "%s%s%s", used ? " " : "", pasted, text);
        }
    }
}

static void flush(struct key_decoder *decoder, char *out, size_t size)
{
    struct key keys[KEYS_PER_BYTE];
    size_t used = strlen(out);
    size_t count = keys_flush(decoder, keys);
    for (size_t k = 0; k < count; k++) {
        char text[KEY_TEXT_MAX];
        key_text(keys[k], text);
        used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " " : "", text);
    }
}

/* What the bytes mean when nothing follows them. */
static void assert_keys(const char *bytes, const char *expected)
{
    struct key_decoder decoder;
    char out[512] = "";
    keys_init(&decoder, 50);
    feed(&decoder, bytes, strlen(bytes), out, sizeof out);
    if (keys_waiting(&decoder) >= 0)
        flush(&decoder, out, sizeof out);
    assert_string_equal(out, expected);
    assert_int_equal(keys_waiting(&decoder), -1);
}

static void reads_characters(void **state)
{
    (void)state;
    assert_keys("aZ 9~", "a Z Space 9 ~");
    assert_keys("\r\n\t\177\b", "Enter Enter Tab Backspace Backspace");
    assert_keys("\x01\x04\x1a\x1c\x1f", "Ctrl-a Ctrl-d Ctrl-z Ctrl-\\ Ctrl-_");
    assert_keys("\xC3\xA9\xE7\x95\x8C\xF0\x9F\x98\x80", "é 界 😀");
}

static void survives_bytes_that_are_no_text(void **state)
{
    (void)state;
    assert_keys("\xFF\xFE\x80q", "q");
    assert_keys("\xE7\x95q", "q");
    assert_keys("\xE7\x95\xC3\xA9q", "é q");
    assert_keys("\xC0\xAFq", "q");
    assert_keys("\xED\xA0\x80q", "q");
    assert_keys("\xC2\x9B"
                "31mq",
                "3 1 m q");
}

static void reads_a_character_split_over_reads(void **state)
{
    (void)state;
    struct key_decoder decoder;
    char out[64] = "";
    keys_init(&decoder, 50);
    feed(&decoder, "\xE7", 1, out, sizeof out);
    assert_string_equal(out, "");
    assert_int_equal(keys_waiting(&decoder), 50);
    feed(&decoder, "\x95\x8C", 2, out, sizeof out);
    assert_string_equal(out, "界");
}

static void reads_cursor_keys_of_all_terminals(void **state)
{
    (void)state;
    assert_keys("\033[A\033[B\033[C\033[D", "Up Down Right Left");
    assert_keys("\033OA\033OB\033OC\033OD", "Up Down Right Left");
    assert_keys("\033[1;5A\033[1;2B\033[1;3C\033[1;8D",
                "Ctrl-Up Shift-Down Alt-Right Ctrl-Alt-Shift-Left");
    assert_keys("\033[H\033OH\033[1~\033[7~", "Home Home Home Home");
    assert_keys("\033[F\033OF\033[4~\033[8~", "End End End End");
    assert_keys("\033[5~\033[6~\033[2~\033[3~", "PgUp PgDn Insert Delete");
    assert_keys("\033[Z", "Shift-Tab");
    /* rxvt */
    assert_keys("\033[a\033Od\033[7$\033[8^\033[3@",
                "Shift-Up Ctrl-Left Shift-Home Ctrl-End Ctrl-Shift-Delete");
}

static void reads_function_keys(void **state)
{
    (void)state;
    assert_keys("\033OP\033OQ\033OR\033OS", "F1 F2 F3 F4");
    assert_keys("\033[[A\033[[E", "F1 F5");
    assert_keys("\033[11~\033[15~\033[17~\033[21~\033[23~\033[24~", "F1 F5 F6 F10 F11 F12");
    assert_keys("\033[1;5P\033[15;3~", "Ctrl-F1 Alt-F5");
    assert_keys("\033[25~\033[34~", "F13 F20");
}

static void reads_the_keypad(void **state)
{
    (void)state;
    assert_keys("\033Op\033Oy\033OM\033Ok\033Om", "0 9 Enter + -");
}

static void reads_the_kitty_protocol(void **state)
{
    (void)state;
    assert_keys("\033[97u\033[97;5u\033[97;2u", "a Ctrl-a A");
    assert_keys("\033[27u\033[13u\033[9;2u\033[127;5u", "Esc Enter Shift-Tab Ctrl-Backspace");
    assert_keys("\033[57399u\033[57414u\033[57376u", "0 Enter F13");
    assert_keys("\033[97;1:3u", "");
    assert_keys("\033[1;1:3A\033[1;1:2A", "Up");
    assert_keys("\033[27;5;105~", "Ctrl-i");
}

static void tells_escape_by_time(void **state)
{
    (void)state;
    struct key_decoder decoder;
    char out[64] = "";
    keys_init(&decoder, 150);
    feed(&decoder, "\033", 1, out, sizeof out);
    assert_string_equal(out, "");
    assert_int_equal(keys_waiting(&decoder), 150);
    flush(&decoder, out, sizeof out);
    assert_string_equal(out, "Esc");
    assert_int_equal(keys_waiting(&decoder), -1);
    assert_keys("\033[", "Alt-[");
    assert_keys("\033O", "Alt-O");
    assert_keys("\033]", "Alt-]");
    assert_keys("\033x", "Alt-x");
    assert_keys("\033\xC3\xA9", "Alt-é");
    assert_keys("\033\033", "Esc Esc");
    assert_keys("\033\033[A", "Alt-Up");
    assert_keys("\033\033x", "Esc Alt-x");
}

static void swallows_what_is_no_key(void **state)
{
    (void)state;
    assert_keys("\033[Iq\033[Oq", "q q");
    assert_keys("\033[M !!q", "q");
    assert_keys("\033[<0;10;20Mq\033[<0;10;20mq", "q q");
    assert_keys("\033[?62;22cq\033[24;80Rq", "q q");
    assert_keys("\033[?1;2$yq\033[99~q\033[1;9Xq", "q q q");
    assert_keys("\033]10;rgb:ff/ff/ff\aq", "q");
    assert_keys("\033]10;rgb:ff/ff/ff\033\\q", "q");
    assert_keys("\033P1+r544e\033\\q", "q");
}

static void keeps_the_key_behind_a_broken_sequence(void **state)
{
    (void)state;
    assert_keys("\033[1;5\033[Aq", "Up q");
    assert_keys("\033[12\rq", "Enter q");
    assert_keys("\033O\033[Bq", "Down q");
    assert_keys("\033]unterminated\033[Aq", "Up q");
    assert_keys("\033[[\033[A", "Up");
}

static void gives_up_endless_sequences(void **state)
{
    (void)state;
    struct key_decoder decoder;
    char out[8192] = "";
    char digits[KEYS_SEQUENCE_MAX + 2];
    keys_init(&decoder, 50);
    memset(digits, '1', sizeof digits);
    feed(&decoder, "\033[", 2, out, sizeof out);
    feed(&decoder, digits, sizeof digits, out, sizeof out);
    assert_int_equal(keys_waiting(&decoder), -1);
    feed(&decoder, "\033]", 2, out, sizeof out);
    for (int i = 0; i <= KEYS_STRING_MAX; i++)
        feed(&decoder, ";", 1, out, sizeof out);
    out[0] = '\0';
    feed(&decoder, "q", 1, out, sizeof out);
    assert_string_equal(out, "q");
}

static void marks_pasted_text(void **state)
{
    (void)state;
    assert_keys("\033[200~ab\033[201~q", "PasteStart 'a 'b PasteEnd q");
    assert_keys("\033[200~a\r\nb\rc\033[201~", "PasteStart 'a '\n 'b '\n 'c PasteEnd");
    /* Escapes and controls do not get through as keys. */
    assert_keys("\033[200~a\033[Ab\x03\033\033[201~q", "PasteStart 'a '[ 'A 'b PasteEnd q");
    assert_keys("\033[200~\xC3\xA9\xC3\033[201~q", "PasteStart 'é PasteEnd q");
}

static void ends_a_paste_that_lost_its_end(void **state)
{
    (void)state;
    struct key_decoder decoder;
    char out[64] = "";
    keys_init(&decoder, 50);
    feed(&decoder, "\033[200~a", 7, out, sizeof out);
    assert_int_equal(keys_waiting(&decoder), KEYS_PASTE_MS);
    flush(&decoder, out, sizeof out);
    feed(&decoder, "q", 1, out, sizeof out);
    assert_string_equal(out, "PasteStart 'a PasteEnd q");
}

static void parses_names_of_keys(void **state)
{
    static const char *const names[] = {"q",   "?",     "Ctrl-d", "Shift-Tab", "Esc",
                                        "F12", "é",     "Space",  "PgDn",      "Ctrl-Left",
                                        "-",   "Alt-x", "F",      "Enter"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct key key;
        char text[KEY_TEXT_MAX];
        assert_true(key_parse(names[i], &key));
        key_text(key, text);
        assert_string_equal(text, names[i]);
    }
    struct key key;
    assert_false(key_parse("", &key));
    assert_false(key_parse("qq", &key));
    assert_false(key_parse("F99", &key));
    assert_false(key_parse("Ctrl-", &key));
    assert_true(key_parse("ctrl-L", &key));
    assert_true(key_parse("Ctrl-d", &key) && key_is_ctrl(key, 'd') && !key_is(key, 'd'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_characters),
        cmocka_unit_test(survives_bytes_that_are_no_text),
        cmocka_unit_test(reads_a_character_split_over_reads),
        cmocka_unit_test(reads_cursor_keys_of_all_terminals),
        cmocka_unit_test(reads_function_keys),
        cmocka_unit_test(reads_the_keypad),
        cmocka_unit_test(reads_the_kitty_protocol),
        cmocka_unit_test(tells_escape_by_time),
        cmocka_unit_test(swallows_what_is_no_key),
        cmocka_unit_test(keeps_the_key_behind_a_broken_sequence),
        cmocka_unit_test(gives_up_endless_sequences),
        cmocka_unit_test(marks_pasted_text),
        cmocka_unit_test(ends_a_paste_that_lost_its_end),
        cmocka_unit_test(parses_names_of_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
