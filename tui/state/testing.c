/* Test requests: which deployment is asked, with what, and what came back. */
#include "core/base/alloc.h"
#include "core/base/printable.h"
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

static struct test_run *new_run(struct state *state)
{
    struct test_state *test = &state->test;
    if (test->count == TEST_HISTORY_MAX) {
        json_view_free(test->runs[0].view);
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

static void send_to(struct state *state, const char *deployment, uint64_t group,
                    struct effects *effects)
{
    struct test_run *run = new_run(state);
    run->id = state->next_id++;
    run->group = group ? group : run->id;
    run->running = true;
    run->started_ms = state->now_ms;
    run->wall_ms = state->wall_ms;
    name_copy(run->asked, deployment);
    memcpy(run->file, state->test.file, sizeof run->file);
    note_run(state, run);
    struct effect *effect = effects_add(effects, EFFECT_TEST);
    effect->id = run->id;
    effect->generation = state->generation;
    name_copy(effect->endpoint, state->endpoint);
    name_copy(effect->deployment, deployment);
    memcpy(effect->text, state->test.file, sizeof effect->text);
}

static void send_test(struct state *state, struct effects *effects)
{
    const struct test_state *test = &state->test;
    if (test->target == TARGET_TRAFFIC) {
        send_to(state, "", 0, effects);
    } else if (test->target >= 0) {
        send_to(state, state->deployments[test->target].name, 0, effects);
    } else {
        uint64_t group = state->next_id;
        for (size_t i = 0; i < state->deployment_count && i < 2; i++)
            send_to(state, state->deployments[i].name, group, effects);
    }
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
        if (*argument)
            snprintf(state->test.file, sizeof state->test.file, "%s", argument);
        else
            open_files(state, PURPOSE_REQUEST_FILE, effects);
        break;
    case ACTION_SEND:
        send_test(state, effects);
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
        run->answer.body = NULL;
        if (message->answer.body)
            run->view = json_view_from_text(message->answer.body, message->answer.body_len);
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
