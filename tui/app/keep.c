/* What the operator keeps: text written into new files. */
#include "core/base/alloc.h"
#include "core/base/file.h"
#include "tui/app/app.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { KEPT_MODE = 0600 };

static bool write_new(const char *path, const char *bytes, size_t len, struct error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, KEPT_MODE);
    if (fd < 0 && errno == EEXIST)
        return error_set(error, ERROR_CONFLICT, "%s is there already: nothing was written", path);
    if (fd < 0)
        return error_set(error, ERROR_FAILED, "%s: %s", path, strerror(errno));
    bool ok = file_write_all(fd, bytes, len);
    int problem = errno;
    if (close(fd) != 0 && ok) {
        ok = false;
        problem = errno;
    }
    if (ok)
        return true;
    unlink(path);
    return error_set(error, ERROR_FAILED, "%s: %s", path, strerror(problem));
}

void keep_text(struct app *app, const struct effect *effect)
{
    struct error error;
    struct message message = {.kind = MESSAGE_NOTICE};
    if (write_new(effect->text, effect->body, effect->body_len, &error))
        message.text = str_format("saved to %s, %zu bytes", effect->text, effect->body_len);
    else
        message.error = &error;
    app_deliver(app, &message);
}
