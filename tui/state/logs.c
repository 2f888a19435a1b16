#include "tui/state/logs.h"

#include "core/base/alloc.h"
#include "core/base/printable.h"
#include "tui/draw/style.h"

#include <stdlib.h>
#include <string.h>

enum { LEVEL_BEFORE = 40 };

void log_init(struct log_buffer *log)
{
    *log = (struct log_buffer){.whole = true};
}

static void clear_preamble(struct log_buffer *log)
{
    for (size_t i = 0; i < log->preamble_count; i++)
        free(log->preamble[i]);
    log->preamble_count = 0;
}

void log_clear(struct log_buffer *log)
{
    for (size_t i = 0; i < log->count; i++)
        free(log->ring[(log->first + i) % LOG_MAX_LINES].text);
    clear_preamble(log);
    struct log_line *ring = log->ring;
    log_init(log);
    log->ring = ring;
}

void log_release(struct log_buffer *log)
{
    log_clear(log);
    free(log->ring);
    log->ring = NULL;
}

const struct log_line *log_at(const struct log_buffer *log, size_t index)
{
    return &log->ring[(log->first + index) % LOG_MAX_LINES];
}

static void append(struct log_buffer *log, enum log_line_kind kind, char *text, uint64_t hash)
{
    if (!log->ring)
        log->ring = mem_alloc_array(LOG_MAX_LINES, sizeof *log->ring);
    if (log->count == LOG_MAX_LINES) {
        free(log->ring[log->first].text);
        log->first = (log->first + 1) % LOG_MAX_LINES;
        log->count--;
        log->dropped++;
    }
    log->ring[(log->first + log->count) % LOG_MAX_LINES] =
        (struct log_line){.text = text, .hash = hash, .kind = kind};
    log->count++;
}

/* FNV-1a; lines are compared by it, never by address. */
static uint64_t hash_bytes(const char *bytes, size_t len)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211u;
    return hash;
}

struct window {
    struct slice {
        const char *bytes;
        size_t len;
        uint64_t hash;
    } * lines;
    size_t count;
    size_t capacity;
    bool open_ended;
};

static void split_lines(struct window *window, const char *bytes, size_t len)
{
    const char *end = bytes + len;
    while (bytes < end) {
        const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t line_len = (size_t)((newline ? newline : end) - bytes);
        size_t kept = line_len && bytes[line_len - 1] == '\r' ? line_len - 1 : line_len;
        window->lines =
            mem_grow(window->lines, window->count, &window->capacity, sizeof *window->lines);
        window->lines[window->count++] =
            (struct slice){.bytes = bytes, .len = kept, .hash = hash_bytes(bytes, kept)};
        window->open_ended = !newline;
        bytes += line_len + 1;
    }
}

static bool slice_is(const struct slice *slice, const char *text)
{
    return slice->len == strlen(text) && memcmp(slice->bytes, text, slice->len) == 0;
}

static char *printable_slice(const struct slice *slice)
{
    size_t len = slice->len < LOG_MAX_LINE_BYTES ? slice->len : LOG_MAX_LINE_BYTES;
    return printable_text(slice->bytes, len, false);
}

/* Takes the service's opening blocks off the window; returns how many lines they are. */
static size_t take_preamble(struct log_buffer *log, const struct window *window)
{
    if (!window->count || !slice_is(&window->lines[0], "Instance status:"))
        return 0;
    for (size_t i = 0; i < window->count; i++) {
        if (!slice_is(&window->lines[i], "Container logs:"))
            continue;
        clear_preamble(log);
        for (size_t j = 0; j < i && j < LOG_MAX_PREAMBLE; j++)
            log->preamble[log->preamble_count++] = printable_slice(&window->lines[j]);
        return i + 1;
    }
    return 0;
}

static bool held_equals(const struct log_buffer *log, size_t index, const struct slice *slice)
{
    const struct log_line *line = log_at(log, index);
    return line->kind == LOG_LINE_TEXT && line->hash == slice->hash;
}

/*
 * The window is the whole log and so was every one before: its first `seen` lines are the ones
 * taken in. Gives that number, or 0 when they are not (the log began anew).
 */
static bool exact_overlap(const struct log_buffer *log, const struct slice *lines, size_t count,
                          size_t *out_overlap)
{
    if (log->seen > count)
        return false;
    size_t seen = (size_t)log->seen;
    size_t held = seen < log->count ? seen : log->count;
    for (size_t i = 0; i < held; i++)
        if (!held_equals(log, log->count - 1 - i, &lines[seen - 1 - i]))
            return false;
    *out_overlap = seen;
    return true;
}

/* Longest start of the window that is the end of what is held: the prefix function over both. */
static size_t longest_overlap(const struct log_buffer *log, const struct slice *lines, size_t count)
{
    size_t held = log->count < count ? log->count : count;
    size_t *fail = mem_alloc_array(count + 1, sizeof *fail);
    for (size_t i = 1, k = 0; i < count; i++) {
        while (k && lines[i].hash != lines[k].hash)
            k = fail[k];
        if (lines[i].hash == lines[k].hash)
            k++;
        fail[i + 1] = k;
    }
    size_t k = 0;
    for (size_t i = log->count - held; i < log->count; i++) {
        while (k && (k == count || !held_equals(log, i, &lines[k])))
            k = fail[k];
        if (held_equals(log, i, &lines[k]))
            k++;
    }
    free(fail);
    return k;
}

/* Takes back the line that had no newline yet: this window holds it again, perhaps longer. */
static bool drop_open_line(struct log_buffer *log)
{
    if (!log->open_ended || !log->count)
        return false;
    log->count--;
    log->seen--;
    free(log->ring[(log->first + log->count) % LOG_MAX_LINES].text);
    log->open_ended = false;
    return true;
}

size_t log_merge(struct log_buffer *log, const char *content, size_t len, size_t tail)
{
    struct window window = {.count = 0};
    split_lines(&window, content, len);
    size_t start = take_preamble(log, &window);
    const struct slice *lines = window.lines + start;
    size_t count = window.count - start;
    size_t overlap = 0;
    size_t appended = 0;
    if (!count)
        goto out;
    bool reopened = drop_open_line(log);
    /* One below `tail`: whether a closing newline counts as a line differs between servers. */
    bool full = tail && window.count + 1 >= tail;
    bool exact = log->whole && !full && exact_overlap(log, lines, count, &overlap);
    if (!exact && log->count) {
        overlap = longest_overlap(log, lines, count);
        if (!overlap && log_at(log, log->count - 1)->kind == LOG_LINE_TEXT)
            append(log, LOG_LINE_GAP, str_dup(""), 0);
    }
    if (!exact) {
        /* A short window that does not continue what is held is a log that began anew. */
        log->whole = !full && overlap == 0;
        if (log->whole)
            log->seen = 0;
    }
    for (size_t i = overlap; i < count; i++, appended++)
        append(log, LOG_LINE_TEXT, printable_slice(&lines[i]), lines[i].hash);
    log->seen += appended;
    log->open_ended = window.open_ended;
    if (reopened && appended)
        appended--;
out:
    free(window.lines);
    return appended;
}

char log_line_level(const char *text)
{
    static const char levels[] = "DIWEC";
    for (const char *level = levels; *level; level++) {
        const char needle[] = {' ', *level, ' ', '[', '\0'};
        const char *hit = strstr(text, needle);
        if (hit && hit - text < LEVEL_BEFORE)
            return *level;
    }
    return '\0';
}

unsigned log_line_style(const struct log_line *line)
{
    char level = log_line_level(line->text);
    if (line->kind == LOG_LINE_GAP || level == 'W')
        return ROLE_WARN;
    bool bad = level == 'E' || level == 'C' || strncmp(line->text, "Traceback ", 10) == 0;
    return bad ? ROLE_BAD : ROLE_TEXT;
}
