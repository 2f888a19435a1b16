#include "tui/draw/keys.h"

#include "core/base/printable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ESC = 0x1B, DEL = 0x7F, PARAMS_MAX = 8, X10_MOUSE_BYTES = 3 };

enum state {
    GROUND,
    UTF8,          /* the first bytes of a character */
    ESCAPED,       /* behind ESC */
    SS3,           /* behind ESC O */
    CSI,           /* behind ESC [ */
    CONSOLE,       /* behind ESC [ [ : function keys of the Linux console */
    X10_MOUSE,     /* three bytes to drop */
    STRING,        /* OSC, DCS, APC, PM, SOS: dropped up to its end */
    STRING_ESCAPED /* ESC within such a string */
};

void keys_init(struct key_decoder *decoder, int escape_ms)
{
    memset(decoder, 0, sizeof *decoder);
    decoder->escape_ms = escape_ms;
    decoder->state = GROUND;
}

static void to_ground(struct key_decoder *decoder)
{
    decoder->state = GROUND;
    decoder->meta = false;
    decoder->len = 0;
    decoder->skip = 0;
}

static size_t emit(struct key *out, enum key_name name, uint32_t code, unsigned state)
{
    *out = (struct key){name, code, state};
    return 1;
}

/* A character outside of any sequence, control characters among them. */
static size_t emit_code(struct key *out, uint32_t code, unsigned state)
{
    switch (code) {
    case '\r':
    case '\n':
        return emit(out, KEY_ENTER, 0, state);
    case '\t':
        return emit(out, KEY_TAB, 0, state);
    case '\b':
    case DEL:
        return emit(out, KEY_BACKSPACE, 0, state);
    case ESC:
        return emit(out, KEY_ESC, 0, state);
    case 0:
        return emit(out, KEY_CHAR, ' ', state | KEY_CTRL);
    default:
        break;
    }
    if (code < 0x20)
        return emit(out, KEY_CHAR, code < 27 ? code + 0x60 : code + 0x40, state | KEY_CTRL);
    if (code >= 0x80 && code < 0xA0)
        return 0;
    return emit(out, KEY_CHAR, code, state);
}

/* What a paste holds: characters, newlines, tabs. */
static size_t emit_pasted(struct key_decoder *decoder, struct key *out, uint32_t code)
{
    bool after_carriage = decoder->carriage;
    decoder->carriage = code == '\r';
    if (code == '\n' && after_carriage)
        return 0;
    if (code == '\r')
        code = '\n';
    if ((code < 0x20 && code != '\n' && code != '\t') || (code >= DEL && code < 0xA0))
        return 0;
    return emit(out, KEY_PASTED, code, 0);
}

static size_t emit_character(struct key_decoder *decoder, struct key *out, uint32_t code)
{
    return decoder->pasting ? emit_pasted(decoder, out, code)
                            : emit_code(out, code, decoder->meta ? KEY_ALT : 0);
}

/* Modifiers as xterm and kitty encode them: 1 + bits shift 1, alt 2, ctrl 4, super 8 ... */
static unsigned modifiers(unsigned parameter)
{
    unsigned bits = parameter ? parameter - 1 : 0;
    return (bits & 1 ? KEY_SHIFT : 0u) | (bits & (2 | 32) ? KEY_ALT : 0u) |
           (bits & 4 ? KEY_CTRL : 0u);
}

struct named_final {
    char final;
    enum key_name name;
    uint32_t code;
    unsigned state;
};

/* ESC O x, as the cursor and keypad keys come in application mode, and ESC [ x. */
static const struct named_final finals[] = {
    {'A', KEY_UP, 0, 0},       {'B', KEY_DOWN, 0, 0},        {'C', KEY_RIGHT, 0, 0},
    {'D', KEY_LEFT, 0, 0},     {'H', KEY_HOME, 0, 0},        {'F', KEY_END, 0, 0},
    {'P', KEY_FUNCTION, 1, 0}, {'Q', KEY_FUNCTION, 2, 0},    {'R', KEY_FUNCTION, 3, 0},
    {'S', KEY_FUNCTION, 4, 0}, {'Z', KEY_TAB, 0, KEY_SHIFT},
};

/* Only behind ESC O: the keypad, and rxvt's Ctrl with a cursor key. */
static const struct named_final ss3_finals[] = {
    {'M', KEY_ENTER, 0, 0},        {'I', KEY_TAB, 0, 0},         {' ', KEY_CHAR, ' ', 0},
    {'X', KEY_CHAR, '=', 0},       {'j', KEY_CHAR, '*', 0},      {'k', KEY_CHAR, '+', 0},
    {'l', KEY_CHAR, ',', 0},       {'m', KEY_CHAR, '-', 0},      {'n', KEY_CHAR, '.', 0},
    {'o', KEY_CHAR, '/', 0},       {'a', KEY_UP, 0, KEY_CTRL},   {'b', KEY_DOWN, 0, KEY_CTRL},
    {'c', KEY_RIGHT, 0, KEY_CTRL}, {'d', KEY_LEFT, 0, KEY_CTRL}, {'E', KEY_CHAR, '5', 0},
};

/* rxvt's Shift with a cursor key: ESC [ a. */
static const struct named_final csi_finals[] = {
    {'a', KEY_UP, 0, KEY_SHIFT},
    {'b', KEY_DOWN, 0, KEY_SHIFT},
    {'c', KEY_RIGHT, 0, KEY_SHIFT},
    {'d', KEY_LEFT, 0, KEY_SHIFT},
};

static const struct named_final *find_final(const struct named_final *table, size_t count,
                                            unsigned char final)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i].final == (char) final)
            return &table[i];
    }
    return NULL;
}

#define FIND_FINAL(table, final) find_final(table, sizeof(table) / sizeof(table)[0], final)

/* The number of ESC [ N ~ : VT220, xterm, rxvt and screen agree on these. */
static size_t emit_tilde(struct key *out, unsigned number, unsigned state)
{
    static const struct {
        unsigned char number;
        unsigned char name;
    } keys[] = {
        {1, KEY_HOME},    {2, KEY_INSERT},    {3, KEY_DELETE}, {4, KEY_END},
        {5, KEY_PAGE_UP}, {6, KEY_PAGE_DOWN}, {7, KEY_HOME},   {8, KEY_END},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (keys[i].number == number)
            return emit(out, (enum key_name)keys[i].name, 0, state);
    }
    static const unsigned char function[] = {11, 12, 13, 14, 15, 17, 18, 19, 20, 21,
                                             23, 24, 25, 26, 28, 29, 31, 32, 33, 34};
    for (size_t i = 0; i < sizeof function; i++) {
        if (function[i] == number)
            return emit(out, KEY_FUNCTION, (uint32_t)i + 1, state);
    }
    return 0;
}

/* Keys of the kitty protocol that are no characters: 57344 and up. */
static size_t emit_kitty(struct key *out, unsigned code, unsigned state)
{
    static const struct {
        unsigned short code;
        unsigned char name;
        unsigned char value;
    } keys[] = {
        {57414, KEY_ENTER, 0},     {57417, KEY_LEFT, 0},   {57418, KEY_RIGHT, 0},
        {57419, KEY_UP, 0},        {57420, KEY_DOWN, 0},   {57421, KEY_PAGE_UP, 0},
        {57422, KEY_PAGE_DOWN, 0}, {57423, KEY_HOME, 0},   {57424, KEY_END, 0},
        {57425, KEY_INSERT, 0},    {57426, KEY_DELETE, 0}, {57409, KEY_CHAR, '.'},
        {57410, KEY_CHAR, '/'},    {57411, KEY_CHAR, '*'}, {57412, KEY_CHAR, '-'},
        {57413, KEY_CHAR, '+'},    {57415, KEY_CHAR, '='}, {57416, KEY_CHAR, ','},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (keys[i].code == code)
            return emit(out, (enum key_name)keys[i].name, keys[i].value, state);
    }
    if (code >= 57399 && code <= 57408)
        return emit(out, KEY_CHAR, '0' + (code - 57399), state);
    if (code >= 57376 && code <= 57387)
        return emit(out, KEY_FUNCTION, code - 57376 + 13, state);
    /* Surrogates and private use are no characters: what is left there are keys we do not use. */
    if ((code >= 0xD800 && code <= 0xF8FF) || code > 0x10FFFF)
        return 0;
    if (code >= 0x20 && code < DEL && (state & KEY_SHIFT)) {
        if (code >= 'a' && code <= 'z')
            code -= 0x20;
        state &= ~(unsigned)KEY_SHIFT;
    }
    if (code > DEL)
        state &= ~(unsigned)KEY_SHIFT;
    return emit_code(out, code, state);
}

struct csi {
    char prefix; /* one of < = > ? or 0 */
    unsigned params[PARAMS_MAX];
    unsigned event; /* first sub-parameter of the second parameter: 3 is a release */
    size_t count;
    bool intermediate;
};

static void parse_csi(const struct key_decoder *decoder, struct csi *csi)
{
    memset(csi, 0, sizeof *csi);
    size_t at = 0, sub = 0;
    if (decoder->len && decoder->bytes[0] >= '<' && decoder->bytes[0] <= '?')
        csi->prefix = (char)decoder->bytes[at++];
    for (; at < decoder->len; at++) {
        unsigned char byte = decoder->bytes[at];
        unsigned *slot = sub == 0 && csi->count < PARAMS_MAX ? &csi->params[csi->count]
                         : sub == 1 && csi->count == 1       ? &csi->event
                                                             : NULL;
        if (byte == ';') {
            csi->count++;
            sub = 0;
        } else if (byte == ':') {
            sub++;
        } else if (byte >= '0' && byte <= '9') {
            if (slot && *slot < 1000000)
                *slot = *slot * 10 + (byte - '0');
        } else {
            csi->intermediate = true;
        }
    }
    csi->count++;
}

/* rxvt ends ~ sequences with $ for Shift, ^ for Ctrl and @ for both. */
static size_t emit_csi(struct key_decoder *decoder, unsigned char final, struct key *out)
{
    struct csi csi;
    parse_csi(decoder, &csi);
    unsigned state = modifiers(csi.params[1]) | (decoder->meta ? KEY_ALT : 0u);
    bool shifted = final == '$' || final == '@', control = final == '^' || final == '@';
    to_ground(decoder);
    if (csi.prefix || csi.event == 3)
        return 0;
    if (csi.intermediate)
        return 0;
    if (final == '~' && csi.params[0] == 200) {
        decoder->pasting = true;
        decoder->carriage = false;
        return emit(out, KEY_PASTE_START, 0, 0);
    }
    if (final == '~' && csi.params[0] == 27 && csi.count >= 3)
        return emit_kitty(out, csi.params[2], state);
    if (final == '~' || shifted || control)
        return emit_tilde(out, csi.params[0],
                          state | (shifted ? KEY_SHIFT : 0u) | (control ? KEY_CTRL : 0u));
    if (final == 'u')
        return emit_kitty(out, csi.params[0], state);
    const struct named_final *named = FIND_FINAL(finals, final);
    if (!named)
        named = FIND_FINAL(csi_finals, final);
    /* ESC [ 24 ; 80 R answers a question about the cursor; F3 has 1 there. */
    if (named && csi.params[0] > 1)
        return 0;
    return named ? emit(out, named->name, named->code, named->state | state) : 0;
}

static size_t feed_csi(struct key_decoder *decoder, unsigned char byte, struct key *out)
{
    if (byte == '[' && !decoder->len) {
        decoder->state = CONSOLE;
        return 0;
    }
    if (byte == 'M' && !decoder->len) {
        decoder->state = X10_MOUSE;
        decoder->skip = X10_MOUSE_BYTES;
        return 0;
    }
    bool rxvt_shift = byte == '$' && decoder->len && !strchr("<=>?", decoder->bytes[0]);
    if (byte >= 0x40 || rxvt_shift)
        return emit_csi(decoder, byte, out);
    if (decoder->len == sizeof decoder->bytes) {
        to_ground(decoder);
        return 0;
    }
    decoder->bytes[decoder->len++] = byte;
    return 0;
}

static size_t feed_ss3(struct key_decoder *decoder, unsigned char byte, struct key *out)
{
    /* Old xterms put the modifier between: ESC O 5 P. */
    if (byte >= '1' && byte <= '9' && !decoder->len) {
        decoder->bytes[decoder->len++] = byte;
        return 0;
    }
    unsigned state = (decoder->len ? modifiers((unsigned)(decoder->bytes[0] - '0')) : 0u) |
                     (decoder->meta ? KEY_ALT : 0u);
    to_ground(decoder);
    if (byte >= 'p' && byte <= 'y')
        return emit(out, KEY_CHAR, '0' + (uint32_t)(byte - 'p'), state);
    const struct named_final *named = FIND_FINAL(finals, byte);
    if (!named)
        named = FIND_FINAL(ss3_finals, byte);
    return named ? emit(out, named->name, named->code, named->state | state) : 0;
}

static size_t feed_escaped(struct key_decoder *decoder, unsigned char byte, struct key *out)
{
    switch (byte) {
    case '[':
        decoder->state = CSI;
        return 0;
    case 'O':
        decoder->state = SS3;
        return 0;
    case ']':
    case 'P':
    case '^':
    case '_':
    case 'X':
        decoder->state = STRING;
        decoder->bytes[0] = byte;
        return 0;
    case ESC:
        if (decoder->meta) /* a third one: the first two were keys */
            return emit(out, KEY_ESC, 0, 0);
        decoder->meta = true;
        return 0;
    default:
        break;
    }
    size_t count = decoder->meta ? emit(out, KEY_ESC, 0, 0) : 0;
    to_ground(decoder);
    if (byte >= 0x80) {
        decoder->meta = true;
        decoder->state = UTF8;
        decoder->bytes[decoder->len++] = byte;
        return count;
    }
    return count + emit_code(out + count, byte, KEY_ALT);
}

static size_t utf8_length(unsigned char first)
{
    return first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
}

/* A byte that no character starts with is dropped: it is noise on the line, not a key. */
static size_t start_utf8(struct key_decoder *decoder, unsigned char byte)
{
    if (byte < 0xC2 || byte > 0xF4) {
        to_ground(decoder);
        return 0;
    }
    decoder->state = UTF8;
    decoder->bytes[0] = byte;
    decoder->len = 1;
    return 0;
}

static size_t feed_utf8(struct key_decoder *decoder, unsigned char byte, struct key *out)
{
    decoder->bytes[decoder->len++] = byte;
    size_t need = utf8_length(decoder->bytes[0]);
    if (decoder->len < need)
        return 0;
    size_t used;
    uint32_t code = utf8_decode((const char *)decoder->bytes, need, &used);
    size_t count = used == need ? emit_character(decoder, out, code) : 0;
    to_ground(decoder);
    return count;
}

static size_t feed_ground(struct key_decoder *decoder, unsigned char byte, struct key *out)
{
    if (byte == ESC) {
        decoder->state = ESCAPED;
        return 0;
    }
    if (byte >= 0x80)
        return start_utf8(decoder, byte);
    return emit_character(decoder, out, byte);
}

/* Within a paste the only sequence is its end; of any other only the ESC is lost. */
static size_t feed_paste(struct key_decoder *decoder, unsigned char byte, struct key *out)
{
    static const char end[] = "\033[201~";
    size_t count = 0;
    if (decoder->state == UTF8) {
        if (byte >= 0x80 && byte < 0xC0)
            return feed_utf8(decoder, byte, out);
        to_ground(decoder);
    }
    if (byte == (unsigned char)end[decoder->skip]) {
        if (++decoder->skip < sizeof end - 1)
            return 0;
        to_ground(decoder);
        decoder->pasting = false;
        return emit(out, KEY_PASTE_END, 0, 0);
    }
    for (size_t i = 1; i < decoder->skip; i++)
        count += emit_pasted(decoder, out + count, (unsigned char)end[i]);
    decoder->skip = byte == ESC;
    return byte == ESC ? count : count + feed_ground(decoder, byte, out + count);
}

static size_t feed_string(struct key_decoder *decoder, unsigned char byte)
{
    if (byte == '\a' || byte == 0x18 || byte == 0x1A || ++decoder->skip > KEYS_STRING_MAX)
        to_ground(decoder);
    else if (byte == ESC)
        decoder->state = STRING_ESCAPED;
    return 0;
}

/* A byte that the sequence so far cannot contain: the sequence was broken off before it. */
static bool breaks_sequence(const struct key_decoder *decoder, unsigned char byte)
{
    switch ((enum state)decoder->state) {
    case CSI:
    case SS3:
    case CONSOLE:
        return byte < 0x20 || byte >= DEL;
    case UTF8:
        return byte < 0x80 || byte >= 0xC0;
    case X10_MOUSE:
        return byte < 0x20;
    case STRING_ESCAPED:
        return byte != '\\';
    case GROUND:
    case ESCAPED:
    case STRING:
        break;
    }
    return false;
}

size_t keys_feed(struct key_decoder *decoder, unsigned char byte, struct key out[KEYS_PER_BYTE])
{
    if (decoder->pasting)
        return feed_paste(decoder, byte, out);
    if (breaks_sequence(decoder, byte)) {
        /* The end of a string may be another sequence, which ESC has already begun. */
        bool escaped = decoder->state == STRING_ESCAPED;
        to_ground(decoder);
        if (escaped)
            decoder->state = ESCAPED;
    }
    switch ((enum state)decoder->state) {
    case GROUND:
        return feed_ground(decoder, byte, out);
    case UTF8:
        return feed_utf8(decoder, byte, out);
    case ESCAPED:
        return feed_escaped(decoder, byte, out);
    case SS3:
        return feed_ss3(decoder, byte, out);
    case CSI:
        return feed_csi(decoder, byte, out);
    case CONSOLE:
        to_ground(decoder);
        return byte >= 'A' && byte <= 'E' ? emit(out, KEY_FUNCTION, (uint32_t)(byte - 'A') + 1, 0)
                                          : 0;
    case X10_MOUSE:
        if (!--decoder->skip)
            to_ground(decoder);
        return 0;
    case STRING:
        return feed_string(decoder, byte);
    case STRING_ESCAPED:
        to_ground(decoder);
        return 0;
    }
    return 0;
}

int keys_waiting(const struct key_decoder *decoder)
{
    if (decoder->pasting)
        return KEYS_PASTE_MS;
    return decoder->state == GROUND ? -1 : decoder->escape_ms;
}

size_t keys_flush(struct key_decoder *decoder, struct key out[KEYS_PER_BYTE])
{
    enum state state = (enum state)decoder->state;
    bool meta = decoder->meta;
    bool untouched = decoder->len == 0;
    bool empty_string = decoder->skip == 0;
    unsigned char introducer = decoder->bytes[0];
    to_ground(decoder);
    if (decoder->pasting) {
        decoder->pasting = false;
        return emit(out, KEY_PASTE_END, 0, 0);
    }
    size_t count = meta && state != UTF8 ? emit(out, KEY_ESC, 0, 0) : 0;
    switch (state) {
    case ESCAPED:
        return count + emit(out + count, KEY_ESC, 0, 0);
    case CSI:
        return untouched ? count + emit(out + count, KEY_CHAR, '[', KEY_ALT) : 0;
    case SS3:
        return untouched ? count + emit(out + count, KEY_CHAR, 'O', KEY_ALT) : 0;
    case STRING:
        return empty_string ? count + emit(out + count, KEY_CHAR, introducer, KEY_ALT) : 0;
    case GROUND:
    case UTF8:
    case CONSOLE:
    case X10_MOUSE:
    case STRING_ESCAPED:
        break;
    }
    return 0;
}

bool key_is(struct key key, uint32_t code)
{
    return key.name == KEY_CHAR && key.code == code && !(key.state & (KEY_CTRL | KEY_ALT));
}

bool key_is_ctrl(struct key key, uint32_t code)
{
    return key.name == KEY_CHAR && key.code == code && (key.state & KEY_CTRL) &&
           !(key.state & KEY_ALT);
}

static const struct {
    const char *text;
    enum key_name name;
    uint32_t code;
} names[] = {
    {"Enter", KEY_ENTER, 0},
    {"Tab", KEY_TAB, 0},
    {"Backspace", KEY_BACKSPACE, 0},
    {"Esc", KEY_ESC, 0},
    {"Up", KEY_UP, 0},
    {"Down", KEY_DOWN, 0},
    {"Left", KEY_LEFT, 0},
    {"Right", KEY_RIGHT, 0},
    {"Home", KEY_HOME, 0},
    {"End", KEY_END, 0},
    {"PgUp", KEY_PAGE_UP, 0},
    {"PgDn", KEY_PAGE_DOWN, 0},
    {"Insert", KEY_INSERT, 0},
    {"Delete", KEY_DELETE, 0},
    {"Space", KEY_CHAR, ' '},
    {"PasteStart", KEY_PASTE_START, 0},
    {"PasteEnd", KEY_PASTE_END, 0},
};

static const struct {
    const char *text;
    unsigned bit;
} prefixes[] = {{"Ctrl-", KEY_CTRL}, {"Alt-", KEY_ALT}, {"Shift-", KEY_SHIFT}};

void key_text(struct key key, char out[KEY_TEXT_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (key.state & prefixes[i].bit)
            len += (size_t)snprintf(out + len, KEY_TEXT_MAX - len, "%s", prefixes[i].text);
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].name == key.name && names[i].code == key.code) {
            snprintf(out + len, KEY_TEXT_MAX - len, "%s", names[i].text);
            return;
        }
    }
    if (key.name == KEY_FUNCTION) {
        snprintf(out + len, KEY_TEXT_MAX - len, "F%u", (unsigned)key.code);
        return;
    }
    len += utf8_encode(key.code, out + len);
    out[len] = '\0';
}

bool key_parse(const char *text, struct key *out)
{
    struct key key = {KEY_CHAR, 0, 0};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        size_t len = strlen(prefixes[i].text);
        if (strncasecmp(text, prefixes[i].text, len) == 0 && text[len]) {
            key.state |= prefixes[i].bit;
            text += len;
        }
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcasecmp(text, names[i].text) == 0) {
            key.name = names[i].name;
            key.code = names[i].code;
            *out = key;
            return true;
        }
    }
    if ((text[0] == 'F' || text[0] == 'f') && text[1] >= '1' && text[1] <= '9') {
        char *end;
        unsigned long number = strtoul(text + 1, &end, 10);
        key.name = KEY_FUNCTION;
        key.code = (uint32_t)number;
        *out = key;
        return !*end && number <= 24;
    }
    size_t used;
    key.code = utf8_decode(text, strlen(text), &used);
    if (!used || text[used] || key.code < 0x20 || key.code == 0xFFFD || (key.state & KEY_SHIFT))
        return false;
    *out = key;
    return true;
}
