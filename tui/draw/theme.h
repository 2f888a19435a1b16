/*
 * Themes: from a style (tui/draw/style.h) to the colours and attributes of a cell.
 *
 * A theme is a YAML file; two are built in ("dark", "light", and "colorblind"), others are read
 * from a path or by name from $XDG_CONFIG_HOME/cutover/themes/NAME.yml. It names a look per role:
 *
 *     name: dark
 *     roles:
 *       text: default                     # the terminal's own colour
 *       ok: "#87d787"                     # or a number 0..255, or one of the 16 names
 *       selection: "default on #303a46"
 *       title: {color: "#d7d7ff bold", ansi: "white bold", mono: bold}
 *
 * A look is: COLOUR [on COLOUR] [bold] [dim] [italic] [underline] [reverse]. `color` is used with
 * 256 colours, `ansi` with 16 and 8 (bright colours become bold there; left out: the nearest one),
 * `mono` without colours (attributes only; left out: built-in per role). Roles that a file leaves
 * out come from the built-in theme named by `base:` (left out: dark).
 */
#ifndef TUI_DRAW_THEME_H
#define TUI_DRAW_THEME_H

#include "core/base/error.h"
#include "tui/draw/style.h"

#include <stdbool.h>
#include <stddef.h>

enum { COLOR_DEFAULT = -1, THEME_NAME_MAX = 63 };

enum color_depth { DEPTH_MONO, DEPTH_8, DEPTH_16, DEPTH_256 };

/* Colours are indexes of the depth's palette, or COLOR_DEFAULT; attributes are ATTR_* bits. */
struct look {
    short foreground;
    short background;
    unsigned attributes;
};

struct theme {
    char name[THEME_NAME_MAX + 1];
    struct look color[ROLE_COUNT]; /* in 256 colours */
    struct look ansi[ROLE_COUNT];  /* in 16 */
    struct look mono[ROLE_COUNT];
};

/*
 * Parses a theme; `file` is how messages call it. false with file:line:column: unknown roles,
 * unknown colours or words, a missing `roles`.
 */
bool theme_parse(struct theme *theme, const char *file, const char *text, size_t len,
                 struct error *error);

/*
 * Loads by path (when it holds a '/' or ends in .yml or .yaml) or by name: the user's themes
 * first, then the built-in ones. ERROR_NOT_FOUND tells which names there are.
 */
bool theme_load(struct theme *theme, const char *name_or_path, struct error *error);

/* Names of the built-in themes: theme_builtin_name(i) is NULL behind the last. */
const char *theme_builtin_name(size_t index);

/* What a style looks like at a depth. */
struct look theme_resolve(const struct theme *theme, enum color_depth depth, unsigned style);

/* The depth for a terminal of that many colours: mono with NO_COLOR set (and not empty). */
enum color_depth theme_depth(int terminal_colors, const char *no_color);

/* The nearest entry of the 256 colour palette (16..255) to an RGB value. */
int theme_nearest_256(int red, int green, int blue);

/* The RGB value 0xRRGGBB of a palette entry, as xterm has it. */
unsigned theme_palette_rgb(int index);

#endif
