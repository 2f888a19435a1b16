/* Provisioning states of endpoints and deployments. */
#ifndef CORE_MODEL_STATE_H
#define CORE_MODEL_STATE_H

#include <stdbool.h>

enum provisioning_state {
    STATE_UNKNOWN, /* missing, or a word that the schema does not have */
    STATE_CREATING,
    STATE_UPDATING,
    STATE_SCALING,
    STATE_DELETING,
    STATE_SUCCEEDED,
    STATE_FAILED,
    STATE_CANCELED,
};

/* The schema's word; "Unknown" for STATE_UNKNOWN. */
const char *state_text(enum provisioning_state state);

/* Compares without regard to case, as ARM clients do. NULL gives STATE_UNKNOWN. */
enum provisioning_state state_parse(const char *text);

/* True while the service works on the resource, so that a write would meet a 409. */
bool state_is_busy(enum provisioning_state state);

#endif
