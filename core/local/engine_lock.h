/*
 * The files by which engines and their clients find each other: a lock that says which process is
 * the engine of a folder, and local.json, which says how to reach it.
 */
#ifndef CORE_LOCAL_ENGINE_LOCK_H
#define CORE_LOCAL_ENGINE_LOCK_H

#include "core/base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * Locks FOLDER/engine.lock for this process until engine_unlock() or its death. -1 and
 * ERROR_CONFLICT when another process holds it. The lock is not inherited by children.
 */
int engine_lock(const char *folder, struct error *error);
void engine_unlock(int lock);

/* The process that holds the lock of the folder, 0 when none does. Not for the holder itself. */
pid_t engine_lock_holder(const char *folder);

/* Writes FOLDER/local.json, 0600, whole or not at all. */
bool engine_announce(const char *folder, const char *url, const char *token, struct error *error);
void engine_withdraw(const char *folder);

#endif
