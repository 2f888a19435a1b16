/*
 * The console's one writer: (state, message) -> new state and effects. No clock, no terminal, no
 * network; time comes in with the messages.
 */
#ifndef TUI_STATE_UPDATE_H
#define TUI_STATE_UPDATE_H

#include "tui/state/state.h"

enum {
    POLL_ENDPOINTS_MS = 10 * 1000,
    POLL_DEPLOYMENTS_MS = 4 * 1000,
    POLL_BUSY_MS = 1000, /* while something is Creating, Updating, Scaling, Deleting */
    POLL_METRICS_MS = 10 * 1000,
    POLL_METRICS_LOCAL_MS = 3 * 1000,
    POLL_LOG_MS = 2 * 1000,
    POLL_LOG_LOCAL_MS = 1000,
    POLL_FAILED_MAX_MS = 8 * 1000, /* longest wait after failures */
    POLL_ASK_AGAIN_MS = 12 * 1000, /* a question without an answer is asked anew */
    CHOOSE_DELAY_MS = 150,         /* a cursor that runs through the list asks for nothing */
    NOTICE_MS = 6 * 1000,
    LEAVE_WITHIN_MS = 2 * 1000, /* of two Ctrl-C */
};

/* The first effects: before any message. */
void update_start(struct state *state, int64_t now_ms, int64_t wall_ms, struct effects *effects);

/* Takes over what the message owns. */
void update(struct state *state, struct message *message, struct effects *effects);

/* Milliseconds from `now_ms` until the next MESSAGE_TICK is wanted; 0: it is due. */
int update_next_ms(const struct state *state, int64_t now_ms);

#endif
