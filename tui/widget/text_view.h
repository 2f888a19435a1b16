/*
 * Lines of text to scroll and search: logs, JSON, help, an answer's body.
 *
 * The lines belong to the owner, who describes them with a struct text_lines for the time of one
 * call. Only lines in sight are asked for, except by a search.
 */
#ifndef TUI_WIDGET_TEXT_VIEW_H
#define TUI_WIDGET_TEXT_VIEW_H

#include "tui/draw/canvas.h"
#include "tui/draw/keys.h"
#include "tui/widget/field.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text_span {
    size_t start, len; /* bytes of the line; spans are ordered and do not overlap */
    unsigned style;
};

struct text_line {
    const char *text; /* printable UTF-8, ends with NUL; borrowed until the draw call returns */
    unsigned style;
    const struct text_span *spans; /* parts in another style; NULL: none */
    size_t span_count;
    int indent; /* columns by which continuation rows are indented when wrapped */
};

struct text_lines {
    void *data;
    size_t count;
    void (*line)(void *data, size_t index, struct text_line *out); /* *out is zeroed before */
    const char *empty; /* shown when there are no lines; may be NULL */
    /*
     * Number of lines that the owner has dropped at the front since the view was made (a ring of
     * log lines): line 0 is line `dropped` for good, so that the view stands still meanwhile.
     */
    uint64_t dropped;
};

enum { TEXT_SEARCH_MAX = 200 };

struct text_view {
    uint64_t top; /* first line in sight, counted with those dropped */
    int top_row;  /* rows of that line that are above the area when wrapped */
    int column;   /* first column in sight when not wrapped */
    bool wrap;
    bool follow;   /* stays at the end as lines come */
    int page_rows; /* size at the last draw */
    int page_cols;
    char search[TEXT_SEARCH_MAX + 1]; /* "" when nothing is searched */
    bool searching;                   /* the search is being typed */
    struct field input;
    uint64_t hit; /* line of the current hit; only with has_hit */
    bool has_hit;
    bool missed;         /* the last search found nothing */
    bool search_is_case; /* an upper case letter in the search makes case count */
};

void text_view_init(struct text_view *view, bool wrap, bool follow);

/*
 * Keys: arrows j k, PgUp PgDn Space b, Ctrl-d Ctrl-u, g G Home End, h l and H L sideways, `/`
 * search (then text, Enter, Esc), n N next and previous hit, w wrap, F follow. Moving up ends
 * following, reaching the end with G or End does not start it; F does. Esc ends a search, if
 * there is one. True when the key was used.
 */
bool text_view_key(struct text_view *view, const struct text_lines *lines, struct key key);

/* Brings a line (counted with those dropped) into sight and marks it as the place; ends following.
 */
void text_view_show(struct text_view *view, const struct text_lines *lines, uint64_t line);

/* Rows that all lines take when wrapped into that many columns: for a frame as large as its text.
 */
int text_view_rows(const struct text_lines *lines, int columns);

/* True while text is typed into the view, so that single-letter keys belong to it. */
bool text_view_is_typing(const struct text_view *view);

/* Draws; while a search is typed its line takes the last row of the area. */
void text_view_draw(struct text_view *view, const struct text_lines *lines, struct canvas *canvas,
                    struct rect area, bool focused);

/* "120-155/900 42%" or "follow": where it stands, for the frame. */
void text_view_position(const struct text_view *view, const struct text_lines *lines, char *out,
                        size_t size);

#endif
