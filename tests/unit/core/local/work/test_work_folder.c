#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/alloc.h"
#include "core/base/file.h"
#include "core/local/work/work_folder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int set_up(void **state)
{
    char parent[] = "/tmp/cutover-test-XXXXXX";
    assert_non_null(mkdtemp(parent));
    *state = str_dup(parent);
    return 0;
}

static int tear_down(void **state)
{
    file_remove_tree(*state, NULL);
    free(*state);
    return 0;
}

static void only_folders_that_nobody_holds_are_swept(void **state)
{
    struct error error;
    int held_lock;
    int left_lock;
    char *held = work_folder_make(*state, &held_lock, &error);
    char *left = work_folder_make(*state, &left_lock, &error);
    char *unlocked = file_join(*state, "cutover-engine-abcdef");
    char *other = file_join(*state, "something-else");
    char *inner = file_join(left, "deep/er");
    assert_non_null(held);
    assert_non_null(left);
    assert_true(file_make_folder(unlocked, 0700, &error));
    assert_true(file_make_folder(other, 0700, &error));
    assert_true(file_make_folder(inner, 0700, &error));
    close(left_lock); /* as the kernel does when its engine is killed */
    work_folder_sweep(*state);
    assert_true(file_exists(held));
    assert_false(file_exists(left));
    assert_true(file_exists(unlocked));
    assert_true(file_exists(other));
    close(held_lock);
    work_folder_sweep(*state);
    assert_false(file_exists(held));
    free(held);
    free(left);
    free(unlocked);
    free(other);
    free(inner);
}

static void a_folder_behind_a_link_is_left_alone(void **state)
{
    struct error error;
    int lock;
    char *away = file_join(*state, "away");
    char *link = file_join(*state, "cutover-engine-linked");
    assert_true(file_make_folder(away, 0700, &error));
    char *made = work_folder_make(away, &lock, &error);
    assert_non_null(made);
    close(lock);
    assert_int_equal(symlink(made, link), 0);
    work_folder_sweep(*state);
    assert_true(file_exists(made));
    free(away);
    free(link);
    free(made);
}

static void what_cannot_be_made_is_said(void **state)
{
    struct error error;
    int lock;
    char *missing = file_join(*state, "missing");
    assert_null(work_folder_make(missing, &lock, &error));
    assert_non_null(strstr(error.message, missing));
    free(missing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(only_folders_that_nobody_holds_are_swept),
        TEST(a_folder_behind_a_link_is_left_alone),
        TEST(what_cannot_be_made_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
