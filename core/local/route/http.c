#include "core/local/route/http.h"

#include <string.h>
#include <strings.h>

enum { MAX_METHOD = 32, MAX_LENGTH_DIGITS = 15, MAX_EMPTY_LINES = 4 };

static enum http_progress refuse(struct http_fault *fault, int status, const char *text)
{
    if (fault)
        *fault = (struct http_fault){status, text};
    return HTTP_BAD;
}

/* RFC 9110 tchar: what names of methods and headers are made of. */
static bool is_token_byte(unsigned char byte)
{
    static const unsigned char table[128] = {
        ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1, ['&'] = 1, ['\''] = 1, ['*'] = 1, ['+'] = 1,
        ['-'] = 1, ['.'] = 1, ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1,  ['4'] = 1, ['5'] = 1,
        ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1, ['A'] = 1, ['B'] = 1,  ['C'] = 1, ['D'] = 1,
        ['E'] = 1, ['F'] = 1, ['G'] = 1, ['H'] = 1, ['I'] = 1, ['J'] = 1,  ['K'] = 1, ['L'] = 1,
        ['M'] = 1, ['N'] = 1, ['O'] = 1, ['P'] = 1, ['Q'] = 1, ['R'] = 1,  ['S'] = 1, ['T'] = 1,
        ['U'] = 1, ['V'] = 1, ['W'] = 1, ['X'] = 1, ['Y'] = 1, ['Z'] = 1,  ['^'] = 1, ['_'] = 1,
        ['`'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1,  ['f'] = 1, ['g'] = 1,
        ['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1, ['m'] = 1,  ['n'] = 1, ['o'] = 1,
        ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1, ['u'] = 1,  ['v'] = 1, ['w'] = 1,
        ['x'] = 1, ['y'] = 1, ['z'] = 1, ['|'] = 1, ['~'] = 1,
    };
    return byte < 128 && table[byte];
}

static bool is_value_byte(unsigned char byte)
{
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

bool http_is(const char *bytes, struct http_span span, const char *text)
{
    size_t len = strlen(text);
    return span.len == len && memcmp(bytes + span.at, text, len) == 0;
}

bool http_is_nocase(const char *bytes, struct http_span span, const char *text)
{
    size_t len = strlen(text);
    return span.len == len && strncasecmp(bytes + span.at, text, len) == 0;
}

void http_head_reset(struct http_head *head)
{
    /* The headers themselves are 2 kB that nobody reads past header_count. */
    memset(head, 0, offsetof(struct http_head, headers));
}

static enum http_field field_of(const char *name, size_t len)
{
    static const struct {
        const char *name;
        size_t len;
        enum http_field field;
    } fields[] = {
#define FIELD(text, field) {text, sizeof(text) - 1, field}
        FIELD("host", HTTP_HOST),
        FIELD("content-length", HTTP_CONTENT_LENGTH),
        FIELD("connection", HTTP_CONNECTION),
        FIELD("authorization", HTTP_AUTHORIZATION),
        FIELD("azureml-model-deployment", HTTP_DEPLOYMENT),
        FIELD("transfer-encoding", HTTP_TRANSFER_ENCODING),
        FIELD("x-request-id", HTTP_REQUEST_ID),
        FIELD("x-ms-request-id", HTTP_MS_REQUEST_ID),
        FIELD("x-ms-client-request-id", HTTP_CLIENT_REQUEST_ID),
        FIELD("server", HTTP_SERVER),
        FIELD("date", HTTP_DATE),
        FIELD("expect", HTTP_EXPECT),
        FIELD("keep-alive", HTTP_HOP),
        FIELD("te", HTTP_HOP),
        FIELD("trailer", HTTP_HOP),
        FIELD("upgrade", HTTP_HOP),
        FIELD("proxy-connection", HTTP_HOP),
        FIELD("proxy-authorization", HTTP_HOP),
        FIELD("proxy-authenticate", HTTP_HOP),
        FIELD("ms-azureml-model-error-reason", HTTP_MODEL_ERROR),
        FIELD("ms-azureml-model-error-statuscode", HTTP_MODEL_ERROR),
#undef FIELD
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (fields[i].len == len && strncasecmp(fields[i].name, name, len) == 0)
            return fields[i].field;
    return HTTP_OTHER;
}

static struct http_span span_between(const char *bytes, const char *from, const char *to)
{
    return (struct http_span){(uint32_t)(from - bytes), (uint32_t)(to - from)};
}

/* "HTTP/1.0" and "HTTP/1.1" of 8 bytes; -1 for what is no HTTP version, -2 for another one. */
static int parse_version(const char *at, size_t len)
{
    if (len != 8 || memcmp(at, "HTTP/", 5) != 0 || at[6] != '.')
        return -1;
    if (at[5] < '0' || at[5] > '9' || at[7] < '0' || at[7] > '9')
        return -1;
    if (at[5] != '1')
        return -2;
    return at[7] == '0' ? 0 : 1;
}

static bool parse_target(struct http_head *head, const char *bytes, const char *at, const char *end)
{
    for (const char *p = at; p < end; p++)
        if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7f || *p == '#')
            return false;
    if (end - at == 1 && *at == '*' && http_is(bytes, head->method, "OPTIONS")) {
        head->path = span_between(bytes, at, end);
        return true;
    }
    /* The absolute form, as clients send it to a proxy: what counts here is the path. */
    if (end - at > 7 && strncasecmp(at, "http://", 7) == 0) {
        const char *slash = memchr(at + 7, '/', (size_t)(end - at - 7));
        if (!slash)
            return false;
        at = slash;
    }
    if (at == end || *at != '/')
        return false;
    const char *mark = memchr(at, '?', (size_t)(end - at));
    head->path = span_between(bytes, at, mark ? mark : end);
    head->query = span_between(bytes, mark ? mark + 1 : end, end);
    return true;
}

static enum http_progress parse_request_line(struct http_head *head, const char *bytes,
                                             const char *line, const char *end,
                                             struct http_fault *fault)
{
    const char *at = line;
    while (at < end && is_token_byte((unsigned char)*at))
        at++;
    if (at == line || at == end || *at != ' ' || at - line > MAX_METHOD)
        return refuse(fault, 400, "The request line has no method.");
    head->method = span_between(bytes, line, at);
    const char *target = at + 1;
    const char *space = memchr(target, ' ', (size_t)(end - target));
    if (!space)
        return refuse(fault, 400, "The request line has no HTTP version.");
    head->minor = parse_version(space + 1, (size_t)(end - space - 1));
    if (head->minor == -2)
        return refuse(fault, 505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
    if (head->minor < 0)
        return refuse(fault, 400, "The request line has no HTTP version.");
    if (!parse_target(head, bytes, target, space))
        return refuse(fault, 400, "The request target is not a path.");
    return HTTP_DONE;
}

static enum http_progress parse_status_line(struct http_head *head, const char *line,
                                            const char *end, struct http_fault *fault)
{
    if (end - line < 12 || line[8] != ' ')
        return refuse(fault, 502, "The answer has no status line.");
    head->minor = parse_version(line, 8);
    if (head->minor < 0)
        return refuse(fault, 502, "The answer is not HTTP/1.");
    for (int i = 9; i < 12; i++) {
        if (line[i] < '0' || line[i] > '9')
            return refuse(fault, 502, "The answer has no status.");
        head->status = head->status * 10 + (line[i] - '0');
    }
    if (head->status < 100 || head->status > 599 || (end - line > 12 && line[12] != ' '))
        return refuse(fault, 502, "The answer has no valid status.");
    for (const char *p = line + 12; p < end; p++)
        if (!is_value_byte((unsigned char)*p))
            return refuse(fault, 502, "The status line holds a control character.");
    return HTTP_DONE;
}

static enum http_progress parse_header(struct http_head *head, const char *bytes, const char *line,
                                       const char *end, struct http_fault *fault)
{
    const char *colon = line;
    while (colon < end && is_token_byte((unsigned char)*colon))
        colon++;
    if (colon == line || colon == end || *colon != ':')
        return refuse(fault, 400, "A header line is malformed.");
    const char *from = colon + 1;
    const char *to = end;
    while (from < to && (*from == ' ' || *from == '\t'))
        from++;
    while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    for (const char *p = from; p < to; p++)
        if (!is_value_byte((unsigned char)*p))
            return refuse(fault, 400, "A header value holds a control character.");
    if (head->header_count == HTTP_MAX_HEADERS)
        return refuse(fault, 431, "The request has too many headers.");
    struct http_header *header = &head->headers[head->header_count++];
    header->name = span_between(bytes, line, colon);
    header->value = span_between(bytes, from, to);
    header->field = field_of(line, header->name.len);
    return HTTP_DONE;
}

/* Calls it for each element of a comma-separated list; stops at false. */
static bool each_token(const char *text, size_t len,
                       bool (*take)(void *context, const char *token, size_t len), void *context)
{
    const char *end = text + len;
    while (text < end) {
        const char *comma = memchr(text, ',', (size_t)(end - text));
        const char *stop = comma ? comma : end;
        const char *from = text;
        const char *to = stop;
        while (from < to && (*from == ' ' || *from == '\t'))
            from++;
        while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
            to--;
        if (to > from && !take(context, from, (size_t)(to - from)))
            return false;
        text = comma ? comma + 1 : end;
    }
    return true;
}

struct connection_options {
    bool close;
    bool keep_alive;
    bool others;
};

static bool note_connection_token(void *context, const char *token, size_t len)
{
    struct connection_options *options = context;
    if (len == 5 && strncasecmp(token, "close", 5) == 0)
        options->close = true;
    else if (len == 10 && strncasecmp(token, "keep-alive", 10) == 0)
        options->keep_alive = true;
    else
        options->others = true;
    return true;
}

static bool parse_length(const char *text, size_t len, uint64_t *out)
{
    uint64_t value = 0;
    if (!len || len > MAX_LENGTH_DIGITS)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *out = value;
    return true;
}

struct framing {
    size_t lengths;
    size_t encodings;
    size_t hosts;
    bool chunked;
    struct connection_options connection;
};

static enum http_progress read_framing(struct http_head *head, const char *bytes,
                                       struct framing *framing, struct http_fault *fault)
{
    for (size_t i = 0; i < head->header_count; i++) {
        const struct http_header *header = &head->headers[i];
        const char *value = http_at(bytes, header->value);
        if (header->field == HTTP_CONTENT_LENGTH) {
            framing->lengths++;
            if (!parse_length(value, header->value.len, &head->content_length))
                return refuse(fault, 400, "Content-Length is no number.");
            head->has_length = true;
        } else if (header->field == HTTP_TRANSFER_ENCODING) {
            framing->encodings++;
            framing->chunked = http_is_nocase(bytes, header->value, "chunked");
        } else if (header->field == HTTP_HOST) {
            framing->hosts++;
        } else if (header->field == HTTP_EXPECT) {
            if (!http_is_nocase(bytes, header->value, "100-continue"))
                return refuse(fault, 417, "Only 100-continue can be expected.");
            head->expects_continue = head->minor >= 1;
        } else if (header->field == HTTP_CONNECTION) {
            each_token(value, header->value.len, note_connection_token, &framing->connection);
        }
    }
    const struct connection_options *connection = &framing->connection;
    head->keep_alive = !connection->close && (head->minor >= 1 || connection->keep_alive);
    head->nominates = connection->others;
    if (framing->lengths > 1 || framing->encodings > 1)
        return refuse(fault, 400, "The length of the body is given twice.");
    if (framing->lengths && framing->encodings)
        return refuse(fault, 400, "Content-Length and Transfer-Encoding exclude each other.");
    if (framing->encodings && !framing->chunked)
        return refuse(fault, 501, "Only the transfer encoding chunked is known.");
    if (framing->encodings && head->minor == 0)
        return refuse(fault, 400, "HTTP/1.0 has no transfer encodings.");
    return HTTP_DONE;
}

typedef enum http_progress (*first_line_parser)(struct http_head *head, const char *bytes,
                                                const char *line, const char *end,
                                                struct http_fault *fault);

static enum http_progress parse_status(struct http_head *head, const char *bytes, const char *line,
                                       const char *end, struct http_fault *fault)
{
    (void)bytes;
    return parse_status_line(head, line, end, fault);
}

static enum http_progress too_large(struct http_fault *fault)
{
    return refuse(fault, 431, "The head of the message is too large.");
}

/* Finds the blank line that ends the head; remembers how far was looked. */
static enum http_progress find_end(struct http_head *head, const char *bytes, size_t skip,
                                   size_t len, struct http_fault *fault)
{
    size_t window = len < HTTP_MAX_HEAD ? len : HTTP_MAX_HEAD;
    size_t from = head->scanned > skip + 3 ? head->scanned - 3 : skip;
    const char *end = memmem(bytes + from, window - from, "\r\n\r\n", 4);
    head->scanned = window;
    if (!end)
        return len >= HTTP_MAX_HEAD ? too_large(fault) : HTTP_MORE;
    head->len = (size_t)(end - bytes) + 4;
    return HTTP_DONE;
}

static enum http_progress parse_lines(struct http_head *head, const char *bytes, const char *line,
                                      first_line_parser parse_first, struct framing *framing,
                                      struct http_fault *fault)
{
    const char *last = bytes + head->len - 2; /* the blank line */
    for (bool first = true; line < last; first = false) {
        const char *end = memchr(line, '\r', (size_t)(last - line));
        if (!end || end[1] != '\n')
            return refuse(fault, 400, "A line does not end with CR LF.");
        enum http_progress done = first ? parse_first(head, bytes, line, end, fault)
                                        : parse_header(head, bytes, line, end, fault);
        if (done == HTTP_BAD)
            return done;
        line = end + 2;
    }
    return read_framing(head, bytes, framing, fault);
}

enum http_progress http_parse_request(struct http_head *head, const char *bytes, size_t len,
                                      struct http_fault *fault)
{
    size_t skip = 0;
    while (skip + 2 <= len && bytes[skip] == '\r' && bytes[skip + 1] == '\n')
        if ((skip += 2) > 2 * (size_t)MAX_EMPTY_LINES)
            return refuse(fault, 400, "There is no request between empty lines.");
    /* Refused early, so that a stranger who speaks another protocol is not waited for. */
    if (skip < len && !is_token_byte((unsigned char)bytes[skip]) && bytes[skip] != '\r')
        return refuse(fault, 400, "The request line has no method.");
    enum http_progress found = find_end(head, bytes, skip, len, fault);
    if (found != HTTP_DONE)
        return found;
    struct framing framing = {0};
    found = parse_lines(head, bytes, bytes + skip, parse_request_line, &framing, fault);
    if (found != HTTP_DONE)
        return found;
    if (framing.hosts > 1 || (framing.hosts == 0 && head->minor >= 1))
        return refuse(fault, 400, "A request has exactly one Host header.");
    head->body = framing.chunked                                ? HTTP_BODY_CHUNKED
                 : framing.lengths && head->content_length != 0 ? HTTP_BODY_LENGTH
                                                                : HTTP_BODY_NONE;
    return HTTP_DONE;
}

enum http_progress http_parse_response(struct http_head *head, const char *method,
                                       const char *bytes, size_t len, struct http_fault *fault)
{
    enum http_progress found = find_end(head, bytes, 0, len, fault);
    if (found != HTTP_DONE)
        return found;
    struct framing framing = {0};
    found = parse_lines(head, bytes, bytes, parse_status, &framing, fault);
    if (found != HTTP_DONE)
        return found;
    if (strcmp(method, "HEAD") == 0 || head->status < 200 || head->status == 204 ||
        head->status == 304)
        head->body = HTTP_BODY_NONE;
    else if (framing.chunked)
        head->body = HTTP_BODY_CHUNKED;
    else if (!framing.lengths)
        head->body = HTTP_BODY_UNTIL_CLOSE;
    else
        head->body = head->content_length ? HTTP_BODY_LENGTH : HTTP_BODY_NONE;
    if (head->body == HTTP_BODY_UNTIL_CLOSE)
        head->keep_alive = false;
    return HTTP_DONE;
}

const struct http_header *http_find(const struct http_head *head, enum http_field field)
{
    for (size_t i = 0; i < head->header_count; i++)
        if (head->headers[i].field == field)
            return &head->headers[i];
    return NULL;
}

struct nomination {
    const char *name;
    size_t len;
};

static bool is_other_token(void *context, const char *token, size_t len)
{
    const struct nomination *wanted = context;
    return wanted->len != len || strncasecmp(wanted->name, token, len) != 0;
}

bool http_is_hop(const struct http_head *head, const char *bytes, const struct http_header *header)
{
    if (header->field == HTTP_HOP || header->field == HTTP_CONNECTION ||
        header->field == HTTP_TRANSFER_ENCODING)
        return true;
    if (!head->nominates)
        return false;
    struct nomination wanted = {http_at(bytes, header->name), header->name.len};
    for (size_t i = 0; i < head->header_count; i++) {
        const struct http_header *other = &head->headers[i];
        if (other->field == HTTP_CONNECTION &&
            !each_token(http_at(bytes, other->value), other->value.len, is_other_token, &wanted))
            return true;
    }
    return false;
}

enum chunk_state {
    CHUNK_SIZE,
    CHUNK_EXTENSION,
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    TRAILER_START,
    TRAILER,
    TRAILER_LF,
    END_LF,
    ENDED
};

void http_body_start(struct http_body *body, const struct http_head *head, size_t limit)
{
    *body = (struct http_body){.kind = head->body, .state = CHUNK_SIZE, .limit = limit};
    if (head->body == HTTP_BODY_LENGTH)
        body->remaining = head->content_length;
}

static enum http_progress body_too_large(struct http_fault *fault)
{
    return refuse(fault, 413, "The body is larger than this service takes.");
}

static int hex_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F')
        return byte - 'A' + 10;
    return -1;
}

/* One byte of what stands around the data of chunks. */
static enum http_progress chunk_byte(struct http_body *body, char byte, struct http_fault *fault)
{
    int digit = hex_value(byte);
    switch ((enum chunk_state)body->state) {
    case CHUNK_SIZE:
        if (digit >= 0 && body->remaining <= (uint64_t)HTTP_MAX_BODY) {
            body->remaining = body->remaining * 16 + (uint64_t)digit;
            body->any_digit = true;
            break;
        }
        if (digit >= 0)
            return body_too_large(fault);
        if (!body->any_digit)
            return refuse(fault, 400, "A chunk has no size.");
        /* fall through */
    case CHUNK_EXTENSION:
        if (byte == '\r')
            body->state = CHUNK_SIZE_LF;
        else if (!is_value_byte((unsigned char)byte))
            return refuse(fault, 400, "A chunk size is malformed.");
        else if (body->state == CHUNK_SIZE && byte != ';')
            return refuse(fault, 400, "A chunk size is malformed.");
        else
            body->state = CHUNK_EXTENSION;
        break;
    case CHUNK_SIZE_LF:
        if (byte != '\n')
            return refuse(fault, 400, "A chunk size does not end with CR LF.");
        body->state = body->remaining ? CHUNK_DATA : TRAILER_START;
        body->any_digit = false;
        body->line = 0;
        return HTTP_MORE;
    case CHUNK_DATA_CR:
        if (byte != '\r')
            return refuse(fault, 400, "A chunk is longer than its size.");
        body->state = CHUNK_DATA_LF;
        break;
    case CHUNK_DATA_LF:
        if (byte != '\n')
            return refuse(fault, 400, "A chunk does not end with CR LF.");
        body->state = CHUNK_SIZE;
        body->line = 0;
        return HTTP_MORE;
    case TRAILER_START:
        if (byte == '\r') {
            body->state = END_LF;
            break;
        }
        if (!is_token_byte((unsigned char)byte))
            return refuse(fault, 400, "A trailer is malformed.");
        body->state = TRAILER;
        break;
    case TRAILER:
        if (byte == '\r')
            body->state = TRAILER_LF;
        else if (!is_value_byte((unsigned char)byte))
            return refuse(fault, 400, "A trailer holds a control character.");
        break;
    case TRAILER_LF:
    case END_LF:
        if (byte != '\n')
            return refuse(fault, 400, "A trailer does not end with CR LF.");
        body->state = body->state == END_LF ? ENDED : TRAILER_START;
        break;
    case CHUNK_DATA:
    case ENDED:
        break;
    }
    size_t limit = body->state >= TRAILER_START ? HTTP_MAX_TRAILERS : HTTP_MAX_CHUNK_LINE;
    if (++body->line > limit)
        return refuse(fault, 400, "A chunk line is too long.");
    return body->state == ENDED ? HTTP_DONE : HTTP_MORE;
}

static enum http_progress take_data(struct http_body *body, const char *bytes, size_t len,
                                    size_t *used, struct buffer *out, struct http_fault *fault)
{
    size_t part = body->remaining < len ? (size_t)body->remaining : len;
    if (part > body->limit - body->total)
        return body_too_large(fault);
    buffer_add(out, bytes, part);
    body->total += part;
    body->remaining -= part;
    *used += part;
    return HTTP_DONE;
}

static enum http_progress feed_chunks(struct http_body *body, const char *bytes, size_t len,
                                      size_t *used, struct buffer *out, struct http_fault *fault)
{
    while (*used < len) {
        if (body->state == CHUNK_DATA) {
            if (body->remaining > body->limit - body->total)
                return body_too_large(fault);
            take_data(body, bytes + *used, len - *used, used, out, fault);
            if (body->remaining == 0)
                body->state = CHUNK_DATA_CR;
            continue;
        }
        enum http_progress progress = chunk_byte(body, bytes[(*used)++], fault);
        if (progress != HTTP_MORE)
            return progress;
    }
    return HTTP_MORE;
}

enum http_progress http_body_feed(struct http_body *body, const char *bytes, size_t len,
                                  size_t *used, struct buffer *out, struct http_fault *fault)
{
    *used = 0;
    switch (body->kind) {
    case HTTP_BODY_NONE:
        return HTTP_DONE;
    case HTTP_BODY_LENGTH:
        if (body->remaining > body->limit - body->total)
            return body_too_large(fault);
        take_data(body, bytes, len, used, out, fault);
        return body->remaining ? HTTP_MORE : HTTP_DONE;
    case HTTP_BODY_CHUNKED:
        return feed_chunks(body, bytes, len, used, out, fault);
    case HTTP_BODY_UNTIL_CLOSE:
        body->remaining = len;
        return take_data(body, bytes, len, used, out, fault) == HTTP_BAD ? HTTP_BAD : HTTP_MORE;
    }
    return HTTP_DONE;
}

const char *http_reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {424, "Failed Dependency"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].status == status)
            return reasons[i].text;
    return "Unknown";
}
