/*
 * The engine's side towards workers: one request to one instance, over kept connections.
 *
 * An answer is read whole before its call is done; what is larger than HTTP_MAX_BODY, malformed or
 * cut off is CALL_BROKEN. The caller decides about time-outs (call_cancel()) and about trying
 * again: only CALL_REFUSED and CALL_UNREAD say that the worker did not work on the request.
 */
#ifndef CORE_LOCAL_ROUTE_UPSTREAM_H
#define CORE_LOCAL_ROUTE_UPSTREAM_H

#include "core/local/route/buffer.h"
#include "core/local/route/http.h"
#include "core/local/route/loop.h"

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
    size_t copies;          /* of these, mirrored copies; the pool's own */
    uint64_t last_turn;     /* when it got a call last; the pool's own */
    int64_t avoid_until_us; /* it refused a connection; the pool's own */
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
    CALL_UNREAD,  /* the worker ended the connection before it had read the whole request */
    CALL_BROKEN,  /* anything else: it may have worked on the request */
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
};

/* Starts the call; `done` is called once, possibly before this returns. */
void call_start(struct call *call, struct instance *instance);

/* Ends a running call by closing its connection; `done` is not called. */
void call_cancel(struct call *call);

#endif
