/*
 * Lists in pages. The continuation names the last entry that was shown, by sort key and order of
 * creation, not a count: entries that come or go between two pages shift nothing.
 */
#include "core/base/alloc.h"
#include "core/local/control/control_state.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_DEFAULT = 100, PAGE_MAX = 10000 };

struct place {
    int64_t time_ms;
    uint64_t sequence;
};

struct entry {
    const struct resource *resource;
    struct place place;
    bool descending;
};

bool page_size(struct call *call, const char *parameter, size_t *out)
{
    char *text = arm_query_get(call->request->query, parameter);
    char *end = NULL;
    long size = text ? strtol(text, &end, 10) : PAGE_DEFAULT;
    bool ok = size >= 1 && (!text || (*text && !*end));
    *out = size > PAGE_MAX ? PAGE_MAX : (size_t)size;
    free(text);
    if (!ok) {
        struct error error = {0};
        error_set(&error, ERROR_RULE, "'%s' has to be a whole number from 1 on.", parameter);
        call_invalid(call, &error);
    }
    return ok;
}

static int compare_places(const struct place *a, const struct place *b, bool descending)
{
    int order = (a->time_ms > b->time_ms) - (a->time_ms < b->time_ms);
    if (!order)
        order = (a->sequence > b->sequence) - (a->sequence < b->sequence);
    return descending ? -order : order;
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *left = a;
    const struct entry *right = b;
    return compare_places(&left->place, &right->place, left->descending);
}

/* "pTIME.SEQUENCE", both in hexadecimal. */
static bool parse_continuation(const char *text, struct place *out)
{
    char *end = NULL;
    if (*text++ != 'p' || !isxdigit((unsigned char)*text))
        return false;
    out->time_ms = (int64_t)strtoull(text, &end, 16);
    if (*end++ != '.' || !isxdigit((unsigned char)*end))
        return false;
    out->sequence = strtoull(end, &end, 16);
    return !*end;
}

static void set_next_link(struct call *call, struct json *answer, const struct place *last)
{
    static const char *const dropped[] = {"$skip"};
    char *query = arm_query_without(call->request->query, dropped, 1);
    char *link =
        str_format("%s%s?%s&%%24skip=p%" PRIx64 ".%" PRIx64, call->control->options.base_url,
                   call->request->path, query, (uint64_t)last->time_ms, last->sequence);
    json_set_text(answer, "nextLink", link);
    free(link);
    free(query);
}

/* Entries that are wanted and stand behind the continuation, in order. */
static size_t collect(const struct resource_list *list, const struct page_query *query,
                      const struct place *after, struct entry *out)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct resource *resource = list->items[i];
        struct entry entry = {
            .resource = resource,
            .place = {.time_ms = query->order.by_update ? resource->updated_ms : 0,
                      .sequence = resource->sequence},
            .descending = query->order.descending,
        };
        if (after && compare_places(&entry.place, after, entry.descending) <= 0)
            continue;
        if (!query->wanted || query->wanted(resource, query->context))
            out[count++] = entry;
    }
    if (count)
        qsort(out, count, sizeof *out, compare_entries);
    return count;
}

void page_answer(struct call *call, const struct resource_list *list, struct page_query *query,
                 struct json *(*document)(const struct resource *resource))
{
    struct place after;
    if (query->continuation && !parse_continuation(query->continuation, &after)) {
        struct error error = {0};
        error_set(&error, ERROR_RULE, "'$skip' has to come from a nextLink of this list.");
        call_invalid(call, &error);
        return;
    }
    struct entry *entries = mem_alloc_array(list->count + 1, sizeof *entries);
    size_t count = collect(list, query, query->continuation ? &after : NULL, entries);
    struct json *answer = json_object();
    struct json *value = json_set(answer, "value", json_array());
    for (size_t i = 0; i < count && i < query->size; i++)
        json_append(value, document(entries[i].resource));
    if (count > query->size)
        set_next_link(call, answer, &entries[query->size - 1].place);
    call_answer_take(call, 200, answer);
    free(entries);
}
