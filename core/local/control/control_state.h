/*
 * What the control plane holds, for the files that make it up. Everyone else includes control.h.
 *
 *   control.c       open, dispatch, effects, reports      call.c  one request and its answer
 *   resource.c      the tree of resources and their lists
 *   store.c         one file a resource
 *   change.c        what changes of endpoints and deployments have in common
 *   operation.c     long-running operations and their URLs
 *   endpoints.c     endpoints          endpoint_document.c    their documents
 *   deployments.c   deployments        deployment_document.c  their documents
 *   credentials.c   keys and tokens    run_plan.c             what a deployment is to run
 *   assets.c        code, model and environment versions
 *   workspace.c     the workspace      monitor.c              metrics
 *   paging.c        lists in pages     metric_table.c         which there are
 *   metric_query.c  what is asked      metric_filter.c        its $filter
 *   body_check.c    types of bodies    arm_path.c, arm_error.c  URLs and error answers
 */
#ifndef CORE_LOCAL_CONTROL_CONTROL_STATE_H
#define CORE_LOCAL_CONTROL_CONTROL_STATE_H

#include "core/base/json.h"
#include "core/base/key_table.h"
#include "core/base/random.h"
#include "core/local/control/arm_path.h"
#include "core/local/control/control.h"
#include "core/model/state.h"

enum {
    OPERATIONS_KEPT = 8,    /* of each resource; older ones answer 404 */
    TOMBSTONES_KEPT = 1000, /* deleted resources whose operations can still be asked for */
    TOKENS_KEPT = 2,
    EVENTS_KEPT = 20,
    API_VERSION_SIZE = 24,
};

#define CONTROL_LOCATION "local"
#define CONTROL_PROVIDER "/providers/Microsoft.MachineLearningServices"

enum operation_verb { OPERATION_CREATE, OPERATION_UPDATE, OPERATION_DELETE, OPERATION_KEYS };
enum operation_status {
    OPERATION_RUNNING,
    OPERATION_SUCCEEDED,
    OPERATION_FAILED,
    OPERATION_CANCELED
};

struct operation {
    struct resource *resource;
    char id[UUID_SIZE];
    enum operation_verb verb;
    enum operation_status status;
    int64_t start_ms;
    int64_t end_ms;
    char *error_code; /* owned; NULL unless it failed */
    char *error_message;
};

enum resource_kind {
    RESOURCE_ENDPOINT,
    RESOURCE_DEPLOYMENT,
    RESOURCE_CONTAINER, /* a code, model or environment name */
    RESOURCE_VERSION,
};

enum asset_type { ASSET_CODE, ASSET_MODEL, ASSET_ENVIRONMENT, ASSET_TYPES };

struct resource_list {
    struct resource **items; /* in the order of creation */
    size_t count;
    size_t capacity;
};

/* Made when the first resource is put into it; answers about a workspace do not need it. */
struct workspace {
    char *key; /* lower-case ARM id */
    struct resource_list endpoints;
    struct resource_list containers[ASSET_TYPES];
};

struct token {
    char *text; /* secret */
    int64_t expires_ms;
    int64_t refresh_ms;
};

struct resource {
    enum resource_kind kind;
    enum asset_type asset;
    struct workspace *workspace;
    struct resource *parent;       /* a deployment's endpoint, a version's container */
    struct resource_list children; /* the reverse */
    char *id;                      /* as it was first written */
    char *key;                     /* lower-case */
    const char *name;              /* the last segment of `id` */
    uint64_t sequence;             /* order of creation */
    int64_t created_ms;
    int64_t updated_ms;
    struct json *document; /* as clients see it */

    /* Endpoints and deployments. */
    struct json *wanted; /* takes the place of `document` when the running operation succeeds */
    struct operation *operations[OPERATIONS_KEPT]; /* oldest first */
    size_t operation_count;
    bool gone; /* deleted: only its operations are left */

    /* Endpoints. */
    char *keys[2]; /* primary and secondary; secret */
    struct token tokens[TOKENS_KEPT];
    size_t token_count;
    bool publishing;   /* its routes are to go out, and its operations end then */
    bool routes_taken; /* the runtime has taken them */

    /* Deployments. */
    uint64_t generation;
    bool came_up;        /* was Succeeded once: a failed update leaves something that serves */
    bool resumed;        /* an update that a restart interrupted: nothing serves meanwhile */
    struct json *events; /* array of {name, type, time, message} */

    char *conda_text; /* environment versions: the conda file as it was sent, or NULL */
};

struct pending_effect {
    struct pending_effect *next;
    enum control_effect_kind kind;
    char *key;
    uint64_t generation;
    bool forget;
};

struct rate_bucket {
    double tokens;
    int64_t filled_ms;
};

enum rate_kind { RATE_READS, RATE_WRITES, RATE_DELETES, RATE_DEPLOYMENT_PUTS, RATE_KINDS };

struct control {
    struct control_options options; /* its strings are these: */
    char *base_url;
    char *token;
    char *folder; /* of the store, or NULL */
    int lock_fd;  /* held while the store is open; -1 without one */
    struct siphash_key signing_key;
    int64_t now_ms; /* of the last call that had a time */
    uint64_t next_sequence;
    struct key_table workspaces;
    struct key_table resources;
    struct key_table tombstones;
    struct key_table operations; /* by id, of living and deleted resources */
    struct pending_effect *first_effect;
    struct pending_effect *last_effect;
    struct resource_list publishing; /* endpoints with `publishing` set */
    struct resource_list expiring;   /* endpoints with tokens */
    struct rate_bucket rates[RATE_KINDS];
    struct run_variable *variables; /* of the effect handed out last */
    char *borrowed[8];              /* texts of the effect handed out last */
};

/* One request on its way through a handler. */
struct call {
    struct control *control;
    const struct control_request *request;
    struct control_response *response;
    int64_t now_ms;
    char request_id[UUID_SIZE];
    char api_version[API_VERSION_SIZE];
    struct arm_path path;
    /* What stood for "{}": [0] subscription, [1] group, [2] workspace, then names. */
    const char *captures[ARM_PATH_MAX_CAPTURES];
    struct json *body; /* parsed by call_body(); freed with the call */
};

/* ---- control.c: answering ---- */

/* Parses the body once; NULL when a 400 has been answered. */
struct json *call_body(struct call *call);
/* Answers with a document, which stays the caller's. */
void call_answer(struct call *call, int status, const struct json *document);
/* The same, and frees it. */
void call_answer_take(struct call *call, int status, struct json *document);
/* An error answer; `detail_code` and `detail` may be NULL. */
void call_fail(struct call *call, int status, const char *code, const char *message,
               const char *detail_code, const char *detail);
/* 404 about what is missing, in the provider's shape. */
void call_not_found(struct call *call, const char *detail_code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* 400: message and hint of `error` in the inner document. */
void call_invalid(struct call *call, const struct error *error);
/* 409: the resource is busy. */
void call_conflict(struct call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void call_header(struct call *call, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The ARM id of the workspace of the path, as written; owned by the caller. */
char *call_workspace_id(const struct call *call);
/* "{workspace id}/{type}/{name}[/{type2}/{name2}]"; owned by the caller. */
char *call_resource_id(const struct call *call, const char *type, const char *type2);

/* The endpoint of the path, or NULL when 404 has been answered. */
struct resource *call_endpoint(struct call *call);

/* Queues an effect for the runtime. */
void effect_push(struct control *control, enum control_effect_kind kind, const char *key,
                 uint64_t generation, bool forget);

/* ---- resource.c ---- */

/* A stable GUID made of a text, such as a workspace's lower-case id. */
void guid_of_text(char out[UUID_SIZE], const char *salt, const char *text);

struct resource *resource_find(const struct control *control, const char *key);
/* The one at an id of any case, of that kind, or NULL. */
struct resource *resource_at(const struct control *control, const char *id,
                             enum resource_kind kind);
/*
 * Makes a resource and puts it in its place in the tree; `id` is copied. The workspace is made
 * when needed. Operations of a deleted namesake go over to it.
 */
struct resource *resource_add(struct control *control, enum resource_kind kind,
                              enum asset_type asset, struct resource *parent, const char *id);
/* Takes a resource without children out of the tree and frees it, with its operations. */
void resource_drop(struct control *control, struct resource *resource);
/* The same, keeping its operations for those who still poll them. */
void resource_bury(struct control *control, struct resource *resource);
void resource_free(struct resource *resource);
void resource_list_add(struct resource_list *list, struct resource *resource);
void resource_list_remove(struct resource_list *list, const struct resource *resource);
/* Endpoints of a workspace or an empty list, and the same for asset names. */
const struct resource_list *workspace_endpoints(const struct call *call);
const struct resource_list *workspace_containers(const struct call *call, enum asset_type type);

enum provisioning_state resource_state(const struct resource *resource);
void resource_set_state(struct resource *resource, enum provisioning_state state);
/* True for what belongs to a Kubernetes endpoint. */
bool resource_is_kubernetes(const struct resource *resource);
/* Its document, copied: what lists show. */
struct json *resource_shown(const struct resource *resource);
/* A child by name, in any case. */
struct resource *resource_child(const struct resource *parent, const char *name);

/* ---- store.c ---- */

/* Reads all that is kept and locks the folder. Refuses a damaged file by name. */
bool store_open(struct control *control, struct error *error);
void store_close(struct control *control);
/* Writes a resource durably; true at once where nothing is kept. */
bool store_save(struct control *control, const struct resource *resource, struct error *error);
void store_remove(struct control *control, const struct resource *resource);

/* ---- operation.c ---- */

struct operation *operation_open(struct control *control, struct resource *resource,
                                 enum operation_verb verb);
/* Takes back the one that operation_open() made last, when it could not be stored. */
void operation_undo(struct control *control, struct resource *resource);
/* The running one of that verb (create, update and delete exclude each other), or NULL. */
struct operation *operation_running(const struct resource *resource);
void operation_end(struct control *control, struct operation *operation,
                   enum operation_status status, const char *code, const char *message);
void operation_free(struct control *control, struct operation *operation);
/* Azure-AsyncOperation and Location headers. */
void operation_header_async(struct call *call, const struct operation *operation);
void operation_header_location(struct call *call, const struct operation *operation);
/* The unsigned status URL, kept in the resource; owned by the caller. */
char *operation_uri(const struct control *control, const struct operation *operation,
                    const char *api_version);
void operation_get_status(struct call *call);
void operation_get_result(struct call *call);

/* ---- change.c ---- */

/* Opens the operation and shows it in the document: its URL, the time, the state. */
void change_open(struct call *call, struct resource *resource, enum operation_verb verb);
/*
 * Stores a change that was opened. Else answers 500 and takes it back: `before` (taken over) is
 * the document again; without one the resource is new, and dropped.
 */
bool change_store(struct call *call, struct resource *resource, struct json *before);
/* The wanted document becomes the visible one, or is dropped. */
void change_take_wanted(struct resource *resource);
void change_forget_wanted(struct resource *resource);
/*
 * The document with the two `parts` that a PATCH may change merged in; owned by the caller. NULL
 * with an error for another member, or a part that is no object.
 */
struct json *change_patched(const struct resource *resource, const struct json *patch,
                            const char *const parts[2], struct error *error);
/* 201, also for an update, with the values that hold until the operation ends; 202; 202. */
void change_answer_put(struct call *call, const struct resource *resource);
void change_answer_patch(struct call *call, const struct resource *resource);
void change_answer_delete(struct call *call, const struct resource *resource);

/* ---- endpoints.c ---- */

void endpoint_list(struct call *call);
void endpoint_get(struct call *call);
void endpoint_put(struct call *call);
void endpoint_patch(struct call *call);
void endpoint_delete(struct call *call);
/* Has the routes sent out; what runs on the endpoint ends with that. */
void endpoint_publish(struct control *control, struct resource *endpoint);
/* Ends what waited for routes that the runtime has taken; drops expired tokens. */
void endpoint_settle(struct control *control);
/* Goes on with a deletion: ends it when no deployment is left. */
void endpoint_continue_delete(struct control *control, struct resource *endpoint);
/* Marks the deployments of an endpoint that is being deleted, and stops them. */
void endpoint_delete_children(struct control *control, struct resource *endpoint);
void endpoint_fill_routes(const struct control *control, const struct resource *endpoint,
                          struct route_spec *out);

/* ---- endpoint_document.c ---- */

/* Checks a PUT body against the rules. `endpoint` is NULL for a new one. */
bool endpoint_check(const struct control *control, const struct resource *endpoint,
                    const char *name, const struct json *body, struct error *error);
/* The document that a PUT asks for, filled with defaults and what is kept of the old one. */
struct json *endpoint_document(const struct control *control, const struct resource *endpoint,
                               const struct json *body);
/* Shares of a "traffic" or "mirrorTraffic" object, named as the deployments are. */
bool endpoint_read_shares(const struct resource *endpoint, const struct json *shares,
                          struct traffic_map *out, struct error *error);
/* URLs that appear once it is created. */
void endpoint_set_uris(const struct control *control, const struct resource *endpoint,
                       struct json *document);
void endpoint_scoring_path(char *out, size_t size, const struct resource *endpoint);
/* Puts identity with its GUIDs in place of what was asked for. */
void document_set_identity(struct json *document, const struct json *asked,
                           const struct json *before, const char *subscription_key);
/* systemData for creation or change. */
void document_set_system_data(struct json *document, int64_t created_ms, int64_t updated_ms,
                              bool by_type);
void document_set_tags(struct json *document, const struct json *body);
/* Copies members of `from` that `to` lacks, but for the read-only names given. */
void document_copy_unknown(struct json *to, const struct json *from, const char *const *without,
                           size_t count);
/* A merge of maps of text, where null removes (RFC 7396). */
void document_merge(struct json *into, const struct json *patch);

/* ---- deployments.c ---- */

void deployment_list(struct call *call);
void deployment_get(struct call *call);
void deployment_put(struct call *call);
void deployment_patch(struct call *call);
void deployment_delete(struct call *call);
void deployment_logs(struct call *call);
void deployment_skus(struct call *call);
/* The operation on it ended well, badly, or with its workers gone. */
void deployment_succeed(struct control *control, struct resource *deployment);
void deployment_fail(struct control *control, struct resource *deployment, const char *code,
                     const char *message);
void deployment_stopped(struct control *control, struct resource *deployment);
/* Has it run what it is to run now. */
void deployment_run(struct control *control, struct resource *deployment);
void deployment_stop(struct control *control, struct resource *deployment);

/* ---- deployment_document.c ---- */

bool deployment_check(const struct resource *endpoint, const struct resource *deployment,
                      const char *name, const struct json *body, struct error *error);
struct json *deployment_document(const struct resource *endpoint, const struct resource *deployment,
                                 const struct json *body);
/* Adds the variables that the service sets itself once a deployment is up. */
void deployment_set_variables(struct json *document);
/* True for a value that deployment_set_variables() made. */
bool deployment_is_own_variable(const struct json *properties, const char *name, const char *value);

/* ---- run_plan.c ---- */

/*
 * What the deployment is to run, from its document or the wanted one. False with code and message
 * of the failure when it cannot be run here.
 */
bool run_plan(struct control *control, const struct resource *deployment, struct run_spec *out,
              struct error *error);

/* ---- credentials.c ---- */

void credential_list_keys(struct call *call);
void credential_regenerate(struct call *call);
void credential_token(struct call *call);
/* Keys for a new endpoint, those of the body where it gives some. */
void credential_init(struct resource *endpoint, const struct json *body);
bool credential_check(const struct json *body, struct error *error);
/* Fills what a request may carry now. */
void credential_fill(const struct control *control, const struct resource *endpoint,
                     const char *out[4]);
/* Drops tokens that have expired; true when one was. */
bool credential_expire(const struct control *control, struct resource *endpoint);
/* When the next one expires; INT64_MAX for never. */
int64_t credential_next_expiry(const struct resource *endpoint);

/* ---- assets.c ---- */

void asset_container_list(struct call *call);
void asset_container_get(struct call *call);
void asset_version_list(struct call *call);
void asset_version_get(struct call *call);
void asset_version_put(struct call *call);

/* ---- workspace.c, monitor.c ---- */

void workspace_get(struct call *call);
void monitor_metrics(struct call *call);
void monitor_definitions(struct call *call);

/* ---- paging.c ---- */

struct page_order {
    bool by_update; /* by last change, not by creation */
    bool descending;
};

struct page_query {
    struct page_order order;
    size_t size;        /* entries of a page */
    char *continuation; /* "$skip" or NULL; owned */
    bool (*wanted)(const struct resource *resource, const void *context); /* NULL: all */
    const void *context;
};

/*
 * Answers {"value": [...], "nextLink"} with the page asked for. Entries keep their place when
 * others are added or deleted between two pages. `document` gives what an entry shows (freed).
 */
void page_answer(struct call *call, const struct resource_list *list, struct page_query *query,
                 struct json *(*document)(const struct resource *resource));
/* Reads a page size parameter; false when a 400 has been answered. */
bool page_size(struct call *call, const char *parameter, size_t *out);

#endif
