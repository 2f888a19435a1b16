#include "core/base/file.h"

#include "core/base/alloc.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[200];

static int make_folder(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/file-test-XXXXXX", base ? base : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return file_remove_tree(folder, NULL) ? 0 : -1;
}

static char *inside(const char *name)
{
    return file_join(folder, name);
}

static size_t entries(const char *path)
{
    size_t count = 0;
    DIR *dir = opendir(path);
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count - 2;
}

static void writes_whole_with_its_mode(void **state)
{
    (void)state;
    char *path = inside("secret");
    struct error error;
    mode_t old = umask(0);
    assert_true(file_write_atomic(path, "one", 3, 0600, &error));
    assert_true(file_write_atomic(path, "two!", 4, 0600, &error));
    umask(old);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    size_t len;
    char *text = file_read(path, 100, &len, &error);
    assert_string_equal(text, "two!");
    assert_int_equal(len, 4);
    assert_int_equal(entries(folder), 1); /* no temporary file is left */
    free(text);
    free(path);
}

static void fails_without_touching_the_old(void **state)
{
    (void)state;
    struct error error = {0};
    char *missing = inside("no/such/file");
    assert_false(file_write_atomic(missing, "x", 1, 0600, &error));
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.message, "no/such/file"));
    char *path = inside("is-a-folder");
    assert_true(file_make_folder(path, 0700, NULL));
    assert_false(file_write_atomic(path, "x", 1, 0600, &error));
    assert_int_equal(entries(folder), 1);
    free(path);
    free(missing);
}

/* A reader sees the old or the new content while a writer is killed again and again. */
static void survives_kill_of_the_writer(void **state)
{
    (void)state;
    enum { SIZE = 200000, ROUNDS = 20 };
    char *path = inside("state");
    char *bytes = mem_alloc(SIZE);
    memset(bytes, 'a', SIZE);
    assert_true(file_write_atomic(path, bytes, SIZE, 0600, NULL));
    for (int round = 0; round < ROUNDS; round++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            for (int i = 0; i < 1000; i++) {
                memset(bytes, 'a' + i % 26, SIZE);
                file_write_atomic(path, bytes, SIZE, 0600, NULL);
            }
            _exit(0);
        }
        struct timespec pause = {.tv_nsec = 500000 + round * 700000L};
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        size_t len;
        char *text = file_read(path, SIZE, &len, NULL);
        assert_non_null(text);
        assert_int_equal(len, SIZE);
        for (size_t i = 1; i < len; i++)
            if (text[i] != text[0])
                fail_msg("torn at byte %zu", i);
        free(text);
    }
    free(bytes);
    free(path);
}

static void refuses_what_is_too_large_or_no_file(void **state)
{
    (void)state;
    struct error error = {0};
    char *path = inside("big");
    assert_true(file_write_atomic(path, "12345", 5, 0600, NULL));
    assert_null(file_read(path, 4, NULL, &error));
    assert_int_equal(error.kind, ERROR_LIMIT);
    assert_null(file_read(folder, 100, NULL, &error));
    assert_int_equal(error.kind, ERROR_FAILED);
    char *pipe_path = inside("pipe");
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_null(file_read(pipe_path, 100, NULL, &error)); /* and does not wait for a writer */
    assert_null(file_read("/dev/zero", 100, NULL, &error));
    free(pipe_path);
    free(path);
}

static void a_stream_is_read_to_its_end_or_its_limit(void **state)
{
    (void)state;
    enum { BYTES = 40000 };
    static const char bytes[BYTES] = "a";
    struct error error = {0};
    int ends[2];
    size_t len;
    char path[32];
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    assert_int_equal(write(ends[1], bytes, BYTES), BYTES);
    close(ends[1]);
    char *text = file_read_stream(path, BYTES, &len, &error);
    assert_non_null(text);
    assert_int_equal(len, BYTES);
    assert_int_equal(text[0], 'a');
    assert_int_equal(text[len], '\0');
    free(text);
    close(ends[0]);
    assert_null(file_read_stream("/dev/zero", BYTES, NULL, &error));
    assert_int_equal(error.kind, ERROR_LIMIT);
    assert_null(file_read_stream(folder, BYTES, NULL, &error));
    assert_int_equal(error.kind, ERROR_FAILED);
    assert_null(file_read_stream("/nonexistent/file", BYTES, NULL, &error));
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
}

static void removes_without_following(void **state)
{
    (void)state;
    char *keep = inside("keep");
    char *kept = inside("keep/file");
    char *tree = inside("tree");
    char *deep = inside("tree/a/b");
    char *deep_link = inside("tree/a/link");
    assert_true(file_make_folder(keep, 0700, NULL));
    assert_true(file_write_atomic(kept, "x", 1, 0600, NULL));
    assert_true(file_make_folder(deep, 0700, NULL));
    assert_int_equal(symlink(keep, deep_link), 0);
    assert_true(file_remove_tree(tree, NULL));
    assert_false(file_exists(tree));
    assert_true(file_exists(kept));
    assert_true(file_remove_tree(tree, NULL)); /* nothing there: nothing to do */
    assert_true(file_remove(kept, NULL));
    assert_true(file_remove(kept, NULL));
    assert_false(file_exists(kept));
    free(keep);
    free(kept);
    free(tree);
    free(deep);
    free(deep_link);
}

static void joins_paths(void **state)
{
    (void)state;
    static const struct {
        const char *base, *name, *path;
    } known[] = {
        {"a/b.yml", "../m", "a/../m"}, {"b.yml", "m", "m"},     {"/b.yml", "m", "/m"},
        {"a/b.yml", "/abs", "/abs"},   {"./b.yml", "m", "./m"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char *path = file_relative_to(known[i].base, known[i].name);
        assert_string_equal(path, known[i].path);
        free(path);
    }
    char *path = file_join("/", "a");
    assert_string_equal(path, "/a");
    free(path);
}

static void follows_xdg(void **state)
{
    (void)state;
    setenv("XDG_CONFIG_HOME", "/c", 1);
    setenv("XDG_STATE_HOME", "relative", 1); /* not absolute: ignored */
    setenv("HOME", "/h", 1);
    char *config = xdg_config_folder();
    char *kept = xdg_state_folder();
    assert_string_equal(config, "/c/cutover");
    assert_string_equal(kept, "/h/.local/state/cutover");
    free(config);
    free(kept);
    setenv("XDG_RUNTIME_DIR", folder, 1);
    struct error error;
    char *runtime = xdg_runtime_folder(&error);
    struct stat info;
    assert_non_null(runtime);
    assert_int_equal(stat(runtime, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    free(runtime);
}

static void makes_folders_of_names_only(void **state)
{
    (void)state;
    struct error error;
    char *file = inside("plain");
    char *below = inside("a/b/c.yml");
    char *parent = inside("a/b");
    assert_false(file_make_folder("", 0700, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_true(file_write_atomic(file, "x", 1, 0600, &error));
    assert_false(file_make_folder(file, 0700, &error));
    assert_true(file_make_parent(below, 0700, &error));
    assert_int_equal(entries(parent), 0);
    assert_true(file_make_folder(parent, 0700, &error));
    free(file);
    free(below);
    free(parent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
        IN_FOLDER(writes_whole_with_its_mode),
        IN_FOLDER(fails_without_touching_the_old),
        IN_FOLDER(survives_kill_of_the_writer),
        IN_FOLDER(refuses_what_is_too_large_or_no_file),
        IN_FOLDER(removes_without_following),
        IN_FOLDER(follows_xdg),
        cmocka_unit_test_setup_teardown(makes_folders_of_names_only, make_folder, remove_folder),
        IN_FOLDER(a_stream_is_read_to_its_end_or_its_limit),
        cmocka_unit_test(joins_paths),
#undef IN_FOLDER
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
