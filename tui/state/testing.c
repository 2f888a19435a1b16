/* Test requests: which deployment is asked, with what, and what came back. */
#include "core/base/alloc.h"
#include "core/base/printable.h"
#include "core/base/strbuf.h"
#include "tui/draw/style.h"
#include "tui/state/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The chosen deployment stays chosen by name when the list changes. */
void follow_target(struct state *state)
{
    struct test_state *test = &state->test;
    if (test->target < 0)
        return;
    for (size_t i = 0; i < state->deployment_count; i++) {
        if (strcmp(state->deployments[i].name, test->target_name) == 0) {
            test->target = (int)i;
            return;
        }
    }
    if (state->deployments_reading.loaded)
        test->target = TARGET_TRAFFIC;
}

static bool target_by_name(struct state *state, const char *name)
{
    struct test_state *test = &state->test;
    if (strcmp(name, "traffic") == 0 || strcmp(name, "both") == 0) {
        test->target = *name == 't' ? TARGET_TRAFFIC : TARGET_BOTH;
        return true;
    }
    for (size_t i = 0; i < state->deployment_count; i++) {
        if (strcmp(state->deployments[i].name, name) != 0)
            continue;
        test->target = (int)i;
        name_copy(test->target_name, name);
        return true;
    }
    return false;
}

/* traffic -> each deployment -> both (where there are two) -> traffic */
static void next_target(struct state *state)
{
    struct test_state *test = &state->test;
    int count = (int)state->deployment_count;
    if (test->target == TARGET_BOTH)
        test->target = TARGET_TRAFFIC;
    else if (test->target + 1 < count)
        test->target++;
    else
        test->target = count > 1 ? TARGET_BOTH : TARGET_TRAFFIC;
    if (test->target >= 0)
        name_copy(test->target_name, state->deployments[test->target].name);
}

void test_run_release(struct test_run *run)
{
    json_view_free(run->view);
    free(run->sent);
    free(run->answer.body);
}

static struct test_run *new_run(struct state *state)
{
    struct test_state *test = &state->test;
    if (test->count == TEST_HISTORY_MAX) {
        test_run_release(&test->runs[0]);
        memmove(test->runs, test->runs + 1, (TEST_HISTORY_MAX - 1) * sizeof test->runs[0]);
        test->count--;
    }
    test->shown = test->count;
    struct test_run *run = &test->runs[test->count++];
    memset(run, 0, sizeof *run);
    text_view_init(&run->scroll, true, false);
    return run;
}

static void note_run(struct state *state, const struct test_run *run)
{
    struct activity_entry entry = {.id = run->id,
                                   .state = ACTIVITY_RUNNING,
                                   .wall_ms = state->wall_ms,
                                   .started_ms = state->now_ms};
    snprintf(entry.method, sizeof entry.method, "POST");
    snprintf(entry.what, sizeof entry.what, "%s score %s", state->endpoint,
             run->asked[0] ? run->asked : "by traffic");
    snprintf(entry.by, sizeof entry.by, "you");
    activity_add(&state->activity, &entry);
}

/* What is sent: a body, or the file where there is none. */
struct request {
    const char *file;
    const char *body;
    size_t body_len;
};

static void send_to(struct state *state, const char *deployment, const struct request *request,
                    uint64_t group, struct effects *effects)
{
    struct test_run *run = new_run(state);
    run->id = state->next_id++;
    run->group = group ? group : run->id;
    run->running = true;
    run->started_ms = state->now_ms;
    run->wall_ms = state->wall_ms;
    name_copy(run->asked, deployment);
    snprintf(run->file, sizeof run->file, "%s", request->file);
    note_run(state, run);
    struct effect *effect = effects_add(effects, EFFECT_TEST);
    effect->id = run->id;
    effect->generation = state->generation;
    name_copy(effect->endpoint, state->endpoint);
    name_copy(effect->deployment, deployment);
    memcpy(effect->text, run->file, sizeof effect->text);
    if (!request->body)
        return;
    run->sent = str_dup_n(request->body, request->body_len);
    run->sent_len = effect->body_len = request->body_len;
    effect->body = str_dup_n(request->body, request->body_len);
}

static void send_test(struct state *state, struct effects *effects)
{
    const struct test_state *test = &state->test;
    struct request request = {test->file, test->body, test->body_len};
    if (test->target == TARGET_TRAFFIC) {
        send_to(state, "", &request, 0, effects);
    } else if (test->target >= 0) {
        send_to(state, state->deployments[test->target].name, &request, 0, effects);
    } else {
        uint64_t group = state->next_id;
        for (size_t i = 0; i < state->deployment_count && i < 2; i++)
            send_to(state, state->deployments[i].name, &request, group, effects);
    }
}

/* The run in sight and the one beside it, or NULL. */
static struct test_run *shown_run(struct state *state, struct test_run **beside)
{
    struct test_state *test = &state->test;
    struct test_run *run = &test->runs[test->shown];
    bool paired = test->shown && run[-1].group == run->group;
    *beside = paired ? run - 1 : NULL;
    return run;
}

static void resend(struct state *state, struct effects *effects)
{
    struct test_run *beside;
    struct test_run *run = shown_run(state, &beside);
    char asked[2][NAME_SIZE];
    size_t count = 0;
    if (beside)
        name_copy(asked[count++], beside->asked);
    name_copy(asked[count++], run->asked);
    for (size_t i = 0; i < count; i++) {
        if (asked[i][0] && !state_find_deployment(state, asked[i])) {
            notice(state, ROLE_BAD, "%s has no deployment %s", state->endpoint, asked[i]);
            return;
        }
    }
    /* The history moves up as runs are added: what is sent is a copy. */
    char *file = str_dup(run->file);
    char *body = run->sent ? str_dup_n(run->sent, run->sent_len) : NULL;
    struct request request = {file, body, run->sent_len};
    uint64_t group = state->next_id;
    for (size_t i = 0; i < count; i++)
        send_to(state, asked[i], &request, group, effects);
    free(file);
    free(body);
}

/* --- typing, editing, keeping ------------------------------------------------------------------
 */

static void take_body(struct state *state, const char *text, size_t len)
{
    free(state->test.body);
    state->test.body = str_dup_n(text, len);
    state->test.body_len = len;
}

bool take_typed_body(struct state *state, const char *text, struct error *error)
{
    struct json *document = json_parse(text, strlen(text), error);
    json_free(document);
    if (document)
        take_body(state, text, strlen(text));
    return document != NULL;
}

/* A line break cannot be inside a JSON string: it goes, with the blanks that indent. */
static void type_body(struct state *state, const char *text, size_t len)
{
    char line[FIELD_MAX + 1];
    size_t used = 0;
    for (size_t i = 0; i < len && used < sizeof line; i++) {
        bool indents = text[i] == '\n' || text[i] == '\r';
        while (indents && i + 1 < len && (text[i + 1] == ' ' || text[i + 1] == '\t'))
            i++;
        if (!indents)
            line[used++] = text[i];
    }
    if (used == sizeof line) {
        notice(state, ROLE_WARN, "the request is too long for a line; e opens it in your editor");
        return;
    }
    line[used] = '\0';
    open_body(state, line);
}

static void start_typing(struct state *state, struct effects *effects)
{
    const struct test_state *test = &state->test;
    if (test->body || !test->file[0]) {
        type_body(state, test->body ? test->body : "", test->body_len);
        return;
    }
    struct effect *effect = effects_add(effects, EFFECT_READ_BODY);
    memcpy(effect->text, test->file, sizeof effect->text);
}

static void start_editing(struct state *state, struct effects *effects)
{
    const struct test_state *test = &state->test;
    struct effect *effect = effects_add(effects, EFFECT_EDIT);
    memcpy(effect->text, test->file, sizeof effect->text);
    if (!test->body && test->file[0])
        return;
    effect->body = str_dup_n(test->body ? test->body : "", test->body_len);
    effect->body_len = test->body_len;
}

void receive_body(struct state *state, struct message *message)
{
    if (message->error) {
        notice_error(state, message->error);
    } else if (message->more) {
        take_body(state, message->text, message->text_len);
        notice(state, ROLE_DIM, "s sends it; Enter goes back to a file");
    } else if (state->overlay == OVERLAY_NONE) {
        type_body(state, message->text, message->text_len);
    }
}

static void diff_answers(struct state *state)
{
    struct test_run *beside;
    struct test_run *run = shown_run(state, &beside);
    char title[2 * NAME_SIZE + 64];
    if (!beside || !beside->view || !run->view) {
        notice(state, ROLE_WARN, "two answers are needed: t to both, then s");
        return;
    }
    struct text_lines left = json_view_lines(beside->view);
    struct text_lines right = json_view_lines(run->view);
    struct diff *diff = diff_new(&left, state_deployment_style(state, beside->asked), &right,
                                 state_deployment_style(state, run->asked));
    snprintf(title, sizeof title, "- %s  + %s%s", beside->asked, run->asked,
             diff_is_equal(diff) ? "  the same" : "");
    open_diff(state, title, diff);
}

/* Laid out and printable: a pager may be one that passes everything on to the terminal. */
static char *answer_text(const struct test_run *run, size_t *out_len)
{
    struct text_lines lines = json_view_lines(run->view);
    struct strbuf out;
    strbuf_init(&out, JSON_VIEW_MAX_BYTES * 4);
    for (size_t i = 0; i < lines.count; i++) {
        struct text_line line = {.text = ""};
        lines.line(lines.data, i, &line);
        strbuf_puts(&out, line.text);
        strbuf_putc(&out, '\n');
    }
    *out_len = out.len;
    return strbuf_detach(&out);
}

/* Shows the answer in sight in the pager, or saves it as it came. */
static void keep_answer(struct state *state, enum effect_kind kind, const char *path,
                        struct effects *effects)
{
    struct test_run *beside;
    const struct test_run *run = shown_run(state, &beside);
    if (!run->answer.body) {
        notice(state, ROLE_WARN, "there is no answer to show yet");
        return;
    }
    if (kind == EFFECT_SAVE && !*path) {
        open_save(state, PURPOSE_SAVE_ANSWER, "answer.json");
        return;
    }
    struct effect *effect = effects_add(effects, kind);
    snprintf(effect->text, sizeof effect->text, "%s", path);
    if (kind == EFFECT_PAGE) {
        effect->body = answer_text(run, &effect->body_len);
        return;
    }
    effect->body = str_dup_n(run->answer.body, run->answer.body_len);
    effect->body_len = run->answer.body_len;
}

/* Moves by whole groups. */
static void step(struct state *state, int direction)
{
    struct test_state *test = &state->test;
    size_t at = test->shown;
    if (!test->count)
        return;
    uint64_t group = test->runs[at].group;
    while (test->runs[at].group == group) {
        if ((direction < 0 && at == 0) || (direction > 0 && at + 1 == test->count))
            return;
        at = direction < 0 ? at - 1 : at + 1;
    }
    group = test->runs[at].group;
    while (at + 1 < test->count && test->runs[at + 1].group == group)
        at++;
    test->shown = at;
}

static void scroll(struct state *state, enum action action)
{
    struct test_state *test = &state->test;
    struct key key;
    if (!test->count || !key_parse(action_key(action), &key))
        return;
    uint64_t group = test->runs[test->shown].group;
    for (size_t i = 0; i < test->count; i++) {
        struct text_lines lines = json_view_lines(test->runs[i].view);
        if (test->runs[i].group == group)
            text_view_key(&test->runs[i].scroll, &lines, key);
    }
}

void act_invoke(struct state *state, enum action action, const char *argument,
                struct effects *effects)
{
    switch ((int)action) {
    case ACTION_TARGET:
        if (*argument && !target_by_name(state, argument))
            notice(state, ROLE_BAD, "no deployment %s; traffic and both work as well", argument);
        else if (!*argument)
            next_target(state);
        break;
    case ACTION_PICK_REQUEST:
        if (*argument) {
            snprintf(state->test.file, sizeof state->test.file, "%s", argument);
            free(state->test.body);
            state->test.body = NULL;
            state->test.body_len = 0;
        } else {
            open_files(state, PURPOSE_REQUEST_FILE, effects);
        }
        break;
    case ACTION_SEND:
        send_test(state, effects);
        break;
    case ACTION_TYPE_REQUEST:
        start_typing(state, effects);
        break;
    case ACTION_EDIT_REQUEST:
        start_editing(state, effects);
        break;
    case ACTION_RESEND:
        resend(state, effects);
        break;
    case ACTION_DIFF:
        diff_answers(state);
        break;
    case ACTION_PAGE:
    case ACTION_SAVE_ANSWER:
        keep_answer(state, action == ACTION_PAGE ? EFFECT_PAGE : EFFECT_SAVE, argument, effects);
        break;
    case ACTION_OLDER:
        step(state, -1);
        break;
    case ACTION_NEWER:
        step(state, 1);
        break;
    default:
        scroll(state, action);
        break;
    }
}

static void end_run(struct state *state, struct test_run *run, const struct error *error)
{
    char result[200];
    snprintf(result, sizeof result, "%d by %s", run->answer.status,
             run->answer.deployment[0] ? run->answer.deployment : "unnamed");
    activity_end(&state->activity, run->id, state->now_ms, result, error);
    struct activity_entry *entry = activity_find(&state->activity, run->id);
    if (entry && run->answer.latency_us)
        entry->duration_us = run->answer.latency_us;
}

void receive_answer(struct state *state, struct message *message)
{
    for (size_t i = 0; i < state->test.count; i++) {
        struct test_run *run = &state->test.runs[i];
        if (run->id != message->id)
            continue;
        run->running = false;
        run->answer = message->answer;
        message->answer.body = NULL;
        if (run->answer.body)
            run->view = json_view_from_text(run->answer.body, run->answer.body_len);
        if (message->error)
            printable_line(run->problem, sizeof run->problem, message->error->message);
        end_run(state, run, message->error);
        return;
    }
}

bool cancel_tests(struct state *state, struct effects *effects)
{
    bool any = false;
    struct error error;
    error_set(&error, ERROR_CANCELLED, "withdrawn");
    for (size_t i = 0; i < state->test.count; i++) {
        struct test_run *run = &state->test.runs[i];
        if (!run->running)
            continue;
        any = true;
        run->running = false;
        snprintf(run->problem, sizeof run->problem, "withdrawn");
        activity_end(&state->activity, run->id, state->now_ms, "", &error);
        effects_add(effects, EFFECT_CANCEL_TEST)->id = run->id;
    }
    return any;
}
