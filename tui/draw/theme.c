#include "tui/draw/theme.h"

#include "core/base/alloc.h"
#include "core/base/embedded.h"
#include "core/base/file.h"
#include "core/base/printable.h"
#include "core/base/strbuf.h"
#include "core/base/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PALETTE_16 = 16,
    CUBE_FIRST = 16,
    GREY_FIRST = 232,
    THEME_MAX_BYTES = 1 << 16,
    WORD_MAX = 63
};

static const char *const builtin_names[] = {"dark", "light", "colorblind"};

/* Names in files, and what a role looks like where there are no colours. */
static const struct {
    const char *name;
    unsigned mono;
} roles[ROLE_COUNT] = {
    [ROLE_TEXT] = {"text", 0},
    [ROLE_DIM] = {"dim", ATTR_DIM},
    [ROLE_BRAND] = {"brand", ATTR_BOLD},
    [ROLE_TITLE] = {"title", 0},
    [ROLE_TITLE_FOCUS] = {"title_focus", ATTR_REVERSE},
    [ROLE_HEADING] = {"heading", ATTR_DIM},
    [ROLE_BORDER] = {"border", ATTR_DIM},
    [ROLE_BORDER_FOCUS] = {"border_focus", ATTR_BOLD},
    [ROLE_BLUE] = {"blue", ATTR_BOLD},
    [ROLE_GREEN] = {"green", 0},
    [ROLE_OTHER] = {"other", 0},
    [ROLE_MIRROR] = {"mirror", 0},
    [ROLE_TRACK] = {"track", ATTR_DIM},
    [ROLE_DRAFT] = {"draft", ATTR_BOLD | ATTR_UNDERLINE},
    [ROLE_OK] = {"ok", 0},
    [ROLE_WARN] = {"warn", ATTR_UNDERLINE},
    [ROLE_BAD] = {"bad", ATTR_BOLD | ATTR_REVERSE},
    [ROLE_BUSY] = {"busy", ATTR_BOLD},
    [ROLE_KEY] = {"key", ATTR_BOLD},
    [ROLE_HINT] = {"hint", 0},
    [ROLE_INPUT] = {"input", ATTR_UNDERLINE},
    [ROLE_PLACEHOLDER] = {"placeholder", ATTR_DIM},
    [ROLE_MATCH] = {"match", ATTR_UNDERLINE},
    [ROLE_MATCH_NOW] = {"match_now", ATTR_REVERSE},
    [ROLE_BUTTON] = {"button", 0},
    [ROLE_BUTTON_FOCUS] = {"button_focus", ATTR_REVERSE},
    [ROLE_SELECTION] = {"selection", ATTR_REVERSE},
    [ROLE_DIALOG] = {"dialog", ATTR_BOLD},
    [ROLE_DANGER] = {"danger", ATTR_BOLD},
    [ROLE_JSON_KEY] = {"json_key", ATTR_BOLD},
    [ROLE_JSON_STRING] = {"json_string", 0},
    [ROLE_JSON_NUMBER] = {"json_number", 0},
    [ROLE_JSON_WORD] = {"json_word", ATTR_UNDERLINE},
};

static const struct {
    const char *name;
    unsigned rgb;
} palette[PALETTE_16] = {
    {"black", 0x000000},        {"red", 0xCD0000},
    {"green", 0x00CD00},        {"yellow", 0xCDCD00},
    {"blue", 0x0000EE},         {"magenta", 0xCD00CD},
    {"cyan", 0x00CDCD},         {"white", 0xE5E5E5},
    {"bright-black", 0x7F7F7F}, {"bright-red", 0xFF0000},
    {"bright-green", 0x00FF00}, {"bright-yellow", 0xFFFF00},
    {"bright-blue", 0x5C5CFF},  {"bright-magenta", 0xFF00FF},
    {"bright-cyan", 0x00FFFF},  {"bright-white", 0xFFFFFF},
};

static const struct {
    const char *word;
    unsigned bit;
} attribute_words[] = {
    {"bold", ATTR_BOLD},           {"dim", ATTR_DIM},         {"italic", ATTR_ITALIC},
    {"underline", ATTR_UNDERLINE}, {"reverse", ATTR_REVERSE},
};

const char *theme_builtin_name(size_t index)
{
    return index < sizeof builtin_names / sizeof builtin_names[0] ? builtin_names[index] : NULL;
}

static const int cube_levels[] = {0, 95, 135, 175, 215, 255};

unsigned theme_palette_rgb(int index)
{
    if (index < 0 || index > 255)
        return 0;
    if (index < PALETTE_16)
        return palette[index].rgb;
    if (index >= GREY_FIRST) {
        unsigned grey = (unsigned)(8 + 10 * (index - GREY_FIRST));
        return grey << 16 | grey << 8 | grey;
    }
    int in_cube = index - CUBE_FIRST;
    return (unsigned)cube_levels[in_cube / 36] << 16 | (unsigned)cube_levels[in_cube / 6 % 6] << 8 |
           (unsigned)cube_levels[in_cube % 6];
}

static int distance(unsigned rgb, int red, int green, int blue)
{
    int r = (int)(rgb >> 16 & 0xFF) - red;
    int g = (int)(rgb >> 8 & 0xFF) - green;
    int b = (int)(rgb & 0xFF) - blue;
    return r * r + g * g + b * b;
}

static int nearest(int first, int last, int red, int green, int blue)
{
    int best = first;
    for (int i = first; i <= last; i++) {
        if (distance(theme_palette_rgb(i), red, green, blue) <
            distance(theme_palette_rgb(best), red, green, blue))
            best = i;
    }
    return best;
}

int theme_nearest_256(int red, int green, int blue)
{
    return nearest(CUBE_FIRST, 255, red, green, blue);
}

/* The same colour among the 16, for a look that says nothing about them. */
static short to_16(short color)
{
    if (color < PALETTE_16)
        return color;
    unsigned rgb = theme_palette_rgb(color);
    return (short)nearest(0, PALETTE_16 - 1, (int)(rgb >> 16), (int)(rgb >> 8 & 0xFF),
                          (int)(rgb & 0xFF));
}

static bool parse_hex(const char *word, short *color)
{
    char *end;
    if (strlen(word) != 7)
        return false;
    unsigned long rgb = strtoul(word + 1, &end, 16);
    if (*end)
        return false;
    *color = (short)theme_nearest_256((int)(rgb >> 16), (int)(rgb >> 8 & 0xFF), (int)(rgb & 0xFF));
    return true;
}

static bool parse_color(const char *word, int colors, short *color)
{
    if (strcmp(word, "default") == 0) {
        *color = COLOR_DEFAULT;
        return true;
    }
    if (word[0] == '#')
        return colors == 256 && parse_hex(word, color);
    for (int i = 0; i < PALETTE_16; i++) {
        if (strcmp(word, palette[i].name) == 0) {
            *color = (short)i;
            return true;
        }
    }
    char *end;
    unsigned long number = strtoul(word, &end, 10);
    if (word[0] < '0' || word[0] > '9' || *end || number >= (unsigned long)colors)
        return false;
    *color = (short)number;
    return true;
}

static unsigned parse_attribute(const char *word)
{
    for (size_t i = 0; i < sizeof attribute_words / sizeof attribute_words[0]; i++) {
        if (strcmp(word, attribute_words[i].word) == 0)
            return attribute_words[i].bit;
    }
    return 0;
}

/* The next word of a look, at most WORD_MAX bytes of it; false at the end. */
static bool next_word(const char **text, char word[WORD_MAX + 1])
{
    *text += strspn(*text, " ");
    size_t len = strcspn(*text, " ");
    snprintf(word, WORD_MAX + 1, "%.*s", (int)(len < WORD_MAX ? len : WORD_MAX), *text);
    *text += len;
    return len > 0;
}

/* "default on #303a46 bold" -> *look; false leaves the word that is wrong in `word`. */
static bool parse_look(const char *text, int colors, struct look *look, char word[WORD_MAX + 1])
{
    *look = (struct look){COLOR_DEFAULT, COLOR_DEFAULT, 0};
    short *slot = &look->foreground;
    bool first = true;
    while (next_word(&text, word)) {
        unsigned attribute = parse_attribute(word);
        if (attribute) {
            look->attributes |= attribute;
        } else if (strcmp(word, "on") == 0 && slot != &look->background) {
            slot = &look->background;
            first = true;
        } else if (colors && first && parse_color(word, colors, slot)) {
            first = false;
        } else {
            return false;
        }
    }
    return true;
}

static bool at_node(struct error *error, const char *file, int line, int column, const char *format,
                    ...) __attribute__((format(printf, 5, 6)));

/* The words of the file are quoted in it, so it is made safe to show. Always false. */
static bool at_node(struct error *error, const char *file, int line, int column, const char *format,
                    ...)
{
    char what[256], shown[256];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    printable_line(shown, sizeof shown, what);
    return error_set(error, ERROR_USAGE, "%s:%d:%d: %s", file, line, column, shown);
}

static bool read_look(const char *file, const struct yaml_node *node, int colors, struct look *look,
                      struct error *error)
{
    char wrong[WORD_MAX + 1];
    if (node->kind != YAML_SCALAR)
        return at_node(error, file, node->line, node->column,
                       "a look is text such as \"green bold\"");
    if (parse_look(node->scalar, colors, look, wrong))
        return true;
    at_node(error, file, node->line, node->column, "\"%s\" is no %sattribute here", wrong,
            colors ? "colour or " : "");
    return error_hint(error, colors == 256  ? "Use #rrggbb, 0..255, a name such as bright-blue, "
                                              "default; bold dim italic underline reverse."
                             : colors == 16 ? "Use 0..15, a name such as bright-blue, default; "
                                              "bold dim italic underline reverse."
                                            : "Use bold, dim, italic, underline, reverse.");
}

static struct look look_to_16(struct look look)
{
    look.foreground = to_16(look.foreground);
    look.background = to_16(look.background);
    return look;
}

static bool read_role(struct theme *theme, enum role role, const char *file,
                      const struct yaml_node *node, struct error *error)
{
    if (node->kind != YAML_MAPPING) {
        if (!read_look(file, node, 256, &theme->color[role], error))
            return false;
        theme->ansi[role] = look_to_16(theme->color[role]);
        return true;
    }
    const struct yaml_node *ansi = NULL;
    for (const struct yaml_node *part = node->first; part; part = part->next) {
        bool good;
        if (strcmp(part->key, "color") == 0) {
            good = read_look(file, part, 256, &theme->color[role], error);
        } else if (strcmp(part->key, "ansi") == 0) {
            good = read_look(file, part, PALETTE_16, &theme->ansi[role], error);
            ansi = part;
        } else if (strcmp(part->key, "mono") == 0) {
            good = read_look(file, part, 0, &theme->mono[role], error);
        } else {
            good = at_node(error, file, part->key_line, part->key_column,
                           "\"%s\" is none of color, ansi, mono", part->key);
        }
        if (!good)
            return false;
    }
    if (!ansi && yaml_get(node, "color"))
        theme->ansi[role] = look_to_16(theme->color[role]);
    return true;
}

static enum role find_role(const char *name)
{
    for (unsigned role = 0; role < ROLE_COUNT; role++) {
        if (strcmp(roles[role].name, name) == 0)
            return (enum role)role;
    }
    return ROLE_COUNT;
}

static bool read_roles(struct theme *theme, const char *file, const struct yaml_node *node,
                       struct error *error)
{
    if (node->kind != YAML_MAPPING)
        return at_node(error, file, node->line, node->column, "roles is no mapping");
    for (const struct yaml_node *member = node->first; member; member = member->next) {
        enum role role = find_role(member->key);
        if (role == ROLE_COUNT) {
            at_node(error, file, member->key_line, member->key_column, "no role is called \"%s\"",
                    member->key);
            return error_hint(error, "The built-in dark theme names all roles.");
        }
        if (!read_role(theme, role, file, member, error))
            return false;
    }
    return true;
}

static void plain_theme(struct theme *theme)
{
    memset(theme, 0, sizeof *theme);
    for (unsigned role = 0; role < ROLE_COUNT; role++) {
        theme->color[role] = (struct look){COLOR_DEFAULT, COLOR_DEFAULT, 0};
        theme->ansi[role] = theme->color[role];
        theme->mono[role] = (struct look){COLOR_DEFAULT, COLOR_DEFAULT, roles[role].mono};
    }
}

static bool is_builtin(const char *name)
{
    for (size_t i = 0; theme_builtin_name(i); i++) {
        if (strcmp(theme_builtin_name(i), name) == 0)
            return true;
    }
    return false;
}

static bool load_builtin(struct theme *theme, const char *name, struct error *error);

static bool read_theme(struct theme *theme, const char *file, const struct yaml_node *root,
                       const char *default_base, struct error *error)
{
    if (root->kind != YAML_MAPPING)
        return at_node(error, file, root->line, root->column, "a theme is a mapping");
    const struct yaml_node *base_node = yaml_get(root, "base");
    const char *base = yaml_text(root, "base", default_base);
    plain_theme(theme);
    if (base && !is_builtin(base))
        return at_node(error, file, base_node ? base_node->line : 1,
                       base_node ? base_node->column : 1, "\"%s\" is no built-in theme", base);
    if (base && !load_builtin(theme, base, error))
        return false;
    bool has_roles = false;
    for (const struct yaml_node *member = root->first; member; member = member->next) {
        if (strcmp(member->key, "roles") == 0) {
            has_roles = true;
            if (!read_roles(theme, file, member, error))
                return false;
        } else if (strcmp(member->key, "name") != 0 && strcmp(member->key, "base") != 0) {
            return at_node(error, file, member->key_line, member->key_column,
                           "\"%s\" is none of name, base, roles", member->key);
        }
    }
    if (!has_roles)
        return at_node(error, file, root->line, root->column, "a theme needs \"roles\"");
    printable_line(theme->name, sizeof theme->name, yaml_text(root, "name", file));
    return true;
}

static bool parse_with_base(struct theme *theme, const char *file, const char *text, size_t len,
                            const char *default_base, struct error *error)
{
    struct yaml_node *root = yaml_parse(file, text, len, error);
    bool good = root && read_theme(theme, file, root, default_base, error);
    yaml_free(root);
    return good;
}

bool theme_parse(struct theme *theme, const char *file, const char *text, size_t len,
                 struct error *error)
{
    return parse_with_base(theme, file, text, len, builtin_names[0], error);
}

static bool load_builtin(struct theme *theme, const char *name, struct error *error)
{
    char path[THEME_NAME_MAX + sizeof "themes/.yml"];
    snprintf(path, sizeof path, "themes/%s.yml", name);
    const struct embedded_file *file = embedded_find(path);
    if (!file)
        return error_set(error, ERROR_NOT_FOUND, "%s is not built in", path);
    return parse_with_base(theme, path, (const char *)file->bytes, file->len, NULL, error);
}

static bool load_file(struct theme *theme, const char *path, struct error *error)
{
    size_t len;
    char *text = file_read(path, THEME_MAX_BYTES, &len, error);
    bool good = text && theme_parse(theme, path, text, len, error);
    free(text);
    return good;
}

static bool is_path(const char *name)
{
    size_t len = strlen(name);
    return strchr(name, '/') || (len > 4 && strcmp(name + len - 4, ".yml") == 0) ||
           (len > 5 && strcmp(name + len - 5, ".yaml") == 0);
}

static char *user_theme_path(const char *name)
{
    char *folder = xdg_config_folder();
    char *path = folder ? str_format("%s/themes/%s.yml", folder, name) : NULL;
    free(folder);
    return path;
}

bool theme_load(struct theme *theme, const char *name_or_path, struct error *error)
{
    if (is_path(name_or_path))
        return load_file(theme, name_or_path, error);
    char *path = user_theme_path(name_or_path);
    bool good;
    if (path && file_exists(path)) {
        good = load_file(theme, path, error);
    } else if (is_builtin(name_or_path)) {
        good = load_builtin(theme, name_or_path, error);
    } else {
        char shown[THEME_NAME_MAX + 1];
        printable_line(shown, sizeof shown, name_or_path);
        error_set(error, ERROR_NOT_FOUND, "no theme is called \"%s\"", shown);
        good = error_hint(error, "Built in are dark, light, colorblind; your own go to %s.",
                          path ? path : "$XDG_CONFIG_HOME/cutover/themes");
    }
    free(path);
    return good;
}

struct look theme_resolve(const struct theme *theme, enum color_depth depth, unsigned style)
{
    const struct look *looks = depth == DEPTH_MONO  ? theme->mono
                               : depth == DEPTH_256 ? theme->color
                                                    : theme->ansi;
    unsigned role = style & STYLE_ROLE_MASK;
    struct look look = looks[role < ROLE_COUNT ? role : ROLE_TEXT];
    look.attributes |= style & (ATTR_BOLD | ATTR_UNDERLINE | ATTR_REVERSE | ATTR_DIM | ATTR_ITALIC);
    if (style & ATTR_SELECTED) {
        const struct look *ground = &looks[ROLE_SELECTION];
        look.attributes |= ground->attributes;
        look.background = ground->background;
        /* Reversed, each colour would become a ground of its own: one for the whole row then. */
        if (ground->foreground != COLOR_DEFAULT || (ground->attributes & ATTR_REVERSE))
            look.foreground = ground->foreground;
        if (ground->attributes & ATTR_REVERSE)
            look.attributes &= ~(unsigned)ATTR_DIM;
    }
    if (depth == DEPTH_8 && look.foreground >= 8) {
        /* Bold black is invisible on many terminals: dim grey becomes dim default. */
        look.attributes |= look.foreground == 8 ? ATTR_DIM : ATTR_BOLD;
        look.foreground = look.foreground == 8 ? COLOR_DEFAULT : (short)(look.foreground - 8);
    }
    if (depth == DEPTH_8 && look.background >= 8)
        look.background = (short)(look.background - 8);
    return look;
}

enum color_depth theme_depth(int terminal_colors, const char *no_color)
{
    if ((no_color && no_color[0]) || terminal_colors < 8)
        return DEPTH_MONO;
    return terminal_colors >= 256 ? DEPTH_256 : terminal_colors >= 16 ? DEPTH_16 : DEPTH_8;
}
