/* Test requests: the file is read when it is sent, the endpoint's key once an endpoint. */
#include "core/base/alloc.h"
#include "core/base/file.h"
#include "tui/app/app.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_REQUEST_BYTES = 8 << 20 };

struct test {
    struct test *next;
    struct app *app;
    uint64_t id;
    azure_id key_call; /* while the key is read */
    net_id sent;       /* while the request is under way */
    bool again;        /* the key was read anew after a 401 */
    char endpoint[NAME_SIZE];
    char deployment[NAME_SIZE];
    char *body;
    size_t body_len;
};

static void unlink_test(struct test *test)
{
    struct test **slot = &test->app->tests;
    while (*slot && *slot != test)
        slot = &(*slot)->next;
    if (*slot)
        *slot = test->next;
    free(test->body);
    free(test);
}

static void fail(struct test *test, const struct error *error)
{
    struct app *app = test->app;
    struct message message = {.kind = MESSAGE_ANSWER, .id = test->id, .error = error};
    unlink_test(test);
    app_deliver(app, &message);
}

static void read_key(struct test *test);

static void on_answer(void *context, const struct net_response *response)
{
    struct test *test = context;
    struct app *app = test->app;
    struct error error;
    if (response->status == 401 && !test->again) {
        /* The key may have been regenerated since it was read. */
        test->again = true;
        read_key(test);
        return;
    }
    bool ok = scoring_check(response, &error);
    struct message message = {.kind = MESSAGE_ANSWER, .id = test->id, .error = ok ? NULL : &error};
    message.answer.status = response->status;
    message.answer.latency_us = response->total_us;
    name_copy(message.answer.deployment, scoring_deployment(response));
    if (response->body_len) {
        size_t len =
            response->body_len < CONSOLE_MAX_BODY ? response->body_len : (size_t)CONSOLE_MAX_BODY;
        message.answer.body = str_dup_n(response->body, len);
        message.answer.body_len = len;
    }
    unlink_test(test);
    app_deliver(app, &message);
}

static void send_now(struct test *test)
{
    struct scoring_request request = {.deployment = test->deployment[0] ? test->deployment : NULL,
                                      .body = test->body,
                                      .body_len = test->body_len};
    test->sent = scoring_send(test->app->net, &test->app->scoring, &request, on_answer, test);
}

static void on_key(void *context, const struct error *error, struct scoring_target *target)
{
    struct test *test = context;
    struct app *app = test->app;
    test->key_call = 0;
    if (error) {
        fail(test, error);
        return;
    }
    scoring_target_release(&app->scoring);
    app->scoring = *target;
    *target = (struct scoring_target){.url = NULL};
    name_copy(app->scoring_endpoint, test->endpoint);
    send_now(test);
}

static void read_key(struct test *test)
{
    test->sent = 0;
    test->key_call = scoring_target_get(test->app->client, test->endpoint, on_key, test);
}

void test_send(struct app *app, const struct effect *effect)
{
    struct error error;
    struct test *test = mem_alloc(sizeof *test);
    test->app = app;
    test->id = effect->id;
    name_copy(test->endpoint, effect->endpoint);
    name_copy(test->deployment, effect->deployment);
    test->next = app->tests;
    app->tests = test;
    if (effect->body) {
        test->body = str_dup_n(effect->body, effect->body_len);
        test->body_len = effect->body_len;
    } else {
        test->body = file_read(effect->text, MAX_REQUEST_BYTES, &test->body_len, &error);
    }
    if (!test->body)
        fail(test, &error);
    else if (strcmp(app->scoring_endpoint, test->endpoint) == 0)
        send_now(test);
    else
        read_key(test);
}

static void withdraw(struct test *test)
{
    azure_cancel(test->app->client, test->key_call);
    net_cancel(test->app->net, test->sent);
    unlink_test(test);
}

void test_cancel(struct app *app, uint64_t id)
{
    for (struct test *test = app->tests; test; test = test->next) {
        if (test->id == id) {
            withdraw(test);
            return;
        }
    }
}

void tests_close(struct app *app)
{
    while (app->tests)
        withdraw(app->tests);
}
