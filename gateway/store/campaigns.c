#include "gateway/store/campaigns.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                          \
	"id, name, state, why, agent, winner, created, updated, started, ended, pass, "  \
	"pass_at, planned, budget_at, cursor, budget, sweep IS NOT NULL"

static void
copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static void
read_row(struct db_rows *q, struct campaign_row *ret)
{
	*ret = (struct campaign_row){.id = db_id(q, 0),
		.created = db_int(q, 6),
		.updated = db_int(q, 7),
		.started = db_int(q, 8),
		.ended = db_int(q, 9),
		.pass = db_int(q, 10),
		.pass_at = db_int(q, 11),
		.planned = db_int(q, 12),
		.budget_at = db_int(q, 13),
		.cursor = db_id(q, 14),
		.budget = db_real(q, 15),
		.sweeping = db_int(q, 16) != 0};
	copy(ret->name, sizeof(ret->name), db_text(q, 1));
	copy(ret->state, sizeof(ret->state), db_text(q, 2));
	copy(ret->why, sizeof(ret->why), db_text(q, 3));
	copy(ret->agent, sizeof(ret->agent), db_text(q, 4));
	copy(ret->winner, sizeof(ret->winner), db_text(q, 5));
}

bool
campaign_load(struct db *db, uint64_t id, struct campaign_row *ret, struct strbuf *spec)
{
	struct db_rows *q = db_select(
		db, "SELECT " COLUMNS ", spec FROM campaigns WHERE id = $1", "u", id);
	bool found = db_next(q);
	if (found) {
		read_row(q, ret);
		if (spec)
			strbuf_puts(spec, db_text(q, 17));
	}
	db_end(q);
	return found;
}

uint64_t
campaign_find(struct db *db, const char *name)
{
	return (uint64_t)db_number(
		db, 0, "SELECT id FROM campaigns WHERE name = $1", "t", name);
}

bool
campaign_insert(
	struct db *db, const struct campaign_row *c, const char *spec, int64_t now)
{
	return db_run(db,
		       "INSERT INTO campaigns(id, name, spec, state, created, updated) "
		       "VALUES($1, $2, $3, 'draft', $4, $4) ON CONFLICT (name) DO "
		       "NOTHING",
		       "utti", c->id, c->name, spec, now) == 1;
}

void
campaign_set_spec(struct db *db, uint64_t id, const char *spec, int64_t now)
{
	db_run(db, "UPDATE campaigns SET spec = $2, updated = $3 WHERE id = $1", "uti",
		id, spec, now);
}

void
campaign_save(struct db *db, const struct campaign_row *c, int64_t now)
{
	db_run(db,
		"UPDATE campaigns SET state = $2, why = $3, agent = $4, winner = $5, "
		"started = $6, ended = $7, pass = $8, pass_at = $9, planned = $10, "
		"cursor = $11, budget = $12, budget_at = $13, updated = $14 WHERE id = "
		"$1",
		"uttttiiiiiudii", c->id, c->state, c->why, c->agent, c->winner,
		c->started, c->ended, c->pass, c->pass_at, c->planned, c->cursor,
		c->budget, c->budget_at, now);
}

uint64_t
campaign_next_live(struct db *db, uint64_t after)
{
	return (uint64_t)db_number(db, 0,
		"SELECT min(id) FROM campaigns WHERE id > $1 AND (state = 'running' OR "
		"sweep IS NOT NULL)",
		"u", after);
}

void
campaigns_list(struct db *db, int limit,
	void (*each)(void *arg, const struct campaign_row *c), void *arg)
{
	struct db_rows *q = db_select(db,
		"SELECT " COLUMNS " FROM campaigns ORDER BY id DESC LIMIT $1", "i",
		(int64_t)limit);
	struct campaign_row c;
	while (db_next(q)) {
		read_row(q, &c);
		each(arg, &c);
	}
	db_end(q);
}

/* ---- whom it came to ---- */

void
campaign_member_add(struct db *db, uint64_t campaign, uint64_t contact,
	const char *variant, const char *what, const char *why, int64_t now)
{
	db_run(db,
		"INSERT INTO campaign_members(campaign, contact, variant, what, why, at) "
		"VALUES($1, $2, $3, $4, $5, $6) ON CONFLICT (campaign, contact) DO "
		"NOTHING",
		"uuttti", campaign, contact, variant, what, why, now);
}

bool
campaign_member_known(struct db *db, uint64_t campaign, uint64_t contact)
{
	return db_number(db, 0,
		       "SELECT 1 FROM campaign_members WHERE campaign = $1 AND contact = "
		       "$2",
		       "uu", campaign, contact) == 1;
}

/* ---- clearing up ---- */

/* "c5" .. "c5r:...": both sorts of texts lie between "c5:" and "c5s". */
static void
bounds(uint64_t campaign, char low[32], char high[32])
{
	snprintf(low, 32, "c%" PRIu64 ":", campaign);
	snprintf(high, 32, "c%" PRIu64 "s", campaign);
}

#define UNSENT                                                                           \
	"FROM messages WHERE origin = 'campaign' AND NOT (state <> 'queued' AND state "  \
	"<> 'held') AND key > $1 AND key < $2 "

static const char *const sweeps[] = {
	[CAMPAIGN_HOLD] = ("UPDATE messages SET state = 'held', ready = 0, reason = $2, "
			   "due = expires, updated = $3 WHERE id = $1 AND (state = "
			   "'queued' OR reason = $2) AND parts_done = 0"),
	[CAMPAIGN_WAKE] = ("UPDATE messages SET due = $3, updated = $3, reason = $2 "
			   "WHERE id = $1 AND state = 'held' AND reason LIKE 'schedule: "
			   "the campaign %'"),
	[CAMPAIGN_CANCEL] =
		("UPDATE messages SET state = 'canceled', ready = 0, reason = "
		 "$2, updated = $3 WHERE id = $1 AND parts_done = 0"),
};

int
campaign_sweep(struct db *db, uint64_t campaign, enum campaign_sweep what, char *key,
	size_t size, const char *reason, int64_t now, uint64_t *ret_contacts, int max)
{
	char low[32], high[32];
	uint64_t ids[256];
	int n = 0;
	bounds(campaign, low, high);
	struct db_rows *q = db_select(db,
		"SELECT id, contact, key " UNSENT "ORDER BY key LIMIT $3", "tti",
		*key ? key : low, high, (int64_t)MIN(max, (int)ARRAY_LEN(ids)));
	while (db_next(q)) {
		ids[n] = db_id(q, 0);
		ret_contacts[n++] = db_id(q, 1);
		copy(key, size, db_text(q, 2));
	}
	db_end(q);
	for (int i = 0; i < n; i++)
		db_run(db, sweeps[what], "uti", ids[i], reason, now);
	return n;
}

void
campaign_set_sweep(struct db *db, uint64_t id, const char *key)
{
	db_run(db, "UPDATE campaigns SET sweep = $2 WHERE id = $1", "ut", id, key);
}

void
campaign_get_sweep(struct db *db, uint64_t id, char *key, size_t size)
{
	struct db_rows *q =
		db_select(db, "SELECT sweep FROM campaigns WHERE id = $1", "u", id);
	copy(key, size, db_next(q) ? db_text(q, 0) : "");
	db_end(q);
}

bool
campaign_empty(struct db *db, uint64_t id)
{
	char low[32], high[32];
	bounds(id, low, high);
	return !db_number(db, 0, "SELECT 1 " UNSENT "LIMIT 1", "tt", low, high);
}

/* ---- audiences ---- */

static void
read_audience(struct db_rows *q, struct audience_named *ret)
{
	ret->id = db_id(q, 0);
	copy(ret->name, sizeof(ret->name), db_text(q, 1));
	copy(ret->rule, sizeof(ret->rule), db_text(q, 2));
	copy(ret->note, sizeof(ret->note), db_text(q, 3));
	ret->updated = db_int(q, 4);
}

bool
audience_find(struct db *db, const char *name, struct audience_named *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT id, name, rule, note, updated FROM audiences WHERE name = $1",
		"t", name);
	bool found = db_next(q);
	if (found)
		read_audience(q, ret);
	db_end(q);
	return found;
}

void
audience_put(struct db *db, const struct audience_named *a, int64_t now)
{
	db_run(db,
		"INSERT INTO audiences(id, name, rule, note, updated) VALUES($1, $2, $3, "
		"$4, $5) ON CONFLICT (name) DO UPDATE SET rule = $3, note = $4, updated "
		"= $5",
		"uttti", a->id, a->name, a->rule, a->note, now);
}

void
audience_remove(struct db *db, uint64_t id)
{
	db_run(db, "DELETE FROM audiences WHERE id = $1", "u", id);
}

bool
audience_has(struct db *db, uint64_t id, uint64_t contact)
{
	return db_number(db, 0,
		       "SELECT 1 FROM audience WHERE audience = $1 AND contact = $2",
		       "uu", id, contact) == 1;
}

void
audience_drop(struct db *db, uint64_t id, uint64_t contact)
{
	db_run(db, "DELETE FROM audience WHERE audience = $1 AND contact = $2", "uu", id,
		contact);
}

void
audiences_list(
	struct db *db, void (*each)(void *arg, const struct audience_named *a), void *arg)
{
	struct db_rows *q = db_select(db,
		"SELECT id, name, rule, note, updated FROM audiences ORDER BY name", "");
	struct audience_named a;
	while (db_next(q)) {
		read_audience(q, &a);
		each(arg, &a);
	}
	db_end(q);
}
