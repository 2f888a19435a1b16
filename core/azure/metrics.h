/* Requests, errors and latencies of an endpoint's deployments, from Azure Monitor's routes. */
#ifndef CORE_AZURE_METRICS_H
#define CORE_AZURE_METRICS_H

#include "core/azure/azure.h"
#include "core/wire/metrics.h"

/*
 * `error` is NULL when all of it worked; else `metrics` holds what could be read. The callee may
 * take `metrics` over by copying the struct and zeroing it.
 */
typedef void azure_metrics_fn(void *context, const struct error *error, struct metrics *metrics);

/* The last `minutes` minutes up to now, by deployment and minute. Cancelled with azure_cancel(). */
azure_id azure_metrics_get(struct azure *client, const char *endpoint, int minutes,
                           azure_metrics_fn *done, void *context);

#endif
