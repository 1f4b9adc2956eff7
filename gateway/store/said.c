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
