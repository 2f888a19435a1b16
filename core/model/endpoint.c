#include "core/model/endpoint.h"

#include "core/base/alloc.h"

#include <stdlib.h>
#include <string.h>

void deployment_release(struct deployment *deployment)
{
    free(deployment->instance_type);
    free(deployment->model);
    free(deployment->environment);
    free(deployment->scoring_script);
    memset(deployment, 0, sizeof *deployment);
}

void endpoint_release(struct endpoint *endpoint)
{
    free(endpoint->scoring_uri);
    free(endpoint->location);
    free(endpoint->description);
    free(endpoint->live);
    free(endpoint->mirror);
    memset(endpoint, 0, sizeof *endpoint);
}

static void to_map(const struct traffic_share *shares, size_t count, struct traffic_map *out)
{
    out->count = count < TRAFFIC_MAX_SHARES ? count : TRAFFIC_MAX_SHARES;
    if (out->count)
        memcpy(out->shares, shares, out->count * sizeof *shares);
}

static void from_map(const struct traffic_map *map, struct traffic_share **shares, size_t *count)
{
    free(*shares);
    *shares = NULL;
    *count = map->count;
    if (!map->count)
        return;
    *shares = mem_alloc_array(map->count, sizeof **shares);
    memcpy(*shares, map->shares, map->count * sizeof **shares);
}

void endpoint_split(const struct endpoint *endpoint, struct traffic_split *out)
{
    to_map(endpoint->live, endpoint->live_count, &out->live);
    to_map(endpoint->mirror, endpoint->mirror_count, &out->mirror);
}

void endpoint_set_split(struct endpoint *endpoint, const struct traffic_split *split)
{
    from_map(&split->live, &endpoint->live, &endpoint->live_count);
    from_map(&split->mirror, &endpoint->mirror, &endpoint->mirror_count);
}
