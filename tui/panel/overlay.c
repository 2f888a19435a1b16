/* What lies over the panels. */
#include "tui/panel/panel.h"

#include <stdio.h>
#include <string.h>

enum { LIST_ROWS = 18, LIST_COLS = 78, FORM_COLS = 64, LABEL_COLUMNS = 16 };

static struct rect framed(struct canvas *canvas, struct rect area, const char *title,
                          const char *right, const struct key_hint *hints, size_t count)
{
    struct box box = {.title = title,
                      .right = right,
                      .hints = hints,
                      .hint_count = count,
                      .border_style = ROLE_DIALOG};
    canvas_fill(canvas, area, ROLE_TEXT);
    return rect_inset(canvas_box(canvas, area, &box), 0, 1);
}

static void draw_menu(struct state *state, struct canvas *canvas, struct rect screen)
{
    static const struct {
        enum purpose purpose;
        const char *title;
        const char *prompt;
        const char *placeholder;
    } kinds[] = {
        {PURPOSE_COMMAND, "Command", ":", "an action, and what it needs: scale 2"},
        {PURPOSE_REQUEST_FILE, "Request to send", "> ", "part of a name, or a path"},
        {PURPOSE_SPEC_FILE, "Deployment from a YAML file", "> ", "part of a name, or a path"},
        {PURPOSE_COPY, "Copy as", "> ", "part of a name"},
        {PURPOSE_CONTEXTS, "Workspaces", "> ", "part of a name"},
    };
    static const struct key_hint keys[] = {{.key = "Enter", .label = "choose"},
                                           {.key = "Esc", .label = "back", .priority = 1}};
    struct rect area =
        rect_centre(screen, screen.rows < LIST_ROWS + 4 ? screen.rows - 2 : LIST_ROWS,
                    screen.cols < LIST_COLS + 4 ? screen.cols - 2 : LIST_COLS);
    size_t kind = 0;
    while (kinds[kind].purpose != state->purpose)
        kind++;
    struct rect inside = framed(canvas, area, kinds[kind].title,
                                state->choices.loading ? "looking…" : NULL, keys, 2);
    menu_draw(&state->menu, state->choices.items, state->choices.count, canvas, inside,
              kinds[kind].prompt, kinds[kind].placeholder);
}

static void draw_form(struct state *state, struct canvas *canvas, struct rect screen)
{
    static const struct key_hint keys[] = {{.key = "Enter", .label = "next, then go on"},
                                           {.key = "Esc", .label = "back", .priority = 1}};
    struct form *form = &state->form;
    int cols = screen.cols < FORM_COLS + 4 ? screen.cols - 2 : FORM_COLS;
    struct rect area = rect_centre(screen, (int)form->count + 5, cols);
    struct rect inside = framed(canvas, area, form->title, NULL, keys, 2);
    rect_cut_top(&inside, 1);
    for (size_t i = 0; i < form->count; i++) {
        struct rect line = rect_cut_top(&inside, 1);
        bool focused = i == form->focus;
        canvas_text(canvas, line, 0, 0, focused ? ROLE_KEY : ROLE_HEADING, form->labels[i]);
        rect_cut_left(&line, LABEL_COLUMNS);
        field_draw(&form->fields[i], canvas, line, focused, form->placeholders[i]);
    }
    rect_cut_top(&inside, 1);
    canvas_text(canvas, inside, 0, 0, ROLE_BAD, form->problem);
}

static void draw_reader(struct state *state, struct canvas *canvas, struct rect screen)
{
    static const struct key_hint keys[] = {{.key = "/", .label = "search"},
                                           {.key = "Esc", .label = "close", .priority = 1}};
    struct reader *reader = &state->reader;
    struct text_lines lines = state_reader_lines(state);
    char where[60];
    struct rect area = rect_inset(screen, screen.rows > 30 ? 3 : 1, screen.cols > 100 ? 8 : 1);
    text_view_position(&reader->view, &lines, where, sizeof where);
    struct rect inside = framed(canvas, area, reader->title, where, keys, 2);
    text_view_draw(&reader->view, &lines, canvas, inside, true);
}

void overlay_draw(struct state *state, struct canvas *canvas, struct rect screen)
{
    switch (state->overlay) {
    case OVERLAY_DIALOG:
        dialog_draw(&state->dialog, canvas, screen);
        break;
    case OVERLAY_MENU:
        draw_menu(state, canvas, screen);
        break;
    case OVERLAY_FORM:
        draw_form(state, canvas, screen);
        break;
    case OVERLAY_TEXT:
        draw_reader(state, canvas, screen);
        break;
    case OVERLAY_NONE:
        break;
    }
}
