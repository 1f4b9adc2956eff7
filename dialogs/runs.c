#include "dialogs/runs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/store/entries.h"
#include "gateway/store/messages.h"
#include "gateway/store/tickets.h"
#include "dialogs/run.h"
#include "dialogs/script.h"
#include "dialogs/shell_inside.h"
#include "dialogs/step.h"

const char *const run_state_filters[] = {"live", "reply", "pause", "lookup", "ticket",
	"sending", "ended", "settling", "waiting", NULL};

const char *
run_timer_name(int kind)
{
	switch ((enum timer_kind)kind) {
	case TIMER_TIMEOUT: return "timeout";
	case TIMER_WAIT: return "wait";
	case TIMER_LOOKUP: return "lookup";
	case TIMER_UNCLAIMED: return "unclaimed";
	case TIMER_EXPIRE: return "expire";
	}
	return "unknown";
}

bool
run_timer_counts(const struct run *run, const struct timer_row *timer)
{
	return timer->kind == TIMER_EXPIRE ? timer->visit <= run->depth
					   : timer->visit == run->visit;
}

/* ---- why ---- */

/* The step it stands at; NULL when the script or the step is gone. */
static const struct step *
stands_at(const struct dialogs *d, const struct run *run)
{
	const struct run_frame *f = run->depth ? &run->frames[run->depth - 1] : NULL;
	const struct script *s =
		d && f ? script_find(shelf_scripts(d->shelf), f->script, f->hash) : NULL;
	int at = s ? script_step(s, f->step) : -1;
	return at < 0 ? NULL : &s->steps[at];
}

static void
explain_pause(const struct step *s, struct strbuf *out)
{
	if (s && s->wait.event)
		strbuf_printf(out, "waits until %s happens to them", s->wait.event);
	else if (s && s->wait.until)
		strbuf_printf(out, "waits until %s", s->wait.until);
	else
		strbuf_puts(out, "waits for its time");
}

static void
explain_sending(struct db *db, const struct run_row *row, struct strbuf *out)
{
	struct message m;
	if (!row->awaits || !message_load(db, row->awaits, &m)) {
		strbuf_puts(out, *row->told ? "its text has been dealt with; it goes on "
					      "in a moment"
					    : "waits until its text has left");
		return;
	}
	strbuf_printf(out, "waits until text %" PRIu64 " has left, which is %s",
		row->awaits, message_state_name(m.state));
	if (m.reason && *m.reason)
		strbuf_printf(out, " (%s)", m.reason);
	message_done(&m);
}

static void
explain_ticket(struct db *db, const struct run_row *row, struct strbuf *out)
{
	struct ticket t;
	if (ticket_load_open(db, row->contact, &t))
		strbuf_printf(out, "people have it: ticket %" PRIu64 "%s%s", t.id,
			*t.agent ? ", taken by " : ", nobody has taken it", t.agent);
	else
		strbuf_puts(out, "people have it, until they close the ticket");
}

static void
explain_entry(struct db *db, uint64_t id, struct strbuf *out)
{
	struct entry_row entry;
	if (!entry_load(db, id, &entry))
		return;
	if (!strcmp(entry.state, "paused"))
		strbuf_printf(out, "; the journey is held by '%s' while people talk",
			entry.paused);
	entry_row_done(&entry);
}

void
run_explain(struct dialogs *d, struct db *db, const struct run_row *row,
	const struct run *run, struct strbuf *out)
{
	const struct step *s = stands_at(d, run);
	if (!s && run->state != RUN_ENDED && run->state != RUN_NEW)
		strbuf_puts(out, "its script or step is not in use now; ");
	switch (run->state) {
	case RUN_NEW: strbuf_puts(out, "has not begun"); break;
	case RUN_REPLY:
		strbuf_printf(out, "waits for an answer to '%s'", row->step);
		if (run->tries)
			strbuf_printf(out, ", asked again %u times", run->tries);
		if (run->nudges)
			strbuf_printf(out, ", reminded %u times", run->nudges);
		break;
	case RUN_PAUSE: explain_pause(s, out); break;
	case RUN_LOOKUP:
		strbuf_printf(out, "waits for what %s.%s answers",
			s && s->lookup.use ? s->lookup.use : "a connector",
			s && s->lookup.query ? s->lookup.query : "its question");
		break;
	case RUN_TICKET: explain_ticket(db, row, out); break;
	case RUN_SENDING: explain_sending(db, row, out); break;
	case RUN_ENDED: strbuf_printf(out, "is over: %s", row->outcome); break;
	}
	if (row->entry && run->state != RUN_ENDED)
		explain_entry(db, row->entry, out);
}

const char *
run_explain_pending(const char *state)
{
	if (!strcmp(state, "settling"))
		return "settles: the journey begins when it is due, unless what brought "
		       "them in happens again, or an exit does";
	if (!strcmp(state, "waiting"))
		return "waits until nobody is talking with them: the journey is looked "
		       "at again when it is due";
	return NULL;
}

/* ---- out by hand ---- */

static bool
end_pending(struct dialogs *d, uint64_t id)
{
	struct entry_row entry;
	if (!entry_load(d->db, id, &entry))
		return false;
	bool pending = entry.live && !entry.run;
	entry_row_done(&entry);
	if (pending)
		journeys_ended(d, id, RUN_BY_HAND);
	return pending;
}

bool
run_end_by_hand(struct dialogs *d, uint64_t id)
{
	struct run_row row;
	if (!run_load(d->db, id, &row))
		return end_pending(d, id);
	bool over = !strcmp(row.state, "ended");
	run_row_done(&row);
	if (over)
		return false;
	db_savepoint(d->db);
	shell_leave(d, id, RUN_BY_HAND);
	if (!db_poisoned(d->db)) {
		db_savepoint_keep(d->db);
	} else {
		db_savepoint_undo(d->db);
		shell_set_aside(d, id);
	}
	shell_wake(d);
	return true;
}
