/* Unpredictable bytes from the kernel, for keys, tokens and request ids. */
#ifndef CORE_BASE_RANDOM_H
#define CORE_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fills `out`; aborts if the kernel has no randomness to give. */
void random_bytes(void *out, size_t len);

/* `len` characters of [A-Za-z0-9_-] and a NUL; `out` holds len + 1 bytes. 6 bits a character. */
void random_base64url(char *out, size_t len);

enum { UUID_SIZE = 37 };

/* A version 4 UUID in lower case. */
void random_uuid(char out[UUID_SIZE]);

/* Uniform in 0 .. bound-1; `bound` is at least 1. Fast, not for secrets. */
uint32_t random_below(uint32_t bound);

#endif
