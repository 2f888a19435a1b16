#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/strbuf.h"
#include "core/local/route/loop.h"
#include "core/local/route/router.h"
#include "core/local/route/server.h"
#include "core/model/limits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/*
 * Front and workers are servers of one loop, over loopback: what a request meets is what it meets
 * in the engine, without a process.
 */

enum { LIMIT_MS = 20000, BATCH = 50 };

#define ENDPOINT "/w/onlineendpoints/e"

struct backend {
    struct server *server;
    struct instance instance;
    uint16_t port;
    int requests;
    int status;
    bool silent;
    bool terse;            /* does not send the body back */
    struct exchange *held; /* the last one that was not answered */
};

struct world {
    struct loop *loop;
    struct telemetry *telemetry;
    struct router *router;
    struct server *front;
    uint16_t port;
    struct backend blue;
    struct backend green;
    struct pool *blue_pool;
    struct pool *green_pool;
    int client;
    struct strbuf answers;
};

static int listen_on(uint16_t *out_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 64), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *out_port = ntohs(address.sin_port);
    return fd;
}

static void answer_as_worker(void *context, struct exchange *exchange)
{
    struct backend *backend = context;
    static const char headers[] = "content-type: application/json\r\nx-model: yes\r\n"
                                  "azureml-model-deployment: forged\r\n";
    backend->requests++;
    if (backend->silent)
        backend->held = exchange;
    else
        exchange_answer(exchange, backend->status, headers, sizeof headers - 1, exchange->body,
                        backend->terse ? 0 : exchange->body_len);
}

static void answer_as_engine(void *context, struct exchange *exchange)
{
    struct world *world = context;
    if (!router_handle(world->router, exchange))
        exchange_answer(exchange, 404, "x-control: yes\r\n", 16, "", 0);
}

static void start_backend(struct world *world, struct backend *backend)
{
    struct server_options options = {.loop = world->loop,
                                     .listener = listen_on(&backend->port),
                                     .max_clients = 64,
                                     .handle = answer_as_worker,
                                     .context = backend};
    backend->status = 200;
    backend->server = server_new(&options, NULL);
    instance_init(&backend->instance, world->loop, backend->port);
}

static struct pool *configure_many(struct world *world, const char *name, int instances,
                                   int max_concurrent, bool kubernetes)
{
    struct run_spec spec = {.endpoint_key = ENDPOINT,
                            .instance_count = instances,
                            .scoring_path = "/score",
                            .max_concurrent_requests = max_concurrent,
                            .request_timeout_ms = 300,
                            .queue_wait_ms = 100,
                            .kubernetes = kubernetes};
    snprintf(spec.key, sizeof spec.key, "%s/deployments/%s", ENDPOINT, name);
    name_copy(spec.deployment_name, name);
    return router_configure(world->router, &spec);
}

static struct pool *configure(struct world *world, const char *name, int max_concurrent,
                              bool kubernetes)
{
    return configure_many(world, name, 1, max_concurrent, kubernetes);
}

static void publish(struct world *world, int blue, int green, int mirror, bool kubernetes)
{
    struct route_spec spec = {.endpoint_key = ENDPOINT,
                              .endpoint_name = "e",
                              .scoring_path = "/endpoints/w/e/score",
                              .kubernetes = kubernetes,
                              .credentials = {"primary", NULL, "token"}};
    traffic_set(&spec.split.live, "blue", blue);
    traffic_set(&spec.split.live, "green", green);
    traffic_set(&spec.split.mirror, "green", mirror);
    router_publish(world->router, &spec);
}

static int connect_to(const struct world *world)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(world->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static int set_up_router(void **state, bool enforce_rate_limits)
{
    struct world *world = mem_alloc(sizeof *world);
    world->loop = loop_new(NULL);
    world->telemetry = telemetry_new();
    struct router_options router = {.loop = world->loop,
                                    .telemetry = world->telemetry,
                                    .enforce_rate_limits = enforce_rate_limits};
    world->router = router_new(&router);
    start_backend(world, &world->blue);
    start_backend(world, &world->green);
    world->blue_pool = configure(world, "blue", 100, false);
    world->green_pool = configure(world, "green", 100, false);
    pool_add(world->blue_pool, &world->blue.instance);
    pool_add(world->green_pool, &world->green.instance);
    struct server_options front = {.loop = world->loop,
                                   .listener = listen_on(&world->port),
                                   .max_clients = 8,
                                   .handle = answer_as_engine,
                                   .context = world};
    world->front = server_new(&front, NULL);
    world->client = connect_to(world);
    strbuf_init(&world->answers, 1 << 20);
    *state = world;
    return 0;
}

static int set_up(void **state)
{
    return set_up_router(state, false);
}

static int set_up_limited(void **state)
{
    return set_up_router(state, true);
}

static int tear_down(void **state)
{
    struct world *world = *state;
    close(world->client);
    server_free(world->front);
    pool_remove(world->blue_pool, &world->blue.instance);
    pool_remove(world->green_pool, &world->green.instance);
    server_free(world->blue.server);
    server_free(world->green.server);
    for (int i = 0; i < 5; i++)
        loop_turn(world->loop, 5);
    router_free(world->router);
    instance_release(&world->blue.instance);
    instance_release(&world->green.instance);
    telemetry_free(world->telemetry);
    loop_free(world->loop);
    strbuf_release(&world->answers);
    free(world);
    return 0;
}

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        count++;
    return count;
}

static void send_request(struct world *world, const char *headers)
{
    char *text = str_format("POST /endpoints/w/e/score HTTP/1.1\r\nhost: h\r\n%s"
                            "content-length: 2\r\n\r\n{}",
                            headers);
    assert_int_equal(send(world->client, text, strlen(text), 0), (ssize_t)strlen(text));
    free(text);
}

/* Runs the loop until so many answers are there; returns them. */
static const char *await(struct world *world, size_t count)
{
    int64_t end_ms = clock_monotonic_ms() + LIMIT_MS;
    while (count_of(world->answers.text, "HTTP/1.1 ") < count) {
        char bytes[65536];
        loop_turn(world->loop, 5);
        ssize_t got = recv(world->client, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got > 0)
            strbuf_add(&world->answers, bytes, (size_t)got);
        assert_true(clock_monotonic_ms() < end_ms);
    }
    return world->answers.text;
}

#define KEY "authorization: Bearer primary\r\n"

static const char *ask(struct world *world, const char *headers)
{
    strbuf_clear(&world->answers);
    send_request(world, headers);
    return await(world, 1);
}

static void shares_follow_the_percentages(void **state)
{
    struct world *world = *state;
    enum { REQUESTS = 10000 };
    publish(world, 90, 10, 0, false);
    for (int i = 0; i < REQUESTS / BATCH; i++) {
        strbuf_clear(&world->answers);
        for (int j = 0; j < BATCH; j++)
            send_request(world, KEY);
        const char *text = await(world, BATCH);
        assert_int_equal(count_of(text, "HTTP/1.1 200 OK"), BATCH);
    }
    assert_int_equal(world->blue.requests + world->green.requests, REQUESTS);
    /* Six standard deviations of a binomial: 180. */
    assert_in_range(world->green.requests, 1000 - 180, 1000 + 180);
}

static void mirrors_a_share_of_undirected_requests(void **state)
{
    struct world *world = *state;
    enum { REQUESTS = 2000 };
    publish(world, 100, 0, 50, false);
    world->green.status = 500; /* its failures are nobody's business */
    for (int i = 0; i < REQUESTS / BATCH; i++) {
        strbuf_clear(&world->answers);
        for (int j = 0; j < BATCH; j++)
            send_request(world, KEY);
        const char *text = await(world, BATCH);
        assert_int_equal(count_of(text, "HTTP/1.1 200 OK"), BATCH);
        assert_int_equal(count_of(text, "azureml-model-deployment: blue"), BATCH);
    }
    for (int i = 0; i < 50; i++)
        loop_turn(world->loop, 1);
    assert_int_equal(world->blue.requests, REQUESTS);
    assert_in_range(world->green.requests, 1000 - 135, 1000 + 135);
    int before = world->green.requests;
    for (int i = 0; i < BATCH; i++)
        ask(world, KEY "azureml-model-deployment: blue\r\n");
    assert_int_equal(world->green.requests, before);
}

static void a_stuck_mirror_is_not_felt(void **state)
{
    struct world *world = *state;
    configure(world, "green", 1, false);
    publish(world, 100, 0, 50, false);
    world->green.silent = true;
    int64_t start_ms = clock_monotonic_ms();
    for (int i = 0; i < 20; i++) {
        strbuf_clear(&world->answers);
        for (int j = 0; j < BATCH; j++)
            send_request(world, KEY);
        assert_int_equal(count_of(await(world, BATCH), "HTTP/1.1 200 OK"), BATCH);
    }
    assert_true(clock_monotonic_ms() - start_ms < 5000);
    assert_int_equal(world->green.instance.in_flight, 1);
}

static void the_header_picks_the_deployment(void **state)
{
    struct world *world = *state;
    publish(world, 100, 0, 0, false);
    const char *text = ask(world, KEY "azureml-model-deployment: green\r\n");
    assert_non_null(strstr(text, "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(text, "\r\nazureml-model-deployment: green\r\n"));
    assert_non_null(strstr(text, "\r\nx-model: yes\r\n"));
    assert_null(strstr(text, "forged"));
    assert_non_null(strstr(ask(world, KEY "azureml-model-deployment: grey\r\n"), "HTTP/1.1 404 "));
    publish(world, 0, 0, 0, false);
    assert_non_null(strstr(ask(world, KEY), "HTTP/1.1 404 "));
}

static void only_keys_open(void **state)
{
    struct world *world = *state;
    publish(world, 100, 0, 0, false);
    assert_non_null(strstr(ask(world, "authorization: bearer token\r\n"), "HTTP/1.1 200 "));
    static const char *const wrong[] = {
        "",
        "authorization: Bearer \r\n",
        "authorization: Bearer primar\r\n",
        "authorization: Bearer primaryy\r\n",
        "authorization: Basic primary\r\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *text = ask(world, wrong[i]);
        assert_non_null(strstr(text, "HTTP/1.1 401 "));
        assert_non_null(strstr(text, "key_auth_"));
    }
    assert_int_equal(world->blue.requests, 1);
}

static void what_the_model_says_otherwise_is_told(void **state)
{
    struct world *world = *state;
    publish(world, 100, 0, 0, false);
    world->blue.status = 500;
    const char *text = ask(world, KEY);
    assert_non_null(strstr(text, "HTTP/1.1 424 "));
    assert_non_null(strstr(text, "\r\nms-azureml-model-error-statuscode: 500\r\n"));
    assert_non_null(strstr(text, "\r\nms-azureml-model-error-reason: model_error\r\n"));
    assert_non_null(strstr(text, "\r\n\r\n{}"));
    configure(world, "blue", 1, true);
    publish(world, 100, 0, 0, true);
    assert_non_null(strstr(ask(world, KEY), "HTTP/1.1 502 "));
}

static void slow_models_time_out(void **state)
{
    struct world *world = *state;
    publish(world, 100, 0, 0, false);
    world->blue.silent = true;
    const char *text = ask(world, KEY);
    assert_non_null(strstr(text, "HTTP/1.1 408 "));
    assert_non_null(strstr(text, "\r\n\r\nupstream request timeout"));
    assert_int_equal(world->blue.instance.in_flight, 0);
    publish(world, 100, 0, 0, true);
    assert_non_null(strstr(ask(world, KEY), "HTTP/1.1 504 "));
}

static void a_dead_instance_is_passed_over(void **state)
{
    struct world *world = *state;
    struct instance dead;
    uint16_t port;
    close(listen_on(&port));
    instance_init(&dead, world->loop, port);
    pool_add(world->blue_pool, &dead);
    publish(world, 100, 0, 0, false);
    for (int i = 0; i < 20; i++)
        assert_non_null(strstr(ask(world, KEY), "HTTP/1.1 200 "));
    pool_remove(world->blue_pool, &dead);
    instance_release(&dead);
}

/* The next request goes to `dying`, which ends the connection having read this much of it. */
static const char *ask_dying(struct world *world, struct instance *dying, int listener, bool reads)
{
    int64_t end_ms = clock_monotonic_ms() + LIMIT_MS;
    char bytes[4096];
    int fd = -1;
    publish(world, 100, 0, 0, false);
    pool_add(world->blue_pool, dying);
    ask(world, KEY); /* one of them has had a turn: the other is next */
    strbuf_clear(&world->answers);
    world->blue.requests = 0;
    send_request(world, KEY);
    while (fd < 0 && clock_monotonic_ms() < end_ms) {
        loop_turn(world->loop, 1);
        fd = accept(listener, NULL, NULL);
    }
    assert_true(fd >= 0);
    while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT | (reads ? 0 : MSG_PEEK)) <= 0)
        loop_turn(world->loop, 1);
    close(fd);
    await(world, 1);
    pool_remove(world->blue_pool, dying);
    instance_release(dying);
    return world->answers.text;
}

static void what_a_dying_instance_has_not_read_goes_to_another(void **state)
{
    struct world *world = *state;
    struct instance dying;
    uint16_t port;
    int listener = listen_on(&port);
    instance_init(&dying, world->loop, port);
    assert_non_null(strstr(ask_dying(world, &dying, listener, false), "HTTP/1.1 200 "));
    assert_int_equal(world->blue.requests, 1);
    close(listener);
}

static void what_a_dying_instance_has_read_is_not_repeated(void **state)
{
    struct world *world = *state;
    struct instance dying;
    uint16_t port;
    int listener = listen_on(&port);
    instance_init(&dying, world->loop, port);
    const char *text = ask_dying(world, &dying, listener, true);
    assert_non_null(strstr(text, "HTTP/1.1 424 "));
    assert_non_null(strstr(text, "\r\nms-azureml-model-error-reason: model_error\r\n"));
    assert_non_null(strstr(text, "\r\nms-azureml-model-error-statuscode: 502\r\n"));
    assert_int_equal(world->blue.requests, 0);
    close(listener);
}

static void requests_one_by_one_reach_all_instances(void **state)
{
    struct world *world = *state;
    publish(world, 100, 0, 0, false);
    pool_remove(world->green_pool, &world->green.instance);
    pool_add(world->blue_pool, &world->green.instance);
    for (int i = 0; i < 10; i++)
        ask(world, KEY);
    assert_int_equal(world->blue.requests, 5);
    assert_int_equal(world->green.requests, 5);
    pool_remove(world->blue_pool, &world->green.instance);
}

/* Waits until the backend holds a request, and answers it. */
static void release_one(struct world *world, struct backend *backend)
{
    int64_t end_ms = clock_monotonic_ms() + LIMIT_MS;
    while (!backend->held && clock_monotonic_ms() < end_ms)
        loop_turn(world->loop, 1);
    assert_non_null(backend->held);
    struct exchange *exchange = backend->held;
    backend->held = NULL;
    exchange_answer(exchange, 200, "", 0, "", 0);
}

static void a_removed_instance_takes_no_room_from_others(void **state)
{
    struct world *world = *state;
    int first = world->client;
    int others[2] = {connect_to(world), connect_to(world)};
    configure(world, "blue", 1, false);
    publish(world, 100, 0, 0, false);
    world->blue.silent = world->green.silent = true;
    send_request(world, KEY);
    while (!world->blue.held)
        loop_turn(world->loop, 1);
    /* It drains with one request; the one that replaces it has room for two: one works, one waits.
     */
    pool_remove(world->blue_pool, &world->blue.instance);
    pool_remove(world->green_pool, &world->green.instance);
    pool_add(world->blue_pool, &world->green.instance);
    for (size_t i = 0; i < 2; i++) {
        world->client = others[i];
        send_request(world, KEY);
    }
    release_one(world, &world->green);
    release_one(world, &world->green);
    release_one(world, &world->blue);
    for (size_t i = 0; i < 2; i++) {
        world->client = others[i];
        strbuf_clear(&world->answers);
        assert_non_null(strstr(await(world, 1), "HTTP/1.1 200 "));
        close(others[i]);
    }
    world->client = first;
    pool_remove(world->blue_pool, &world->green.instance);
}

/* Answers a second request that waits behind the first for longer than queue_wait_ms. */
static const char *ask_behind_another(struct world *world, int instances)
{
    int first = world->client;
    configure_many(world, "blue", instances, 1, false);
    publish(world, 100, 0, 0, false);
    world->blue.silent = true;
    send_request(world, KEY);
    while (!world->blue.held)
        loop_turn(world->loop, 1);
    world->client = connect_to(world);
    send_request(world, KEY);
    int64_t end_ms = clock_monotonic_ms() + 150;
    while (clock_monotonic_ms() < end_ms)
        loop_turn(world->loop, 5);
    world->blue.silent = false;
    release_one(world, &world->blue);
    const char *text = await(world, 1);
    close(world->client);
    world->client = first;
    return text;
}

static void waiting_has_an_end(void **state)
{
    const char *text = ask_behind_another(*state, 1);
    assert_non_null(strstr(text, "HTTP/1.1 429 "));
    assert_non_null(
        strstr(text, "\r\nms-azureml-model-error-reason: too_many_pending_request\r\n"));
}

static void an_instance_that_is_to_come_is_waited_for(void **state)
{
    assert_non_null(strstr(ask_behind_another(*state, 2), "HTTP/1.1 200 "));
}

static void without_instances_it_says_so(void **state)
{
    struct world *world = *state;
    publish(world, 100, 0, 0, false);
    pool_remove(world->blue_pool, &world->blue.instance);
    const char *text = ask(world, KEY);
    assert_non_null(strstr(text, "HTTP/1.1 424 "));
    assert_non_null(strstr(text, "\r\nms-azureml-model-error-reason: model_not_ready\r\n"));
}

static void the_services_request_rate_can_be_enforced(void **state)
{
    struct world *world = *state;
    enum { REQUESTS = LIMIT_ENDPOINT_REQUESTS_PER_S + BATCH, SECOND_MS = 1000, TRIES = 5 };
    publish(world, 100, 0, 0, false);
    for (int try = 0; try < TRIES; try++) {
        int64_t start_ms = clock_monotonic_ms();
        size_t served = 0;
        size_t refused = 0;
        for (int sent = 0; sent < REQUESTS; sent += BATCH) {
            strbuf_clear(&world->answers);
            for (int i = 0; i < BATCH; i++)
                send_request(world, KEY);
            const char *text = await(world, BATCH);
            served += count_of(text, "HTTP/1.1 200 ");
            refused += count_of(text, "HTTP/1.1 429 ");
        }
        if (clock_monotonic_ms() - start_ms < SECOND_MS) {
            assert_int_equal(served, LIMIT_ENDPOINT_REQUESTS_PER_S);
            assert_int_equal(refused, BATCH);
            nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
            assert_non_null(strstr(ask(world, KEY), "HTTP/1.1 200 "));
            return;
        }
        nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    }
    fail_msg("%d requests never took less than a second", REQUESTS);
}

static void the_services_bandwidth_can_be_enforced(void **state)
{
    struct world *world = *state;
    enum { BODY = LIMIT_ENDPOINT_BYTES_PER_S / 10, REQUESTS = 4 };
    publish(world, 100, 0, 0, false);
    char *text = str_format("POST /endpoints/w/e/score HTTP/1.1\r\nhost: h\r\n" KEY
                            "content-length: %d\r\n\r\n%0*d",
                            BODY, BODY, 0);
    size_t len = strlen(text);
    world->blue.terse = true;
    int64_t start_ms = clock_monotonic_ms();
    for (int i = 0; i < REQUESTS; i++) {
        for (size_t sent = 0; sent < len;) {
            ssize_t put = send(world->client, text + sent, len - sent, MSG_DONTWAIT);
            sent += put > 0 ? (size_t)put : 0;
            loop_turn(world->loop, 1);
        }
    }
    assert_int_equal(count_of(await(world, REQUESTS), "HTTP/1.1 200 "), REQUESTS);
    /* A tenth of a second each; the first one goes at once. */
    assert_in_range(clock_monotonic_ms() - start_ms, (REQUESTS - 1) * 100 - 5, LIMIT_MS);
    free(text);
}

static void other_paths_are_not_its_own(void **state)
{
    struct world *world = *state;
    static const char text[] = "GET /endpoint HTTP/1.1\r\nhost: h\r\n\r\n";
    publish(world, 100, 0, 0, false);
    assert_int_equal(send(world->client, text, sizeof text - 1, 0), sizeof text - 1);
    assert_non_null(strstr(await(world, 1), "\r\nx-control: yes\r\n"));
}

static void an_endpoint_that_is_gone_is_not_found(void **state)
{
    struct world *world = *state;
    publish(world, 100, 0, 0, false);
    router_forget(world->router, ENDPOINT);
    const char *answer = ask(world, KEY);
    assert_non_null(strstr(answer, "HTTP/1.1 404 "));
    assert_null(strstr(answer, "\r\nx-control: yes\r\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(shares_follow_the_percentages),
        TEST(mirrors_a_share_of_undirected_requests),
        TEST(a_stuck_mirror_is_not_felt),
        TEST(the_header_picks_the_deployment),
        TEST(only_keys_open),
        TEST(what_the_model_says_otherwise_is_told),
        TEST(slow_models_time_out),
        TEST(a_dead_instance_is_passed_over),
        TEST(what_a_dying_instance_has_not_read_goes_to_another),
        TEST(what_a_dying_instance_has_read_is_not_repeated),
        TEST(requests_one_by_one_reach_all_instances),
        TEST(a_removed_instance_takes_no_room_from_others),
        TEST(waiting_has_an_end),
        TEST(an_instance_that_is_to_come_is_waited_for),
        TEST(without_instances_it_says_so),
        TEST(other_paths_are_not_its_own),
        TEST(an_endpoint_that_is_gone_is_not_found),
        cmocka_unit_test_setup_teardown(the_services_request_rate_can_be_enforced, set_up_limited,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_services_bandwidth_can_be_enforced, set_up_limited,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
