/*
 * The guide of the sample engine: one line that names the next step of a blue-green cutover, read
 * off what the console shows. It asks nothing and changes nothing.
 */
#ifndef TUI_STATE_TOUR_H
#define TUI_STATE_TOUR_H

#include <stdbool.h>
#include <stddef.h>

struct state;

/* What the steps need to know and the service does not tell. */
struct tour {
    bool offered;  /* the workspace is the samples' own */
    bool hidden;   /* by the operator */
    bool mirrored; /* green got copies of requests at some time in this session */
};

enum { TOUR_LINE_MAX = 74 }; /* columns: it fits a panel of 80 */

/*
 * The next step for the chosen endpoint, written to `out`; NULL when there is none to tell: not
 * offered, hidden, nothing read yet, another endpoint's deployments than blue and green, or a
 * change that is still being applied.
 */
const char *tour_line(const struct state *state, char *out, size_t size);

/* Notes what was just read of the chosen endpoint. */
void tour_follow(struct state *state);

#endif
