#include "tui/cli/burst.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/printable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct burst {
    struct net *net;
    const struct burst_options *options;
    struct burst_result *result;
    int64_t start_us;
    long sent;
    long ended;
    net_id timer;
    struct slot *slots; /* one for each request that may be out */
    struct slot *free_slots;
    long slot_count;
    bool done;
};

struct slot {
    struct burst *burst;
    struct slot *next; /* free ones */
    net_id request;    /* 0: free */
};

static void send_more(struct burst *burst);

static void count_status(struct burst_result *result, int status)
{
    size_t at = 0;
    while (at < result->status_count && result->statuses[at].status != status)
        at++;
    if (at == BURST_MAX_ROWS)
        return;
    if (at == result->status_count)
        result->statuses[result->status_count++].status = status;
    result->statuses[at].count++;
}

static void count_deployment(struct burst_result *result, const char *name)
{
    size_t at = 0;
    char kept[NAME_SIZE];
    printable_line(kept, sizeof kept, name);
    while (at < result->deployment_count && strcmp(result->deployments[at].name, kept) != 0)
        at++;
    if (at == BURST_MAX_ROWS)
        return;
    if (at == result->deployment_count)
        memcpy(result->deployments[result->deployment_count++].name, kept, sizeof kept);
    result->deployments[at].count++;
}

static void count_answer(struct burst_result *result, const struct net_response *response)
{
    struct error error;
    bool ok = scoring_check(response, &error);
    if (!ok && result->first_error.kind == ERROR_NONE)
        result->first_error = error;
    if (response->error.kind != ERROR_NONE) {
        result->failed++;
        return;
    }
    int64_t us = response->total_us;
    result->latencies_us[result->answered++] = us < 0            ? 0
                                               : us > UINT32_MAX ? UINT32_MAX
                                                                 : (uint32_t)us;
    result->succeeded += ok;
    count_status(result, response->status);
    if (*scoring_deployment(response))
        count_deployment(result, scoring_deployment(response));
}

static void on_answer(void *context, const struct net_response *response)
{
    struct slot *slot = context;
    struct burst *burst = slot->burst;
    slot->request = 0;
    slot->next = burst->free_slots;
    burst->free_slots = slot;
    burst->ended++;
    count_answer(burst->result, response);
    if (burst->ended == burst->options->count)
        burst->done = true;
    else
        send_more(burst);
}

static void on_time(void *context)
{
    struct burst *burst = context;
    burst->timer = 0;
    send_more(burst);
}

static void send_one(struct burst *burst)
{
    const struct burst_options *options = burst->options;
    const struct scoring_request request = {
        .deployment = options->deployment, .body = options->body, .body_len = options->body_len};
    struct slot *slot = burst->free_slots;
    burst->free_slots = slot->next;
    slot->request = scoring_send(burst->net, options->target, &request, on_answer, slot);
    burst->sent++;
}

static void send_more(struct burst *burst)
{
    const struct burst_options *options = burst->options;
    while (burst->sent < options->count && burst->free_slots) {
        if (options->rate) {
            int64_t due = burst->start_us + burst->sent * 1000000 / options->rate;
            int64_t wait_us = due - clock_monotonic_us();
            if (wait_us > 0 && !burst->timer)
                burst->timer = net_after(burst->net, (int)((wait_us + 999) / 1000), on_time, burst);
            if (wait_us > 0)
                return;
        }
        send_one(burst);
    }
}

static int by_value(const void *a, const void *b)
{
    const uint32_t *left = a;
    const uint32_t *right = b;
    return (*left > *right) - (*left < *right);
}

bool burst_run(struct net *net, const struct burst_options *options, struct burst_result *out,
               struct error *error)
{
    memset(out, 0, sizeof *out);
    out->latencies_us = mem_alloc_array((size_t)options->count, sizeof *out->latencies_us);
    struct burst burst = {.net = net,
                          .options = options,
                          .result = out,
                          .slot_count = options->concurrency,
                          .start_us = clock_monotonic_us()};
    burst.slots = mem_alloc_array((size_t)burst.slot_count, sizeof *burst.slots);
    for (long i = 0; i < burst.slot_count; i++) {
        burst.slots[i] = (struct slot){.burst = &burst, .next = burst.free_slots};
        burst.free_slots = &burst.slots[i];
    }
    send_more(&burst);
    bool ok = net_run_until(net, &burst.done, error);
    out->seconds = (double)(clock_monotonic_us() - burst.start_us) / 1e6;
    net_cancel(net, burst.timer);
    for (long i = 0; i < burst.slot_count; i++)
        net_cancel(net, burst.slots[i].request);
    free(burst.slots);
    qsort(out->latencies_us, (size_t)out->answered, sizeof *out->latencies_us, by_value);
    return ok;
}

void burst_release(struct burst_result *result)
{
    free(result->latencies_us);
    memset(result, 0, sizeof *result);
}

double burst_percentile_ms(const struct burst_result *result, double percent)
{
    if (!result->answered)
        return 0;
    long rank = (long)((double)result->answered * percent / 100);
    if (rank >= result->answered)
        rank = result->answered - 1;
    return (double)result->latencies_us[rank] / 1000;
}

long burst_count_of(const struct burst_result *result, const char *deployment)
{
    for (size_t i = 0; i < result->deployment_count; i++)
        if (strcmp(result->deployments[i].name, deployment) == 0)
            return result->deployments[i].count;
    return 0;
}

static double rounded(double value)
{
    return (double)(long long)(value * 1000 + 0.5) / 1000;
}

struct json *burst_to_json(const struct burst_result *result, const struct burst_options *options)
{
    struct json *out = json_object();
    struct json *deployments = json_set(out, "deployments", json_object());
    for (size_t i = 0; i < result->deployment_count; i++)
        json_set_number(deployments, result->deployments[i].name,
                        (double)result->deployments[i].count);
    if (result->first_error.kind != ERROR_NONE)
        json_set_text(out, "first_error", result->first_error.message);
    json_set_number(out, "concurrency", (double)options->concurrency);
    struct json *latency = json_set(out, "latency_ms", json_object());
    static const double ranks[] = {50, 90, 95, 99, 100};
    static const char *const names[] = {"p50", "p90", "p95", "p99", "max"};
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
        json_set_number(latency, names[i], rounded(burst_percentile_ms(result, ranks[i])));
    json_set_number(out, "not_answered", (double)result->failed);
    json_set_number(out, "requests", (double)(result->answered + result->failed));
    double rate = result->seconds > 0 ? (double)result->answered / result->seconds : 0;
    json_set_number(out, "requests_per_second", rounded(rate));
    json_set_number(out, "seconds", rounded(result->seconds));
    struct json *statuses = json_set(out, "status", json_object());
    for (size_t i = 0; i < result->status_count; i++) {
        char status[16];
        snprintf(status, sizeof status, "%d", result->statuses[i].status);
        json_set_number(statuses, status, (double)result->statuses[i].count);
    }
    return out;
}
