/* Money, and what tonight throws away: figures for people. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/api/page.h"
#include "gateway/api/resources.h"
#include "gateway/core/budget.h"
#include "gateway/core/channel_inside.h"
#include "gateway/core/night.h"
#include "gateway/store/money.h"
#include "gateway/text/zone.h"

struct job {
	struct page page;
	int64_t today, first; /* days, as the store counts them */
	int64_t budget;       /* thousandths in its period, 0 none */
	char budget_text[64];
	bool tariffs;
	int64_t total, before[PURGE_KINDS], inactive;
};

static void
write_money(struct jsonw *w, const char *name, int64_t milli)
{
	char text[32];
	int64_t plain = milli < 0 ? -milli : milli;
	snprintf(text, sizeof(text), "%s%" PRId64 ".%03" PRId64, milli < 0 ? "-" : "",
		plain / 1000, plain % 1000);
	jsonw_text(w, name, text);
}

static void
write_row(void *arg, const struct money_row *r)
{
	struct job *job = arg;
	struct jsonw *w = &job->page.w;
	jsonw_open(w, NULL, '{');
	jsonw_some(w, "channel", r->channel);
	jsonw_int(w, "messages", r->messages);
	jsonw_int(w, "segments", r->parts);
	write_money(w, "cost", r->cost);
	if (r->prepaid)
		write_money(w, "balance", r->balance);
	jsonw_close(w, '}');
	job->total += r->cost;
}

static void
write_period(struct job *job, struct db *db, const char *name, int64_t first)
{
	struct jsonw *w = &job->page.w;
	job->total = 0;
	jsonw_open(w, name, '{');
	jsonw_open(w, "channels", '[');
	money_list(db, first, job->today, write_row, job);
	jsonw_close(w, ']');
	write_money(w, "cost", job->total);
	jsonw_close(w, '}');
}

static void
read_cost(struct db *db, void *arg)
{
	struct job *job = arg;
	jsonw_open(&job->page.w, NULL, '{');
	write_period(job, db, "today", job->today);
	write_period(job, db, "month", job->first);
	jsonw_some(&job->page.w, "budget", job->budget_text);
	jsonw_bool(&job->page.w, "tariffs", job->tariffs);
	jsonw_close(&job->page.w, '}');
}

void
cost_get(struct request *rq)
{
	static const struct request_read how = {read_cost, page_answer, page_free};
	const struct core *core = rq->core;
	const struct policy *p = core->config->policy;
	struct job *job = page_of(rq, sizeof(*job), 1);
	struct cap monthly = {1, CAP_MONTH, 0};
	int64_t month;
	if (!job)
		return;
	budget_days(core, core_now(core), &job->today, &month);
	budget_days(core, cap_since(&monthly, core->config->zone, core_now(core)),
		&job->first, &month);
	snprintf(job->budget_text, sizeof(job->budget_text), "%s",
		p->budget_text ? p->budget_text : "");
	job->tariffs = p->tariff_count > 0;
	request_read(rq, &how, job);
}

/* ---- money paid in advance ---- */

struct wish {
	const char *amount;
};
static const struct field wish_fields[] = {
	{"amount", FIELD_TEXT, offsetof(struct wish, amount), .required = true,
		.max = 32},
	{0},
};

/* "5000" or "12.50", at most three places; negative takes a mistake back. */
static bool
read_amount(const char *text, int64_t *ret)
{
	bool minus = *text == '-';
	char *end;
	const char *digits = text + minus;
	int64_t unit = 100;
	if (*digits < '0' || *digits > '9' || strcspn(digits, ".") > 12)
		return false;
	*ret = strtoll(digits, &end, 10) * 1000;
	if (*end == '.')
		for (end++; *end >= '0' && *end <= '9' && unit; end++, unit /= 10)
			*ret += (*end - '0') * unit;
	*ret = minus ? -*ret : *ret;
	return !*end && *ret;
}

static void
answer_balance(struct request *rq)
{
	const struct channel *ch = channel_find(rq->core, rq->param);
	struct strbuf body = STRBUF_INIT(4096);
	struct jsonw w = {&body};
	int64_t balance = 0;
	if (ch)
		money_balance(rq->core->db, ch->row.id, channel_sim(ch), &balance);
	jsonw_open(&w, NULL, '{');
	jsonw_text(&w, "channel", rq->param);
	write_money(&w, "balance", balance);
	jsonw_close(&w, '}');
	request_reply(rq, 201, &body);
}

static void
top_up(struct request *rq, const char *text)
{
	struct core *core = rq->core;
	const struct channel *ch = channel_find(core, rq->param);
	int64_t amount;
	if (!ch) {
		request_problem(rq, 404, "there is no channel %s", rq->param);
		return;
	}
	if (!read_amount(text, &amount)) {
		request_problem_field(rq, 422, "amount",
			"\"%s\" is no amount; write \"5000\" or \"12.50\"", text);
		return;
	}
	topup_add(core->db, &(struct topup){.id = core_id(core),
				    .channel = ch->row.id,
				    .at = core_now(core),
				    .amount = amount,
				    .spent = money_spent(core->db, channel_sim(ch)),
				    .agent = rq->agent});
	core_event(core, &(struct event){.name = "channel.topped_up",
				 .channel = ch->row.id,
				 .detail = text});
	request_after_commit(rq, answer_balance);
}

void
channel_topup(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct wish wish = {NULL};
	const char *field = NULL;
	json_t *object = json_read(rq->body.s, rq->body.len, &err);
	if (!object ||
		fields_read(object, wish_fields, core_now(rq->core), &wish, &field, &err))
		request_problem_field(rq, field ? 422 : 400, field, "%s", err.s);
	else
		top_up(rq, wish.amount);
	json_decref(object);
}

/* ---- what is thrown away ---- */

static void
read_retention(struct db *db, void *arg)
{
	struct job *job = arg;
	jsonw_open(&job->page.w, NULL, '{');
	jsonw_open(&job->page.w, "tonight", '[');
	for (int i = 0; i < PURGE_KINDS; i++) {
		jsonw_open(&job->page.w, NULL, '{');
		jsonw_text(&job->page.w, "what", purge_name((enum purge_what)i));
		jsonw_time(&job->page.w, "before", job->before[i]);
		jsonw_int(&job->page.w, "rows",
			job->before[i]
				? purge_count(db, (enum purge_what)i, job->before[i])
				: 0);
		jsonw_close(&job->page.w, '}');
	}
	jsonw_open(&job->page.w, NULL, '{');
	jsonw_text(&job->page.w, "what", "inactive contacts");
	jsonw_time(&job->page.w, "before", job->inactive);
	jsonw_int(&job->page.w, "rows",
		job->inactive ? contacts_inactive_count(db, job->inactive) : 0);
	jsonw_close(&job->page.w, '}');
	jsonw_close(&job->page.w, ']');
	jsonw_close(&job->page.w, '}');
}

void
retention_get(struct request *rq)
{
	static const struct request_read how = {read_retention, page_answer, page_free};
	struct job *job = page_of(rq, sizeof(*job), 1);
	if (!job)
		return;
	for (int i = 0; i < PURGE_KINDS; i++)
		job->before[i] = night_keeps_since(rq->core, (enum purge_what)i);
	job->inactive = night_inactive_since(rq->core);
	request_read(rq, &how, job);
}
