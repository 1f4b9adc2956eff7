#include "gateway/store/attributes.h"

static const char save[] =
	"INSERT INTO attributes(contact, name, text, number, moment, updated) "
	"VALUES($1, $2, $3, $4, $5, $6) ON CONFLICT (contact, name) DO UPDATE SET "
	"text = excluded.text, number = excluded.number, moment = excluded.moment, "
	"updated = excluded.updated";

void
attribute_save(struct db *db, uint64_t contact, const char *name,
	const struct attribute *v, int64_t now)
{
	if (v->has_number && v->has_moment)
		db_run(db, save, "uttdii", contact, name, v->text, v->number, v->moment,
			now);
	else if (v->has_number)
		db_run(db, save, "uttdni", contact, name, v->text, v->number, now);
	else if (v->has_moment)
		db_run(db, save, "uttnii", contact, name, v->text, v->moment, now);
	else
		db_run(db, save, "uttnni", contact, name, v->text, now);
}

void
attribute_delete(struct db *db, uint64_t contact, const char *name)
{
	db_run(db, "DELETE FROM attributes WHERE contact = $1 AND name = $2", "ut",
		contact, name);
}

bool
attribute_load(struct db *db, uint64_t contact, const char *name, struct attribute *ret,
	struct strbuf *ret_text)
{
	struct db_rows *q = db_select(db,
		"SELECT text, number, moment FROM attributes "
		"WHERE contact = $1 AND name = $2",
		"ut", contact, name);
	bool found = db_next(q);
	if (found) {
		*ret = (struct attribute){.has_number = !db_null(q, 1),
			.has_moment = !db_null(q, 2),
			.number = db_real(q, 1),
			.moment = db_int(q, 2)};
		if (!db_null(q, 0)) {
			strbuf_puts(ret_text, db_text(q, 0));
			ret->text = ret_text->s;
		}
	}
	db_end(q);
	return found;
}

void
attribute_remove(struct db *db, uint64_t contact, const char *name)
{
	db_run(db, "DELETE FROM attributes WHERE contact = $1 AND name = $2", "ut",
		contact, name);
}

void
tag_add(struct db *db, uint64_t contact, const char *name, int64_t at)
{
	db_run(db,
		"INSERT INTO tags(contact, name, at) VALUES($1, $2, $3) "
		"ON CONFLICT (contact, name) DO NOTHING",
		"uti", contact, name, at);
}

bool
tag_there(struct db *db, uint64_t contact, const char *name)
{
	return db_number(db, 0, "SELECT 1 FROM tags WHERE contact = $1 AND name = $2",
		       "ut", contact, name) != 0;
}

void
tag_remove(struct db *db, uint64_t contact, const char *name)
{
	db_run(db, "DELETE FROM tags WHERE contact = $1 AND name = $2", "ut", contact,
		name);
}

void
tags_list(struct db *db, uint64_t contact, struct strbuf *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT name FROM tags WHERE contact = $1 ORDER BY name", "u", contact);
	while (db_next(q))
		strbuf_printf(ret, "%s%s", ret->len ? "\n" : "", db_text(q, 0));
	db_end(q);
}
