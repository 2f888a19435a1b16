#include "core/local/work/interpreter.h"

#include "core/base/alloc.h"
#include "core/base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void a_name_is_looked_for_in_path(void **state)
{
    (void)state;
    struct error error = {0};
    setenv("PATH", "/nowhere::/bin", 1);
    char *found = interpreter_find("sh", &error);
    assert_string_equal(found, "/bin/sh");
    free(found);
    assert_null(interpreter_find("no-such-program", &error));
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
}

static void a_path_becomes_absolute_and_stays_a_link(void **state)
{
    (void)state;
    struct error error = {0};
    char folder[] = "/tmp/cutover-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(symlink("/bin/sh", "python"), 0);
    char *expected = file_join(folder, "./python");
    char *found = interpreter_find("./python", &error);
    assert_string_equal(found, expected);
    free(found);
    free(expected);
    assert_int_equal(chdir("/"), 0);
    assert_true(file_remove_tree(folder, &error));
}

static void what_cannot_be_executed_is_refused(void **state)
{
    (void)state;
    struct error error = {0};
    assert_null(interpreter_find("/etc/passwd", &error));
    assert_null(interpreter_find("/tmp", &error));
    assert_null(interpreter_find("", &error));
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_looked_for_in_path),
        cmocka_unit_test(a_path_becomes_absolute_and_stays_a_link),
        cmocka_unit_test(what_cannot_be_executed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
