#include "gateway/store/shop_events.h"

#include <string.h>

void
shop_event_insert(struct db *db, const struct shop_event_row *r)
{
	static const char insert[] =
		"INSERT INTO shop_events(id, contact, name, at, value, told, source, "
		"fingerprint, data, state) "
		"VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
	const char *told = r->told ? r->told : "", *data = r->data ? r->data : "";
	if (r->has_value)
		db_run(db, insert, "uutidttiti", r->id, r->contact, r->name, r->at,
			r->value, told, r->source, r->fingerprint, data,
			(int64_t)r->heard);
	else
		db_run(db, insert, "uutinttiti", r->id, r->contact, r->name, r->at, told,
			r->source, r->fingerprint, data, (int64_t)r->heard);
}

uint64_t
shop_event_told(
	struct db *db, const char *told, const char *name, int64_t *ret_fingerprint)
{
	struct db_rows *q = db_select(db,
		"SELECT id, fingerprint FROM shop_events WHERE told = $1 AND name = $2 "
		"AND told <> ''",
		"tt", told, name);
	uint64_t id = 0;
	if (db_next(q)) {
		id = db_id(q, 0);
		*ret_fingerprint = db_int(q, 1);
	}
	db_end(q);
	return id;
}

int64_t
shop_events_within(struct db *db, uint64_t contact, const char *name, int64_t from,
	int64_t to, int64_t max)
{
	return db_number(db, 0,
		"SELECT count(*) FROM (SELECT 1 FROM shop_events WHERE contact = $1 AND "
		"name = $2 AND at >= $3 AND at <= $4 LIMIT $5) s",
		"utiii", contact, name, from, to, max);
}

/* ---- those to be heard ---- */

static size_t
keep(struct strbuf *room, const char *text)
{
	size_t at = room->len;
	strbuf_add(room, text, strlen(text) + 1);
	return at;
}

/* The room moves while it grows: the pointers are set when all texts are in it. */
static size_t
read_rows(struct db_rows *q, struct shop_event_row *ret, size_t max, struct strbuf *room)
{
	size_t n = 0, at[64][2];
	strbuf_reset(room);
	max = MIN(max, ARRAY_LEN(at));
	while (n < max && db_next(q)) {
		ret[n] = (struct shop_event_row){.id = db_id(q, 0),
			.contact = db_id(q, 1),
			.at = db_int(q, 3),
			.has_value = !db_null(q, 4),
			.value = db_real(q, 4)};
		at[n][0] = keep(room, db_text(q, 2));
		at[n++][1] = keep(room, db_text(q, 5));
	}
	db_end(q);
	for (size_t i = 0; i < n; i++) {
		ret[i].name = room->s + at[i][0];
		ret[i].data = room->s + at[i][1];
	}
	return n;
}

size_t
shop_events_unheard(
	struct db *db, struct shop_event_row *ret, size_t max, struct strbuf *room)
{
	return read_rows(
		db_select(db,
			"SELECT id, contact, name, at, value, data FROM shop_events "
			"WHERE state = 0 ORDER BY id LIMIT $1",
			"i", (int64_t)max),
		ret, max, room);
}

uint64_t
shop_events_oldest(struct db *db)
{
	return (uint64_t)db_number(db, 0,
		"SELECT id FROM shop_events WHERE state = 0 ORDER BY id LIMIT 1", "");
}

void
shop_event_heard(struct db *db, uint64_t id)
{
	db_run(db, "UPDATE shop_events SET state = 1 WHERE id = $1", "u", id);
}

void
shop_event_set_aside(struct db *db, uint64_t id)
{
	db_run(db, "UPDATE shop_events SET state = 2 WHERE id = $1", "u", id);
}

size_t
shop_events_since(struct db *db, uint64_t contact, const char *name, int64_t since,
	uint64_t before, struct shop_event_row *ret, size_t max, struct strbuf *room)
{
	return read_rows(
		db_select(db,
			"SELECT id, contact, name, at, value, data FROM shop_events "
			"WHERE contact = $1 AND name = $2 AND at >= $3 AND id < $4 "
			"ORDER BY at LIMIT $5",
			"utiui", contact, name, since, before, (int64_t)max),
		ret, max, room);
}

size_t
shop_events_latest(struct db *db, uint64_t contact, const char *name, int64_t since,
	uint64_t before, struct shop_event_row *ret, size_t max, struct strbuf *room)
{
	return read_rows(
		db_select(db,
			"SELECT id, contact, name, at, value, data FROM shop_events "
			"WHERE contact = $1 AND name = $2 AND at >= $3 AND id < $4 "
			"ORDER BY at DESC LIMIT $5",
			"utiui", contact, name, since, before, (int64_t)max),
		ret, max, room);
}

void
shop_events_sum(struct db *db, uint64_t contact, const char *name, int64_t since,
	struct shop_event_sum *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT count(*), min(at), max(at), sum(value), min(value), max(value), "
		"count(value) FROM shop_events WHERE contact = $1 AND name = $2 AND at "
		">= "
		"$3",
		"uti", contact, name, since);
	*ret = (struct shop_event_sum){0};
	if (db_next(q))
		*ret = (struct shop_event_sum){.count = db_int(q, 0),
			.first = db_int(q, 1),
			.last = db_int(q, 2),
			.sum = db_real(q, 3),
			.min = db_real(q, 4),
			.max = db_real(q, 5),
			.values = db_int(q, 6)};
	db_end(q);
}

/* ---- whose ---- */

uint64_t
contact_by_external(struct db *db, const char *external)
{
	return (uint64_t)db_number(db, 0,
		"SELECT contact FROM contact_ids WHERE external = $1", "t", external);
}

void
contact_set_external(struct db *db, const char *external, uint64_t contact, int64_t now)
{
	db_run(db,
		"INSERT INTO contact_ids(external, contact, at) VALUES($1, $2, $3) "
		"ON CONFLICT (external) DO UPDATE SET contact = excluded.contact, at = "
		"excluded.at WHERE contact_ids.contact <> excluded.contact",
		"tui", external, contact, now);
}

bool
shop_event_load(
	struct db *db, uint64_t id, struct shop_event_row *ret, struct strbuf *ret_data)
{
	struct db_rows *q = db_select(db,
		"SELECT contact, at, value, data FROM shop_events WHERE id = $1", "u",
		id);
	bool found = db_next(q);
	if (found) {
		*ret = (struct shop_event_row){.id = id,
			.contact = db_id(q, 0),
			.at = db_int(q, 1),
			.has_value = !db_null(q, 2),
			.value = db_real(q, 2)};
		strbuf_puts(ret_data, db_text(q, 3));
	}
	db_end(q);
	return found;
}
