/*
 * HTTP, timers and the one wait.
 *
 * All requests go over one curl_multi and never block; libcurl itself is loaded with dlopen() on
 * first use, so that a program starts (and paints) without paying for it. One thread only.
 *
 *     net_send(...), net_after(...)   ask for something
 *     net_wait(...)                   sleep until anything of it, or of your descriptors, is ready
 *     net_dispatch(...)               run the callbacks of what is ready
 *
 * Callbacks run in net_dispatch() and nowhere else, never inside net_send(), and may call every
 * function here except net_wait(), net_dispatch(), net_run_until() and net_free().
 *
 * Every request: TLS verified, no redirects followed, http and https only, proxies as the
 * environment says but none for loopback, connections reused, HTTP/2 where TLS negotiates it,
 * answer bounded. A bearer token over plain http is refused unless the peer is loopback.
 */
#ifndef CORE_NET_NET_H
#define CORE_NET_NET_H

#include "core/base/error.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NET_CONNECT_TIMEOUT_MS = 10 * 1000,
    NET_TIMEOUT_MS = 60 * 1000,
    NET_MAX_ANSWER = 16 * 1024 * 1024, /* bytes of a body after decoding */
    NET_MAX_HEADERS = 200,             /* header lines of an answer, further ones are dropped */
    NET_MAX_HEADER_BYTES = 256 * 1024, /* all header lines of an answer together */
};

struct net;

/* Names a request or a timer for net_cancel(). Never reused; 0 names nothing. */
typedef uint64_t net_id;

struct net_request {
    const char *method; /* "GET" */
    const char *url;
    const char *const *headers; /* "Name: value" lines; a control byte in one is refused */
    size_t header_count;
    const char *bearer; /* sent as "Authorization: Bearer ..."; NULL for none. A secret */
    const char *body;   /* NULL: no body */
    size_t body_len;
    int connect_timeout_ms; /* 0: NET_CONNECT_TIMEOUT_MS */
    int timeout_ms;         /* whole request; 0: NET_TIMEOUT_MS */
    size_t max_answer;      /* bytes; 0: NET_MAX_ANSWER */
    /*
     * Must not reach the peer twice. libcurl by itself sends a request again when a reused
     * connection turns out dead; with `once` that ends in ERROR_NETWORK instead.
     */
    bool once;
};

struct net_header {
    const char *name; /* as received */
    const char *value;
};

/* An answer, or why there is none. Borrowed: valid during the callback only. */
struct net_response {
    /*
     * ERROR_NONE when an answer came whole, whatever its status. Else ERROR_NETWORK, ERROR_TIMEOUT,
     * ERROR_LIMIT (answer larger than max_answer), ERROR_AUTH (token refused to plain http) or
     * ERROR_FAILED (libcurl missing, malformed request).
     */
    struct error error;
    /* With an error: nothing of the request can have reached the peer, so repeating is safe. */
    bool never_sent;
    int status; /* HTTP status; may be set beside an error when the body was cut off */
    const struct net_header *headers;
    size_t header_count;
    const char *body; /* NUL-terminated, never NULL */
    size_t body_len;
    int64_t total_us;      /* from the start of the transfer to its end */
    int64_t first_byte_us; /* to the first byte of the answer; 0 when none came */
};

typedef void net_done_fn(void *context, const struct net_response *response);
typedef void net_timer_fn(void *context);

/* Cheap: no library is loaded, no socket opened. Ends the program when memory is out. */
struct net *net_new(void);

/* Drops all requests and timers without calling anything back. NULL is allowed. */
void net_free(struct net *net);

/*
 * Loads libcurl now (a few milliseconds), so that the first request need not. Called again it does
 * nothing. ERROR_FAILED with the missing library's name; every later request fails the same way.
 */
bool net_load(struct net *net, struct error *error);

/*
 * Starts a request; all of it is copied. `done` is called exactly once, from net_dispatch(),
 * unless it is cancelled or the net is freed before. Never returns 0.
 */
net_id net_send(struct net *net, const struct net_request *request, net_done_fn *done,
                void *context);

/* Calls `fire` once, `ms` milliseconds from now (0: at the next dispatch). Never returns 0. */
net_id net_after(struct net *net, int ms, net_timer_fn *fire, void *context);

/* Withdraws a request or timer: its callback will not run. An unknown or ended id is no error. */
void net_cancel(struct net *net, net_id id);

/* Requests under way (timers do not count). */
size_t net_pending(const struct net *net);

/*
 * Sleeps until one of `fds` is ready, something is ready to dispatch, net_interrupt() was called,
 * a signal came, or `timeout_ms` passed (-1: no limit). Fills the revents of `fds` like poll().
 * Works before libcurl is loaded. Returns how many of `fds` are ready.
 */
int net_wait(struct net *net, struct pollfd *fds, size_t count, int timeout_ms);

/* Runs what is ready. Never sleeps. */
void net_dispatch(struct net *net);

/* Makes the present or next net_wait() return. May be called from a signal handler. */
void net_interrupt(struct net *net);

/*
 * For commands: waits and dispatches until *done is true. False with ERROR_CANCELLED when
 * net_interrupt() was called since the last time (Ctrl-C); the requests exist until cancelled.
 */
bool net_run_until(struct net *net, const bool *done, struct error *error);

/* Value of a header by name, without regard to case; NULL when missing. */
const char *net_header(const struct net_response *response, const char *name);

#endif
