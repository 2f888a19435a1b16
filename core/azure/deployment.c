#include "core/azure/azure.h"
#include "core/azure/task.h"
#include "core/base/alloc.h"
#include "core/model/limits.h"
#include "core/wire/endpoint.h"

#include <stdlib.h>

#define ENDPOINTS "onlineEndpoints"
#define DEPLOYMENTS "deployments"

azure_id azure_deployment_list(struct azure *client, const char *endpoint, azure_done_fn *done,
                               void *context)
{
    return azure_list(client, azure_target(client, AZURE_PATH(ENDPOINTS, endpoint, DEPLOYMENTS)),
                      done, context);
}

azure_id azure_deployment_get(struct azure *client, const char *endpoint, const char *name,
                              azure_done_fn *done, void *context)
{
    return azure_read(client, "GET",
                      azure_target(client, AZURE_PATH(ENDPOINTS, endpoint, DEPLOYMENTS, name)),
                      NULL, done, context);
}

azure_id azure_deployment_put(struct azure *client, const char *endpoint, const char *name,
                              const struct json *document, const struct azure_long *how)
{
    return azure_follow(
        client,
        &(struct azure_write){
            .method = "PUT",
            .target = azure_target(client, AZURE_PATH(ENDPOINTS, endpoint, DEPLOYMENTS, name)),
            .body = wire_deployment_put_body(document),
            .wants_location = true,
        },
        how);
}

azure_id azure_deployment_delete(struct azure *client, const char *endpoint, const char *name,
                                 const struct azure_long *how)
{
    return azure_follow(
        client,
        &(struct azure_write){
            .method = "DELETE",
            .target = azure_target(client, AZURE_PATH(ENDPOINTS, endpoint, DEPLOYMENTS, name)),
        },
        how);
}

azure_id azure_deployment_logs(struct azure *client, const char *endpoint, const char *name,
                               int tail, const char *container, azure_done_fn *done, void *context)
{
    struct json *body = json_object();
    if (container)
        json_set_text(body, "containerType", container);
    if (tail > 0)
        json_set_number(body, "tail", tail);
    azure_id id = azure_read(
        client, "POST",
        azure_target(client, AZURE_PATH(ENDPOINTS, endpoint, DEPLOYMENTS, name, "getLogs")), body,
        done, context);
    json_free(body);
    return id;
}

/* --- scale --------------------------------------------------------------------------------------
 */

struct scale {
    struct task task;
    struct azure_long how;
    char *endpoint;
    char *name;
    int instances;
};

static void release_scale(struct task *task)
{
    struct scale *scale = (struct scale *)task;
    free(scale->endpoint);
    free(scale->name);
}

static void end_scale(void *context, const struct azure_result *result)
{
    struct scale *scale = context;
    task_end(&scale->task, scale->how.done, scale->how.context, result);
}

static void on_progress(void *context, const struct azure_progress *progress)
{
    struct scale *scale = context;
    if (scale->how.progress)
        scale->how.progress(scale->how.context, progress);
}

static void on_deployment(void *context, const struct azure_result *result)
{
    struct scale *scale = context;
    if (result->error) {
        end_scale(scale, result);
        return;
    }
    bool settled = !state_is_busy(wire_provisioning_state(result->document));
    if (settled && json_int(json_at(result->document, "sku.capacity"), -1) == scale->instances) {
        end_scale(scale, &(struct azure_result){.document = result->document, .unchanged = true});
        return;
    }
    struct json *wanted = json_copy(result->document);
    struct json *sku = json_get(wanted, "sku");
    if (json_type(sku) != JSON_OBJECT)
        sku = json_set(wanted, "sku", json_object());
    json_set_number(sku, "capacity", scale->instances);
    scale->task.child =
        azure_deployment_put(scale->task.client, scale->endpoint, scale->name, wanted,
                             &(struct azure_long){
                                 .done = end_scale,
                                 .progress = on_progress,
                                 .context = scale,
                                 .no_wait = scale->how.no_wait,
                             });
    json_free(wanted);
}

static void refuse_count(void *context)
{
    struct scale *scale = context;
    struct error error;
    error_set(&error, ERROR_RULE, "%d instances: a deployment has 1 to %d", scale->instances,
              LIMIT_INSTANCES);
    error_hint(&error, "Give a number from 1 to %d.", LIMIT_INSTANCES);
    end_scale(scale, &(struct azure_result){.error = &error});
}

azure_id azure_deployment_scale(struct azure *client, const char *endpoint, const char *name,
                                int instances, const struct azure_long *how)
{
    struct scale *scale = task_new(client, sizeof *scale, release_scale);
    azure_id id = scale->task.id;
    scale->how = *how;
    scale->endpoint = str_dup(endpoint);
    scale->name = str_dup(name);
    scale->instances = instances;
    if (instances < 1 || instances > LIMIT_INSTANCES)
        task_after(&scale->task, 0, refuse_count);
    else
        scale->task.child = azure_deployment_get(client, endpoint, name, on_deployment, scale);
    return id;
}
