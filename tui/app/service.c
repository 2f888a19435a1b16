/* The workspace in use: its client, and everything that is only read. */
#include "core/azure/metrics.h"
#include "core/base/alloc.h"
#include "core/wire/endpoint.h"
#include "tui/app/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { METRICS_MINUTES = 20 };

struct deployment_page {
    struct deployment *items;
    size_t count;
    size_t capacity;
};

/* One read under way. */
struct call {
    struct app *app;
    enum call_kind kind;
    azure_id id;
    uint64_t generation;
    int64_t tail;
    char endpoint[NAME_SIZE];
    char deployment[NAME_SIZE];
    struct deployment_page page; /* CALL_DEPLOYMENTS: what came so far */
};

/* --- calls -------------------------------------------------------------------------------------
 */

static void drop_call(struct app *app, enum call_kind kind)
{
    struct call *call = app->calls[kind];
    if (!call)
        return;
    azure_cancel(app->client, call->id);
    for (size_t i = 0; i < call->page.count; i++)
        deployment_release(&call->page.items[i]);
    free(call->page.items);
    free(call);
    app->calls[kind] = NULL;
}

static struct call *new_call(struct app *app, enum call_kind kind, const struct effect *effect)
{
    drop_call(app, kind);
    struct call *call = mem_alloc(sizeof *call);
    call->app = app;
    call->kind = kind;
    call->generation = effect->generation;
    call->tail = effect->number;
    name_copy(call->endpoint, effect->endpoint);
    name_copy(call->deployment, effect->deployment);
    app->calls[kind] = call;
    return call;
}

/* Delivers what `call` was answered; the call is over unless `more` follows. */
static void answer(struct call *call, struct message *message)
{
    struct app *app = call->app;
    message->generation = call->generation;
    name_copy(message->endpoint, call->endpoint);
    name_copy(message->deployment, call->deployment);
    message->number = call->tail;
    if (!message->more) {
        app->calls[call->kind] = NULL;
        free(call);
    }
    app_deliver(app, message);
}

static void on_endpoints(void *context, const struct azure_result *result)
{
    struct message message = {
        .kind = MESSAGE_ENDPOINTS, .error = result->error, .more = !result->error && result->more};
    size_t count = json_count(result->document);
    message.endpoints = count ? mem_alloc_array(count, sizeof *message.endpoints) : NULL;
    for (struct json *item = json_first(result->document); item; item = json_next(item))
        if (wire_endpoint_decode(item, &message.endpoints[message.count]))
            message.count++;
    answer(context, &message);
}

static void on_deployments(void *context, const struct azure_result *result)
{
    /* The service has at most a page or two of them: pages are joined here. */
    struct call *call = context;
    struct deployment_page *page = &call->page;
    for (struct json *item = json_first(result->document); item; item = json_next(item)) {
        struct deployment deployment;
        if (!wire_deployment_decode(item, &deployment))
            continue;
        page->items = mem_grow(page->items, page->count, &page->capacity, sizeof *page->items);
        page->items[page->count++] = deployment;
    }
    if (!result->error && result->more)
        return;
    struct message message = {.kind = MESSAGE_DEPLOYMENTS,
                              .error = result->error,
                              .deployments = page->items,
                              .count = page->count};
    *page = (struct deployment_page){.count = 0};
    answer(call, &message);
}

static void on_metrics(void *context, const struct error *error, struct metrics *metrics)
{
    struct message message = {.kind = MESSAGE_METRICS, .error = error};
    message.metrics = *metrics;
    *metrics = (struct metrics){.count = 0};
    answer(context, &message);
}

static void on_log(void *context, const struct azure_result *result)
{
    struct message message = {.kind = MESSAGE_LOG, .error = result->error};
    const char *text = json_text_at(result->document, "content", NULL);
    if (text && !result->error) {
        message.text = str_dup(text);
        message.text_len = strlen(text);
    }
    answer(context, &message);
}

static void on_details(void *context, const struct azure_result *result)
{
    struct message message = {.kind = MESSAGE_DETAILS, .error = result->error};
    if (!result->error && result->document) {
        message.text = json_print(result->document);
        message.text_len = strlen(message.text);
    }
    answer(context, &message);
}

static azure_id fetch_details(struct app *app, struct call *call)
{
    if (call->deployment[0])
        return azure_deployment_get(app->client, call->endpoint, call->deployment, on_details,
                                    call);
    return azure_endpoint_get(app->client, call->endpoint, on_details, call);
}

void service_fetch(struct app *app, const struct effect *effect)
{
    struct call *call;
    if (!app->client || effect->generation != app->generation)
        return;
    switch ((int)effect->kind) {
    case EFFECT_FETCH_ENDPOINTS:
        call = new_call(app, CALL_ENDPOINTS, effect);
        call->id = azure_endpoint_list(app->client, on_endpoints, call);
        break;
    case EFFECT_FETCH_DEPLOYMENTS:
        call = new_call(app, CALL_DEPLOYMENTS, effect);
        call->id = azure_deployment_list(app->client, call->endpoint, on_deployments, call);
        break;
    case EFFECT_FETCH_METRICS:
        call = new_call(app, CALL_METRICS, effect);
        call->id =
            azure_metrics_get(app->client, call->endpoint, METRICS_MINUTES, on_metrics, call);
        break;
    case EFFECT_FETCH_LOG:
        call = new_call(app, CALL_LOG, effect);
        call->id = azure_deployment_logs(app->client, call->endpoint, call->deployment,
                                         (int)call->tail, NULL, on_log, call);
        break;
    default:
        call = new_call(app, CALL_DETAILS, effect);
        call->id = fetch_details(app, call);
        break;
    }
}

/* --- the client --------------------------------------------------------------------------------
 */

static void observe_reads(void *context, const struct azure_event *event)
{
    bool plain = event->kind == AZURE_EVENT_ANSWERED && !event->error && !event->poll;
    if (plain && event->attempt == 1)
        app_deliver(context,
                    &(struct message){.kind = MESSAGE_LATENCY, .number = event->duration_us});
}

struct azure *service_client(struct app *app, bool dry_run, azure_observe_fn *observe,
                             void *context)
{
    const struct config_target *target = &app->target;
    return azure_new(&(struct azure_settings){
        .net = app->net,
        .subscription = target->subscription,
        .group = target->group,
        .workspace = target->workspace,
        .access = target->local ? azure_access_local : azure_access_fixed,
        .access_context = target->local ? NULL : &app->access,
        .observe = observe,
        .observe_context = context,
        .dry_run = dry_run,
    });
}

void service_retire(struct app *app, struct azure *client)
{
    app->ended = mem_grow(app->ended, app->ended_count, &app->ended_capacity, sizeof *app->ended);
    app->ended[app->ended_count++] = client;
}

void service_sweep(struct app *app)
{
    while (app->ended_count)
        azure_free(app->ended[--app->ended_count]);
}

void service_close(struct app *app)
{
    jobs_close(app);
    tests_close(app);
    for (int i = 0; i < CALL_COUNT; i++)
        drop_call(app, (enum call_kind)i);
    azure_free(app->client);
    app->client = NULL;
    azure_access_release(&app->access);
    config_target_release(&app->target);
    scoring_target_release(&app->scoring);
    app->scoring_endpoint[0] = '\0';
}

/* What the command line said holds for the context it named, not for one chosen later. */
static void flags_of(const struct app *app, const char *context, struct config_flags *out)
{
    const struct console_options *options = app->options;
    const char *wanted = *context ? context : options->context;
    *out = (struct config_flags){.local = wanted && strcmp(wanted, CONFIG_LOCAL) == 0,
                                 .context = wanted};
    if (*context)
        return;
    out->subscription = options->subscription;
    out->group = options->group;
    out->workspace = options->workspace;
}

/* A local target is there only while an engine has left its address. */
static bool is_reachable(const struct config_target *target, struct error *error)
{
    struct azure_access access = {.token = NULL};
    bool ok = !target->local || azure_access_local(NULL, false, &access, error);
    azure_access_release(&access);
    return ok;
}

static bool resolve(struct app *app, const char *context, struct config_target *out,
                    struct error *error)
{
    struct config_flags flags;
    struct config *config = config_load(NULL, error);
    flags_of(app, context, &flags);
    bool ok = config && config_resolve(config, &flags, out, error);
    config_free(config);
    if (ok && (!config_require_token(out, error) || !is_reachable(out, error))) {
        config_target_release(out);
        return false;
    }
    return ok;
}

void service_connect(struct app *app, const char *context)
{
    struct error error;
    struct config_target target;
    memset(&target, 0, sizeof target);
    if (!resolve(app, context, &target, &error)) {
        app_deliver(app, &(struct message){.kind = MESSAGE_UNCONNECTED, .error = &error});
        return;
    }
    service_close(app);
    app->target = target;
    app->generation++;
    if (!target.local) {
        app->access.arm_url = str_dup(target.url);
        app->access.token = str_dup(target.token);
    }
    app->client = service_client(app, false, observe_reads, app);
    struct connection connection = {.local = target.local};
    snprintf(connection.context, sizeof connection.context, "%s", target.context);
    snprintf(connection.subscription, sizeof connection.subscription, "%s", target.subscription);
    snprintf(connection.group, sizeof connection.group, "%s", target.group);
    snprintf(connection.workspace, sizeof connection.workspace, "%s", target.workspace);
    app_deliver(app, &(struct message){.kind = MESSAGE_CONNECTED,
                                       .connection = &connection,
                                       .generation = app->generation});
}

/* --- contexts ----------------------------------------------------------------------------------
 */

void service_list_contexts(struct app *app)
{
    struct error error;
    struct config *config = config_load(NULL, &error);
    if (!config) {
        app_deliver(app, &(struct message){.kind = MESSAGE_NOTICE, .error = &error});
        return;
    }
    struct message message = {.kind = MESSAGE_CONTEXTS, .count = config_context_count(config)};
    message.names = mem_alloc_array(message.count + 1, sizeof *message.names);
    for (size_t i = 0; i < message.count; i++)
        message.names[i] = str_dup(config_context_at(config, i).name);
    app_deliver(app, &message);
    config_free(config);
}

void service_add_context(struct app *app, const struct connection *context)
{
    struct error error;
    struct config *config = config_load(NULL, &error);
    struct config_context added = {.name = context->context,
                                   .subscription = context->subscription,
                                   .group = context->group,
                                   .workspace = context->workspace,
                                   .url = CONFIG_AZURE_URL};
    bool ok = config && config_put_context(config, &added, &error) &&
              config_set_current(config, added.name, &error) && config_save(config, &error);
    config_free(config);
    if (ok)
        service_connect(app, context->context);
    else
        app_deliver(app, &(struct message){.kind = MESSAGE_UNCONNECTED, .error = &error});
}
