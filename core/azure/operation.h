/*
 * Following a long-running operation, as a pure state machine: answers in, next step out.
 *
 * The first answer says where to look: Azure-AsyncOperation, else Location, else
 * properties.provisioningState, else the status alone. URLs are used exactly as they came (they
 * are signed, and several kB long).
 */
#ifndef CORE_AZURE_OPERATION_H
#define CORE_AZURE_OPERATION_H

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/net/net.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    OPERATION_DELAY_MS = 5 * 1000,        /* between polls where the service asks for none */
    OPERATION_LEAST_MS = 50,              /* never sooner; towards loopback growing by half ... */
    OPERATION_LOCAL_LAST_MS = 1000,       /* ... up to this */
    OPERATION_LIMIT_MS = 2 * 3600 * 1000, /* then it is given up, with the URL to look at */
};

enum operation_step {
    OPERATION_POLL,   /* GET operation->url after operation->delay_ms */
    OPERATION_FETCH,  /* done; GET operation->resource_url for the final state */
    OPERATION_DONE,   /* done; there is nothing to read */
    OPERATION_FAILED, /* operation_*() filled the error */
};

enum operation_kind {
    OPERATION_ASYNC,    /* Azure-AsyncOperation: a status document */
    OPERATION_LOCATION, /* Location: 202 is running */
    OPERATION_RESOURCE, /* the resource's own provisioningState */
};

struct operation {
    enum operation_kind kind;
    char *url;          /* owned: where to look next */
    char *resource_url; /* owned: the URL that was written to */
    char method[12];    /* of the request that began it */
    bool local;         /* towards loopback */
    int delay_ms;       /* before the next look */
    char status[40];    /* the service's last word: "Updating" */
    int polls;
};

/*
 * Reads the answer to the request (`method`, `url`) that began the operation. Any status but 200,
 * 201, 202 and 204 fails. `out` is released by the caller, whatever the step.
 */
enum operation_step operation_begin(struct operation *out, const char *method, const char *url,
                                    const struct net_response *response, int64_t wall_ms,
                                    struct error *error);

/* Reads the answer to a poll. */
enum operation_step operation_poll(struct operation *operation, const struct net_response *response,
                                   int64_t wall_ms, struct error *error);

void operation_release(struct operation *operation);

#endif
