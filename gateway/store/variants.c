#include "gateway/store/variants.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                          \
	"SELECT script, step, print, judge, state, winner, since, decided, looks, "      \
	"next, "                                                                         \
	"counted, verdict, figures, best, second, p, bar, low, high FROM variant_tests "

#define LEFT "('sent', 'delivered', 'undelivered', 'in_doubt')"

static void
copy(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text ? text : "");
}

static void
read_row(struct db_rows *q, struct variant_test *t)
{
	*t = (struct variant_test){.since = db_int(q, 6),
		.decided = db_int(q, 7),
		.looks = db_int(q, 8),
		.next = db_int(q, 9),
		.counted = db_int(q, 10),
		.judged = !db_null(q, 15)};
	copy(t->script, sizeof(t->script), db_text(q, 0));
	copy(t->step, sizeof(t->step), db_text(q, 1));
	copy(t->print, sizeof(t->print), db_text(q, 2));
	copy(t->judge, sizeof(t->judge), db_text(q, 3));
	copy(t->state, sizeof(t->state), db_text(q, 4));
	copy(t->winner, sizeof(t->winner), db_text(q, 5));
	copy(t->verdict, sizeof(t->verdict), db_text(q, 11));
	copy(t->figures, sizeof(t->figures), db_text(q, 12));
	copy(t->best, sizeof(t->best), db_text(q, 13));
	copy(t->second, sizeof(t->second), db_text(q, 14));
	if (!t->judged)
		return;
	t->p = db_real(q, 15);
	t->bar = db_real(q, 16);
	t->low = db_real(q, 17);
	t->high = db_real(q, 18);
}

bool
variant_test_load(struct db *db, const char *script, const char *step, const char *print,
	struct variant_test *ret)
{
	struct db_rows *q =
		db_select(db, COLUMNS "WHERE script = $1 AND step = $2 AND print = $3",
			"ttt", script, step, print);
	bool found = db_next(q);
	if (found)
		read_row(q, ret);
	db_end(q);
	return found;
}

void
variant_test_save(struct db *db, const struct variant_test *t)
{
	db_run(db,
		"INSERT INTO variant_tests(script, step, print, judge, state, since) "
		"VALUES($1, $2, $3, $4, $5, $6) ON CONFLICT (script, step, print) DO "
		"NOTHING",
		"ttttti", t->script, t->step, t->print, t->judge, t->state, t->since);
	db_run(db,
		"UPDATE variant_tests SET judge = $4, state = $5, since = $6, winner = "
		"$7, "
		"decided = $8, looks = $9, next = $10, counted = $11, verdict = $12, "
		"figures = $13, best = $14, second = $15 WHERE script = $1 AND step = $2 "
		"AND print = $3",
		"tttttitiiiitttt", t->script, t->step, t->print, t->judge, t->state,
		t->since, t->winner, t->decided, t->looks, t->next, t->counted,
		t->verdict, t->figures, t->best, t->second);
	if (!t->judged)
		db_run(db,
			"UPDATE variant_tests SET p = NULL, bar = NULL, low = NULL, high "
			"= "
			"NULL WHERE script = $1 AND step = $2 AND print = $3",
			"ttt", t->script, t->step, t->print);
	else
		db_run(db,
			"UPDATE variant_tests SET p = $4, bar = $5, low = $6, high = $7 "
			"WHERE script = $1 AND step = $2 AND print = $3",
			"tttdddd", t->script, t->step, t->print, t->p, t->bar, t->low,
			t->high);
}

size_t
variant_tests_open(struct db *db, const char *script, const char *step, const char *print,
	struct variant_test *ret, size_t max)
{
	size_t n = 0;
	struct db_rows *q = db_select(db,
		COLUMNS "WHERE state = 'open' AND (script, step, print) > ($1, $2, $3) "
			"ORDER BY script, step, print LIMIT $4",
		"ttti", script, step, print, (int64_t)max);
	while (n < max && db_next(q))
		read_row(q, &ret[n++]);
	db_end(q);
	return n;
}

void
variant_tests_list(struct db *db, const char *script, size_t max,
	void (*each)(void *arg, const struct variant_test *row), void *arg)
{
	struct db_rows *q =
		script ? db_select(db,
				 COLUMNS "WHERE script = $1 ORDER BY step, since DESC "
					 "LIMIT $2",
				 "ti", script, (int64_t)max)
		       : db_select(db,
				 COLUMNS "ORDER BY script, step, since DESC LIMIT $1",
				 "i", (int64_t)max);
	while (db_next(q)) {
		struct variant_test t;
		read_row(q, &t);
		each(arg, &t);
	}
	db_end(q);
}

/* ---- counting ---- */

#define PAGE                                                                             \
	"FROM (SELECT message, contact, run, at FROM said WHERE script = $1 AND step = " \
	"$2 AND variant = $3 AND message > $4 ORDER BY message LIMIT $6) s JOIN "        \
	"messages m ON m.id = s.message LEFT JOIN charges g ON g.message = s.message "   \
	"WHERE s.run >= $5 AND m.state IN " LEFT                                         \
	" AND NOT EXISTS (SELECT 1 FROM said e JOIN messages o ON o.id = e.message "     \
	"WHERE e.contact = s.contact AND e.script = $1 AND e.step = $2 AND e.variant "   \
	"<> '' AND e.run >= $5 AND e.message < s.message AND o.state IN " LEFT ")"

static const char by_goal[] =
	"SELECT count(*), sum(CASE WHEN EXISTS (SELECT 1 FROM entries n WHERE n.run > 0 "
	"AND n.run = "
	"s.run AND n.goal > 0 AND n.goal >= coalesce(g.at, s.at)) THEN 1 ELSE 0 "
	"END) " PAGE;
static const char by_click[] =
	"SELECT count(*), sum(CASE WHEN EXISTS (SELECT 1 FROM links l WHERE l.message = "
	"s.message AND l.message > 0 AND l.clicked > 0) THEN 1 ELSE 0 END) " PAGE;
/* What came in has the id of its moment: ids_wall(). */
static const char by_reply[] =
	"SELECT count(*), sum(CASE WHEN EXISTS (SELECT 1 FROM messages i WHERE i.contact "
	"= s.contact AND i.outbound = 0 AND i.id > s.message AND i.id > coalesce(g.at, "
	"s.at) * 1048576 AND i.id < (coalesce(g.at, s.at) + 86400000) * 1048576) AND NOT "
	"EXISTS (SELECT 1 FROM consent c WHERE c.contact = s.contact AND c.action = "
	"'revoke' AND c.at >= coalesce(g.at, s.at) AND c.at < coalesce(g.at, s.at) + "
	"86400000) THEN 1 ELSE 0 END) " PAGE;

void
variant_count_page(struct db *db, struct variant_count *c, int page)
{
	const char *sql = !strcmp(c->judge, "goal")    ? by_goal
			  : !strcmp(c->judge, "click") ? by_click
						       : by_reply;
	uint64_t since = (uint64_t)c->since << 20;
	struct db_rows *q = db_select(db, sql, "tttuui", c->script, c->step, c->variant,
		c->cursor, since, (int64_t)page);
	if (db_next(q)) {
		c->people += db_int(q, 0);
		c->did += db_int(q, 1);
	}
	db_end(q);
	q = db_select(db,
		"SELECT count(*), max(message) FROM (SELECT message FROM said WHERE "
		"script = $1 AND step = $2 AND variant = $3 AND message > $4 ORDER BY "
		"message LIMIT $5) s",
		"tttui", c->script, c->step, c->variant, c->cursor, (int64_t)page);
	bool more = db_next(q) && db_int(q, 0) == page;
	c->cursor = more ? db_id(q, 1) : 0;
	db_end(q);
}
