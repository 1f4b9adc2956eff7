/* GET /v1/report: the measures of a period, each with its formula and how many it is of.
 * Counted in the reader thread (outreach/report.h), by days of the shop. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/resources.h"
#include "gateway/base/iso.h"
#include "gateway/net/jsonw.h"
#include "gateway/api/variants.h"
#include "gateway/core/proportion.h"
#include "gateway/outreach/report.h"
#include "gateway/outreach/report_words.h"
#include "gateway/text/sheet.h"
#include "gateway/text/zone.h"

#define PATIENCE   (20 * SECOND)
#define OPTOUT_BAD 2.55 /* percent */

struct job {
	bool ko;
	struct report_ask ask;
	struct report report;
	char zone[64], currency[4];
	struct strbuf body;
	struct jsonw w;
};

static void
release(void *arg)
{
	struct job *job = arg;
	report_done(&job->report);
	strbuf_done(&job->body);
	free(job);
}

static const char *
word(const struct job *job, const char *english)
{
	return report_word(job->ko ? "ko" : "en", english);
}

/* ---- measures ---- */

struct measure {
	const char *name, *title, *unit, *formula;
	bool has;
	double value;
	int64_t of, n; /* of: -1 when it is no share */
};

/* What a measure is made of. One whose parts were not all counted has no value: half a
 * sum is no sum. */
#define TEXTS   REPORT_PART(REPORT_TEXTS)
#define CONSENT REPORT_PART(REPORT_CONSENT)
#define COST    REPORT_PART(REPORT_COST)
#define ORDERS  REPORT_PART(REPORT_ORDERS)
#define CREDITS REPORT_PART(REPORT_CREDITS)
#define RETAIN  REPORT_PART(REPORT_RETENTION)
#define MARKS   REPORT_PART(REPORT_MARKS)
#define TICKETS REPORT_PART(REPORT_TICKETS)
#define REPLIES REPORT_PART(REPORT_REPLIES)

static void
write_measure(struct job *job, unsigned needs, const struct measure *m)
{
	struct jsonw *w = &job->w;
	bool missing = job->report.missing & needs;
	jsonw_open(w, NULL, '{');
	jsonw_text(w, "name", m->name);
	jsonw_text(w, "title", word(job, m->title));
	jsonw_text(w, "unit", m->unit);
	if (m->has && !missing)
		jsonw_real(w, "value", m->value);
	else
		jsonw_null(w, "value");
	if (m->of >= 0)
		jsonw_int(w, "of", missing ? 0 : m->of);
	jsonw_int(w, "n", missing ? 0 : m->n);
	jsonw_bool(w, "small", missing || m->n < REPORT_SMALL);
	jsonw_bool(w, "missing", missing);
	jsonw_text(w, "formula", word(job, m->formula));
	jsonw_close(w, '}');
}

static void
share(struct job *job, unsigned needs, const char *name, const char *title,
	const char *formula, int64_t of, int64_t n)
{
	write_measure(job, needs,
		&(struct measure){name, title, "percent", formula, n > 0,
			n > 0 ? 100.0 * (double)of / (double)n : 0, of, n});
}

static void
number(struct job *job, unsigned needs, const char *name, const char *title,
	const char *unit, const char *formula, double value, int64_t n)
{
	write_measure(job, needs,
		&(struct measure){name, title, unit, formula, n > 0, value, -1, n});
}

static double
per(int64_t sum, int64_t n)
{
	return n ? (double)sum / (double)n : 0;
}

static double
money(int64_t milli)
{
	return (double)milli / 1000;
}

static void
write_texts(struct job *job)
{
	const struct report *t = &job->report;
	number(job, TEXTS, "sent", "Texts sent", "count",
		"sent + delivered + undelivered", (double)t->texts.sent, t->texts.sent);
	number(job, TEXTS, "received", "Texts received", "count", "texts from customers",
		(double)t->texts.received, t->texts.received);
	share(job, TEXTS, "delivered", "Delivered", "delivered / sent x 100",
		t->texts.delivered, t->texts.sent);
	share(job, TEXTS, "failed", "Failed", "failed / (failed + sent) x 100",
		t->texts.failed, t->texts.failed + t->texts.sent);
	share(job, TEXTS, "click", "Clicked",
		"texts with a clicked link / texts sent with a link x "
		"100, machines not counted",
		t->texts.clicked, t->texts.linked);
	share(job, TEXTS | REPLIES, "reply", "Replied",
		"texts answered within a day / sent x 100", t->texts.replied,
		t->texts.sent);
	number(job, REPLIES, "reply_time", "Time to their reply", "seconds",
		"median from our text to the first reply",
		(double)t->texts.reply_ms / 1000, t->texts.replied);
	number(job, CONSENT, "agreed", "People who agreed", "count",
		"by keyword, at the desk, by import, all together",
		(double)t->texts.agreed, t->texts.agreed);
	share(job, CONSENT, "optin", "Opt-in",
		"people who agreed / people who were asked x 100", t->texts.asked_agreed,
		t->texts.asked);
	share(job, CONSENT | TEXTS, "optout", "Opt-out",
		"people who left / people who had a promotion x 100", t->texts.left,
		t->texts.reached);
	number(job, COST, "cost", "Cost of texts", "money",
		"price of a segment x segments", money(t->texts.cost), t->texts.parts);
}

static void
write_shop(struct job *job)
{
	const struct report *s = &job->report;
	int64_t roi = s->shop.credited_revenue - s->texts.cost;
	number(job, ORDERS, "revenue", "Revenue", "money", "sum of orders that count",
		money(s->shop.revenue), s->shop.orders);
	number(job, ORDERS, "aov", "Average order (AOV)", "money", "revenue / orders",
		money((int64_t)per(s->shop.revenue, s->shop.orders)), s->shop.orders);
	number(job, ORDERS, "ltv", "Spent so far per customer (LTV)", "money",
		"all revenue ever / customers ever",
		money((int64_t)per(s->shop.ever_spent, s->shop.ever)), s->shop.ever);
	share(job, ORDERS, "repeat_orders", "Orders of returning customers",
		"orders after somebody's first / orders x 100", s->shop.repeat_orders,
		s->shop.orders);
	number(job, ORDERS, "aov_new", "Average first order", "money",
		"revenue of first orders / first orders",
		money((int64_t)per(s->shop.new_revenue, s->shop.new_orders)),
		s->shop.new_orders);
	number(job, ORDERS, "aov_repeat", "Average later order", "money",
		"revenue of later orders / later orders",
		money((int64_t)per(s->shop.repeat_revenue, s->shop.repeat_orders)),
		s->shop.repeat_orders);
	share(job, RETAIN, "retention", "Retention",
		"customers of the span before who bought again in this one / customers "
		"of the span before x 100",
		s->shop.retained, s->shop.before);
	share(job, CREDITS | TEXTS, "conversion", "Conversion",
		"orders credited to a text / texts sent x 100", s->shop.credited,
		s->texts.sent);
	number(job, CREDITS, "credited", "Revenue credited to texts", "money",
		"orders after a click, or else after a promotion, within the windows of "
		"credit = { click, send }; each order once, to the last touch",
		money(s->shop.credited_revenue), s->shop.credited);
	write_measure(job, CREDITS | COST,
		&(struct measure){"roi", "Return on cost (ROI)", "percent",
			"(credited revenue - cost) / cost x 100", s->texts.cost > 0,
			100 * per(roi, s->texts.cost), -1, s->shop.credited});
	share(job, CREDITS, "coupons", "Coupons redeemed",
		"redeemed of those given / given x 100", s->shop.redeemed, s->shop.given);
	share(job, CREDITS, "referrals", "Friends whose order stands",
		"stood / friends who came x 100", s->shop.stood, s->shop.referred);
}

static void
write_care(struct job *job)
{
	const struct report *r = &job->report;
	share(job, MARKS, "csat", "CSAT",
		r->csat.high > 5 ? "marks of 9 and 10 / marks x 100"
				 : "marks of 4 and 5 / marks x 100",
		r->csat.positive, r->csat.n);
	write_measure(job, MARKS,
		&(struct measure){"nps", "NPS", "points", "% of 9 and 10 - % of 0 to 6",
			r->nps.n > 0,
			100 * per(r->nps.positive - r->nps.negative, r->nps.n), -1,
			r->nps.n});
	share(job, TICKETS, "answered", "Tickets answered", "answered / opened x 100",
		r->tickets.answered, r->tickets.opened);
	share(job, TICKETS, "acted", "Feedback acted on",
		"tickets closed as acted / closed as feedback or acted x 100",
		r->tickets.acted, r->tickets.feedback);
	number(job, TICKETS, "answer_time", "Time to our first answer", "seconds",
		"median from the ticket to the first answer of a person",
		(double)r->tickets.answer_ms / 1000, r->tickets.answered);
}

/* ---- lists ---- */

static void
share_of(struct jsonw *w, const char *name, int64_t of, int64_t n)
{
	if (n)
		jsonw_real(w, name, 100.0 * (double)of / (double)n);
	else
		jsonw_null(w, name);
}

/* Below our own average by more than chance: a step to look at. */
static bool
lags(struct share own, struct share all)
{
	struct proportion p;
	proportion_compare((struct share){all.of - own.of, all.n - own.n}, own, &p);
	return p.verdict == PROPORTION_DIFFERENT && p.difference < 0;
}

static void
write_line(struct jsonw *w, const struct report_line *l, const struct report_line *all)
{
	jsonw_open(w, NULL, '{');
	jsonw_some(w, "script", l->script);
	jsonw_text(w, "step", l->step);
	jsonw_some(w, "variant", l->variant);
	jsonw_int(w, "sent", l->sent);
	jsonw_int(w, "kept_back", l->kept);
	jsonw_int(w, "failed", l->failed);
	share_of(w, "delivered", l->delivered, l->sent);
	jsonw_int(w, "linked", l->linked);
	jsonw_int(w, "clicked", l->clicked);
	share_of(w, "click", l->clicked, l->linked);
	jsonw_int(w, "replied", l->replied);
	share_of(w, "reply", l->replied, l->sent);
	jsonw_int(w, "left", l->left);
	jsonw_int(w, "orders", l->orders);
	share_of(w, "conversion", l->orders, l->sent);
	jsonw_real(w, "revenue", money(l->revenue));
	jsonw_real(w, "cost", money(l->cost));
	jsonw_bool(w, "small", l->sent < REPORT_SMALL);
	jsonw_bool(w, "below_average",
		lags((struct share){l->clicked, l->linked},
			(struct share){all->clicked, all->linked}) ||
			lags((struct share){l->orders, l->sent},
				(struct share){all->orders, all->sent}));
	jsonw_close(w, '}');
}

static int
by_place(const void *a, const void *b)
{
	const struct report_line *x = a, *y = b;
	int c = strcmp(x->script, y->script);
	c = c ? c : strcmp(x->step, y->step);
	return c ? c : strcmp(x->variant, y->variant);
}

static void
write_lines(struct job *job)
{
	struct report *r = &job->report;
	struct report_line all;
	report_total(r, &all);
	if (r->line_count)
		qsort(r->lines, r->line_count, sizeof(*r->lines), by_place);
	jsonw_open(&job->w, "steps", '[');
	for (size_t i = 0; i < r->line_count; i++)
		write_line(&job->w, &r->lines[i], &all);
	jsonw_close(&job->w, ']');
}

static void
write_proportion(struct jsonw *w, struct share a, struct share b)
{
	struct proportion p;
	proportion_compare(a, b, &p);
	jsonw_int(w, "a_of", a.of);
	jsonw_int(w, "a_n", a.n);
	jsonw_int(w, "b_of", b.of);
	jsonw_int(w, "b_n", b.n);
	jsonw_text(w, "verdict", proportion_name(p.verdict));
	if (p.verdict == PROPORTION_NOT_ENOUGH)
		return;
	jsonw_real(w, "difference", 100 * p.difference);
	jsonw_real(w, "low", 100 * p.low);
	jsonw_real(w, "high", 100 * p.high);
	jsonw_real(w, "p", p.p);
}

/* By what they did about it: bought, else clicked, else answered. */
static void
write_pair(struct jsonw *w, const struct report_line *a, const struct report_line *b)
{
	const char *by = a->orders + b->orders     ? "conversion"
			 : a->clicked + b->clicked ? "click"
						   : "reply";
	struct share x = {a->replied, a->sent}, y = {b->replied, b->sent};
	if (*by == 'c' && by[1] == 'o')
		x.of = a->orders, y.of = b->orders;
	else if (*by == 'c')
		x = (struct share){a->clicked, a->linked},
		y = (struct share){b->clicked, b->linked};
	jsonw_open(w, NULL, '{');
	jsonw_text(w, "script", a->script);
	jsonw_text(w, "step", a->step);
	jsonw_text(w, "a", a->variant);
	jsonw_text(w, "b", b->variant);
	jsonw_text(w, "by", by);
	write_proportion(w, x, y);
	jsonw_close(w, '}');
}

static void
write_variants(struct job *job)
{
	const struct report *r = &job->report;
	jsonw_open(&job->w, "variants", '[');
	for (size_t i = 0; i < r->line_count; i++)
		for (size_t k = i + 1; k < r->line_count && k < i + 10; k++)
			if (*r->lines[i].variant && *r->lines[k].variant &&
				!strcmp(r->lines[i].script, r->lines[k].script) &&
				!strcmp(r->lines[i].step, r->lines[k].step))
				write_pair(&job->w, &r->lines[i], &r->lines[k]);
	jsonw_close(&job->w, ']');
}

static void
write_journeys(struct job *job)
{
	struct jsonw *w = &job->w;
	jsonw_open(w, "journeys", '[');
	for (size_t i = 0; i < job->report.journey_count; i++) {
		const struct report_journey *j = &job->report.journeys[i];
		jsonw_open(w, NULL, '{');
		jsonw_text(w, "script", j->script);
		jsonw_int(w, "people", j->in);
		jsonw_int(w, "goals", j->in_goals);
		share_of(w, "goal", j->in_goals, j->in);
		jsonw_int(w, "credited", j->credited);
		jsonw_real(w, "value", money(j->value));
		jsonw_int(w, "held_out", j->out);
		jsonw_int(w, "held_out_goals", j->out_goals);
		if (j->out) {
			jsonw_open(w, "against_holdout", '{');
			write_proportion(w, (struct share){j->out_goals, j->out},
				(struct share){j->in_goals, j->in});
			jsonw_close(w, '}');
		}
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

static void
write_channels(struct job *job)
{
	struct jsonw *w = &job->w;
	jsonw_open(w, "channels", '[');
	for (size_t i = 0; i < job->report.channel_count; i++) {
		const struct report_channel *c = &job->report.channels[i];
		jsonw_open(w, NULL, '{');
		jsonw_text(w, "channel", c->name);
		jsonw_int(w, "sent", c->sent);
		jsonw_int(w, "received", c->received);
		share_of(w, "delivered", c->delivered, c->sent);
		jsonw_int(w, "failed", c->failed);
		jsonw_real(w, "cost", money(c->cost));
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

static void
write_people(struct job *job)
{
	struct jsonw *w = &job->w;
	jsonw_open(w, "agents", '[');
	for (size_t i = 0; i < job->report.agent_count; i++) {
		const struct report_agent *a = &job->report.agents[i];
		jsonw_open(w, NULL, '{');
		jsonw_some(w, "agent", a->name);
		jsonw_int(w, "tickets", a->tickets);
		jsonw_int(w, "answered", a->answered);
		jsonw_int(w, "closed", a->closed);
		if (a->answered)
			jsonw_real(w, "answer_time", (double)a->answer_ms / 1000);
		else
			jsonw_null(w, "answer_time");
		share_of(w, "csat", a->positive, a->marks);
		jsonw_int(w, "marks", a->marks);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
	jsonw_open(w, "sources", '[');
	for (size_t i = 0; i < job->report.source_count; i++) {
		const struct report_source *s = &job->report.sources[i];
		jsonw_open(w, NULL, '{');
		jsonw_text(w, "source", s->name);
		jsonw_int(w, "people", s->people);
		share_of(w, "agreed", s->agreed, s->people);
		jsonw_int(w, "orders", s->orders);
		jsonw_real(w, "revenue", money(s->revenue));
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

static void
write_days(struct job *job)
{
	struct jsonw *w = &job->w;
	char text[ISO_MAX];
	jsonw_open(w, "days", '[');
	for (size_t i = 0; i < job->report.day_count; i++) {
		const struct report_day *d = &job->report.days[i];
		iso_format(d->day * DAY, 0, text);
		text[10] = '\0';
		jsonw_open(w, NULL, '{');
		jsonw_text(w, "day", text);
		jsonw_int(w, "sent", d->sent);
		jsonw_int(w, "received", d->received);
		jsonw_int(w, "orders", d->orders);
		jsonw_real(w, "revenue", money(d->revenue));
		jsonw_int(w, "left", d->left);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

static void
write_hours(
	struct jsonw *w, const char *name, const struct report_hour *hours, size_t count)
{
	jsonw_open(w, name, '[');
	for (size_t i = 0; i < count; i++) {
		jsonw_open(w, NULL, '{');
		jsonw_int(w, "at", (int64_t)i);
		jsonw_int(w, "sent", hours[i].sent);
		jsonw_int(w, "replied", hours[i].replied);
		jsonw_int(w, "clicked", hours[i].clicked);
		share_of(w, "answered", MAX(hours[i].replied, hours[i].clicked),
			hours[i].sent);
		jsonw_bool(w, "small", hours[i].sent < PROPORTION_MIN);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

/* The best of those with enough in them, against all other hours. */
static void
write_best_hour(struct job *job, const struct report_hour *hours)
{
	struct share best = {0, 0}, all = {0, 0};
	struct proportion p;
	char text[200];
	int at = -1;
	for (int i = 0; i < 24; i++) {
		struct share s = {MAX(hours[i].replied, hours[i].clicked), hours[i].sent};
		all = (struct share){all.of + s.of, all.n + s.n};
		if (s.n >= PROPORTION_MIN &&
			(at < 0 || (double)s.of * (double)best.n >
					   (double)best.of * (double)s.n)) {
			best = s;
			at = i;
		}
	}
	proportion_compare((struct share){all.of - best.of, all.n - best.n}, best, &p);
	if (at < 0 || p.verdict == PROPORTION_NOT_ENOUGH)
		snprintf(text, sizeof(text), "%s",
			word(job, "Not enough data for a best hour yet. Until then "
				  "Thursday noon is a good guess."));
	else if (p.verdict == PROPORTION_SAME)
		snprintf(text, sizeof(text),
			job->ko ? "지금까지는 %02d시가 가장 좋지만, 우연을 넘지는 "
				  "않습니다."
				: "%02d h is the best so far, but not by more than "
				  "chance.",
			at);
	else
		snprintf(text, sizeof(text),
			job->ko ? "%02d시가 다른 시간보다 좋습니다: %+.1f 포인트 (%.1f ~ "
				  "%.1f)."
				: "%02d h is better than the others: %+.1f points (%.1f "
				  "to "
				  "%.1f).",
			at, 100 * p.difference, 100 * p.low, 100 * p.high);
	jsonw_text(&job->w, "best_hour", text);
}

/* ---- notes: what the figures cannot say ---- */

static bool
empty(const struct report *r)
{
	return !r->texts.sent && !r->texts.received && !r->shop.orders &&
	       !r->tickets.opened && !r->texts.agreed && !r->texts.left;
}

static void
write_missing(struct jsonw *w, const struct report *r)
{
	jsonw_open(w, "missing", '[');
	for (unsigned i = 0; i < REPORT_PARTS; i++)
		if (r->missing & REPORT_PART(i))
			jsonw_text(w, NULL, report_part_name(i));
	jsonw_close(w, ']');
	if (r->missing & TEXTS)
		jsonw_time(w, "texts_until", r->texts_until);
}

/* Says what was counted and what was not. */
static void
write_partial(struct job *job)
{
	const struct report *r = &job->report;
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(2048);
	char until[ISO_MAX];
	int64_t at = r->texts_until + zone_offset(r->ask.zone, r->texts_until);
	const char *comma = "";
	int waited = (int)(r->ask.patience / SECOND);
	iso_format(at, 0, until);
	strbuf_printf(&text,
		job->ko ? "집계가 %d초 만에 중단되었습니다. 집계하지 못한 것: "
			: "Counting was cut short after %d seconds. Not counted: ",
		waited);
	for (unsigned i = 0; i < REPORT_PARTS; i++) {
		if (!(r->missing & REPORT_PART(i)))
			continue;
		strbuf_printf(&text, "%s%s", comma, word(job, report_part_name(i)));
		comma = ", ";
	}
	if (r->missing & TEXTS)
		strbuf_printf(&text,
			job->ko ? "(%.10s %.5s 이후)" : " from %.10s %.5s on", until,
			until + 11);
	strbuf_puts(&text,
		job->ko ? ". 이에 기대는 지표는 값을 비워 두고, 목록에는 그때까지 센 "
			  "것만 있습니다. "
			  "더 짧은 기간으로 다시 조회해 주세요."
			: ". Measures that need them have no value, and lists show what "
			  "was counted by then. Ask for a shorter period.");
	jsonw_text(&job->w, NULL, text.s);
}

static void
write_leaving(struct job *job, double left)
{
	char text[240];
	snprintf(text, sizeof(text),
		job->ko ? "수신 거부가 평소보다 많습니다: %.2f %% (n %lld); 보통은 2.55 "
			  "%%입니다."
			: "More people leave than is usual: %.2f %% (n %lld); 2.55 %% "
			  "is.",
		left, (long long)job->report.texts.reached);
	jsonw_text(&job->w, NULL, text);
}

static void
write_notes(struct job *job)
{
	struct jsonw *w = &job->w;
	const struct report *r = &job->report;
	bool whole = !(r->missing & (TEXTS | CONSENT));
	double left = whole ? 100 * per(r->texts.left, r->texts.reached) : 0;
	char text[240];
	jsonw_open(w, "notes", '[');
	if (empty(r) && !r->partial)
		jsonw_text(w, NULL, word(job, "Nothing happened in this period."));
	if (r->partial)
		write_partial(job);
	jsonw_text(w, NULL,
		word(job,
			"SMS has no open event: nobody can say who read a text. Clicks, "
			"replies and orders are what is known."));
	if (r->texts.machines || r->texts.other_devices) {
		snprintf(text, sizeof(text),
			job->ko ? "기계(미리보기, 검사기) 방문 %lld번은 클릭이 아니며, "
				  "다른 기기로 온 "
				  "%lld번은 누구의 것도 아닙니다."
				: "%lld visits by machines (previews, scanners) are not "
				  "clicks; %lld came by a link from another device and "
				  "count for nobody.",
			(long long)r->texts.machines, (long long)r->texts.other_devices);
		jsonw_text(w, NULL, text);
	}
	if (!r->texts.cost && r->texts.sent && !(r->missing & COST))
		jsonw_text(w, NULL,
			word(job, "No tariffs are set (policy.tariffs): texts count as "
				  "free, and there is no ROI."));
	if (left > OPTOUT_BAD)
		write_leaving(job, left);
	jsonw_close(w, ']');
	jsonw_bool(w, "alarm", left > OPTOUT_BAD && r->texts.reached >= PROPORTION_MIN);
}

static void
read_report(struct db *db, void *arg)
{
	struct job *job = arg;
	struct jsonw *w = &job->w;
	report_count(db, &job->ask, &job->report);
	const struct report *r = &job->report;
	jsonw_open(w, NULL, '{');
	jsonw_time(w, "from", job->ask.from);
	jsonw_time(w, "until", job->ask.until);
	jsonw_text(w, "zone", job->zone);
	jsonw_text(w, "currency", job->currency);
	jsonw_bool(w, "empty", empty(r) && !r->partial);
	jsonw_bool(w, "partial", r->partial);
	write_missing(w, r);
	write_notes(job);
	jsonw_open(w, "measures", '[');
	write_texts(job);
	write_shop(job);
	write_care(job);
	jsonw_close(w, ']');
	write_days(job);
	write_lines(job);
	write_variants(job);
	variant_tests_write(&job->w, "winners", db, NULL);
	write_journeys(job);
	write_channels(job);
	write_people(job);
	write_best_hour(job, r->hours);
	write_hours(w, "hours", r->hours, 24);
	write_hours(w, "weekdays", r->weekdays, 7);
	jsonw_close(w, '}');
}

static void
answer(struct request *rq, void *arg)
{
	struct job *job = arg;
	request_reply(rq, 200, &job->body);
}

/* "2026-11-21", a day of the shop. */
static bool
read_day(struct request *rq, const char *name, int64_t otherwise, int64_t *ret)
{
	const char *text = request_query(rq, name);
	char whole[40];
	bool local;
	*ret = otherwise;
	if (!text)
		return true;
	snprintf(whole, sizeof(whole), "%.10sT00:00:00", text);
	if (strlen(text) == 10 && iso_parse(whole, ret, &local) == 0 && local) {
		*ret = zone_from_local(rq->core->config->zone, *ret);
		return true;
	}
	request_problem_field(rq, 400, name,
		"%s should be a day such as 2026-11-21, not \"%.40s\"", name, text);
	return false;
}

/* The last 30 days, today included, when nothing is said; `until` is not part of it. */
void
report_get(struct request *rq)
{
	static const struct request_read how = {read_report, answer, release};
	const char *zone = rq->core->config->zone;
	const char *language = request_query(rq, "lang");
	int64_t now = core_now(rq->core), from, until;
	int64_t today = (now + zone_offset(zone, now)) / DAY * DAY;
	if (!read_day(rq, "until", zone_from_local(zone, today + DAY), &until))
		return;
	int64_t last = until + zone_offset(zone, until);
	if (!read_day(rq, "from", zone_from_local(zone, last - 30 * DAY), &from))
		return;
	if (from >= until || until - from > REPORT_DAYS * DAY) {
		request_problem_field(rq, 400, "from",
			"from should be before until, and at most %d days before it",
			REPORT_DAYS);
		return;
	}
	if (language && strcmp(language, "ko") != 0 && strcmp(language, "en") != 0) {
		request_problem_field(rq, 400, "lang", "lang should be ko or en");
		return;
	}
	struct job *job = xcalloc(1, sizeof(*job));
	job->ko = language && !strcmp(language, "ko");
	snprintf(job->zone, sizeof(job->zone), "%s", zone);
	sheet_currency(rq->core->config->country, job->currency);
	strbuf_init(&job->body, 32u << 20);
	job->w.out = &job->body;
	job->ask = (struct report_ask){.from = from,
		.until = until,
		.now = now,
		.zone = job->zone,
		.patience = PATIENCE};
	request_read(rq, &how, job);
}
