/* Versions, and what a deployment runs that names them. */
#include "tests/unit/core/local/control/plane.h"

#define CODE PLANE_SCOPE "/codes/my-code/versions/1"
#define MODEL PLANE_SCOPE "/models/my-model/versions/1"
#define ENVIRONMENT PLANE_SCOPE "/environments/my-env/versions/1"

static void codes_are_found_by_hash(void **state)
{
    (void)state;
    struct plane plane;
    char body[] = "{\"properties\":{\"properties\":{\"hash_sha256\":\"abc\",\"hash_version\":"
                  "\"202208\"},\"isAnonymous\":true,\"codeUri\":\"file:///x\"}}";
    plane_start(&plane, true);
    assert_int_equal(plane_send(&plane, "PUT", CODE, body), 201);
    assert_string_equal(plane_text(&plane, "properties.provisioningState"), "Succeeded");
    assert_string_equal(plane_text(&plane, "name"), "1");
    assert_false(json_is_true(json_at(plane.body, "properties.isAnonymous")));
    assert_int_equal(plane_send(&plane, "PUT", CODE, body), 200);
    assert_int_equal(
        plane_send(&plane, "PUT", CODE, "{\"properties\":{\"codeUri\":\"file:///y\"}}"), 409);
    plane_restart(&plane);
    plane_send_as(&plane, "GET", PLANE_SCOPE "/codes/some-uuid/versions",
                  "api-version=2023-04-01&hash=abc&hashVersion=202208", "Bearer " PLANE_TOKEN,
                  NULL);
    assert_int_equal(plane.response.status, 200);
    assert_int_equal(json_count(json_get(plane.body, "value")), 1);
    plane_send_as(&plane, "GET", PLANE_SCOPE "/codes/some-uuid/versions",
                  "api-version=2023-04-01&hash=abd&hashVersion=202208", "Bearer " PLANE_TOKEN,
                  NULL);
    assert_int_equal(json_count(json_get(plane.body, "value")), 0);
    plane_close(&plane);
}

static void the_latest_version_is_the_newest(void **state)
{
    (void)state;
    struct plane plane;
    plane_start(&plane, false);
    assert_int_equal(plane_send(&plane, "GET", PLANE_SCOPE "/models/m/versions", NULL), 200);
    assert_int_equal(json_count(json_get(plane.body, "value")), 0);
    assert_int_equal(plane_send(&plane, "GET", PLANE_SCOPE "/models/m", NULL), 404);
    plane_send(&plane, "PUT", PLANE_SCOPE "/models/m/versions/7",
               "{\"properties\":{\"modelUri\":\"file:///a\"}}");
    plane.now_ms += 1000;
    plane_send(&plane, "PUT", PLANE_SCOPE "/models/m/versions/2",
               "{\"properties\":{\"modelUri\":\"file:///b\"}}");
    assert_string_equal(plane_text(&plane, "properties.modelType"), "custom_model");
    plane_send_as(&plane, "GET", PLANE_SCOPE "/models/m/versions",
                  "api-version=2023-08-01-preview&$orderBy=createdtime%20desc&$top=1",
                  "Bearer " PLANE_TOKEN, NULL);
    assert_int_equal(json_count(json_get(plane.body, "value")), 1);
    assert_string_equal(json_text_at(json_element(json_get(plane.body, "value"), 0), "name", ""),
                        "2");
    plane_send(&plane, "GET", PLANE_SCOPE "/models/m", NULL);
    assert_string_equal(plane_text(&plane, "properties.nextVersion"), "8");
    assert_string_equal(plane_text(&plane, "properties.latestVersion"), "2");
    plane_send(&plane, "GET", PLANE_SCOPE "/models", NULL);
    assert_int_equal(json_count(json_get(plane.body, "value")), 1);
    plane_close(&plane);
}

static void conda_files_come_back_as_json(void **state)
{
    (void)state;
    struct plane plane;
    plane_start(&plane, false);
    char body[] = "{\"properties\":{\"isAnonymous\":true,\"image\":\"mcr/x\",\"condaFile\":"
                  "\"channels:\\n- a\\nname: e\\n\"}}";
    assert_int_equal(plane_send(&plane, "PUT", ENVIRONMENT, body), 201);
    assert_string_equal(plane_text(&plane, "properties.condaFile"),
                        "{\n  \"channels\": [\n    \"a\"\n  ],\n  \"name\": \"e\"\n}");
    assert_string_equal(plane_text(&plane, "properties.osType"), "Linux");
    assert_int_equal(plane_send(&plane, "PUT", ENVIRONMENT, body), 201);
    assert_int_equal(plane_send(&plane, "PUT", PLANE_SCOPE "/environments/e/versions/1",
                                "{\"properties\":{\"image\":\"i\",\"condaFile\":\"a: [\"}}"),
                     400);
    assert_int_equal(
        plane_send(&plane, "PUT", PLANE_SCOPE "/environments/e/versions/1", "{\"properties\":{}}"),
        400);
    plane_close(&plane);
}

/* A folder with score.py and model/, and versions that point there. */
static void register_local(struct plane *plane, const char *folder)
{
    char body[512];
    char *script = file_join(folder, "score.py");
    char *model = file_join(folder, "my model");
    assert_true(file_write_atomic(script, "x", 1, 0600, NULL));
    assert_true(file_make_folder(model, 0700, NULL));
    snprintf(body, sizeof body, "{\"properties\":{\"codeUri\":\"file://%s\"}}", folder);
    assert_int_equal(plane_send(plane, "PUT", CODE, body), 201);
    snprintf(body, sizeof body, "{\"properties\":{\"modelUri\":\"file://%s/my%%20model\"}}",
             folder);
    assert_int_equal(plane_send(plane, "PUT", MODEL, body), 201);
    assert_int_equal(
        plane_send(plane, "PUT", ENVIRONMENT,
                   "{\"properties\":{\"image\":\"mcr/x\",\"condaFile\":\"name: e\\n\","
                   "\"inferenceConfig\":{\"livenessRoute\":{\"path\":\"/live\",\"port\":80},"
                   "\"readinessRoute\":{\"path\":\"/ready\",\"port\":80},\"scoringRoute\":"
                   "{\"path\":\"/predict\",\"port\":80}}}}"),
        201);
    free(script);
    free(model);
}

static int put_blue(struct plane *plane, const char *code, const char *script, const char *model)
{
    char body[2048];
    snprintf(body, sizeof body,
             "{\"location\":\"l\",\"sku\":{\"name\":\"Default\",\"capacity\":2},\"properties\":{"
             "\"endpointComputeType\":\"Managed\",\"environmentId\":\"%s\","
             "\"codeConfiguration\":{\"codeId\":\"%s\",\"scoringScript\":\"%s\"},\"model\":\"%s\","
             "\"environmentVariables\":{\"A\":\"1\",\"AZUREML_MODEL_DIR\":"
             "\"/var/azureml-app/azureml-models/old/9\"}}}",
             ENVIRONMENT, code, script, model);
    return plane_send(plane, "PUT", PLANE_BLUE, body);
}

static void a_deployment_runs_what_its_versions_say(void **state)
{
    (void)state;
    struct plane plane;
    struct control_effect effect;
    plane_start(&plane, true);
    plane_put_endpoint(&plane);
    register_local(&plane, plane.folder);
    assert_int_equal(put_blue(&plane, CODE, "score.py", MODEL), 201);
    assert_int_equal(plane_effects(&plane, EFFECT_RUN, &effect), 1);
    assert_string_equal(effect.run.code_folder, plane.folder);
    assert_string_equal(effect.run.scoring_script, "score.py");
    assert_non_null(strstr(effect.run.model_path, "/my model"));
    assert_string_equal(effect.run.model_name, "my-model");
    assert_string_equal(effect.run.model_version, "1");
    assert_string_equal(effect.run.conda_file, "name: e\n");
    assert_string_equal(effect.run.image, "mcr/x");
    assert_string_equal(effect.run.liveness_path, "/live");
    assert_string_equal(effect.run.scoring_path, "/predict");
    assert_int_equal(effect.run.instance_count, 2);
    assert_int_equal(effect.run.variable_count, 1);
    assert_string_equal(effect.run.variables[0].name, "A");
    control_deployment_ready(plane.control, plane.now_ms, effect.run.key, effect.generation);
    plane_send(&plane, "GET", PLANE_BLUE, NULL);
    assert_string_equal(plane_text(&plane, "properties.environmentVariables.AZUREML_MODEL_DIR"),
                        "/var/azureml-app/azureml-models/my-model/1");
    assert_string_equal(plane_text(&plane, "properties.environmentVariables.AZUREML_ENTRY_SCRIPT"),
                        "score.py");
    plane_close(&plane);
}

static void what_cannot_run_fails_and_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        const char *script;
        const char *model;
        const char *reason;
    } cases[] = {
        {PLANE_SCOPE "/codes/none/versions/1", "score.py", MODEL, "not registered"},
        {CODE, "../x/score.py", MODEL, "does not lie"},
        {CODE, "/etc/passwd", MODEL, "does not lie"},
        {CODE, "score.py", "azureml://registries/r/models/m/versions/1", "registered"},
        {CODE, "score.py", PLANE_SCOPE "/models/blob/versions/1", "local files only"},
        {MODEL, "score.py", MODEL, "not registered"},
    };
    struct plane plane;
    plane_start(&plane, true);
    plane_put_endpoint(&plane);
    register_local(&plane, plane.folder);
    plane_send(&plane, "PUT", PLANE_SCOPE "/models/blob/versions/1",
               "{\"properties\":{\"modelUri\":\"https://st.blob.core.windows.net/c/m\"}}");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(put_blue(&plane, cases[i].code, cases[i].script, cases[i].model), 201);
        char *async = plane_header(&plane, "Azure-AsyncOperation");
        assert_int_equal(plane_effects(&plane, EFFECT_RUN, NULL), 0);
        plane_follow(&plane, async);
        assert_string_equal(plane_text(&plane, "status"), "Failed");
        if (!strstr(plane_text(&plane, "error.message"), cases[i].reason))
            print_error("%s\n", plane_text(&plane, "error.message"));
        assert_non_null(strstr(plane_text(&plane, "error.message"), cases[i].reason));
        plane_send(&plane, "DELETE", PLANE_BLUE, NULL);
        plane_run(&plane);
        free(async);
    }
    plane_close(&plane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_found_by_hash),
        cmocka_unit_test(the_latest_version_is_the_newest),
        cmocka_unit_test(conda_files_come_back_as_json),
        cmocka_unit_test(a_deployment_runs_what_its_versions_say),
        cmocka_unit_test(what_cannot_run_fails_and_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
