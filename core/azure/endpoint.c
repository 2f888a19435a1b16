#include "core/wire/endpoint.h"
#include "core/azure/azure.h"
#include "core/azure/task.h"

#include <stdlib.h>

#define ENDPOINTS "onlineEndpoints"

/* --- workspace ----------------------------------------------------------------------------------
 */

struct workspace_read {
    struct task task;
    azure_done_fn *done;
    void *context;
};

static void on_workspace(struct task *task, struct task_answer *answer)
{
    struct workspace_read *read = (struct workspace_read *)task;
    struct azure_result result = {.document = answer->document};
    if (answer->error.kind != ERROR_NONE)
        result.error = &answer->error;
    azure_remember_location(task->client, json_text_at(answer->document, "location", ""));
    task_end(task, read->done, read->context, &result);
}

azure_id azure_workspace_get(struct azure *client, azure_done_fn *done, void *context)
{
    struct workspace_read *read = task_new(client, sizeof *read, NULL);
    char *target = azure_target(client, NULL);
    read->done = done;
    read->context = context;
    task_send(&read->task, &(struct task_request){.method = "GET", .target = target}, on_workspace);
    free(target);
    return read->task.id;
}

/* --- endpoints ----------------------------------------------------------------------------------
 */

azure_id azure_endpoint_list(struct azure *client, azure_done_fn *done, void *context)
{
    return azure_list(client, azure_target(client, AZURE_PATH(ENDPOINTS)), done, context);
}

azure_id azure_endpoint_get(struct azure *client, const char *name, azure_done_fn *done,
                            void *context)
{
    return azure_read(client, "GET", azure_target(client, AZURE_PATH(ENDPOINTS, name)), NULL, done,
                      context);
}

azure_id azure_endpoint_put(struct azure *client, const char *name, const struct json *document,
                            const struct azure_long *how)
{
    bool has_keys = json_count(json_at(document, "properties.keys")) > 0;
    return azure_follow(client,
                        &(struct azure_write){
                            .method = "PUT",
                            .target = azure_target(client, AZURE_PATH(ENDPOINTS, name)),
                            .body = wire_endpoint_put_body(document),
                            .flags = has_keys ? TASK_SECRET : 0,
                            .wants_location = true,
                        },
                        how);
}

azure_id azure_endpoint_delete(struct azure *client, const char *name, const struct azure_long *how)
{
    return azure_follow(client,
                        &(struct azure_write){
                            .method = "DELETE",
                            .target = azure_target(client, AZURE_PATH(ENDPOINTS, name)),
                        },
                        how);
}

azure_id azure_endpoint_keys(struct azure *client, const char *name, azure_done_fn *done,
                             void *context)
{
    return azure_read(client, "POST", azure_target(client, AZURE_PATH(ENDPOINTS, name, "listKeys")),
                      NULL, done, context);
}

azure_id azure_endpoint_token(struct azure *client, const char *name, azure_done_fn *done,
                              void *context)
{
    return azure_read(client, "POST", azure_target(client, AZURE_PATH(ENDPOINTS, name, "token")),
                      NULL, done, context);
}

azure_id azure_endpoint_regenerate_keys(struct azure *client, const char *name,
                                        const char *key_type, const struct azure_long *how)
{
    struct json *body = json_object();
    json_set_text(body, "keyType", key_type);
    return azure_follow(
        client,
        &(struct azure_write){
            .method = "POST",
            .target = azure_target(client, AZURE_PATH(ENDPOINTS, name, "regenerateKeys")),
            .body = body,
            .flags = TASK_ONCE,
        },
        how);
}
