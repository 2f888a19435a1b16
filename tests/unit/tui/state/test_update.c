/* The console without a terminal: messages in, state and effects out. */
#include "tests/unit/tui/state/bench.h"

/* Stages green=10 and opens its review; returns the id of the write. */
static uint64_t stage_and_review(struct bench *bench)
{
    press(bench, "j");
    press(bench, "L");
    press(bench, "c");
    const struct effect *effect = asked(bench, EFFECT_PREPARE);
    assert_non_null(effect);
    assert_int_equal(traffic_get(&effect->write->wanted.live, "green"), 10);
    assert_int_equal(traffic_get(&effect->write->expected.live, "blue"), 100);
    return effect->id;
}

static void prepare(struct bench *bench, uint64_t id)
{
    send(bench, (struct message){.kind = MESSAGE_PREPARED,
                                 .id = id,
                                 .text = str_dup("PUT https://x\n{}\n"),
                                 .text_len = 17});
}

static void the_wanted_endpoint_is_chosen_and_its_parts_are_asked_for(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    assert_string_equal(bench->state->endpoint, "my-endpoint");
    assert_string_equal(bench->state->deployments[0].name, "blue");
    assert_int_equal(bench->state->draft->count, 2);
    end(bench);
}

static void a_commit_is_reviewed_sent_and_settled(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    uint64_t id = stage_and_review(bench);
    assert_int_equal(bench->state->purpose, PURPOSE_REVIEW);
    prepare(bench, id);
    bench->now += DIALOG_GUARD_MS + 1;
    press(bench, "Tab");
    press(bench, "Enter");
    const struct effect *effect = asked(bench, EFFECT_SEND);
    assert_non_null(effect);
    assert_int_equal(effect->id, id);
    assert_int_equal(bench->state->overlay, OVERLAY_NONE);
    assert_true(state_is_writing(bench->state, "my-endpoint"));
    send(bench, (struct message){.kind = MESSAGE_WRITTEN, .id = id, .name = "request-1"});
    assert_false(state_is_writing(bench->state, "my-endpoint"));
    assert_false(draft_is_changed(bench->state->draft));
    assert_int_equal(traffic_get(&bench->state->draft->base.live, "green"), 10);
    const struct activity_entry *entry = &bench->state->activity.entries[0];
    assert_int_equal(entry->state, ACTIVITY_DONE);
    assert_string_equal(entry->request_id, "request-1");
    end(bench);
}

static void enter_does_nothing_before_the_guard_and_cancel_is_the_default(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    uint64_t id = stage_and_review(bench);
    prepare(bench, id);
    press(bench, "Tab");
    press(bench, "Enter");
    assert_null(asked(bench, EFFECT_SEND));
    assert_int_equal(bench->state->overlay, OVERLAY_DIALOG);
    bench->now += DIALOG_GUARD_MS + 1;
    press(bench, "Shift-Tab");
    press(bench, "Enter");
    assert_null(asked(bench, EFFECT_SEND));
    assert_int_equal(bench->state->overlay, OVERLAY_NONE);
    assert_true(draft_is_changed(bench->state->draft));
    end(bench);
}

static void nothing_is_sent_before_the_request_is_known(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    stage_and_review(bench);
    bench->now += DIALOG_GUARD_MS + 1;
    press(bench, "Tab");
    press(bench, "Enter");
    assert_null(asked(bench, EFFECT_SEND));
    assert_int_equal(bench->state->overlay, OVERLAY_DIALOG);
    end(bench);
}

static void a_broken_rule_refuses_the_commit(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    press(bench, "j");
    press(bench, "v");
    press(bench, "Enter");
    type(bench, "60");
    press(bench, "Enter");
    assert_int_equal(traffic_get(&bench->state->draft->want.mirror, "green"), 60);
    press(bench, "c");
    assert_null(asked(bench, EFFECT_PREPARE));
    assert_non_null(strstr(bench->state->notice, "50"));
    end(bench);
}

static void a_conflict_shows_three_ways_and_keeps_the_draft(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    struct error error;
    uint64_t id = stage_and_review(bench);
    struct traffic_split *now = mem_alloc(sizeof *now);
    *now = split("green=100", "");
    error_set(&error, ERROR_CONFLICT, "someone else changed it");
    send(bench, (struct message){.kind = MESSAGE_PREPARED, .id = id, .error = &error, .now = now});
    assert_int_equal(bench->state->purpose, PURPOSE_CONFLICT);
    bench->now += DIALOG_GUARD_MS + 1;
    press(bench, "Tab");
    press(bench, "Tab");
    press(bench, "Enter");
    assert_int_equal(bench->state->overlay, OVERLAY_NONE);
    assert_int_equal(traffic_get(&bench->state->draft->base.live, "green"), 100);
    assert_int_equal(traffic_get(&bench->state->draft->want.live, "green"), 10);
    end(bench);
}

static void abort_goes_back_once_and_starts_on_its_button(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    press(bench, "A");
    assert_null(asked(bench, EFFECT_PREPARE));
    uint64_t id = stage_and_review(bench);
    prepare(bench, id);
    bench->now += DIALOG_GUARD_MS + 1;
    press(bench, "Tab");
    press(bench, "Enter");
    send(bench, (struct message){.kind = MESSAGE_WRITTEN, .id = id});
    press(bench, "A");
    const struct effect *effect = asked(bench, EFFECT_PREPARE);
    assert_non_null(effect);
    assert_int_equal(traffic_get(&effect->write->wanted.live, "blue"), 100);
    id = effect->id;
    prepare(bench, id);
    bench->now += DIALOG_GUARD_MS + 1;
    press(bench, "Enter");
    assert_non_null(asked(bench, EFFECT_SEND));
    send(bench, (struct message){.kind = MESSAGE_WRITTEN, .id = id});
    press(bench, "A");
    assert_null(asked(bench, EFFECT_PREPARE));
    end(bench);
}

static void read_only_refuses_every_write(void **unused)
{
    (void)unused;
    struct bench *bench = begin_with(true);
    give_endpoints(bench, "blue=100", false);
    give_deployments(bench);
    for (int i = 1; i < ACTION_COUNT; i++) {
        char why[200];
        if (action_info((enum action)i)->writes)
            assert_non_null(state_obstacle(bench->state, (enum action)i, why, sizeof why));
    }
    end(bench);
}

static void deleting_needs_the_name_and_no_traffic(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    press(bench, ":");
    type(bench, "delete-deployment blue");
    press(bench, "Enter");
    assert_null(asked(bench, EFFECT_PREPARE));
    press(bench, ":");
    type(bench, "delete-deployment green");
    press(bench, "Enter");
    const struct effect *effect = asked(bench, EFFECT_PREPARE);
    assert_non_null(effect);
    prepare(bench, effect->id);
    bench->now += DIALOG_GUARD_MS + 1;
    type(bench, "gree");
    press(bench, "Tab");
    press(bench, "Tab");
    press(bench, "Enter");
    assert_null(asked(bench, EFFECT_SEND));
    end(bench);
}

static void a_kubernetes_endpoint_takes_no_mirror(void **unused)
{
    (void)unused;
    struct bench *bench = begin_with(false);
    give_endpoints(bench, "blue=100", true);
    give_deployments(bench);
    press(bench, "3");
    press(bench, "j");
    press(bench, "v");
    press(bench, "l");
    assert_int_equal(traffic_get(&bench->state->draft->want.mirror, "green"), 0);
    assert_non_null(strstr(bench->state->notice, "Kubernetes"));
    end(bench);
}

static void drafts_of_other_endpoints_wait(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    press(bench, "j");
    press(bench, "L");
    press(bench, "1");
    press(bench, "k");
    assert_string_equal(bench->state->endpoint, "fraud");
    assert_false(draft_is_changed(bench->state->draft));
    press(bench, "q");
    assert_int_equal(bench->state->purpose, PURPOSE_QUIT);
    press(bench, "Esc");
    press(bench, "j");
    assert_string_equal(bench->state->endpoint, "my-endpoint");
    assert_int_equal(traffic_get(&bench->state->draft->want.live, "green"), 10);
    end(bench);
}

static void failures_are_asked_again_and_mark_what_is_held_as_stale(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    struct error error;
    error_set(&error, ERROR_NETWORK, "connection refused");
    for (int i = 0; i < 6; i++) {
        bench->now += POLL_ENDPOINTS_MS;
        send(bench, (struct message){.kind = MESSAGE_TICK});
        assert_non_null(asked(bench, EFFECT_FETCH_ENDPOINTS));
        send(bench, (struct message){.kind = MESSAGE_ENDPOINTS, .error = &error});
        assert_true(reading_is_stale(&bench->state->endpoints_reading, bench->now));
        assert_int_equal(bench->state->endpoint_count, 2);
        assert_in_range(bench->state->endpoints_reading.due_ms - bench->now, 1, POLL_FAILED_MAX_MS);
    }
    give_endpoints(bench, "blue=100", false);
    assert_false(reading_is_stale(&bench->state->endpoints_reading, bench->now));
    end(bench);
}

static void silence_is_asked_anew(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    bench->now += POLL_ENDPOINTS_MS;
    send(bench, (struct message){.kind = MESSAGE_TICK});
    assert_non_null(asked(bench, EFFECT_FETCH_ENDPOINTS));
    bench->now += POLL_ASK_AGAIN_MS / 2;
    send(bench, (struct message){.kind = MESSAGE_TICK});
    assert_null(asked(bench, EFFECT_FETCH_ENDPOINTS));
    bench->now += POLL_ASK_AGAIN_MS;
    send(bench, (struct message){.kind = MESSAGE_TICK});
    assert_non_null(asked(bench, EFFECT_FETCH_ENDPOINTS));
    end(bench);
}

static void answers_of_an_old_workspace_are_dropped(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    struct endpoint *endpoints = mem_alloc_array(1, sizeof *endpoints);
    name_copy(endpoints[0].name, "stranger");
    struct message message = {.kind = MESSAGE_ENDPOINTS,
                              .endpoints = endpoints,
                              .count = 1,
                              .now_ms = bench->now,
                              .generation = bench->state->generation + 7};
    update(bench->state, &message, &bench->effects);
    message_release(&message);
    assert_null(state_find_endpoint(bench->state, "stranger"));
    end(bench);
}

static void a_paste_outside_a_field_does_nothing(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    send(bench, (struct message){.kind = MESSAGE_KEY, .key = {.name = KEY_PASTE_START}});
    send(bench, (struct message){.kind = MESSAGE_KEY, .key = {.name = KEY_PASTED, .code = 'q'}});
    assert_null(asked(bench, EFFECT_QUIT));
    send(bench, (struct message){.kind = MESSAGE_KEY, .key = {.name = KEY_PASTE_END}});
    end(bench);
}

static void leaving_takes_two_interrupts_or_a_clean_q(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    press(bench, "Ctrl-c");
    assert_null(asked(bench, EFFECT_QUIT));
    bench->now += LEAVE_WITHIN_MS + 1;
    press(bench, "Ctrl-c");
    assert_null(asked(bench, EFFECT_QUIT));
    press(bench, "Ctrl-c");
    assert_int_equal(asked(bench, EFFECT_QUIT)->number, 130);
    press(bench, "q");
    assert_int_equal(asked(bench, EFFECT_QUIT)->number, 0);
    end(bench);
}

static void without_a_workspace_the_first_screen_offers_two_ways(void **unused)
{
    (void)unused;
    struct bench bench = {.now = 1000, .state = state_new(false, NULL)};
    struct error error;
    update_start(bench.state, bench.now, 0, &bench.effects);
    error_set(&error, ERROR_NETWORK, "no local engine is running");
    send(&bench, (struct message){.kind = MESSAGE_UNCONNECTED, .error = &error});
    assert_int_equal(bench.state->purpose, PURPOSE_SETUP);
    assert_null(asked(&bench, EFFECT_FETCH_ENDPOINTS));
    bench.now += DIALOG_GUARD_MS + 1;
    press(&bench, "Enter");
    assert_non_null(asked(&bench, EFFECT_START_ENGINE));
    effects_release(&bench.effects);
    state_free(bench.state);
}

static void invoking_both_asks_each_deployment_once(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    press(bench, ":");
    type(bench, "request sample-request.json");
    press(bench, "Enter");
    assert_string_equal(bench->state->test.file, "sample-request.json");
    press(bench, ":");
    type(bench, "target both");
    press(bench, "Enter");
    press(bench, "s");
    assert_int_equal(bench->state->test.count, 2);
    assert_string_equal(bench->state->test.runs[0].asked, "blue");
    assert_string_equal(bench->state->test.runs[1].asked, "green");
    struct message answer = {.kind = MESSAGE_ANSWER, .id = bench->state->test.runs[1].id};
    answer.answer = (struct test_answer){.status = 200, .body = str_dup("[1]"), .body_len = 3};
    send(bench, answer);
    assert_false(bench->state->test.runs[1].running);
    assert_true(bench->state->test.runs[0].running);
    press(bench, "Ctrl-c");
    assert_non_null(asked(bench, EFFECT_CANCEL_TEST));
    assert_false(bench->state->test.runs[0].running);
    end(bench);
}

/* The reason in the activity, the log of what failed in sight, no word of it lost. */
static void a_failed_create_leads_to_its_log(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    struct state *state = bench->state;
    struct error error;
    press(bench, ":");
    type(bench, "create green-deployment.yml");
    press(bench, "Enter");
    struct message prepared = {.kind = MESSAGE_PREPARED,
                               .id = state->review.write->id,
                               .text = str_dup("PUT"),
                               .text_len = 3};
    name_copy(prepared.deployment, "green");
    send(bench, prepared);
    bench->now += 1000;
    press(bench, "Tab");
    press(bench, "Enter");
    assert_int_equal(state->sent_count, 1);
    assert_string_equal(state->log_deployment, "blue");
    error_set(&error, ERROR_FAILED, "the operation ended Failed: %0100d", 1);
    error_hint(&error, "%s", "Its log may say why.");
    send(bench,
         (struct message){.kind = MESSAGE_WRITTEN, .id = state->sent[0]->id, .error = &error});
    assert_non_null(strstr(state->notice, "7 and Enter tell why"));
    assert_string_equal(state->activity.entries[0].hint, "Its log may say why.");
    give_deployments(bench);
    assert_string_equal(state->log_deployment, "green");
    end(bench);
}

/* tmux send-keys Escape 6: both arrive at once. */
static void esc_and_a_key_at_once_are_two_keys(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    press(bench, "?");
    assert_int_equal(bench->state->overlay, OVERLAY_TEXT);
    press(bench, "Alt-6");
    assert_int_equal(bench->state->overlay, OVERLAY_NONE);
    assert_int_equal(bench->state->focus, PANEL_INVOKE);
    end(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wanted_endpoint_is_chosen_and_its_parts_are_asked_for),
        cmocka_unit_test(a_commit_is_reviewed_sent_and_settled),
        cmocka_unit_test(enter_does_nothing_before_the_guard_and_cancel_is_the_default),
        cmocka_unit_test(nothing_is_sent_before_the_request_is_known),
        cmocka_unit_test(a_broken_rule_refuses_the_commit),
        cmocka_unit_test(a_conflict_shows_three_ways_and_keeps_the_draft),
        cmocka_unit_test(abort_goes_back_once_and_starts_on_its_button),
        cmocka_unit_test(read_only_refuses_every_write),
        cmocka_unit_test(deleting_needs_the_name_and_no_traffic),
        cmocka_unit_test(a_kubernetes_endpoint_takes_no_mirror),
        cmocka_unit_test(drafts_of_other_endpoints_wait),
        cmocka_unit_test(failures_are_asked_again_and_mark_what_is_held_as_stale),
        cmocka_unit_test(silence_is_asked_anew),
        cmocka_unit_test(answers_of_an_old_workspace_are_dropped),
        cmocka_unit_test(a_paste_outside_a_field_does_nothing),
        cmocka_unit_test(leaving_takes_two_interrupts_or_a_clean_q),
        cmocka_unit_test(without_a_workspace_the_first_screen_offers_two_ways),
        cmocka_unit_test(invoking_both_asks_each_deployment_once),
        cmocka_unit_test(a_failed_create_leads_to_its_log),
        cmocka_unit_test(esc_and_a_key_at_once_are_two_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
