#include "gateway/store/messages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- names and legal moves ---- */

static const char *const state_names[MESSAGE_STATES] = {
	[MESSAGE_ACCEPTED] = "accepted",
	[MESSAGE_HELD] = "held",
	[MESSAGE_QUEUED] = "queued",
	[MESSAGE_SENDING] = "sending",
	[MESSAGE_SENT] = "sent",
	[MESSAGE_DELIVERED] = "delivered",
	[MESSAGE_UNDELIVERED] = "undelivered",
	[MESSAGE_FAILED] = "failed",
	[MESSAGE_EXPIRED] = "expired",
	[MESSAGE_CANCELED] = "canceled",
	[MESSAGE_SUPPRESSED] = "suppressed",
	[MESSAGE_IN_DOUBT] = "in_doubt",
	[MESSAGE_RECEIVED] = "received",
};

#define TO(state)   (1u << MESSAGE_##state)
#define UNSENT_ENDS (TO(EXPIRED) | TO(CANCELED) | TO(SUPPRESSED) | TO(FAILED))

/* A report may arrive while the sender still thinks "sending" (report before OK), and
 * settles a doubt too. A report of failure after one of success never wins: reports.c
 * sees to that. */
static const unsigned moves[MESSAGE_STATES] = {
	[MESSAGE_ACCEPTED] = TO(HELD) | TO(QUEUED) | UNSENT_ENDS,
	[MESSAGE_HELD] = TO(HELD) | TO(QUEUED) | UNSENT_ENDS,
	[MESSAGE_QUEUED] = TO(SENDING) | TO(HELD) | UNSENT_ENDS,
	[MESSAGE_SENDING] = TO(SENT) | TO(HELD) | TO(QUEUED) | TO(FAILED) | TO(EXPIRED) |
			    TO(IN_DOUBT),
	[MESSAGE_SENT] = TO(DELIVERED) | TO(UNDELIVERED),
	[MESSAGE_IN_DOUBT] =
		TO(SENT) | TO(QUEUED) | TO(DELIVERED) | TO(UNDELIVERED) | TO(FAILED),
	[MESSAGE_UNDELIVERED] = TO(DELIVERED),
};

const char *
message_state_name(enum message_state state)
{
	return state_names[state];
}

int
message_state_parse(const char *name, enum message_state *ret_state)
{
	for (size_t i = 0; i < MESSAGE_STATES; i++) {
		if (!strcmp(name, state_names[i])) {
			*ret_state = (enum message_state)i;
			return 0;
		}
	}
	return -EINVAL;
}

bool
message_state_may(enum message_state from, enum message_state to)
{
	return (moves[from] & 1u << to) != 0;
}

/* ---- reading ---- */

#define COLUMNS                                                                          \
	"m.id, m.contact, m.reply_to, m.channel, m.route, m.outbound, m.ready, "         \
	"m.report, "                                                                     \
	"m.state, m.class, c.phone, m.text, m.reason, m.origin, m.key, m.splits, "       \
	"m.sim, "                                                                        \
	"m.encoding, m.on_doubt, m.due, m.expires, m.sent_at, m.updated, m.parts, "      \
	"m.parts_done, m.ref, m.shifts, m.msg_class, m.tries, m.starts, "                \
	"m.not_before, m.skip "
#define FROM "FROM messages m JOIN contacts c ON c.id = m.contact "

static void
read_row(struct db_rows *q, struct message *m)
{
	*m = (struct message){.id = db_id(q, 0),
		.contact = db_id(q, 1),
		.reply_to = db_id(q, 2),
		.channel = db_id(q, 3),
		.route = db_id(q, 4),
		.outbound = db_int(q, 5) != 0,
		.ready = db_int(q, 6) != 0,
		.report = db_int(q, 7) != 0};
	if (message_state_parse(db_text(q, 8), &m->state) < 0)
		abort();
	if (message_class_parse(db_text(q, 9), &m->cls) < 0)
		m->cls = CLASS_REPLY; /* inbound rows have no class */
	char **texts[] = {&m->phone, &m->text, &m->reason, &m->origin, &m->key,
		&m->splits, &m->sim, &m->encoding, &m->on_doubt};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		*texts[i] = xstrdup(db_text(q, 10 + (int)i));
	m->created = (int64_t)(m->id >> 20);
	m->due = db_int(q, 19);
	m->expires = db_int(q, 20);
	m->sent_at = db_int(q, 21);
	m->updated = db_int(q, 22);
	int *numbers[] = {&m->parts, &m->parts_done, &m->ref, &m->shifts, &m->msg_class,
		&m->tries, &m->starts};
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		*numbers[i] = (int)db_int(q, 23 + (int)i);
	m->not_before = db_int(q, 30);
	m->skip = db_int(q, 31) != 0;
}

void
message_done(struct message *m)
{
	char **texts[] = {&m->phone, &m->text, &m->reason, &m->origin, &m->key,
		&m->splits, &m->sim, &m->encoding, &m->on_doubt};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		free(*texts[i]);
		*texts[i] = NULL;
	}
}

bool
message_load(struct db *db, uint64_t id, struct message *ret)
{
	struct db_rows *q =
		db_select(db, "SELECT " COLUMNS FROM "WHERE m.id = $1", "u", id);
	bool found = db_next(q);
	if (found)
		read_row(q, ret);
	db_end(q);
	return found;
}

/* A page walks down one index; the other conditions are tested on the way. */
static struct db_rows *
select_page(struct db *db, const struct message_filter *f)
{
	uint64_t before = f->before ? f->before : INT64_MAX;
	int64_t limit = f->limit > 0 ? f->limit : 50;
	int64_t direction = f->direction;
	if (f->phone)
		return db_select(db,
			"SELECT " COLUMNS FROM
			"WHERE m.contact = (SELECT id FROM contacts WHERE phone = $1) "
			"AND m.id < $2 AND (CAST($3 AS TEXT) IS NULL OR m.state = $3) "
			"AND ($4 = 0 OR ($4 > 0 AND m.outbound = 1) OR ($4 < 0 AND "
			"m.outbound = 0)) ORDER BY m.id DESC LIMIT $5",
			"tutii", f->phone, before, f->state, direction, limit);
	if (f->state)
		return db_select(db,
			"SELECT " COLUMNS FROM "WHERE m.state = $1 AND m.id < $2 "
			"AND ($3 = 0 OR ($3 > 0 AND m.outbound = 1) OR ($3 < 0 AND "
			"m.outbound = 0)) ORDER BY m.id DESC LIMIT $4",
			"tuii", f->state, before, direction, limit);
	return db_select(db,
		"SELECT " COLUMNS FROM "WHERE m.id < $1 AND ($2 = 0 OR ($2 > 0 AND "
		"m.outbound = 1) OR ($2 < 0 AND m.outbound = 0)) "
		"ORDER BY m.id DESC LIMIT $3",
		"uii", before, direction, limit);
}

void
messages_list(struct db *db, const struct message_filter *filter,
	bool (*each)(void *arg, const struct message *m), void *arg)
{
	struct db_rows *q = select_page(db, filter);
	bool more = true;
	while (more && db_next(q)) {
		struct message m;
		read_row(q, &m);
		more = each(arg, &m);
		message_done(&m);
	}
	db_end(q);
}

void
messages_count(struct db *db, int64_t ret_counts[MESSAGE_STATES])
{
	memset(ret_counts, 0, sizeof(int64_t) * MESSAGE_STATES);
	struct db_rows *q =
		db_select(db, "SELECT state, count(*) FROM messages GROUP BY state", "");
	while (db_next(q)) {
		enum message_state state;
		if (message_state_parse(db_text(q, 0), &state) == 0)
			ret_counts[state] = db_int(q, 1);
	}
	db_end(q);
}

uint64_t
messages_newest_inbound(struct db *db, uint64_t contact)
{
	return (uint64_t)db_number(db, 0,
		"SELECT id FROM messages WHERE contact = $1 AND outbound = 0 "
		"ORDER BY id DESC LIMIT 1",
		"u", contact);
}

/* ---- writing ---- */

bool
message_insert(struct db *db, const struct message *m, int64_t fingerprint)
{
	return db_run(db,
		       "INSERT INTO messages(id, contact, outbound, state, reason, "
		       "class, "
		       "priority, text, origin, reply_to, route, channel, due, expires, "
		       "key, "
		       "fingerprint, encoding, parts, splits, shifts, ref, msg_class, "
		       "report, "
		       "on_doubt, sent_at, updated, not_before, skip) VALUES($1, $2, $3, "
		       "$4, "
		       "$5, $6, $7, "
		       "$8, $9, "
		       "nullif($10, 0), $11, $12, $13, $14, $15, $16, $17, $18, $19, "
		       "$20, $21, "
		       "$22, $23, $24, $25, $26, $27, $28) ON CONFLICT (key) DO NOTHING",
		       "uuitttittuuuiitititiiiitiiii", m->id, m->contact,
		       (int64_t)m->outbound, state_names[m->state],
		       m->reason ? m->reason : "",
		       m->outbound ? message_class_name(m->cls) : "", (int64_t)m->cls,
		       m->text, m->origin ? m->origin : "", m->reply_to, m->route,
		       m->channel, m->due, m->expires, m->key, fingerprint,
		       m->encoding ? m->encoding : "", (int64_t)m->parts,
		       m->splits ? m->splits : "", (int64_t)m->shifts, (int64_t)m->ref,
		       (int64_t)m->msg_class, (int64_t)m->report,
		       m->on_doubt ? m->on_doubt : "", m->sent_at, m->updated,
		       m->not_before, (int64_t)m->skip) == 1;
}

uint64_t
message_by_key(struct db *db, const char *key, int64_t *ret_fingerprint)
{
	struct db_rows *q = db_select(
		db, "SELECT id, fingerprint FROM messages WHERE key = $1", "t", key);
	uint64_t id = 0;
	if (db_next(q)) {
		id = db_id(q, 0);
		*ret_fingerprint = db_int(q, 1);
	}
	db_end(q);
	return id;
}

void
message_set_told(struct db *db, const struct message *m)
{
	db_run(db, "UPDATE messages SET told = state WHERE id = $1", "u", m->id);
}

bool
message_told(struct db *db, uint64_t id, enum message_state *ret)
{
	struct db_rows *q =
		db_select(db, "SELECT told FROM messages WHERE id = $1", "u", id);
	bool told = db_next(q) && message_state_parse(db_text(q, 0), ret) == 0;
	db_end(q);
	return told;
}

static void
set_reason(struct message *m, const char *reason)
{
	free(m->reason);
	m->reason = xstrdup(reason);
}

void
message_move(struct db *db, struct message *m, enum message_state to, const char *reason,
	int64_t now)
{
	if (!message_state_may(m->state, to))
		abort();
	db_run(db,
		"UPDATE messages SET state = $2, reason = $3, updated = $4, ready = 0 "
		"WHERE id = $1",
		"utti", m->id, state_names[to], reason ? reason : "", now);
	m->state = to;
	m->ready = false;
	m->updated = now;
	set_reason(m, reason ? reason : "");
}

void
message_hold(
	struct db *db, struct message *m, const char *reason, int64_t due, int64_t now)
{
	message_move(db, m, MESSAGE_HELD, reason, now);
	db_run(db, "UPDATE messages SET due = $2 WHERE id = $1", "ui", m->id, due);
	m->due = due;
}

void
message_route(struct db *db, struct message *m, uint64_t route)
{
	db_run(db, "UPDATE messages SET route = $2, ready = 0 WHERE id = $1", "uu", m->id,
		route);
	m->route = route;
	m->ready = false;
}

void
message_pin(struct db *db, struct message *m, uint64_t channel, const char *sim)
{
	db_run(db, "UPDATE messages SET route = $2, channel = $2, sim = $3 WHERE id = $1",
		"uut", m->id, channel, sim);
	m->route = m->channel = channel;
	free(m->sim);
	m->sim = xstrdup(sim);
}

void
message_take_part(
	struct db *db, struct message *m, uint64_t channel, const char *sim, int64_t now)
{
	m->parts_done++;
	enum message_state to = m->parts_done < m->parts ? m->state : MESSAGE_SENT;
	if (to != m->state && !message_state_may(m->state, to))
		abort();
	db_run(db,
		"UPDATE messages SET route = $2, channel = $2, sim = $3, parts_done = "
		"$4, "
		"state = $5, reason = '', updated = $6, sent_at = $7 WHERE id = $1",
		"uutitii", m->id, channel, sim, (int64_t)m->parts_done, state_names[to],
		now, to == MESSAGE_SENT ? now : 0);
	m->state = to;
	m->updated = now;
	m->route = m->channel = channel;
	free(m->sim);
	m->sim = xstrdup(sim);
	set_reason(m, "");
}

void
message_set_parts_done(struct db *db, struct message *m, int parts_done)
{
	db_run(db, "UPDATE messages SET parts_done = $2 WHERE id = $1", "ui", m->id,
		(int64_t)parts_done);
	m->parts_done = parts_done;
}

void
message_set_sent(struct db *db, struct message *m, int64_t at)
{
	db_run(db, "UPDATE messages SET sent_at = $2 WHERE id = $1", "ui", m->id, at);
	m->sent_at = at;
}

void
message_set_tries(struct db *db, struct message *m, int tries)
{
	db_run(db, "UPDATE messages SET tries = $2 WHERE id = $1", "ui", m->id,
		(int64_t)tries);
	m->tries = tries;
}

void
message_close_doubt(struct db *db, struct message *m, const char *reason, int64_t now)
{
	db_run(db,
		"UPDATE messages SET reason = $2, expires = 0, updated = $3 WHERE id = "
		"$1",
		"uti", m->id, reason, now);
	set_reason(m, reason);
	m->expires = 0;
}

/* Decided late, sent late: a message resent by hand gets its time again. */
void
message_blank(struct db *db, uint64_t id, int64_t now)
{
	db_run(db, "UPDATE messages SET text = '', updated = $2 WHERE id = $1", "ui", id,
		now);
}

void
message_renew(struct db *db, struct message *m, int64_t expires)
{
	m->expires = MAX(m->expires, expires);
	db_run(db, "UPDATE messages SET expires = $2 WHERE id = $1", "ui", m->id,
		m->expires);
}

/* ---- the queue's view ---- */

size_t
messages_ready(struct db *db, uint64_t route, struct queue_entry *ret, size_t max)
{
	struct db_rows *q = db_select(db,
		"SELECT id, priority FROM messages WHERE route = $1 AND ready = 1 "
		"ORDER BY priority, id LIMIT $2",
		"ui", route, (int64_t)max);
	size_t n = 0;
	while (n < max && db_next(q)) {
		ret[n].id = db_id(q, 0);
		ret[n++].priority = (int)db_int(q, 1);
	}
	db_end(q);
	return n;
}

struct head {
	uint64_t id, route;
	int64_t priority;
	bool ready;
};

/* One index seek: a contact with a million texts waiting costs no more than one with two.
 */
static bool
oldest_queued(
	struct db *db, uint64_t contact, bool ready, int64_t priority, struct head *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT id, route, priority, ready FROM messages WHERE contact = $1 "
		"AND state = 'queued' AND ready = $2 AND priority >= $3 "
		"ORDER BY priority, id LIMIT 1",
		"uii", contact, (int64_t)ready, priority);
	bool found = db_next(q);
	*ret = (struct head){0};
	if (found)
		*ret = (struct head){
			db_id(q, 0), db_id(q, 1), db_int(q, 2), db_int(q, 3) != 0};
	db_end(q);
	return found;
}

/* "due + 0" keeps the index over all held messages out of it: at eight o'clock a hundred
 * thousand of them are due, and this contact has one. */
static bool
retries_before(
	struct db *db, uint64_t contact, int64_t priority, uint64_t id, int64_t soon)
{
	return db_number(db, 0,
		       "SELECT 1 FROM messages WHERE contact = $1 AND state = 'held' "
		       "AND tries > 0 AND priority = $2 AND id < $3 AND due + 0 < $4 "
		       "LIMIT 1",
		       "uiui", contact, priority, id, soon) != 0;
}

static bool
head_before(const struct head *a, const struct head *b)
{
	return a->priority != b->priority ? a->priority < b->priority : a->id < b->id;
}

/* The most urgent, oldest text that no retry of its own class holds back. */
static struct head
choose_head(struct db *db, uint64_t contact, int64_t soon, const struct head *current)
{
	for (int64_t least = 0;;) {
		struct head head;
		oldest_queued(db, contact, false, least, &head);
		if (current->id && current->priority >= least &&
			(!head.id || head_before(current, &head)))
			head = *current;
		if (!head.id ||
			!retries_before(db, contact, head.priority, head.id, soon))
			return head;
		least = head.priority + 1;
	}
}

uint64_t
messages_settle(struct db *db, uint64_t contact, int64_t soon, uint64_t *ret_route,
	int *ret_priority)
{
	struct head head = {0}, current;
	bool flying = db_number(db, 0,
			      "SELECT 1 FROM messages WHERE contact = $1 AND "
			      "state = 'sending' LIMIT 1",
			      "u", contact) != 0;
	oldest_queued(db, contact, true, 0, &current);
	if (!flying)
		head = choose_head(db, contact, soon, &current);
	if (current.id && current.id != head.id)
		db_run(db,
			"UPDATE messages SET ready = 0 WHERE contact = $1 AND state = "
			"'queued' "
			"AND ready = 1 AND id <> $2",
			"uu", contact, head.id);
	if (!head.id)
		return 0;
	if (!head.ready)
		db_run(db, "UPDATE messages SET ready = 1 WHERE id = $1", "u", head.id);
	*ret_route = head.route;
	*ret_priority = (int)head.priority;
	return head.id;
}

bool
message_requeue(struct db *db, struct message *m, int64_t soon, int64_t now)
{
	if (!message_state_may(m->state, MESSAGE_QUEUED))
		abort();
	m->ready = !db_number(db, 0,
			   "SELECT 1 FROM messages WHERE contact = $1 AND (state = "
			   "'queued' OR state = 'sending') LIMIT 1",
			   "u", m->contact) &&
		   !retries_before(db, m->contact, m->cls, m->id, soon);
	db_run(db,
		"UPDATE messages SET state = 'queued', reason = '', updated = $2, ready "
		"= $3 WHERE id = $1",
		"uii", m->id, now, (int64_t)m->ready);
	m->state = MESSAGE_QUEUED;
	m->updated = now;
	set_reason(m, "");
	return m->ready;
}

size_t
messages_due(struct db *db, int64_t now, uint64_t *ret_ids, size_t max)
{
	return db_ids(
		db_select(db,
			"SELECT id FROM messages WHERE state = 'held' AND due <= $1 "
			"ORDER BY due LIMIT $2",
			"ii", now, (int64_t)max),
		ret_ids, max);
}

int64_t
messages_next_due(struct db *db)
{
	return db_number(db, 0,
		"SELECT due FROM messages WHERE state = 'held' ORDER BY due LIMIT 1", "");
}

#define OVERDUE(state)                                                                   \
	"SELECT id FROM messages WHERE state = '" state                                  \
	"' AND expires > 0 AND expires <= $1 "                                           \
	"ORDER BY expires LIMIT $2"

/* State by state: with all of them in one statement it would read whatever is queued. */
size_t
messages_overdue(struct db *db, int64_t now, uint64_t *ret_ids, size_t max)
{
	static const char *const each[] = {OVERDUE("queued"), OVERDUE("held"),
		OVERDUE("in_doubt"), OVERDUE("accepted")};
	size_t n = 0;
	for (size_t i = 0; i < ARRAY_LEN(each) && n < max; i++)
		n += db_ids(db_select(db, each[i], "ii", now, (int64_t)(max - n)),
			ret_ids + n, max - n);
	return n;
}

size_t
messages_unsent(
	struct db *db, uint64_t contact, const char *cls, uint64_t *ret_ids, size_t max)
{
	return db_ids(
		db_select(db,
			"SELECT id FROM messages WHERE contact = $1 AND outbound = 1 "
			"AND state IN ('accepted', 'held', 'queued') "
			"AND (class = $2 OR (CAST($2 AS TEXT) IS NULL AND class <> "
			"'notice')) LIMIT $3",
			"uti", contact, cls, (int64_t)max),
		ret_ids, max);
}

size_t
messages_in_state(struct db *db, enum message_state state, uint64_t after,
	uint64_t *ret_ids, size_t max)
{
	return db_ids(db_select(db,
			      "SELECT id FROM messages WHERE state = $1 AND id > $2 "
			      "ORDER BY id LIMIT $3",
			      "tui", state_names[state], after, (int64_t)max),
		ret_ids, max);
}

int64_t
messages_waiting_for(struct db *db, uint64_t route)
{
	return db_number(db, 0,
		"SELECT count(*) FROM (SELECT 1 FROM messages WHERE route = $1 AND ready "
		"= 1 "
		"LIMIT 10000) AS waiting",
		"u", route);
}
