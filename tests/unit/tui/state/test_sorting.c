/* The order of the lists, and what of them is shown. */
#include "tests/unit/tui/state/bench.h"

static const char *endpoint_at(struct bench *bench, size_t row)
{
    struct table_rows rows = state_endpoint_rows(bench->state);
    return row < rows.count ? rows.identity(rows.data, row) : "";
}

static const char *deployment_at(struct bench *bench, size_t row)
{
    struct table_rows rows = state_deployment_rows(bench->state);
    return row < rows.count ? rows.identity(rows.data, row) : "";
}

static void give_requests(struct bench *bench, double blue, double green)
{
    static const char *const names[] = {"blue", "green"};
    const double requests[] = {blue, green};
    struct metrics_series *series = mem_alloc_array(2, sizeof *series);
    int64_t minute = (1763800000000 + bench->now) / 60000 * 60000;
    for (size_t i = 0; i < 2; i++) {
        name_copy(series[i].deployment, names[i]);
        series[i].points = mem_alloc_array(1, sizeof *series[i].points);
        series[i].points[0] =
            (struct metrics_point){.start_wall_ms = minute, .requests = requests[i], .p50_ms = -1};
        series[i].count = series[i].capacity = 1;
    }
    struct message message = {.kind = MESSAGE_METRICS};
    message.metrics = (struct metrics){.series = series, .count = 2, .capacity = 2};
    name_copy(message.endpoint, bench->state->endpoint);
    send(bench, message);
}

static void endpoints_are_sorted_and_the_chosen_one_stays(void **unused)
{
    (void)unused;
    struct bench *bench = begin_with(false);
    give_endpoints(bench, "blue=60 green=40", false);
    press(bench, "1");
    assert_string_equal(endpoint_at(bench, 0), "fraud");
    press(bench, "I");
    assert_string_equal(endpoint_at(bench, 0), "my-endpoint");
    assert_string_equal(bench->state->endpoint, "my-endpoint");
    assert_int_equal(bench->state->endpoint_table.index, 0);
    press(bench, "I");
    press(bench, ">");
    press(bench, ">");
    assert_int_equal(bench->state->endpoint_table.sort_column, ENDPOINT_TRAFFIC);
    assert_string_equal(endpoint_at(bench, 0), "my-endpoint");
    press(bench, "I");
    assert_string_equal(endpoint_at(bench, 0), "fraud");
    assert_string_equal(bench->state->endpoint, "my-endpoint");
    /* The next reading keeps to it. */
    give_endpoints(bench, "blue=60 green=40", false);
    assert_string_equal(endpoint_at(bench, 0), "fraud");
    end(bench);
}

static void equal_shares_are_in_the_order_of_names_both_ways(void **unused)
{
    (void)unused;
    struct bench *bench = begin_with(false);
    give_endpoints(bench, "blue=100", false);
    press(bench, "1");
    press(bench, "<");
    assert_int_equal(bench->state->endpoint_table.sort_column, ENDPOINT_TRAFFIC);
    assert_string_equal(endpoint_at(bench, 0), "fraud");
    press(bench, "I");
    assert_string_equal(endpoint_at(bench, 0), "fraud");
    end(bench);
}

static void deployments_move_with_their_numbers_and_the_cursor_with_its_deployment(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    press(bench, "2");
    press(bench, "j");
    assert_string_equal(bench->state->deployment_table.selected, "green");
    bench->state->deployment_table.sort_column = DEPLOYMENT_MIRROR;
    press(bench, ">");
    assert_int_equal(bench->state->deployment_table.sort_column, DEPLOYMENT_RPM);
    give_requests(bench, 500, 20);
    assert_string_equal(deployment_at(bench, 0), "green");
    give_requests(bench, 20, 500);
    assert_string_equal(deployment_at(bench, 0), "blue");
    press(bench, "I");
    assert_string_equal(deployment_at(bench, 0), "green");
    assert_string_equal(bench->state->deployment_table.selected, "green");
    /* Sliders and targets stay where they are. */
    assert_string_equal(bench->state->deployments[0].name, "blue");
    /* Another endpoint's deployments come in the same order. */
    press(bench, "1");
    press(bench, "k");
    assert_int_equal(bench->state->deployment_table.sort_column, DEPLOYMENT_RPM);
    end(bench);
}

static void an_inverse_filter_hides_what_it_names(void **unused)
{
    (void)unused;
    struct bench *bench = begin();
    press(bench, "1");
    press(bench, "/");
    type(bench, "!FRAUD");
    assert_int_equal(bench->state->visible_count, 1);
    assert_string_equal(endpoint_at(bench, 0), "my-endpoint");
    press(bench, "Esc");
    press(bench, "/");
    type(bench, "!");
    assert_int_equal(bench->state->visible_count, 2);
    press(bench, "Esc");
    press(bench, "/");
    type(bench, "fraud");
    assert_int_equal(bench->state->visible_count, 1);
    assert_string_equal(endpoint_at(bench, 0), "fraud");
    end(bench);
}

static void the_last_minute_fades_in_from_the_one_before(void **unused)
{
    (void)unused;
    struct metrics_point points[] = {{.start_wall_ms = 0, .requests = 1000, .p50_ms = 1},
                                     {.start_wall_ms = 60000, .requests = 100, .p50_ms = 9},
                                     {.start_wall_ms = 120000, .requests = 50, .p50_ms = -1}};
    struct metrics_series series = {.points = points, .count = 3};
    struct recent_minute recent = recent_minute_of(&series, 150000);
    assert_true(recent.known);
    assert_float_equal(recent.requests, 100, 0.001);
    assert_float_equal(recent.p50_ms, 9, 0.001);
    assert_false(recent_minute_of(&series, 1000000).known);
    assert_false(recent_minute_of(NULL, 0).known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endpoints_are_sorted_and_the_chosen_one_stays),
        cmocka_unit_test(equal_shares_are_in_the_order_of_names_both_ways),
        cmocka_unit_test(deployments_move_with_their_numbers_and_the_cursor_with_its_deployment),
        cmocka_unit_test(an_inverse_filter_hides_what_it_names),
        cmocka_unit_test(the_last_minute_fades_in_from_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
