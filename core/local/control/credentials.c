/* Keys and tokens of endpoints. */
#include "core/base/alloc.h"
#include "core/base/base64url.h"
#include "core/base/clock.h"
#include "core/local/control/control_state.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_LENGTH = 44,
    KEY_MIN = 8,
    KEY_MAX = 256,
    TOKEN_SIGNATURE_LENGTH = 342, /* of an RS256 signature in base64url */
    TOKEN_LIFE_S = 24 * 60 * 60,
    TOKEN_REFRESH_S = 12 * 60 * 60,
};

enum auth { AUTH_BY_KEY, AUTH_BY_AML_TOKEN, AUTH_BY_AAD_TOKEN };

static enum auth auth_of(const struct resource *endpoint)
{
    const char *mode = json_text_at(endpoint->wanted ? endpoint->wanted : endpoint->document,
                                    "properties.authMode", "Key");
    if (strcmp(mode, "AMLToken") == 0)
        return AUTH_BY_AML_TOKEN;
    return strcmp(mode, "AADToken") == 0 ? AUTH_BY_AAD_TOKEN : AUTH_BY_KEY;
}

/* What can stand in an Authorization header. */
static bool key_ok(const char *key)
{
    size_t len = strlen(key);
    if (len < KEY_MIN || len > KEY_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        if (key[i] <= ' ' || key[i] > '~')
            return false;
    return true;
}

static bool check_key(const struct json *value, const char *what, struct error *error)
{
    if (!value || json_type(value) == JSON_NULL)
        return true;
    if (json_text(value) && key_ok(json_text(value)))
        return true;
    return error_set(error, ERROR_RULE,
                     "'%s' has to be %d to %d characters that a header can carry.", what, KEY_MIN,
                     KEY_MAX);
}

bool credential_check(const struct json *body, struct error *error)
{
    return check_key(json_at(body, "properties.keys.primaryKey"), "properties.keys.primaryKey",
                     error) &&
           check_key(json_at(body, "properties.keys.secondaryKey"), "properties.keys.secondaryKey",
                     error);
}

static void set_key(struct resource *endpoint, int which, const char *given)
{
    char fresh[KEY_LENGTH + 1];
    random_base64url(fresh, KEY_LENGTH);
    str_free_secret(endpoint->keys[which]);
    endpoint->keys[which] = str_dup(given ? given : fresh);
    memset(fresh, 0, sizeof fresh);
}

void credential_init(struct resource *endpoint, const struct json *body)
{
    set_key(endpoint, 0, json_text_at(body, "properties.keys.primaryKey", NULL));
    set_key(endpoint, 1, json_text_at(body, "properties.keys.secondaryKey", NULL));
}

void credential_fill(const struct control *control, const struct resource *endpoint,
                     const char *out[4])
{
    enum auth auth = auth_of(endpoint);
    size_t count = 0;
    memset(out, 0, 4 * sizeof *out);
    if (auth == AUTH_BY_KEY) {
        out[0] = endpoint->keys[0];
        out[1] = endpoint->keys[1];
        return;
    }
    /* The engine's own token stands for a directory token: there is no directory here. */
    if (auth == AUTH_BY_AAD_TOKEN)
        out[count++] = control->options.token;
    for (size_t i = 0; i < endpoint->token_count; i++)
        out[count++] = endpoint->tokens[i].text;
}

bool credential_expire(const struct control *control, struct resource *endpoint)
{
    size_t kept = 0;
    for (size_t i = 0; i < endpoint->token_count; i++) {
        if (endpoint->tokens[i].expires_ms > control->now_ms)
            endpoint->tokens[kept++] = endpoint->tokens[i];
        else
            str_free_secret(endpoint->tokens[i].text);
    }
    bool dropped = kept < endpoint->token_count;
    endpoint->token_count = kept;
    return dropped;
}

int64_t credential_next_expiry(const struct resource *endpoint)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < endpoint->token_count; i++)
        if (endpoint->tokens[i].expires_ms < next)
            next = endpoint->tokens[i].expires_ms;
    return next;
}

void credential_list_keys(struct call *call)
{
    const struct resource *endpoint = call_endpoint(call);
    if (!endpoint)
        return;
    bool by_key = auth_of(endpoint) == AUTH_BY_KEY;
    struct json *document = json_object();
    json_set_text(document, "primaryKey", by_key ? endpoint->keys[0] : NULL);
    json_set_text(document, "secondaryKey", by_key ? endpoint->keys[1] : NULL);
    call_answer_take(call, 200, document);
}

static bool read_regenerate(const struct json *body, int *which, const char **value,
                            struct error *error)
{
    const char *type = json_text_at(body, "keyType", "");
    bool primary = strcmp(type, "Primary") == 0;
    if (!primary && strcmp(type, "Secondary") != 0)
        return error_set(error, ERROR_RULE, "'keyType' has to be one of: Primary Secondary.");
    *which = primary ? 0 : 1;
    *value = json_text_at(body, "keyValue", NULL);
    return check_key(json_get(body, "keyValue"), "keyValue", error);
}

void credential_regenerate(struct call *call)
{
    struct error error = {0};
    int which = 0;
    const char *value = NULL;
    struct resource *endpoint = call_endpoint(call);
    struct json *body = endpoint ? call_body(call) : NULL;
    if (!body)
        return;
    if (!read_regenerate(body, &which, &value, &error)) {
        call_invalid(call, &error);
        return;
    }
    if (auth_of(endpoint) != AUTH_BY_KEY) {
        error_set(&error, ERROR_RULE, "The endpoint %s has no keys: its authMode is not Key.",
                  endpoint->name);
        call_invalid(call, &error);
        return;
    }
    if (state_is_busy(resource_state(endpoint))) {
        call_conflict(call, "The endpoint %s is being changed.", endpoint->name);
        return;
    }
    char *before = str_dup(endpoint->keys[which]);
    struct operation *operation = operation_open(call->control, endpoint, OPERATION_KEYS);
    set_key(endpoint, which, value);
    if (!store_save(call->control, endpoint, &error)) {
        set_key(endpoint, which, before);
        operation_undo(call->control, endpoint);
        call_fail(call, 500, "InternalServerError", error.message, NULL, NULL);
    } else {
        endpoint_publish(call->control, endpoint);
        operation_header_location(call, operation);
        call->response->status = 202;
    }
    str_free_secret(before);
}

/* A token in the form of the service's JWT. It is compared, never decoded: the end is random. */
static char *make_token(const struct resource *endpoint, int64_t expires_s)
{
    static const char header[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\"}";
    char workspace[UUID_SIZE];
    char signature[TOKEN_SIGNATURE_LENGTH + 1];
    guid_of_text(workspace, "workspace", endpoint->workspace->key);
    struct json *claims = json_object();
    json_set_text(claims, "canRefresh", "False");
    json_set_text(claims, "workspaceId", workspace);
    json_set_text(claims, "endpointName", endpoint->name);
    json_set_number(claims, "exp", (double)expires_s);
    json_set_text(claims, "iss", "azureml");
    json_set_text(claims, "aud", "azureml");
    char *payload = json_print(claims);
    struct strbuf token;
    strbuf_init(&token, 4096);
    base64url_add(&token, header, sizeof header - 1);
    strbuf_putc(&token, '.');
    base64url_add(&token, payload, strlen(payload));
    strbuf_putc(&token, '.');
    random_base64url(signature, TOKEN_SIGNATURE_LENGTH);
    strbuf_puts(&token, signature);
    free(payload);
    json_free(claims);
    return strbuf_detach(&token);
}

/*
 * The token to give out: the newest while it is fresh, so that asking often does not push out those
 * that others hold; else a new one, which replaces the oldest.
 */
static const struct token *current_token(struct control *control, struct resource *endpoint)
{
    if (endpoint->token_count) {
        const struct token *newest = &endpoint->tokens[endpoint->token_count - 1];
        if (newest->refresh_ms > control->now_ms)
            return newest;
    }
    if (!endpoint->token_count)
        resource_list_add(&control->expiring, endpoint);
    if (endpoint->token_count == TOKENS_KEPT) {
        str_free_secret(endpoint->tokens[0].text);
        memmove(&endpoint->tokens[0], &endpoint->tokens[1],
                (TOKENS_KEPT - 1) * sizeof endpoint->tokens[0]);
        endpoint->token_count--;
    }
    int64_t now_s = control->now_ms / 1000;
    struct token *token = &endpoint->tokens[endpoint->token_count++];
    token->expires_ms = (now_s + TOKEN_LIFE_S) * 1000;
    token->refresh_ms = (now_s + TOKEN_REFRESH_S) * 1000;
    token->text = make_token(endpoint, now_s + TOKEN_LIFE_S);
    store_save(control, endpoint, NULL); /* one that a restart forgets can be asked for again */
    endpoint_publish(control, endpoint);
    return token;
}

void credential_token(struct call *call)
{
    struct error error = {0};
    struct resource *endpoint = call_endpoint(call);
    if (!endpoint)
        return;
    if (auth_of(endpoint) == AUTH_BY_KEY) {
        error_set(&error, ERROR_RULE,
                  "The endpoint %s takes keys, not tokens: its authMode is Key.", endpoint->name);
        call_invalid(call, &error);
        return;
    }
    if (resource_state(endpoint) == STATE_DELETING) {
        call_conflict(call, "The endpoint %s is being deleted.", endpoint->name);
        return;
    }
    const struct token *token = current_token(call->control, endpoint);
    int64_t expires_s = token->expires_ms / 1000;
    int64_t refresh_s = token->refresh_ms / 1000;
    struct json *document = json_object();
    json_set_text(document, "accessToken", token->text);
    json_set_text(document, "tokenType", "Bearer");
    json_set_number(document, "expiryTimeUtc", (double)expires_s);
    json_set_number(document, "refreshAfterTimeUtc", (double)refresh_s);
    call_answer_take(call, 200, document);
}
