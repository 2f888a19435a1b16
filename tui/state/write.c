#include "tui/state/write.h"

#include "core/base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct write *write_copy(const struct write *write)
{
    struct write *copy = mem_alloc(sizeof *copy);
    *copy = *write;
    return copy;
}

const char *write_method(const struct write *write)
{
    return write->kind == WRITE_DELETE_DEPLOYMENT || write->kind == WRITE_DELETE_ENDPOINT ? "DELETE"
                                                                                          : "PUT";
}

/* The map without its zeros, as the wire has it. */
static void describe_map(const struct traffic_map *map, char *out, size_t size)
{
    struct traffic_map shares = {.count = 0};
    for (size_t i = 0; i < map->count; i++)
        if (map->shares[i].percent != 0)
            shares.shares[shares.count++] = map->shares[i];
    traffic_format(out, size, &shares);
}

void write_describe_split(const struct traffic_split *split, char *out, size_t size)
{
    char live[512];
    char mirror[512];
    describe_map(&split->live, live, sizeof live);
    describe_map(&split->mirror, mirror, sizeof mirror);
    bool mirrored = strcmp(mirror, "none") != 0;
    snprintf(out, size, "%s%s%s", live, mirrored ? "  mirror " : "", mirrored ? mirror : "");
}

static size_t add(char *out, size_t size, size_t len, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Appends at `len` and gives the new length; what does not fit is cut. */
static size_t add(char *out, size_t size, size_t len, const char *format, ...)
{
    va_list args;
    if (len + 1 >= size)
        return len;
    va_start(args, format);
    int more = vsnprintf(out + len, size - len, format, args);
    va_end(args);
    return more < 0 ? len : len + (size_t)more < size ? len + (size_t)more : size - 1;
}

static bool is_listed(const struct traffic_map *map, const char *name)
{
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->shares[i].name, name) == 0)
            return true;
    return false;
}

/* " live blue 100→90 green 0→10": what differs, `before`'s deployments first. */
static size_t add_changes(char *out, size_t size, size_t len, const char *kind,
                          const struct traffic_map *before, const struct traffic_map *after)
{
    bool any = false;
    for (size_t i = 0; i < before->count + after->count; i++) {
        bool old = i < before->count;
        const char *name = old ? before->shares[i].name : after->shares[i - before->count].name;
        int was = traffic_get(before, name);
        int is = traffic_get(after, name);
        if (was == is || (!old && is_listed(before, name)))
            continue;
        if (!any)
            len = add(out, size, len, " %s", kind);
        len = add(out, size, len, " %s %d→%d", name, was, is);
        any = true;
    }
    return len;
}

void write_describe_change(const char *endpoint, const struct traffic_split *before,
                           const struct traffic_split *after, char *out, size_t size)
{
    size_t len = add(out, size, 0, "%s", endpoint);
    size_t bare = len;
    len = add_changes(out, size, len, "live", &before->live, &after->live);
    len = add_changes(out, size, len, "mirror", &before->mirror, &after->mirror);
    if (len == bare)
        add(out, size, len, " traffic as it was");
}

void write_describe(const struct write *write, char *out, size_t size)
{
    switch (write->kind) {
    case WRITE_TRAFFIC:
        write_describe_change(write->endpoint, &write->expected, &write->wanted, out, size);
        break;
    case WRITE_SCALE:
        snprintf(out, size, "%s/%s instances %d", write->endpoint, write->deployment,
                 write->instances);
        break;
    case WRITE_CREATE:
        snprintf(out, size, "%s/%s create", write->endpoint, write->deployment);
        break;
    case WRITE_DELETE_DEPLOYMENT:
        snprintf(out, size, "%s/%s delete", write->endpoint, write->deployment);
        break;
    case WRITE_DELETE_ENDPOINT:
        snprintf(out, size, "%s delete", write->endpoint);
        break;
    }
}
