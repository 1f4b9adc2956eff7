#include "gateway/store/rolls.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                          \
	"id, at, name, agent, state, columns, last_id, created, changed, unchanged, "    \
	"refused, granted, stopped, kept_out, phase, cursor, removed, restored, "        \
	"left_as, done_at"

void
roll_insert(struct db *db, const struct roll *im)
{
	db_run(db,
		"INSERT INTO imports(id, at, name, agent, state, columns, last_id) "
		"VALUES($1, $2, $3, $4, $5, $6, $7)",
		"uittttu", im->id, im->at, im->name, im->agent, im->state, im->columns,
		im->last_id);
}

void
roll_save(struct db *db, const struct roll *im)
{
	db_run(db,
		"UPDATE imports SET state = $2, last_id = $3, created = $4, changed = "
		"$5, "
		"unchanged = $6, refused = $7, granted = $8, stopped = $9, kept_out = "
		"$10, phase = $11, cursor = $12, removed = $13, restored = $14, left_as "
		"= "
		"$15, done_at = $16 WHERE id = $1",
		"utuiiiiiiiiuiiii", im->id, im->state, im->last_id, im->created,
		im->changed, im->unchanged, im->refused, im->granted, im->stopped,
		im->kept_out, (int64_t)im->phase, im->cursor, im->removed, im->restored,
		im->left_as, im->done_at);
}

static void
take_row(struct db_rows *q, struct roll *ret)
{
	*ret = (struct roll){.id = db_id(q, 0),
		.at = db_int(q, 1),
		.last_id = db_id(q, 6),
		.created = db_int(q, 7),
		.changed = db_int(q, 8),
		.unchanged = db_int(q, 9),
		.refused = db_int(q, 10),
		.granted = db_int(q, 11),
		.stopped = db_int(q, 12),
		.kept_out = db_int(q, 13),
		.phase = (int)db_int(q, 14),
		.cursor = db_id(q, 15),
		.removed = db_int(q, 16),
		.restored = db_int(q, 17),
		.left_as = db_int(q, 18),
		.done_at = db_int(q, 19)};
	snprintf(ret->name, sizeof(ret->name), "%s", db_text(q, 2));
	snprintf(ret->agent, sizeof(ret->agent), "%s", db_text(q, 3));
	snprintf(ret->state, sizeof(ret->state), "%s", db_text(q, 4));
	snprintf(ret->columns, sizeof(ret->columns), "%s", db_text(q, 5));
}

static bool
take_one(struct db_rows *q, struct roll *ret)
{
	bool found = db_next(q);
	if (found)
		take_row(q, ret);
	db_end(q);
	return found;
}

bool
roll_load(struct db *db, uint64_t id, struct roll *ret)
{
	return take_one(
		db_select(db, "SELECT " COLUMNS " FROM imports WHERE id = $1", "u", id),
		ret);
}

bool
roll_undoing(struct db *db, struct roll *ret)
{
	return take_one(
		db_select(db,
			"SELECT " COLUMNS
			" FROM imports WHERE state = 'undoing' ORDER BY id LIMIT 1",
			""),
		ret);
}

void
rolls_list(struct db *db, uint64_t before, int limit,
	bool (*each)(void *arg, const struct roll *im), void *arg)
{
	struct roll im;
	struct db_rows *q = db_select(db,
		"SELECT " COLUMNS " FROM imports WHERE id < $1 ORDER BY id DESC LIMIT $2",
		"ui", before ? before : INT64_MAX, (int64_t)limit);
	bool more = true;
	while (more && db_next(q)) {
		take_row(q, &im);
		more = each(arg, &im);
	}
	db_end(q);
}

/* ---- taking in ---- */

bool
roll_contact(struct db *db, uint64_t id, const char *phone, int64_t at, uint64_t import)
{
	return db_run(db,
		       "INSERT INTO contacts(id, phone, created, import) VALUES($1, $2, "
		       "$3, $4) ON CONFLICT (phone) DO NOTHING",
		       "utiu", id, phone, at, import) == 1;
}

void
roll_marks(struct db *db, uint64_t contact, uint64_t import)
{
	db_run(db, "UPDATE contacts SET import = $2 WHERE id = $1", "uu", contact,
		import);
}

bool
roll_touched(struct db *db, uint64_t import, uint64_t contact)
{
	return db_run(db,
		       "INSERT INTO import_values(import, contact, name, had) VALUES($1, "
		       "$2, '', 1) ON CONFLICT (import, contact, name) DO NOTHING",
		       "uu", import, contact) == 1;
}

void
roll_keep(struct db *db, uint64_t import, uint64_t contact, const char *name)
{
	db_run(db,
		"INSERT INTO import_values(import, contact, name, had, text, number, "
		"moment, updated) SELECT $1, contact, name, 1, text, number, moment, "
		"updated FROM attributes WHERE contact = $2 AND name = $3 "
		"ON CONFLICT (import, contact, name) DO NOTHING",
		"uut", import, contact, name);
	db_run(db,
		"INSERT INTO import_values(import, contact, name, had) VALUES($1, $2, "
		"$3, 0) ON CONFLICT (import, contact, name) DO NOTHING",
		"uut", import, contact, name);
}

void
roll_keep_tag(struct db *db, uint64_t import, uint64_t contact, const char *tag)
{
	char name[80];
	snprintf(name, sizeof(name), "#%s", tag);
	db_run(db,
		"INSERT INTO import_values(import, contact, name, had) VALUES($1, $2, "
		"$3, 0) ON CONFLICT (import, contact, name) DO NOTHING",
		"uut", import, contact, name);
}

void
roll_consent(struct db *db, const struct roll_consent *c)
{
	db_run(db,
		"INSERT INTO consent(id, contact, address, at, action, scope, method, "
		"words, wording, operator, basis, night, source, import) VALUES($1, $2, "
		"$3, $4, $5, 'marketing', 'import', $6, '', $7, $8, $9, $10, $11)",
		"uutittttitu", c->id, c->contact, c->phone, c->at, c->action, c->words,
		c->operator_name, strcmp(c->action, "grant") ? "" : "express",
		(int64_t)c->night, c->source, c->import);
}

bool
roll_said_no(struct db *db, uint64_t contact)
{
	return db_number(db, 0,
		       "SELECT 1 FROM consent WHERE contact = $1 AND action IN "
		       "('revoke', 'deny') AND scope <> 'night' AND method <> 'undo' AND "
		       "list = '' AND NOT EXISTS (SELECT 1 FROM imports i WHERE i.id = "
		       "consent.import AND i.state IN ('undoing', 'undone')) LIMIT 1",
		       "u", contact) != 0;
}

/* ---- taking back ---- */

size_t
roll_made(struct db *db, const struct roll *im, uint64_t *ret, size_t max)
{
	return db_ids(db_select(db,
			      "SELECT id FROM contacts WHERE id > $1 AND id <= $2 AND "
			      "import = $3 ORDER BY id LIMIT $4",
			      "uuui", im->cursor, im->last_id, im->id, (int64_t)max),
		ret, max);
}

size_t
roll_found(struct db *db, const struct roll *im, uint64_t *ret, size_t max)
{
	return db_ids(db_select(db,
			      "SELECT contact FROM import_values WHERE import = $1 AND "
			      "contact > $2 AND name = '' ORDER BY contact LIMIT $3",
			      "uui", im->id, im->cursor, (int64_t)max),
		ret, max);
}

uint64_t
roll_last_word(struct db *db, uint64_t import, uint64_t contact, bool *ret_grant)
{
	uint64_t id = 0;
	struct db_rows *q = db_select(db,
		"SELECT id, import, action FROM consent WHERE contact = $1 ORDER BY id "
		"DESC LIMIT 1",
		"u", contact);
	if (db_next(q) && db_id(q, 1) == import) {
		id = db_id(q, 0);
		*ret_grant = !strcmp(db_text(q, 2), "grant");
	}
	db_end(q);
	return id;
}

void
roll_strip(struct db *db, const struct roll *im, uint64_t contact)
{
	db_run(db, "DELETE FROM attributes WHERE contact = $1 AND updated = $2", "ui",
		contact, im->at);
	db_run(db, "DELETE FROM tags WHERE contact = $1 AND at = $2", "ui", contact,
		im->at);
}

int
roll_put_back(struct db *db, const struct roll *im, uint64_t contact)
{
	db_run(db,
		"DELETE FROM tags WHERE contact = $1 AND at = $3 AND '#' || name IN "
		"(SELECT name FROM import_values WHERE import = $2 AND contact = $1)",
		"uui", contact, im->id, im->at);
	int n = db_run(db,
		"UPDATE attributes SET text = v.text, number = v.number, moment = "
		"v.moment, updated = v.updated FROM import_values v WHERE v.import = $2 "
		"AND v.contact = $1 AND v.had = 1 AND v.name = attributes.name AND "
		"attributes.contact = $1 AND attributes.updated = $3",
		"uui", contact, im->id, im->at);
	return n + db_run(db,
			   "DELETE FROM attributes WHERE contact = $1 AND updated = $3 "
			   "AND name IN (SELECT name FROM import_values WHERE import = "
			   "$2 AND contact = $1 AND had = 0)",
			   "uui", contact, im->id, im->at);
}

bool
roll_must_wait(struct db *db)
{
	return db_number(db, 0, "SELECT 1 FROM audience LIMIT 1", "") != 0;
}

bool
roll_remove(struct db *db, uint64_t contact)
{
	return db_run(db,
		       "DELETE FROM contacts WHERE id = $1 AND last_in = 0 AND last_out "
		       "= 0 AND NOT EXISTS (SELECT 1 FROM consent WHERE contact = $1) "
		       "AND NOT EXISTS (SELECT 1 FROM messages WHERE contact = $1) "
		       "AND NOT EXISTS (SELECT 1 FROM attributes WHERE contact = $1) "
		       "AND NOT EXISTS (SELECT 1 FROM tags WHERE contact = $1) "
		       "AND NOT EXISTS (SELECT 1 FROM tickets WHERE contact = $1) "
		       "AND NOT EXISTS (SELECT 1 FROM absence_told WHERE contact = $1) "
		       "AND NOT EXISTS (SELECT 1 FROM runs WHERE contact = $1)",
		       "u", contact) == 1;
}
