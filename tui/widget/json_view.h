/* JSON made readable: indented lines with a style per token, to show in a text view. */
#ifndef TUI_WIDGET_JSON_VIEW_H
#define TUI_WIDGET_JSON_VIEW_H

#include "core/base/json.h"
#include "tui/widget/text_view.h"

#include <stddef.h>

struct json_view;

/* Lines of that tree; NULL (nothing) gives no lines. Owned by the caller: json_view_free(). */
struct json_view *json_view_new(const struct json *value);

/*
 * Lines of a text that should be JSON, as an answer's body: parsed and pretty if it is (bounded by
 * JSON_VIEW_MAX_BYTES), else its lines as they are, made printable.
 */
struct json_view *json_view_from_text(const char *text, size_t len);

enum { JSON_VIEW_MAX_BYTES = 4 << 20 };

void json_view_free(struct json_view *view);

/*
 * The tokens of one line of JSON as spans with their styles, at most `max` of them; returns how
 * many. Punctuation is left out.
 */
size_t json_view_spans(const char *line, struct text_span *out, size_t max);

/* What a text view draws; valid while the json_view lives. Takes NULL. */
struct text_lines json_view_lines(const struct json_view *view);

#endif
