/* A log as it is looked at: filtered, marked, laid out, searched for failures. */
#include "tests/unit/tui/state/bench.h"

static const char log_text[] =
    "2026-11-22 12:00:00,001 I [72] azmlinfsrv - ready\n"
    "2026-11-22 12:00:01,002 I [72] azmlinfsrv - POST /score 200 1.2ms 10\n"
    "2026-11-22 12:00:02,003 E [72] azmlinfsrv - boom\n"
    "2026-11-22 12:00:03,004 I [72] azmlinfsrv - {\"rows\": 2, \"model\": {\"name\": \"m\"}}\n"
    "2026-11-22 12:00:04,005 I [72] azmlinfsrv - POST /score 503 1.2ms 10\n"
    "plain\n";

static void knows_failures_from_the_rest(void **unused)
{
    (void)unused;
    static const char *const bad[] = {
        "Traceback (most recent call last):",
        "2026-11-22 12:00:02,003 E [72] azmlinfsrv - boom",
        "2026-11-22 12:00:02,003 C [72] root - dead",
        "ERROR: no model",
        "[2026-11-22] ERROR in app: x",
        "{\"level\": \"CRITICAL\"}",
        "2026-11-22 12:00:04,005 I [72] azmlinfsrv - POST /score 503 1.2ms 10",
        "127.0.0.1 - - \"POST /score HTTP/1.1\" 424 -",
        "GET / 500",
    };
    static const char *const good[] = {
        "",
        "POST /score 200 500.1ms 10",
        "POST /score 404 1ms",
        "no ERRORS seen",
        "TERRORS",
        "wrote 500 rows",
        "GET /a/503/b 200 1ms",
        "POST /score 5030 1ms",
        "I [72] E",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (!log_line_is_error(bad[i]))
            fail_msg("not seen: %s", bad[i]);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (log_line_is_error(good[i]))
            fail_msg("no failure: %s", good[i]);
}

static void knows_times_by_their_shape(void **unused)
{
    (void)unused;
    assert_int_equal(log_line_time("2026-11-22 12:00:00,001 I"), 24);
    assert_int_equal(log_line_time("2026-11-22T12:00:00.5Z x"), 23);
    assert_int_equal(log_line_time("2026-11-22T12:00:00+01:00 x"), 26);
    assert_int_equal(log_line_time("2026-11-22 12:00:00"), 19);
    assert_int_equal(log_line_time("2026-11-22"), 0);
    assert_int_equal(log_line_time("2026-11-22 12:00:00x"), 0);
    assert_int_equal(log_line_time(""), 0);
}

static void give_log(struct bench *bench, const char *text)
{
    struct message message = {
        .kind = MESSAGE_LOG, .text = str_dup(text), .text_len = strlen(text), .number = 100};
    name_copy(message.endpoint, bench->state->endpoint);
    name_copy(message.deployment, bench->state->log_deployment);
    send(bench, message);
}

static struct bench *begin_in_log(void)
{
    struct bench *bench = begin();
    press(bench, "5");
    give_log(bench, log_text);
    bench->state->log_view.page_rows = 3;
    bench->state->log_view.page_cols = 100;
    return bench;
}

static const char *row_text(struct bench *bench, size_t index)
{
    struct text_lines lines = lens_lines(&bench->state->log_lens);
    static struct text_line line;
    line = (struct text_line){.text = ""};
    assert_true(index < lines.count);
    lines.line(lines.data, index, &line);
    return line.text;
}

static size_t row_count(struct bench *bench)
{
    return lens_lines(&bench->state->log_lens).count;
}

static void e_goes_from_failure_to_failure(void **unused)
{
    (void)unused;
    struct bench *bench = begin_in_log();
    const struct text_view *view = &bench->state->log_view;
    press(bench, "E");
    assert_true(view->has_hit);
    assert_false(view->follow);
    assert_int_equal(view->hit, 4);
    press(bench, "E");
    assert_int_equal(view->hit, 2);
    press(bench, "e");
    assert_int_equal(view->hit, 4);
    press(bench, "e");
    assert_int_equal(view->hit, 2);
    press(bench, "Esc");
    assert_false(view->has_hit);
    end(bench);
}

static void only_shows_what_matches_also_as_lines_come(void **unused)
{
    (void)unused;
    struct bench *bench = begin_in_log();
    press(bench, "&");
    assert_int_equal(bench->state->overlay, OVERLAY_FORM);
    type(bench, "post");
    press(bench, "Enter");
    assert_int_equal(row_count(bench), 2);
    char *more = str_format("%sPOST /score 200 9ms 1\nnothing\n", log_text);
    give_log(bench, more);
    assert_int_equal(row_count(bench), 3);
    assert_string_equal(row_text(bench, 2), "POST /score 200 9ms 1");
    free(more);
    press(bench, "&");
    assert_string_equal(bench->state->form.fields[0].text, "post");
    press(bench, "Ctrl-u");
    type(bench, "!azmlinfsrv");
    press(bench, "Enter");
    assert_int_equal(row_count(bench), 3);
    assert_string_equal(row_text(bench, 0), "plain");
    press(bench, "Esc");
    assert_int_equal(row_count(bench), 8);
    end(bench);
}

static void half_a_line_is_replaced_and_not_doubled(void **unused)
{
    (void)unused;
    struct bench *bench = begin_in_log();
    char *half = str_format("%shalf", log_text);
    char *whole = str_format("%shalf a line\nnext\n", log_text);
    give_log(bench, half);
    assert_string_equal(row_text(bench, row_count(bench) - 1), "half");
    give_log(bench, whole);
    assert_int_equal(row_count(bench), 8);
    assert_string_equal(row_text(bench, 6), "half a line");
    free(half);
    free(whole);
    end(bench);
}

static void times_hide_and_json_is_laid_out(void **unused)
{
    (void)unused;
    struct bench *bench = begin_in_log();
    press(bench, "t");
    assert_string_equal(row_text(bench, 0), "I [72] azmlinfsrv - ready");
    press(bench, "t");
    press(bench, "J");
    assert_string_equal(row_text(bench, 3), "2026-11-22 12:00:03,004 I [72] azmlinfsrv - ");
    assert_string_equal(row_text(bench, 5), "  \"rows\": 2,");
    assert_true(row_count(bench) > 10);
    /* Failures are counted by line, wherever the pieces lie. */
    press(bench, "E");
    assert_non_null(strstr(row_text(bench, (size_t)bench->state->log_view.hit), "503"));
    press(bench, "J");
    assert_int_equal(row_count(bench), 6);
    end(bench);
}

static void marks_are_found_again_in_any_view(void **unused)
{
    (void)unused;
    struct bench *bench = begin_in_log();
    const struct text_view *view = &bench->state->log_view;
    press(bench, "'");
    assert_false(view->has_hit);
    press(bench, "m");
    press(bench, "E");
    press(bench, "E");
    press(bench, "m");
    assert_int_equal(bench->state->log_lens.mark_count, 2);
    press(bench, "'");
    assert_int_equal(view->hit, 5);
    press(bench, "'");
    assert_int_equal(view->hit, 2);
    press(bench, "J");
    press(bench, "'");
    assert_non_null(strstr(row_text(bench, (size_t)view->hit), "boom"));
    press(bench, "m");
    assert_int_equal(bench->state->log_lens.mark_count, 1);
    press(bench, "]");
    assert_int_equal(bench->state->log_lens.mark_count, 0);
    end(bench);
}

static void saving_asks_for_a_name_and_takes_what_is_shown(void **unused)
{
    (void)unused;
    struct bench *bench = begin_in_log();
    press(bench, "&");
    type(bench, "plain");
    press(bench, "Enter");
    press(bench, "s");
    assert_null(asked(bench, EFFECT_SAVE));
    assert_string_equal(bench->state->form.fields[0].text, "blue.log");
    press(bench, "Enter");
    const struct effect *effect = asked(bench, EFFECT_SAVE);
    assert_non_null(effect);
    assert_string_equal(effect->text, "blue.log");
    assert_string_equal(effect->body, "plain\n");
    assert_int_equal(effect->body_len, 6);
    end(bench);
}

static void rows_that_fall_out_are_counted(void **unused)
{
    (void)unused;
    struct log_buffer log;
    struct log_lens lens;
    log_init(&log);
    lens_init(&lens, &log);
    struct text_view view;
    text_view_init(&view, false, true);
    for (int round = 0; round < 60; round++) {
        char text[4000];
        size_t len = 0;
        for (int i = 0; i < 100; i++)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s %d\n",
                                    i % 2 ? "odd" : "even", round * 100 + i);
        log_merge(&log, text, len, 100);
        if (round == 0)
            lens_show_only(&lens, "odd", &view);
        lens_follow(&lens);
    }
    /* Gap marks between the windows count as lines of the buffer, not of the filter. */
    struct text_lines lines = lens_lines(&lens);
    assert_int_equal(lines.dropped + lines.count, 3000);
    struct text_line line = {.text = ""};
    lines.line(lines.data, lines.count - 1, &line);
    assert_string_equal(line.text, "odd 5999");
    assert_true(lens_toggle_mark(&lens, lines.dropped));
    assert_int_equal(lens.mark_count, 1);
    assert_true(lens_toggle_mark(&lens, 0));
    assert_int_equal(lens.mark_count, 1);
    lens_release(&lens);
    log_release(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_failures_from_the_rest),
        cmocka_unit_test(knows_times_by_their_shape),
        cmocka_unit_test(e_goes_from_failure_to_failure),
        cmocka_unit_test(only_shows_what_matches_also_as_lines_come),
        cmocka_unit_test(half_a_line_is_replaced_and_not_doubled),
        cmocka_unit_test(times_hide_and_json_is_laid_out),
        cmocka_unit_test(marks_are_found_again_in_any_view),
        cmocka_unit_test(saving_asks_for_a_name_and_takes_what_is_shown),
        cmocka_unit_test(rows_that_fall_out_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
