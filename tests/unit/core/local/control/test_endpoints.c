#include "tests/unit/core/local/control/plane.h"

static void create_is_answered_as_the_service_does(void **state)
{
    (void)state;
    struct plane plane;
    plane_start(&plane, false);
    assert_int_equal(plane_send(&plane, "PUT", PLANE_ENDPOINT, PLANE_ENDPOINT_BODY), 201);
    assert_string_equal(plane_text(&plane, "properties.provisioningState"), "Creating");
    assert_int_equal(json_type(json_at(plane.body, "properties.scoringUri")), JSON_NULL);
    assert_string_equal(plane_text(&plane, "name"), "my-endpoint");
    assert_string_equal(plane_text(&plane, "kind"), "Managed");
    assert_string_equal(plane_text(&plane, "properties.publicNetworkAccess"), "Enabled");
    assert_int_equal(strlen(plane_text(&plane, "identity.principalId")), 36);
    char *async = plane_header(&plane, "Azure-AsyncOperation");
    char *location = plane_header(&plane, "Location");
    char *timeout = plane_header(&plane, "x-ms-async-operation-timeout");
    assert_non_null(async);
    assert_in_range(strlen(async), 3100, 3600);
    assert_string_equal(location, PLANE_URL PLANE_ENDPOINT "?api-version=2025-12-01");
    assert_string_equal(timeout, "PT30M");
    assert_null(plane_header(&plane, "Retry-After"));

    assert_int_equal(plane_follow(&plane, async), 200);
    assert_string_equal(plane_text(&plane, "status"), "Updating");
    assert_null(json_get(plane.body, "endTime"));
    plane_run(&plane);
    assert_int_equal(plane_follow(&plane, async), 200);
    assert_string_equal(plane_text(&plane, "status"), "Succeeded");
    assert_int_equal(json_int(json_get(plane.body, "percentComplete"), 0), 100);

    assert_int_equal(plane_send(&plane, "GET", PLANE_ENDPOINT, NULL), 200);
    assert_string_equal(plane_text(&plane, "properties.provisioningState"), "Succeeded");
    const char *uri = plane_text(&plane, "properties.scoringUri");
    assert_memory_equal(uri, PLANE_URL "/endpoints/", strlen(PLANE_URL "/endpoints/"));
    assert_string_equal(uri + strlen(uri) - strlen("/my-endpoint/score"), "/my-endpoint/score");
    free(async);
    free(location);
    free(timeout);
    plane_close(&plane);
}

static void unsigned_url_works_and_a_tampered_one_does_not(void **state)
{
    (void)state;
    struct plane plane;
    plane_start(&plane, false);
    plane_send(&plane, "PUT", PLANE_ENDPOINT, PLANE_ENDPOINT_BODY);
    char *signed_url = plane_header(&plane, "Azure-AsyncOperation");
    char *plain = str_dup(plane_text(&plane, "properties.properties.AzureAsyncOperationUri"));
    assert_int_equal(plane_follow(&plane, plain), 200);
    char *c = strstr(signed_url, "&c=") + 3;
    *c = *c == 'A' ? 'B' : 'A';
    assert_int_equal(plane_follow(&plane, signed_url), 403);
    plane_follow(&plane, signed_url);
    *strstr(signed_url, "&s=") = '\0';
    assert_int_equal(plane_follow(&plane, signed_url), 403);
    char *id = strstr(plain, "?api") - 1;
    *id = *id == '0' ? '1' : '0';
    assert_int_equal(plane_follow(&plane, plain), 404);
    assert_string_equal(plane_text(&plane, "error.code"), "NotFound");
    free(signed_url);
    free(plain);
    plane_close(&plane);
}

static void old_traffic_shows_until_routes_are_out(void **state)
{
    (void)state;
    struct plane plane;
    struct control_effect effect;
    plane_start(&plane, false);
    plane_put_endpoint(&plane);
    plane_put_deployment(&plane, PLANE_BLUE);
    assert_int_equal(plane_put_traffic(&plane, "\"Blue\":100", ""), 201);
    assert_string_equal(plane_text(&plane, "properties.provisioningState"), "Updating");
    assert_int_equal(json_count(json_at(plane.body, "properties.traffic")), 0);
    assert_int_equal(plane_put_traffic(&plane, "", ""), 409);
    assert_string_equal(plane_text(&plane, "error.code"), "Conflict");

    assert_int_equal(control_tick(plane.control, plane.now_ms), 0);
    plane_send(&plane, "GET", PLANE_ENDPOINT, NULL);
    assert_string_equal(plane_text(&plane, "properties.provisioningState"), "Updating");
    assert_int_equal(plane_effects(&plane, EFFECT_ROUTES, &effect), 1);
    assert_int_equal(traffic_get(&effect.routes.split.live, "blue"), 100);
    assert_non_null(effect.routes.credentials[0]);
    assert_non_null(effect.routes.credentials[1]);
    control_tick(plane.control, plane.now_ms);
    plane_send(&plane, "GET", PLANE_ENDPOINT, NULL);
    assert_string_equal(plane_text(&plane, "properties.provisioningState"), "Succeeded");
    assert_int_equal(json_int(json_at(plane.body, "properties.traffic.blue"), 0), 100);
    plane_close(&plane);
}

/* The reason in the inner document of a 400. */
static void assert_refused(struct plane *plane, int status, const char *part)
{
    assert_int_equal(status, 400);
    assert_string_equal(plane_text(plane, "error.code"), "BadRequest");
    const struct json *detail = json_element(json_at(plane->body, "error.details"), 0);
    const char *inner = json_text_at(detail, "message", "");
    struct json *document = json_parse(inner, strlen(inner), NULL);
    assert_non_null(document);
    const char *reason = json_text(json_element(json_get(json_get(document, "errors"), ""), 0));
    assert_non_null(reason);
    if (!strstr(reason, part))
        print_error("'%s' lacks '%s'\n", reason, part);
    assert_non_null(strstr(reason, part));
    json_free(document);
}

static void rules_of_traffic_are_enforced(void **state)
{
    (void)state;
    static const struct {
        const char *live;
        const char *mirror;
        const char *reason;
    } refused[] = {
        {"\"blue\":90", "", "90"},
        {"\"blue\":90,\"green\":20", "", "110"},
        {"\"blue\":100", "\"green\":51", "50"},
        {"\"blue\":100", "\"blue\":10", "blue"},
        {"\"red\":100", "", "red"},
        {"\"blue\":33.3,\"green\":66.7", "", "whole number"},
        {"\"blue\":\"100\"", "", "whole number"},
        {"\"blue\":100,\"BLUE\":0", "", "twice"},
        {"\"blue\":true", "", "whole number"},
        {"\"blue\":1e300", "", "whole number"},
        {"\"blue\":-10,\"green\":110", "", "0 to 100"},
        {"\"blue\":100,\"blue\":100", "", "twice"},
    };
    struct plane plane;
    plane_start(&plane, false);
    plane_put_endpoint(&plane);
    plane_put_deployment(&plane, PLANE_BLUE);
    plane_put_deployment(&plane, PLANE_GREEN);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_refused(&plane, plane_put_traffic(&plane, refused[i].live, refused[i].mirror),
                       refused[i].reason);
    assert_int_equal(plane_put_traffic(&plane, "\"blue\":100,\"green\":0", "\"green\":10"), 201);
    plane_run(&plane);
    plane_send(&plane, "GET", PLANE_ENDPOINT, NULL);
    assert_int_equal(json_count(json_at(plane.body, "properties.traffic")), 1);
    assert_int_equal(json_int(json_at(plane.body, "properties.mirrorTraffic.green"), 0), 10);
    plane_close(&plane);
}

static void traffic_cannot_be_given_to_what_is_not_up(void **state)
{
    (void)state;
    struct plane plane;
    plane_start(&plane, false);
    char body[] = "{\"location\":\"local\",\"properties\":{\"authMode\":\"Key\",\"traffic\":"
                  "{\"blue\":100}}}";
    assert_refused(&plane, plane_send(&plane, "PUT", PLANE_ENDPOINT, body), "blue");
    plane_put_endpoint(&plane);
    plane_send(&plane, "PUT", PLANE_BLUE, PLANE_DEPLOYMENT_BODY);
    assert_refused(&plane, plane_put_traffic(&plane, "\"blue\":100", ""), "Creating");
    plane_close(&plane);
}

static void kubernetes_endpoints_do_not_mirror(void **state)
{
    (void)state;
    struct plane plane;
    plane_start(&plane, false);
    char create[] = "{\"location\":\"local\",\"properties\":{\"authMode\":\"Key\",\"compute\":"
                    "\"/subscriptions/S/x/computes/k\"}}";
    assert_int_equal(plane_send(&plane, "PUT", PLANE_ENDPOINT, create), 201);
    plane_run(&plane);
    char deployment[] = "{\"location\":\"local\",\"properties\":{\"endpointComputeType\":"
                        "\"Kubernetes\",\"environmentId\":\"exec:/bin/true\"}}";
    assert_refused(&plane, plane_send(&plane, "PUT", PLANE_BLUE, PLANE_DEPLOYMENT_BODY),
                   "Kubernetes");
    assert_int_equal(plane_send(&plane, "PUT", PLANE_BLUE, deployment), 201);
    plane_run(&plane);
    char mirror[] = "{\"location\":\"local\",\"properties\":{\"authMode\":\"Key\",\"compute\":"
                    "\"/subscriptions/S/x/computes/k\",\"mirrorTraffic\":{\"blue\":10}}}";
    assert_refused(&plane, plane_send(&plane, "PUT", PLANE_ENDPOINT, mirror), "Kubernetes");
    assert_refused(&plane, plane_send(&plane, "PUT", PLANE_ENDPOINT, PLANE_ENDPOINT_BODY),
                   "compute");
    plane_close(&plane);
}

static void malformed_bodies_are_400(void **state)
{
    (void)state;
#define KEYED(key)                                                                                 \
    "{\"location\":\"l\",\"properties\":{\"authMode\":\"Key\",\"keys\":{\"primaryKey\":\"" key     \
    "\"}}}"
    static const char *const bodies[] = {
        "",
        "{",
        "[]",
        "null",
        "\"x\"",
        "{\"location\":1}",
        "{\"location\":\"l\"}",
        "{\"location\":\"l\",\"properties\":[]}",
        "{\"location\":\"l\",\"properties\":{}}",
        "{\"location\":\"l\",\"properties\":{\"authMode\":\"None\"}}",
        "{\"location\":\"l\",\"properties\":{\"authMode\":\"Key\",\"traffic\":[1]}}",
        "{\"location\":\"l\",\"tags\":{\"a\":1},\"properties\":{\"authMode\":\"Key\"}}",
        "{\"location\":\"l\",\"properties\":{\"authMode\":\"Key\",\"description\":\"\xff\"}}",
        "{\"location\":\"l\",\"properties\":{\"authMode\":\"Key\"}} x",
        KEYED("a\\r\\nb c d e f g"),
    };
    struct plane plane;
    plane_start(&plane, false);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        int status = plane_send(&plane, "PUT", PLANE_ENDPOINT, bodies[i]);
        if (status != 400)
            print_error("%s\n", bodies[i]);
        assert_int_equal(status, 400);
        assert_non_null(plane.body);
    }
    assert_int_equal(plane_send(&plane, "PUT", PLANE_SCOPE "/onlineEndpoints/a", "{}"), 400);
    struct strbuf many;
    strbuf_init(&many, 1 << 20);
    strbuf_puts(&many,
                "{\"location\":\"l\",\"properties\":{\"authMode\":\"Key\"},\"tags\":{\"t\":\"\"");
    for (int i = 0; i < 2000; i++)
        strbuf_printf(&many, ",\"t%d\":\"\"", i);
    strbuf_puts(&many, "}}");
    assert_int_equal(plane_send(&plane, "PUT", PLANE_ENDPOINT, many.text), 400);
    strbuf_release(&many);
    assert_int_equal(
        plane_send(&plane, "PUT", PLANE_SCOPE "/onlineEndpoints/9abc", PLANE_ENDPOINT_BODY), 400);
    assert_int_equal(plane_send(&plane, "GET", PLANE_ENDPOINT, NULL), 404);
    plane_close(&plane);
}

static void unknown_fields_are_kept_and_secrets_are_not(void **state)
{
    (void)state;
    struct plane plane;
    plane_start(&plane, false);
    char body[] = "{\"location\":\"l\",\"future\":{\"a\":[1]},\"properties\":{\"authMode\":\"Key\","
                  "\"newer\":\"x\",\"scoringUri\":\"http://evil\",\"keys\":{\"primaryKey\":"
                  "\"my-own-key\"}}}";
    assert_int_equal(plane_send(&plane, "PUT", PLANE_ENDPOINT, body), 201);
    plane_run(&plane);
    plane_send(&plane, "GET", PLANE_ENDPOINT, NULL);
    assert_string_equal(plane_text(&plane, "properties.newer"), "x");
    assert_int_equal(json_count(json_at(plane.body, "future.a")), 1);
    assert_null(json_at(plane.body, "properties.keys"));
    assert_null(strstr(plane.response.body.text, "evil"));
    assert_null(strstr(plane.response.body.text, "my-own-key"));
    assert_int_equal(plane_send(&plane, "POST", PLANE_ENDPOINT "/listKeys", NULL), 200);
    assert_string_equal(plane_text(&plane, "primaryKey"), "my-own-key");
    plane_close(&plane);
}

static void patch_merges_tags_only(void **state)
{
    (void)state;
    struct plane plane;
    plane_start(&plane, false);
    plane_put_endpoint(&plane);
    assert_int_equal(plane_send(&plane, "PATCH", PLANE_ENDPOINT, "{\"tags\":{\"a\":\"1\"}}"), 202);
    assert_int_equal(plane.response.body.len, 0);
    char *location = plane_header(&plane, "Location");
    assert_non_null(strstr(location, "/mfeOperationResults/oeidp:"));
    assert_null(plane_header(&plane, "Azure-AsyncOperation"));
    assert_int_equal(plane_follow(&plane, location), 202);
    plane_run(&plane);
    assert_int_equal(plane_follow(&plane, location), 200);
    assert_string_equal(plane_text(&plane, "status"), "Succeeded");
    plane_send(&plane, "GET", PLANE_ENDPOINT, NULL);
    assert_string_equal(plane_text(&plane, "tags.a"), "1");
    assert_refused(&plane,
                   plane_send(&plane, "PATCH", PLANE_ENDPOINT, "{\"properties\":{\"traffic\":{}}}"),
                   "properties");
    free(location);
    plane_close(&plane);
}

static void delete_takes_deployments_along(void **state)
{
    (void)state;
    struct plane plane;
    plane_start(&plane, false);
    assert_int_equal(plane_send(&plane, "DELETE", PLANE_ENDPOINT, NULL), 204);
    plane_put_endpoint(&plane);
    plane_put_deployment(&plane, PLANE_BLUE);
    plane_put_traffic(&plane, "\"blue\":100", "");
    plane_run(&plane);
    plane_send(&plane, "PUT", PLANE_GREEN, PLANE_DEPLOYMENT_BODY);
    char *creating = plane_header(&plane, "Azure-AsyncOperation");
    assert_int_equal(plane_send(&plane, "DELETE", PLANE_ENDPOINT, NULL), 202);
    char *async = plane_header(&plane, "Azure-AsyncOperation");
    char *location = plane_header(&plane, "Location");
    assert_non_null(strstr(location, "mfeOperationResults"));
    assert_int_equal(plane_send(&plane, "DELETE", PLANE_ENDPOINT, NULL), 202);
    assert_int_equal(plane_send(&plane, "PUT", PLANE_ENDPOINT, PLANE_ENDPOINT_BODY), 409);
    plane_send(&plane, "GET", PLANE_BLUE, NULL);
    assert_string_equal(plane_text(&plane, "properties.provisioningState"), "Deleting");
    plane_run(&plane);
    assert_int_equal(plane_send(&plane, "GET", PLANE_ENDPOINT, NULL), 404);
    assert_int_equal(plane_send(&plane, "GET", PLANE_BLUE, NULL), 404);
    assert_int_equal(plane_follow(&plane, async), 200);
    assert_string_equal(plane_text(&plane, "status"), "Succeeded");
    assert_int_equal(plane_follow(&plane, creating), 200);
    assert_string_equal(plane_text(&plane, "status"), "Canceled");
    plane_put_endpoint(&plane);
    assert_int_equal(plane_follow(&plane, async), 200);
    free(creating);
    free(async);
    free(location);
    plane_close(&plane);
}

static void pages_do_not_shift(void **state)
{
    (void)state;
    struct plane plane;
    char path[256];
    plane_start(&plane, false);
    for (int i = 0; i < 7; i++) {
        snprintf(path, sizeof path, PLANE_SCOPE "/onlineEndpoints/end-%d", i);
        plane.now_ms++;
        plane_send(&plane, "PUT", path, PLANE_ENDPOINT_BODY);
        plane_run(&plane);
    }
    plane_send_as(&plane, "GET", PLANE_SCOPE "/onlineEndpoints", "api-version=2025-12-01&count=3",
                  "Bearer " PLANE_TOKEN, NULL);
    assert_int_equal(json_count(json_get(plane.body, "value")), 3);
    char *next = str_dup(plane_text(&plane, "nextLink"));
    plane_send(&plane, "DELETE", PLANE_SCOPE "/onlineEndpoints/end-1", NULL);
    plane_run(&plane);
    assert_int_equal(plane_follow(&plane, next), 200);
    assert_string_equal(json_text_at(json_element(json_get(plane.body, "value"), 0), "name", ""),
                        "end-3");
    free(next);
    next = str_dup(plane_text(&plane, "nextLink"));
    assert_int_equal(plane_follow(&plane, next), 200);
    assert_int_equal(json_count(json_get(plane.body, "value")), 1);
    assert_null(json_get(plane.body, "nextLink"));
    free(next);
    plane_send_as(&plane, "GET", PLANE_SCOPE "/onlineEndpoints",
                  "api-version=2025-12-01&orderBy=CreatedAtDesc&count=1", "Bearer " PLANE_TOKEN,
                  NULL);
    assert_string_equal(json_text_at(json_element(json_get(plane.body, "value"), 0), "name", ""),
                        "end-6");
    plane_send_as(&plane, "GET", PLANE_SCOPE "/onlineEndpoints",
                  "api-version=2025-12-01&%24skip=junk", "Bearer " PLANE_TOKEN, NULL);
    assert_int_equal(plane.response.status, 400);
    plane_send_as(&plane, "GET", PLANE_SCOPE "/onlineEndpoints",
                  "api-version=2025-12-01&name=END-5", "Bearer " PLANE_TOKEN, NULL);
    assert_int_equal(json_count(json_get(plane.body, "value")), 1);
    plane_close(&plane);
}

static void workspaces_are_kept_apart(void **state)
{
    (void)state;
    struct plane plane;
    struct control_effect here;
    struct control_effect there;
    plane_start(&plane, false);
    plane_send(&plane, "PUT", PLANE_ENDPOINT, PLANE_ENDPOINT_BODY);
    plane_effects(&plane, EFFECT_ROUTES, &here);
    const char other[] = "/subscriptions/S/resourceGroups/local/providers/"
                         "Microsoft.MachineLearningServices/workspaces/other/onlineEndpoints/"
                         "my-endpoint";
    assert_int_equal(plane_send(&plane, "GET", other, NULL), 404);
    assert_int_equal(plane_send(&plane, "PUT", other, PLANE_ENDPOINT_BODY), 201);
    plane_effects(&plane, EFFECT_ROUTES, &there);
    assert_string_not_equal(here.routes.scoring_path, there.routes.scoring_path);
    const char upper[] = "/SUBSCRIPTIONS/s/resourcegroups/LOCAL/providers/"
                         "microsoft.machinelearningservices/workspaces/DEMO/onlineendpoints/"
                         "MY-Endpoint";
    assert_int_equal(plane_send(&plane, "GET", upper, NULL), 200);
    plane_close(&plane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(create_is_answered_as_the_service_does),
        cmocka_unit_test(unsigned_url_works_and_a_tampered_one_does_not),
        cmocka_unit_test(old_traffic_shows_until_routes_are_out),
        cmocka_unit_test(rules_of_traffic_are_enforced),
        cmocka_unit_test(traffic_cannot_be_given_to_what_is_not_up),
        cmocka_unit_test(kubernetes_endpoints_do_not_mirror),
        cmocka_unit_test(malformed_bodies_are_400),
        cmocka_unit_test(unknown_fields_are_kept_and_secrets_are_not),
        cmocka_unit_test(patch_merges_tags_only),
        cmocka_unit_test(delete_takes_deployments_along),
        cmocka_unit_test(pages_do_not_shift),
        cmocka_unit_test(workspaces_are_kept_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
