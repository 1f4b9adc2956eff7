/* What the engine wants done, done in memory: texts past the daemon's own gates, timers,
 * look-ups, tickets; what shell_effects.c and shell_trade.c are in the daemon. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogs/journey.h"
#include "dialogs/known.h"
#include "dialogs/stage.h"
#include "gateway/text/format.h"
#include "gateway/text/orderstate.h"
#include "gateway/text/zone.h"

/* ---- the gates a rehearsal plays ---- */

enum gate { GATE_SEND, GATE_HOLD, GATE_PARK, GATE_SUPPRESS, GATE_DROP };

/* What was judged, in the words of `malgil plan`. */
static void
note_verdict(struct stage *s, const struct outbox_trial *t)
{
	const struct verdict *v = &t->verdict;
	strbuf_set(&s->verdict, "%s %s%s%s, %s, %d segment%s", message_class_name(v->cls),
		verdict_name(v->what), *v->gate ? ": " : "",
		*v->gate ? verdict_rule(v) : "", t->encoding, t->parts,
		t->parts == 1 ? "" : "s");
	if (v->until) {
		strbuf_puts(&s->verdict, ", until ");
		format_day(v->until, s->rules->config->zone, "en", &s->verdict);
		strbuf_putc(&s->verdict, ' ');
		format_time(v->until, s->rules->config->zone, "en", &s->verdict);
	}
}

static enum gate
gate_of(const struct stage *s, const struct run *run, const struct verdict *v)
{
	const struct script *script = stage_script(s, run);
	const struct script_journey *j = script ? &script->journey : NULL;
	bool skips = j && j->cap.on_hit && !strcmp(j->cap.on_hit, "skip");
	switch (v->what) {
	case VERDICT_SEND: return GATE_SEND;
	case VERDICT_SUPPRESS:
	case VERDICT_CANCEL:
	case VERDICT_EXPIRE: return GATE_SUPPRESS;
	case VERDICT_DEFER: break;
	}
	if (skips && !strcmp(v->gate, "cap"))
		return GATE_SUPPRESS;
	if (!v->until)
		return GATE_PARK;
	int64_t drop = j ? j->late.drop_after : 0;
	return drop && v->until > stage_origin(s, run) + drop ? GATE_DROP : GATE_HOLD;
}

static void
report(struct stage *s, struct run *run, enum event_kind kind)
{
	stage_feed(s, run, &(struct step_event){.kind = kind});
}

static void
hold(struct stage *s, const struct run *run, const struct trade_offer *o, int64_t until)
{
	stage_add_timer(s, (struct stage_timer){.run = run->id,
				   .at = until,
				   .cls = o->cls,
				   .visit = run->visit,
				   .basis = o->basis,
				   .held = xstrdup(o->text)});
}

static enum gate
offer_one(struct stage *s, const struct run *run, struct trade_offer *o)
{
	const struct script *by = stage_script(s, run);
	struct outbox_trial trial;
	struct strbuf err = STRBUF_SENTENCE;
	enum gate gate = GATE_SUPPRESS;
	o->script = by ? by->id : "";
	o->run = run->id;
	if (trade_judge(&s->trade, o, &trial, &err) < 0) {
		stage_show(s, '%', err.s);
		strbuf_done(&err);
		return gate;
	}
	note_verdict(s, &trial);
	gate = gate_of(s, run, &trial.verdict);
	int64_t opens = stage_opens(s, by, run->id, o->cls);
	if (gate == GATE_SEND && opens > s->now) {
		trial.verdict.what = VERDICT_DEFER;
		trial.verdict.until = opens;
		gate = gate_of(s, run, &trial.verdict);
	}
	if (gate == GATE_SEND) {
		trade_sent(&s->trade, o, &trial);
		stage_show(s, '<', trial.text);
	} else if (!o->timer && (gate == GATE_HOLD || gate == GATE_PARK))
		hold(s, run, o, gate == GATE_HOLD ? trial.verdict.until : STAGE_PARKED);
	free(trial.text);
	strbuf_done(&err);
	return gate;
}

void
stage_offer(struct stage *s, struct run *run, struct trade_offer *o, bool waits)
{
	enum gate gate = offer_one(s, run, o);
	if (waits && gate == GATE_SEND && s->ringing)
		stage_add_timer(s, (struct stage_timer){.run = run->id,
					   .visit = run->visit,
					   .at = s->now,
					   .sent = true});
	else if (waits && gate != GATE_HOLD && gate != GATE_PARK)
		report(s, run,
			gate == GATE_SEND   ? EVENT_SENT
			: gate == GATE_DROP ? EVENT_DROPPED
					    : EVENT_SUPPRESSED);
}

void
stage_left(struct stage *s, struct run *run, unsigned visit)
{
	if (run->state == RUN_SENDING && run->visit == visit)
		report(s, run, EVENT_SENT);
}

/* What waited for an event is judged again. */
void
stage_unpark(struct stage *s)
{
	for (size_t i = 0; i < s->timer_count; i++)
		if (s->timers[i].at == STAGE_PARKED)
			s->timers[i].at = s->now;
}

/* ---- effects ---- */

/* As core/lookup_result.c has it. */
static void
understand_state(const char **value, const char **said)
{
	enum order_state state = order_state_read(*value);
	*said = *value;
	if (state != ORDER_OTHER && state != ORDER_UNKNOWN)
		*value = order_state_name(state);
}

static void
answer_lookup(struct stage *s, struct run *run, const struct effect *f)
{
	char name[128], *copy = NULL;
	const char *names[STEP_ROWS][16], *values[STEP_ROWS][16];
	struct step_row rows[STEP_ROWS];
	struct step_event event = {.kind = EVENT_LOOKUP, .visit = f->visit, .rows = rows};
	snprintf(name, sizeof(name), "%s.%s", f->lookup->use, f->lookup->query);
	const char *answer = stage_pair(&s->lookups, name);
	event.failed = answer && !strcmp(answer, "error");
	if (answer && strcmp(answer, "error") != 0 && strcmp(answer, "none") != 0)
		copy = xstrdup(answer);
	char *outer = NULL, *inner = NULL;
	for (char *row = copy ? strtok_r(copy, ";", &outer) : NULL;
		row && event.row_count < STEP_ROWS; row = strtok_r(NULL, ";", &outer)) {
		size_t n = 0, k = event.row_count++;
		for (char *p = strtok_r(row, ",", &inner); p && n < 16;
			p = strtok_r(NULL, ",", &inner)) {
			p += strspn(p, " ");
			char *equals = strchr(p, '=');
			if (!equals)
				continue;
			*equals = '\0';
			names[k][n] = p;
			values[k][n++] = equals + 1;
			for (char *e = equals + strlen(equals + 1);
				e > equals && *e == ' '; e--)
				*e = '\0';
		}
		rows[k] = (struct step_row){names[k], values[k], n, NULL};
		for (size_t i = 0; i < n; i++)
			if (!strcmp(names[k][i], "state"))
				understand_state(&values[k][i], &rows[k].said);
	}
	stage_feed(s, run, &event);
	free(copy);
}

static void
apply_consent(struct stage *s, const struct effect *f)
{
	const struct script_consent *c = f->consent;
	trade_consent(&s->trade, c->grant != NULL, c->night, c->list);
}

static void
apply_save(struct stage *s, const struct effect *f)
{
	struct strbuf text = STRBUF_INIT(4096);
	value_print(&f->saved, "UTC", &text);
	if (f->saved.kind == VALUE_TIME && text.len == 16) {
		text.s[10] = 'T';
		strbuf_putc(&text, 'Z');
	}
	stage_put(&s->contact, f->name, text.s);
	strbuf_done(&text);
}

static void
apply_tag(struct stage *s, const struct effect *f)
{
	char name[100];
	snprintf(name, sizeof(name), "tag.%s", f->name);
	stage_put(&s->facts, name, f->kind == EFFECT_TAG ? "1" : "0");
}

static void
apply_end(struct stage *s, const struct effect *f)
{
	s->closed_at = s->now;
	stage_show(s, '=', f->name);
}

static void
apply_say(struct stage *s, struct run *run, const struct effect *f)
{
	struct trade_offer o = {.cls = f->cls,
		.text = f->text,
		.timer = f->nudge,
		.reply = f->cls == CLASS_REPLY,
		.basis = f->basis};
	if (s->looping || known_loops(s->trade.core.db, s->rules->config->policy,
				  s->trade.contact, s->advanced, f->text, s->now))
		s->looping = true;
	else
		stage_offer(s, run, &o, f->waits);
}

/* That nobody took it is counted in opening hours. */
static void
apply_timer(struct stage *s, struct run *run, const struct effect *f)
{
	int64_t at = f->at;
	if (f->timer == TIMER_UNCLAIMED)
		at = hours_after(&s->rules->config->hours, s->now, f->at - s->now);
	if (at != HOURS_NEVER)
		stage_add_timer(s, (struct stage_timer){.run = run->id,
					   .kind = f->timer,
					   .visit = f->visit,
					   .at = at});
}

void
stage_open_ticket(struct stage *s)
{
	s->ticket = true;
	s->claimed = s->replied = false;
	trade_talking(&s->trade, true);
}

static void
apply(struct stage *s, struct run *run, const struct effect *f)
{
	switch (f->kind) {
	case EFFECT_SAY: apply_say(s, run, f); break;
	case EFFECT_TIMER: apply_timer(s, run, f); break;
	case EFFECT_CONSENT: apply_consent(s, f); break;
	case EFFECT_SAVE: apply_save(s, f); break;
	case EFFECT_TAG:
	case EFFECT_UNTAG: apply_tag(s, f); break;
	case EFFECT_EMIT: stage_emit(s, f->name, NULL, NULL, 0); break;
	case EFFECT_LOOKUP: answer_lookup(s, run, f); break;
	case EFFECT_HANDOFF:
	case EFFECT_REOPEN: stage_open_ticket(s); break;
	case EFFECT_TROUBLE:
	case EFFECT_PAGE: stage_show(s, '%', f->text ? f->text : f->name); break;
	case EFFECT_END: apply_end(s, f); break;
	case EFFECT_SCORE:
	case EFFECT_NOTE:
	case EFFECT_WEBHOOK: break;
	}
}

/* A machine on the other end. */
static void
cut_off(struct stage *s, struct run *run)
{
	const struct policy *p = s->rules->config->policy;
	s->looping = false;
	if (run && run->state != RUN_ENDED)
		stage_feed(s, run,
			&(struct step_event){.kind = EVENT_LEAVE, .name = "loop"});
	s->muted_until = p->loop_mute ? s->now + p->loop_mute : 0;
	if (p->loop_ticket) {
		stage_show(s, '%',
			"too many automatic texts in a row: is a machine answering?");
		if (!p->loop_mute)
			stage_open_ticket(s);
	}
}

/* Effects may feed the run again (a text that left): they wait their turn in the order
 * they were made, as the queue of a real shell would have it. */
void
stage_feed(struct stage *s, struct run *run, const struct step_event *event)
{
	struct step_env env = stage_env(s);
	struct step_result result;
	uint64_t id = run->id;
	step(&s->set, run, event, &env, &result);
	for (const struct effect *f = result.first; f; f = f->next) {
		run = stage_run(s, id);
		if (run)
			apply(s, run, f);
	}
	arena_done(&result.arena);
	run = stage_run(s, id);
	if (s->looping)
		cut_off(s, run);
	s->looping = false;
}

bool
stage_start(struct stage *s, const struct script *script, const char *text,
	struct stage_entry *entry)
{
	const char *names[STAGE_FIELDS], *values[STAGE_FIELDS];
	struct step_row row = {names, values, 0, NULL};
	struct run *run = stage_new_run(s);
	if (!run) {
		stage_show(s, '%', "a rehearsal holds no more conversations than these");
		return false;
	}
	/* A journey keeps what brought it in, whatever happens later. */
	for (size_t i = 0; entry && i < entry->data.count && i < STAGE_FIELDS; i++) {
		names[i] = entry->data.items[i].name;
		values[i] = entry->data.items[i].text;
		row.count++;
	}
	if (entry) {
		int64_t ends = journey_ends(script, entry->origin, s->now);
		entry->run = run->id;
		if (ends)
			s->origins[run - s->runs] =
				ends - script->journey.late.drop_after;
	}
	stage_feed(s, run,
		&(struct step_event){.kind = EVENT_START,
			.script = script,
			.text = text,
			.rows = &row,
			.row_count = row.count > 0});
	return true;
}
