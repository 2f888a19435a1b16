#include "tui/state/write.h"

#include "core/base/alloc.h"

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

void write_describe(const struct write *write, char *out, size_t size)
{
    char split[1100];
    switch (write->kind) {
    case WRITE_TRAFFIC:
        write_describe_split(&write->wanted, split, sizeof split);
        snprintf(out, size, "%s traffic %s", write->endpoint, split);
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
