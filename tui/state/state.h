/*
 * The console's state: everything the screen shows and nothing else. Plain values; update() is
 * the only one that changes them, but for scroll positions, which follow the size of what is drawn.
 */
#ifndef TUI_STATE_STATE_H
#define TUI_STATE_STATE_H

#include "tui/state/action.h"
#include "tui/state/activity.h"
#include "tui/state/diff.h"
#include "tui/state/draft.h"
#include "tui/state/log_lens.h"
#include "tui/state/logs.h"
#include "tui/state/message.h"
#include "tui/state/sorting.h"
#include "tui/state/tour.h"
#include "tui/widget/dialog.h"
#include "tui/widget/field.h"
#include "tui/widget/json_view.h"
#include "tui/widget/menu.h"
#include "tui/widget/table.h"
#include "tui/widget/text_view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum panel {
    PANEL_ENDPOINTS,
    PANEL_DEPLOYMENTS,
    PANEL_TRAFFIC,
    PANEL_LOGS,
    PANEL_INVOKE,
    PANEL_ACTIVITY,
    PANEL_COUNT
};

/* How something that is read again and again stands. */
struct reading {
    bool loaded; /* it was read at least once */
    bool in_flight;
    bool paused;       /* by the operator */
    int64_t read_ms;   /* when what is held was read */
    int64_t asked_ms;  /* when the present question left */
    int64_t due_ms;    /* when to ask next */
    int failures;      /* in a row */
    char problem[300]; /* why the last try failed; "" when it did not */
    char hint[300];
};

enum { TEST_HISTORY_MAX = 30, CONSOLE_MAX_BODY = 1 << 20, LOG_TAIL = 1000 };

/* One test request and its answer. `group` joins the two of "both". */
struct test_run {
    uint64_t id;
    uint64_t group;
    bool running;
    int64_t started_ms;
    int64_t wall_ms;
    char asked[NAME_SIZE]; /* "" by traffic */
    char file[TEXT_ARGUMENT_SIZE];
    char *sent; /* owned: the body that was sent; NULL: `file` was */
    size_t sent_len;
    struct test_answer answer;
    char problem[400];
    struct json_view *view; /* owned; NULL while running or without a body */
    struct text_view scroll;
};

enum { TARGET_TRAFFIC = -1, TARGET_BOTH = -2 };

struct test_state {
    int target;                  /* TARGET_* or the index of a deployment */
    char target_name[NAME_SIZE]; /* of that deployment, so that it stays chosen */
    char file[TEXT_ARGUMENT_SIZE];
    char *body; /* owned: what was typed or edited, sent instead of the file; NULL: nothing */
    size_t body_len;
    struct test_run runs[TEST_HISTORY_MAX]; /* oldest first */
    size_t count;
    size_t shown; /* the run in sight; of a group its last */
};

enum overlay {
    OVERLAY_NONE,
    OVERLAY_DIALOG, /* `dialog` */
    OVERLAY_MENU,   /* `menu` over `items` */
    OVERLAY_FORM,   /* `form` */
    OVERLAY_TEXT,   /* `reader` */
};

/* What the overlay is about. */
enum purpose {
    PURPOSE_NONE,
    PURPOSE_SETUP,    /* no workspace to talk to */
    PURPOSE_REVIEW,   /* a write before it is sent */
    PURPOSE_CONFLICT, /* the service has another split than the draft was made from */
    PURPOSE_QUIT,
    PURPOSE_COMMAND,
    PURPOSE_REQUEST_FILE,
    PURPOSE_SPEC_FILE,
    PURPOSE_CONTEXTS,
    PURPOSE_SCALE,
    PURPOSE_ADD_CONTEXT,
    PURPOSE_ONLY,     /* which lines of the log are shown */
    PURPOSE_SAVE_LOG, /* where to */
    PURPOSE_SAVE_ANSWER,
    PURPOSE_BODY, /* a request typed in */
    PURPOSE_DIFF,
    PURPOSE_COPY, /* in which form */
    PURPOSE_HELP,
    PURPOSE_DETAILS,
    PURPOSE_ENTRY,
};

enum { FORM_FIELDS_MAX = 5 };

struct form {
    char title[128];
    const char *labels[FORM_FIELDS_MAX];
    const char *placeholders[FORM_FIELDS_MAX];
    struct field fields[FORM_FIELDS_MAX];
    size_t count;
    size_t focus;
    char problem[300];
};

/* A write under review. */
struct review {
    struct write *write; /* owned; NULL when none */
    bool prepared;
    char *requests; /* what will be sent, printable; owned */
    char problem[600];
    char hint[512];
    struct traffic_split *now; /* PURPOSE_CONFLICT: what the service has; owned */
};

/* Text of help, details or one activity entry. */
struct reader {
    char title[200];
    char **lines; /* owned, printable; used when there is no `json` */
    unsigned *styles;
    size_t count;
    size_t capacity;
    struct json_view *json; /* owned, as the next */
    struct diff *diff;
    struct text_view view;
    bool loading;
    char subject[NAME_SIZE * 2]; /* what it waits for */
};

struct menu_items {
    struct menu_item *items; /* owned */
    enum action *actions;    /* PURPOSE_COMMAND: what each item is */
    char (*reasons)[100];
    char **names; /* owned: files or contexts */
    size_t count;
    bool loading;
};

/* A draft of an endpoint that is not in view now. */
struct stashed_draft {
    char endpoint[NAME_SIZE];
    struct draft *draft;
};

/* The split before the last commit of this session. */
struct last_good {
    char endpoint[NAME_SIZE];
    struct traffic_split split;
};

enum { STASH_MAX = 16 };

enum connection_state { CONNECTION_OPENING, CONNECTION_OPEN, CONNECTION_NONE };

struct state {
    int64_t now_ms;
    int64_t wall_ms;
    int rows, cols;
    enum panel focus;
    enum panel lower; /* which of logs, invoke, activity a small screen shows */
    bool zoomed;
    bool pasting;
    bool read_only;
    const char *theme; /* its name, borrowed */

    enum connection_state connection_state;
    struct connection connection;
    uint64_t generation; /* counts connections */
    int latency_ms;      /* shown; changes only when it differs much; -1: unknown */
    double latency_mean;
    char connection_problem[300];
    char connection_hint[300];

    struct reading endpoints_reading;
    struct endpoint *endpoints;
    size_t endpoint_count;
    struct endpoint *incoming; /* pages of a list that is not whole yet */
    size_t incoming_count;
    size_t incoming_capacity;
    struct table endpoint_table;
    struct field filter;
    bool filtering;  /* the filter is being typed */
    size_t *visible; /* indexes of endpoints that pass the filter, as they are shown */
    size_t visible_count;
    char wanted_endpoint[NAME_SIZE]; /* to select once it is there */

    char endpoint[NAME_SIZE]; /* the chosen one, "" when there is none */
    struct reading deployments_reading;
    struct deployment *deployments;
    size_t deployment_count;
    size_t *deployment_order; /* their indexes as they are shown; owned */
    struct table deployment_table;

    struct reading metrics_reading;
    struct metrics metrics;

    struct draft *draft;
    struct stashed_draft stash[STASH_MAX];
    size_t stash_count;
    size_t traffic_row; /* 0..n-1 live, n..2n-1 mirror */
    bool typing;        /* a percentage is being typed */
    struct field number;
    struct last_good good[STASH_MAX];
    size_t good_count;
    struct write *sent[STASH_MAX]; /* owned: writes that are not finished */
    size_t sent_count;

    char log_deployment[NAME_SIZE];
    char wanted_log[NAME_SIZE]; /* to show once that deployment is listed */
    struct reading log_reading;
    struct log_buffer log;
    struct log_lens log_lens;
    struct text_view log_view;
    uint64_t log_unseen; /* lines that came while not following */

    struct test_state test;

    struct activity activity;
    struct table activity_table;
    uint64_t next_id;

    enum overlay overlay;
    enum purpose purpose;
    struct dialog dialog;
    struct menu menu;
    struct menu_items choices;
    struct form form;
    struct reader reader;
    struct review review;
    char copying[NAME_SIZE * 2]; /* the document that is copied when it comes; "" for none */

    char notice[400];
    unsigned notice_style;
    int64_t notice_until_ms;
    int64_t interrupted_ms; /* when Ctrl-C had nothing to withdraw; 0: not */
    bool engine_starting;
    bool engine_filling; /* it is up, its samples are still being created */
    struct tour tour;
};

/* `endpoint` (NULL: the first) is selected once the list is there. */
struct state *state_new(bool read_only, const char *endpoint);
void state_free(struct state *state);

/* The chosen endpoint as last read, or NULL. */
const struct endpoint *state_endpoint(const struct state *state);
const struct endpoint *state_find_endpoint(const struct state *state, const char *name);
/* Of the chosen endpoint; NULL when there is no such one. */
const struct deployment *state_find_deployment(const struct state *state, const char *name);
/* The one under the cursor, or NULL. */
const struct deployment *state_deployment(const struct state *state);

/* True while a write of this session to that endpoint (or one of its deployments) is running. */
bool state_is_writing(const struct state *state, const char *endpoint);

/* The split before the last commit to the endpoint in this session, or NULL. */
const struct traffic_split *state_last_good(const struct state *state, const char *endpoint);

/* Style of a deployment's name and bars: by its place among the endpoint's deployments. */
unsigned state_deployment_style(const struct state *state, const char *name);

/* True when what is held is older than it should be: no answer came in time. */
bool reading_is_stale(const struct reading *reading, int64_t now_ms);

/* Rows of the tables, as they are now; valid during one call. */
struct table_rows state_endpoint_rows(struct state *state);
struct table_rows state_deployment_rows(struct state *state);
struct table_rows state_activity_rows(struct state *state);

/* Context of the keys: the focused panel's. */
enum context state_context(const struct state *state);

/* Why an action cannot be done now, in a few words in `out`; NULL when it can. */
const char *state_obstacle(const struct state *state, enum action action, char *out, size_t size);

/* What the reader shows. */
struct text_lines state_reader_lines(const struct state *state);

#endif
