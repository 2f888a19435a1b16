/*
 * The local engine as a process: `cutover serve`.
 *
 * One thread, one epoll wait over clients, workers, timers and signals. Requests to a published
 * scoring path go to the router (route/), all others to the control plane (control/); what the
 * control plane decides is carried out by the workers (work/).
 */
#ifndef CORE_LOCAL_ENGINE_H
#define CORE_LOCAL_ENGINE_H

#include "core/base/error.h"

#include <stdbool.h>

struct engine_options {
    const char *listen;       /* "127.0.0.1:5678"; port 0 picks one; NULL: 127.0.0.1:0 */
    const char *state_folder; /* made when missing; NULL: nothing is kept over a restart */
    const char *python;       /* interpreter of the workers, a path or a name; NULL: python3 */
    bool allow_non_loopback;  /* else an address that is not loopback is refused */
    bool enforce_rate_limits; /* the service's 500 requests/s and 5 MB/s an endpoint */
    int stop_fd;              /* readable or at its end: stop as on SIGTERM; -1: none */
    /* Called once when requests are answered and local.json is written. May be NULL. */
    void (*on_ready)(void *context, const char *url);
    void *context;
};

/*
 * Runs the engine in this process until SIGTERM, SIGINT or stop_fd; blocks. Writes
 * $XDG_RUNTIME_DIR/cutover/local.json ({"url", "token", "pid"}, 0600) when ready and removes it at
 * the end. ERROR_CONFLICT when another engine runs with this runtime or state folder. Changes
 * signal dispositions and the descriptor limit of the process; returns with no worker left.
 */
bool engine_run(const struct engine_options *options, struct error *error);

/*
 * Ends the engine that owns the runtime folder: SIGTERM, up to 5 s of waiting, then SIGKILL.
 * ERROR_NOT_FOUND when none runs. Only a process that holds the engine's lock is signalled.
 */
bool engine_stop_running(struct error *error);

#endif
