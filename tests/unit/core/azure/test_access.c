#include "core/azure/azure.h"
#include "core/base/alloc.h"
#include "core/base/file.h"
#include "tests/unit/core/azure/stub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char folder[] = "/tmp/cutover-access-XXXXXX";
static struct stub stub;
static struct error error;

static void write_local(const char *text)
{
    char *room = file_join(folder, "cutover");
    char *path = file_join(room, "local.json");
    assert_true(file_make_folder(room, 0700, &error));
    if (text)
        assert_true(file_write_atomic(path, text, strlen(text), 0600, &error));
    else
        assert_true(file_remove(path, &error));
    free(path);
    free(room);
}

static void the_local_file_gives_access(void **state)
{
    (void)state;
    struct azure_access access = {0};
    write_local("{\"url\":\"http://127.0.0.1:1\",\"token\":\"t\",\"pid\":1}");
    assert_true(azure_access_local(NULL, false, &access, &error));
    assert_string_equal(access.arm_url, "http://127.0.0.1:1");
    assert_string_equal(access.token, "t");
    azure_access_release(&access);
    assert_null(access.token);
}

static void no_engine_is_said_plainly(void **state)
{
    (void)state;
    struct azure_access access = {0};
    write_local(NULL);
    assert_false(azure_access_local(NULL, false, &access, &error));
    assert_int_equal(error.kind, ERROR_NETWORK);
    assert_string_equal(error.message, "no local engine is running");
    assert_non_null(strstr(error.hint, "cutover serve"));
}

static void a_broken_file_is_refused(void **state)
{
    (void)state;
    static const char *const broken[] = {"", "{", "[]", "{\"url\":7,\"token\":\"t\"}",
                                         "{\"url\":\"http://127.0.0.1:1\"}"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct azure_access access = {0};
        write_local(broken[i]);
        assert_false(azure_access_local(NULL, false, &access, &error));
        assert_null(access.arm_url);
    }
}

/* An engine that was started anew has another port and token; a client that lives on finds it. */
static void a_restarted_engine_is_found_again(void **state)
{
    (void)state;
    struct net *net = net_new();
    struct azure *client = azure_new(&(struct azure_settings){.net = net,
                                                              .subscription = "s",
                                                              .group = "g",
                                                              .workspace = "w",
                                                              .access = azure_access_local});
    struct azure_outcome outcome = {0};
    char text[200];
    write_local("{\"url\":\"http://127.0.0.1:1\",\"token\":\"old\"}");
    assert_false(azure_await(client, azure_workspace_get(client, azure_collect, &outcome), &outcome,
                             &error));
    assert_int_equal(error.kind, ERROR_NETWORK);
    snprintf(text, sizeof text, "{\"url\":\"%s/\",\"token\":\"token-1\"}", stub.origin);
    write_local(text);
    outcome.done = false;
    assert_true(azure_await(client, azure_workspace_get(client, azure_collect, &outcome), &outcome,
                            &error));
    write_local(NULL);
    azure_outcome_release(&outcome);
    azure_free(client);
    net_free(net);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_local_file_gives_access),
        cmocka_unit_test(no_engine_is_said_plainly),
        cmocka_unit_test(a_broken_file_is_refused),
        cmocka_unit_test(a_restarted_engine_is_found_again),
    };
    if (!mkdtemp(folder) || !stub_start(&stub))
        return 1;
    setenv("XDG_RUNTIME_DIR", folder, 1);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    stub_stop(&stub);
    file_remove_tree(folder, NULL);
    return failed;
}
