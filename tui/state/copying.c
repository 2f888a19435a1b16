/* To the clipboard: the value under the cursor, or what is selected in another form. */
#include "core/base/alloc.h"
#include "core/base/strbuf.h"
#include "tui/draw/style.h"
#include "tui/state/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COPY_MAX_BYTES = 64 * 1024, FORM_COMMAND = 0, FORM_CURL, FORM_JSON };

static const char *const forms[] = {"command", "curl", "JSON"};

/* Takes over `text`. */
static void copy(struct state *state, char *text, struct effects *effects)
{
    size_t len = text ? strlen(text) : 0;
    if (!len) {
        notice(state, ROLE_DIM, "there is nothing to copy here");
        free(text);
    } else if (len > COPY_MAX_BYTES) {
        notice(state, ROLE_WARN, "too long for the clipboard of a terminal: %zu bytes", len);
        free(text);
    } else {
        struct effect *effect = effects_add(effects, EFFECT_COPY);
        effect->body = text;
        effect->body_len = len;
        notice(state, ROLE_DIM, "copied: %.80s", text);
    }
}

static const struct test_run *run_in_sight(const struct state *state)
{
    return state->test.count ? &state->test.runs[state->test.shown] : NULL;
}

static const struct activity_entry *entry_in_hand(struct state *state)
{
    struct table_rows rows = state_activity_rows(state);
    table_sync(&state->activity_table, &rows);
    if (!rows.count)
        return NULL;
    return &state->activity.entries[rows.count - 1 - state->activity_table.index];
}

static char *log_value(struct state *state)
{
    const struct text_view *view = &state->log_view;
    struct text_lines lines = lens_lines(&state->log_lens);
    struct text_line line = {.text = ""};
    uint64_t row = view->has_hit ? view->hit : lines.dropped + lines.count - 1;
    if (!lines.count || row < lines.dropped || row - lines.dropped >= lines.count)
        return NULL;
    lines.line(lines.data, (size_t)(row - lines.dropped), &line);
    return str_dup(line.text);
}

static char *value_of_panel(struct state *state)
{
    const struct test_run *run = run_in_sight(state);
    const struct activity_entry *entry = entry_in_hand(state);
    char split[1100];
    switch (state->focus) {
    case PANEL_DEPLOYMENTS:
        return str_dup(state->deployment_table.selected);
    case PANEL_TRAFFIC:
        write_describe_split(&state->draft->want, split, sizeof split);
        return str_dup(split);
    case PANEL_LOGS:
        return log_value(state);
    case PANEL_INVOKE:
        return run && run->answer.body ? str_dup(run->answer.body) : NULL;
    case PANEL_ACTIVITY:
        return entry ? str_dup(entry->request_id[0] ? entry->request_id : entry->what) : NULL;
    case PANEL_ENDPOINTS:
    case PANEL_COUNT:
        break;
    }
    return str_dup(state->endpoint);
}

void copy_value(struct state *state, struct effects *effects)
{
    copy(state, value_of_panel(state), effects);
}

void copy_reader(struct state *state, struct effects *effects)
{
    struct text_lines lines = state_reader_lines(state);
    struct strbuf out;
    strbuf_init(&out, COPY_MAX_BYTES + 1);
    for (size_t i = 0; i < lines.count; i++) {
        struct text_line line = {.text = ""};
        lines.line(lines.data, i, &line);
        strbuf_puts(&out, line.text);
        strbuf_putc(&out, '\n');
    }
    copy(state, strbuf_detach(&out), effects);
}

/* --- other forms -------------------------------------------------------------------------------
 */

static void add_quoted(struct strbuf *out, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./:=@%+,";
    if (*text && strspn(text, plain) == strlen(text)) {
        strbuf_puts(out, text);
        return;
    }
    strbuf_putc(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            strbuf_puts(out, "'\\''");
        else
            strbuf_putc(out, *text);
    }
    strbuf_putc(out, '\'');
}

static void add_option(struct strbuf *out, const char *option, const char *value)
{
    strbuf_printf(out, " %s ", option);
    add_quoted(out, value);
}

static void add_workspace(struct strbuf *out, const struct state *state)
{
    if (state->connection.local)
        strbuf_puts(out, " --local");
    else
        add_option(out, "--context", state->connection.context);
}

static const char *request_file(const struct state *state)
{
    return state->test.body ? "request.json" : state->test.file;
}

static char *command_text(struct state *state)
{
    struct strbuf out;
    strbuf_init(&out, COPY_MAX_BYTES);
    strbuf_puts(&out, "cutover ");
    if (state->focus == PANEL_DEPLOYMENTS) {
        strbuf_puts(&out, "online-deployment show");
        add_option(&out, "-n", state->deployment_table.selected);
        add_option(&out, "-e", state->endpoint);
    } else if (state->focus == PANEL_INVOKE) {
        strbuf_puts(&out, "online-endpoint invoke");
        add_option(&out, "-n", state->endpoint);
        if (state->test.target >= 0)
            add_option(&out, "-d", state->test.target_name);
        add_option(&out, "-r", request_file(state));
    } else {
        strbuf_puts(&out, "online-endpoint show");
        add_option(&out, "-n", state->endpoint);
    }
    add_workspace(&out, state);
    return strbuf_detach(&out);
}

/* A scoring request; the key stays the shell's variable. */
static char *curl_text(struct state *state)
{
    const struct endpoint *endpoint = state_endpoint(state);
    const char *deployment = state->focus == PANEL_DEPLOYMENTS ? state->deployment_table.selected
                             : state->focus == PANEL_INVOKE && state->test.target >= 0
                                 ? state->test.target_name
                                 : "";
    struct strbuf out;
    if (!endpoint || !endpoint->scoring_uri)
        return NULL;
    strbuf_init(&out, CONSOLE_MAX_BODY * 2);
    strbuf_puts(&out, "curl");
    add_option(&out, "-X", "POST");
    strbuf_puts(&out, " -H \"Authorization: Bearer $KEY\"");
    add_option(&out, "-H", "Content-Type: application/json");
    if (*deployment) {
        char *header = str_format("azureml-model-deployment: %s", deployment);
        add_option(&out, "-H", header);
        free(header);
    }
    if (state->test.body) {
        add_option(&out, "--data-binary", state->test.body);
    } else {
        char *from = str_format("@%s", state->test.file[0] ? state->test.file : "request.json");
        add_option(&out, "--data-binary", from);
        free(from);
    }
    strbuf_putc(&out, ' ');
    add_quoted(&out, endpoint->scoring_uri);
    return strbuf_detach(&out);
}

static char *entry_json(const struct activity_entry *entry)
{
    struct json *row = json_object();
    json_set_text(row, "by", entry->by);
    json_set_text(row, "method", entry->method);
    json_set_text(row, "what", entry->what);
    json_set_text(row, "result", entry->result);
    json_set_text(row, "request_id", entry->request_id);
    json_set_number(row, "duration_ms", (double)entry->duration_us / 1000.0);
    char *text = json_print_pretty(row);
    json_free(row);
    return text;
}

/* The service's own document is asked for: it is copied when it comes. */
static void ask_document(struct state *state, struct effects *effects)
{
    const char *deployment =
        state->focus == PANEL_DEPLOYMENTS ? state->deployment_table.selected : "";
    snprintf(state->copying, sizeof state->copying, "%s/%.*s", state->endpoint, NAME_SIZE - 1,
             deployment);
    struct effect *effect = effects_add(effects, EFFECT_FETCH_DETAILS);
    effect->generation = state->generation;
    name_copy(effect->endpoint, state->endpoint);
    name_copy(effect->deployment, deployment);
}

void copy_as(struct state *state, const char *form, struct effects *effects)
{
    const struct activity_entry *entry =
        state->focus == PANEL_ACTIVITY ? entry_in_hand(state) : NULL;
    const struct test_run *run = run_in_sight(state);
    if (strcmp(form, forms[FORM_COMMAND]) == 0)
        copy(state, command_text(state), effects);
    else if (strcmp(form, forms[FORM_CURL]) == 0)
        copy(state, curl_text(state), effects);
    else if (strcmp(form, forms[FORM_JSON]) != 0)
        notice(state, ROLE_BAD, "no form %s; command, curl and JSON are", form);
    else if (entry)
        copy(state, entry_json(entry), effects);
    else if (state->focus == PANEL_INVOKE)
        copy(state, run && run->answer.body ? str_dup(run->answer.body) : NULL, effects);
    else
        ask_document(state, effects);
}

bool copy_document(struct state *state, const char *subject, const char *text,
                   struct effects *effects)
{
    if (!text || strcmp(state->copying, subject) != 0)
        return false;
    struct json *document = json_parse(text, strlen(text), NULL);
    state->copying[0] = '\0';
    copy(state, document ? json_print_pretty(document) : str_dup(text), effects);
    json_free(document);
    return true;
}

char **copy_forms(const struct state *state, size_t *out_count)
{
    size_t count = sizeof forms / sizeof forms[0];
    char **names = mem_alloc_array(count, sizeof *names);
    *out_count = 0;
    for (size_t i = 0; i < count; i++)
        if (state->focus != PANEL_ACTIVITY || i == FORM_JSON)
            names[(*out_count)++] = str_dup(forms[i]);
    return names;
}
