/* Names of endpoints and deployments, and the rules for them. */
#ifndef CORE_MODEL_NAME_H
#define CORE_MODEL_NAME_H

#include "core/base/error.h"

#include <stdbool.h>

/*
 * The service takes 3 to 32 characters (Azure ML quotas page; ^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$
 * in the vendor's SDK). NAME_SIZE holds any such name and its NUL; a longer one from the wire is
 * not a name of this service and is left out by the codec.
 */
enum { NAME_MIN = 3, NAME_MAX_LEN = 32, NAME_SIZE = 64 };

/* True when the service would accept `name`. `what` is "endpoint" or "deployment". ERROR_RULE. */
bool name_check(const char *what, const char *name, struct error *error);

/* The same for a Kubernetes pair: endpoint and deployment name together have 6 to 62 characters. */
bool name_check_pair(const char *endpoint, const char *deployment, struct error *error);

/* Copies into a NAME_SIZE array; false (and an empty name) when it does not fit. */
bool name_copy(char out[NAME_SIZE], const char *name);

/* Makes a name lower-case in place, as the vendor's clients do with those of deployments. */
void name_lower(char *name);

#endif
