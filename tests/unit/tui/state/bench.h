/* The console without a terminal, for the tests of this folder: messages in, effects out. */
#ifndef TESTS_UNIT_TUI_STATE_BENCH_H
#define TESTS_UNIT_TUI_STATE_BENCH_H

#include "core/base/alloc.h"
#include "tui/state/update.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct bench {
    struct state *state;
    struct effects effects; /* of the last message */
    int64_t now;
};

static inline void send(struct bench *bench, struct message message)
{
    effects_release(&bench->effects);
    message.now_ms = bench->now;
    message.wall_ms = 1763800000000 + bench->now;
    if (message.kind != MESSAGE_CONNECTED)
        message.generation = bench->state->generation;
    update(bench->state, &message, &bench->effects);
    message_release(&message);
}

static inline const struct effect *asked(const struct bench *bench, enum effect_kind kind)
{
    for (size_t i = 0; i < bench->effects.count; i++)
        if (bench->effects.items[i].kind == kind)
            return &bench->effects.items[i];
    return NULL;
}

static inline void press(struct bench *bench, const char *key)
{
    struct key parsed;
    assert_true(key_parse(key, &parsed));
    bench->now += 10;
    send(bench, (struct message){.kind = MESSAGE_KEY, .key = parsed});
}

static inline void type(struct bench *bench, const char *text)
{
    for (; *text; text++) {
        struct key key = {.name = KEY_CHAR, .code = (unsigned char)*text};
        send(bench, (struct message){.kind = MESSAGE_KEY, .key = key});
    }
}

static inline struct traffic_split split(const char *live, const char *mirror)
{
    struct traffic_split made;
    assert_true(traffic_parse(live, &made.live, NULL));
    assert_true(traffic_parse(mirror, &made.mirror, NULL));
    return made;
}

static inline void give_endpoints(struct bench *bench, const char *live, bool kubernetes)
{
    struct endpoint *endpoints = mem_alloc_array(2, sizeof *endpoints);
    struct traffic_split now = split(live, "");
    struct traffic_split other = split("v7=100", "");
    name_copy(endpoints[0].name, "my-endpoint");
    name_copy(endpoints[1].name, "fraud");
    endpoints[0].state = endpoints[1].state = STATE_SUCCEEDED;
    endpoints[0].kubernetes = kubernetes;
    endpoint_set_split(&endpoints[0], &now);
    endpoint_set_split(&endpoints[1], &other);
    send(bench, (struct message){.kind = MESSAGE_ENDPOINTS, .endpoints = endpoints, .count = 2});
}

static inline void give_deployments(struct bench *bench)
{
    struct deployment *deployments = mem_alloc_array(2, sizeof *deployments);
    name_copy(deployments[0].name, "green");
    name_copy(deployments[1].name, "blue");
    deployments[0].state = deployments[1].state = STATE_SUCCEEDED;
    deployments[0].instance_count = deployments[1].instance_count = 1;
    struct message message = {.kind = MESSAGE_DEPLOYMENTS, .deployments = deployments, .count = 2};
    name_copy(message.endpoint, bench->state->endpoint);
    send(bench, message);
}

static inline struct bench *begin_with(bool read_only)
{
    struct bench *bench = mem_alloc(sizeof *bench);
    struct connection connection = {.context = "local", .workspace = "demo", .local = true};
    bench->state = state_new(read_only, "my-endpoint");
    bench->now = 1000;
    update_start(bench->state, bench->now, 0, &bench->effects);
    assert_non_null(asked(bench, EFFECT_CONNECT));
    send(bench, (struct message){.kind = MESSAGE_RESIZE, .rows = 36, .cols = 120});
    send(bench,
         (struct message){.kind = MESSAGE_CONNECTED, .connection = &connection, .generation = 1});
    assert_non_null(asked(bench, EFFECT_FETCH_ENDPOINTS));
    return bench;
}

/* my-endpoint with blue=100 and an idle green, traffic focused. */
static inline struct bench *begin(void)
{
    struct bench *bench = begin_with(false);
    give_endpoints(bench, "blue=100", false);
    assert_non_null(asked(bench, EFFECT_FETCH_DEPLOYMENTS));
    give_deployments(bench);
    press(bench, "3");
    return bench;
}

static inline void end(struct bench *bench)
{
    effects_release(&bench->effects);
    state_free(bench->state);
    free(bench);
}

#endif
