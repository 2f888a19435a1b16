#include "core/azure/azure.h"

#include <string.h>

static void append_page(struct azure_outcome *outcome, const struct json *page)
{
    if (!outcome->document)
        outcome->document = json_array();
    for (const struct json *at = json_first(page); at; at = json_next(at))
        json_append(outcome->document, json_copy(at));
}

void azure_collect(void *context, const struct azure_result *result)
{
    struct azure_outcome *outcome = context;
    bool list = result->more || (outcome->document && json_type(result->document) == JSON_ARRAY);
    if (list)
        append_page(outcome, result->document);
    else if (result->document)
        outcome->document = json_copy(result->document);
    outcome->error = result->error ? *result->error : (struct error){.kind = ERROR_NONE};
    outcome->unchanged = result->unchanged;
    outcome->accepted = result->accepted;
    outcome->done = !result->more;
}

bool azure_await(struct azure *client, azure_id id, struct azure_outcome *outcome,
                 struct error *error)
{
    if (!net_run_until(azure_net(client), &outcome->done, error)) {
        azure_cancel(client, id);
        return false;
    }
    if (outcome->error.kind == ERROR_NONE)
        return true;
    if (error)
        *error = outcome->error;
    return false;
}

void azure_outcome_release(struct azure_outcome *outcome)
{
    json_free(outcome->document);
    memset(outcome, 0, sizeof *outcome);
}
