/* The loop: one wait over terminal, network, timers and signals; one frame when something changed.
 */
#include "tui/app/console.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "tui/app/app.h"
#include "tui/app/child.h"
#include "tui/draw/terminal.h"
#include "tui/draw/theme.h"
#include "tui/panel/screen.h"
#include "tui/state/update.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME_MS = 17, READ_SIZE = 4096 };

/* What the loop holds besides the app. */
struct screen {
    struct app app;
    struct terminal *terminal;
    struct canvas canvas;
    struct theme theme;
    struct key_decoder keys;
    int64_t framed_ms; /* when the last frame was shown */
    bool keyed;        /* a key came since then: its frame does not wait */
};

/* The resize handler has no other way in. */
static volatile sig_atomic_t resized;
static struct net *signalled_net;

static void on_resize(int signal_number)
{
    (void)signal_number;
    resized = 1;
    net_interrupt(signalled_net);
}

void app_deliver(struct app *app, struct message *message)
{
    message->now_ms = clock_monotonic_ms();
    message->wall_ms = clock_wall_ms();
    update(app->state, message, &app->effects);
    message_release(message);
    app->changed = true;
}

/* --- effects -----------------------------------------------------------------------------------
 */

static void next_theme(struct screen *screen, const char *wanted)
{
    struct error error;
    struct theme theme;
    const char *name = wanted;
    if (!*wanted) {
        size_t at = 0;
        while (theme_builtin_name(at) && strcmp(theme_builtin_name(at), screen->theme.name) != 0)
            at++;
        name = theme_builtin_name(at) ? theme_builtin_name(at + 1) : NULL;
        name = name ? name : theme_builtin_name(0);
    }
    if (strcmp(name, "mono") == 0) {
        terminal_set_depth(screen->terminal, DEPTH_MONO);
    } else if (theme_load(&theme, name, &error)) {
        screen->theme = theme;
    } else {
        app_deliver(&screen->app, &(struct message){.kind = MESSAGE_NOTICE, .error = &error});
        return;
    }
    terminal_redraw(screen->terminal);
    char *said = str_format("theme %s", name);
    app_deliver(&screen->app, &(struct message){.kind = MESSAGE_NOTICE, .text = said});
}

static void suspend(struct screen *screen)
{
    terminal_stop(screen->terminal);
    resized = 1;
}

/* The request as it is, or as the operator's editor leaves it. */
static void edit_body(struct screen *screen, const struct effect *effect)
{
    struct error error;
    struct message message = {.kind = MESSAGE_BODY, .more = effect->kind == EFFECT_EDIT};
    size_t len = effect->body_len;
    char *text = effect->body ? str_dup_n(effect->body, len)
                              : file_read(effect->text, CHILD_MAX_TEXT, &len, &error);
    if (text && message.more)
        message.text = child_edit(screen->terminal, text, len, &message.text_len, &error);
    else if (text)
        message.text = str_dup_n(text, message.text_len = len);
    if (!message.text)
        message.error = &error;
    free(text);
    resized = resized || message.more;
    app_deliver(&screen->app, &message);
}

static void page_answer(struct screen *screen, const struct effect *effect)
{
    struct error error;
    resized = 1;
    if (!child_page(screen->terminal, effect->body, effect->body_len, &error))
        app_deliver(&screen->app, &(struct message){.kind = MESSAGE_NOTICE, .error = &error});
}

static void perform(struct screen *screen, struct effect *effect)
{
    struct app *app = &screen->app;
    switch (effect->kind) {
    case EFFECT_CONNECT:
        service_connect(app, effect->text);
        break;
    case EFFECT_FETCH_ENDPOINTS:
    case EFFECT_FETCH_DEPLOYMENTS:
    case EFFECT_FETCH_METRICS:
    case EFFECT_FETCH_LOG:
    case EFFECT_FETCH_DETAILS:
        service_fetch(app, effect);
        break;
    case EFFECT_PREPARE:
        job_prepare(app, effect);
        break;
    case EFFECT_SEND:
        job_send(app, effect);
        break;
    case EFFECT_FORGET:
        job_forget(app, effect->id);
        break;
    case EFFECT_TEST:
        test_send(app, effect);
        break;
    case EFFECT_CANCEL_TEST:
        test_cancel(app, effect->id);
        break;
    case EFFECT_FIND_FILES:
        files_find(app, effect->text);
        break;
    case EFFECT_LIST_CONTEXTS:
        service_list_contexts(app);
        break;
    case EFFECT_ADD_CONTEXT:
        service_add_context(app, &effect->context);
        break;
    case EFFECT_START_ENGINE:
        engine_start(app);
        break;
    case EFFECT_THEME:
        next_theme(screen, effect->text);
        break;
    case EFFECT_COPY:
        if (!terminal_copy(screen->terminal, effect->body))
            app_deliver(app, &(struct message){.kind = MESSAGE_NOTICE,
                                               .text = str_dup("this terminal cannot copy")});
        break;
    case EFFECT_READ_BODY:
    case EFFECT_EDIT:
        edit_body(screen, effect);
        break;
    case EFFECT_PAGE:
        page_answer(screen, effect);
        break;
    case EFFECT_SAVE:
        keep_text(app, effect);
        break;
    case EFFECT_REDRAW:
        terminal_redraw(screen->terminal);
        break;
    case EFFECT_SUSPEND:
        suspend(screen);
        break;
    case EFFECT_QUIT:
        app->quit = true;
        app->status = (int)effect->number;
        break;
    }
}

/* Effects may ask for more effects: until none is left. Never called from a callback of net. */
static void perform_all(struct screen *screen)
{
    struct app *app = &screen->app;
    while (app->effects.count) {
        struct effects asked = app->effects;
        app->effects = (struct effects){.count = 0};
        for (size_t i = 0; i < asked.count; i++)
            perform(screen, &asked.items[i]);
        effects_release(&asked);
    }
    service_sweep(app);
}

/* --- input and output --------------------------------------------------------------------------
 */

static void press_keys(struct screen *screen, const struct key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        app_deliver(&screen->app, &(struct message){.kind = MESSAGE_KEY, .key = keys[i]});
    screen->keyed = screen->keyed || count;
}

static void read_keys(struct screen *screen)
{
    unsigned char bytes[READ_SIZE];
    ssize_t len = terminal_read(screen->terminal, bytes, sizeof bytes);
    if (len == 0) {
        screen->app.quit = true;
        screen->app.status = 1;
    }
    for (ssize_t i = 0; i < len; i++) {
        struct key keys[KEYS_PER_BYTE];
        press_keys(screen, keys, keys_feed(&screen->keys, bytes[i], keys));
    }
}

static void flush_keys(struct screen *screen)
{
    struct key keys[KEYS_PER_BYTE];
    press_keys(screen, keys, keys_flush(&screen->keys, keys));
}

static void take_size(struct screen *screen)
{
    int rows, cols;
    resized = 0;
    terminal_size(screen->terminal, &rows, &cols);
    canvas_resize(&screen->canvas, rows, cols);
    app_deliver(&screen->app,
                &(struct message){.kind = MESSAGE_RESIZE, .rows = rows, .cols = cols});
}

static void present(struct screen *screen)
{
    screen_draw(screen->app.state, &screen->canvas);
    terminal_present(screen->terminal, &screen->canvas, &screen->theme);
    screen->framed_ms = clock_monotonic_ms();
    screen->app.changed = false;
    screen->keyed = false;
}

/* --- the loop ----------------------------------------------------------------------------------
 */

static int least(int a, int b)
{
    return a < 0 ? b : b < 0 ? a : a < b ? a : b;
}

/* Milliseconds until the next frame is due; 0: now; -1: nothing to show. */
static int frame_wait(const struct screen *screen)
{
    if (!screen->app.changed)
        return -1;
    int64_t age = clock_monotonic_ms() - screen->framed_ms;
    return screen->keyed || age >= FRAME_MS ? 0 : (int)(FRAME_MS - age);
}

static void turn(struct screen *screen)
{
    struct app *app = &screen->app;
    struct pollfd input = {.fd = terminal_fd(screen->terminal), .events = POLLIN};
    int until_tick = update_next_ms(app->state, clock_monotonic_ms());
    int until_flush = keys_waiting(&screen->keys);
    int timeout = least(least(until_tick, until_flush), frame_wait(screen));
    int64_t before = clock_monotonic_ms();
    net_wait(app->net, &input, 1, timeout);
    if (input.revents)
        read_keys(screen);
    else if (until_flush >= 0 && clock_monotonic_ms() - before >= until_flush)
        flush_keys(screen);
    net_dispatch(app->net);
    if (resized)
        take_size(screen);
    if (update_next_ms(app->state, clock_monotonic_ms()) == 0)
        app_deliver(app, &(struct message){.kind = MESSAGE_TICK});
    perform_all(screen);
    if (frame_wait(screen) == 0)
        present(screen);
}

static void load_network(struct app *app)
{
    struct error error;
    if (!net_load(app->net, &error))
        app_deliver(app, &(struct message){.kind = MESSAGE_NOTICE, .error = &error});
}

static bool choose_theme(struct screen *screen, const char *wanted, struct error *error)
{
    struct config *config = wanted ? NULL : config_load(NULL, NULL);
    const char *name = wanted ? wanted : config ? config_theme(config) : NULL;
    bool mono = name && strcmp(name, "mono") == 0;
    bool ok = theme_load(&screen->theme, !name || mono ? "dark" : name, error);
    if (mono)
        terminal_set_depth(screen->terminal, DEPTH_MONO);
    config_free(config);
    return ok;
}

static void watch_signals(struct net *net)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction action = {.sa_handler = on_resize};
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, NULL);
    signalled_net = net;
    sigemptyset(&action.sa_mask);
    sigaction(SIGWINCH, &action, NULL);
}

int console_run(const struct console_options *options)
{
    struct error error;
    struct screen screen = {.app = {.options = options, .status = 1}};
    struct app *app = &screen.app;
    screen.terminal = terminal_open(&error);
    if (!screen.terminal || !choose_theme(&screen, options->theme, &error)) {
        terminal_close(screen.terminal);
        fprintf(stderr, "cutover: %s\n%s%s", error.message, error.hint, error.hint[0] ? "\n" : "");
        return 1;
    }
    mem_on_exhausted(terminal_emergency_restore);
    app->net = net_new();
    app->state = state_new(options->read_only, options->endpoint);
    app->state->tour.offered = options->guide;
    keys_init(&screen.keys, terminal_escape_ms(screen.terminal));
    canvas_init(&screen.canvas, 1, 1, options->ascii || terminal_wants_ascii(screen.terminal));
    watch_signals(app->net);
    update_start(app->state, clock_monotonic_ms(), clock_wall_ms(), &app->effects);
    take_size(&screen);
    present(&screen);
    /* The first frame is out: now what it takes to ask anything. */
    load_network(app);
    perform_all(&screen);
    app->status = 0;
    while (!app->quit)
        turn(&screen);
    terminal_close(screen.terminal);
    engine_close(app);
    service_close(app);
    free(app->ended);
    effects_release(&app->effects);
    state_free(app->state);
    net_free(app->net);
    canvas_release(&screen.canvas);
    return app->status;
}
