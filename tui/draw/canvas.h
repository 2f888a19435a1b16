/*
 * A canvas of cells: what a frame looks like, before any terminal is involved.
 *
 * Every drawing function takes an area (a rectangle of the canvas) and a row and column relative
 * to that area, and draws nothing outside it; rows and columns may be negative or too large.
 * A double-width character that would stick out of the area becomes a blank, and writing over
 * one half of one blanks the other half.
 *
 * Text is UTF-8. It should have passed core/base/printable.h when it entered the program; the
 * canvas itself turns what may not be drawn (control and format characters, broken UTF-8) into
 * '?' or U+00B7, so nothing it hands on can steer a terminal.
 *
 * With `ascii` set, every cell ends up in ASCII: frames, bars and marks have ASCII forms (also
 * when they come in a string: ● ▸ ✓ ✗ → … – · │ and the like), other characters become '?'. → and ✓
 * become "->" and "ok": one column would say something else.
 */
#ifndef TUI_DRAW_CANVAS_H
#define TUI_DRAW_CANVAS_H

#include "tui/draw/layout.h"
#include "tui/draw/style.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CANVAS_MAX_ROWS = 500,
    CANVAS_MAX_COLS = 1000,
    CELL_MARKS = 2, /* combining marks kept on one character */
};

struct cell {
    uint32_t code; /* ' ' when empty; 0 in the right half of a double-width character */
    uint32_t marks[CELL_MARKS];
    uint16_t style;
    uint8_t width; /* 1 or 2; 0 in the right half */
    uint8_t spare; /* always 0, so that cells compare with memcmp() */
};

struct canvas {
    int rows, cols;
    struct cell *cells; /* row by row */
    bool ascii;
    bool cursor_visible;
    int cursor_row, cursor_col; /* of the canvas */
};

/* A blank canvas; sizes are clamped to 1..CANVAS_MAX_*. Released with canvas_release(). */
void canvas_init(struct canvas *canvas, int rows, int cols, bool ascii);
void canvas_release(struct canvas *canvas);

/* Another size; the content is blank afterwards. */
void canvas_resize(struct canvas *canvas, int rows, int cols);

/* Blanks everything and hides the cursor: the start of a frame. */
void canvas_clear(struct canvas *canvas);

/* All of it as an area. */
struct rect canvas_area(const struct canvas *canvas);

/* The cell at a position of the canvas; NULL outside. */
const struct cell *canvas_cell(const struct canvas *canvas, int row, int col);

/* Text of a row, right blanks removed, owned by the caller: for tests and for copying. */
char *canvas_row_text(const struct canvas *canvas, int row);

/* All rows with a newline behind each, owned by the caller. */
char *canvas_to_text(const struct canvas *canvas);

/* Shows the terminal's cursor there, if that lies in the area. */
void canvas_cursor(struct canvas *canvas, struct rect area, int row, int col);

/* Fills the area with blanks of that style. */
void canvas_fill(struct canvas *canvas, struct rect area, unsigned style);

/* Changes the style of what the area holds and keeps its characters: (style & ~clear) | set. */
void canvas_restyle(struct canvas *canvas, struct rect area, unsigned clear, unsigned set);

/* One line of text; stops at a newline. Returns the column behind it, clipped or not. */
int canvas_text(struct canvas *canvas, struct rect area, int row, int col, unsigned style,
                const char *text);

/* The same of `len` bytes, which need not end with NUL. */
int canvas_bytes(struct canvas *canvas, struct rect area, int row, int col, unsigned style,
                 const char *text, size_t len);

/* printf; longer than 1 kB is cut. */
int canvas_printf(struct canvas *canvas, struct rect area, int row, int col, unsigned style,
                  const char *format, ...) __attribute__((format(printf, 6, 7)));

enum align { ALIGN_LEFT, ALIGN_RIGHT, ALIGN_CENTRE };

/*
 * Text in `columns` columns from `col` on: aligned, cut with … where it is too long; the columns
 * it leaves free are blanked in the same style. Returns col + columns.
 */
int canvas_cell_text(struct canvas *canvas, struct rect area, int row, int col, int columns,
                     enum align align, unsigned style, const char *text);

/* A hint in a border or footer: "c" in ROLE_KEY, "commit" in ROLE_HINT. */
struct key_hint {
    const char *key;   /* "c", "Ctrl-d"; may be NULL for words alone */
    const char *label; /* "review & commit"; may be NULL for a key alone */
    int priority;      /* 0: kept longest; higher ones are left out first when narrow */
    bool disabled;     /* drawn dim */
};

/* What a box shows besides its frame. Any pointer may be NULL. */
struct box {
    int number;                   /* of the panel, before its title; 0: none */
    const char *title;            /* upper left */
    const char *note;             /* behind the title in ROLE_DIM, or in note_style */
    unsigned note_style;          /* 0: ROLE_DIM */
    const char *right;            /* upper right: a count, an age */
    unsigned right_style;         /* 0: ROLE_DIM */
    const struct key_hint *hints; /* lower right, as many as fit */
    size_t hint_count;
    const char *status; /* lower left */
    unsigned status_style;
    bool focused;          /* frame and title in their focus roles, frame doubled in mono/ASCII */
    unsigned border_style; /* 0: by `focused`; else frame and title take this */
};

/* A frame around the area with its texts; returns the inside. The inside is not blanked. */
struct rect canvas_box(struct canvas *canvas, struct rect area, const struct box *box);

/* Draws the hints that fit into `columns` from `col` on, separated by two blanks; those of the
 * highest priority number go first when they do not fit. Returns the column behind. */
int canvas_hints(struct canvas *canvas, struct rect area, int row, int col, int columns,
                 const struct key_hint *hints, size_t count);

/* Columns that all hints take. */
int canvas_hints_width(const struct key_hint *hints, size_t count);

/* A horizontal line of `columns`, and a vertical one of `rows`. */
void canvas_hline(struct canvas *canvas, struct rect area, int row, int col, int columns,
                  unsigned style);
void canvas_vline(struct canvas *canvas, struct rect area, int row, int col, int rows,
                  unsigned style);

/*
 * A bar of `columns`, filled for `fraction` (0..1, clamped) in eighths of a column; anything above
 * zero shows at least one eighth. The rest is blank in `rest_style`. ASCII: '#' and '.'.
 */
void canvas_bar(struct canvas *canvas, struct rect area, int row, int col, int columns,
                double fraction, unsigned style, unsigned rest_style);

struct bar_part {
    double fraction; /* of the whole bar */
    unsigned style;
    char ascii; /* what fills it in ASCII; 0: by its place */
};

/*
 * Parts side by side in one bar of `columns`. A part above zero has at least one column while
 * there are columns enough, and parts that sum to 1 fill the bar exactly. Colours may be missing,
 * so parts differ by their line (━ ╍ ┅) as well.
 */
void canvas_split_bar(struct canvas *canvas, struct rect area, int row, int col, int columns,
                      const struct bar_part *parts, size_t count);

/*
 * The last `columns` of `points` as ▁▂▃▄▅▆▇ scaled to [0, max] (max <= 0: the largest point);
 * zero is '▁', a NAN (nothing measured) is blank. ASCII: _.:-=+*.
 */
void canvas_sparkline(struct canvas *canvas, struct rect area, int row, int col, int columns,
                      const double *points, size_t count, double max, unsigned style);

/* What a slider's track shows; positions are values, 0..max. */
struct track {
    int max;             /* value at the right end, at least 1 */
    int value;           /* where the knob stands */
    int before;          /* a second mark: the value in force before the draft; -1: none */
    int limit;           /* values above are out of reach: a tick and a dotted rest; -1: none */
    unsigned style;      /* of the filled part and the knob */
    unsigned rest_style; /* of the unfilled part */
    bool focused;        /* knob stands out */
    bool disabled;       /* no knob, dotted track */
};

/* ━━━━●───┆··· over `columns`. ASCII: ===O---|... */
void canvas_track(struct canvas *canvas, struct rect area, int row, int col, int columns,
                  const struct track *track);

#endif
