/*
 * What the operator wants of an endpoint's traffic, on top of what the service said.
 *
 * A draft remembers the split that it was made from (`base`): the commit compares it with what the
 * service says then. While nothing is changed the draft follows each new snapshot; once it is
 * changed it stays, and `moved` tells that the service has another split by now.
 */
#ifndef TUI_STATE_DRAFT_H
#define TUI_STATE_DRAFT_H

#include "core/model/traffic.h"

#include <stdbool.h>
#include <stddef.h>

enum { DRAFT_MAX_STEPS = 100 };

struct draft_step; /* one split, kept small for undo and redo */

struct draft {
    struct traffic_split base;
    struct traffic_split want;
    bool moved;
    size_t count; /* rows: the endpoint's deployments, then other names that have a share */
    char names[TRAFFIC_MAX_SHARES][NAME_SIZE];
    bool locked[TRAFFIC_MAX_SHARES];
    bool unknown[TRAFFIC_MAX_SHARES]; /* has a share but is no deployment of the endpoint */
    struct draft_step *undo[DRAFT_MAX_STEPS];
    size_t undo_count;
    struct draft_step *redo[DRAFT_MAX_STEPS];
    size_t redo_count;
};

void draft_init(struct draft *draft);
void draft_release(struct draft *draft);

/*
 * Takes a new snapshot: the service's split and the endpoint's deployments. `names_known` is
 * false while the deployments have not been read.
 */
void draft_follow(struct draft *draft, const struct traffic_split *now, const char *const *names,
                  size_t count, bool names_known);

/* True when the operator's split is another than the one it was made from. */
bool draft_is_changed(const struct draft *draft);

/*
 * Gives a row `percent` of the live traffic. While the sum is 100 the other unlocked rows give or
 * take the difference; while it is not, only this row moves. Returns what the row got.
 */
int draft_set_live(struct draft *draft, size_t row, int percent);

/* Sets a row's mirror share, whatever the rules say to it. */
void draft_set_mirror(struct draft *draft, size_t row, int percent);

/* Sets a row's live share so that the sum is 100, as far as 0..100 allows. */
void draft_balance(struct draft *draft, size_t row);

/* All live and mirror shares 0. */
void draft_clear(struct draft *draft);

/* Replaces the whole split (abort, or "take what is there now"). */
void draft_replace(struct draft *draft, const struct traffic_split *split);

/* Back to `base`; undo brings the changes back. */
void draft_discard(struct draft *draft);

/* After a commit or "take theirs": `now` is the new base and the draft is unchanged. */
void draft_rebase(struct draft *draft, const struct traffic_split *now);

bool draft_undo(struct draft *draft);
bool draft_redo(struct draft *draft);

/* traffic_check() of what is wanted, with the draft's own names as the deployments. */
size_t draft_check(const struct draft *draft, bool kubernetes, struct traffic_violation *out,
                   size_t max);

/*
 * Why a row can take no mirrored traffic now, in a few words: "not possible: green is live", or
 * NULL when it can.
 */
const char *draft_mirror_obstacle(const struct draft *draft, size_t row, bool kubernetes, char *out,
                                  size_t size);

#endif
