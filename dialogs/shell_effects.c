/* What the engine wants done, done: texts, timers, consent, tickets. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/store/attributes.h"
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
	enum fate fate = dialogs_say(l->d, &what, &message, &err);
	if (fate == FATE_REFUSED)
		trouble(l, err.s);
	if (f->waits && fate == FATE_ON_ITS_WAY)
		l->row.awaits = message;
	else if (f->waits)
		follow(l, EVENT_SUPPRESSED);
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

static void
score(struct live *l, const struct effect *f)
{
	char name[80];
	struct strbuf detail = STRBUF_SENTENCE;
	snprintf(name, sizeof(name), "score.%.70s", f->name);
	strbuf_printf(&detail, "%s: %s", f->value ? f->value : "", f->step);
	dialogs_score(l->d, name, l->row.contact, detail.s);
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
	case EFFECT_EMIT: note(l, f->name, l->row.script, f->step); break;
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
		if (f->cls == CLASS_MARKETING)
			dialogs_note(l->d, "dialog.trouble", l->row.contact, f->text);
		else
			trouble(l, f->text);
		break;
	case EFFECT_END: end(l, f); break;
	}
}
