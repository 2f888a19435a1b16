/* Help texts, made from the tables of commands and options. */
#ifndef TUI_CLI_HELP_H
#define TUI_CLI_HELP_H

#include "tui/cli/command.h"

/* The options that a command takes, with those that all take. */
uint64_t help_options_of(const struct command *command);

/* Each writes to standard output. */
void help_program(void);
void help_group(const char *group);
void help_command(const struct command *command);

#endif
