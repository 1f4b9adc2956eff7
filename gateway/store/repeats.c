#include "gateway/store/repeats.h"

#include <stdio.h>

#define ANSWER_MAX (16u << 20)

bool
repeat_load(struct db *db, const char *asker, const char *key, struct repeat *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT fingerprint, type, status, answer FROM idempotency WHERE asker = "
		"$1 AND key = $2",
		"tt", asker, key);
	bool found = db_next(q);
	if (found) {
		size_t len;
		*ret = (struct repeat){
			.status = (int)db_int(q, 2), .answer = STRBUF_INIT(ANSWER_MAX)};
		snprintf(ret->fingerprint, sizeof(ret->fingerprint), "%s", db_text(q, 0));
		snprintf(ret->type, sizeof(ret->type), "%s", db_text(q, 1));
		const void *bytes = db_bytes(q, 3, &len);
		strbuf_add(&ret->answer, bytes, len);
	}
	db_end(q);
	return found;
}

void
repeat_save(struct db *db, const char *asker, const char *key, const struct repeat *r,
	int64_t at, int64_t forget)
{
	db_run(db,
		"INSERT INTO idempotency(asker, key, fingerprint, at, status, type, "
		"answer) VALUES($1, $2, $3, $4, $5, $6, $7) ON CONFLICT(asker, key) DO "
		"UPDATE SET status = $5, type = $6, answer = $7",
		"tttiitb", asker, key, r->fingerprint, at, (int64_t)r->status, r->type,
		r->answer.s, r->answer.len);
	db_run(db,
		"DELETE FROM idempotency WHERE (asker, key) IN (SELECT asker, key FROM "
		"idempotency WHERE at < $1 ORDER BY at LIMIT 2)",
		"i", forget);
}
