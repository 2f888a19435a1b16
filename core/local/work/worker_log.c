#include "core/local/work/worker_log.h"

#include "core/base/alloc.h"
#include "core/base/file.h"
#include "core/base/printable.h"
#include "core/base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int open_log(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
}

bool worker_log_open(struct worker_log *log, const char *path, struct error *error)
{
    struct stat info;
    log->fd = open_log(path);
    if (log->fd < 0 || fstat(log->fd, &info) != 0) {
        error_set(error, ERROR_FAILED, "cannot open the log %s: %s", path, strerror(errno));
        if (log->fd >= 0)
            close(log->fd);
        return false;
    }
    log->path = str_dup(path);
    log->size = (size_t)info.st_size;
    return true;
}

void worker_log_close(struct worker_log *log)
{
    if (log->path)
        close(log->fd);
    free(log->path);
    memset(log, 0, sizeof *log);
}

static void rotate(struct worker_log *log)
{
    char *old = str_format("%s.1", log->path);
    if (rename(log->path, old) == 0) {
        int fd = open_log(log->path);
        if (fd >= 0) {
            close(log->fd);
            log->fd = fd;
        }
    }
    log->size = 0;
    free(old);
}

void worker_log_line(struct worker_log *log, const char *line, size_t len)
{
    struct iovec parts[2] = {{(void *)(uintptr_t)line, len}, {(void *)(uintptr_t) "\n", 1}};
    if (!log->path)
        return;
    if (log->size + len + 1 > LOG_FILE_BYTES)
        rotate(log);
    ssize_t put = writev(log->fd, parts, 2);
    log->size += put > 0 ? (size_t)put : 0;
}

void worker_log_say(struct worker_log *log, const char *format, ...)
{
    va_list args;
    char line[LOG_LINE_BYTES];
    va_start(args, format);
    int len = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (len >= 0)
        worker_log_line(log, line, (size_t)len < sizeof line ? (size_t)len : sizeof line - 1);
}

/* ------------------------------------------------------------------ reading */

/* Where the last `tail` lines of the text begin; *left is what remains to be found before it. */
static size_t tail_start(const char *text, size_t len, size_t *left)
{
    size_t at = len && text[len - 1] == '\n' ? len - 1 : len;
    while (at) {
        if (text[at - 1] == '\n' && --*left == 0)
            return at;
        at--;
    }
    if (len)
        --*left;
    return 0;
}

static void add_clean(struct strbuf *out, const char *bytes, size_t len)
{
    while (len) {
        size_t used;
        char encoded[4];
        uint32_t code = utf8_decode(bytes, len, &used);
        strbuf_add(out, encoded, utf8_encode(code ? code : 0xfffd, encoded));
        bytes += used;
        len -= used;
    }
}

char *worker_log_read(const char *path, size_t tail)
{
    enum { READ_LIMIT = LOG_FILE_BYTES + LOG_LINE_BYTES };
    char *old_path = str_format("%s.1", path);
    size_t new_len = 0;
    size_t old_len = 0;
    size_t left = tail ? tail : SIZE_MAX;
    char *new_text = file_read(path, READ_LIMIT, &new_len, NULL);
    char *result = NULL;
    char *old_text = NULL;
    if (!new_text)
        goto out;
    size_t new_start = tail_start(new_text, new_len, &left);
    size_t old_start = 0;
    if (new_start == 0 && left)
        old_text = file_read(old_path, READ_LIMIT, &old_len, NULL);
    if (old_text)
        old_start = tail_start(old_text, old_len, &left);
    struct strbuf text;
    /* A broken byte becomes three. */
    strbuf_init(&text, 6 * (size_t)READ_LIMIT);
    if (old_text)
        add_clean(&text, old_text + old_start, old_len - old_start);
    add_clean(&text, new_text + new_start, new_len - new_start);
    result = strbuf_detach(&text);
    strbuf_release(&text);
out:
    free(old_path);
    free(old_text);
    free(new_text);
    return result;
}

/* ------------------------------------------------------------------ lines */

static void finish_line(struct line_maker *maker, struct worker_log *log)
{
    size_t len = maker->len;
    if (len && maker->line[len - 1] == '\r')
        len--;
    worker_log_line(log, maker->line, len);
    if (len) {
        size_t kept = len < LOG_LAST_BYTES ? len : LOG_LAST_BYTES;
        memcpy(maker->last, maker->line, kept);
        maker->last[kept] = '\0';
    }
    maker->len = 0;
    maker->cut = false;
}

void line_maker_feed(struct line_maker *maker, struct worker_log *log, const char *bytes,
                     size_t len)
{
    static const char mark[] = " [cut]";
    if (!maker->line)
        maker->line = mem_alloc(LOG_LINE_BYTES + sizeof mark);
    while (len) {
        const char *end = memchr(bytes, '\n', len);
        size_t part = end ? (size_t)(end - bytes) : len;
        size_t room = LOG_LINE_BYTES - maker->len;
        size_t taken = maker->cut ? 0 : part < room ? part : room;
        memcpy(maker->line + maker->len, bytes, taken);
        maker->len += taken;
        if (taken < part && !maker->cut) {
            memcpy(maker->line + maker->len, mark, sizeof mark - 1);
            maker->len += sizeof mark - 1;
            maker->cut = true;
        }
        bytes += part;
        len -= part;
        if (end) {
            finish_line(maker, log);
            bytes++;
            len--;
        }
    }
}

void line_maker_end(struct line_maker *maker, struct worker_log *log)
{
    if (maker->len)
        finish_line(maker, log);
    free(maker->line);
    maker->line = NULL;
}
