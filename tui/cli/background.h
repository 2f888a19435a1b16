/* The local engine as a process of its own, started by a command that needs it. */
#ifndef TUI_CLI_BACKGROUND_H
#define TUI_CLI_BACKGROUND_H

#include "core/base/error.h"

#include <stdbool.h>

/* True when an engine answers at the address of the runtime folder's local.json. */
bool background_engine_answers(void);

/*
 * Starts `cutover serve` detached from this process and its terminal, unless an engine answers
 * already, and waits until it is ready. `state` and `python` go to --state and --python (NULL: not
 * given). Its output goes to $XDG_STATE_HOME/cutover/engine.log (0600).
 */
bool background_engine_start(const char *state, const char *python, struct error *error);

#endif
