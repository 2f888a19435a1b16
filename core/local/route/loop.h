/*
 * The engine's one wait: descriptors by epoll (edge-triggered), timers, and work put off to the
 * end of the turn.
 *
 * Edge-triggered: a callback is told once that something can be read or written and has to go on
 * until the system says EAGAIN (or a read came back short), or remember that it did not. Each
 * descriptor is registered once and never changed, which spares a system call a request.
 */
#ifndef CORE_LOCAL_ROUTE_LOOP_H
#define CORE_LOCAL_ROUTE_LOOP_H

#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

/* A watched descriptor; part of its owner's struct. */
struct loop_watch {
    int fd;
    /* `events` are EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR as they came. */
    void (*ready)(struct loop_watch *watch, uint32_t events);
};

/*
 * A timer; part of its owner's struct, zeroed before first use. Moving a deadline further out, and
 * cancelling, only note the new time: the heap is put right when the old time comes. So the usual
 * deadline, which is set and never reached, costs nothing.
 */
struct loop_timer {
    void (*fire)(struct loop_timer *timer);
    int64_t due_us;   /* what the owner wants; INT64_MAX: nothing */
    int64_t heap_us;  /* when the heap looks at it; loop.c's own */
    size_t heap_slot; /* 1-based; 0: not in the heap */
};

/* Work for the end of the turn; part of its owner's struct, zeroed before first use. */
struct loop_task {
    void (*run)(struct loop_task *task);
    struct loop_task *next;
    struct loop_task *previous;
};

struct loop *loop_new(struct error *error);
void loop_free(struct loop *loop);

/* Starts and ends watching. Ending one whose event is still to come in this turn is safe. */
bool loop_add(struct loop *loop, struct loop_watch *watch);
void loop_remove(struct loop *loop, struct loop_watch *watch);

/* Fires once at `due_us` of CLOCK_MONOTONIC. */
void loop_set_timer(struct loop *loop, struct loop_timer *timer, int64_t due_us);
void loop_cancel_timer(struct loop_timer *timer);
/* Has to be called before the timer's memory goes. */
void loop_forget_timer(struct loop *loop, struct loop_timer *timer);

/* Runs the task once before the next wait; nothing happens when it is already put off. */
void loop_defer(struct loop *loop, struct loop_task *task);
void loop_undefer(struct loop *loop, struct loop_task *task);

/* Microseconds of CLOCK_MONOTONIC at the beginning of this turn. */
int64_t loop_now_us(const struct loop *loop);

/* Runs until loop_stop(). */
void loop_run(struct loop *loop);
/* One turn that waits at most `timeout_ms` (-1: for ever). For tests and for the last moments. */
void loop_turn(struct loop *loop, int timeout_ms);
void loop_stop(struct loop *loop);

#endif
