/* YAML -> ARM: conversions, defaults, references, refusals with their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "core/spec/spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORKSPACE "/subscriptions/S/resourceGroups/G/providers/P/workspaces/W"
#define MANAGED "name: blue\nendpoint_name: my-endpoint\ninstance_type: t\n"

static char folder[] = "/tmp/cutover-spec-XXXXXX";

static bool load(enum spec_kind kind, const char *text, struct spec *spec, struct error *error)
{
    char *path = file_join(folder, "f.yml");
    assert_true(file_write_atomic(path, text, strlen(text), 0600, NULL));
    const struct spec_options options = {.kind = kind, .workspace_id = WORKSPACE};
    memset(error, 0, sizeof *error);
    bool ok = spec_load(path, &options, spec, error);
    free(path);
    return ok;
}

static void accept(enum spec_kind kind, const char *text, const char *wanted)
{
    struct spec spec;
    struct error error;
    if (!load(kind, text, &spec, &error))
        fail_msg("%s", error.message);
    struct json *expected = json_parse(wanted, strlen(wanted), &error);
    assert_non_null(expected);
    if (!json_equal(spec.body, expected)) {
        char *got = json_print(spec.body);
        fail_msg("%s\ngave   %s\nwanted %s", text, got, wanted);
    }
    json_free(expected);
    spec_release(&spec);
}

static void refuse(enum spec_kind kind, const char *text, enum error_kind error_kind,
                   const char *part, const char *hint)
{
    struct spec spec;
    struct error error;
    assert_false(load(kind, text, &spec, &error));
    if (!strstr(error.message, part) || !strstr(error.hint, hint))
        fail_msg("'%s' / '%s' has no '%s' / '%s'", error.message, error.hint, part, hint);
    assert_int_equal(error.kind, error_kind);
    spec_release(&spec);
}

static void test_endpoint_defaults(void **state)
{
    (void)state;
    accept(SPEC_ENDPOINT, "$schema: x\nname: My-Endpoint\nauth_mode: AML_TOKEN\ntags: {a: 1}\n",
           "{\"tags\":{\"a\":\"1\"},\"identity\":{\"type\":\"SystemAssigned\"},\"properties\":{"
           "\"authMode\":\"AMLToken\",\"properties\":{},\"traffic\":{},\"mirrorTraffic\":{}}}");
}

static void test_endpoint_settings(void **state)
{
    (void)state;
    accept(SPEC_ENDPOINT,
           "name: abc\nauth_mode: aadToken\npublic_network_access: disabled\ntraffic: {Blue: 100, "
           "green: 0}\nidentity:\n  type: user_assigned\n  user_assigned_identities:\n  - "
           "resource_id: azureml:/x/y\n",
           "{\"tags\":{},\"identity\":{\"type\":\"UserAssigned\",\"userAssignedIdentities\":{\"/x/"
           "y\":{}}},\"properties\":{\"authMode\":\"AADToken\",\"publicNetworkAccess\":\"Disabled\""
           ",\"properties\":{},\"traffic\":{\"blue\":100},\"mirrorTraffic\":{}}}");
    accept(SPEC_ENDPOINT, "name: abc\ncompute: azureml:cluster\n",
           "{\"tags\":{},\"identity\":{\"type\":\"SystemAssigned\"},\"properties\":{\"compute\":"
           "\"" WORKSPACE
           "/computes/cluster\",\"authMode\":\"Key\",\"properties\":{},\"traffic\":{},"
           "\"mirrorTraffic\":{}}}");
}

static void test_deployment_conversions(void **state)
{
    (void)state;
    accept(SPEC_DEPLOYMENT,
           MANAGED "request_settings: {request_timeout_ms: 90000, max_queue_wait_ms: 500}\n"
                   "liveness_probe: {initial_delay: 180, timeout: 299, period: 0}\n"
                   "environment_variables: {WORKER_COUNT: 2, EMPTY: }\n"
                   "model: azureml:m:3\nenvironment: azureml:e@latest\n"
                   "data_collector:\n  sampling_rate: 0.5\n  collections:\n    model_inputs:\n"
                   "      enabled: 'True'\n",
           "{\"tags\":{},\"properties\":{\"requestSettings\":{\"requestTimeout\":\"PT1M30S\","
           "\"maxQueueWait\":\"PT0.5S\"},\"livenessProbe\":{\"initialDelay\":\"PT3M\",\"timeout\":"
           "\"PT4M59S\"},\"environmentVariables\":{\"WORKER_COUNT\":\"2\",\"EMPTY\":\"\"},"
           "\"model\":\"" WORKSPACE "/models/m/versions/3\",\"environmentId\":\"" WORKSPACE
           "/environments/e/labels/latest\",\"dataCollector\":{\"collections\":{\"model_inputs\":{"
           "\"dataCollectionMode\":\"Enabled\",\"samplingRate\":0.5}}},\"instanceType\":\"t\","
           "\"endpointComputeType\":\"Managed\",\"properties\":{},\"appInsightsEnabled\":false},"
           "\"sku\":{\"name\":\"Default\",\"capacity\":1}}");
}

static void test_kubernetes(void **state)
{
    (void)state;
    accept(SPEC_DEPLOYMENT,
           "name: green\ntype: Kubernetes\nendpoint_name: my-endpoint\nresources: {requests: "
           "{cpu: 0.1, nvidia.com/gpu: '1'}}\nscale_settings: {type: target_utilization, "
           "polling_interval: 10, max_instances: 3}\n",
           "{\"tags\":{},\"properties\":{\"endpointComputeType\":\"Kubernetes\","
           "\"containerResourceRequirements\":{\"containerResourceRequests\":{\"cpu\":\"0.1\","
           "\"gpu\":\"1\"}},\"scaleSettings\":{\"scaleType\":\"TargetUtilization\","
           "\"pollingInterval\":\"PT10S\",\"maxInstances\":3},\"properties\":{},"
           "\"environmentVariables\":{},\"appInsightsEnabled\":false},\"sku\":{\"name\":"
           "\"Default\"}}");
}

static void test_refusals(void **state)
{
    (void)state;
    const enum spec_kind d = SPEC_DEPLOYMENT;
    refuse(d, MANAGED "instance_cuont: 2\n", ERROR_USAGE, "f.yml:4:1: 'instance_cuont'",
           "'instance_count'");
    refuse(d, MANAGED "liveness_probe:\n  perod: 2\n", ERROR_USAGE, "f.yml:5:3: 'perod'",
           "'period'");
    refuse(d, MANAGED "instance_count: many\n", ERROR_USAGE, "f.yml:4:1: 'instance_count'", "");
    refuse(d, MANAGED "instance_count: 51\n", ERROR_RULE, "51", "instance_count=50");
    refuse(d, MANAGED "instance_count: 0\n", ERROR_RULE, "'instance_count' is 0", "");
    refuse(d, MANAGED "request_settings: {request_timeout_ms: 180001}\n", ERROR_RULE, "180001",
           "request_timeout_ms=180000");
    refuse(d, MANAGED "resources: {}\n", ERROR_USAGE, "for Kubernetes only", "");
    refuse(d, "name: blue\nendpoint_name: abc\n", ERROR_USAGE, "'instance_type' is missing", "");
    refuse(d, "endpoint_name: abc\ninstance_type: t\n", ERROR_USAGE, "no name", "--name");
    refuse(d, MANAGED "model: m:1\n", ERROR_USAGE, "f.yml:4:1: 'm:1' is no reference", "azureml:");
    refuse(d, MANAGED "model: {path: nowhere}\n", ERROR_NOT_FOUND, "there is no ", "folder");
    refuse(d, MANAGED "model: {path: '{{X}}'}\n", ERROR_USAGE, "template", "");
    refuse(d, MANAGED "model: azureml:m:{{V}}\n", ERROR_USAGE, "template", "");
    refuse(d, MANAGED "environment: {conda_file: {}}\n", ERROR_USAGE, "'image' or 'build'", "");
    refuse(d, MANAGED "scale_settings: {type: target_utilization}\n", ERROR_RULE, "managed", "");
    refuse(SPEC_ENDPOINT, "name: abc\nauth_mode: kay\n", ERROR_USAGE, "aml_token", "'key'");
    refuse(SPEC_ENDPOINT, "name: abc\ntraffic: {blue: 90.5}\n", ERROR_RULE, "whole number", "");
    refuse(SPEC_ENDPOINT, "name: abc\ntraffic: {Blue: 40, blue: 100}\n", ERROR_RULE, "twice", "");
    refuse(SPEC_ENDPOINT, "name: abc\ntraffic: {blue: 90}\n", ERROR_RULE, "f.yml:2: live", "10");
    refuse(SPEC_ENDPOINT, "name: abc\ncompute: azureml:c\nmirror_traffic: {blue: 9}\n", ERROR_RULE,
           "Kubernetes", "");
    refuse(SPEC_ENDPOINT, "name: a_b\n", ERROR_RULE, "f.yml:1:7", "letter");
    refuse(SPEC_ENDPOINT, "name: abc\nkind: Managed\n", ERROR_USAGE, "leave it out", "");
}

static void test_inline_assets(void **state)
{
    (void)state;
    struct spec spec;
    struct error error;
    char *model = file_join(folder, "model");
    assert_true(file_make_folder(model, 0700, NULL));
    assert_true(load(SPEC_DEPLOYMENT,
                     MANAGED "model: {path: model/}\nenvironment: {image: i, conda_file: {a: 1}}\n",
                     &spec, &error));
    assert_int_equal(spec.asset_count, 2);
    assert_string_equal(spec.assets[0].path, model);
    spec_asset_place(&spec, &spec.assets[0], WORKSPACE, "file:///m");
    char *first = strdup(json_text_at(spec.body, "properties.model", ""));
    assert_non_null(strstr(first, WORKSPACE "/models/"));
    assert_string_equal(json_text_at(spec.assets[0].body, "properties.modelUri", ""), "file:///m");
    assert_true(json_is_true(json_at(spec.assets[0].body, "properties.isAnonymous")));
    spec_asset_place(&spec, &spec.assets[1], WORKSPACE, NULL);
    assert_non_null(strstr(json_text_at(spec.body, "properties.environmentId", ""),
                           "/environments/CliV2AnonymousEnvironment/versions/"));
    assert_string_equal(json_text_at(spec.assets[1].body, "properties.condaFile", ""), "{\"a\":1}");
    spec_release(&spec);

    /* The same asset gets the same name again. */
    assert_true(load(SPEC_DEPLOYMENT, MANAGED "model: {path: model/}\n", &spec, &error));
    spec_asset_place(&spec, &spec.assets[0], WORKSPACE, "file:///m");
    assert_string_equal(json_text_at(spec.body, "properties.model", ""), first);
    spec_release(&spec);
    free(first);
    free(model);
}

static void test_set_on_create(void **state)
{
    (void)state;
    struct spec spec;
    struct error error;
    const char *const sets[] = {"instance_count=3", "tags.x=1", "liveness_probe.period=7"};
    char *path = file_join(folder, "f.yml");
    assert_true(file_write_atomic(path, MANAGED, strlen(MANAGED), 0600, NULL));
    struct spec_options options = {
        .kind = SPEC_DEPLOYMENT, .workspace_id = WORKSPACE, .sets = sets, .set_count = 3};
    assert_true(spec_load(path, &options, &spec, &error));
    assert_int_equal(json_int(json_at(spec.body, "sku.capacity"), 0), 3);
    assert_string_equal(json_text_at(spec.body, "tags.x", ""), "1");
    assert_string_equal(json_text_at(spec.body, "properties.livenessProbe.period", ""), "PT7S");
    spec_release(&spec);

    const char *const bad[] = {"name.x=1"};
    options.sets = bad;
    options.set_count = 1;
    assert_false(spec_load(path, &options, &spec, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    spec_release(&spec);
    free(path);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
    (void)state;
    return file_remove_tree(folder, NULL) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endpoint_defaults),
        cmocka_unit_test(test_endpoint_settings),
        cmocka_unit_test(test_deployment_conversions),
        cmocka_unit_test(test_kubernetes),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_inline_assets),
        cmocka_unit_test(test_set_on_create),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
