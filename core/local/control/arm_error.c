#include "core/local/control/arm_error.h"

#include "core/base/clock.h"
#include "core/base/json.h"

#include <stdlib.h>

static void add_info(struct json *list, const char *type, struct json *value)
{
    struct json *entry = json_append(list, json_object());
    json_set_text(entry, "type", type);
    json_set(json_set(entry, "info", json_object()), "value", value);
}

static struct json *additional_info(const struct arm_error_trace *trace)
{
    char now[CLOCK_ISO_SIZE];
    clock_format_arm(now, trace->wall_ms);
    struct json *list = json_array();
    add_info(list, "ComponentName", json_string("managementfrontend"));
    struct json *correlation = json_object();
    json_set_text(correlation, "operation", trace->request_id);
    json_set_text(correlation, "request", trace->request_id);
    add_info(list, "Correlation", correlation);
    add_info(list, "Environment", json_string(trace->location));
    add_info(list, "Location", json_string(trace->location));
    add_info(list, "Time", json_string(now));
    return list;
}

void arm_error_answer(struct control_response *response, const struct arm_error_trace *trace,
                      int status, const char *code, const char *message, const char *detail_code,
                      const char *detail)
{
    struct json *document = json_object();
    struct json *error = json_set(document, "error", json_object());
    json_set_text(error, "code", code);
    json_set_text(error, "message", message);
    struct json *details = json_set(error, "details", json_array());
    if (detail_code) {
        struct json *entry = json_append(details, json_object());
        json_set_text(entry, "code", detail_code);
        json_set_text(entry, "message", detail ? detail : "");
        json_set(entry, "details", json_array());
        json_set(entry, "additionalInfo", json_array());
    }
    json_set(error, "additionalInfo", additional_info(trace));
    char *text = json_print(document);
    response->status = status;
    strbuf_clear(&response->body);
    strbuf_puts(&response->body, text);
    free(text);
    json_free(document);
}

void arm_error_invalid(struct control_response *response, const struct arm_error_trace *trace,
                       const char *reason)
{
    struct json *inner = json_object();
    struct json *errors = json_set(inner, "errors", json_object());
    json_append(json_set(errors, "", json_array()), json_string(reason));
    json_set_text(inner, "title", "The request breaks a rule of the service.");
    char *text = json_print(inner);
    arm_error_answer(response, trace, 400, "BadRequest", "The request is not valid.",
                     "InferencingClientCallFailed", text);
    free(text);
    json_free(inner);
}
