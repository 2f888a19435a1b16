#include "tui/widget/field.h"

#include "core/base/printable.h"
#include "tui/draw/width.h"

#include <string.h>

void field_init(struct field *field, size_t limit)
{
    memset(field, 0, sizeof *field);
    field->limit = limit && limit < FIELD_MAX ? limit : FIELD_MAX;
}

void field_set(struct field *field, const char *text)
{
    char safe[FIELD_MAX + 1];
    printable_line(safe, field->limit + 1, text ? text : "");
    field->len = strlen(safe);
    memcpy(field->text, safe, field->len + 1);
    field->cursor = field->len;
    field->first = 0;
}

void field_wipe(struct field *field)
{
    volatile char *byte = field->text;
    for (size_t i = 0; i < sizeof field->text; i++)
        byte[i] = '\0';
    field->len = field->cursor = field->first = 0;
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Start of the character left of `at`, its combining marks passed over. */
static size_t before(const struct field *field, size_t at)
{
    while (at > 0) {
        at--;
        if (is_continuation(field->text[at]))
            continue;
        size_t used;
        if (width_code(utf8_decode(field->text + at, field->len - at, &used)) != 0)
            break;
    }
    return at;
}

static size_t behind(const struct field *field, size_t at)
{
    size_t used;
    if (at < field->len) {
        utf8_decode(field->text + at, field->len - at, &used);
        at += used;
    }
    while (at < field->len &&
           width_code(utf8_decode(field->text + at, field->len - at, &used)) == 0)
        at += used;
    return at;
}

static size_t word_before(const struct field *field, size_t at)
{
    while (at > 0 && field->text[at - 1] == ' ')
        at--;
    while (at > 0 && field->text[at - 1] != ' ')
        at--;
    return at;
}

static size_t word_behind(const struct field *field, size_t at)
{
    while (at < field->len && field->text[at] == ' ')
        at++;
    while (at < field->len && field->text[at] != ' ')
        at++;
    return at;
}

static enum field_result cut(struct field *field, size_t from, size_t to)
{
    if (from >= to)
        return FIELD_USED;
    memmove(field->text + from, field->text + to, field->len - to + 1);
    field->len -= to - from;
    field->cursor = from;
    return FIELD_CHANGED;
}

static enum field_result insert(struct field *field, uint32_t code)
{
    char bytes[4];
    if (code == '\n' || code == '\t')
        code = ' ';
    if (width_code(code) < 0 || (field->digits && (code < '0' || code > '9')))
        return FIELD_USED;
    size_t len = utf8_encode(code, bytes);
    if (field->len + len > field->limit)
        return FIELD_USED;
    memmove(field->text + field->cursor + len, field->text + field->cursor,
            field->len - field->cursor + 1);
    memcpy(field->text + field->cursor, bytes, len);
    field->len += len;
    field->cursor += len;
    return FIELD_CHANGED;
}

static enum field_result move_to(struct field *field, size_t at)
{
    field->cursor = at;
    return FIELD_USED;
}

static enum field_result character_key(struct field *field, struct key key)
{
    if (key_is_ctrl(key, 'u'))
        return cut(field, 0, field->cursor);
    if (key_is_ctrl(key, 'd'))
        return cut(field, field->cursor, behind(field, field->cursor));
    if (key.state & (KEY_CTRL | KEY_ALT))
        return FIELD_IGNORED;
    return insert(field, key.code);
}

static enum field_result other_key(struct field *field, struct key key)
{
    bool word = (key.state & (KEY_CTRL | KEY_ALT)) != 0;
    size_t at = field->cursor;
    if (key.name == KEY_LEFT)
        return move_to(field, word ? word_before(field, at) : before(field, at));
    if (key.name == KEY_RIGHT)
        return move_to(field, word ? word_behind(field, at) : behind(field, at));
    if (key.name == KEY_HOME)
        return move_to(field, 0);
    if (key.name == KEY_END)
        return move_to(field, field->len);
    if (key.name == KEY_BACKSPACE)
        return cut(field, word ? word_before(field, at) : before(field, at), at);
    if (key.name == KEY_DELETE)
        return cut(field, at, word ? word_behind(field, at) : behind(field, at));
    return FIELD_IGNORED;
}

enum field_result field_key(struct field *field, struct key key)
{
    if (key.name == KEY_CHAR)
        return character_key(field, key);
    if (key.name == KEY_PASTE_START || key.name == KEY_PASTE_END)
        return FIELD_USED;
    if (key.name == KEY_PASTED)
        return field->refuses_paste ? FIELD_USED : insert(field, key.code);
    return other_key(field, key);
}

/* Columns of the text between two offsets, as drawn. */
static int columns_between(const struct field *field, size_t from, size_t to)
{
    if (!field->masked)
        return width_bytes(field->text + from, to - from);
    int columns = 0;
    for (size_t at = from; at < to; at = behind(field, at))
        columns++;
    return columns;
}

/* Moves the part in sight so that the cursor is in it, with its own column behind the text. */
static void scroll(struct field *field, int columns)
{
    if (field->first > field->cursor)
        field->first = field->cursor;
    while (columns_between(field, field->first, field->cursor) >= columns &&
           field->first < field->cursor)
        field->first = behind(field, field->first);
    while (field->first > 0) {
        size_t earlier = before(field, field->first);
        if (columns_between(field, earlier, field->len) >= columns)
            break;
        field->first = earlier;
    }
}

void field_draw(struct field *field, struct canvas *canvas, struct rect area, bool focused,
                const char *placeholder)
{
    struct rect line = area;
    line.rows = line.rows > 0 ? 1 : 0;
    if (rect_is_empty(line))
        return;
    canvas_fill(canvas, line, ROLE_INPUT);
    scroll(field, line.cols);
    int at = 0;
    if (!field->len && placeholder)
        canvas_text(canvas, line, 0, 0, ROLE_PLACEHOLDER, placeholder);
    else if (field->masked)
        for (size_t i = field->first; i < field->len; i = behind(field, i))
            at = canvas_text(canvas, line, 0, at, ROLE_INPUT, "●");
    else
        canvas_text(canvas, line, 0, 0, ROLE_INPUT, field->text + field->first);
    if (focused)
        canvas_cursor(canvas, line, 0, columns_between(field, field->first, field->cursor));
}
