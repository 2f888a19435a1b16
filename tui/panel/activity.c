#include "core/base/clock.h"
#include "tui/panel/panel.h"

#include <stdio.h>
#include <string.h>

enum { COLUMN_TIME, COLUMN_BY, COLUMN_METHOD, COLUMN_WHAT, COLUMN_RESULT, COLUMN_TOOK, COLUMN_ID };

static const struct table_column columns[] = {
    [COLUMN_TIME] = {.title = "TIME", .min = 8, .max = 8},
    [COLUMN_BY] = {.title = "BY", .min = 4, .max = 9, .priority = 3},
    [COLUMN_METHOD] = {.title = "SENT", .min = 6, .max = 6, .priority = 2},
    [COLUMN_WHAT] = {.title = "WHAT", .min = 16, .weight = 5},
    [COLUMN_RESULT] = {.title = "RESULT", .min = 16, .weight = 1},
    [COLUMN_TOOK] = {.title = "TOOK", .min = 7, .max = 8, .align = ALIGN_RIGHT, .priority = 1},
    [COLUMN_ID] = {.title = "REQUEST ID", .min = 8, .max = 36, .priority = 4},
};

static const struct activity_entry *entry_at(const struct state *state, size_t row)
{
    return &state->activity.entries[state->activity.count - 1 - row];
}

static const char *identity(void *data, size_t row)
{
    static char id[24];
    snprintf(id, sizeof id, "%llu", (unsigned long long)entry_at(data, row)->id);
    return id;
}

static void took_text(const struct state *state, const struct activity_entry *entry, char *out,
                      size_t size)
{
    if (entry->state == ACTIVITY_NOTED)
        out[0] = '\0';
    else if (entry->state == ACTIVITY_RUNNING)
        snprintf(out, size, "%lld s", (long long)((state->now_ms - entry->started_ms) / 1000));
    else if (entry->duration_us < 10 * 1000)
        snprintf(out, size, "%.1f ms", (double)entry->duration_us / 1e3);
    else if (entry->duration_us < 1000 * 1000)
        snprintf(out, size, "%lld ms", (long long)(entry->duration_us / 1000));
    else
        snprintf(out, size, "%.1f s", (double)entry->duration_us / 1e6);
}

static void cell(void *data, size_t row, size_t column, struct table_cell *out)
{
    static const unsigned styles[] = {[ACTIVITY_RUNNING] = ROLE_BUSY,
                                      [ACTIVITY_DONE] = ROLE_OK,
                                      [ACTIVITY_FAILED] = ROLE_BAD,
                                      [ACTIVITY_NOTED] = ROLE_WARN};
    static const char *const marks[] = {[ACTIVITY_RUNNING] = "○ ",
                                        [ACTIVITY_DONE] = "✓ ",
                                        [ACTIVITY_FAILED] = "✗ ",
                                        [ACTIVITY_NOTED] = "! "};
    const struct state *state = data;
    const struct activity_entry *entry = entry_at(state, row);
    char time[CLOCK_ISO_SIZE];
    out->style = column == COLUMN_WHAT ? ROLE_TEXT : ROLE_DIM;
    switch (column) {
    case COLUMN_TIME:
        clock_format_hms(time, entry->wall_ms);
        snprintf(out->text, sizeof out->text, "%s", time);
        break;
    case COLUMN_BY:
        snprintf(out->text, sizeof out->text, "%s", entry->by);
        break;
    case COLUMN_METHOD:
        snprintf(out->text, sizeof out->text, "%s", entry->method);
        break;
    case COLUMN_WHAT:
        snprintf(out->text, sizeof out->text, "%.250s", entry->what);
        break;
    case COLUMN_RESULT:
        snprintf(out->text, sizeof out->text, "%s%.240s", marks[entry->state], entry->result);
        out->style = styles[entry->state];
        break;
    case COLUMN_TOOK:
        took_text(state, entry, out->text, sizeof out->text);
        break;
    default:
        snprintf(out->text, sizeof out->text, "%s", entry->request_id);
        break;
    }
}

void activity_draw(struct state *state, struct canvas *canvas, struct rect area)
{
    static const enum action hints[] = {ACTION_SHOW_ENTRY};
    char right[40];
    struct table_rows rows = state_activity_rows(state);
    rows.identity = identity;
    rows.cell = cell;
    rows.columns = columns;
    rows.column_count = sizeof columns / sizeof columns[0];
    rows.empty = "nothing was sent yet";
    table_position(&state->activity_table, &rows, right, sizeof right);
    struct panel_frame frame = {
        .right = rows.count ? right : NULL, .hints = hints, .hint_count = 1};
    struct rect inside = panel_box(state, canvas, area, PANEL_ACTIVITY, &frame);
    table_draw(&state->activity_table, &rows, canvas, inside, state->focus == PANEL_ACTIVITY);
}
