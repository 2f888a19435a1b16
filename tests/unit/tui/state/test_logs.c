/* The log merge: windows laid over what is held, nothing lost, nothing twice. */
#include "core/base/alloc.h"
#include "core/base/random.h"
#include "core/base/strbuf.h"
#include "tui/state/logs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The lines held, one letter each where they are one letter long, '|' for a gap. */
static char *held(const struct log_buffer *log)
{
    struct strbuf out;
    strbuf_init(&out, 1 << 20);
    for (size_t i = 0; i < log->count; i++)
        strbuf_puts(&out, log_at(log, i)->kind == LOG_LINE_GAP ? "|" : log_at(log, i)->text);
    return strbuf_detach(&out);
}

static void expect(const struct log_buffer *log, const char *wanted)
{
    char *is = held(log);
    assert_string_equal(is, wanted);
    free(is);
}

/* "abc" -> "a\nb\nc\n" */
static size_t feed(struct log_buffer *log, const char *letters, size_t tail)
{
    char text[256];
    size_t len = 0;
    for (; *letters; letters++) {
        text[len++] = *letters;
        text[len++] = '\n';
    }
    return log_merge(log, text, len, tail);
}

static void appends_only_what_is_new(void **unused)
{
    (void)unused;
    struct log_buffer log;
    log_init(&log);
    assert_int_equal(feed(&log, "abc", 100), 3);
    assert_int_equal(feed(&log, "abc", 100), 0);
    assert_int_equal(feed(&log, "abcde", 100), 2);
    expect(&log, "abcde");
    log_release(&log);
}

static void counts_repeated_lines_exactly_while_the_window_holds_all(void **unused)
{
    (void)unused;
    struct log_buffer log;
    log_init(&log);
    feed(&log, "aa", 100);
    assert_int_equal(feed(&log, "aaaaa", 100), 3);
    expect(&log, "aaaaa");
    assert_int_equal(feed(&log, "aaaaa", 100), 0);
    log_release(&log);
}

static void joins_full_windows_by_their_longest_overlap(void **unused)
{
    (void)unused;
    struct log_buffer log;
    log_init(&log);
    feed(&log, "abcdab", 6);
    assert_int_equal(feed(&log, "cdabab", 6), 2);
    expect(&log, "abcdabab");
    assert_int_equal(feed(&log, "bababx", 6), 3);
    expect(&log, "abcdabababx");
    log_release(&log);
}

static void marks_a_gap_where_windows_do_not_meet(void **unused)
{
    (void)unused;
    struct log_buffer log;
    log_init(&log);
    feed(&log, "abc", 3);
    assert_int_equal(feed(&log, "xyz", 3), 3);
    expect(&log, "abc|xyz");
    feed(&log, "yzq", 3);
    expect(&log, "abc|xyzq");
    log_release(&log);
}

static void a_log_that_began_anew_counts_from_there(void **unused)
{
    (void)unused;
    struct log_buffer log;
    log_init(&log);
    feed(&log, "abcdef", 100);
    feed(&log, "xx", 100);
    expect(&log, "abcdef|xx");
    assert_int_equal(feed(&log, "xxx", 100), 1);
    expect(&log, "abcdef|xxx");
    log_release(&log);
}

static void an_unfinished_line_is_replaced_when_it_is_whole(void **unused)
{
    (void)unused;
    struct log_buffer log;
    log_init(&log);
    log_merge(&log, "a\nhal", 5, 100);
    expect(&log, "ahal");
    assert_int_equal(log_merge(&log, "a\nhal", 5, 100), 0);
    assert_int_equal(log_merge(&log, "a\nhalf\nb", 8, 100), 1);
    expect(&log, "ahalfb");
    log_release(&log);
}

static void keeps_the_opening_blocks_apart(void **unused)
{
    (void)unused;
    static const char text[] = "Instance status:\nSystemSetup: Succeeded\n\nContainer events:\n"
                               "Kind: Pod\n\nContainer logs:\nx\ny\n";
    struct log_buffer log;
    log_init(&log);
    log_merge(&log, text, strlen(text), 100);
    expect(&log, "xy");
    assert_int_equal(log.preamble_count, 6);
    log_merge(&log, text, strlen(text), 100);
    expect(&log, "xy");
    assert_int_equal(log.preamble_count, 6);
    log_release(&log);
}

static void draws_nothing_that_steers_a_terminal(void **unused)
{
    (void)unused;
    static const char text[] = "a\033[2Jb\033]0;x\007c\n";
    struct log_buffer log;
    log_init(&log);
    log_merge(&log, text, strlen(text), 100);
    assert_null(strchr(log_at(&log, 0)->text, '\033'));
    assert_null(strchr(log_at(&log, 0)->text, '\007'));
    log_release(&log);
}

static void the_ring_is_bounded_and_counts_what_fell_out(void **unused)
{
    (void)unused;
    struct log_buffer log;
    struct strbuf text;
    enum { LINES = LOG_MAX_LINES + 1234 };
    log_init(&log);
    strbuf_init(&text, 1 << 20);
    for (int i = 0; i < LINES; i++)
        strbuf_printf(&text, "line %d\n", i);
    log_merge(&log, text.text, text.len, 0);
    assert_int_equal(log.count, LOG_MAX_LINES);
    assert_int_equal(log.dropped, 1234);
    assert_string_equal(log_at(&log, 0)->text, "line 1234");
    assert_int_equal(log_merge(&log, text.text, text.len, 0), 0);
    strbuf_release(&text);
    log_release(&log);
}

/* A writer that repeats itself much, a reader with a window: what is held is what was written. */
static void follows_any_log_that_the_window_can_follow(void **unused)
{
    (void)unused;
    enum { ROUNDS = 300, STEPS = 12, TAIL = 12 };
    for (int round = 0; round < ROUNDS; round++) {
        struct log_buffer log;
        char written[STEPS * 4 + 1];
        size_t len = 0;
        log_init(&log);
        for (int step = 0; step < STEPS; step++) {
            for (uint32_t i = random_below(4); i > 0; i--)
                written[len++] = (char)('a' + random_below(26));
            written[len] = '\0';
            feed(&log, len > TAIL ? written + len - TAIL : written, TAIL);
        }
        expect(&log, written);
        log_release(&log);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_only_what_is_new),
        cmocka_unit_test(counts_repeated_lines_exactly_while_the_window_holds_all),
        cmocka_unit_test(joins_full_windows_by_their_longest_overlap),
        cmocka_unit_test(marks_a_gap_where_windows_do_not_meet),
        cmocka_unit_test(a_log_that_began_anew_counts_from_there),
        cmocka_unit_test(an_unfinished_line_is_replaced_when_it_is_whole),
        cmocka_unit_test(keeps_the_opening_blocks_apart),
        cmocka_unit_test(draws_nothing_that_steers_a_terminal),
        cmocka_unit_test(the_ring_is_bounded_and_counts_what_fell_out),
        cmocka_unit_test(follows_any_log_that_the_window_can_follow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
