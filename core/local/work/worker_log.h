/*
 * What the instances of a deployment write: one file, bounded on disk, in whole lines.
 *
 * At LOG_FILE_BYTES the file becomes PATH.1 and a new one begins, so the newest 4 to 8 MiB are
 * kept, over restarts of workers and engine too. A line over LOG_LINE_BYTES is cut.
 */
#ifndef CORE_LOCAL_WORK_WORKER_LOG_H
#define CORE_LOCAL_WORK_WORKER_LOG_H

#include "core/base/error.h"

#include <stddef.h>

enum { LOG_FILE_BYTES = 4 * 1024 * 1024, LOG_LINE_BYTES = 16 * 1024, LOG_LAST_BYTES = 400 };

struct worker_log {
    char *path;
    int fd;
    size_t size;
};

/* Opens or makes the file, 0600. */
bool worker_log_open(struct worker_log *log, const char *path, struct error *error);
void worker_log_close(struct worker_log *log);

/* Adds a line (without line feed). What can't be written, on a full disk, is lost. */
void worker_log_line(struct worker_log *log, const char *line, size_t len);

/* printf of a line. */
void worker_log_say(struct worker_log *log, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * The newest `tail` lines (0: all) of the log at `path`, as valid UTF-8 without NUL bytes. Owned
 * by the caller; NULL when there is none.
 */
char *worker_log_read(const char *path, size_t tail);

/* Puts the bytes of one writer together into lines. A zeroed struct is ready. */
struct line_maker {
    char *line;
    size_t len;
    bool cut;
    char last[LOG_LAST_BYTES + 1]; /* the last line that was not empty, cut */
};

void line_maker_feed(struct line_maker *maker, struct worker_log *log, const char *bytes,
                     size_t len);
/* Writes what stands without a line end; nothing comes any more. Frees. */
void line_maker_end(struct line_maker *maker, struct worker_log *log);

#endif
