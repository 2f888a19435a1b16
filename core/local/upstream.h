/*
 * The engine's side towards workers: one request to one instance, over kept connections.
 *
 * An answer is read whole before its call is done; what is larger than HTTP_MAX_BODY, malformed or
 * cut off is CALL_BROKEN. The caller decides about time-outs (call_cancel()) and about trying
 * again: only CALL_REFUSED and CALL_STALE say that the worker did not work on the request.
 */
#ifndef CORE_LOCAL_UPSTREAM_H
#define CORE_LOCAL_UPSTREAM_H

#include "core/local/buffer.h"
#include "core/local/http.h"
#include "core/local/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct upstream;
struct call;

enum { UPSTREAM_MAX_IDLE = 64 }; /* kept connections an instance */

/* A worker that listens on 127.0.0.1. */
struct instance {
    struct loop *loop;
    uint16_t port;
    size_t in_flight;       /* calls that run, probes aside */
    int64_t avoid_until_us; /* it refused a connection; for the router */
    struct upstream *idle;  /* kept connections, last used first */
    size_t idle_count;
    /* A call has ended and its connection is free again. May be NULL. */
    void (*vacant)(struct instance *instance);
    void *owner; /* for the one who set `vacant` */
};

void instance_init(struct instance *instance, struct loop *loop, uint16_t port);

/* Closes the kept connections. No call may be running. */
void instance_release(struct instance *instance);

enum call_result {
    CALL_ANSWERED,
    CALL_REFUSED, /* no connection: not a byte of the request was sent */
    CALL_STALE,   /* a kept connection was closed as the request was sent: it was idle too long */
    CALL_BROKEN,
};

struct call {
    /* Set by the caller, unchanged until the call is done: */
    const char *method;
    struct buffer head; /* request line and headers with the blank line */
    const char *body;
    size_t body_len;
    bool is_probe; /* takes no place of a request */
    void (*done)(struct call *call, enum call_result result);
    /* Valid in `done` after CALL_ANSWERED: */
    const struct http_head *answer;
    const char *answer_bytes;
    const char *answer_body;
    size_t answer_body_len;
    /* upstream.c's own: */
    struct instance *instance;
    struct upstream *connection; /* not NULL: running */
    size_t sent;
    int64_t started_us;
};

/* Starts the call; `done` is called once, possibly before this returns. */
void call_start(struct call *call, struct instance *instance);

/* Ends a running call by closing its connection; `done` is not called. */
void call_cancel(struct call *call);

#endif
