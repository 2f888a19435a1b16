#include "tests/unit/core/local/control/plane.h"

#include "core/local/control/metric_filter.h"

#define METRICS "/providers/Microsoft.Insights/metrics"
/* Five minutes around the tests' clock, 2025-11-24T16:00:00Z. */
#define SPAN "timespan=2025-11-24T15:58:00Z/2025-11-24T16:03:00Z"

static void start(struct plane *plane)
{
    plane_start(plane, false);
    plane_put_endpoint(plane);
    plane_put_deployment(plane, PLANE_BLUE);
    plane_put_deployment(plane, PLANE_GREEN);
    char *key = str_dup(PLANE_ENDPOINT);
    for (char *at = key; *at; at++)
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at + 32 : *at);
    struct telemetry_series *blue = telemetry_series(plane->telemetry, key, "blue");
    for (int i = 0; i < 90; i++)
        telemetry_record(blue, plane->now_ms, 200, 200, 10000);
    for (int i = 0; i < 10; i++)
        telemetry_record(blue, plane->now_ms + 60000, 424, 500, 20000);
    free(key);
}

static int ask(struct plane *plane, const char *resource, const char *query)
{
    char path[512];
    char all[1024];
    snprintf(path, sizeof path, "%s%s", resource, METRICS);
    snprintf(all, sizeof all, "api-version=2024-02-01&%s", query);
    return plane_send_as(plane, "GET", path, all, "Bearer " PLANE_TOKEN, NULL);
}

static struct json *series(const struct plane *plane, size_t metric, size_t index)
{
    return json_element(
        json_get(json_element(json_get(plane->body, "value"), metric), "timeseries"), index);
}

static struct json *point(const struct plane *plane, size_t metric, size_t line, size_t index)
{
    return json_element(json_get(series(plane, metric, line), "data"), index);
}

static void points_are_minutes(void **state)
{
    (void)state;
    struct plane plane;
    start(&plane);
    assert_int_equal(ask(&plane, PLANE_ENDPOINT,
                         SPAN "&metricnames=RequestsPerMinute,RequestLatency_P95&interval=PT1M"),
                     200);
    assert_string_equal(plane_text(&plane, "timespan"),
                        "2025-11-24T15:58:00Z/2025-11-24T16:03:00Z");
    assert_int_equal(json_count(json_get(plane.body, "value")), 2);
    assert_int_equal(json_count(json_get(series(&plane, 0, 0), "data")), 5);
    assert_string_equal(json_text_at(point(&plane, 0, 0, 0), "timeStamp", ""),
                        "2025-11-24T15:58:00Z");
    assert_int_equal(json_count(point(&plane, 0, 0, 0)), 1);
    assert_int_equal(json_int(json_get(point(&plane, 0, 0, 2), "average"), 0), 90);
    assert_int_equal(json_int(json_get(point(&plane, 0, 0, 3), "average"), 0), 10);
    double p95 = json_double(json_get(point(&plane, 1, 0, 2), "average"), 0);
    assert_true(p95 > 9.5 && p95 < 10.5);
    plane_close(&plane);
}

static void series_are_split_by_dimensions(void **state)
{
    (void)state;
    struct plane plane;
    start(&plane);
    assert_int_equal(ask(&plane, PLANE_ENDPOINT, SPAN "&$filter=deployment%20eq%20'*'"), 200);
    const struct json *metric = json_element(json_get(plane.body, "value"), 0);
    assert_int_equal(json_count(json_get(metric, "timeseries")), 2);
    const struct json *name = json_element(json_get(series(&plane, 0, 0), "metadatavalues"), 0);
    assert_string_equal(json_text_at(name, "name.value", ""), "deployment");
    assert_string_equal(json_text_at(name, "value", ""), "blue");
    assert_int_equal(ask(&plane, PLANE_ENDPOINT,
                         SPAN "&$filter=deployment%20eq%20'blue'%20and%20statusCodeClass%20eq"
                              "%20'*'"),
                     200);
    metric = json_element(json_get(plane.body, "value"), 0);
    assert_int_equal(json_count(json_get(metric, "timeseries")), 2);
    assert_int_equal(ask(&plane, PLANE_ENDPOINT, SPAN "&$filter=modelStatusCode%20eq%20'500'"),
                     200);
    assert_int_equal(json_int(json_get(point(&plane, 0, 0, 3), "average"), 0), 10);
    assert_int_equal(json_count(point(&plane, 0, 0, 2)), 1);
    plane_close(&plane);
}

static void a_full_interval_is_one_point(void **state)
{
    (void)state;
    struct plane plane;
    start(&plane);
    assert_int_equal(ask(&plane, PLANE_ENDPOINT, SPAN "&interval=FULL"), 200);
    assert_int_equal(json_count(json_get(series(&plane, 0, 0), "data")), 1);
    assert_int_equal(json_int(json_get(point(&plane, 0, 0, 0), "average"), 0), 50);
    assert_string_equal(plane_text(&plane, "interval"), "PT5M");
    plane_close(&plane);
}

static void faults_are_told(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "metricnames=Nothing",
        "timespan=yesterday",
        "timespan=2025-11-24T16:00:00Z/2025-11-24T15:00:00Z",
        "interval=PT7M",
        "interval=x",
        "aggregation=median",
        "top=0",
        "$filter=deployment%20ne%20'blue'",
        "$filter=deployment%20eq%20blue",
        "$filter=colour%20eq%20'blue'",
        "timespan=2025-10-01T00:00:00Z/2025-10-20T00:00:00Z",
    };
    struct plane plane;
    start(&plane);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int status = ask(&plane, PLANE_ENDPOINT, bad[i]);
        if (status != 400)
            print_error("%s\n", bad[i]);
        assert_int_equal(status, 400);
    }
    assert_int_equal(ask(&plane, PLANE_ENDPOINT, SPAN "&aggregation=total"), 200);
    const struct json *metric = json_element(json_get(plane.body, "value"), 0);
    assert_string_equal(json_text_at(metric, "errorCode", ""), "InvalidSamplingType");
    assert_int_equal(ask(&plane, PLANE_SCOPE "/onlineEndpoints/none", SPAN), 404);
    plane_close(&plane);
}

static void deployments_have_their_own(void **state)
{
    (void)state;
    struct plane plane;
    start(&plane);
    assert_int_equal(ask(&plane, PLANE_BLUE,
                         SPAN "&metricnames=DeploymentCapacity,CpuUtilizationPercentage&"
                              "aggregation=average,maximum"),
                     200);
    assert_int_equal(json_int(json_get(point(&plane, 0, 0, 2), "maximum"), 0), 1);
    assert_int_equal(json_count(point(&plane, 1, 0, 2)), 1);
    assert_int_equal(plane_send(&plane, "GET",
                                PLANE_BLUE "/providers/microsoft.insights/metricDefinitions", NULL),
                     200);
    assert_int_equal(json_count(json_get(plane.body, "value")), 9);
    plane_close(&plane);
}

static void filters_are_read_with_quotes(void **state)
{
    (void)state;
    struct metric_filter filter;
    assert_true(metric_filter_parse("a eq 'it''s' or A eq 'x' and b eq '*'", &filter, NULL));
    assert_int_equal(filter.count, 2);
    assert_string_equal(filter.dimensions[0].values[0], "it's");
    assert_int_equal(filter.dimensions[0].value_count, 2);
    assert_true(metric_dimension_takes(metric_filter_find(&filter, "B"), "anything"));
    assert_false(metric_dimension_takes(metric_filter_find(&filter, "a"), "y"));
    assert_false(metric_filter_parse("a eq 'x", &filter, NULL));
    assert_false(metric_filter_parse("a eq 'x' xor b eq 'y'", &filter, NULL));
    assert_true(metric_filter_parse("", &filter, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_minutes),
        cmocka_unit_test(series_are_split_by_dimensions),
        cmocka_unit_test(a_full_interval_is_one_point),
        cmocka_unit_test(faults_are_told),
        cmocka_unit_test(deployments_have_their_own),
        cmocka_unit_test(filters_are_read_with_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
