/*
 * What the demo runs in: an engine, the samples in a folder of their own, and a client that keeps
 * sending requests. All of it ends with this process, however that ends.
 */
#ifndef TUI_CLI_DEMO_WORLD_H
#define TUI_CLI_DEMO_WORLD_H

#include "core/base/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct demo_world {
    char *folder;    /* private, holds samples and the engine's state */
    char *samples;   /* below it */
    bool own_engine; /* started here; else one ran already and goes on running */
    bool keep;
    int stop_fd; /* its end is what ends our engine; -1: none */
    pid_t engine;
    pid_t client;
    int client_fd; /* where the client reports to; -1: none */
};

/* Writes the samples and starts an engine unless one answers. Released also after an error. */
bool demo_world_open(struct demo_world *world, const char *python, bool keep, struct error *error);

/* Ends the client, our engine and its workers, and removes the folder, unless it is to be kept. */
void demo_world_close(struct demo_world *world);

/* What the client saw up to its end. */
struct demo_client_report {
    long sent;
    long failed;
};

/*
 * Starts a process that sends `body` to an endpoint of the local engine `rate` times a second,
 * until demo_client_stop(). It waits patiently for an endpoint that is not there.
 */
bool demo_client_start(struct demo_world *world, const char *workspace, const char *endpoint,
                       const char *body, int rate, struct error *error);
bool demo_client_stop(struct demo_world *world, struct demo_client_report *out,
                      struct error *error);

#endif
