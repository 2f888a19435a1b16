/* Signal dispositions, set the portable way. */
#ifndef TUI_CLI_SIGNALS_H
#define TUI_CLI_SIGNALS_H

/* Calls `handler` (or SIG_IGN, SIG_DFL) on the signal; system calls are not restarted. */
void signals_set(int number, void (*handler)(int number));

/* The same for the first signal only; the second does what it does by default. */
void signals_set_once(int number, void (*handler)(int number));

#endif
