/*
 * Whether and when to repeat a request. Pure: time and chance come in as arguments.
 *
 * Repeated are 408, 429, 500, 502, 503, 504 and connection faults, at most RETRY_MAX times, and
 * only what is safe to repeat; a fault before anything was sent is always safe. The wait doubles
 * from RETRY_BASE_MS with jitter; Retry-After, where given, is the least wait.
 */
#ifndef CORE_NET_RETRY_H
#define CORE_NET_RETRY_H

#include "core/net/net.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    RETRY_MAX = 3,
    RETRY_MAX_LATE = 1, /* after a deadline: each further one is a full deadline more to wait */
    RETRY_BASE_MS = 800,
    RETRY_CAP_MS = 120 * 1000,
    RETRY_AFTER_CAP_MS = 600 * 1000, /* the schema's maximum of Retry-After */
};

/* True for GET, HEAD, PUT and DELETE: sent twice they leave what they leave when sent once. */
bool retry_method_is_safe(const char *method);

/*
 * Decides after attempt number `attempt` (1 is the first). `safe`: the request may be sent again
 * although the first may have arrived. `chance` is a random number for the jitter. True: send
 * again after *out_delay_ms.
 */
bool retry_decide(const struct net_response *response, bool safe, int attempt, int64_t wall_ms,
                  uint32_t chance, int *out_delay_ms);

/*
 * Milliseconds that a Retry-After header asks for (seconds or an HTTP date), at most
 * RETRY_AFTER_CAP_MS; -1 when there is none or it is not understood.
 */
int retry_after_ms(const struct net_response *response, int64_t wall_ms);

#endif
