#include "tui/widget/menu.h"

#include "core/base/alloc.h"
#include "tui/draw/width.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    SCORE_EXACT = 6000,
    SCORE_PREFIX = 5000,
    SCORE_INSIDE = 4000,
    SCORE_LETTERS = 3000,
    SCORE_DETAIL = 1000,
    NAME_COLUMNS_MAX = 34
};

void menu_init(struct menu *menu, bool takes_arguments)
{
    memset(menu, 0, sizeof *menu);
    field_init(&menu->filter, 0);
    menu->takes_arguments = takes_arguments;
}

static const char *find_folded(const char *text, const char *wanted)
{
    size_t len = strlen(wanted);
    for (; *text; text++) {
        if (strncasecmp(text, wanted, len) == 0)
            return text;
    }
    return NULL;
}

/* Letters of the filter in order within the text; the gaps between them, or -1. */
static int letters_gap(const char *text, const char *filter)
{
    int gaps = 0;
    bool started = false;
    for (; *text && *filter; text++) {
        if (tolower((unsigned char)*text) == tolower((unsigned char)*filter)) {
            filter++;
            started = true;
        } else if (started) {
            gaps++;
        }
    }
    return *filter ? -1 : gaps;
}

int menu_match(const char *filter, const struct menu_item *item)
{
    if (!filter[0] || strcasecmp(filter, item->name) == 0)
        return SCORE_EXACT;
    const char *found = find_folded(item->name, filter);
    int length = (int)strlen(item->name);
    if (found == item->name)
        return SCORE_PREFIX - (length < 500 ? length : 500);
    if (found) {
        int at = (int)(found - item->name);
        return SCORE_INSIDE - (at < 500 ? at : 500);
    }
    int gaps = letters_gap(item->name, filter);
    if (gaps >= 0)
        return SCORE_LETTERS - (gaps < 500 ? gaps : 500);
    return item->detail && find_folded(item->detail, filter) ? SCORE_DETAIL : 0;
}

/* What filters: all of the text, or its first word when the rest is an argument. */
static void filter_text(const struct menu *menu, char out[FIELD_MAX + 1])
{
    snprintf(out, FIELD_MAX + 1, "%s", menu->filter.text);
    if (menu->takes_arguments)
        out[strcspn(out, " ")] = '\0';
}

const char *menu_argument(const struct menu *menu)
{
    const char *blank = strchr(menu->filter.text, ' ');
    return blank ? blank + strspn(blank, " ") : "";
}

size_t menu_visible(const struct menu *menu, const struct menu_item *items, size_t count,
                    size_t *out)
{
    char filter[FIELD_MAX + 1];
    filter_text(menu, filter);
    int *scores = mem_alloc_array(count ? count : 1, sizeof *scores);
    size_t shown = 0;
    for (size_t i = 0; i < count; i++) {
        int score = menu_match(filter, &items[i]);
        if (!score)
            continue;
        size_t at = shown++;
        /* Insertion keeps equals in the given order. */
        for (; at > 0 && scores[at - 1] < score; at--) {
            scores[at] = scores[at - 1];
            out[at] = out[at - 1];
        }
        scores[at] = score;
        out[at] = i;
    }
    free(scores);
    return shown;
}

static void move_by(struct menu *menu, size_t shown, long delta)
{
    long last = (long)shown - 1;
    long row = (long)menu->selected + delta;
    menu->selected = (size_t)(row < 0 || last < 0 ? 0 : row > last ? last : row);
}

static enum menu_result choose(const struct menu *menu, const struct menu_item *items,
                               const size_t *visible, size_t shown, size_t *chosen)
{
    if (!shown)
        return MENU_IGNORED;
    size_t index = visible[menu->selected < shown ? menu->selected : shown - 1];
    if (items[index].disabled)
        return MENU_USED;
    *chosen = index;
    return MENU_CHOSEN;
}

static void complete(struct menu *menu, const struct menu_item *items, const size_t *visible,
                     size_t shown)
{
    char text[FIELD_MAX + 1];
    if (!menu->takes_arguments || !shown || strchr(menu->filter.text, ' '))
        return;
    size_t index = visible[menu->selected < shown ? menu->selected : shown - 1];
    snprintf(text, sizeof text, "%s ", items[index].name);
    field_set(&menu->filter, text);
    menu->selected = 0;
}

/* Keys that move within the list; false for all others. */
static bool move_key(struct menu *menu, size_t shown, struct key key)
{
    long page = menu->page > 1 ? menu->page - 1 : 1;
    bool back = key.name == KEY_TAB && (key.state & KEY_SHIFT);
    if (key.name == KEY_DOWN)
        move_by(menu, shown, 1);
    else if (key.name == KEY_UP || back)
        move_by(menu, shown, -1);
    else if (key.name == KEY_PAGE_DOWN)
        move_by(menu, shown, page);
    else if (key.name == KEY_PAGE_UP)
        move_by(menu, shown, -page);
    else if (key.name == KEY_TAB && !menu->takes_arguments)
        move_by(menu, shown, 1);
    else
        return false;
    return true;
}

enum menu_result menu_key(struct menu *menu, const struct menu_item *items, size_t count,
                          struct key key, size_t *chosen)
{
    enum menu_result result = MENU_USED;
    if (key.name == KEY_ESC)
        return MENU_CANCELLED;
    size_t *visible = mem_alloc_array(count ? count : 1, sizeof *visible);
    size_t shown = menu_visible(menu, items, count, visible);
    if (key.name == KEY_ENTER) {
        result = choose(menu, items, visible, shown, chosen);
    } else if (!move_key(menu, shown, key)) {
        if (key.name == KEY_TAB) {
            complete(menu, items, visible, shown);
        } else {
            enum field_result typed = field_key(&menu->filter, key);
            if (typed == FIELD_CHANGED)
                menu->selected = menu->top = 0;
            result = typed == FIELD_IGNORED ? MENU_IGNORED : MENU_USED;
        }
    }
    free(visible);
    return result;
}

/* Of a path that is too long its end is shown: it tells more than the folders do. */
static const char *shown_name(const char *name, int columns, char *out, size_t size)
{
    int excess = width_text(name) - columns;
    if (excess <= 0 || !strchr(name, '/'))
        return name;
    size_t from = width_prefix(name, excess + 1, NULL);
    snprintf(out, size, "…%s", name + from);
    return out;
}

static void draw_item(const struct menu_item *item, struct canvas *canvas, struct rect area,
                      int row, int name_columns, int key_columns, bool selected)
{
    char tail[FIELD_MAX + 1];
    unsigned dim = item->disabled ? ROLE_DIM : ROLE_TEXT;
    const char *name = shown_name(item->name, name_columns, tail, sizeof tail);
    const char *detail = item->disabled ? item->disabled : item->detail;
    if (selected)
        canvas_text(canvas, area, row, 0, ROLE_TITLE_FOCUS, "▸");
    int at = canvas_cell_text(canvas, area, row, 2, name_columns, ALIGN_LEFT, dim, name) + 2;
    int left = area.cols - at - key_columns;
    if (detail && left > 4)
        canvas_cell_text(canvas, area, row, at, left, ALIGN_LEFT, ROLE_DIM, detail);
    if (item->key && key_columns)
        canvas_cell_text(canvas, area, row, area.cols - key_columns, key_columns - 1, ALIGN_RIGHT,
                         item->disabled ? ROLE_DIM : ROLE_KEY, item->key);
    if (selected)
        canvas_restyle(canvas,
                       rect_intersect(area, rect_make(area.row + row, area.col, 1, area.cols)), 0,
                       ATTR_SELECTED);
}

/* Columns of names and keys, the same for the whole list so that filtering does not shift it. */
static void measure(const struct menu_item *items, size_t count, int *name_columns,
                    int *key_columns)
{
    *name_columns = *key_columns = 0;
    for (size_t i = 0; i < count; i++) {
        int name = width_text(items[i].name);
        int key = items[i].key ? width_text(items[i].key) + 2 : 0;
        *name_columns = name > *name_columns ? name : *name_columns;
        *key_columns = key > *key_columns ? key : *key_columns;
    }
    if (*name_columns > NAME_COLUMNS_MAX)
        *name_columns = NAME_COLUMNS_MAX;
}

static void draw_list(struct menu *menu, const struct menu_item *items, size_t count,
                      const size_t *visible, size_t shown, struct canvas *canvas, struct rect area)
{
    int name_columns, key_columns;
    bool has_detail = false;
    menu->page = area.rows;
    if (menu->selected >= shown)
        menu->selected = shown ? shown - 1 : 0;
    if (menu->selected < menu->top)
        menu->top = menu->selected;
    if (menu->selected >= menu->top + (size_t)area.rows)
        menu->top = menu->selected - (size_t)area.rows + 1;
    measure(items, count, &name_columns, &key_columns);
    for (size_t i = 0; i < count; i++)
        has_detail |= items[i].detail || items[i].disabled;
    if (!has_detail || name_columns > area.cols - 2 - key_columns)
        name_columns = area.cols - 2 - key_columns;
    for (int row = 0; row < area.rows && menu->top + (size_t)row < shown; row++) {
        size_t at = menu->top + (size_t)row;
        draw_item(&items[visible[at]], canvas, area, row, name_columns, key_columns,
                  at == menu->selected);
    }
    if (!shown)
        canvas_text(canvas, area, 0, 2, ROLE_DIM, "nothing matches");
}

void menu_draw(struct menu *menu, const struct menu_item *items, size_t count,
               struct canvas *canvas, struct rect area, const char *prompt, const char *placeholder)
{
    if (rect_is_empty(area))
        return;
    struct rect line = rect_cut_top(&area, 1);
    int at = canvas_text(canvas, line, 0, 0, ROLE_KEY, prompt);
    rect_cut_left(&line, at);
    field_draw(&menu->filter, canvas, line, true, placeholder);
    if (rect_is_empty(area))
        return;
    size_t *visible = mem_alloc_array(count ? count : 1, sizeof *visible);
    size_t shown = menu_visible(menu, items, count, visible);
    draw_list(menu, items, count, visible, shown, canvas, area);
    free(visible);
}
