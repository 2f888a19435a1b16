/*
 * The fastest model there is, to measure what stands in front of it: answers every HTTP request
 * on $PORT (or the port given) with 200 and a few bytes. One thread, epoll, keep-alive.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_CLIENTS = 4096, BUFFER = 65536, EVENTS = 256 };

struct client {
    char *bytes;
    size_t len;
};

static struct client clients[MAX_CLIENTS];

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                             "Content-Length: 13\r\n\r\n[12.5, 17.25]";

/* Length of the first whole request in the buffer, 0 when it is not whole. */
static size_t request_length(const char *bytes, size_t len)
{
    const char *end = memmem(bytes, len, "\r\n\r\n", 4);
    if (!end)
        return 0;
    size_t head = (size_t)(end - bytes) + 4;
    size_t body = 0;
    for (const char *line = bytes; line < end;) {
        const char *stop = memmem(line, (size_t)(bytes + head - line), "\r\n", 2);
        if (strncasecmp(line, "content-length:", 15) == 0)
            body = (size_t)strtoul(line + 15, NULL, 10);
        line = stop + 2;
    }
    return head + body <= len ? head + body : 0;
}

static bool serve(int fd)
{
    struct client *client = &clients[fd];
    ssize_t got = read(fd, client->bytes + client->len, BUFFER - client->len);
    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    client->len += (size_t)got;
    for (;;) {
        size_t used = request_length(client->bytes, client->len);
        if (!used)
            return client->len < BUFFER;
        if (write(fd, answer, sizeof answer - 1) != (ssize_t)sizeof answer - 1)
            return false;
        memmove(client->bytes, client->bytes + used, client->len - used);
        client->len -= used;
    }
}

static void drop(int fd)
{
    free(clients[fd].bytes);
    clients[fd].bytes = NULL;
    close(fd);
}

static void welcome(int epoll, int listener)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        if (fd >= MAX_CLIENTS) {
            close(fd);
            continue;
        }
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        clients[fd] = (struct client){.bytes = malloc(BUFFER)};
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (!clients[fd].bytes || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
            drop(fd);
    }
}

int main(int argc, char **argv)
{
    const char *port = argc > 1 ? argv[1] : getenv("PORT");
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtoul(port ? port : "0", NULL, 10)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 1024) != 0) {
        perror("answer");
        return 1;
    }
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        struct epoll_event ready[EVENTS];
        int count = epoll_wait(epoll, ready, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            if (ready[i].data.fd == listener)
                welcome(epoll, listener);
            else if (!serve(ready[i].data.fd))
                drop(ready[i].data.fd);
        }
    }
}
