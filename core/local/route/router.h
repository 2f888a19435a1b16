/*
 * The data plane: requests to scoring paths, by header or by traffic percentages, to the instances
 * of deployments, with mirrored copies.
 *
 * The split is read once a request, when it has come in whole, so a change takes effect between
 * two requests and those under way end as they began. What the service says about a request of
 * its own (ids, the deployment that answered, reasons of refusals) only ever comes from here:
 * such headers of clients and models are dropped.
 *
 * A request whose worker died is tried elsewhere as long as it provably never reached the model:
 * the connection was refused, or ended with bytes of the request unread. Once a worker has read it
 * whole it may have been worked on, and is not repeated: 424 with model_error and the status 502
 * (Kubernetes: 502), as the service has it.
 */
#ifndef CORE_LOCAL_ROUTE_ROUTER_H
#define CORE_LOCAL_ROUTE_ROUTER_H

#include "core/local/control/control.h"
#include "core/local/control/telemetry.h"
#include "core/local/route/loop.h"
#include "core/local/route/pool.h"
#include "core/local/route/server.h"

#include <stdbool.h>

struct router;

struct router_options {
    struct loop *loop;
    struct telemetry *telemetry;
    bool enforce_rate_limits; /* LIMIT_ENDPOINT_REQUESTS_PER_S and _BYTES_PER_S */
};

struct router *router_new(const struct router_options *options);

/* Everything that waits is abandoned; call after server_free(). */
void router_free(struct router *router);

/* Replaces the route of an endpoint, and takes it away together with its telemetry. */
void router_publish(struct router *router, const struct route_spec *spec);
void router_forget(struct router *router, const char *endpoint_key);

/*
 * True when the exchange is for a scoring path: it was or will be answered, with 404 where no
 * endpoint has that path. False: it is for the control plane.
 */
bool router_handle(struct router *router, struct exchange *exchange);

/* The pool of a deployment, made and configured from `spec`. Owned by the router. */
struct pool *router_configure(struct router *router, const struct run_spec *spec);

/* Ends a deployment's pool; `forget` also drops its telemetry. Nothing happens when unknown. */
void router_retire(struct router *router, const char *deployment_key, bool forget);

#endif
