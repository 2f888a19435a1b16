/*
 * From the bytes of a terminal to keys.
 *
 * Incremental: bytes come as reads deliver them, a UTF-8 character or an escape sequence may be
 * split anywhere. Knows the sequences of xterm, tmux, screen, the Linux console, rxvt and the
 * kitty protocol by heart (no terminfo). Sequences it does not know, mouse and focus reports and
 * answers to queries are swallowed whole; a broken sequence never swallows the key behind it.
 *
 * A lone Escape can be told from a sequence by time only: while keys_waiting() is not -1 the
 * caller waits at most that long for more bytes, then calls keys_flush().
 *
 *     n = terminal_read(terminal, bytes, sizeof bytes);
 *     for (i = 0; i < n; i++) {
 *         struct key keys[KEYS_PER_BYTE];
 *         size_t count = keys_feed(&decoder, bytes[i], keys);
 *         ...
 *     }
 */
#ifndef TUI_DRAW_KEYS_H
#define TUI_DRAW_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum key_name {
    KEY_CHAR, /* `code` is the character; Ctrl-D is code 'd' with KEY_CTRL */
    KEY_ENTER,
    KEY_TAB, /* Shift-Tab: with KEY_SHIFT */
    KEY_BACKSPACE,
    KEY_ESC,
    KEY_UP,
    KEY_DOWN,
    KEY_LEFT,
    KEY_RIGHT,
    KEY_HOME,
    KEY_END,
    KEY_PAGE_UP,
    KEY_PAGE_DOWN,
    KEY_INSERT,
    KEY_DELETE,
    KEY_FUNCTION,    /* `code` is 1..24 */
    KEY_PASTE_START, /* what follows up to KEY_PASTE_END was pasted, not typed */
    KEY_PASTED,      /* `code` is a character of the paste; newlines are '\n', tabs '\t' */
    KEY_PASTE_END,
};

enum { KEY_SHIFT = 1, KEY_ALT = 2, KEY_CTRL = 4 };

struct key {
    enum key_name name;
    uint32_t code;  /* KEY_CHAR, KEY_PASTED, KEY_FUNCTION; else 0 */
    unsigned state; /* KEY_SHIFT | KEY_ALT | KEY_CTRL; never KEY_SHIFT on a KEY_CHAR */
};

enum {
    KEYS_PER_BYTE = 6,      /* most keys that one byte can complete */
    KEYS_SEQUENCE_MAX = 64, /* longer sequences are given up */
    KEYS_STRING_MAX = 4096, /* likewise OSC, DCS and the like */
    KEYS_PASTE_MS = 2000,   /* a paste silent that long has lost its end */
    KEY_TEXT_MAX = 24,      /* bytes that key_text() needs at most */
};

struct key_decoder {
    int escape_ms;
    int state;
    bool meta;     /* an Escape came before the sequence */
    bool pasting;  /* between the marks of a bracketed paste */
    bool carriage; /* the last byte of the paste was CR: an LF behind it belongs to it */
    size_t len;
    size_t skip;
    unsigned char bytes[KEYS_SEQUENCE_MAX];
};

/* escape_ms: KEYS_ESCAPE_MS or what the user wants. */
void keys_init(struct key_decoder *decoder, int escape_ms);

/* Takes one byte; returns the number of keys it completed. */
size_t keys_feed(struct key_decoder *decoder, unsigned char byte, struct key out[KEYS_PER_BYTE]);

/* Milliseconds that the caller should wait for the next byte before keys_flush(); -1: for ever. */
int keys_waiting(const struct key_decoder *decoder);

/* No more bytes came in time: what is there is taken as keys (Escape, Alt-[). */
size_t keys_flush(struct key_decoder *decoder, struct key out[KEYS_PER_BYTE]);

/* True for that character with no Ctrl or Alt. */
bool key_is(struct key key, uint32_t code);

/* True for Ctrl and that (lower case) letter. */
bool key_is_ctrl(struct key key, uint32_t code);

/* The key as people write it: "q", "Ctrl-d", "Shift-Tab", "F5", "Space", "PgDn". */
void key_text(struct key key, char out[KEY_TEXT_MAX]);

/* The reverse; false when it is no key's name. */
bool key_parse(const char *text, struct key *out);

#endif
