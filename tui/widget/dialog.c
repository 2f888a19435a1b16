#include "tui/widget/dialog.h"

#include "core/base/alloc.h"
#include "core/base/printable.h"
#include "tui/draw/width.h"
#include "tui/widget/json_view.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_MAX = 1024,
    COLUMNS_MIN = 40,
    COLUMNS_MAX = 100,
    FRAME_COLUMNS = 6, /* frame and two blanks on either side */
    FRAME_ROWS = 4,    /* frame and a blank row above and below the text */
    SIDE = 3,
    CONTINUED = 2, /* indent of what continues a line */
};

void dialog_init(struct dialog *dialog, const char *title, int64_t now_ms)
{
    memset(dialog, 0, sizeof *dialog);
    printable_line(dialog->title, sizeof dialog->title, title);
    field_init(&dialog->field, sizeof dialog->confirm - 1);
    dialog->field.refuses_paste = true;
    text_view_init(&dialog->body, true, false);
    dialog->opened_ms = now_ms;
}

void dialog_release(struct dialog *dialog)
{
    for (size_t i = 0; i < dialog->line_count; i++)
        free(dialog->lines[i].text);
    free(dialog->lines);
    memset(dialog, 0, sizeof *dialog);
}

static struct dialog_line *append(struct dialog *dialog, unsigned style, const char *text)
{
    if (dialog->line_count == DIALOG_LINES_MAX)
        return NULL;
    dialog->lines =
        mem_grow(dialog->lines, dialog->line_count, &dialog->line_capacity, sizeof *dialog->lines);
    struct dialog_line *line = &dialog->lines[dialog->line_count++];
    *line = (struct dialog_line){
        .text = printable_text(text, strlen(text), false), .style = style, .indent = CONTINUED};
    return line;
}

void dialog_add(struct dialog *dialog, unsigned style, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    append(dialog, style, text);
}

void dialog_add_pair(struct dialog *dialog, int column, const char *label, unsigned style,
                     const char *format, ...)
{
    char value[TEXT_MAX], text[TEXT_MAX * 2];
    va_list args;
    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    int pad = column - width_text(label);
    int used = snprintf(text, sizeof text, "%s%*s", label, pad > 1 ? pad : 1, "");
    snprintf(text + used, sizeof text - (size_t)used, "%s", value);
    struct dialog_line *line = append(dialog, ROLE_DIM, text);
    if (!line)
        return;
    line->spans[0] = (struct text_span){(size_t)used, strlen(line->text) - (size_t)used, style};
    line->span_count = 1;
    line->indent = width_bytes(line->text, (size_t)used);
}

void dialog_add_json(struct dialog *dialog, const char *lines)
{
    while (*lines) {
        size_t len = strcspn(lines, "\n");
        char *text = str_dup_n(lines, len);
        struct dialog_line *line = append(dialog, ROLE_TEXT, text);
        free(text);
        if (!line)
            return;
        line->span_count = json_view_spans(line->text, line->spans, DIALOG_SPANS_MAX);
        line->indent = (int)strspn(line->text, " ") + CONTINUED;
        lines += len + (lines[len] == '\n');
    }
}

size_t dialog_add_button(struct dialog *dialog, const char *label)
{
    if (dialog->button_count == DIALOG_BUTTONS_MAX)
        return DIALOG_BUTTONS_MAX - 1;
    snprintf(dialog->buttons[dialog->button_count], sizeof dialog->buttons[0], "%s", label);
    return dialog->button_count++;
}

void dialog_focus(struct dialog *dialog, size_t button)
{
    if (button < dialog->button_count)
        dialog->focus = button;
}

void dialog_require(struct dialog *dialog, const char *word, size_t cancel)
{
    printable_line(dialog->confirm, sizeof dialog->confirm, word);
    dialog->cancel = cancel;
    dialog->on_field = true;
}

static void get_line(void *data, size_t index, struct text_line *out)
{
    const struct dialog *dialog = data;
    const struct dialog_line *line = &dialog->lines[index];
    out->text = line->text;
    out->style = line->style;
    out->spans = line->spans;
    out->span_count = line->span_count;
    out->indent = line->indent;
}

static struct text_lines lines_of(struct dialog *dialog)
{
    return (struct text_lines){.data = dialog, .count = dialog->line_count, .line = get_line};
}

bool dialog_is_confirmed(const struct dialog *dialog)
{
    return !dialog->confirm[0] || strcmp(dialog->field.text, dialog->confirm) == 0;
}

/* The next place for the keys: the field, if there is one, then the buttons, round. */
static void move_focus(struct dialog *dialog, bool forward)
{
    size_t places = dialog->button_count + (dialog->confirm[0] ? 1 : 0);
    if (!places)
        return;
    size_t now = dialog->on_field ? dialog->button_count : dialog->focus;
    now = (now + (forward ? 1 : places - 1)) % places;
    dialog->on_field = now == dialog->button_count;
    if (!dialog->on_field)
        dialog->focus = now;
}

static enum dialog_result press(struct dialog *dialog, int64_t now_ms)
{
    if (now_ms - dialog->opened_ms < DIALOG_GUARD_MS)
        return DIALOG_USED;
    if (dialog->on_field) {
        /* Enter behind the right word goes on to the button that it unlocks. */
        if (dialog_is_confirmed(dialog)) {
            dialog->on_field = false;
            dialog->focus = dialog->cancel == 0 && dialog->button_count > 1 ? 1 : 0;
        }
        return DIALOG_USED;
    }
    if (!dialog->button_count)
        return DIALOG_CANCELLED;
    if (dialog->confirm[0] && dialog->focus != dialog->cancel && !dialog_is_confirmed(dialog)) {
        dialog->on_field = true;
        return DIALOG_USED;
    }
    return DIALOG_PRESSED;
}

enum dialog_result dialog_key(struct dialog *dialog, struct key key, int64_t now_ms)
{
    struct text_lines lines = lines_of(dialog);
    if (key.name == KEY_ESC)
        return DIALOG_CANCELLED;
    if (key.name == KEY_ENTER)
        return press(dialog, now_ms);
    if (key.name == KEY_TAB) {
        move_focus(dialog, !(key.state & KEY_SHIFT));
        return DIALOG_USED;
    }
    if (dialog->on_field && field_key(&dialog->field, key) != FIELD_IGNORED)
        return DIALOG_USED;
    if (key_is(key, 'q'))
        return DIALOG_CANCELLED;
    if (key.name == KEY_LEFT || key.name == KEY_RIGHT || key_is(key, 'h') || key_is(key, 'l')) {
        move_focus(dialog, key.name == KEY_RIGHT || key_is(key, 'l'));
        return DIALOG_USED;
    }
    if (key.name == KEY_UP || key.name == KEY_DOWN || key.name == KEY_PAGE_UP ||
        key.name == KEY_PAGE_DOWN || key_is(key, 'j') || key_is(key, 'k'))
        return text_view_key(&dialog->body, &lines, key) ? DIALOG_USED : DIALOG_IGNORED;
    if (key.name == KEY_PASTE_START || key.name == KEY_PASTED || key.name == KEY_PASTE_END)
        return DIALOG_USED;
    return DIALOG_IGNORED;
}

static int buttons_width(const struct dialog *dialog)
{
    int width = 0;
    for (size_t i = 0; i < dialog->button_count; i++)
        width += width_text(dialog->buttons[i]) + 4 + (i ? 2 : 0);
    return width;
}

static int text_width(const struct dialog *dialog)
{
    int width = width_text(dialog->title) + 2;
    int buttons = buttons_width(dialog);
    width = buttons > width ? buttons : width;
    for (size_t i = 0; i < dialog->line_count; i++) {
        int line = width_text(dialog->lines[i].text);
        width = line > width ? line : width;
    }
    return width;
}

/* Rows that the text takes in that many columns. */
static int text_rows(struct dialog *dialog, int columns)
{
    struct text_lines lines = lines_of(dialog);
    return text_view_rows(&lines, columns);
}

static void draw_buttons(const struct dialog *dialog, struct canvas *canvas, struct rect line)
{
    int at = line.cols - buttons_width(dialog);
    if (at < 0)
        at = 0;
    for (size_t i = 0; i < dialog->button_count; i++) {
        bool focused = i == dialog->focus && !dialog->on_field;
        bool locked = dialog->confirm[0] && i != dialog->cancel && !dialog_is_confirmed(dialog);
        unsigned style = focused ? ROLE_BUTTON_FOCUS : ROLE_BUTTON;
        if (locked)
            style |= ATTR_DIM;
        at = canvas_printf(canvas, line, 0, at, style, focused ? "[ %s ]" : "  %s  ",
                           dialog->buttons[i]);
        at += 2;
    }
}

static void draw_confirm(struct dialog *dialog, struct canvas *canvas, struct rect line)
{
    char prompt[sizeof dialog->confirm + 32];
    snprintf(prompt, sizeof prompt, "Type %s to go on: ", dialog->confirm);
    int at = canvas_text(canvas, line, 0, 0, dialog->on_field ? ROLE_KEY : ROLE_DIM, prompt);
    rect_cut_left(&line, at);
    field_draw(&dialog->field, canvas, line, dialog->on_field, NULL);
}

void dialog_draw(struct dialog *dialog, struct canvas *canvas, struct rect screen)
{
    int columns = text_width(dialog) + FRAME_COLUMNS;
    int most = screen.cols - 4 < COLUMNS_MAX ? screen.cols - 4 : COLUMNS_MAX;
    columns = columns < COLUMNS_MIN ? COLUMNS_MIN : columns;
    columns = columns > most ? most : columns;
    int rows = text_rows(dialog, columns - FRAME_COLUMNS) + FRAME_ROWS +
               (dialog->button_count ? 2 : 0) + (dialog->confirm[0] ? 2 : 0);
    struct rect area = rect_centre(screen, rows, columns);
    struct box box = {.title = dialog->title,
                      .status = rows > area.rows ? "PgDn for more" : NULL,
                      .focused = true,
                      .border_style = dialog->danger ? ROLE_DANGER : ROLE_DIALOG};
    canvas_fill(canvas, area, ROLE_TEXT);
    struct rect inside = canvas_box(canvas, area, &box);
    inside = rect_inset(inside, inside.rows > 3 ? 1 : 0, SIDE - 1);
    if (dialog->button_count) {
        draw_buttons(dialog, canvas, rect_cut_bottom(&inside, 1));
        rect_cut_bottom(&inside, inside.rows > 2 ? 1 : 0);
    }
    if (dialog->confirm[0]) {
        draw_confirm(dialog, canvas, rect_cut_bottom(&inside, 1));
        rect_cut_bottom(&inside, inside.rows > 2 ? 1 : 0);
    }
    struct text_lines lines = lines_of(dialog);
    text_view_draw(&dialog->body, &lines, canvas, inside, !dialog->on_field);
}
