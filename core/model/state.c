#include "core/model/state.h"

#include <stddef.h>
#include <strings.h>

static const char *const words[] = {
    [STATE_UNKNOWN] = "Unknown", [STATE_CREATING] = "Creating", [STATE_UPDATING] = "Updating",
    [STATE_SCALING] = "Scaling", [STATE_DELETING] = "Deleting", [STATE_SUCCEEDED] = "Succeeded",
    [STATE_FAILED] = "Failed",   [STATE_CANCELED] = "Canceled",
};

const char *state_text(enum provisioning_state state)
{
    return words[state];
}

enum provisioning_state state_parse(const char *text)
{
    for (size_t i = 1; text && i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(text, words[i]) == 0)
            return (enum provisioning_state)i;
    return STATE_UNKNOWN;
}

bool state_is_busy(enum provisioning_state state)
{
    return state == STATE_CREATING || state == STATE_UPDATING || state == STATE_SCALING ||
           state == STATE_DELETING;
}
