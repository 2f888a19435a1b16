#include "tests/unit/core/local/control/plane.h"

#include <dirent.h>
#include <sys/stat.h>

static void fill(struct plane *plane)
{
    plane_start(plane, true);
    plane_put_endpoint(plane);
    plane_put_deployment(plane, PLANE_BLUE);
    plane_put_deployment(plane, PLANE_GREEN);
    assert_int_equal(plane_put_traffic(plane, "\"blue\":90,\"green\":10", ""), 201);
    plane_run(plane);
}

static void all_is_there_after_a_restart(void **state)
{
    (void)state;
    struct plane plane;
    struct control_effect effect;
    fill(&plane);
    plane_send(&plane, "GET", PLANE_ENDPOINT, NULL);
    struct json *before = json_copy(plane.body);
    plane_send(&plane, "POST", PLANE_ENDPOINT "/listKeys", NULL);
    char *key = str_dup(plane_text(&plane, "primaryKey"));
    plane_restart(&plane);
    assert_int_equal(plane_effects(&plane, EFFECT_RUN, &effect), 2);
    control_tick(plane.control, plane.now_ms);
    plane_send(&plane, "GET", PLANE_ENDPOINT, NULL);
    assert_true(json_equal(before, plane.body));
    plane_send(&plane, "POST", PLANE_ENDPOINT "/listKeys", NULL);
    assert_string_equal(plane_text(&plane, "primaryKey"), key);
    plane_send(&plane, "GET", PLANE_BLUE, NULL);
    assert_string_equal(plane_text(&plane, "properties.provisioningState"), "Succeeded");
    plane_restart(&plane);
    assert_int_equal(plane_effects(&plane, EFFECT_ROUTES, &effect), 1);
    assert_int_equal(traffic_get(&effect.routes.split.live, "green"), 10);
    assert_string_equal(effect.routes.credentials[0], key);
    json_free(before);
    free(key);
    plane_close(&plane);
}

static void what_was_running_goes_on(void **state)
{
    (void)state;
    struct plane plane;
    fill(&plane);
    plane_put_traffic(&plane, "\"blue\":0,\"green\":100", "");
    char *traffic = plane_header(&plane, "Azure-AsyncOperation");
    plane_send(&plane, "PATCH", PLANE_BLUE, "{\"sku\":{\"capacity\":2}}");
    char *scale = plane_header(&plane, "Location");
    plane_send(&plane, "DELETE", PLANE_ENDPOINT "/deployments/none", NULL);
    plane_restart(&plane);
    plane_follow(&plane, traffic);
    assert_string_equal(plane_text(&plane, "status"), "Updating");
    assert_int_equal(plane_follow(&plane, scale), 202);
    plane_run(&plane);
    plane_follow(&plane, traffic);
    assert_string_equal(plane_text(&plane, "status"), "Succeeded");
    assert_int_equal(plane_follow(&plane, scale), 200);
    plane_send(&plane, "GET", PLANE_ENDPOINT, NULL);
    assert_int_equal(json_int(json_at(plane.body, "properties.traffic.green"), 0), 100);
    plane_send(&plane, "GET", PLANE_BLUE, NULL);
    assert_int_equal(json_int(json_at(plane.body, "sku.capacity"), 0), 2);
    free(traffic);
    free(scale);
    plane_close(&plane);
}

static void an_update_that_fails_after_a_restart_runs_the_old_again(void **state)
{
    (void)state;
    struct plane plane;
    struct control_effect effect;
    fill(&plane);
    plane_send(&plane, "PATCH", PLANE_BLUE, "{\"sku\":{\"capacity\":5}}");
    plane_restart(&plane);
    while (control_next_effect(plane.control, &effect))
        if (effect.kind == EFFECT_RUN && effect.run.instance_count == 5)
            break;
    control_deployment_failed(plane.control, plane.now_ms, effect.run.key, effect.generation, "x",
                              "y");
    size_t again = 0;
    while (control_next_effect(plane.control, &effect))
        if (effect.kind == EFFECT_RUN && strcmp(effect.run.deployment_name, "blue") == 0) {
            assert_int_equal(effect.run.instance_count, 1);
            again++;
        }
    assert_int_equal(again, 1);
    plane_close(&plane);
}

static void operations_of_the_deleted_are_forgotten_in_time(void **state)
{
    (void)state;
    struct plane plane;
    fill(&plane);
    plane_send(&plane, "DELETE", PLANE_ENDPOINT, NULL);
    char *async = plane_header(&plane, "Azure-AsyncOperation");
    plane_run(&plane);
    plane.now_ms += INT64_C(25) * 60 * 60 * 1000;
    plane_restart(&plane);
    assert_int_equal(plane_follow(&plane, async), 404);
    free(async);
    plane_close(&plane);
}

static void a_deletion_goes_on_and_stays_known(void **state)
{
    (void)state;
    struct plane plane;
    fill(&plane);
    plane_send(&plane, "DELETE", PLANE_ENDPOINT, NULL);
    char *async = plane_header(&plane, "Azure-AsyncOperation");
    plane_restart(&plane);
    plane_follow(&plane, async);
    assert_string_equal(plane_text(&plane, "status"), "Updating");
    plane_run(&plane);
    plane_follow(&plane, async);
    assert_string_equal(plane_text(&plane, "status"), "Succeeded");
    plane_restart(&plane);
    plane_follow(&plane, async);
    assert_string_equal(plane_text(&plane, "status"), "Succeeded");
    assert_int_equal(plane_send(&plane, "GET", PLANE_ENDPOINT, NULL), 404);
    plane_put_endpoint(&plane);
    plane_send(&plane, "GET", PLANE_ENDPOINT "/deployments", NULL);
    assert_int_equal(json_count(json_get(plane.body, "value")), 0);
    free(async);
    plane_close(&plane);
}

/* Visits the files of the store. */
static size_t each_file(const struct plane *plane, void (*visit)(const char *path))
{
    char *folder = file_join(plane->folder, "resources");
    DIR *files = opendir(folder);
    size_t count = 0;
    const struct dirent *entry;
    assert_non_null(files);
    while ((entry = readdir(files))) {
        if (entry->d_name[0] == '.')
            continue;
        char *path = file_join(folder, entry->d_name);
        visit(path);
        free(path);
        count++;
    }
    closedir(files);
    free(folder);
    return count;
}

static void assert_private(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 077, 0);
}

static void truncate_json(const char *path)
{
    if (strstr(path, ".json"))
        assert_true(file_write_atomic(path, "{\"format\":1,", 12, 0600, NULL));
}

static void files_are_private_and_damage_is_named(void **state)
{
    (void)state;
    struct plane plane;
    struct error error = {0};
    struct stat info;
    fill(&plane);
    each_file(&plane, assert_private);
    char *folder = file_join(plane.folder, "resources");
    assert_int_equal(stat(folder, &info), 0);
    assert_int_equal(info.st_mode & 077, 0);
    struct control_options options = {
        .state_folder = plane.folder, .base_url = PLANE_URL, .token = PLANE_TOKEN};
    assert_null(control_open(&options, plane.now_ms, &error));
    assert_non_null(strstr(error.message, "another engine"));
    control_close(plane.control);
    plane.control = NULL;
    each_file(&plane, truncate_json);
    assert_null(control_open(&options, plane.now_ms, &error));
    assert_non_null(strstr(error.message, ".json is damaged"));
    free(folder);
    plane_close(&plane);
}

static void a_write_cut_off_by_a_crash_is_cleared_away(void **state)
{
    (void)state;
    struct plane plane;
    fill(&plane);
    char *leftover = file_join(plane.folder, "resources/x.json.123.tmp");
    assert_true(file_write_atomic(leftover, "{", 1, 0600, NULL));
    plane_restart(&plane);
    assert_false(file_exists(leftover));
    free(leftover);
    plane_close(&plane);
}

static void a_change_that_cannot_be_stored_is_not_made(void **state)
{
    (void)state;
    struct plane plane;
    fill(&plane);
    char *folder = file_join(plane.folder, "resources");
    char *aside = file_join(plane.folder, "aside");
    assert_int_equal(rename(folder, aside), 0);
    assert_int_equal(plane_put_traffic(&plane, "\"green\":100", ""), 500);
    assert_int_equal(
        plane_send(&plane, "PUT", PLANE_SCOPE "/onlineEndpoints/other", PLANE_ENDPOINT_BODY), 500);
    assert_int_equal(plane_send(&plane, "DELETE", PLANE_ENDPOINT, NULL), 500);
    assert_int_equal(
        plane_send(&plane, "POST", PLANE_ENDPOINT "/regenerateKeys", "{\"keyType\":\"Primary\"}"),
        500);
    assert_int_equal(rename(aside, folder), 0);
    plane_send(&plane, "GET", PLANE_ENDPOINT, NULL);
    assert_string_equal(plane_text(&plane, "properties.provisioningState"), "Succeeded");
    assert_int_equal(json_int(json_at(plane.body, "properties.traffic.blue"), 0), 90);
    assert_int_equal(plane_send(&plane, "GET", PLANE_SCOPE "/onlineEndpoints/other", NULL), 404);
    assert_int_equal(plane_put_traffic(&plane, "\"green\":100", ""), 201);
    free(folder);
    free(aside);
    plane_close(&plane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_there_after_a_restart),
        cmocka_unit_test(what_was_running_goes_on),
        cmocka_unit_test(an_update_that_fails_after_a_restart_runs_the_old_again),
        cmocka_unit_test(a_deletion_goes_on_and_stays_known),
        cmocka_unit_test(operations_of_the_deleted_are_forgotten_in_time),
        cmocka_unit_test(files_are_private_and_damage_is_named),
        cmocka_unit_test(a_write_cut_off_by_a_crash_is_cleared_away),
        cmocka_unit_test(a_change_that_cannot_be_stored_is_not_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
