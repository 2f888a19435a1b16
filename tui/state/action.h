/*
 * What the operator can do: one table of actions with their keys.
 *
 * The key lookup, the footer's hints, the help, the ':' line and `cutover keys --json` are all made
 * from this table, so that none of them can say something else than the keys do.
 */
#ifndef TUI_STATE_ACTION_H
#define TUI_STATE_ACTION_H

#include "core/base/json.h"
#include "tui/draw/keys.h"

#include <stdbool.h>
#include <stddef.h>

/* Where a key holds. Keys of a panel come before those of CONTEXT_PANELS. */
enum context {
    CONTEXT_PANELS, /* any panel */
    CONTEXT_ENDPOINTS,
    CONTEXT_DEPLOYMENTS,
    CONTEXT_TRAFFIC,
    CONTEXT_LOGS,
    CONTEXT_INVOKE,
    CONTEXT_ACTIVITY,
    CONTEXT_REVIEW, /* a dialog with buttons */
    CONTEXT_LIST,   /* a dialog with rows to choose from */
    CONTEXT_TEXT,   /* a text to read: help, details */
    CONTEXT_COUNT
};

enum action {
    ACTION_NONE,
    ACTION_HELP,
    ACTION_COMMAND,
    ACTION_NEXT_PANEL,
    ACTION_PREVIOUS_PANEL,
    ACTION_GO_ENDPOINTS,
    ACTION_GO_DEPLOYMENTS,
    ACTION_GO_TRAFFIC,
    ACTION_GO_LOGS,
    ACTION_GO_INVOKE,
    ACTION_GO_ACTIVITY,
    ACTION_UP,
    ACTION_DOWN,
    ACTION_LEFT,
    ACTION_RIGHT,
    ACTION_TOP,
    ACTION_BOTTOM,
    ACTION_PAGE_UP,
    ACTION_PAGE_DOWN,
    ACTION_HALF_UP,
    ACTION_HALF_DOWN,
    ACTION_ZOOM,
    ACTION_DETAILS,
    ACTION_RELOAD,
    ACTION_REDRAW,
    ACTION_UNDO,
    ACTION_REDO,
    ACTION_PAUSE,
    ACTION_COPY,
    ACTION_COPY_AS,
    ACTION_THEME,
    ACTION_ABORT,
    ACTION_BACK,
    ACTION_CLOSE,
    ACTION_LEAVE,
    ACTION_CANCEL,
    ACTION_SUSPEND,
    /* endpoints */
    ACTION_FILTER,
    ACTION_OPEN,
    ACTION_SWITCH_CONTEXT,
    ACTION_SORT_PREVIOUS,
    ACTION_SORT_NEXT,
    ACTION_SORT_INVERT,
    /* deployments */
    ACTION_CREATE,
    ACTION_SCALE,
    ACTION_INSPECT,
    ACTION_SORT_DEPLOYMENTS_PREVIOUS,
    ACTION_SORT_DEPLOYMENTS_NEXT,
    ACTION_SORT_DEPLOYMENTS_INVERT,
    /* traffic */
    ACTION_LESS,
    ACTION_MORE,
    ACTION_LESS_10,
    ACTION_MORE_10,
    ACTION_LEAST,
    ACTION_MOST,
    ACTION_TYPE,
    ACTION_LOCK,
    ACTION_BALANCE,
    ACTION_OTHER_SIDE,
    ACTION_DISCARD,
    ACTION_COMMIT,
    /* logs */
    ACTION_FOLLOW,
    ACTION_NEXT_ERROR,
    ACTION_PREVIOUS_ERROR,
    ACTION_ONLY,
    ACTION_MARK,
    ACTION_NEXT_MARK,
    ACTION_TIMES,
    ACTION_PRETTY,
    ACTION_SAVE_LOG,
    ACTION_PREVIOUS_LOG,
    ACTION_NEXT_LOG,
    ACTION_SEARCH,
    ACTION_NEXT_HIT,
    ACTION_PREVIOUS_HIT,
    ACTION_WRAP,
    ACTION_SCROLL_LEFT,
    ACTION_SCROLL_RIGHT,
    /* invoke */
    ACTION_TARGET,
    ACTION_PICK_REQUEST,
    ACTION_SEND,
    ACTION_TYPE_REQUEST,
    ACTION_EDIT_REQUEST,
    ACTION_RESEND,
    ACTION_DIFF,
    ACTION_PAGE,
    ACTION_SAVE_ANSWER,
    ACTION_OLDER,
    ACTION_NEWER,
    /* activity */
    ACTION_SHOW_ENTRY,
    /* dialogs */
    ACTION_NEXT_BUTTON,
    ACTION_PREVIOUS_BUTTON,
    ACTION_PRESS,
    ACTION_DISMISS,
    ACTION_COPY_TEXT,
    ACTION_CHOOSE,
    /* by name only: nothing that destroys has a key */
    ACTION_DELETE_DEPLOYMENT,
    ACTION_DELETE_ENDPOINT,
    ACTION_CLEAR_TRAFFIC,
    ACTION_ADD_CONTEXT,
    ACTION_START_ENGINE,
    ACTION_GUIDE,
    ACTION_COUNT
};

enum { ACTION_MAX_KEYS = 4 };

struct action_info {
    const char *name; /* as typed after ':' */
    enum context context;
    const char *keys[ACTION_MAX_KEYS]; /* names as key_parse() reads them; the rest NULL */
    const char *label;                 /* for hints: two words at most */
    const char *help;                  /* one line */
    const char *argument;              /* what may follow the name: "NUMBER"; NULL: nothing */
    bool writes;                       /* leads to a change of the service, after a review */
};

/* The table's row; a row without a name for ACTION_NONE. */
const struct action_info *action_info(enum action action);

/* The action of a key in a context (panels fall back to CONTEXT_PANELS), or ACTION_NONE. */
enum action action_of_key(enum context context, struct key key);

/* The action called `name`, or ACTION_NONE. */
enum action action_by_name(const char *name, size_t len);

/* "c" or "F5": the first key's name, "" for an action without a key. */
const char *action_key(enum action action);

/* Title of a context: "Traffic". */
const char *context_title(enum context context);

/*
 * Checks the table: every key name is one, no key twice in a context or hidden by the context's
 * fallback, no name twice, no key that KEYS_RESERVED holds, no letter shared in its other case
 * between an action that writes and one that does not. False with the offending pair.
 */
bool action_table_check(struct error *error);

/* All of it as JSON for `cutover keys --json`: array of {name, context, keys, help, writes}. */
struct json *action_table_json(void);

#endif
