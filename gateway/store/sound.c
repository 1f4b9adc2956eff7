#include "gateway/store/sound.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TABLES 256
#define PLACES 3
#define NAME   64

/* Adds what is wrong with it. */
static void
check_table(struct db *db, const char *name, int *places, struct strbuf *err)
{
	struct strbuf sql AUTO(strbuf_done) = STRBUF_INIT(256);
	strbuf_printf(&sql, "PRAGMA integrity_check(\"%s\")", name);
	struct db_rows *q = db_ask(db, sql.s, NULL, 0);
	while (*places < PLACES && db_next(q)) {
		if (!strcmp(db_text(q, 0), "ok"))
			continue;
		strbuf_printf(err, "%s%s: %s", *places ? "; " : "", name, db_text(q, 0));
		++*places;
	}
	db_end(q);
}

int
store_sound(struct db *db, const atomic_bool *stop, struct strbuf *err)
{
	char names[TABLES][NAME];
	size_t n = 0;
	int places = 0;
	struct db_rows *q =
		db_select(db, "SELECT name FROM sqlite_schema WHERE type = 'table'", "");
	while (n < TABLES && db_next(q))
		snprintf(names[n++], NAME, "%.63s", db_text(q, 0));
	db_end(q);
	for (size_t i = 0; i < n && places < PLACES && !db_poisoned(db); i++) {
		if (atomic_load(stop))
			return -ECANCELED;
		check_table(db, names[i], &places, err);
	}
	if (!places && db_poisoned(db))
		strbuf_set(err, "%s", db_error(db));
	return places ? -EBADMSG : db_poisoned(db);
}
