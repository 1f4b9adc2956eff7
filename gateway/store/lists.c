#include "gateway/store/lists.h"

#include <stdio.h>

static uint64_t
upper(uint64_t before)
{
	return before ? before : INT64_MAX;
}

void
channel_names_load(struct db *db, struct channel_names *ret)
{
	struct db_rows *q =
		db_select(db, "SELECT id, name FROM channels ORDER BY id", "");
	ret->count = 0;
	while (ret->count < LIST_CHANNELS && db_next(q)) {
		ret->rows[ret->count].id = db_id(q, 0);
		snprintf(ret->rows[ret->count].name, sizeof(ret->rows[0].name), "%s",
			db_text(q, 1));
		ret->count++;
	}
	db_end(q);
}

const char *
channel_names_find(const struct channel_names *names, uint64_t id)
{
	for (size_t i = 0; i < names->count; i++)
		if (names->rows[i].id == id)
			return names->rows[i].name;
	return NULL;
}

void
events_list(struct db *db, uint64_t after, int limit,
	bool (*each)(void *arg, const struct event_item *e), void *arg)
{
	struct db_rows *q = db_select(db,
		"SELECT id, at, name, message, contact, channel, detail, ticket FROM "
		"events "
		"WHERE id > $1 ORDER BY id LIMIT $2",
		"ui", after, (int64_t)limit);
	bool more = true;
	while (more && db_next(q)) {
		struct event_item e = {.id = db_id(q, 0),
			.at = db_int(q, 1),
			.name = db_text(q, 2),
			.message = db_id(q, 3),
			.contact = db_id(q, 4),
			.channel = db_id(q, 5),
			.detail = db_text(q, 6),
			.ticket = db_id(q, 7)};
		more = each(arg, &e);
	}
	db_end(q);
}

uint64_t
events_newest(struct db *db)
{
	return (uint64_t)db_number(db, 0, "SELECT max(id) FROM events", "");
}

static void
find_standing(struct db *db, const char *phone, struct consent_standing *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT id, stopped, stopped_at FROM contacts WHERE phone = $1", "t",
		phone);
	*ret = (struct consent_standing){0};
	if (db_next(q)) {
		ret->contact = db_id(q, 0);
		snprintf(ret->stopped, sizeof(ret->stopped), "%s", db_text(q, 1));
		ret->stopped_at = db_int(q, 2);
	}
	db_end(q);
}

void
consent_list(struct db *db, const char *phone, int limit,
	struct consent_standing *ret_standing,
	bool (*each)(void *arg, const struct consent_item *c), void *arg)
{
	find_standing(db, phone, ret_standing);
	struct db_rows *q = db_select(db,
		"SELECT id, message, address, action, scope, list, method, words, "
		"wording, "
		"operator, basis, at FROM consent WHERE contact = $1 ORDER BY id DESC "
		"LIMIT $2",
		"ui", ret_standing->contact, (int64_t)limit);
	bool more = true;
	while (more && db_next(q)) {
		struct consent_item c = {.id = db_id(q, 0),
			.message = db_id(q, 1),
			.address = db_text(q, 2),
			.action = db_text(q, 3),
			.scope = db_text(q, 4),
			.list = db_text(q, 5),
			.method = db_text(q, 6),
			.words = db_text(q, 7),
			.wording = db_text(q, 8),
			.operator_name = db_text(q, 9),
			.basis = db_text(q, 10),
			.at = db_int(q, 11)};
		more = each(arg, &c);
	}
	db_end(q);
}

#define ARRIVALS                                                                         \
	"SELECT id, channel, message, sim, kind, smsc, state, error, bytes, at, starts " \
	"FROM arrivals "

static struct arrival_item
arrival_of(struct db_rows *q)
{
	struct arrival_item a = {.id = db_id(q, 0),
		.channel = db_id(q, 1),
		.message = db_id(q, 2),
		.sim = db_text(q, 3),
		.kind = db_text(q, 4),
		.smsc = db_text(q, 5),
		.state = db_text(q, 6),
		.error = db_text(q, 7),
		.at = db_int(q, 9),
		.starts = (int)db_int(q, 10)};
	a.bytes = db_bytes(q, 8, &a.len);
	return a;
}

void
arrivals_list(struct db *db, const char *state, uint64_t before, int limit,
	bool (*each)(void *arg, const struct arrival_item *a), void *arg)
{
	struct db_rows *q =
		state ? db_select(db,
				ARRIVALS
				"WHERE state = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
				"tui", state, upper(before), (int64_t)limit)
		      : db_select(db,
				ARRIVALS "WHERE state IN ('quarantined', 'undecodable') "
					 "AND id < $1 "
					 "ORDER BY id DESC LIMIT $2",
				"ui", upper(before), (int64_t)limit);
	bool more = true;
	while (more && db_next(q)) {
		struct arrival_item a = arrival_of(q);
		more = each(arg, &a);
	}
	db_end(q);
}

#define REPORTS                                                                          \
	"SELECT r.id, r.channel, r.attempt, a.message, r.sim, r.recipient, r.mr, "       \
	"r.status, "                                                                     \
	"r.submitted, r.at FROM reports r LEFT JOIN attempts a ON a.id = r.attempt "

void
reports_list(struct db *db, bool unmatched, uint64_t before, int limit,
	bool (*each)(void *arg, const struct report_item *r), void *arg)
{
	struct db_rows *q =
		unmatched ? db_select(db,
				    REPORTS "WHERE r.attempt IS NULL AND r.id < $1 "
					    "ORDER BY r.id DESC LIMIT $2",
				    "ui", upper(before), (int64_t)limit)
			  : db_select(db,
				    REPORTS "WHERE r.id < $1 ORDER BY r.id DESC LIMIT $2",
				    "ui", upper(before), (int64_t)limit);
	bool more = true;
	while (more && db_next(q)) {
		struct report_item r = {.id = db_id(q, 0),
			.channel = db_id(q, 1),
			.attempt = db_id(q, 2),
			.message = db_id(q, 3),
			.sim = db_text(q, 4),
			.recipient = db_text(q, 5),
			.mr = (int)db_int(q, 6),
			.status = (int)db_int(q, 7),
			.submitted = db_int(q, 8),
			.at = db_int(q, 9)};
		more = each(arg, &r);
	}
	db_end(q);
}
