#include "core/model/traffic.h"

#include "core/model/limits.h"

#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const struct traffic_share *find(const struct traffic_map *map, const char *name)
{
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->shares[i].name, name) == 0)
            return &map->shares[i];
    return NULL;
}

int traffic_get(const struct traffic_map *map, const char *name)
{
    const struct traffic_share *share = find(map, name);
    return share ? share->percent : 0;
}

bool traffic_set(struct traffic_map *map, const char *name, int percent)
{
    for (size_t i = 0; i < map->count; i++) {
        if (strcmp(map->shares[i].name, name) == 0) {
            map->shares[i].percent = percent;
            return true;
        }
    }
    if (map->count == TRAFFIC_MAX_SHARES || !name_copy(map->shares[map->count].name, name))
        return false;
    map->shares[map->count++].percent = percent;
    return true;
}

void traffic_remove(struct traffic_map *map, const char *name)
{
    for (size_t i = 0; i < map->count; i++) {
        if (strcmp(map->shares[i].name, name) != 0)
            continue;
        memmove(&map->shares[i], &map->shares[i + 1], (map->count - i - 1) * sizeof map->shares[0]);
        map->count--;
        return;
    }
}

int traffic_sum(const struct traffic_map *map)
{
    int64_t sum = 0;
    for (size_t i = 0; i < map->count; i++)
        sum += map->shares[i].percent;
    return sum > INT_MAX ? INT_MAX : sum < INT_MIN ? INT_MIN : (int)sum;
}

bool traffic_map_equal(const struct traffic_map *a, const struct traffic_map *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->shares[i].percent != traffic_get(b, a->shares[i].name))
            return false;
    for (size_t i = 0; i < b->count; i++)
        if (b->shares[i].percent != traffic_get(a, b->shares[i].name))
            return false;
    return true;
}

bool traffic_split_equal(const struct traffic_split *a, const struct traffic_split *b)
{
    return traffic_map_equal(&a->live, &b->live) && traffic_map_equal(&a->mirror, &b->mirror);
}

void traffic_format(char *out, size_t size, const struct traffic_map *map)
{
    size_t used = 0;
    snprintf(out, size, "none");
    for (size_t i = 0; i < map->count && used < size; i++) {
        int put = snprintf(out + used, size - used, "%s%s=%d", i ? " " : "", map->shares[i].name,
                           map->shares[i].percent);
        if (put < 0)
            return;
        used += (size_t)put;
    }
}

static bool parse_percent(const char *text, size_t len, int *out)
{
    int value = 0;
    if (!len || len > 3)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)text[i]))
            return false;
        value = value * 10 + (text[i] - '0');
    }
    *out = value;
    return value <= 100;
}

bool traffic_parse(const char *text, struct traffic_map *out, struct error *error)
{
    struct traffic_map map = {.count = 0};
    for (const char *at = text + strspn(text, " \t\r\n"); *at; at += strspn(at, " \t\r\n")) {
        size_t len = strcspn(at, " \t\r\n");
        const char *equals = memchr(at, '=', len);
        size_t name_len = equals ? (size_t)(equals - at) : 0;
        char name[NAME_SIZE];
        int percent;
        if (!name_len || name_len >= sizeof name) {
            error_set(error, ERROR_RULE, "'%.*s' is no share of traffic",
                      (int)(len < 80 ? len : 80), at);
            return error_hint(error, "Write name=percent pairs with one blank between, as in "
                                     "\"blue=90 green=10\".");
        }
        memcpy(name, at, name_len);
        name[name_len] = '\0';
        name_lower(name);
        if (!parse_percent(equals + 1, len - name_len - 1, &percent)) {
            error_set(error, ERROR_RULE, "'%.*s' gives %s no whole number from 0 to 100",
                      (int)(len < 80 ? len : 80), at, name);
            return error_hint(error, "Shares are whole percent, as in \"%s=10\".", name);
        }
        if (find(&map, name)) {
            error_set(error, ERROR_RULE, "'%s' is given twice", name);
            return error_hint(error, "Name each deployment once.");
        }
        if (!traffic_set(&map, name, percent))
            return error_set(error, ERROR_RULE, "more than %d shares", TRAFFIC_MAX_SHARES);
        at += len;
    }
    *out = map;
    return true;
}

struct report {
    struct traffic_violation *out;
    size_t max;
    size_t count;
};

static struct traffic_violation *add(struct report *report, enum traffic_rule rule,
                                     const char *deployment)
{
    static struct traffic_violation spare;
    struct traffic_violation *slot =
        report->count < report->max ? &report->out[report->count] : &spare;
    report->count++;
    memset(slot, 0, sizeof *slot);
    slot->rule = rule;
    if (deployment)
        name_copy(slot->deployment, deployment);
    return slot;
}

static void say(char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void say(char *out, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(out, size, format, args);
    va_end(args);
}

#define MESSAGE(v, ...) say((v)->message, sizeof(v)->message, __VA_ARGS__)
#define MEND(v, ...) say((v)->mend, sizeof(v)->mend, __VA_ARGS__)

static bool is_known(const struct traffic_context *context, const char *name)
{
    for (size_t i = 0; i < context->deployment_count; i++)
        if (strcmp(context->deployments[i], name) == 0)
            return true;
    return !context->deployments;
}

static bool in_range(int percent)
{
    return percent >= 0 && percent <= 100;
}

static bool all_in_range(const struct traffic_map *map)
{
    for (size_t i = 0; i < map->count; i++)
        if (!in_range(map->shares[i].percent))
            return false;
    return true;
}

static void check_map(struct report *report, const struct traffic_context *context,
                      const struct traffic_map *map, const char *kind)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct traffic_share *share = &map->shares[i];
        if (!in_range(share->percent)) {
            struct traffic_violation *v = add(report, TRAFFIC_RULE_RANGE, share->name);
            MESSAGE(v, "%s %s is %d, not a whole number from 0 to 100", kind, share->name,
                    share->percent);
            MEND(v, "set %s %s to %d", kind, share->name, share->percent < 0 ? 0 : 100);
        }
        if (share->percent != 0 && !is_known(context, share->name)) {
            struct traffic_violation *v = add(report, TRAFFIC_RULE_UNKNOWN, share->name);
            MESSAGE(v, "%s %s=%d, but the endpoint has no deployment %s", kind, share->name,
                    share->percent, share->name);
            MEND(v, "create deployment %s first, or leave it out", share->name);
        }
    }
}

static void check_sum(struct report *report, const struct traffic_map *live)
{
    int sum = traffic_sum(live);
    if (sum == 0 || sum == 100)
        return;
    struct traffic_violation *v = add(report, TRAFFIC_RULE_SUM, NULL);
    const struct traffic_share *largest = &live->shares[0];
    for (size_t i = 1; i < live->count; i++)
        if (live->shares[i].percent > largest->percent)
            largest = &live->shares[i];
    char shares[120];
    traffic_format(shares, sizeof shares, live);
    MESSAGE(v, "live traffic sums to %d, not to 0 or 100 (%s)", sum, shares);
    if (sum > 100 && largest->percent >= sum - 100)
        MEND(v, "take %d from %s: %s=%d", sum - 100, largest->name, largest->name,
             largest->percent - (sum - 100));
    else if (sum > 100)
        MEND(v, "take %d away in all", sum - 100);
    else
        MEND(v, "give %d more to %s: %s=%d", 100 - sum, largest->name, largest->name,
             largest->percent + 100 - sum);
}

static void check_mirror(struct report *report, const struct traffic_context *context,
                         const struct traffic_split *split)
{
    const struct traffic_share *first = NULL;
    size_t targets = 0;
    for (size_t i = 0; i < split->mirror.count; i++) {
        const struct traffic_share *share = &split->mirror.shares[i];
        if (share->percent == 0)
            continue;
        if (!first || share->percent > first->percent)
            first = share;
        targets++;
        if (share->percent > LIMIT_MIRROR_PERCENT && share->percent <= 100) {
            struct traffic_violation *v = add(report, TRAFFIC_RULE_MIRROR_CAP, share->name);
            MESSAGE(v, "mirror %s is %d %%; at most %d %% can be mirrored", share->name,
                    share->percent, LIMIT_MIRROR_PERCENT);
            MEND(v, "set mirror %s to %d or less", share->name, LIMIT_MIRROR_PERCENT);
        }
        int live = traffic_get(&split->live, share->name);
        if (live != 0) {
            struct traffic_violation *v = add(report, TRAFFIC_RULE_LIVE_OR_MIRROR, share->name);
            MESSAGE(v, "%s has %d %% live and %d %% mirrored traffic; it can take one of them",
                    share->name, live, share->percent);
            MEND(v, "set mirror %s to 0", share->name);
        }
    }
    if (targets > 1) {
        struct traffic_violation *v = add(report, TRAFFIC_RULE_MIRROR_TARGETS, first->name);
        MESSAGE(v, "%zu deployments are mirrored to; one can be", targets);
        MEND(v, "set all but mirror %s to 0", first->name);
    }
    if (targets && context->kubernetes) {
        struct traffic_violation *v = add(report, TRAFFIC_RULE_KUBERNETES, first->name);
        MESSAGE(v, "mirror %s=%d, but a Kubernetes endpoint cannot mirror traffic", first->name,
                first->percent);
        MEND(v, "set mirror %s to 0", first->name);
    }
}

size_t traffic_check(const struct traffic_context *context, const struct traffic_split *proposed,
                     struct traffic_violation *out, size_t max)
{
    struct report report = {.out = out, .max = max};
    check_map(&report, context, &proposed->live, "live");
    check_map(&report, context, &proposed->mirror, "mirror");
    /* The sum of numbers that are no percentages says nothing. */
    if (all_in_range(&proposed->live))
        check_sum(&report, &proposed->live);
    check_mirror(&report, context, proposed);
    return report.count;
}

bool traffic_require(const struct traffic_context *context, const struct traffic_split *proposed,
                     struct error *error)
{
    struct traffic_violation first;
    size_t broken = traffic_check(context, proposed, &first, 1);
    if (!broken)
        return true;
    error_set(error, ERROR_RULE, "%s", first.message);
    return error_hint(error, "Smallest change that mends it: %s.", first.mend);
}

int traffic_link(struct traffic_map *map, const char *const *names, const bool *locked,
                 size_t count, const char *name, int percent)
{
    int fixed = 0;
    int movable = 0;
    size_t others = 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0)
            continue;
        if (locked && locked[i]) {
            fixed += traffic_get(map, names[i]);
        } else {
            movable += traffic_get(map, names[i]);
            others++;
        }
    }
    int room = fixed > 100 ? 0 : 100 - fixed;
    if (percent < 0)
        percent = 0;
    if (percent > room || !others)
        percent = room;
    traffic_set(map, name, percent);
    int left = room - percent;
    /* Largest remainder would be fairer; running totals keep the sum exact and the order stable. */
    int seen = 0;
    int given = 0;
    size_t at = 0;
    for (size_t i = 0; i < count && others; i++) {
        if (strcmp(names[i], name) == 0 || (locked && locked[i]))
            continue;
        at++;
        seen += traffic_get(map, names[i]);
        int until = movable ? left * seen / movable : (int)((size_t)left * at / others);
        if (at == others)
            until = left;
        traffic_set(map, names[i], until - given);
        given = until;
    }
    return percent;
}
