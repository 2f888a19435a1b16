/*
 * The inside of core/azure: one call of the client on its way.
 *
 * A task has at most one request or timer under way (`pending`) and at most one call of the
 * client's own that it waits for (`child`), so that cancelling is stopping those two. A kind of
 * task embeds struct task as its first member and frees its own parts in `release`.
 */
#ifndef CORE_AZURE_TASK_H
#define CORE_AZURE_TASK_H

#include "core/azure/azure.h"

struct task;

/* What came back. Borrowed during the callback, but `document` may be taken by setting it NULL. */
struct task_answer {
    struct error error;                  /* ERROR_NONE: a 2xx answer */
    const struct net_response *response; /* NULL when nothing was sent: a dry run, no access */
    struct json *document;               /* of a 2xx answer with a JSON body; else NULL */
    bool captured;                       /* kept back by a dry run; document is the body */
    bool repeated;                       /* an earlier attempt of it may have reached the service */
};

typedef void task_answer_fn(struct task *task, struct task_answer *answer);

enum task_flag {
    TASK_WRITE = 1 << 0,  /* changes the service's state: a dry run keeps it back */
    TASK_POLL = 1 << 1,   /* asks for the state of an operation */
    TASK_ONCE = 1 << 2,   /* may not reach the service twice */
    TASK_SAFE = 1 << 3,   /* may be repeated though it is a POST */
    TASK_SECRET = 1 << 4, /* the body holds a key: observers do not see it */
};

struct task_request {
    const char *method;
    const char *target; /* from '/' on: below the ARM URL; else an absolute URL, used as it is */
    const struct json *body;
    unsigned flags;
};

struct task {
    struct task *next;
    azure_id id;
    struct azure *client;
    void (*release)(struct task *task);
    net_id pending;
    azure_id child;
    /* The request under way; set by task_send(). */
    task_answer_fn *answered;
    char *method;
    char *target;
    char *body; /* JSON text or NULL */
    unsigned flags;
    uint64_t request; /* number of the request for observers */
    int attempt;
    bool renewed;    /* access was asked for again */
    bool maybe_sent; /* an attempt that failed may have reached the service */
    int64_t sent_us;
};

/* A task of `size` bytes, zeroed but for its head, which the client lists from now on. */
void *task_new(struct azure *client, size_t size, void (*release)(struct task *task));

/* Sends (or keeps back) a request; `answered` is called from net_dispatch(). */
void task_send(struct task *task, const struct task_request *request, task_answer_fn *answered);

/* Calls `fire(task)` after `ms` milliseconds. */
void task_after(struct task *task, int ms, net_timer_fn *fire);

/* Takes the task off the client's list; the caller calls back, then task_free(). */
void task_unlink(struct task *task);
void task_free(struct task *task);

/* The common end: unlinks, calls `done` with the result, frees. */
void task_end(struct task *task, azure_done_fn *done, void *context,
              const struct azure_result *result);

/* The same with an error. */
void task_fail(struct task *task, azure_done_fn *done, void *context, const struct error *error);

/* The URL that a target has now; owned by the caller, NULL without access. */
char *task_url(struct task *task, const char *target);

/* True when ARM is this machine, so that short polling is no burden. */
bool azure_is_local(struct azure *client);
bool azure_is_dry_run(const struct azure *client);

/* The workspace's location where it is known, else NULL. Borrowed. */
const char *azure_location(const struct azure *client);
void azure_remember_location(struct azure *client, const char *location);

/* "{workspace}/a/b?api-version=...": segments are encoded; NULL is the workspace itself. Owned. */
#define AZURE_PATH(...) ((const char *const[]){__VA_ARGS__, NULL})
char *azure_target(const struct azure *client, const char *const *segments);

/* GET or safe POST of one document, which has to be an object. Takes over `target`. */
azure_id azure_read(struct azure *client, const char *method, char *target, const struct json *body,
                    azure_done_fn *done, void *context);

/* Pages of a list, see azure_endpoint_list(). Takes over `target`. */
azure_id azure_list(struct azure *client, char *target, azure_done_fn *done, void *context);

/*
 * A write that is followed to its end. Takes over `target` and `body` (NULL for none). With
 * `wants_location` the body gets the workspace's location when it has none.
 */
struct azure_write {
    const char *method;
    char *target;
    struct json *body;
    unsigned flags; /* beside TASK_WRITE */
    bool wants_location;
};
azure_id azure_follow(struct azure *client, const struct azure_write *write,
                      const struct azure_long *how);

#endif
