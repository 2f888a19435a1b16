/*
 * Writes, from the question to the result: what is asked for is shown with the exact request,
 * sent only when the operator presses the button, and followed to its end.
 */
#include "core/base/alloc.h"
#include "core/base/printable.h"
#include "tui/draw/style.h"
#include "tui/draw/width.h"
#include "tui/state/internal.h"
#include "tui/state/update.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMN_VALUES = 22, BUTTON_CANCEL = 0, BUTTON_SEND = 1 };
enum { CONFLICT_CANCEL, CONFLICT_THEIRS, CONFLICT_MINE };

/* --- the dialog --------------------------------------------------------------------------------
 */

struct names {
    size_t count;
    const char *names[3 * TRAFFIC_MAX_SHARES];
};

static void add_names(struct names *names, const struct traffic_map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        bool known = map->shares[i].percent == 0;
        for (size_t j = 0; j < names->count && !known; j++)
            known = strcmp(names->names[j], map->shares[i].name) == 0;
        if (!known && names->count < sizeof names->names / sizeof names->names[0])
            names->names[names->count++] = map->shares[i].name;
    }
}

static void add_shares(struct dialog *dialog, const char *kind, const struct traffic_map *before,
                       const struct traffic_map *after)
{
    struct names names = {.count = 0};
    add_names(&names, before);
    add_names(&names, after);
    for (size_t i = 0; i < names.count; i++) {
        int was = traffic_get(before, names.names[i]);
        int will = traffic_get(after, names.names[i]);
        char label[NAME_SIZE + 16];
        snprintf(label, sizeof label, "%-7s %s", i ? "" : kind, names.names[i]);
        if (was == will)
            dialog_add_pair(dialog, COLUMN_VALUES, label, ROLE_TEXT, "%3d %%", was);
        else
            dialog_add_pair(dialog, COLUMN_VALUES, label, ROLE_DRAFT | ATTR_BOLD, "%3d → %d %%",
                            was, will);
    }
}

static void add_text(struct dialog *dialog, unsigned style, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        dialog_add(dialog, style, "%.*s", (int)len, text);
        text += len + (text[len] == '\n' ? 1 : 0);
    }
}

static const char *review_title(const struct write *write, char *out, size_t size)
{
    switch (write->kind) {
    case WRITE_TRAFFIC:
        snprintf(out, size,
                 write->abort ? "Abort: back to the last good traffic of %s"
                              : "Change the traffic of %s",
                 write->endpoint);
        break;
    case WRITE_SCALE:
        snprintf(out, size, "Scale %s of %s", write->deployment, write->endpoint);
        break;
    case WRITE_CREATE:
        snprintf(out, size, "Create a deployment of %s", write->endpoint);
        break;
    case WRITE_DELETE_DEPLOYMENT:
        snprintf(out, size, "Delete deployment %s of %s", write->deployment, write->endpoint);
        break;
    case WRITE_DELETE_ENDPOINT:
        snprintf(out, size, "Delete endpoint %s and all its deployments", write->endpoint);
        break;
    }
    return out;
}

static void add_summary(struct dialog *dialog, const struct write *write)
{
    switch (write->kind) {
    case WRITE_TRAFFIC:
        add_shares(dialog, "live", &write->expected.live, &write->wanted.live);
        add_shares(dialog, "mirror", &write->expected.mirror, &write->wanted.mirror);
        break;
    case WRITE_SCALE:
        dialog_add_pair(dialog, COLUMN_VALUES, "instances", ROLE_DRAFT | ATTR_BOLD, "%3d → %d",
                        write->instances_before, write->instances);
        break;
    case WRITE_CREATE:
        dialog_add_pair(dialog, COLUMN_VALUES, "file", ROLE_TEXT, "%s", write->path);
        if (write->deployment[0])
            dialog_add_pair(dialog, COLUMN_VALUES, "deployment", ROLE_DRAFT | ATTR_BOLD, "%s",
                            write->deployment);
        break;
    case WRITE_DELETE_DEPLOYMENT:
    case WRITE_DELETE_ENDPOINT:
        dialog_add(dialog, ROLE_BAD, "This cannot be undone.");
        break;
    }
}

/* "PUT http://..." lines, each followed by the lines of its JSON. */
static void add_requests(struct dialog *dialog, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        char *line = str_dup_n(text, len);
        if (line[0] >= 'A' && line[0] <= 'Z')
            dialog_add(dialog, ROLE_HEADING, "%s", line);
        else
            dialog_add_json(dialog, line[0] ? line : " ");
        free(line);
        text += len + (text[len] == '\n');
    }
}

static void add_request(struct dialog *dialog, const struct review *review)
{
    dialog_add(dialog, ROLE_TEXT, "%s", "");
    if (review->problem[0]) {
        add_text(dialog, ROLE_BAD, review->problem);
        add_text(dialog, ROLE_DIM, review->hint);
    } else if (!review->prepared) {
        dialog_add(dialog, ROLE_BUSY, "reading what is there and composing the request…");
    } else {
        add_requests(dialog, review->requests);
    }
}

static bool is_delete(const struct write *write)
{
    return write->kind == WRITE_DELETE_DEPLOYMENT || write->kind == WRITE_DELETE_ENDPOINT;
}

static void build_review(struct state *state, int64_t opened_ms)
{
    char title[200];
    const struct write *write = state->review.write;
    struct dialog *dialog = &state->dialog;
    dialog_init(dialog, review_title(write, title, sizeof title), opened_ms);
    dialog->danger = is_delete(write);
    dialog_add_pair(dialog, COLUMN_VALUES, "workspace", ROLE_TEXT, "%s / %s",
                    state->connection.context, state->connection.workspace);
    add_summary(dialog, write);
    add_request(dialog, &state->review);
    dialog_add_button(dialog, state->review.problem[0] ? "Close" : "Cancel");
    if (state->review.problem[0])
        return;
    dialog_add_button(dialog, is_delete(write) ? "Delete" : "Send");
    dialog_focus(dialog, write->abort ? BUTTON_SEND : BUTTON_CANCEL);
    if (is_delete(write))
        dialog_require(dialog,
                       write->kind == WRITE_DELETE_ENDPOINT ? write->endpoint : write->deployment,
                       BUTTON_CANCEL);
}

/* The same dialog with more in it: focus, typed text and age stay. */
static void rebuild_review(struct state *state)
{
    struct dialog old = state->dialog;
    build_review(state, old.opened_ms);
    if (old.button_count == state->dialog.button_count) {
        state->dialog.focus = old.focus;
        state->dialog.field = old.field;
        state->dialog.on_field = old.on_field;
        state->dialog.body = old.body;
    }
    dialog_release(&old);
}

void open_review(struct state *state, const struct write *write, struct effects *effects)
{
    overlay_close(state);
    state->overlay = OVERLAY_DIALOG;
    state->purpose = PURPOSE_REVIEW;
    state->review.write = write_copy(write);
    state->review.write->id = state->next_id++;
    build_review(state, state->now_ms);
    struct effect *effect = effects_add(effects, EFFECT_PREPARE);
    effect->id = state->review.write->id;
    effect->generation = state->generation;
    effect->write = write_copy(state->review.write);
}

/* --- the three ways ----------------------------------------------------------------------------
 */

static void add_three(struct dialog *dialog, const char *kind, const struct traffic_map *was,
                      const struct traffic_map *now, const struct traffic_map *yours)
{
    struct names names = {.count = 0};
    add_names(&names, was);
    add_names(&names, now);
    add_names(&names, yours);
    for (size_t i = 0; i < names.count; i++) {
        const char *name = names.names[i];
        int is = traffic_get(now, name);
        unsigned style = is == traffic_get(was, name) ? ROLE_TEXT : ROLE_WARN | ATTR_BOLD;
        char label[NAME_SIZE + 16];
        snprintf(label, sizeof label, "%-7s %s", i ? "" : kind, name);
        dialog_add_pair(dialog, COLUMN_VALUES, label, style, "%5d %8d %8d", traffic_get(was, name),
                        is, traffic_get(yours, name));
    }
}

static void open_conflict(struct state *state, const struct write *write,
                          const struct traffic_split *now)
{
    struct write *kept = write_copy(write);
    struct traffic_split *present = mem_alloc(sizeof *present);
    *present = *now;
    overlay_close(state);
    state->overlay = OVERLAY_DIALOG;
    state->purpose = PURPOSE_CONFLICT;
    state->review.write = kept;
    state->review.now = present;
    struct dialog *dialog = &state->dialog;
    dialog_init(dialog, "Someone else changed the traffic; nothing was sent", state->now_ms);
    dialog_add_pair(dialog, COLUMN_VALUES, kept->endpoint, ROLE_DIM, "  was   is now    yours");
    add_three(dialog, "live", &kept->expected.live, &now->live, &kept->wanted.live);
    add_three(dialog, "mirror", &kept->expected.mirror, &now->mirror, &kept->wanted.mirror);
    dialog_add(dialog, ROLE_TEXT, "%s", "");
    dialog_add(dialog, ROLE_DIM, "Keeping yours sends nothing yet: review it again with c.");
    dialog_add_button(dialog, "Cancel");
    dialog_add_button(dialog, "Take what is there");
    dialog_add_button(dialog, "Keep mine");
    dialog_focus(dialog, CONFLICT_CANCEL);
}

void press_conflict(struct state *state, struct effects *effects)
{
    size_t button = state->dialog.focus;
    struct traffic_split now = *state->review.now;
    bool ours = strcmp(state->review.write->endpoint, state->endpoint) == 0;
    (void)effects;
    overlay_close(state);
    if (button == CONFLICT_CANCEL || !ours)
        return;
    if (button == CONFLICT_THEIRS) {
        draft_rebase(state->draft, &now);
        notice(state, ROLE_DIM, "the draft is what the service has");
    } else {
        state->draft->base = now;
        state->draft->moved = false;
        notice(state, ROLE_DIM, "your draft now starts from what is there; c reviews it");
    }
    poll_now(state);
}

/* --- sending -----------------------------------------------------------------------------------
 */

static void note_sent(struct state *state, const struct write *write)
{
    struct activity_entry entry = {.id = write->id,
                                   .state = ACTIVITY_RUNNING,
                                   .wall_ms = state->wall_ms,
                                   .started_ms = state->now_ms,
                                   .writes = true};
    snprintf(entry.method, sizeof entry.method, "%s", write_method(write));
    write_describe(write, entry.what, sizeof entry.what);
    snprintf(entry.result, sizeof entry.result, "sending");
    snprintf(entry.by, sizeof entry.by, "you");
    activity_add(&state->activity, &entry);
}

void press_review(struct state *state, struct effects *effects)
{
    struct write *write = state->review.write;
    if (state->dialog.focus == BUTTON_CANCEL) {
        effects_add(effects, EFFECT_FORGET)->id = write->id;
        overlay_close(state);
        return;
    }
    if (!state->review.prepared)
        return;
    state->review.write = NULL;
    overlay_close(state);
    note_sent(state, write);
    state->sent[state->sent_count++] = write;
    struct effect *effect = effects_add(effects, EFFECT_SEND);
    effect->id = write->id;
    effect->generation = state->generation;
    effect->write = write_copy(write);
}

static struct write *take_sent(struct state *state, uint64_t id)
{
    for (size_t i = 0; i < state->sent_count; i++) {
        struct write *write = state->sent[i];
        if (write->id != id)
            continue;
        state->sent[i] = state->sent[--state->sent_count];
        return write;
    }
    return NULL;
}

static void forget_good(struct state *state, const char *endpoint)
{
    for (size_t i = 0; i < state->good_count; i++)
        if (strcmp(state->good[i].endpoint, endpoint) == 0)
            state->good[i] = state->good[--state->good_count];
}

static void remember_good(struct state *state, const struct write *write)
{
    forget_good(state, write->endpoint);
    /* Back is back: a second abort must not return to what was aborted. */
    if (write->abort)
        return;
    if (state->good_count == STASH_MAX)
        state->good[0] = state->good[--state->good_count];
    struct last_good *slot = &state->good[state->good_count++];
    name_copy(slot->endpoint, write->endpoint);
    slot->split = write->expected;
}

static void settle_draft(struct state *state, const struct write *write)
{
    struct draft *draft = strcmp(state->endpoint, write->endpoint) == 0 ? state->draft : NULL;
    for (size_t i = 0; i < state->stash_count && !draft; i++)
        if (strcmp(state->stash[i].endpoint, write->endpoint) == 0)
            draft = state->stash[i].draft;
    if (!draft)
        return;
    if (write->abort || traffic_split_equal(&draft->want, &write->wanted))
        draft_rebase(draft, &write->wanted);
    else
        draft->base = write->wanted;
}

/* What was verified is shown at once; the next read confirms it. */
static void show_written(struct state *state, const struct write *write)
{
    for (size_t i = 0; i < state->endpoint_count; i++)
        if (strcmp(state->endpoints[i].name, write->endpoint) == 0)
            endpoint_set_split(&state->endpoints[i], &write->wanted);
    remember_good(state, write);
    settle_draft(state, write);
}

/* The last line has room for a short reason; a long one stands in the activity. */
static void say_failed(struct state *state, const struct write *write, const struct error *error)
{
    enum { LEAD = 4 };
    char what[320];
    bool create = write->kind == WRITE_CREATE && strcmp(write->endpoint, state->endpoint) == 0;
    /* Its log has the reason; the list may not have it yet. */
    if (create)
        name_copy(state->wanted_log, write->deployment);
    if (width_text(error->message) + width_text(error->hint) + LEAD <= state->cols) {
        notice_error(state, error);
        return;
    }
    write_describe(write, what, sizeof what);
    notice(state, ROLE_BAD, "✗ %.60s: failed; 7 and Enter tell why%s", what,
           create ? ", 5 shows its log" : "");
}

static void receive_written(struct state *state, struct message *message)
{
    struct write *write = take_sent(state, message->id);
    if (!write)
        return;
    struct activity_entry *entry = activity_find(&state->activity, message->id);
    if (entry && message->name[0])
        printable_line(entry->request_id, sizeof entry->request_id, message->name);
    activity_end(&state->activity, message->id, state->now_ms,
                 write->kind == WRITE_TRAFFIC ? "done, verified" : "done", message->error);
    char what[320];
    write_describe(write, what, sizeof what);
    if (message->error && message->error->kind == ERROR_CONFLICT && message->now &&
        state->overlay == OVERLAY_NONE) {
        open_conflict(state, write, message->now);
    } else if (message->error) {
        say_failed(state, write, message->error);
    } else {
        if (write->kind == WRITE_TRAFFIC)
            show_written(state, write);
        notice(state, ROLE_OK, "✓ %s", what);
    }
    poll_now(state);
    free(write);
}

static void receive_prepared(struct state *state, struct message *message)
{
    struct review *review = &state->review;
    if (state->purpose != PURPOSE_REVIEW || !review->write || review->write->id != message->id)
        return;
    if (message->error && message->now) {
        open_conflict(state, review->write, message->now);
        return;
    }
    if (message->error) {
        printable_line(review->problem, sizeof review->problem, message->error->message);
        printable_line(review->hint, sizeof review->hint, message->error->hint);
    } else {
        review->prepared = true;
        review->requests = printable_text(message->text ? message->text : "",
                                          message->text ? message->text_len : 0, true);
        if (message->deployment[0])
            name_copy(review->write->deployment, message->deployment);
    }
    rebuild_review(state);
}

void receive_write(struct state *state, struct message *message, struct effects *effects)
{
    (void)effects;
    if (message->kind == MESSAGE_PREPARED) {
        receive_prepared(state, message);
    } else if (message->kind == MESSAGE_WRITTEN) {
        receive_written(state, message);
    } else {
        struct activity_entry *entry = activity_find(&state->activity, message->id);
        if (entry && entry->state == ACTIVITY_RUNNING)
            printable_line(entry->result, sizeof entry->result, message->name);
    }
}

/* --- what the actions ask for ------------------------------------------------------------------
 */

static void commit(struct state *state, struct effects *effects)
{
    struct traffic_violation broken;
    const struct endpoint *endpoint = state_endpoint(state);
    if (draft_check(state->draft, endpoint->kubernetes, &broken, 1)) {
        notice(state, ROLE_BAD, "not sent: %s; %s", broken.message, broken.mend);
        return;
    }
    struct write *write = mem_alloc(sizeof *write);
    write->kind = WRITE_TRAFFIC;
    name_copy(write->endpoint, state->endpoint);
    write->expected = state->draft->base;
    write->wanted = state->draft->want;
    if (state->draft->moved) {
        struct traffic_split now;
        endpoint_split(endpoint, &now);
        open_conflict(state, write, &now);
    } else {
        open_review(state, write, effects);
    }
    free(write);
}

static void back_to_good(struct state *state, struct effects *effects)
{
    const struct endpoint *endpoint = state_endpoint(state);
    struct write *write = mem_alloc(sizeof *write);
    write->kind = WRITE_TRAFFIC;
    write->abort = true;
    name_copy(write->endpoint, state->endpoint);
    endpoint_split(endpoint, &write->expected);
    write->wanted = *state_last_good(state, state->endpoint);
    if (traffic_split_equal(&write->expected, &write->wanted))
        notice(state, ROLE_DIM, "%s has its last good traffic already", state->endpoint);
    else
        open_review(state, write, effects);
    free(write);
}

static void scale(struct state *state, const char *argument, struct effects *effects)
{
    const struct deployment *deployment = state_deployment(state);
    if (!*argument) {
        open_scale(state);
        return;
    }
    char *end;
    long instances = strtol(argument, &end, 10);
    if (*end || instances < 0 || instances > 1000) {
        notice(state, ROLE_BAD, "%s is no number of instances", argument);
        return;
    }
    struct write *write = mem_alloc(sizeof *write);
    write->kind = WRITE_SCALE;
    name_copy(write->endpoint, state->endpoint);
    name_copy(write->deployment, deployment->name);
    write->instances_before = deployment->instance_count;
    write->instances = (int)instances;
    open_review(state, write, effects);
    free(write);
}

static void create(struct state *state, const char *argument, struct effects *effects)
{
    if (!*argument) {
        open_files(state, PURPOSE_SPEC_FILE, effects);
        return;
    }
    struct write *write = mem_alloc(sizeof *write);
    write->kind = WRITE_CREATE;
    name_copy(write->endpoint, state->endpoint);
    snprintf(write->path, sizeof write->path, "%s", argument);
    open_review(state, write, effects);
    free(write);
}

/* The service refuses to delete what takes traffic; said before anything is asked. */
static bool has_share(const struct state *state, const char *name)
{
    struct traffic_split now;
    endpoint_split(state_endpoint(state), &now);
    return traffic_get(&now.live, name) != 0 || traffic_get(&now.mirror, name) != 0;
}

static void delete_deployment(struct state *state, const char *argument, struct effects *effects)
{
    const struct deployment *deployment =
        *argument ? state_find_deployment(state, argument) : state_deployment(state);
    if (!deployment) {
        notice(state, ROLE_BAD, "%s has no deployment %s", state->endpoint, argument);
        return;
    }
    if (has_share(state, deployment->name)) {
        notice(state, ROLE_BAD, "%s takes traffic; set its share to 0 first", deployment->name);
        return;
    }
    struct write *write = mem_alloc(sizeof *write);
    write->kind = WRITE_DELETE_DEPLOYMENT;
    name_copy(write->endpoint, state->endpoint);
    name_copy(write->deployment, deployment->name);
    open_review(state, write, effects);
    free(write);
}

static void delete_endpoint(struct state *state, struct effects *effects)
{
    struct write *write = mem_alloc(sizeof *write);
    write->kind = WRITE_DELETE_ENDPOINT;
    name_copy(write->endpoint, state->endpoint);
    open_review(state, write, effects);
    free(write);
}

void act_write(struct state *state, enum action action, const char *argument,
               struct effects *effects)
{
    switch ((int)action) {
    case ACTION_COMMIT:
        commit(state, effects);
        break;
    case ACTION_ABORT:
        back_to_good(state, effects);
        break;
    case ACTION_SCALE:
        scale(state, argument, effects);
        break;
    case ACTION_CREATE:
        create(state, argument, effects);
        break;
    case ACTION_DELETE_DEPLOYMENT:
        delete_deployment(state, argument, effects);
        break;
    case ACTION_DELETE_ENDPOINT:
        delete_endpoint(state, effects);
        break;
    default:
        break;
    }
}
