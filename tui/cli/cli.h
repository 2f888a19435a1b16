/* The headless commands: what `cutover` does with arguments. */
#ifndef TUI_CLI_CLI_H
#define TUI_CLI_CLI_H

#include "core/base/error.h"

#include <stdbool.h>

/*
 * Runs one command line and gives the exit status: 0 done, 1 error, 2 usage, 3 not found,
 * 4 refused by a rule before anything was sent, 5 conflict, 6 a FAIL verdict, 7 an inconclusive
 * one, 130 interrupted. Results go to standard output, all else to stderr. Without arguments it
 * opens the console.
 */
int cli_main(int argc, char **argv);

/*
 * Runs one command (argv[0] is its group or verb) as a step of another, without printing its
 * result. False with the error.
 */
bool cli_run_quietly(int argc, char **argv, struct error *error);

#endif
