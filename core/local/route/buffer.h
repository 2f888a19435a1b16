/*
 * Bytes on their way between a socket and a parser: appended at the end, taken from the front,
 * neither of which moves what is in between unless room is needed.
 */
#ifndef CORE_LOCAL_ROUTE_BUFFER_H
#define CORE_LOCAL_ROUTE_BUFFER_H

#include <stddef.h>

struct buffer {
    char *memory; /* NULL while nothing was ever stored */
    size_t start; /* of what has not been taken yet */
    size_t end;
    size_t capacity;
};

/* A zeroed struct is an empty buffer. */
void buffer_release(struct buffer *buffer);

/* Room for `len` bytes at the end, to be filled and then counted in with buffer_commit(). */
char *buffer_reserve(struct buffer *buffer, size_t len);
void buffer_commit(struct buffer *buffer, size_t len);

void buffer_add(struct buffer *buffer, const void *bytes, size_t len);

/* Takes `len` bytes (all, when there are fewer) off the front. */
void buffer_take(struct buffer *buffer, size_t len);

/* Takes `len` bytes out that begin `at` bytes behind the front; both must be there. */
void buffer_remove(struct buffer *buffer, size_t at, size_t len);

/* Empties it; memory over `keep` bytes is given back. */
void buffer_clear(struct buffer *buffer, size_t keep);

static inline const char *buffer_bytes(const struct buffer *buffer)
{
    return buffer->memory ? buffer->memory + buffer->start : "";
}

static inline size_t buffer_len(const struct buffer *buffer)
{
    return buffer->end - buffer->start;
}

#endif
