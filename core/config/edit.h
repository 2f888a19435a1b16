/* Changing one value of a YAML file without touching the rest of it. Internal to this folder. */
#ifndef CORE_CONFIG_EDIT_H
#define CORE_CONFIG_EDIT_H

#include "core/base/json.h"

#include <stdbool.h>

/*
 * The text with `value` (NULL: taken out) at keys[0].keys[1]...; mappings are made on the way, and
 * those that become empty go too. `value` is text, or an object of texts. *kept_comments is false
 * when the file had to be written anew. Owned by the caller; NULL when `text` is no YAML.
 */
char *edit_set(const char *text, const char *const *keys, size_t depth, const struct json *value,
               bool *kept_comments);

#endif
