/* base64url (RFC 4648, section 5) without padding: text that may stand in URLs and headers. */
#ifndef CORE_BASE_BASE64URL_H
#define CORE_BASE_BASE64URL_H

#include "core/base/strbuf.h"

#include <stddef.h>

/* The digit of each value from 0 to 63, and a NUL. */
extern const char base64url_digits[65];

/* Appends `len` bytes in base64url. */
void base64url_add(struct strbuf *out, const void *bytes, size_t len);

#endif
