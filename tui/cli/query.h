/*
 * --query: the part of JMESPath that scripts use most.
 *
 * Names joined by dots and indexes in brackets: "identity.type", "[0].name", "tags.\"a b\"",
 * "[-1]". Anything more is refused with a message that says where the limit is.
 */
#ifndef TUI_CLI_QUERY_H
#define TUI_CLI_QUERY_H

#include "core/base/error.h"
#include "core/base/json.h"

/* True when the expression is understood. ERROR_USAGE. */
bool query_check(const char *expression, struct error *error);

/* The part that the (checked) expression names; NULL when there is none. Borrowed. */
const struct json *query_apply(const struct json *value, const char *expression);

#endif
