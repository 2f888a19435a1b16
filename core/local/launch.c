#include "core/local/launch.h"

#include "core/base/alloc.h"
#include "core/base/file.h"
#include "core/base/strbuf.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MAX_WALKED_FILES = 20000, /* of model and code, for the fingerprint */
    MAX_WALK_DEPTH = 32,
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

/* ------------------------------------------------------------------ fingerprint */

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

static uint64_t mix_number(uint64_t hash, int64_t number)
{
    return mix(hash, &number, sizeof number);
}

static uint64_t mix_file(uint64_t hash, const struct stat *info)
{
    hash = mix_number(hash, info->st_size);
    hash = mix_number(hash, info->st_mtim.tv_sec);
    return mix_number(hash, info->st_mtim.tv_nsec);
}

/* Files below `path`, in no order: sums, so that the folder's own order does not count. */
static uint64_t walk(const char *path, int depth, size_t *left)
{
    struct stat info;
    if (!*left || depth > MAX_WALK_DEPTH || stat(path, &info) != 0)
        return 0;
    --*left;
    if (!S_ISDIR(info.st_mode))
        return mix_file(mix_text(0, path), &info);
    uint64_t sum = 1;
    DIR *folder = opendir(path);
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder)) {
        /* Python writes there when it runs, and that is no change. */
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "__pycache__") == 0)
            continue;
        char *child = file_join(path, entry->d_name);
        sum += walk(child, depth + 1, left);
        free(child);
    }
    if (folder)
        closedir(folder);
    return sum;
}

uint64_t launch_fingerprint(const struct run_spec *spec)
{
    const char *texts[] = {spec->code_folder, spec->scoring_script, spec->model_path,
                           spec->model_name,  spec->model_version,  spec->image,
                           spec->conda_file,  spec->liveness_path,  spec->readiness_path,
                           spec->scoring_path};
    size_t left = MAX_WALKED_FILES;
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        hash = mix_text(hash, texts[i]);
    for (size_t i = 0; i < spec->variable_count; i++) {
        hash = mix_text(hash, spec->variables[i].name);
        hash = mix_text(hash, spec->variables[i].value);
    }
    if (spec->code_folder)
        hash = mix_number(hash, (int64_t)walk(spec->code_folder, 0, &left));
    if (spec->model_path)
        hash = mix_number(hash, (int64_t)walk(spec->model_path, 0, &left));
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

static const char *base_name(const char *path, size_t *out_len)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    size_t start = len;
    while (start && path[start - 1] != '/')
        start--;
    *out_len = len - start;
    return path + start;
}

/* Links `target` below `folder` under its own name; returns that name, owned, or NULL. */
static char *link_into(const char *folder, const char *target, struct error *error)
{
    size_t len;
    const char *base = base_name(target, &len);
    char *name = str_dup_n(base, len);
    char *path = file_join(folder, name);
    bool ok = file_make_folder(folder, 0700, error);
    if (ok && !file_exists(target))
        ok = error_set(error, ERROR_NOT_FOUND, "%s is not there any more", target);
    if (ok && symlink(target, path) != 0)
        ok = error_set(error, ERROR_FAILED, "cannot link %s: %s", path, strerror(errno));
    free(path);
    if (!ok) {
        free(name);
        return NULL;
    }
    return name;
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

static bool place_model(struct launch *launch, const struct run_spec *spec, struct worker_log *log,
                        struct error *error)
{
    char *name = safe_part(spec->model_name, "model");
    char *version = safe_part(spec->model_version, "1");
    launch->model_folder = str_format("%s/azureml-models/%s/%s", launch->root, name, version);
    free(name);
    free(version);
    if (!spec->model_path) {
        worker_log_say(log, "The deployment has no model: AZUREML_MODEL_DIR is empty.");
        return file_make_folder(launch->model_folder, 0700, error);
    }
    char *link = link_into(launch->model_folder, spec->model_path, error);
    if (link)
        worker_log_say(log, "Model %s linked as %s/%s", spec->model_path, launch->model_folder,
                       link);
    free(link);
    return link != NULL;
}

static bool place_code(struct launch *launch, const struct run_spec *spec, struct worker_log *log,
                       struct error *error)
{
    if (!spec->code_folder) {
        worker_log_say(log, "The deployment has no code.");
        return true;
    }
    char *link = link_into(launch->root, spec->code_folder, error);
    if (!link)
        return false;
    worker_log_say(log, "Code %s linked as %s/%s", spec->code_folder, launch->root, link);
    if (spec->scoring_script)
        launch->entry_script = str_format("%s/%s", link, spec->scoring_script);
    free(link);
    return true;
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
    /* The code folder is the user's own: nothing is written there. */
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

struct launch *launch_prepare(const struct run_spec *spec, const char *folder, const char *python,
                              const char *server, struct worker_log *log, struct error *error)
{
    struct launch *launch = mem_alloc(sizeof *launch);
    launch->references = 1;
    launch->fingerprint = launch_fingerprint(spec);
    launch->folder = str_dup(folder);
    launch->root = file_join(folder, "azureml-app");
    launch->liveness_path = str_dup(spec->liveness_path ? spec->liveness_path : "/");
    launch->readiness_path = str_dup(spec->readiness_path ? spec->readiness_path : "/");
    launch->probe_period_ms = spec->probe_period_ms;
    launch->probe_timeout_ms = spec->probe_timeout_ms;
    launch->probe_initial_delay_ms = spec->probe_initial_delay_ms;
    launch->probe_failure_threshold = spec->probe_failure_threshold;
    file_remove_tree(folder, NULL);
    if (!file_make_folder(launch->root, 0700, error) || !place_model(launch, spec, log, error) ||
        !place_code(launch, spec, log, error) ||
        !set_command(launch, spec, python, server, error)) {
        launch_release(launch);
        return NULL;
    }
    say_environment(spec, log);
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
