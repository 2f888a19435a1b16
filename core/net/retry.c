#include "core/net/retry.h"

#include "core/base/clock.h"

#include <stdlib.h>
#include <string.h>

bool retry_method_is_safe(const char *method)
{
    static const char *const safe[] = {"GET", "HEAD", "PUT", "DELETE"};
    for (size_t i = 0; i < sizeof safe / sizeof safe[0]; i++)
        if (strcmp(method, safe[i]) == 0)
            return true;
    return false;
}

static int clamp_ms(int64_t ms, int64_t most)
{
    return (int)(ms < 0 ? 0 : ms > most ? most : ms);
}

int retry_after_ms(const struct net_response *response, int64_t wall_ms)
{
    const char *text = net_header(response, "Retry-After");
    int64_t until;
    if (!text)
        return -1;
    size_t digits = strspn(text, "0123456789");
    if (digits && digits <= 9 && text[digits] == '\0')
        return clamp_ms(strtoll(text, NULL, 10) * 1000, RETRY_AFTER_CAP_MS);
    if (clock_parse_http(text, &until))
        return clamp_ms(until - wall_ms, RETRY_AFTER_CAP_MS);
    return -1;
}

static bool is_passing(const struct net_response *response)
{
    static const int statuses[] = {408, 429, 500, 502, 503, 504};
    if (response->error.kind != ERROR_NONE)
        return response->error.kind == ERROR_NETWORK || response->error.kind == ERROR_TIMEOUT;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (response->status == statuses[i])
            return true;
    return false;
}

bool retry_decide(const struct net_response *response, bool safe, int attempt, int64_t wall_ms,
                  uint32_t chance, int *out_delay_ms)
{
    bool untouched = response->error.kind != ERROR_NONE && response->never_sent;
    int most = response->error.kind == ERROR_TIMEOUT ? RETRY_MAX_LATE : RETRY_MAX;
    if (attempt > most || !is_passing(response) || (!safe && !untouched))
        return false;
    int64_t whole = (int64_t)RETRY_BASE_MS << (attempt - 1);
    if (whole > RETRY_CAP_MS)
        whole = RETRY_CAP_MS;
    /* Between half of it and the whole, so that clients that failed together come back apart. */
    int64_t delay = whole / 2 + chance % (whole / 2 + 1);
    int asked = retry_after_ms(response, wall_ms);
    *out_delay_ms = (int)(asked > delay ? asked : delay);
    return true;
}
