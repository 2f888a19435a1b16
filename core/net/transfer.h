/*
 * Requests on their way through libcurl. The inside of core/net: net.c owns a struct transfers
 * and is the only one to include this.
 */
#ifndef CORE_NET_TRANSFER_H
#define CORE_NET_TRANSFER_H

#include "core/net/net.h"

struct transfers;
struct transfer;

struct transfers *transfers_new(void);

/* Drops everything on its way; waits for no name to be resolved. */
void transfers_free(struct transfers *all);

/* Loads libcurl once a process and makes the multi handle. */
bool transfers_load(struct transfers *all, struct error *error);

/* Takes a request up under `id`. A request that can't be sent is ended at once with its error. */
void transfers_start(struct transfers *all, net_id id, const struct net_request *request,
                     net_done_fn *done, void *context);

/* False when `id` is none of a request under way. */
bool transfers_cancel(struct transfers *all, net_id id);

size_t transfers_pending(const struct transfers *all);

/* Sockets that libcurl waits for, as poll() takes them. Borrowed until the next call. */
const struct pollfd *transfers_sockets(const struct transfers *all, size_t *out_count);

/* Monotonic microseconds at which transfers_advance() wants to run at the latest; -1: never. */
int64_t transfers_due_us(const struct transfers *all);

/* Lets libcurl act on `ready` sockets (revents set) and on time, and ends what is over. */
void transfers_advance(struct transfers *all, const struct pollfd *ready, size_t count);

/* Number of requests that ended and wait for their callback. */
size_t transfers_ended(const struct transfers *all);

/* Calls back the request that ended first. */
void transfers_deliver(struct transfers *all);

#endif
