#include "core/local/work/interpreter.h"

#include "core/base/alloc.h"
#include "core/base/file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool can_execute(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, X_OK) == 0;
}

/* Takes `path`; gives it back absolute. */
static char *made_absolute(char *path)
{
    if (*path == '/')
        return path;
    char *here = realpath(".", NULL);
    char *whole = here ? file_join(here, path) : str_dup(path);
    free(here);
    free(path);
    return whole;
}

static char *search_path(const char *name)
{
    const char *rest = getenv("PATH");
    while (rest) {
        size_t len = strcspn(rest, ":");
        char *folder = len > 0 ? str_dup_n(rest, len) : str_dup(".");
        char *candidate = file_join(folder, name);
        free(folder);
        if (can_execute(candidate))
            return candidate;
        free(candidate);
        rest = rest[len] == ':' ? rest + len + 1 : NULL;
    }
    return NULL;
}

char *interpreter_find(const char *python, struct error *error)
{
    char *path = strchr(python, '/') ? str_dup(python) : search_path(python);
    if (path && can_execute(path))
        return made_absolute(path);
    free(path);
    error_set(error, ERROR_NOT_FOUND, "there is no program %s to run scoring scripts with", python);
    error_hint(error, "Name a Python 3, as in --python /usr/bin/python3.");
    return NULL;
}
