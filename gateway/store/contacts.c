#include "gateway/store/contacts.h"

#include <stdio.h>

#include "gateway/store/stats.h"

#define COLUMNS                                                                          \
	"id, last_channel, phone, stopped, stopped_at, last_in, last_out, zone, "        \
	"region, "                                                                       \
	"optout_due, optout_text, dead_since, refused, revived, suppressed"

static bool
read_row(struct db_rows *q, struct contact *ret)
{
	bool found = db_next(q);
	if (found) {
		*ret = (struct contact){.id = db_id(q, 0),
			.last_channel = db_id(q, 1),
			.stopped_at = db_int(q, 4),
			.last_in = db_int(q, 5),
			.last_out = db_int(q, 6),
			.optout_due = db_int(q, 9),
			.optout_text = db_id(q, 10),
			.dead_since = db_int(q, 11),
			.refused = (int)db_int(q, 12),
			.revived = db_int(q, 13),
			.suppressed = db_int(q, 14)};
		snprintf(ret->zone, sizeof(ret->zone), "%s", db_text(q, 7));
		snprintf(ret->region, sizeof(ret->region), "%s", db_text(q, 8));
		snprintf(ret->phone, sizeof(ret->phone), "%s", db_text(q, 2));
		snprintf(ret->stopped, sizeof(ret->stopped), "%s", db_text(q, 3));
	}
	db_end(q);
	return found;
}

bool
contact_take(struct db *db, const char *phone, uint64_t new_id, int64_t now,
	struct contact *ret, bool *ret_new)
{
	*ret_new = false;
	if (read_row(db_select(db, "SELECT " COLUMNS " FROM contacts WHERE phone = $1",
			     "t", phone),
		    ret))
		return true;
	*ret_new = true;
	*ret = (struct contact){.id = new_id};
	snprintf(ret->phone, sizeof(ret->phone), "%s", phone);
	if (db_run(db, "INSERT INTO contacts(id, phone, created) VALUES($1, $2, $3)",
		    "uti", new_id, phone, now) != 1)
		return false;
	stats_adopt(db, new_id, phone);
	return true;
}

bool
contact_find(struct db *db, const char *phone, struct contact *ret)
{
	return read_row(db_select(db, "SELECT " COLUMNS " FROM contacts WHERE phone = $1",
				"t", phone),
		ret);
}

bool
contact_load(struct db *db, uint64_t id, struct contact *ret)
{
	return read_row(
		db_select(db, "SELECT " COLUMNS " FROM contacts WHERE id = $1", "u", id),
		ret);
}

void
contact_heard(struct db *db, uint64_t id, uint64_t channel, int64_t at)
{
	db_run(db, "UPDATE contacts SET last_in = $3, last_channel = $2 WHERE id = $1",
		"uui", id, channel, at);
}

void
contact_sent(struct db *db, uint64_t id, int64_t at)
{
	db_run(db, "UPDATE contacts SET last_out = $2 WHERE id = $1", "ui", id, at);
}

void
contact_set_stopped(struct db *db, uint64_t id, const char *scope, int64_t at)
{
	db_run(db, "UPDATE contacts SET stopped = $2, stopped_at = $3 WHERE id = $1",
		"uti", id, scope, at);
}

void
contact_set_optout(struct db *db, uint64_t id, uint64_t text, int64_t due)
{
	db_run(db, "UPDATE contacts SET optout_text = $2, optout_due = $3 WHERE id = $1",
		"uui", id, text, due);
}

size_t
contacts_optout_due(struct db *db, int64_t now, uint64_t *ret_ids, size_t max)
{
	struct db_rows *q = db_select(db,
		"SELECT id FROM contacts WHERE optout_due > 0 AND optout_due <= $1 "
		"ORDER BY optout_due LIMIT $2",
		"ii", now, (int64_t)max);
	return db_ids(q, ret_ids, max);
}

void
contact_set_dead(struct db *db, uint64_t id, int64_t since)
{
	db_run(db, "UPDATE contacts SET dead_since = $2 WHERE id = $1", "ui", id, since);
}

void
contact_set_place(struct db *db, uint64_t id, const char *zone, const char *region)
{
	db_run(db, "UPDATE contacts SET zone = $2, region = $3 WHERE id = $1", "utt", id,
		zone, region);
}

int
contact_next_ref(struct db *db, uint64_t id)
{
	db_run(db, "UPDATE contacts SET concat_ref = concat_ref % 255 + 1 WHERE id = $1",
		"u", id);
	return (int)db_number(
		db, 1, "SELECT concat_ref FROM contacts WHERE id = $1", "u", id);
}

void
contact_set_suppressed(struct db *db, uint64_t id, int64_t at)
{
	db_run(db, "UPDATE contacts SET suppressed = $2 WHERE id = $1", "ui", id, at);
}

void
contact_set_refused(struct db *db, uint64_t id, int refused)
{
	db_run(db, "UPDATE contacts SET refused = $2 WHERE id = $1", "ui", id,
		(int64_t)refused);
}

void
contact_set_revived(struct db *db, uint64_t id, int64_t at)
{
	db_run(db,
		"UPDATE contacts SET revived = $2, dead_since = 0, refused = 0 WHERE id "
		"= $1",
		"ui", id, at);
}
