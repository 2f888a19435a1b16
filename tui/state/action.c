#include "tui/state/action.h"

#include <ctype.h>
#include <string.h>

static const char *const titles[CONTEXT_COUNT] = {
    [CONTEXT_PANELS] = "Everywhere",
    [CONTEXT_ENDPOINTS] = "Endpoints",
    [CONTEXT_DEPLOYMENTS] = "Deployments",
    [CONTEXT_TRAFFIC] = "Traffic",
    [CONTEXT_LOGS] = "Logs",
    [CONTEXT_INVOKE] = "Invoke",
    [CONTEXT_ACTIVITY] = "Activity",
    [CONTEXT_REVIEW] = "Review",
    [CONTEXT_LIST] = "Choice",
    [CONTEXT_TEXT] = "Text",
};

/* Keys that belong to the terminal, the multiplexer or the line discipline. */
static const char *const reserved[] = {
    "Ctrl-s", "Ctrl-q", "Ctrl-b", "Ctrl-a", "Ctrl-\\", "Ctrl-h", "Ctrl-j", "Ctrl-k", "Ctrl-p",
    "Ctrl-]", "Ctrl-v", "Ctrl-o", "Ctrl-y", "Ctrl-w",  "Ctrl-t", "Ctrl-n", "F9",
};

#define PANELS CONTEXT_PANELS

static const struct action_info actions[ACTION_COUNT] = {
    [ACTION_HELP] = {"help", PANELS, {"?", "F1"}, "help", "keys and actions of this panel"},
    [ACTION_COMMAND] = {"command", PANELS, {":"}, "command", "type an action by name"},
    [ACTION_NEXT_PANEL] = {"next-panel", PANELS, {"Tab"}, "next panel", "go to the next panel"},
    [ACTION_PREVIOUS_PANEL] = {"previous-panel", PANELS, {"Shift-Tab"}, "", "go to the one before"},
    [ACTION_GO_ENDPOINTS] =
        {"endpoints", PANELS, {"1"}, "endpoints", "go to the endpoints", "[NAME]"},
    [ACTION_GO_DEPLOYMENTS] = {"deployments",
                               PANELS,
                               {"2"},
                               "deployments",
                               "go to the deployments of the chosen endpoint"},
    [ACTION_GO_TRAFFIC] =
        {"traffic", PANELS, {"3"}, "traffic", "go to the traffic sliders", "[blue=90 green=10]"},
    [ACTION_GO_LOGS] = {"logs", PANELS, {"5"}, "logs", "go to the log", "[DEPLOYMENT]"},
    [ACTION_GO_INVOKE] = {"invoke", PANELS, {"6"}, "invoke", "go to the test requests"},
    [ACTION_GO_ACTIVITY] = {"activity", PANELS, {"7"}, "activity", "go to what was sent"},
    [ACTION_UP] = {"up", PANELS, {"k", "Up"}, "up", "move up"},
    [ACTION_DOWN] = {"down", PANELS, {"j", "Down"}, "down", "move down"},
    [ACTION_LEFT] = {"left", PANELS, {"h", "Left"}, "left", "move left"},
    [ACTION_RIGHT] = {"right", PANELS, {"l", "Right"}, "right", "move right"},
    [ACTION_TOP] = {"top", PANELS, {"g", "Home"}, "top", "to the first line"},
    [ACTION_BOTTOM] = {"bottom", PANELS, {"G", "End"}, "bottom", "to the last line"},
    [ACTION_PAGE_UP] = {"page-up", PANELS, {"PgUp"}, "page up", "a page up"},
    [ACTION_PAGE_DOWN] = {"page-down", PANELS, {"PgDn"}, "page down", "a page down"},
    [ACTION_HALF_UP] = {"half-up", PANELS, {"Ctrl-u"}, "half up", "half a page up"},
    [ACTION_HALF_DOWN] = {"half-down", PANELS, {"Ctrl-d"}, "half down", "half a page down"},
    [ACTION_ZOOM] = {"zoom", PANELS, {"z"}, "zoom", "this panel over the whole screen and back"},
    [ACTION_DETAILS] = {"details", PANELS, {"d"}, "details", "the selected thing as JSON"},
    [ACTION_RELOAD] = {"reload", PANELS, {"R", "F5"}, "reload", "read everything again now"},
    [ACTION_REDRAW] = {"redraw", PANELS, {"Ctrl-l"}, "redraw", "paint the whole screen again"},
    [ACTION_UNDO] = {"undo", PANELS, {"u"}, "undo", "take back the last change of the draft"},
    [ACTION_REDO] = {"redo", PANELS, {"U"}, "redo", "make it again"},
    [ACTION_PAUSE] = {"pause", PANELS, {"="}, "pause", "stop or resume live updates of this panel"},
    [ACTION_COPY] = {"copy", PANELS, {"y"}, "copy", "put the selected value on the clipboard"},
    [ACTION_THEME] = {"theme", PANELS, {"T"}, "theme", "next theme, or the one named", "[NAME]"},
    [ACTION_ABORT] = {"abort",
                      PANELS,
                      {"A"},
                      "abort",
                      "back to the traffic before the last commit, after a review",
                      NULL,
                      true},
    [ACTION_BACK] = {"back", PANELS, {"Esc"}, "back", "undo zoom, clear filter or message"},
    [ACTION_CLOSE] = {"close", PANELS, {"q"}, "leave", "leave; asks while something is staged"},
    [ACTION_LEAVE] = {"quit", PANELS, {"Q"}, "leave", "leave; asks while something is staged"},
    [ACTION_CANCEL] =
        {"cancel", PANELS, {"Ctrl-c"}, "cancel", "withdraw what runs or is asked; twice leaves"},
    [ACTION_SUSPEND] = {"suspend", PANELS, {"Ctrl-z"}, "suspend", "back to the shell for a while"},

    [ACTION_FILTER] = {"filter",
                       CONTEXT_ENDPOINTS,
                       {"/", "F3"},
                       "filter",
                       "only endpoints whose name holds a text",
                       "[TEXT]"},
    [ACTION_OPEN] = {"open", CONTEXT_ENDPOINTS, {"Enter"}, "open", "go to its deployments"},
    [ACTION_SWITCH_CONTEXT] =
        {"context", CONTEXT_ENDPOINTS, {"x"}, "context", "switch to another workspace", "[NAME]"},

    [ACTION_CREATE] = {"create",
                       CONTEXT_DEPLOYMENTS,
                       {"+"},
                       "create",
                       "create a deployment from a YAML file, after a review",
                       "[FILE]",
                       true},
    [ACTION_SCALE] = {"scale",
                      CONTEXT_DEPLOYMENTS,
                      {"s"},
                      "scale",
                      "change the number of instances, after a review",
                      "[NUMBER]",
                      true},
    [ACTION_INSPECT] =
        {"inspect", CONTEXT_DEPLOYMENTS, {"Enter"}, "details", "the deployment as JSON"},

    [ACTION_LESS] = {"less", CONTEXT_TRAFFIC, {"h", "Left"}, "-1", "one percent less"},
    [ACTION_MORE] = {"more", CONTEXT_TRAFFIC, {"l", "Right"}, "+1", "one percent more"},
    [ACTION_LESS_10] = {"less-10", CONTEXT_TRAFFIC, {"H"}, "-10", "ten percent less"},
    [ACTION_MORE_10] = {"more-10", CONTEXT_TRAFFIC, {"L"}, "+10", "ten percent more"},
    [ACTION_LEAST] = {"least", CONTEXT_TRAFFIC, {"g", "Home"}, "0", "no share for this row"},
    [ACTION_MOST] = {"most", CONTEXT_TRAFFIC, {"G", "End"}, "max", "the largest share allowed"},
    [ACTION_TYPE] = {"type", CONTEXT_TRAFFIC, {"Enter"}, "type", "type a percentage"},
    [ACTION_LOCK] =
        {"lock", CONTEXT_TRAFFIC, {"Space"}, "lock", "hold this row's share while others move"},
    [ACTION_BALANCE] =
        {"balance", CONTEXT_TRAFFIC, {"b"}, "balance", "give this row what is missing to 100"},
    [ACTION_OTHER_SIDE] =
        {"other-side", CONTEXT_TRAFFIC, {"v"}, "live/mirror", "from live to mirror and back"},
    [ACTION_DISCARD] = {"discard", CONTEXT_TRAFFIC, {"x"}, "discard", "drop the draft"},
    [ACTION_COMMIT] = {"commit",
                       CONTEXT_TRAFFIC,
                       {"c"},
                       "review & commit",
                       "review the change, then send it",
                       NULL,
                       true},

    [ACTION_FOLLOW] = {"follow", CONTEXT_LOGS, {"F"}, "follow", "stay at the newest line"},
    [ACTION_PREVIOUS_LOG] =
        {"previous-log", CONTEXT_LOGS, {"["}, "", "log of the deployment before"},
    [ACTION_NEXT_LOG] =
        {"next-log", CONTEXT_LOGS, {"]"}, "deployment", "log of the next deployment"},
    [ACTION_SEARCH] = {"search", CONTEXT_LOGS, {"/", "F3"}, "search", "find a text", "[TEXT]"},
    [ACTION_NEXT_HIT] = {"next-hit", CONTEXT_LOGS, {"n"}, "next", "next place that was found"},
    [ACTION_PREVIOUS_HIT] = {"previous-hit", CONTEXT_LOGS, {"N"}, "", "the place before"},
    [ACTION_WRAP] = {"wrap", CONTEXT_LOGS, {"w"}, "wrap", "break long lines or cut them"},
    [ACTION_SCROLL_LEFT] = {"scroll-left", CONTEXT_LOGS, {"H"}, "", "ten columns left"},
    [ACTION_SCROLL_RIGHT] = {"scroll-right", CONTEXT_LOGS, {"L"}, "", "ten columns right"},

    [ACTION_TARGET] = {"target",
                       CONTEXT_INVOKE,
                       {"t"},
                       "target",
                       "by traffic, to one deployment, or to both",
                       "[NAME]"},
    [ACTION_PICK_REQUEST] = {"request",
                             CONTEXT_INVOKE,
                             {"Enter", "o"},
                             "request",
                             "choose the file that is sent",
                             "[FILE]"},
    [ACTION_SEND] = {"send", CONTEXT_INVOKE, {"s"}, "send", "send the request"},
    [ACTION_OLDER] = {"older", CONTEXT_INVOKE, {"["}, "older", "the answer before"},
    [ACTION_NEWER] = {"newer", CONTEXT_INVOKE, {"]"}, "newer", "the answer after"},

    [ACTION_SHOW_ENTRY] = {"entry", CONTEXT_ACTIVITY, {"Enter"}, "details", "the entry in full"},

    [ACTION_NEXT_BUTTON] =
        {"next-button", CONTEXT_REVIEW, {"Tab", "l", "Right"}, "", "next button"},
    [ACTION_PREVIOUS_BUTTON] =
        {"previous-button", CONTEXT_REVIEW, {"Shift-Tab", "h", "Left"}, "", "button before"},
    [ACTION_PRESS] = {"press", CONTEXT_REVIEW, {"Enter"}, "press", "press the marked button"},
    [ACTION_DISMISS] = {"dismiss", CONTEXT_TEXT, {"Esc", "q", "Enter"}, "close", "close this"},
    [ACTION_CHOOSE] = {"choose", CONTEXT_LIST, {"Enter"}, "choose", "take the marked row"},

    [ACTION_DELETE_DEPLOYMENT] = {"delete-deployment",
                                  PANELS,
                                  {NULL},
                                  "",
                                  "delete a deployment, after its name is typed",
                                  "[NAME]",
                                  true},
    [ACTION_DELETE_ENDPOINT] = {"delete-endpoint",
                                PANELS,
                                {NULL},
                                "",
                                "delete the endpoint with all in it, after its name is typed",
                                NULL,
                                true},
    [ACTION_CLEAR_TRAFFIC] =
        {"clear-traffic", PANELS, {NULL}, "", "set all shares of the draft to 0"},
    [ACTION_ADD_CONTEXT] = {"add-context", PANELS, {NULL}, "", "add an Azure workspace"},
    [ACTION_START_ENGINE] =
        {"start-engine", PANELS, {NULL}, "", "start a local engine with the samples"},
};

const struct action_info *action_info(enum action action)
{
    return &actions[action];
}

static bool same_key(struct key a, struct key b)
{
    return a.name == b.name && a.code == b.code && a.state == b.state;
}

static bool has_key(const struct action_info *info, struct key key)
{
    for (size_t i = 0; i < ACTION_MAX_KEYS && info->keys[i]; i++) {
        struct key own;
        if (key_parse(info->keys[i], &own) && same_key(own, key))
            return true;
    }
    return false;
}

static enum action find(enum context context, struct key key)
{
    for (int i = 1; i < ACTION_COUNT; i++)
        if (actions[i].name && actions[i].context == context && has_key(&actions[i], key))
            return (enum action)i;
    return ACTION_NONE;
}

enum action action_of_key(enum context context, struct key key)
{
    enum action own = find(context, key);
    return own != ACTION_NONE || context == CONTEXT_PANELS ? own : find(CONTEXT_PANELS, key);
}

enum action action_by_name(const char *name, size_t len)
{
    for (int i = 1; i < ACTION_COUNT; i++)
        if (actions[i].name && strlen(actions[i].name) == len &&
            strncmp(actions[i].name, name, len) == 0)
            return (enum action)i;
    return ACTION_NONE;
}

const char *action_key(enum action action)
{
    return actions[action].keys[0] ? actions[action].keys[0] : "";
}

const char *context_title(enum context context)
{
    return titles[context];
}

static bool is_panel(enum context context)
{
    return context >= CONTEXT_ENDPOINTS && context <= CONTEXT_ACTIVITY;
}

/* True when the other case of a single letter. */
static bool is_other_case(const char *a, const char *b)
{
    return strlen(a) == 1 && strlen(b) == 1 && isalpha((unsigned char)*a) && *a != *b &&
           tolower((unsigned char)*a) == tolower((unsigned char)*b);
}

static bool check_pair(const struct action_info *a, const struct action_info *b,
                       struct error *error)
{
    bool same_place = a->context == b->context;
    bool meet = same_place || (is_panel(a->context) && b->context == CONTEXT_PANELS) ||
                (is_panel(b->context) && a->context == CONTEXT_PANELS);
    if (strcmp(a->name, b->name) == 0)
        return error_set(error, ERROR_FAILED, "two actions are called %s", a->name);
    for (size_t i = 0; i < ACTION_MAX_KEYS && a->keys[i]; i++) {
        for (size_t j = 0; j < ACTION_MAX_KEYS && b->keys[j]; j++) {
            if (same_place && strcmp(a->keys[i], b->keys[j]) == 0)
                return error_set(error, ERROR_FAILED, "%s is both %s and %s in %s", a->keys[i],
                                 a->name, b->name, titles[a->context]);
            if (meet && a->writes != b->writes && is_other_case(a->keys[i], b->keys[j]))
                return error_set(error, ERROR_FAILED, "%s (%s) and %s (%s) differ by Shift only",
                                 a->keys[i], a->name, b->keys[j], b->name);
        }
    }
    return true;
}

static bool check_keys(const struct action_info *info, struct error *error)
{
    for (size_t i = 0; i < ACTION_MAX_KEYS && info->keys[i]; i++) {
        struct key key;
        if (!key_parse(info->keys[i], &key))
            return error_set(error, ERROR_FAILED, "%s: %s is no key", info->name, info->keys[i]);
        for (size_t j = 0; j < sizeof reserved / sizeof reserved[0]; j++)
            if (strcmp(info->keys[i], reserved[j]) == 0)
                return error_set(error, ERROR_FAILED, "%s: %s belongs to the terminal", info->name,
                                 info->keys[i]);
    }
    return true;
}

bool action_table_check(struct error *error)
{
    for (int i = 1; i < ACTION_COUNT; i++) {
        if (!actions[i].name || !actions[i].help || !actions[i].label)
            return error_set(error, ERROR_FAILED, "action %d has no full row", i);
        if (!check_keys(&actions[i], error))
            return false;
        for (int j = i + 1; j < ACTION_COUNT; j++)
            if (actions[j].name && !check_pair(&actions[i], &actions[j], error))
                return false;
    }
    return true;
}

struct json *action_table_json(void)
{
    struct json *all = json_array();
    for (int i = 1; i < ACTION_COUNT; i++) {
        struct json *row = json_append(all, json_object());
        json_set_text(row, "name", actions[i].name);
        json_set_text(row, "context", titles[actions[i].context]);
        struct json *keys = json_set(row, "keys", json_array());
        for (size_t k = 0; k < ACTION_MAX_KEYS && actions[i].keys[k]; k++)
            json_append(keys, json_string(actions[i].keys[k]));
        json_set_text(row, "help", actions[i].help);
        json_set(row, "writes", json_bool(actions[i].writes));
    }
    return all;
}
