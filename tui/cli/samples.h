/* The samples that the program carries. */
#ifndef TUI_CLI_SAMPLES_H
#define TUI_CLI_SAMPLES_H

#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes them to FOLDER/endpoints/online/... A file that is there with other content is left alone
 * and refused (ERROR_CONFLICT), unless `force`; then nothing at all is written. *out_count
 * receives how many files were written (NULL allowed).
 */
bool samples_write(const char *folder, bool force, size_t *out_count, struct error *error);

#endif
