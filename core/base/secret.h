/* Comparing secrets so that the time taken tells nothing of where they differ. */
#ifndef CORE_BASE_SECRET_H
#define CORE_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* True when the `given_len` bytes are `secret`. Takes as long for every `given` of one length. */
bool secret_equal(const char *secret, const char *given, size_t given_len);

/*
 * The token of an Authorization header ("Bearer TOKEN", the scheme in any case): its first byte
 * and *out_len, or NULL when the header is missing or of another scheme.
 */
const char *secret_bearer(const char *authorization, size_t *out_len);

#endif
