/*
 * The console: one screen over one workspace.
 *
 * console_run() owns the terminal and the process until the operator leaves. The first frame is
 * painted before libcurl is loaded and before anything is asked of the service; the terminal is
 * restored on every way out, also on a signal or a crash.
 */
#ifndef TUI_APP_CONSOLE_H
#define TUI_APP_CONSOLE_H

#include <stdbool.h>

struct console_options {
    /* Context to open; NULL takes the current one of the configuration, else `local`. */
    const char *context;
    /* Set over what the context says; NULL leaves it. */
    const char *subscription;
    const char *group;
    const char *workspace;
    const char *endpoint; /* endpoint to select once the list is there; NULL: the first */
    const char *theme; /* "dark", "light", "mono"; NULL: from the configuration or the terminal */
    /*
     * Folder that file pickers search after the current one (the samples that demo wrote out);
     * NULL: only the current folder.
     */
    const char *samples;
    bool guide;     /* tell the next step of the cutover with the samples */
    bool ascii;     /* draw with ASCII only */
    bool read_only; /* refuse everything that would change the service */
};

/*
 * Runs the console on the terminal of stdin and stdout. Strings are borrowed for the call. Gives
 * the process's exit status: 0 left by the operator, 1 no usable terminal (said on stderr), 130
 * interrupted. Ends by itself when the terminal goes away.
 */
int console_run(const struct console_options *options);

#endif
