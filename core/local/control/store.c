/*
 * The store: a folder with one JSON file a resource, named by a hash of its id.
 *
 * A file is written whole (temporary, fsync, rename, fsync of the folder) before the change that it
 * holds is acknowledged, and holds all that belongs together: the document, the one that is wanted,
 * the operations, keys and tokens. So a crash at any moment leaves each resource as it was before a
 * request or as it is after it. Files are 0600 in a folder 0700, for they hold keys.
 */
#include "core/base/alloc.h"
#include "core/base/file.h"
#include "core/local/control/control_state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum {
    STORE_FORMAT = 1,
    STORE_MAX_FILE = 8 << 20,
    TOMBSTONE_LIFE_MS = 24 * 60 * 60 * 1000,
};

static const char *const kind_words[] = {"endpoint", "deployment", "container", "version"};
static const char *const asset_words[] = {"code", "model", "environment"};
static const char *const verb_words[] = {"create", "update", "delete", "keys"};
static const char *const status_words[] = {"running", "succeeded", "failed", "canceled"};

static int word_index(const char *word, const char *const *words, int count)
{
    for (int i = 0; word && i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    return -1;
}

static char *file_of(const struct control *control, const char *key)
{
    char name[UUID_SIZE];
    guid_of_text(name, "file", key);
    return str_format("%s/%s.json", control->folder, name);
}

/* ---- writing ---- */

static struct json *number_text(uint64_t number)
{
    /* As text: a JSON number is a double and would lose digits. */
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, number);
    return json_string(text);
}

static void write_operations(struct json *record, const struct resource *resource)
{
    struct json *list = json_set(record, "operations", json_array());
    for (size_t i = 0; i < resource->operation_count; i++) {
        const struct operation *operation = resource->operations[i];
        struct json *entry = json_append(list, json_object());
        json_set_text(entry, "id", operation->id);
        json_set_text(entry, "verb", verb_words[operation->verb]);
        json_set_text(entry, "status", status_words[operation->status]);
        json_set_number(entry, "startMs", (double)operation->start_ms);
        json_set_number(entry, "endMs", (double)operation->end_ms);
        if (operation->error_code) {
            json_set_text(entry, "errorCode", operation->error_code);
            json_set_text(entry, "errorMessage", operation->error_message);
        }
    }
}

static void write_credentials(struct json *record, const struct resource *resource)
{
    if (resource->keys[0]) {
        json_set_text(record, "primaryKey", resource->keys[0]);
        json_set_text(record, "secondaryKey", resource->keys[1]);
    }
    struct json *list = json_set(record, "tokens", json_array());
    for (size_t i = 0; i < resource->token_count; i++) {
        struct json *entry = json_append(list, json_object());
        json_set_text(entry, "token", resource->tokens[i].text);
        json_set_number(entry, "expiresMs", (double)resource->tokens[i].expires_ms);
        json_set_number(entry, "refreshMs", (double)resource->tokens[i].refresh_ms);
    }
}

static struct json *record_of(const struct resource *resource)
{
    struct json *record = json_object();
    json_set_number(record, "format", STORE_FORMAT);
    json_set_text(record, "kind", kind_words[resource->kind]);
    json_set_text(record, "asset", asset_words[resource->asset]);
    json_set_text(record, "id", resource->id);
    json_set(record, "sequence", number_text(resource->sequence));
    json_set_number(record, "createdMs", (double)resource->created_ms);
    json_set_number(record, "updatedMs", (double)resource->updated_ms);
    json_set(record, "gone", json_bool(resource->gone));
    if (resource->document)
        json_set(record, "document", json_copy(resource->document));
    if (resource->wanted)
        json_set(record, "wanted", json_copy(resource->wanted));
    write_operations(record, resource);
    if (resource->kind == RESOURCE_ENDPOINT)
        write_credentials(record, resource);
    if (resource->kind == RESOURCE_DEPLOYMENT) {
        json_set(record, "generation", number_text(resource->generation));
        json_set(record, "cameUp", json_bool(resource->came_up));
        if (resource->events)
            json_set(record, "events", json_copy(resource->events));
    }
    if (resource->conda_text)
        json_set_text(record, "condaText", resource->conda_text);
    return record;
}

bool store_save(struct control *control, const struct resource *resource, struct error *error)
{
    if (!control->folder)
        return true;
    char *path = file_of(control, resource->key);
    struct json *record = record_of(resource);
    char *text = json_print(record);
    bool saved = file_write_atomic(path, text, strlen(text), 0600, error);
    str_free_secret(text);
    json_free(record);
    free(path);
    return saved;
}

void store_remove(struct control *control, const struct resource *resource)
{
    if (!control->folder)
        return;
    char *path = file_of(control, resource->key);
    /* A file that stays is found again at the next start and removed then. */
    file_remove(path, NULL);
    free(path);
}

/* ---- reading ---- */

static bool read_number(const struct json *record, const char *name, uint64_t *out)
{
    const char *text = json_text(json_get(record, name));
    char *end = NULL;
    errno = 0;
    *out = text ? strtoull(text, &end, 10) : 0;
    return text && *text && !*end && !errno;
}

static bool read_operation(struct control *control, struct resource *resource,
                           const struct json *entry)
{
    const char *id = json_text_at(entry, "id", "");
    int verb = word_index(json_text_at(entry, "verb", NULL), verb_words, 4);
    int status = word_index(json_text_at(entry, "status", NULL), status_words, 4);
    if (strlen(id) != UUID_SIZE - 1 || verb < 0 || status < 0 ||
        resource->operation_count == OPERATIONS_KEPT || key_table_get(&control->operations, id))
        return false;
    struct operation *operation = operation_open(control, resource, (enum operation_verb)verb);
    key_table_remove(&control->operations, operation->id);
    memcpy(operation->id, id, UUID_SIZE);
    key_table_set(&control->operations, operation->id, operation);
    operation->status = (enum operation_status)status;
    operation->start_ms = json_int(json_get(entry, "startMs"), 0);
    operation->end_ms = json_int(json_get(entry, "endMs"), 0);
    operation->error_code = str_dup(json_text_at(entry, "errorCode", NULL));
    operation->error_message = str_dup(json_text_at(entry, "errorMessage", NULL));
    return true;
}

static bool read_credentials(struct resource *resource, const struct json *record)
{
    resource->keys[0] = str_dup(json_text_at(record, "primaryKey", NULL));
    resource->keys[1] = str_dup(json_text_at(record, "secondaryKey", NULL));
    const struct json *entry = json_first(json_get(record, "tokens"));
    for (; entry && resource->token_count < TOKENS_KEPT; entry = json_next(entry)) {
        struct token *token = &resource->tokens[resource->token_count];
        token->text = str_dup(json_text_at(entry, "token", NULL));
        token->expires_ms = json_int(json_get(entry, "expiresMs"), 0);
        token->refresh_ms = json_int(json_get(entry, "refreshMs"), 0);
        if (!token->text)
            return false;
        resource->token_count++;
    }
    return resource->keys[0] && resource->keys[1];
}

/* Fills what follows from the record's own members; the tree is built afterwards. */
static bool read_record(struct control *control, struct resource *resource,
                        const struct json *record)
{
    resource->gone = json_is_true(json_get(record, "gone"));
    resource->created_ms = json_int(json_get(record, "createdMs"), 0);
    resource->updated_ms = json_int(json_get(record, "updatedMs"), 0);
    resource->came_up = json_is_true(json_get(record, "cameUp"));
    resource->conda_text = str_dup(json_text_at(record, "condaText", NULL));
    if (json_get(record, "document"))
        resource->document = json_copy(json_get(record, "document"));
    if (json_get(record, "wanted"))
        resource->wanted = json_copy(json_get(record, "wanted"));
    if (json_type(json_get(record, "events")) == JSON_ARRAY)
        resource->events = json_copy(json_get(record, "events"));
    const struct json *entry = json_first(json_get(record, "operations"));
    for (; entry; entry = json_next(entry))
        if (!read_operation(control, resource, entry))
            return false;
    if (resource->gone)
        return true;
    if (json_type(json_get(resource->document, "properties")) != JSON_OBJECT)
        return false;
    if (resource->kind == RESOURCE_DEPLOYMENT)
        return read_number(record, "generation", &resource->generation);
    return resource->kind != RESOURCE_ENDPOINT || read_credentials(resource, record);
}

struct loaded {
    struct json *record;
    char *path;
    int kind;
    uint64_t sequence;
};

static bool damaged(struct error *error, const char *path, const char *why)
{
    error_set(error, ERROR_FAILED, "%s is damaged: %s", path, why);
    return error_hint(error, "Nothing was changed. Restore that file, or move it away to start "
                             "without the resource that it holds.");
}

static bool load_file(const char *path, struct loaded *out, struct error *error)
{
    struct error cause = {0};
    size_t len = 0;
    char *text = file_read(path, STORE_MAX_FILE, &len, &cause);
    struct json *record = text ? json_parse(text, len, &cause) : NULL;
    str_free_secret(text);
    if (!record)
        return damaged(error, path, cause.message);
    out->kind = word_index(json_text_at(record, "kind", NULL), kind_words, 4);
    bool ok = json_int(json_get(record, "format"), 0) == STORE_FORMAT && out->kind >= 0 &&
              json_text_at(record, "id", "")[0] == '/' &&
              read_number(record, "sequence", &out->sequence) &&
              word_index(json_text_at(record, "asset", NULL), asset_words, ASSET_TYPES) >= 0;
    if (!ok) {
        json_free(record);
        return damaged(error, path, "it is no resource of this version");
    }
    out->record = record;
    out->path = str_dup(path);
    return true;
}

/* Parents before their children, each kind in the order of creation. */
static int compare_loaded(const void *a, const void *b)
{
    const struct loaded *left = a;
    const struct loaded *right = b;
    int left_child = left->kind == RESOURCE_DEPLOYMENT || left->kind == RESOURCE_VERSION;
    int right_child = right->kind == RESOURCE_DEPLOYMENT || right->kind == RESOURCE_VERSION;
    if (left_child != right_child)
        return left_child - right_child;
    return (left->sequence > right->sequence) - (left->sequence < right->sequence);
}

/* The id of a deployment's endpoint or a version's container: two segments less. Owned. */
static char *parent_key_of(const char *id)
{
    char *key = arm_lower(id);
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(key, '/');
        if (slash)
            *slash = '\0';
    }
    return key;
}

static bool is_in_its_file(const struct control *control, const struct loaded *loaded)
{
    char *key = arm_lower(json_text_at(loaded->record, "id", ""));
    char *path = file_of(control, key);
    bool same = strcmp(path, loaded->path) == 0;
    free(path);
    free(key);
    return same;
}

static struct resource *find_parent(const struct control *control, const struct loaded *loaded)
{
    char *key = parent_key_of(json_text_at(loaded->record, "id", ""));
    struct resource *parent = resource_find(control, key);
    free(key);
    enum resource_kind wanted =
        loaded->kind == RESOURCE_DEPLOYMENT ? RESOURCE_ENDPOINT : RESOURCE_CONTAINER;
    return parent && parent->kind == wanted ? parent : NULL;
}

/* What belongs to something that is not there, as when its file was moved away: kept, not used. */
static bool set_aside(const char *path, struct error *error)
{
    char *aside = str_format("%s.orphan", path);
    bool moved = rename(path, aside) == 0 ||
                 error_set(error, ERROR_FAILED, "cannot move %s: %s", path, strerror(errno));
    free(aside);
    return moved;
}

static bool build(struct control *control, const struct loaded *loaded, struct error *error)
{
    bool child = loaded->kind == RESOURCE_DEPLOYMENT || loaded->kind == RESOURCE_VERSION;
    bool gone = json_is_true(json_get(loaded->record, "gone"));
    struct resource *parent = child && !gone ? find_parent(control, loaded) : NULL;
    if (!is_in_its_file(control, loaded))
        return damaged(error, loaded->path, "its name does not belong to the id in it");
    if (child && !gone && !parent)
        return set_aside(loaded->path, error);
    int asset = word_index(json_text_at(loaded->record, "asset", NULL), asset_words, ASSET_TYPES);
    struct resource *resource =
        resource_add(control, (enum resource_kind)loaded->kind, (enum asset_type)asset, parent,
                     json_text_at(loaded->record, "id", ""));
    resource->sequence = loaded->sequence;
    if (loaded->sequence >= control->next_sequence)
        control->next_sequence = loaded->sequence + 1;
    if (!read_record(control, resource, loaded->record))
        return damaged(error, loaded->path, "members are missing or of a wrong type");
    if (!gone) {
        /* The engine may listen elsewhere than when this was written. */
        if (json_text_at(resource->document, "properties.scoringUri", NULL))
            endpoint_set_uris(control, resource, resource->document);
        if (json_text_at(resource->wanted, "properties.scoringUri", NULL))
            endpoint_set_uris(control, resource, resource->wanted);
        return true;
    }
    bool old = resource->updated_ms < control->now_ms - TOMBSTONE_LIFE_MS;
    int64_t buried_ms = resource->updated_ms;
    resource_bury(control, resource);
    resource->updated_ms = buried_ms;
    if (old) {
        key_table_remove(&control->tombstones, resource->key);
        for (size_t i = 0; i < resource->operation_count; i++)
            key_table_remove(&control->operations, resource->operations[i]->id);
        store_remove(control, resource);
        resource_free(resource);
    }
    return true;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    size_t end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static bool load_folder(struct control *control, struct loaded **out, size_t *out_count,
                        struct error *error)
{
    DIR *folder = opendir(control->folder);
    if (!folder)
        return error_set(error, ERROR_FAILED, "cannot read folder %s: %s", control->folder,
                         strerror(errno));
    size_t capacity = 0;
    bool ok = true;
    for (;;) {
        errno = 0;
        const struct dirent *entry = ok ? readdir(folder) : NULL;
        if (!entry) {
            /* Half a folder is no state to go on from: what is missing would seem to be deleted. */
            if (ok && errno)
                ok = error_set(error, ERROR_FAILED, "cannot read folder %s: %s", control->folder,
                               strerror(errno));
            break;
        }
        char *path = file_join(control->folder, entry->d_name);
        if (ends_with(entry->d_name, ".tmp")) {
            ok = file_remove(path, error); /* a write that a crash cut off */
        } else if (ends_with(entry->d_name, ".json")) {
            *out = mem_grow(*out, *out_count, &capacity, sizeof **out);
            ok = load_file(path, &(*out)[*out_count], error);
            *out_count += ok;
        }
        free(path);
    }
    closedir(folder);
    return ok;
}

/* ---- the folder ---- */

static bool lock_folder(struct control *control, struct error *error)
{
    char *path = file_join(control->folder, "lock");
    control->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool locked = control->lock_fd >= 0 && flock(control->lock_fd, LOCK_EX | LOCK_NB) == 0;
    if (!locked && control->lock_fd >= 0 && errno == EWOULDBLOCK) {
        error_set(error, ERROR_CONFLICT, "another engine is using %s", control->folder);
        error_hint(error, "End it with `cutover serve --stop`, or choose another --state folder.");
    } else if (!locked) {
        error_set(error, ERROR_FAILED, "cannot lock %s: %s", path, strerror(errno));
    }
    free(path);
    return locked;
}

/* The key under which operation URLs are signed has to outlive a restart, as the URLs do. */
static bool load_signing_key(struct control *control, struct error *error)
{
    char *path = file_join(control->folder, "signing.key");
    struct error cause = {0};
    size_t len = 0;
    char *bytes = file_read(path, sizeof control->signing_key, &len, &cause);
    bool ok = true;
    if (bytes && len == sizeof control->signing_key)
        memcpy(&control->signing_key, bytes, len);
    else if (bytes || cause.kind != ERROR_NOT_FOUND)
        ok = damaged(error, path, bytes ? "it has a wrong length" : cause.message);
    else
        ok = file_write_atomic(path, &control->signing_key, sizeof control->signing_key, 0600,
                               error);
    free(bytes);
    free(path);
    return ok;
}

bool store_open(struct control *control, struct error *error)
{
    if (!control->folder)
        return true;
    struct loaded *loaded = NULL;
    size_t count = 0;
    bool ok = file_make_folder(control->folder, 0700, error);
    if (ok) {
        char *resources = file_join(control->folder, "resources");
        free(control->folder);
        control->folder = resources;
        ok = file_make_folder(control->folder, 0700, error) && lock_folder(control, error) &&
             load_signing_key(control, error) && load_folder(control, &loaded, &count, error);
    }
    if (ok && count)
        qsort(loaded, count, sizeof *loaded, compare_loaded);
    for (size_t i = 0; i < count; i++) {
        ok = ok && build(control, &loaded[i], error);
        json_free(loaded[i].record);
        free(loaded[i].path);
    }
    free(loaded);
    return ok;
}

void store_close(struct control *control)
{
    if (control->lock_fd >= 0)
        close(control->lock_fd);
    control->lock_fd = -1;
}
