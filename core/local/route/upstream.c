#include "core/local/route/upstream.h"

#include "core/base/alloc.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    READ_BYTES = 16 * 1024,
    READ_BODY_BYTES = 256 * 1024,
    KEEP_BYTES = 64 * 1024,
    MAX_INTERIM = 8, /* 1xx answers before the real one */
};

struct upstream {
    struct loop_watch watch;
    struct instance *instance;
    struct call *call; /* NULL: idle */
    struct upstream *next_idle;
    bool ended;      /* the peer sends no more */
    bool any_answer; /* a byte of the present answer has come */
    bool in_body;
    int interim;
    struct buffer in;   /* the answer's head and, where it has a length, its body */
    struct buffer body; /* of chunks, or until close */
    struct http_head head;
    struct http_body decoder;
};

void instance_init(struct instance *instance, struct loop *loop, uint16_t port)
{
    memset(instance, 0, sizeof *instance);
    instance->loop = loop;
    instance->port = port;
}

static void upstream_close(struct upstream *upstream)
{
    loop_remove(upstream->instance->loop, &upstream->watch);
    close(upstream->watch.fd);
    buffer_release(&upstream->in);
    buffer_release(&upstream->body);
    free(upstream);
}

void instance_release(struct instance *instance)
{
    while (instance->idle) {
        struct upstream *upstream = instance->idle;
        instance->idle = upstream->next_idle;
        upstream_close(upstream);
    }
    instance->idle_count = 0;
}

/* Parts the connection from its call. */
static struct call *upstream_detach(struct upstream *upstream)
{
    struct call *call = upstream->call;
    upstream->call = NULL;
    call->connection = NULL;
    upstream->instance->in_flight -= !call->is_probe;
    return call;
}

static void upstream_fail(struct upstream *upstream, enum call_result result)
{
    struct instance *instance = upstream->instance;
    struct call *call = upstream_detach(upstream);
    upstream_close(upstream);
    call->done(call, result);
    if (instance->vacant)
        instance->vacant(instance);
}

static void upstream_keep(struct upstream *upstream)
{
    struct instance *instance = upstream->instance;
    buffer_clear(&upstream->in, KEEP_BYTES);
    buffer_clear(&upstream->body, 0);
    upstream->next_idle = instance->idle;
    instance->idle = upstream;
    instance->idle_count++;
}

/* The whole answer is there. */
static void upstream_answered(struct upstream *upstream)
{
    struct http_head *head = &upstream->head;
    struct instance *instance = upstream->instance;
    struct call *call = upstream_detach(upstream);
    size_t whole = head->len;
    call->answer = head;
    call->answer_bytes = buffer_bytes(&upstream->in);
    call->answer_body = call->answer_bytes + head->len;
    call->answer_body_len = 0;
    if (head->body == HTTP_BODY_LENGTH) {
        call->answer_body_len = (size_t)head->content_length;
        whole += call->answer_body_len;
    } else if (head->body != HTTP_BODY_NONE) {
        call->answer_body = buffer_bytes(&upstream->body);
        call->answer_body_len = buffer_len(&upstream->body);
    }
    bool sent_all = call->sent == buffer_len(&call->head) + call->body_len;
    bool keep = head->keep_alive && !upstream->ended && sent_all &&
                buffer_len(&upstream->in) == whole && instance->idle_count < UPSTREAM_MAX_IDLE;
    call->done(call, CALL_ANSWERED);
    if (keep)
        upstream_keep(upstream);
    else
        upstream_close(upstream);
    if (instance->vacant)
        instance->vacant(instance);
}

/*
 * True when the worker can't have read all that was sent. A socket that is closed (also by the
 * worker's death) with bytes unread, or that bytes reach afterwards, answers with a reset; one that
 * had everything read is ended in order, with everything acknowledged.
 */
static bool upstream_is_unread(const struct upstream *upstream)
{
    struct tcp_info info = {.tcpi_unacked = 0};
    int fault = 0;
    socklen_t fault_len = sizeof fault;
    socklen_t info_len = sizeof info;
    if (!upstream->ended)
        return true;
    getsockopt(upstream->watch.fd, SOL_SOCKET, SO_ERROR, &fault, &fault_len);
    getsockopt(upstream->watch.fd, IPPROTO_TCP, TCP_INFO, &info, &info_len);
    return fault != 0 || info.tcpi_unacked != 0;
}

/* The connection ended (`ended`) or was reset before the answer was complete. */
static void upstream_lost(struct upstream *upstream)
{
    if (upstream->in_body && upstream->head.body == HTTP_BODY_UNTIL_CLOSE && upstream->ended)
        upstream_answered(upstream);
    else if (upstream->any_answer)
        upstream_fail(upstream, CALL_BROKEN);
    else if (!upstream->call->sent)
        upstream_fail(upstream, CALL_REFUSED);
    else
        upstream_fail(upstream, upstream_is_unread(upstream) ? CALL_UNREAD : CALL_BROKEN);
}

static enum http_progress upstream_parse_head(struct upstream *upstream)
{
    for (;;) {
        enum http_progress progress =
            http_parse_response(&upstream->head, upstream->call->method,
                                buffer_bytes(&upstream->in), buffer_len(&upstream->in), NULL);
        if (progress != HTTP_DONE || upstream->head.status >= 200)
            return progress;
        if (upstream->head.status == 101 || ++upstream->interim > MAX_INTERIM)
            return HTTP_BAD;
        buffer_take(&upstream->in, upstream->head.len);
        http_head_reset(&upstream->head);
    }
}

static enum http_progress upstream_parse(struct upstream *upstream)
{
    struct http_head *head = &upstream->head;
    if (!upstream->in_body) {
        enum http_progress progress = upstream_parse_head(upstream);
        if (progress != HTTP_DONE)
            return progress;
        if (head->body == HTTP_BODY_LENGTH && head->content_length > HTTP_MAX_BODY)
            return HTTP_BAD;
        upstream->in_body = true;
        http_body_start(&upstream->decoder, head, HTTP_MAX_BODY);
    }
    size_t after = buffer_len(&upstream->in) - head->len;
    if (head->body == HTTP_BODY_NONE)
        return HTTP_DONE;
    if (head->body == HTTP_BODY_LENGTH)
        return after >= head->content_length ? HTTP_DONE : HTTP_MORE;
    size_t used;
    enum http_progress progress =
        http_body_feed(&upstream->decoder, buffer_bytes(&upstream->in) + head->len, after, &used,
                       &upstream->body, NULL);
    buffer_remove(&upstream->in, head->len, used);
    return progress;
}

static void upstream_read(struct upstream *upstream)
{
    for (;;) {
        size_t room = upstream->in_body ? READ_BODY_BYTES : READ_BYTES;
        ssize_t got = recv(upstream->watch.fd, buffer_reserve(&upstream->in, room), room, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0) {
            upstream->ended = got == 0;
            upstream_lost(upstream);
            return;
        }
        buffer_commit(&upstream->in, (size_t)got);
        upstream->any_answer = true;
        enum http_progress progress = upstream_parse(upstream);
        if (progress == HTTP_DONE) {
            upstream_answered(upstream);
            return;
        }
        if (progress == HTTP_BAD) {
            upstream_fail(upstream, CALL_BROKEN);
            return;
        }
        if ((size_t)got < room && !upstream->ended)
            return;
    }
}

/* Sends what the socket takes. False when the call has failed and is gone. */
static bool upstream_write(struct upstream *upstream)
{
    struct call *call = upstream->call;
    size_t head_len = buffer_len(&call->head);
    while (call->sent < head_len + call->body_len) {
        struct iovec parts[2];
        size_t count = 0;
        size_t body_sent = call->sent > head_len ? call->sent - head_len : 0;
        if (call->sent < head_len)
            parts[count++] = (struct iovec){
                (void *)(uintptr_t)(buffer_bytes(&call->head) + call->sent), head_len - call->sent};
        if (body_sent < call->body_len)
            parts[count++] = (struct iovec){(void *)(uintptr_t)(call->body + body_sent),
                                            call->body_len - body_sent};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
        ssize_t put = sendmsg(upstream->watch.fd, &message, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && errno == EAGAIN)
            return true;
        if (put < 0) {
            /* An answer may have come before the connection was closed: 413, for one. */
            upstream_read(upstream);
            return false;
        }
        call->sent += (size_t)put;
    }
    return true;
}

static void upstream_drop_idle(struct upstream *upstream)
{
    struct instance *instance = upstream->instance;
    for (struct upstream **at = &instance->idle; *at; at = &(*at)->next_idle) {
        if (*at == upstream) {
            *at = upstream->next_idle;
            instance->idle_count--;
            break;
        }
    }
    upstream_close(upstream);
}

static void upstream_ready(struct loop_watch *watch, uint32_t events)
{
    struct upstream *upstream = (struct upstream *)(void *)watch;
    uint32_t incoming = events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR);
    if (!upstream->call) {
        /* Nothing is owed to an idle connection: bytes on it are as bad as its end. */
        if (incoming)
            upstream_drop_idle(upstream);
        return;
    }
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        upstream->ended = true; /* so that reading goes on to the very end */
    if ((events & EPOLLOUT) && !(events & (EPOLLERR | EPOLLHUP)) && !upstream_write(upstream))
        return;
    if (incoming)
        upstream_read(upstream);
}

static struct upstream *upstream_open(struct instance *instance)
{
    int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(instance->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return NULL;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct upstream *upstream = mem_alloc(sizeof *upstream);
    upstream->watch = (struct loop_watch){.fd = fd, .ready = upstream_ready};
    upstream->instance = instance;
    if ((connect(fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS) ||
        !loop_add(instance->loop, &upstream->watch)) {
        close(fd);
        free(upstream);
        return NULL;
    }
    return upstream;
}

void call_start(struct call *call, struct instance *instance)
{
    struct upstream *upstream = instance->idle;
    call->sent = 0;
    call->instance = instance;
    if (upstream) {
        instance->idle = upstream->next_idle;
        instance->idle_count--;
    } else {
        upstream = upstream_open(instance);
        if (!upstream) {
            call->done(call, CALL_REFUSED);
            return;
        }
    }
    upstream->ended = upstream->any_answer = upstream->in_body = false;
    upstream->interim = 0;
    http_head_reset(&upstream->head);
    upstream->call = call;
    call->connection = upstream;
    instance->in_flight += !call->is_probe;
    upstream_write(upstream);
}

void call_cancel(struct call *call)
{
    if (!call->connection)
        return;
    struct upstream *upstream = call->connection;
    struct instance *instance = upstream->instance;
    upstream_detach(upstream);
    upstream_close(upstream);
    if (instance->vacant)
        instance->vacant(instance);
}
