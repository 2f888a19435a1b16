/* Two texts side by side, line by line: what only one has, and which numbers differ. */
#ifndef TUI_STATE_DIFF_H
#define TUI_STATE_DIFF_H

#include "tui/widget/text_view.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    DIFF_LINES_MAX = 1200, /* of each text's unequal middle; a longer one is not taken apart */
    DIFF_NUMBERS_MAX = 64, /* marked in a line */
};

struct diff;

/* Lines as text views have them; the left one's in `left_style`, the right one's in the other.
 * Owned by the caller: diff_free(). */
struct diff *diff_new(const struct text_lines *left, unsigned left_style,
                      const struct text_lines *right, unsigned right_style);
void diff_free(struct diff *diff);

/* True when no line differs. */
bool diff_is_equal(const struct diff *diff);

/* "- line" of the left only, "+ line" of the right only, "  line" of both. Takes NULL. */
struct text_lines diff_lines(const struct diff *diff);

#endif
