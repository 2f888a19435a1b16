#include "core/base/secret.h"

#include <string.h>
#include <strings.h>

bool secret_equal(const char *secret, const char *given, size_t given_len)
{
    size_t len = strlen(secret);
    unsigned char differs = len != given_len;
    /* Runs over what was given, so that the length of the secret does not show either. */
    for (size_t i = 0; i < given_len; i++)
        differs |= (unsigned char)(given[i] ^ secret[len ? i % len : 0]);
    return len && !differs;
}

const char *secret_bearer(const char *authorization, size_t *out_len)
{
    static const char scheme[] = "Bearer ";
    if (!authorization || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return NULL;
    const char *token = authorization + sizeof scheme - 1;
    token += strspn(token, " \t");
    size_t len = strlen(token);
    while (len && (token[len - 1] == ' ' || token[len - 1] == '\t'))
        len--;
    *out_len = len;
    return token;
}
