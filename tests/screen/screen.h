/*
 * A program in a pseudo terminal whose screen can be read: forkpty and libvterm. For tests only;
 * needs a UTF-8 locale in LC_ALL for programs that draw more than ASCII.
 */
#ifndef TESTS_SCREEN_SCREEN_H
#define TESTS_SCREEN_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

struct screen;

/* Starts argv[0] (found on PATH) with the caller's environment. NULL with errno on failure. */
struct screen *screen_start(int rows, int cols, char *const argv[]);

/* Closes the terminal; what does not end within a second is killed. NULL is allowed. */
void screen_end(struct screen *screen);

/* Types keys as vtshot's --send says; false when the program is gone. */
bool screen_send(struct screen *screen, const char *keys);

/* Takes in output for that long. Always true. */
bool screen_pump(struct screen *screen, int ms);

/* Until no output came for quiet_ms; false if it did not get quiet within limit_ms. */
bool screen_settle(struct screen *screen, int quiet_ms, int limit_ms);

/* Until `text` is within one row of the screen (or, with `there` false, in none). */
bool screen_wait(struct screen *screen, const char *text, bool there, int limit_ms);

void screen_resize(struct screen *screen, int rows, int cols);

bool screen_signal(struct screen *screen, int number);

/* Waits for the program's end: its exit status, 128 + signal, or -1 when it still runs. */
int screen_wait_exit(struct screen *screen, int limit_ms);

/* Bytes received since the last call. */
size_t screen_take_bytes(struct screen *screen);

/* What is shown, one line a row, right blanks removed. Owned by the caller. */
char *screen_text(struct screen *screen);

/*
 * The same with styles in braces where they change: {b} bold, {u} underline, {r} reverse, {fN}
 * foreground, {gN} ground (palette index or #rrggbb), {} plain.
 */
char *screen_attributes(struct screen *screen);

/* A picture of it. Owned by the caller. */
char *screen_svg(struct screen *screen, bool light);

#endif
