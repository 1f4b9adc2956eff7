#include "gateway/core/audience.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/core/budget.h"
#include "gateway/core/dispatch.h"
#include "gateway/core/facts.h"
#include "gateway/core/queue.h"
#include "gateway/core/router.h"
#include "gateway/core/wording.h"
#include "gateway/store/arrivals.h"
#include "gateway/store/usage.h"
#include "gateway/text/zone.h"

#define TEXTS   8
#define KEY_MAX 100

/* A text as it will be sent, cut into segments: made once for all who get it under the
 * same packs. */
struct cut {
	const struct pack *packs[WORDING_PACKS];
	size_t pack_count;
	char *text, *splits;
	const char *encoding;
	struct segment_plan plan;
	bool refused;
};

/* What the sums will say of a message, once it is written. */
struct tally {
	enum verdict_what what;
	const char *gate; /* NULL: none objected */
	bool leaves;      /* now or later */
	int64_t at, local, cost;
	int parts;
};

/* One that is decided and waits for its table to be full. */
struct pending {
	char key[KEY_MAX + 32], reason[192];
	struct cut own; /* of one contact's own text */
	bool waiting;
	struct channel *prefers; /* the number they know, for what need not wait for it */
	struct tally tally;
};

struct walk {
	struct core *core;
	const struct audience_wish *wish;
	struct audience_sums *sums;
	struct channel *channel; /* the one asked for */
	struct window slot;
	int64_t now;
	struct cut cuts[TEXTS]; /* of the shared text */
	size_t cut_count;
	struct facts_cache cache;
	struct gate_facts facts;
	struct verdict verdict;
	struct audience_chunk chunk;
	struct audience_new rows[AUDIENCE_ROWS];
	struct pending pending[AUDIENCE_ROWS]; /* of these rows */
	size_t pending_count;
	int64_t left, held; /* of this chunk */
};
static void flush(struct walk *w);

static void
cut_done(struct cut *c)
{
	free(c->text);
	free(c->splits);
	*c = (struct cut){.text = NULL};
}

/* ---- texts ---- */

static void
cut_make(struct walk *w, const char *text, struct cut *c)
{
	struct strbuf worded AUTO(strbuf_done) = STRBUF_INIT(256 * 1024);
	struct strbuf splits AUTO(strbuf_done) = STRBUF_INIT(4096);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct segment_options options = {.alphabet = SEGMENT_AUTO};
	c->pack_count = w->cache.pack_count;
	memcpy(c->packs, w->cache.packs, sizeof(c->packs));
	if (w->wish->cls == CLASS_MARKETING)
		wording_wrap(w->core, c->packs, c->pack_count, text, &worded);
	else
		strbuf_puts(&worded, text);
	c->refused = !worded.len ||
		     segment_plan(worded.s, worded.len, &options, &c->plan, &err) < 0;
	if (!c->refused)
		dispatch_splits(&c->plan, &splits);
	c->text = xstrdup(worded.s ? worded.s : "");
	c->splits = xstrdup(splits.s ? splits.s : "");
	c->encoding = c->plan.alphabet == SMS_GSM7 ? "gsm7" : "ucs2";
}

/* The shared text under the packs of this number. */
static struct cut *
cut_shared(struct walk *w)
{
	size_t n = w->cache.pack_count;
	for (size_t i = 0; i < w->cut_count; i++)
		if (w->cuts[i].pack_count == n &&
			!memcmp(w->cuts[i].packs, w->cache.packs,
				n * sizeof(*w->cache.packs)))
			return &w->cuts[i];
	if (w->cut_count == TEXTS) {
		flush(w); /* who still borrows it */
		cut_done(&w->cuts[--w->cut_count]);
		w->cache.text_count = 0; /* it knows texts by where they are */
	}
	struct cut *c = &w->cuts[w->cut_count++];
	*c = (struct cut){.text = NULL};
	cut_make(w, w->wish->text, c);
	return c;
}

static struct cut *
cut_for(struct walk *w, const struct audience_row *r)
{
	facts_cache_place(&w->cache, w->core, r->contact.phone);
	if (!r->text)
		return cut_shared(w);
	struct cut *own = &w->pending[w->pending_count].own;
	cut_done(own);
	cut_make(w, r->text, own);
	return own;
}

/* ---- one contact ---- */

/* As the outbox chooses it: the one asked for, or the number they know. */
static void
choose_route(struct walk *w, const struct audience_row *r, struct pending *p,
	struct message *m)
{
	uint64_t last = r->last_channel;
	if (!last && m->cls == CLASS_SERVICE)
		last = r->contact.last_channel;
	struct channel *known = w->channel ? NULL : router_known(w->core, m, last);
	p->prefers = known && m->cls == CLASS_SERVICE ? known : NULL;
	m->route = w->channel             ? w->channel->row.id
		   : known && !p->prefers ? known->row.id
					  : 0;
}

/* "thu 12:00" is open for an hour: whoever comes late in it is not made to wait a week.
 */
static int
read_slot(struct walk *w, struct strbuf *err)
{
	const char *slot = w->wish->slot, *colon = strchr(slot, ':');
	struct strbuf text AUTO(strbuf_done) = STRBUF_SENTENCE;
	int hour = colon && colon - slot >= 2 ? atoi(colon - 2) : -1;
	if (hour >= 0 && hour < 23)
		strbuf_printf(&text, "%s-%02d%.3s", slot, hour + 1, colon);
	if (!text.len || window_parse(text.s, &w->slot, err) < 0) {
		strbuf_set(
			err, "\"%.40s\" is no slot; write it like \"thu 12:00\"", slot);
		return -EINVAL;
	}
	return 0;
}

/* Where the recipient is, as far as known. */
static int64_t
start_for(struct walk *w, const struct contact *c)
{
	const struct place *place = &w->cache.place;
	int64_t at = MAX(w->now, w->wish->at);
	if (!w->wish->slot)
		return at;
	struct window_rule rule = {&w->slot, NULL,
		*c->zone            ? c->zone
		: place->zone_count ? place->zones[0]
				    : w->core->config->zone,
		NULL};
	int64_t next = window_next(&rule, 1, at, 0, NULL);
	return next == WINDOW_NEVER ? at : next;
}

/* "KEY:CONTACT". */
static void
write_key(const char *key, uint64_t contact, char *ret)
{
	char digits[24], *p = digits + sizeof(digits);
	size_t n = strlen(key);
	*--p = '\0';
	do
		*--p = (char)('0' + contact % 10);
	while (contact /= 10);
	*--p = ':';
	memcpy(ret, key, n);
	memcpy(ret + n, p, (size_t)(digits + sizeof(digits) - p));
}

static void
compose(struct walk *w, const struct audience_row *r, const struct cut *c, char *key,
	struct message *m)
{
	const struct audience_wish *wish = w->wish;
	int64_t start = start_for(w, &r->contact);
	*m = (struct message){.id = core_id(w->core),
		.contact = r->contact.id,
		.outbound = true,
		.state = MESSAGE_ACCEPTED,
		.cls = wish->cls,
		.phone = (char *)r->contact.phone,
		.text = c->text,
		.origin = (char *)wish->origin,
		.key = wish->key ? key : NULL,
		.splits = c->splits,
		.encoding = (char *)c->encoding,
		.on_doubt = (char *)wish->on_doubt,
		.created = w->now,
		.updated = w->now,
		.not_before = start > w->now ? start : 0,
		.parts = (int)c->plan.count,
		.shifts = c->plan.single_shift << 4 | c->plan.locking_shift,
		.msg_class = -1,
		.report = true,
		.skip = wish->skip_capped};
	m->due = m->not_before;
	m->expires =
		wish->expires ? wish->expires : start + w->core->config->keep_expires;
	write_key(wish->key ? wish->key : "", r->contact.id, key);
}

/* ---- the sums ---- */

static void
count_reason(struct audience_sums *s, const struct tally *t, const char *reason)
{
	size_t i = 0;
	while (i < s->reason_count && (s->reasons[i].what != t->what ||
					      strcmp(s->reasons[i].gate, t->gate) != 0))
		i++;
	if (i == AUDIENCE_REASONS)
		return;
	if (i == s->reason_count) {
		s->reason_count++;
		s->reasons[i].gate = t->gate;
		s->reasons[i].what = t->what;
		s->reasons[i].count = 0;
		snprintf(s->reasons[i].rule, sizeof(s->reasons[i].rule), "%s",
			reason + strlen(t->gate) + 2);
	}
	s->reasons[i].count++;
}

static void
count(struct walk *w, const struct pending *p)
{
	struct audience_sums *s = w->sums;
	const struct tally *t = &p->tally;
	s->contacts++;
	s->verdicts[t->what]++;
	if (t->gate)
		count_reason(s, t, p->reason);
	if (!t->leaves)
		return;
	s->segments += t->parts;
	s->cost += t->cost;
	s->first = s->first ? MIN(s->first, t->at) : t->at;
	s->last = MAX(s->last, t->at);
	s->first_local = s->first_local ? MIN(s->first_local, t->local) : t->local;
	s->last_local = MAX(s->last_local, t->local);
}

static void
take_down(struct walk *w, const struct message *m, struct tally *t)
{
	const struct verdict *v = &w->verdict;
	bool queued = m->state == MESSAGE_QUEUED, held = m->state == MESSAGE_HELD;
	*t = (struct tally){.what = queued ? VERDICT_SEND : v->what,
		.gate = queued ? NULL : v->gate,
		.leaves = queued || held,
		.parts = m->parts};
	if (!t->leaves)
		return;
	t->at = held ? m->due : MAX(w->now, v->until);
	t->local = t->at + zone_offset(w->facts.zone, t->at);
	t->cost =
		budget_cost(w->core, *v->channel ? v->channel : NULL, m->phone, m->parts);
}

/* ---- deciding and writing ---- */

/* As outbox_accept() would: the state it enters with, until when, and why. */
static void
judge(struct walk *w, const struct audience_row *r, struct pending *p, struct message *m)
{
	struct verdict *v = &w->verdict;
	facts_gather_known(w->core, m, p->prefers, r, &w->cache, &w->facts);
	admit(&w->facts, w->now, v);
	m->state = MESSAGE_QUEUED;
	switch (v->what) {
	case VERDICT_SEND: return;
	case VERDICT_DEFER:
		if (v->queues)
			return;
		m->state = MESSAGE_HELD;
		m->due = dispatch_due(w->core, v);
		break;
	case VERDICT_SUPPRESS: m->state = MESSAGE_SUPPRESSED; break;
	case VERDICT_EXPIRE: m->state = MESSAGE_EXPIRED; break;
	case VERDICT_CANCEL: m->state = MESSAGE_CANCELED; break;
	}
	snprintf(p->reason, sizeof(p->reason), "%s: %s", v->gate, verdict_rule(v));
	m->reason = p->reason;
}

/* One for each, as outbox_accept() tells: whoever follows the log misses none. */
static void
tell(struct walk *w, size_t count)
{
	static const char *const told[] = {[MESSAGE_QUEUED] = "message.accepted",
		[MESSAGE_HELD] = "message.held",
		[MESSAGE_SUPPRESSED] = "message.suppressed",
		[MESSAGE_EXPIRED] = "message.expired",
		[MESSAGE_CANCELED] = "message.canceled"};
	const char *names[AUDIENCE_ROWS];
	uint64_t ids[AUDIENCE_ROWS];
	for (size_t i = 0; i < count; i++) {
		names[i] = told[w->rows[i].message.state];
		ids[i] = core_id(w->core);
	}
	audience_events(w->core->db, w->rows, count, names, ids, w->now);
}

/* Writes what is decided, and what follows from it. */
static void
flush(struct walk *w)
{
	size_t n = w->pending_count;
	w->pending_count = 0;
	audience_insert(w->core->db, w->rows, n);
	if (n)
		tell(w, n);
	for (size_t i = 0; i < n; i++) {
		const struct audience_new *row = &w->rows[i];
		bool queued = row->message.state == MESSAGE_QUEUED;
		if (!row->written) {
			w->sums->repeated++;
			continue;
		}
		count(w, &w->pending[i]);
		if (queued && w->pending[i].waiting)
			queue_settle(w->core->queue, row->message.contact);
		w->left += queued;
		w->held += row->message.state == MESSAGE_HELD;
	}
}

static void
put(struct walk *w, const struct audience_row *r, struct pending *p)
{
	struct audience_new *row = &w->rows[w->pending_count++];
	struct message *m = &row->message;
	row->fingerprint = w->wish->key ? arrival_hash(m->text, strlen(m->text)) : 0;
	row->ready = m->state == MESSAGE_QUEUED && !r->waiting;
	p->waiting = r->waiting;
	row->routed = p->prefers != NULL;
	if (p->prefers)
		m->route = p->prefers->row.id;
	if (m->parts > 1)
		m->ref = contact_next_ref(w->core->db, m->contact);
	if (w->pending_count == AUDIENCE_ROWS)
		flush(w);
}

static void
take(struct walk *w, const struct audience_row *r)
{
	const struct cut *c = cut_for(w, r);
	struct pending *p = &w->pending[w->pending_count];
	struct message *m = &w->rows[w->pending_count].message;
	int64_t known;
	if (c->refused || *r->contact.phone != '+') {
		w->sums->contacts++;
		w->sums->refused++;
		return;
	}
	w->cache.shared_text = r->text ? NULL : c->text;
	compose(w, r, c, p->key, m);
	choose_route(w, r, p, m);
	judge(w, r, p, m);
	take_down(w, m, &p->tally);
	if (!w->wish->dry)
		put(w, r, p);
	else if (m->key && message_by_key(w->core->db, m->key, &known))
		w->sums->repeated++;
	else
		count(w, p);
}

/* ---- a chunk ---- */

static int
check(struct walk *w, struct strbuf *err)
{
	const struct audience_wish *wish = w->wish;
	struct core *core = w->core;
	int r = -EINVAL;
	if (wish->cls != CLASS_MARKETING && wish->cls != CLASS_SERVICE)
		strbuf_set(err, "an audience gets marketing or service texts");
	else if (!wish->text || !*wish->text)
		strbuf_set(err, "the text is empty");
	else if (wish->key && (!*wish->key || strlen(wish->key) > KEY_MAX))
		strbuf_set(err, "a key has 1 to %d bytes", KEY_MAX);
	else if (wish->expires && wish->expires <= MAX(w->now, wish->at))
		strbuf_set(err, "it would expire before it may leave");
	else if (wish->channel && !(w->channel = channel_find(core, wish->channel)))
		strbuf_set(err, "there is no channel '%s'", wish->channel);
	else
		r = wish->slot ? read_slot(w, err) : 0;
	if (!r && !wish->dry && (core->store_sick || core->low_disk || core->draining)) {
		strbuf_set(err,
			"nothing is accepted now: the disk is low, the store cannot "
			"be written, or the gateway is stopping");
		r = -EAGAIN;
	}
	return r;
}

/* As far back as any cap, or the guard against the same text, looks: a month and a bit.
 */
int64_t
audience_charges_since(const struct core *core)
{
	const struct policy *p = core->config->policy;
	int64_t span = MAX(p->same_text, 33 * DAY);
	for (size_t i = 0; i < p->promo.count; i++)
		span = MAX(span, p->promo.list[i].span);
	return core_now(core) - span;
}

static void
announce(struct walk *w)
{
	struct strbuf detail AUTO(strbuf_done) = STRBUF_SENTENCE;
	strbuf_printf(&detail,
		"audience %" PRIu64 ": %zu contacts, %" PRId64 " may leave, %" PRId64
		" held",
		w->wish->audience, w->chunk.count, w->left, w->held);
	core_event(w->core,
		&(struct event){.name = "audience.admitted", .detail = detail.s});
	if (w->held)
		queue_alarm(w->core->queue);
	if (w->left)
		queue_grown(w->core->queue);
}

static struct walk *
walk_new(struct core *core, const struct audience_wish *wish, struct audience_sums *sums)
{
	static struct walk *w; /* kept: its chunk is read into the same memory again */
	if (!w)
		w = xcalloc(1, sizeof(*w));
	w->core = core;
	w->wish = wish;
	w->sums = sums;
	w->channel = NULL;
	w->now = core_now(core);
	w->left = w->held = 0;
	return w;
}

static void
walk_done(struct walk *w)
{
	while (w->cut_count)
		cut_done(&w->cuts[--w->cut_count]);
	for (size_t i = 0; i < AUDIENCE_ROWS; i++)
		cut_done(&w->pending[i].own);
}

static void
take_all(struct walk *w, const struct audience_chunk *chunk)
{
	facts_cache_reset(&w->cache, w->core);
	for (size_t i = 0; i < chunk->count; i++)
		take(w, &chunk->rows[i]);
	flush(w);
}

int
audience_judge(struct core *core, const struct audience_wish *wish,
	const struct audience_chunk *chunk, struct audience_sums *sums,
	struct strbuf *err)
{
	struct audience_wish dry = *wish;
	dry.dry = true;
	dry.key = NULL;
	struct walk *w = walk_new(core, &dry, sums);
	int r = check(w, err);
	if (r)
		return r;
	take_all(w, chunk);
	walk_done(w);
	return (int)chunk->count;
}

int
audience_admit(struct core *core, const struct audience_wish *wish, uint64_t *cursor,
	int max, struct audience_sums *sums, struct strbuf *err)
{
	struct walk *w = walk_new(core, wish, sums);
	int r = check(w, err);
	if (r)
		return r;
	audience_read(core->db, wish->audience, *cursor, audience_charges_since(core),
		(size_t)MIN(MAX(max, 1), 4096), &w->chunk);
	int n = (int)w->chunk.count;
	take_all(w, &w->chunk);
	if (n)
		*cursor = w->chunk.rows[n - 1].contact.id;
	if (n && !wish->dry)
		announce(w);
	walk_done(w);
	audience_chunk_done(&w->chunk);
	if (!wish->dry && db_poisoned(core->db)) {
		strbuf_set(err, "the store cannot be written (%s)", db_error(core->db));
		return -EAGAIN;
	}
	return n;
}

/* ---- when it will be over ---- */

#define SEGMENT_TIME (3 * SECOND) /* where nothing was measured */

/* Hours promotions may leave in the shop's own zone. */
static size_t
own_hours(const struct core *core, enum message_class cls, struct window_rule rules[2])
{
	const struct config *config = core->config;
	const struct pack *home = packs_country(config->packs, config->country);
	size_t n = 0;
	if (home && home->rules[0].classes[cls].hours_text)
		rules[n++] = (struct window_rule){
			&home->rules[0].classes[cls].hours, NULL, config->zone, NULL};
	rules[n++] = (struct window_rule){&config->policy->open[cls],
		&config->policy->holidays, config->zone, NULL};
	return n;
}

/* What the ready channels do together: messages in a minute, today and on any later day.
 */
struct pace {
	double per_ms;
	int64_t today, daily;
};

static void
add_pace(const struct audience_wish *wish, const struct audience_sums *sums,
	struct channel *ch, int64_t sends, struct pace *p)
{
	const struct policy *policy = ch->core->config->policy;
	double segments = (double)sums->segments / (double)MAX(sends, 1);
	int64_t took = usage_send_time(ch->core->db, ch->row.id);
	double ms = segments * (double)(took ? took : SEGMENT_TIME);
	int64_t today, daily;
	if (wish->cls == CLASS_MARKETING && policy->pace_per_minute)
		ms = MAX(ms, (double)MINUTE / (double)policy->pace_per_minute);
	budget_room(ch, wish->cls, &today, &daily);
	p->per_ms += 1 / ms;
	p->today = MIN(p->today + today, INT64_MAX / 4);
	p->daily = MIN(p->daily + daily, INT64_MAX / 4);
}

static int64_t
day_end(const struct core *core, int64_t at)
{
	const char *zone = core->config->zone;
	int64_t local = at + zone_offset(zone, at);
	return zone_local_first(zone, local / DAY * DAY + DAY);
}

int64_t
audience_finish(struct core *core, const struct audience_wish *wish,
	const struct audience_sums *sums)
{
	struct pace pace = {0};
	struct window_rule rules[2];
	size_t n = own_hours(core, wish->cls, rules);
	int64_t left = sums->verdicts[VERDICT_SEND] + sums->verdicts[VERDICT_DEFER];
	int64_t at = MAX(core_now(core), sums->first);
	for (size_t i = 0; i < core->channel_count; i++)
		if (core->channels[i]->state == CHANNEL_READY &&
			(!wish->channel ||
				!strcmp(core->channels[i]->row.name, wish->channel)))
			add_pace(wish, sums, core->channels[i], left, &pace);
	if (!left || pace.per_ms <= 0)
		return 0;
	int64_t room = day_end(core, core_now(core)) > at ? pace.today : pace.daily;
	for (int day = 0; day < 4000; day++) {
		int64_t end = day_end(core, at),
			open = window_next(rules, n, at, 0, NULL);
		if (open == WINDOW_NEVER)
			return 0;
		if (open < end) {
			int64_t shut = MIN(window_closes(rules, n, open), end);
			int64_t fits =
				MIN(room, (int64_t)((double)(shut - open) * pace.per_ms));
			if (left <= fits)
				return MAX(open + (int64_t)((double)left / pace.per_ms),
					sums->last);
			left -= fits;
			room -= fits;
			at = shut;
		}
		if (open >= end || at >= end) {
			at = MAX(end, open >= end ? open : end);
			room = pace.daily;
		}
	}
	return 0;
}

/* ---- how many at once ---- */

#define TICK_NS  3500000 /* of the five milliseconds a tick may take */
#define SMALLEST 8

static int64_t
nanoseconds(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int
audience_pace_begin(struct audience_pace *pace)
{
	if (!pace->size)
		pace->size = 4 * SMALLEST;
	pace->begun = nanoseconds();
	return pace->size;
}

/* Down at once, up by a half: a machine that was busy for a moment is soon trusted again,
 * and never far beyond what it has shown. */
void
audience_pace_end(struct audience_pace *pace, int took)
{
	int64_t ns = MAX(nanoseconds() - pace->begun, 1);
	int64_t fits = took * TICK_NS / ns;
	if (took < pace->size / 2)
		return;
	fits = MIN(fits, pace->size + pace->size / 2);
	pace->size = (int)MIN(MAX(fits, SMALLEST), AUDIENCE_CHUNK);
}
