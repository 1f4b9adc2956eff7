/* Everything a person can do at the desk: each has a name, a key, places where it makes
 * sense, and a line of help. Keys, the command line, its completion and the list of keys
 * are all made from the same rows. */
#ifndef MALGIL_DESK_COMMANDS_H
#define MALGIL_DESK_COMMANDS_H

#include "gateway/desk/model.h"

#define IN(view)   (1u << (view))
#define IN_TICKETS (IN(VIEW_INBOX) | IN(VIEW_THREAD))
#define IN_LISTS   (IN(VIEW_QUEUE) | IN(VIEW_CHANNELS) | IN(VIEW_CAMPAIGNS))
#define IN_ALL     (IN(VIEW_COUNT) - 1)

struct command {
	const char *name;
	const char *key, *key2; /* as built in; NULL none */
	unsigned where;
	const char *help[2]; /* en, ko */
	/* `words` is what followed the name; NULL when a key was pressed: then it may
	 * ask. */
	void (*run)(struct desk *d, const char *words);
	/* The i-th word it could be followed by; NULL at the end. */
	const char *(*complete)(struct desk *d, size_t i);
	bool repeats, one_key; /* `.` does it again; its question wants one key */
};

extern const struct command commands[]; /* ends with a NULL name */
extern const struct command command_send_anyway, command_field;

/* By its name, in any view; says so when there is none. */
void command_run(struct desk *d, const char *name, const char *words);
const struct command *command_find(const char *name);
/* What the key does in this view; NULL nothing. */
const struct command *command_for_key(const struct desk *d, const char *key);
/* The key a command has now, "" none. */
const char *command_key(const struct command *c);
/* Binds a key to a command, or (NULL) to nothing. -ENOENT, -ENOSPC with a sentence. */
int command_bind(const char *name, const char *key, struct strbuf *err) MUST_USE;
/* Reads FILE: keys = { claim = "C"; ... }; see the desk's README. */
int command_read_keys(const char *path, struct strbuf *err) MUST_USE;

/* questions.c: a key while a question is asked */
void question_key(struct desk *d, const struct key *key);
void question_close(struct desk *d);

/* canned.c */
void canned_run(struct desk *d, const char *words);
const char *canned_name(struct desk *d, size_t i);
void canned_field(struct desk *d, const char *words);

/* go.c */
void go_down(struct desk *d, const char *words);
void go_up(struct desk *d, const char *words);
void go_page_down(struct desk *d, const char *words);
void go_page_up(struct desk *d, const char *words);
void go_first(struct desk *d, const char *words);
void go_last(struct desk *d, const char *words);
void go_back(struct desk *d, const char *words);
void go_open(struct desk *d, const char *words);
void go_next(struct desk *d, const char *words);
void go_inbox(struct desk *d, const char *words);
void go_queue(struct desk *d, const char *words);
void go_channels(struct desk *d, const char *words);
void go_campaigns(struct desk *d, const char *words);
void go_report(struct desk *d, const char *words);
void go_help(struct desk *d, const char *words);
void go_state(struct desk *d, const char *words);
void go_shelf(struct desk *d, const char *words);
void go_mine(struct desk *d, const char *words);
void go_all(struct desk *d, const char *words);
void go_filter(struct desk *d, const char *words);
void go_mark(struct desk *d, const char *words);
void go_mark_all(struct desk *d, const char *words);
void go_reply(struct desk *d, const char *words);
void go_note(struct desk *d, const char *words);
void go_message(struct desk *d, const char *words);
void go_undo(struct desk *d, const char *words);
void go_customer(struct desk *d, const char *words);
void go_cancel(struct desk *d, const char *words);
void go_again(struct desk *d, const char *words);
void go_command(struct desk *d, const char *words);
void go_quit(struct desk *d, const char *words);
void go_redraw(struct desk *d, const char *words);
void go_send_anyway(struct desk *d, const char *words);
const char *name_state(struct desk *d, size_t i);
const char *name_shelf(struct desk *d, size_t i);

/* work.c */
void work_claim(struct desk *d, const char *words);
void work_assign(struct desk *d, const char *words);
void work_snooze(struct desk *d, const char *words);
void work_close(struct desk *d, const char *words);
void work_close_next(struct desk *d, const char *words);
void work_quiet(struct desk *d, const char *words);
void work_to_bot(struct desk *d, const char *words);
void work_tag(struct desk *d, const char *words);
void work_urgent(struct desk *d, const char *words);
void work_priority(struct desk *d, const char *words);
void work_queue(struct desk *d, const char *words);
void work_reopen(struct desk *d, const char *words);
void work_unblock(struct desk *d, const char *words);
void work_number(struct desk *d, const char *words);
void work_open_for(struct desk *d, const char *words);
const char *name_agent(struct desk *d, size_t i);
const char *name_sleep(struct desk *d, size_t i);
const char *name_priority(struct desk *d, size_t i);
const char *name_queue(struct desk *d, size_t i);

#endif
