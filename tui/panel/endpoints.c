#include "tui/panel/panel.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct table_column columns[] = {
    [ENDPOINT_NAME] = {.title = "NAME", .min = 11, .weight = 3},
    [ENDPOINT_TRAFFIC] = {.title = "TRAFFIC", .min = 8, .max = 16, .weight = 1},
};

/* Where room is short: the largest share, without the bar. */
static const struct table_column narrow_columns[] = {
    [ENDPOINT_NAME] = {.title = "NAME", .min = 11, .weight = 1},
    [ENDPOINT_TRAFFIC] = {.title = "%", .min = 3, .max = 3, .align = ALIGN_RIGHT},
};
enum { ROOMY_COLUMNS = 24 };

static const char *identity(void *data, size_t row)
{
    const struct state *state = data;
    return state->endpoints[state->visible[row]].name;
}

/* Other endpoints' deployments are known by name and place only. */
static unsigned share_style(const char *name, size_t place)
{
    static const unsigned by_place[] = {ROLE_BLUE, ROLE_GREEN};
    if (strcmp(name, "blue") == 0)
        return ROLE_BLUE;
    if (strcmp(name, "green") == 0)
        return ROLE_GREEN;
    return place < 2 ? by_place[place] : ROLE_OTHER;
}

static void traffic_cell(const struct endpoint *endpoint, struct table_cell *out)
{
    int largest = 0;
    if (endpoint->state != STATE_SUCCEEDED) {
        snprintf(out->text, sizeof out->text, "%s", state_text(endpoint->state));
        out->text[0] = (char)tolower((unsigned char)out->text[0]);
        out->style = panel_state_style(endpoint->state);
        return;
    }
    for (size_t i = 0; i < endpoint->live_count && out->part_count < TABLE_PARTS_MAX; i++) {
        const struct traffic_share *share = &endpoint->live[i];
        if (share->percent <= 0)
            continue;
        out->parts[out->part_count] = (struct bar_part){
            .fraction = share->percent / 100.0, .style = share_style(share->name, out->part_count)};
        out->part_count++;
        largest = share->percent > largest ? share->percent : largest;
    }
    out->style = ROLE_DIM;
    if (!out->part_count) {
        snprintf(out->text, sizeof out->text, "none");
        return;
    }
    out->content = TABLE_CONTENT_BAR;
    snprintf(out->text, sizeof out->text, "%3d", largest);
}

static void cell(void *data, size_t row, size_t column, struct table_cell *out)
{
    const struct state *state = data;
    const struct endpoint *endpoint = &state->endpoints[state->visible[row]];
    if (column == ENDPOINT_NAME)
        snprintf(out->text, sizeof out->text, "%s", endpoint->name);
    else
        traffic_cell(endpoint, out);
}

static void narrow_cell(void *data, size_t row, size_t column, struct table_cell *out)
{
    const struct state *state = data;
    const struct endpoint *endpoint = &state->endpoints[state->visible[row]];
    cell(data, row, column, out);
    if (column == ENDPOINT_NAME)
        return;
    out->content = TABLE_CONTENT_TEXT;
    if (endpoint->state != STATE_SUCCEEDED)
        snprintf(out->text, sizeof out->text, "%s", state_is_busy(endpoint->state) ? "…" : "✗");
    else if (!out->part_count)
        snprintf(out->text, sizeof out->text, "–");
}

static const char *empty_text(const struct state *state)
{
    if (state->connection_state != CONNECTION_OPEN)
        return "";
    if (state->filter.text[0])
        return "no name passes the filter";
    if (!state->endpoints_reading.loaded)
        return state->endpoints_reading.failures ? "no answer yet" : "reading…";
    return state->connection.local ? "no endpoints; type :start-engine\nfor the samples"
                                   : "no endpoints";
}

void endpoints_draw(struct state *state, struct canvas *canvas, struct rect area)
{
    static const enum action hints[] = {ACTION_FILTER, ACTION_SWITCH_CONTEXT};
    char note[40];
    char right[40];
    struct table_rows rows = state_endpoint_rows(state);
    rows.identity = identity;
    rows.columns = columns;
    rows.cell = cell;
    rows.column_count = sizeof columns / sizeof columns[0];
    rows.empty = empty_text(state);
    panel_reading_note(&state->endpoints_reading, state->now_ms, note, sizeof note);
    table_position(&state->endpoint_table, &rows, right, sizeof right);
    struct panel_frame frame = {.note = note,
                                .note_style = ROLE_WARN,
                                .right = rows.count > 1 && !note[0] ? right : NULL,
                                .hints = hints,
                                .hint_count = 2};
    struct rect inside = panel_box(state, canvas, area, PANEL_ENDPOINTS, &frame);
    if (inside.cols < ROOMY_COLUMNS) {
        rows.columns = narrow_columns;
        rows.cell = narrow_cell;
    }
    if (state->filtering || state->filter.text[0]) {
        struct rect line = rect_cut_top(&inside, 1);
        canvas_text(canvas, line, 0, 0, ROLE_KEY, "/");
        rect_cut_left(&line, 1);
        field_draw(&state->filter, canvas, line, state->filtering,
                   "part of a name, !part for the others");
    }
    table_draw(&state->endpoint_table, &rows, canvas, inside, state->focus == PANEL_ENDPOINTS);
}
