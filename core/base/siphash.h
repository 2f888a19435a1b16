/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of short strings.
 *
 * For hash tables whose keys come from outside, and as a pseudo-random function under a secret
 * key. Not a hash to compare files by.
 */
#ifndef CORE_BASE_SIPHASH_H
#define CORE_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
    uint64_t k0;
    uint64_t k1;
};

uint64_t siphash(const struct siphash_key *key, const void *bytes, size_t len);

#endif
