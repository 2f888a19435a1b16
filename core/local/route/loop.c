#include "core/local/route/loop.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_A_TURN = 128 };

struct loop {
    int epoll;
    bool stopped;
    int64_t now_us;
    struct epoll_event events[EVENTS_A_TURN];
    int event_count; /* of this turn; those of removed watches are blanked */
    struct loop_timer **heap;
    size_t heap_count;
    size_t heap_capacity;
    struct loop_task tasks; /* head of a ring */
};

struct loop *loop_new(struct error *error)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) {
        error_set(error, ERROR_FAILED, "cannot create an epoll descriptor: %s", strerror(errno));
        return NULL;
    }
    struct loop *loop = mem_alloc(sizeof *loop);
    loop->epoll = epoll;
    loop->now_us = clock_monotonic_us();
    loop->tasks.next = loop->tasks.previous = &loop->tasks;
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    close(loop->epoll);
    free(loop->heap);
    free(loop);
}

bool loop_add(struct loop *loop, struct loop_watch *watch)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                .data.ptr = watch};
    return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, watch->fd, &event) == 0;
}

void loop_remove(struct loop *loop, struct loop_watch *watch)
{
    epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
    for (int i = 0; i < loop->event_count; i++)
        if (loop->events[i].data.ptr == watch)
            loop->events[i].data.ptr = NULL;
}

static void heap_put(struct loop *loop, size_t slot, struct loop_timer *timer)
{
    loop->heap[slot - 1] = timer;
    timer->heap_slot = slot;
}

static void heap_up(struct loop *loop, struct loop_timer *timer)
{
    size_t slot = timer->heap_slot;
    while (slot > 1 && loop->heap[slot / 2 - 1]->heap_us > timer->heap_us) {
        heap_put(loop, slot, loop->heap[slot / 2 - 1]);
        slot /= 2;
    }
    heap_put(loop, slot, timer);
}

static void heap_down(struct loop *loop, struct loop_timer *timer)
{
    size_t slot = timer->heap_slot;
    for (;;) {
        size_t child = slot * 2;
        if (child > loop->heap_count)
            break;
        if (child < loop->heap_count && loop->heap[child]->heap_us < loop->heap[child - 1]->heap_us)
            child++;
        if (loop->heap[child - 1]->heap_us >= timer->heap_us)
            break;
        heap_put(loop, slot, loop->heap[child - 1]);
        slot = child;
    }
    heap_put(loop, slot, timer);
}

void loop_set_timer(struct loop *loop, struct loop_timer *timer, int64_t due_us)
{
    timer->due_us = due_us;
    if (!timer->heap_slot) {
        loop->heap = mem_grow(loop->heap, loop->heap_count, &loop->heap_capacity,
                              sizeof(struct loop_timer *));
        timer->heap_us = due_us;
        heap_put(loop, ++loop->heap_count, timer);
        heap_up(loop, timer);
    } else if (due_us < timer->heap_us) {
        timer->heap_us = due_us;
        heap_up(loop, timer);
    }
}

void loop_cancel_timer(struct loop_timer *timer)
{
    timer->due_us = INT64_MAX;
}

void loop_forget_timer(struct loop *loop, struct loop_timer *timer)
{
    size_t slot = timer->heap_slot;
    timer->due_us = INT64_MAX;
    if (!slot)
        return;
    timer->heap_slot = 0;
    struct loop_timer *last = loop->heap[--loop->heap_count];
    if (last == timer)
        return;
    heap_put(loop, slot, last);
    heap_up(loop, last);
    heap_down(loop, last);
}

void loop_defer(struct loop *loop, struct loop_task *task)
{
    if (task->next)
        return;
    task->next = &loop->tasks;
    task->previous = loop->tasks.previous;
    task->previous->next = task;
    loop->tasks.previous = task;
}

void loop_undefer(struct loop *loop, struct loop_task *task)
{
    (void)loop;
    if (!task->next)
        return;
    task->previous->next = task->next;
    task->next->previous = task->previous;
    task->next = task->previous = NULL;
}

int64_t loop_now_us(const struct loop *loop)
{
    return loop->now_us;
}

static void fire_timers(struct loop *loop)
{
    while (loop->heap_count && loop->heap[0]->heap_us <= loop->now_us) {
        struct loop_timer *timer = loop->heap[0];
        if (timer->due_us == INT64_MAX) {
            loop_forget_timer(loop, timer);
        } else if (timer->due_us > loop->now_us) {
            timer->heap_us = timer->due_us;
            heap_down(loop, timer);
        } else {
            loop_forget_timer(loop, timer);
            timer->fire(timer);
        }
    }
}

/* Tasks that a task puts off wait for the next turn, so that no one keeps the loop from waiting. */
static void run_tasks(struct loop *loop)
{
    struct loop_task *last = loop->tasks.previous;
    if (last == &loop->tasks)
        return;
    struct loop_task mark = {.run = NULL};
    loop_defer(loop, &mark);
    while (loop->tasks.next != &mark) {
        struct loop_task *task = loop->tasks.next;
        loop_undefer(loop, task);
        task->run(task);
    }
    loop_undefer(loop, &mark);
}

static int wait_ms(const struct loop *loop, int timeout_ms)
{
    if (loop->tasks.next != &loop->tasks)
        return 0;
    if (!loop->heap_count)
        return timeout_ms;
    int64_t left_us = loop->heap[0]->heap_us - clock_monotonic_us();
    int64_t left_ms = left_us <= 0 ? 0 : (left_us + 999) / 1000;
    if (timeout_ms >= 0 && left_ms > timeout_ms)
        return timeout_ms;
    return left_ms > 3600000 ? 3600000 : (int)left_ms;
}

void loop_turn(struct loop *loop, int timeout_ms)
{
    int count = epoll_wait(loop->epoll, loop->events, EVENTS_A_TURN, wait_ms(loop, timeout_ms));
    loop->event_count = count > 0 ? count : 0;
    loop->now_us = clock_monotonic_us();
    for (int i = 0; i < loop->event_count; i++) {
        struct loop_watch *watch = loop->events[i].data.ptr;
        if (watch)
            watch->ready(watch, loop->events[i].events);
    }
    loop->event_count = 0;
    fire_timers(loop);
    run_tasks(loop);
}

void loop_run(struct loop *loop)
{
    while (!loop->stopped)
        loop_turn(loop, -1);
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}
