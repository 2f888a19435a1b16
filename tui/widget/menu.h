/*
 * A list to choose from with a line to filter it: the command palette, pickers of files, themes,
 * contexts. The items belong to the owner and must not change while a key is handled.
 */
#ifndef TUI_WIDGET_MENU_H
#define TUI_WIDGET_MENU_H

#include "tui/draw/canvas.h"
#include "tui/draw/keys.h"
#include "tui/widget/field.h"

#include <stdbool.h>
#include <stddef.h>

struct menu_item {
    const char *name;     /* what is matched and shown first */
    const char *detail;   /* what it does; also matched, after names; or NULL */
    const char *key;      /* the key that does the same; or NULL */
    const char *disabled; /* why it cannot be chosen; or NULL */
};

enum menu_result { MENU_IGNORED, MENU_USED, MENU_CANCELLED, MENU_CHOSEN };

struct menu {
    struct field filter;
    size_t selected; /* index among those shown */
    size_t top;
    int page;
    /* Text behind the first word is an argument and does not filter ("scale blue 2"). */
    bool takes_arguments;
};

void menu_init(struct menu *menu, bool takes_arguments);

/*
 * Score of an item against the filter: 0 no match, higher is better: exact name, prefix of the
 * name, inside the name, letters in order in the name, words of the detail.
 */
int menu_match(const char *filter, const struct menu_item *item);

/* Indexes of the items that match, best first (in the given order among equals), into `out` of
 * `count` places; returns how many. */
size_t menu_visible(const struct menu *menu, const struct menu_item *items, size_t count,
                    size_t *out);

/*
 * Text filters; up, down, PgUp, PgDn move; Tab completes the selected name (with takes_arguments);
 * Enter chooses, Esc cancels. MENU_CHOSEN sets *chosen to the item's index in `items`; disabled
 * items cannot be chosen. Without a match Enter is MENU_IGNORED: the text may mean something else.
 */
enum menu_result menu_key(struct menu *menu, const struct menu_item *items, size_t count,
                          struct key key, size_t *chosen);

/* The text behind the first word of the filter, "" when there is none; borrowed from the menu. */
const char *menu_argument(const struct menu *menu);

/* The filter line with `prompt` (":") in the first row of the area, the items below. */
void menu_draw(struct menu *menu, const struct menu_item *items, size_t count,
               struct canvas *canvas, struct rect area, const char *prompt,
               const char *placeholder);

#endif
