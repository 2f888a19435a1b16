/*
 * A deployment's log as the console holds it.
 *
 * The service has no stream: each poll answers the newest `tail` lines. log_merge() lays such a
 * window over what is already held and appends only what is new. It prefers exact positions (a
 * window that is not full is the whole log) and else the longest overlap, so that lines that
 * repeat are neither lost nor doubled as long as the window is longer than what was written
 * between two polls. The number of lines held is bounded; what falls out is counted.
 */
#ifndef TUI_STATE_LOGS_H
#define TUI_STATE_LOGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOG_MAX_LINES = 5000,
    LOG_MAX_LINE_BYTES = 4096, /* of one line; the rest is cut */
    LOG_MAX_PREAMBLE = 64,     /* lines about the instance that come before the log itself */
};

enum log_line_kind {
    LOG_LINE_TEXT,
    LOG_LINE_GAP, /* ours: the windows did not meet, lines between them are missing */
};

struct log_line {
    char *text; /* printable, owned */
    uint64_t hash;
    enum log_line_kind kind;
};

struct log_buffer {
    struct log_line *ring; /* LOG_MAX_LINES slots, NULL until the first line */
    size_t first;
    size_t count;
    uint64_t dropped; /* lines that fell out at the front */
    uint64_t seen;    /* text lines taken in since the log began; positions while `whole` */
    bool whole;       /* every window up to now was the whole log */
    bool open_ended;  /* the last line had no newline yet and will be replaced */
    char *preamble[LOG_MAX_PREAMBLE];
    size_t preamble_count;
};

void log_init(struct log_buffer *log);
void log_release(struct log_buffer *log);
/* Empties it; `dropped` starts at 0 again. */
void log_clear(struct log_buffer *log);

/*
 * Takes the answer of one poll that asked for `tail` lines. Returns how many lines were appended
 * (a gap mark not counted). The service's opening blocks ("Instance status:" up to "Container
 * logs:") replace the preamble and are no part of the lines.
 */
size_t log_merge(struct log_buffer *log, const char *content, size_t len, size_t tail);

/* Line `index` of `count`, 0 the oldest held. */
const struct log_line *log_at(const struct log_buffer *log, size_t index);

/*
 * The level of a line in the form of the inference server ("2026-11-22 19:26:29,123 I [72] ..."):
 * D, I, W, E or C; NUL when it has none.
 */
char log_line_level(const char *text);

/* How it is drawn: by its level. */
unsigned log_line_style(const struct log_line *line);

#endif
