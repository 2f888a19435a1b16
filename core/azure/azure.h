/*
 * The client of one workspace: Azure ML's, or the local engine's, which it cannot tell apart.
 *
 * Everything is asynchronous. A call copies what it is given, returns an id at once, and calls
 * back from net_dispatch(); until then it may be cancelled with azure_cancel(). Commands that
 * want to wait use azure_collect() and azure_await(), below.
 *
 * Reads are repeated on faults that pass (core/net/retry.h), writes where repeating is safe; key
 * regeneration and scoring never. The bearer token goes to the ARM host only. A 401, and towards
 * loopback a refused connection, makes the client ask its access provider again, once a call.
 */
#ifndef CORE_AZURE_AZURE_H
#define CORE_AZURE_AZURE_H

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/model/traffic.h"
#include "core/net/net.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AZURE_API_VERSION "2025-12-01"
#define AZURE_METRICS_API_VERSION "2024-02-01"

enum {
    AZURE_MAX_PAGES = 10 * 1000,  /* of one list */
    AZURE_MAX_ITEMS = 100 * 1000, /* of one list */
    AZURE_REQUEST_TIMEOUT_MS = 30 * 1000,
    AZURE_IN_STEP_READS = 12, /* GETs after a traffic change until the service shows it */
};

struct azure;

/* Names a call for azure_cancel(). Never reused; 0 names nothing. */
typedef uint64_t azure_id;

/* Where ARM is and the token for it. Both owned by the receiver. */
struct azure_access {
    char *arm_url; /* "https://management.azure.com"; a slash at the end is dropped */
    char *token;   /* a secret; NULL: none is at hand, only a dry run gets along without */
};

/*
 * Gives access; called before a request when none is known, and with `again` when what it gave
 * last was refused (the same once more then ends the call with the service's refusal). May not
 * block. False with ERROR_AUTH or another error.
 */
typedef bool azure_access_fn(void *context, bool again, struct azure_access *out,
                             struct error *error);

/* An azure_access_fn that reads $XDG_RUNTIME_DIR/cutover/local.json; `context` is not used. */
bool azure_access_local(void *context, bool again, struct azure_access *out, struct error *error);

/* An azure_access_fn for a known pair; `context` is a struct azure_access that outlives it. */
bool azure_access_fixed(void *context, bool again, struct azure_access *out, struct error *error);

void azure_access_release(struct azure_access *access);

enum azure_event_kind {
    AZURE_EVENT_SENT,     /* a request leaves */
    AZURE_EVENT_ANSWERED, /* its answer came, or the fault that stands for it */
    AZURE_EVENT_RETRY,    /* it will be sent again after retry_in_ms */
    AZURE_EVENT_CAPTURED, /* a dry run kept it back */
};

/* What the activity panel and --verbose show. Borrowed during the call; holds no secret. */
struct azure_event {
    enum azure_event_kind kind;
    uint64_t request; /* the same number for all events of one request and its repetitions */
    const char *method;
    const char *url;  /* masked, see url_mask() */
    const char *body; /* what a write sends; NULL for reads and where it holds a key */
    bool write;       /* it changes the service's state */
    bool poll;        /* it asks for the state of a long operation */
    int attempt;      /* 1 is the first */
    int status;       /* ANSWERED and RETRY; 0 when none came */
    int64_t duration_us;
    int retry_in_ms;
    const char *request_id;    /* the service's, "" when none */
    const struct error *error; /* NULL when the answer is no error */
};

/* Also called while a call below begins (AZURE_EVENT_SENT); may not call the client. */
typedef void azure_observe_fn(void *context, const struct azure_event *event);

struct azure_settings {
    struct net *net; /* outlives the client */
    const char *subscription;
    const char *group;
    const char *workspace;
    const char *location; /* NULL: read from the workspace when a write needs it */
    azure_access_fn *access;
    void *access_context;
    azure_observe_fn *observe; /* NULL: nobody looks */
    void *observe_context;
    /*
     * Writes are not sent but kept (azure_captured()) and answered as if accepted. Reads that the
     * caller asks for still go out; the workspace is not read for its location.
     */
    bool dry_run;
};

/* Copies the settings. Sends nothing. */
struct azure *azure_new(const struct azure_settings *settings);

/* Cancels what is under way without calling back; allowed in callbacks. NULL is allowed. */
void azure_free(struct azure *client);

/* Withdraws a call; its callbacks will not run. What the service already accepted goes on there. */
void azure_cancel(struct azure *client, azure_id id);

/* "/subscriptions/S/resourceGroups/G/providers/Microsoft.MachineLearningServices/workspaces/W". */
const char *azure_workspace_id(const struct azure *client);

struct net *azure_net(const struct azure *client);

/* The array of {"method", "url", "body"} that a dry run kept, in sending order. Borrowed. */
const struct json *azure_captured(const struct azure *client);

/* What a call ended with, or one page of it. Borrowed during the callback. */
struct azure_result {
    const struct error *error; /* NULL: it worked */
    /*
     * The resource as last read; of a list call one page's array; NULL where there is none. On
     * ERROR_CONFLICT of azure_traffic_set(): the endpoint as it is now.
     */
    const struct json *document;
    bool more;      /* of a list call: further pages follow */
    bool unchanged; /* nothing had to be sent */
    bool accepted;  /* no_wait or dry run: accepted, not known to be finished */
};

typedef void azure_done_fn(void *context, const struct azure_result *result);

/* Where a long operation stands; `status` is the service's word ("Updating"), may be "". */
struct azure_progress {
    const char *status;
    int64_t elapsed_ms;
    int polls;
};

typedef void azure_progress_fn(void *context, const struct azure_progress *progress);

/* How a write is to be followed. */
struct azure_long {
    azure_done_fn *done;
    azure_progress_fn *progress; /* after each poll; NULL: nobody looks */
    void *context;               /* for both */
    bool no_wait;                /* ends with the service's first answer */
};

/* --- workspace -------------------------------------------------------------------------------- */

/* GET of the workspace; its location is kept for later writes. */
azure_id azure_workspace_get(struct azure *client, azure_done_fn *done, void *context);

/* --- endpoints -------------------------------------------------------------------------------- */

/* Calls `done` once a page as it arrives, the last time with `more` false or an error. */
azure_id azure_endpoint_list(struct azure *client, azure_done_fn *done, void *context);

azure_id azure_endpoint_get(struct azure *client, const char *name, azure_done_fn *done,
                            void *context);

/*
 * Creates or replaces: full PUT of `document` (a document as read, edited, or built; read-only
 * fields are taken out, `location` is filled in when missing), followed to its end, then read.
 */
azure_id azure_endpoint_put(struct azure *client, const char *name, const struct json *document,
                            const struct azure_long *how);

/* What does not exist (204) counts as deleted. */
azure_id azure_endpoint_delete(struct azure *client, const char *name,
                               const struct azure_long *how);

/* {"primaryKey", "secondaryKey"}. The document holds secrets. */
azure_id azure_endpoint_keys(struct azure *client, const char *name, azure_done_fn *done,
                             void *context);

/* {"accessToken", "expiryTimeUtc", ...}. The document holds a secret. */
azure_id azure_endpoint_token(struct azure *client, const char *name, azure_done_fn *done,
                              void *context);

/* `key_type` is "Primary" or "Secondary". Never repeated by itself. No document. */
azure_id azure_endpoint_regenerate_keys(struct azure *client, const char *name,
                                        const char *key_type, const struct azure_long *how);

/*
 * Changes the traffic: reads the endpoint and its deployments, compares, checks the rules, PUTs,
 * follows, and reads until the service says what was asked.
 *   - `expected` (NULL: anything) is the split the user saw. If it is another now, nothing is
 *     sent: ERROR_CONFLICT, the message has was, is and yours; document is the endpoint as it is.
 *   - A broken rule: ERROR_RULE, nothing is sent.
 *   - `wanted` is there already: success, `unchanged`, nothing is sent.
 *   - The service still says something else after AZURE_IN_STEP_READS reads: ERROR_CONFLICT with
 *     code "OutOfStep" and both splits.
 */
azure_id azure_traffic_set(struct azure *client, const char *endpoint,
                           const struct traffic_split *expected, const struct traffic_split *wanted,
                           const struct azure_long *how);

/* --- deployments ------------------------------------------------------------------------------ */

azure_id azure_deployment_list(struct azure *client, const char *endpoint, azure_done_fn *done,
                               void *context);
azure_id azure_deployment_get(struct azure *client, const char *endpoint, const char *name,
                              azure_done_fn *done, void *context);
azure_id azure_deployment_put(struct azure *client, const char *endpoint, const char *name,
                              const struct json *document, const struct azure_long *how);
azure_id azure_deployment_delete(struct azure *client, const char *endpoint, const char *name,
                                 const struct azure_long *how);

/* GET and full PUT with only sku.capacity changed. `unchanged` when it is that already. */
azure_id azure_deployment_scale(struct azure *client, const char *endpoint, const char *name,
                                int instances, const struct azure_long *how);

/*
 * {"content": text}. `tail` lines at most (0: the service's default); `container` is
 * "InferenceServer", "StorageInitializer" or NULL for the service's default.
 */
azure_id azure_deployment_logs(struct azure *client, const char *endpoint, const char *name,
                               int tail, const char *container, azure_done_fn *done, void *context);

/* --- assets ----------------------------------------------------------------------------------- */

/* `kind` is "codes", "models" or "environments". The body is sent as it is. */
azure_id azure_asset_put(struct azure *client, const char *kind, const char *name,
                         const char *version, const struct json *body, azure_done_fn *done,
                         void *context);
/* The version created last; ERROR_NOT_FOUND when there is none. */
azure_id azure_asset_latest(struct azure *client, const char *kind, const char *name,
                            azure_done_fn *done, void *context);

/* --- for commands: waiting ----------------------------------------------------------------------
 */

/* Where azure_collect() puts what a call ended with. Begin with all zero. */
struct azure_outcome {
    bool done;
    struct error error;    /* kind ERROR_NONE: it worked */
    struct json *document; /* owned, see azure_outcome_release(); a list call: all pages in one */
    bool unchanged;
    bool accepted;
};

/* An azure_done_fn; `context` is the struct azure_outcome to fill. */
void azure_collect(void *context, const struct azure_result *result);

/*
 * Runs the net until the call `id` that was given azure_collect() and `outcome` has ended. False
 * with its error, or ERROR_CANCELLED after net_interrupt(), when the call has been cancelled.
 */
bool azure_await(struct azure *client, azure_id id, struct azure_outcome *outcome,
                 struct error *error);

void azure_outcome_release(struct azure_outcome *outcome);

#endif
