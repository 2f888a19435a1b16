/* The Python that runs the scoring scripts, found before the first deployment asks for it. */
#ifndef CORE_LOCAL_WORK_INTERPRETER_H
#define CORE_LOCAL_WORK_INTERPRETER_H

#include "core/base/error.h"

/*
 * Where the program `python` is: a path, relative to the current folder, or a name to look for in
 * PATH. Returns an absolute path (workers start in folders of their own; links are kept, since a
 * virtual environment is known by its link), to be freed. NULL with ERROR_NOT_FOUND when nothing
 * there can be executed.
 */
char *interpreter_find(const char *python, struct error *error);

#endif
