#include "gateway/store/hooks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COPY(to, from) snprintf((to), sizeof(to), "%s", (from))

/* ---- who listens ---- */

bool
hook_load(struct db *db, const char *name, struct hook_row *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT id, name, url, why, cursor, replay_at, replay_to, disabled, "
		"good_at, bad_at FROM hooks WHERE name = $1",
		"t", name);
	bool found = db_next(q);
	if (found) {
		*ret = (struct hook_row){.id = db_id(q, 0),
			.cursor = db_id(q, 4),
			.replay_at = db_id(q, 5),
			.replay_to = db_id(q, 6),
			.disabled = db_int(q, 7) != 0,
			.good_at = db_int(q, 8),
			.bad_at = db_int(q, 9)};
		COPY(ret->name, db_text(q, 1));
		COPY(ret->url, db_text(q, 2));
		COPY(ret->why, db_text(q, 3));
	}
	db_end(q);
	return found;
}

void
hook_insert(struct db *db, const struct hook_row *h)
{
	db_run(db, "INSERT INTO hooks(id, name, url, cursor) VALUES($1, $2, $3, $4)",
		"uttu", h->id, h->name, h->url, h->cursor);
}

void
hook_save(struct db *db, const struct hook_row *h)
{
	db_run(db,
		"UPDATE hooks SET url = $2, why = $3, cursor = $4, replay_at = $5, "
		"replay_to = $6, disabled = $7, good_at = $8, bad_at = $9 WHERE id = $1",
		"uttuuuiii", h->id, h->url, h->why, h->cursor, h->replay_at, h->replay_to,
		(int64_t)h->disabled, h->good_at, h->bad_at);
}

uint64_t
hooks_newest_event(struct db *db)
{
	return (uint64_t)db_number(db, 0, "SELECT max(id) FROM events", "");
}

/* ---- deliveries ---- */

static const char *const kinds[] = {
	[DELIVERY_EVENT] = "event",
	[DELIVERY_TEST] = "test",
	[DELIVERY_TWILIO_STATUS] = "twilio.status",
	[DELIVERY_TWILIO_INBOUND] = "twilio.inbound",
	[DELIVERY_KANNEL] = "kannel",
};
static const char *const states[] = {
	[DELIVERY_PENDING] = "pending",
	[DELIVERY_DELIVERED] = "delivered",
	[DELIVERY_DEAD] = "dead",
};

const char *
delivery_kind_name(enum delivery_kind kind)
{
	return kinds[kind];
}

const char *
delivery_state_name(enum delivery_state state)
{
	return states[state];
}

static int
index_of(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return (int)i;
	return 0;
}

#define ROW                                                                              \
	"d.id, d.hook, d.kind, d.event, d.message, d.subject, d.account, d.state, "      \
	"d.tries, d.due, d.until, d.status, d.took, d.why, d.done_at"

static struct delivery
row_of(struct db_rows *q)
{
	struct delivery d = {.id = db_id(q, 0),
		.hook = db_id(q, 1),
		.kind = (enum delivery_kind)index_of(
			kinds, ARRAY_LEN(kinds), db_text(q, 2)),
		.event = db_id(q, 3),
		.message = db_id(q, 4),
		.subject = db_id(q, 5),
		.state = (enum delivery_state)index_of(
			states, ARRAY_LEN(states), db_text(q, 7)),
		.tries = (int)db_int(q, 8),
		.due = db_int(q, 9),
		.until = db_int(q, 10),
		.status = (int)db_int(q, 11),
		.took = db_int(q, 12),
		.done_at = db_int(q, 14)};
	COPY(d.account, db_text(q, 6));
	COPY(d.why, db_text(q, 13));
	return d;
}

void
delivery_insert(struct db *db, const struct delivery *d)
{
	db_run(db,
		"INSERT INTO deliveries(id, hook, kind, event, message, subject, "
		"account, state, due, until) "
		"VALUES($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9)",
		"uutuuutii", d->id, d->hook, kinds[d->kind], d->event, d->message,
		d->subject, d->account, d->due, d->until);
}

void
delivery_save(struct db *db, const struct delivery *d)
{
	db_run(db,
		"UPDATE deliveries SET state = $2, tries = $3, due = $4, until = $5, "
		"status = $6, took = $7, why = $8, done_at = $9 WHERE id = $1",
		"utiiiiiti", d->id, states[d->state], (int64_t)d->tries, d->due, d->until,
		(int64_t)d->status, d->took, d->why, d->done_at);
}

static size_t
take_rows(struct db_rows *q, struct delivery *ret, size_t max)
{
	size_t n = 0;
	while (n < max && db_next(q))
		ret[n++] = row_of(q);
	db_end(q);
	return n;
}

bool
delivery_load(struct db *db, uint64_t id, struct delivery *ret)
{
	return take_rows(db_select(db, "SELECT " ROW " FROM deliveries d WHERE d.id = $1",
				 "u", id),
		       ret, 1) == 1;
}

bool
delivery_head(struct db *db, uint64_t hook, uint64_t after, struct delivery *ret)
{
	return take_rows(db_select(db,
				 "SELECT " ROW " FROM deliveries d WHERE d.hook = $1 AND "
				 "d.state = 'pending' AND d.id > $2 ORDER BY d.id LIMIT "
				 "1",
				 "uu", hook, after),
		       ret, 1) == 1;
}

size_t
deliveries_ready(
	struct db *db, uint64_t hook, int64_t now, struct delivery *ret, size_t max)
{
	return take_rows(db_select(db,
				 "SELECT " ROW " FROM deliveries d WHERE d.hook = $1 AND "
				 "d.state = 'pending' AND d.due <= $2 AND NOT EXISTS "
				 "(SELECT 1 FROM deliveries e WHERE e.hook = d.hook AND "
				 "e.subject = d.subject AND e.state = 'pending' AND "
				 "e.id < d.id) ORDER BY d.due, d.id LIMIT $3",
				 "uii", hook, now, (int64_t)max),
		ret, max);
}

int64_t
deliveries_next_due(struct db *db, uint64_t hook)
{
	return db_number(db, 0,
		"SELECT due FROM deliveries WHERE hook = $1 AND state = 'pending' "
		"ORDER BY due LIMIT 1",
		"u", hook);
}

int64_t
deliveries_count(struct db *db, uint64_t hook, enum delivery_state state)
{
	return db_number(db, 0,
		"SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE hook = $1 AND "
		"state = $2 LIMIT $3) AS few",
		"uti", hook, states[state], (int64_t)HOOK_COUNT_TO);
}

int
deliveries_purge(struct db *db, int64_t done, uint64_t oldest, int max)
{
	int n = db_run(db,
		"DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE "
		"done_at > 0 AND done_at < $1 ORDER BY done_at LIMIT $2)",
		"ii", done, (int64_t)max);
	int m = db_run(db,
		"DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE "
		"id < $1 ORDER BY id LIMIT $2)",
		"ui", oldest, (int64_t)max);
	return MAX(n, 0) + MAX(m, 0);
}

int
deliveries_revive(struct db *db, uint64_t hook, int64_t now, int64_t until, int max)
{
	int n = db_run(db,
		"UPDATE deliveries SET state = 'pending', tries = 0, due = $2, until = "
		"$3, done_at = 0 WHERE id IN (SELECT id FROM deliveries WHERE hook = $1 "
		"AND state = 'dead' ORDER BY id LIMIT $4)",
		"uiii", hook, now, until, (int64_t)max);
	return MAX(n, 0);
}

void
deliveries_list(struct db *db, const struct delivery_filter *f,
	bool (*each)(void *arg, const struct delivery *d, const char *event), void *arg)
{
	uint64_t before = f->before ? f->before : INT64_MAX;
	struct db_rows *q =
		f->state ? db_select(db,
				   "SELECT " ROW
				   ", v.name FROM deliveries d LEFT JOIN events v ON "
				   "v.id = d.event WHERE d.hook = $1 AND d.state = $2 "
				   "AND d.id < "
				   "$3 ORDER BY d.id DESC LIMIT $4",
				   "utui", f->hook, f->state, before, (int64_t)f->limit)
			 : db_select(db,
				   "SELECT " ROW
				   ", v.name FROM deliveries d LEFT JOIN events v ON "
				   "v.id = d.event WHERE d.hook = $1 AND d.id < $2 ORDER "
				   "BY d.id "
				   "DESC LIMIT $3",
				   "uui", f->hook, before, (int64_t)f->limit);
	bool more = true;
	while (more && db_next(q)) {
		struct delivery d = row_of(q);
		more = each(arg, &d, db_text(q, 15));
	}
	db_end(q);
}

/* ---- events ---- */

void
hook_event_done(struct hook_event *e)
{
	free(e->detail);
	e->detail = NULL;
}

bool
hook_event_load(struct db *db, uint64_t id, struct hook_event *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT id, message, contact, channel, ticket, at, name, detail FROM "
		"events WHERE id = $1",
		"u", id);
	bool found = db_next(q);
	if (found) {
		*ret = (struct hook_event){.id = db_id(q, 0),
			.message = db_id(q, 1),
			.contact = db_id(q, 2),
			.channel = db_id(q, 3),
			.ticket = db_id(q, 4),
			.at = db_int(q, 5),
			.detail = xstrdup(db_text(q, 7))};
		COPY(ret->name, db_text(q, 6));
	}
	db_end(q);
	return found;
}

size_t
hook_events(
	struct db *db, uint64_t after, uint64_t to, struct hook_event *ret, size_t max)
{
	struct db_rows *q = db_select(db,
		"SELECT id, message, contact, channel, at, name FROM events WHERE id > "
		"$1 AND id <= $2 ORDER BY id LIMIT $3",
		"uui", after, to, (int64_t)max);
	size_t n = 0;
	while (n < max && db_next(q)) {
		ret[n] = (struct hook_event){.id = db_id(q, 0),
			.message = db_id(q, 1),
			.contact = db_id(q, 2),
			.channel = db_id(q, 3),
			.at = db_int(q, 4)};
		COPY(ret[n].name, db_text(q, 5));
		n++;
	}
	db_end(q);
	return n;
}

/* ---- what requests asked for ---- */

void
callback_insert(struct db *db, const struct callback *c)
{
	db_run(db,
		"INSERT INTO callbacks(message, kind, account, service, url, mask) "
		"VALUES($1, $2, $3, $4, $5, $6)",
		"utttti", c->message, c->kannel ? "kannel" : "twilio", c->account,
		c->service, c->url, (int64_t)c->mask);
}

bool
callback_load(struct db *db, uint64_t message, struct callback *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT message, kind, account, service, url, mask FROM callbacks WHERE "
		"message = $1",
		"u", message);
	bool found = db_next(q);
	if (found) {
		*ret = (struct callback){.message = db_id(q, 0),
			.kannel = !strcmp(db_text(q, 1), "kannel"),
			.mask = (int)db_int(q, 5)};
		COPY(ret->account, db_text(q, 2));
		COPY(ret->service, db_text(q, 3));
		COPY(ret->url, db_text(q, 4));
	}
	db_end(q);
	return found;
}

bool
callbacks_any(struct db *db)
{
	return db_number(db, 0, "SELECT 1 FROM callbacks LIMIT 1", "") != 0;
}

int
callbacks_purge(struct db *db, uint64_t oldest, int max)
{
	int n = db_run(db,
		"DELETE FROM callbacks WHERE message IN (SELECT message FROM callbacks "
		"WHERE message < $1 ORDER BY message LIMIT $2)",
		"ui", oldest, (int64_t)max);
	return MAX(n, 0);
}
