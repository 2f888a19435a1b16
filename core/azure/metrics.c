#include "core/azure/metrics.h"

#include "core/azure/task.h"
#include "core/base/clock.h"
#include "core/base/strbuf.h"
#include "core/net/url.h"

#include <stdlib.h>

enum {
    MINUTE_MS = 60 * 1000,
    MAX_SERIES = 5 * METRICS_MAX_DEPLOYMENTS, /* by status class; the service gives 10 unasked */
};

/* The questions, one after the other: dimensions differ, so one answer can't hold both. */
static const struct {
    const char *names;
    const char *filter;
} questions[] = {
    {"RequestsPerMinute", "deployment eq '*' and statusCodeClass eq '*'"},
    {"RequestLatency_P50,RequestLatency_P95", "deployment eq '*'"},
};

enum { QUESTION_COUNT = sizeof questions / sizeof questions[0] };

struct metrics_read {
    struct task task;
    azure_metrics_fn *done;
    void *context;
    char *endpoint_path; /* owned */
    int64_t from_wall_ms;
    int64_t to_wall_ms;
    size_t asked;
    struct metrics metrics;
    struct error error; /* the first */
};

static void on_answer(struct task *task, struct task_answer *answer);

static void release_read(struct task *task)
{
    struct metrics_read *read = (struct metrics_read *)task;
    metrics_release(&read->metrics);
    free(read->endpoint_path);
}

static void ask_next(struct metrics_read *read)
{
    char from[CLOCK_ISO_SIZE];
    char to[CLOCK_ISO_SIZE];
    struct strbuf target;
    clock_format_utc(from, read->from_wall_ms);
    clock_format_utc(to, read->to_wall_ms);
    strbuf_init(&target, URL_MAX_LEN);
    strbuf_printf(&target,
                  "%s/providers/Microsoft.Insights/metrics?api-version=%s&timespan=%s%%2F%s"
                  "&interval=PT1M&aggregation=average&top=%d&metricnames=",
                  read->endpoint_path, AZURE_METRICS_API_VERSION, from, to, MAX_SERIES);
    url_encode(&target, questions[read->asked].names);
    strbuf_puts(&target, "&%24filter=");
    url_encode(&target, questions[read->asked].filter);
    read->asked++;
    task_send(&read->task, &(struct task_request){.method = "GET", .target = target.text},
              on_answer);
    strbuf_release(&target);
}

static void on_answer(struct task *task, struct task_answer *answer)
{
    struct metrics_read *read = (struct metrics_read *)task;
    struct error error = answer->error;
    if (error.kind == ERROR_NONE)
        metrics_decode(answer->document, &read->metrics, &error);
    if (read->error.kind == ERROR_NONE)
        read->error = error;
    /* What fails as a whole fails the same way for the other question. */
    if (answer->error.kind == ERROR_NONE && read->asked < QUESTION_COUNT) {
        ask_next(read);
        return;
    }
    task_unlink(task);
    read->done(read->context, read->error.kind == ERROR_NONE ? NULL : &read->error, &read->metrics);
    task_free(task);
}

azure_id azure_metrics_get(struct azure *client, const char *endpoint, int minutes,
                           azure_metrics_fn *done, void *context)
{
    struct metrics_read *read = task_new(client, sizeof *read, release_read);
    struct strbuf path;
    strbuf_init(&path, URL_MAX_LEN);
    strbuf_printf(&path, "%s/onlineEndpoints/", azure_workspace_id(client));
    url_encode(&path, endpoint);
    read->endpoint_path = strbuf_detach(&path);
    read->done = done;
    read->context = context;
    read->to_wall_ms = clock_wall_ms();
    /* From the start of a minute, so that the first point is a whole one. */
    read->from_wall_ms = (read->to_wall_ms / MINUTE_MS - minutes + 1) * MINUTE_MS;
    ask_next(read);
    return read->task.id;
}
