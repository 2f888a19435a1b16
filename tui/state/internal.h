/* What the parts of update() share; for tui/state only. */
#ifndef TUI_STATE_INTERNAL_H
#define TUI_STATE_INTERNAL_H

#include "tui/state/state.h"

/* A line for the operator, for NOTICE_MS. */
void notice(struct state *state, unsigned style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void notice_error(struct state *state, const struct error *error);

/* poll.c: what is to be read again, and when. */
void poll_schedule(struct state *state, struct effects *effects);
void poll_now(struct state *state);
void poll_answered(struct state *state, struct reading *reading, int interval_ms,
                   const struct error *error);
bool poll_is_log_shown(const struct state *state);

/* receive.c: answers. */
void receive(struct state *state, struct message *message, struct effects *effects);
void refilter(struct state *state);
/* Makes `name` ("" for none) the chosen endpoint; its draft is put away and another fetched. */
void choose_endpoint(struct state *state, const char *name);
void choose_log(struct state *state, const char *deployment);
/* Lets the draft follow the endpoint as last read. */
void follow_draft(struct state *state);

/* keys.c: keys and named actions. */
void press(struct state *state, struct key key, struct effects *effects);
void act(struct state *state, enum action action, const char *argument, struct effects *effects);
void focus_panel(struct state *state, enum panel panel);

/* logging.c: the log panel. */
void act_logs(struct state *state, enum action action, const char *argument,
              struct effects *effects);
void key_to_log(struct state *state, struct key key);
/* Takes back what was searched or filtered; false when nothing was. */
bool back_in_log(struct state *state);
void show_only(struct state *state, const char *text);

/* copying.c: to the clipboard. */
void copy_value(struct state *state, struct effects *effects);
void copy_reader(struct state *state, struct effects *effects);
/* `form` is one of copy_forms(): those that the focused panel has; owned by the caller. */
void copy_as(struct state *state, const char *form, struct effects *effects);
char **copy_forms(const struct state *state, size_t *out_count);
/* True when that document was asked for in order to be copied. */
bool copy_document(struct state *state, const char *subject, const char *text,
                   struct effects *effects);

/* sliders.c */
void act_traffic(struct state *state, enum action action, const char *argument,
                 struct effects *effects);
void type_share(struct state *state, struct key key);

/* testing.c: test requests. */
void act_invoke(struct state *state, enum action action, const char *argument,
                struct effects *effects);
void test_run_release(struct test_run *run);
void receive_body(struct state *state, struct message *message);
/* Takes a typed request; false with a problem when it is no JSON. */
bool take_typed_body(struct state *state, const char *text, struct error *error);
void receive_answer(struct state *state, struct message *message);
void follow_target(struct state *state);
bool cancel_tests(struct state *state, struct effects *effects);

/* reviewing.c: writes, from the question to the result. */
void act_write(struct state *state, enum action action, const char *argument,
               struct effects *effects);
void open_review(struct state *state, const struct write *write, struct effects *effects);
void receive_write(struct state *state, struct message *message, struct effects *effects);
void press_review(struct state *state, struct effects *effects);
void press_conflict(struct state *state, struct effects *effects);

/* overlays.c: what lies over the panels. */
void overlay_close(struct state *state);
void choices_release(struct menu_items *choices);
void press_overlay(struct state *state, struct key key, struct effects *effects);
void open_setup(struct state *state);
void open_quit(struct state *state, struct effects *effects);
void open_command(struct state *state);
void open_help(struct state *state);
void open_details(struct state *state, const char *deployment, struct effects *effects);
void open_entry(struct state *state);
void open_files(struct state *state, enum purpose purpose, struct effects *effects);
void open_contexts(struct state *state, struct effects *effects);
void open_copy(struct state *state);
void open_scale(struct state *state);
void open_only(struct state *state);
/* Asks for a file name; `suggested` is what stands there. */
void open_save(struct state *state, enum purpose purpose, const char *suggested);
/* To type a request of one line. */
void open_body(struct state *state, const char *text);
/* Takes over `diff`. */
void open_diff(struct state *state, const char *title, struct diff *diff);
void open_add_context(struct state *state);
void refresh_choices(struct state *state);
void receive_choices(struct state *state, struct message *message);
void receive_details(struct state *state, struct message *message, struct effects *effects);

#endif
