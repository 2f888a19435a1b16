#include "core/local/control/arm_path.h"

#include "core/base/alloc.h"
#include "core/base/strbuf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes `len` bytes to `out`, which has room for them; -1 on a bad escape or an encoded NUL. */
static long decode(char *out, const char *text, size_t len, bool plus_is_blank)
{
    size_t put = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '%') {
            int high = i + 2 < len ? hex_digit(text[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
            if (low < 0)
                return -1;
            c = (char)(high * 16 + low);
            if (!c)
                return -1;
            i += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        out[put++] = c;
    }
    return (long)put;
}

static bool is_name(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] == '/' || (unsigned char)text[i] < 0x20 || (unsigned char)text[i] >= 0x7f)
            return false;
    return len > 0;
}

bool arm_path_parse(struct arm_path *path, const char *text)
{
    memset(path, 0, sizeof *path);
    path->text = mem_alloc(strlen(text) + 1);
    char *put = path->text;
    while (*text == '/' && text[1]) {
        size_t len = strcspn(++text, "/");
        long decoded = decode(put, text, len, false);
        if (decoded < 0 || !is_name(put, (size_t)decoded) || path->count == ARM_PATH_MAX_SEGMENTS)
            return false;
        path->segments[path->count++] = put;
        put += decoded;
        *put++ = '\0';
        text += len;
    }
    return path->count > 0;
}

void arm_path_release(struct arm_path *path)
{
    free(path->text);
    memset(path, 0, sizeof *path);
}

bool arm_path_match(const struct arm_path *path, const char *pattern,
                    const char *captures[ARM_PATH_MAX_CAPTURES])
{
    size_t captured = 0;
    size_t at = 0;
    while (*pattern == '/') {
        size_t len = strcspn(++pattern, "/");
        if (at == path->count)
            return false;
        const char *segment = path->segments[at++];
        if (len == 2 && memcmp(pattern, "{}", 2) == 0)
            captures[captured++] = segment;
        else if (strlen(segment) != len || strncasecmp(segment, pattern, len) != 0)
            return false;
        pattern += len;
    }
    return at == path->count;
}

/* The next "name=value" of a query; advances *at, which is NULL at the end. */
static const char *next_parameter(const char **at, size_t *out_len)
{
    if (!*at || !**at)
        return NULL;
    const char *parameter = *at;
    *out_len = strcspn(parameter, "&");
    *at = parameter + *out_len + (parameter[*out_len] == '&');
    return parameter;
}

static bool is_named(const char *parameter, size_t len, const char *name)
{
    const char *equals = memchr(parameter, '=', len);
    size_t name_len = equals ? (size_t)(equals - parameter) : len;
    char *decoded = mem_alloc(name_len + 1);
    long got = decode(decoded, parameter, name_len, true);
    bool same = got >= 0 && strcasecmp(decoded, name) == 0;
    free(decoded);
    return same;
}

char *arm_query_get(const char *query, const char *name)
{
    const char *parameter;
    size_t len = 0;
    while ((parameter = next_parameter(&query, &len))) {
        if (!is_named(parameter, len, name))
            continue;
        const char *equals = memchr(parameter, '=', len);
        const char *text = equals ? equals + 1 : parameter + len;
        size_t text_len = len - (size_t)(text - parameter);
        char *value = mem_alloc(text_len + 1);
        if (decode(value, text, text_len, true) >= 0)
            return value;
        free(value);
        return NULL;
    }
    return NULL;
}

char *arm_query_without(const char *query, const char *const *names, size_t count)
{
    struct strbuf out;
    strbuf_init(&out, strlen(query) + 1);
    const char *parameter;
    size_t len = 0;
    while ((parameter = next_parameter(&query, &len))) {
        bool dropped = len == 0;
        for (size_t i = 0; i < count; i++)
            dropped = dropped || is_named(parameter, len, names[i]);
        if (dropped)
            continue;
        if (out.len)
            strbuf_putc(&out, '&');
        strbuf_add(&out, parameter, len);
    }
    return out.text;
}

char *arm_lower(const char *text)
{
    char *lower = str_dup(text);
    for (char *at = lower; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return lower;
}

char *arm_file_uri_path(const char *uri)
{
    static const char scheme[] = "file://";
    if (strncasecmp(uri, scheme, sizeof scheme - 1) != 0)
        return NULL;
    const char *path = uri + sizeof scheme - 1;
    if (strncasecmp(path, "localhost/", 10) == 0)
        path += 9;
    if (path[0] != '/')
        return NULL;
    char *decoded = mem_alloc(strlen(path) + 1);
    if (decode(decoded, path, strlen(path), false) >= 0)
        return decoded;
    free(decoded);
    return NULL;
}
