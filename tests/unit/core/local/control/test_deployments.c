#include "tests/unit/core/local/control/plane.h"

static void start(struct plane *plane)
{
    plane_start(plane, false);
    plane_put_endpoint(plane);
}

static void create_lasts_until_the_workers_are_up(void **state)
{
    (void)state;
    struct plane plane;
    struct control_effect effect;
    start(&plane);
    assert_int_equal(plane_send(&plane, "PUT", PLANE_BLUE, PLANE_DEPLOYMENT_BODY), 201);
    assert_string_equal(plane_text(&plane, "properties.provisioningState"), "Creating");
    assert_string_equal(plane_text(&plane, "sku.tier"), "Standard");
    assert_string_equal(plane_text(&plane, "properties.requestSettings.requestTimeout"), "PT5S");
    assert_string_equal(plane_text(&plane, "properties.livenessProbe.period"), "PT10S");
    assert_string_equal(plane_text(&plane, "properties.scaleSettings.scaleType"), "Default");
    assert_string_equal(plane_text(&plane, "properties.instanceType"), "Standard_F4s_v2");
    char *async = plane_header(&plane, "Azure-AsyncOperation");
    assert_non_null(strstr(async, "/mfeOperationsStatus/odidp:"));

    assert_int_equal(plane_effects(&plane, EFFECT_RUN, &effect), 1);
    assert_string_equal(effect.run.deployment_name, "blue");
    assert_string_equal(effect.run.image, "exec:/bin/true");
    assert_int_equal(effect.run.request_timeout_ms, 5000);
    assert_int_equal(effect.run.queue_wait_ms, 500);
    assert_int_equal(plane_send(&plane, "PUT", PLANE_BLUE, PLANE_DEPLOYMENT_BODY), 409);
    assert_int_equal(plane_send(&plane, "PATCH", PLANE_BLUE, "{}"), 409);
    control_deployment_ready(plane.control, plane.now_ms, effect.run.key, effect.generation - 1);
    plane_follow(&plane, async);
    assert_string_equal(plane_text(&plane, "status"), "Updating");
    control_deployment_ready(plane.control, plane.now_ms, effect.run.key, effect.generation);
    plane_follow(&plane, async);
    assert_string_equal(plane_text(&plane, "status"), "Succeeded");
    plane_send(&plane, "GET", PLANE_BLUE, NULL);
    assert_string_equal(plane_text(&plane, "properties.provisioningState"), "Succeeded");
    free(async);
    plane_close(&plane);
}

static void a_failed_creation_has_to_be_deleted(void **state)
{
    (void)state;
    struct plane plane;
    struct control_effect effect;
    start(&plane);
    plane_send(&plane, "PUT", PLANE_BLUE, PLANE_DEPLOYMENT_BODY);
    char *async = plane_header(&plane, "Azure-AsyncOperation");
    plane_effects(&plane, EFFECT_RUN, &effect);
    control_deployment_failed(plane.control, plane.now_ms, effect.run.key, effect.generation,
                              "UserScriptInitFailed", "init() raised");
    plane_follow(&plane, async);
    assert_string_equal(plane_text(&plane, "status"), "Failed");
    assert_string_equal(plane_text(&plane, "error.code"), "UserScriptInitFailed");
    assert_string_equal(plane_text(&plane, "error.message"), "init() raised");
    assert_non_null(json_get(plane.body, "endTime"));
    plane.log = str_dup("Traceback\n");
    assert_int_equal(plane_send(&plane, "POST", PLANE_BLUE "/getLogs", "{}"), 200);
    assert_non_null(strstr(plane_text(&plane, "content"), "Traceback"));
    assert_non_null(strstr(plane_text(&plane, "content"), "UserContainerStart: Failed"));
    assert_int_equal(plane_send(&plane, "PUT", PLANE_BLUE, PLANE_DEPLOYMENT_BODY), 400);
    assert_non_null(strstr(plane.response.body.text, "Delete it and create it again"));
    assert_int_equal(plane_send(&plane, "DELETE", PLANE_BLUE, NULL), 202);
    plane_run(&plane);
    assert_int_equal(plane_send(&plane, "GET", PLANE_BLUE, NULL), 404);
    assert_int_equal(plane_send(&plane, "DELETE", PLANE_BLUE, NULL), 204);
    plane_put_deployment(&plane, PLANE_BLUE);
    free(async);
    plane_close(&plane);
}

static void a_failed_update_shows_what_still_runs(void **state)
{
    (void)state;
    struct plane plane;
    struct control_effect effect;
    start(&plane);
    plane_put_deployment(&plane, PLANE_BLUE);
    assert_int_equal(plane_send(&plane, "PATCH", PLANE_BLUE, "{\"sku\":{\"capacity\":3}}"), 202);
    plane_send(&plane, "GET", PLANE_BLUE, NULL);
    assert_string_equal(plane_text(&plane, "properties.provisioningState"), "Updating");
    assert_int_equal(json_int(json_at(plane.body, "sku.capacity"), 0), 1);
    assert_int_equal(plane_effects(&plane, EFFECT_RUN, &effect), 1);
    assert_int_equal(effect.run.instance_count, 3);
    control_deployment_failed(plane.control, plane.now_ms, effect.run.key, effect.generation, "x",
                              "y");
    plane_send(&plane, "GET", PLANE_BLUE, NULL);
    assert_string_equal(plane_text(&plane, "properties.provisioningState"), "Failed");
    assert_int_equal(json_int(json_at(plane.body, "sku.capacity"), 0), 1);
    assert_int_equal(plane_send(&plane, "PATCH", PLANE_BLUE, "{\"sku\":{\"capacity\":2}}"), 202);
    plane_run(&plane);
    plane_send(&plane, "GET", PLANE_BLUE, NULL);
    assert_string_equal(plane_text(&plane, "properties.provisioningState"), "Succeeded");
    assert_int_equal(json_int(json_at(plane.body, "sku.capacity"), 0), 2);
    /* null says nothing; what is no object or not to be patched is refused. */
    assert_int_equal(plane_send(&plane, "PATCH", PLANE_BLUE, "{\"sku\":1}"), 400);
    assert_int_equal(plane_send(&plane, "PATCH", PLANE_BLUE, "{\"properties\":{}}"), 400);
    assert_int_equal(plane_send(&plane, "PATCH", PLANE_BLUE, "{\"sku\":null}"), 202);
    plane_run(&plane);
    plane_send(&plane, "GET", PLANE_BLUE, NULL);
    assert_int_equal(json_int(json_at(plane.body, "sku.capacity"), 0), 2);
    plane_close(&plane);
}

static void bounds_are_enforced(void **state)
{
    (void)state;
#define WITH(sku, settings)                                                                        \
    "{\"location\":\"l\",\"sku\":" sku ",\"properties\":{\"endpointComputeType\":\"Managed\","     \
    "\"environmentId\":\"exec:/bin/true\"," settings "}}"
#define SKU "{\"name\":\"Default\",\"capacity\":1}"
    static const char *const refused[] = {
        WITH("{\"name\":\"Default\",\"capacity\":0}", "\"model\":null"),
        WITH("{\"name\":\"Default\",\"capacity\":51}", "\"model\":null"),
        WITH("{\"name\":\"Default\",\"capacity\":1.5}", "\"model\":null"),
        WITH("{\"capacity\":1}", "\"model\":null"),
        WITH(SKU, "\"requestSettings\":{\"requestTimeout\":\"PT3M1S\"}"),
        WITH(SKU, "\"requestSettings\":{\"requestTimeout\":\"soon\"}"),
        WITH(SKU, "\"requestSettings\":{\"maxConcurrentRequestsPerInstance\":0}"),
        WITH(SKU, "\"livenessProbe\":{\"period\":\"PT0S\"}"),
        WITH(SKU, "\"codeConfiguration\":{}"),
        WITH(SKU, "\"environmentVariables\":{\"A\":1}"),
        WITH(SKU, "\"scaleSettings\":{\"scaleType\":\"TargetUtilization\"}"),
        "{\"location\":\"l\",\"properties\":{\"endpointComputeType\":\"Kubernetes\"}}",
        "{\"location\":\"l\",\"properties\":{}}",
    };
    struct plane plane;
    start(&plane);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        int status = plane_send(&plane, "PUT", PLANE_BLUE, refused[i]);
        if (status != 400)
            print_error("%s\n", refused[i]);
        assert_int_equal(status, 400);
    }
    assert_int_equal(plane_send(&plane, "PUT", PLANE_BLUE,
                                WITH("{\"name\":\"Default\",\"capacity\":50}",
                                     "\"requestSettings\":{\"requestTimeout\":\"PT3M\"}")),
                     201);
    assert_int_equal(
        plane_send(&plane, "PUT", PLANE_ENDPOINT "/deployments/b", PLANE_DEPLOYMENT_BODY), 400);
    assert_int_equal(plane_send(&plane, "PUT",
                                PLANE_SCOPE "/onlineEndpoints/missing/deployments/blue",
                                PLANE_DEPLOYMENT_BODY),
                     404);
    plane_close(&plane);
}

static void twenty_deployments_are_the_limit(void **state)
{
    (void)state;
    struct plane plane;
    char path[300];
    start(&plane);
    for (int i = 0; i < 20; i++) {
        snprintf(path, sizeof path, PLANE_ENDPOINT "/deployments/dep-%d", i);
        plane_put_deployment(&plane, path);
    }
    assert_int_equal(plane_send(&plane, "PUT", PLANE_BLUE, PLANE_DEPLOYMENT_BODY), 400);
    plane_send_as(&plane, "GET", PLANE_ENDPOINT "/deployments", "api-version=2025-12-01&$top=15",
                  "Bearer " PLANE_TOKEN, NULL);
    assert_int_equal(json_count(json_get(plane.body, "value")), 15);
    char *next = str_dup(plane_text(&plane, "nextLink"));
    plane_follow(&plane, next);
    assert_int_equal(json_count(json_get(plane.body, "value")), 5);
    free(next);
    plane_close(&plane);
}

static void live_traffic_keeps_a_deployment(void **state)
{
    (void)state;
    struct plane plane;
    struct control_effect effect;
    start(&plane);
    plane_put_deployment(&plane, PLANE_BLUE);
    plane_put_deployment(&plane, PLANE_GREEN);
    plane_put_traffic(&plane, "\"blue\":100", "\"green\":20");
    plane_run(&plane);
    assert_int_equal(plane_send(&plane, "DELETE", PLANE_BLUE, NULL), 400);
    assert_int_equal(plane_send(&plane, "DELETE", PLANE_GREEN, NULL), 202);
    assert_int_equal(plane_effects(&plane, EFFECT_ROUTES, &effect), 1);
    assert_int_equal(traffic_get(&effect.routes.split.mirror, "green"), 0);
    plane_send(&plane, "GET", PLANE_ENDPOINT, NULL);
    assert_int_equal(json_count(json_at(plane.body, "properties.mirrorTraffic")), 0);
    plane_close(&plane);
}

static void an_endpoint_goes_while_a_deployment_is_going(void **state)
{
    (void)state;
    struct plane plane;
    struct control_effect effect;
    start(&plane);
    plane_put_deployment(&plane, PLANE_BLUE);
    assert_int_equal(plane_send(&plane, "DELETE", PLANE_BLUE, NULL), 202);
    char *first = plane_header(&plane, "Azure-AsyncOperation");
    plane_effects(&plane, EFFECT_STOP, &effect);
    assert_int_equal(plane_send(&plane, "DELETE", PLANE_ENDPOINT, NULL), 202);
    char *second = plane_header(&plane, "Azure-AsyncOperation");
    plane_run(&plane);
    plane_follow(&plane, first);
    assert_string_equal(plane_text(&plane, "status"), "Succeeded");
    plane_follow(&plane, second);
    assert_string_equal(plane_text(&plane, "status"), "Succeeded");
    free(first);
    free(second);
    plane_close(&plane);
}

static void logs_are_cut_to_the_tail(void **state)
{
    (void)state;
    struct plane plane;
    start(&plane);
    plane_put_deployment(&plane, PLANE_BLUE);
    plane.log = str_dup("one\ntwo\nthree\n");
    plane_send(&plane, "POST", PLANE_BLUE "/getLogs", "{\"tail\":2}");
    assert_string_equal(plane_text(&plane, "content"), "two\nthree\n");
    plane_send(&plane, "POST", PLANE_BLUE "/getLogs", NULL);
    assert_memory_equal(plane_text(&plane, "content"), "Instance status:\n", 17);
    assert_int_equal(plane_send(&plane, "POST", PLANE_BLUE "/getLogs", "{\"tail\":-1}"), 400);
    assert_int_equal(
        plane_send(&plane, "POST", PLANE_BLUE "/getLogs", "{\"containerType\":\"Other\"}"), 400);
    assert_int_equal(plane_send(&plane, "GET", PLANE_BLUE "/skus", NULL), 200);
    assert_int_equal(json_count(json_get(plane.body, "value")), 1);
    plane_close(&plane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(create_lasts_until_the_workers_are_up),
        cmocka_unit_test(a_failed_creation_has_to_be_deleted),
        cmocka_unit_test(a_failed_update_shows_what_still_runs),
        cmocka_unit_test(bounds_are_enforced),
        cmocka_unit_test(twenty_deployments_are_the_limit),
        cmocka_unit_test(live_traffic_keeps_a_deployment),
        cmocka_unit_test(an_endpoint_goes_while_a_deployment_is_going),
        cmocka_unit_test(logs_are_cut_to_the_tail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
