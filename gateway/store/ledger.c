#include "gateway/store/ledger.h"

#include <stdio.h>
#include <string.h>

static const char *
or_empty(const char *s)
{
	return s ? s : "";
}

void
consent_append(struct db *db, const struct consent_row *r)
{
	db_run(db,
		"INSERT INTO consent(id, contact, address, at, action, scope, method, "
		"words, "
		"wording, message, operator, list, basis, night, expires, hash, source, "
		"age) "
		"VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, nullif($10, 0), $11, $12, "
		"$13, $14, "
		"$15, $16, $17, $18)",
		"uutitttttutttiittt", r->id, r->contact, r->address, r->at, r->action,
		r->scope, r->method, or_empty(r->words), or_empty(r->wording), r->message,
		or_empty(r->operator_name), or_empty(r->list), or_empty(r->basis),
		(int64_t)r->night, r->expires, or_empty(r->hash), or_empty(r->source),
		or_empty(r->age));
}

/* Cut to fit: the ledgers of a whole audience pass here. */
static void
copy(char *to, size_t size, const char *from)
{
	size_t n = MIN(strlen(from), size - 1);
	memcpy(to, from, n);
	to[n] = '\0';
}

void
consent_apply(struct consent_state *s, struct db_rows *q)
{
	const char *action = db_text(q, 1), *list = db_text(q, 4);
	if (!strcmp(action, "grant")) {
		*s = (struct consent_state){.granted = true,
			.row = db_id(q, 0),
			.at = db_int(q, 5),
			.expires = db_int(q, 6),
			.night = db_int(q, 7) != 0};
		copy(s->basis, sizeof(s->basis), db_text(q, 3));
		copy(s->list, sizeof(s->list), list);
	} else if (!strcmp(action, "reconfirm")) {
		s->at = db_int(q, 5);
	} else if (!strcmp(action, "revoke") || !strcmp(action, "deny")) {
		if (!strcmp(db_text(q, 2), "night"))
			s->night = false;
		else if (!*list || !strcmp(list, s->list))
			*s = (struct consent_state){0};
	}
}

void
consent_derive(struct db *db, uint64_t contact, struct consent_state *ret)
{
	*ret = (struct consent_state){0};
	struct db_rows *q = db_select(db,
		"SELECT id, action, scope, basis, list, at, expires, night FROM consent "
		"WHERE contact = $1 ORDER BY id",
		"u", contact);
	while (db_next(q))
		consent_apply(ret, q);
	db_end(q);
}

int64_t
consent_newest(struct db *db, uint64_t contact)
{
	return db_number(db, 0,
		"SELECT at FROM consent WHERE contact = $1 ORDER BY id DESC LIMIT 1", "u",
		contact);
}

void
event_append(struct db *db, const struct event_row *r)
{
	db_run(db,
		"INSERT INTO events(id, at, name, message, contact, channel, detail, "
		"ticket) "
		"VALUES($1, $2, $3, nullif($4, 0), nullif($5, 0), nullif($6, 0), $7, "
		"nullif($8, 0))",
		"uituuutu", r->id, r->at, r->name, r->message, r->contact, r->channel,
		r->detail ? r->detail : "", r->ticket);
}

int64_t
events_count(struct db *db, uint64_t contact, const char *name, int64_t since,
	int64_t *ret_first, int64_t *ret_last)
{
	struct db_rows *q = db_select(db,
		"SELECT count(*), min(at), max(at) FROM events WHERE contact = $1 AND "
		"name = $2 AND at >= $3",
		"uti", contact, name, since);
	int64_t n = 0;
	if (db_next(q)) {
		n = db_int(q, 0);
		*ret_first = db_int(q, 1);
		*ret_last = db_int(q, 2);
	}
	db_end(q);
	return n;
}

uint64_t
ledger_newest_id(struct db *db)
{
	static const char *const newest[] = {
		"SELECT max(id) FROM events",
		"SELECT max(id) FROM messages",
		"SELECT max(id) FROM attempts",
		"SELECT max(id) FROM arrivals",
		"SELECT max(id) FROM runs",
		"SELECT max(id) FROM timers",
		"SELECT max(id) FROM orders",
		"SELECT max(id) FROM deliveries",
		"SELECT max(id) FROM hooks",
		"SELECT max(id) FROM contacts",
		"SELECT max(id) FROM consent",
		"SELECT max(id) FROM imports",
	};
	uint64_t id = 0;
	for (size_t i = 0; i < ARRAY_LEN(newest); i++)
		id = MAX(id, (uint64_t)db_number(db, 0, newest[i], ""));
	return id;
}

void
ledger_started(struct db *db, int64_t at)
{
	db_run(db,
		"INSERT INTO meta(key, value) VALUES('started', CAST($1 AS TEXT)) "
		"ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		"i", at);
}
