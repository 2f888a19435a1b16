/*
 * What happens to the console (messages), and what it asks for in return (effects). Both are
 * plain data: update() turns one into the other, the loop in tui/app/ carries effects out.
 */
#ifndef TUI_STATE_MESSAGE_H
#define TUI_STATE_MESSAGE_H

#include "core/base/error.h"
#include "core/model/endpoint.h"
#include "core/wire/metrics.h"
#include "tui/draw/keys.h"
#include "tui/state/write.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXT_ARGUMENT_SIZE = 1024 };

enum message_kind {
    MESSAGE_TICK,        /* time passed */
    MESSAGE_KEY,         /* key */
    MESSAGE_RESIZE,      /* rows, cols */
    MESSAGE_CONNECTED,   /* connection */
    MESSAGE_UNCONNECTED, /* error: no workspace to talk to */
    MESSAGE_LATENCY,     /* number: microseconds of an answered request */
    MESSAGE_ENDPOINTS,   /* endpoints: one page, `more` follow; or error */
    MESSAGE_DEPLOYMENTS, /* endpoint, deployments; or error */
    MESSAGE_METRICS,     /* endpoint, metrics; or error */
    MESSAGE_LOG,         /* endpoint, deployment, text, number: tail asked for; or error */
    MESSAGE_DETAILS,     /* title in `name`, text: JSON; or error */
    MESSAGE_PREPARED,    /* id, text: what would be sent; or error (and `now` on a conflict) */
    MESSAGE_PROGRESS,    /* id, name: the service's word */
    MESSAGE_WRITTEN,     /* id, request id in `name`; or error (and `now` on a conflict) */
    MESSAGE_ANSWER,      /* id, answer to a test request */
    MESSAGE_BODY,        /* text: of a request, `more`: as it is to be sent; or error */
    MESSAGE_FILES,       /* names: paths that were found */
    MESSAGE_CONTEXTS,    /* names: configured contexts, the last one `local` */
    MESSAGE_ENGINE,      /* the local engine is up, `more`: samples still come; or error */
    MESSAGE_NOTICE,      /* text for the last line; or error */
};

struct connection {
    char context[72];
    bool local;
    char subscription[128];
    char group[128];
    char workspace[128];
};

/* How a test request was answered. */
struct test_answer {
    int status; /* 0: none came */
    int64_t latency_us;
    char deployment[NAME_SIZE]; /* that answered */
    char *body;                 /* owned; NULL when none came */
    size_t body_len;
};

/* update() takes over what the pointers own and leaves NULL behind. */
struct message {
    enum message_kind kind;
    int64_t now_ms;  /* monotonic */
    int64_t wall_ms; /* since 1970 */
    uint64_t id;
    uint64_t generation;       /* of the connection that was asked; older ones are dropped */
    const struct error *error; /* NULL: it worked; borrowed */
    struct key key;
    int rows, cols;
    int64_t number;
    bool more;
    char endpoint[NAME_SIZE];
    char deployment[NAME_SIZE];
    char name[256];
    const struct connection *connection; /* borrowed */
    struct endpoint *endpoints;          /* owned, as what follows */
    struct deployment *deployments;
    size_t count; /* of endpoints, deployments or names */
    char **names;
    char *text;
    size_t text_len;
    struct metrics metrics;
    struct traffic_split *now;
    struct test_answer answer;
};

/* Frees what update() did not take over. */
void message_release(struct message *message);

enum effect_kind {
    EFFECT_CONNECT, /* text: context, "" for the one of the command line */
    EFFECT_FETCH_ENDPOINTS,
    EFFECT_FETCH_DEPLOYMENTS, /* endpoint */
    EFFECT_FETCH_METRICS,     /* endpoint */
    EFFECT_FETCH_LOG,         /* endpoint, deployment, number: tail */
    EFFECT_FETCH_DETAILS,     /* endpoint, deployment ("": the endpoint itself) */
    EFFECT_PREPARE,           /* write */
    EFFECT_SEND,              /* write */
    EFFECT_FORGET,            /* id: nobody waits for the preparation any more */
    EFFECT_TEST,              /* id, endpoint, deployment ("": by traffic), text: file, or body */
    EFFECT_CANCEL_TEST,       /* id */
    EFFECT_FIND_FILES,        /* text: suffixes, "json" or "yml yaml" */
    EFFECT_LIST_CONTEXTS,
    EFFECT_ADD_CONTEXT, /* context */
    EFFECT_START_ENGINE,
    EFFECT_THEME,     /* text: name, "" for the next one */
    EFFECT_COPY,      /* body */
    EFFECT_READ_BODY, /* text: file, whose content is wanted to type in */
    EFFECT_EDIT,      /* body, or the file text: to be changed in the operator's editor */
    EFFECT_PAGE,      /* body: to be shown in the operator's pager */
    EFFECT_SAVE,      /* body, into a new file named text */
    EFFECT_REDRAW,
    EFFECT_SUSPEND,
    EFFECT_QUIT, /* number: exit status */
};

struct effect {
    enum effect_kind kind;
    uint64_t id;
    uint64_t generation;
    int64_t number;
    char endpoint[NAME_SIZE];
    char deployment[NAME_SIZE];
    char text[TEXT_ARGUMENT_SIZE];
    struct connection context;
    struct write *write; /* owned */
    char *body;          /* owned; with NUL behind body_len */
    size_t body_len;
};

struct effects {
    struct effect *items;
    size_t count;
    size_t capacity;
};

/* Appends an effect of that kind, zeroed but for it; valid until the next one is added. */
struct effect *effects_add(struct effects *effects, enum effect_kind kind);
void effects_release(struct effects *effects);

#endif
