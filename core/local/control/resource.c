#include "core/base/alloc.h"
#include "core/local/control/control_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WORKSPACE_SEGMENTS = 8 }; /* /subscriptions/S/resourceGroups/G/providers/P/workspaces/W */

void guid_of_text(char out[UUID_SIZE], const char *salt, const char *text)
{
    /* Fixed keys: the same text has to give the same GUID after a restart and in every engine. */
    static const struct siphash_key high_key = {1, 2};
    static const struct siphash_key low_key = {3, 4};
    char *salted = str_format("%s:%s", salt, text);
    uint64_t high = siphash(&high_key, salted, strlen(salted));
    uint64_t low = siphash(&low_key, salted, strlen(salted));
    free(salted);
    snprintf(out, UUID_SIZE, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(high >> 32),
             (unsigned)(high >> 16) & 0xffff, (unsigned)high & 0xfff,
             ((unsigned)(low >> 48) & 0x3fff) | 0x8000,
             (unsigned long long)(low & UINT64_C(0xffffffffffff)));
}

void resource_list_add(struct resource_list *list, struct resource *resource)
{
    list->items = mem_grow(list->items, list->count, &list->capacity, sizeof *list->items);
    list->items[list->count++] = resource;
}

void resource_list_remove(struct resource_list *list, const struct resource *resource)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i] != resource)
            continue;
        memmove(&list->items[i], &list->items[i + 1],
                (list->count - i - 1) * sizeof list->items[0]);
        list->count--;
        return;
    }
}

struct resource *resource_find(const struct control *control, const char *key)
{
    return key_table_get(&control->resources, key);
}

struct resource *resource_at(const struct control *control, const char *id, enum resource_kind kind)
{
    char *key = arm_lower(id);
    struct resource *resource = resource_find(control, key);
    free(key);
    return resource && resource->kind == kind ? resource : NULL;
}

/* The lower-case id of the workspace that a resource's key lies in; owned by the caller. */
static char *workspace_key_of(const char *key)
{
    size_t len = 0;
    for (int i = 0; i < WORKSPACE_SEGMENTS && key[len]; i++)
        len += 1 + strcspn(key + len + 1, "/");
    return str_dup_n(key, len);
}

static struct workspace *workspace_make(struct control *control, const char *resource_key)
{
    char *key = workspace_key_of(resource_key);
    struct workspace *workspace = key_table_get(&control->workspaces, key);
    if (workspace) {
        free(key);
        return workspace;
    }
    workspace = mem_alloc(sizeof *workspace);
    workspace->key = key;
    key_table_set(&control->workspaces, workspace->key, workspace);
    return workspace;
}

static struct workspace *workspace_of_call(const struct call *call)
{
    char *id = call_workspace_id(call);
    char *key = arm_lower(id);
    struct workspace *workspace = key_table_get(&call->control->workspaces, key);
    free(key);
    free(id);
    return workspace;
}

static const struct resource_list nothing;

const struct resource_list *workspace_endpoints(const struct call *call)
{
    const struct workspace *workspace = workspace_of_call(call);
    return workspace ? &workspace->endpoints : &nothing;
}

const struct resource_list *workspace_containers(const struct call *call, enum asset_type type)
{
    const struct workspace *workspace = workspace_of_call(call);
    return workspace ? &workspace->containers[type] : &nothing;
}

/* The list of the tree that a resource stands in. */
static struct resource_list *place_of(struct resource *resource)
{
    if (resource->parent)
        return &resource->parent->children;
    return resource->kind == RESOURCE_ENDPOINT ? &resource->workspace->endpoints
                                               : &resource->workspace->containers[resource->asset];
}

static void adopt_operations(struct control *control, struct resource *resource)
{
    struct resource *old = key_table_remove(&control->tombstones, resource->key);
    if (!old)
        return;
    for (size_t i = 0; i < old->operation_count; i++) {
        resource->operations[i] = old->operations[i];
        resource->operations[i]->resource = resource;
    }
    resource->operation_count = old->operation_count;
    old->operation_count = 0;
    resource_free(old);
}

struct resource *resource_add(struct control *control, enum resource_kind kind,
                              enum asset_type asset, struct resource *parent, const char *id)
{
    struct resource *resource = mem_alloc(sizeof *resource);
    resource->kind = kind;
    resource->asset = asset;
    resource->parent = parent;
    resource->id = str_dup(id);
    resource->key = arm_lower(id);
    resource->name = strrchr(resource->id, '/') + 1;
    resource->sequence = control->next_sequence++;
    resource->created_ms = control->now_ms;
    resource->updated_ms = control->now_ms;
    resource->workspace = workspace_make(control, resource->key);
    adopt_operations(control, resource);
    key_table_set(&control->resources, resource->key, resource);
    resource_list_add(place_of(resource), resource);
    return resource;
}

void resource_free(struct resource *resource)
{
    if (!resource)
        return;
    for (size_t i = 0; i < resource->operation_count; i++)
        operation_free(NULL, resource->operations[i]);
    str_free_secret(resource->keys[0]);
    str_free_secret(resource->keys[1]);
    for (size_t i = 0; i < resource->token_count; i++)
        str_free_secret(resource->tokens[i].text);
    free(resource->children.items);
    json_free(resource->document);
    json_free(resource->wanted);
    json_free(resource->events);
    free(resource->conda_text);
    free(resource->id);
    free(resource->key);
    free(resource);
}

static void unlink_resource(struct control *control, struct resource *resource)
{
    key_table_remove(&control->resources, resource->key);
    resource_list_remove(place_of(resource), resource);
    resource_list_remove(&control->publishing, resource);
    resource_list_remove(&control->expiring, resource);
}

void resource_drop(struct control *control, struct resource *resource)
{
    unlink_resource(control, resource);
    for (size_t i = 0; i < resource->operation_count; i++)
        key_table_remove(&control->operations, resource->operations[i]->id);
    resource_free(resource);
}

/* Makes room for `newest`, which stays whatever the clock says. */
static void forget_oldest_tombstone(struct control *control, const struct resource *newest)
{
    struct resource *oldest = NULL;
    struct resource *resource;
    for (size_t at = 0; (resource = key_table_next(&control->tombstones, &at));)
        if (resource != newest && (!oldest || resource->updated_ms < oldest->updated_ms))
            oldest = resource;
    if (!oldest)
        return;
    key_table_remove(&control->tombstones, oldest->key);
    for (size_t i = 0; i < oldest->operation_count; i++)
        key_table_remove(&control->operations, oldest->operations[i]->id);
    store_remove(control, oldest);
    resource_free(oldest);
}

void resource_bury(struct control *control, struct resource *resource)
{
    unlink_resource(control, resource);
    resource->gone = true;
    resource->parent = NULL;
    resource->updated_ms = control->now_ms;
    json_free(resource->document);
    json_free(resource->wanted);
    json_free(resource->events);
    resource->document = resource->wanted = resource->events = NULL;
    for (size_t i = 0; i < 2; i++) {
        str_free_secret(resource->keys[i]);
        resource->keys[i] = NULL;
    }
    while (resource->token_count)
        str_free_secret(resource->tokens[--resource->token_count].text);
    key_table_set(&control->tombstones, resource->key, resource);
    if (control->tombstones.count > TOMBSTONES_KEPT)
        forget_oldest_tombstone(control, resource);
}

enum provisioning_state resource_state(const struct resource *resource)
{
    return state_parse(json_text_at(resource->document, "properties.provisioningState", NULL));
}

void resource_set_state(struct resource *resource, enum provisioning_state state)
{
    json_set_text(json_get(resource->document, "properties"), "provisioningState",
                  state_text(state));
}

bool resource_is_kubernetes(const struct resource *resource)
{
    const struct resource *endpoint = resource->parent ? resource->parent : resource;
    return json_text_at(endpoint->document, "properties.compute", NULL) != NULL;
}

struct json *resource_shown(const struct resource *resource)
{
    return json_copy(resource->document);
}

struct resource *resource_child(const struct resource *parent, const char *name)
{
    for (size_t i = 0; i < parent->children.count; i++)
        if (strcasecmp(parent->children.items[i]->name, name) == 0)
            return parent->children.items[i];
    return NULL;
}
