#include "core/azure/azure.h"
#include "core/azure/metrics.h"
#include "core/azure/scoring.h"
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/wire/endpoint.h"
#include "tests/unit/core/azure/stub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct stub stub;
static struct net *net;
static struct azure *client;
static struct azure_access access_now;
static struct azure_outcome outcome;
static struct error error;

/* What the observer saw since the last set up. */
static int sent;
static int writes;
static int retries;
static int last_retry_ms;
static char seen[64 * 1024];

static void on_event(void *context, const struct azure_event *event)
{
    (void)context;
    sent += event->kind == AZURE_EVENT_SENT;
    writes += event->kind == AZURE_EVENT_SENT && event->write;
    if (event->kind == AZURE_EVENT_RETRY) {
        retries++;
        last_retry_ms = event->retry_in_ms;
    }
    size_t used = strlen(seen);
    snprintf(seen + used, sizeof seen - used, "%s %s %s\n", event->method, event->url,
             event->body ? event->body : "");
}

static void open_client(azure_access_fn *access, void *context, const char *workspace, bool dry_run)
{
    client = azure_new(&(struct azure_settings){
        .net = net,
        .subscription = "s",
        .group = "g",
        .workspace = workspace,
        .access = access,
        .access_context = context,
        .observe = on_event,
        .dry_run = dry_run,
    });
}

static int set_up(void **state)
{
    (void)state;
    sent = writes = retries = last_retry_ms = 0;
    seen[0] = '\0';
    memset(&outcome, 0, sizeof outcome);
    memset(&error, 0, sizeof error);
    access_now = (struct azure_access){.arm_url = stub.origin, .token = str_dup("token-1")};
    net = net_new();
    open_client(azure_access_fixed, &access_now, "w", false);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    azure_outcome_release(&outcome);
    azure_free(client);
    net_free(net);
    free(access_now.token);
    return 0;
}

static void reopen(const char *workspace, bool dry_run)
{
    azure_free(client);
    open_client(azure_access_fixed, &access_now, workspace, dry_run);
}

static bool await(azure_id id)
{
    return azure_await(client, id, &outcome, &error);
}

static const struct azure_long followed = {.done = azure_collect, .context = &outcome};

static void a_document_is_read(void **state)
{
    (void)state;
    assert_true(await(azure_endpoint_get(client, "plain", azure_collect, &outcome)));
    assert_string_equal(json_text_at(outcome.document, "name", ""), "plain");
    assert_int_equal(sent, 1);
    assert_null(strstr(seen, "token-1"));
}

static void what_is_missing_is_not_found(void **state)
{
    (void)state;
    assert_false(await(azure_endpoint_get(client, "missing", azure_collect, &outcome)));
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
    assert_int_equal(error.http_status, 404);
    assert_string_equal(error.request_id, "stub-id");
    assert_string_equal(error.message, "The specified resource was not found: Not Found");
}

static void a_broken_document_is_an_error(void **state)
{
    (void)state;
    assert_false(await(azure_endpoint_get(client, "wrecked", azure_collect, &outcome)));
    assert_int_equal(error.kind, ERROR_FAILED);
}

/* An answer without a resource may neither end the program nor be sent back as one. */
static void what_is_no_resource_is_not_edited(void **state)
{
    (void)state;
    struct traffic_split wanted = {.live = {1, {{"blue", 100}}}};
    for (int i = 0; i < 2; i++) {
        assert_false(await(azure_traffic_set(client, "empty", NULL, &wanted, &followed)));
        assert_int_equal(error.kind, ERROR_FAILED);
        azure_outcome_release(&outcome);
    }
    assert_int_equal(writes, 0);
}

static void faults_that_pass_are_repeated(void **state)
{
    (void)state;
    /* The cut first: on a connection that is used again libcurl repeats by itself. */
    static const char *const names[] = {"cut", "throttled", "broken"};
    for (size_t i = 0; i < 3; i++) {
        int before = retries;
        azure_outcome_release(&outcome);
        assert_true(await(azure_endpoint_get(client, names[i], azure_collect, &outcome)));
        assert_int_equal(retries, before + 1);
        if (i == 1) /* Retry-After: 1 */
            assert_true(last_retry_ms >= 1000);
    }
}

static void pages_come_one_by_one(void **state)
{
    (void)state;
    assert_true(await(azure_endpoint_list(client, azure_collect, &outcome)));
    assert_int_equal(json_count(outcome.document), 6);
    assert_int_equal(sent, 3);
}

static void a_list_in_a_circle_ends(void **state)
{
    (void)state;
    reopen("circle", false);
    assert_false(await(azure_endpoint_list(client, azure_collect, &outcome)));
    assert_non_null(strstr(error.message, "circle"));
    assert_true(sent < 5);
}

static void a_list_does_not_lead_to_another_host(void **state)
{
    (void)state;
    reopen("stray", false);
    assert_false(await(azure_endpoint_list(client, azure_collect, &outcome)));
    assert_int_equal(sent, 1);
}

static struct traffic_split split_of(int blue, int green, int mirror)
{
    struct traffic_split split = {0};
    traffic_set(&split.live, "blue", blue);
    traffic_set(&split.live, "green", green);
    if (mirror)
        traffic_set(&split.mirror, "green", mirror);
    return split;
}

static void traffic_is_changed_and_read_back(void **state)
{
    (void)state;
    struct traffic_split was = split_of(100, 0, 0);
    struct traffic_split wanted = split_of(90, 10, 0);
    assert_true(await(azure_traffic_set(client, "shift", &was, &wanted, &followed)));
    struct traffic_split now;
    wire_endpoint_split(outcome.document, &now);
    assert_true(traffic_split_equal(&now, &wanted));
    assert_int_equal(writes, 1);
    /* The PUT keeps what we do not know and leaves out what only the service writes. */
    assert_non_null(strstr(seen, "\"futureField\":{\"kept\":[1,2]}"));
    assert_non_null(strstr(seen, "\"mirrorTraffic\":{}"));
    assert_null(strstr(seen, "scoringUri"));
    assert_null(strstr(seen, "principalId"));
    assert_null(strstr(seen, "systemData"));
    /* Signatures are no business of an observer. */
    assert_null(strstr(seen, "ssss"));
}

static void nothing_is_sent_when_nothing_changes(void **state)
{
    (void)state;
    struct traffic_split wanted = split_of(100, 0, 0);
    assert_true(await(azure_traffic_set(client, "same", NULL, &wanted, &followed)));
    assert_true(outcome.unchanged);
    assert_int_equal(writes, 0);
}

static void a_split_changed_by_others_is_a_conflict(void **state)
{
    (void)state;
    struct traffic_split was = split_of(50, 50, 0);
    struct traffic_split wanted = split_of(0, 100, 0);
    assert_false(await(azure_traffic_set(client, "raced", &was, &wanted, &followed)));
    assert_int_equal(error.kind, ERROR_CONFLICT);
    assert_string_equal(error.code, "TrafficChanged");
    assert_non_null(strstr(error.message, "was blue=50 green=50, is blue=100, yours is"));
    assert_non_null(outcome.document);
    assert_int_equal(writes, 0);
}

static void a_broken_rule_is_refused_before_sending(void **state)
{
    (void)state;
    struct traffic_split wanted = split_of(90, 20, 0);
    assert_false(await(azure_traffic_set(client, "ruled", NULL, &wanted, &followed)));
    assert_int_equal(error.kind, ERROR_RULE);
    wanted = split_of(100, 0, 0);
    traffic_set(&wanted.mirror, "purple", 10);
    outcome.done = false;
    assert_false(await(azure_traffic_set(client, "ruled", NULL, &wanted, &followed)));
    assert_int_equal(error.kind, ERROR_RULE);
    assert_int_equal(writes, 0);
}

static void reads_that_lag_are_waited_for(void **state)
{
    (void)state;
    struct traffic_split wanted = split_of(60, 40, 0);
    assert_true(await(azure_traffic_set(client, "stale", NULL, &wanted, &followed)));
    struct traffic_split now;
    wire_endpoint_split(outcome.document, &now);
    assert_true(traffic_split_equal(&now, &wanted));
}

static void a_service_out_of_step_is_reported(void **state)
{
    (void)state;
    struct traffic_split wanted = split_of(60, 40, 0);
    assert_false(await(azure_traffic_set(client, "never", NULL, &wanted, &followed)));
    assert_int_equal(error.kind, ERROR_CONFLICT);
    assert_string_equal(error.code, "OutOfStep");
}

static void a_put_whose_answer_was_cut_meets_itself(void **state)
{
    (void)state;
    struct traffic_split wanted = split_of(60, 40, 0);
    assert_true(await(azure_traffic_set(client, "lost", NULL, &wanted, &followed)));
    assert_int_equal(writes, 2);
}

static int progress_calls;

static void on_progress(void *context, const struct azure_progress *progress)
{
    (void)context;
    progress_calls++;
    assert_string_equal(progress->status, "Updating");
}

static void a_failed_operation_tells_why(void **state)
{
    (void)state;
    struct azure_long how = followed;
    how.progress = on_progress;
    struct traffic_split wanted = split_of(60, 40, 0);
    assert_false(await(azure_traffic_set(client, "failing", NULL, &wanted, &how)));
    assert_non_null(strstr(error.message, "traffic is odd"));
    assert_true(progress_calls > 0);
}

static void no_wait_ends_with_the_first_answer(void **state)
{
    (void)state;
    struct azure_long how = followed;
    how.no_wait = true;
    struct traffic_split wanted = split_of(60, 40, 0);
    assert_true(await(azure_traffic_set(client, "quick", NULL, &wanted, &how)));
    assert_true(outcome.accepted);
    assert_null(strstr(seen, "mfeOperations"));
}

static void a_delete_is_followed(void **state)
{
    (void)state;
    assert_true(await(azure_endpoint_delete(client, "doomed", &followed)));
    assert_null(outcome.document);
    outcome.done = false;
    assert_true(await(azure_endpoint_delete(client, "missing", &followed)));
}

static void keys_are_regenerated_once(void **state)
{
    (void)state;
    assert_true(await(azure_endpoint_regenerate_keys(client, "plain", "Primary", &followed)));
    assert_non_null(strstr(seen, "{\"keyType\":\"Primary\"}"));
    outcome.done = false;
    writes = 0;
    assert_false(await(azure_endpoint_regenerate_keys(client, "cutkeys", "Primary", &followed)));
    assert_int_equal(error.kind, ERROR_NETWORK);
    assert_int_equal(writes, 1);
    assert_int_equal(retries, 0);
}

static void scaling_sends_the_whole_deployment(void **state)
{
    (void)state;
    assert_true(await(azure_deployment_scale(client, "plain", "blue", 2, &followed)));
    assert_non_null(strstr(seen, "\"sku\":{\"name\":\"Default\",\"capacity\":2}"));
    assert_non_null(strstr(seen, "\"future\":7"));
    azure_outcome_release(&outcome);
    writes = 0;
    assert_true(await(azure_deployment_scale(client, "plain", "blue", 1, &followed)));
    assert_true(outcome.unchanged);
    outcome.done = false;
    assert_false(await(azure_deployment_scale(client, "plain", "blue", 51, &followed)));
    assert_int_equal(error.kind, ERROR_RULE);
    assert_int_equal(writes, 0);
}

static void logs_are_asked_for_by_tail(void **state)
{
    (void)state;
    assert_true(
        await(azure_deployment_logs(client, "plain", "blue", 50, NULL, azure_collect, &outcome)));
    assert_string_equal(json_text_at(outcome.document, "content", ""), "asked {\"tail\":50}");
}

static void a_dry_run_keeps_writes_back(void **state)
{
    (void)state;
    reopen("w", true);
    struct json *document = json_object();
    json_set_text(json_set(document, "properties", json_object()), "authMode", "Key");
    assert_true(await(azure_endpoint_put(client, "fresh", document, &followed)));
    json_free(document);
    assert_true(outcome.accepted);
    assert_int_equal(sent, 0);
    azure_outcome_release(&outcome);
    struct traffic_split wanted = split_of(60, 40, 0);
    assert_true(await(azure_traffic_set(client, "dry", NULL, &wanted, &followed)));
    assert_int_equal(writes, 0);
    const struct json *kept = azure_captured(client);
    assert_int_equal(json_count(kept), 2);
    assert_string_equal(json_text_at(json_element(kept, 0), "method", ""), "PUT");
    assert_non_null(json_at(json_element(kept, 1), "body.properties.traffic.green"));
}

static bool give_second_token(void *context, bool again, struct azure_access *out,
                              struct error *failure)
{
    (void)context;
    (void)failure;
    out->arm_url = str_dup(stub.origin);
    out->token = str_dup(again ? "token-1" : "token-0");
    return true;
}

static void a_refused_token_is_asked_for_again(void **state)
{
    (void)state;
    azure_free(client);
    open_client(give_second_token, NULL, "w", false);
    assert_true(await(azure_endpoint_get(client, "plain", azure_collect, &outcome)));
    assert_int_equal(sent, 2);
    str_replace(&access_now.token, "wrong");
    azure_outcome_release(&outcome);
    reopen("w", false);
    assert_false(await(azure_endpoint_get(client, "plain", azure_collect, &outcome)));
    assert_int_equal(error.kind, ERROR_AUTH);
    assert_int_equal(sent, 3);
}

static void a_token_does_not_leave_over_plain_http(void **state)
{
    (void)state;
    azure_free(client);
    struct azure_access far = {.arm_url = (char[]){"http://management.example"},
                               .token = access_now.token};
    open_client(azure_access_fixed, &far, "w", false);
    assert_false(await(azure_endpoint_get(client, "plain", azure_collect, &outcome)));
    assert_int_equal(error.kind, ERROR_AUTH);
    assert_non_null(strstr(error.message, "token was not sent"));
}

static void nobody_listening_is_told_at_once(void **state)
{
    (void)state;
    azure_free(client);
    struct azure_access gone = {.arm_url = (char[]){"http://127.0.0.1:1"},
                                .token = access_now.token};
    open_client(azure_access_fixed, &gone, "w", false);
    int64_t begun = clock_monotonic_ms();
    assert_false(await(azure_endpoint_get(client, "plain", azure_collect, &outcome)));
    assert_int_equal(error.kind, ERROR_NETWORK);
    assert_true(clock_monotonic_ms() - begun < 400);
}

static void must_not_run(void *context, const struct azure_result *result)
{
    (void)context;
    (void)result;
    fail();
}

static void a_cancelled_call_is_silent(void **state)
{
    (void)state;
    struct traffic_split wanted = split_of(60, 40, 0);
    struct azure_long how = {.done = must_not_run};
    azure_id id = azure_traffic_set(client, "plain", NULL, &wanted, &how);
    azure_cancel(client, id);
    azure_cancel(client, id);
    id = azure_traffic_set(client, "plain", NULL, &wanted, &how);
    assert_true(await(azure_endpoint_get(client, "plain", azure_collect, &outcome)));
    azure_cancel(client, id); /* amid its reads */
    id = azure_endpoint_list(client, must_not_run, NULL);
    (void)id; /* freed with the client */
}

static void an_interrupt_ends_the_wait(void **state)
{
    (void)state;
    net_interrupt(net);
    assert_false(await(azure_endpoint_get(client, "plain", azure_collect, &outcome)));
    assert_int_equal(error.kind, ERROR_CANCELLED);
    assert_true(await(azure_endpoint_get(client, "plain", azure_collect, &outcome)));
}

static bool metrics_done;

static void on_metrics(void *context, const struct error *failure, struct metrics *metrics)
{
    (void)context;
    metrics_done = true;
    assert_null(failure);
    const struct metrics_series *blue = metrics_find(metrics, "BLUE");
    assert_non_null(blue);
    assert_int_equal(blue->count, 1);
    assert_int_equal((int)blue->points[0].requests, 10);
    assert_int_equal((int)blue->points[0].errors, 1);
    assert_int_equal((int)blue->points[0].p50_ms, 9);
    assert_int_equal((int)blue->points[0].p95_ms, 9);
}

static void metrics_are_put_together(void **state)
{
    (void)state;
    metrics_done = false;
    azure_metrics_get(client, "plain", 30, on_metrics, NULL);
    assert_true(net_run_until(net, &metrics_done, &error));
}

static struct scoring_target target;
static bool target_done;

static void on_target(void *context, const struct error *failure, struct scoring_target *found)
{
    (void)context;
    assert_null(failure);
    target = *found;
    memset(found, 0, sizeof *found);
    target_done = true;
}

static bool score_done;

static void on_score(void *context, const struct net_response *response)
{
    const char *deployment = context;
    struct error found;
    score_done = true;
    if (strcmp(deployment, "sick") == 0) {
        assert_false(scoring_check(response, &found));
        assert_int_equal(response->status, 424);
        assert_non_null(strstr(found.message, "its status 500, model_error"));
        return;
    }
    assert_true(scoring_check(response, &found));
    assert_string_equal(scoring_deployment(response), deployment);
    assert_string_equal(response->body, "[1, 2]");
    assert_true(response->total_us > 0);
}

static void scoring_names_who_answered(void **state)
{
    (void)state;
    static char names[][8] = {"blue", "green", "sick"};
    target_done = false;
    scoring_target_get(client, "plain", on_target, NULL);
    assert_true(net_run_until(net, &target_done, &error));
    assert_null(strstr(seen, "key-1"));
    for (size_t i = 0; i < 3; i++) {
        score_done = false;
        scoring_send(net, &target,
                     &(struct scoring_request){
                         .deployment = i ? names[i] : NULL, .body = "{}", .body_len = 2},
                     on_score, names[i]);
        assert_true(net_run_until(net, &score_done, &error));
    }
    scoring_target_release(&target);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_document_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_missing_is_not_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_broken_document_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_resource_is_not_edited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(faults_that_pass_are_repeated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pages_come_one_by_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_list_in_a_circle_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_list_does_not_lead_to_another_host, set_up, tear_down),
        cmocka_unit_test_setup_teardown(traffic_is_changed_and_read_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_sent_when_nothing_changes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_split_changed_by_others_is_a_conflict, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_broken_rule_is_refused_before_sending, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_that_lag_are_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_service_out_of_step_is_reported, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_put_whose_answer_was_cut_meets_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failed_operation_tells_why, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_wait_ends_with_the_first_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_delete_is_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keys_are_regenerated_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(scaling_sends_the_whole_deployment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(logs_are_asked_for_by_tail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_dry_run_keeps_writes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refused_token_is_asked_for_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_token_does_not_leave_over_plain_http, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_listening_is_told_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cancelled_call_is_silent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_interrupt_ends_the_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(metrics_are_put_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(scoring_names_who_answered, set_up, tear_down),
    };
    if (!stub_start(&stub))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    stub_stop(&stub);
    return failed;
}
