/*
 * What this session did to the service, and what it saw others do: newest last, bounded.
 */
#ifndef TUI_STATE_ACTIVITY_H
#define TUI_STATE_ACTIVITY_H

#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ACTIVITY_MAX = 200 };

enum activity_state { ACTIVITY_RUNNING, ACTIVITY_DONE, ACTIVITY_FAILED, ACTIVITY_NOTED };

struct activity_entry {
    uint64_t id;
    enum activity_state state;
    int64_t wall_ms;     /* when it began */
    int64_t started_ms;  /* the same on the monotonic clock */
    int64_t duration_us; /* once it is no longer running */
    bool writes;         /* changes the service (a test request does not) */
    char method[8];      /* "PUT" */
    char what[320];      /* "my-endpoint live blue 100→90", "my-endpoint/green create" */
    char result[400];    /* "verified", the service's word while it runs, or the error */
    char hint[300];      /* what to do about the error, "" when there is nothing to say */
    char request_id[64]; /* the service's, "" when none */
    char by[24];         /* "you", or "elsewhere" */
};

struct activity {
    struct activity_entry entries[ACTIVITY_MAX];
    size_t count;
    uint64_t dropped;
};

/* Adds an entry (all fields copied, text made printable by the caller). */
void activity_add(struct activity *activity, const struct activity_entry *entry);

/* The entry with that id or NULL. */
struct activity_entry *activity_find(struct activity *activity, uint64_t id);

/* How many entries that write are still running. */
size_t activity_writes_running(const struct activity *activity);

/* Ends an entry; `error` NULL: done. */
void activity_end(struct activity *activity, uint64_t id, int64_t now_ms, const char *result,
                  const struct error *error);

#endif
