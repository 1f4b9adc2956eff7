#include "gateway/store/usage.h"

/* One day of one SIM, more or less. */
static void
add_day(struct db *db, const struct charge *c, int64_t sign, bool marketing, bool fresh)
{
	db_run(db,
		"INSERT INTO used(sim, day, messages, marketing, parts, recipients, "
		"cost) "
		"VALUES($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (sim, day) DO UPDATE SET "
		"messages = used.messages + $3, marketing = used.marketing + $4, "
		"parts = used.parts + $5, recipients = used.recipients + $6, "
		"cost = used.cost + $7",
		"tiiiiii", c->sim, c->day, sign, marketing ? sign : 0, sign * c->parts,
		fresh ? sign : 0, sign * c->cost);
}

void
usage_add(struct db *db, const struct charge *c, int sign)
{
	add_day(db, c, sign, false, false);
}

bool
usage_charge(struct db *db, const struct charge *c, bool marketing)
{
	if (db_run(db,
		    "INSERT INTO charges(message, contact, priority, channel, sim, at, "
		    "parts, cost, text) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9) "
		    "ON CONFLICT (message) DO NOTHING",
		    "uuiutiiii", c->message, c->contact, (int64_t)c->priority, c->channel,
		    c->sim, c->at, (int64_t)c->parts, c->cost, c->text) != 1)
		return false;
	bool fresh = !usage_knows_recipient(db, c->sim, c->month, c->contact);
	db_run(db,
		"INSERT INTO recipients(sim, month, contact, n) VALUES($1, $2, $3, 1) "
		"ON CONFLICT (sim, month, contact) DO UPDATE SET n = recipients.n + 1",
		"tiu", c->sim, c->month, c->contact);
	add_day(db, c, 1, marketing, fresh);
	return true;
}

static bool
take_charge(struct db *db, uint64_t message, struct charge *c, char sim[64])
{
	struct db_rows *q = db_select(db,
		"SELECT contact, sim, at, parts, cost FROM charges WHERE message = $1",
		"u", message);
	bool found = db_next(q);
	if (found) {
		*c = (struct charge){.message = message,
			.contact = db_id(q, 0),
			.at = db_int(q, 2),
			.parts = (int)db_int(q, 3),
			.cost = db_int(q, 4)};
		const char *p = db_text(q, 1);
		for (size_t i = 0; i < 64; i++)
			if (!(sim[i] = i == 63 ? '\0' : p[i]))
				break;
		c->sim = sim;
	}
	db_end(q);
	return found;
}

bool
usage_refund(struct db *db, uint64_t message, bool marketing,
	void (*when)(void *arg, int64_t at, int64_t *ret_day, int64_t *ret_month),
	void *arg)
{
	struct charge c;
	char sim[64];
	if (!take_charge(db, message, &c, sim))
		return false;
	when(arg, c.at, &c.day, &c.month);
	db_run(db, "DELETE FROM charges WHERE message = $1", "u", message);
	db_run(db,
		"UPDATE recipients SET n = n - 1 WHERE sim = $1 AND month = $2 AND "
		"contact = $3",
		"tiu", c.sim, c.month, c.contact);
	bool gone = db_run(db,
			    "DELETE FROM recipients WHERE sim = $1 AND month = $2 AND "
			    "contact = $3 AND n <= 0",
			    "tiu", c.sim, c.month, c.contact) == 1;
	add_day(db, &c, -1, marketing, gone);
	return true;
}

int64_t
usage_contact_nth(struct db *db, uint64_t contact, int priority, int64_t since, int64_t n)
{
	return db_number(db, 0,
		"SELECT at FROM charges WHERE contact = $1 AND priority = $2 AND at >= "
		"$3 "
		"ORDER BY at DESC LIMIT 1 OFFSET $4",
		"uiii", contact, (int64_t)priority, since, n - 1);
}

int64_t
usage_sim_nth(struct db *db, const char *sim, int priority, int64_t since, int64_t n)
{
	if (priority >= 0)
		return db_number(db, 0,
			"SELECT at FROM charges WHERE sim = $1 AND priority = $2 AND "
			"at >= $3 ORDER BY at DESC LIMIT 1 OFFSET $4",
			"tiii", sim, (int64_t)priority, since, n - 1);
	return db_number(db, 0,
		"SELECT at FROM charges WHERE sim = $1 AND priority IN (0, 1, 2, 3) AND "
		"at >= $2 ORDER BY at DESC LIMIT 1 OFFSET $3",
		"tii", sim, since, n - 1);
}

int64_t
usage_same_text(struct db *db, uint64_t contact, int64_t text, int64_t since)
{
	return db_number(db, 0,
		"SELECT max(at) FROM charges WHERE contact = $1 AND priority = 3 AND "
		"at >= $2 AND text = $3",
		"uii", contact, since, text);
}

uint64_t
usage_last_channel(struct db *db, uint64_t contact)
{
	return (uint64_t)db_number(db, 0,
		"SELECT channel FROM charges WHERE contact = $1 ORDER BY at DESC LIMIT 1",
		"u", contact);
}

void
usage_sum(struct db *db, const char *sim, int64_t first, int64_t last,
	struct usage_sum *ret)
{
	static const char of_one[] =
		"SELECT sum(messages), sum(marketing), sum(parts), sum(recipients), "
		"sum(cost) FROM used WHERE sim = $1 AND day >= $2 AND day <= $3";
	static const char of_all[] =
		"SELECT sum(messages), sum(marketing), sum(parts), sum(recipients), "
		"sum(cost) FROM used WHERE day >= $1 AND day <= $2";
	struct db_rows *q = sim ? db_select(db, of_one, "tii", sim, first, last)
				: db_select(db, of_all, "ii", first, last);
	*ret = (struct usage_sum){0};
	if (db_next(q))
		*ret = (struct usage_sum){db_int(q, 0), db_int(q, 1), db_int(q, 2),
			db_int(q, 3), db_int(q, 4)};
	db_end(q);
}

bool
usage_knows_recipient(struct db *db, const char *sim, int64_t month, uint64_t contact)
{
	return db_number(db, 0,
		       "SELECT 1 FROM recipients WHERE sim = $1 AND month = $2 AND "
		       "contact = $3",
		       "tiu", sim, month, contact) != 0;
}

bool
usage_bucket(struct db *db, const char *sim, double *ret_tokens, int64_t *ret_at)
{
	struct db_rows *q = db_select(db,
		"SELECT CAST(tokens * 1000 AS BIGINT), at FROM buckets WHERE sim = $1",
		"t", sim);
	bool found = db_next(q);
	if (found) {
		*ret_tokens = (double)db_int(q, 0) / 1000;
		*ret_at = db_int(q, 1);
	}
	db_end(q);
	return found;
}

void
usage_set_bucket(struct db *db, const char *sim, double tokens, int64_t at)
{
	db_run(db,
		"INSERT INTO buckets(sim, tokens, at) VALUES($1, $2, $3) ON CONFLICT "
		"(sim) "
		"DO UPDATE SET tokens = $2, at = $3",
		"tdi", sim, tokens, at);
}

int64_t
usage_send_time(struct db *db, uint64_t channel)
{
	return db_number(db, 0,
		"SELECT CAST(avg(done_at - at) AS BIGINT) FROM (SELECT at, done_at, "
		"channel "
		"FROM attempts ORDER BY id DESC LIMIT 200) AS newest WHERE channel = $1 "
		"AND "
		"done_at > 0",
		"u", channel);
}
