#include "core/azure/operation.h"
#include "core/azure/task.h"
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/net/url.h"

#include <stdlib.h>
#include <string.h>

/* Looks that may fail in a row, each with its own retries, before an operation is lost sight of. */
enum { MAX_POLL_FAULTS = 5 };

/* Stands for the location of a workspace that a dry run does not ask. */
static const char unknown_location[] = "<location of the workspace>";

struct follow {
    struct task task;
    struct azure_long how;
    struct azure_write write; /* owned */
    struct operation operation;
    int64_t begun_ms;
    int faults;
};

static void release_follow(struct task *task)
{
    struct follow *follow = (struct follow *)task;
    operation_release(&follow->operation);
    free(follow->write.target);
    json_free(follow->write.body);
}

static void end(struct follow *follow, const struct azure_result *result)
{
    task_end(&follow->task, follow->how.done, follow->how.context, result);
}

static void fail(struct follow *follow, const struct error *error)
{
    end(follow, &(struct azure_result){.error = error});
}

static void on_final(struct task *task, struct task_answer *answer)
{
    struct follow *follow = (struct follow *)task;
    if (answer->error.kind != ERROR_NONE) {
        error_prefix(&answer->error, "the service has done it, but reading it back failed");
        fail(follow, &answer->error);
        return;
    }
    end(follow, &(struct azure_result){.document = answer->document});
}

static void poll_now(void *context);

/* `document` is what was read last, where that was the resource itself. */
static void take_step(struct follow *follow, enum operation_step step, const struct json *document,
                      const struct error *error)
{
    struct operation *operation = &follow->operation;
    switch (step) {
    case OPERATION_POLL:
        task_after(&follow->task, operation->delay_ms, poll_now);
        break;
    case OPERATION_FETCH:
        if (operation->kind == OPERATION_RESOURCE && document)
            end(follow, &(struct azure_result){.document = document});
        else
            task_send(&follow->task,
                      &(struct task_request){.method = "GET", .target = operation->resource_url},
                      on_final);
        break;
    case OPERATION_DONE:
        end(follow, &(struct azure_result){.document = NULL});
        break;
    case OPERATION_FAILED:
        fail(follow, error);
        break;
    }
}

static void tell_progress(const struct follow *follow)
{
    if (follow->how.progress)
        follow->how.progress(follow->how.context,
                             &(struct azure_progress){
                                 .status = follow->operation.status,
                                 .elapsed_ms = clock_monotonic_ms() - follow->begun_ms,
                                 .polls = follow->operation.polls,
                             });
}

/* A look that failed: the operation goes on at the service, so look again a few times. */
static void on_poll_fault(struct follow *follow, struct error *error)
{
    if (follow->faults++ < MAX_POLL_FAULTS) {
        task_after(&follow->task, follow->operation.delay_ms, poll_now);
        return;
    }
    error_prefix(error, "the service accepted it, but its progress can't be read");
    error_hint(error, "It may go on there; look at the resource's state.");
    fail(follow, error);
}

static void on_poll(struct task *task, struct task_answer *answer)
{
    struct follow *follow = (struct follow *)task;
    const struct net_response *response = answer->response;
    struct error error = answer->error;
    if (!response || response->error.kind != ERROR_NONE || response->status >= 500) {
        on_poll_fault(follow, &error);
        return;
    }
    follow->faults = 0;
    enum operation_step step =
        operation_poll(&follow->operation, response, clock_wall_ms(), &error);
    if (step == OPERATION_POLL &&
        clock_monotonic_ms() - follow->begun_ms > (int64_t)OPERATION_LIMIT_MS) {
        error_set(&error, ERROR_TIMEOUT, "the operation is still %s after %d minutes",
                  follow->operation.status, OPERATION_LIMIT_MS / 60000);
        error_hint(&error, "It goes on at the service; look at the resource's state.");
        step = OPERATION_FAILED;
    }
    take_step(follow, step, answer->document, &error);
    /* Last, as the callback may cancel this call and free it; after the end nobody waits for it. */
    if (step == OPERATION_POLL)
        tell_progress(follow);
}

static void poll_now(void *context)
{
    struct follow *follow = context;
    task_send(&follow->task,
              &(struct task_request){
                  .method = "GET", .target = follow->operation.url, .flags = TASK_POLL},
              on_poll);
}

/* Sent twice and refused the second time, because the first is being worked on (or was done). */
static bool met_itself(const struct follow *follow, const struct task_answer *answer)
{
    if (!answer->repeated || answer->response->error.kind != ERROR_NONE)
        return false;
    return (answer->response->status == 409 && strcmp(follow->write.method, "PUT") == 0) ||
           (answer->response->status == 404 && strcmp(follow->write.method, "DELETE") == 0);
}

static void on_accepted(struct task *task, struct task_answer *answer)
{
    struct follow *follow = (struct follow *)task;
    struct error error = answer->error;
    enum operation_step step;
    if (answer->captured) {
        end(follow, &(struct azure_result){.document = answer->document, .accepted = true});
        return;
    }
    char *url = task_url(task, follow->write.target);
    if (met_itself(follow, answer)) {
        static const struct net_response accepted = {.status = 202, .body = ""};
        step = operation_begin(&follow->operation, follow->write.method, url, &accepted,
                               clock_wall_ms(), &error);
    } else if (error.kind != ERROR_NONE) {
        step = OPERATION_FAILED;
    } else {
        step = operation_begin(&follow->operation, follow->write.method, url, answer->response,
                               clock_wall_ms(), &error);
    }
    free(url);
    if (step == OPERATION_POLL && follow->how.no_wait)
        end(follow, &(struct azure_result){.document = answer->document, .accepted = true});
    else
        take_step(follow, step, answer->document, &error);
}

static void send_write(struct follow *follow)
{
    task_send(&follow->task,
              &(struct task_request){
                  .method = follow->write.method,
                  .target = follow->write.target,
                  .body = follow->write.body,
                  .flags = TASK_WRITE | follow->write.flags,
              },
              on_accepted);
}

static void on_workspace(void *context, const struct azure_result *result)
{
    struct follow *follow = context;
    const char *location = azure_location(follow->task.client);
    struct error error;
    if (result->error) {
        error = *result->error;
        error_prefix(&error, "the workspace can't be read");
        fail(follow, &error);
    } else if (!location) {
        error_set(&error, ERROR_FAILED, "the workspace does not tell its location");
        fail(follow, &error);
    } else {
        json_set_text(follow->write.body, "location", location);
        send_write(follow);
    }
}

azure_id azure_follow(struct azure *client, const struct azure_write *write,
                      const struct azure_long *how)
{
    struct follow *follow = task_new(client, sizeof *follow, release_follow);
    azure_id id = follow->task.id;
    follow->how = *how;
    follow->write = *write;
    follow->begun_ms = clock_monotonic_ms();
    if (!write->wants_location || *json_text_at(write->body, "location", "")) {
        send_write(follow);
    } else if (azure_location(client) || azure_is_dry_run(client)) {
        const char *known = azure_location(client);
        json_set_text(follow->write.body, "location", known ? known : unknown_location);
        send_write(follow);
    } else {
        follow->task.child = azure_workspace_get(client, on_workspace, follow);
    }
    return id;
}
