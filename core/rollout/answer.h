/*
 * Do two deployments give the same answer?
 *
 * JSON is compared by value: members in any order, numbers within a tolerance, and a string that
 * holds a JSON document (as scoring scripts return them) by what it holds. Anything else must be
 * equal byte by byte.
 */
#ifndef CORE_ROLLOUT_ANSWER_H
#define CORE_ROLLOUT_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

/* Numbers a, b agree when |a - b| <= max(absolute, relative * max(|a|, |b|)). Not negative. */
struct answer_tolerance {
    double absolute;
    double relative;
};

/* 1e-9 and 1e-6: rounding agrees, a refitted model does not. */
extern const struct answer_tolerance answer_tolerance_default;

/*
 * True when both bodies agree. Else `difference` (NULL allowed) says where and how, as in
 * "[0].score: 0.25, not 0.75" (the candidate's, then the baseline's); foreign text in it is made
 * printable.
 */
bool answer_agrees(const char *candidate, size_t candidate_len, const char *baseline,
                   size_t baseline_len, const struct answer_tolerance *tolerance, char *difference,
                   size_t difference_size);

#endif
