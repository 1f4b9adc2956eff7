#include "gateway/outreach/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/store/money.h"
#include "gateway/text/zone.h"

#define LIST_MAX 2000000                /* times kept for a median */
#define SLOTS    (REPORT_LINES * 2 + 1) /* of the lines' table */

#define SENT "('sent', 'delivered', 'undelivered')"

static int64_t
mono(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- places in lists ---- */

void *
report_place(void *list, size_t *count, size_t size, size_t max)
{
	char **at = list;
	if (*count == max)
		return NULL;
	if ((*count & (*count - 1)) == 0)
		*at = xrealloc(*at, MAX(*count * 2, 1) * size);
	char *fresh = *at + *count * size;
	memset(fresh, 0, size);
	++*count;
	return fresh;
}

void *
report_named(void *list, size_t *count, size_t size, const char *name, size_t max)
{
	char **at = list;
	char cut[REPORT_NAME];
	snprintf(cut, sizeof(cut), "%s", name);
	for (size_t i = 0; i < *count; i++)
		if (!strcmp(*at + i * size, cut))
			return *at + i * size;
	char *fresh = report_place(list, count, size, max);
	if (fresh)
		memcpy(fresh, cut, REPORT_NAME);
	return fresh;
}

/* ---- lines ---- */

static size_t
hash_line(const struct report_line *l)
{
	const char *const texts[] = {l->script, l->step, l->variant};
	uint64_t h = 1469598103934665603u;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		for (const char *p = texts[i]; *p; p++)
			h = (h ^ (unsigned char)*p) * 1099511628211u;
		h = (h ^ 0xFF) * 1099511628211u;
	}
	return (size_t)(h ^ h >> 32);
}

static bool
is_line(const struct report_line *a, const struct report_line *b)
{
	return !strcmp(a->step, b->step) && !strcmp(a->script, b->script) &&
	       !strcmp(a->variant, b->variant);
}

struct report_line *
report_line_named(
	struct report *r, const char *script, const char *step, const char *variant)
{
	struct report_line like = {.sent = 0};
	snprintf(like.script, sizeof(like.script), "%s", script);
	snprintf(like.step, sizeof(like.step), "%s", step);
	snprintf(like.variant, sizeof(like.variant), "%s", variant);
	if (!r->line_slots)
		r->line_slots = xcalloc(SLOTS, sizeof(*r->line_slots));
	size_t at = hash_line(&like) % SLOTS;
	for (; r->line_slots[at]; at = (at + 1) % SLOTS)
		if (is_line(&r->lines[r->line_slots[at] - 1], &like))
			return &r->lines[r->line_slots[at] - 1];
	struct report_line *l =
		report_place(&r->lines, &r->line_count, sizeof(*r->lines), REPORT_LINES);
	if (l) {
		*l = like;
		r->line_slots[at] = (uint32_t)r->line_count;
	}
	return l;
}

/* "c7:123" is the text of campaign 7 for contact 123, "c7r:123" its reminder. A row says
 * which of its variants that was. */
static struct report_line *
campaign_line(struct report_work *w, const char *key, uint64_t contact)
{
	char *end;
	unsigned long long id = *key == 'c' ? strtoull(key + 1, &end, 10) : 0;
	if (!id || (*end != ':' && strncmp(end, "r:", 2) != 0))
		return NULL;
	struct db_rows *q = db_select(w->db,
		"SELECT c.name, coalesce((SELECT k.variant FROM campaign_members k WHERE "
		"k.campaign = c.id AND k.contact = $2), '') FROM campaigns c WHERE c.id "
		"= $1",
		"uu", (uint64_t)id, contact);
	struct report_line *l = NULL;
	if (db_next(q))
		l = report_line_named(w->r, db_text(q, 0),
			*end == 'r' ? "reminder" : "campaign", db_text(q, 1));
	db_end(q);
	return l;
}

struct report_line *
report_line_told(struct report_work *w, const char *script, const char *step,
	const char *variant, const char *origin, const char *key, uint64_t contact)
{
	struct report_line *l = NULL;
	if (*script || *step)
		return report_line_named(w->r, script, step, variant);
	if (!strcmp(origin, "campaign"))
		l = campaign_line(w, key, contact);
	return l ? l : report_line_named(w->r, "", origin, "");
}

struct report_line *
report_line_of(struct report_work *w, uint64_t message)
{
	struct db_rows *q = db_select(w->db,
		"SELECT s.script, s.step, s.variant, m.origin, m.key, m.contact FROM "
		"messages m LEFT JOIN said s ON s.message = m.id WHERE m.id = $1",
		"u", message);
	struct report_line *l = NULL;
	if (db_next(q))
		l = report_line_told(w, db_text(q, 0), db_text(q, 1), db_text(q, 2),
			db_text(q, 3), db_text(q, 4), db_id(q, 5));
	db_end(q);
	return l;
}

/* ---- days, hours, channels ---- */

struct report_day *
report_day_of(struct report *r, int64_t wall)
{
	int64_t day = (wall + zone_offset(r->ask.zone, wall)) / DAY;
	if (!r->day_count || day < r->days[0].day)
		return NULL;
	size_t i = (size_t)(day - r->days[0].day);
	return i < r->day_count ? &r->days[i] : NULL;
}

static void
make_days(struct report *r)
{
	int64_t last = r->ask.until - 1;
	int64_t to = (last + zone_offset(r->ask.zone, last)) / DAY;
	int64_t d = (r->ask.from + zone_offset(r->ask.zone, r->ask.from)) / DAY;
	for (; d <= to; d++) {
		struct report_day *day = report_place(
			&r->days, &r->day_count, sizeof(*r->days), REPORT_DAYS + 1);
		if (!day)
			return;
		day->day = d;
	}
}

void
report_hours_of(struct report *r, int64_t wall, struct report_hour *ret[2])
{
	int64_t local = wall + zone_offset(r->ask.zone, wall);
	ret[0] = &r->hours[local % DAY / HOUR];
	ret[1] = &r->weekdays[(local / DAY + 3) % 7]; /* 1970 began on a Thursday */
}

static int
by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

int64_t
report_median(int64_t *times, size_t n)
{
	if (!n)
		return 0;
	qsort(times, n, sizeof(*times), by_time);
	return n % 2 ? times[n / 2] : (times[n / 2 - 1] + times[n / 2]) / 2;
}

struct report_channel *
report_channel_named(struct report *r, const char *name)
{
	return report_named(
		&r->channels, &r->channel_count, sizeof(*r->channels), name, 200);
}

bool
report_is_late(const struct report_work *w)
{
	return mono() > w->deadline;
}

/* ---- costs ---- */

static void
add_cost(void *arg, const struct money_row *row)
{
	struct report *r = arg;
	struct report_channel *ch =
		*row->channel ? report_channel_named(r, row->channel) : NULL;
	r->texts.parts += row->parts;
	r->texts.cost += row->cost;
	if (ch)
		ch->cost += row->cost;
}

/* All of it from the sums of the days. */
static void
count_cost(struct report_work *w)
{
	const struct report *r = w->r;
	if (r->day_count)
		money_list(w->db, r->days[0].day, r->days[r->day_count - 1].day, add_cost,
			w->r);
}

/* ---- what people did with them ---- */

static void
count_reply(struct report_work *w, uint64_t text, const char *cls)
{
	struct report_line *l = report_line_of(w, text);
	struct report_hour *at[2];
	w->r->texts.replied++;
	if (l)
		l->replied++;
	if (strcmp(cls, "marketing") != 0)
		return;
	report_hours_of(w->r, (int64_t)(text >> 20), at);
	at[0]->replied++;
	at[1]->replied++;
}

/* Through what came in, which is little; the newest of ours before each. A second text
 * after the same one of ours is no second reply. */
static void
count_replies(struct report_work *w)
{
	int64_t *times = NULL;
	size_t n = 0;
	struct db_rows *q = db_select(w->db,
		"SELECT r.ours, min(r.theirs), o.class FROM (SELECT i.id AS theirs, "
		"(SELECT max(b.id) FROM messages b WHERE b.contact = i.contact AND b.id "
		"< "
		"i.id AND b.id >= i.id - $3 AND b.outbound = 1 AND b.state IN " SENT
		") AS ours FROM messages i WHERE i.id >= $1 AND i.id < $2 AND i.state = "
		"'received') r JOIN messages o ON o.id = r.ours WHERE r.ours >= $1 GROUP "
		"BY r.ours, o.class",
		"iii", w->lo, w->hi, (int64_t)REPORT_REPLY << 20);
	while (db_next(q)) {
		int64_t *t = report_place(&times, &n, sizeof(*times), LIST_MAX);
		if (t)
			*t = (db_int(q, 1) >> 20) - (db_int(q, 0) >> 20);
		count_reply(w, db_id(q, 0), db_text(q, 2));
	}
	db_end(q);
	w->r->texts.reply_ms = report_median(times, n);
	free(times);
}

/* ---- all of it ---- */

static const struct {
	const char *name;
	void (*count)(struct report_work *w);
} parts[REPORT_PARTS] = {
	[REPORT_CONSENT] = {"consent", report_consent},
	[REPORT_COST] = {"cost", count_cost},
	[REPORT_ORDERS] = {"orders", report_orders},
	[REPORT_CREDITS] = {"credits", report_credits},
	[REPORT_RETENTION] = {"retention", report_retention},
	[REPORT_MARKS] = {"marks", report_marks},
	[REPORT_TICKETS] = {"tickets", report_tickets},
	[REPORT_SOURCES] = {"sources", report_sources},
	[REPORT_JOURNEYS] = {"journeys", report_journeys},
	[REPORT_REPLIES] = {"replies", count_replies},
	[REPORT_TEXTS] = {"texts", report_texts},
};

const char *
report_part_name(enum report_part part)
{
	return parts[part].name;
}

void
report_count(struct db *db, const struct report_ask *ask, struct report *ret)
{
	*ret = (struct report){.ask = *ask};
	struct report_work w = {.db = db,
		.r = ret,
		.lo = MAX(ask->from, 1) << 20,
		.hi = ask->until << 20,
		.from = ask->from,
		.until = ask->until,
		.deadline = mono() + ask->patience};
	make_days(ret);
	ret->texts_until = ask->from;
	for (size_t i = 0; i < REPORT_PARTS; i++)
		if (report_is_late(&w))
			ret->missing |= REPORT_PART(i);
		else
			parts[i].count(&w);
	ret->partial = ret->missing != 0;
}

void
report_done(struct report *r)
{
	free(r->lines);
	free(r->line_slots);
	free(r->channels);
	free(r->agents);
	free(r->sources);
	free(r->journeys);
	free(r->days);
}

void
report_total(const struct report *r, struct report_line *ret)
{
	*ret = (struct report_line){.sent = 0};
	for (size_t i = 0; i < r->line_count; i++) {
		const struct report_line *l = &r->lines[i];
		ret->sent += l->sent;
		ret->delivered += l->delivered;
		ret->linked += l->linked;
		ret->clicked += l->clicked;
		ret->replied += l->replied;
		ret->left += l->left;
		ret->orders += l->orders;
		ret->revenue += l->revenue;
		ret->cost += l->cost;
	}
}
