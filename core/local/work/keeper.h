/*
 * A worker process that never outlives the engine.
 *
 * Between engine and worker stands a keeper, a small process of its own session. It holds the end
 * of a pipe whose other end only the engine has: when that closes, because the engine said so or
 * died by whatever signal, the keeper kills the worker with all that descends from it, also what
 * has detached itself, and ends. If the keeper itself is killed the kernel kills the worker.
 */
#ifndef CORE_LOCAL_WORK_KEEPER_H
#define CORE_LOCAL_WORK_KEEPER_H

#include "core/base/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct keeper {
    pid_t pid;    /* of the keeper */
    pid_t worker; /* 0 until KEEPER_STARTED was read */
    int control;
    int status; /* non-blocking, to be watched for reading */
};

struct keeper_options {
    char *const *argv;        /* argv[0] is looked up in PATH */
    char *const *environment; /* the whole of it */
    const char *folder;       /* where it runs */
    int output;               /* becomes stdout and stderr; stays the caller's */
};

/* Forks; the worker may still fail to start, which reads as an exit with status 127. */
bool keeper_start(struct keeper *keeper, const struct keeper_options *options, struct error *error);

enum keeper_event {
    KEEPER_NOTHING, /* for now */
    KEEPER_STARTED, /* keeper->worker is set */
    KEEPER_EXITED,  /* the worker; *out_status as of waitpid(). Its descendants are being killed. */
    KEEPER_GONE,    /* no process is left: stop watching and call keeper_close() */
};

/* Reads one event; call until KEEPER_NOTHING or KEEPER_GONE. */
enum keeper_event keeper_read(struct keeper *keeper, int *out_status);

/* After KEEPER_GONE: closes the pipes and reaps the keeper. */
void keeper_close(struct keeper *keeper);

/* Asks the worker to end (SIGTERM to its group) and kills everything after `grace_ms`. */
void keeper_terminate(struct keeper *keeper, int grace_ms);

/* Kills the worker and its descendants now. KEEPER_GONE follows. */
void keeper_kill(struct keeper *keeper);

#endif
