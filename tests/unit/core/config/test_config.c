/* Settings: precedence, edits that keep comments, refusals with their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/alloc.h"
#include "core/base/file.h"
#include "core/config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char folder[] = "/tmp/cutover-config-XXXXXX";
static char *path;

static struct config *open_text(const char *text, struct error *error)
{
    assert_true(file_write_atomic(path, text, strlen(text), 0600, NULL));
    return config_load(path, error);
}

static void saved(struct config *config, const char *wanted)
{
    assert_true(config_save(config, NULL));
    char *text = file_read(path, CONFIG_MAX_BYTES, NULL, NULL);
    assert_string_equal(text, wanted);
    free(text);
}

static const char commented[] = "# mine\n"
                                "current: prod # the real one\n"
                                "contexts:\n"
                                "  prod:\n"
                                "    group: \"g\" # here\n"
                                "    workspace: w\n"
                                "  # the other\n"
                                "  test: {group: g2, workspace: w2}\n"
                                "# end\n";

static void test_edits_keep_comments(void **state)
{
    (void)state;
    struct config *config = open_text(commented, NULL);
    assert_true(config_set_current(config, "test", NULL));
    assert_true(config_put_context(
        config, &(struct config_context){.name = "prod", .group = "new", .subscription = "1"},
        NULL));
    assert_true(config_put_context(
        config, &(struct config_context){.name = "test", .workspace = "w3"}, NULL));
    assert_true(config_set_default(config, "group", "d", NULL));
    saved(config, "# mine\n"
                  "current: test # the real one\n"
                  "contexts:\n"
                  "  prod:\n"
                  "    group: new # here\n"
                  "    workspace: w\n"
                  "    subscription: \"1\"\n"
                  "  # the other\n"
                  "  test: {group: g2, workspace: w3}\n"
                  "defaults:\n"
                  "  group: d\n"
                  "# end\n");
    assert_null(config_notice(config));
    assert_true(config_set_default(config, "group", NULL, NULL));
    assert_true(config_remove_context(config, "prod", NULL));
    saved(config, "# mine\n"
                  "current: test # the real one\n"
                  "contexts:\n"
                  "  test: {group: g2, workspace: w3}\n"
                  "# end\n");
    config_free(config);
}

static void test_flow_style_is_written_anew(void **state)
{
    (void)state;
    struct config *config = open_text("{defaults: {group: g}} # c\n", NULL);
    assert_true(config_set_default(config, "workspace", "w", NULL));
    saved(config, "defaults:\n  group: g\n  workspace: w\n");
    assert_non_null(strstr(config_notice(config), ".bak"));
    char *backup = str_format("%s.bak", path);
    char *text = file_read(backup, CONFIG_MAX_BYTES, NULL, NULL);
    assert_string_equal(text, "{defaults: {group: g}} # c\n");
    free(text);
    free(backup);
    config_free(config);
}

static void test_new_file(void **state)
{
    (void)state;
    struct stat info;
    assert_true(file_remove(path, NULL));
    struct config *config = config_load(path, NULL);
    assert_int_equal(config_context_count(config), 1);
    assert_true(config_set_default(config, "group", "g", NULL));
    assert_true(config_set_default(config, "workspace", "00w", NULL));
    saved(config, "defaults:\n  group: g\n  workspace: \"00w\"\n");
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    config_free(config);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *part;
        const char *hint;
    } cases[] = {
        {"curent: x\n", "config.yaml:1:1: 'curent'", "'current'"},
        {"contexts:\n  a:\n    grup: x\n", "config.yaml:3:5: 'grup'", "'group'"},
        {"contexts:\n  local: {group: x}\n", "config.yaml:2:3", ""},
        {"contexts: [a]\n", "must be a mapping", ""},
        {"defaults: {group: {a: 1}}\n", "must be text", ""},
        {"theme: [pink]\n", "the name or path of a theme", ""},
        {"a: 1\na: 2\n", "twice", ""},
        {"current: [\n", "config.yaml:2", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = {0};
        assert_null(open_text(cases[i].text, &error));
        if (!strstr(error.message, cases[i].part) || !strstr(error.hint, cases[i].hint))
            fail_msg("'%s' '%s'", error.message, error.hint);
        assert_int_equal(error.kind, ERROR_USAGE);
    }
}

static void test_precedence(void **state)
{
    (void)state;
    struct config_target target;
    struct config_flags flags = {0};
    struct config *config = open_text("contexts: {prod: {subscription: s, group: g}}\n"
                                      "defaults: {group: d, workspace: dw}\n",
                                      NULL);
    setenv("CUTOVER_TOKEN", "secret", 1);
    assert_true(config_resolve(config, &flags, &target, NULL));
    assert_string_equal(target.context, "prod");
    assert_string_equal(target.group, "g");
    assert_string_equal(target.workspace, "dw");
    assert_int_equal(target.workspace_source, CONFIG_FROM_DEFAULT);
    assert_string_equal(target.url, CONFIG_AZURE_URL);
    assert_string_equal(target.token, "secret");
    config_target_release(&target);

    setenv("CUTOVER_GROUP", "e", 1);
    assert_true(config_resolve(config, &flags, &target, NULL));
    assert_string_equal(target.group, "e");
    config_target_release(&target);
    flags.group = "f";
    flags.local = true;
    assert_true(config_resolve(config, &flags, &target, NULL));
    assert_true(target.local);
    assert_null(target.token);
    assert_string_equal(target.group, "f");
    assert_string_equal(target.workspace, "dw");
    assert_string_equal(target.subscription, CONFIG_LOCAL_SUBSCRIPTION);
    config_target_release(&target);
    unsetenv("CUTOVER_GROUP");
    unsetenv("CUTOVER_TOKEN");

    struct error error;
    flags = (struct config_flags){.context = "prodd"};
    assert_false(config_resolve(config, &flags, &target, &error));
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.hint, "'prod'"));
    flags = (struct config_flags){.context = "prod"};
    assert_true(config_resolve(config, &flags, &target, &error));
    assert_false(config_require_token(&target, &error));
    assert_int_equal(error.kind, ERROR_AUTH);
    config_target_release(&target);
    config_free(config);
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    path = file_join(folder, "config.yaml");
    return 0;
}

static int drop_folder(void **state)
{
    (void)state;
    free(path);
    return file_remove_tree(folder, NULL) ? 0 : -1;
}

/* Line breaks that only YAML knows, and bytes behind a NUL: refused or kept, never lost. */
static void test_odd_bytes(void **state)
{
    (void)state;
    struct error error;
    static const char cut[] = "current: local\n\0defaults: {group: g}\n";
    assert_true(file_write_atomic(path, cut, sizeof cut - 1, 0600, NULL));
    assert_null(config_load(path, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    struct config *config = open_text("defaults:\r group:\r'x'", &error);
    if (!config)
        config = open_text("defaults: {\rgroup:\r'x'}", &error);
    assert_non_null(config);
    assert_true(config_set_default(config, "group", "y", &error));
    assert_string_equal(config_default(config, "group"), "y");
    config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edits_keep_comments),
        cmocka_unit_test(test_flow_style_is_written_anew),
        cmocka_unit_test(test_new_file),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_precedence),
        cmocka_unit_test(test_odd_bytes),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
