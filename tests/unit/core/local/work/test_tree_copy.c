#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/alloc.h"
#include "core/base/file.h"
#include "core/local/work/tree_copy.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char home[64];

/* A path below the test's own folder; good until the fourth call after this one. */
static const char *at(const char *name)
{
    static char paths[4][256];
    static size_t turn;
    char *path = paths[turn++ % 4];
    char *joined = file_join(home, name);
    assert_true(strlen(joined) < sizeof paths[0]);
    memcpy(path, joined, strlen(joined) + 1);
    free(joined);
    return path;
}

static void write_file(const char *name, const char *text)
{
    assert_true(file_write_atomic(at(name), text, strlen(text), 0600, NULL));
}

static int set_up(void **state)
{
    (void)state;
    memcpy(home, "/tmp/cutover-tree-XXXXXX", 25);
    assert_non_null(mkdtemp(home));
    assert_true(file_make_folder(at("from/sub/__pycache__"), 0700, NULL));
    assert_true(file_make_folder(at("away"), 0700, NULL));
    assert_true(file_make_folder(at("store"), 0700, NULL));
    write_file("from/one", "1");
    write_file("from/sub/two", "22");
    write_file("from/sub/__pycache__/three", "333");
    write_file("away/four", "4444");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(home, NULL) ? 0 : 1;
}

static void assert_text(const char *name, const char *text)
{
    size_t len;
    char *found = file_read(at(name), 100, &len, NULL);
    assert_non_null(found);
    assert_string_equal(found, text);
    free(found);
}

static void copies_folders_and_says_how_much(void **state)
{
    struct tree_size size;
    struct error error;
    struct stat info;
    (void)state;
    assert_int_equal(chmod(at("from/one"), 0755), 0);
    assert_int_equal(mkfifo(at("from/pipe"), 0600), 0);
    assert_true(tree_copy(at("from"), at("to"), at("store"), &size, &error));
    assert_text("to/one", "1");
    assert_text("to/sub/two", "22");
    assert_false(file_exists(at("to/sub/__pycache__")));
    assert_false(file_exists(at("to/pipe")));
    assert_int_equal(size.files, 2);
    assert_int_equal(size.bytes, 3);
    assert_int_equal(stat(at("to/one"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0755);
    assert_true(tree_copy(at("from/one"), at("single"), at("store"), &size, &error));
    assert_text("single", "1");
}

static void links_stay_links_only_inside(void **state)
{
    struct tree_size size;
    struct error error;
    struct stat info;
    (void)state;
    assert_int_equal(symlink("../one", at("from/sub/inside")), 0);
    assert_int_equal(symlink("../../away/four", at("from/sub/outside")), 0);
    assert_int_equal(symlink(at("away"), at("from/folder")), 0);
    assert_true(tree_copy(at("from"), at("to"), at("store"), &size, &error));
    assert_int_equal(lstat(at("to/sub/inside"), &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_text("to/sub/inside", "1");
    assert_int_equal(lstat(at("to/sub/outside"), &info), 0);
    assert_true(S_ISREG(info.st_mode));
    assert_text("to/sub/outside", "4444");
    assert_text("to/folder/four", "4444");
}

static void never_goes_round_in_circles(void **state)
{
    struct tree_size size;
    struct error error;
    (void)state;
    assert_int_equal(symlink(home, at("from/up")), 0);
    assert_false(tree_copy(at("from"), at("to"), at("store"), &size, &error));
    assert_non_null(strstr(error.message, "from/up"));
    assert_int_equal(unlink(at("from/up")), 0);
    /* The place where copies lie may be within what is copied. */
    assert_true(file_make_folder(at("from/store"), 0700, NULL));
    assert_true(tree_copy(at("from"), at("from/store/to"), at("from/store"), &size, &error));
    assert_text("from/store/to/one", "1");
    assert_false(file_exists(at("from/store/to/store")));
}

static void says_what_cannot_be_copied(void **state)
{
    struct tree_size size;
    struct error error;
    (void)state;
    assert_false(tree_copy(at("none"), at("to"), at("store"), &size, &error));
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.message, "/none"));
    assert_int_equal(symlink("/nonexistent", at("from/dangling")), 0);
    assert_false(tree_copy(at("from"), at("to"), at("store"), &size, &error));
    assert_non_null(strstr(error.message, "from/dangling"));
}

static void states_follow_files(void **state)
{
    (void)state;
    uint64_t before = tree_state(at("from"));
    assert_true(before != 0);
    assert_true(tree_state(at("from")) == before);
    write_file("from/sub/__pycache__/five", "5");
    assert_true(tree_state(at("from")) == before);
    write_file("from/sub/two", "23");
    assert_true(tree_state(at("from")) != before);
    assert_true(tree_state(at("none")) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(copies_folders_and_says_how_much),
        TEST(links_stay_links_only_inside),
        TEST(never_goes_round_in_circles),
        TEST(says_what_cannot_be_copied),
        TEST(states_follow_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
