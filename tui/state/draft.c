#include "tui/state/draft.h"

#include "core/base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct draft_step {
    size_t live_count;
    size_t mirror_count;
    struct traffic_share shares[];
};

static struct draft_step *step_of(const struct traffic_split *split)
{
    size_t count = split->live.count + split->mirror.count;
    struct draft_step *step = mem_alloc(sizeof *step + count * sizeof step->shares[0]);
    step->live_count = split->live.count;
    step->mirror_count = split->mirror.count;
    memcpy(step->shares, split->live.shares, split->live.count * sizeof step->shares[0]);
    memcpy(step->shares + step->live_count, split->mirror.shares,
           split->mirror.count * sizeof step->shares[0]);
    return step;
}

static void step_apply(const struct draft_step *step, struct traffic_split *split)
{
    split->live.count = step->live_count;
    split->mirror.count = step->mirror_count;
    memcpy(split->live.shares, step->shares, step->live_count * sizeof step->shares[0]);
    memcpy(split->mirror.shares, step->shares + step->live_count,
           step->mirror_count * sizeof step->shares[0]);
}

static void forget(struct draft_step **steps, size_t *count)
{
    while (*count)
        free(steps[--*count]);
}

void draft_init(struct draft *draft)
{
    memset(draft, 0, sizeof *draft);
}

void draft_release(struct draft *draft)
{
    forget(draft->undo, &draft->undo_count);
    forget(draft->redo, &draft->redo_count);
}

static void push(struct draft_step **steps, size_t *count, const struct traffic_split *split)
{
    if (*count == DRAFT_MAX_STEPS) {
        free(steps[0]);
        memmove(steps, steps + 1, (DRAFT_MAX_STEPS - 1) * sizeof *steps);
        --*count;
    }
    steps[(*count)++] = step_of(split);
}

/* Called before each change of `want`. */
static void remember(struct draft *draft)
{
    push(draft->undo, &draft->undo_count, &draft->want);
    forget(draft->redo, &draft->redo_count);
}

static bool travel(struct draft *draft, struct draft_step **from, size_t *from_count,
                   struct draft_step **to, size_t *to_count)
{
    if (!*from_count)
        return false;
    push(to, to_count, &draft->want);
    struct draft_step *step = from[--*from_count];
    step_apply(step, &draft->want);
    free(step);
    return true;
}

bool draft_undo(struct draft *draft)
{
    return travel(draft, draft->undo, &draft->undo_count, draft->redo, &draft->redo_count);
}

bool draft_redo(struct draft *draft)
{
    return travel(draft, draft->redo, &draft->redo_count, draft->undo, &draft->undo_count);
}

bool draft_is_changed(const struct draft *draft)
{
    return !traffic_split_equal(&draft->base, &draft->want);
}

struct rows {
    size_t count;
    char names[TRAFFIC_MAX_SHARES][NAME_SIZE];
    bool unknown[TRAFFIC_MAX_SHARES];
};

static void add_row(struct rows *rows, const char *name, bool unknown)
{
    for (size_t i = 0; i < rows->count; i++)
        if (strcmp(rows->names[i], name) == 0)
            return;
    if (rows->count == TRAFFIC_MAX_SHARES || !name_copy(rows->names[rows->count], name))
        return;
    rows->unknown[rows->count++] = unknown;
}

static void add_shares(struct rows *rows, const struct traffic_map *map, bool unknown)
{
    for (size_t i = 0; i < map->count; i++)
        if (map->shares[i].percent != 0)
            add_row(rows, map->shares[i].name, unknown);
}

static bool was_locked(const struct draft *draft, const char *name)
{
    for (size_t i = 0; i < draft->count; i++)
        if (strcmp(draft->names[i], name) == 0)
            return draft->locked[i];
    return false;
}

void draft_follow(struct draft *draft, const struct traffic_split *now, const char *const *names,
                  size_t count, bool names_known)
{
    if (!draft_is_changed(draft)) {
        draft->base = *now;
        draft->want = *now;
    }
    draft->moved = !traffic_split_equal(&draft->base, now);
    struct rows *rows = mem_alloc(sizeof *rows);
    for (size_t i = 0; i < count; i++)
        add_row(rows, names[i], false);
    add_shares(rows, &draft->want.live, names_known);
    add_shares(rows, &draft->want.mirror, names_known);
    bool locked[TRAFFIC_MAX_SHARES] = {false};
    for (size_t i = 0; i < rows->count; i++)
        locked[i] = was_locked(draft, rows->names[i]);
    memcpy(draft->names, rows->names, sizeof draft->names);
    memcpy(draft->unknown, rows->unknown, sizeof draft->unknown);
    memcpy(draft->locked, locked, sizeof draft->locked);
    draft->count = rows->count;
    free(rows);
}

static int clamp(int percent)
{
    return percent < 0 ? 0 : percent > 100 ? 100 : percent;
}

int draft_set_live(struct draft *draft, size_t row, int percent)
{
    if (row >= draft->count)
        return 0;
    const char *name = draft->names[row];
    struct traffic_split before = draft->want;
    percent = clamp(percent);
    /* The only deployment has nobody to give to: it goes where it is told, 0 or 100 being right. */
    if (traffic_sum(&draft->want.live) == 100 && draft->count > 1) {
        const char *names[TRAFFIC_MAX_SHARES];
        for (size_t i = 0; i < draft->count; i++)
            names[i] = draft->names[i];
        percent =
            traffic_link(&draft->want.live, names, draft->locked, draft->count, name, percent);
    } else {
        traffic_set(&draft->want.live, name, percent);
    }
    if (!traffic_map_equal(&before.live, &draft->want.live)) {
        struct traffic_split after = draft->want;
        draft->want = before;
        remember(draft);
        draft->want = after;
    }
    return percent;
}

void draft_set_mirror(struct draft *draft, size_t row, int percent)
{
    if (row >= draft->count ||
        traffic_get(&draft->want.mirror, draft->names[row]) == clamp(percent))
        return;
    remember(draft);
    traffic_set(&draft->want.mirror, draft->names[row], clamp(percent));
}

void draft_balance(struct draft *draft, size_t row)
{
    if (row >= draft->count)
        return;
    const char *name = draft->names[row];
    int others = traffic_sum(&draft->want.live) - traffic_get(&draft->want.live, name);
    int percent = clamp(100 - others);
    if (percent == traffic_get(&draft->want.live, name))
        return;
    remember(draft);
    traffic_set(&draft->want.live, name, percent);
}

void draft_replace(struct draft *draft, const struct traffic_split *split)
{
    if (traffic_split_equal(&draft->want, split))
        return;
    remember(draft);
    draft->want = *split;
}

void draft_clear(struct draft *draft)
{
    struct traffic_split *none = mem_alloc(sizeof *none);
    draft_replace(draft, none);
    free(none);
}

void draft_discard(struct draft *draft)
{
    draft_replace(draft, &draft->base);
}

void draft_rebase(struct draft *draft, const struct traffic_split *now)
{
    forget(draft->undo, &draft->undo_count);
    forget(draft->redo, &draft->redo_count);
    draft->base = *now;
    draft->want = *now;
    draft->moved = false;
}

size_t draft_check(const struct draft *draft, bool kubernetes, struct traffic_violation *out,
                   size_t max)
{
    const char *names[TRAFFIC_MAX_SHARES];
    size_t count = 0;
    bool any_unknown = false;
    for (size_t i = 0; i < draft->count; i++) {
        if (!draft->unknown[i])
            names[count++] = draft->names[i];
        any_unknown |= draft->unknown[i];
    }
    struct traffic_context context = {.kubernetes = kubernetes,
                                      .deployments = any_unknown ? names : NULL,
                                      .deployment_count = any_unknown ? count : 0};
    return traffic_check(&context, &draft->want, out, max);
}

const char *draft_mirror_obstacle(const struct draft *draft, size_t row, bool kubernetes, char *out,
                                  size_t size)
{
    const char *name = draft->names[row];
    if (kubernetes) {
        snprintf(out, size, "not possible: Kubernetes");
        return out;
    }
    if (traffic_get(&draft->want.live, name) != 0) {
        snprintf(out, size, "not possible: %s is live", name);
        return out;
    }
    for (size_t i = 0; i < draft->want.mirror.count; i++) {
        const struct traffic_share *share = &draft->want.mirror.shares[i];
        if (share->percent != 0 && strcmp(share->name, name) != 0) {
            snprintf(out, size, "one target only, now %s", share->name);
            return out;
        }
    }
    return NULL;
}
