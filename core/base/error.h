/*
 * One error value for every layer.
 *
 * A fallible function returns false (or NULL) and fills the struct error * it was given; it may
 * be given NULL by a caller that does not care. The message says what failed and on what; the
 * hint says what to do next. Nothing below tui/ prints.
 */
#ifndef CORE_BASE_ERROR_H
#define CORE_BASE_ERROR_H

#include <stdbool.h>

enum error_kind {
    ERROR_NONE = 0,
    ERROR_FAILED,    /* anything without a kind of its own */
    ERROR_USAGE,     /* the command line or a file is wrong */
    ERROR_NOT_FOUND, /* HTTP 404, a missing file, an unknown name */
    ERROR_RULE,      /* refused by a rule before anything was sent */
    ERROR_CONFLICT,  /* someone else changed it; HTTP 409 and 412 */
    ERROR_AUTH,      /* no token, HTTP 401 or 403 */
    ERROR_NETWORK,   /* not reached, cut off, TLS */
    ERROR_TIMEOUT,   /* a deadline of ours passed */
    ERROR_CANCELLED, /* the user withdrew it */
    ERROR_LIMIT,     /* input larger or deeper than its bound */
};

struct error {
    enum error_kind kind;
    int http_status;     /* 0 when no answer came */
    char code[80];       /* the service's error code, empty when none */
    char request_id[64]; /* x-ms-request-id of the answer, empty when none */
    char message[1024];
    char hint[512];
};

/* Fills `error` (NULL allowed), clearing every other field. Always returns false. */
bool error_set(struct error *error, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds what the user can do next. Always returns false, so that it can end a function. */
bool error_hint(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " in front of the message. Always returns false. */
bool error_prefix(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The process exit status of a kind: 0, 1, 2 usage, 3 not found, 4 rule, 5 conflict, 130. */
int error_exit_status(enum error_kind kind);

#endif
