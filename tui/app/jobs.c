/*
 * Writes. Each has a client of its own, so that what is observed belongs to it alone. Preparing is
 * the same call on a client that keeps its writes back: what the review shows is what will be sent.
 */
#include "core/base/alloc.h"
#include "core/wire/endpoint.h"
#include "tui/app/app.h"
#include "tui/app/create.h"

#include <stdlib.h>
#include <string.h>

struct job {
    struct job *next;
    struct app *app;
    struct azure *client;
    struct write *write;
    struct create *create; /* WRITE_CREATE while it runs */
    bool dry_run;
    char request_id[64];
};

static void end_job(struct job *job)
{
    struct job **slot = &job->app->jobs;
    while (*slot && *slot != job)
        slot = &(*slot)->next;
    if (*slot)
        *slot = job->next;
    create_free(job->create);
    service_retire(job->app, job->client);
    free(job->write);
    free(job);
}

void jobs_close(struct app *app)
{
    while (app->jobs)
        end_job(app->jobs);
    service_sweep(app);
}

void job_forget(struct app *app, uint64_t id)
{
    for (struct job *job = app->jobs; job; job = job->next) {
        if (job->write->id == id && job->dry_run) {
            end_job(job);
            return;
        }
    }
}

/* --- what would be sent ------------------------------------------------------------------------
 */

/* "PUT https://...\n{...}" for each request, an empty line between two. */
static char *print_requests(const struct json *requests)
{
    char *all = str_dup("");
    for (struct json *item = json_first(requests); item; item = json_next(item)) {
        const struct json *body = json_get(item, "body");
        char *pretty = json_type(body) > JSON_NULL ? json_print_pretty(body) : str_dup("");
        char *longer =
            str_format("%s%s%s %s\n%s\n", all, *all ? "\n" : "", json_text_at(item, "method", ""),
                       json_text_at(item, "url", ""), pretty);
        free(pretty);
        free(all);
        all = longer;
    }
    return all;
}

static void deliver_prepared(struct job *job, const struct error *error, struct traffic_split *now)
{
    struct app *app = job->app;
    struct message message = {
        .kind = MESSAGE_PREPARED, .id = job->write->id, .error = error, .now = now};
    if (!error) {
        message.text = print_requests(azure_captured(job->client));
        message.text_len = strlen(message.text);
    }
    if (job->create)
        name_copy(message.deployment, create_name(job->create));
    end_job(job);
    app_deliver(app, &message);
}

static void deliver_written(struct job *job, const struct error *error, struct traffic_split *now)
{
    struct app *app = job->app;
    struct message message = {
        .kind = MESSAGE_WRITTEN, .id = job->write->id, .error = error, .now = now};
    memcpy(message.name, job->request_id, sizeof job->request_id);
    end_job(job);
    app_deliver(app, &message);
}

static void on_done(void *context, const struct azure_result *result)
{
    struct job *job = context;
    struct traffic_split *now = NULL;
    bool conflict = result->error && result->error->kind == ERROR_CONFLICT;
    if (conflict && job->write->kind == WRITE_TRAFFIC && result->document) {
        now = mem_alloc(sizeof *now);
        wire_endpoint_split(result->document, now);
    }
    if (job->dry_run)
        deliver_prepared(job, result->error, now);
    else
        deliver_written(job, result->error, now);
}

static void on_progress(void *context, const struct azure_progress *progress)
{
    struct job *job = context;
    if (job->dry_run || !*progress->status)
        return;
    struct message message = {.kind = MESSAGE_PROGRESS, .id = job->write->id};
    size_t len = strnlen(progress->status, sizeof message.name - 1);
    memcpy(message.name, progress->status, len);
    app_deliver(job->app, &message);
}

static void observe(void *context, const struct azure_event *event)
{
    struct job *job = context;
    if (event->kind != AZURE_EVENT_ANSWERED || !event->write || !event->request_id[0])
        return;
    size_t len = strnlen(event->request_id, sizeof job->request_id - 1);
    memcpy(job->request_id, event->request_id, len);
    job->request_id[len] = '\0';
}

/* --- starting ----------------------------------------------------------------------------------
 */

static void start(struct job *job)
{
    const struct write *write = job->write;
    struct azure_long how = {.done = on_done, .progress = on_progress, .context = job};
    switch (write->kind) {
    case WRITE_TRAFFIC:
        azure_traffic_set(job->client, write->endpoint, &write->expected, &write->wanted, &how);
        break;
    case WRITE_SCALE:
        azure_deployment_scale(job->client, write->endpoint, write->deployment, write->instances,
                               &how);
        break;
    case WRITE_DELETE_DEPLOYMENT:
        azure_deployment_delete(job->client, write->endpoint, write->deployment, &how);
        break;
    case WRITE_DELETE_ENDPOINT:
        azure_endpoint_delete(job->client, write->endpoint, &how);
        break;
    case WRITE_CREATE:
        job->create = create_start(&(struct create_options){.client = job->client,
                                                            .path = write->path,
                                                            .endpoint = write->endpoint,
                                                            .local = job->app->target.local},
                                   &how);
        break;
    }
}

static void new_job(struct app *app, const struct effect *effect, bool dry_run)
{
    struct job *job = mem_alloc(sizeof *job);
    job->app = app;
    job->dry_run = dry_run;
    job->write = write_copy(effect->write);
    job->client = service_client(app, dry_run, observe, job);
    job->next = app->jobs;
    app->jobs = job;
    start(job);
}

static bool is_here(struct app *app, const struct effect *effect)
{
    return app->client && effect->generation == app->generation;
}

void job_prepare(struct app *app, const struct effect *effect)
{
    if (is_here(app, effect))
        new_job(app, effect, true);
}

void job_send(struct app *app, const struct effect *effect)
{
    struct error error;
    if (is_here(app, effect)) {
        new_job(app, effect, false);
        return;
    }
    error_set(&error, ERROR_CANCELLED, "the workspace was changed; nothing was sent");
    app_deliver(
        app, &(struct message){.kind = MESSAGE_WRITTEN, .id = effect->write->id, .error = &error});
}
