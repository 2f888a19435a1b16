#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/alloc.h"
#include "core/base/file.h"
#include "core/local/work/launch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *joined(char **words)
{
    char *text = str_dup("");
    for (size_t i = 0; words && words[i]; i++) {
        char *longer = str_format("%s[%s]", text, words[i]);
        free(text);
        text = longer;
    }
    return text;
}

static void splits_commands(void **state)
{
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        {"nginx -p /tmp", "[nginx][-p][/tmp]"},
        {"  a\t b ", "[a][b]"},
        {"a 'b c' \"d  e\"f", "[a][b c][d  ef]"},
        {"a ''", "[a][]"},
        {"a\\ b \\'", "[a b][']"},
        {"a '\\'", "[a][\\]"},
        {"'open", ""},
        {"", ""},
        {" ", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t count = 0;
        char **words = command_split(cases[i].text, &count);
        char *text = joined(words);
        assert_string_equal(text, cases[i].words);
        free(text);
        launch_free_words(words);
    }
}

struct place {
    char folder[64];
    char *code;
    char *model;
    char *run;
    struct worker_log log;
    struct loop *loop;
    struct asset_copies *copies;
    int settled;
};

static void count_settled(void *context)
{
    struct place *place = context;
    place->settled++;
}

static int set_up(void **state)
{
    struct place *place = mem_alloc(sizeof *place);
    snprintf(place->folder, sizeof place->folder, "/tmp/cutover-launch-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    place->code = file_join(place->folder, "src/onlinescoring");
    place->model = file_join(place->folder, "src/model");
    place->run = file_join(place->folder, "run");
    char *script = file_join(place->code, "score.py");
    char *log = file_join(place->folder, "log");
    assert_true(file_make_folder(place->code, 0700, NULL));
    assert_true(file_make_folder(place->model, 0700, NULL));
    assert_true(file_write_atomic(script, "x", 1, 0600, NULL));
    assert_true(worker_log_open(&place->log, log, NULL));
    char *copies = file_join(place->folder, "copies");
    place->loop = loop_new(NULL);
    place->copies = asset_copies_new(place->loop, copies, count_settled, place);
    free(copies);
    free(script);
    free(log);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    worker_log_close(&place->log);
    asset_copies_free(place->copies);
    loop_free(place->loop);
    file_remove_tree(place->folder, NULL);
    free(place->code);
    free(place->model);
    free(place->run);
    free(place);
    return 0;
}

static struct run_spec spec_of(const struct place *place)
{
    return (struct run_spec){.instance_count = 1,
                             .code_folder = place->code,
                             .scoring_script = "score.py",
                             .model_path = place->model,
                             .model_name = "m",
                             .model_version = "3"};
}

static struct launch *prepare(struct place *place, const struct run_spec *spec, const char *record,
                              struct error *error)
{
    struct launch_options options = {.folder = place->run,
                                     .python = "python3",
                                     .server = "/x/server.py",
                                     .copies = place->copies,
                                     .record = record,
                                     .log = &place->log};
    return launch_prepare(spec, &options, error);
}

static enum asset_copy_state await(struct place *place, const struct launch *launch,
                                   struct error *error)
{
    enum asset_copy_state state = launch_copied(launch, &place->log, error);
    for (int i = 0; i < 500 && state == ASSET_COPY_RUNNING; i++) {
        loop_turn(place->loop, 20);
        state = launch_copied(launch, &place->log, error);
    }
    return state;
}

/* What a launch that has its copies sees of the script. */
static char *script_text(const struct launch *launch)
{
    size_t len;
    char *path = file_join(launch->root, launch->entry_script);
    char *text = file_read(path, 100, &len, NULL);
    free(path);
    return text;
}

static void edit_script(const struct place *place, const char *text)
{
    char *script = file_join(place->code, "score.py");
    assert_true(file_write_atomic(script, text, strlen(text), 0600, NULL));
    free(script);
}

static const char *find_variable(char **environment, const char *name)
{
    const char *found = NULL;
    for (size_t i = 0; environment[i]; i++) {
        if (strncmp(environment[i], name, strlen(name)) != 0 || environment[i][strlen(name)] != '=')
            continue;
        assert_null(found); /* each variable once */
        found = environment[i] + strlen(name) + 1;
    }
    return found;
}

static void places_model_and_code_under_their_names(void **state)
{
    struct place *place = *state;
    struct run_spec spec = spec_of(place);
    struct run_variable variables[] = {{"MY", "value"}, {"PORT", "1"}, {"PATH", "/own"}};
    spec.variables = variables;
    spec.variable_count = 3;
    setenv("CUTOVER_TOKEN", "secret", 1);
    struct launch *launch = prepare(place, &spec, NULL, NULL);
    assert_non_null(launch);
    assert_int_equal(await(place, launch, NULL), ASSET_COPY_DONE);
    char **environment = launch_environment(launch, 4711);
    char **argv = launch_argv(launch, 4711);
    assert_string_equal(find_variable(environment, "PORT"), "4711");
    assert_string_equal(find_variable(environment, "MY"), "value");
    assert_string_equal(find_variable(environment, "PATH"), "/own");
    assert_null(find_variable(environment, "CUTOVER_TOKEN"));
    assert_string_equal(find_variable(environment, "AZUREML_ENTRY_SCRIPT"),
                        "onlinescoring/score.py");
    char *script = str_format("%s/%s", find_variable(environment, "AML_APP_ROOT"),
                              find_variable(environment, "AZUREML_ENTRY_SCRIPT"));
    char *model = file_join(find_variable(environment, "AZUREML_MODEL_DIR"), "model");
    assert_non_null(strstr(model, "/azureml-models/m/3/model"));
    assert_true(file_exists(script));
    assert_true(file_exists(model));
    assert_string_equal(argv[0], "python3");
    assert_string_equal(argv[1], "/x/server.py");
    launch_free_words(environment);
    launch_free_words(argv);
    launch_release(launch);
    assert_false(file_exists(place->run));
    assert_true(file_exists(place->code)); /* the copy went, not what it was made of */
    free(script);
    free(model);
}

static void puts_variables_into_commands(void **state)
{
    struct place *place = *state;
    struct run_spec spec = spec_of(place);
    struct run_variable variables[] = {{"MODE", "fast; rm -rf /"}};
    spec.variables = variables;
    spec.variable_count = 1;
    spec.image = "exec:serve --port=${PORT} $MODE '$PORT' $";
    struct launch *launch = prepare(place, &spec, NULL, NULL);
    assert_non_null(launch);
    char **argv = launch_argv(launch, 80);
    char *text = joined(argv);
    assert_string_equal(text, "[serve][--port=80][fast; rm -rf /][$PORT][$]");
    free(text);
    launch_free_words(argv);
    launch_release(launch);
}

static void says_what_is_missing(void **state)
{
    struct place *place = *state;
    struct run_spec spec = spec_of(place);
    struct error error;
    spec.model_path = "/nonexistent/model";
    struct launch *launch = prepare(place, &spec, NULL, &error);
    assert_int_equal(await(place, launch, &error), ASSET_COPY_FAILED);
    assert_non_null(strstr(error.message, "/nonexistent/model"));
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
    launch_release(launch);
    spec = spec_of(place);
    spec.scoring_script = "none.py";
    launch = prepare(place, &spec, NULL, &error);
    assert_int_equal(await(place, launch, &error), ASSET_COPY_FAILED);
    assert_non_null(strstr(error.message, "holds no none.py"));
    launch_release(launch);
    spec = spec_of(place);
    spec.image = "exec:'open";
    assert_null(prepare(place, &spec, NULL, &error));
    assert_non_null(strstr(error.message, "command"));
}

static void runs_what_was_there_when_it_was_deployed(void **state)
{
    struct place *place = *state;
    struct run_spec spec = spec_of(place);
    char *copies = file_join(place->folder, "copies");
    struct launch *launch = prepare(place, &spec, NULL, NULL);
    assert_int_equal(await(place, launch, NULL), ASSET_COPY_DONE);
    assert_true(launch_is_current(launch));
    edit_script(place, "edited");
    assert_false(launch_is_current(launch));
    char *text = script_text(launch);
    assert_string_equal(text, "x");
    free(text);
    /* The next engine finds the copy again, also when the folder is gone. */
    launch_remember(launch, place->folder);
    asset_copies_keep(place->copies);
    launch_release(launch);
    assert_true(file_remove_tree(place->code, NULL));
    launch = prepare(place, &spec, place->folder, NULL);
    assert_int_equal(launch_copied(launch, &place->log, NULL), ASSET_COPY_DONE);
    assert_true(launch_is_current(launch));
    text = script_text(launch);
    assert_string_equal(text, "x");
    launch_release(launch);
    asset_copies_sweep(place->copies, NULL, 0);
    assert_int_equal(rmdir(copies), 0); /* empty */
    free(text);
    free(copies);
}

static void copies_are_shared_until_files_change(void **state)
{
    struct place *place = *state;
    struct run_spec spec = spec_of(place);
    struct launch *first = prepare(place, &spec, NULL, NULL);
    struct launch *second = prepare(place, &spec, NULL, NULL);
    assert_ptr_equal(first->code, second->code);
    assert_int_equal(await(place, second, NULL), ASSET_COPY_DONE);
    edit_script(place, "edited");
    launch_release(second);
    struct launch *third = prepare(place, &spec, NULL, NULL);
    assert_ptr_not_equal(first->code, third->code);
    assert_ptr_equal(first->model, third->model);
    launch_release(third); /* while it is being copied */
    assert_true(file_exists(first->code->path));
    launch_release(first);
}

static void identities_follow_the_spec_alone(void **state)
{
    struct place *place = *state;
    struct run_spec spec = spec_of(place);
    uint64_t before = launch_identity(&spec);
    spec.instance_count = 7;
    spec.request_timeout_ms = 1;
    edit_script(place, "edited");
    assert_true(launch_identity(&spec) == before);
    spec.model_version = "4";
    assert_true(launch_identity(&spec) != before);
}

static void logs_are_bounded(void **state)
{
    struct place *place = *state;
    struct line_maker lines = {.line = NULL};
    char part[1000];
    memset(part, 'x', sizeof part);
    for (size_t i = 0; i < 3 * LOG_FILE_BYTES / sizeof part; i++) {
        line_maker_feed(&lines, &place->log, part, sizeof part);
        if (i % 30 == 0)
            line_maker_feed(&lines, &place->log, "\n", 1);
    }
    line_maker_feed(&lines, &place->log, "\none\xff\ntwo\r\nlast", 15);
    line_maker_end(&lines, &place->log);
    assert_string_equal(lines.last, "last");
    char *tail = worker_log_read(place->log.path, 3);
    assert_string_equal(tail, "one\xef\xbf\xbd\ntwo\nlast\n");
    char *all = worker_log_read(place->log.path, 0);
    assert_true(strlen(all) <= 2 * (size_t)LOG_FILE_BYTES);
    for (const char *at = all; at; at = strchr(at, '\n')) {
        at += *at == '\n';
        assert_true(strcspn(at, "\n") <= LOG_LINE_BYTES + 6);
    }
    assert_null(worker_log_read("/nonexistent/log", 1));
    free(tail);
    free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        cmocka_unit_test(splits_commands),          TEST(places_model_and_code_under_their_names),
        TEST(puts_variables_into_commands),         TEST(says_what_is_missing),
        TEST(identities_follow_the_spec_alone),     TEST(runs_what_was_there_when_it_was_deployed),
        TEST(copies_are_shared_until_files_change), TEST(logs_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
