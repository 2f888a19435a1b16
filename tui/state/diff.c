#include "tui/state/diff.h"

#include "core/base/alloc.h"
#include "tui/draw/style.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct diff_row {
    char *text; /* with its sign */
    unsigned style;
    struct text_span *numbers; /* that differ; owned */
    size_t number_count;
};

struct diff {
    struct diff_row *rows;
    size_t count, capacity;
    bool differs;
    unsigned styles[2];
};

/* Members of an object end in a comma but for the last: that is no difference. */
static bool same_line(const char *a, const char *b)
{
    size_t left = strlen(a), right = strlen(b);
    left -= left && a[left - 1] == ',';
    right -= right && b[right - 1] == ',';
    return left == right && memcmp(a, b, left) == 0;
}

/* Copies of one side's lines. */
struct side {
    char **lines;
    size_t count;
};

static struct side side_of(const struct text_lines *lines)
{
    struct side side = {.count = lines->count};
    side.lines = mem_alloc_array(lines->count + 1, sizeof *side.lines);
    for (size_t i = 0; i < lines->count; i++) {
        struct text_line line = {.text = ""};
        lines->line(lines->data, i, &line);
        side.lines[i] = str_dup(line.text);
    }
    return side;
}

static void side_release(struct side *side)
{
    for (size_t i = 0; i < side->count; i++)
        free(side->lines[i]);
    free(side->lines);
}

static void add_row(struct diff *diff, char sign, const char *text)
{
    diff->rows = mem_grow(diff->rows, diff->count, &diff->capacity, sizeof *diff->rows);
    diff->rows[diff->count++] = (struct diff_row){.text = str_format("%c %s", sign, text),
                                                  .style = sign == ' '   ? ROLE_DIM
                                                           : sign == '-' ? diff->styles[0]
                                                                         : diff->styles[1]};
    diff->differs = diff->differs || sign != ' ';
}

/* --- numbers -----------------------------------------------------------------------------------
 */

/* The number at or behind `from`, outside words; len 0: none. */
static struct text_span next_number(const char *text, size_t from)
{
    for (size_t at = from; text[at]; at++) {
        bool begins = isdigit((unsigned char)text[at]) &&
                      (at == 0 || (!isalnum((unsigned char)text[at - 1]) && text[at - 1] != '_'));
        if (!begins)
            continue;
        size_t start = at > 0 && text[at - 1] == '-' ? at - 1 : at;
        size_t len = strspn(text + at, "0123456789.eE");
        if ((text[at + len] == '-' || text[at + len] == '+') &&
            (text[at + len - 1] == 'e' || text[at + len - 1] == 'E'))
            len += 1 + strspn(text + at + len + 1, "0123456789");
        return (struct text_span){.start = start, .len = at + len - start};
    }
    return (struct text_span){.len = 0};
}

static void mark_number(struct diff_row *row, struct text_span span)
{
    if (!row->numbers)
        row->numbers = mem_alloc_array(DIFF_NUMBERS_MAX, sizeof *row->numbers);
    span.style = row->style | ATTR_REVERSE | ATTR_BOLD;
    row->numbers[row->number_count++] = span;
}

/* Marks the numbers that stand at the same place among the numbers and are not the same. */
static void mark_numbers(struct diff_row *left, struct diff_row *right)
{
    /* Behind the sign: "- " is no minus. */
    size_t a = 2, b = 2;
    while (left->number_count < DIFF_NUMBERS_MAX) {
        struct text_span of_left = next_number(left->text, a);
        struct text_span of_right = next_number(right->text, b);
        if (!of_left.len || !of_right.len)
            return;
        bool same =
            of_left.len == of_right.len &&
            memcmp(left->text + of_left.start, right->text + of_right.start, of_left.len) == 0;
        if (!same) {
            mark_number(left, of_left);
            mark_number(right, of_right);
        }
        a = of_left.start + of_left.len;
        b = of_right.start + of_right.len;
    }
}

/* --- the longest common part -------------------------------------------------------------------
 */

/* A run of lines of the left and then as many as there are of the right, compared in pairs. */
static void add_change(struct diff *diff, const struct side *left, size_t left_from, size_t left_to,
                       const struct side *right, size_t right_from, size_t right_to)
{
    size_t first = diff->count;
    for (size_t i = left_from; i < left_to; i++)
        add_row(diff, '-', left->lines[i]);
    size_t second = diff->count;
    for (size_t i = right_from; i < right_to; i++)
        add_row(diff, '+', right->lines[i]);
    for (size_t i = 0; first + i < second && second + i < diff->count; i++)
        mark_numbers(&diff->rows[first + i], &diff->rows[second + i]);
}

/* Walks the table of common lengths: [i][j] is that of the lines from i and from j on. */
static void add_middle(struct diff *diff, const struct side *left, size_t left_from, size_t left_to,
                       const struct side *right, size_t right_from, size_t right_to)
{
    size_t n = left_to - left_from, m = right_to - right_from;
    if (!n || !m || n > DIFF_LINES_MAX || m > DIFF_LINES_MAX) {
        add_change(diff, left, left_from, left_to, right, right_from, right_to);
        return;
    }
    uint16_t *common = mem_alloc_array((n + 1) * (m + 1), sizeof *common);
    for (size_t i = n; i-- > 0;) {
        for (size_t j = m; j-- > 0;) {
            uint16_t below = common[(i + 1) * (m + 1) + j], beside = common[i * (m + 1) + j + 1];
            bool equal = same_line(left->lines[left_from + i], right->lines[right_from + j]);
            common[i * (m + 1) + j] = equal ? (uint16_t)(common[(i + 1) * (m + 1) + j + 1] + 1)
                                      : below > beside ? below
                                                       : beside;
        }
    }
    size_t i = 0, j = 0, from_i = 0, from_j = 0;
    while (i < n && j < m) {
        if (same_line(left->lines[left_from + i], right->lines[right_from + j])) {
            add_change(diff, left, left_from + from_i, left_from + i, right, right_from + from_j,
                       right_from + j);
            add_row(diff, ' ', left->lines[left_from + i]);
            from_i = ++i;
            from_j = ++j;
        } else if (common[(i + 1) * (m + 1) + j] >= common[i * (m + 1) + j + 1]) {
            i++;
        } else {
            j++;
        }
    }
    add_change(diff, left, left_from + from_i, left_to, right, right_from + from_j, right_to);
    free(common);
}

struct diff *diff_new(const struct text_lines *left_lines, unsigned left_style,
                      const struct text_lines *right_lines, unsigned right_style)
{
    struct diff *diff = mem_alloc(sizeof *diff);
    struct side left = side_of(left_lines);
    struct side right = side_of(right_lines);
    size_t start = 0, end = 0;
    size_t shorter = left.count < right.count ? left.count : right.count;
    diff->styles[0] = left_style;
    diff->styles[1] = right_style;
    while (start < shorter && same_line(left.lines[start], right.lines[start]))
        start++;
    while (end < shorter - start &&
           same_line(left.lines[left.count - 1 - end], right.lines[right.count - 1 - end]))
        end++;
    for (size_t i = 0; i < start; i++)
        add_row(diff, ' ', left.lines[i]);
    add_middle(diff, &left, start, left.count - end, &right, start, right.count - end);
    for (size_t i = left.count - end; i < left.count; i++)
        add_row(diff, ' ', left.lines[i]);
    side_release(&left);
    side_release(&right);
    return diff;
}

void diff_free(struct diff *diff)
{
    if (!diff)
        return;
    for (size_t i = 0; i < diff->count; i++) {
        free(diff->rows[i].text);
        free(diff->rows[i].numbers);
    }
    free(diff->rows);
    free(diff);
}

bool diff_is_equal(const struct diff *diff)
{
    return !diff->differs;
}

static void get_line(void *data, size_t index, struct text_line *out)
{
    const struct diff *diff = data;
    const struct diff_row *row = &diff->rows[index];
    out->text = row->text;
    out->style = row->style;
    out->spans = row->numbers;
    out->span_count = row->number_count;
    out->indent = (int)strspn(row->text + 1, " ") + 3;
}

struct text_lines diff_lines(const struct diff *diff)
{
    struct text_lines lines = {.line = get_line};
    if (diff) {
        /* The callback only reads through it. */
        lines.data = (void *)(uintptr_t)diff;
        lines.count = diff->count;
    }
    return lines;
}
