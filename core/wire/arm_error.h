/*
 * Answers that are errors -> struct error.
 *
 * ARM wraps the inference service's answer as JSON text inside details[].message; what a person
 * needs are the leaf strings of that inner document.
 */
#ifndef CORE_WIRE_ARM_ERROR_H
#define CORE_WIRE_ARM_ERROR_H

#include "core/base/error.h"
#include "core/base/json.h"

#include <stddef.h>

/* What an HTTP status means: 404 not found, 409 and 412 conflict, 401 and 403 auth, else failed. */
enum error_kind arm_error_kind(int http_status);

/*
 * Fills `error` from an answer's status and body: kind, code, message (with the leaf strings of
 * the details), request id (NULL allowed) and a hint where there is something to do. A body that
 * is no ARM error is quoted in part. Always returns false.
 */
bool arm_error_decode(int http_status, const char *body, size_t body_len, const char *request_id,
                      struct error *error);

/*
 * The same of an `error` object {"code", "message", "details"} that stood in a status document;
 * `object` may be NULL. Always returns false.
 */
bool arm_error_from_object(const struct json *object, int http_status, const char *request_id,
                           struct error *error);

#endif
