#include "core/azure/azure.h"
#include "core/azure/task.h"
#include "core/base/alloc.h"

#include <stdlib.h>

azure_id azure_asset_put(struct azure *client, const char *kind, const char *name,
                         const char *version, const struct json *body, azure_done_fn *done,
                         void *context)
{
    return azure_follow(
        client,
        &(struct azure_write){
            .method = "PUT",
            .target = azure_target(client, AZURE_PATH(kind, name, "versions", version)),
            .body = json_copy(body),
        },
        &(struct azure_long){.done = done, .context = context});
}

/* --- latest -------------------------------------------------------------------------------------
 */

struct latest {
    struct task task;
    azure_done_fn *done;
    void *context;
    char *what; /* for the message: "models/name" */
};

static void release_latest(struct task *task)
{
    free(((struct latest *)task)->what);
}

static void on_versions(struct task *task, struct task_answer *answer)
{
    struct latest *latest = (struct latest *)task;
    const struct json *first = json_element(json_get(answer->document, "value"), 0);
    struct azure_result result = {.document = first};
    if (answer->error.kind == ERROR_NONE && !first)
        error_set(&answer->error, ERROR_NOT_FOUND, "%s has no version", latest->what);
    if (answer->error.kind != ERROR_NONE)
        result.error = &answer->error;
    task_end(task, latest->done, latest->context, &result);
}

azure_id azure_asset_latest(struct azure *client, const char *kind, const char *name,
                            azure_done_fn *done, void *context)
{
    struct latest *latest = task_new(client, sizeof *latest, release_latest);
    char *versions = azure_target(client, AZURE_PATH(kind, name, "versions"));
    char *target = str_format("%s&%%24orderBy=createdtime%%20desc&%%24top=1", versions);
    latest->done = done;
    latest->context = context;
    latest->what = str_format("%s/%s", kind, name);
    task_send(&latest->task, &(struct task_request){.method = "GET", .target = target},
              on_versions);
    free(target);
    free(versions);
    return latest->task.id;
}
