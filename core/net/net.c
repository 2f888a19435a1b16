#include "core/net/net.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/net/transfer.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct timer {
    net_id id;
    int64_t due_us;
    net_timer_fn *fire;
    void *context;
};

struct net {
    struct transfers *transfers;
    struct timer *timers;
    size_t timer_count;
    size_t timer_capacity;
    struct pollfd *polled; /* scratch of net_wait(): the caller's, wake_fd, libcurl's */
    size_t polled_capacity;
    struct pollfd *ready; /* libcurl's sockets found ready, for net_dispatch() */
    size_t ready_count;
    size_t ready_capacity;
    net_id last_id;
    int wake_fd; /* eventfd of net_interrupt() */
    volatile sig_atomic_t interrupted;
};

struct net *net_new(void)
{
    struct net *net = mem_alloc(sizeof *net);
    net->transfers = transfers_new();
    net->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return net;
}

void net_free(struct net *net)
{
    if (!net)
        return;
    transfers_free(net->transfers);
    if (net->wake_fd >= 0)
        close(net->wake_fd);
    free(net->timers);
    free(net->polled);
    free(net->ready);
    free(net);
}

bool net_load(struct net *net, struct error *error)
{
    return transfers_load(net->transfers, error);
}

net_id net_send(struct net *net, const struct net_request *request, net_done_fn *done,
                void *context)
{
    net_id id = ++net->last_id;
    transfers_start(net->transfers, id, request, done, context);
    return id;
}

net_id net_after(struct net *net, int ms, net_timer_fn *fire, void *context)
{
    net->timers =
        mem_grow(net->timers, net->timer_count, &net->timer_capacity, sizeof *net->timers);
    net->timers[net->timer_count++] = (struct timer){
        .id = ++net->last_id,
        .due_us = clock_monotonic_us() + (int64_t)(ms > 0 ? ms : 0) * 1000,
        .fire = fire,
        .context = context,
    };
    return net->last_id;
}

static void remove_timer(struct net *net, size_t index)
{
    net->timers[index] = net->timers[--net->timer_count];
}

void net_cancel(struct net *net, net_id id)
{
    if (!id || transfers_cancel(net->transfers, id))
        return;
    for (size_t i = 0; i < net->timer_count; i++) {
        if (net->timers[i].id == id) {
            remove_timer(net, i);
            return;
        }
    }
}

size_t net_pending(const struct net *net)
{
    return transfers_pending(net->transfers);
}

/* When net_dispatch() has something to do at the latest, in monotonic microseconds; -1: never. */
static int64_t due_us(const struct net *net)
{
    int64_t due = transfers_due_us(net->transfers);
    for (size_t i = 0; i < net->timer_count; i++)
        if (due < 0 || net->timers[i].due_us < due)
            due = net->timers[i].due_us;
    return due;
}

/* The shorter of the caller's limit and our own need, as poll() takes it. */
static int poll_timeout(const struct net *net, int limit_ms)
{
    if (transfers_ended(net->transfers))
        return 0;
    int64_t due = due_us(net);
    if (due < 0)
        return limit_ms;
    int64_t left_us = due - clock_monotonic_us();
    int64_t left_ms = left_us <= 0 ? 0 : (left_us + 999) / 1000; /* up: early is once for nothing */
    if (left_ms > INT_MAX)
        left_ms = INT_MAX;
    return limit_ms >= 0 && limit_ms < left_ms ? limit_ms : (int)left_ms;
}

static struct pollfd *grow(struct pollfd *items, size_t *capacity, size_t count)
{
    if (count <= *capacity)
        return items;
    *capacity = count * 2;
    return mem_resize_array(items, *capacity, sizeof *items);
}

/* Copies libcurl's sockets that are ready: acting on one edits the list they came from. */
static void keep_ready(struct net *net, const struct pollfd *sockets, size_t count)
{
    net->ready_count = 0;
    net->ready = grow(net->ready, &net->ready_capacity, count);
    for (size_t i = 0; i < count; i++)
        if (sockets[i].revents)
            net->ready[net->ready_count++] = sockets[i];
}

int net_wait(struct net *net, struct pollfd *fds, size_t count, int timeout_ms)
{
    size_t socket_count;
    const struct pollfd *sockets = transfers_sockets(net->transfers, &socket_count);
    size_t total = count + 1 + socket_count;
    net->polled = grow(net->polled, &net->polled_capacity, total);
    if (count)
        memcpy(net->polled, fds, count * sizeof *fds);
    net->polled[count] = (struct pollfd){.fd = net->wake_fd, .events = POLLIN};
    if (socket_count)
        memcpy(net->polled + count + 1, sockets, socket_count * sizeof *sockets);

    int found = poll(net->polled, total, poll_timeout(net, timeout_ms));
    for (size_t i = 0; i < count; i++)
        fds[i].revents = found > 0 ? net->polled[i].revents : 0;
    net->ready_count = 0;
    if (found <= 0)
        return 0; /* time is up, or a signal came */

    uint64_t drained;
    if (net->polled[count].revents && read(net->wake_fd, &drained, sizeof drained) < 0 &&
        errno != EAGAIN)
        net->interrupted = 1;
    keep_ready(net, net->polled + count + 1, socket_count);
    int ready = 0;
    for (size_t i = 0; i < count; i++)
        ready += fds[i].revents != 0;
    return ready;
}

/* Fires what is due; a timer set by a callback waits for the next dispatch. */
static void fire_timers(struct net *net)
{
    int64_t now = clock_monotonic_us();
    net_id newest = net->last_id;
    for (;;) {
        size_t first = SIZE_MAX;
        for (size_t i = 0; i < net->timer_count; i++) {
            const struct timer *timer = &net->timers[i];
            if (timer->id <= newest && timer->due_us <= now &&
                (first == SIZE_MAX || timer->due_us < net->timers[first].due_us))
                first = i;
        }
        if (first == SIZE_MAX)
            return;
        struct timer timer = net->timers[first];
        remove_timer(net, first);
        timer.fire(timer.context);
    }
}

void net_dispatch(struct net *net)
{
    transfers_advance(net->transfers, net->ready, net->ready_count);
    net->ready_count = 0;
    /* Only those that have ended by now: a callback that sends anew may not hold the loop. */
    for (size_t left = transfers_ended(net->transfers); left; left--)
        transfers_deliver(net->transfers);
    fire_timers(net);
}

void net_interrupt(struct net *net)
{
    int saved = errno;
    uint64_t one = 1;
    net->interrupted = 1;
    /* A full counter wakes as well, so there is nothing to do about a failure. */
    ssize_t written = write(net->wake_fd, &one, sizeof one);
    (void)written;
    errno = saved;
}

bool net_run_until(struct net *net, const bool *done, struct error *error)
{
    while (!*done) {
        if (net->interrupted) {
            net->interrupted = 0;
            return error_set(error, ERROR_CANCELLED, "interrupted");
        }
        net_wait(net, NULL, 0, -1);
        net_dispatch(net);
    }
    return true;
}

const char *net_header(const struct net_response *response, const char *name)
{
    for (size_t i = 0; i < response->header_count; i++)
        if (strcasecmp(response->headers[i].name, name) == 0)
            return response->headers[i].value;
    return NULL;
}
