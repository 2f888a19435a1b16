/* Registering what a deployment's file describes in place, before the deployment itself. */
#ifndef TUI_CLI_ASSETS_H
#define TUI_CLI_ASSETS_H

#include "core/spec/spec.h"
#include "tui/cli/command.h"

/*
 * Code, environment, model, in this order: each is PUT, and its id written into the spec's body;
 * references by label are looked up. A dry run asks nothing and puts placeholders. For Azure
 * contexts, local files are refused: they would have to be uploaded.
 */
bool assets_register(struct session *session, struct spec *spec, struct error *error);

#endif
