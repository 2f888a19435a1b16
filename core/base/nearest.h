/* The word that someone probably meant. */
#ifndef CORE_BASE_NEAREST_H
#define CORE_BASE_NEAREST_H

#include <stddef.h>

/*
 * The candidate closest to `word` by insertions, deletions, exchanges and swaps of neighbours,
 * without regard to case; NULL when none is close enough to be worth a "did you mean". Borrowed
 * from the candidates.
 */
const char *nearest_word(const char *word, const char *const *candidates, size_t count);

#endif
