/* Test requests: typed, edited, repeated, their answers compared and kept. */
#include "tests/unit/tui/state/bench.h"

static struct bench *begin_in_invoke(void)
{
    struct bench *bench = begin();
    press(bench, "6");
    return bench;
}

static void type_request(struct bench *bench, const char *text)
{
    press(bench, "i");
    assert_int_equal(bench->state->purpose, PURPOSE_BODY);
    press(bench, "Ctrl-u");
    type(bench, text);
    press(bench, "Enter");
}

static void answer(struct bench *bench, uint64_t id, const char *deployment, const char *body)
{
    struct message message = {.kind = MESSAGE_ANSWER, .id = id};
    message.answer.status = 200;
    message.answer.latency_us = 1000;
    message.answer.body = str_dup(body);
    message.answer.body_len = strlen(body);
    name_copy(message.answer.deployment, deployment);
    send(bench, message);
}

/* Sends to both and answers. */
static void ask_both(struct bench *bench, const char *blue, const char *green)
{
    press(bench, "t");
    press(bench, "t");
    press(bench, "t");
    press(bench, "s");
    assert_int_equal(bench->state->test.count, 2);
    answer(bench, bench->state->test.runs[0].id, "blue", blue);
    answer(bench, bench->state->test.runs[1].id, "green", green);
}

static void a_typed_request_is_checked_and_sent(void **unused)
{
    (void)unused;
    struct bench *bench = begin_in_invoke();
    press(bench, "s");
    assert_null(asked(bench, EFFECT_TEST));
    type_request(bench, "{\"data\": [1");
    assert_int_equal(bench->state->overlay, OVERLAY_FORM);
    assert_true(bench->state->form.problem[0] != '\0');
    type(bench, "]}");
    press(bench, "Enter");
    assert_int_equal(bench->state->overlay, OVERLAY_NONE);
    press(bench, "s");
    const struct effect *effect = asked(bench, EFFECT_TEST);
    assert_non_null(effect);
    assert_string_equal(effect->body, "{\"data\": [1]}");
    assert_int_equal(effect->body_len, 13);
    end(bench);
}

static void a_file_can_be_typed_on_and_edited(void **unused)
{
    (void)unused;
    struct bench *bench = begin_in_invoke();
    snprintf(bench->state->test.file, sizeof bench->state->test.file, "r.json");
    press(bench, "i");
    assert_string_equal(asked(bench, EFFECT_READ_BODY)->text, "r.json");
    static const char content[] = "{\n  \"a b\": [1,\n    2]\n}\n";
    send(bench, (struct message){.kind = MESSAGE_BODY,
                                 .text = str_dup(content),
                                 .text_len = sizeof content - 1});
    assert_string_equal(bench->state->form.fields[0].text, "{\"a b\": [1,2]}");
    press(bench, "Esc");
    press(bench, "e");
    assert_null(asked(bench, EFFECT_EDIT)->body);
    send(bench, (struct message){
                    .kind = MESSAGE_BODY, .more = true, .text = str_dup("[3]"), .text_len = 3});
    assert_string_equal(bench->state->test.body, "[3]");
    press(bench, "e");
    assert_string_equal(asked(bench, EFFECT_EDIT)->body, "[3]");
    /* A file that is chosen takes the place of what was typed. */
    press(bench, "Enter");
    type(bench, "other.json");
    press(bench, "Enter");
    assert_null(bench->state->test.body);
    assert_string_equal(bench->state->test.file, "other.json");
    end(bench);
}

static void a_long_request_is_for_the_editor(void **unused)
{
    (void)unused;
    struct bench *bench = begin_in_invoke();
    char *text = mem_alloc(3000);
    memset(text, '1', 2999);
    send(bench, (struct message){.kind = MESSAGE_BODY, .text = text, .text_len = 2999});
    assert_int_equal(bench->state->overlay, OVERLAY_NONE);
    assert_non_null(strstr(bench->state->notice, "editor"));
    end(bench);
}

static void r_repeats_what_was_sent_then(void **unused)
{
    (void)unused;
    struct bench *bench = begin_in_invoke();
    press(bench, "r");
    assert_null(asked(bench, EFFECT_TEST));
    type_request(bench, "[1]");
    ask_both(bench, "1", "2");
    type_request(bench, "[2]");
    press(bench, "r");
    assert_int_equal(bench->state->test.count, 4);
    assert_string_equal(bench->effects.items[0].body, "[1]");
    assert_string_equal(bench->effects.items[0].deployment, "blue");
    assert_string_equal(bench->effects.items[1].deployment, "green");
    assert_int_equal(bench->state->test.runs[2].group, bench->state->test.runs[3].group);
    assert_true(bench->state->test.runs[1].group != bench->state->test.runs[2].group);
    end(bench);
}

static void the_history_is_bounded_and_repeats_from_its_full_end(void **unused)
{
    (void)unused;
    struct bench *bench = begin_in_invoke();
    type_request(bench, "[1]");
    for (int i = 0; i < TEST_HISTORY_MAX + 3; i++) {
        press(bench, i ? "r" : "s");
        answer(bench, asked(bench, EFFECT_TEST)->id, "blue", "ok");
    }
    assert_int_equal(bench->state->test.count, TEST_HISTORY_MAX);
    end(bench);
}

static void answers_of_two_are_compared(void **unused)
{
    (void)unused;
    struct bench *bench = begin_in_invoke();
    type_request(bench, "[1]");
    press(bench, "s");
    press(bench, "D");
    assert_int_equal(bench->state->overlay, OVERLAY_NONE);
    end(bench);
    bench = begin_in_invoke();
    type_request(bench, "[1]");
    ask_both(bench, "{\"y\": [1, 2]}", "{\"y\": [1, 3]}");
    press(bench, "D");
    assert_int_equal(bench->state->purpose, PURPOSE_DIFF);
    struct text_lines lines = state_reader_lines(bench->state);
    assert_int_equal(lines.count, 4);
    press(bench, "q");
    assert_int_equal(bench->state->overlay, OVERLAY_NONE);
    end(bench);
}

static void answers_are_kept_as_they_came_and_shown_safely(void **unused)
{
    (void)unused;
    struct bench *bench = begin_in_invoke();
    type_request(bench, "[1]");
    press(bench, "s");
    press(bench, "w");
    assert_int_equal(bench->state->overlay, OVERLAY_NONE);
    answer(bench, bench->state->test.runs[0].id, "blue", "a\033[2Jb");
    press(bench, "w");
    assert_string_equal(bench->state->form.fields[0].text, "answer.json");
    press(bench, "Enter");
    assert_string_equal(asked(bench, EFFECT_SAVE)->body, "a\033[2Jb");
    press(bench, "o");
    assert_null(strchr(asked(bench, EFFECT_PAGE)->body, '\033'));
    end(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_typed_request_is_checked_and_sent),
        cmocka_unit_test(a_file_can_be_typed_on_and_edited),
        cmocka_unit_test(a_long_request_is_for_the_editor),
        cmocka_unit_test(r_repeats_what_was_sent_then),
        cmocka_unit_test(the_history_is_bounded_and_repeats_from_its_full_end),
        cmocka_unit_test(answers_of_two_are_compared),
        cmocka_unit_test(answers_are_kept_as_they_came_and_shown_safely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
