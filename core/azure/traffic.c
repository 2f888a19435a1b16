#include "core/azure/azure.h"
#include "core/azure/task.h"
#include "core/base/alloc.h"
#include "core/wire/endpoint.h"

#include <stdlib.h>
#include <string.h>

enum {
    IN_STEP_DELAY_MS = 5 * 1000, /* between reads until the service shows the change */
    IN_STEP_LOCAL_DELAY_MS = 100,
    SPLIT_TEXT = 160, /* of one map in a message */
};

struct change {
    struct task task;
    struct azure_long how;
    char *endpoint;
    bool has_expected;
    struct traffic_split expected;
    struct traffic_split wanted;
    struct json *document; /* the endpoint as read first */
    char **names;          /* of its deployments */
    size_t name_count;
    size_t name_capacity;
    int reads; /* after the change */
};

static void release_change(struct task *task)
{
    struct change *change = (struct change *)task;
    for (size_t i = 0; i < change->name_count; i++)
        free(change->names[i]);
    free(change->names);
    free(change->endpoint);
    json_free(change->document);
}

static void end(void *context, const struct azure_result *result)
{
    struct change *change = context;
    task_end(&change->task, change->how.done, change->how.context, result);
}

static void fail(struct change *change, const struct error *error, const struct json *document)
{
    end(change, &(struct azure_result){.error = error, .document = document});
}

static void on_progress(void *context, const struct azure_progress *progress)
{
    struct change *change = context;
    if (change->how.progress)
        change->how.progress(change->how.context, progress);
}

/* "blue=90 green=10", with ", mirror green=10" where there is a mirror. */
static char *describe(const struct traffic_split *split)
{
    char live[SPLIT_TEXT];
    char mirror[SPLIT_TEXT];
    traffic_format(live, sizeof live, &split->live);
    traffic_format(mirror, sizeof mirror, &split->mirror);
    return traffic_sum(&split->mirror) ? str_format("%s, mirror %s", live, mirror) : str_dup(live);
}

/* --- after: until the service says it ------------------------------------------------------------
 */

static void on_read_again(void *context, const struct azure_result *result);

static void read_again(void *context)
{
    struct change *change = context;
    change->task.child =
        azure_endpoint_get(change->task.client, change->endpoint, on_read_again, change);
}

static void fail_out_of_step(struct change *change, const struct traffic_split *now,
                             const struct json *document)
{
    struct error error;
    char *is = describe(now);
    char *yours = describe(&change->wanted);
    error_set(&error, ERROR_CONFLICT,
              "the change was accepted, but the endpoint still says %s instead of %s", is, yours);
    error_hint(&error, "Someone else may have changed it at the same time; look at it again.");
    memcpy(error.code, "OutOfStep", sizeof "OutOfStep");
    fail(change, &error, document);
    free(is);
    free(yours);
}

static void compare(struct change *change, const struct json *document)
{
    struct traffic_split now;
    wire_endpoint_split(document, &now);
    if (traffic_split_equal(&now, &change->wanted))
        end(change, &(struct azure_result){.document = document});
    else if (change->reads++ < AZURE_IN_STEP_READS)
        task_after(&change->task,
                   azure_is_local(change->task.client) ? IN_STEP_LOCAL_DELAY_MS : IN_STEP_DELAY_MS,
                   read_again);
    else
        fail_out_of_step(change, &now, document);
}

static void on_read_again(void *context, const struct azure_result *result)
{
    struct change *change = context;
    struct error error;
    if (result->error) {
        error = *result->error;
        error_prefix(&error, "the change was accepted, but reading the endpoint again failed");
        fail(change, &error, NULL);
        return;
    }
    compare(change, result->document);
}

static void on_put(void *context, const struct azure_result *result)
{
    if (result->error || result->accepted)
        end(context, result);
    else
        compare(context, result->document);
}

/* --- before: is it as the user saw it, and is it allowed
 * ------------------------------------------ */

static void put_split(struct change *change)
{
    wire_endpoint_set_split(change->document, &change->wanted);
    change->task.child = azure_endpoint_put(change->task.client, change->endpoint, change->document,
                                            &(struct azure_long){
                                                .done = on_put,
                                                .progress = on_progress,
                                                .context = change,
                                                .no_wait = change->how.no_wait,
                                            });
}

static void add_names(struct change *change, const struct json *page)
{
    for (const struct json *at = json_first(page); at; at = json_next(at)) {
        struct deployment deployment;
        if (!wire_deployment_decode(at, &deployment))
            continue;
        change->names = mem_grow(change->names, change->name_count, &change->name_capacity,
                                 sizeof *change->names);
        change->names[change->name_count++] = str_dup(deployment.name);
        deployment_release(&deployment);
    }
}

static void on_deployments(void *context, const struct azure_result *result)
{
    struct change *change = context;
    struct error error;
    if (result->error) {
        end(change, result);
        return;
    }
    add_names(change, result->document);
    if (result->more)
        return;
    struct traffic_context rules = {
        .kubernetes = wire_endpoint_is_kubernetes(change->document),
        .deployments = (const char *const *)change->names,
        .deployment_count = change->name_count,
    };
    if (traffic_require(&rules, &change->wanted, &error))
        put_split(change);
    else
        fail(change, &error, NULL);
}

static void fail_changed(struct change *change, const struct traffic_split *now,
                         const struct json *document)
{
    struct error error;
    char *was = describe(&change->expected);
    char *is = describe(now);
    char *yours = describe(&change->wanted);
    error_set(&error, ERROR_CONFLICT,
              "the traffic of %s was changed meanwhile: it was %s, is %s, yours is %s; "
              "nothing was sent",
              change->endpoint, was, is, yours);
    error_hint(&error, "Look at the present split, then decide again.");
    memcpy(error.code, "TrafficChanged", sizeof "TrafficChanged");
    fail(change, &error, document);
    free(was);
    free(is);
    free(yours);
}

static void on_endpoint(void *context, const struct azure_result *result)
{
    struct change *change = context;
    struct traffic_split now;
    if (result->error) {
        end(change, result);
        return;
    }
    wire_endpoint_split(result->document, &now);
    if (change->has_expected && !traffic_split_equal(&now, &change->expected)) {
        fail_changed(change, &now, result->document);
        return;
    }
    /* While it is Updating the old values are shown: that they are equal says nothing. */
    if (!state_is_busy(wire_provisioning_state(result->document)) &&
        traffic_split_equal(&now, &change->wanted)) {
        end(change, &(struct azure_result){.document = result->document, .unchanged = true});
        return;
    }
    change->document = json_copy(result->document);
    change->task.child =
        azure_deployment_list(change->task.client, change->endpoint, on_deployments, change);
}

azure_id azure_traffic_set(struct azure *client, const char *endpoint,
                           const struct traffic_split *expected, const struct traffic_split *wanted,
                           const struct azure_long *how)
{
    struct change *change = task_new(client, sizeof *change, release_change);
    azure_id id = change->task.id;
    change->how = *how;
    change->endpoint = str_dup(endpoint);
    change->wanted = *wanted;
    change->has_expected = expected;
    if (expected)
        change->expected = *expected;
    change->task.child = azure_endpoint_get(client, endpoint, on_endpoint, change);
    return id;
}
