/*
 * The terminal's way back: what sets it up and what restores it, kept as plain bytes and a termios
 * so that a signal handler can use them. Private to tui/draw/terminal.c.
 */
#ifndef TUI_DRAW_RESTORE_H
#define TUI_DRAW_RESTORE_H

#include <stdbool.h>
#include <termios.h>

enum { RESTORE_BYTES_MAX = 256 };

struct restore_plan {
    int fd;
    struct termios original; /* as it was before us */
    struct termios ours;
    char enter[RESTORE_BYTES_MAX]; /* what puts the screen in our state again */
    char leave[RESTORE_BYTES_MAX]; /* what gives it back */
};

/* From now on exits, fatal signals and stops restore the terminal by that plan. */
void restore_arm(const struct restore_plan *plan);

/* No longer: the terminal was given back in the ordinary way. Signals do what they did before. */
void restore_disarm(void);

/* Gives the terminal back and takes it again, both safe in a signal handler. They do nothing
 * while not armed. */
void restore_leave(void);
void restore_enter(void);

/* True once after the process was stopped and continued. */
bool restore_was_stopped(void);

#endif
