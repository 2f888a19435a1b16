#include "core/model/name.h"

#include <ctype.h>
#include <string.h>

bool name_check(const char *what, const char *name, struct error *error)
{
    size_t len = name ? strlen(name) : 0;
    if (len < NAME_MIN || len > NAME_MAX_LEN) {
        error_set(error, ERROR_RULE, "the %s name '%.80s' has %zu characters", what,
                  name ? name : "", len);
        return error_hint(error, "Use %d to %d characters.", NAME_MIN, NAME_MAX_LEN);
    }
    bool ok = isalpha((unsigned char)name[0]) && isalnum((unsigned char)name[len - 1]);
    for (size_t i = 0; ok && i < len; i++)
        ok = (isalnum((unsigned char)name[i]) || name[i] == '-') && (unsigned char)name[i] < 0x80;
    if (ok)
        return true;
    error_set(error, ERROR_RULE, "the %s name '%.80s' is not allowed", what, name);
    return error_hint(error, "Start with a letter, go on with letters, digits and '-', and end "
                             "with a letter or digit.");
}

bool name_check_pair(const char *endpoint, const char *deployment, struct error *error)
{
    size_t len = strlen(endpoint) + strlen(deployment);
    if (len >= 6 && len <= 62)
        return true;
    error_set(error, ERROR_RULE,
              "on Kubernetes the names '%.64s' and '%.64s' have %zu characters together", endpoint,
              deployment, len);
    return error_hint(error, "Keep their sum within 6 to 62 characters.");
}

bool name_copy(char out[NAME_SIZE], const char *name)
{
    size_t len = name ? strlen(name) : 0;
    if (!len || len >= NAME_SIZE) {
        out[0] = '\0';
        return false;
    }
    memcpy(out, name, len + 1);
    return true;
}

void name_lower(char *name)
{
    for (; *name; name++)
        *name = (char)tolower((unsigned char)*name);
}
