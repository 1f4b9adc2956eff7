#include "gateway/core/person.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/store/attributes.h"
#include "gateway/store/ledger.h"
#include "gateway/store/shop_events.h"
#include "gateway/store/stats.h"

/* Every field that is not an attribute, and what it is made of. `sql` is a scalar over
 * `contacts c`; NULL there is missing here. */
enum reading { READ_NUMBER, READ_TIME, READ_TEXT };

#define STAT(expression)                                                                 \
	"(SELECT " expression " FROM contact_stats s WHERE s.contact = c.id)"
#define SIGN                                                                             \
	"coalesce((SELECT max(v.at) FROM (SELECT c.last_in AS at UNION ALL SELECT "      \
	"s.last_event FROM contact_stats s WHERE s.contact = c.id UNION ALL SELECT "     \
	"s.last_order FROM contact_stats s WHERE s.contact = c.id UNION ALL SELECT "     \
	"c.created) v), 0)"

static const struct field {
	const char *name;
	enum reading reading;
	const char *sql, *joined; /* joined: where `contact_stats s` stands beside c */
} fields[] = {
	{"phone", READ_TEXT, "c.phone", NULL},
	{"created", READ_TIME, "c.created", NULL},
	{"last_reply", READ_TIME, "nullif(c.last_in, 0)", NULL},
	{"last_text", READ_TIME, "nullif(c.last_out, 0)", NULL},
	{"stopped", READ_TEXT, "nullif(c.stopped, '')", NULL},
	{"orders", READ_NUMBER, "coalesce(" STAT("s.orders") ", 0)",
		"coalesce(s.orders, 0)"},
	{"ltv", READ_NUMBER, "coalesce(" STAT("s.spent") ", 0) / 1000.0",
		"coalesce(s.spent, 0) / 1000.0"},
	{"aov", READ_NUMBER,
		STAT("CASE WHEN s.orders > 0 THEN s.spent / 1000.0 / s.orders END"),
		"CASE WHEN s.orders > 0 THEN s.spent / 1000.0 / s.orders END"},
	{"first_order", READ_TIME, STAT("nullif(s.first_order, 0)"),
		"nullif(s.first_order, 0)"},
	{"last_order", READ_TIME, STAT("nullif(s.last_order, 0)"),
		"nullif(s.last_order, 0)"},
	{"interval", READ_NUMBER, STAT("nullif(s.gap, 0) / 86400000.0"),
		"nullif(s.gap, 0) / 86400000.0"},
	{"last_event", READ_TIME, STAT("nullif(s.last_event, 0)"),
		"nullif(s.last_event, 0)"},
	{"last_sign", READ_TIME, SIGN, NULL},
};

static const struct field *
find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (!strcmp(fields[i].name, name))
			return &fields[i];
	return NULL;
}

/* ---- in memory ---- */

static const char *
engagement(int64_t sign, int64_t now)
{
	return sign > now - PERSON_COOLING  ? "active"
	       : sign > now - PERSON_SILENT ? "cooling"
					    : "silent";
}

static bool
moment(int64_t at, struct value *ret)
{
	if (at)
		*ret = value_time(at);
	return at != 0;
}

static bool
stat_fact(struct db *db, uint64_t contact, const char *name, struct value *ret)
{
	struct contact_stats s;
	stats_load(db, contact, &s);
	if (!strcmp(name, "orders"))
		*ret = value_number((double)s.orders);
	else if (!strcmp(name, "ltv"))
		*ret = value_number((double)s.spent / 1000.0);
	else if (!strcmp(name, "aov") && s.orders > 0)
		*ret = value_number((double)s.spent / 1000.0 / (double)s.orders);
	else if (!strcmp(name, "interval") && s.gap)
		*ret = value_number((double)s.gap / 86400000.0);
	else if (!strcmp(name, "first_order"))
		return moment(s.first_order, ret);
	else if (!strcmp(name, "last_order"))
		return moment(s.last_order, ret);
	else if (!strcmp(name, "last_event"))
		return moment(s.last_event, ret);
	else
		return false;
	return true;
}

struct basics {
	char phone[48], stopped[12];
	int64_t created, last_in, last_out;
};

static bool
basics(struct db *db, uint64_t contact, struct basics *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT phone, stopped, created, last_in, last_out FROM contacts WHERE "
		"id = $1",
		"u", contact);
	bool found = db_next(q);
	if (found) {
		*ret = (struct basics){.created = db_int(q, 2),
			.last_in = db_int(q, 3),
			.last_out = db_int(q, 4)};
		snprintf(ret->phone, sizeof(ret->phone), "%s", db_text(q, 0));
		snprintf(ret->stopped, sizeof(ret->stopped), "%s", db_text(q, 1));
	}
	db_end(q);
	return found;
}

static bool
own_fact(struct db *db, uint64_t contact, const char *name, int64_t now,
	struct strbuf *scratch, struct value *ret)
{
	struct basics b;
	struct contact_stats s;
	if (!basics(db, contact, &b))
		return false;
	bool engaged = !strcmp(name, "engagement");
	if (engaged || !strcmp(name, "last_sign")) {
		stats_load(db, contact, &s);
		int64_t sign =
			MAX(MAX(b.created, b.last_in), MAX(s.last_event, s.last_order));
		*ret = engaged ? value_text(engagement(sign, now)) : value_time(sign);
		return true;
	}
	if (!strcmp(name, "created"))
		return moment(b.created, ret);
	if (!strcmp(name, "last_reply"))
		return moment(b.last_in, ret);
	if (!strcmp(name, "last_text"))
		return moment(b.last_out, ret);
	strbuf_reset(scratch);
	strbuf_puts(scratch, !strcmp(name, "phone") ? b.phone : b.stopped);
	if (scratch->len)
		*ret = value_text(scratch->s);
	return scratch->len > 0;
}

static bool
list_fact(struct db *db, uint64_t contact, bool tags, struct strbuf *scratch,
	struct value *ret)
{
	strbuf_reset(scratch);
	if (tags)
		tags_list(db, contact, scratch);
	else
		stats_categories(db, contact, scratch);
	*ret = (struct value){.kind = VALUE_LIST, .text = scratch->s};
	return true;
}

static bool
attribute_fact(struct db *db, uint64_t contact, const char *name, struct strbuf *scratch,
	struct value *ret)
{
	struct attribute a;
	strbuf_reset(scratch);
	if (!attribute_load(db, contact, name, &a, scratch))
		return false;
	if (a.text)
		*ret = value_text(a.text);
	else if (a.has_number)
		*ret = value_number(a.number);
	else if (a.has_moment)
		*ret = value_time(a.moment);
	else
		return false;
	return true;
}

bool
person_fact(struct db *db, uint64_t contact, const char *name, int64_t now,
	struct strbuf *scratch, struct value *ret)
{
	const struct field *f = find(name);
	if (!strcmp(name, "tags") || !strcmp(name, "categories"))
		return list_fact(db, contact, *name == 't', scratch, ret);
	if (!strcmp(name, "engagement"))
		return own_fact(db, contact, name, now, scratch, ret);
	if (!f)
		return attribute_fact(db, contact, name, scratch, ret);
	return strstr(f->sql, "contact_stats") && strcmp(name, "last_sign") != 0
		       ? stat_fact(db, contact, name, ret)
		       : own_fact(db, contact, name, now, scratch, ret);
}

void
person_aggregate(struct db *db, uint64_t contact, enum expr_aggregate what,
	const char *event, int64_t since, struct value *ret)
{
	struct shop_event_sum s, ever;
	shop_events_sum(db, contact, event, since, &s);
	if (!s.count)
		shop_events_sum(db, contact, event, INT64_MIN, &ever);
	if (!s.count && !ever.count) /* nobody told it: the log alone may know it */
		s.count = events_count(db, contact, event, since, &s.first, &s.last);
	switch (what) {
	case EXPR_COUNT: *ret = value_number((double)s.count); return;
	case EXPR_SUM: *ret = value_number(s.sum); return;
	case EXPR_AVG:
		if (s.values)
			*ret = value_number(s.sum / (double)s.values);
		return;
	case EXPR_MIN:
		if (s.values)
			*ret = value_number(s.min);
		return;
	case EXPR_MAX:
		if (s.values)
			*ret = value_number(s.max);
		return;
	case EXPR_LAST:
		if (s.count)
			*ret = value_time(s.last);
		return;
	case EXPR_FIRST:
		if (s.count)
			*ret = value_time(s.first);
		return;
	}
}

/* ---- in SQL ---- */

static const char *format(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
static const char *
format(struct arena *a, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT(4096);
	va_list ap;
	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	const char *kept = arena_strdup(a, text.s);
	strbuf_done(&text);
	return kept;
}

static bool
attribute_column(struct arena *a, const char *name, struct expr_column *ret)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	static const char select[] = "(SELECT a.%s FROM attributes a WHERE a.contact = "
				     "c.id AND a.name = '%s')";
	ret->cost = 2;
	if (!*name || strspn(name, letters) != strlen(name))
		return false;
	ret->text = format(a, select, "text", name);
	ret->number = format(a, select, "number", name);
	ret->time = format(a, select, "moment", name);
	return true;
}

/* Engagement is a question of any sign being newer: no maximum has to be found. */
static const char *
signs_after(struct person_columns *c, int64_t at)
{
	static const char apart[] =
		"(c.last_in > %" PRId64 " OR c.created > %" PRId64
		" OR EXISTS (SELECT 1 FROM contact_stats s WHERE s.contact = c.id AND "
		"(s.last_event > %" PRId64 " OR s.last_order > %" PRId64 ")))";
	static const char beside[] = "(c.last_in > %" PRId64 " OR c.created > %" PRId64
				     " OR coalesce(s.last_event, 0) > %" PRId64
				     " OR coalesce(s.last_order, 0) > %" PRId64 ")";
	return c->joined ? format(&c->arena, beside, at, at, at, at)
			 : format(&c->arena, apart, at, at, at, at);
}

static bool
column(void *ctx, const char *name, struct expr_column *ret)
{
	struct person_columns *c = ctx;
	*ret = (struct expr_column){0};
	if (!strcmp(name, "name"))
		name = "contact.name";
	if (strncmp(name, "contact.", 8) != 0 || !strncmp(name, "contact.consent", 15))
		return false;
	name += 8;
	const struct field *f = find(name);
	bool beside = c->joined && f && f->joined;
	if (!beside &&
		(f ? strstr(f->sql, "SELECT") != NULL : strcmp(name, "engagement")))
		ret->cost = 1;
	if (!strcmp(name, "tags")) {
		ret->set = "SELECT t.name FROM tags t WHERE t.contact = c.id";
		ret->has = c->whole ? "c.id IN (SELECT t.contact FROM tags t WHERE "
				      "t.name = "
				    : "EXISTS (SELECT 1 FROM tags t WHERE t.contact = "
				      "c.id AND t.name = ";
	} else if (!strcmp(name, "categories"))
		ret->set =
			"SELECT k.category FROM contact_categories k WHERE k.contact = "
			"c.id";
	else if (!strcmp(name, "engagement"))
		ret->text = format(&c->arena,
			"(CASE WHEN %s THEN 'active' WHEN %s THEN 'cooling' ELSE "
			"'silent' END)",
			signs_after(c, c->now - PERSON_COOLING),
			signs_after(c, c->now - PERSON_SILENT));
	else if (!f)
		return attribute_column(&c->arena, name, ret);
	else if (f->reading == READ_NUMBER)
		ret->number = beside ? f->joined : f->sql;
	else if (f->reading == READ_TIME)
		ret->time = beside ? f->joined : f->sql;
	else
		ret->text = f->sql;
	return true;
}

struct expr_schema
person_schema(struct person_columns *c, int64_t now)
{
	*c = (struct person_columns){.now = now};
	return (struct expr_schema){.ctx = c,
		.column = column,
		.events = "SELECT e.name AS kind, e.at AS at, e.value AS value FROM "
			  "shop_events e WHERE e.contact = c.id UNION ALL SELECT g.name, "
			  "g.at, CAST(NULL AS REAL) FROM events g WHERE g.contact = c.id "
			  "AND NOT EXISTS (SELECT 1 FROM shop_events o WHERE o.contact = "
			  "c.id AND o.name = g.name)"};
}

/* ---- who has a history ---- */

static bool
is_of_history(const char *name)
{
	const struct field *f = strncmp(name, "contact.", 8) != 0 ? NULL : find(name + 8);
	return f && f->joined;
}

static void
without_history(void *ctx, const char *name, struct value *ret)
{
	(void)ctx;
	if (!strcmp(name, "contact.orders") || !strcmp(name, "contact.ltv"))
		*ret = value_number(0);
}

bool
person_needs_history(const struct expr *expr, int64_t now, const char *zone)
{
	const struct expr_env env = {.get = without_history, .now = now, .zone = zone};
	return expr_fails(expr, is_of_history, &env);
}
