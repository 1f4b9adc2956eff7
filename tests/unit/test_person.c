/* What is known of a person: the same conditions give the same people in memory and in
 * SQL, whatever was told of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/core/person.h"
#include "gateway/store/attributes.h"
#include "gateway/store/contacts.h"
#include "gateway/store/ledger.h"
#include "gateway/store/shop_events.h"
#include "gateway/store/stats.h"
#include "tests/lib/random.h"

#define PEOPLE 60
#define NOW    (400 * DAY)
#define ZONE   "Asia/Seoul"

static char dir[64];
static struct db *db;

static int
set_up(void **state)
{
	(void)state;
	char url[96];
	struct strbuf err = STRBUF_SENTENCE;
	snprintf(dir, sizeof(dir), "/tmp/malgil-person-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(url, sizeof(url), "sqlite:%s/s.db", dir);
	return db_open(url, DB_WRITER, &db, &err);
}

static int
tear_down(void **state)
{
	(void)state;
	char command[96];
	db_close(db);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static void
know(uint64_t id, const char *name, const char *text)
{
	struct value v = value_text(text);
	struct attribute a = {.text = text};
	a.has_number = value_as_number(&v, &a.number);
	a.has_moment = value_as_time(&v, ZONE, &a.moment);
	attribute_save(db, id, name, &a, 1);
}

static void
live(struct test_random *r, uint64_t id)
{
	static const char *const words[] = {"dry", "15", "", "no", "2026-01-02", "oily"};
	char phone[20], number[16];
	struct contact c;
	bool fresh;
	snprintf(phone, sizeof(phone), "+8210%08u", (unsigned)id);
	contact_take(db, phone, id, random_below(r, 400) * DAY + 1, &c, &fresh);
	for (unsigned n = random_below(r, 5); n > 0; n--) {
		snprintf(number, sizeof(number), "%u-%u", (unsigned)id, n);
		purchase_put(db,
			&(struct purchase){.number = number,
				.source = "",
				.phone = phone,
				.said = n,
				.counts = random_below(r, 4) > 0,
				.goods = true,
				.at = (random_below(r, 400) + 1) * DAY,
				.amount = random_below(r, 90) * 1000,
				.categories = random_bool(r) ? "skin" : "hair\nskin"});
	}
	for (unsigned n = random_below(r, 6); n > 0; n--) {
		int64_t at = (random_below(r, 400) + 1) * DAY;
		shop_event_insert(
			db, &(struct shop_event_row){.id = id * 100 + n,
				    .contact = id,
				    .name = random_bool(r) ? "order.paid" : "a.b",
				    .source = "shop",
				    .at = at,
				    .has_value = random_bool(r),
				    .value = random_below(r, 50)});
		stats_happened(db, id, at);
	}
	/* The log knows all of that too, and what nobody told. */
	for (unsigned n = random_below(r, 4); n > 0; n--)
		event_append(db, &(struct event_row){.id = id * 1000 + n,
					 .contact = id,
					 .name = random_bool(r)   ? "message.sent"
						 : random_bool(r) ? "order.paid"
								  : "a.b",
					 .at = (random_below(r, 400) + 1) * DAY,
					 .detail = "7"});
	if (random_bool(r))
		know(id, "skin", words[random_below(r, ARRAY_LEN(words))]);
	if (random_bool(r))
		tag_add(db, id, "vip", 1);
	if (random_bool(r))
		contact_heard(db, id, 1, random_below(r, 400) * DAY);
	if (random_below(r, 4) == 0)
		contact_set_stopped(db, id, "marketing", 5);
}

static struct strbuf scratch = STRBUF_INIT(8192);

static void
get(void *ctx, const char *name, struct value *ret)
{
	if (!strncmp(name, "contact.", 8))
		person_fact(db, *(uint64_t *)ctx, name + 8, NOW, &scratch, ret);
}

static void
aggregate(void *ctx, enum expr_aggregate what, const char *event, int64_t since,
	struct value *ret)
{
	person_aggregate(db, *(uint64_t *)ctx, what, event, since, ret);
}

static bool
in_memory(const struct expr *e, uint64_t id)
{
	struct expr_env env = {
		.ctx = &id, .get = get, .aggregate = aggregate, .now = NOW, .zone = ZONE};
	return expr_eval(e, &env);
}

static bool
in_sql(const struct expr *e, uint64_t id)
{
	struct person_columns columns;
	struct expr_schema schema = person_schema(&columns, NOW);
	static struct expr_params params;
	static struct db_value values[EXPR_PARAMS + 1];
	struct strbuf sql = STRBUF_INIT(1 << 20), err = STRBUF_SENTENCE;
	uint64_t found;
	strbuf_puts(&sql, "SELECT c.id FROM contacts c WHERE c.id = $1 AND ");
	if (expr_sql(e, &schema, NOW, ZONE, 2, &sql, &params, &err) < 0)
		fail_msg("%s", err.s);
	values[0] = (struct db_value){'i', .number = (int64_t)id};
	for (size_t i = 0; i < params.count; i++) {
		const struct value *v = &params.values[i];
		values[i + 1] = (struct db_value){v->kind == VALUE_TEXT   ? 't'
						  : v->kind == VALUE_TIME ? 'i'
									  : 'd',
			v->time, v->number, v->text};
	}
	bool in = db_ids(db_ask(db, sql.s, values, params.count + 1), &found, 1) == 1;
	if (db_poisoned(db))
		fail_msg("%s: %s", db_error(db), sql.s);
	arena_done(&columns.arena);
	strbuf_done(&sql);
	return in;
}

static const char *const atoms[] = {"contact.orders >= 2", "contact.ltv > 60",
	"contact.aov < 40", "contact.aov != 30", "contact.first_order < 200d ago",
	"contact.last_order > 90d ago", "contact.interval <= 30", "contact.interval",
	"contact.tags has vip", "contact.categories has hair", "contact.categories",
	"contact.engagement = active", "contact.engagement in (cooling, silent)",
	"contact.last_reply < 60d ago", "contact.last_event >= 100d ago",
	"contact.last_sign > 30d ago", "contact.stopped", "contact.skin = dry",
	"contact.skin != oily", "contact.skin >= 10", "contact.skin > 2025-12-31",
	"contact.created > 100d ago", "count(order.paid within 90d) >= 1",
	"sum(a.b) > 20", "avg(order.paid) > 25", "last(a.b) > 50d ago",
	"max(order.paid within 200d) < 40", "contact.first_order = contact.last_order",
	"count(message.sent) >= 1", "count(message.sent within 200d) = 0",
	"last(message.sent) > 100d ago", "first(a.b) < 100d ago", "count(a.b) > 1",
	"avg(message.sent) > 1", "sum(message.sent) = 0", "max(a.b) > 6",
	"count(message.sent) > count(order.paid)", "contact.nothing = 3",
	"contact.phone = '+821000000003'"};

static void
memory_is_sql(void **state)
{
	(void)state;
	struct test_random r = {5};
	struct strbuf err = STRBUF_SENTENCE;
	char text[400];
	for (uint64_t id = 1; id <= PEOPLE; id++)
		live(&r, id);
	unsigned yes = 0, no = 0;
	for (unsigned round = 0; round < ARRAY_LEN(atoms) + 60; round++) {
		struct expr *e;
		if (round < ARRAY_LEN(atoms))
			snprintf(text, sizeof(text), "%s", atoms[round]);
		else
			snprintf(text, sizeof(text), "%s(%s %s %s) %s not %s",
				random_bool(&r) ? "not " : "",
				atoms[random_below(&r, ARRAY_LEN(atoms))],
				random_bool(&r) ? "and" : "or",
				atoms[random_below(&r, ARRAY_LEN(atoms))],
				random_bool(&r) ? "and" : "or",
				atoms[random_below(&r, ARRAY_LEN(atoms))]);
		if (expr_parse(text, &e, &err) < 0)
			fail_msg("%s: %s", text, err.s);
		for (uint64_t id = 1; id <= PEOPLE; id++) {
			bool here = in_memory(e, id);
			if (here != in_sql(e, id))
				fail_msg("%s: person %u is %s in memory alone", text,
					(unsigned)id, here ? "in" : "out");
			*(here ? &yes : &no) += 1;
		}
		expr_free(e);
	}
	assert_true(yes > 500 && no > 500);
	strbuf_done(&scratch);
	strbuf_done(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(memory_is_sql, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
