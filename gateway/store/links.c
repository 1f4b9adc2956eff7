#include "gateway/store/links.h"

#include <stdio.h>

#define HELD_MOST (7 * DAY) /* a promotion waits no longer for its hours */

void
link_insert(struct db *db, const struct link_row *r)
{
	db_run(db,
		"INSERT INTO links(id, code, url, contact, message, run, script, step, "
		"made, expires) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		"uttuuuttii", r->id, r->code, r->url, r->contact, r->message, r->run,
		r->script, r->step, r->made, r->expires);
}

bool
link_unbound(struct db *db, const struct link_row *like, char ret_code[16])
{
	struct db_rows *q = db_select(db,
		"SELECT code FROM links WHERE contact = $1 AND run = $2 AND step = $3 "
		"AND "
		"message = 0 AND script = $4 AND url = $5 ORDER BY id LIMIT 1",
		"uuttt", like->contact, like->run, like->step, like->script, like->url);
	bool found = db_next(q);
	if (found)
		snprintf(ret_code, 16, "%s", db_text(q, 0));
	db_end(q);
	return found;
}

bool
link_load(struct db *db, const char *code, struct link_row *ret, struct strbuf *ret_url)
{
	struct db_rows *q = db_select(db,
		"SELECT id, contact, message, run, made, expires, clicked, device, url "
		"FROM links WHERE code = $1",
		"t", code);
	bool found = db_next(q);
	if (found) {
		*ret = (struct link_row){.id = db_id(q, 0),
			.contact = db_id(q, 1),
			.message = db_id(q, 2),
			.run = db_id(q, 3),
			.made = db_int(q, 4),
			.expires = db_int(q, 5),
			.clicked = db_int(q, 6)};
		snprintf(ret->code, sizeof(ret->code), "%s", code);
		snprintf(ret->device, sizeof(ret->device), "%s", db_text(q, 7));
		strbuf_puts(ret_url, db_text(q, 8));
	}
	db_end(q);
	return found;
}

void
links_bind(struct db *db, uint64_t message, const struct link_row *of)
{
	db_run(db,
		"UPDATE links SET message = $1 WHERE contact = $2 AND run = $3 AND step "
		"= "
		"$4 AND message = 0 AND script = $5",
		"uuutt", message, of->contact, of->run, of->step, of->script);
}

void
link_clicked(struct db *db, uint64_t id, const char *device, int64_t at)
{
	db_run(db, "UPDATE links SET device = $2, clicked = $3 WHERE id = $1", "uti", id,
		device, at);
}

void
click_insert(struct db *db, const struct click_row *r)
{
	db_run(db,
		"INSERT INTO clicks(id, link, contact, message, at, kind, why) "
		"VALUES($1, $2, $3, $4, $5, $6, $7)",
		"uuuuitt", r->id, r->link, r->contact, r->message, r->at, r->kind,
		r->why ? r->why : "");
}

int64_t
link_text_left(struct db *db, uint64_t message)
{
	return db_number(db, 0,
		"SELECT max(done_at) FROM attempts WHERE message = $1 AND state = 'sent'",
		"u", message);
}

static bool
touched(struct db_rows *q, const char *kind, struct credit *ret)
{
	bool found = db_next(q);
	if (found)
		*ret = (struct credit){kind, db_id(q, 0), db_int(q, 1)};
	db_end(q);
	return found;
}

bool
credit_find(struct db *db, uint64_t contact, int64_t at, int64_t click, int64_t send,
	uint64_t run, struct credit *ret)
{
	return (click && touched(db_select(db,
					 "SELECT message, at FROM clicks WHERE contact = "
					 "$1 AND (kind = 'person' OR kind = 'again') AND "
					 "at <= $2 AND at >= $3 AND message > 0 ORDER BY "
					 "at DESC LIMIT 1",
					 "uii", contact, at, at - click),
				 "click", ret)) ||
	       (send &&
		       touched(db_select(db,
				       "SELECT m.id, max(a.done_at) FROM messages m JOIN "
				       "attempts a ON a.message = m.id WHERE m.contact = "
				       "$1 "
				       "AND m.id <= $2 AND m.id >= $3 AND m.outbound = 1 "
				       "AND (m.class = 'marketing' OR EXISTS (SELECT 1 "
				       "FROM said t WHERE t.message = m.id AND t.run = "
				       "$6 AND t.run > 0)) AND a.state = 'sent' AND "
				       "a.done_at <= $4 AND a.done_at >= $5 GROUP BY "
				       "m.id "
				       "ORDER BY max(a.done_at) DESC LIMIT 1",
				       "uiiiiu", contact, at << 20,
				       MAX(at - send - HELD_MOST, 0) << 20, at, at - send,
				       run),
			       "send", ret));
}

void
credit_put(struct db *db, const char *number, const char *source, uint64_t contact,
	int64_t at, const struct credit *c)
{
	db_run(db,
		"INSERT INTO credits(number, source, contact, at, kind, touched, "
		"message) VALUES($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (number, "
		"source) DO UPDATE SET contact = excluded.contact, at = excluded.at, "
		"kind "
		"= excluded.kind, touched = excluded.touched, message = excluded.message",
		"ttuitiu", number, source, contact, at, c->kind, c->touched, c->message);
}
