/* The shell of step.h, played in memory: routes texts, applies effects, keeps the clock.
 */
#include "dialogs/stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogs/known.h"
#include "gateway/core/consent.h"
#include "gateway/text/format.h"
#include "gateway/text/zone.h"

/* ---- what was said ---- */

static void
queue_add(struct stage_queue *q, const char *text)
{
	q->texts = xrealloc(q->texts, (q->count + 1) * sizeof(*q->texts));
	q->texts[q->count++] = xstrdup(text);
}

static struct stage_queue *
queue_of(struct stage *s, char sign)
{
	return sign == '<' ? &s->said : sign == '=' ? &s->ended : &s->owner;
}

const char *
stage_peek(struct stage *s, char sign)
{
	struct stage_queue *q = queue_of(s, sign);
	return q->taken < q->count ? q->texts[q->taken] : NULL;
}

void
stage_take(struct stage *s, char sign)
{
	queue_of(s, sign)->taken++;
}

void
stage_show(struct stage *s, char sign, const char *text)
{
	queue_add(queue_of(s, sign), text);
	if (s->options.show)
		s->options.show(s->options.ctx, sign, text);
}

/* ---- timers ---- */

void
stage_add_timer(struct stage *s, struct stage_timer timer)
{
	timer.order = s->timer_order++;
	s->timers = xrealloc(s->timers, (s->timer_count + 1) * sizeof(*s->timers));
	s->timers[s->timer_count++] = timer;
}

/* The next one due at or before `to`, taken out of the list. */
static bool
next_timer(struct stage *s, int64_t to, struct stage_timer *ret)
{
	size_t best = SIZE_MAX;
	for (size_t i = 0; i < s->timer_count; i++) {
		const struct stage_timer *a = &s->timers[i], *b = &s->timers[best];
		if (a->at <= to && (best == SIZE_MAX || a->at < b->at ||
					   (a->at == b->at && a->order < b->order)))
			best = i;
	}
	if (best == SIZE_MAX)
		return false;
	*ret = s->timers[best];
	s->timers[best] = s->timers[--s->timer_count];
	return true;
}

/* ---- runs ---- */

static struct run *
run_by_id(struct stage *s, uint64_t id)
{
	for (size_t i = 0; i < s->run_count; i++)
		if (s->runs[i].id == id)
			return &s->runs[i];
	return NULL;
}

static const struct script *
script_of(const struct stage *s, const struct run *run)
{
	return run->depth ? script_find(&s->set, run->frames[0].script, NULL) : NULL;
}

static int64_t
origin_of(const struct stage *s, const struct run *run)
{
	return s->origins[run - s->runs];
}

static void
forget_ended(struct stage *s)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->run_count; i++) {
		if (s->runs[i].state == RUN_ENDED) {
			run_done(&s->runs[i]);
			continue;
		}
		s->origins[kept] = s->origins[i];
		s->runs[kept++] = s->runs[i];
	}
	for (size_t i = kept; i < s->run_count; i++)
		s->runs[i] = (struct run){0};
	s->run_count = kept;
}

static struct run *
new_run(struct stage *s)
{
	forget_ended(s);
	if (s->run_count == STAGE_RUNS)
		return NULL;
	s->origins[s->run_count] = s->now;
	struct run *run = &s->runs[s->run_count++];
	run_init(run, ++s->next_run);
	return run;
}

/* The conversation in progress: the newest run that waits for, or has, the customer. */
struct run *
stage_dialog(struct stage *s)
{
	for (size_t i = s->run_count; i-- > 0;)
		if (s->runs[i].state == RUN_REPLY)
			return &s->runs[i];
	for (size_t i = s->run_count; i-- > 0;) {
		const struct script *script = script_of(s, &s->runs[i]);
		if (s->runs[i].state != RUN_ENDED && script && !script->is_journey)
			return &s->runs[i];
	}
	return NULL;
}

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
	const struct script *script = script_of(s, run);
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
	return drop && v->until > origin_of(s, run) + drop ? GATE_DROP : GATE_HOLD;
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
	const struct script *by = script_of(s, run);
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

static void
offer(struct stage *s, struct run *run, struct trade_offer *o, bool waits)
{
	enum gate gate = offer_one(s, run, o);
	if (waits && gate != GATE_HOLD && gate != GATE_PARK)
		report(s, run,
			gate == GATE_SEND   ? EVENT_SENT
			: gate == GATE_DROP ? EVENT_DROPPED
					    : EVENT_SUPPRESSED);
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
		rows[k] = (struct step_row){names[k], values[k], n};
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
		offer(s, run, &o, f->waits);
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

static void
open_ticket(struct stage *s)
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
	case EFFECT_REOPEN: open_ticket(s); break;
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
			open_ticket(s);
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
		run = run_by_id(s, id);
		if (run)
			apply(s, run, f);
	}
	arena_done(&result.arena);
	run = run_by_id(s, id);
	if (s->looping)
		cut_off(s, run);
	s->looping = false;
}

void
stage_start(struct stage *s, const struct script *script, const char *text)
{
	struct run *run = new_run(s);
	if (run)
		stage_feed(s, run,
			&(struct step_event){
				.kind = EVENT_START, .script = script, .text = text});
}

/* ---- the customer writes ---- */

/* What answers a consent word, and the catch-all: neither is judged twice here, for both
 * answer the customer's own text. */
static void
say_plain(struct stage *s, const char *text)
{
	if (*text)
		stage_show(s, '<', text);
}

static void
say_consent(struct stage *s, enum consent_word word)
{
	struct strbuf out = STRBUF_INIT(4096);
	consent_answer(&s->trade.core, word, trade_pack(&s->trade), &out);
	say_plain(s, out.s);
	strbuf_done(&out);
}

/* Ends the dialog in progress and marketing runs; service runs live on unless the scope
 * is all. */
static void
stop_runs(struct stage *s, bool all)
{
	struct run *dialog = stage_dialog(s);
	for (size_t i = 0; i < s->run_count; i++) {
		struct run *run = &s->runs[i];
		const struct script *script = script_of(s, run);
		bool marketing = script && script->cls == CLASS_MARKETING;
		bool mine = run == dialog && run->state != RUN_TICKET;
		if (run->state != RUN_ENDED && (mine || marketing || all))
			stage_feed(s, run,
				&(struct step_event){
					.kind = EVENT_LEAVE, .name = "stopped"});
	}
}

static void
stop(struct stage *s, const char *method, const char *text)
{
	bool again = trade_stopped(&s->trade);
	const char *scope = trade_pack(&s->trade)->stop_scope;
	trade_stop(&s->trade, scope, method, text);
	s->decide_by = 0;
	stop_runs(s, !strcmp(scope, "all"));
	stage_unpark(s);
	if (!again && *method == 'k')
		say_consent(s, CONSENT_STOP);
}

static void
interrupt(struct stage *s)
{
	struct run *run = stage_dialog(s);
	if (run && run->state == RUN_REPLY)
		stage_feed(s, run,
			&(struct step_event){.kind = EVENT_LEAVE, .name = "interrupted"});
}

static void
catch_all(struct stage *s)
{
	s->unmatched = true;
	const struct config *c = s->rules->config;
	int64_t day = (s->now + zone_offset(c->zone, s->now)) / DAY;
	struct policy_words words = {c->policy, c->shop_name, c->zone, s->now};
	struct strbuf out = STRBUF_INIT(4096);
	const char *text = rules_value(s->rules, "policy.catchall.say");
	if (text && s->said_day != day)
		policy_expand(&words, text, &out);
	s->said_day = day;
	say_plain(s, out.s);
	strbuf_done(&out);
}

static void
to_run(struct stage *s, struct run *run, const char *text)
{
	stage_feed(s, run, &(struct step_event){.kind = EVENT_TEXT, .text = text});
}

/* ---- consent words: core/consent.h, as a rehearsal has it ---- */

static void
came_back(struct stage *s, const char *text)
{
	const struct script *join = route_opt_in(&s->set);
	trade_unblock(&s->trade, text);
	if (!join) {
		say_consent(s, CONSENT_START);
		return;
	}
	interrupt(s);
	stage_start(s, join, text);
}

static void
looks_like_stop(struct stage *s)
{
	s->decide_by = consent_decide_by(&s->trade.core, trade_pack(&s->trade));
	trade_doubt_consent(&s->trade, s->decide_by);
	s->unmatched = true;
	stage_show(
		s, '%', "looks like an opt-out; promotions are held until it is decided");
}

static bool
consent(struct stage *s, const char *text)
{
	struct step_env env = stage_env(s);
	const struct pack *pack = trade_pack(&s->trade);
	const struct run *run = stage_dialog(s);
	struct strbuf said = STRBUF_INIT(8192);
	struct consent_where where = {.stopped = trade_stopped(&s->trade),
		.ticket_open = s->ticket || s->unmatched,
		.asked = run && run->state == RUN_REPLY,
		.answers = run && step_fits(&s->set, run, text, &env)};
	words_normalise(text, &said);
	enum consent_word word = consent_acts(
		consent_word_from(&s->trade.core, s->trade.phone, said.s), pack, &where);
	strbuf_done(&said);
	switch (word) {
	case CONSENT_NONE: return false;
	case CONSENT_STOP: stop(s, "keyword", text); break;
	case CONSENT_START: came_back(s, text); break;
	case CONSENT_HELP: say_consent(s, CONSENT_HELP); break;
	case CONSENT_HINT: looks_like_stop(s); break;
	}
	return true;
}

void
stage_inbound(struct stage *s, const char *text)
{
	struct run *run = stage_dialog(s);
	s->begun = true;
	/* No two texts in the same instant: what an answer settles lies before the next.
	 */
	trade_set_clock(&s->trade, ++s->now);
	trade_hear(&s->trade, text);
	if (consent(s, text) || s->now < s->muted_until)
		return;
	struct step_env env = stage_env(s);
	struct route_facts facts = {.set = &s->set,
		.run = run,
		.env = &env,
		.policy = s->rules->config->policy,
		.pack = trade_pack(&s->trade),
		.ticket_open = s->ticket,
		.closed_at = s->closed_at};
	struct route r = route_text(&facts, text);
	switch (r.kind) {
	case ROUTE_MUTED:
	case ROUTE_COURTESY: break;
	case ROUTE_ANSWER:
		s->advanced = s->now;
		to_run(s, run, text);
		break;
	case ROUTE_OTHER: to_run(s, run, text); break;
	case ROUTE_KEYWORD:
		if (script_opts_in(r.script) && trade_stopped(&s->trade))
			trade_unblock(&s->trade, text);
		interrupt(s);
		stage_enter(s, r.script, text);
		break;
	case ROUTE_CATCHALL: catch_all(s); break;
	}
}

/* ---- staff ---- */

bool
stage_ticket_open(const struct stage *s)
{
	return s->ticket || s->unmatched;
}

void
stage_claim_ticket(struct stage *s, bool replied)
{
	if (!s->ticket)
		open_ticket(s);
	s->claimed = true;
	s->replied = s->replied || replied;
}

void
stage_close_ticket(struct stage *s)
{
	s->replied = true; /* staff who close have answered */
	s->ticket = s->unmatched = false;
	trade_talking(&s->trade, false);
	stage_unpark(s);
	s->closed_at = s->now;
	for (size_t i = 0; i < s->run_count; i++)
		if (s->runs[i].state == RUN_TICKET) {
			stage_feed(s, &s->runs[i],
				&(struct step_event){.kind = EVENT_CLOSED});
			break;
		}
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (stage_advance(s, s->now, &err) < 0) /* what waited for that */
		stage_show(s, '%', err.s);
}

/* ---- the clock ---- */

/* A held text at its hour: the gates again. */
static void
wake(struct stage *s, const struct stage_timer *t)
{
	struct run *run = run_by_id(s, t->run);
	if (!t->run)
		stage_settled(s, t->held);
	else if (run && run->state != RUN_ENDED)
		offer(s, run,
			&(struct trade_offer){
				.cls = t->cls, .text = t->held, .basis = t->basis},
			run->state == RUN_SENDING && run->visit == t->visit);
}

static void
set_clock(struct stage *s, int64_t now)
{
	s->now = MAX(s->now, now);
	trade_set_clock(&s->trade, s->now);
	if (s->decide_by && s->now >= s->decide_by)
		stop(s, "implied", NULL);
}

static int
advance(struct stage *s, int64_t to, struct strbuf *err)
{
	struct stage_timer t;
	for (unsigned fired = 0; next_timer(s, to, &t); fired++) {
		if (fired > 10000) {
			free(t.held);
			strbuf_set(err, "more than 10,000 timers fired in this jump");
			return -EINVAL;
		}
		set_clock(s, t.at);
		struct run *run = run_by_id(s, t.run);
		if (t.run && stage_paused(s, run)) {
			t.at = STAGE_PARKED;
			stage_add_timer(s, t);
			continue;
		}
		if (t.held)
			wake(s, &t);
		else if (run && run->state != RUN_ENDED)
			stage_feed(s, run,
				&(struct step_event){.kind = EVENT_TIMER,
					.timer = t.kind,
					.visit = t.visit});
		free(t.held);
	}
	set_clock(s, to);
	return 0;
}

/* Journeys of dates and segments are looked for at every full hour. */
int
stage_advance(struct stage *s, int64_t to, struct strbuf *err)
{
	int r = 0;
	for (int64_t at;
		!r && stage_scans(s) && (at = s->now - s->now % HOUR + HOUR) <= to;) {
		r = advance(s, at, err);
		if (!r)
			stage_scan(s);
	}
	return r ? r : advance(s, to, err);
}
