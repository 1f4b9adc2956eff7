#include "gateway/store/source_files.h"

#include <stdio.h>

#define COLUMNS                                                                          \
	"id, source, hash, name, state, why, bytes, at, done_at, starts, cursor, rows, " \
	"orders, created, changed, events, bad"
#define TEXT_OF(member, column)                                                          \
	snprintf(ret->member, sizeof(ret->member), "%s", db_text(q, column))

static void
read_row(struct db_rows *q, struct source_file *ret)
{
	*ret = (struct source_file){.id = db_id(q, 0),
		.bytes = db_int(q, 6),
		.at = db_int(q, 7),
		.done_at = db_int(q, 8),
		.starts = db_int(q, 9),
		.cursor = db_int(q, 10),
		.rows = db_int(q, 11),
		.orders = db_int(q, 12),
		.created = db_int(q, 13),
		.changed = db_int(q, 14),
		.events = db_int(q, 15),
		.bad = db_int(q, 16)};
	TEXT_OF(source, 1);
	TEXT_OF(hash, 2);
	TEXT_OF(name, 3);
	TEXT_OF(state, 4);
	TEXT_OF(why, 5);
}

bool
source_file_find(
	struct db *db, const char *source, const char *hash, struct source_file *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT " COLUMNS " FROM source_files WHERE source = $1 AND hash = $2",
		"tt", source, hash);
	bool found = db_next(q);
	if (found)
		read_row(q, ret);
	db_end(q);
	return found;
}

void
source_file_insert(struct db *db, const struct source_file *f)
{
	db_run(db,
		"INSERT INTO source_files(id, source, hash, name, bytes, at, state, "
		"starts) VALUES($1, $2, $3, $4, $5, $6, $7, $8)",
		"utttiiti", f->id, f->source, f->hash, f->name, f->bytes, f->at, f->state,
		f->starts);
}

void
source_file_save(struct db *db, const struct source_file *f)
{
	db_run(db,
		"UPDATE source_files SET state = $2, why = $3, name = $4, done_at = $5, "
		"starts = $6, cursor = $7, rows = $8, orders = $9, created = $10, "
		"changed = $11, events = $12, bad = $13 WHERE id = $1",
		"utttiiiiiiiii", f->id, f->state, f->why, f->name, f->done_at, f->starts,
		f->cursor, f->rows, f->orders, f->created, f->changed, f->events, f->bad);
}

size_t
source_files_list(struct db *db, struct source_file *ret, size_t max)
{
	struct db_rows *q = db_select(db,
		"SELECT " COLUMNS " FROM source_files ORDER BY id DESC LIMIT $1", "i",
		(int64_t)max);
	size_t n = 0;
	while (n < max && db_next(q))
		read_row(q, &ret[n++]);
	db_end(q);
	return n;
}

/* ---- refused ---- */

void
source_refused_put(struct db *db, uint64_t file, size_t place, const char *why)
{
	db_run(db,
		"INSERT INTO source_refused(file, place, why) VALUES($1, $2, $3) "
		"ON CONFLICT (file, place) DO UPDATE SET why = excluded.why",
		"uit", file, (int64_t)place, why);
}

void
source_refused_each(struct db *db, uint64_t file,
	void (*each)(void *arg, size_t place, const char *why), void *arg)
{
	struct db_rows *q = db_select(db,
		"SELECT place, why FROM source_refused WHERE file = $1 ORDER BY place",
		"u", file);
	while (db_next(q))
		each(arg, (size_t)db_int(q, 0), db_text(q, 1));
	db_end(q);
}

void
source_refused_clear(struct db *db, uint64_t file)
{
	db_run(db, "DELETE FROM source_refused WHERE file = $1", "u", file);
}

/* ---- rows of orders ---- */

bool
source_line_word(struct db *db, const char *source, const char *line, char ret_word[128])
{
	struct db_rows *q = db_select(db,
		"SELECT word FROM source_lines WHERE source = $1 AND line = $2", "tt",
		source, line);
	bool found = db_next(q);
	if (found)
		snprintf(ret_word, 128, "%s", db_text(q, 0));
	db_end(q);
	return found;
}

void
source_line_put(struct db *db, const char *source, const char *line, const char *number,
	const char *word, const char *item)
{
	db_run(db,
		"INSERT INTO source_lines(source, line, number, word, item) "
		"VALUES($1, $2, $3, $4, $5) ON CONFLICT (source, line) DO UPDATE SET "
		"number = excluded.number, word = excluded.word, item = excluded.item",
		"ttttt", source, line, number, word, item);
}

void
source_lines_each(struct db *db, const char *source, const char *number,
	void (*each)(void *arg, const char *word, const char *item), void *arg)
{
	struct db_rows *q = db_select(db,
		"SELECT word, item FROM source_lines WHERE source = $1 AND number = $2 "
		"ORDER BY line LIMIT 200",
		"tt", source, number);
	while (db_next(q))
		each(arg, db_text(q, 0), db_text(q, 1));
	db_end(q);
}
