/*
 * The engine's side towards clients: accepts connections, reads whole requests, hands each to the
 * handler, writes the answer, keeps the connection.
 *
 * A connection works on one request at a time; what a client sends ahead waits in its socket. A
 * slow sender or reader is cut off by deadlines that grow with the bytes it really moves, and holds
 * nothing but its own connection; at most `max_clients` are open, an idle one makes room for a new.
 */
#ifndef CORE_LOCAL_ROUTE_SERVER_H
#define CORE_LOCAL_ROUTE_SERVER_H

#include "core/local/route/http.h"
#include "core/local/route/loop.h"

#include <stddef.h>
#include <stdint.h>

struct server;

/* One request whose answer is due. Lives until exchange_answer() or `abandoned`. */
struct exchange {
    const struct http_head *head;
    const char *bytes; /* of the head: see http_at() */
    const char *body;
    size_t body_len;
    int64_t arrived_us; /* CLOCK_MONOTONIC when the last byte had come */
    /* For a handler that answers later: its own, and what is called when the client went away. */
    void *owner;
    void (*abandoned)(struct exchange *exchange);
};

struct server_options {
    struct loop *loop;
    int listener; /* listening, non-blocking; taken over */
    size_t max_clients;
    /* Has to answer, now or later; the exchange is not touched after exchange_answer(). */
    void (*handle)(void *context, struct exchange *exchange);
    void *context;
};

/* A running server; NULL when the listener can't be watched. */
struct server *server_new(const struct server_options *options, struct error *error);

/* Closes listener and connections; requests in work are abandoned. */
void server_free(struct server *server);

/* Accepts no new connection from now on. */
void server_close_listener(struct server *server);

/*
 * Answers: `headers` are "name: value\r\n" lines without Content-Length, Connection and Date, which
 * are added. The bytes are borrowed during the call only. A body given for HEAD or for a status
 * that has none is not sent.
 */
void exchange_answer(struct exchange *exchange, int status, const char *headers, size_t headers_len,
                     const char *body, size_t body_len);

#endif
