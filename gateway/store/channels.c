#include "gateway/store/channels.h"

#include <stdio.h>

static bool
find(struct db *db, const char *name, struct channel_row *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT id, name, imei, iccid, imsi, first_seen, sent, failed, doubts, "
		"last_mr, "
		"counting, adopted FROM channels WHERE name = $1",
		"t", name);
	bool found = db_next(q);
	if (found) {
		*ret = (struct channel_row){.id = db_id(q, 0),
			.first_seen = db_int(q, 5),
			.sent = db_int(q, 6),
			.failed = db_int(q, 7),
			.doubts = db_int(q, 8),
			.last_mr = (int)db_int(q, 9),
			.counting = (int)db_int(q, 10),
			.adopted = db_int(q, 11) != 0};
		snprintf(ret->name, sizeof(ret->name), "%s", db_text(q, 1));
		snprintf(ret->imei, sizeof(ret->imei), "%s", db_text(q, 2));
		snprintf(ret->iccid, sizeof(ret->iccid), "%s", db_text(q, 3));
		snprintf(ret->imsi, sizeof(ret->imsi), "%s", db_text(q, 4));
	}
	db_end(q);
	return found;
}

bool
channel_row_take(
	struct db *db, const char *name, uint64_t new_id, struct channel_row *ret)
{
	if (find(db, name, ret))
		return true;
	db_run(db, "INSERT INTO channels(id, name) VALUES($1, $2)", "ut", new_id, name);
	return find(db, name, ret);
}

void
channel_row_save(struct db *db, const struct channel_row *r)
{
	db_run(db,
		"UPDATE channels SET imei = $2, iccid = $3, imsi = $4, first_seen = $5, "
		"sent = $6, failed = $7, doubts = $8, last_mr = $9, counting = $10, "
		"adopted = $11 WHERE id = $1",
		"utttiiiiiii", r->id, r->imei, r->iccid, r->imsi, r->first_seen, r->sent,
		r->failed, r->doubts, (int64_t)r->last_mr, (int64_t)r->counting,
		(int64_t)r->adopted);
}

void
channel_note_get(struct db *db, uint64_t channel, const char *key, char *ret, size_t size)
{
	struct db_rows *q = db_select(db,
		"SELECT value FROM channel_notes WHERE channel = $1 AND key = $2", "ut",
		channel, key);
	snprintf(ret, size, "%s", db_next(q) ? db_text(q, 0) : "");
	db_end(q);
}

void
channel_note_set(struct db *db, uint64_t channel, const char *key, const char *value)
{
	db_run(db,
		"INSERT INTO channel_notes(channel, key, value) VALUES($1, $2, $3) "
		"ON CONFLICT (channel, key) DO UPDATE SET value = excluded.value",
		"utt", channel, key, value);
}
