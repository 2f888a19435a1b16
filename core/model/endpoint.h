/*
 * What a client keeps of an endpoint and its deployments: a compact snapshot of what the service
 * said. Commands that write work on the service's own document instead, so that no field is lost.
 */
#ifndef CORE_MODEL_ENDPOINT_H
#define CORE_MODEL_ENDPOINT_H

#include "core/model/name.h"
#include "core/model/state.h"
#include "core/model/traffic.h"

#include <stdbool.h>
#include <stddef.h>

enum auth_mode { AUTH_UNKNOWN, AUTH_KEY, AUTH_AML_TOKEN, AUTH_AAD_TOKEN };

struct deployment {
    char name[NAME_SIZE];
    enum provisioning_state state;
    bool kubernetes;
    int instance_count;          /* sku.capacity, 0 when the answer had none */
    char *instance_type;         /* owned, may be NULL */
    char *model;                 /* ARM id or registry reference; owned, may be NULL */
    char *environment;           /* the same */
    char *scoring_script;        /* owned, may be NULL */
    int max_concurrent_requests; /* per instance */
    int request_timeout_ms;
};

struct endpoint {
    char name[NAME_SIZE];
    enum provisioning_state state;
    enum auth_mode auth_mode;
    bool kubernetes;
    char *scoring_uri; /* owned, NULL while Creating */
    char *location;    /* owned, may be NULL */
    char *description; /* owned, may be NULL */
    /* Exactly the shares that the service returned (the wire has no zeros). Owned. */
    struct traffic_share *live;
    size_t live_count;
    struct traffic_share *mirror;
    size_t mirror_count;
};

/* Free what the struct owns and zero it. */
void deployment_release(struct deployment *deployment);
void endpoint_release(struct endpoint *endpoint);

/* The shares as a split to compute with (at most TRAFFIC_MAX_SHARES of each kind), and back. */
void endpoint_split(const struct endpoint *endpoint, struct traffic_split *out);
void endpoint_set_split(struct endpoint *endpoint, const struct traffic_split *split);

#endif
