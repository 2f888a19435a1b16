/*
 * Every widget on one screen, with figures that never change: what the golden screens of
 * tests/screen/test_gallery.py show, and a terminal program that can be made to crash.
 *
 *     gallery THEME [ascii]
 *
 * Keys: those of the table; D dialog, M menu, J JSON, q leave, ! abort, # write to a wild
 * address. Input is shown by name in the last line.
 */
#include "tui/draw/keys.h"
#include "tui/draw/terminal.h"
#include "tui/widget/dialog.h"
#include "tui/widget/footer.h"
#include "tui/widget/json_view.h"
#include "tui/widget/menu.h"
#include "tui/widget/slider.h"
#include "tui/widget/table.h"

#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 40 };
enum overlay { NO_OVERLAY, DIALOG, MENU, JSON };

struct gallery {
    struct terminal *terminal;
    struct theme theme;
    struct canvas canvas;
    struct table table;
    struct dialog dialog;
    struct menu menu;
    struct json_view *json;
    struct text_view text;
    enum overlay overlay;
    char typed[64];
    bool leaving;
};

static volatile sig_atomic_t resized;

static const struct table_column columns[] = {
    {.title = "NAME", .min = 12, .max = 22},
    {.title = "STATE", .min = 11, .max = 12},
    {.title = "SPLIT", .min = 10, .max = 24, .priority = 2},
    {.title = "P50", .min = 5, .max = 6, .align = ALIGN_RIGHT, .priority = 3},
    {.title = "LOAD", .min = 8, .max = 12, .priority = 4},
};

static const struct key_hint hints[] = {{"Enter", "details", 0, false},
                                        {"/", "filter", 1, false},
                                        {"?", "help", 0, false},
                                        {"x", "not now", 2, true}};

static const struct menu_item commands[] = {
    {.name = "scale", .detail = "number of instances", .key = "s"},
    {.name = "delete deployment", .detail = "of this endpoint", .disabled = "it has traffic"},
    {.name = "reload", .detail = "read everything again", .key = "R"},
};

static const char body[] = "{\"data\": [[1, 2.5, null], [true]], \"name\": \"gr\xC3\xBCn\"}";

static const char *identity(void *data, size_t row)
{
    static char name[32];
    (void)data;
    snprintf(name, sizeof name, row == 3 ? "wide-界-name" : "endpoint-%zu", row);
    return name;
}

static void fill(void *data, size_t row, size_t column, struct table_cell *out)
{
    static const double load[] = {3, 4, 5, 6, 6, 4, 5, 7, 8, 3, 5};
    static const char *const states[] = {"● Succeeded", "◐ Updating", "✗ Failed"};
    static const unsigned styles[] = {ROLE_OK, ROLE_BUSY, ROLE_BAD};
    size_t share = row * 13 % 101;
    switch (column) {
    case 0:
        snprintf(out->text, sizeof out->text, "%s", identity(data, row));
        break;
    case 1:
        snprintf(out->text, sizeof out->text, "%s", states[row % 3]);
        out->style = styles[row % 3];
        break;
    case 2:
        out->content = TABLE_CONTENT_BAR;
        out->parts[0] = (struct bar_part){.fraction = (double)share / 100, .style = ROLE_BLUE};
        out->parts[1] = (struct bar_part){.fraction = 1 - (double)share / 100, .style = ROLE_GREEN};
        out->part_count = 2;
        snprintf(out->text, sizeof out->text, "%3zu", share);
        break;
    case 3:
        snprintf(out->text, sizeof out->text, "%zums", row + 10);
        break;
    default:
        out->content = TABLE_CONTENT_SPARKLINE;
        out->points = load;
        out->point_count = sizeof load / sizeof load[0];
        out->style = ROLE_DIM;
        break;
    }
}

static const struct table_rows rows = {.count = ROWS,
                                       .columns = columns,
                                       .column_count = sizeof columns / sizeof columns[0],
                                       .identity = identity,
                                       .cell = fill};

static void draw_sliders(struct canvas *canvas, struct rect area)
{
    static const struct slider sliders[] = {
        {.label = "blue",
         .label_style = ROLE_BLUE,
         .value = 90,
         .draft = 50,
         .limit = 100,
         .selected = true,
         .focused = true,
         .note = "sum 100 ✓",
         .note_style = ROLE_OK},
        {.label = "green",
         .label_style = ROLE_GREEN,
         .value = 10,
         .draft = 50,
         .limit = 100,
         .locked = true,
         .note = "sum 101: 1 too many",
         .note_style = ROLE_BAD},
        {.label = "green", .label_style = ROLE_MIRROR, .value = 10, .draft = 10, .limit = 50},
        {.label = "blue", .label_style = ROLE_MIRROR, .limit = 50, .disabled = "blue is live"},
    };
    for (int i = 0; i < (int)(sizeof sliders / sizeof sliders[0]); i++)
        slider_draw(&sliders[i], canvas, area, i, 6, 20);
}

static void draw_overlay(struct gallery *gallery)
{
    struct canvas *canvas = &gallery->canvas;
    struct rect area = rect_centre(canvas_area(canvas), 12, 56);
    if (gallery->overlay == DIALOG)
        dialog_draw(&gallery->dialog, canvas, canvas_area(canvas));
    if (gallery->overlay != MENU && gallery->overlay != JSON)
        return;
    struct box box = {.title = gallery->overlay == MENU ? "Commands" : "Answer", .focused = true};
    canvas_fill(canvas, area, ROLE_TEXT);
    struct rect inside = canvas_box(canvas, area, &box);
    if (gallery->overlay == MENU) {
        menu_draw(&gallery->menu, commands, 3, canvas, inside, ":", "type a command");
    } else {
        struct text_lines lines = json_view_lines(gallery->json);
        text_view_draw(&gallery->text, &lines, canvas, inside, true);
    }
}

static void draw(struct gallery *gallery)
{
    struct canvas *canvas = &gallery->canvas;
    char position[32];
    canvas_clear(canvas);
    struct rect rest = canvas_area(canvas);
    struct rect top = rect_cut_top(&rest, 1);
    struct rect bottom = rect_cut_bottom(&rest, 1);
    struct rect sliders = rect_cut_bottom(&rest, 6);
    int at = canvas_text(canvas, top, 0, 1, ROLE_BRAND, "cutover");
    canvas_text(canvas, top, 0, at + 3, ROLE_DIM, "local/demo");
    table_position(&gallery->table, &rows, position, sizeof position);
    struct box box = {.title = "Endpoints",
                      .number = 1,
                      .right = position,
                      .focused = true,
                      .hints = hints,
                      .hint_count = 4};
    table_draw(&gallery->table, &rows, canvas, canvas_box(canvas, rest, &box), true);
    struct box traffic = {.title = "Traffic",
                          .number = 3,
                          .note = "draft",
                          .note_style = ROLE_DRAFT,
                          .status = "unsent",
                          .hints = hints,
                          .hint_count = 2};
    draw_sliders(canvas, canvas_box(canvas, sliders, &traffic));
    struct footer footer = {.hints = hints, .hint_count = 4, .right = gallery->typed};
    footer_draw(&footer, canvas, bottom);
    draw_overlay(gallery);
    terminal_present(gallery->terminal, canvas, &gallery->theme);
}

/* An address that is never mapped, but not the null pointer that UBSan catches by itself. */
static void crash(void)
{
    int *volatile nowhere = (int *)(uintptr_t)64;
    *nowhere = 1;
}

static void overlay_key(struct gallery *gallery, struct key key)
{
    size_t chosen;
    struct text_lines lines = json_view_lines(gallery->json);
    if (gallery->overlay == DIALOG && dialog_key(&gallery->dialog, key, 1000) < DIALOG_CANCELLED)
        return;
    if (gallery->overlay == MENU &&
        menu_key(&gallery->menu, commands, 3, key, &chosen) < MENU_CANCELLED)
        return;
    if (gallery->overlay == JSON && text_view_key(&gallery->text, &lines, key))
        return;
    gallery->overlay = NO_OVERLAY;
}

static void handle(struct gallery *gallery, struct key key)
{
    key_text(key, gallery->typed);
    if (gallery->overlay != NO_OVERLAY)
        overlay_key(gallery, key);
    else if (key_is(key, 'q'))
        gallery->leaving = true;
    else if (key_is(key, '!'))
        abort();
    else if (key_is(key, '#'))
        crash();
    else if (key_is(key, 'D'))
        gallery->overlay = DIALOG;
    else if (key_is(key, 'M'))
        gallery->overlay = MENU;
    else if (key_is(key, 'J'))
        gallery->overlay = JSON;
    else if (key_is_ctrl(key, 'l'))
        terminal_redraw(gallery->terminal);
    else
        table_key(&gallery->table, &rows, key);
}

static void take_input(struct gallery *gallery, struct key_decoder *decoder)
{
    unsigned char bytes[256];
    struct key keys[KEYS_PER_BYTE];
    struct pollfd ready = {.fd = terminal_fd(gallery->terminal), .events = POLLIN};
    int wait = keys_waiting(decoder);
    struct timespec limit = {.tv_sec = wait / 1000, .tv_nsec = wait % 1000 * 1000000L};
    sigset_t none;
    sigemptyset(&none);
    /* SIGWINCH is blocked but for here, so that none is missed between a look and the wait. */
    int result = ppoll(&ready, 1, wait < 0 ? NULL : &limit, &none);
    if (result == 0) {
        size_t count = keys_flush(decoder, keys);
        for (size_t i = 0; i < count; i++)
            handle(gallery, keys[i]);
        return;
    }
    ssize_t got = terminal_read(gallery->terminal, bytes, sizeof bytes);
    if (got == 0)
        gallery->leaving = true;
    for (ssize_t i = 0; i < got; i++) {
        size_t count = keys_feed(decoder, bytes[i], keys);
        for (size_t k = 0; k < count; k++)
            handle(gallery, keys[k]);
    }
}

static void set_up(struct gallery *gallery)
{
    table_init(&gallery->table);
    menu_init(&gallery->menu, false);
    text_view_init(&gallery->text, true, false);
    gallery->json = json_view_from_text(body, strlen(body));
    dialog_init(&gallery->dialog, "Commit traffic of my-endpoint", 0);
    dialog_add_pair(&gallery->dialog, 9, "before", ROLE_TEXT, "blue=%d", 100);
    dialog_add_pair(&gallery->dialog, 9, "after", ROLE_DRAFT, "blue=%d green=%d", 90, 10);
    dialog_add(&gallery->dialog, ROLE_TEXT, "%s", "");
    dialog_add(&gallery->dialog, ROLE_DIM, "PUT %s", "/endpoints/my-endpoint");
    dialog_add_button(&gallery->dialog, "Cancel");
    dialog_add_button(&gallery->dialog, "Commit");
}

static void on_resize(int number)
{
    (void)number;
    resized = 1;
}

static void run(struct gallery *gallery, bool ascii)
{
    struct sigaction action = {.sa_handler = on_resize};
    struct key_decoder decoder;
    int height, width;
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGWINCH);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    sigaction(SIGWINCH, &action, NULL);
    keys_init(&decoder, terminal_escape_ms(gallery->terminal));
    terminal_size(gallery->terminal, &height, &width);
    canvas_init(&gallery->canvas, height, width, ascii || terminal_wants_ascii(gallery->terminal));
    while (!gallery->leaving) {
        if (resized) {
            resized = 0;
            terminal_size(gallery->terminal, &height, &width);
            canvas_resize(&gallery->canvas, height, width);
        }
        draw(gallery);
        take_input(gallery, &decoder);
    }
}

int main(int argc, char **argv)
{
    struct error error = {0};
    struct gallery gallery = {0};
    setlocale(LC_ALL, "");
    if (!theme_load(&gallery.theme, argc > 1 ? argv[1] : "dark", &error) ||
        !(gallery.terminal = terminal_open(&error))) {
        fprintf(stderr, "gallery: %s\n%s\n", error.message, error.hint);
        return 2;
    }
    set_up(&gallery);
    run(&gallery, argc > 2 && strcmp(argv[2], "ascii") == 0);
    terminal_close(gallery.terminal);
    dialog_release(&gallery.dialog);
    json_view_free(gallery.json);
    canvas_release(&gallery.canvas);
    return 0;
}
