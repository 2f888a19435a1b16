/*
 * What a piece of the screen means, not how it looks: a style is a role, or-ed with attributes:
 *
 *     ROLE_OK
 *     ROLE_TITLE | ATTR_BOLD
 *
 * The theme turns it into colours (tui/draw/theme.h). Nobody but the theme names a colour.
 */
#ifndef TUI_DRAW_STYLE_H
#define TUI_DRAW_STYLE_H

enum role {
    ROLE_TEXT,         /* plain text; the terminal's own colours */
    ROLE_DIM,          /* units, ages, secondary text */
    ROLE_BRAND,        /* the program's name in the top line */
    ROLE_TITLE,        /* title of a panel */
    ROLE_TITLE_FOCUS,  /* title of the panel that has the keys */
    ROLE_HEADING,      /* column headings, field labels */
    ROLE_BORDER,       /* frame of a panel */
    ROLE_BORDER_FOCUS, /* top edge of the panel that has the keys */
    ROLE_BLUE,         /* the deployment that plays blue: its name, bars, sliders */
    ROLE_GREEN,        /* the one that plays green */
    ROLE_OTHER,        /* any further deployment */
    ROLE_MIRROR,       /* mirrored traffic */
    ROLE_TRACK,        /* the unfilled part of a slider or bar */
    ROLE_DRAFT,        /* staged and not yet sent */
    ROLE_OK,           /* succeeded, 2xx, rule holds */
    ROLE_WARN,         /* degraded, 4xx, near a limit */
    ROLE_BAD,          /* failed, 5xx, rule broken */
    ROLE_BUSY,         /* creating, updating, deleting, waiting for an answer */
    ROLE_KEY,          /* a key in a hint: "c" of "c commit" */
    ROLE_HINT,         /* the words of a hint */
    ROLE_INPUT,        /* text being typed */
    ROLE_PLACEHOLDER,  /* what an empty field says */
    ROLE_MATCH,        /* a search hit */
    ROLE_MATCH_NOW,    /* the hit the cursor is on */
    ROLE_BUTTON,       /* a button without focus */
    ROLE_BUTTON_FOCUS, /* the button that Enter presses */
    ROLE_SELECTION,    /* ground of a selected row; see ATTR_SELECTED */
    ROLE_DIALOG,       /* frame and title of a dialog */
    ROLE_DANGER,       /* frame and title of a dialog that destroys something */
    ROLE_JSON_KEY,
    ROLE_JSON_STRING,
    ROLE_JSON_NUMBER,
    ROLE_JSON_WORD, /* true, false, null */
    ROLE_COUNT
};

enum {
    STYLE_ROLE_MASK = 0xFF,
    ATTR_BOLD = 1 << 8,
    ATTR_UNDERLINE = 1 << 9,
    ATTR_REVERSE = 1 << 10,
    ATTR_DIM = 1 << 11,
    ATTR_ITALIC = 1 << 12,
    /* The cell lies in a selected row: it keeps its role's colour on the ground of
     * ROLE_SELECTION; without colours the row is shown reversed. */
    ATTR_SELECTED = 1 << 13,
};

#endif
