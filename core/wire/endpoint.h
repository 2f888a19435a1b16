/*
 * ARM documents of endpoints and deployments <-> the model.
 *
 * Readers take what comes: unknown keys are passed over, missing or ill-typed ones leave the
 * field at its zero, names and counts are bounded. Text is kept as it came; making it safe to draw
 * is the drawer's business (core/base/printable.h). Writers start from the service's own document
 * so that no field is lost that this program does not know.
 */
#ifndef CORE_WIRE_ENDPOINT_H
#define CORE_WIRE_ENDPOINT_H

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/model/endpoint.h"

#include <stdbool.h>

enum { WIRE_MAX_TEXT = 4096 }; /* bytes of a string kept in the model, longer ones are cut */

/* False (and `out` zeroed) when there is no usable name. `out` is released by the caller. */
bool wire_endpoint_decode(const struct json *document, struct endpoint *out);
bool wire_deployment_decode(const struct json *document, struct deployment *out);

/*
 * Live and mirror shares of an endpoint document, as the wire has them (no zeros). Shares that
 * are no integers within 0..100 or for names that are no names are left out.
 */
void wire_endpoint_split(const struct json *document, struct traffic_split *out);

/* True when the document is of a Kubernetes endpoint (it names a compute). */
bool wire_endpoint_is_kubernetes(const struct json *document);

enum provisioning_state wire_provisioning_state(const struct json *document);

/* "Key", "AMLToken", "AADToken" in any case; NULL and unknown words give AUTH_UNKNOWN. */
enum auth_mode wire_auth_mode_parse(const char *text);

/*
 * Body of a full PUT made from a document that was read (or built): what only the service writes
 * is left out (id, name, type, systemData, principal ids, scoringUri, swaggerUri,
 * provisioningState, nulls, zero shares); all else stays, known or not. `tags`, `identity`,
 * properties.properties, traffic and mirrorTraffic are always there, because the PUT replaces.
 * Owned by the caller.
 */
struct json *wire_endpoint_put_body(const struct json *document);

/* The same of a deployment: sku is {"name", "capacity"} as the vendor's clients send it. */
struct json *wire_deployment_put_body(const struct json *document);

/* Replaces properties.traffic and properties.mirrorTraffic; zeros are left out. */
void wire_endpoint_set_split(struct json *document, const struct traffic_split *split);

#endif
