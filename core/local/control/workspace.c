/* The workspace: whichever is asked for exists, and all are in the same place. */
#include "core/local/control/control_state.h"

#include <stdlib.h>
#include <string.h>

void workspace_get(struct call *call)
{
    char *id = call_workspace_id(call);
    char *key = arm_lower(id);
    char guid[UUID_SIZE];
    char principal[UUID_SIZE];
    char tenant[UUID_SIZE];
    guid_of_text(guid, "workspace", key);
    guid_of_text(principal, "principal", key);
    guid_of_text(tenant, "tenant", key);
    struct json *document = json_object();
    json_set_text(document, "id", id);
    json_set_text(document, "name", call->captures[2]);
    json_set_text(document, "type", "Microsoft.MachineLearningServices/workspaces");
    json_set_text(document, "location", CONTROL_LOCATION);
    json_set(document, "tags", json_object());
    json_set_text(document, "kind", "Default");
    struct json *sku = json_set(document, "sku", json_object());
    json_set_text(sku, "name", "Basic");
    json_set_text(sku, "tier", "Basic");
    struct json *identity = json_set(document, "identity", json_object());
    json_set_text(identity, "type", "SystemAssigned");
    json_set_text(identity, "principalId", principal);
    json_set_text(identity, "tenantId", tenant);
    struct json *properties = json_set(document, "properties", json_object());
    json_set_text(properties, "workspaceId", guid);
    json_set_text(properties, "friendlyName", call->captures[2]);
    json_set_text(properties, "description", "A workspace of the local engine");
    json_set_text(properties, "provisioningState", "Succeeded");
    json_set_text(properties, "publicNetworkAccess", "Disabled");
    json_set_text(properties, "discoveryUrl", call->control->options.base_url);
    json_set_text(properties, "tenantId", tenant);
    /* The workspace is not made at a time of its own: the epoch stands for "always". */
    document_set_system_data(document, 0, 0, true);
    call_answer_take(call, 200, document);
    free(key);
    free(id);
}
