/* What lies over the panels: dialogs, menus, forms and texts to read. */
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/printable.h"
#include "tui/draw/style.h"
#include "tui/state/internal.h"
#include "tui/state/update.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void open_overlay(struct state *state, enum overlay overlay, enum purpose purpose)
{
    overlay_close(state);
    state->overlay = overlay;
    state->purpose = purpose;
}

/* --- questions ---------------------------------------------------------------------------------
 */

enum { SETUP_START, SETUP_ADD, SETUP_LEAVE };
enum { QUIT_STAY, QUIT_LEAVE };

void open_setup(struct state *state)
{
    open_overlay(state, OVERLAY_DIALOG, PURPOSE_SETUP);
    struct dialog *dialog = &state->dialog;
    dialog_init(dialog, "No workspace to talk to", state->now_ms);
    if (state->connection_problem[0])
        dialog_add(dialog, ROLE_TEXT, "%s", state->connection_problem);
    else
        dialog_add(dialog, ROLE_TEXT, "The local engine does not answer.");
    if (state->connection_hint[0])
        dialog_add(dialog, ROLE_TEXT, "%s", state->connection_hint);
    dialog_add(dialog, ROLE_TEXT, "%s", "");
    dialog_add(dialog, ROLE_DIM, "A local engine is a small workspace on this machine: endpoint");
    dialog_add(dialog, ROLE_DIM, "my-endpoint with deployment blue, made from the samples. It");
    dialog_add(dialog, ROLE_DIM, "needs no account; cutover serve --stop ends it.");
    dialog_add_button(dialog, "Start a local engine");
    dialog_add_button(dialog, "Add an Azure context");
    dialog_add_button(dialog, "Leave");
    dialog_focus(dialog, SETUP_START);
}

static void press_setup(struct state *state, struct effects *effects)
{
    size_t button = state->dialog.focus;
    overlay_close(state);
    if (button == SETUP_START)
        act(state, ACTION_START_ENGINE, "", effects);
    else if (button == SETUP_ADD)
        open_add_context(state);
    else
        effects_add(effects, EFFECT_QUIT);
}

static bool has_drafts(const struct state *state)
{
    return draft_is_changed(state->draft) || state->stash_count;
}

/* True when the draft is what a running write sets. */
static bool is_being_sent(const struct state *state, const char *endpoint,
                          const struct draft *draft)
{
    for (size_t i = 0; i < state->sent_count; i++) {
        const struct write *write = state->sent[i];
        if (write->kind == WRITE_TRAFFIC && strcmp(write->endpoint, endpoint) == 0 &&
            traffic_split_equal(&write->wanted, &draft->want))
            return true;
    }
    return false;
}

static void add_draft(const struct state *state, struct dialog *dialog, const char *endpoint,
                      const struct draft *draft)
{
    char split[300];
    if (is_being_sent(state, endpoint, draft))
        return;
    write_describe_split(&draft->want, split, sizeof split);
    dialog_add(dialog, ROLE_DRAFT, "not sent: %s %s", endpoint, split);
}

void open_quit(struct state *state, struct effects *effects)
{
    if (!has_drafts(state) && !activity_writes_running(&state->activity)) {
        effects_add(effects, EFFECT_QUIT);
        return;
    }
    open_overlay(state, OVERLAY_DIALOG, PURPOSE_QUIT);
    struct dialog *dialog = &state->dialog;
    dialog_init(dialog, "Leave?", state->now_ms);
    if (draft_is_changed(state->draft))
        add_draft(state, dialog, state->endpoint, state->draft);
    for (size_t i = 0; i < state->stash_count; i++)
        add_draft(state, dialog, state->stash[i].endpoint, state->stash[i].draft);
    for (size_t i = 0; i < state->activity.count; i++) {
        const struct activity_entry *entry = &state->activity.entries[i];
        if (entry->state == ACTIVITY_RUNNING && entry->writes)
            dialog_add(dialog, ROLE_BUSY, "still running, the service goes on with it: %s %s",
                       entry->method, entry->what);
    }
    dialog_add_button(dialog, "Stay");
    dialog_add_button(dialog, "Leave");
    dialog_focus(dialog, QUIT_STAY);
}

static void press_dialog(struct state *state, struct key key, struct effects *effects)
{
    enum dialog_result result = dialog_key(&state->dialog, key, state->now_ms);
    if (result == DIALOG_CANCELLED) {
        if (state->purpose == PURPOSE_REVIEW)
            effects_add(effects, EFFECT_FORGET)->id = state->review.write->id;
        overlay_close(state);
        return;
    }
    if (result != DIALOG_PRESSED)
        return;
    if (state->purpose == PURPOSE_REVIEW) {
        press_review(state, effects);
    } else if (state->purpose == PURPOSE_CONFLICT) {
        press_conflict(state, effects);
    } else if (state->purpose == PURPOSE_SETUP) {
        press_setup(state, effects);
    } else {
        bool leave = state->dialog.focus == QUIT_LEAVE;
        overlay_close(state);
        if (leave)
            effects_add(effects, EFFECT_QUIT);
    }
}

/* --- menus -------------------------------------------------------------------------------------
 */

static bool is_for_command(enum action action)
{
    const struct action_info *info = action_info(action);
    return info->name && info->context <= CONTEXT_ACTIVITY && action != ACTION_COMMAND;
}

void refresh_choices(struct state *state)
{
    struct menu_items *choices = &state->choices;
    if (!choices->items) {
        choices->items = mem_alloc_array(ACTION_COUNT, sizeof *choices->items);
        choices->actions = mem_alloc_array(ACTION_COUNT, sizeof *choices->actions);
        choices->reasons = mem_alloc_array(ACTION_COUNT, sizeof *choices->reasons);
    }
    size_t count = 0;
    for (int i = 1; i < ACTION_COUNT; i++) {
        enum action action = (enum action)i;
        const struct action_info *info = action_info(action);
        if (!is_for_command(action))
            continue;
        choices->actions[count] = action;
        choices->items[count] = (struct menu_item){
            .name = info->name,
            .detail = info->help,
            .key = action_key(action)[0] ? action_key(action) : NULL,
            .disabled = state_obstacle(state, action, choices->reasons[count],
                                       sizeof choices->reasons[count]),
        };
        count++;
    }
    choices->count = count;
}

void open_command(struct state *state)
{
    open_overlay(state, OVERLAY_MENU, PURPOSE_COMMAND);
    menu_init(&state->menu, true);
    refresh_choices(state);
}

void open_files(struct state *state, enum purpose purpose, struct effects *effects)
{
    open_overlay(state, OVERLAY_MENU, purpose);
    menu_init(&state->menu, false);
    state->choices.loading = true;
    struct effect *effect = effects_add(effects, EFFECT_FIND_FILES);
    snprintf(effect->text, sizeof effect->text, purpose == PURPOSE_SPEC_FILE ? "yml yaml" : "json");
}

void open_contexts(struct state *state, struct effects *effects)
{
    open_overlay(state, OVERLAY_MENU, PURPOSE_CONTEXTS);
    menu_init(&state->menu, false);
    state->choices.loading = true;
    effects_add(effects, EFFECT_LIST_CONTEXTS);
}

void open_copy(struct state *state)
{
    open_overlay(state, OVERLAY_MENU, PURPOSE_COPY);
    menu_init(&state->menu, false);
    struct menu_items *choices = &state->choices;
    choices->names = copy_forms(state, &choices->count);
    choices->items = mem_alloc_array(choices->count + 1, sizeof *choices->items);
    for (size_t i = 0; i < choices->count; i++)
        choices->items[i].name = choices->names[i];
}

void receive_choices(struct state *state, struct message *message)
{
    struct menu_items *choices = &state->choices;
    bool wants_files =
        state->purpose == PURPOSE_REQUEST_FILE || state->purpose == PURPOSE_SPEC_FILE;
    bool wanted = message->kind == MESSAGE_FILES ? wants_files : state->purpose == PURPOSE_CONTEXTS;
    if (state->overlay != OVERLAY_MENU || !wanted)
        return;
    choices_release(choices);
    choices->names = message->names;
    choices->count = message->count;
    choices->items = mem_alloc_array(choices->count + 1, sizeof *choices->items);
    for (size_t i = 0; i < choices->count; i++)
        choices->items[i].name = choices->names[i];
    message->names = NULL;
    message->count = 0;
}

static void choose_text(struct state *state, const char *text, struct effects *effects)
{
    static const struct {
        enum purpose purpose;
        enum action action;
    } acts[] = {{PURPOSE_REQUEST_FILE, ACTION_PICK_REQUEST},
                {PURPOSE_SPEC_FILE, ACTION_CREATE},
                {PURPOSE_COPY, ACTION_COPY_AS},
                {PURPOSE_CONTEXTS, ACTION_SWITCH_CONTEXT}};
    char chosen[TEXT_ARGUMENT_SIZE];
    enum purpose purpose = state->purpose;
    snprintf(chosen, sizeof chosen, "%s", text);
    overlay_close(state);
    for (size_t i = 0; chosen[0] && i < sizeof acts / sizeof acts[0]; i++)
        if (acts[i].purpose == purpose)
            act(state, acts[i].action, chosen, effects);
}

/* ":scale 2": the first word is the action, also when the list does not show it. */
static void run_command(struct state *state, struct effects *effects)
{
    char line[FIELD_MAX + 1];
    memcpy(line, state->menu.filter.text, sizeof line);
    char *word = line + strspn(line, " ");
    size_t len = strcspn(word, " ");
    char *argument = word + len + strspn(word + len, " ");
    enum action action = action_by_name(word, len);
    overlay_close(state);
    if (action == ACTION_NONE || !is_for_command(action))
        notice(state, ROLE_BAD, "no action called %.*s; ? lists them", (int)len, word);
    else
        act(state, action, argument, effects);
}

static void press_menu(struct state *state, struct key key, struct effects *effects)
{
    struct menu_items *choices = &state->choices;
    size_t chosen = 0;
    enum menu_result result = menu_key(&state->menu, choices->items, choices->count, key, &chosen);
    if (result == MENU_CANCELLED) {
        overlay_close(state);
    } else if (result == MENU_CHOSEN && state->purpose == PURPOSE_COMMAND) {
        char argument[FIELD_MAX + 1];
        enum action action = choices->actions[chosen];
        snprintf(argument, sizeof argument, "%s", menu_argument(&state->menu));
        overlay_close(state);
        act(state, action, argument, effects);
    } else if (result == MENU_CHOSEN) {
        choose_text(state, choices->names[chosen], effects);
    } else if (result == MENU_IGNORED && key.name == KEY_ENTER) {
        if (state->purpose == PURPOSE_COMMAND)
            run_command(state, effects);
        else
            choose_text(state, state->menu.filter.text, effects);
    }
}

/* --- forms -------------------------------------------------------------------------------------
 */

static void add_field(struct form *form, const char *label, const char *placeholder, size_t limit)
{
    form->labels[form->count] = label;
    form->placeholders[form->count] = placeholder;
    field_init(&form->fields[form->count++], limit);
}

void open_scale(struct state *state)
{
    const struct deployment *deployment = state_deployment(state);
    open_overlay(state, OVERLAY_FORM, PURPOSE_SCALE);
    struct form *form = &state->form;
    memset(form, 0, sizeof *form);
    snprintf(form->title, sizeof form->title, "Scale %s, now %d instances", deployment->name,
             deployment->instance_count);
    add_field(form, "instances", "a number", 4);
    form->fields[0].digits = true;
}

void open_only(struct state *state)
{
    open_overlay(state, OVERLAY_FORM, PURPOSE_ONLY);
    struct form *form = &state->form;
    memset(form, 0, sizeof *form);
    snprintf(form->title, sizeof form->title, "Only lines that hold a text");
    add_field(form, "text", "!text for the others, nothing for all", TEXT_SEARCH_MAX);
    field_set(&form->fields[0], state->log_lens.only);
}

void open_body(struct state *state, const char *text)
{
    open_overlay(state, OVERLAY_FORM, PURPOSE_BODY);
    struct form *form = &state->form;
    memset(form, 0, sizeof *form);
    snprintf(form->title, sizeof form->title, "Request to send");
    add_field(form, "JSON", "{\"data\": [[1, 2, 3]]}", FIELD_MAX);
    field_set(&form->fields[0], text);
}

void open_save(struct state *state, enum purpose purpose, const char *suggested)
{
    open_overlay(state, OVERLAY_FORM, purpose);
    struct form *form = &state->form;
    memset(form, 0, sizeof *form);
    snprintf(form->title, sizeof form->title, "Save to a new file");
    add_field(form, "file", "a name that is not taken", FIELD_MAX);
    field_set(&form->fields[0], suggested);
}

void open_add_context(struct state *state)
{
    open_overlay(state, OVERLAY_FORM, PURPOSE_ADD_CONTEXT);
    struct form *form = &state->form;
    memset(form, 0, sizeof *form);
    snprintf(form->title, sizeof form->title, "Add an Azure workspace");
    add_field(form, "name", "how you call it: prod", 63);
    add_field(form, "subscription", "00000000-0000-0000-0000-000000000000", 100);
    add_field(form, "resource group", "my-group", 100);
    add_field(form, "workspace", "my-workspace", 100);
}

static void submit_context(struct state *state, struct effects *effects)
{
    struct form *form = &state->form;
    for (size_t i = 0; i < form->count; i++) {
        if (form->fields[i].text[0])
            continue;
        snprintf(form->problem, sizeof form->problem, "%s is missing", form->labels[i]);
        form->focus = i;
        return;
    }
    struct effect *effect = effects_add(effects, EFFECT_ADD_CONTEXT);
    struct connection *context = &effect->context;
    snprintf(context->context, sizeof context->context, "%.63s", form->fields[0].text);
    snprintf(context->subscription, sizeof context->subscription, "%.100s", form->fields[1].text);
    snprintf(context->group, sizeof context->group, "%.100s", form->fields[2].text);
    snprintf(context->workspace, sizeof context->workspace, "%.100s", form->fields[3].text);
    overlay_close(state);
}

static void submit_form(struct state *state, struct effects *effects)
{
    if (state->purpose == PURPOSE_ADD_CONTEXT) {
        submit_context(state, effects);
        return;
    }
    static const struct {
        enum purpose purpose;
        enum action action;
    } acts[] = {{PURPOSE_SCALE, ACTION_SCALE},
                {PURPOSE_SAVE_LOG, ACTION_SAVE_LOG},
                {PURPOSE_SAVE_ANSWER, ACTION_SAVE_ANSWER}};
    char text[FIELD_MAX + 1];
    enum purpose purpose = state->purpose;
    struct error error;
    if (purpose == PURPOSE_BODY && state->form.fields[0].text[0] &&
        !take_typed_body(state, state->form.fields[0].text, &error)) {
        snprintf(state->form.problem, sizeof state->form.problem, "%.290s", error.message);
        return;
    }
    memcpy(text, state->form.fields[0].text, sizeof text);
    overlay_close(state);
    if (purpose == PURPOSE_ONLY)
        show_only(state, text);
    for (size_t i = 0; text[0] && i < sizeof acts / sizeof acts[0]; i++)
        if (acts[i].purpose == purpose)
            act(state, acts[i].action, text, effects);
}

static void press_form(struct state *state, struct key key, struct effects *effects)
{
    struct form *form = &state->form;
    bool back = key.name == KEY_UP || (key.name == KEY_TAB && (key.state & KEY_SHIFT));
    bool forth = key.name == KEY_DOWN || key.name == KEY_TAB;
    form->problem[0] = '\0';
    if (key.name == KEY_ESC) {
        overlay_close(state);
        if (state->connection_state == CONNECTION_NONE)
            open_setup(state);
    } else if (back) {
        form->focus = (form->focus + form->count - 1) % form->count;
    } else if (forth || (key.name == KEY_ENTER && form->focus + 1 < form->count)) {
        form->focus = (form->focus + 1) % form->count;
    } else if (key.name == KEY_ENTER) {
        submit_form(state, effects);
    } else {
        field_key(&form->fields[form->focus], key);
    }
}

/* --- texts -------------------------------------------------------------------------------------
 */

static void add_line(struct reader *reader, unsigned style, const char *text)
{
    size_t capacity = reader->capacity;
    reader->lines = mem_grow(reader->lines, reader->count, &capacity, sizeof *reader->lines);
    reader->styles = mem_resize_array(reader->styles, capacity, sizeof *reader->styles);
    reader->capacity = capacity;
    reader->lines[reader->count] = printable_text(text, strlen(text), false);
    reader->styles[reader->count++] = style;
}

static void keys_text(const struct action_info *info, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < ACTION_MAX_KEYS && info->keys[i] && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i ? " " : "", info->keys[i]);
}

static void add_context_help(struct state *state, enum context context)
{
    struct reader *reader = &state->reader;
    add_line(reader, ROLE_HEADING, context_title(context));
    for (int i = 1; i < ACTION_COUNT; i++) {
        const struct action_info *info = action_info((enum action)i);
        char keys[40];
        char why[120];
        char line[300];
        if (!info->name || info->context != context)
            continue;
        keys_text(info, keys, sizeof keys);
        const char *obstacle = state_obstacle(state, (enum action)i, why, sizeof why);
        snprintf(line, sizeof line, "  %-12s :%-18s %s%s%s", keys, info->name, info->help,
                 obstacle ? "; now: " : "", obstacle ? obstacle : "");
        add_line(reader, obstacle ? ROLE_DIM : ROLE_TEXT, line);
    }
    add_line(reader, ROLE_TEXT, "");
}

static struct reader *open_reader(struct state *state, enum purpose purpose, const char *title)
{
    open_overlay(state, OVERLAY_TEXT, purpose);
    snprintf(state->reader.title, sizeof state->reader.title, "%s", title);
    text_view_init(&state->reader.view, true, false);
    return &state->reader;
}

void open_diff(struct state *state, const char *title, struct diff *diff)
{
    open_reader(state, PURPOSE_DIFF, title)->diff = diff;
}

void open_help(struct state *state)
{
    open_reader(state, PURPOSE_HELP, "Keys and actions");
    add_context_help(state, state_context(state));
    add_context_help(state, CONTEXT_PANELS);
    for (int i = CONTEXT_ENDPOINTS; i <= CONTEXT_ACTIVITY; i++)
        if ((enum context)i != state_context(state))
            add_context_help(state, (enum context)i);
}

void open_details(struct state *state, const char *deployment, struct effects *effects)
{
    char title[NAME_SIZE * 2 + 8];
    char name[NAME_SIZE];
    name_copy(name, deployment);
    snprintf(title, sizeof title, "%s%s%s", state->endpoint, name[0] ? " / " : "", name);
    struct reader *reader = open_reader(state, PURPOSE_DETAILS, title);
    reader->loading = true;
    snprintf(reader->subject, sizeof reader->subject, "%s/%s", state->endpoint, name);
    struct effect *effect = effects_add(effects, EFFECT_FETCH_DETAILS);
    effect->generation = state->generation;
    name_copy(effect->endpoint, state->endpoint);
    name_copy(effect->deployment, name);
}

void receive_details(struct state *state, struct message *message, struct effects *effects)
{
    char subject[NAME_SIZE * 2];
    snprintf(subject, sizeof subject, "%s/%s", message->endpoint, message->deployment);
    struct reader *reader = &state->reader;
    if (copy_document(state, subject, message->text, effects))
        return;
    if (state->purpose != PURPOSE_DETAILS || strcmp(subject, reader->subject) != 0)
        return;
    reader->loading = false;
    if (message->error) {
        add_line(reader, ROLE_BAD, message->error->message);
        add_line(reader, ROLE_DIM, message->error->hint);
    } else if (message->text) {
        reader->json = json_view_from_text(message->text, message->text_len);
    }
}

void open_entry(struct state *state)
{
    const struct activity *activity = &state->activity;
    struct table_rows rows = state_activity_rows(state);
    table_sync(&state->activity_table, &rows);
    if (!activity->count) {
        notice(state, ROLE_DIM, "nothing was sent yet");
        return;
    }
    const struct activity_entry *entry =
        &activity->entries[activity->count - 1 - state->activity_table.index];
    struct reader *reader = open_reader(state, PURPOSE_ENTRY, entry->what);
    static const char *const words[] = {"running", "done", "failed", "seen"};
    char time[CLOCK_ISO_SIZE];
    char line[600];
    clock_format_utc(time, entry->wall_ms);
    snprintf(line, sizeof line, "time        %s", time);
    add_line(reader, ROLE_TEXT, line);
    snprintf(line, sizeof line, "by          %s", entry->by);
    add_line(reader, ROLE_TEXT, line);
    snprintf(line, sizeof line, "request     %s %s", entry->method, entry->what);
    add_line(reader, ROLE_TEXT, line);
    snprintf(line, sizeof line, "state       %s", words[entry->state]);
    add_line(reader, ROLE_TEXT, line);
    snprintf(line, sizeof line, "result      %s", entry->result);
    add_line(reader, entry->state == ACTIVITY_FAILED ? ROLE_BAD : ROLE_TEXT, line);
    if (entry->hint[0]) {
        snprintf(line, sizeof line, "hint        %s", entry->hint);
        add_line(reader, ROLE_TEXT, line);
    }
    snprintf(line, sizeof line, "duration    %.4f s", (double)entry->duration_us / 1e6);
    add_line(reader, ROLE_TEXT, line);
    snprintf(line, sizeof line, "request id  %s", entry->request_id);
    add_line(reader, ROLE_TEXT, line);
}

static void press_reader(struct state *state, struct key key, struct effects *effects)
{
    struct text_lines lines = state_reader_lines(state);
    struct text_view *view = &state->reader.view;
    bool typing = text_view_is_typing(view) || view->search[0];
    if (!typing && action_of_key(CONTEXT_TEXT, key) == ACTION_DISMISS)
        overlay_close(state);
    else if (!typing && action_of_key(CONTEXT_TEXT, key) == ACTION_COPY_TEXT)
        copy_reader(state, effects);
    else if (!text_view_key(view, &lines, key) &&
             action_of_key(CONTEXT_TEXT, key) == ACTION_DISMISS)
        overlay_close(state);
}

void press_overlay(struct state *state, struct key key, struct effects *effects)
{
    switch (state->overlay) {
    case OVERLAY_DIALOG:
        press_dialog(state, key, effects);
        break;
    case OVERLAY_MENU:
        press_menu(state, key, effects);
        break;
    case OVERLAY_FORM:
        press_form(state, key, effects);
        break;
    case OVERLAY_TEXT:
        press_reader(state, key, effects);
        break;
    case OVERLAY_NONE:
        break;
    }
}
