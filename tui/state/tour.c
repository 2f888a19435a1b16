#include "tui/state/tour.h"

#include "tui/state/state.h"

#include <stdio.h>
#include <string.h>

static const char blue[] = "blue";
static const char green[] = "green";

void tour_follow(struct state *state)
{
    const struct endpoint *endpoint = state_endpoint(state);
    struct traffic_split now;
    if (!endpoint)
        return;
    endpoint_split(endpoint, &now);
    if (traffic_get(&now.mirror, green) > 0)
        state->tour.mirrored = true;
}

/* True when green itself answered a test request well. */
static bool green_answered(const struct state *state)
{
    for (size_t i = 0; i < state->test.count; i++) {
        const struct test_answer *answer = &state->test.runs[i].answer;
        if (answer->status == 200 && strcmp(answer->deployment, green) == 0)
            return true;
    }
    return false;
}

#define SAY(...) snprintf(out, size, __VA_ARGS__)

/* Green runs and takes no traffic. */
static void before_live(const struct state *state, int mirrored, char *out, size_t size)
{
    if (mirrored > 0)
        SAY("green gets copies of %d%%: watch its RPM and ERR, then mirror back to 0", mirrored);
    else if (state->tour.mirrored)
        SAY("next: 3, LIVE green to 10 (L), c: one request in ten goes to green");
    else if (!green_answered(state))
        SAY("next: 6, Enter a request, t to green, s: it answers before any traffic");
    else
        SAY("next: 3, MIRROR green to 10 (Enter), c: green gets copies only");
}

static void with_green(const struct state *state, const struct traffic_split *now, char *out,
                       size_t size)
{
    int live = traffic_get(&now->live, green);
    if (live == 0)
        before_live(state, traffic_get(&now->mirror, green), out, size);
    else if (live < 100)
        SAY("green serves %d%%: compare ERR and P95, then green to 100 (G), c; A: back", live);
    else if (state_find_deployment(state, blue))
        SAY("green serves all of it. Sure of it? :delete-deployment blue; A goes back");
    else
        SAY("done: green serves all, blue is gone. :guide hides this line");
}

const char *tour_line(const struct state *state, char *out, size_t size)
{
    const struct endpoint *endpoint = state_endpoint(state);
    const struct deployment *candidate = state_find_deployment(state, green);
    struct traffic_split now;
    if (!state->tour.offered || state->tour.hidden || !endpoint ||
        !state->deployments_reading.loaded || state_is_writing(state, state->endpoint) ||
        (!candidate && !state_find_deployment(state, blue)))
        return NULL;
    endpoint_split(endpoint, &now);
    if (!candidate)
        SAY("next: 2, + makes green from green-deployment.yml; it gets no traffic yet");
    else if (candidate->state == STATE_FAILED)
        SAY("green failed: 5 and ] show why; :delete-deployment green, then + again");
    else if (state_is_busy(candidate->state))
        SAY("green is starting; 5 and ] show its log");
    else
        with_green(state, &now, out, size);
    return out;
}
