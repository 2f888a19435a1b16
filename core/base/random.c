#include "core/base/random.h"

#include "core/base/base64url.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void random_bytes(void *out, size_t len)
{
    unsigned char *at = out;
    while (len) {
        ssize_t got = getrandom(at, len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            abort();
        at += got;
        len -= (size_t)got;
    }
}

void random_base64url(char *out, size_t len)
{
    random_bytes(out, len);
    for (size_t i = 0; i < len; i++)
        out[i] = base64url_digits[(unsigned char)out[i] & 63];
    out[len] = '\0';
}

/* Ids are drawn for every request: one system call gives the bytes of many. */
static const unsigned char *next_id_bytes(void)
{
    static unsigned char pool[64][16];
    static size_t left;
    if (!left) {
        random_bytes(pool, sizeof pool);
        left = sizeof pool / sizeof pool[0];
    }
    return pool[--left];
}

void random_uuid(char out[UUID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char b[16];
    memcpy(b, next_id_bytes(), sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    char *at = out;
    for (size_t i = 0; i < sizeof b; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = digits[b[i] >> 4];
        *at++ = digits[b[i] & 15];
    }
    *at = '\0';
}

/* xorshift64*: one system call for the seed, then none on the router's hot path. */
static uint64_t next_random(void)
{
    static uint64_t state;
    while (!state)
        random_bytes(&state, sizeof state);
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * UINT64_C(2685821657736338717);
}

uint32_t random_below(uint32_t bound)
{
    return (uint32_t)(((next_random() >> 32) * bound) >> 32);
}
