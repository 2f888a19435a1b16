#include "core/wire/endpoint.h"

#include "core/base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct json *parse(const char *text)
{
    struct json *value = json_parse(text, strlen(text), NULL);
    assert_non_null(value);
    return value;
}

static void an_endpoint_is_read(void **state)
{
    (void)state;
    struct endpoint endpoint;
    struct json *document =
        parse("{\"name\":\"my-endpoint\",\"location\":\"westus2\",\"future\":[1],\"properties\":{"
              "\"authMode\":\"amltoken\",\"provisioningState\":\"updating\","
              "\"scoringUri\":\"https://h/score\",\"description\":null,\"compute\":null,"
              "\"traffic\":{\"blue\":90,\"green\":10},\"mirrorTraffic\":{}}}");
    assert_true(wire_endpoint_decode(document, &endpoint));
    assert_string_equal(endpoint.name, "my-endpoint");
    assert_int_equal(endpoint.auth_mode, AUTH_AML_TOKEN);
    assert_int_equal(endpoint.state, STATE_UPDATING);
    assert_string_equal(endpoint.scoring_uri, "https://h/score");
    assert_null(endpoint.description);
    assert_false(endpoint.kubernetes);
    assert_int_equal(endpoint.live_count, 2);
    assert_int_equal(endpoint.live[0].percent, 90);
    assert_int_equal(endpoint.mirror_count, 0);
    endpoint_release(&endpoint);
    json_free(document);
}

static void a_deployment_is_read(void **state)
{
    (void)state;
    struct deployment deployment;
    struct json *document =
        parse("{\"name\":\"my-endpoint/blue\",\"sku\":{\"name\":\"Default\",\"capacity\":3},"
              "\"properties\":{\"endpointComputeType\":\"Kubernetes\",\"provisioningState\":"
              "\"Succeeded\",\"instanceType\":\"small\",\"model\":\"/m\",\"environmentId\":\"/e\","
              "\"codeConfiguration\":{\"scoringScript\":\"score.py\"},\"requestSettings\":{"
              "\"requestTimeout\":\"PT1M30S\",\"maxConcurrentRequestsPerInstance\":4}}}");
    assert_true(wire_deployment_decode(document, &deployment));
    assert_string_equal(deployment.name, "blue");
    assert_true(deployment.kubernetes);
    assert_int_equal(deployment.instance_count, 3);
    assert_string_equal(deployment.scoring_script, "score.py");
    assert_int_equal(deployment.request_timeout_ms, 90000);
    assert_int_equal(deployment.max_concurrent_requests, 4);
    deployment_release(&deployment);
    json_free(document);
}

static void hostile_documents_do_no_harm(void **state)
{
    (void)state;
    static const char *const nameless[] = {
        "{}",
        "[]",
        "null",
        "7",
        "{\"name\":7}",
        "{\"name\":\"\"}",
        "{\"name\":\"a/\"}",
        "{\"name\":\"a-name-that-is-longer-than-any-that-the-service-would-ever-give-out-12\"}"};
    struct endpoint endpoint;
    struct deployment deployment;
    for (size_t i = 0; i < sizeof nameless / sizeof nameless[0]; i++) {
        struct json *document = parse(nameless[i]);
        assert_false(wire_endpoint_decode(document, &endpoint));
        assert_false(wire_deployment_decode(document, &deployment));
        json_free(document);
    }
    struct json *document =
        parse("{\"name\":\"odd\",\"location\":[],\"sku\":{\"capacity\":1e300},\"properties\":{"
              "\"authMode\":{},\"provisioningState\":3,\"scoringUri\":false,\"traffic\":{"
              "\"a\":\"9\",\"b\":-1,\"c\":101,\"d\":1.5,\"\":3,\"e\":null,\"ok\":7},"
              "\"mirrorTraffic\":[1,2],\"requestSettings\":\"no\"}}");
    assert_true(wire_endpoint_decode(document, &endpoint));
    assert_int_equal(endpoint.state, STATE_UNKNOWN);
    assert_int_equal(endpoint.live_count, 1);
    assert_string_equal(endpoint.live[0].name, "ok");
    assert_int_equal(endpoint.mirror_count, 0);
    assert_null(endpoint.scoring_uri);
    endpoint_release(&endpoint);
    assert_true(wire_deployment_decode(document, &deployment));
    assert_int_equal(deployment.instance_count, 0);
    deployment_release(&deployment);
    json_free(document);
    json_free(wire_endpoint_put_body(NULL));
}

static void a_put_leaves_out_what_the_service_writes(void **state)
{
    (void)state;
    struct json *document = parse(
        "{\"id\":\"i\",\"name\":\"n\",\"type\":\"t\",\"systemData\":{},\"location\":\"l\","
        "\"tags\":null,\"kind\":\"Managed\",\"later\":{\"x\":null,\"y\":1},\"identity\":{\"type\":"
        "\"UserAssigned\",\"principalId\":\"p\",\"tenantId\":\"t\",\"userAssignedIdentities\":{"
        "\"/u\":{\"principalId\":\"p\",\"clientId\":\"c\"}}},\"properties\":{\"authMode\":\"Key\","
        "\"scoringUri\":\"s\",\"swaggerUri\":null,\"provisioningState\":\"Succeeded\","
        "\"compute\":null,\"traffic\":{\"blue\":100,\"green\":0},\"later\":true}}");
    struct json *body = wire_endpoint_put_body(document);
    struct json *wanted = parse(
        "{\"location\":\"l\",\"tags\":{},\"kind\":\"Managed\",\"later\":{\"y\":1},\"identity\":{"
        "\"type\":\"UserAssigned\",\"userAssignedIdentities\":{\"/u\":{}}},\"properties\":{"
        "\"authMode\":\"Key\",\"properties\":{},\"traffic\":{\"blue\":100},\"mirrorTraffic\":{},"
        "\"later\":true}}");
    assert_true(json_equal(body, wanted));
    /* The document that was read stays as it is. */
    assert_non_null(json_get(document, "id"));
    json_free(wanted);
    json_free(body);
    json_free(document);
}

/* What the vendor's SDK was seen to send for a new endpoint and for a scaled deployment. */
static void built_bodies_are_those_of_the_sdk(void **state)
{
    (void)state;
    struct json *built = parse("{\"location\":\"westus2\",\"properties\":{\"authMode\":\"Key\"}}");
    struct json *body = wire_endpoint_put_body(built);
    struct json *wanted =
        parse("{\"tags\":{},\"location\":\"westus2\",\"identity\":{\"type\":\"SystemAssigned\"},"
              "\"properties\":{\"authMode\":\"Key\",\"properties\":{},\"mirrorTraffic\":{},"
              "\"traffic\":{}}}");
    assert_true(json_equal(body, wanted));
    json_free(wanted);
    json_free(body);
    json_free(built);
    built = parse("{\"location\":\"w\",\"sku\":{\"name\":\"Default\",\"tier\":\"Standard\","
                  "\"capacity\":2},\"properties\":{\"endpointComputeType\":\"Managed\"}}");
    body = wire_deployment_put_body(built);
    wanted = parse("{\"tags\":{},\"location\":\"w\",\"properties\":{\"properties\":{},"
                   "\"endpointComputeType\":\"Managed\"},"
                   "\"sku\":{\"name\":\"Default\",\"capacity\":2}}");
    assert_true(json_equal(body, wanted));
    json_free(wanted);
    json_free(body);
    json_free(built);
}

static void a_split_is_written_without_zeros(void **state)
{
    (void)state;
    struct traffic_split split = {0};
    traffic_set(&split.live, "blue", 100);
    traffic_set(&split.live, "green", 0);
    traffic_set(&split.mirror, "green", 10);
    struct json *document = parse("{\"properties\":{\"traffic\":{\"red\":100},\"keep\":1}}");
    wire_endpoint_set_split(document, &split);
    struct json *wanted = parse("{\"properties\":{\"traffic\":{\"blue\":100},\"keep\":1,"
                                "\"mirrorTraffic\":{\"green\":10}}}");
    assert_true(json_equal(document, wanted));
    struct traffic_split again;
    wire_endpoint_split(document, &again);
    assert_true(traffic_split_equal(&split, &again));
    json_free(wanted);
    json_free(document);
}

/* Every published example of a resource is readable, and our PUT body keeps what may be written. */
static void published_examples_are_read(void **state)
{
    (void)state;
    static const char folder[] = "../shared/rest/swagger/examples";
    static const char *const names[] = {"Workspace/OnlineEndpoint/get.json",
                                        "OnlineDeployment/ManagedOnlineDeployment/get.json",
                                        "OnlineDeployment/KubernetesOnlineDeployment/get.json"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[200];
        size_t len;
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        char *text = file_read(path, 1 << 20, &len, NULL);
        if (!text)
            skip();
        struct json *example = json_parse(text, len, NULL);
        const struct json *document = json_at(example, "responses.200.body");
        struct endpoint endpoint;
        struct deployment deployment;
        struct json *body;
        if (i == 0) {
            assert_true(wire_endpoint_decode(document, &endpoint));
            assert_int_equal(endpoint.auth_mode, AUTH_AML_TOKEN);
            assert_true(endpoint.kubernetes);
            assert_int_equal(endpoint.live_count, 1);
            endpoint_release(&endpoint);
            body = wire_endpoint_put_body(document);
        } else {
            assert_true(wire_deployment_decode(document, &deployment));
            assert_int_equal(deployment.kubernetes, i == 2);
            assert_int_equal(deployment.instance_count, 1);
            deployment_release(&deployment);
            body = wire_deployment_put_body(document);
        }
        assert_null(json_get(body, "id"));
        assert_null(json_at(body, "identity.principalId"));
        assert_string_equal(json_text_at(body, "location", ""), "string");
        json_free(body);
        json_free(example);
        free(text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endpoint_is_read),
        cmocka_unit_test(a_deployment_is_read),
        cmocka_unit_test(hostile_documents_do_no_harm),
        cmocka_unit_test(a_put_leaves_out_what_the_service_writes),
        cmocka_unit_test(built_bodies_are_those_of_the_sdk),
        cmocka_unit_test(a_split_is_written_without_zeros),
        cmocka_unit_test(published_examples_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
