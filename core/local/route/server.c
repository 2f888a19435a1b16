#include "core/local/route/server.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/strbuf.h"
#include "core/local/route/buffer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
    SECOND_US = 1000000,
    IDLE_US = 75 * SECOND_US,       /* between requests */
    HEAD_US = 15 * SECOND_US,       /* from the first byte of a head to its last */
    TRANSFER_US = 30 * SECOND_US,   /* a body or an answer, and more as it moves: */
    TRANSFER_BYTES_A_S = 32 * 1024, /* the slowest peer that is borne */
    LINGER_US = 2 * SECOND_US,      /* reading on after an error, so that the answer arrives */
    LINGER_BYTES = 1024 * 1024,
    ACCEPT_RETRY_US = SECOND_US / 10, /* after running out of descriptors */
    ACCEPTS_A_TURN = 64,
    REQUESTS_A_TURN = 16, /* of one connection, before others have their turn */
    READ_BYTES = 16 * 1024,
    READ_BODY_BYTES = 256 * 1024,
    KEEP_BYTES = 32 * 1024, /* memory that an idle connection may hold on to */
    ANSWER_HEAD_BYTES = 96 * 1024,
};

enum client_state { CLIENT_HEAD, CLIENT_BODY, CLIENT_HANDLING, CLIENT_WRITING, CLIENT_LINGER };

struct client {
    struct exchange exchange; /* first: an exchange is its client */
    struct loop_watch watch;
    struct loop_timer timer;
    struct loop_task task;
    struct server *server;
    struct client *next;
    struct client *previous;
    enum client_state state;
    bool advancing;     /* client_advance() is on the stack and will see a changed state */
    bool dead;          /* to be freed when it returns */
    bool readable;      /* the socket may hold more */
    bool half_closed;   /* the peer sends no more */
    bool keep;          /* after this answer */
    bool linger;        /* after this answer, unread bytes may be coming */
    int requests;       /* served in this turn */
    size_t moved;       /* bytes of the present body or answer */
    int64_t phase_us;   /* when the present body or answer began */
    int64_t idle_us;    /* when it last became idle */
    struct buffer in;   /* a head and, where it has a length, its body; then what came ahead */
    struct buffer body; /* of chunks */
    struct buffer out;
    struct http_head head;
    struct http_body decoder;
};

struct server {
    struct server_options options;
    struct loop_watch watch;
    struct loop_timer retry;
    struct loop_task accept_task;
    bool listening;
    bool full;
    size_t client_count;
    struct client *clients;
    struct client *dead; /* closed in this turn */
    time_t date_second;
    char date[64];
};

static void client_advance(struct client *client);

/* ------------------------------------------------------------------ connections */

static void client_free(struct client *client)
{
    struct server *server = client->server;
    loop_undefer(server->options.loop, &client->task);
    if (client->next)
        client->next->previous = client->previous;
    *(client->previous ? &client->previous->next : &server->dead) = client->next;
    buffer_release(&client->in);
    buffer_release(&client->body);
    buffer_release(&client->out);
    free(client);
}

static void client_link(struct client *client, struct client **list)
{
    client->previous = NULL;
    client->next = *list;
    if (client->next)
        client->next->previous = client;
    *list = client;
}

/*
 * Ends the connection now; what was being handled for it is told. The memory goes at the end of
 * the turn, so that whoever is at work on the client can still look at `dead`.
 */
static void client_drop(struct client *client)
{
    struct server *server = client->server;
    struct loop *loop = server->options.loop;
    if (client->dead)
        return;
    client->dead = true;
    if (client->state == CLIENT_HANDLING && client->exchange.abandoned)
        client->exchange.abandoned(&client->exchange);
    loop_remove(loop, &client->watch);
    loop_forget_timer(loop, &client->timer);
    close(client->watch.fd);
    if (client->next)
        client->next->previous = client->previous;
    *(client->previous ? &client->previous->next : &server->clients) = client->next;
    client_link(client, &server->dead);
    loop_defer(loop, &client->task);
    server->client_count--;
    if (server->full && server->listening) {
        server->full = false;
        loop_defer(loop, &server->accept_task);
    }
}

static void client_arm(struct client *client, int64_t due_us)
{
    loop_set_timer(client->server->options.loop, &client->timer, due_us);
}

/* The deadline of a body or an answer: more bytes give more time. */
static void client_arm_transfer(struct client *client)
{
    int64_t earned = (int64_t)(client->moved / TRANSFER_BYTES_A_S) * SECOND_US;
    client_arm(client, client->phase_us + TRANSFER_US + earned);
}

static void client_timer(struct loop_timer *timer)
{
    client_drop((struct client *)(void *)((char *)timer - offsetof(struct client, timer)));
}

static void client_task(struct loop_task *task)
{
    struct client *client = (struct client *)(void *)((char *)task - offsetof(struct client, task));
    if (client->dead) {
        client_free(client);
        return;
    }
    client->requests = 0;
    client_advance(client);
}

static void client_ready(struct loop_watch *watch, uint32_t events)
{
    struct client *client =
        (struct client *)(void *)((char *)watch - offsetof(struct client, watch));
    if (events & (EPOLLHUP | EPOLLERR)) {
        client_drop(client);
        return;
    }
    if (events & EPOLLRDHUP)
        client->half_closed = true;
    if (events & (EPOLLIN | EPOLLRDHUP))
        client->readable = true;
    client->requests = 0;
    if (client->state != CLIENT_HANDLING)
        client_advance(client);
}

static void client_begin(struct server *server, int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct client *client = mem_alloc(sizeof *client);
    client->server = server;
    client->watch = (struct loop_watch){.fd = fd, .ready = client_ready};
    client->timer.fire = client_timer;
    client->task.run = client_task;
    client_link(client, &server->clients);
    server->client_count++;
    client->idle_us = loop_now_us(server->options.loop);
    client_arm(client, client->idle_us + HEAD_US);
    if (!loop_add(server->options.loop, &client->watch))
        client_drop(client);
}

static bool client_is_idle(const struct client *client)
{
    return client->state == CLIENT_HEAD && buffer_len(&client->in) == 0;
}

/* Makes room for a new connection by closing the one that has been idle longest. */
static bool server_evict(struct server *server)
{
    struct client *oldest = NULL;
    for (struct client *c = server->clients; c; c = c->next)
        if (client_is_idle(c) && !c->advancing && (!oldest || c->idle_us < oldest->idle_us))
            oldest = c;
    if (oldest)
        client_drop(oldest);
    return oldest != NULL;
}

static void server_accept(struct server *server)
{
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        if (server->client_count >= server->options.max_clients && !server_evict(server)) {
            server->full = true;
            return;
        }
        int fd = accept4(server->watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            client_begin(server, fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            loop_set_timer(server->options.loop, &server->retry,
                           clock_monotonic_us() + ACCEPT_RETRY_US);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
    loop_defer(server->options.loop, &server->accept_task);
}

static void server_ready(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    server_accept((struct server *)(void *)((char *)watch - offsetof(struct server, watch)));
}

static void server_retry(struct loop_timer *timer)
{
    server_accept((struct server *)(void *)((char *)timer - offsetof(struct server, retry)));
}

static void server_task(struct loop_task *task)
{
    server_accept((struct server *)(void *)((char *)task - offsetof(struct server, accept_task)));
}

struct server *server_new(const struct server_options *options, struct error *error)
{
    struct server *server = mem_alloc(sizeof *server);
    server->options = *options;
    server->watch = (struct loop_watch){.fd = options->listener, .ready = server_ready};
    server->retry.fire = server_retry;
    server->accept_task.run = server_task;
    if (!loop_add(options->loop, &server->watch)) {
        error_set(error, ERROR_FAILED, "cannot watch the listening socket: %s", strerror(errno));
        free(server);
        return NULL;
    }
    server->listening = true;
    return server;
}

void server_close_listener(struct server *server)
{
    if (!server->listening)
        return;
    server->listening = false;
    loop_remove(server->options.loop, &server->watch);
    loop_forget_timer(server->options.loop, &server->retry);
    loop_undefer(server->options.loop, &server->accept_task);
    close(server->watch.fd);
}

void server_free(struct server *server)
{
    if (!server)
        return;
    server_close_listener(server);
    while (server->clients)
        client_drop(server->clients);
    while (server->dead)
        client_free(server->dead);
    free(server);
}

/* ------------------------------------------------------------------ answers */

static const char *server_date(struct server *server)
{
    time_t now = time(NULL);
    if (now != server->date_second) {
        char date[CLOCK_ISO_SIZE];
        clock_format_http(date, (int64_t)now * 1000);
        snprintf(server->date, sizeof server->date, "date: %s\r\n", date);
        server->date_second = now;
    }
    return server->date;
}

static char *put(char *at, const char *bytes, size_t len)
{
    memcpy(at, bytes, len);
    return at + len;
}

static char *put_text(char *at, const char *text)
{
    return put(at, text, strlen(text));
}

static char *put_number(char *at, size_t value)
{
    char digits[24];
    size_t count = 0;
    do
        digits[count++] = (char)('0' + value % 10);
    while (value /= 10);
    while (count)
        *at++ = digits[--count];
    return at;
}

/* Writes both parts; what the socket does not take is kept for later. */
static void client_send(struct client *client, const char *head, size_t head_len, const char *body,
                        size_t body_len)
{
    size_t sent = 0;
    if (buffer_len(&client->out) == 0) {
        struct iovec parts[2] = {{.iov_base = (void *)(uintptr_t)head, .iov_len = head_len},
                                 {.iov_base = (void *)(uintptr_t)body, .iov_len = body_len}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = body_len ? 2 : 1};
        ssize_t put_bytes = sendmsg(client->watch.fd, &message, MSG_NOSIGNAL);
        if (put_bytes < 0 && errno != EAGAIN && errno != EINTR) {
            client_drop(client);
            return;
        }
        sent = put_bytes > 0 ? (size_t)put_bytes : 0;
    }
    client->moved += sent;
    if (sent < head_len) {
        buffer_add(&client->out, head + sent, head_len - sent);
        sent = head_len;
    }
    size_t body_sent = sent - head_len;
    if (body_sent < body_len)
        buffer_add(&client->out, body + body_sent, body_len - body_sent);
}

void exchange_answer(struct exchange *exchange, int status, const char *headers, size_t headers_len,
                     const char *body, size_t body_len)
{
    static char answer[ANSWER_HEAD_BYTES + 512];
    struct client *client = (struct client *)exchange;
    if (headers_len > ANSWER_HEAD_BYTES) {
        status = 502;
        headers_len = body_len = 0;
    }
    char *at = put_text(answer, "HTTP/1.1 ");
    at = put_number(at, (size_t)status);
    *at++ = ' ';
    at = put_text(at, http_reason(status));
    at = put(at, "\r\n", 2);
    at = put_text(at, server_date(client->server));
    if (headers_len)
        at = put(at, headers, headers_len);
    bool bodiless = status == 204 || status == 304;
    if (!bodiless) {
        at = put_text(at, "content-length: ");
        at = put_number(at, body_len);
        at = put(at, "\r\n", 2);
    }
    if (!client->keep)
        at = put_text(at, "connection: close\r\n");
    else if (client->head.minor == 0)
        at = put_text(at, "connection: keep-alive\r\n");
    at = put(at, "\r\n", 2);
    if (bodiless || http_is(buffer_bytes(&client->in), client->head.method, "HEAD"))
        body_len = 0;
    client->state = CLIENT_WRITING;
    client->phase_us = loop_now_us(client->server->options.loop);
    client->moved = 0;
    bool outside = !client->advancing;
    client->advancing = true;
    client_send(client, answer, (size_t)(at - answer), body, body_len);
    if (outside) {
        client->advancing = false;
        if (!client->dead)
            client_advance(client);
    }
}

/* Answers what could not even be read; the connection ends with it. */
static void client_refuse(struct client *client, const struct http_fault *fault)
{
    char body[512];
    int len = snprintf(body, sizeof body, "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}",
                       fault->status == 413 ? "RequestTooLarge" : "BadRequest", fault->text);
    static const char type[] = "content-type: application/json; charset=utf-8\r\n";
    client->keep = false;
    client->linger = true;
    client->head.method.len = 0; /* nothing of it can be relied on, HEAD neither */
    exchange_answer(&client->exchange, fault->status, type, sizeof type - 1, body, (size_t)len);
}

/* ------------------------------------------------------------------ requests */

/* Reads once. False when there is nothing more now, or ever. */
static bool client_read(struct client *client)
{
    if (!client->readable)
        return false;
    size_t room =
        client->state == CLIENT_BODY && client->moved > READ_BYTES ? READ_BODY_BYTES : READ_BYTES;
    char *into = buffer_reserve(&client->in, room);
    ssize_t got = recv(client->watch.fd, into, room, 0);
    if (got > 0) {
        buffer_commit(&client->in, (size_t)got);
        client->moved += (size_t)got;
        /* A short read has emptied the socket; the end of the stream shows only by reading on. */
        if ((size_t)got < room && !client->half_closed)
            client->readable = false;
        return true;
    }
    if (got < 0 && errno == EINTR)
        return true;
    client->readable = false;
    if (got == 0 || errno != EAGAIN)
        client_drop(client);
    return false;
}

static void client_begin_body(struct client *client)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    client->state = CLIENT_BODY;
    client->keep = client->head.keep_alive;
    client->moved = buffer_len(&client->in) - client->head.len;
    client->phase_us = loop_now_us(client->server->options.loop);
    http_body_start(&client->decoder, &client->head, HTTP_MAX_BODY);
    if (client->head.expects_continue && client->moved == 0 && client->head.body != HTTP_BODY_NONE)
        client_send(client, go_on, sizeof go_on - 1, NULL, 0);
}

/* True when the whole body is there; exchange.body and body_len are set then. */
static enum http_progress client_collect(struct client *client, struct http_fault *fault)
{
    size_t after = buffer_len(&client->in) - client->head.len;
    if (client->head.body == HTTP_BODY_CHUNKED) {
        size_t used;
        enum http_progress progress =
            http_body_feed(&client->decoder, buffer_bytes(&client->in) + client->head.len, after,
                           &used, &client->body, fault);
        buffer_remove(&client->in, client->head.len, used);
        client->exchange.body = buffer_bytes(&client->body);
        client->exchange.body_len = buffer_len(&client->body);
        return progress;
    }
    size_t length = client->head.body == HTTP_BODY_LENGTH ? (size_t)client->head.content_length : 0;
    client->exchange.body = buffer_bytes(&client->in) + client->head.len;
    client->exchange.body_len = length;
    return after >= length ? HTTP_DONE : HTTP_MORE;
}

static enum http_progress client_parse(struct client *client, struct http_fault *fault)
{
    if (client->state == CLIENT_HEAD) {
        enum http_progress progress = http_parse_request(&client->head, buffer_bytes(&client->in),
                                                         buffer_len(&client->in), fault);
        if (progress != HTTP_DONE)
            return progress;
        if (client->head.body == HTTP_BODY_LENGTH && client->head.content_length > HTTP_MAX_BODY) {
            *fault = (struct http_fault){413, "The body is larger than 64 MiB."};
            return HTTP_BAD;
        }
        client_begin_body(client);
    }
    return client_collect(client, fault);
}

/* Takes the finished request off and waits for the next. */
static void client_next(struct client *client)
{
    size_t taken = client->head.len;
    if (client->head.body == HTTP_BODY_LENGTH)
        taken += (size_t)client->head.content_length;
    buffer_take(&client->in, taken);
    if (buffer_len(&client->in) == 0)
        buffer_clear(&client->in, KEEP_BYTES);
    buffer_clear(&client->body, 0);
    buffer_clear(&client->out, KEEP_BYTES);
    http_head_reset(&client->head);
    client->state = CLIENT_HEAD;
    client->idle_us = loop_now_us(client->server->options.loop);
    client->requests++;
    client_arm(client, client->idle_us + IDLE_US);
}

/* What is still coming is read and thrown away, so that no reset overtakes the answer. */
static void client_linger(struct client *client)
{
    char waste[READ_BYTES];
    if (client->state != CLIENT_LINGER) {
        client->state = CLIENT_LINGER;
        client->moved = 0;
        client->readable = true;
        shutdown(client->watch.fd, SHUT_WR);
        client_arm(client, loop_now_us(client->server->options.loop) + LINGER_US);
    }
    while (client->moved < LINGER_BYTES) {
        ssize_t got = recv(client->watch.fd, waste, sizeof waste, 0);
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0)
            break;
        client->moved += (size_t)got;
    }
    client_drop(client);
}

static void client_flush(struct client *client)
{
    while (buffer_len(&client->out)) {
        ssize_t put_bytes = send(client->watch.fd, buffer_bytes(&client->out),
                                 buffer_len(&client->out), MSG_NOSIGNAL);
        if (put_bytes < 0 && errno == EINTR)
            continue;
        if (put_bytes < 0) {
            if (errno == EAGAIN)
                client_arm_transfer(client);
            else
                client_drop(client);
            return;
        }
        client->moved += (size_t)put_bytes;
        buffer_take(&client->out, (size_t)put_bytes);
    }
}

/* The answer is being written. False when that has to wait. */
static bool client_write(struct client *client)
{
    client_flush(client);
    if (client->dead || buffer_len(&client->out))
        return false;
    if (client->linger) {
        client_linger(client);
        return false;
    }
    if (!client->keep) {
        client_drop(client);
        return false;
    }
    client_next(client);
    if (client->requests < REQUESTS_A_TURN)
        return true;
    loop_defer(client->server->options.loop, &client->task);
    return false;
}

/* A request is being read. False when that has to wait. */
static bool client_receive(struct client *client)
{
    struct http_fault fault = {400, "The request can't be read."};
    enum http_progress progress = HTTP_MORE;
    bool had_bytes = buffer_len(&client->in) != 0;
    if (had_bytes || client->state == CLIENT_BODY)
        progress = client_parse(client, &fault);
    if (client->dead)
        return false;
    if (progress == HTTP_BAD) {
        client_refuse(client, &fault);
        return true;
    }
    if (progress == HTTP_DONE) {
        loop_cancel_timer(&client->timer);
        client->state = CLIENT_HANDLING;
        struct exchange *exchange = &client->exchange;
        exchange->head = &client->head;
        exchange->bytes = buffer_bytes(&client->in);
        exchange->arrived_us = clock_monotonic_us();
        exchange->owner = NULL;
        exchange->abandoned = NULL;
        client->server->options.handle(client->server->options.context, exchange);
        return true;
    }
    if (client_read(client))
        return true;
    if (client->dead)
        return false;
    if (client->state == CLIENT_BODY) {
        client_flush(client); /* a 100 Continue that did not fit */
        if (!client->dead)
            client_arm_transfer(client);
    } else if (had_bytes && client->timer.due_us > client->idle_us + HEAD_US) {
        client->idle_us = loop_now_us(client->server->options.loop);
        client_arm(client, client->idle_us + HEAD_US);
    }
    return false;
}

/* Goes on as far as the socket and the handler allow. */
static void client_advance(struct client *client)
{
    bool more = true;
    client->advancing = true;
    while (more && !client->dead) {
        switch (client->state) {
        case CLIENT_HEAD:
        case CLIENT_BODY:
            more = client_receive(client);
            break;
        case CLIENT_HANDLING:
            more = false;
            break;
        case CLIENT_WRITING:
            more = client_write(client);
            break;
        case CLIENT_LINGER:
            client_linger(client);
            more = false;
            break;
        }
    }
    client->advancing = false;
}
