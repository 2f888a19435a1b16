#include "tui/state/message.h"

#include "core/base/alloc.h"

#include <stdlib.h>
#include <string.h>

void message_release(struct message *message)
{
    for (size_t i = 0; i < message->count; i++) {
        if (message->endpoints)
            endpoint_release(&message->endpoints[i]);
        if (message->deployments)
            deployment_release(&message->deployments[i]);
        if (message->names)
            free(message->names[i]);
    }
    free(message->endpoints);
    free(message->deployments);
    free(message->names);
    free(message->text);
    free(message->now);
    free(message->answer.body);
    metrics_release(&message->metrics);
    *message = (struct message){.kind = MESSAGE_TICK};
}

struct effect *effects_add(struct effects *effects, enum effect_kind kind)
{
    effects->items =
        mem_grow(effects->items, effects->count, &effects->capacity, sizeof *effects->items);
    struct effect *effect = &effects->items[effects->count++];
    memset(effect, 0, sizeof *effect);
    effect->kind = kind;
    return effect;
}

void effects_release(struct effects *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        free(effects->items[i].write);
        free(effects->items[i].body);
    }
    free(effects->items);
    *effects = (struct effects){.count = 0};
}
