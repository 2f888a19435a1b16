/*
 * The instances of all deployments: started, probed, replaced, restarted, drained, ended.
 *
 * An update brings up the whole new set beside the old one and swaps them in one step; the old
 * ones finish what they have and end. If the new set does not come up, the old one stays. An
 * instance that dies later is started again, after a pause that doubles with each failure.
 */
#ifndef CORE_LOCAL_WORK_WORKERS_H
#define CORE_LOCAL_WORK_WORKERS_H

#include "core/local/control/control.h"
#include "core/local/route/loop.h"
#include "core/local/route/router.h"

#include <stddef.h>
#include <stdint.h>

struct workers;

struct workers_options {
    struct loop *loop;
    struct router *router;
    const char *folder; /* private, existing: logs and links are kept below it */
    const char *python;
    const char *server; /* the scoring server's file */
    /* Reports, as control.h has them. */
    void (*ready)(void *context, const char *key, uint64_t generation);
    void (*failed)(void *context, const char *key, uint64_t generation, const char *code,
                   const char *message);
    void (*stopped)(void *context, const char *key, uint64_t generation);
    void *context;
};

struct workers *workers_new(const struct workers_options *options);

/* Carries out EFFECT_RUN. Reports come later, never from within the call. */
void workers_run(struct workers *workers, const struct run_spec *spec);

/* Carries out EFFECT_STOP. */
void workers_stop(struct workers *workers, const char *key, uint64_t generation, bool forget);

/* Text for control_options.read_log. Owned by the caller, may be NULL. */
char *workers_read_log(struct workers *workers, const char *key, const char *container,
                       size_t tail);

/*
 * Ends everything within `grace_ms`; no report comes any more. workers_alive() counts the
 * processes that are left, to be called while the loop runs on.
 */
void workers_shut_down(struct workers *workers, int grace_ms);
size_t workers_alive(const struct workers *workers);

/* Kills what is left and waits for it. Call before router_free(). */
void workers_free(struct workers *workers);

#endif
