#include "gateway/outreach/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/store/money.h"
#include "gateway/text/zone.h"

#define LIST_MAX 2000000 /* times kept for a median */

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

struct report_line *
report_line_named(
	struct report *r, const char *script, const char *step, const char *variant)
{
	struct report_line like = {.sent = 0};
	snprintf(like.script, sizeof(like.script), "%s", script);
	snprintf(like.step, sizeof(like.step), "%s", step);
	snprintf(like.variant, sizeof(like.variant), "%s", variant);
	for (size_t i = 0; i < r->line_count; i++) {
		struct report_line *l = &r->lines[i];
		if (!strcmp(l->step, like.step) && !strcmp(l->script, like.script) &&
			!strcmp(l->variant, like.variant))
			return l;
	}
	struct report_line *l =
		report_place(&r->lines, &r->line_count, sizeof(*r->lines), REPORT_LINES);
	if (l)
		*l = like;
	return l;
}

struct report_line *
report_line_of(struct report_work *w, uint64_t message)
{
	struct db_rows *q = db_select(w->db,
		"SELECT coalesce(s.script, ''), coalesce(s.step, m.origin), "
		"coalesce(s.variant, '') FROM messages m LEFT JOIN said s ON s.message = "
		"m.id WHERE m.id = $1",
		"u", message);
	struct report_line *l = NULL;
	if (db_next(q))
		l = report_line_named(w->r, db_text(q, 0), db_text(q, 1), db_text(q, 2));
	db_end(q);
	return l;
}

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

static void
hour_of(struct report *r, int64_t wall, struct report_hour *ret[2])
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

/* ---- texts ---- */

static bool
handed_over(const char *state)
{
	return !strcmp(state, "sent") || !strcmp(state, "delivered") ||
	       !strcmp(state, "undelivered");
}

static bool
kept_back(const char *state)
{
	return !strcmp(state, "suppressed") || !strcmp(state, "expired") ||
	       !strcmp(state, "canceled");
}

static void
count_state(struct report *r, const char *state, int64_t n)
{
	const struct {
		const char *name;
		int64_t *count;
	} states[] = {{"delivered", &r->texts.delivered},
		{"undelivered", &r->texts.undelivered}, {"failed", &r->texts.failed},
		{"suppressed", &r->texts.suppressed}, {"expired", &r->texts.expired},
		{"canceled", &r->texts.canceled}, {"in_doubt", &r->texts.doubt},
		{"held", &r->texts.waiting}, {"queued", &r->texts.waiting},
		{"sending", &r->texts.waiting}, {"accepted", &r->texts.waiting}};
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (!strcmp(states[i].name, state))
			*states[i].count += n;
	if (handed_over(state))
		r->texts.sent += n;
}

static struct report_channel *
channel_named(struct report *r, const char *name)
{
	return report_named(
		&r->channels, &r->channel_count, sizeof(*r->channels), name, 200);
}

static void
count_channel(struct report *r, const char *name, const char *state, bool out, int64_t n)
{
	struct report_channel *ch = *name ? channel_named(r, name) : NULL;
	if (!ch)
		return;
	ch->received += out ? 0 : n;
	ch->sent += out && handed_over(state) ? n : 0;
	ch->delivered += !strcmp(state, "delivered") ? n : 0;
	ch->undelivered += !strcmp(state, "undelivered") ? n : 0;
	ch->failed += !strcmp(state, "failed") ? n : 0;
}

static void
count_bucket(struct report *r, struct db_rows *q)
{
	int64_t wall = db_int(q, 0) * 15 * MINUTE, n = db_int(q, 5);
	bool out = db_int(q, 1) != 0;
	const char *state = db_text(q, 3);
	bool sent = out && handed_over(state);
	struct report_day *day = report_day_of(r, MAX(wall, r->ask.from));
	if (out)
		count_state(r, state, n);
	else
		r->texts.received += n;
	if (sent && !strcmp(db_text(q, 2), "marketing")) {
		struct report_hour *at[2];
		hour_of(r, wall, at);
		r->texts.promotions += n;
		at[0]->sent += n;
		at[1]->sent += n;
	}
	if (day) {
		day->sent += sent ? n : 0;
		day->received += out ? 0 : n;
	}
	count_channel(r, db_text(q, 4), state, out, n);
}

/* One walk over the period's texts, by the quarter of an hour they were written in: no
 * zone divides time more finely. */
static void
count_texts(struct report_work *w)
{
	struct db_rows *q = db_select(w->db,
		"SELECT g.quarter, g.outbound, g.class, g.state, coalesce(c.name, ''), "
		"g.n FROM (SELECT id / 1048576 / 900000 AS quarter, outbound, class, "
		"state, channel, count(*) AS n FROM messages WHERE id >= $1 AND id < $2 "
		"GROUP BY id / 1048576 / 900000, outbound, class, state, channel) g LEFT "
		"JOIN channels c ON c.id = g.channel",
		"ii", w->lo, w->hi);
	while (db_next(q))
		count_bucket(w->r, q);
	db_end(q);
	w->r->texts.reached = db_number(w->db, 0,
		"SELECT count(DISTINCT contact) FROM messages WHERE id >= $1 AND id < $2 "
		"AND outbound = 1 AND class = 'marketing' AND state IN " SENT,
		"ii", w->lo, w->hi);
}

static void
count_line(struct report_line *l, const char *state, int64_t n)
{
	if (!l)
		return;
	l->sent += handed_over(state) ? n : 0;
	l->delivered += !strcmp(state, "delivered") ? n : 0;
	l->failed += !strcmp(state, "failed") ? n : 0;
	l->kept += kept_back(state) ? n : 0;
}

/* What each step cost is known of the single texts, as far as those are kept; answers are
 * not. */
static void
count_steps(struct report_work *w)
{
	struct db_rows *q = db_select(w->db,
		"SELECT s.script, s.step, s.variant, m.state, count(*), "
		"sum(coalesce(g.cost, 0)) FROM said s JOIN messages m ON m.id = "
		"s.message "
		"LEFT JOIN charges g ON g.message = s.message WHERE s.message >= $1 AND "
		"s.message < $2 GROUP BY s.script, s.step, s.variant, m.state",
		"ii", w->lo, w->hi);
	while (db_next(q)) {
		struct report_line *l = report_line_named(
			w->r, db_text(q, 0), db_text(q, 1), db_text(q, 2));
		count_line(l, db_text(q, 3), db_int(q, 4));
		if (l)
			l->cost += db_int(q, 5);
	}
	db_end(q);
}

/* What no script said, by where it came from. */
static void
count_origins(struct report_work *w)
{
	struct db_rows *q = db_select(w->db,
		"SELECT m.origin, m.state, count(*) FROM messages m WHERE m.id >= $1 AND "
		"m.id < $2 AND m.outbound = 1 AND NOT EXISTS (SELECT 1 FROM said s WHERE "
		"s.message = m.id) GROUP BY m.origin, m.state",
		"ii", w->lo, w->hi);
	while (db_next(q))
		count_line(report_line_named(w->r, "", db_text(q, 0), ""), db_text(q, 1),
			db_int(q, 2));
	db_end(q);
}

static void
add_cost(void *arg, const struct money_row *row)
{
	struct report *r = arg;
	struct report_channel *ch = *row->channel ? channel_named(r, row->channel) : NULL;
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

/* Texts with a link, those of them that were followed, of one line and quarter. */
static void
add_clicks(struct report *r, struct db_rows *q)
{
	struct report_line *l =
		report_line_named(r, db_text(q, 0), db_text(q, 1), db_text(q, 2));
	struct report_hour *at[2];
	int64_t n = db_int(q, 5), clicked = db_int(q, 6);
	r->texts.linked += n;
	r->texts.clicked += clicked;
	if (l) {
		l->linked += n;
		l->clicked += clicked;
	}
	if (strcmp(db_text(q, 4), "marketing") != 0)
		return;
	hour_of(r, db_int(q, 3) * 15 * MINUTE, at);
	at[0]->clicked += clicked;
	at[1]->clicked += clicked;
}

static void
count_clicks(struct report_work *w)
{
	struct db_rows *q = db_select(w->db,
		"SELECT coalesce(s.script, ''), coalesce(s.step, m.origin), "
		"coalesce(s.variant, ''), m.id / 1048576 / 900000, m.class, count(*), "
		"sum(CASE WHEN l.clicked > 0 THEN 1 ELSE 0 END) FROM (SELECT message, "
		"max(clicked) AS clicked FROM links WHERE message >= $1 AND message < $2 "
		"AND message > 0 GROUP BY message) l JOIN messages m ON m.id = l.message "
		"LEFT JOIN said s ON s.message = l.message WHERE m.state IN " SENT
		" GROUP BY coalesce(s.script, ''), coalesce(s.step, m.origin), "
		"coalesce(s.variant, ''), m.id / 1048576 / 900000, m.class",
		"ii", w->lo, w->hi);
	while (db_next(q))
		add_clicks(w->r, q);
	db_end(q);
	q = db_select(w->db,
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
	hour_of(w->r, (int64_t)(text >> 20), at);
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

void
report_count(struct db *db, const struct report_ask *ask, struct report *ret)
{
	static void (*const parts[])(struct report_work * w) = {count_texts, count_steps,
		count_origins, report_consent, count_cost, report_orders, report_credits,
		report_retention, report_marks, report_tickets, report_sources,
		report_journeys, count_clicks, count_replies};
	*ret = (struct report){.ask = *ask};
	struct report_work w = {.db = db,
		.r = ret,
		.lo = MAX(ask->from, 1) << 20,
		.hi = ask->until << 20,
		.from = ask->from,
		.until = ask->until};
	int64_t deadline = mono() + ask->patience;
	make_days(ret);
	for (size_t i = 0; i < ARRAY_LEN(parts) && !ret->partial; i++) {
		parts[i](&w);
		ret->partial = i + 1 < ARRAY_LEN(parts) && mono() > deadline;
	}
}

void
report_done(struct report *r)
{
	free(r->lines);
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
