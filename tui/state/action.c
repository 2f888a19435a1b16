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
    [ACTION_HELP] = {.name = "help",
                     .context = PANELS,
                     .keys = {"?", "F1"},
                     .label = "help",
                     .help = "keys and actions of this panel"},
    [ACTION_COMMAND] = {.name = "command",
                        .context = PANELS,
                        .keys = {":"},
                        .label = "command",
                        .help = "type an action by name"},
    [ACTION_NEXT_PANEL] = {.name = "next-panel",
                           .context = PANELS,
                           .keys = {"Tab"},
                           .label = "next panel",
                           .help = "go to the next panel"},
    [ACTION_PREVIOUS_PANEL] = {.name = "previous-panel",
                               .context = PANELS,
                               .keys = {"Shift-Tab"},
                               .label = "",
                               .help = "go to the one before"},
    [ACTION_GO_ENDPOINTS] = {.name = "endpoints",
                             .context = PANELS,
                             .keys = {"1"},
                             .label = "endpoints",
                             .help = "go to the endpoints",
                             .argument = "[NAME]"},
    [ACTION_GO_DEPLOYMENTS] = {.name = "deployments",
                               .context = PANELS,
                               .keys = {"2"},
                               .label = "deployments",
                               .help = "go to the deployments of the chosen endpoint"},
    [ACTION_GO_TRAFFIC] = {.name = "traffic",
                           .context = PANELS,
                           .keys = {"3"},
                           .label = "traffic",
                           .help = "go to the traffic sliders",
                           .argument = "[blue=90 green=10]"},
    [ACTION_GO_LOGS] = {.name = "logs",
                        .context = PANELS,
                        .keys = {"5"},
                        .label = "logs",
                        .help = "go to the log",
                        .argument = "[DEPLOYMENT]"},
    [ACTION_GO_INVOKE] = {.name = "invoke",
                          .context = PANELS,
                          .keys = {"6"},
                          .label = "invoke",
                          .help = "go to the test requests"},
    [ACTION_GO_ACTIVITY] = {.name = "activity",
                            .context = PANELS,
                            .keys = {"7"},
                            .label = "activity",
                            .help = "go to what was sent"},
    [ACTION_UP] =
        {.name = "up", .context = PANELS, .keys = {"k", "Up"}, .label = "up", .help = "move up"},
    [ACTION_DOWN] = {.name = "down",
                     .context = PANELS,
                     .keys = {"j", "Down"},
                     .label = "down",
                     .help = "move down"},
    [ACTION_LEFT] = {.name = "left",
                     .context = PANELS,
                     .keys = {"h", "Left"},
                     .label = "left",
                     .help = "move left"},
    [ACTION_RIGHT] = {.name = "right",
                      .context = PANELS,
                      .keys = {"l", "Right"},
                      .label = "right",
                      .help = "move right"},
    [ACTION_TOP] = {.name = "top",
                    .context = PANELS,
                    .keys = {"g", "Home"},
                    .label = "top",
                    .help = "to the first line"},
    [ACTION_BOTTOM] = {.name = "bottom",
                       .context = PANELS,
                       .keys = {"G", "End"},
                       .label = "bottom",
                       .help = "to the last line"},
    [ACTION_PAGE_UP] = {.name = "page-up",
                        .context = PANELS,
                        .keys = {"PgUp"},
                        .label = "page up",
                        .help = "a page up"},
    [ACTION_PAGE_DOWN] = {.name = "page-down",
                          .context = PANELS,
                          .keys = {"PgDn"},
                          .label = "page down",
                          .help = "a page down"},
    [ACTION_HALF_UP] = {.name = "half-up",
                        .context = PANELS,
                        .keys = {"Ctrl-u"},
                        .label = "half up",
                        .help = "half a page up"},
    [ACTION_HALF_DOWN] = {.name = "half-down",
                          .context = PANELS,
                          .keys = {"Ctrl-d"},
                          .label = "half down",
                          .help = "half a page down"},
    [ACTION_ZOOM] = {.name = "zoom",
                     .context = PANELS,
                     .keys = {"z"},
                     .label = "zoom",
                     .help = "this panel over the whole screen and back"},
    [ACTION_DETAILS] = {.name = "details",
                        .context = PANELS,
                        .keys = {"d"},
                        .label = "details",
                        .help = "the selected thing as JSON"},
    [ACTION_RELOAD] = {.name = "reload",
                       .context = PANELS,
                       .keys = {"R", "F5"},
                       .label = "reload",
                       .help = "read everything again now"},
    [ACTION_REDRAW] = {.name = "redraw",
                       .context = PANELS,
                       .keys = {"Ctrl-l"},
                       .label = "redraw",
                       .help = "paint the whole screen again"},
    [ACTION_UNDO] = {.name = "undo",
                     .context = PANELS,
                     .keys = {"u"},
                     .label = "undo",
                     .help = "take back the last change of the draft"},
    [ACTION_REDO] = {.name = "redo",
                     .context = PANELS,
                     .keys = {"U"},
                     .label = "redo",
                     .help = "make it again"},
    [ACTION_PAUSE] = {.name = "pause",
                      .context = PANELS,
                      .keys = {"="},
                      .label = "pause",
                      .help = "stop or resume live updates of this panel"},
    [ACTION_COPY] = {.name = "copy",
                     .context = PANELS,
                     .keys = {"y"},
                     .label = "copy",
                     .help = "put the selected value on the clipboard"},
    [ACTION_COPY_AS] = {.name = "copy-as",
                        .context = PANELS,
                        .keys = {"Y"},
                        .label = "copy as",
                        .help = "copy as a command, as curl (the key left out) or as JSON",
                        .argument = "[FORM]"},
    [ACTION_THEME] = {.name = "theme",
                      .context = PANELS,
                      .keys = {"T"},
                      .label = "theme",
                      .help = "next theme, or the one named",
                      .argument = "[NAME]"},
    [ACTION_ABORT] = {.name = "abort",
                      .context = PANELS,
                      .keys = {"A"},
                      .label = "abort",
                      .help = "back to the traffic before the last commit, after a review",
                      .writes = true},
    [ACTION_BACK] = {.name = "back",
                     .context = PANELS,
                     .keys = {"Esc"},
                     .label = "back",
                     .help = "undo zoom, clear filter or message"},
    [ACTION_CLOSE] = {.name = "close",
                      .context = PANELS,
                      .keys = {"q"},
                      .label = "leave",
                      .help = "leave; asks while something is staged"},
    [ACTION_LEAVE] = {.name = "quit",
                      .context = PANELS,
                      .keys = {"Q"},
                      .label = "leave",
                      .help = "leave; asks while something is staged"},
    [ACTION_CANCEL] = {.name = "cancel",
                       .context = PANELS,
                       .keys = {"Ctrl-c"},
                       .label = "cancel",
                       .help = "withdraw what runs or is asked; twice leaves"},
    [ACTION_SUSPEND] = {.name = "suspend",
                        .context = PANELS,
                        .keys = {"Ctrl-z"},
                        .label = "suspend",
                        .help = "back to the shell for a while"},
    [ACTION_FILTER] = {.name = "filter",
                       .context = CONTEXT_ENDPOINTS,
                       .keys = {"/", "F3"},
                       .label = "filter",
                       .help = "only endpoints whose name holds a text; !text: holds it not",
                       .argument = "[TEXT]"},
    [ACTION_OPEN] = {.name = "open",
                     .context = CONTEXT_ENDPOINTS,
                     .keys = {"Enter"},
                     .label = "open",
                     .help = "go to its deployments"},
    [ACTION_SWITCH_CONTEXT] = {.name = "context",
                               .context = CONTEXT_ENDPOINTS,
                               .keys = {"x"},
                               .label = "context",
                               .help = "switch to another workspace",
                               .argument = "[NAME]"},
    [ACTION_SORT_PREVIOUS] = {.name = "sort-endpoints-left",
                              .context = CONTEXT_ENDPOINTS,
                              .keys = {"<"},
                              .label = "",
                              .help = "sort the endpoints by the column before"},
    [ACTION_SORT_NEXT] = {.name = "sort-endpoints-right",
                          .context = CONTEXT_ENDPOINTS,
                          .keys = {">"},
                          .label = "sort",
                          .help = "sort the endpoints by the next column"},
    [ACTION_SORT_INVERT] = {.name = "sort-endpoints-invert",
                            .context = CONTEXT_ENDPOINTS,
                            .keys = {"I"},
                            .label = "invert",
                            .help = "turn the order of the endpoints round"},
    [ACTION_CREATE] = {.name = "create",
                       .context = CONTEXT_DEPLOYMENTS,
                       .keys = {"+"},
                       .label = "create",
                       .help = "create a deployment from a YAML file, after a review",
                       .argument = "[FILE]",
                       .writes = true},
    [ACTION_SCALE] = {.name = "scale",
                      .context = CONTEXT_DEPLOYMENTS,
                      .keys = {"s"},
                      .label = "scale",
                      .help = "change the number of instances, after a review",
                      .argument = "[NUMBER]",
                      .writes = true},
    [ACTION_INSPECT] = {.name = "inspect",
                        .context = CONTEXT_DEPLOYMENTS,
                        .keys = {"Enter"},
                        .label = "details",
                        .help = "the deployment as JSON"},
    [ACTION_SORT_DEPLOYMENTS_PREVIOUS] = {.name = "sort-left",
                                          .context = CONTEXT_DEPLOYMENTS,
                                          .keys = {"<"},
                                          .label = "",
                                          .help = "sort the deployments by the column before"},
    [ACTION_SORT_DEPLOYMENTS_NEXT] = {.name = "sort-right",
                                      .context = CONTEXT_DEPLOYMENTS,
                                      .keys = {">"},
                                      .label = "sort",
                                      .help = "sort the deployments by the next column"},
    [ACTION_SORT_DEPLOYMENTS_INVERT] = {.name = "sort-invert",
                                        .context = CONTEXT_DEPLOYMENTS,
                                        .keys = {"I"},
                                        .label = "invert",
                                        .help = "turn the order of the deployments round"},
    [ACTION_LESS] = {.name = "less",
                     .context = CONTEXT_TRAFFIC,
                     .keys = {"h", "Left"},
                     .label = "-1",
                     .help = "one percent less"},
    [ACTION_MORE] = {.name = "more",
                     .context = CONTEXT_TRAFFIC,
                     .keys = {"l", "Right"},
                     .label = "+1",
                     .help = "one percent more"},
    [ACTION_LESS_10] = {.name = "less-10",
                        .context = CONTEXT_TRAFFIC,
                        .keys = {"H"},
                        .label = "-10",
                        .help = "ten percent less"},
    [ACTION_MORE_10] = {.name = "more-10",
                        .context = CONTEXT_TRAFFIC,
                        .keys = {"L"},
                        .label = "+10",
                        .help = "ten percent more"},
    [ACTION_LEAST] = {.name = "least",
                      .context = CONTEXT_TRAFFIC,
                      .keys = {"g", "Home"},
                      .label = "0",
                      .help = "no share for this row"},
    [ACTION_MOST] = {.name = "most",
                     .context = CONTEXT_TRAFFIC,
                     .keys = {"G", "End"},
                     .label = "max",
                     .help = "the largest share allowed"},
    [ACTION_TYPE] = {.name = "type",
                     .context = CONTEXT_TRAFFIC,
                     .keys = {"Enter"},
                     .label = "type",
                     .help = "type a percentage"},
    [ACTION_LOCK] = {.name = "lock",
                     .context = CONTEXT_TRAFFIC,
                     .keys = {"Space"},
                     .label = "lock",
                     .help = "hold this row's share while others move"},
    [ACTION_BALANCE] = {.name = "balance",
                        .context = CONTEXT_TRAFFIC,
                        .keys = {"b"},
                        .label = "balance",
                        .help = "give this row what is missing to 100"},
    [ACTION_OTHER_SIDE] = {.name = "other-side",
                           .context = CONTEXT_TRAFFIC,
                           .keys = {"v"},
                           .label = "live/mirror",
                           .help = "from live to mirror and back"},
    [ACTION_DISCARD] = {.name = "discard",
                        .context = CONTEXT_TRAFFIC,
                        .keys = {"x"},
                        .label = "discard",
                        .help = "drop the draft"},
    [ACTION_COMMIT] = {.name = "commit",
                       .context = CONTEXT_TRAFFIC,
                       .keys = {"c"},
                       .label = "review & commit",
                       .help = "review the change, then send it",
                       .writes = true},
    [ACTION_FOLLOW] = {.name = "follow",
                       .context = CONTEXT_LOGS,
                       .keys = {"F"},
                       .label = "follow",
                       .help = "stay at the newest line"},
    [ACTION_NEXT_ERROR] = {.name = "next-error",
                           .context = CONTEXT_LOGS,
                           .keys = {"e"},
                           .label = "error",
                           .help = "next line that tells of a failure"},
    [ACTION_PREVIOUS_ERROR] = {.name = "previous-error",
                               .context = CONTEXT_LOGS,
                               .keys = {"E"},
                               .label = "",
                               .help = "the one before"},
    [ACTION_ONLY] = {.name = "only",
                     .context = CONTEXT_LOGS,
                     .keys = {"&"},
                     .label = "only",
                     .help = "show only lines that hold a text; !text: hold it not",
                     .argument = "[TEXT]"},
    [ACTION_MARK] = {.name = "mark",
                     .context = CONTEXT_LOGS,
                     .keys = {"m"},
                     .label = "mark",
                     .help = "mark the line, or take its mark off"},
    [ACTION_NEXT_MARK] = {.name = "next-mark",
                          .context = CONTEXT_LOGS,
                          .keys = {"'"},
                          .label = "",
                          .help = "go to the next marked line"},
    [ACTION_TIMES] = {.name = "times",
                      .context = CONTEXT_LOGS,
                      .keys = {"t"},
                      .label = "times",
                      .help = "hide or show the times"},
    [ACTION_PRETTY] = {.name = "pretty",
                       .context = CONTEXT_LOGS,
                       .keys = {"J"},
                       .label = "JSON",
                       .help = "lay out JSON or leave it on its line"},
    [ACTION_SAVE_LOG] = {.name = "save-log",
                         .context = CONTEXT_LOGS,
                         .keys = {"s"},
                         .label = "save",
                         .help = "save what is shown to a file",
                         .argument = "[FILE]"},
    [ACTION_PREVIOUS_LOG] = {.name = "previous-log",
                             .context = CONTEXT_LOGS,
                             .keys = {"["},
                             .label = "",
                             .help = "log of the deployment before"},
    [ACTION_NEXT_LOG] = {.name = "next-log",
                         .context = CONTEXT_LOGS,
                         .keys = {"]"},
                         .label = "deployment",
                         .help = "log of the next deployment"},
    [ACTION_SEARCH] = {.name = "search",
                       .context = CONTEXT_LOGS,
                       .keys = {"/", "F3"},
                       .label = "search",
                       .help = "find a text",
                       .argument = "[TEXT]"},
    [ACTION_NEXT_HIT] = {.name = "next-hit",
                         .context = CONTEXT_LOGS,
                         .keys = {"n"},
                         .label = "next",
                         .help = "next place that was found"},
    [ACTION_PREVIOUS_HIT] = {.name = "previous-hit",
                             .context = CONTEXT_LOGS,
                             .keys = {"N"},
                             .label = "",
                             .help = "the place before"},
    [ACTION_WRAP] = {.name = "wrap",
                     .context = CONTEXT_LOGS,
                     .keys = {"w"},
                     .label = "wrap",
                     .help = "break long lines or cut them"},
    [ACTION_SCROLL_LEFT] = {.name = "scroll-left",
                            .context = CONTEXT_LOGS,
                            .keys = {"H"},
                            .label = "",
                            .help = "ten columns left"},
    [ACTION_SCROLL_RIGHT] = {.name = "scroll-right",
                             .context = CONTEXT_LOGS,
                             .keys = {"L"},
                             .label = "",
                             .help = "ten columns right"},
    [ACTION_TARGET] = {.name = "target",
                       .context = CONTEXT_INVOKE,
                       .keys = {"t"},
                       .label = "target",
                       .help = "by traffic, to one deployment, or to both",
                       .argument = "[NAME]"},
    [ACTION_PICK_REQUEST] = {.name = "request",
                             .context = CONTEXT_INVOKE,
                             .keys = {"Enter"},
                             .label = "request",
                             .help = "choose the file that is sent",
                             .argument = "[FILE]"},
    [ACTION_SEND] = {.name = "send",
                     .context = CONTEXT_INVOKE,
                     .keys = {"s"},
                     .label = "send",
                     .help = "send the request"},
    [ACTION_TYPE_REQUEST] = {.name = "type-request",
                             .context = CONTEXT_INVOKE,
                             .keys = {"i"},
                             .label = "type",
                             .help = "type the request, one line of JSON"},
    [ACTION_EDIT_REQUEST] = {.name = "edit-request",
                             .context = CONTEXT_INVOKE,
                             .keys = {"e"},
                             .label = "edit",
                             .help = "change the request in $VISUAL or $EDITOR"},
    [ACTION_RESEND] = {.name = "resend",
                       .context = CONTEXT_INVOKE,
                       .keys = {"r"},
                       .label = "again",
                       .help = "send the request of the answer in sight again"},
    [ACTION_DIFF] = {.name = "diff",
                     .context = CONTEXT_INVOKE,
                     .keys = {"D"},
                     .label = "diff",
                     .help = "what the answers of two deployments differ in"},
    [ACTION_PAGE] = {.name = "page",
                     .context = CONTEXT_INVOKE,
                     .keys = {"o"},
                     .label = "pager",
                     .help = "the answer in $PAGER"},
    [ACTION_SAVE_ANSWER] = {.name = "save-answer",
                            .context = CONTEXT_INVOKE,
                            .keys = {"w"},
                            .label = "save",
                            .help = "save the answer to a file",
                            .argument = "[FILE]"},
    [ACTION_OLDER] = {.name = "older",
                      .context = CONTEXT_INVOKE,
                      .keys = {"["},
                      .label = "older",
                      .help = "the answer before"},
    [ACTION_NEWER] = {.name = "newer",
                      .context = CONTEXT_INVOKE,
                      .keys = {"]"},
                      .label = "newer",
                      .help = "the answer after"},
    [ACTION_SHOW_ENTRY] = {.name = "entry",
                           .context = CONTEXT_ACTIVITY,
                           .keys = {"Enter"},
                           .label = "details",
                           .help = "the entry in full"},
    [ACTION_NEXT_BUTTON] = {.name = "next-button",
                            .context = CONTEXT_REVIEW,
                            .keys = {"Tab", "l", "Right"},
                            .label = "",
                            .help = "next button"},
    [ACTION_PREVIOUS_BUTTON] = {.name = "previous-button",
                                .context = CONTEXT_REVIEW,
                                .keys = {"Shift-Tab", "h", "Left"},
                                .label = "",
                                .help = "button before"},
    [ACTION_PRESS] = {.name = "press",
                      .context = CONTEXT_REVIEW,
                      .keys = {"Enter"},
                      .label = "press",
                      .help = "press the marked button"},
    [ACTION_DISMISS] = {.name = "dismiss",
                        .context = CONTEXT_TEXT,
                        .keys = {"Esc", "q", "Enter"},
                        .label = "close",
                        .help = "close this"},
    [ACTION_COPY_TEXT] = {.name = "copy-text",
                          .context = CONTEXT_TEXT,
                          .keys = {"y"},
                          .label = "copy",
                          .help = "put the whole text on the clipboard"},
    [ACTION_CHOOSE] = {.name = "choose",
                       .context = CONTEXT_LIST,
                       .keys = {"Enter"},
                       .label = "choose",
                       .help = "take the marked row"},
    [ACTION_DELETE_DEPLOYMENT] = {.name = "delete-deployment",
                                  .context = PANELS,
                                  .label = "",
                                  .help = "delete a deployment, after its name is typed",
                                  .argument = "[NAME]",
                                  .writes = true},
    [ACTION_DELETE_ENDPOINT] = {.name = "delete-endpoint",
                                .context = PANELS,
                                .label = "",
                                .help =
                                    "delete the endpoint with all in it, after its name is typed",
                                .writes = true},
    [ACTION_CLEAR_TRAFFIC] = {.name = "clear-traffic",
                              .context = PANELS,
                              .label = "",
                              .help = "set all shares of the draft to 0"},
    [ACTION_ADD_CONTEXT] = {.name = "add-context",
                            .context = PANELS,
                            .label = "",
                            .help = "add an Azure workspace"},
    [ACTION_START_ENGINE] = {.name = "start-engine",
                             .context = PANELS,
                             .label = "",
                             .help = "start a local engine with the samples"},
    [ACTION_GUIDE] = {.name = "guide",
                      .context = PANELS,
                      .label = "",
                      .help = "show or hide the next step of the samples' cutover"},
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
