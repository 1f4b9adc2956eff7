/* What the desk knows and shows. It is changed by four things only: a key, an answer of
 * the gateway, something that happened there, and time; and it asks for things by leaving
 * requests, which desk.c carries out. It does no I/O and reads no clock, so every screen
 * can be tested without a terminal or a gateway.
 *
 * The gateway is right, always: what is shown is what it said last, and after a change it
 * is asked again. The only thing kept here alone is what is being written, and that is on
 * disk (drafts.h). */
#ifndef MALGIL_DESK_MODEL_H
#define MALGIL_DESK_MODEL_H

#include "gateway/desk/editor.h"
#include "gateway/desk/phrases.h"
#include "gateway/net/json.h"

#define DESK_ID      24
#define DESK_NAME    64
#define DESK_PAGE    200   /* tickets asked for at once */
#define DESK_ROWS    20000 /* tickets kept */
#define DESK_LINES   20000 /* lines of a thread kept */
#define THREAD_FIRST 200   /* lines asked for when it is opened */
#define THREAD_TAIL  60    /* when something happened in it */
#define THREAD_OLDER 500
#define DESK_DRAFTS  200
#define UNDO_SPAN    (15 * SECOND)
#define TYPING_SPAN  (5 * SECOND)

enum view {
	VIEW_INBOX,
	VIEW_THREAD,
	VIEW_QUEUE,
	VIEW_CHANNELS,
	VIEW_CAMPAIGNS,
	VIEW_REPORT,
	VIEW_HELP,
	VIEW_COUNT,
};

enum shelf { IN_WAITING, IN_ANSWERED, IN_ASLEEP, IN_CLOSED };
enum priority { PRIORITY_LOW, PRIORITY_NORMAL, PRIORITY_HIGH, PRIORITY_URGENT };

/* Times are wall ms, 0: not so. */
struct ticket {
	char id[DESK_ID], contact[DESK_ID], phone[48], name[DESK_NAME], queue[DESK_NAME],
		topic[DESK_NAME], agent[DESK_NAME], outcome[DESK_NAME];
	enum shelf shelf;
	enum priority priority;
	bool muted, late, marked;
	int64_t waiting, due, updated, snoozed;
	char text[256]; /* what it is about, cut */
};

enum line_kind { LINE_THEIRS, LINE_OURS, LINE_NOTE, LINE_LOG };

struct line {
	char id[DESK_ID], message[DESK_ID], by[DESK_NAME], what[20], state[16];
	enum line_kind kind;
	int64_t at;
	char *text;
	size_t len;
	int rows; /* on the screen at the width of the thread, 0 not known */
};

struct thread {
	struct ticket ticket;
	struct line *lines;
	size_t count;
	bool older;           /* there are lines before the first */
	int scroll;           /* rows from the end */
	int width;            /* the rows of lines are counted for it */
	size_t fresh;         /* lines that came at the end while one read further up */
	char newest[DESK_ID]; /* the customer's newest text */
	bool loaded;
};

/* Beside the thread: whatever is known of the customer. */
struct pane {
	char phone[48], name[DESK_NAME], stopped[12], zone[48];
	char script[128]; /* running */
	bool known, agreed, blocked;
	struct strbuf tags; /* "a, b" */
	struct pane_row {
		char a[80], b[80];
	} orders[5], sent[3], next;
	size_t order_count, sent_count;
};

/* A row of the lists that are only looked at. */
struct entry {
	char id[DESK_ID], cols[5][200];
	enum style_hint { HINT_NONE, HINT_GOOD, HINT_WARN, HINT_BAD } hint;
	char *text;
};
struct entries {
	struct entry *rows;
	size_t count, selected, top;
	bool loaded;
	char note[200]; /* instead of rows */
};

struct report {
	bool loaded;
	struct report_day {
		char label[12];
		int64_t in, out, opened, closed, late;
	} days[14];
	size_t day_count;
	struct report_agent {
		char name[DESK_NAME];
		int64_t answers, closed;
	} agents[12];
	size_t agent_count;
	int64_t median, waiting, promised; /* ms, -1: none */
};

struct presence {
	char agent[DESK_NAME], ticket[DESK_ID];
	bool typing;
};

struct canned {
	char name[DESK_NAME];
	char *text;
};

/* ---- writing ---- */

enum writing { WRITE_NONE, WRITE_REPLY, WRITE_NOTE, WRITE_NEW };

struct draft {
	enum writing kind;
	char where[48]; /* the ticket, or for a new message the number */
	char key[40];   /* of the message it becomes: sent twice it goes out once */
	char seen[DESK_ID];
	int64_t at; /* when it may leave: of the gateway's clock, 0 not sent yet */
	char *text;
	bool dirty; /* not on disk as it is */
	bool gone;  /* to be removed from disk */
};

/* What the gateway says about the text as it stands. */
/* What one of the gates says of it. */
struct plan_gate {
	char name[16], rule[320], until[40];
	bool lets; /* it has nothing against it now */
};

#define PLAN_GATES 16

struct plan {
	bool known, busy, stale;
	struct plan_gate gates[PLAN_GATES];
	size_t gate_count;
	int segments, units;
	char encoding[8], cost[24], verdict[12], rule[320], until[40], channel[DESK_NAME];
};

struct compose {
	enum writing kind;
	struct editor editor;
	char where[48], who[80], key[40], seen[DESK_ID];
	char cls[12]; /* of a new message */
	struct plan plan;
	bool sending, unsure; /* asked to send; nobody knows whether it went */
	int64_t at;           /* as in the draft */
	int64_t typed;        /* the last key */
};

/* ---- requests ---- */

enum want {
	WANT_STATUS,
	WANT_LIST,
	WANT_THREAD,
	WANT_OLDER,
	WANT_PANE,
	WANT_PLAN,
	WANT_QUEUE,
	WANT_EXPLAIN,
	WANT_CHANNELS,
	WANT_CAMPAIGNS,
	WANT_REPORT,
	WANT_CANNED,
	WANT_STAFF,
	WANT_PRESENCE, /* where the others are: answered when it changes */
	WANT_HERE,     /* where this one is */
	WANT_CHANGE,   /* claim and its like */
	WANT_SEND,
	WANT_UNDO,
	WANT_COUNT,
};

struct want_request {
	struct want_request *next;
	enum want what;
	const char *method;
	char *path, *body; /* body NULL: none */
	char subject[48];  /* a ticket's id, or a number */
	char note[160];    /* what to say when it is done */
	int turned_away;   /* how often the gateway could not look */
};

/* ---- questions at the bottom line ---- */

struct command;

struct question {
	const struct command *command; /* that gets the answer; NULL: none is asked */
	char prompt[200];
	struct editor line;
	char stem[256]; /* what tab completes */
	size_t turn;
	char field[DESK_NAME]; /* of a canned reply */
};

enum notice { NOTICE_INFO, NOTICE_GOOD, NOTICE_BAD };

enum link_state { LINK_CONNECTING, LINK_UP, LINK_DOWN, LINK_REFUSED };

struct desk {
	/* from outside */
	int64_t now; /* wall */
	int rows, cols;
	enum language language;
	char me[DESK_NAME], shop[DESK_NAME], zone[48], drafts_dir[256];

	enum view view, back;
	bool quit, redraw, pane_toggled, beep;
	int help_top;

	/* the inbox */
	struct ticket *tickets;
	size_t ticket_count, top;
	char selected[DESK_ID];
	struct ticket *fresh; /* pages read so far */
	size_t fresh_count, fresh_wanted;
	bool list_loaded, list_more, list_due, searching;
	const char *shelf; /* "open", "waiting" ... */
	char filter[DESK_NAME], mine[DESK_NAME];

	struct thread thread;
	struct pane pane;
	struct entries queue, channels, campaigns;
	const char *queue_state;
	struct strbuf explained;
	char explained_id[DESK_ID];
	struct report report;
	struct presence present[64];
	size_t present_count;
	int64_t present_version;
	struct canned *canned;
	size_t canned_count;
	char (*staff)[DESK_NAME]; /* who works here, whether at a desk or not */
	size_t staff_count;

	struct compose compose;
	struct draft drafts[DESK_DRAFTS];
	size_t draft_count;
	struct question question;

	/* the shop */
	char alert[400]; /* the newest of `alerts` the owner could not be told */
	size_t alerts;
	bool shop_open;
	int64_t shop_changes;
	int64_t skew; /* of the gateway's clock to ours */
	int64_t counts[4], late;

	/* what was just sent, to take back */
	struct undo {
		char ticket[DESK_ID], message[DESK_ID];
		char *text;
		int64_t until;
	} undo;
	const struct command *last; /* for `.` */
	char last_words[256];

	char notice[400];
	enum notice notice_kind;
	int64_t notice_until;
	enum link_state link;
	char link_why[200];

	struct want_request *wants, **wants_last;
	bool busy[WANT_COUNT], again[WANT_COUNT];
	int64_t status_at, presence_at, list_at, list_took;
	uint64_t list_turn; /* answers to earlier questions are not for the list any more
			     */
	uint64_t made;      /* keys made so far */
	uint64_t seed;
};

void desk_init(struct desk *d);
void desk_done(struct desk *d);

/* ---- what changes it ---- */

struct key {
	char name[16];    /* "enter", "ctrl-x", "a"; "paste", "text", "click" */
	const char *text; /* what it types; NULL nothing */
	size_t len;
	int row, col; /* of a click */
};
void desk_key(struct desk *d, const struct key *key);
/* The answer to a request: HTTP status, or 0 when none came, with a sentence. */
void desk_answer(struct desk *d, const struct want_request *rq, int status,
	const json_t *body, const char *why);
/* One event of the gateway's log. */
void desk_event(struct desk *d, const json_t *event);
/* Time has passed: at least once a second. */
void desk_tick(struct desk *d);
/* A gate's sentence, or a stored reason, in the desk's language: reasons.c. */
void desk_reason(const struct desk *d, const char *text, char *ret, size_t size);
void desk_link(struct desk *d, enum link_state state, const char *why);

/* ---- for those who carry out ---- */

struct want_request *desk_take_request(struct desk *d);
/* It could not be asked now: it comes first again. */
void desk_put_back(struct desk *d, struct want_request *rq);
void want_request_free(struct want_request *rq);

/* Draws what a person should see now. */
struct grid;
void desk_draw(struct desk *d, struct grid *g);

/* ---- inside ---- */

/* Leaves a request; of a kind that is under way and only looks, another follows when it
 * is answered. `body` is taken, NULL none. */
void desk_want(struct desk *d, enum want what, const char *subject, const char *method,
	json_t *body, const char *fmt, ...) PRINTF_LIKE(6, 7);
/* What is said when the request just left has been done. */
void desk_note(struct desk *d, const char *note);
void desk_say(struct desk *d, enum notice kind, const char *fmt, ...) PRINTF_LIKE(3, 4);
void desk_show(struct desk *d, enum view view);
void desk_refresh(struct desk *d); /* asks for what is shown once more */
void desk_ask(struct desk *d, const struct command *command, const char *prompt);

void desk_want_status(struct desk *d);

/* inbox.c */
void desk_want_list(struct desk *d); /* soon, and not too often */
void desk_list_page(struct desk *d, const char *before);
void desk_forget_canned(struct desk *d);
struct ticket *desk_find(struct desk *d, const char *id);
void desk_replace(struct desk *d, const struct ticket *t);
size_t desk_index(const struct desk *d); /* of the selected one, 0 when none is */
void desk_keep_selection(struct desk *d, size_t was_at);

struct ticket *desk_selected(struct desk *d); /* NULL: nothing */
/* The ticket a command is about: the thread's, else the selected one; NULL none. */
struct ticket *desk_current(struct desk *d);
size_t desk_marked(const struct desk *d);
bool ticket_shown(const struct desk *d, const struct ticket *t);
void desk_move(struct desk *d, int by);
void desk_open(struct desk *d, const char *id);
void thread_clear(struct thread *t);
void entries_clear(struct entries *e);

/* compose.c */
void compose_begin(struct desk *d, enum writing kind, const char *where, const char *who);
void compose_leave(struct desk *d); /* the draft stays */
void compose_key(struct desk *d, const struct key *key);
void compose_send(struct desk *d, bool anyway);
void compose_plan(struct desk *d);
void compose_insert(struct desk *d, const char *text);
void compose_answered(struct desk *d, const struct want_request *rq, int status,
	const json_t *body, const char *why);
void compose_planned(
	struct desk *d, const struct want_request *rq, int status, const json_t *body);
struct draft *desk_draft(struct desk *d, enum writing kind, const char *where);
const char *writing_name(enum writing kind);
void desk_undo(struct desk *d);

/* answers.c */
void answers_take(struct desk *d, const struct want_request *rq, const json_t *body);

#endif
