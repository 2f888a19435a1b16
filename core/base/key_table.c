#include "core/base/key_table.h"

#include "core/base/alloc.h"
#include "core/base/random.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 16 };

/* Linear probing, at most three quarters full; removal shifts back what stands behind. */
struct key_table_slot {
    const char *key; /* NULL: free */
    void *value;
    uint64_t hash;
};

void key_table_init(struct key_table *table)
{
    memset(table, 0, sizeof *table);
    random_bytes(&table->hash_key, sizeof table->hash_key);
}

void key_table_release(struct key_table *table)
{
    free(table->slots);
    memset(table, 0, sizeof *table);
}

static struct key_table_slot *find(const struct key_table *table, const char *key, uint64_t hash)
{
    size_t mask = table->capacity - 1;
    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        struct key_table_slot *slot = &table->slots[i];
        if (!slot->key || (slot->hash == hash && strcmp(slot->key, key) == 0))
            return slot;
    }
}

static uint64_t hash_of(const struct key_table *table, const char *key)
{
    return siphash(&table->hash_key, key, strlen(key));
}

void *key_table_get(const struct key_table *table, const char *key)
{
    if (!table->count)
        return NULL;
    const struct key_table_slot *slot = find(table, key, hash_of(table, key));
    return slot->key ? slot->value : NULL;
}

static void grow(struct key_table *table)
{
    struct key_table_slot *old = table->slots;
    size_t old_capacity = table->capacity;
    table->capacity = old_capacity ? old_capacity * 2 : FIRST_CAPACITY;
    table->slots = mem_alloc_array(table->capacity, sizeof *table->slots);
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].key)
            *find(table, old[i].key, old[i].hash) = old[i];
    free(old);
}

void key_table_set(struct key_table *table, const char *key, void *value)
{
    if (table->count + 1 > table->capacity / 4 * 3)
        grow(table);
    uint64_t hash = hash_of(table, key);
    struct key_table_slot *slot = find(table, key, hash);
    if (!slot->key)
        table->count++;
    *slot = (struct key_table_slot){.key = key, .value = value, .hash = hash};
}

void *key_table_remove(struct key_table *table, const char *key)
{
    if (!table->count)
        return NULL;
    struct key_table_slot *slot = find(table, key, hash_of(table, key));
    if (!slot->key)
        return NULL;
    void *value = slot->value;
    size_t mask = table->capacity - 1;
    size_t hole = (size_t)(slot - table->slots);
    for (size_t i = (hole + 1) & mask; table->slots[i].key; i = (i + 1) & mask) {
        /* An entry may move back to the hole unless its own place lies between hole and it. */
        size_t home = (size_t)table->slots[i].hash & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            table->slots[hole] = table->slots[i];
            hole = i;
        }
    }
    memset(&table->slots[hole], 0, sizeof table->slots[hole]);
    table->count--;
    return value;
}

void *key_table_next(const struct key_table *table, size_t *at)
{
    while (*at < table->capacity) {
        const struct key_table_slot *slot = &table->slots[(*at)++];
        if (slot->key)
            return slot->value;
    }
    return NULL;
}
