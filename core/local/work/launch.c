#include "core/local/work/launch.h"

#include "core/base/alloc.h"
#include "core/base/file.h"
#include "core/base/strbuf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MAX_COMMAND = 8192,
    LITERAL_DOLLAR = '\x01',
};

/* What workers see of the engine's own environment. Nothing that may hold a secret. */
static const char *const inherited[] = {
    "PATH",         "HOME",       "LANG",          "LANGUAGE",
    "LC_ALL",       "LC_CTYPE",   "LC_NUMERIC",    "TMPDIR",
    "TZ",           "USER",       "LOGNAME",       "VIRTUAL_ENV",
    "CONDA_PREFIX", "PYENV_ROOT", "PYENV_VERSION", "LD_LIBRARY_PATH",
};

/* ------------------------------------------------------------------ identity */

#define HASH_START UINT64_C(14695981039346656037)

static uint64_t mix(uint64_t hash, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ at[i]) * UINT64_C(1099511628211);
    return hash;
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
    return text ? mix(hash, text, strlen(text) + 1) : mix(hash, "\xff", 1);
}

uint64_t launch_identity(const struct run_spec *spec)
{
    const char *texts[] = {spec->code_folder, spec->scoring_script, spec->model_path,
                           spec->model_name,  spec->model_version,  spec->image,
                           spec->conda_file,  spec->liveness_path,  spec->readiness_path,
                           spec->scoring_path};
    uint64_t hash = HASH_START;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        hash = mix_text(hash, texts[i]);
    for (size_t i = 0; i < spec->variable_count; i++) {
        hash = mix_text(hash, spec->variables[i].name);
        hash = mix_text(hash, spec->variables[i].value);
    }
    return hash;
}

/* ------------------------------------------------------------------ commands */

static void end_word(char ***words, size_t *count, size_t *capacity, struct strbuf *word)
{
    *words = mem_grow(*words, *count + 1, capacity, sizeof **words);
    (*words)[(*count)++] = str_dup(word->text);
    (*words)[*count] = NULL;
    strbuf_clear(word);
}

char **command_split(const char *text, size_t *out_count)
{
    char **words = NULL;
    size_t count = 0;
    size_t capacity = 0;
    bool in_word = false;
    char quote = '\0';
    struct strbuf word;
    strbuf_init(&word, MAX_COMMAND);
    for (; *text; text++) {
        if (!quote && (*text == ' ' || *text == '\t' || *text == '\n')) {
            if (in_word)
                end_word(&words, &count, &capacity, &word);
            in_word = false;
        } else if (quote ? *text == quote : *text == '\'' || *text == '"') {
            quote = quote ? '\0' : *text;
            in_word = true;
        } else {
            bool escaped = *text == '\\' && quote != '\'' && text[1];
            text += escaped;
            bool literal = *text == '$' && (escaped || quote == '\'');
            strbuf_putc(&word, literal ? (char)LITERAL_DOLLAR : *text);
            in_word = true;
        }
    }
    if (in_word && !quote)
        end_word(&words, &count, &capacity, &word);
    bool bad = quote || word.overflowed || !count;
    strbuf_release(&word);
    if (bad) {
        launch_free_words(words);
        return NULL;
    }
    *out_count = count;
    return words;
}

void launch_free_words(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}

static const char *value_of(const struct launch *launch, const char *name, size_t len)
{
    for (size_t i = launch->variable_count; i > 0; i--) {
        const struct run_variable *variable = &launch->variables[i - 1];
        if (strlen(variable->name) == len && memcmp(variable->name, name, len) == 0)
            return variable->value;
    }
    return "";
}

static bool is_name_byte(char byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           (byte >= '0' && byte <= '9') || byte == '_';
}

/* Puts $NAME and ${NAME} in. */
static char *expand(const struct launch *launch, const char *word, const char *port)
{
    struct strbuf out;
    strbuf_init(&out, 64 * 1024);
    while (*word) {
        bool braced = word[0] == '$' && word[1] == '{';
        const char *name = word + 1 + braced;
        size_t len = 0;
        while (is_name_byte(name[len]))
            len++;
        if (*word != '$' || !len || (braced && name[len] != '}')) {
            strbuf_putc(&out, *word == (char)LITERAL_DOLLAR ? '$' : *word);
            word++;
            continue;
        }
        bool is_port = len == 4 && memcmp(name, "PORT", 4) == 0;
        strbuf_puts(&out, is_port ? port : value_of(launch, name, len));
        word = name + len + braced;
    }
    char *text = strbuf_detach(&out);
    strbuf_release(&out);
    return text;
}

char **launch_argv(const struct launch *launch, int port)
{
    char digits[16];
    snprintf(digits, sizeof digits, "%d", port);
    char **argv = mem_alloc_array(launch->word_count + 1, sizeof *argv);
    for (size_t i = 0; i < launch->word_count; i++)
        argv[i] = expand(launch, launch->words[i], digits);
    return argv;
}

char **launch_environment(const struct launch *launch, int port)
{
    char **environment = mem_alloc_array(launch->variable_count + 2, sizeof *environment);
    size_t count = 0;
    for (size_t i = 0; i < launch->variable_count; i++) {
        const struct run_variable *variable = &launch->variables[i];
        bool later = strcmp(variable->name, "PORT") == 0;
        for (size_t j = i + 1; j < launch->variable_count && !later; j++)
            later = strcmp(launch->variables[j].name, variable->name) == 0;
        if (!later)
            environment[count++] = str_format("%s=%s", variable->name, variable->value);
    }
    environment[count] = str_format("PORT=%d", port);
    return environment;
}

/* ------------------------------------------------------------------ folders */

/* Links the copy below `folder` under its own name. */
static bool link_into(const char *folder, const struct asset_copy *copy, struct error *error)
{
    char *path = file_join(folder, strrchr(copy->path, '/') + 1);
    bool ok = file_make_folder(folder, 0700, error);
    if (ok && symlink(copy->path, path) != 0)
        ok = error_set(error, ERROR_FAILED, "cannot link %s: %s", path, strerror(errno));
    free(path);
    return ok;
}

static struct asset_copy *take_copy(const struct launch_options *options, const char *what,
                                    const char *source, uint64_t identity)
{
    char *kept = options->record ? launch_remembered(options->record, what) : NULL;
    struct asset_copy *copy = asset_copy_take(options->copies, source, identity, kept);
    free(kept);
    return copy;
}

/* A part of a path that comes from a name in the workspace. */
static char *safe_part(const char *name, const char *fallback)
{
    if (!name || !name[0] || name[0] == '.')
        name = fallback;
    char *part = str_dup(name);
    for (char *at = part; *at; at++)
        if (*at == '/')
            *at = '_';
    return part;
}

static bool place_model(struct launch *launch, const struct run_spec *spec,
                        const struct launch_options *options, struct error *error)
{
    char *name = safe_part(spec->model_name, "model");
    char *version = safe_part(spec->model_version, "1");
    launch->model_folder = str_format("%s/azureml-models/%s/%s", launch->root, name, version);
    free(name);
    free(version);
    if (!spec->model_path)
        return file_make_folder(launch->model_folder, 0700, error);
    uint64_t identity = mix_text(mix_text(mix_text(HASH_START, spec->model_path), spec->model_name),
                                 spec->model_version);
    launch->model = take_copy(options, "model", spec->model_path, identity);
    return link_into(launch->model_folder, launch->model, error);
}

static bool place_code(struct launch *launch, const struct run_spec *spec,
                       const struct launch_options *options, struct error *error)
{
    if (!spec->code_folder)
        return true;
    launch->code =
        take_copy(options, "code", spec->code_folder, mix_text(HASH_START, spec->code_folder));
    if (spec->scoring_script)
        launch->entry_script =
            str_format("%s/%s", strrchr(launch->code->path, '/') + 1, spec->scoring_script);
    return link_into(launch->root, launch->code, error);
}

static void say_copy(struct worker_log *log, const char *what, const struct asset_copy *copy)
{
    if (!copy)
        worker_log_say(log, "The deployment has no %s.", what);
    else if (copy->found)
        worker_log_say(log, "The %s %s was copied before, to %s", what, copy->source, copy->path);
    else
        worker_log_say(log, "Copied the %s %s, %llu bytes in %llu files, to %s", what, copy->source,
                       (unsigned long long)copy->size.bytes, (unsigned long long)copy->size.files,
                       copy->path);
}

static bool check_code(const struct launch *launch, struct error *error)
{
    struct stat info;
    if (!launch->code)
        return true;
    if (stat(launch->code->path, &info) != 0 || !S_ISDIR(info.st_mode))
        return error_set(error, ERROR_FAILED, "The code at %.600s is no folder.",
                         launch->code->source);
    if (!launch->entry_script)
        return true;
    char *script = file_join(launch->root, launch->entry_script);
    bool found = stat(script, &info) == 0 && S_ISREG(info.st_mode);
    free(script);
    return found || error_set(error, ERROR_FAILED, "The code folder %.600s holds no %.200s.",
                              launch->code->source, strchr(launch->entry_script, '/') + 1);
}

enum asset_copy_state launch_copied(const struct launch *launch, struct worker_log *log,
                                    struct error *error)
{
    const struct asset_copy *copies[] = {launch->model, launch->code};
    static const char *const names[] = {"model", "code"};
    bool running = false;
    for (size_t i = 0; i < 2; i++) {
        if (copies[i] && copies[i]->state == ASSET_COPY_FAILED) {
            *error = copies[i]->error;
            error_prefix(error, "The %s was not copied", names[i]);
            return ASSET_COPY_FAILED;
        }
        running |= copies[i] && copies[i]->state == ASSET_COPY_RUNNING;
    }
    if (running)
        return ASSET_COPY_RUNNING;
    for (size_t i = 0; i < 2; i++)
        say_copy(log, names[i], copies[i]);
    return check_code(launch, error) ? ASSET_COPY_DONE : ASSET_COPY_FAILED;
}

bool launch_is_current(const struct launch *launch)
{
    return (!launch->model || asset_copy_is_current(launch->model)) &&
           (!launch->code || asset_copy_is_current(launch->code));
}

/* A link's text is written and read in one piece: it serves as a file of one word. */
static void remember(const char *record, const char *what, const struct asset_copy *copy)
{
    char *path = file_join(record, what);
    char *fresh = str_format("%s.new", path);
    unlink(fresh);
    if (!copy)
        unlink(path);
    else if (symlink(copy->name, fresh) == 0)
        rename(fresh, path);
    free(fresh);
    free(path);
}

void launch_remember(const struct launch *launch, const char *record)
{
    remember(record, "model", launch->model);
    remember(record, "code", launch->code);
}

char *launch_remembered(const char *record, const char *what)
{
    char name[ASSET_COPY_NAME];
    char *path = file_join(record, what);
    ssize_t len = readlink(path, name, sizeof name);
    free(path);
    return len > 0 && len < ASSET_COPY_NAME ? str_dup_n(name, (size_t)len) : NULL;
}

/* ------------------------------------------------------------------ preparing */

static void add_variable(struct launch *launch, size_t *capacity, const char *name,
                         const char *value)
{
    launch->variables =
        mem_grow(launch->variables, launch->variable_count, capacity, sizeof *launch->variables);
    launch->variables[launch->variable_count++] =
        (struct run_variable){str_dup(name), str_dup(value)};
}

static void set_variables(struct launch *launch, const struct run_spec *spec)
{
    size_t capacity = 0;
    for (size_t i = 0; i < sizeof inherited / sizeof inherited[0]; i++)
        if (getenv(inherited[i]))
            add_variable(launch, &capacity, inherited[i], getenv(inherited[i]));
    add_variable(launch, &capacity, "PYTHONUNBUFFERED", "1");
    /* The copy of the code is shared by all instances: nothing is written there. */
    add_variable(launch, &capacity, "PYTHONDONTWRITEBYTECODE", "1");
    add_variable(launch, &capacity, "AML_APP_ROOT", launch->root);
    add_variable(launch, &capacity, "AZUREML_MODEL_DIR", launch->model_folder);
    if (launch->entry_script)
        add_variable(launch, &capacity, "AZUREML_ENTRY_SCRIPT", launch->entry_script);
    for (size_t i = 0; i < spec->variable_count; i++)
        if (!strchr(spec->variables[i].name, '='))
            add_variable(launch, &capacity, spec->variables[i].name, spec->variables[i].value);
}

static bool set_command(struct launch *launch, const struct run_spec *spec, const char *python,
                        const char *server, struct error *error)
{
    static const char prefix[] = "exec:";
    if (spec->image && strncmp(spec->image, prefix, sizeof prefix - 1) == 0) {
        launch->words = command_split(spec->image + sizeof prefix - 1, &launch->word_count);
        if (launch->words)
            return true;
        error_set(error, ERROR_FAILED, "image \"%.200s\" is no command", spec->image);
        return error_hint(error, "Write exec:PROGRAM ARGS, with quotes closed.");
    }
    if (!launch->entry_script) {
        error_set(error, ERROR_FAILED, "the deployment has no scoring script to run");
        return error_hint(error, "Give code_configuration, or image: exec:PROGRAM ARGS.");
    }
    launch->words = mem_alloc_array(3, sizeof *launch->words);
    launch->words[launch->word_count++] = str_dup(python);
    launch->words[launch->word_count++] = str_dup(server);
    return true;
}

static void say_environment(const struct run_spec *spec, struct worker_log *log)
{
    if (spec->conda_file)
        worker_log_say(log,
                       "The conda file (%zu bytes) is recorded. It is not built: the local "
                       "engine runs the Python that it was given.",
                       strlen(spec->conda_file));
    if (spec->image && strncmp(spec->image, "exec:", 5) != 0)
        worker_log_say(log,
                       "Image %s is recorded. It is not pulled: the local engine runs its "
                       "own scoring server.",
                       spec->image);
}

struct launch *launch_prepare(const struct run_spec *spec, const struct launch_options *options,
                              struct error *error)
{
    struct launch *launch = mem_alloc(sizeof *launch);
    launch->references = 1;
    launch->identity = launch_identity(spec);
    launch->folder = str_dup(options->folder);
    launch->root = file_join(options->folder, "azureml-app");
    launch->liveness_path = str_dup(spec->liveness_path ? spec->liveness_path : "/");
    launch->readiness_path = str_dup(spec->readiness_path ? spec->readiness_path : "/");
    launch->probe_period_ms = spec->probe_period_ms;
    launch->probe_timeout_ms = spec->probe_timeout_ms;
    launch->probe_initial_delay_ms = spec->probe_initial_delay_ms;
    launch->probe_failure_threshold = spec->probe_failure_threshold;
    file_remove_tree(options->folder, NULL);
    if (!file_make_folder(launch->root, 0700, error) ||
        !place_model(launch, spec, options, error) || !place_code(launch, spec, options, error) ||
        !set_command(launch, spec, options->python, options->server, error)) {
        launch_release(launch);
        return NULL;
    }
    say_environment(spec, options->log);
    set_variables(launch, spec);
    return launch;
}

struct launch *launch_hold(struct launch *launch)
{
    launch->references++;
    return launch;
}

void launch_release(struct launch *launch)
{
    if (!launch || --launch->references > 0)
        return;
    file_remove_tree(launch->folder, NULL);
    asset_copy_release(launch->model);
    asset_copy_release(launch->code);
    for (size_t i = 0; i < launch->variable_count; i++) {
        free((char *)(uintptr_t)launch->variables[i].name);
        free((char *)(uintptr_t)launch->variables[i].value);
    }
    launch_free_words(launch->words);
    free(launch->variables);
    free(launch->folder);
    free(launch->root);
    free(launch->model_folder);
    free(launch->entry_script);
    free(launch->liveness_path);
    free(launch->readiness_path);
    free(launch);
}
