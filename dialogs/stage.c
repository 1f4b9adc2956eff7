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

struct run *
stage_run(struct stage *s, uint64_t id)
{
	for (size_t i = 0; i < s->run_count; i++)
		if (s->runs[i].id == id)
			return &s->runs[i];
	return NULL;
}

const struct script *
stage_script(const struct stage *s, const struct run *run)
{
	return run->depth ? script_find(&s->set, run->frames[0].script, NULL) : NULL;
}

int64_t
stage_origin(const struct stage *s, const struct run *run)
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

struct run *
stage_new_run(struct stage *s)
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
		const struct script *script = stage_script(s, &s->runs[i]);
		if (s->runs[i].state != RUN_ENDED && s->runs[i].state != RUN_TICKET &&
			script && !script->is_journey)
			return &s->runs[i];
	}
	return NULL;
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

/* A dialog in progress ends, and whatever advertises; service goes on, and so does what
 * staff have, unless everything was refused: shell_step.c's outlives_stop(). */
static void
stop_runs(struct stage *s, bool all)
{
	for (size_t i = 0; i < s->run_count; i++) {
		struct run *run = &s->runs[i];
		const struct script *script = stage_script(s, run);
		bool lives =
			run->state == RUN_TICKET ||
			(script && script->is_journey && script->cls == CLASS_SERVICE);
		if (run->state != RUN_ENDED && run->state != RUN_NEW && (all || !lives))
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
	if (run) /* whatever it waits for, as run_talking() has it */
		stage_feed(s, run,
			&(struct step_event){.kind = EVENT_LEAVE, .name = "interrupted"});
}

static void
catch_all(struct stage *s)
{
	const struct config *c = s->rules->config;
	if (!s->ticket && s->ticket_closed && s->now - s->ticket_closed < c->reopen) {
		s->ticket = true; /* the same one, with who had it */
		trade_talking(&s->trade, true);
	} else
		s->unmatched = true;
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
	stage_start(s, join, text, NULL);
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
		stage_open_ticket(s);
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
	s->closed_at = s->ticket_closed = s->now;
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
	struct run *run = stage_run(s, t->run);
	if (run && run->state != RUN_ENDED)
		stage_offer(s, run,
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
		struct run *run = stage_run(s, t.run);
		if (t.run && stage_paused(s, run)) {
			t.at = STAGE_PARKED;
			stage_add_timer(s, t);
			continue;
		}
		s->ringing = t.entry || t.held;
		if (t.entry)
			stage_ring(s, t.entry);
		else if (t.held)
			wake(s, &t);
		else if (t.sent && run)
			stage_left(s, run, t.visit);
		else if (run && run->state != RUN_ENDED)
			stage_feed(s, run,
				&(struct step_event){.kind = EVENT_TIMER,
					.timer = t.kind,
					.visit = t.visit});
		s->ringing = false;
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
