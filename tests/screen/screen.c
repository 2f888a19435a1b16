#include "tests/screen/screen.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/printable.h"
#include "core/base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vterm.h>

enum { TEXT_LIMIT = 64 << 20, STEP_MS = 20, PAUSE_MS = 100, END_MS = 1000 };

struct screen {
    VTerm *vterm;
    VTermScreen *cells;
    int rows, cols;
    int master;
    pid_t pid;
    bool gone; /* the other side of the terminal is closed */
    bool reaped;
    int status;
    size_t bytes;
    int cursor_row, cursor_col;
    bool cursor_visible;
};

static int on_cursor(VTermPos position, VTermPos old, int visible, void *data)
{
    struct screen *screen = data;
    (void)old;
    screen->cursor_row = position.row;
    screen->cursor_col = position.col;
    screen->cursor_visible = visible != 0;
    return 1;
}

static int on_property(VTermProp property, VTermValue *value, void *data)
{
    struct screen *screen = data;
    if (property == VTERM_PROP_CURSORVISIBLE)
        screen->cursor_visible = value->boolean != 0;
    return 1;
}

static const VTermScreenCallbacks callbacks = {.movecursor = on_cursor, .settermprop = on_property};

static void write_all(struct screen *screen, const char *bytes, size_t len)
{
    while (len && !screen->gone) {
        ssize_t sent = write(screen->master, bytes, len);
        if (sent < 0 && errno != EINTR)
            screen->gone = true;
        if (sent > 0) {
            bytes += sent;
            len -= (size_t)sent;
        }
    }
}

struct screen *screen_start(int rows, int cols, char *const argv[])
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    struct screen *screen = mem_alloc(sizeof *screen);
    screen->rows = rows;
    screen->cols = cols;
    screen->pid = forkpty(&screen->master, NULL, NULL, &size);
    if (screen->pid < 0) {
        free(screen);
        return NULL;
    }
    if (screen->pid == 0) {
        execvp(argv[0], argv);
        fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
        _exit(127);
    }
    fcntl(screen->master, F_SETFD, FD_CLOEXEC);
    screen->vterm = vterm_new(rows, cols);
    vterm_set_utf8(screen->vterm, 1);
    screen->cells = vterm_obtain_screen(screen->vterm);
    vterm_screen_set_callbacks(screen->cells, &callbacks, screen);
    vterm_screen_enable_altscreen(screen->cells, 1);
    vterm_screen_reset(screen->cells, 1);
    screen->cursor_visible = true;
    return screen;
}

/* Takes in what comes within `ms`; false when nothing came. */
static bool take_output(struct screen *screen, int ms)
{
    char bytes[16384];
    struct pollfd ready = {.fd = screen->master, .events = POLLIN};
    if (screen->gone) {
        poll(NULL, 0, ms);
        return false;
    }
    if (poll(&ready, 1, ms) <= 0)
        return false;
    ssize_t got = read(screen->master, bytes, sizeof bytes);
    if (got <= 0) {
        screen->gone = got == 0 || errno != EINTR;
        return false;
    }
    screen->bytes += (size_t)got;
    vterm_input_write(screen->vterm, bytes, (size_t)got);
    /* Answers to questions of the program, e.g. where the cursor is. */
    char answer[256];
    size_t len = vterm_output_read(screen->vterm, answer, sizeof answer);
    write_all(screen, answer, len);
    return true;
}

bool screen_pump(struct screen *screen, int ms)
{
    int64_t end = clock_monotonic_ms() + ms;
    for (int64_t left = ms; left > 0; left = end - clock_monotonic_ms())
        take_output(screen, (int)left);
    while (take_output(screen, 0))
        continue;
    return true;
}

bool screen_settle(struct screen *screen, int quiet_ms, int limit_ms)
{
    int64_t end = clock_monotonic_ms() + limit_ms;
    while (take_output(screen, quiet_ms)) {
        if (clock_monotonic_ms() > end)
            return false;
    }
    return true;
}

static void reap(struct screen *screen)
{
    if (!screen->reaped && waitpid(screen->pid, &screen->status, WNOHANG) == screen->pid)
        screen->reaped = true;
}

int screen_wait_exit(struct screen *screen, int limit_ms)
{
    int64_t end = clock_monotonic_ms() + limit_ms;
    do {
        take_output(screen, STEP_MS);
        reap(screen);
    } while (!screen->reaped && clock_monotonic_ms() < end);
    while (take_output(screen, 0))
        continue;
    if (!screen->reaped)
        return -1;
    return WIFEXITED(screen->status) ? WEXITSTATUS(screen->status) : 128 + WTERMSIG(screen->status);
}

void screen_end(struct screen *screen)
{
    if (!screen)
        return;
    close(screen->master);
    screen->gone = true;
    if (screen_wait_exit(screen, END_MS) < 0) {
        kill(screen->pid, SIGKILL);
        waitpid(screen->pid, &screen->status, 0);
    }
    vterm_free(screen->vterm);
    free(screen);
}

void screen_resize(struct screen *screen, int rows, int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    screen->rows = rows;
    screen->cols = cols;
    vterm_set_size(screen->vterm, rows, cols);
    ioctl(screen->master, TIOCSWINSZ, &size);
}

bool screen_signal(struct screen *screen, int number)
{
    reap(screen);
    return !screen->reaped && kill(screen->pid, number) == 0;
}

size_t screen_take_bytes(struct screen *screen)
{
    size_t bytes = screen->bytes;
    screen->bytes = 0;
    return bytes;
}

static const struct {
    const char *name;
    const char *bytes;
} named_keys[] = {
    {"Enter", "\r"},        {"Esc", "\033"},         {"Tab", "\t"},       {"S-Tab", "\033[Z"},
    {"Up", "\033[A"},       {"Down", "\033[B"},      {"Right", "\033[C"}, {"Left", "\033[D"},
    {"Home", "\033[H"},     {"End", "\033[F"},       {"PgUp", "\033[5~"}, {"PgDn", "\033[6~"},
    {"BS", "\177"},         {"Del", "\033[3~"},      {"Space", " "},      {"F1", "\033OP"},
    {"F2", "\033OQ"},       {"F3", "\033OR"},        {"F4", "\033OS"},    {"F5", "\033[15~"},
    {"F6", "\033[17~"},     {"F7", "\033[18~"},      {"F8", "\033[19~"},  {"F9", "\033[20~"},
    {"F10", "\033[21~"},    {"F11", "\033[23~"},     {"F12", "\033[24~"}, {"lt", "<"},
    {"Paste", "\033[200~"}, {"/Paste", "\033[201~"},
};

/* Sends what stands in <...>; 0 when it is no name of a key. */
static size_t send_named(struct screen *screen, const char *keys)
{
    const char *end = strchr(keys, '>');
    if (!end)
        return 0;
    size_t len = (size_t)(end - keys - 1);
    const char *name = keys + 1;
    if (len == 5 && strncasecmp(name, "Pause", 5) == 0) {
        screen_pump(screen, PAUSE_MS);
        return len + 2;
    }
    if (len == 3 && name[1] == '-' && (name[0] == 'C' || name[0] == 'M')) {
        char bytes[2] = {'\033', name[2]};
        bool control = name[0] == 'C';
        bytes[1] = control ? (char)(name[2] & 0x1F) : name[2];
        write_all(screen, bytes + control, control ? 1 : 2);
        return len + 2;
    }
    for (size_t i = 0; i < sizeof named_keys / sizeof named_keys[0]; i++) {
        if (strlen(named_keys[i].name) == len && strncasecmp(named_keys[i].name, name, len) == 0) {
            write_all(screen, named_keys[i].bytes, strlen(named_keys[i].bytes));
            return len + 2;
        }
    }
    return 0;
}

bool screen_send(struct screen *screen, const char *keys)
{
    while (*keys) {
        size_t used = *keys == '<' ? send_named(screen, keys) : 0;
        if (!used) {
            write_all(screen, keys, 1);
            used = 1;
        }
        keys += used;
    }
    return !screen->gone;
}

static VTermScreenCell cell_at(struct screen *screen, int row, int col)
{
    VTermScreenCell cell;
    memset(&cell, 0, sizeof cell);
    vterm_screen_get_cell(screen->cells, (VTermPos){.row = row, .col = col}, &cell);
    return cell;
}

/* The right half of a double-width character; it draws nothing of its own. */
static bool is_half(const VTermScreenCell *cell)
{
    return cell->chars[0] == (uint32_t)-1;
}

static void add_cell(struct strbuf *out, const VTermScreenCell *cell)
{
    char bytes[4];
    if (!cell->chars[0])
        strbuf_putc(out, ' ');
    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i]; i++)
        strbuf_add(out, bytes, utf8_encode(cell->chars[i], bytes));
}

static bool is_blank(const VTermScreenCell *cell)
{
    return !cell->chars[0] || cell->chars[0] == ' ';
}

char *screen_text(struct screen *screen)
{
    struct strbuf out;
    strbuf_init(&out, TEXT_LIMIT);
    for (int row = 0; row < screen->rows; row++) {
        size_t end = out.len;
        for (int col = 0; col < screen->cols; col++) {
            VTermScreenCell cell = cell_at(screen, row, col);
            if (is_half(&cell))
                continue;
            add_cell(&out, &cell);
            if (!is_blank(&cell))
                end = out.len;
        }
        out.len = end;
        strbuf_putc(&out, '\n');
    }
    return out.text;
}

bool screen_wait(struct screen *screen, const char *text, bool there, int limit_ms)
{
    int64_t end = clock_monotonic_ms() + limit_ms;
    for (;;) {
        while (take_output(screen, 0))
            continue;
        char *shown = screen_text(screen);
        bool found = strstr(shown, text) != NULL;
        free(shown);
        if (found == there) {
            /* The rest of the frame that it came with. */
            screen_settle(screen, STEP_MS, limit_ms);
            return true;
        }
        int64_t left = end - clock_monotonic_ms();
        if (left <= 0)
            return false;
        take_output(screen, left < STEP_MS ? (int)left : STEP_MS);
    }
}

/* --- styles ------------------------------------------------------------------------------------
 */

static unsigned palette_rgb(int index)
{
    static const unsigned base[16] = {0x1C1F26, 0xE06C75, 0x98C379, 0xE5C07B, 0x61AFEF, 0xC678DD,
                                      0x56B6C2, 0xABB2BF, 0x6B7280, 0xFF7B86, 0xB5E890, 0xFFD68A,
                                      0x82C4FF, 0xE29BF5, 0x7FD8E4, 0xFFFFFF};
    static const unsigned level[6] = {0, 95, 135, 175, 215, 255};
    if (index < 16)
        return base[index];
    if (index >= 232) {
        unsigned grey = 8 + 10 * (unsigned)(index - 232);
        return grey << 16 | grey << 8 | grey;
    }
    unsigned in_cube = (unsigned)index - 16;
    return level[in_cube / 36] << 16 | level[in_cube / 6 % 6] << 8 | level[in_cube % 6];
}

/* 0xRRGGBB, or -1 for the terminal's own colour. */
static long color_of(const VTermColor *color, bool is_ground)
{
    if (is_ground ? VTERM_COLOR_IS_DEFAULT_BG(color) : VTERM_COLOR_IS_DEFAULT_FG(color))
        return -1;
    if (VTERM_COLOR_IS_INDEXED(color))
        return (long)palette_rgb(color->indexed.idx);
    return (long)color->rgb.red << 16 | (long)color->rgb.green << 8 | color->rgb.blue;
}

static void describe_color(struct strbuf *out, char letter, const VTermColor *color, bool is_ground)
{
    if (color_of(color, is_ground) < 0)
        return;
    if (VTERM_COLOR_IS_INDEXED(color))
        strbuf_printf(out, "%c%d", letter, color->indexed.idx);
    else
        strbuf_printf(out, "%c#%06lx", letter, (unsigned long)color_of(color, is_ground));
}

static void describe_style(struct strbuf *out, const VTermScreenCell *cell)
{
    strbuf_putc(out, '{');
    if (cell->attrs.bold)
        strbuf_putc(out, 'b');
    if (cell->attrs.underline)
        strbuf_putc(out, 'u');
    if (cell->attrs.reverse)
        strbuf_putc(out, 'r');
    if (cell->attrs.italic)
        strbuf_putc(out, 'i');
    describe_color(out, 'f', &cell->fg, false);
    describe_color(out, 'g', &cell->bg, true);
    strbuf_putc(out, '}');
}

char *screen_attributes(struct screen *screen)
{
    struct strbuf out, style, last;
    strbuf_init(&out, TEXT_LIMIT);
    strbuf_init(&style, 256);
    strbuf_init(&last, 256);
    for (int row = 0; row < screen->rows; row++) {
        strbuf_clear(&last);
        strbuf_puts(&last, "{}");
        size_t end = out.len;
        for (int col = 0; col < screen->cols; col++) {
            VTermScreenCell cell = cell_at(screen, row, col);
            if (is_half(&cell))
                continue;
            strbuf_clear(&style);
            describe_style(&style, &cell);
            if (strcmp(style.text, last.text) != 0)
                strbuf_puts(&out, style.text);
            bool styled = strcmp(style.text, "{}") != 0 || strcmp(last.text, "{}") != 0;
            strbuf_clear(&last);
            strbuf_puts(&last, style.text);
            add_cell(&out, &cell);
            if (styled || !is_blank(&cell))
                end = out.len;
        }
        out.len = end;
        strbuf_putc(&out, '\n');
    }
    strbuf_release(&style);
    strbuf_release(&last);
    return out.text;
}

/* --- SVG ---------------------------------------------------------------------------------------
 */

enum { CELL_WIDTH = 9, CELL_HEIGHT = 19, BASELINE = 14, MARGIN = 12 };

struct paint {
    unsigned ink, ground;
    bool bold, underline, italic;
};

struct grounds {
    unsigned ink, ground;
};

static struct paint paint_of(const VTermScreenCell *cell, const struct grounds *defaults)
{
    long ink = color_of(&cell->fg, false), ground = color_of(&cell->bg, true);
    struct paint paint = {
        .ink = ink < 0 ? defaults->ink : (unsigned)ink,
        .ground = ground < 0 ? defaults->ground : (unsigned)ground,
        .bold = cell->attrs.bold != 0,
        .underline = cell->attrs.underline != 0,
        .italic = cell->attrs.italic != 0,
    };
    if (cell->attrs.reverse) {
        unsigned swap = paint.ink;
        paint.ink = paint.ground;
        paint.ground = swap;
    }
    return paint;
}

static bool same_paint(const struct paint *a, const struct paint *b)
{
    return a->ink == b->ink && a->ground == b->ground && a->bold == b->bold &&
           a->underline == b->underline && a->italic == b->italic;
}

static int left_of(int col)
{
    return MARGIN + col * CELL_WIDTH;
}

static int top_of(int row)
{
    return MARGIN + row * CELL_HEIGHT;
}

static void svg_rectangle(struct strbuf *out, double x, double y, double width, double height,
                          unsigned color)
{
    strbuf_printf(out,
                  "<rect x=\"%.4g\" y=\"%.4g\" width=\"%.4g\" height=\"%.4g\" fill=\"#%06x\"/>\n",
                  x, y, width, height, color);
}

/*
 * Blocks, shades and lines are drawn as shapes, so that they join without gaps whatever the font:
 * true when `code` was one of them.
 */
static bool svg_block(struct strbuf *out, int row, int col, uint32_t code, unsigned ink)
{
    double x = left_of(col), y = top_of(row);
    if (code >= 0x2581 && code <= 0x2588) {
        double height = CELL_HEIGHT * (double)(code - 0x2580) / 8;
        svg_rectangle(out, x, y + CELL_HEIGHT - height, CELL_WIDTH, height, ink);
        return true;
    }
    if (code >= 0x2589 && code <= 0x258F) {
        svg_rectangle(out, x, y, CELL_WIDTH * (double)(0x2590 - code) / 8, CELL_HEIGHT, ink);
        return true;
    }
    if (code >= 0x2591 && code <= 0x2593) {
        strbuf_printf(out,
                      "<rect x=\"%.4g\" y=\"%.4g\" width=\"%d\" height=\"%d\" fill=\"#%06x\" "
                      "fill-opacity=\"%.2f\"/>\n",
                      x, y, CELL_WIDTH, CELL_HEIGHT, ink, (double)(code - 0x2590) / 4);
        return true;
    }
    return false;
}

/* Lines of frames, as paths in a cell of 9 x 19 with its middle at 4.5, 9.5. */
static const struct line {
    uint32_t code;
    const char *path; /* NULL: horizontal, one path for a run of them */
    double thickness;
    const char *dashes;
} lines[] = {
    {0x2500, NULL, 1.2, NULL},
    {0x2501, NULL, 2.8, NULL},
    {0x2505, NULL, 2.8, "1.8 1.2"},
    {0x2508, NULL, 1.2, "1.3 1.7"},
    {0x254D, NULL, 2.8, "3.3 1.2"},
    {0x2502, "M4.5 0V19", 1.2, NULL},
    {0x2503, "M4.5 0V19", 2.8, NULL},
    {0x2506, "M4.5 0V19", 1.4, "4 2.3"},
    {0x256D, "M4.5 19V14.5Q4.5 9.5 9 9.5", 1.2, NULL},
    {0x256E, "M4.5 19V14.5Q4.5 9.5 0 9.5", 1.2, NULL},
    {0x256F, "M4.5 0V4.5Q4.5 9.5 0 9.5", 1.2, NULL},
    {0x2570, "M4.5 0V4.5Q4.5 9.5 9 9.5", 1.2, NULL},
};

static const struct line *find_line(uint32_t code)
{
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (lines[i].code == code)
            return &lines[i];
    }
    return NULL;
}

static void svg_line(struct strbuf *out, int row, int col, int columns, const struct line *line,
                     unsigned ink)
{
    strbuf_printf(out, "<path transform=\"translate(%d %d)\" d=\"", left_of(col), top_of(row));
    if (line->path)
        strbuf_puts(out, line->path);
    else
        strbuf_printf(out, "M0 9.5H%d", columns * CELL_WIDTH);
    strbuf_printf(out, "\" fill=\"none\" stroke=\"#%06x\" stroke-width=\"%.1f\"", ink,
                  line->thickness);
    if (line->dashes)
        strbuf_printf(out, " stroke-dasharray=\"%s\"", line->dashes);
    strbuf_puts(out, "/>\n");
}

static void svg_escape(struct strbuf *out, const VTermScreenCell *cell)
{
    if (cell->chars[0] == '<')
        strbuf_puts(out, "&lt;");
    else if (cell->chars[0] == '&')
        strbuf_puts(out, "&amp;");
    else
        add_cell(out, cell);
}

/* The end of the cells from `from` on that hold the same character in the same paint. */
static int same_run(struct screen *screen, int row, int from, const struct grounds *defaults)
{
    VTermScreenCell first = cell_at(screen, row, from);
    struct paint paint = paint_of(&first, defaults);
    int col = from + 1;
    for (; col < screen->cols; col++) {
        VTermScreenCell cell = cell_at(screen, row, col);
        struct paint next = paint_of(&cell, defaults);
        if (cell.chars[0] != first.chars[0] || !same_paint(&paint, &next))
            break;
    }
    return col;
}

/* Text from `from` on in one paint: one <text>; returns the end. */
static int svg_text(struct strbuf *out, struct screen *screen, int row, int from,
                    const struct paint *paint, const struct grounds *defaults)
{
    bool is_ascii = cell_at(screen, row, from).chars[0] < 0x80;
    struct strbuf text;
    strbuf_init(&text, TEXT_LIMIT);
    int col = from;
    /* Only ASCII runs together: other glyphs may come from a font of another width. */
    do {
        VTermScreenCell cell = cell_at(screen, row, col);
        struct paint next = paint_of(&cell, defaults);
        if (!same_paint(paint, &next) || (col > from && cell.chars[0] >= 0x80))
            break;
        svg_escape(&text, &cell);
        col++;
    } while (col < screen->cols && is_ascii);
    strbuf_printf(out, "<text x=\"%d\" y=\"%d\" fill=\"#%06x\"%s%s%s>%s</text>\n", left_of(from),
                  top_of(row) + BASELINE, paint->ink, paint->bold ? " font-weight=\"bold\"" : "",
                  paint->italic ? " font-style=\"italic\"" : "",
                  paint->underline ? " text-decoration=\"underline\"" : "", text.text);
    strbuf_release(&text);
    return col;
}

/* What begins at a cell: a shape, a line or text; returns its end. */
static int svg_run(struct strbuf *out, struct screen *screen, int row, int from,
                   const struct grounds *defaults)
{
    VTermScreenCell first = cell_at(screen, row, from);
    struct paint paint = paint_of(&first, defaults);
    if (is_half(&first) || (is_blank(&first) && !paint.underline) ||
        svg_block(out, row, from, first.chars[0], paint.ink))
        return from + 1;
    const struct line *line = find_line(first.chars[0]);
    if (!line)
        return svg_text(out, screen, row, from, &paint, defaults);
    int end = line->path ? from + 1 : same_run(screen, row, from, defaults);
    svg_line(out, row, from, end - from, line, paint.ink);
    return end;
}

static void svg_grounds(struct strbuf *out, struct screen *screen, int row,
                        const struct grounds *defaults)
{
    for (int col = 0; col < screen->cols;) {
        VTermScreenCell first = cell_at(screen, row, col);
        unsigned ground = paint_of(&first, defaults).ground;
        int end = col + 1;
        for (; end < screen->cols; end++) {
            VTermScreenCell cell = cell_at(screen, row, end);
            if (paint_of(&cell, defaults).ground != ground)
                break;
        }
        if (ground != defaults->ground)
            svg_rectangle(out, left_of(col), top_of(row), (end - col) * CELL_WIDTH, CELL_HEIGHT,
                          ground);
        col = end;
    }
}

char *screen_svg(struct screen *screen, bool light)
{
    const struct grounds defaults =
        light ? (struct grounds){0x2B2F36, 0xFBFAF7} : (struct grounds){0xD6DAE0, 0x16191F};
    int width = screen->cols * CELL_WIDTH + 2 * MARGIN;
    int height = screen->rows * CELL_HEIGHT + 2 * MARGIN;
    struct strbuf out;
    strbuf_init(&out, TEXT_LIMIT);
    strbuf_printf(&out,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                  "viewBox=\"0 0 %d %d\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, "
                  "monospace\" font-size=\"14.95\" xml:space=\"preserve\">\n"
                  "<rect width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#%06x\"/>\n",
                  width, height, width, height, width, height, defaults.ground);
    for (int row = 0; row < screen->rows; row++)
        svg_grounds(&out, screen, row, &defaults);
    for (int row = 0; row < screen->rows; row++) {
        for (int col = 0; col < screen->cols;)
            col = svg_run(&out, screen, row, col, &defaults);
    }
    if (screen->cursor_visible)
        strbuf_printf(&out,
                      "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\" "
                      "fill-opacity=\"0.5\"/>\n",
                      left_of(screen->cursor_col), top_of(screen->cursor_row), CELL_WIDTH,
                      CELL_HEIGHT, defaults.ink);
    strbuf_puts(&out, "</svg>\n");
    return out.text;
}
