#include "tui/draw/width.h"
#include "tui/panel/panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LOAD_POINTS = 20, MINUTE_MS = 60 * 1000 };
enum { ROOMY_COLUMNS = 60, SHORT_STATE_COLUMNS = 8, SHORT_NAME_COLUMNS = 12 };

static const struct table_column columns[] = {
    [DEPLOYMENT_NAME] = {.title = "NAME", .min = 7, .max = 24},
    [DEPLOYMENT_STATE] = {.title = "STATE", .min = 9, .max = 10},
    [DEPLOYMENT_INSTANCES] =
        {.title = "INST", .min = 4, .max = 5, .align = ALIGN_RIGHT, .priority = 4},
    [DEPLOYMENT_LIVE] = {.title = "LIVE", .min = 4, .max = 6, .align = ALIGN_RIGHT},
    [DEPLOYMENT_MIRROR] =
        {.title = "MIRROR", .min = 6, .max = 6, .align = ALIGN_RIGHT, .priority = 1},
    [DEPLOYMENT_RPM] = {.title = "RPM", .min = 4, .max = 7, .align = ALIGN_RIGHT, .priority = 1},
    [DEPLOYMENT_P50] = {.title = "P50", .min = 5, .max = 7, .align = ALIGN_RIGHT, .priority = 4},
    [DEPLOYMENT_P95] = {.title = "P95", .min = 5, .max = 7, .align = ALIGN_RIGHT, .priority = 3},
    [DEPLOYMENT_ERRORS] = {.title = "ERR", .min = 5, .max = 6, .align = ALIGN_RIGHT, .priority = 2},
    [DEPLOYMENT_LOAD] = {.title = "LOAD", .min = 10, .max = 24, .priority = 5, .weight = 2},
};

struct view {
    struct state *state;
    bool narrow;
    double load[TRAFFIC_MAX_SHARES][LOAD_POINTS];
};

static const struct deployment *deployment_at(const struct state *state, size_t row)
{
    return &state->deployments[state->deployment_order[row]];
}

static const char *identity(void *data, size_t row)
{
    const struct view *view = data;
    return deployment_at(view->state, row)->name;
}

static void latency_text(char *out, size_t size, double ms)
{
    if (ms < 0)
        snprintf(out, size, "–");
    else if (ms < 10)
        snprintf(out, size, "%.1fms", ms);
    else if (ms < 999.5)
        snprintf(out, size, "%.0fms", ms);
    else
        snprintf(out, size, "%.1fs", ms / 1000);
}

/* At most four columns. */
static void count_text(char *out, size_t size, double count)
{
    if (count < 9999.5)
        snprintf(out, size, "%.0f", count);
    else if (count < 999.5e3)
        snprintf(out, size, "%.0fk", count / 1e3);
    else
        snprintf(out, size, "%.1fM", count / 1e6);
}

static void share_cell(const struct traffic_share *shares, size_t count, const char *name,
                       unsigned style, struct table_cell *out)
{
    int percent = 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(shares[i].name, name) == 0)
            percent = shares[i].percent;
    out->style = percent ? style : ROLE_DIM;
    if (percent)
        snprintf(out->text, sizeof out->text, "%d%%", percent);
    else
        snprintf(out->text, sizeof out->text, "–");
}

static void metric_cell(const struct state *state, const char *name, size_t column,
                        struct table_cell *out)
{
    const struct metrics_series *series = metrics_find(&state->metrics, name);
    struct recent_minute recent = recent_minute_of(series, state->wall_ms);
    out->style = recent.known ? ROLE_TEXT : ROLE_DIM;
    if (column == DEPLOYMENT_P50 || column == DEPLOYMENT_P95)
        latency_text(out->text, sizeof out->text,
                     column == DEPLOYMENT_P50 ? recent.p50_ms : recent.p95_ms);
    else if (!recent.known)
        snprintf(out->text, sizeof out->text, "–");
    else if (column == DEPLOYMENT_RPM)
        count_text(out->text, sizeof out->text, recent.requests);
    else if (recent.requests < 0.5)
        snprintf(out->text, sizeof out->text, "–");
    else
        snprintf(out->text, sizeof out->text, "%.1f%%", 100 * recent.errors / recent.requests);
    if (column == DEPLOYMENT_ERRORS && recent.requests >= 0.5 && recent.errors > 0)
        out->style = recent.errors / recent.requests >= 0.01 ? ROLE_BAD : ROLE_WARN;
}

static void load_cell(struct view *view, size_t row, struct table_cell *out)
{
    const struct state *state = view->state;
    const char *name = deployment_at(state, row)->name;
    const struct metrics_series *series = metrics_find(&state->metrics, name);
    if (!series || row >= TRAFFIC_MAX_SHARES)
        return;
    double *points = view->load[row];
    for (size_t i = 0; i < LOAD_POINTS; i++)
        points[i] = (double)NAN;
    for (size_t i = 0; i < series->count; i++) {
        int64_t age = (state->wall_ms - series->points[i].start_wall_ms) / MINUTE_MS;
        if (age >= 0 && age < LOAD_POINTS)
            points[LOAD_POINTS - 1 - age] = series->points[i].requests;
    }
    out->content = TABLE_CONTENT_SPARKLINE;
    out->points = points;
    out->point_count = LOAD_POINTS;
    out->style = state_deployment_style(state, name);
}

static void instances_cell(const struct deployment *deployment, struct table_cell *out)
{
    if (deployment->state == STATE_SUCCEEDED)
        snprintf(out->text, sizeof out->text, "%d/%d", deployment->instance_count,
                 deployment->instance_count);
    else
        snprintf(out->text, sizeof out->text, "–/%d", deployment->instance_count);
}

static void cell(void *data, size_t row, size_t column, struct table_cell *out)
{
    struct view *view = data;
    const struct state *state = view->state;
    const struct deployment *deployment = deployment_at(state, row);
    const struct endpoint *endpoint = state_endpoint(state);
    switch (column) {
    case DEPLOYMENT_NAME:
        snprintf(out->text, sizeof out->text, "%s", deployment->name);
        out->style = state_deployment_style(state, deployment->name);
        break;
    case DEPLOYMENT_STATE:
        snprintf(out->text, sizeof out->text, "%s",
                 view->narrow && deployment->state == STATE_SUCCEEDED
                     ? "ok"
                     : state_text(deployment->state));
        out->style = panel_state_style(deployment->state);
        break;
    case DEPLOYMENT_INSTANCES:
        instances_cell(deployment, out);
        break;
    case DEPLOYMENT_LIVE:
        if (endpoint)
            share_cell(endpoint->live, endpoint->live_count, deployment->name,
                       ROLE_TEXT | ATTR_BOLD, out);
        break;
    case DEPLOYMENT_MIRROR:
        if (endpoint)
            share_cell(endpoint->mirror, endpoint->mirror_count, deployment->name, ROLE_MIRROR,
                       out);
        break;
    case DEPLOYMENT_LOAD:
        load_cell(view, row, out);
        break;
    default:
        metric_cell(state, deployment->name, column, out);
        break;
    }
}

static const char *empty_text(const struct state *state)
{
    /* Nothing to list deployments of: here is room for the reason. */
    if (!state->endpoint[0])
        return state->endpoints_reading.failures ? state->endpoints_reading.problem : "";
    if (!state->deployments_reading.loaded)
        return state->deployments_reading.failures ? "no answer yet" : "reading…";
    return "no deployments; + creates one from a YAML file";
}

/*
 * Names are whole before the graph has room; where room is short, so are they, and a short word
 * for the state leaves it to the figures.
 */
static void fit_columns(struct table_column *fitted, int cols, struct view *view)
{
    const struct state *state = view->state;
    memcpy(fitted, columns, sizeof columns);
    view->narrow = cols < ROOMY_COLUMNS;
    struct table_column *name = &fitted[DEPLOYMENT_NAME];
    int most = view->narrow ? SHORT_NAME_COLUMNS : name->max;
    for (size_t i = 0; i < state->deployment_count; i++) {
        int width = width_text(state->deployments[i].name);
        name->min = width > name->min ? width : name->min;
    }
    name->min = name->min < most ? name->min : most;
    if (view->narrow)
        fitted[DEPLOYMENT_STATE].min = fitted[DEPLOYMENT_STATE].max = SHORT_STATE_COLUMNS;
}

void deployments_draw(struct state *state, struct canvas *canvas, struct rect area)
{
    static const enum action hints[] = {ACTION_CREATE, ACTION_SCALE, ACTION_INSPECT};
    char note[40];
    struct view view = {.state = state};
    struct table_rows rows = state_deployment_rows(state);
    rows.data = &view;
    rows.identity = identity;
    rows.cell = cell;
    rows.column_count = sizeof columns / sizeof columns[0];
    rows.empty = empty_text(state);
    panel_reading_note(&state->deployments_reading, state->now_ms, note, sizeof note);
    struct panel_frame frame = {.note = note[0] ? note : state->endpoint,
                                .note_style = note[0] ? ROLE_WARN : ROLE_DIM,
                                .hints = hints,
                                .hint_count = 3};
    struct rect inside = panel_box(state, canvas, area, PANEL_DEPLOYMENTS, &frame);
    struct table_column fitted[sizeof columns / sizeof columns[0]];
    fit_columns(fitted, inside.cols, &view);
    rows.columns = fitted;
    table_draw(&state->deployment_table, &rows, canvas, inside, state->focus == PANEL_DEPLOYMENTS);
}
