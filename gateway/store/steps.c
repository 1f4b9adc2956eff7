/* Which steps of the schema a store has not got yet, without touching it. */
#include <errno.h>
#include <string.h>

#include "gateway/store/db_inside.h"

static int
number(sqlite3 *s, const char *sql, int parameter)
{
	sqlite3_stmt *q = NULL;
	int n = -1;
	if (sqlite3_prepare_v2(s, sql, -1, &q, NULL) == SQLITE_OK) {
		sqlite3_bind_int(q, 1, parameter);
		n = sqlite3_step(q) == SQLITE_ROW ? sqlite3_column_int(q, 0) : 0;
	}
	sqlite3_finalize(q);
	return n;
}

int
db_missing_steps(const char *url, const struct schema_step *steps, FILE *out,
	int *ret_count, struct strbuf *err)
{
	sqlite3 *s = NULL;
	const char *path = strncmp(url, "sqlite:", 7) ? url : url + 7;
	int have, newest = 0, n = 0, r = 0;
	if (sqlite3_open_v2(path, &s, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
		(have = number(s, "PRAGMA user_version", 0)) < 0) {
		strbuf_set(err, "%s cannot be read: %s", path,
			s ? sqlite3_errmsg(s) : "out of memory");
		sqlite3_close(s);
		return -EBADMSG;
	}
	for (; steps->version; steps++) {
		newest = MAX(newest, steps->version);
		int listed = number(s, "SELECT 1 FROM schema_steps WHERE version = ?1",
			steps->version);
		if (listed < 0 ? steps->version <= have : listed)
			continue;
		fprintf(out, "  %03d %s\n", steps->version, steps->name);
		n++;
	}
	if (have > newest) {
		strbuf_set(err,
			"%s was written by a newer malgil (schema step %d); there is no "
			"way "
			"back but a backup made before it",
			path, have);
		r = -EPROTO;
	}
	sqlite3_close(s);
	*ret_count = n;
	return r;
}
