/* What goes to the clipboard. */
#include "tests/unit/tui/state/bench.h"

static void expect(struct bench *bench, const char *text)
{
    const struct effect *effect = asked(bench, EFFECT_COPY);
    assert_non_null(effect);
    assert_string_equal(effect->body, text);
    assert_int_equal(effect->body_len, strlen(text));
}

static void y_copies_what_the_cursor_is_on(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    press(bench, "y");
    expect(bench, "blue=100");
    press(bench, "1");
    press(bench, "y");
    expect(bench, "my-endpoint");
    press(bench, "2");
    press(bench, "j");
    press(bench, "y");
    expect(bench, "green");
    press(bench, "6");
    press(bench, "y");
    assert_null(asked(bench, EFFECT_COPY));
    press(bench, "?");
    press(bench, "y");
    assert_non_null(strstr(asked(bench, EFFECT_COPY)->body, "copy-as"));
    end(bench);
}

static void commands_can_be_typed_into_a_shell(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    press(bench, "1");
    press(bench, "Y");
    assert_int_equal(bench->state->choices.count, 3);
    press(bench, "Enter");
    expect(bench, "cutover online-endpoint show -n my-endpoint --local");
    press(bench, "2");
    press(bench, "Y");
    press(bench, "Enter");
    expect(bench, "cutover online-deployment show -n blue -e my-endpoint --local");
    press(bench, "6");
    snprintf(bench->state->test.file, sizeof bench->state->test.file, "it's.json");
    press(bench, "t");
    press(bench, "Y");
    press(bench, "Enter");
    expect(bench,
           "cutover online-endpoint invoke -n my-endpoint -d blue -r 'it'\\''s.json' --local");
    end(bench);
}

static void curl_carries_no_key(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    press(bench, "2");
    press(bench, ":");
    type(bench, "copy-as curl");
    press(bench, "Enter");
    assert_null(asked(bench, EFFECT_COPY));
    bench->state->endpoints[1].scoring_uri = str_dup("http://127.0.0.1:1/score?a=1&b=$(x)");
    assert_string_equal(bench->state->endpoints[1].name, "my-endpoint");
    press(bench, ":");
    type(bench, "copy-as curl");
    press(bench, "Enter");
    expect(bench, "curl -X POST -H \"Authorization: Bearer $KEY\" "
                  "-H 'Content-Type: application/json' -H 'azureml-model-deployment: blue' "
                  "--data-binary @request.json 'http://127.0.0.1:1/score?a=1&b=$(x)'");
    end(bench);
}

static void json_is_the_services_own_document(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    press(bench, "2");
    press(bench, ":");
    type(bench, "copy-as JSON");
    press(bench, "Enter");
    assert_string_equal(asked(bench, EFFECT_FETCH_DETAILS)->deployment, "blue");
    struct message message = {.kind = MESSAGE_DETAILS, .text = str_dup("{\"a\":1}"), .text_len = 7};
    name_copy(message.endpoint, "my-endpoint");
    name_copy(message.deployment, "blue");
    send(bench, message);
    assert_non_null(strstr(asked(bench, EFFECT_COPY)->body, "\"a\": 1"));
    assert_int_equal(bench->state->overlay, OVERLAY_NONE);
    end(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(y_copies_what_the_cursor_is_on),
        cmocka_unit_test(commands_can_be_typed_into_a_shell),
        cmocka_unit_test(curl_carries_no_key),
        cmocka_unit_test(json_is_the_services_own_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
