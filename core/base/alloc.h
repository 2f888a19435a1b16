/*
 * Memory that does not fail.
 *
 * Small allocations end the program when memory is exhausted: the handler set with
 * mem_on_exhausted() runs first (the console restores the terminal there), then abort().
 * A buffer whose size a peer decides must be bounded before it is asked for here.
 */
#ifndef CORE_BASE_ALLOC_H
#define CORE_BASE_ALLOC_H

#include <stddef.h>

/* Called once, just before abort(), when an allocation failed. NULL: nothing is called. */
void mem_on_exhausted(void (*handler)(void));

/* Zeroed memory of `size` bytes; never NULL. Owned by the caller, freed with free(). */
void *mem_alloc(size_t size);

/* Zeroed array; `count * size` may not overflow (that aborts like exhaustion). */
void *mem_alloc_array(size_t count, size_t size);

/* Resizes an array as realloc() does; the part that is new is not zeroed. Never NULL. */
void *mem_resize_array(void *old, size_t count, size_t size);

/*
 * Makes room for one element more in a growing array: returns `items`, moved if needed, and
 * updates *capacity. Doubles, so that n appends cost O(n).
 */
void *mem_grow(void *items, size_t count, size_t *capacity, size_t item_size);

/* Copy of a string; NULL gives NULL. Owned by the caller. */
char *str_dup(const char *text);

/* Copy of the first `len` bytes with a terminating NUL. Owned by the caller. */
char *str_dup_n(const char *text, size_t len);

/* printf into fresh memory. Owned by the caller. */
char *str_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Frees *slot and stores a copy of `text` (NULL allowed) in it. */
void str_replace(char **slot, const char *text);

/* Overwrites a secret in a way the compiler may not remove, then frees it. NULL is allowed. */
void str_free_secret(char *secret);

#endif
