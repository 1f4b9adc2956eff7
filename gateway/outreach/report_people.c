/* What people agreed to, bought, and said of us. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/outreach/report.h"

#define LIST_MAX 2000000

void
report_consent(struct report_work *w)
{
	struct report *r = w->r;
	r->texts.people = db_number(w->db, 0,
		"SELECT count(*) FROM contacts WHERE id >= $1 AND id < $2", "ii", w->lo,
		w->hi);
	r->texts.asked = db_number(w->db, 0,
		"SELECT count(DISTINCT s.contact) FROM said s JOIN messages m ON m.id = "
		"s.message WHERE s.basis = 'asked' AND s.at >= $1 AND s.at < $2 AND "
		"m.state IN ('sent', 'delivered', 'undelivered')",
		"ii", w->from, w->until);
	r->texts.asked_agreed = db_number(w->db, 0,
		"SELECT count(DISTINCT s.contact) FROM said s JOIN messages m ON m.id = "
		"s.message WHERE s.basis = 'asked' AND s.at >= $1 AND s.at < $2 AND "
		"m.state IN ('sent', 'delivered', 'undelivered') AND EXISTS (SELECT 1 "
		"FROM consent k WHERE k.contact = s.contact AND k.action = 'grant' AND "
		"k.at >= s.at AND k.at < $2)",
		"ii", w->from, w->until);
	r->texts.agreed = db_number(w->db, 0,
		"SELECT count(DISTINCT contact) FROM consent WHERE at >= $1 AND at < $2 "
		"AND action = 'grant'",
		"ii", w->from, w->until);
	r->texts.declined = db_number(w->db, 0,
		"SELECT count(DISTINCT contact) FROM consent WHERE at >= $1 AND at < $2 "
		"AND action = 'deny'",
		"ii", w->from, w->until);
	struct db_rows *q = db_select(w->db,
		"SELECT l.contact, l.at, (SELECT max(b.id) FROM messages b WHERE "
		"b.contact = l.contact AND b.id < l.id AND b.id >= l.id - $3 AND "
		"b.outbound = 1 AND b.class = 'marketing' AND b.state IN ('sent', "
		"'delivered', 'undelivered')) FROM (SELECT contact, min(at) AS at, "
		"min(id) AS id FROM consent WHERE at >= $1 AND at < $2 AND action = "
		"'revoke' GROUP BY contact) l",
		"iii", w->from, w->until, (int64_t)REPORT_REPLY << 20);
	while (db_next(q)) {
		struct report_day *day = report_day_of(r, db_int(q, 1));
		struct report_line *l =
			db_null(q, 2) ? NULL : report_line_of(w, db_id(q, 2));
		r->texts.left++;
		if (day)
			day->left++;
		if (l)
			l->left++;
	}
	db_end(q);
}

void
report_orders(struct report_work *w)
{
	struct report *r = w->r;
	struct db_rows *q = db_select(w->db,
		"SELECT p.at, p.amount, p.counts, CASE WHEN p.at > s.first_order THEN 1 "
		"ELSE 0 END FROM purchases p LEFT JOIN contact_stats s ON s.contact = "
		"p.contact WHERE p.at >= $1 AND p.at < $2",
		"ii", w->from, w->until);
	while (db_next(q)) {
		int64_t amount = db_int(q, 1);
		bool again = db_int(q, 3) != 0;
		struct report_day *day = report_day_of(r, db_int(q, 0));
		if (!db_int(q, 2)) {
			r->shop.undone++;
			continue;
		}
		r->shop.orders++;
		r->shop.revenue += amount;
		*(again ? &r->shop.repeat_orders : &r->shop.new_orders) += 1;
		*(again ? &r->shop.repeat_revenue : &r->shop.new_revenue) += amount;
		if (day) {
			day->orders++;
			day->revenue += amount;
		}
	}
	db_end(q);
	r->shop.customers = db_number(w->db, 0,
		"SELECT count(DISTINCT phone) FROM purchases WHERE at >= $1 AND at < $2 "
		"AND counts = 1",
		"ii", w->from, w->until);
	r->shop.ever = db_number(
		w->db, 0, "SELECT count(*) FROM contact_stats WHERE orders > 0", "");
	r->shop.ever_spent = db_number(
		w->db, 0, "SELECT sum(spent) FROM contact_stats WHERE orders > 0", "");
}

void
report_retention(struct report_work *w)
{
	int64_t before = w->from - (w->until - w->from);
	w->r->shop.before = db_number(w->db, 0,
		"SELECT count(DISTINCT phone) FROM purchases WHERE at >= $1 AND at < $2 "
		"AND counts = 1",
		"ii", before, w->from);
	w->r->shop.retained = db_number(w->db, 0,
		"SELECT count(*) FROM (SELECT DISTINCT phone FROM purchases WHERE at >= "
		"$1 AND at < $2 AND counts = 1) a JOIN (SELECT DISTINCT phone FROM "
		"purchases WHERE at >= $2 AND at < $3 AND counts = 1) b ON b.phone = "
		"a.phone",
		"iii", before, w->from, w->until);
}

void
report_credits(struct report_work *w)
{
	struct report *r = w->r;
	struct db_rows *q = db_select(w->db,
		"SELECT c.message, c.kind, p.amount FROM credits c JOIN purchases p ON "
		"p.number = c.number AND p.source = c.source WHERE c.at >= $1 AND c.at < "
		"$2 AND p.counts = 1",
		"ii", w->from, w->until);
	while (db_next(q)) {
		struct report_line *l = report_line_of(w, db_id(q, 0));
		int64_t amount = db_int(q, 2);
		r->shop.credited++;
		r->shop.credited_revenue += amount;
		r->shop.by_click += !strcmp(db_text(q, 1), "click");
		if (!l)
			continue;
		l->orders++;
		l->revenue += amount;
	}
	db_end(q);
	r->shop.given = db_number(w->db, 0,
		"SELECT count(*) FROM coupons WHERE given >= $1 AND given < $2 AND state "
		"<> 'free'",
		"ii", w->from, w->until);
	r->shop.redeemed = db_number(w->db, 0,
		"SELECT count(*) FROM coupons WHERE given >= $1 AND given < $2 AND times "
		"> 0",
		"ii", w->from, w->until);
	r->shop.referred = db_number(w->db, 0,
		"SELECT count(*) FROM referrals WHERE id >= $1 AND id < $2", "ii", w->lo,
		w->hi);
	r->shop.stood = db_number(w->db, 0,
		"SELECT count(*) FROM referrals WHERE id >= $1 AND id < $2 AND state = "
		"'stood'",
		"ii", w->lo, w->hi);
}

/* ---- marks ---- */

#define SCORES                                                                           \
	" AND at >= $1 AND at < $2 AND value IS NOT NULL AND name >= 'score.' AND name " \
	"< 'score/'"

static struct report_agent *
agent_named(struct report *r, const char *name)
{
	return report_named(&r->agents, &r->agent_count, sizeof(*r->agents), name, 500);
}

/* The two best of five, or of ten where more than five is seen. */
static void
count_csat(struct report_work *w)
{
	struct report *r = w->r;
	r->csat.high = (double)db_number(w->db, 0,
		"SELECT CAST(max(value) AS BIGINT) FROM shop_events WHERE name = "
		"'score.csat'" SCORES,
		"ii", w->from, w->until);
	struct db_rows *q = db_select(w->db,
		"SELECT e.value, coalesce((SELECT t.agent FROM tickets t WHERE t.contact "
		"= "
		"e.contact AND t.id <= e.id ORDER BY t.id DESC LIMIT 1), '') FROM "
		"(SELECT "
		"id, contact, value FROM shop_events WHERE name = 'score.csat'" SCORES
		") e",
		"ii", w->from, w->until);
	while (db_next(q)) {
		bool good = db_real(q, 0) >= (r->csat.high > 5 ? 9 : 4);
		struct report_agent *a = agent_named(r, db_text(q, 1));
		r->csat.n++;
		r->csat.sum += db_real(q, 0);
		r->csat.positive += good;
		if (a) {
			a->marks++;
			a->positive += good;
		}
	}
	db_end(q);
}

void
report_marks(struct report_work *w)
{
	struct report *r = w->r;
	count_csat(w);
	struct db_rows *q = db_select(w->db,
		"SELECT value FROM shop_events WHERE name = 'score.nps'" SCORES, "ii",
		w->from, w->until);
	while (db_next(q)) {
		r->nps.n++;
		r->nps.sum += db_real(q, 0);
		r->nps.positive += db_real(q, 0) >= 9;
		r->nps.negative += db_real(q, 0) <= 6;
	}
	db_end(q);
}

/* ---- tickets ---- */

struct times {
	int64_t *list;
	size_t n;
};

static void
keep_time(struct times *t, int64_t ms)
{
	int64_t *at = report_place(&t->list, &t->n, sizeof(*t->list), LIST_MAX);
	if (at)
		*at = ms;
}

static void
count_ticket(struct report *r, struct report_agent *a, int64_t answered, int64_t closed)
{
	r->tickets.opened++;
	r->tickets.answered += answered > 0;
	r->tickets.closed += closed > 0;
	r->tickets.unanswered += !answered && !closed;
	if (!a)
		return;
	a->tickets++;
	a->answered += answered > 0;
	a->closed += closed > 0;
}

/* What a customer told us to do better is closed as "feedback", and as "acted" once that
 * was done; in the shop's own language too. */
static void
count_feedback(struct report *r, const char *outcome)
{
	bool acted = !strcmp(outcome, "acted") || !strcmp(outcome, "반영");
	r->tickets.acted += acted;
	r->tickets.feedback +=
		acted || !strcmp(outcome, "feedback") || !strcmp(outcome, "의견");
}

void
report_tickets(struct report_work *w)
{
	struct times all = {NULL, 0}, own = {NULL, 0};
	char name[REPORT_NAME] = "";
	struct db_rows *q = db_select(w->db,
		"SELECT agent, created, answered, closed, outcome FROM tickets WHERE "
		"created >= "
		"$1 "
		"AND created < $2 ORDER BY agent",
		"ii", w->from, w->until);
	bool more = db_next(q);
	while (more) {
		int64_t answered = db_int(q, 2), took = answered - db_int(q, 1);
		snprintf(name, sizeof(name), "%s", db_text(q, 0));
		count_ticket(w->r, agent_named(w->r, name), answered, db_int(q, 3));
		if (db_int(q, 3))
			count_feedback(w->r, db_text(q, 4));
		if (answered) {
			keep_time(&all, took);
			keep_time(&own, took);
		}
		more = db_next(q);
		if (more && !strcmp(name, db_text(q, 0)))
			continue;
		struct report_agent *a = agent_named(w->r, name); /* it may have moved */
		if (a)
			a->answer_ms = report_median(own.list, own.n);
		free(own.list);
		own = (struct times){NULL, 0};
	}
	db_end(q);
	w->r->tickets.answer_ms = report_median(all.list, all.n);
	free(all.list);
	free(own.list);
}

/* ---- where people come from, what journeys are worth ---- */

void
report_sources(struct report_work *w)
{
	struct db_rows *q = db_select(w->db,
		"SELECT a.text, count(*), sum(CASE WHEN EXISTS (SELECT 1 FROM consent k "
		"WHERE k.contact = a.contact AND k.action = 'grant') THEN 1 ELSE 0 END), "
		"sum(coalesce(s.orders, 0)), sum(coalesce(s.spent, 0)) FROM attributes a "
		"LEFT JOIN contact_stats s ON s.contact = a.contact WHERE a.name = "
		"'source' AND a.text IS NOT NULL GROUP BY a.text ORDER BY count(*) DESC "
		"LIMIT 100",
		"");
	while (db_next(q)) {
		struct report_source *s = report_named(&w->r->sources,
			&w->r->source_count, sizeof(*s), db_text(q, 0), 100);
		if (!s)
			continue;
		s->people += db_int(q, 1);
		s->agreed += db_int(q, 2);
		s->orders += db_int(q, 3);
		s->revenue += db_int(q, 4);
	}
	db_end(q);
}

/* Entries that began in the period. */
void
report_journeys(struct report_work *w)
{
	struct db_rows *q = db_select(w->db,
		"SELECT script, CASE WHEN state = 'holdout' THEN 1 ELSE 0 END, count(*), "
		"sum(CASE WHEN goal > 0 THEN 1 ELSE 0 END), sum(CASE WHEN credit <> '' "
		"THEN 1 ELSE 0 END), CAST(sum(coalesce(goal_value, 0)) * 1000 AS BIGINT) "
		"FROM entries WHERE id >= $1 AND id < $2 AND state <> 'skipped' GROUP BY "
		"script, CASE WHEN state = 'holdout' THEN 1 ELSE 0 END",
		"ii", w->lo, w->hi);
	while (db_next(q)) {
		struct report_journey *j = report_named(&w->r->journeys,
			&w->r->journey_count, sizeof(*j), db_text(q, 0), 500);
		if (!j)
			continue;
		if (db_int(q, 1)) {
			j->out += db_int(q, 2);
			j->out_goals += db_int(q, 3);
			continue;
		}
		j->in += db_int(q, 2);
		j->in_goals += db_int(q, 3);
		j->credited += db_int(q, 4);
		j->value += db_int(q, 5);
	}
	db_end(q);
}
