#include "tui/state/activity.h"

#include "core/base/printable.h"

#include <stdio.h>
#include <string.h>

void activity_add(struct activity *activity, const struct activity_entry *entry)
{
    if (activity->count == ACTIVITY_MAX) {
        memmove(activity->entries, activity->entries + 1,
                (ACTIVITY_MAX - 1) * sizeof activity->entries[0]);
        activity->count--;
        activity->dropped++;
    }
    activity->entries[activity->count++] = *entry;
}

struct activity_entry *activity_find(struct activity *activity, uint64_t id)
{
    for (size_t i = activity->count; i-- > 0;)
        if (activity->entries[i].id == id)
            return &activity->entries[i];
    return NULL;
}

size_t activity_writes_running(const struct activity *activity)
{
    size_t running = 0;
    for (size_t i = 0; i < activity->count; i++)
        running +=
            activity->entries[i].state == ACTIVITY_RUNNING && activity->entries[i].writes ? 1 : 0;
    return running;
}

void activity_end(struct activity *activity, uint64_t id, int64_t now_ms, const char *result,
                  const struct error *error)
{
    struct activity_entry *entry = activity_find(activity, id);
    if (!entry)
        return;
    entry->state = error ? ACTIVITY_FAILED : ACTIVITY_DONE;
    entry->duration_us = (now_ms - entry->started_ms) * 1000;
    printable_line(entry->result, sizeof entry->result, error ? error->message : result);
    printable_line(entry->hint, sizeof entry->hint, error ? error->hint : "");
    if (error && error->request_id[0])
        printable_line(entry->request_id, sizeof entry->request_id, error->request_id);
}
