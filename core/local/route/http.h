/*
 * HTTP/1.1 framing, both sides, as pure functions over bytes.
 *
 * Heads are parsed where they lie: the struct holds offsets into the bytes that it was parsed
 * from, so it stays right when these are moved, and text is taken out with http_at(). Everything
 * is bounded by the limits below. What could be read in two ways (two lengths, a length beside
 * chunks, folded lines, bare line feeds, control bytes) is refused, never repaired: the engine
 * forwards requests, and two readers that disagree are how requests are smuggled.
 */
#ifndef CORE_LOCAL_ROUTE_HTTP_H
#define CORE_LOCAL_ROUTE_HTTP_H

#include "core/local/route/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_MAX_HEAD = 64 * 1024, /* signed operation URLs alone have several kB */
    HTTP_MAX_HEADERS = 100,
    HTTP_MAX_BODY = 64 * 1024 * 1024,
    HTTP_MAX_CHUNK_LINE = 256, /* size and extensions */
    HTTP_MAX_TRAILERS = 8 * 1024,
};

enum http_progress { HTTP_MORE, HTTP_DONE, HTTP_BAD };

/* Header fields that the engine acts on; all others are HTTP_OTHER. */
enum http_field {
    HTTP_OTHER,
    HTTP_AUTHORIZATION,
    HTTP_CLIENT_REQUEST_ID, /* x-ms-client-request-id */
    HTTP_CONNECTION,
    HTTP_CONTENT_LENGTH,
    HTTP_DATE,
    HTTP_DEPLOYMENT, /* azureml-model-deployment */
    HTTP_EXPECT,
    HTTP_HOST,
    HTTP_HOP,           /* keep-alive, te, trailer, upgrade, proxy-...: end at this connection */
    HTTP_REQUEST_ID,    /* x-request-id */
    HTTP_MS_REQUEST_ID, /* x-ms-request-id */
    HTTP_MODEL_ERROR,   /* ms-azureml-model-error-...: only the engine says these */
    HTTP_SERVER,
    HTTP_TRANSFER_ENCODING,
};

struct http_span {
    uint32_t at; /* offset from the first byte of the head */
    uint32_t len;
};

struct http_header {
    struct http_span name;
    struct http_span value; /* without the blanks around it */
    enum http_field field;
};

enum http_body_kind { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED, HTTP_BODY_UNTIL_CLOSE };

struct http_head {
    size_t scanned; /* bytes already searched for the end of the head */
    size_t len;     /* of the head with its blank line */
    int minor;      /* HTTP/1.minor */
    int status;     /* of an answer */
    struct http_span method;
    struct http_span path;  /* as received, from the first slash to the '?'; "*" for OPTIONS * */
    struct http_span query; /* after the '?' */
    enum http_body_kind body;
    uint64_t content_length;
    bool has_length; /* a Content-Length was given, also where no body follows (HEAD) */
    bool keep_alive;
    bool expects_continue;
    bool nominates; /* Connection names other headers, which end at this connection too */
    size_t header_count;
    struct http_header headers[HTTP_MAX_HEADERS];
};

/* Why bytes were refused: the status that a server answers with, and a sentence. */
struct http_fault {
    int status;
    const char *text;
};

/* Text of a span; `bytes` is where the head now begins. Not NUL-terminated. */
static inline const char *http_at(const char *bytes, struct http_span span)
{
    return bytes + span.at;
}

/* True when the span is exactly this text; the second one ignores ASCII case. */
bool http_is(const char *bytes, struct http_span span, const char *text);
bool http_is_nocase(const char *bytes, struct http_span span, const char *text);

/* Makes `head` ready for a new head. */
void http_head_reset(struct http_head *head);

/*
 * Parses a request head from the front of `bytes`; empty lines before it are skipped and counted
 * in head->len. HTTP_MORE: call again with the same bytes and more behind them. HTTP_BAD: `fault`
 * is filled and the connection can't be used any more.
 */
enum http_progress http_parse_request(struct http_head *head, const char *bytes, size_t len,
                                      struct http_fault *fault);

/*
 * The same for an answer to `method`. A status below 200 is interim: the caller takes head->len
 * bytes off and parses the next.
 */
enum http_progress http_parse_response(struct http_head *head, const char *method,
                                       const char *bytes, size_t len, struct http_fault *fault);

/* The first header of that kind or NULL. */
const struct http_header *http_find(const struct http_head *head, enum http_field field);

/* True when the header ends at this connection and may not be passed on. */
bool http_is_hop(const struct http_head *head, const char *bytes, const struct http_header *header);

/* Reads a body. Its fields are its own. */
struct http_body {
    enum http_body_kind kind;
    int state;
    bool any_digit;
    uint64_t remaining;
    size_t line; /* bytes of the present chunk line, then of all trailers */
    size_t total;
    size_t limit;
};

/* Begins the body that `head` announces; it may have at most `limit` bytes. */
void http_body_start(struct http_body *body, const struct http_head *head, size_t limit);

/*
 * Takes bytes of the body: *used is how many belong to it, their content goes to `out`. HTTP_DONE
 * once it is complete; a body until close is never complete by itself.
 */
enum http_progress http_body_feed(struct http_body *body, const char *bytes, size_t len,
                                  size_t *used, struct buffer *out, struct http_fault *fault);

/* The standard phrase of a status, "Unknown" for one that has none. */
const char *http_reason(int status);

#endif
