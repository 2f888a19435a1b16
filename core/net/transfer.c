#include "core/net/transfer.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/strbuf.h"
#include "core/net/url.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include <dlfcn.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* Easy handles kept for the next request; making one costs more than resetting it. */
enum { MAX_IDLE_HANDLES = 256 };

struct transfer {
    struct transfer *next;
    net_id id;
    net_done_fn *done;
    void *context;
    CURL *easy;
    struct curl_slist *lines; /* request headers; one may hold the bearer token */
    char *body;
    char fault[CURL_ERROR_SIZE];
    int64_t deadline_us;
    bool once;
    bool loopback_only; /* carries a token over plain http */
    bool resolved;      /* its name is: removing it does not wait for the resolver's thread */
    bool sent;          /* bytes of the request may have left */
    bool abandoned;     /* cancelled while its name is resolved: ends by itself, unseen */
    bool refused_peer;  /* loopback_only, and the name led elsewhere */
    bool refused_again; /* once, and libcurl wanted to send it a second time */
    char origin[URL_HOST_SIZE + 20]; /* for messages: "https://host:port" */
    struct strbuf head;              /* answer's headers: name NUL value NUL ... */
    size_t head_count;
    struct net_header *headers; /* into `head`, made when the answer is whole */
    struct strbuf answer;
    struct net_response response;
};

/* A list that remembers its end. */
struct transfer_list {
    struct transfer *first;
    struct transfer *last;
    size_t count;
};

struct transfers {
    CURLM *multi; /* NULL until libcurl is loaded */
    struct transfer_list active;
    struct transfer_list ended;
    CURL *idle[MAX_IDLE_HANDLES];
    size_t idle_count;
    struct pollfd *sockets;
    size_t socket_count;
    size_t socket_capacity;
    int64_t curl_due_us; /* when libcurl wants to run; -1: never */
};

/* --- libcurl, loaded at run time ----------------------------------------------------------------
 */

/* The functions we call, under their names without "curl_". Filled once a process. */
static struct curl_api {
    __typeof__(curl_global_init) *global_init;
    __typeof__(curl_easy_init) *easy_init;
    __typeof__(curl_easy_reset) *easy_reset;
    __typeof__(curl_easy_cleanup) *easy_cleanup;
    __typeof__(curl_easy_setopt) *easy_setopt;
    __typeof__(curl_easy_getinfo) *easy_getinfo;
    __typeof__(curl_easy_strerror) *easy_strerror;
    __typeof__(curl_slist_append) *slist_append;
    __typeof__(curl_slist_free_all) *slist_free_all;
    __typeof__(curl_multi_init) *multi_init;
    __typeof__(curl_multi_setopt) *multi_setopt;
    __typeof__(curl_multi_add_handle) *multi_add_handle;
    __typeof__(curl_multi_remove_handle) *multi_remove_handle;
    __typeof__(curl_multi_socket_action) *multi_socket_action;
    __typeof__(curl_multi_info_read) *multi_info_read;
    __typeof__(curl_multi_cleanup) *multi_cleanup;
    bool loaded;
} curl;

static const struct {
    const char *name;
    size_t offset;
} curl_names[] = {
    {"curl_global_init", offsetof(struct curl_api, global_init)},
    {"curl_easy_init", offsetof(struct curl_api, easy_init)},
    {"curl_easy_reset", offsetof(struct curl_api, easy_reset)},
    {"curl_easy_cleanup", offsetof(struct curl_api, easy_cleanup)},
    {"curl_easy_setopt", offsetof(struct curl_api, easy_setopt)},
    {"curl_easy_getinfo", offsetof(struct curl_api, easy_getinfo)},
    {"curl_easy_strerror", offsetof(struct curl_api, easy_strerror)},
    {"curl_slist_append", offsetof(struct curl_api, slist_append)},
    {"curl_slist_free_all", offsetof(struct curl_api, slist_free_all)},
    {"curl_multi_init", offsetof(struct curl_api, multi_init)},
    {"curl_multi_setopt", offsetof(struct curl_api, multi_setopt)},
    {"curl_multi_add_handle", offsetof(struct curl_api, multi_add_handle)},
    {"curl_multi_remove_handle", offsetof(struct curl_api, multi_remove_handle)},
    {"curl_multi_socket_action", offsetof(struct curl_api, multi_socket_action)},
    {"curl_multi_info_read", offsetof(struct curl_api, multi_info_read)},
    {"curl_multi_cleanup", offsetof(struct curl_api, multi_cleanup)},
};

/* The same library under the names that distributions give its builds. */
static const char *const curl_libraries[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};

static bool load_library(struct error *error)
{
    void *library = NULL;
    if (curl.loaded)
        return true;
    for (size_t i = 0; !library && i < sizeof curl_libraries / sizeof curl_libraries[0]; i++)
        library = dlopen(curl_libraries[i], RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        error_set(error, ERROR_FAILED, "libcurl.so.4 can't be loaded: %s", dlerror());
        return error_hint(error, "Install libcurl (package libcurl4 on Debian and Ubuntu).");
    }
    for (size_t i = 0; i < sizeof curl_names / sizeof curl_names[0]; i++) {
        void *symbol = dlsym(library, curl_names[i].name);
        if (!symbol)
            return error_set(error, ERROR_FAILED, "libcurl has no %s", curl_names[i].name);
        /* POSIX promises that the bytes of the object pointer are those of the function's. */
        memcpy((char *)&curl + curl_names[i].offset, &symbol, sizeof symbol);
    }
    if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(error, ERROR_FAILED, "libcurl can't be initialised");
    curl.loaded = true; /* the library stays for the life of the process */
    return true;
}

static void set_long(CURL *easy, CURLoption option, long value)
{
    curl.easy_setopt(easy, option, value);
}

static void set_text(CURL *easy, CURLoption option, const char *value)
{
    curl.easy_setopt(easy, option, value);
}

/* --- lists --------------------------------------------------------------------------------------
 */

static void list_append(struct transfer_list *list, struct transfer *transfer)
{
    transfer->next = NULL;
    if (list->last)
        list->last->next = transfer;
    else
        list->first = transfer;
    list->last = transfer;
    list->count++;
}

static void list_remove(struct transfer_list *list, struct transfer *transfer)
{
    struct transfer *before = NULL;
    for (struct transfer *at = list->first; at != transfer; at = at->next)
        before = at;
    if (before)
        before->next = transfer->next;
    else
        list->first = transfer->next;
    if (list->last == transfer)
        list->last = before;
    list->count--;
}

static struct transfer *list_find(const struct transfer_list *list, net_id id)
{
    for (struct transfer *at = list->first; at; at = at->next)
        if (at->id == id && !at->abandoned)
            return at;
    return NULL;
}

/* --- one transfer -------------------------------------------------------------------------------
 */

static void free_transfer(struct transfer *transfer)
{
    for (struct curl_slist *line = transfer->lines; line; line = line->next)
        explicit_bzero(line->data, strlen(line->data));
    if (transfer->lines)
        curl.slist_free_all(transfer->lines);
    free(transfer->body);
    free(transfer->headers);
    strbuf_release(&transfer->head);
    strbuf_release(&transfer->answer);
    free(transfer);
}

static size_t on_header(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t len = size * count;
    if (len >= 5 && memcmp(data, "HTTP/", 5) == 0) { /* the real answer after a 1xx */
        strbuf_clear(&transfer->head);
        transfer->head_count = 0;
        return len;
    }
    size_t end = len;
    while (end && (data[end - 1] == '\r' || data[end - 1] == '\n'))
        end--;
    const char *colon = memchr(data, ':', end);
    if (!colon || memchr(data, '\0', end) || transfer->head_count == NET_MAX_HEADERS ||
        transfer->head.len + end + 2 > NET_MAX_HEADER_BYTES)
        return len;
    const char *value = colon + 1;
    while (value < data + end && (*value == ' ' || *value == '\t'))
        value++;
    strbuf_add(&transfer->head, data, (size_t)(colon - data));
    strbuf_putc(&transfer->head, '\0');
    strbuf_add(&transfer->head, value, (size_t)(data + end - value));
    strbuf_putc(&transfer->head, '\0');
    transfer->head_count++;
    return len;
}

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    strbuf_add(&transfer->answer, data, size * count);
    return transfer->answer.overflowed ? 0 : size * count;
}

/* A socket exists, so the name is resolved; it is not connected yet. */
static int on_socket_made(void *context, curl_socket_t socket, curlsocktype purpose)
{
    struct transfer *transfer = context;
    (void)socket;
    (void)purpose;
    transfer->resolved = true;
    return transfer->abandoned ? CURL_SOCKOPT_ERROR : CURL_SOCKOPT_OK;
}

/* Connected, on a new connection or a reused one, and about to send. */
/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's type */
static int on_before_sending(void *context, char *peer, char *local, int peer_port, int local_port)
{
    struct transfer *transfer = context;
    (void)local;
    (void)peer_port;
    (void)local_port;
    transfer->resolved = true;
    transfer->refused_peer = transfer->loopback_only && !url_host_is_loopback(peer);
    transfer->refused_again = transfer->once && transfer->sent;
    if (transfer->abandoned || transfer->refused_peer || transfer->refused_again)
        return CURL_PREREQFUNC_ABORT;
    transfer->sent = true;
    return CURL_PREREQFUNC_OK;
}

static bool is_clean(const char *text)
{
    for (; *text; text++)
        if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f)
            return false;
    return true;
}

static bool check_request(struct transfer *transfer, const struct net_request *request)
{
    struct error *error = &transfer->response.error;
    struct url url;
    if (!url_parse(request->url, &url)) {
        char *masked = url_mask(request->url ? request->url : "");
        error_set(error, ERROR_FAILED, "'%.200s' is no http or https URL", masked);
        free(masked);
        return false;
    }
    snprintf(transfer->origin, sizeof transfer->origin, "%s://%s:%d", url.tls ? "https" : "http",
             url.host, url.port);
    transfer->resolved = url_host_is_loopback(url.host);
    for (size_t i = 0; i < request->header_count; i++) {
        const char *line = request->headers[i];
        if (!strchr(line, ':') || !is_clean(line) || strncasecmp(line, "Authorization:", 14) == 0)
            return error_set(error, ERROR_FAILED, "a header of the request to %s is malformed",
                             transfer->origin);
    }
    if (!request->bearer || url.tls)
        return true;
    transfer->loopback_only = true;
    if (transfer->resolved)
        return true;
    error_set(error, ERROR_AUTH, "the token was not sent: %s is neither https nor this machine",
              transfer->origin);
    return error_hint(error, "Use an https URL.");
}

/* False when the line is no header that may be sent. */
static bool add_line(struct transfer *transfer, const char *line)
{
    struct curl_slist *lines = curl.slist_append(transfer->lines, line);
    if (lines)
        transfer->lines = lines;
    return lines;
}

static bool set_headers(struct transfer *transfer, const struct net_request *request)
{
    bool content_type = false;
    bool ok = add_line(transfer, "Expect:"); /* libcurl would ask for leave to send over 1 MiB */
    for (size_t i = 0; ok && i < request->header_count; i++) {
        ok = add_line(transfer, request->headers[i]);
        content_type |= strncasecmp(request->headers[i], "Content-Type:", 13) == 0;
    }
    if (ok && !content_type)
        ok = add_line(transfer, "Content-Type:"); /* or it would say that a body is a form */
    if (ok && request->bearer) {
        char *line = str_format("Authorization: Bearer %s", request->bearer);
        ok = is_clean(line) && add_line(transfer, line);
        str_free_secret(line);
    }
    if (!ok)
        return error_set(&transfer->response.error, ERROR_FAILED,
                         "the headers of the request to %s can't be sent", transfer->origin);
    curl.easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->lines);
    return true;
}

static void set_method(struct transfer *transfer, const struct net_request *request)
{
    CURL *easy = transfer->easy;
    bool post = strcmp(request->method, "POST") == 0;
    if (strcmp(request->method, "HEAD") == 0)
        set_long(easy, CURLOPT_NOBODY, 1);
    if (request->body || post) {
        size_t len = request->body ? request->body_len : 0;
        transfer->body = str_dup_n(len ? request->body : "", len);
        set_long(easy, CURLOPT_POST, 1);
        curl.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
        set_text(easy, CURLOPT_POSTFIELDS, transfer->body);
    }
    if (!post && strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0)
        set_text(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

/* The variables that the curl program reads for certificates; its library leaves them to us. */
static void set_certificates(CURL *easy)
{
    const char *file = getenv("CURL_CA_BUNDLE");
    const char *folder = getenv("SSL_CERT_DIR");
    if (!file || !*file)
        file = getenv("SSL_CERT_FILE");
    if (file && *file)
        set_text(easy, CURLOPT_CAINFO, file);
    if (folder && *folder)
        set_text(easy, CURLOPT_CAPATH, folder);
}

static void set_limits(struct transfer *transfer, const struct net_request *request)
{
    CURL *easy = transfer->easy;
    size_t max_answer = request->max_answer ? request->max_answer : NET_MAX_ANSWER;
    int connect_ms =
        request->connect_timeout_ms > 0 ? request->connect_timeout_ms : NET_CONNECT_TIMEOUT_MS;
    int total_ms = request->timeout_ms > 0 ? request->timeout_ms : NET_TIMEOUT_MS;
    strbuf_init(&transfer->answer, max_answer);
    set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
    curl.easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)max_answer);
    /* The whole is timed by us: libcurl's own limit can be missed with the socket interface. */
    transfer->deadline_us = clock_monotonic_us() + (int64_t)total_ms * 1000;
}

static void set_options(struct transfer *transfer, const struct net_request *request)
{
    CURL *easy = transfer->easy;
    curl.easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->fault);
    curl.easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl.easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl.easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl.easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket_made);
    curl.easy_setopt(easy, CURLOPT_SOCKOPTDATA, transfer);
    curl.easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_before_sending);
    curl.easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
    set_text(easy, CURLOPT_URL, request->url);
    set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set_text(easy, CURLOPT_USERAGENT, "cutover/" CUTOVER_VERSION);
    set_text(easy, CURLOPT_ACCEPT_ENCODING, "");
    set_long(easy, CURLOPT_FOLLOWLOCATION, 0);
    set_long(easy, CURLOPT_NOSIGNAL, 1);
    set_long(easy, CURLOPT_TCP_NODELAY, 1);
    set_long(easy, CURLOPT_TCP_KEEPALIVE, 1);
    set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
    if (transfer->resolved) /* loopback */
        set_text(easy, CURLOPT_NOPROXY, "*");
    set_certificates(easy);
}

/* --- the end of a transfer ----------------------------------------------------------------------
 */

static void keep_handle(struct transfers *all, CURL *easy)
{
    if (all->idle_count == MAX_IDLE_HANDLES) {
        curl.easy_cleanup(easy);
        return;
    }
    curl.easy_reset(easy);
    all->idle[all->idle_count++] = easy;
}

/* Moves a transfer from `active` to `ended`, its response complete. */
static void end(struct transfers *all, struct transfer *transfer)
{
    list_remove(&all->active, transfer);
    if (transfer->easy) {
        curl.multi_remove_handle(all->multi, transfer->easy);
        keep_handle(all, transfer->easy);
        transfer->easy = NULL;
    }
    if (transfer->abandoned) {
        free_transfer(transfer);
        return;
    }
    transfer->response.never_sent = !transfer->sent;
    list_append(&all->ended, transfer);
}

static int64_t read_time(CURL *easy, CURLINFO info)
{
    curl_off_t us = 0;
    curl.easy_getinfo(easy, info, &us);
    return us;
}

static void read_answer(struct transfer *transfer)
{
    struct net_response *response = &transfer->response;
    long status = 0;
    curl.easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    response->status = (int)status;
    response->total_us = read_time(transfer->easy, CURLINFO_TOTAL_TIME_T);
    response->first_byte_us = read_time(transfer->easy, CURLINFO_STARTTRANSFER_TIME_T);
    response->body = transfer->answer.text;
    response->body_len = transfer->answer.len;
    transfer->headers = mem_alloc_array(transfer->head_count + 1, sizeof *transfer->headers);
    const char *at = transfer->head.text;
    for (size_t i = 0; i < transfer->head_count; i++) {
        transfer->headers[i].name = at;
        at += strlen(at) + 1;
        transfer->headers[i].value = at;
        at += strlen(at) + 1;
    }
    response->headers = transfer->headers;
    response->header_count = transfer->head_count;
}

static void explain(struct transfer *transfer, CURLcode code)
{
    struct error *error = &transfer->response.error;
    const char *reason = transfer->fault[0] ? transfer->fault : curl.easy_strerror(code);
    if (transfer->refused_peer) {
        error_set(error, ERROR_AUTH, "the token was not sent: %s leads away from this machine",
                  transfer->origin);
    } else if (transfer->refused_again) {
        error_set(error, ERROR_NETWORK,
                  "%s closed the connection before it answered; the request was not repeated",
                  transfer->origin);
    } else if (transfer->answer.overflowed || code == CURLE_FILESIZE_EXCEEDED) {
        error_set(error, ERROR_LIMIT, "the answer of %s is larger than %zu bytes", transfer->origin,
                  transfer->answer.limit);
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
        error_set(error, ERROR_TIMEOUT, "%s can't be reached in time: %s", transfer->origin,
                  reason);
    } else {
        error_set(error, ERROR_NETWORK, "%s: %s", transfer->origin, reason);
    }
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
        error_hint(error, "Name your certificate authority's file in SSL_CERT_FILE.");
    else if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY)
        error_hint(error, "Check the name, the network and the proxy variables.");
}

static void expire(struct transfers *all, struct transfer *transfer)
{
    error_set(&transfer->response.error, ERROR_TIMEOUT, "%s did not answer in time",
              transfer->origin);
    if (transfer->resolved) {
        read_answer(transfer);
        end(all, transfer);
        return;
    }
    /* Removing it now would wait for the resolver: it stays, unseen, and a stand-in ends for it. */
    struct transfer *shell = mem_alloc(sizeof *shell);
    shell->id = transfer->id;
    shell->done = transfer->done;
    shell->context = transfer->context;
    shell->response = transfer->response;
    shell->response.body = "";
    shell->response.never_sent = true;
    transfer->abandoned = true;
    list_append(&all->ended, shell);
}

/* --- libcurl's wishes ---------------------------------------------------------------------------
 */

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *of_socket)
{
    struct transfers *all = context;
    size_t i = 0;
    (void)easy;
    (void)of_socket;
    while (i < all->socket_count && all->sockets[i].fd != socket)
        i++;
    if (what == CURL_POLL_REMOVE) {
        if (i < all->socket_count)
            all->sockets[i] = all->sockets[--all->socket_count];
        return 0;
    }
    if (i == all->socket_count) {
        all->sockets = mem_grow(all->sockets, i, &all->socket_capacity, sizeof *all->sockets);
        all->socket_count++;
    }
    short events = 0;
    if (what & CURL_POLL_IN)
        events |= POLLIN;
    if (what & CURL_POLL_OUT)
        events |= POLLOUT;
    all->sockets[i] = (struct pollfd){.fd = socket, .events = events};
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *context)
{
    struct transfers *all = context;
    (void)multi;
    all->curl_due_us = ms < 0 ? -1 : clock_monotonic_us() + (int64_t)ms * 1000;
    return 0;
}

/* --- the interface ------------------------------------------------------------------------------
 */

struct transfers *transfers_new(void)
{
    struct transfers *all = mem_alloc(sizeof *all);
    all->curl_due_us = -1;
    return all;
}

bool transfers_load(struct transfers *all, struct error *error)
{
    if (all->multi)
        return true;
    if (!load_library(error))
        return false;
    all->multi = curl.multi_init();
    if (!all->multi)
        return error_set(error, ERROR_FAILED, "libcurl makes no multi handle");
    curl.multi_setopt(all->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl.multi_setopt(all->multi, CURLMOPT_SOCKETDATA, all);
    curl.multi_setopt(all->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl.multi_setopt(all->multi, CURLMOPT_TIMERDATA, all);
    return true;
}

static void free_list(struct transfers *all, struct transfer_list *list)
{
    while (list->first) {
        struct transfer *transfer = list->first;
        list_remove(list, transfer);
        if (transfer->easy) {
            set_long(transfer->easy, CURLOPT_QUICK_EXIT, 1);
            curl.multi_remove_handle(all->multi, transfer->easy);
            curl.easy_cleanup(transfer->easy);
        }
        free_transfer(transfer);
    }
}

void transfers_free(struct transfers *all)
{
    free_list(all, &all->active);
    free_list(all, &all->ended);
    while (all->idle_count)
        curl.easy_cleanup(all->idle[--all->idle_count]);
    if (all->multi)
        curl.multi_cleanup(all->multi);
    free(all->sockets);
    free(all);
}

static bool prepare(struct transfers *all, struct transfer *transfer,
                    const struct net_request *request)
{
    struct error *error = &transfer->response.error;
    if (!check_request(transfer, request) || !transfers_load(all, error))
        return false;
    transfer->easy = all->idle_count ? all->idle[--all->idle_count] : curl.easy_init();
    if (!transfer->easy)
        return error_set(error, ERROR_FAILED, "libcurl makes no handle");
    set_options(transfer, request);
    set_limits(transfer, request);
    set_method(transfer, request);
    if (set_headers(transfer, request) &&
        curl.multi_add_handle(all->multi, transfer->easy) == CURLM_OK)
        return true;
    keep_handle(all, transfer->easy);
    transfer->easy = NULL;
    if (error->kind == ERROR_NONE)
        error_set(error, ERROR_FAILED, "libcurl takes no request to %s", transfer->origin);
    return false;
}

void transfers_start(struct transfers *all, net_id id, const struct net_request *request,
                     net_done_fn *done, void *context)
{
    struct transfer *transfer = mem_alloc(sizeof *transfer);
    transfer->id = id;
    transfer->done = done;
    transfer->context = context;
    transfer->once = request->once;
    transfer->response.body = "";
    strbuf_init(&transfer->head, NET_MAX_HEADER_BYTES);
    if (prepare(all, transfer, request)) {
        list_append(&all->active, transfer);
    } else {
        transfer->response.never_sent = true;
        list_append(&all->ended, transfer);
    }
}

bool transfers_cancel(struct transfers *all, net_id id)
{
    struct transfer *transfer = list_find(&all->active, id);
    if (transfer) {
        transfer->abandoned = true;
        if (transfer->resolved)
            end(all, transfer);
        return true;
    }
    transfer = list_find(&all->ended, id);
    if (!transfer)
        return false;
    list_remove(&all->ended, transfer);
    free_transfer(transfer);
    return true;
}

size_t transfers_pending(const struct transfers *all)
{
    size_t count = all->ended.count;
    for (const struct transfer *at = all->active.first; at; at = at->next)
        count += !at->abandoned;
    return count;
}

const struct pollfd *transfers_sockets(const struct transfers *all, size_t *out_count)
{
    *out_count = all->socket_count;
    return all->sockets;
}

int64_t transfers_due_us(const struct transfers *all)
{
    int64_t due = all->curl_due_us;
    for (const struct transfer *at = all->active.first; at; at = at->next)
        if (!at->abandoned && (due < 0 || at->deadline_us < due))
            due = at->deadline_us;
    return due;
}

static void end_finished(struct transfers *all)
{
    int left;
    for (CURLMsg *message; (message = curl.multi_info_read(all->multi, &left));) {
        struct transfer *transfer = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        /* The message dies with the handle: copy before end(). */
        CURLcode code = message->data.result;
        curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        read_answer(transfer);
        if (code != CURLE_OK)
            explain(transfer, code);
        end(all, transfer);
    }
}

static void expire_overdue(struct transfers *all)
{
    int64_t now = clock_monotonic_us();
    struct transfer *next;
    for (struct transfer *at = all->active.first; at; at = next) {
        next = at->next;
        if (!at->abandoned && at->deadline_us <= now)
            expire(all, at);
    }
}

void transfers_advance(struct transfers *all, const struct pollfd *ready, size_t count)
{
    int running;
    if (!all->multi)
        return;
    for (size_t i = 0; i < count; i++) {
        int mask = 0;
        if (ready[i].revents & (POLLIN | POLLHUP))
            mask |= CURL_CSELECT_IN;
        if (ready[i].revents & POLLOUT)
            mask |= CURL_CSELECT_OUT;
        if (ready[i].revents & (POLLERR | POLLNVAL))
            mask |= CURL_CSELECT_ERR;
        curl.multi_socket_action(all->multi, ready[i].fd, mask, &running);
    }
    if (all->curl_due_us >= 0 && all->curl_due_us <= clock_monotonic_us()) {
        all->curl_due_us = -1; /* libcurl arms it anew if it wants to */
        curl.multi_socket_action(all->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    end_finished(all);
    expire_overdue(all);
}

size_t transfers_ended(const struct transfers *all)
{
    return all->ended.count;
}

void transfers_deliver(struct transfers *all)
{
    struct transfer *transfer = all->ended.first;
    if (!transfer)
        return;
    list_remove(&all->ended, transfer);
    transfer->done(transfer->context, &transfer->response);
    free_transfer(transfer);
}
