#include "core/local/route/pool.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MS_US = 1000,
    AVOID_US = 100 * MS_US, /* an instance that refused a connection gets none for so long */
    MAX_REFUSALS = 50,
    MAX_UNREAD = 2, /* what kills workers before they have read it goes to no more of them */
};

static const int64_t copy_wait_us = 30 * 1000 * (int64_t)MS_US;

static void pool_dispatch(struct pool *pool);
static void pool_free(struct pool *pool);

static void pool_retry(struct loop_timer *timer)
{
    pool_dispatch((struct pool *)(void *)((char *)timer - offsetof(struct pool, retry)));
}

static void pool_task(struct loop_task *task)
{
    pool_dispatch((struct pool *)(void *)((char *)task - offsetof(struct pool, task)));
}

struct pool *pool_new(struct loop *loop, const char *key)
{
    struct pool *pool = mem_alloc(sizeof *pool);
    pool->loop = loop;
    snprintf(pool->key, sizeof pool->key, "%s", key);
    pool->retry.fire = pool_retry;
    pool->task.run = pool_task;
    pool->max_concurrent = 1;
    return pool;
}

void pool_hold(struct pool *pool)
{
    pool->jobs++;
}

void pool_release(struct pool *pool)
{
    pool->jobs--;
    if (pool->retired && !pool->jobs)
        loop_defer(pool->loop, &pool->task);
}

void pool_configure(struct pool *pool, const struct run_spec *spec)
{
    snprintf(pool->endpoint_key, sizeof pool->endpoint_key, "%s", spec->endpoint_key);
    snprintf(pool->name, sizeof pool->name, "%s", spec->deployment_name);
    snprintf(pool->scoring_path, sizeof pool->scoring_path, "%s",
             spec->scoring_path && spec->scoring_path[0] == '/' ? spec->scoring_path : "/score");
    pool->kubernetes = spec->kubernetes;
    pool->max_concurrent = spec->max_concurrent_requests > 0 ? spec->max_concurrent_requests : 1;
    pool->instance_count = spec->instance_count > 0 ? spec->instance_count : 1;
    pool->request_timeout_ms = spec->request_timeout_ms > 0 ? spec->request_timeout_ms : 5000;
    pool->queue_wait_ms = spec->queue_wait_ms > 0 ? spec->queue_wait_ms : 0;
}

/* ------------------------------------------------------------------ the queues */

static struct job_queue *queue_of(struct pool *pool, const struct job *job)
{
    return job->is_copy ? &pool->copies : &pool->waiting;
}

static void queue_add(struct job_queue *queue, struct job *job, bool in_front)
{
    job->next = in_front ? queue->first : NULL;
    job->previous = in_front ? NULL : queue->last;
    *(job->next ? &job->next->previous : &queue->last) = job;
    *(job->previous ? &job->previous->next : &queue->first) = job;
    queue->count++;
    queue->bytes += job->call.body_len;
    job->queued = true;
}

static void queue_remove(struct job_queue *queue, struct job *job)
{
    *(job->next ? &job->next->previous : &queue->last) = job->previous;
    *(job->previous ? &job->previous->next : &queue->first) = job->next;
    job->next = job->previous = NULL;
    queue->count--;
    queue->bytes -= job->call.body_len;
    job->queued = false;
}

static void job_set_running(struct job *job, bool running)
{
    if (job->is_copy && running != job->running)
        job->call.instance->copies += running ? 1 : (size_t)-1;
    job->running = running;
}

static void job_finish(struct job *job, enum job_result result)
{
    struct pool *pool = job->pool;
    if (job->queued)
        queue_remove(queue_of(pool, job), job);
    job_set_running(job, false);
    loop_cancel_timer(&job->timer);
    pool_release(pool);
    job->done(job, result);
}

/* ------------------------------------------------------------------ instances */

static bool is_better(const struct instance *instance, const struct instance *than)
{
    if (!than || instance->in_flight != than->in_flight)
        return !than || instance->in_flight < than->in_flight;
    return instance->last_turn < than->last_turn;
}

/*
 * The least busy instance with room, of equals the one that has been idle longest; one that just
 * failed this job only when no other has room.
 */
static struct instance *pool_pick(const struct pool *pool, const struct job *job, int64_t now_us)
{
    struct instance *best = NULL;
    struct instance *fallback = NULL;
    for (size_t i = 0; i < pool->count; i++) {
        struct instance *instance = pool->instances[i];
        if (instance->in_flight >= (size_t)pool->max_concurrent ||
            instance->avoid_until_us > now_us ||
            (job->is_copy && instance->copies >= POOL_RUNNING_COPIES))
            continue;
        if (instance == job->last)
            fallback = instance;
        else if (is_better(instance, best))
            best = instance;
    }
    return best ? best : fallback;
}

static void instance_vacant(struct instance *instance)
{
    struct pool *pool = instance->owner;
    if (pool && (pool->waiting.count || pool->copies.count))
        pool_dispatch(pool);
}

void pool_add(struct pool *pool, struct instance *instance)
{
    pool->instances =
        mem_grow(pool->instances, pool->count, &pool->capacity, sizeof(struct instance *));
    pool->instances[pool->count++] = instance;
    instance->vacant = instance_vacant;
    instance->owner = pool;
    loop_defer(pool->loop, &pool->task);
}

void pool_remove(struct pool *pool, struct instance *instance)
{
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->instances[i] != instance)
            continue;
        pool->instances[i] = pool->instances[--pool->count];
        instance->owner = NULL;
        instance->vacant = NULL;
        break;
    }
}

/* ------------------------------------------------------------------ running jobs */

static void job_timer(struct loop_timer *timer)
{
    struct job *job = (struct job *)(void *)((char *)timer - offsetof(struct job, timer));
    struct pool *pool = job->pool;
    bool late = loop_now_us(pool->loop) >= job->deadline_us;
    if (!late && job->queued && pool->count < (size_t)pool->instance_count) {
        /* queue_wait_ms is about busy instances. This one waits for one to come up. */
        loop_set_timer(pool->loop, &job->timer, job->deadline_us);
        return;
    }
    bool no_instance = job->queued && !pool->count;
    job_set_running(job, false);
    call_cancel(&job->call);
    job_finish(job, no_instance ? JOB_NOT_READY : late ? JOB_TIMED_OUT : JOB_WAITED);
    loop_defer(pool->loop, &pool->task);
}

static void pool_enqueue(struct pool *pool, struct job *job, bool in_front)
{
    queue_add(queue_of(pool, job), job, in_front);
    int64_t due_us =
        job->deadline_us < job->queue_deadline_us ? job->deadline_us : job->queue_deadline_us;
    loop_set_timer(pool->loop, &job->timer, due_us);
}

/* Nothing of the request has been worked on: it goes to the front of the queue once more. */
static void pool_try_again(struct pool *pool, struct job *job)
{
    job_set_running(job, false);
    pool_enqueue(pool, job, true);
    loop_defer(pool->loop, &pool->task);
}

static void job_called(struct call *call, enum call_result result)
{
    struct job *job = (struct job *)call;
    struct pool *pool = job->pool;
    if (result == CALL_ANSWERED) {
        job_finish(job, JOB_ANSWERED);
        return;
    }
    job->last = call->instance;
    if (result == CALL_REFUSED && job->refusals++ < MAX_REFUSALS) {
        call->instance->avoid_until_us = loop_now_us(pool->loop) + AVOID_US;
        pool_try_again(pool, job);
    } else if (result == CALL_UNREAD && job->unread++ < MAX_UNREAD) {
        pool_try_again(pool, job);
    } else {
        job_finish(job, JOB_BROKEN);
    }
}

static void pool_run(struct pool *pool, struct job *job, struct instance *instance)
{
    instance->last_turn = ++pool->turns;
    job->call.instance = instance;
    job_set_running(job, true);
    loop_set_timer(pool->loop, &job->timer, job->deadline_us);
    call_start(&job->call, instance);
}

static void fail_all(struct job_queue *queue)
{
    while (queue->first)
        job_finish(queue->first, JOB_NOT_READY);
}

/* Gives waiting jobs to instances with room. */
static void pool_dispatch(struct pool *pool)
{
    int64_t now_us = loop_now_us(pool->loop);
    if (pool->retired) {
        if (!pool->jobs)
            pool_free(pool);
        return;
    }
    if (!pool->count) {
        if (!pool->expecting) {
            fail_all(&pool->waiting);
            fail_all(&pool->copies);
        }
        return;
    }
    /* Bounded by what waited at first: a job that fails at once comes back to the queue. */
    for (size_t left = pool->waiting.count + pool->copies.count; left; left--) {
        struct job_queue *queue = pool->waiting.count ? &pool->waiting : &pool->copies;
        struct job *job = queue->first;
        struct instance *instance = job ? pool_pick(pool, job, now_us) : NULL;
        if (!instance)
            break;
        queue_remove(queue, job);
        pool_run(pool, job, instance);
    }
    if (pool->waiting.count || pool->copies.count)
        loop_set_timer(pool->loop, &pool->retry, clock_monotonic_us() + AVOID_US);
}

void pool_expect(struct pool *pool, bool expecting)
{
    pool->expecting = expecting;
    loop_defer(pool->loop, &pool->task);
}

static bool pool_is_crowded(const struct pool *pool, const struct job *job)
{
    if (job->is_copy)
        return pool->copies.count >= POOL_MAX_COPIES ||
               pool->copies.bytes + job->call.body_len > POOL_MAX_COPY_BYTES;
    size_t instances = (size_t)pool->instance_count;
    size_t pending = pool->waiting.count;
    for (size_t i = 0; i < pool->count; i++)
        pending += pool->instances[i]->in_flight - pool->instances[i]->copies;
    if (instances < pool->count)
        instances = pool->count;
    return pending >= 2 * (size_t)pool->max_concurrent * instances;
}

void pool_submit(struct pool *pool, struct job *job)
{
    int64_t now_us = loop_now_us(pool->loop);
    int64_t wait_us = pool->queue_wait_ms ? pool->queue_wait_ms * (int64_t)MS_US : INT64_MAX / 2;
    int64_t timeout_us = pool->request_timeout_ms * (int64_t)MS_US;
    job->pool = pool;
    job->call.done = job_called;
    job->timer.fire = job_timer;
    job->last = NULL;
    job->refusals = job->unread = 0;
    job->queued = job->running = false;
    job->deadline_us = now_us + timeout_us + (job->is_copy ? copy_wait_us : 0);
    job->queue_deadline_us = now_us + (job->is_copy ? copy_wait_us : wait_us);
    pool_hold(pool);
    struct job_queue *ahead = queue_of(pool, job);
    struct instance *instance = NULL;
    if (pool_is_crowded(pool, job)) {
        job_finish(job, JOB_CROWDED);
        return;
    }
    if (!ahead->count && !(job->is_copy && pool->waiting.count))
        instance = pool_pick(pool, job, now_us);
    if (instance)
        pool_run(pool, job, instance);
    else if (!pool->count && !pool->expecting)
        job_finish(job, JOB_NOT_READY);
    else
        pool_enqueue(pool, job, false);
}

void pool_withdraw(struct job *job)
{
    struct pool *pool = job->pool;
    if (job->queued)
        queue_remove(queue_of(pool, job), job);
    job_set_running(job, false);
    loop_cancel_timer(&job->timer);
    call_cancel(&job->call);
    pool_release(pool);
    loop_defer(pool->loop, &pool->task);
}

void pool_retire(struct pool *pool)
{
    pool->expecting = false;
    fail_all(&pool->waiting);
    fail_all(&pool->copies);
    pool->retired = true;
    loop_defer(pool->loop, &pool->task);
}

static void pool_free(struct pool *pool)
{
    loop_forget_timer(pool->loop, &pool->retry);
    loop_undefer(pool->loop, &pool->task);
    free(pool->instances);
    free(pool);
}
