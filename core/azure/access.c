#include "core/azure/azure.h"

#include "core/base/alloc.h"
#include "core/base/file.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_LOCAL_FILE = 64 * 1024 };

void azure_access_release(struct azure_access *access)
{
    free(access->arm_url);
    str_free_secret(access->token);
    memset(access, 0, sizeof *access);
}

static bool not_running(struct error *error)
{
    error_set(error, ERROR_NETWORK, "no local engine is running");
    return error_hint(error, "Start one with 'cutover serve', or see it at work: 'cutover demo'.");
}

bool azure_access_local(void *context, bool again, struct azure_access *out, struct error *error)
{
    (void)context;
    (void)again;
    struct json *document = NULL;
    char *path = NULL;
    char *text = NULL;
    size_t len = 0;
    bool ok = false;
    char *folder = xdg_runtime_folder(error);
    if (!folder)
        return false;
    path = file_join(folder, "local.json");
    struct error fault;
    text = file_read(path, MAX_LOCAL_FILE, &len, &fault);
    if (!text) {
        if (fault.kind == ERROR_NOT_FOUND)
            not_running(error);
        else if (error)
            *error = fault;
        goto out;
    }
    document = json_parse(text, len, NULL);
    const char *url = json_text_at(document, "url", "");
    const char *token = json_text_at(document, "token", "");
    if (!*url || !*token) {
        error_set(error, ERROR_FAILED, "%s does not name the local engine", path);
        error_hint(error, "Stop it with 'cutover serve --stop' and start it again.");
        goto out;
    }
    out->arm_url = str_dup(url);
    out->token = str_dup(token);
    ok = true;
out:
    json_free(document);
    str_free_secret(text);
    free(path);
    free(folder);
    return ok;
}

bool azure_access_fixed(void *context, bool again, struct azure_access *out, struct error *error)
{
    const struct azure_access *known = context;
    (void)again; /* the client notices that it is the same once more */
    (void)error;
    out->arm_url = str_dup(known->arm_url);
    out->token = str_dup(known->token); /* NULL stays NULL */
    return true;
}
