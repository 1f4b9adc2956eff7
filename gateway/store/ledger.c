#include "gateway/store/ledger.h"

void
consent_append(struct db *db, const struct consent_row *r)
{
	db_run(db,
		"INSERT INTO consent(id, contact, address, at, action, scope, method, "
		"words, "
		"wording, message, operator) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, "
		"nullif($10, 0), $11)",
		"uutittttt"
		"ut",
		r->id, r->contact, r->address, r->at, r->action, r->scope, r->method,
		r->words ? r->words : "", r->wording ? r->wording : "", r->message,
		r->operator_name ? r->operator_name : "");
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

uint64_t
ledger_newest_id(struct db *db)
{
	static const char *const newest[] = {
		"SELECT max(id) FROM events",
		"SELECT max(id) FROM messages",
		"SELECT max(id) FROM attempts",
		"SELECT max(id) FROM arrivals",
	};
	uint64_t id = 0;
	for (size_t i = 0; i < ARRAY_LEN(newest); i++)
		id = MAX(id, (uint64_t)db_number(db, 0, newest[i], ""));
	return id;
}
