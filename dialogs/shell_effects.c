/* What the engine wants done, done: texts, timers, consent, tickets. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/store/attributes.h"
#include "gateway/store/entries.h"
#include "dialogs/shell_live.h"

/* ---- effects ---- */

static void
trouble(struct live *l, const char *why)
{
	dialogs_note(l->d, "dialog.trouble", l->row.contact, why);
	dialogs_ticket(l->d, &(struct thread){.contact = l->row.contact,
				     .message = l->row.heard,
				     .run = l->row.id,
				     .note = why});
}

static void
follow(struct live *l, enum event_kind kind)
{
	l->following = true;
	l->next = kind;
}

/* When a text of a journey may leave; false when that is too late to be worth it. */
static bool
timely(struct live *l, const struct effect *f, struct saying *what)
{
	struct terms terms = {0};
	char variant[80] = "";
	if (!l->row.entry || f->cls == CLASS_REPLY)
		return true;
	journeys_terms(l->d, l->row.entry, l->world.zone, l->row.id, &terms);
	what->not_before = f->nudge ? 0 : terms.not_before;
	what->expires = terms.expires;
	if (terms.expires && MAX(what->not_before, dialogs_now(l->d)) >= terms.expires)
		return false;
	if (f->variant)
		snprintf(variant, sizeof(variant), "%.60s.%.15s", f->step, f->variant);
	entry_said(l->d->db, l->row.entry, variant, dialogs_now(l->d));
	return true;
}

static void
say(struct live *l, const struct effect *f)
{
	uint64_t message = 0;
	struct strbuf err = STRBUF_SENTENCE;
	if (l->looping || dialogs_loops(l->d, l->row.contact, l->row.advanced, f->text)) {
		l->looping = true;
		return;
	}
	struct saying what = {.run = l->row.id,
		.contact = l->row.contact,
		.reply_to = f->cls == CLASS_REPLY ? l->row.heard : 0,
		.number = ++l->row.said,
		.phone = l->phone,
		.text = f->text,
		.cls = f->cls,
		.now_or_never = f->nudge,
		.script = f->script,
		.hash = run_top(&l->run)->hash,
		.step = f->step,
		.variant = f->variant,
		.basis = f->basis,
		.visit = f->visit};
	enum fate fate = timely(l, f, &what) ? dialogs_say(l->d, &what, &message, &err)
					     : FATE_DROPPED;
	if (fate == FATE_REFUSED)
		trouble(l, err.s);
	if (fate == FATE_DROPPED)
		dialogs_note(l->d, "journey.dropped", l->row.contact, l->row.script);
	if (f->waits && fate == FATE_ON_ITS_WAY)
		l->row.awaits = message;
	else if (f->waits)
		follow(l, fate == FATE_DROPPED ? EVENT_DROPPED : EVENT_SUPPRESSED);
	strbuf_done(&err);
}

/* That nobody has claimed a ticket is told by the ticket's own clock, which stands still
 * while the shop is shut. */
static void
set_timer(struct live *l, const struct effect *f)
{
	if (f->timer == TIMER_UNCLAIMED)
		return;
	timer_insert(l->d->db, &(struct timer_row){.id = dialogs_id(l->d),
				       .run = l->row.id,
				       .visit = f->visit,
				       .kind = (int)f->timer,
				       .due = f->at});
}

static void
record(struct live *l, const struct effect *f)
{
	struct value last = {0};
	const struct script_consent *c = f->consent;
	run_get(run_top(&l->run), "last", &last);
	dialogs_consent(l->d, &(struct record){.contact = l->row.contact,
				      .message = l->row.heard,
				      .phone = l->phone,
				      .action = c->grant ? "grant" : "deny",
				      .list = c->list,
				      .method = c->method ? c->method : "dialog",
				      .words = value_as_text(&last),
				      .wording = f->text,
				      .hash = f->value,
				      .reason = c->reason,
				      .night = c->night});
	FAULT("dialogs.consented");
}

static void
save(struct live *l, const struct effect *f)
{
	struct attribute a = {.text = value_as_text(&f->saved)};
	a.has_number = value_as_number(&f->saved, &a.number);
	a.has_moment = value_as_time(&f->saved, l->world.zone, &a.moment);
	if (f->saved.kind == VALUE_MISSING)
		attribute_delete(l->d->db, l->row.contact, f->name);
	else
		attribute_save(l->d->db, l->row.contact, f->name, &a, dialogs_now(l->d));
}

static void
hand_over(struct live *l, const struct effect *f)
{
	dialogs_ticket(l->d, &(struct thread){.contact = l->row.contact,
				     .message = l->row.heard,
				     .run = l->row.id,
				     .queue = f->handoff->queue,
				     .priority = f->handoff->priority,
				     .topic = f->name,
				     .note = f->text,
				     .remind = f->handoff->unclaimed_after,
				     .remind_max = (int)f->handoff->unclaimed_max,
				     .mute = true});
}

static void
note(struct live *l, const char *name, const char *first, const char *second)
{
	struct strbuf detail = STRBUF_INIT(2048);
	strbuf_printf(&detail, "%s%s%s", first ? first : "", second ? ": " : "",
		second ? second : "");
	dialogs_note(l->d, name, l->row.contact, detail.s);
	strbuf_done(&detail);
}

/* What scripts say happened is counted and heard like what the shop says. */
static void
happen(struct live *l, const char *name, const char *first, const char *second)
{
	struct strbuf detail = STRBUF_INIT(2048);
	strbuf_printf(&detail, "%s: %s", first, second);
	dialogs_emit(l->d, name, l->row.contact, detail.s, NULL);
	strbuf_done(&detail);
}

static void
score(struct live *l, const struct effect *f)
{
	char name[64];
	double value;
	struct strbuf detail = STRBUF_SENTENCE;
	bool number = value_parse_number(f->value ? f->value : "", &value);
	snprintf(name, sizeof(name), "score.%.50s", f->name);
	strbuf_printf(&detail, "%s: %s", f->value ? f->value : "", f->step);
	dialogs_score(l->d, name, l->row.contact, detail.s, number ? &value : NULL);
	strbuf_done(&detail);
}

/* What it still waited to send is of no use any more. */
static void
end(struct live *l, const struct effect *f)
{
	uint64_t awaited = l->row.awaits;
	l->row.awaits = 0;
	timers_forget(l->d->db, l->row.id);
	if (awaited) {
		live_store(l); /* nobody waits for the fate of what is taken back now */
		dialogs_unsay(l->d, awaited);
	}
	note(l, "dialog.ended", l->row.script, f->name);
	if (l->row.entry)
		journeys_ended(l->d, l->row.entry, f->name);
}

void
live_apply(struct live *l, const struct effect *f)
{
	struct db *db = l->d->db;
	switch (f->kind) {
	case EFFECT_SAY: say(l, f); break;
	case EFFECT_TIMER: set_timer(l, f); break;
	case EFFECT_CONSENT: record(l, f); break;
	case EFFECT_SAVE: save(l, f); break;
	case EFFECT_TAG: tag_add(db, l->row.contact, f->name, dialogs_now(l->d)); break;
	case EFFECT_UNTAG: tag_remove(db, l->row.contact, f->name); break;
	case EFFECT_SCORE: score(l, f); break;
	case EFFECT_EMIT: happen(l, f->name, l->row.script, f->step); break;
	case EFFECT_NOTE: note(l, "dialog.note", f->text, NULL); break;
	case EFFECT_WEBHOOK: note(l, "dialog.webhook", f->name, NULL); break;
	case EFFECT_LOOKUP: questions_ask(l->d, l->row.id, f); break;
	case EFFECT_HANDOFF: hand_over(l, f); break;
	case EFFECT_REOPEN:
		dialogs_reopen(l->d, &(struct thread){.contact = l->row.contact,
					     .message = l->row.heard,
					     .queue = f->name,
					     .topic = f->name,
					     .note = f->text,
					     .mute = true});
		break;
	case EFFECT_PAGE: note(l, "dialog.page", f->name, f->text); break;
	case EFFECT_TROUBLE:
		/* Nobody waits for a promotion that could not be filled in, and an open
		 * ticket for each who joins would bury those who do wait. */
		if (f->cls == CLASS_MARKETING || l->row.entry)
			dialogs_note(l->d, "dialog.trouble", l->row.contact, f->text);
		else
			trouble(l, f->text);
		break;
	case EFFECT_END: end(l, f); break;
	}
}
