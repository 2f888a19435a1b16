/* ARM -> the keys of `az ml`, and --set on what exists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/spec/spec.h"

#include <stdlib.h>
#include <string.h>

#define WORKSPACE "/subscriptions/S/resourceGroups/G/providers/P/workspaces/W"

static const char endpoint_text[] =
    "{\"id\":\"" WORKSPACE "/onlineEndpoints/ep\",\"name\":\"ep\",\"location\":\"here\","
    "\"kind\":\"Managed\",\"tags\":{\"b\":\"2\",\"a\":\"1\"},\"identity\":{\"type\":"
    "\"SystemAssigned\",\"principalId\":\"p\"},\"properties\":{\"authMode\":\"AMLToken\","
    "\"description\":null,\"scoringUri\":\"http://x/score\",\"swaggerUri\":\"http://x/s.json\","
    "\"provisioningState\":\"Succeeded\",\"traffic\":{\"blue\":100},\"mirrorTraffic\":{\"green\":"
    "10},\"publicNetworkAccess\":\"Enabled\",\"properties\":{},\"unheard\":1}}";

static const char deployment_text[] =
    "{\"id\":\"" WORKSPACE "/onlineEndpoints/ep/deployments/blue\",\"name\":\"ep/blue\","
    "\"sku\":{\"name\":\"Default\",\"tier\":\"Standard\",\"capacity\":2},\"properties\":{"
    "\"endpointComputeType\":\"Managed\",\"instanceType\":\"t\",\"model\":\"/m\","
    "\"environmentId\":\"azureml://registries/r\",\"codeConfiguration\":{\"codeId\":\"/c\","
    "\"scoringScript\":\"score.py\"},\"requestSettings\":{\"requestTimeout\":\"PT1.5S\","
    "\"maxQueueWait\":\"PT0.5S\",\"maxConcurrentRequestsPerInstance\":2},\"livenessProbe\":{"
    "\"period\":\"PT10S\"},\"appInsightsEnabled\":false,\"unheard\":{\"deep\":[1]}}}";

static struct json *parse(const char *text)
{
    struct json *value = json_parse(text, strlen(text), NULL);
    assert_non_null(value);
    return value;
}

static void check(struct json *got, const char *wanted)
{
    char *text = json_print(got);
    assert_string_equal(text, wanted);
    free(text);
    json_free(got);
}

static void test_endpoint(void **state)
{
    (void)state;
    struct json *document = parse(endpoint_text);
    struct json *deployments =
        parse("[{\"name\":\"blue\"},{\"name\":\"green\"},{\"name\":\"red\"}]");
    check(spec_from_endpoint(document, deployments),
          "{\"auth_mode\":\"aml_token\",\"id\":\"" WORKSPACE "/onlineEndpoints/ep\",\"identity\":{"
          "\"principal_id\":\"p\",\"type\":\"system_assigned\"},\"kind\":\"Managed\",\"location\":"
          "\"here\",\"mirror_traffic\":{\"green\":10},\"name\":\"ep\",\"openapi_uri\":"
          "\"http://x/s.json\",\"properties\":{},\"provisioning_state\":\"Succeeded\","
          "\"public_network_access\":\"enabled\",\"resourceGroup\":\"G\",\"scoring_uri\":"
          "\"http://x/score\",\"tags\":{\"a\":\"1\",\"b\":\"2\"},\"traffic\":{\"blue\":100,"
          "\"red\":0}}");
    json_free(document);
    json_free(deployments);
}

static void test_deployment(void **state)
{
    (void)state;
    struct json *document = parse(deployment_text);
    check(spec_from_deployment(document),
          "{\"app_insights_enabled\":false,\"code_configuration\":{\"code\":\"/c\","
          "\"scoring_script\":\"score.py\"},\"endpoint_name\":\"ep\",\"environment\":"
          "\"azureml://registries/r\",\"environment_variables\":{},\"id\":\"" WORKSPACE
          "/onlineEndpoints/ep/deployments/blue\",\"instance_count\":2,\"instance_type\":\"t\","
          "\"liveness_probe\":{\"period\":10},\"model\":\"azureml:/m\",\"name\":\"blue\","
          "\"properties\":{},\"request_settings\":{\"max_concurrent_requests_per_instance\":2,"
          "\"max_queue_wait_ms\":500,\"request_timeout_ms\":1500},\"resourceGroup\":\"G\",\"tags\":"
          "{},\"type\":\"managed\"}");
    json_free(document);
}

static struct json *update(enum spec_kind kind, const char *text, const char *set,
                           struct error *error)
{
    struct json *document = parse(text);
    if (spec_update(kind, WORKSPACE, &set, 1, document, error))
        return document;
    json_free(document);
    return NULL;
}

static void test_update(void **state)
{
    (void)state;
    struct error error;
    struct json *got = update(SPEC_DEPLOYMENT, deployment_text, "instance_count=3", &error);
    assert_int_equal(json_int(json_at(got, "sku.capacity"), 0), 3);
    assert_string_equal(json_text_at(got, "sku.tier", ""), "Standard");
    assert_non_null(json_at(got, "properties.unheard.deep"));
    json_free(got);

    got = update(SPEC_DEPLOYMENT, deployment_text, "request_settings.request_timeout_ms=3000",
                 &error);
    assert_string_equal(json_text_at(got, "properties.requestSettings.requestTimeout", ""), "PT3S");
    assert_string_equal(json_text_at(got, "properties.requestSettings.maxQueueWait", ""), "PT0.5S");
    json_free(got);

    got = update(SPEC_DEPLOYMENT, deployment_text, "model=azureml:m:2", &error);
    assert_string_equal(json_text_at(got, "properties.model", ""),
                        WORKSPACE "/models/m/versions/2");
    json_free(got);

    got = update(SPEC_ENDPOINT, endpoint_text, "traffic={\"blue\":60,\"green\":40}", &error);
    assert_int_equal(json_int(json_at(got, "properties.traffic.green"), 0), 40);
    json_free(got);

    got = update(SPEC_ENDPOINT, endpoint_text, "tags['x.y']=true", &error);
    assert_string_equal(json_text(json_get(json_get(got, "tags"), "x.y")), "true");
    assert_string_equal(json_text_at(got, "tags.a", ""), "1");
    json_free(got);

    got = update(SPEC_ENDPOINT, endpoint_text,
                 "identity={\"type\":\"user_assigned\",\"user_assigned_identities\":"
                 "[{\"resource_id\":\"/i\"}]}",
                 &error);
    assert_non_null(json_get(json_at(got, "identity.userAssignedIdentities"), "/i"));
    json_free(got);
}

static void test_update_refused(void **state)
{
    (void)state;
    static const struct {
        enum spec_kind kind;
        const char *set;
        enum error_kind error;
        const char *part;
    } cases[] = {
        {SPEC_DEPLOYMENT, "instance_cout=3", ERROR_USAGE, "'instance_cout'"},
        {SPEC_DEPLOYMENT, "instance_count=0", ERROR_RULE, "'instance_count' is 0"},
        {SPEC_DEPLOYMENT, "instance_count=51", ERROR_RULE, "51"},
        {SPEC_DEPLOYMENT, "instance_count=x", ERROR_USAGE, "whole number"},
        {SPEC_DEPLOYMENT, "provisioning_state=Failed", ERROR_USAGE, "cannot be changed"},
        {SPEC_DEPLOYMENT, "name=other", ERROR_USAGE, "cannot be changed"},
        {SPEC_DEPLOYMENT, "model.path=x", ERROR_USAGE, "nothing that"},
        {SPEC_DEPLOYMENT, "instance_count", ERROR_USAGE, "not understood"},
        {SPEC_DEPLOYMENT, "=3", ERROR_USAGE, "not understood"},
        {SPEC_ENDPOINT, "tags[0]=3", ERROR_USAGE, "nothing that"},
        {SPEC_ENDPOINT, "traffic.blue=101", ERROR_RULE, "whole number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = {0};
        const char *text = cases[i].kind == SPEC_ENDPOINT ? endpoint_text : deployment_text;
        assert_null(update(cases[i].kind, text, cases[i].set, &error));
        if (!strstr(error.message, cases[i].part))
            fail_msg("%s: '%s'", cases[i].set, error.message);
        assert_int_equal(error.kind, cases[i].error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endpoint),
        cmocka_unit_test(test_deployment),
        cmocka_unit_test(test_update),
        cmocka_unit_test(test_update_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
