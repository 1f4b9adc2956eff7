#include "gateway/store/money.h"

int64_t
money_spent(struct db *db, const char *sim)
{
	return db_number(db, 0, "SELECT sum(cost) FROM used WHERE sim = $1", "t", sim);
}

void
topup_add(struct db *db, const struct topup *t)
{
	db_run(db,
		"INSERT INTO topups(id, channel, at, amount, spent, agent) VALUES($1, "
		"$2, $3, "
		"$4, $5, $6)",
		"uuiiit", t->id, t->channel, t->at, t->amount, t->spent,
		t->agent ? t->agent : "");
}

/* What was spent before the first one was not paid from it. */
bool
money_balance(struct db *db, uint64_t channel, const char *sim, int64_t *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT count(*), sum(amount), min(spent) FROM topups WHERE channel = $1",
		"u", channel);
	bool any = db_next(q) && db_int(q, 0) > 0;
	int64_t paid = any ? db_int(q, 1) : 0, before = any ? db_int(q, 2) : 0;
	db_end(q);
	if (any)
		*ret = paid - (money_spent(db, sim) - before);
	return any;
}

void
money_list(struct db *db, int64_t first, int64_t last,
	void (*each)(void *arg, const struct money_row *row), void *arg)
{
	struct db_rows *q = db_select(db,
		"SELECT coalesce(c.name, ''), u.sim, sum(u.messages), sum(u.parts), "
		"sum(u.cost), max(c.id) FROM used u LEFT JOIN channels c ON (c.imsi <> "
		"'' AND "
		"c.imsi = u.sim) OR (c.imsi = '' AND c.iccid <> '' AND c.iccid = u.sim) "
		"OR "
		"c.name = u.sim WHERE u.day >= $1 AND u.day <= $2 GROUP BY c.name, u.sim "
		"ORDER BY c.name, u.sim",
		"ii", first, last);
	while (db_next(q)) {
		struct money_row row = {.channel = db_text(q, 0),
			.sim = db_text(q, 1),
			.messages = db_int(q, 2),
			.parts = db_int(q, 3),
			.cost = db_int(q, 4)};
		if (db_id(q, 5))
			row.prepaid = money_balance(
				db, db_id(q, 5), db_text(q, 1), &row.balance);
		each(arg, &row);
	}
	db_end(q);
}
