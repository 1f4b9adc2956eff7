#include "gateway/store/contacts_list.h"

#include <stdio.h>

#define COLUMNS                                                                          \
	"c.id, c.phone, c.stopped, c.stopped_at, c.last_in, c.last_out, c.zone, "        \
	"c.region, c.dead_since, c.suppressed, c.last_channel "

static struct contact
contact_of(struct db_rows *q)
{
	struct contact c = {.id = db_id(q, 0),
		.stopped_at = db_int(q, 3),
		.last_in = db_int(q, 4),
		.last_out = db_int(q, 5),
		.dead_since = db_int(q, 8),
		.suppressed = db_int(q, 9),
		.last_channel = db_id(q, 10)};
	snprintf(c.phone, sizeof(c.phone), "%s", db_text(q, 1));
	snprintf(c.stopped, sizeof(c.stopped), "%s", db_text(q, 2));
	snprintf(c.zone, sizeof(c.zone), "%s", db_text(q, 6));
	snprintf(c.region, sizeof(c.region), "%s", db_text(q, 7));
	return c;
}

void
contacts_list(struct db *db, const struct contact_filter *f,
	bool (*each)(void *arg, const struct contact *c), void *arg)
{
	uint64_t before = f->before ? f->before : INT64_MAX;
	struct db_rows *q =
		f->tag ? db_select(db,
				 "SELECT " COLUMNS
				 "FROM tags g JOIN contacts c ON c.id = "
				 "g.contact WHERE g.name = $1 AND g.contact < $2 "
				 "ORDER BY g.contact DESC LIMIT $3",
				 "tui", f->tag, before, (int64_t)f->limit)
		       : db_select(db,
				 "SELECT " COLUMNS "FROM contacts c WHERE c.id < $1 AND "
				 "c.phone NOT LIKE 'erased-%' ORDER BY c.id DESC LIMIT "
				 "$2",
				 "ui", before, (int64_t)f->limit);
	bool more = true;
	while (more && db_next(q)) {
		struct contact c = contact_of(q);
		more = each(arg, &c);
	}
	db_end(q);
}

void
attributes_list(struct db *db, uint64_t contact,
	void (*each)(void *arg, const char *name, const char *text), void *arg)
{
	struct db_rows *q = db_select(db,
		"SELECT name, coalesce(text, CAST(number AS TEXT), CAST(moment AS TEXT)) "
		"FROM "
		"attributes WHERE contact = $1 ORDER BY name",
		"u", contact);
	while (db_next(q))
		each(arg, db_text(q, 0), db_text(q, 1));
	db_end(q);
}
