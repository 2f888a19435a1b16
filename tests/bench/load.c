/*
 * load HOST:PORT PATH CONNECTIONS REQUESTS BODY-FILE [HEADER]...
 *
 * Sends a bounded number of POSTs over kept connections from one thread, each as soon as the one
 * before it is answered. Prints one JSON object: requests/s, failures, latency percentiles.
 * Addresses on this machine only.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 1024, MAX_REQUESTS = 2000000, BUFFER = 32768, REQUEST_MAX = 65536 };

struct connection {
    int fd;
    size_t len;
    int64_t sent_us;
    char bytes[BUFFER];
};

static struct connection connections[MAX_CONNECTIONS];
static char request[REQUEST_MAX];
static size_t request_len;
static uint32_t *latencies;
static size_t answered;
static size_t failed;

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool send_request(struct connection *connection)
{
    connection->len = 0;
    connection->sent_us = now_us();
    return write(connection->fd, request, request_len) == (ssize_t)request_len;
}

/* 1: an answer is whole, 0: not yet, -1: no HTTP or too long. */
static int whole(const struct connection *connection, int *status)
{
    const char *end = memmem(connection->bytes, connection->len, "\r\n\r\n", 4);
    if (!end)
        return connection->len < BUFFER ? 0 : -1;
    size_t head = (size_t)(end - connection->bytes) + 4;
    size_t body = 0;
    if (connection->len < 12 || memcmp(connection->bytes, "HTTP/1.1 ", 9) != 0)
        return -1;
    *status = (int)strtol(connection->bytes + 9, NULL, 10);
    for (const char *line = connection->bytes; line < end;) {
        const char *stop = memmem(line, (size_t)(end + 2 - line), "\r\n", 2);
        if (strncasecmp(line, "content-length:", 15) == 0)
            body = (size_t)strtoul(line + 15, NULL, 10);
        line = stop + 2;
    }
    if (head + body > BUFFER)
        return -1;
    return connection->len >= head + body;
}

static bool take_answer(struct connection *connection)
{
    ssize_t got =
        read(connection->fd, connection->bytes + connection->len, BUFFER - connection->len);
    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    connection->len += (size_t)got;
    int status = 0;
    int state = whole(connection, &status);
    if (state <= 0)
        return state == 0;
    latencies[answered++] = (uint32_t)(now_us() - connection->sent_us);
    failed += status != 200;
    connection->sent_us = 0;
    return true;
}

static int by_size(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

static bool open_all(int epoll, uint16_t port, size_t count)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (size_t i = 0; i < count; i++) {
        int on = 1;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        connections[i].fd = fd;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};
        if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
            return false;
    }
    return true;
}

static bool build_request(int argc, char **argv)
{
    static char body[BUFFER];
    FILE *file = fopen(argv[5], "rb");
    if (!file)
        return false;
    size_t len = fread(body, 1, sizeof body, file);
    fclose(file);
    FILE *out = fmemopen(request, sizeof request, "w");
    fprintf(out, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n", argv[2], argv[1], len);
    for (int i = 6; i < argc; i++)
        fprintf(out, "%s\r\n", argv[i]);
    fputs("\r\n", out);
    fwrite(body, 1, len, out);
    request_len = (size_t)ftell(out);
    return fclose(out) == 0;
}

int main(int argc, char **argv)
{
    const char *colon = argc > 5 ? strrchr(argv[1], ':') : NULL;
    if (!colon || strncmp(argv[1], "127.0.0.1:", 10) != 0 || !build_request(argc, argv)) {
        fputs("usage: load 127.0.0.1:PORT PATH CONNECTIONS REQUESTS BODY-FILE [HEADER]...\n",
              stderr);
        return 2;
    }
    size_t count = strtoul(argv[3], NULL, 10);
    size_t total = strtoul(argv[4], NULL, 10);
    if (!count || count > MAX_CONNECTIONS || total < count || total > MAX_REQUESTS)
        return 2;
    latencies = calloc(total, sizeof *latencies);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!latencies || !open_all(epoll, (uint16_t)strtoul(colon + 1, NULL, 10), count)) {
        perror("load");
        return 1;
    }
    int64_t started = now_us();
    size_t sent = 0;
    bool broken = false;
    for (size_t i = 0; i < count; i++, sent++)
        broken |= !send_request(&connections[i]);
    while (!broken && answered < total) {
        struct epoll_event ready[64];
        int got = epoll_wait(epoll, ready, 64, 10000);
        broken = got <= 0;
        for (int i = 0; i < got && !broken; i++) {
            struct connection *connection = &connections[ready[i].data.u64];
            broken = !take_answer(connection);
            if (!broken && !connection->sent_us && sent < total) {
                broken = !send_request(connection);
                sent++;
            }
        }
    }
    double seconds = (double)(now_us() - started) / 1e6;
    qsort(latencies, answered, sizeof *latencies, by_size);
    size_t last = answered ? answered - 1 : 0;
    printf("{\"rps\": %.0f, \"answered\": %zu, \"failed\": %zu, \"broken\": %s, \"p50_ms\": %.3f, "
           "\"p99_ms\": %.3f}\n",
           (double)answered / seconds, answered, failed, broken ? "true" : "false",
           latencies[last / 2] / 1e3, latencies[last * 99 / 100] / 1e3);
    return broken;
}
