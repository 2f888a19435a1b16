/*
 * Error answers in the shape of ARM and of the machine learning provider.
 */
#ifndef CORE_LOCAL_CONTROL_ARM_ERROR_H
#define CORE_LOCAL_CONTROL_ARM_ERROR_H

#include "core/local/control/control.h"

/* What is put beside code and message, as the service does, to find an answer again. */
struct arm_error_trace {
    int64_t wall_ms;
    const char *request_id;
    const char *location;
};

/*
 * Replaces the body by {"error": {code, message, details: [{detail_code, detail}], additionalInfo}}
 * and sets the status. `detail_code` may be NULL: then details are empty.
 */
void arm_error_answer(struct control_response *response, const struct arm_error_trace *trace,
                      int status, const char *code, const char *message, const char *detail_code,
                      const char *detail);

/*
 * 400 BadRequest as the inference service behind the provider gives it: details[0].message is a
 * JSON document in a string, {"errors": {"": [reason]}, "title": ...}.
 */
void arm_error_invalid(struct control_response *response, const struct arm_error_trace *trace,
                       const char *reason);

#endif
