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

bool
consent_granted(struct db *db, uint64_t contact)
{
	return db_number(db, 0,
		       "SELECT CASE WHEN action = 'grant' THEN 1 ELSE 0 END FROM consent "
		       "WHERE contact = $1 AND action <> 'unblock' ORDER BY id DESC "
		       "LIMIT "
		       "1",
		       "u", contact) != 0;
}

uint64_t
ticket_talking(struct db *db, uint64_t contact, const char *but)
{
	return (uint64_t)db_number(db, 0,
		"SELECT id FROM tickets WHERE contact = $1 AND state = 'open' "
		"AND topic <> $2 LIMIT 1",
		"ut", contact, but);
}

uint64_t
ticket_open_for(struct db *db, uint64_t contact, const char *topic)
{
	return (uint64_t)db_number(db, 0,
		"SELECT id FROM tickets WHERE contact = $1 AND state = 'open' "
		"AND (topic = $2 OR $2 = '') LIMIT 1",
		"ut", contact, topic);
}

void
ticket_insert(struct db *db, const struct ticket_row *r)
{
	db_run(db,
		"INSERT INTO tickets(id, contact, state, topic, message, note, created, "
		"updated) "
		"VALUES($1, $2, 'open', $3, $4, $5, $6, $6)",
		"uututi", r->id, r->contact, r->topic, r->message, r->note ? r->note : "",
		r->at);
}

void
ticket_touch(struct db *db, uint64_t id, int64_t at)
{
	db_run(db, "UPDATE tickets SET updated = $2 WHERE id = $1", "ui", id, at);
}

void
event_append(struct db *db, const struct event_row *r)
{
	db_run(db,
		"INSERT INTO events(id, at, name, message, contact, channel, detail) "
		"VALUES($1, $2, $3, nullif($4, 0), nullif($5, 0), nullif($6, 0), $7)",
		"uituuut", r->id, r->at, r->name, r->message, r->contact, r->channel,
		r->detail ? r->detail : "");
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
	};
	uint64_t id = 0;
	for (size_t i = 0; i < ARRAY_LEN(newest); i++)
		id = MAX(id, (uint64_t)db_number(db, 0, newest[i], ""));
	return id;
}
