/* Bars, sparklines and slider tracks on a canvas. */
#include "tui/draw/canvas.h"
#include "tui/draw/width.h"

#include "core/base/printable.h"

#include <math.h>

static void put(struct canvas *canvas, struct rect area, int row, int col, unsigned style,
                uint32_t code)
{
    char bytes[5] = {0};
    canvas_bytes(canvas, area, row, col, style, bytes, utf8_encode(code, bytes));
}

static double unit(double fraction)
{
    return fraction > 0 ? (fraction < 1 ? fraction : 1) : 0; /* NAN is 0 too */
}

void canvas_bar(struct canvas *canvas, struct rect area, int row, int col, int columns,
                double fraction, unsigned style, unsigned rest_style)
{
    if (columns <= 0)
        return;
    enum { FULL_BLOCK = 0x2588 }; /* ... U+258F is one eighth */
    int eighths = (int)lround(unit(fraction) * columns * 8);
    if (!eighths && fraction > 0)
        eighths = 1;
    for (int i = 0; i < columns; i++) {
        int part = eighths - i * 8;
        if (part >= 8)
            put(canvas, area, row, col + i, style, canvas->ascii ? '#' : FULL_BLOCK);
        else if (part > 0 && !canvas->ascii)
            put(canvas, area, row, col + i, style, (uint32_t)(FULL_BLOCK + 8 - part));
        else if (part > 0)
            put(canvas, area, row, col + i, style, part >= 4 ? '#' : '.');
        else
            put(canvas, area, row, col + i, rest_style, canvas->ascii ? '.' : ' ');
    }
}

/* Columns per part: largest remainders, but at least one for anything above zero. */
static void share_columns(int columns, const struct bar_part *parts, size_t count, int *out)
{
    double sum = 0;
    int used = 0, visible = 0;
    for (size_t i = 0; i < count; i++) {
        sum += unit(parts[i].fraction);
        visible += parts[i].fraction > 0;
    }
    double scale = sum > 1 ? 1 / sum : 1;
    int target = (int)lround(unit(sum) * columns);
    if (target < visible)
        target = visible < columns ? visible : columns;
    for (size_t i = 0; i < count; i++) {
        out[i] = (int)floor(unit(parts[i].fraction) * scale * columns);
        if (!out[i] && parts[i].fraction > 0)
            out[i] = 1;
        used += out[i];
    }
    while (used != target && count) {
        size_t pick = count;
        double best = 0;
        for (size_t i = 0; i < count; i++) {
            double lacking = unit(parts[i].fraction) * scale * columns - out[i];
            double gain = used < target ? lacking : -lacking;
            if (parts[i].fraction <= 0 || (used > target && out[i] <= (columns >= visible)))
                continue;
            if (pick == count || gain > best) {
                pick = i;
                best = gain;
            }
        }
        if (pick == count)
            break;
        out[pick] += used < target ? 1 : -1;
        used += used < target ? 1 : -1;
    }
}

void canvas_split_bar(struct canvas *canvas, struct rect area, int row, int col, int columns,
                      const struct bar_part *parts, size_t count)
{
    enum { PARTS_MAX = 64 };
    /* Solid, dashed, dotted heavy lines: neighbours differ without colours too. */
    static const uint32_t line[] = {0x2501, 0x254D, 0x2505};
    static const char ascii[] = {'#', '=', ':'};
    int lengths[PARTS_MAX];
    if (count > PARTS_MAX)
        count = PARTS_MAX;
    if (columns <= 0)
        return;
    share_columns(columns, parts, count, lengths);
    int at = col;
    size_t shown = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t fill = canvas->ascii
                            ? (uint32_t)(parts[i].ascii ? parts[i].ascii : ascii[shown % 3])
                            : line[shown % 3];
        for (int n = 0; n < lengths[i] && at < col + columns; n++)
            put(canvas, area, row, at++, parts[i].style, fill);
        shown += lengths[i] > 0;
    }
    while (at < col + columns)
        put(canvas, area, row, at++, ROLE_TRACK, canvas->ascii ? '.' : 0xB7);
}

void canvas_sparkline(struct canvas *canvas, struct rect area, int row, int col, int columns,
                      const double *points, size_t count, double max, unsigned style)
{
    static const char ascii[] = "_.:-=+*";
    if (columns <= 0)
        return;
    size_t shown = count < (size_t)columns ? count : (size_t)columns;
    const double *first = points + (count - shown);
    if (max <= 0) {
        for (size_t i = 0; i < shown; i++)
            max = first[i] > max ? first[i] : max;
    }
    int at = col + columns - (int)shown;
    for (int i = col; i < at; i++)
        put(canvas, area, row, i, style, ' ');
    for (size_t i = 0; i < shown; i++, at++) {
        if (isnan(first[i])) {
            put(canvas, area, row, at, style, ' ');
            continue;
        }
        int level = max > 0 ? (int)lround(unit(first[i] / max) * 6) : 0;
        if (!level && first[i] > 0)
            level = 1;
        put(canvas, area, row, at, style,
            canvas->ascii ? (uint32_t)ascii[level] : 0x2581 + (uint32_t)level);
    }
}

/* Column of a value on a track of `columns`. */
static int track_column(const struct track *track, int columns, int value)
{
    int max = track->max > 0 ? track->max : 1;
    value = value < 0 ? 0 : value > max ? max : value;
    return (int)lround((double)value * (columns - 1) / max);
}

void canvas_track(struct canvas *canvas, struct rect area, int row, int col, int columns,
                  const struct track *track)
{
    enum {
        HEAVY = 0x2501,
        LIGHT = 0x2500,
        DOTTED = 0x2508,
        TICK = 0x2506,
        KNOB = 0x25CF,
        MARK = 0x25CB
    };
    if (columns <= 0)
        return;
    int knob = track_column(track, columns, track->value);
    int limit = track->limit >= 0 && track->limit < track->max
                    ? track_column(track, columns, track->limit)
                    : columns;
    int before = track->before >= 0 ? track_column(track, columns, track->before) : -1;
    for (int i = 0; i < columns; i++) {
        uint32_t code = i > limit || track->disabled ? DOTTED : LIGHT;
        unsigned style = track->rest_style;
        if (!track->disabled && i < knob) {
            code = HEAVY;
            style = track->style;
        }
        if (i == limit)
            code = TICK;
        if (i == before && i != knob)
            code = MARK;
        put(canvas, area, row, col + i, style, code);
    }
    if (!track->disabled)
        put(canvas, area, row, col + knob, track->style | (track->focused ? ATTR_BOLD : 0),
            canvas->ascii ? 'O' : KNOB);
}
