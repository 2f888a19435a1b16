/*
 * URLs of requests, read strictly.
 *
 * Only what this program sends is a URL here: absolute, http or https, no user part, no blank,
 * control byte or backslash. What two parsers could read differently is refused, because the
 * answers below decide where a bearer token goes.
 */
#ifndef CORE_NET_URL_H
#define CORE_NET_URL_H

#include "core/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

enum { URL_HOST_SIZE = 256, URL_MAX_LEN = 32 * 1024 };

struct url {
    bool tls;                 /* https */
    char host[URL_HOST_SIZE]; /* lower case; an IPv6 address without its brackets */
    int port;                 /* the scheme's own when none is written */
    const char *path;         /* from the first '/' on with query, within the parsed text; or "" */
};

/* False when `text` is no such URL (NULL included). `out->path` borrows from `text`. */
bool url_parse(const char *text, struct url *out);

/* Same scheme, host and port. False when either is no URL. */
bool url_same_origin(const char *a, const char *b);

/* "localhost", 127.0.0.0/8 in full dotted form, or ::1. */
bool url_host_is_loopback(const char *host);
bool url_is_loopback(const char *text);

/* Appends `text` percent-encoded for use as one path segment or query value (RFC 3986 unreserved).
 */
void url_encode(struct strbuf *out, const char *text);

/*
 * The URL for people: values of query parameters other than those of a short list of harmless
 * names (api-version, $filter, timespan ...) become "…", because signed operation and blob URLs
 * carry their authority there. Owned by the caller.
 */
char *url_mask(const char *text);

#endif
