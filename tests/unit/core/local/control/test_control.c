/* What holds for every request: who may send it, where it may go, and what comes along. */
#include "tests/unit/core/local/control/plane.h"

static void a_token_is_needed(void **state)
{
    (void)state;
    static const char *const wrong[] = {NULL,
                                        "",
                                        "Bearer",
                                        "Bearer ",
                                        "Bearer wrong",
                                        "Basic " PLANE_TOKEN,
                                        "Bearer " PLANE_TOKEN "x"};
    struct plane plane;
    plane_start(&plane, false);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(
            plane_send_as(&plane, "GET", PLANE_SCOPE, "api-version=2025-12-01", wrong[i], NULL),
            401);
        char *challenge = plane_header(&plane, "WWW-Authenticate");
        assert_non_null(challenge);
        assert_memory_equal(challenge, "Bearer", 6);
        free(challenge);
    }
    assert_null(strstr(plane.response.body.text, PLANE_TOKEN));
    plane_close(&plane);
}

static void versions_are_dates(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        int status;
    } cases[] = {
        {"", 400},
        {"api-version=", 400},
        {"api-version=latest", 400},
        {"api-version=2025-12-01x", 400},
        {"api-version=2025-12-01", 200},
        {"x=1&api-version=2022-02-01-preview", 200},
        {"Api-Version=2026-05-01", 200},
    };
    struct plane plane;
    plane_start(&plane, false);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(
            plane_send_as(&plane, "GET", PLANE_SCOPE, cases[i].query, "Bearer " PLANE_TOKEN, NULL),
            cases[i].status);
    plane_send_as(&plane, "GET", PLANE_SCOPE, "", "Bearer " PLANE_TOKEN, NULL);
    assert_string_equal(plane_text(&plane, "error.code"), "MissingApiVersionParameter");
    plane_close(&plane);
}

static void paths_come_before_methods(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        const char *path;
        int status;
    } cases[] = {
        {"GET", "/", 404},
        {"GET", "", 404},
        {"GET", "/subscriptions", 404},
        {"POST", PLANE_SCOPE, 405},
        {"POST", PLANE_SCOPE "/datastores/workspaceblobstore/listSecrets", 404},
        {"GET", PLANE_SCOPE "/datastores/workspaceblobstore", 404},
        {"GET", PLANE_ENDPOINT "/listKeys", 405},
        {"GET", PLANE_ENDPOINT "/nothing", 404},
        {"GET", PLANE_SCOPE "//onlineEndpoints", 404},
        {"GET", PLANE_SCOPE "/onlineEndpoints/a%2fb", 404},
        {"GET", PLANE_SCOPE "/onlineEndpoints/a%00b", 404},
        {"GET", PLANE_SCOPE "/onlineEndpoints/a%zz", 404},
        {"GET", PLANE_SCOPE "/onlineEndpoints/a%4", 404},
        {"GET", PLANE_SCOPE "/onlineEndpoints/a%0d%0ab", 404},
        {"GET", PLANE_SCOPE "/onlineEndpoints/", 200},
        {"GET",
         "/subscriptions/a%20b/resourceGroups/g/providers/Microsoft.MachineLearningServices/"
         "workspaces/w",
         400},
        {"BREW", PLANE_ENDPOINT, 405},
    };
    struct plane plane;
    plane_start(&plane, false);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int status = plane_send(&plane, cases[i].method, cases[i].path, NULL);
        if (status != cases[i].status)
            print_error("%s %s\n", cases[i].method, cases[i].path);
        assert_int_equal(status, cases[i].status);
        if (status >= 400)
            assert_string_not_equal(plane_text(&plane, "error.code"), "(missing)");
    }
    plane_send(&plane, "POST", PLANE_SCOPE, NULL);
    char *allow = plane_header(&plane, "Allow");
    assert_string_equal(allow, "GET");
    free(allow);
    plane_close(&plane);
}

static void every_answer_can_be_found_again(void **state)
{
    (void)state;
    struct plane plane;
    plane_start(&plane, false);
    assert_int_equal(plane_send(&plane, "GET", PLANE_SCOPE, NULL), 200);
    char *id = plane_header(&plane, "x-ms-request-id");
    char *same = plane_header(&plane, "x-ms-correlation-request-id");
    char *routing = plane_header(&plane, "x-ms-routing-request-id");
    char *rate = plane_header(&plane, "x-ms-ratelimit-remaining-subscription-reads");
    assert_string_equal(id, same);
    assert_non_null(strstr(routing, id));
    assert_string_equal(rate, "249");
    char *guid = str_dup(plane_text(&plane, "properties.workspaceId"));
    assert_int_equal(strlen(guid), 36);
    plane_restart(&plane);
    plane_send(&plane, "GET", PLANE_SCOPE, NULL);
    assert_string_equal(plane_text(&plane, "properties.workspaceId"), guid);
    assert_string_equal(plane_text(&plane, "location"), "local");
    free(id);
    free(same);
    free(routing);
    free(rate);
    free(guid);
    plane_close(&plane);
}

/* More changes under way than are kept: what a deletion ends is not among those dropped. */
static void many_changes_at_once_drop_no_deletion(void **state)
{
    (void)state;
    struct plane plane;
    plane_start(&plane, false);
    plane_put_endpoint(&plane);
    for (int i = 0; i < 12; i++)
        assert_int_equal(plane_send(&plane, "POST", PLANE_ENDPOINT "/regenerateKeys",
                                    "{\"keyType\":\"Primary\"}"),
                         202);
    assert_int_equal(plane_send(&plane, "PUT", PLANE_ENDPOINT, PLANE_ENDPOINT_BODY), 201);
    char *update = plane_header(&plane, "Azure-AsyncOperation");
    assert_int_equal(plane_send(&plane, "DELETE", PLANE_ENDPOINT, NULL), 202);
    char *deletion = plane_header(&plane, "Azure-AsyncOperation");
    assert_int_equal(plane_follow(&plane, update), 200);
    assert_string_equal(plane_text(&plane, "status"), "Canceled");
    assert_int_equal(plane_follow(&plane, deletion), 200);
    assert_string_equal(plane_text(&plane, "status"), "Updating");
    free(update);
    free(deletion);
    plane_close(&plane);
}

static void keys_are_regenerated_at_once(void **state)
{
    (void)state;
    struct plane plane;
    struct control_effect effect;
    plane_start(&plane, false);
    plane_put_endpoint(&plane);
    plane_send(&plane, "POST", PLANE_ENDPOINT "/listKeys", NULL);
    char *primary = str_dup(plane_text(&plane, "primaryKey"));
    char *secondary = str_dup(plane_text(&plane, "secondaryKey"));
    assert_in_range(strlen(primary), 32, 128);
    assert_int_equal(
        plane_send(&plane, "POST", PLANE_ENDPOINT "/regenerateKeys", "{\"keyType\":\"Primary\"}"),
        202);
    char *location = plane_header(&plane, "Location");
    assert_null(plane_header(&plane, "Azure-AsyncOperation"));
    assert_int_equal(plane_effects(&plane, EFFECT_ROUTES, &effect), 1);
    assert_string_not_equal(effect.routes.credentials[0], primary);
    assert_string_equal(effect.routes.credentials[1], secondary);
    assert_int_equal(plane_follow(&plane, location), 202);
    control_tick(plane.control, plane.now_ms);
    assert_int_equal(plane_follow(&plane, location), 200);
    assert_int_equal(plane_send(&plane, "POST", PLANE_ENDPOINT "/regenerateKeys",
                                "{\"keyType\":\"Secondary\",\"keyValue\":\"given-by-me\"}"),
                     202);
    plane_send(&plane, "POST", PLANE_ENDPOINT "/listKeys", NULL);
    assert_string_equal(plane_text(&plane, "secondaryKey"), "given-by-me");
    assert_int_equal(plane_send(&plane, "POST", PLANE_ENDPOINT "/regenerateKeys", "{}"), 400);
    assert_int_equal(plane_send(&plane, "POST", PLANE_ENDPOINT "/token", NULL), 400);
    free(primary);
    free(secondary);
    free(location);
    plane_close(&plane);
}

static void tokens_are_given_out_and_expire(void **state)
{
    (void)state;
    struct plane plane;
    struct control_effect effect;
    plane_start(&plane, false);
    plane_send(&plane, "PUT", PLANE_ENDPOINT,
               "{\"location\":\"l\",\"properties\":{\"authMode\":\"AMLToken\"}}");
    plane_run(&plane);
    plane_send(&plane, "POST", PLANE_ENDPOINT "/listKeys", NULL);
    assert_int_equal(json_type(json_get(plane.body, "primaryKey")), JSON_NULL);
    assert_int_equal(plane_send(&plane, "POST", PLANE_ENDPOINT "/token", NULL), 200);
    char *token = str_dup(plane_text(&plane, "accessToken"));
    assert_string_equal(plane_text(&plane, "tokenType"), "Bearer");
    assert_int_equal(json_int(json_get(plane.body, "expiryTimeUtc"), 0),
                     plane.now_ms / 1000 + 86400);
    assert_int_equal(plane_effects(&plane, EFFECT_ROUTES, &effect), 1);
    assert_string_equal(effect.routes.credentials[0], token);
    assert_in_range(control_tick(plane.control, plane.now_ms), 1, 24 * 60 * 60 * 1000);
    plane_send(&plane, "POST", PLANE_ENDPOINT "/token", NULL);
    assert_string_equal(plane_text(&plane, "accessToken"), token);
    plane.now_ms += INT64_C(13) * 60 * 60 * 1000;
    plane_send(&plane, "POST", PLANE_ENDPOINT "/token", NULL);
    assert_string_not_equal(plane_text(&plane, "accessToken"), token);
    assert_int_equal(plane_effects(&plane, EFFECT_ROUTES, &effect), 1);
    assert_non_null(effect.routes.credentials[1]);
    plane.now_ms += INT64_C(12) * 60 * 60 * 1000;
    control_tick(plane.control, plane.now_ms);
    assert_int_equal(plane_effects(&plane, EFFECT_ROUTES, &effect), 1);
    assert_null(effect.routes.credentials[1]);
    assert_string_not_equal(effect.routes.credentials[0], token);
    free(token);
    plane_close(&plane);
}

static void directory_endpoints_take_the_engine_token(void **state)
{
    (void)state;
    struct plane plane;
    struct control_effect effect;
    plane_start(&plane, false);
    plane_send(&plane, "PUT", PLANE_ENDPOINT,
               "{\"location\":\"l\",\"properties\":{\"authMode\":\"AADToken\"}}");
    plane_effects(&plane, EFFECT_ROUTES, &effect);
    assert_string_equal(effect.routes.credentials[0], PLANE_TOKEN);
    assert_null(effect.routes.credentials[1]);
    plane_close(&plane);
}

static void a_thousand_endpoints_do_not_slow_it_down(void **state)
{
    (void)state;
    struct plane plane;
    char path[256];
    plane_start(&plane, false);
    for (int i = 0; i < 1000; i++) {
        snprintf(path, sizeof path, PLANE_SCOPE "/onlineEndpoints/endpoint-%d", i);
        assert_int_equal(plane_send(&plane, "PUT", path, PLANE_ENDPOINT_BODY), 201);
    }
    plane_run(&plane);
    size_t seen = 0;
    plane_send(&plane, "GET", PLANE_SCOPE "/onlineEndpoints", NULL);
    for (;;) {
        seen += json_count(json_get(plane.body, "value"));
        if (!json_get(plane.body, "nextLink"))
            break;
        char *next = str_dup(plane_text(&plane, "nextLink"));
        assert_int_equal(plane_follow(&plane, next), 200);
        free(next);
    }
    assert_int_equal(seen, 1000);
    plane_close(&plane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_needed),
        cmocka_unit_test(versions_are_dates),
        cmocka_unit_test(paths_come_before_methods),
        cmocka_unit_test(every_answer_can_be_found_again),
        cmocka_unit_test(many_changes_at_once_drop_no_deletion),
        cmocka_unit_test(keys_are_regenerated_at_once),
        cmocka_unit_test(tokens_are_given_out_and_expire),
        cmocka_unit_test(directory_endpoints_take_the_engine_token),
        cmocka_unit_test(a_thousand_endpoints_do_not_slow_it_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
