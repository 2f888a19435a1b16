/* Numbers the service publishes (Azure ML "manage quotas" page and the REST schema). */
#ifndef CORE_MODEL_LIMITS_H
#define CORE_MODEL_LIMITS_H

enum {
    LIMIT_MIRROR_PERCENT = 50,
    LIMIT_DEPLOYMENTS_PER_ENDPOINT = 20,
    LIMIT_INSTANCES = 50,
    LIMIT_REQUEST_TIMEOUT_MS = 180000,            /* managed */
    LIMIT_REQUEST_TIMEOUT_KUBERNETES_MS = 300000, /* Kubernetes */
    LIMIT_ENDPOINT_REQUESTS_PER_S = 500,
    LIMIT_ENDPOINT_BYTES_PER_S = 5 * 1000 * 1000,

    DEFAULT_REQUEST_TIMEOUT_MS = 5000,
    DEFAULT_MAX_CONCURRENT_REQUESTS = 1, /* per instance */
    DEFAULT_QUEUE_WAIT_MS = 500,         /* published default of the deprecated setting */
    DEFAULT_PROBE_FAILURE_THRESHOLD = 30,
    DEFAULT_PROBE_PERIOD_MS = 10000,
    DEFAULT_PROBE_TIMEOUT_MS = 2000,
    DEFAULT_PROBE_INITIAL_DELAY_MS = 10000,
};

#endif
