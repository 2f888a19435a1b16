/* serve: the local engine in this process. */
#include "core/base/file.h"
#include "core/local/engine.h"
#include "tui/cli/command.h"

#include <stdio.h>
#include <stdlib.h>

static void say_ready(void *context, const char *url)
{
    (void)context;
    printf("cutover: local engine ready at %s\n", url);
    fflush(stdout);
}

bool run_serve(struct session *session, struct error *error)
{
    const struct options *options = &session->options;
    if (option_given(options, OPTION_STOP))
        return engine_stop_running(error);
    bool ok = engine_run(
        &(struct engine_options){
            .listen = option_value(options, OPTION_LISTEN),
            .state_folder = option_value(options, OPTION_STATE),
            .python = option_value(options, OPTION_PYTHON),
            .allow_non_loopback = option_given(options, OPTION_ALLOW_NON_LOOPBACK),
            .enforce_rate_limits = option_given(options, OPTION_SERVICE_LIMITS),
            .stop_fd = -1,
            .on_ready = say_ready,
        },
        error);
    if (!ok && error->kind == ERROR_RULE && !option_given(options, OPTION_ALLOW_NON_LOOPBACK))
        error_hint(error, "Whoever reaches the engine and has its token can run programs here; "
                          "--allow-non-loopback does it all the same.");
    return ok;
}
