#include "gateway/store/said.h"

void
said_insert(struct db *db, const struct said_row *r)
{
	db_run(db,
		"INSERT INTO said(message, contact, run, script, hash, step, visit, "
		"variant, "
		"basis, at) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		"uuutttitti", r->message, r->contact, r->run, r->script, r->hash, r->step,
		(int64_t)r->visit, r->variant ? r->variant : "", r->basis ? r->basis : "",
		r->at);
}

bool
said_load(struct db *db, uint64_t message, struct said_row *ret, struct strbuf *ret_texts)
{
	struct db_rows *q = db_select(db,
		"SELECT contact, run, visit, at, script, hash, step, variant, basis FROM "
		"said WHERE message = $1",
		"u", message);
	size_t at[5];
	bool found = db_next(q);
	if (found) {
		*ret = (struct said_row){.message = message,
			.contact = db_id(q, 0),
			.run = db_id(q, 1),
			.visit = (unsigned)db_int(q, 2),
			.at = db_int(q, 3)};
		strbuf_reset(ret_texts);
		for (int i = 0; i < 5; i++) {
			at[i] = ret_texts->len;
			strbuf_puts(ret_texts, db_text(q, 4 + i));
			strbuf_add(ret_texts, "", 1);
		}
		ret->script = ret_texts->s + at[0];
		ret->hash = ret_texts->s + at[1];
		ret->step = ret_texts->s + at[2];
		ret->variant = ret_texts->s + at[3];
		ret->basis = ret_texts->s + at[4];
	}
	db_end(q);
	return found;
}

static bool
asked_since(struct db *db, uint64_t contact, uint64_t after, uint64_t before, int64_t at)
{
	struct db_rows *q = db_select(db,
		"SELECT 1 WHERE EXISTS(SELECT 1 FROM messages WHERE contact = $1 AND id "
		"> "
		"$2 AND id < $3 AND outbound = 0) OR EXISTS(SELECT 1 FROM tags WHERE "
		"contact = $1 AND at > $4) OR EXISTS(SELECT 1 FROM attributes WHERE "
		"contact = $1 AND updated > $4)",
		"uuui", contact, after, before, at);
	bool asked = db_next(q);
	db_end(q);
	return asked;
}

bool
said_on_request(struct db *db, uint64_t contact, const char *script, uint64_t run,
	uint64_t before)
{
	struct db_rows *q = db_select(db,
		"SELECT m.id, s.run, s.at FROM messages m JOIN said s ON s.message = "
		"m.id "
		"WHERE m.contact = $1 AND m.id < $3 AND s.script = $2 AND s.basis = "
		"'request' AND m.state NOT IN ('suppressed', 'canceled', 'expired', "
		"'failed') AND m.reply_to IS NULL ORDER BY m.id DESC LIMIT 1",
		"utu", contact, script, before);
	bool told = db_next(q);
	uint64_t message = told ? db_id(q, 0) : 0, by = told ? db_id(q, 1) : 0;
	int64_t at = told ? db_int(q, 2) : 0;
	db_end(q);
	return told && (by == run || !asked_since(db, contact, message, before, at));
}
