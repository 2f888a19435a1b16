/*
 * The traffic split of an endpoint and its rules.
 *
 * The rules live here once: the sliders, the commands, the plan loader and the local engine all
 * call traffic_check(). Sources: the safe-rollout article and the REST schema: live percentages
 * sum to 0 or 100; mirror at most 50 %, to one deployment, which takes no live traffic; no mirror
 * on Kubernetes endpoints.
 */
#ifndef CORE_MODEL_TRAFFIC_H
#define CORE_MODEL_TRAFFIC_H

#include "core/base/error.h"
#include "core/model/name.h"

#include <stdbool.h>
#include <stddef.h>

enum { TRAFFIC_MAX_SHARES = 100 };

struct traffic_share {
    char name[NAME_SIZE];
    int percent;
};

/* Deployment -> percent. A name that is not listed has 0. Names are unique. */
struct traffic_map {
    size_t count;
    struct traffic_share shares[TRAFFIC_MAX_SHARES];
};

struct traffic_split {
    struct traffic_map live;
    struct traffic_map mirror;
};

/* Percent of `name`, 0 when it is not listed. */
int traffic_get(const struct traffic_map *map, const char *name);

/* Sets the percent of `name`, adding it at the end. False when the map or the name is too long. */
bool traffic_set(struct traffic_map *map, const char *name, int percent);

/* Takes `name` out; nothing happens when it is not there. */
void traffic_remove(struct traffic_map *map, const char *name);

/* Of all shares; clamped to the range of int, since the wire may say anything. */
int traffic_sum(const struct traffic_map *map);

/* Same percentages for every name; zeros and order do not count. */
bool traffic_map_equal(const struct traffic_map *a, const struct traffic_map *b);
bool traffic_split_equal(const struct traffic_split *a, const struct traffic_split *b);

/* "blue=90 green=10" in map order, zeros included; "none" when empty. Cut at `size`. */
void traffic_format(char *out, size_t size, const struct traffic_map *map);

/*
 * Reads "blue=90 green=10": pairs separated by white space, percent a whole number from 0 to 100,
 * names lower-cased as the vendor's SDK does, no name twice. Anything else is ERROR_RULE with the
 * offending word. Empty text gives an empty map.
 */
bool traffic_parse(const char *text, struct traffic_map *out, struct error *error);

enum traffic_rule {
    TRAFFIC_RULE_RANGE,          /* a percentage outside 0..100 */
    TRAFFIC_RULE_UNKNOWN,        /* a share for a deployment that does not exist */
    TRAFFIC_RULE_SUM,            /* live sums to neither 0 nor 100 */
    TRAFFIC_RULE_MIRROR_CAP,     /* mirror over 50 */
    TRAFFIC_RULE_MIRROR_TARGETS, /* mirror to more than one deployment */
    TRAFFIC_RULE_LIVE_OR_MIRROR, /* one deployment both live and mirrored */
    TRAFFIC_RULE_KUBERNETES,     /* mirror on a Kubernetes endpoint */
};

struct traffic_violation {
    enum traffic_rule rule;
    char deployment[NAME_SIZE]; /* the one it is about, or empty */
    char message[200];          /* the rule and the numbers: "live sums to 110, not 0 or 100" */
    char mend[200]; /* the smallest change that mends it: "take 10 from blue or green" */
};

struct traffic_context {
    bool kubernetes;
    /* Names of the endpoint's deployments; NULL: unknown, TRAFFIC_RULE_UNKNOWN is not checked. */
    const char *const *deployments;
    size_t deployment_count;
};

enum { TRAFFIC_MAX_VIOLATIONS = 8 };

/* All rules against a proposed split. Returns how many are broken; fills at most `max` of them. */
size_t traffic_check(const struct traffic_context *context, const struct traffic_split *proposed,
                     struct traffic_violation *out, size_t max);

/* The same as an ERROR_RULE with the first violation and its mend; true when none is broken. */
bool traffic_require(const struct traffic_context *context, const struct traffic_split *proposed,
                     struct error *error);

/*
 * The linked slider: gives `name` `percent` live and takes the difference from (or gives it to)
 * the other deployments of `names` that are not locked, in proportion to what they have (evenly
 * where all are 0), so that the sum stays 100. What can't be placed because of locks is taken off
 * `percent`. Returns the percent `name` really got.
 */
int traffic_link(struct traffic_map *map, const char *const *names, const bool *locked,
                 size_t count, const char *name, int percent);

#endif
