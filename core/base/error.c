#include "core/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool error_set(struct error *error, enum error_kind kind, const char *format, ...)
{
    if (!error)
        return false;
    /* The arguments may point into the error itself, as when a message is wrapped. */
    char message[sizeof error->message];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    memset(error, 0, sizeof *error);
    error->kind = kind;
    memcpy(error->message, message, sizeof message);
    return false;
}

bool error_hint(struct error *error, const char *format, ...)
{
    if (!error)
        return false;
    va_list args;
    va_start(args, format);
    vsnprintf(error->hint, sizeof error->hint, format, args);
    va_end(args);
    return false;
}

bool error_prefix(struct error *error, const char *format, ...)
{
    if (!error)
        return false;
    char message[sizeof error->message];
    va_list args;
    va_start(args, format);
    int used = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (used < 0)
        return false;
    size_t at = (size_t)used < sizeof message ? (size_t)used : sizeof message - 1;
    const char *parts[] = {": ", error->message};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t len = strnlen(parts[i], sizeof message - 1 - at);
        memcpy(message + at, parts[i], len);
        at += len;
    }
    message[at] = '\0';
    memcpy(error->message, message, sizeof message);
    return false;
}

int error_exit_status(enum error_kind kind)
{
    switch (kind) {
    case ERROR_NONE:
        return 0;
    case ERROR_USAGE:
        return 2;
    case ERROR_NOT_FOUND:
        return 3;
    case ERROR_RULE:
        return 4;
    case ERROR_CONFLICT:
        return 5;
    case ERROR_CANCELLED:
        return 130;
    case ERROR_FAILED:
    case ERROR_AUTH:
    case ERROR_NETWORK:
    case ERROR_TIMEOUT:
    case ERROR_LIMIT:
        break;
    }
    return 1;
}
