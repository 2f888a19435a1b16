/*
 * A deployment as the router sees it: its ready instances, its limits, and the requests that wait.
 *
 * Requests of clients come first. At most 2 x max_concurrent x instances of them may be pending at
 * once, where instances is the larger of what is wanted and what serves, so that nothing is refused
 * while the number changes; those that end on an instance which was removed count for nobody.
 * Mirrored copies have a queue of their own, bounded in number and bytes, take only what clients
 * leave free, and are dropped when it is full.
 */
#ifndef CORE_LOCAL_ROUTE_POOL_H
#define CORE_LOCAL_ROUTE_POOL_H

#include "core/local/control/control.h"
#include "core/local/control/telemetry.h"
#include "core/local/route/upstream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    POOL_MAX_COPIES = 1024,
    POOL_MAX_COPY_BYTES = 64 * 1024 * 1024,
    POOL_RUNNING_COPIES = 16, /* an instance: fewer than the connections that are kept to it */
};

struct pool;

enum job_result {
    JOB_ANSWERED,  /* call.answer... hold what the model said */
    JOB_TIMED_OUT, /* request_timeout_ms passed */
    JOB_WAITED,    /* queue_wait_ms passed before one of all instances was free */
    JOB_CROWDED,   /* too many are pending, or the copies' queue is full */
    JOB_NOT_READY, /* no instance runs and none is expected soon */
    JOB_BROKEN,    /* the model closed the connection or spoke no HTTP */
};

/* One request for a deployment, or a mirrored copy of one. */
struct job {
    struct call call; /* first: a job is its call */
    /* Set by the owner: */
    bool is_copy;
    /* Called once; the job is the owner's again. For JOB_ANSWERED `call.answer` is valid. */
    void (*done)(struct job *job, enum job_result result);
    /* pool.c's own: */
    struct pool *pool;
    struct instance *last; /* where it was tried and failed */
    struct job *next;
    struct job *previous;
    struct loop_timer timer;
    int64_t deadline_us;
    int64_t queue_deadline_us;
    bool queued;
    bool running;
    int refusals;
    int unread;
};

struct job_queue {
    struct job *first;
    struct job *last;
    size_t count;
    size_t bytes;
};

struct pool {
    struct loop *loop;
    char key[CONTROL_KEY_SIZE];
    char endpoint_key[CONTROL_KEY_SIZE];
    char name[NAME_SIZE];
    char scoring_path[256];
    bool kubernetes;
    bool expecting; /* instances are on their way: requests may wait for them */
    int max_concurrent;
    int instance_count;
    int request_timeout_ms;
    int queue_wait_ms; /* 0: as long as the request may take */
    struct telemetry_series *series;
    /* pool.c's own: */
    struct instance **instances;
    size_t count;
    size_t capacity;
    uint64_t turns; /* calls begun */
    size_t jobs;    /* submitted and not finished */
    bool retired;
    struct job_queue waiting;
    struct job_queue copies;
    struct loop_timer retry;
    struct loop_task task;
    struct pool *next; /* of the router */
};

/* A pool without instances; limits are set with pool_configure(). */
struct pool *pool_new(struct loop *loop, const char *key);

/*
 * Ends what waits with JOB_NOT_READY and frees the pool once the jobs that run are done. Its
 * instances have to be removed before.
 */
void pool_retire(struct pool *pool);

/* Keeps the pool from being freed, for a job that is to be submitted later. */
void pool_hold(struct pool *pool);
void pool_release(struct pool *pool);

/* Names and limits from now on. */
void pool_configure(struct pool *pool, const struct run_spec *spec);

/* The instance takes requests from now on; borrowed. */
void pool_add(struct pool *pool, struct instance *instance);

/* It gets no new ones; those that run go on (instance->in_flight). */
void pool_remove(struct pool *pool, struct instance *instance);

/* Requests may or may not wait for an instance when none is ready. */
void pool_expect(struct pool *pool, bool expecting);

/* Runs or queues a job whose call's request is set. `done` may be called before this returns. */
void pool_submit(struct pool *pool, struct job *job);

/* Takes a job back; `done` is not called. */
void pool_withdraw(struct job *job);

#endif
