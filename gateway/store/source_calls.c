#include "gateway/store/source_calls.h"

#include <stdio.h>

bool
source_call_insert(struct db *db, uint64_t id, int64_t at, const char *source,
	const char *key, const char *topic, const void *bytes, size_t len)
{
	return db_run(db,
		       "INSERT INTO source_calls(id, source, at, key, topic, bytes, "
		       "state) "
		       "VALUES($1, $2, $3, $4, $5, $6, 'new') ON CONFLICT (source, key) "
		       "DO "
		       "NOTHING",
		       "utittb", id, source, at, key, topic, bytes, len) == 1;
}

bool
source_call_next(struct db *db, struct source_call_row *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT id, at, starts, source, topic, bytes FROM source_calls WHERE "
		"state "
		"= 'new' ORDER BY id LIMIT 1",
		"");
	bool found = db_next(q);
	if (found) {
		size_t len;
		*ret = (struct source_call_row){.id = db_id(q, 0),
			.at = db_int(q, 1),
			.starts = (int)db_int(q, 2),
			.bytes = STRBUF_INIT(8u << 20)};
		snprintf(ret->source, sizeof(ret->source), "%s", db_text(q, 3));
		snprintf(ret->topic, sizeof(ret->topic), "%s", db_text(q, 4));
		const void *bytes = db_bytes(q, 5, &len);
		strbuf_add(&ret->bytes, bytes, len);
	}
	db_end(q);
	return found;
}

void
source_call_done(struct source_call_row *row)
{
	strbuf_done(&row->bytes);
}

void
source_call_finish(struct db *db, uint64_t id, const char *state, const char *error)
{
	db_run(db,
		"UPDATE source_calls SET state = $2, error = $3, bytes = CASE WHEN $2 IN "
		"('done', 'ignored') THEN $4 ELSE bytes END WHERE id = $1",
		"uttb", id, state, error, "", (size_t)0);
}

bool
source_call_newest(
	struct db *db, uint64_t id, const char *source, const char *subject, int64_t said)
{
	int64_t known = db_number(db, 0,
		"SELECT max(said) FROM source_calls WHERE source = $1 AND subject = $2 "
		"AND "
		"subject <> ''",
		"tt", source, subject);
	db_run(db, "UPDATE source_calls SET subject = $2, said = $3 WHERE id = $1", "uti",
		id, subject, said);
	return !said || said >= known;
}

void
source_calls_begun(struct db *db, int most)
{
	db_run(db,
		"UPDATE source_calls SET starts = starts + 1, state = CASE WHEN starts + "
		"1 "
		">= $1 THEN 'quarantined' ELSE state END, error = CASE WHEN starts + 1 "
		">= "
		"$1 THEN 'reading it ended the program' ELSE error END WHERE state = "
		"'new'",
		"i", (int64_t)most);
}
