/*
 * The terminal: ncurses for output, our own termios and decoder for input.
 *
 * One terminal a process. While it is open, standard output and the keyboard belong to it; it is
 * restored by terminal_close(), at exit(), and by the signals TERM, HUP, INT, QUIT, ABRT, SEGV,
 * BUS, FPE and ILL (which then do what they always do). Ctrl-Z and SIGTSTP restore it, stop the
 * process, and set it up again when it is continued; the process then also gets SIGWINCH, so that
 * a loop which handles that paints anew.
 *
 * Needs setlocale(LC_CTYPE, "") before. Signal handlers of the program itself are to be installed
 * after terminal_open().
 */
#ifndef TUI_DRAW_TERMINAL_H
#define TUI_DRAW_TERMINAL_H

#include "core/base/error.h"
#include "tui/draw/canvas.h"
#include "tui/draw/theme.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct terminal;

/* How long an escape sequence may take to arrive, in ms; longer over SSH. */
enum { KEYS_ESCAPE_MS = 50, KEYS_ESCAPE_SSH_MS = 150 };

/*
 * Takes over the terminal at standard input and output. NULL with a message and a hint when there
 * is none, or TERM is missing, unknown or too poor to place a cursor. Never exits.
 */
struct terminal *terminal_open(struct error *error);

/* Gives it back as it was. NULL is allowed. */
void terminal_close(struct terminal *terminal);

/* Where keys come from, for poll(). */
int terminal_fd(const struct terminal *terminal);

/* Reads what is there, at most `size` bytes. 0: the terminal is gone; -1: nothing now. */
ssize_t terminal_read(struct terminal *terminal, unsigned char *bytes, size_t size);

/* The size now (asked from the kernel), within 1..CANVAS_MAX_*. Call after SIGWINCH. */
void terminal_size(struct terminal *terminal, int *rows, int *cols);

/* Overrides the depth, e.g. to mono when the user asks for it. */
void terminal_set_depth(struct terminal *terminal, enum color_depth depth);

/* True when the locale cannot show anything but ASCII: the canvas is then to be `ascii`. */
bool terminal_wants_ascii(const struct terminal *terminal);

/* How long a lone Escape is waited for here: KEYS_ESCAPE_MS, or longer over SSH. */
int terminal_escape_ms(const struct terminal *terminal);

/*
 * Shows the canvas: only what differs from the last one is sent, in one write. A canvas of
 * another size than the last one is shown whole.
 */
void terminal_present(struct terminal *terminal, const struct canvas *canvas,
                      const struct theme *theme);

/* The next terminal_present() paints everything, whatever the screen holds (Ctrl-L). */
void terminal_redraw(struct terminal *terminal);

/* Gives the terminal to another program (an editor) and takes it back; the next present paints
 * everything. */
void terminal_suspend(struct terminal *terminal);
void terminal_resume(struct terminal *terminal);

/* Stops the process as Ctrl-Z does; returns when it is continued. */
void terminal_stop(struct terminal *terminal);

/*
 * Asks the terminal to put text on the clipboard (OSC 52); within tmux also the terminal around it.
 * false: longer than it can take, or no terminal that understands.
 */
bool terminal_copy(struct terminal *terminal, const char *text);

/*
 * Restores the terminal, if one is open, with calls that are safe in a signal handler. For a
 * handler of one's own, or before abort().
 */
void terminal_emergency_restore(void);

#endif
