#include "gateway/core/gates.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ROUNDS 64 /* times a moment that one gate names may be too early for another */

static const char *const names[] = {
	[VERDICT_SEND] = "send",
	[VERDICT_DEFER] = "defer",
	[VERDICT_SUPPRESS] = "suppress",
	[VERDICT_EXPIRE] = "expire",
	[VERDICT_CANCEL] = "cancel",
};

const char *
verdict_name(enum verdict_what what)
{
	return names[what];
}

static void PRINTF_LIKE(4, 5) say(struct gate_verdict *g, enum verdict_what what,
	int64_t until, const char *fmt, ...)
{
	va_list ap;
	g->what = what;
	g->until = until;
	va_start(ap, fmt);
	vsnprintf(g->rule, sizeof(g->rule), fmt, ap);
	va_end(ap);
}

/* Cut to fit; most gates speak for every text, and formatting costs. */
static void
copy_text(char *to, size_t size, const char *text)
{
	size_t n = MIN(strlen(text), size - 1);
	memcpy(to, text, n);
	to[n] = '\0';
}

static void
pass(struct gate_verdict *g, const char *rule)
{
	g->what = VERDICT_SEND;
	g->until = 0;
	copy_text(g->rule, sizeof(g->rule), rule);
}

/* One look: the facts, the candidate channel (NULL when there is none) and the moment. */
struct look {
	const struct gate_facts *f;
	const struct gate_channel *ch;
	int64_t now;
	enum message_class cls; /* as judged */
	bool once;              /* a moment that nobody else will ask about */
};

/* Class as judged: a reply is proven by the inbound text it answers, not declared. */
static enum message_class
judged(const struct gate_facts *f)
{
	return f->cls == CLASS_REPLY && !f->proven_reply ? CLASS_SERVICE : f->cls;
}

/* ---- the person ---- */

static void
gate_number(const struct look *l, struct gate_verdict *g)
{
	if (l->f->relay && (l->cls == CLASS_MARKETING || l->cls == CLASS_SERVICE))
		say(g, VERDICT_SUPPRESS, 0, "%s", l->f->relay);
	else if (l->f->dead && l->cls == CLASS_MARKETING)
		say(g, VERDICT_SUPPRESS, 0,
			"the network says that nobody has this number");
	else if (l->ch)
		pass(g, "a channel is configured that can carry it");
	else
		say(g, VERDICT_DEFER, 0, "no channel is configured that could carry it");
}

/* STOP holds for marketing everywhere; with scope `all` for everything but the answer to
 * a text sent after it and the one confirmation (a notice, made by core/consent alone).
 */
static void
gate_stopped(const struct look *l, struct gate_verdict *g)
{
	const struct gate_facts *f = l->f;
	if (l->cls == CLASS_NOTICE)
		pass(g, "the one confirmation of an opt-out may go");
	else if (l->cls == CLASS_MARKETING)
		say(g, VERDICT_SUPPRESS, 0, "the contact opted out of marketing");
	else if (strcmp(f->stopped, "all") != 0)
		pass(g, "the opt-out covers marketing only");
	else if (l->cls == CLASS_REPLY && f->replied_at > f->stopped_at && f->by_person &&
		 f->people_after_stop)
		pass(g, "a person answers a text sent after the opt-out");
	else
		say(g, VERDICT_SUPPRESS, 0, "the contact opted out of everything");
}

static void
pass_agreed(struct gate_verdict *g, const char *basis)
{
	static const char how[] = "they agreed (";
	char rule[sizeof(how) + sizeof(((struct consent_state *)0)->basis) + 1];
	memcpy(rule, how, sizeof(how));
	copy_text(rule + sizeof(how) - 1, sizeof(rule) - sizeof(how), basis);
	memcpy(rule + strlen(rule), ")", 2);
	pass(g, rule);
}

static void
gate_consent(const struct look *l, struct gate_verdict *g)
{
	const struct gate_facts *f = l->f;
	const struct consent_state *c = &f->consent;
	if (*f->stopped)
		gate_stopped(l, g);
	else if (l->cls != CLASS_MARKETING)
		pass(g, f->cls == CLASS_REPLY && l->cls == CLASS_SERVICE
				? "judged as service: no recent text of theirs proves a "
				  "reply"
				: "it needs no consent of its own, and nobody opted out");
	else if (f->optout_due && l->now < f->optout_due)
		say(g, VERDICT_DEFER, 0,
			"a text of theirs looks like an opt-out: somebody has to decide");
	else if (!c->granted)
		say(g, VERDICT_SUPPRESS, 0, "the contact never agreed to promotions");
	else if (c->expires && l->now >= c->expires)
		say(g, VERDICT_SUPPRESS, 0, "their consent was for a time that is over");
	else if (f->revived && c->at < f->revived)
		say(g, VERDICT_SUPPRESS, 0,
			"the number was dead for long since they agreed: it may be "
			"somebody "
			"else's now");
	else if (!f->basis_fits)
		say(g, VERDICT_SUPPRESS, 0, "a consent by '%s' is not enough for %s",
			c->basis, f->consent_pack);
	else if (f->grant_ends && l->now >= f->grant_ends)
		say(g, VERDICT_SUPPRESS, 0, "renew due: their consent is too old for %s",
			f->consent_pack);
	else
		pass_agreed(g, c->basis);
}

static void
gate_script(const struct look *l, struct gate_verdict *g)
{
	if (l->f->run_over)
		say(g, VERDICT_CANCEL, 0, "%s", l->f->run_over);
	else
		pass(g, "no script takes it back");
}

static void
gate_talking(const struct look *l, struct gate_verdict *g)
{
	if (l->f->ticket_open && l->cls == CLASS_MARKETING)
		say(g, VERDICT_DEFER, 0,
			"a person is talking with them: promotions are silent");
	else
		pass(g, l->f->ticket_open ? "an open ticket silences promotions only"
					  : "no ticket is open");
}

static void
gate_duplicate(const struct look *l, struct gate_verdict *g)
{
	const struct gate_facts *f = l->f;
	if (l->cls == CLASS_MARKETING && f->same_text_at &&
		l->now < f->same_text_at + f->same_text_guard)
		say(g, VERDICT_SUPPRESS, 0,
			"the same promotion went to them not long ago");
	else
		pass(g, "it repeats nothing");
}

/* ---- time ---- */

static void
gate_expiry(const struct look *l, struct gate_verdict *g)
{
	if (l->f->expires && l->now >= l->f->expires)
		say(g, VERDICT_EXPIRE, 0, "its time to be useful is over");
	else
		pass(g, l->f->expires ? "it has not expired" : "it never expires");
}

static void
gate_schedule(const struct look *l, struct gate_verdict *g)
{
	if (l->f->clock_odd && l->cls != CLASS_REPLY && l->cls != CLASS_NOTICE)
		say(g, VERDICT_DEFER, 0,
			"the clock of this computer cannot be right (malgil clock)");
	else if (l->f->paused && (!l->f->paused_until || l->f->paused_until > l->now))
		say(g, VERDICT_DEFER, l->f->paused_until, "%s is paused by a person",
			l->f->paused);
	else if (l->f->at > l->now)
		say(g, VERDICT_DEFER, l->f->at, "it was asked to leave later");
	else if (l->f->retry_at > l->now)
		say(g, VERDICT_DEFER, l->f->retry_at,
			"the network refused for now; it is tried again");
	else
		pass(g, "nothing asks it to wait");
}

static void
gate_order(const struct look *l, struct gate_verdict *g)
{
	if (l->f->predecessor)
		say(g, VERDICT_DEFER, 0, "an earlier text to this contact goes first");
	else
		pass(g, "no earlier text to this contact is on its way");
}

static int64_t
margin_of(const struct look *l)
{
	return l->ch ? l->ch->margin : 0;
}

static bool
same_rules(const struct gate_facts *f, const struct gate_known_hours *k)
{
	if (f->window_count != k->rule_count)
		return false;
	for (size_t i = 0; i < k->rule_count; i++)
		if (f->windows[i].window != k->rules[i].window ||
			f->windows[i].shut != k->rules[i].shut ||
			f->windows[i].zone != k->rules[i].zone)
			return false;
	return true;
}

static struct gate_known_hours *
find_hours(const struct gate_facts *f, int64_t now, int64_t margin)
{
	for (size_t i = 0; f->hours && i < f->hours->count; i++) {
		struct gate_known_hours *k = &f->hours->known[i];
		if (k->now == now && k->margin == margin && same_rules(f, k))
			return k;
	}
	return NULL;
}

/* window_next(), or what it said for the one before. */
static int64_t
next_hours(const struct look *l, size_t *ret_rule)
{
	const struct gate_facts *f = l->f;
	struct gate_known_hours *k = find_hours(f, l->now, margin_of(l));
	if (k) {
		*ret_rule = k->rule;
		return k->next;
	}
	int64_t next =
		window_next(f->windows, f->window_count, l->now, margin_of(l), ret_rule);
	if (!f->hours || l->once)
		return next;
	k = &f->hours->known[f->hours->next++ % GATE_HOURS];
	f->hours->count = MIN(f->hours->next, GATE_HOURS);
	*k = (struct gate_known_hours){.rule_count = f->window_count,
		.rule = *ret_rule,
		.now = l->now,
		.margin = margin_of(l),
		.next = next,
		.closes = INT64_MIN};
	memcpy(k->rules, f->windows, f->window_count * sizeof(*f->windows));
	return next;
}

/* window_closes() in the same way; the windows are open. */
static int64_t
closing_hours(const struct gate_facts *f, const struct gate_channel *ch, int64_t now)
{
	struct gate_known_hours *k = find_hours(f, now, ch ? ch->margin : 0);
	if (k && k->closes != INT64_MIN)
		return k->closes;
	int64_t closes = window_closes(f->windows, f->window_count, now);
	if (k)
		k->closes = closes;
	return closes;
}

static void
gate_window(const struct look *l, struct gate_verdict *g)
{
	const struct gate_facts *f = l->f;
	size_t rule;
	if (!f->window_count) {
		pass(g, f->night_lifted ? "they agreed to promotions at night"
					: "no hours bind it");
		return;
	}
	int64_t next = next_hours(l, &rule);
	const struct window_rule *w = rule < f->window_count ? &f->windows[rule] : NULL;
	if (next == l->now)
		pass(g, f->window_count > 1 ? "within the hours that apply, all of them"
					    : "within the hours that apply");
	else if (next == WINDOW_NEVER)
		say(g, VERDICT_EXPIRE, 0, "the hours that apply leave no moment for it");
	else
		say(g, VERDICT_DEFER, next, "outside the hours of %s (%s)",
			w && w->name ? w->name : "the rules", w ? w->zone : "");
}

static bool
is_full(const struct gate_cap *c, int64_t now)
{
	return c->oldest && c->oldest >= cap_since(&c->cap, c->zone, now);
}

static void
gate_cap(const struct look *l, struct gate_verdict *g)
{
	pass(g, l->f->cap_count ? "every cap has room" : "no cap applies");
	for (size_t i = 0; i < l->f->cap_count; i++) {
		const struct gate_cap *c = &l->f->caps[i];
		struct strbuf text = STRBUF_SENTENCE;
		if (!is_full(c, l->now))
			continue;
		int64_t until = cap_until(&c->cap, c->zone, l->now, c->oldest);
		cap_print(&c->cap, &text);
		if (l->f->skip_capped)
			say(g, VERDICT_SUPPRESS, 0, "the cap %s of %s is full: skipped",
				text.s, c->of);
		else if (g->what == VERDICT_SEND || until > g->until)
			say(g, VERDICT_DEFER, until, "the cap %s of %s is full", text.s,
				c->of);
		strbuf_done(&text);
	}
}

/* ---- the channel ---- */

static void
gate_wording(const struct look *l, struct gate_verdict *g)
{
	if (l->f->wording)
		say(g, VERDICT_SUPPRESS, 0, "%s", l->f->wording);
	else if (l->ch && l->ch->unfit)
		say(g, VERDICT_SUPPRESS, 0, "%s", l->ch->unfit);
	else
		pass(g, l->f->wording_asked ? "it says what the law wants said"
					    : "nothing is asked of its wording");
}

static void
gate_budget(const struct look *l, struct gate_verdict *g)
{
	if (l->ch && l->ch->budget_until > l->now)
		say(g, VERDICT_DEFER, l->ch->budget_until, "%s", l->ch->budget_rule);
	else if (l->ch && l->ch->pace_until > l->now)
		say(g, VERDICT_DEFER, l->ch->pace_until, "the pace of promotions by %s",
			l->ch->name);
	else
		pass(g, "the channel's budgets have room");
}

static void
gate_breaker(const struct look *l, struct gate_verdict *g)
{
	const struct gate_channel *ch = l->ch;
	if (ch && (ch->ready || (ch->until && ch->until <= l->now)))
		pass(g, "a healthy channel is there");
	else
		say(g, VERDICT_DEFER, ch ? ch->until : 0, "%s",
			ch && ch->why && *ch->why ? ch->why : "no channel is ready");
}

/* Those from `window` on depend on the channel. */
#define FIRST_OF_CHANNEL 8
static const struct {
	const char *name;
	void (*judge)(const struct look *l, struct gate_verdict *g);
} gates[GATE_COUNT] = {
	{"number", gate_number},
	{"consent", gate_consent},
	{"script", gate_script},
	{"talking", gate_talking},
	{"duplicate", gate_duplicate},
	{"expiry", gate_expiry},
	{"schedule", gate_schedule},
	{"order", gate_order},
	{"window", gate_window},
	{"cap", gate_cap},
	{"wording", gate_wording},
	{"budget", gate_budget},
	{"breaker", gate_breaker},
};

/* ---- all of them at one moment ---- */

/* How much a verdict weighs when several gates object: what ends a message beats what
 * delays. */
static int
weight(enum verdict_what what)
{
	switch (what) {
	case VERDICT_SEND: return 0;
	case VERDICT_DEFER: return 1;
	case VERDICT_EXPIRE: return 2;
	case VERDICT_SUPPRESS: return 3;
	case VERDICT_CANCEL: return 4;
	}
	return 0;
}

/* What a row of gates comes to. */
struct sum {
	enum verdict_what what;
	size_t gate;   /* the first of those that weigh most; GATE_COUNT none */
	int64_t until; /* the latest time named */
	bool waits, timed;
};

static void
sum_up(const struct gate_verdict *g, size_t from, size_t to, struct sum *s)
{
	for (size_t i = from; i < to; i++) {
		if (weight(g[i].what) > weight(s->what)) {
			s->what = g[i].what;
			s->gate = i;
		}
		if (g[i].what != VERDICT_DEFER)
			continue;
		s->until = MAX(s->until, g[i].until);
		s->waits |= !g[i].until;
		s->timed |= g[i].until != 0;
	}
}

/* Is a candidate's sum better than another's: lighter, then sooner. */
static bool
better(const struct sum *a, const struct sum *b)
{
	if (weight(a->what) != weight(b->what))
		return weight(a->what) < weight(b->what);
	if (a->waits != b->waits)
		return b->waits;
	return a->until < b->until;
}

static void
judge_row(const struct look *l, size_t from, size_t to, struct gate_verdict *g)
{
	for (size_t i = from; i < to; i++) {
		g[i].gate = gates[i].name;
		gates[i].judge(l, &g[i]);
	}
}

/* All gates at one moment; the channel gates for each candidate, the best one's are kept.
 */
static const struct gate_channel *
judge_all(const struct look *at, struct gate_verdict *g, struct sum *ret)
{
	const struct gate_facts *f = at->f;
	struct look l = *at;
	const struct gate_channel *best = f->channel_count ? &f->channels[0] : NULL;
	struct sum best_sum = {.gate = GATE_COUNT};
	l.ch = best;
	judge_row(&l, 0, GATE_COUNT, g);
	sum_up(g, FIRST_OF_CHANNEL, GATE_COUNT, &best_sum);
	for (size_t i = 1; i < f->channel_count && best_sum.what != VERDICT_SEND; i++) {
		struct gate_verdict own[GATE_COUNT];
		struct sum sum = {.gate = GATE_COUNT};
		l.ch = &f->channels[i];
		judge_row(&l, FIRST_OF_CHANNEL, GATE_COUNT, own);
		sum_up(own, FIRST_OF_CHANNEL, GATE_COUNT, &sum);
		if (!better(&sum, &best_sum))
			continue;
		best = l.ch;
		best_sum = sum;
		memcpy(g + FIRST_OF_CHANNEL, own + FIRST_OF_CHANNEL,
			(GATE_COUNT - FIRST_OF_CHANNEL) * sizeof(*g));
	}
	*ret = (struct sum){.gate = GATE_COUNT};
	sum_up(g, 0, GATE_COUNT, ret);
	return best;
}

/* From the time the gates name on, does it pass? The moment one gate opens another may be
 * shut, so the time is looked for until it holds. Its place in the spread after an
 * opening is taken when that too is open. INT64_MAX when there is none. */
static int64_t
settle(const struct gate_facts *f, int64_t until, bool opening)
{
	struct gate_verdict g[GATE_COUNT];
	struct look l = {.f = f, .cls = judged(f)};
	struct sum s;
	for (int i = 0; i < ROUNDS; i++) {
		l.now = until;
		judge_all(&l, g, &s);
		if (s.what != VERDICT_DEFER)
			break;
		if (s.until <= until)
			return until; /* what is left waits for an event */
		opening |= g[FIRST_OF_CHANNEL].what == VERDICT_DEFER;
		until = s.until;
	}
	if (s.what != VERDICT_SEND)
		return INT64_MAX;
	if (!opening || !f->spread)
		return until;
	l.now = until + f->spread;
	l.once = true;
	judge_all(&l, g, &s);
	return s.what == VERDICT_SEND ? until + f->spread : until;
}

/* What the queue itself sees to: whose turn it is, a channel, its pace. */
static bool
is_for_queue(const struct gate_verdict *g, const struct gate_channel *ch, int64_t now)
{
	if (!strcmp(g->gate, "budget"))
		return ch && ch->budget_until <= now;
	return !strcmp(g->gate, "order") || !strcmp(g->gate, "breaker") ||
	       !strcmp(g->gate, "number");
}

/* Held until a time, or queued until its turn comes. */
static void
defer(const struct look *l, const struct sum *s, struct verdict *ret)
{
	const struct gate_facts *f = l->f;
	ret->waits = s->waits;
	ret->queues = true;
	for (size_t i = 0; i < GATE_COUNT; i++) {
		const struct gate_verdict *g = &ret->gates[i];
		if (g->what != VERDICT_DEFER || is_for_queue(g, l->ch, l->now))
			continue;
		if (ret->queues)
			ret->gate = g->gate;
		ret->queues = false;
	}
	if (s->timed)
		ret->until = settle(
			f, s->until, ret->gates[FIRST_OF_CHANNEL].what == VERDICT_DEFER);
	if (ret->until == INT64_MAX || (f->expires && ret->until >= f->expires)) {
		ret->what = VERDICT_EXPIRE;
		ret->until = 0;
		ret->waits = ret->queues = false;
	}
}

void
admit(const struct gate_facts *f, int64_t now, struct verdict *ret)
{
	struct sum s;
	memset(ret, 0, offsetof(struct verdict, gates));
	ret->gate = "";
	ret->gate_count = GATE_COUNT;
	ret->cls = judged(f);
	const struct gate_channel *ch = judge_all(
		&(struct look){.f = f, .now = now, .cls = ret->cls}, ret->gates, &s);
	ret->what = s.what;
	if (s.gate < GATE_COUNT)
		ret->gate = ret->gates[s.gate].gate;
	if (s.what == VERDICT_DEFER)
		defer(&(struct look){f, ch, now, ret->cls, false}, &s, ret);
	if (ch) {
		copy_text(ret->channel, sizeof(ret->channel), ch->name);
		ret->channel_id = ch->id;
	}
	if (ret->what == VERDICT_SEND && f->window_count) {
		int64_t closes = closing_hours(f, ch, now);
		ret->closes = closes == WINDOW_NEVER ? 0 : closes;
	}
}

const char *
verdict_rule(const struct verdict *v)
{
	for (size_t i = 0; i < v->gate_count; i++)
		if (!strcmp(v->gates[i].gate, v->gate))
			return v->gates[i].rule;
	return "";
}
