/*
 * Results on standard output, in the formats of `az`: json, jsonc, yaml, table, tsv, none.
 *
 * On a terminal every text passes core/base/printable.h first; into a file or pipe it goes as it
 * is (JSON escapes control bytes by itself).
 */
#ifndef TUI_CLI_PRINT_H
#define TUI_CLI_PRINT_H

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/strbuf.h"

#include <stdbool.h>

enum print_format {
    PRINT_JSON,
    PRINT_JSONC,
    PRINT_YAML,
    PRINT_TABLE,
    PRINT_TSV,
    PRINT_NONE,
};

/* NULL gives PRINT_JSON. ERROR_USAGE with the nearest format. */
bool print_format_parse(const char *text, enum print_format *out, struct error *error);

/* Appends the value; a missing one gives nothing. `color` is used by PRINT_JSONC. */
void print_value(struct strbuf *out, enum print_format format, const struct json *value,
                 bool color);

/*
 * Prints (a part of) a value on standard output. `query` is NULL or a checked query. False with
 * ERROR_FAILED when it could not be written, as to a pipe that was closed.
 */
bool print_result(enum print_format format, const char *query, const struct json *value,
                  struct error *error);

/* Writes text on standard output as it is but safe for a terminal, with the same errors. */
bool print_text(const char *text, size_t len, struct error *error);

/* Flushes standard output; false when anything before or now could not be written. */
bool print_flush(struct error *error);

#endif
