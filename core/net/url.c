#include "core/net/url.h"

#include "core/base/alloc.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { MAX_MASKED = 2 * URL_MAX_LEN }; /* bytes of a URL made for people */

/* Query parameters whose values a person may see; all others may carry a signature. */
static const char *const harmless[] = {
    "api-version", "$filter", "$top",        "$orderby",    "$skip",       "count", "timespan",
    "interval",    "hash",    "metricnames", "aggregation", "hashversion", "comp",
};

static bool parse_port(const char *text, size_t len, int *out)
{
    int port = 0;
    if (!len || len > 5)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)text[i]))
            return false;
        port = port * 10 + (text[i] - '0');
    }
    *out = port;
    return port > 0 && port < 65536;
}

/* Copies a host that consists of `allowed` letters, digits and `others` only. */
static bool copy_host(char out[URL_HOST_SIZE], const char *text, size_t len, const char *others)
{
    if (!len || len >= URL_HOST_SIZE)
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte > 0x7e || (!isalnum(byte) && !strchr(others, byte)))
            return false;
        out[i] = (char)tolower(byte);
    }
    out[len] = '\0';
    return true;
}

static bool parse_authority(const char *text, size_t len, struct url *out)
{
    const char *end = text + len;
    const char *after; /* the host: "" or ":port" */
    if (len && text[0] == '[') {
        const char *close = memchr(text, ']', len);
        if (!close || !copy_host(out->host, text + 1, (size_t)(close - text - 1), ":."))
            return false;
        after = close + 1;
    } else {
        const char *colon = memchr(text, ':', len);
        after = colon ? colon : end;
        if (!copy_host(out->host, text, (size_t)(after - text), "-._"))
            return false;
    }
    if (after == end)
        return true;
    return *after == ':' && parse_port(after + 1, (size_t)(end - after - 1), &out->port);
}

bool url_parse(const char *text, struct url *out)
{
    memset(out, 0, sizeof *out);
    if (!text || strnlen(text, URL_MAX_LEN + 1) > URL_MAX_LEN)
        return false;
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at <= 0x20 || (unsigned char)*at >= 0x7f || *at == '\\')
            return false;
    if (strncasecmp(text, "https://", 8) == 0) {
        out->tls = true;
        out->port = 443;
        text += 8;
    } else if (strncasecmp(text, "http://", 7) == 0) {
        out->port = 80;
        text += 7;
    } else {
        return false;
    }
    size_t len = strcspn(text, "/?#");
    out->path = text + len;
    return parse_authority(text, len, out);
}

bool url_same_origin(const char *a, const char *b)
{
    struct url left;
    struct url right;
    return url_parse(a, &left) && url_parse(b, &right) && left.tls == right.tls &&
           left.port == right.port && strcmp(left.host, right.host) == 0;
}

bool url_host_is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    if (strcmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &four) == 1)
        return (ntohl(four.s_addr) >> 24) == 127;
    return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

bool url_is_loopback(const char *text)
{
    struct url url;
    return url_parse(text, &url) && url_host_is_loopback(url.host);
}

void url_encode(struct strbuf *out, const char *text)
{
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x7f && (isalnum(byte) || strchr("-._~", byte)))
            strbuf_putc(out, (char)byte);
        else
            strbuf_printf(out, "%%%02X", byte);
    }
}

static bool is_harmless(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
        if (strlen(harmless[i]) == len && strncasecmp(harmless[i], name, len) == 0)
            return true;
    return false;
}

char *url_mask(const char *text)
{
    struct strbuf out;
    size_t before = strcspn(text, "?");
    strbuf_init(&out, MAX_MASKED);
    strbuf_add(&out, text, before);
    for (const char *at = text + before; *at;) {
        strbuf_putc(&out, *at++); /* '?' or '&' */
        size_t len = strcspn(at, "&");
        const char *equals = memchr(at, '=', len);
        if (!equals || is_harmless(at, (size_t)(equals - at))) {
            strbuf_add(&out, at, len);
        } else {
            strbuf_add(&out, at, (size_t)(equals - at) + 1);
            strbuf_puts(&out, "…");
        }
        at += len;
    }
    return strbuf_detach(&out);
}
