#include "tui/cli/samples.h"

#include "core/base/embedded.h"
#include "core/base/file.h"
#include "tui/cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE "core/local/samples/"

enum { MAX_SAMPLE = 1 << 20 };

enum presence { MISSING, SAME, DIFFERENT };

static enum presence look(const char *path, const struct embedded_file *file)
{
    size_t len;
    struct error problem;
    char *text = file_read(path, MAX_SAMPLE, &len, &problem);
    if (!text)
        return problem.kind == ERROR_NOT_FOUND ? MISSING : DIFFERENT;
    bool same = len == file->len && memcmp(text, file->bytes, len) == 0;
    free(text);
    return same ? SAME : DIFFERENT;
}

static bool write_file(const char *path, const struct embedded_file *file, struct error *error)
{
    char *folder = strdup(path);
    if (!folder)
        return error_set(error, ERROR_FAILED, "out of memory");
    *strrchr(folder, '/') = '\0';
    bool ok = file_make_folder(folder, 0755, error) &&
              file_write_atomic(path, file->bytes, file->len, 0644, error);
    free(folder);
    return ok;
}

/* One pass over all files: `write` false only looks for what stands in the way. */
static bool pass(const char *folder, bool force, bool write, size_t *count, struct error *error)
{
    bool ok = true;
    for (size_t i = 0; ok && i < embedded_file_count; i++) {
        const struct embedded_file *file = &embedded_files[i];
        if (strncmp(file->path, SOURCE, strlen(SOURCE)) != 0)
            continue;
        char *path = file_join(folder, file->path + strlen(SOURCE));
        enum presence presence = look(path, file);
        if (!write && presence == DIFFERENT && !force) {
            ok = error_set(error, ERROR_CONFLICT, "%s is there and differs from the sample", path);
            error_hint(error, "Nothing was written. Give --force to overwrite it, or another "
                              "folder.");
        } else if (write && presence != SAME) {
            ok = write_file(path, file, error);
            *count += ok;
        }
        free(path);
    }
    return ok;
}

bool samples_write(const char *folder, bool force, size_t *out_count, struct error *error)
{
    size_t count = 0;
    bool ok = pass(folder, force, false, &count, error) && pass(folder, force, true, &count, error);
    if (out_count)
        *out_count = count;
    return ok;
}

bool run_samples(struct session *session, struct error *error)
{
    size_t count;
    if (session->options.word_count != 1) {
        error_set(error, ERROR_USAGE, "a folder is missing");
        return error_hint(error, "Write 'cutover samples .' for the present one.");
    }
    const char *folder = session->options.words[0];
    if (!samples_write(folder, option_given(&session->options, OPTION_FORCE), &count, error))
        return false;
    fprintf(stderr, "%zu files written to %s/endpoints/online\n", count, folder);
    return true;
}
