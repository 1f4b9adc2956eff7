#include "gateway/store/providers.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MOST (256u * 1024)

/* ---- webhooks ---- */

void
provider_call_done(struct provider_call *h)
{
	strbuf_done(&h->bytes);
}

bool
provider_call_insert(struct db *db, uint64_t id, uint64_t channel, int64_t at,
	int64_t since, const char *digest, const void *bytes, size_t len)
{
	if (db_number(db, 0,
		    "SELECT 1 FROM provider_calls WHERE channel = $1 AND digest = $2 AND "
		    "at >= $3 "
		    "LIMIT 1",
		    "uti", channel, digest, since))
		return false;
	db_run(db,
		"INSERT INTO provider_calls(id, channel, at, digest, bytes, state) "
		"VALUES($1, $2, $3, $4, $5, 'new')",
		"uuitb", id, channel, at, digest, bytes, len);
	return true;
}

bool
provider_call_next(struct db *db, uint64_t after, struct provider_call *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT id, channel, at, starts, bytes FROM provider_calls WHERE state = "
		"'new' "
		"AND "
		"id > $1 ORDER BY id LIMIT 1",
		"u", after);
	bool found = db_next(q);
	if (found) {
		size_t len;
		const void *bytes = db_bytes(q, 4, &len);
		*ret = (struct provider_call){.id = db_id(q, 0),
			.channel = db_id(q, 1),
			.at = db_int(q, 2),
			.starts = (int)db_int(q, 3)};
		strbuf_init(&ret->bytes, PROVIDER_CALL_MOST * 2);
		strbuf_add(&ret->bytes, bytes, len);
	}
	db_end(q);
	return found;
}

void
provider_call_start(struct db *db, uint64_t id)
{
	db_run(db, "UPDATE provider_calls SET starts = starts + 1 WHERE id = $1", "u",
		id);
}

void
provider_call_finish(struct db *db, uint64_t id, const char *state, const char *error)
{
	bool keep = strcmp(state, "done") != 0;
	if (keep)
		db_run(db,
			"UPDATE provider_calls SET state = $2, error = $3 WHERE id = $1",
			"utt", id, state, error);
	else
		db_run(db,
			"UPDATE provider_calls SET state = $2, error = $3, bytes = $4 "
			"WHERE id = "
			"$1",
			"uttb", id, state, error, (const void *)"", (size_t)0);
}

/* ---- texts ---- */

bool
provider_text_insert(struct db *db, uint64_t channel, const char *provider_id, int64_t at)
{
	return db_run(db,
		       "INSERT INTO provider_texts(channel, provider_id, at) "
		       "VALUES($1, $2, $3) ON CONFLICT DO NOTHING",
		       "uti", channel, provider_id, at) == 1;
}

static int
gather(struct db *db, const struct provider_part *p, struct strbuf *out)
{
	int have = 0;
	struct db_rows *q = db_select(db,
		"SELECT text FROM provider_parts WHERE channel = $1 AND sender = $2 AND "
		"ref "
		"= $3 AND total = $4 ORDER BY part",
		"utti", p->channel, p->sender, p->ref, (int64_t)p->total);
	for (; db_next(q); have++)
		strbuf_puts(out, db_text(q, 0));
	db_end(q);
	return have;
}

static void
drop(struct db *db, const struct provider_part *p)
{
	db_run(db,
		"DELETE FROM provider_parts WHERE channel = $1 AND sender = $2 AND ref = "
		"$3 "
		"AND total = $4",
		"utti", p->channel, p->sender, p->ref, (int64_t)p->total);
}

bool
provider_part_add(struct db *db, const struct provider_part *p, struct strbuf *out)
{
	db_run(db,
		"INSERT INTO provider_parts(channel, sender, ref, total, part, text, at) "
		"VALUES($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
		"uttiiti", p->channel, p->sender, p->ref, (int64_t)p->total,
		(int64_t)p->part, p->text, p->at);
	if (gather(db, p, out) < p->total)
		return false;
	drop(db, p);
	return true;
}

bool
provider_parts_give_up(struct db *db, int64_t before, uint64_t *ret_channel,
	char ret_sender[48], int *ret_have, int *ret_total, struct strbuf *out)
{
	char ref[128];
	struct db_rows *q = db_select(db,
		"SELECT channel, sender, ref, total FROM provider_parts WHERE at < $1 "
		"ORDER "
		"BY at LIMIT 1",
		"i", before);
	bool found = db_next(q);
	if (found) {
		*ret_channel = db_id(q, 0);
		snprintf(ret_sender, 48, "%s", db_text(q, 1));
		snprintf(ref, sizeof(ref), "%s", db_text(q, 2));
		*ret_total = (int)db_int(q, 3);
	}
	db_end(q);
	if (!found)
		return false;
	struct provider_part p = {*ret_channel, ret_sender, ref, NULL, *ret_total, 0, 0};
	*ret_have = gather(db, &p, out);
	drop(db, &p);
	return true;
}

/* ---- reports ---- */

void
provider_report_insert(struct db *db, const struct provider_report *r)
{
	db_run(db,
		"INSERT INTO provider_reports(id, channel, provider_id, message, state, "
		"why, "
		"price, at, attempt) VALUES($1, $2, $3, $4, $5, $6, $7, $8, NULLIF($9, "
		"0))",
		"uututttiu", r->id, r->channel, r->provider_id, r->message, r->state,
		r->why, r->price, r->at, r->attempt);
}

static size_t
read_reports(struct db_rows *q, struct provider_report *ret, size_t max)
{
	size_t n = 0;
	for (; n < max && db_next(q); n++) {
		ret[n] = (struct provider_report){.id = db_id(q, 0), .at = db_int(q, 4)};
		snprintf(ret[n].state, sizeof(ret[n].state), "%s", db_text(q, 1));
		snprintf(ret[n].why, sizeof(ret[n].why), "%s", db_text(q, 2));
		snprintf(ret[n].price, sizeof(ret[n].price), "%s", db_text(q, 3));
	}
	db_end(q);
	return n;
}

size_t
provider_reports_claim(struct db *db, uint64_t channel, const char *provider_id,
	uint64_t message, uint64_t attempt, struct provider_report *ret, size_t max)
{
	size_t n = 0;
	if (*provider_id)
		n = read_reports(db_select(db,
					 "SELECT id, state, why, price, at FROM "
					 "provider_reports WHERE "
					 "attempt IS NULL AND channel = $1 AND "
					 "provider_id = $2 ORDER BY "
					 "id LIMIT $3",
					 "uti", channel, provider_id, (int64_t)max),
			ret, max);
	if (!n)
		n = read_reports(db_select(db,
					 "SELECT id, state, why, price, at FROM "
					 "provider_reports WHERE "
					 "attempt IS NULL AND message > 0 AND channel = "
					 "$1 AND message = "
					 "$2 ORDER BY id LIMIT $3",
					 "uui", channel, message, (int64_t)max),
			ret, max);
	for (size_t i = 0; i < n; i++)
		db_run(db, "UPDATE provider_reports SET attempt = $2 WHERE id = $1", "uu",
			ret[i].id, attempt);
	return n;
}

uint64_t
attempt_by_provider(struct db *db, uint64_t channel, const char *provider_id)
{
	return (uint64_t)db_number(db, 0,
		"SELECT id FROM attempts WHERE provider_id <> '' AND channel = $1 AND "
		"provider_id = $2 ORDER BY id DESC LIMIT 1",
		"ut", channel, provider_id);
}

uint64_t
attempt_of_message(struct db *db, uint64_t channel, uint64_t message)
{
	return (uint64_t)db_number(db, 0,
		"SELECT id FROM attempts WHERE message = $2 AND channel = $1 AND state "
		"IN "
		"('open', 'sent', 'unknown') ORDER BY part DESC, id DESC LIMIT 1",
		"uu", channel, message);
}

void
attempt_set_price(struct db *db, uint64_t id, const char *price)
{
	db_run(db, "UPDATE attempts SET price = $2 WHERE id = $1", "ut", id, price);
}

size_t
attempts_unreported(struct db *db, uint64_t channel, uint64_t after, int64_t since,
	struct unreported *ret, size_t max)
{
	size_t n = 0;
	struct db_rows *q = db_select(db,
		"SELECT id, message, provider_id FROM attempts WHERE state = 'sent' AND "
		"report IN ('', 'pending') AND provider_id <> '' AND channel = $1 AND id "
		"> "
		"$2 AND at >= $3 ORDER BY id LIMIT $4",
		"uuii", channel, after, since, (int64_t)max);
	for (; n < max && db_next(q); n++) {
		ret[n].attempt = db_id(q, 0);
		ret[n].message = db_id(q, 1);
		snprintf(ret[n].provider_id, sizeof(ret[n].provider_id), "%s",
			db_text(q, 2));
	}
	db_end(q);
	return n;
}

/* ---- routes ---- */

size_t
messages_unroute(struct db *db, uint64_t route, uint64_t *ret_contacts, size_t max)
{
	uint64_t ids[64];
	size_t n = 0;
	max = MIN(max, ARRAY_LEN(ids));
	struct db_rows *q = db_select(db,
		"SELECT id, contact FROM messages WHERE routed = 1 AND state = 'queued' "
		"AND "
		"route = $1 ORDER BY id LIMIT $2",
		"ui", route, (int64_t)max);
	for (; n < max && db_next(q); n++) {
		ids[n] = db_id(q, 0);
		ret_contacts[n] = db_id(q, 1);
	}
	db_end(q);
	for (size_t i = 0; i < n; i++)
		db_run(db,
			"UPDATE messages SET routed = 0, route = CASE WHEN sim = '' THEN "
			"0 ELSE "
			"route END, ready = CASE WHEN sim = '' THEN 0 ELSE ready END "
			"WHERE id = "
			"$1",
			"u", ids[i]);
	return n;
}

void
message_set_routed(struct db *db, uint64_t id)
{
	db_run(db, "UPDATE messages SET routed = 1 WHERE id = $1", "u", id);
}

size_t
messages_ready_count(struct db *db, uint64_t route, size_t most)
{
	uint64_t ids[64];
	most = MIN(most, ARRAY_LEN(ids));
	return db_ids(db_select(db,
			      "SELECT id FROM messages WHERE route = $1 AND ready = 1 "
			      "ORDER BY priority, id LIMIT $2",
			      "ui", route, (int64_t)most),
		ids, most);
}

bool
message_is_routed(struct db *db, uint64_t id)
{
	return db_number(db, 0, "SELECT routed FROM messages WHERE id = $1", "u", id) !=
	       0;
}
