#include "gateway/store/meta.h"

int64_t
meta_number(struct db *db, const char *key)
{
	return db_number(
		db, 0, "SELECT CAST(value AS BIGINT) FROM meta WHERE key = $1", "t", key);
}

void
meta_set_number(struct db *db, const char *key, int64_t value)
{
	db_run(db,
		"INSERT INTO meta(key, value) VALUES($1, CAST($2 AS TEXT)) "
		"ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		"ti", key, value);
}

bool
meta_text(struct db *db, const char *key, struct strbuf *ret)
{
	struct db_rows *q =
		db_select(db, "SELECT value FROM meta WHERE key = $1", "t", key);
	bool found = db_next(q);
	if (found)
		strbuf_puts(ret, db_text(q, 0));
	db_end(q);
	return found;
}

void
meta_set_text(struct db *db, const char *key, const char *value)
{
	db_run(db,
		"INSERT INTO meta(key, value) VALUES($1, $2) "
		"ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		"tt", key, value);
}

void
meta_drop(struct db *db, const char *key)
{
	db_run(db, "DELETE FROM meta WHERE key = $1", "t", key);
}
