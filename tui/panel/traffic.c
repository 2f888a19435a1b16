#include "core/model/limits.h"
#include "tui/draw/width.h"
#include "tui/panel/panel.h"
#include "tui/widget/slider.h"

#include <stdio.h>
#include <string.h>

enum {
    HEADING_COLUMNS = 8,
    NOTE_MIN_COLUMNS = 14,
    NOTE_MAX_COLUMNS = 36,
    NOTE_WIDE_COLUMNS = 28,
    LABEL_MAX = 20
};
enum { FRAME_ROWS = 3 };        /* the frame's two lines and the verdict's */
enum { VERDICT_COLUMNS = 100 }; /* narrower: rule and mend on a line each */

struct row_text {
    char note[160];
    unsigned note_style;
    bool disabled;
};

static bool is_kubernetes(const struct state *state)
{
    const struct endpoint *endpoint = state_endpoint(state);
    return endpoint && endpoint->kubernetes;
}

/* The service refuses live traffic for what never came up. */
static bool is_unfit(const struct deployment *deployment)
{
    return deployment && (deployment->state == STATE_FAILED || deployment->state == STATE_CREATING);
}

static void live_note(const struct state *state, size_t row, struct row_text *out)
{
    const struct draft *draft = state->draft;
    int sum = traffic_sum(&draft->want.live);
    bool holds = sum == 100 || sum == 0;
    const struct deployment *deployment = state_find_deployment(state, draft->names[row]);
    if (draft->unknown[row]) {
        snprintf(out->note, sizeof out->note, "no such deployment");
        out->note_style = ROLE_BAD;
    } else if (traffic_get(&draft->want.live, draft->names[row]) && is_unfit(deployment) &&
               (holds || row + 1 < draft->count)) {
        snprintf(out->note, sizeof out->note, "not ready: %s", state_text(deployment->state));
        out->note_style = ROLE_WARN;
    } else if (row + 1 == draft->count) {
        snprintf(out->note, sizeof out->note, "sum %d %s", sum, holds ? "✓" : "✗");
        out->note_style = holds ? ROLE_OK : ROLE_BAD;
    }
}

static void mirror_note(const struct state *state, size_t row, bool narrow, struct row_text *out)
{
    static const char lead[] = "not possible: ";
    const struct draft *draft = state->draft;
    char why[120];
    const char *obstacle = draft_mirror_obstacle(draft, row, is_kubernetes(state), why, sizeof why);
    int share = traffic_get(&draft->want.mirror, draft->names[row]);
    if (obstacle) {
        if (narrow && strncmp(obstacle, lead, strlen(lead)) == 0)
            obstacle += strlen(lead);
        snprintf(out->note, sizeof out->note, "%s", obstacle);
        out->note_style = share ? ROLE_BAD : ROLE_DIM;
        out->disabled = share == 0;
    } else if (share > LIMIT_MIRROR_PERCENT) {
        snprintf(out->note, sizeof out->note, "%d at most ✗", LIMIT_MIRROR_PERCENT);
        out->note_style = ROLE_BAD;
    }
}

static void draw_row(const struct state *state, struct canvas *canvas, struct rect area, int at,
                     size_t index, int label_columns, int note_columns)
{
    const struct draft *draft = state->draft;
    bool mirror = index >= draft->count;
    size_t row = mirror ? index - draft->count : index;
    const char *name = draft->names[row];
    const struct traffic_map *base = mirror ? &draft->base.mirror : &draft->base.live;
    const struct traffic_map *want = mirror ? &draft->want.mirror : &draft->want.live;
    struct row_text text = {.note_style = ROLE_DIM};
    if (mirror)
        mirror_note(state, row, note_columns < NOTE_WIDE_COLUMNS, &text);
    else
        live_note(state, row, &text);
    struct slider slider = {
        .label = name,
        .label_style = mirror ? ROLE_MIRROR : state_deployment_style(state, name),
        .value = traffic_get(base, name),
        .draft = traffic_get(want, name),
        .limit = mirror ? LIMIT_MIRROR_PERCENT : 100,
        .locked = !mirror && draft->locked[row],
        .selected = index == state->traffic_row && state->focus == PANEL_TRAFFIC,
        .focused = state->focus == PANEL_TRAFFIC,
        .disabled = text.disabled ? text.note : NULL,
        .note = text.disabled ? NULL : text.note,
        .note_style = text.note_style,
    };
    if (row == 0)
        canvas_text(canvas, area, at, 0, ROLE_HEADING, mirror ? "MIRROR" : "LIVE");
    struct rect rest = area;
    rect_cut_left(&rest, HEADING_COLUMNS);
    slider_draw(&slider, canvas, rest, at, label_columns, note_columns);
}

static const struct activity_entry *running(const struct state *state)
{
    size_t len = strlen(state->endpoint);
    for (size_t i = state->activity.count; i-- > 0;) {
        const struct activity_entry *entry = &state->activity.entries[i];
        if (entry->state == ACTIVITY_RUNNING && entry->writes &&
            strncmp(entry->what, state->endpoint, len) == 0 && entry->what[len] == ' ')
            return entry;
    }
    return NULL;
}

static void draw_typing(struct state *state, struct canvas *canvas, struct rect line)
{
    const struct draft *draft = state->draft;
    bool mirror = state->traffic_row >= draft->count;
    const char *name =
        draft->names[mirror ? state->traffic_row - draft->count : state->traffic_row];
    int col =
        canvas_printf(canvas, line, 0, 0, ROLE_HEADING, "%s %s ", mirror ? "mirror" : "live", name);
    struct rect field = rect_make(line.row, line.col + col, 1, 4);
    field_draw(&state->number, canvas, field, true, "0");
    canvas_text(canvas, line, 0, col + 5, ROLE_DIM, "%   Enter sets it, Esc leaves it");
}

/* The rule with its numbers, and the smallest change that mends it: beside it or below. */
static void draw_broken(const struct traffic_violation *broken, size_t count, struct canvas *canvas,
                        struct rect area)
{
    int col = canvas_printf(canvas, area, 0, 0, ROLE_BAD, "✗ %s", broken->message);
    bool below = area.rows > 1;
    col = canvas_printf(canvas, area, below, below ? 0 : col, ROLE_TEXT, "%s→ %s", below ? "" : " ",
                        broken->mend);
    if (count > 1)
        canvas_printf(canvas, area, below, col, ROLE_DIM, "  (and %zu more)", count - 1);
}

/* On the last line, away from the sliders. */
static void draw_guide(const struct state *state, struct canvas *canvas, struct rect area)
{
    char line[160];
    if (!tour_line(state, line, sizeof line))
        return;
    int row = area.rows - 1;
    int col = canvas_text(canvas, area, row, 0, ROLE_HEADING, "› ");
    canvas_text(canvas, area, row, col, ROLE_DIM, line);
}

/* Below the sliders: the rule that is broken and its mend, or what can be done. */
static void draw_verdict(struct state *state, struct canvas *canvas, struct rect area)
{
    struct traffic_violation broken[TRAFFIC_MAX_VIOLATIONS];
    struct draft *draft = state->draft;
    size_t count = draft_check(draft, is_kubernetes(state), broken, TRAFFIC_MAX_VIOLATIONS);
    if (state->typing) {
        draw_typing(state, canvas, area);
    } else if (count) {
        draw_broken(&broken[0], count, canvas, area);
    } else if (running(state)) {
        canvas_text(canvas, area, 0, 0, ROLE_BUSY, "sent; the service is applying it");
    } else if (draft->moved) {
        canvas_text(canvas, area, 0, 0, ROLE_WARN,
                    "the service has another split by now; c shows the three of them");
    } else if (draft_is_changed(draft)) {
        int col = canvas_text(canvas, area, 0, 0, ROLE_DRAFT, "staged, not sent");
        canvas_text(canvas, area, 0, col, ROLE_DIM, "  c reviews the request first");
    } else {
        draw_guide(state, canvas, area);
    }
}

static unsigned frame_note(const struct state *state, char *out, size_t size)
{
    const struct endpoint *endpoint = state_endpoint(state);
    const struct activity_entry *entry = running(state);
    out[0] = '\0';
    if (entry) {
        snprintf(out, size, "%.60s %lld s, the old split serves meanwhile", entry->result,
                 (long long)((state->now_ms - entry->started_ms) / 1000));
        return ROLE_BUSY;
    }
    if (draft_is_changed(state->draft)) {
        snprintf(out, size, "draft");
        return ROLE_DRAFT;
    }
    if (endpoint && state_is_busy(endpoint->state)) {
        snprintf(out, size, "%s", state_text(endpoint->state));
        return ROLE_BUSY;
    }
    return ROLE_DIM;
}

/* First row in sight, so that the selected one is. */
static size_t first_row(const struct state *state, size_t count, int rows)
{
    size_t room = rows > 0 ? (size_t)rows : 1;
    if (count <= room || state->traffic_row < room)
        return 0;
    size_t first = state->traffic_row - room + 1;
    return first + room > count ? count - room : first;
}

static int label_width(const struct draft *draft)
{
    int columns = 6;
    for (size_t i = 0; i < draft->count; i++) {
        int width = width_text(draft->names[i]);
        columns = width > columns ? width : columns;
    }
    return columns < LABEL_MAX ? columns : LABEL_MAX;
}

void traffic_draw(struct state *state, struct canvas *canvas, struct rect area)
{
    static const enum action hints[] = {ACTION_COMMIT, ACTION_UNDO, ACTION_DISCARD,
                                        ACTION_TYPE,   ACTION_LOCK, ACTION_BALANCE};
    const struct draft *draft = state->draft;
    char note[160];
    struct panel_frame frame = {.note = note, .hints = hints, .hint_count = 6};
    frame.note_style = frame_note(state, note, sizeof note);
    char right[32];
    if ((int)(2 * draft->count) > area.rows - FRAME_ROWS) {
        snprintf(right, sizeof right, "%zu/%zu", state->traffic_row + 1, 2 * draft->count);
        frame.right = right;
    }
    struct rect inside = panel_box(state, canvas, area, PANEL_TRAFFIC, &frame);
    if (!draft->count) {
        bool known = state->deployments_reading.loaded;
        panel_say(canvas, inside, ROLE_DIM,
                  !state->endpoint[0] ? ""
                  : known             ? "no deployments to send traffic to"
                                      : "reading…",
                  NULL);
        return;
    }
    struct rect sliders = inside;
    size_t count = 2 * draft->count;
    bool room = inside.rows >= (int)count + 2;
    int lines = inside.cols < VERDICT_COLUMNS && room ? 2 : 1;
    struct rect verdict = inside;
    rect_cut_top(&verdict, inside.rows - lines < (int)count ? inside.rows - lines : (int)count);
    verdict.rows = lines;
    sliders.rows -= lines;
    size_t first = first_row(state, count, sliders.rows);
    int note_columns = inside.cols / 4;
    note_columns = note_columns < NOTE_MIN_COLUMNS   ? NOTE_MIN_COLUMNS
                   : note_columns > NOTE_MAX_COLUMNS ? NOTE_MAX_COLUMNS
                                                     : note_columns;
    for (size_t i = first; i < count && (int)(i - first) < sliders.rows; i++)
        draw_row(state, canvas, sliders, (int)(i - first), i, label_width(draft), note_columns);
    draw_verdict(state, canvas, verdict);
}
