#include "gateway/outreach/crowd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/base/suggest.h"
#include "gateway/core/person.h"

#define CHUNK 50000 /* contacts one statement of a count looks at */

/* Who is who, by when they came last, how often and for how much. */
const struct crowd_default crowd_defaults[] = {
	{"silent", "contact.engagement = silent", "no sign of life for three months"},
	{"engaged",
		"contact.engagement = active and (contact.last_reply >= 30d ago or "
		"contact.last_order >= 60d ago)",
		"they write, or they buy"},
	{"abandoned-carts",
		"count(cart.updated within 3d) >= 1 and count(order.paid within 3d) = 0",
		"something lies in the cart, nothing was paid for in three days"},
	{"bought-lately", "contact.last_order >= 30d ago",
		"last purchase within 30 days"},
	{"never-bought", "contact.orders = 0", "no order yet"},
	{"bought-once", "contact.orders = 1", "one order"},
	{"repeat", "contact.orders >= 2", "two orders or more"},
	{"rfm-champions", "contact.last_order >= 60d ago and contact.orders >= 4",
		"bought lately, and often"},
	{"rfm-loyal",
		"contact.last_order >= 120d ago and contact.orders >= 2 and not "
		"(contact.last_order >= 60d ago and contact.orders >= 4)",
		"come again and again"},
	{"rfm-new", "contact.last_order >= 60d ago and contact.orders = 1",
		"bought for the first time, lately"},
	{"rfm-at-risk",
		"contact.last_order < 120d ago and contact.last_order >= 365d ago and "
		"contact.orders >= 2",
		"used to come, and have not for four months"},
	{"rfm-lost", "contact.last_order < 365d ago", "no order for a year"},
	{NULL, NULL, NULL},
};

/* ---- from names to rules ---- */

static int64_t
monotonic(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
offer(void *arg, const struct audience_named *a)
{
	suggest_offer(arg, a->name);
}

static int
find_audience(struct core *core, const char *name, struct crowd *s, struct strbuf *err)
{
	static struct audience_named own;
	struct suggest near;
	if (!strcmp(name, CROWD_EVERYBODY))
		return 0;
	if (audience_find(core->db, name, &own)) {
		if (*own.rule)
			memcpy(s->rules[s->rule_count++], own.rule, sizeof(own.rule));
		else
			s->list = own.id;
		return 0;
	}
	suggest_init(&near, name);
	for (const struct crowd_default *d = crowd_defaults; d->name; d++) {
		suggest_offer(&near, d->name);
		if (strcmp(d->name, name) != 0)
			continue;
		snprintf(s->rules[s->rule_count++], AUDIENCE_RULE + 1, "%s", d->rule);
		return 0;
	}
	suggest_offer(&near, CROWD_EVERYBODY);
	audiences_list(core->db, offer, &near);
	strbuf_set(err, "there is no audience '%.60s'%s%s%s", name,
		near.best ? "; did you mean '" : "", near.best ? near.best : "",
		near.best ? "'?" : "");
	return -ENOENT;
}

/* ---- SQL ---- */

struct query {
	struct expr *exprs[CROWD_RULES];
	struct person_columns columns;
	struct db_value values[EXPR_PARAMS * CROWD_RULES + 4];
	size_t count;
	struct strbuf sql;
	const char *order; /* the id that is walked */
};

static void
query_done(struct query *q)
{
	for (size_t i = 0; i < CROWD_RULES; i++)
		expr_free(q->exprs[i]);
	arena_done(&q->columns.arena);
	strbuf_done(&q->sql);
	free(q);
}

static int
add_rule(struct query *q, size_t i, const struct crowd *s, int64_t now,
	const struct expr_schema *schema, struct strbuf *err)
{
	struct expr_params *params = xcalloc(1, sizeof(*params));
	strbuf_puts(&q->sql, " AND ");
	int r = expr_sql(q->exprs[i], schema, now, s->zone, (unsigned)q->count + 1,
		&q->sql, params, err);
	for (size_t k = 0; !r && k < params->count; k++) {
		const struct value *v = &params->values[k];
		q->values[q->count++] = (struct db_value){v->kind == VALUE_TEXT   ? 't'
							  : v->kind == VALUE_TIME ? 'i'
										  : 'd',
			v->time, v->number, v->text};
	}
	free(params);
	return r;
}

/* Where only those can be meant who have a history, theirs are the rows to walk: half a
 * table or less, and what is asked of them is known before anything is looked up. */
static const char *
where_to_look(struct query *q, const struct crowd *s, int64_t now)
{
	bool history = false;
	for (size_t i = 0; i < s->rule_count; i++)
		history = history || person_needs_history(q->exprs[i], now, s->zone);
	q->order = history ? "s.contact" : "c.id";
	return history ? " FROM contact_stats s CROSS JOIN contacts c WHERE c.id = "
			 "s.contact AND s.contact > $1 AND s.contact <= $2 AND $3 >= 0"
		       : " FROM contacts c LEFT JOIN contact_stats s ON s.contact = c.id "
			 "WHERE c.id > $1 AND c.id <= $2 AND $3 >= 0";
}

/* "HEAD FROM ... WHERE (the id) > $1 AND (the id) <= $2 AND ..."; $3 is free. */
static struct query *
query_make(const struct crowd *s, int64_t now, const char *head, struct strbuf *err)
{
	struct query *q = xcalloc(1, sizeof(*q));
	struct expr_schema schema = person_schema(&q->columns, now);
	int r = 0;
	q->columns.joined = true;
	q->count = 3;
	for (size_t i = 0; i < 3; i++)
		q->values[i] = (struct db_value){'i', .number = INT64_MAX};
	strbuf_init(&q->sql, 1 << 20);
	for (size_t i = 0; !r && i < s->rule_count; i++)
		r = expr_parse(s->rules[i], &q->exprs[i], err);
	if (!r)
		strbuf_printf(&q->sql, "%s%s", head, where_to_look(q, s, now));
	for (size_t i = 0; !r && i < s->rule_count; i++)
		r = add_rule(q, i, s, now, &schema, err);
	if (s->list) {
		q->values[q->count++] =
			(struct db_value){'i', .number = (int64_t)s->list};
		strbuf_printf(&q->sql,
			" AND EXISTS (SELECT 1 FROM audience l WHERE l.audience = $%zu "
			"AND l.contact = c.id)",
			q->count);
	}
	strbuf_puts(&q->sql, " AND substr(c.phone, 1, 1) = '+'");
	if (!r)
		return q;
	query_done(q);
	return NULL;
}

int
crowd_resolve(struct core *core, const char *audience, const char *rule,
	const char *extra, struct crowd *ret, struct strbuf *err)
{
	struct query *q;
	*ret = (struct crowd){.list = 0};
	snprintf(ret->zone, sizeof(ret->zone), "%s", core->config->zone);
	int r = *audience ? find_audience(core, audience, ret, err) : 0;
	if (r < 0)
		return r;
	if (*rule)
		snprintf(ret->rules[ret->rule_count++], AUDIENCE_RULE + 1, "%s", rule);
	if (*extra)
		snprintf(ret->rules[ret->rule_count++], AUDIENCE_RULE + 1, "%s", extra);
	q = query_make(ret, core_now(core), "SELECT c.id", err);
	if (!q)
		return -EINVAL;
	query_done(q);
	return 0;
}

size_t
crowd_page(struct db *db, const struct crowd *s, int64_t now, uint64_t after,
	uint64_t *ret, size_t max)
{
	struct query *q = query_make(s, now, "SELECT c.id", NULL);
	if (!q)
		return 0;
	q->values[0].number = (int64_t)after;
	q->values[2].number = (int64_t)max;
	strbuf_printf(&q->sql, " ORDER BY %s LIMIT $3", q->order);
	size_t n = db_ids(db_ask(db, q->sql.s, q->values, q->count), ret, max);
	query_done(q);
	return n;
}

/* ---- counting ---- */

static void
find_sample(struct db *db, const struct crowd *s, int64_t now, size_t max,
	struct crowd_count *ret)
{
	struct query *q = query_make(s, now, "SELECT c.id", NULL);
	if (!q || !max) {
		if (q)
			query_done(q);
		return;
	}
	q->values[0].number = 0;
	q->values[2].number = (int64_t)MIN(max, ARRAY_LEN(ret->sample));
	strbuf_printf(&q->sql, " ORDER BY %s DESC LIMIT $3", q->order);
	ret->samples = db_ids(db_ask(db, q->sql.s, q->values, q->count), ret->sample,
		ARRAY_LEN(ret->sample));
	query_done(q);
}

static int64_t
count_between(struct db *db, struct query *q, uint64_t after, uint64_t upto)
{
	q->values[0].number = (int64_t)after;
	q->values[1].number = (int64_t)upto;
	struct db_rows *rows = db_ask(db, q->sql.s, q->values, q->count);
	int64_t n = db_next(rows) ? db_int(rows, 0) : 0;
	db_end(rows);
	return n;
}

void
crowd_count(struct db *db, const struct crowd *s, int64_t now, int64_t patience,
	size_t sample_max, struct crowd_count *ret)
{
	int64_t begun = monotonic();
	uint64_t after = 0;
	struct query *q = query_make(s, now, "SELECT count(*)", NULL);
	*ret = (struct crowd_count){0};
	while (q && !ret->whole && monotonic() - begun < patience) {
		int64_t upto = db_number(db, 0,
			"SELECT id FROM contacts WHERE id > $1 ORDER BY id LIMIT 1 "
			"OFFSET "
			"$2",
			"ui", after, (int64_t)CHUNK - 1);
		ret->whole = !upto;
		int64_t in_all =
			upto ? CHUNK
			     : db_number(db, 0,
				       "SELECT count(*) FROM contacts WHERE id > "
				       "$1",
				       "u", after);
		ret->matched += count_between(
			db, q, after, upto ? (uint64_t)upto : (uint64_t)INT64_MAX);
		ret->looked_at += in_all;
		after = (uint64_t)upto;
	}
	if (q)
		query_done(q);
	ret->everybody = ret->looked_at;
	ret->took = monotonic() - begun;
	if (ret->matched)
		find_sample(db, s, now, sample_max, ret);
}

/* ---- one person ---- */

struct one {
	struct db *db;
	uint64_t contact;
	int64_t now;
	struct strbuf scratch;
};

static void
get(void *ctx, const char *name, struct value *ret)
{
	struct one *o = ctx;
	if (!strcmp(name, "name"))
		name = "contact.name";
	if (!strncmp(name, "contact.", 8))
		person_fact(o->db, o->contact, name + 8, o->now, &o->scratch, ret);
}

static void
aggregate(void *ctx, enum expr_aggregate what, const char *event, int64_t since,
	struct value *ret)
{
	struct one *o = ctx;
	person_aggregate(o->db, o->contact, what, event, since, ret);
}

bool
crowd_has(struct db *db, const struct crowd *s, uint64_t contact, int64_t now)
{
	struct one o = {db, contact, now, STRBUF_INIT(1 << 16)};
	struct expr_env env = {&o, get, aggregate, now, s->zone};
	bool has = !s->list || audience_has(db, s->list, contact);
	for (size_t i = 0; has && i < s->rule_count; i++) {
		struct expr *e;
		if (expr_parse(s->rules[i], &e, NULL) < 0)
			continue;
		has = expr_eval(e, &env);
		expr_free(e);
	}
	strbuf_done(&o.scratch);
	return has;
}
