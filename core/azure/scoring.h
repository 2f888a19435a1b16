/*
 * Scoring requests: to the endpoint's own URL with the endpoint's own credential, not through ARM.
 *
 * A target is read once and used for any number of requests; after a 401 read it again.
 */
#ifndef CORE_AZURE_SCORING_H
#define CORE_AZURE_SCORING_H

#include "core/azure/azure.h"

enum {
    SCORING_TIMEOUT_MS = 190 * 1000, /* the service's own limit is 180 s */
    SCORING_MAX_ANSWER = NET_MAX_ANSWER,
};

/* Where and with what to ask. Owned strings; the credential is a secret. */
struct scoring_target {
    char *url;
    char *credential; /* key or token */
};

void scoring_target_release(struct scoring_target *target);

/* The callee may take `target` over by copying the struct and zeroing it. NULL on error. */
typedef void scoring_target_fn(void *context, const struct error *error,
                               struct scoring_target *target);

/*
 * Reads the endpoint and, by its auth mode, its primary key or a token. ERROR_FAILED when it has
 * no scoring URL yet, ERROR_AUTH for an endpoint that wants a Microsoft Entra token (this client
 * has none for it yet).
 */
azure_id scoring_target_get(struct azure *client, const char *endpoint, scoring_target_fn *done,
                            void *context);

struct scoring_request {
    const char *deployment; /* NULL: by the traffic rules */
    const char *body;       /* copied */
    size_t body_len;
    const char *content_type; /* NULL: application/json */
    int timeout_ms;           /* 0: SCORING_TIMEOUT_MS */
};

/*
 * Sends one request, never repeated. `done` gets the answer as it came: see scoring_check().
 * Withdrawn with net_cancel().
 */
net_id scoring_send(struct net *net, const struct scoring_target *target,
                    const struct scoring_request *request, net_done_fn *done, void *context);

/*
 * True for a 2xx answer. Else false with what the status means, in the words of the service's
 * documentation; the model's own status and reason are part of the message where they are given.
 */
bool scoring_check(const struct net_response *response, struct error *error);

/* Name of the deployment that answered; "" when the answer does not say. Borrowed. */
const char *scoring_deployment(const struct net_response *response);

#endif
