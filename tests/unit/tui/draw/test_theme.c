#include "tui/draw/theme.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct theme parse(const char *text)
{
    struct theme theme;
    struct error error = {0};
    if (!theme_parse(&theme, "t.yml", text, strlen(text), &error))
        fail_msg("%s", error.message);
    return theme;
}

static void assert_refused(const char *text, const char *expected)
{
    struct theme theme;
    struct error error = {0};
    assert_false(theme_parse(&theme, "t.yml", text, strlen(text), &error));
    assert_string_equal(error.message, expected);
}

static void has_its_built_in_themes(void **state)
{
    (void)state;
    for (size_t i = 0; theme_builtin_name(i); i++) {
        struct theme theme;
        struct error error = {0};
        if (!theme_load(&theme, theme_builtin_name(i), &error))
            fail_msg("%s", error.message);
        assert_string_equal(theme.name, theme_builtin_name(i));
        /* Plain text keeps the terminal's own colours and nothing paints its ground. */
        assert_int_equal(theme.color[ROLE_TEXT].foreground, COLOR_DEFAULT);
        assert_int_equal(theme.color[ROLE_TEXT].background, COLOR_DEFAULT);
        assert_int_equal(theme.color[ROLE_BORDER].background, COLOR_DEFAULT);
        assert_true(theme.color[ROLE_BLUE].foreground != theme.color[ROLE_GREEN].foreground);
        assert_true(theme.color[ROLE_OK].foreground != theme.color[ROLE_BAD].foreground);
    }
}

static void reads_looks(void **state)
{
    (void)state;
    struct theme theme = parse("roles:\n"
                               "  ok: \"#00ff00 on 17 bold\"\n"
                               "  bad: bright-red underline\n"
                               "  warn: {color: \"208\", ansi: yellow bold, mono: reverse}\n"
                               "  busy: default\n");
    struct look ok = theme_resolve(&theme, DEPTH_256, ROLE_OK);
    assert_int_equal(ok.foreground, 46);
    assert_int_equal(ok.background, 17);
    assert_int_equal(ok.attributes, ATTR_BOLD);
    assert_int_equal(theme_resolve(&theme, DEPTH_16, ROLE_OK).foreground, 10);
    assert_int_equal(theme_resolve(&theme, DEPTH_256, ROLE_BAD).foreground, 9);
    assert_int_equal(theme_resolve(&theme, DEPTH_256, ROLE_WARN).foreground, 208);
    assert_int_equal(theme_resolve(&theme, DEPTH_16, ROLE_WARN).foreground, 3);
    assert_int_equal(theme_resolve(&theme, DEPTH_MONO, ROLE_WARN).attributes, ATTR_REVERSE);
    assert_int_equal(theme_resolve(&theme, DEPTH_256, ROLE_BUSY).foreground, COLOR_DEFAULT);
    /* What it leaves out comes from dark. */
    struct theme dark;
    assert_true(theme_load(&dark, "dark", NULL));
    assert_int_equal(theme.color[ROLE_BLUE].foreground, dark.color[ROLE_BLUE].foreground);
}

static void resolves_to_fewer_colors(void **state)
{
    (void)state;
    struct theme theme =
        parse("roles: {bad: bright-red, dim: {color: \"245\", ansi: bright-black}}");
    struct look bad = theme_resolve(&theme, DEPTH_8, ROLE_BAD);
    assert_int_equal(bad.foreground, 1);
    assert_int_equal(bad.attributes, ATTR_BOLD);
    struct look dim = theme_resolve(&theme, DEPTH_8, ROLE_DIM);
    assert_int_equal(dim.foreground, COLOR_DEFAULT);
    assert_int_equal(dim.attributes, ATTR_DIM);
    for (unsigned role = 0; role < ROLE_COUNT; role++) {
        struct look mono = theme_resolve(&theme, DEPTH_MONO, role);
        assert_int_equal(mono.foreground, COLOR_DEFAULT);
        assert_int_equal(mono.background, COLOR_DEFAULT);
        assert_true(theme_resolve(&theme, DEPTH_8, role).foreground < 8);
        assert_true(theme_resolve(&theme, DEPTH_16, role).foreground < 16);
    }
}

static void shows_selection_at_every_depth(void **state)
{
    (void)state;
    struct theme theme;
    assert_true(theme_load(&theme, "dark", NULL));
    struct look plain = theme_resolve(&theme, DEPTH_256, ROLE_OK);
    struct look selected = theme_resolve(&theme, DEPTH_256, ROLE_OK | ATTR_SELECTED);
    assert_int_equal(selected.foreground, plain.foreground);
    assert_true(selected.background != plain.background);
    assert_true(theme_resolve(&theme, DEPTH_MONO, ROLE_OK | ATTR_SELECTED).attributes &
                ATTR_REVERSE);
    assert_true(theme_resolve(&theme, DEPTH_8, ROLE_OK | ATTR_SELECTED).attributes & ATTR_REVERSE);
}

static void says_where_a_theme_is_wrong(void **state)
{
    (void)state;
    assert_refused("roles:\n  okay: green\n", "t.yml:2:3: no role is called \"okay\"");
    assert_refused("roles:\n  ok: greenish\n",
                   "t.yml:2:7: \"greenish\" is no colour or attribute here");
    assert_refused("roles: {ok: 256}", "t.yml:1:13: \"256\" is no colour or attribute here");
    assert_refused("roles: {ok: {ansi: '#ffffff'}}",
                   "t.yml:1:20: \"#ffffff\" is no colour or attribute here");
    assert_refused("roles: {ok: {mono: red}}", "t.yml:1:20: \"red\" is no attribute here");
    assert_refused("roles: {ok: {colour: red}}",
                   "t.yml:1:14: \"colour\" is none of color, ansi, mono");
    assert_refused("name: x\n", "t.yml:1:1: a theme needs \"roles\"");
    assert_refused("roles: {}\nfont: x\n", "t.yml:2:1: \"font\" is none of name, base, roles");
    assert_refused("base: blue\nroles: {}\n", "t.yml:1:7: \"blue\" is no built-in theme");
    assert_refused("roles: [a]\n", "t.yml:1:8: roles is no mapping");
    assert_refused("roles: {\"a\\eb\": red}", "t.yml:1:9: no role is called \"a\"");
}

static void finds_themes_by_name_and_path(void **state)
{
    (void)state;
    char folder[] = "/tmp/cutover-theme-XXXXXX";
    char path[128];
    struct theme theme;
    struct error error = {0};
    assert_non_null(mkdtemp(folder));
    setenv("XDG_CONFIG_HOME", folder, 1);
    snprintf(path, sizeof path, "%s/cutover", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/cutover/themes", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/cutover/themes/mine.yml", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("name: my own\nbase: light\nroles: {ok: 33}\n", file);
    fclose(file);
    assert_true(theme_load(&theme, "mine", &error));
    assert_string_equal(theme.name, "my own");
    assert_int_equal(theme.color[ROLE_OK].foreground, 33);
    assert_true(theme_load(&theme, path, &error));
    assert_false(theme_load(&theme, "other", &error));
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.hint, "dark, light, colorblind"));
    assert_false(theme_load(&theme, "/no/such.yml", &error));
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
    rmdir(folder);
}

static void chooses_the_depth(void **state)
{
    (void)state;
    assert_int_equal(theme_depth(256, NULL), DEPTH_256);
    assert_int_equal(theme_depth(256, ""), DEPTH_256);
    assert_int_equal(theme_depth(256, "1"), DEPTH_MONO);
    assert_int_equal(theme_depth(88, NULL), DEPTH_16);
    assert_int_equal(theme_depth(8, NULL), DEPTH_8);
    assert_int_equal(theme_depth(-1, NULL), DEPTH_MONO);
}

static void knows_the_palette(void **state)
{
    (void)state;
    assert_int_equal(theme_palette_rgb(196), 0xFF0000);
    assert_int_equal(theme_palette_rgb(232), 0x080808);
    for (int index = 16; index < 256; index++) {
        unsigned rgb = theme_palette_rgb(index);
        int found = theme_nearest_256((int)(rgb >> 16), (int)(rgb >> 8 & 255), (int)(rgb & 255));
        assert_int_equal(theme_palette_rgb(found), rgb);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_its_built_in_themes),
        cmocka_unit_test(reads_looks),
        cmocka_unit_test(resolves_to_fewer_colors),
        cmocka_unit_test(shows_selection_at_every_depth),
        cmocka_unit_test(says_where_a_theme_is_wrong),
        cmocka_unit_test(finds_themes_by_name_and_path),
        cmocka_unit_test(chooses_the_depth),
        cmocka_unit_test(knows_the_palette),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
