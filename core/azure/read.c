#include "core/azure/task.h"
#include "core/base/alloc.h"
#include "core/net/url.h"

#include <stdlib.h>
#include <string.h>

/* --- one document -------------------------------------------------------------------------------
 */

struct read {
    struct task task;
    azure_done_fn *done;
    void *context;
};

static void on_document(struct task *task, struct task_answer *answer)
{
    struct read *read = (struct read *)task;
    struct azure_result result = {.document = answer->document};
    /* Callers edit and send back what they read: nothing else may stand for a resource. */
    if (answer->error.kind == ERROR_NONE && json_type(answer->document) != JSON_OBJECT)
        error_set(&answer->error, ERROR_FAILED, "the service's answer holds no resource");
    if (answer->error.kind != ERROR_NONE)
        result = (struct azure_result){.error = &answer->error};
    task_end(task, read->done, read->context, &result);
}

azure_id azure_read(struct azure *client, const char *method, char *target, const struct json *body,
                    azure_done_fn *done, void *context)
{
    struct read *read = task_new(client, sizeof *read, NULL);
    read->done = done;
    read->context = context;
    task_send(&read->task,
              &(struct task_request){
                  .method = method, .target = target, .body = body, .flags = TASK_SAFE},
              on_document);
    free(target);
    return read->task.id;
}

/* --- lists --------------------------------------------------------------------------------------
 */

struct list {
    struct task task;
    azure_done_fn *done;
    void *context;
    uint64_t *seen; /* hashes of the links followed, to notice a circle */
    size_t page_count;
    size_t seen_capacity;
    size_t item_count;
};

static void on_page(struct task *task, struct task_answer *answer);

static void release_list(struct task *task)
{
    free(((struct list *)task)->seen);
}

/* FNV-1a: 64 bits are enough to tell the links of one list apart. */
static uint64_t hash_text(const char *text)
{
    uint64_t hash = 14695981039346656037u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

/* False when the link was followed before. */
static bool remember_link(struct list *list, const char *link)
{
    uint64_t hash = hash_text(link);
    for (size_t i = 0; i < list->page_count; i++)
        if (list->seen[i] == hash)
            return false;
    list->seen = mem_grow(list->seen, list->page_count, &list->seen_capacity, sizeof *list->seen);
    list->seen[list->page_count++] = hash;
    return true;
}

static bool refuse_link(const char *link, struct error *error)
{
    char *masked = url_mask(link);
    error_set(error, ERROR_FAILED, "the list goes on at another host, which was not asked: %.300s",
              masked);
    free(masked);
    return false;
}

static bool check_link(struct list *list, const char *link, struct error *error)
{
    char *here = task_url(&list->task, list->task.target);
    bool same = here && url_same_origin(here, link);
    free(here);
    if (!same)
        return refuse_link(link, error);
    if (list->page_count >= AZURE_MAX_PAGES || list->item_count > AZURE_MAX_ITEMS)
        return error_set(error, ERROR_LIMIT, "the list has more than %d pages or %d items",
                         AZURE_MAX_PAGES, AZURE_MAX_ITEMS);
    if (!remember_link(list, link))
        return error_set(error, ERROR_FAILED, "the list's pages lead in a circle");
    return true;
}

static void get_page(struct list *list, const char *target)
{
    task_send(&list->task, &(struct task_request){.method = "GET", .target = target}, on_page);
}

static void on_page(struct task *task, struct task_answer *answer)
{
    struct list *list = (struct list *)task;
    const struct json *page = json_get(answer->document, "value");
    const char *link = json_text_at(answer->document, "nextLink", "");
    struct error error = answer->error;
    if (error.kind == ERROR_NONE && json_type(page) != JSON_ARRAY)
        error_set(&error, ERROR_FAILED, "the service's answer is no list");
    list->item_count += json_count(page);
    if (error.kind == ERROR_NONE && *link)
        check_link(list, link, &error);
    if (error.kind != ERROR_NONE) {
        task_fail(task, list->done, list->context, &error);
        return;
    }
    struct azure_result result = {.document = page, .more = *link};
    if (!result.more) {
        task_end(task, list->done, list->context, &result);
        return;
    }
    /* Asked for before the page is shown: the callback may cancel this call, and free it. */
    get_page(list, link);
    list->done(list->context, &result);
}

azure_id azure_list(struct azure *client, char *target, azure_done_fn *done, void *context)
{
    struct list *list = task_new(client, sizeof *list, release_list);
    list->done = done;
    list->context = context;
    get_page(list, target);
    free(target);
    return list->task.id;
}
