/*
 * How a log is looked at: which lines, with or without their times, JSON laid out, lines marked.
 *
 * The lens keeps one row for each row on the screen (a line, or a piece of JSON laid out) and
 * follows the buffer as it grows and forgets, so that a poll costs what it brought. Lines are
 * numbered for good, from the first the buffer ever held.
 */
#ifndef TUI_STATE_LOG_LENS_H
#define TUI_STATE_LOG_LENS_H

#include "tui/state/logs.h"
#include "tui/widget/text_view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LENS_MARKS_MAX = 100,
    LENS_SPANS_MAX = 24,
    LENS_ROWS_MAX = 40000, /* beyond it JSON stays on its line */
};

struct lens_row {
    uint64_t line;
    char *text; /* a piece of laid out JSON, owned; NULL: the line itself */
};

struct log_lens {
    const struct log_buffer *log;   /* borrowed */
    char only[TEXT_SEARCH_MAX + 1]; /* only lines with that text, "!text": without; "" all */
    bool hides_times;
    bool pretty;
    struct lens_row *rows;
    size_t count, capacity;
    uint64_t next;    /* number of the first line that has no rows yet */
    uint64_t dropped; /* rows that went with their lines since the last change of the lens */
    uint64_t marks[LENS_MARKS_MAX]; /* ascending */
    size_t mark_count;
    struct text_span spans[LENS_SPANS_MAX]; /* of the row asked for last */
};

/* Looks at everything as it is. `log` must outlive it. */
void lens_init(struct log_lens *lens, const struct log_buffer *log);
void lens_release(struct log_lens *lens);

/* The buffer was emptied: rows and marks go, what is shown and how stays. */
void lens_clear(struct log_lens *lens);

/* Takes in what the buffer holds by now. To be called after each log_merge(). */
void lens_follow(struct log_lens *lens);

/* Another way to look; `view` stays at the line that is at its top, as near as may be. */
void lens_show_only(struct log_lens *lens, const char *text, struct text_view *view);
void lens_toggle_pretty(struct log_lens *lens, struct text_view *view);

/* The preamble and then the rows, as a text view takes them. Valid until the next change. */
struct text_lines lens_lines(struct log_lens *lens);

/*
 * The row (counted as the view counts) where the next error is seen from `row`, the end of the
 * text being followed by its start; false when there is none. A `row` that is no row is taken as
 * before the first and behind the last.
 */
bool lens_next_error(struct log_lens *lens, uint64_t row, bool forward, uint64_t *out);

/* Marks the line of a row or takes its mark off; false when there are LENS_MARKS_MAX. */
bool lens_toggle_mark(struct log_lens *lens, uint64_t row);
/* As lens_next_error(), for the next marked line. */
bool lens_next_mark(struct log_lens *lens, uint64_t row, uint64_t *out);

/* All that is shown, a line a row, as text; owned by the caller. */
char *lens_text(struct log_lens *lens, size_t *out_len);

/*
 * True for a line that tells of a failure: a traceback's first line, the level E or C of the
 * inference server, the word ERROR or CRITICAL, or a request answered with 424 or 5xx.
 */
bool log_line_is_error(const char *text);

/* Bytes of the time that a line begins with, blanks behind it included; 0: none. */
size_t log_line_time(const char *text);

#endif
