/*
 * vtshot: runs a program in a pseudo terminal, types keys, waits for text, and shows the screen
 * as text or as an SVG picture.
 *
 *     vtshot [OPTION|ACTION]... -- PROGRAM [ARGUMENT]...
 *
 * Options (before the first action):
 *     --size COLSxROWS     size of the terminal (120x36)
 *     --env NAME=VALUE     sets a variable for the program; --env NAME removes it; TERM is
 *                          tmux-256color unless set here
 *     --ground dark|light  default colours of the SVG (dark)
 *     --timeout SECONDS    for each --wait and --gone, and for the exit at the end (10)
 *
 * Actions, done in the order given:
 *     --send KEYS          types: <Enter> <Esc> <Tab> <S-Tab> <Up> <Down> <Left> <Right> <Home>
 *                          <End> <PgUp> <PgDn> <BS> <Del> <Space> <F1>..<F12> <C-x> <M-x> <lt>
 *                          <Paste>text</Paste>; <Pause> waits 100 ms; all else as it stands
 *     --wait TEXT          until TEXT is somewhere on the screen
 *     --gone TEXT          until it no longer is
 *     --settle MS          until the program has been silent for that long
 *     --sleep MS
 *     --resize COLSxROWS
 *     --signal NUMBER      to the program
 *     --text FILE          writes the screen as text, right blanks removed ("-": standard output)
 *     --attrs FILE         the same, each row followed by one with a letter per attribute change
 *     --svg FILE           writes the screen as a picture
 *     --bytes LABEL        prints "LABEL N": bytes the program has sent since the last --bytes
 *     --expect TEXT        fails if TEXT is not on the screen now
 *     --refuse TEXT        fails if it is
 *     --exit STATUS        waits for the program's end and fails unless that is its exit status
 *
 * Afterwards a program that still runs gets SIGHUP as from a closed terminal, and SIGKILL if that
 * does not end it. Exit status: 0; 1 when an action failed (the screen is then printed on standard
 * error); 2 usage.
 *
 *     vtshot --size 80x24 --wait Endpoints --send 'j<Enter>' --svg out.svg -- build/cutover
 */
#include "tests/screen/screen.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOUR_MS = 3600 * 1000 };

struct options {
    int rows, cols;
    bool light;
    int timeout_ms;
    char *const *program;
};

static int usage(const char *what, const char *argument)
{
    fprintf(stderr, "vtshot: %s%s%s\nUsage: see the comment at the top of tests/screen/vtshot.c\n",
            what, argument ? ": " : "", argument ? argument : "");
    return 2;
}

/* A whole number from `least` to `most`; -1 when the text is none. */
static int parse_number(const char *text, int least, int most)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    return errno || end == text || *end || number < least || number > most ? -1 : (int)number;
}

/* "120x36": columns first. */
static bool parse_size(const char *text, int *rows, int *cols)
{
    char width[16];
    const char *cross = strchr(text, 'x');
    if (!cross || cross - text >= (ptrdiff_t)sizeof width)
        return false;
    memcpy(width, text, (size_t)(cross - text));
    width[cross - text] = '\0';
    *cols = parse_number(width, 1, 1000);
    *rows = parse_number(cross + 1, 1, 500);
    return *cols > 0 && *rows > 0;
}

static bool write_file(const char *path, char *text)
{
    bool good;
    if (strcmp(path, "-") == 0) {
        good = fputs(text, stdout) >= 0;
    } else {
        FILE *file = fopen(path, "w");
        good = file && fputs(text, file) >= 0;
        if (file && fclose(file) != 0)
            good = false;
        if (!good)
            fprintf(stderr, "vtshot: %s: %s\n", path, strerror(errno));
    }
    free(text);
    return good;
}

static bool do_resize(struct screen *screen, const char *size)
{
    int rows, cols;
    if (!parse_size(size, &rows, &cols))
        return false;
    screen_resize(screen, rows, cols);
    return true;
}

static bool do_bytes(struct screen *screen, const char *label)
{
    screen_settle(screen, 60, 5000);
    printf("%s %zu\n", label, screen_take_bytes(screen));
    return true;
}

static bool do_action(struct screen *screen, const struct options *options, const char *name,
                      const char *value)
{
    int wait = options->timeout_ms;
    if (strcmp(name, "--send") == 0)
        return screen_send(screen, value);
    if (strcmp(name, "--wait") == 0)
        return screen_wait(screen, value, true, wait);
    if (strcmp(name, "--gone") == 0)
        return screen_wait(screen, value, false, wait);
    if (strcmp(name, "--expect") == 0)
        return screen_wait(screen, value, true, 0);
    if (strcmp(name, "--refuse") == 0)
        return screen_wait(screen, value, false, 0);
    if (strcmp(name, "--settle") == 0)
        return screen_settle(screen, parse_number(value, 0, HOUR_MS), wait);
    if (strcmp(name, "--sleep") == 0)
        return screen_pump(screen, parse_number(value, 0, HOUR_MS));
    if (strcmp(name, "--resize") == 0)
        return do_resize(screen, value);
    if (strcmp(name, "--signal") == 0)
        return screen_signal(screen, parse_number(value, 1, 64));
    if (strcmp(name, "--text") == 0)
        return write_file(value, screen_text(screen));
    if (strcmp(name, "--attrs") == 0)
        return write_file(value, screen_attributes(screen));
    if (strcmp(name, "--svg") == 0)
        return write_file(value, screen_svg(screen, options->light));
    if (strcmp(name, "--bytes") == 0)
        return do_bytes(screen, value);
    if (strcmp(name, "--exit") == 0)
        return screen_wait_exit(screen, wait) == parse_number(value, 0, 255);
    fprintf(stderr, "vtshot: there is no action %s\n", name);
    return false;
}

static bool set_environment(const char *value)
{
    const char *equals = strchr(value, '=');
    if (!equals)
        return unsetenv(value) == 0;
    char *name = strndup(value, (size_t)(equals - value));
    bool good = setenv(name, equals + 1, 1) == 0;
    free(name);
    return good;
}

/* Takes the options off the front; returns the index of the first action, 0 on error. */
static int take_options(int argc, char **argv, struct options *options)
{
    int at = 1;
    for (; at + 1 < argc && argv[at][0] == '-'; at += 2) {
        const char *name = argv[at], *value = argv[at + 1];
        bool good = true;
        if (strcmp(name, "--size") == 0)
            good = parse_size(value, &options->rows, &options->cols);
        else if (strcmp(name, "--env") == 0)
            good = set_environment(value);
        else if (strcmp(name, "--ground") == 0)
            options->light = strcmp(value, "light") == 0;
        else if (strcmp(name, "--timeout") == 0)
            good = (options->timeout_ms = 1000 * parse_number(value, 1, 3600)) > 0;
        else
            break;
        if (!good)
            return 0;
    }
    return at;
}

static bool run_actions(struct screen *screen, const struct options *options, int first, int end,
                        char **argv)
{
    for (int i = first; i + 1 < end; i += 2) {
        if (do_action(screen, options, argv[i], argv[i + 1]))
            continue;
        char *text = screen_text(screen);
        fprintf(stderr, "vtshot: failed: %s '%s'; the screen is:\n%s", argv[i], argv[i + 1], text);
        free(text);
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct options options = {.rows = 36, .cols = 120, .timeout_ms = 10000};
    int end = 1;
    /* Unlike xterm's, its terminfo has no REP, after which libvterm 0.1 wraps one column early. */
    setenv("TERM", "tmux-256color", 1);
    unsetenv("LINES");
    unsetenv("COLUMNS");
    while (end < argc && strcmp(argv[end], "--") != 0)
        end++;
    if (end + 1 >= argc)
        return usage("no program behind --", NULL);
    int first = take_options(argc, argv, &options);
    if (!first)
        return usage("an option is wrong", NULL);
    if ((end - first) % 2)
        return usage("an action lacks its value", argv[end - 1]);
    struct screen *screen = screen_start(options.rows, options.cols, argv + end + 1);
    if (!screen) {
        fprintf(stderr, "vtshot: no pseudo terminal: %s\n", strerror(errno));
        return 1;
    }
    bool good = run_actions(screen, &options, first, end, argv);
    screen_end(screen);
    return good ? 0 : 1;
}
