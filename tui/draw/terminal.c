#include "tui/draw/terminal.h"

#include "core/base/alloc.h"
#include "tui/draw/restore.h"
#include "tui/draw/width.h"

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termcap.h>
#include <unistd.h>
#include <wchar.h>

enum {
    PAIRS_MAX = 256,
    BLANKS_MAX = 4,   /* longer runs of blanks are cheaper as plain ones */
    COPY_MAX = 74994, /* what xterm takes in one OSC 52 */
};

struct color_pair {
    short foreground, background;
};

struct terminal {
    SCREEN *screen;
    /* What ncurses writes, flushed by it in many small pieces: a file in memory, which goes to the
     * terminal in one piece. */
    FILE *frame;
    char *bytes;
    size_t capacity;
    struct termios original;
    enum color_depth depth;
    int colors; /* that terminfo grants */
    bool color_started;
    bool ascii;
    bool armed; /* the screen is ours */
    bool ansi;  /* it speaks CSI: private modes may be asked for */
    bool whole; /* nothing is known about what the screen shows */
    struct canvas shown;
    struct theme theme;                 /* that `shown` was drawn with */
    struct color_pair pairs[PAIRS_MAX]; /* pair i + 1 */
    size_t pair_count;
    cchar_t row[CANVAS_MAX_COLS + 1];
};

static const char paste_on[] = "\033[?2004h";
static const char paste_off[] = "\033[?2004l";

static void write_all(const char *bytes, size_t len)
{
    while (len) {
        ssize_t sent = write(STDOUT_FILENO, bytes, len);
        if (sent < 0 && errno != EINTR)
            return;
        if (sent > 0) {
            bytes += sent;
            len -= (size_t)sent;
        }
    }
}

/* Sends what ncurses has written since the last call. */
static void flush_frame(struct terminal *terminal)
{
    int fd = fileno(terminal->frame);
    off_t end = lseek(fd, 0, SEEK_CUR);
    if (end <= 0)
        return;
    size_t len = (size_t)end;
    if (len > terminal->capacity) {
        terminal->bytes = mem_resize_array(terminal->bytes, len, 1);
        terminal->capacity = len;
    }
    if (pread(fd, terminal->bytes, len, 0) == (ssize_t)len)
        write_all(terminal->bytes, len);
    lseek(fd, 0, SEEK_SET);
}

static const char *capability(const char *name)
{
    char id[16];
    snprintf(id, sizeof id, "%s", name);
    const char *text = tigetstr(id);
    return text && text != (char *)-1 ? text : NULL;
}

static int capability_number(const char *name)
{
    char id[16];
    snprintf(id, sizeof id, "%s", name);
    return tigetnum(id);
}

/* Appends a capability without its padding marks ($<5>). */
static void add_capability(char out[RESTORE_BYTES_MAX], const char *name)
{
    const char *text = capability(name);
    size_t len = strlen(out);
    while (text && *text && len + 1 < RESTORE_BYTES_MAX) {
        const char *end = text[0] == '$' && text[1] == '<' ? strchr(text, '>') : NULL;
        if (end)
            text = end + 1;
        else
            out[len++] = *text++;
    }
    out[len] = '\0';
}

static void add_bytes(char out[RESTORE_BYTES_MAX], const char *bytes)
{
    size_t len = strlen(out);
    snprintf(out + len, RESTORE_BYTES_MAX - len, "%s", bytes);
}

/* Asked before newterm(), which leaks on an unknown TERM and draws rubbish without a cursor. */
static bool check_terminal(struct error *error)
{
    const char *term = getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        error_set(error, ERROR_USAGE, "the console needs a terminal for its input and output");
        return error_hint(error, "The commands work without one: see cutover --help.");
    }
    if (!term || !term[0])
        error_set(error, ERROR_USAGE, "TERM is not set, so nobody knows how to draw here");
    else if (tgetent(NULL, term) != 1)
        error_set(error, ERROR_USAGE, "no terminal called \"%.40s\" is known here", term);
    else if (!capability("cup"))
        error_set(error, ERROR_USAGE, "the terminal \"%.40s\" cannot place its cursor", term);
    else
        return true;
    return error_hint(error, "Set TERM to what the terminal is, e.g. xterm-256color or "
                             "tmux-256color.");
}

/* Keys come at once and unchanged; Ctrl-C is a key, Ctrl-S too; Ctrl-Z and Ctrl-\ stay signals. */
static void make_raw(struct termios *mode)
{
    mode->c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | IEXTEN);
    /* Or the driver, having sent the signal, would throw away what its handler writes. */
    mode->c_lflag |= NOFLSH;
    mode->c_iflag &= ~(tcflag_t)(IXON | IXOFF | ICRNL | INLCR | IGNCR | ISTRIP);
    /* ncurses counts on a newline that only moves down and on tabs that nobody expands. */
    mode->c_oflag &= ~(tcflag_t)(ONLCR | TABDLY);
    mode->c_cc[VINTR] = _POSIX_VDISABLE;
    mode->c_cc[VMIN] = 1;
    mode->c_cc[VTIME] = 0;
}

static void arm(const struct terminal *terminal, const struct termios *ours)
{
    struct restore_plan plan = {.fd = STDOUT_FILENO, .original = terminal->original, .ours = *ours};
    add_capability(plan.enter, "smcup");
    add_capability(plan.enter, "civis");
    if (terminal->ansi) {
        add_bytes(plan.enter, paste_on);
        add_bytes(plan.leave, paste_off);
    }
    add_capability(plan.leave, "op");
    add_capability(plan.leave, "sgr0");
    add_capability(plan.leave, "cnorm");
    add_capability(plan.leave, "rmcup");
    restore_arm(&plan);
}

static void start_colors(struct terminal *terminal)
{
    if (terminal->color_started || terminal->depth == DEPTH_MONO)
        return;
    if (start_color() != OK || use_default_colors() != OK) {
        terminal->depth = DEPTH_MONO;
        return;
    }
    terminal->color_started = true;
}

static void set_size_variable(const char *name, int value)
{
    char text[16];
    snprintf(text, sizeof text, "%d", value);
    setenv(name, text, 1);
}

/*
 * newterm() on the frame's file, which has no size to ask for: it is told by the variables, which
 * go again, as they would be wrong after a resize. newterm() also sets handlers of its own for
 * some signals: these are given back as they were.
 */
static SCREEN *open_screen(struct terminal *terminal)
{
    static const int touched[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
    enum { TOUCHED = sizeof touched / sizeof touched[0] };
    struct sigaction before[TOUCHED];
    int rows, cols;
    for (size_t i = 0; i < TOUCHED; i++)
        sigaction(touched[i], NULL, &before[i]);
    terminal_size(terminal, &rows, &cols);
    set_size_variable("LINES", rows);
    set_size_variable("COLUMNS", cols);
    SCREEN *screen = newterm(NULL, terminal->frame, stdin);
    unsetenv("LINES");
    unsetenv("COLUMNS");
    for (size_t i = 0; i < TOUCHED; i++)
        sigaction(touched[i], &before[i], NULL);
    return screen;
}

/* Takes what newterm() did to the keyboard and to signals into our own hands. */
static bool set_up_screen(struct terminal *terminal, struct error *error)
{
    terminal->screen = open_screen(terminal);
    if (!terminal->screen)
        return error_set(error, ERROR_FAILED, "the terminal could not be set up");
    struct termios ours = terminal->original;
    make_raw(&ours);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &ours);
    terminal->ansi = strncmp(capability("cup"), "\033[", 2) == 0;
    terminal->colors = capability_number("colors");
    /* With direct colour, numbers from 8 on are RGB values and no palette. */
    if (terminal->colors > 256)
        terminal->colors = 8;
    terminal->depth = theme_depth(terminal->colors, getenv("NO_COLOR"));
    arm(terminal, &ours);
    start_colors(terminal);
    typeahead(-1);
    curs_set(0);
    leaveok(stdscr, TRUE);
    flush_frame(terminal);
    if (terminal->ansi)
        write_all(paste_on, sizeof paste_on - 1);
    terminal->armed = true;
    return true;
}

struct terminal *terminal_open(struct error *error)
{
    if (!check_terminal(error))
        return NULL;
    struct terminal *terminal = mem_alloc(sizeof *terminal);
    int fd = memfd_create("cutover-frame", MFD_CLOEXEC);
    terminal->frame = fd >= 0 ? fdopen(fd, "w") : NULL;
    terminal->ascii = !width_locale_is_utf8();
    terminal->whole = true;
    if (!terminal->frame) {
        error_set(error, ERROR_FAILED, "memory for the screen: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
    } else if (tcgetattr(STDIN_FILENO, &terminal->original) != 0) {
        error_set(error, ERROR_FAILED, "the terminal: %s", strerror(errno));
    } else if (set_up_screen(terminal, error)) {
        return terminal;
    }
    terminal_close(terminal);
    return NULL;
}

void terminal_close(struct terminal *terminal)
{
    if (!terminal)
        return;
    if (terminal->armed) {
        if (terminal->ansi)
            write_all(paste_off, sizeof paste_off - 1);
        endwin();
        flush_frame(terminal);
    }
    if (terminal->screen) {
        delscreen(terminal->screen);
        tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->original);
    }
    restore_disarm();
    if (terminal->frame)
        fclose(terminal->frame);
    free(terminal->bytes);
    canvas_release(&terminal->shown);
    free(terminal);
}

int terminal_fd(const struct terminal *terminal)
{
    (void)terminal;
    return STDIN_FILENO;
}

ssize_t terminal_read(struct terminal *terminal, unsigned char *bytes, size_t size)
{
    (void)terminal;
    struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
    if (poll(&ready, 1, 0) <= 0)
        return -1;
    ssize_t got = read(STDIN_FILENO, bytes, size);
    if (got < 0)
        return errno == EINTR || errno == EAGAIN ? -1 : 0;
    return got;
}

void terminal_size(struct terminal *terminal, int *rows, int *cols)
{
    (void)terminal;
    struct winsize size = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_row || !size.ws_col) {
        size.ws_row = 24;
        size.ws_col = 80;
    }
    *rows = size.ws_row < CANVAS_MAX_ROWS ? size.ws_row : CANVAS_MAX_ROWS;
    *cols = size.ws_col < CANVAS_MAX_COLS ? size.ws_col : CANVAS_MAX_COLS;
}

void terminal_set_depth(struct terminal *terminal, enum color_depth depth)
{
    enum color_depth most = theme_depth(terminal->colors, NULL);
    depth = depth > most ? most : depth;
    if (depth == terminal->depth)
        return;
    terminal->depth = depth;
    terminal->whole = true;
    start_colors(terminal);
}

bool terminal_wants_ascii(const struct terminal *terminal)
{
    return terminal->ascii;
}

int terminal_escape_ms(const struct terminal *terminal)
{
    (void)terminal;
    return getenv("SSH_CONNECTION") || getenv("SSH_TTY") ? KEYS_ESCAPE_SSH_MS : KEYS_ESCAPE_MS;
}

/* The number of a colour pair, made on first use; 0 (the terminal's own) when there are no more. */
static short find_pair_number(struct terminal *terminal, short foreground, short background)
{
    if (foreground == COLOR_DEFAULT && background == COLOR_DEFAULT)
        return 0;
    for (size_t i = 0; i < terminal->pair_count; i++) {
        const struct color_pair *pair = &terminal->pairs[i];
        if (pair->foreground == foreground && pair->background == background)
            return (short)(i + 1);
    }
    short number = (short)(terminal->pair_count + 1);
    if (terminal->pair_count == PAIRS_MAX || number >= COLOR_PAIRS ||
        init_pair(number, foreground, background) != OK)
        return 0;
    terminal->pairs[terminal->pair_count++] = (struct color_pair){foreground, background};
    return number;
}

static attr_t curses_attributes(unsigned attributes)
{
    return (attributes & ATTR_BOLD ? A_BOLD : 0) | (attributes & ATTR_DIM ? A_DIM : 0) |
           (attributes & ATTR_UNDERLINE ? A_UNDERLINE : 0) |
           (attributes & ATTR_REVERSE ? A_REVERSE : 0) | (attributes & ATTR_ITALIC ? A_ITALIC : 0);
}

struct pen {
    unsigned style;
    struct look look;
    attr_t attributes;
    short pair;
    bool valid;
};

static void set_pen(struct terminal *terminal, struct pen *pen, unsigned style)
{
    if (pen->valid && pen->style == style)
        return;
    pen->look = theme_resolve(&terminal->theme, terminal->depth, style);
    pen->style = style;
    pen->attributes = curses_attributes(pen->look.attributes);
    pen->pair = terminal->depth == DEPTH_MONO
                    ? 0
                    : find_pair_number(terminal, pen->look.foreground, pen->look.background);
    pen->valid = true;
}

static bool is_blank(const struct cell *cell)
{
    return cell->code == ' ' && !cell->marks[0];
}

/* Blanks from `col` on, at most BLANKS_MAX + 1. */
static int blank_run(const struct cell *row, int col, int cols)
{
    int count = 0;
    while (col + count < cols && count <= BLANKS_MAX && is_blank(&row[col + count]))
        count++;
    return count;
}

/* True when a blank looks the same in both: ink does not show, ground and lines do. */
static bool same_ground(const struct look *a, const struct look *b)
{
    enum { SHOWN = ATTR_UNDERLINE | ATTR_REVERSE };
    return a->background == b->background && !((a->attributes | b->attributes) & SHOWN);
}

static void make_cchar(const struct cell *cell, const struct pen *pen, cchar_t *out)
{
    wchar_t text[2 + CELL_MARKS] = {(wchar_t)cell->code};
    for (int i = 0; i < CELL_MARKS; i++)
        text[i + 1] = (wchar_t)cell->marks[i];
    setcchar(out, text, pen->attributes, pen->pair, NULL);
}

/*
 * Hands a row to ncurses, which sends what differs from the screen. The few blanks between two
 * words take the colour of the first where that cannot be seen: it saves most of the bytes that
 * switching colours to and fro would cost.
 */
static void put_row(struct terminal *terminal, const struct canvas *canvas, int row)
{
    const struct cell *now = canvas_cell(canvas, row, 0);
    struct pen pen = {0}, blank = {0};
    int count = 0, blanks = 0;
    for (int col = 0; col < canvas->cols; col++) {
        /* The right half of a double-width character comes with its left one. */
        if (!now[col].width)
            continue;
        if (!blanks && pen.valid && is_blank(&now[col])) {
            blanks = blank_run(now, col, canvas->cols);
            if (blanks > BLANKS_MAX || col + blanks == canvas->cols)
                blanks = 0;
        }
        if (blanks && is_blank(&now[col])) {
            blanks--;
            set_pen(terminal, &blank, now[col].style);
            if (same_ground(&pen.look, &blank.look)) {
                make_cchar(&now[col], &pen, &terminal->row[count++]);
                continue;
            }
        }
        set_pen(terminal, &pen, now[col].style);
        make_cchar(&now[col], &pen, &terminal->row[count++]);
    }
    mvadd_wchnstr(row, 0, terminal->row, count);
}

static bool row_changed(const struct terminal *terminal, const struct canvas *canvas, int row)
{
    return terminal->whole ||
           memcmp(canvas_cell(canvas, row, 0), canvas_cell(&terminal->shown, row, 0),
                  (size_t)canvas->cols * sizeof *canvas->cells) != 0;
}

static void remember(struct terminal *terminal, const struct canvas *canvas)
{
    struct canvas *shown = &terminal->shown;
    if (shown->rows != canvas->rows || shown->cols != canvas->cols) {
        canvas_release(shown);
        canvas_init(shown, canvas->rows, canvas->cols, canvas->ascii);
    }
    memcpy(shown->cells, canvas->cells,
           (size_t)canvas->rows * (size_t)canvas->cols * sizeof *canvas->cells);
}

static void place_cursor(const struct canvas *canvas)
{
    curs_set(canvas->cursor_visible);
    leaveok(stdscr, !canvas->cursor_visible);
    if (canvas->cursor_visible)
        move(canvas->cursor_row, canvas->cursor_col);
}

void terminal_present(struct terminal *terminal, const struct canvas *canvas,
                      const struct theme *theme)
{
    if (restore_was_stopped())
        terminal_redraw(terminal);
    if (memcmp(&terminal->theme, theme, sizeof *theme) != 0) {
        terminal->theme = *theme;
        terminal->whole = true;
    }
    if (terminal->shown.rows != canvas->rows || terminal->shown.cols != canvas->cols) {
        if (terminal->shown.rows)
            terminal_redraw(terminal);
        terminal->whole = true;
        if (is_term_resized(canvas->rows, canvas->cols))
            resize_term(canvas->rows, canvas->cols);
    }
    for (int row = 0; row < canvas->rows; row++) {
        if (row_changed(terminal, canvas, row))
            put_row(terminal, canvas, row);
    }
    place_cursor(canvas);
    wnoutrefresh(stdscr);
    doupdate();
    flush_frame(terminal);
    remember(terminal, canvas);
    terminal->whole = false;
}

void terminal_redraw(struct terminal *terminal)
{
    terminal->whole = true;
    clearok(curscr, TRUE);
}

void terminal_suspend(struct terminal *terminal)
{
    (void)terminal;
    restore_leave();
}

void terminal_resume(struct terminal *terminal)
{
    restore_enter();
    terminal_redraw(terminal);
}

void terminal_stop(struct terminal *terminal)
{
    (void)terminal;
    kill(0, SIGTSTP);
}

/* tmux hands on what it is asked to (allow-passthrough), with every Escape doubled. */
static void write_through_tmux(const char *sequence, size_t len)
{
    /* The sequence has one Escape, its first byte: this start doubles it. */
    static const char start[] = "\033Ptmux;\033";
    static const char end[] = "\033\\";
    write_all(start, sizeof start - 1);
    write_all(sequence, len);
    write_all(end, sizeof end - 1);
}

bool terminal_copy(struct terminal *terminal, const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char start[] = "\033]52;c;";
    size_t len = strlen(text);
    if (len > COPY_MAX || !terminal->ansi)
        return false;
    char *out = mem_alloc(len / 3 * 4 + 16);
    size_t at = sizeof start - 1;
    memcpy(out, start, at);
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        unsigned bits = (unsigned)(unsigned char)text[i] << 16;
        bits |= left > 1 ? (unsigned)(unsigned char)text[i + 1] << 8 : 0;
        bits |= left > 2 ? (unsigned)(unsigned char)text[i + 2] : 0;
        out[at++] = digits[bits >> 18 & 63];
        out[at++] = digits[bits >> 12 & 63];
        out[at++] = left > 1 ? digits[bits >> 6 & 63] : '=';
        out[at++] = left > 2 ? digits[bits & 63] : '=';
    }
    out[at++] = '\a';
    if (getenv("TMUX"))
        write_through_tmux(out, at);
    write_all(out, at);
    free(out);
    return true;
}

void terminal_emergency_restore(void)
{
    restore_leave();
}
