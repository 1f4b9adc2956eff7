/* One walk over a period's texts, in the order they were written: each row is counted for
 * its day, hour, channel and line at once. A statement for each of those questions would
 * read all of them again, and a grouping would sort them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/outreach/report.h"
#include "gateway/text/zone.h"

#define PAGE     20000         /* rows of one statement: a snapshot stays short */
#define PEOPLE   (1 << 22)     /* more who had a promotion are counted by the engine */
#define QUARTER  (15 * MINUTE) /* no zone divides time more finely */
#define CHANNELS 200

struct walk {
	struct report_work *w;
	uint64_t *people; /* who had a promotion: open addressing, 0 is nobody */
	size_t slots, known;
	bool crowded;
	int64_t quarter; /* of the row before, and where its rows are counted */
	struct report_day *day;
	struct report_hour *hours[2];
	struct {
		uint64_t id;
		size_t at; /* in report.channels, plus one; 0: it has no name */
	} channels[CHANNELS];
	size_t channel_count;
};

/* ---- states ---- */

enum kind { WAITS, SENT, KEPT, FAILED, DOUBT, UNKNOWN };

static const struct {
	const char *name;
	enum kind kind;
	size_t text, channel; /* where it is counted in `texts`, in a channel */
} states[] = {
#define AT(what) offsetof(struct report, texts.what)
#define IN(what) offsetof(struct report_channel, what)
	{"delivered", SENT, AT(delivered), IN(delivered)},
	{"sent", SENT, 0, 0},
	{"undelivered", SENT, AT(undelivered), IN(undelivered)},
	{"suppressed", KEPT, AT(suppressed), 0},
	{"expired", KEPT, AT(expired), 0},
	{"canceled", KEPT, AT(canceled), 0},
	{"failed", FAILED, AT(failed), IN(failed)},
	{"in_doubt", DOUBT, AT(doubt), 0},
	{"held", WAITS, AT(waiting), 0},
	{"queued", WAITS, AT(waiting), 0},
	{"sending", WAITS, AT(waiting), 0},
	{"accepted", WAITS, AT(waiting), 0},
	{NULL, UNKNOWN, 0, 0},
#undef AT
#undef IN
};

static size_t
state_of(const char *name)
{
	size_t i = 0;
	while (states[i].name && strcmp(states[i].name, name) != 0)
		i++;
	return i;
}

static void
add_at(void *base, size_t offset)
{
	if (offset)
		++*(int64_t *)(void *)((char *)base + offset);
}

/* ---- people ---- */

static bool
put(uint64_t *slots, size_t count, uint64_t contact)
{
	size_t i = (size_t)(contact * 0x9E3779B97F4A7C15u >> 32) & (count - 1);
	while (slots[i] && slots[i] != contact)
		i = (i + 1) & (count - 1);
	bool fresh = !slots[i];
	slots[i] = contact;
	return fresh;
}

static void
grow(struct walk *k)
{
	size_t wider = k->slots ? k->slots * 2 : 1024;
	uint64_t *fresh = xcalloc(wider, sizeof(*fresh));
	for (size_t i = 0; i < k->slots; i++)
		if (k->people[i])
			put(fresh, wider, k->people[i]);
	free(k->people);
	k->people = fresh;
	k->slots = wider;
}

static void
reach(struct walk *k, uint64_t contact)
{
	if (k->crowded)
		return;
	if (k->known * 2 >= k->slots && k->slots < PEOPLE)
		grow(k);
	k->crowded = k->known * 2 >= k->slots;
	if (!k->crowded)
		k->known += put(k->people, k->slots, contact);
}

static int64_t
people_reached(struct walk *k)
{
	struct report_work *w = k->w;
	if (!k->crowded)
		return (int64_t)k->known;
	return db_number(w->db, 0,
		"SELECT count(DISTINCT contact) FROM messages WHERE id >= $1 AND id < $2 "
		"AND outbound = 1 AND class = 'marketing' AND state IN ('sent', "
		"'delivered', 'undelivered')",
		"ii", w->lo, w->hi);
}

/* ---- places ---- */

static void
place_in_time(struct walk *k, int64_t wall)
{
	struct report *r = k->w->r;
	if (wall / QUARTER == k->quarter)
		return;
	k->quarter = wall / QUARTER;
	k->day = report_day_of(r, MAX(k->quarter * QUARTER, r->ask.from));
	report_hours_of(r, k->quarter * QUARTER, k->hours);
}

static struct report_channel *
find_channel(struct walk *k, uint64_t id)
{
	struct report *r = k->w->r;
	size_t i = 0;
	while (i < k->channel_count && k->channels[i].id != id)
		i++;
	if (i == CHANNELS)
		return NULL;
	if (i == k->channel_count) {
		struct db_rows *q = db_select(
			k->w->db, "SELECT name FROM channels WHERE id = $1", "u", id);
		struct report_channel *ch = NULL;
		if (db_next(q) && *db_text(q, 0))
			ch = report_channel_named(r, db_text(q, 0));
		db_end(q);
		k->channels[k->channel_count].id = id;
		k->channels[k->channel_count++].at =
			ch ? (size_t)(ch - r->channels) + 1 : 0;
	}
	return k->channels[i].at ? &r->channels[k->channels[i].at - 1] : NULL;
}

/* ---- rows ---- */

enum column {
	ID,
	OUTBOUND,
	CLASS,
	STATE,
	CHANNEL,
	CONTACT,
	ORIGIN,
	SCRIPT,
	STEP,
	VARIANT,
	COST,
	CLICKED,
	KEY
};

static void
count_inbound(struct walk *k, struct db_rows *q)
{
	struct report_channel *ch = find_channel(k, db_id(q, CHANNEL));
	k->w->r->texts.received++;
	if (ch)
		ch->received++;
	if (k->day)
		k->day->received++;
}

static void
count_line(struct report_line *l, size_t state, int64_t cost)
{
	l->sent += states[state].kind == SENT;
	l->delivered += !strcmp(states[state].name, "delivered");
	l->failed += states[state].kind == FAILED;
	l->kept += states[state].kind == KEPT;
	l->cost += cost;
}

static void
count_sent(struct walk *k, struct db_rows *q, struct report_line *l)
{
	struct report *r = k->w->r;
	bool linked = !db_null(q, CLICKED), clicked = db_int(q, CLICKED) > 0;
	bool promotion = !strcmp(db_text(q, CLASS), "marketing");
	r->texts.sent++;
	r->texts.linked += linked;
	r->texts.clicked += clicked;
	if (l) {
		l->linked += linked;
		l->clicked += clicked;
	}
	if (k->day)
		k->day->sent++;
	if (!promotion)
		return;
	r->texts.promotions++;
	reach(k, db_id(q, CONTACT));
	for (size_t i = 0; i < ARRAY_LEN(k->hours); i++) {
		k->hours[i]->sent++;
		k->hours[i]->clicked += clicked;
	}
}

static void
count_outbound(struct walk *k, struct db_rows *q)
{
	size_t state = state_of(db_text(q, STATE));
	struct report_channel *ch = find_channel(k, db_id(q, CHANNEL));
	struct report_line *l = report_line_told(k->w, db_text(q, SCRIPT),
		db_text(q, STEP), db_text(q, VARIANT), db_text(q, ORIGIN),
		db_text(q, KEY), db_id(q, CONTACT));
	add_at(k->w->r, states[state].text);
	if (ch)
		add_at(ch, states[state].channel);
	if (l && states[state].name)
		count_line(l, state, db_int(q, COST));
	if (states[state].kind != SENT)
		return;
	if (ch)
		ch->sent++;
	count_sent(k, q, l);
}

/* One page; the id it came to, 0 at the end. */
static int64_t
walk_page(struct walk *k, int64_t after)
{
	int64_t last = after;
	int rows = 0;
	struct db_rows *q = db_select(k->w->db,
		"SELECT m.id, m.outbound, m.class, m.state, m.channel, m.contact, "
		"m.origin, s.script, s.step, s.variant, g.cost, (SELECT max(l.clicked) "
		"FROM links l WHERE l.message = m.id AND l.message > 0), CASE WHEN "
		"m.origin = 'campaign' THEN m.key END FROM messages m LEFT JOIN said s "
		"ON s.message = m.id LEFT JOIN charges g ON g.message = m.id WHERE m.id "
		"> $1 AND m.id < $2 ORDER BY m.id LIMIT $3",
		"iii", after, k->w->hi, (int64_t)PAGE);
	for (; db_next(q); rows++) {
		last = db_int(q, ID);
		place_in_time(k, last >> 20);
		if (db_int(q, OUTBOUND))
			count_outbound(k, q);
		else
			count_inbound(k, q);
	}
	db_end(q);
	return rows < PAGE ? 0 : last;
}

static void
count_visits(struct report_work *w)
{
	struct db_rows *q = db_select(w->db,
		"SELECT kind, count(*) FROM clicks WHERE id >= $1 AND id < $2 GROUP BY "
		"kind",
		"ii", w->lo, w->hi);
	while (db_next(q)) {
		if (!strcmp(db_text(q, 0), "machine"))
			w->r->texts.machines = db_int(q, 1);
		if (!strcmp(db_text(q, 0), "other"))
			w->r->texts.other_devices = db_int(q, 1);
	}
	db_end(q);
}

void
report_texts(struct report_work *w)
{
	struct walk k = {.w = w, .quarter = -1};
	int64_t next = w->lo - 1;
	do
		next = walk_page(&k, next);
	while (next && !report_is_late(w));
	if (next) {
		w->r->missing |= REPORT_PART(REPORT_TEXTS);
		w->r->texts_until = next < w->lo ? w->from : next >> 20;
	} else {
		w->r->texts_until = w->until;
		w->r->texts.reached = people_reached(&k);
		count_visits(w);
	}
	free(k.people);
}
