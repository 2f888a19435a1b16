/*
 * A hash table from text keys to pointers.
 *
 * Keys are borrowed: what owns the value owns its key too, and keeps both until the entry is
 * removed. Hashed under a random key, so that names from outside cannot be chosen to collide.
 */
#ifndef CORE_BASE_KEY_TABLE_H
#define CORE_BASE_KEY_TABLE_H

#include "core/base/siphash.h"

#include <stddef.h>

struct key_table {
    struct key_table_slot *slots; /* a power of two of them, or NULL */
    size_t capacity;
    size_t count;
    struct siphash_key hash_key;
};

void key_table_init(struct key_table *table);
/* Frees the table, not what is in it. */
void key_table_release(struct key_table *table);

/* The value stored under `key`, or NULL. */
void *key_table_get(const struct key_table *table, const char *key);

/* Stores `value` (not NULL) under `key`, replacing what was there. */
void key_table_set(struct key_table *table, const char *key, void *value);

/* Takes the entry out and returns its value; NULL when there is none. */
void *key_table_remove(struct key_table *table, const char *key);

/*
 * Visits the entries in no order: *at starts at 0; NULL at the end. The table may not change
 * meanwhile.
 */
void *key_table_next(const struct key_table *table, size_t *at);

#endif
