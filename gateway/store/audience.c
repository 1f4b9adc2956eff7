#include "gateway/store/audience.h"

#include <stdlib.h>
#include <string.h>

void
audience_add(struct db *db, uint64_t audience, uint64_t contact, const char *text)
{
	db_run(db,
		"INSERT INTO audience(audience, contact, text) VALUES($1, $2, $3) "
		"ON CONFLICT (audience, contact) DO NOTHING",
		"uut", audience, contact, text);
}

int
audience_clear(struct db *db, uint64_t audience, int max)
{
	return db_run(db,
		"DELETE FROM audience WHERE audience = $1 AND contact IN (SELECT contact "
		"FROM "
		"audience WHERE audience = $1 ORDER BY contact LIMIT $2)",
		"ui", audience, (int64_t)max);
}

int64_t
audience_count(struct db *db, uint64_t audience)
{
	return db_number(db, 0, "SELECT count(*) FROM audience WHERE audience = $1", "u",
		audience);
}

/* ---- a chunk ---- */

void
audience_chunk_done(struct audience_chunk *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->rows[i].text);
	free(c->rows);
	*c = (struct audience_chunk){0};
}

/* Cut to fit. */
static void
copy(char *to, size_t size, const char *from)
{
	size_t n = MIN(strlen(from), size - 1);
	memcpy(to, from, n);
	to[n] = '\0';
}

static void
read_person(struct db_rows *q, struct audience_row *r)
{
	*r = (struct audience_row){.contact = {.id = db_id(q, 0),
					   .last_channel = db_id(q, 1),
					   .stopped_at = db_int(q, 4),
					   .optout_due = db_int(q, 7),
					   .dead_since = db_int(q, 8),
					   .revived = db_int(q, 9)},
		.last_channel = db_id(q, 11),
		.waiting = db_int(q, 12) != 0 || db_int(q, 13) != 0,
		.orders = db_int(q, 14) != 0};
	struct contact *c = &r->contact;
	copy(c->phone, sizeof(c->phone), db_text(q, 2));
	copy(c->stopped, sizeof(c->stopped), db_text(q, 3));
	copy(c->zone, sizeof(c->zone), db_text(q, 5));
	copy(c->region, sizeof(c->region), db_text(q, 6));
	if (!db_null(q, 10))
		r->text = xstrdup(db_text(q, 10));
}

/* Whose people: a list of `audience`, or all with a tag. */
struct source {
	uint64_t audience;
	const char *tag; /* NULL: the list */
};
#define OF_LIST "audience a JOIN "
#define OF_TAG  "tags a JOIN "

/* The people, each with what one seek in an index tells. */
#define PEOPLE(of, whose, text)                                                          \
	"SELECT c.id, c.last_channel, c.phone, c.stopped, c.stopped_at, c.zone, "        \
	"c.region, c.optout_due, c.dead_since, c.revived, " text                         \
	", (SELECT g.channel FROM charges g WHERE g.contact = a.contact ORDER BY "       \
	"g.at DESC LIMIT 1), "                                                           \
	"(SELECT 1 FROM messages m WHERE m.contact = a.contact AND (m.state = "          \
	"'queued' OR m.state = 'sending') LIMIT 1), "                                    \
	"(SELECT 1 FROM messages m WHERE m.contact = a.contact AND m.state = 'held' "    \
	"AND m.tries > 0 LIMIT 1), "                                                     \
	"(SELECT 1 FROM orders o WHERE o.phone = c.phone AND o.placed > 0 LIMIT 1) "     \
	"FROM " of "contacts c ON c.id = a.contact WHERE a." whose                       \
	" = $1 AND a.contact > $2 ORDER BY a.contact LIMIT $3"

static void
read_people(
	struct db *db, const struct source *s, uint64_t after, struct audience_chunk *c)
{
	int64_t max = (int64_t)c->max;
	struct db_rows *q = s->tag ? db_select(db, PEOPLE(OF_TAG, "name", "NULL"), "tui",
					     s->tag, after, max)
				   : db_select(db, PEOPLE(OF_LIST, "audience", "a.text"),
					     "uui", s->audience, after, max);
	while (c->count < c->max && db_next(q))
		read_person(q, &c->rows[c->count++]);
	db_end(q);
}

/* The row of a contact; both lists go up by contact. */
static struct audience_row *
advance(struct audience_chunk *c, size_t *at, uint64_t contact)
{
	while (*at < c->count && c->rows[*at].contact.id < contact)
		++*at;
	return *at < c->count && c->rows[*at].contact.id == contact ? &c->rows[*at]
								    : NULL;
}

/* Of the people of a chunk: between its first and its last. */
#define BETWEEN(whose)                                                                   \
	" WHERE a." whose " = $1 AND a.contact >= $2 AND a.contact <= $3 ORDER BY "      \
	"a.contact"
#define CONSENTS(of, whose)                                                              \
	"SELECT s.id, s.action, s.scope, s.basis, s.list, s.at, s.expires, s.night, "    \
	"s.contact FROM " of                                                             \
	"consent s ON s.contact = a.contact" BETWEEN(whose) ", s.id"
#define TICKETS(of, whose)                                                               \
	"SELECT t.contact FROM " of "tickets t ON t.contact = a.contact AND t.state = "  \
	"'open' AND t.mute = 1" BETWEEN(whose)
#define CHARGES(of, whose)                                                               \
	"SELECT g.contact, g.at, g.text FROM " of                                        \
	"charges g ON g.contact = a.contact AND g.priority = 3 AND g.at >= $4" BETWEEN(  \
		whose) ", g.at DESC"

static void
read_consents(struct db *db, const struct source *s, struct audience_chunk *c)
{
	size_t at = 0;
	uint64_t first = c->rows[0].contact.id, last = c->rows[c->count - 1].contact.id;
	struct db_rows *q = s->tag ? db_select(db, CONSENTS(OF_TAG, "name"), "tuu",
					     s->tag, first, last)
				   : db_select(db, CONSENTS(OF_LIST, "audience"), "uuu",
					     s->audience, first, last);
	while (db_next(q)) {
		struct audience_row *r = advance(c, &at, db_id(q, 8));
		if (r)
			consent_apply(&r->consent, q);
	}
	db_end(q);
}

static void
read_tickets(struct db *db, const struct source *s, struct audience_chunk *c)
{
	size_t at = 0;
	uint64_t first = c->rows[0].contact.id, last = c->rows[c->count - 1].contact.id;
	struct db_rows *q = s->tag ? db_select(db, TICKETS(OF_TAG, "name"), "tuu", s->tag,
					     first, last)
				   : db_select(db, TICKETS(OF_LIST, "audience"), "uuu",
					     s->audience, first, last);
	while (db_next(q)) {
		struct audience_row *r = advance(c, &at, db_id(q, 0));
		if (r)
			r->ticket_mutes = true;
	}
	db_end(q);
}

static void
read_charges(
	struct db *db, const struct source *s, int64_t since, struct audience_chunk *c)
{
	size_t at = 0;
	uint64_t first = c->rows[0].contact.id, last = c->rows[c->count - 1].contact.id;
	struct db_rows *q = s->tag ? db_select(db, CHARGES(OF_TAG, "name"), "tuui",
					     s->tag, first, last, since)
				   : db_select(db, CHARGES(OF_LIST, "audience"), "uuui",
					     s->audience, first, last, since);
	while (db_next(q)) {
		struct audience_row *r = advance(c, &at, db_id(q, 0));
		if (r && r->charge_count == AUDIENCE_CHARGES) {
			r->more_charges = true;
		} else if (r) {
			r->charged[r->charge_count] = db_int(q, 1);
			r->charged_text[r->charge_count++] = db_int(q, 2);
		}
	}
	db_end(q);
}

static void
read_chunk(struct db *db, const struct source *s, uint64_t after, int64_t charges_since,
	size_t max, struct audience_chunk *ret)
{
	if (ret->max < max) {
		audience_chunk_done(ret);
		ret->rows = xcalloc(max, sizeof(*ret->rows));
	}
	for (size_t i = 0; i < ret->count; i++)
		free(ret->rows[i].text);
	ret->max = max;
	ret->count = 0;
	read_people(db, s, after, ret);
	if (!ret->count)
		return;
	read_consents(db, s, ret);
	read_tickets(db, s, ret);
	read_charges(db, s, charges_since, ret);
}

void
audience_read(struct db *db, uint64_t audience, uint64_t after, int64_t charges_since,
	size_t max, struct audience_chunk *ret)
{
	read_chunk(db, &(struct source){audience, NULL}, after, charges_since, max, ret);
}

void
audience_read_tagged(struct db *db, const char *tag, uint64_t after,
	int64_t charges_since, size_t max, struct audience_chunk *ret)
{
	read_chunk(db, &(struct source){0, tag}, after, charges_since, max, ret);
}

/* ---- writing ---- */

/* What all rows of a statement have in common comes first, then each row's own. */
enum { SHARED = 5, OWN = 19 };

/* The statement for `rows` rows at once. */
static void
write_insert(struct strbuf *sql, size_t rows)
{
	strbuf_puts(sql,
		"INSERT INTO messages(outbound, class, priority, origin, on_doubt, "
		"updated, id, contact, state, reason, text, route, due, expires, key, "
		"fingerprint, encoding, parts, splits, shifts, ref, not_before, ready, "
		"skip, routed) VALUES");
	for (size_t r = 0; r < rows; r++) {
		strbuf_printf(sql, "%s(1, $1, $2, $3, $4, $5", r ? ", " : " ");
		for (size_t i = 0; i < OWN; i++)
			strbuf_printf(sql, ", $%zu", SHARED + r * OWN + i + 1);
		strbuf_puts(sql, ")");
	}
	strbuf_puts(sql, " ON CONFLICT (key) DO NOTHING");
}

/* Statements are known by where their text stands: one for a full table, one for a row.
 */
static const char *
insert_of(bool full)
{
	static char *kept[2];
	if (!kept[full]) {
		struct strbuf sql = STRBUF_INIT(64 * 1024);
		write_insert(&sql, full ? AUDIENCE_ROWS : 1);
		kept[full] = sql.s;
	}
	return kept[full];
}

static struct db_value
number(int64_t n)
{
	return (struct db_value){.type = 'i', .number = n};
}

static struct db_value
text(const char *s)
{
	return (struct db_value){.type = 't', .text = s};
}

static void
fill_shared(const struct message *m, struct db_value *v)
{
	v[0] = text(message_class_name(m->cls));
	v[1] = number(m->cls);
	v[2] = text(m->origin ? m->origin : "");
	v[3] = text(m->on_doubt ? m->on_doubt : "");
	v[4] = number(m->updated);
}

static void
fill_own(const struct audience_new *n, struct db_value *v)
{
	const struct message *m = &n->message;
	const struct db_value own[OWN] = {number((int64_t)m->id),
		number((int64_t)m->contact), text(message_state_name(m->state)),
		text(m->reason ? m->reason : ""), text(m->text),
		number((int64_t)m->route), number(m->due), number(m->expires),
		text(m->key), number(n->fingerprint), text(m->encoding), number(m->parts),
		text(m->splits), number(m->shifts), number(m->ref), number(m->not_before),
		number(n->ready), number(m->skip), number(n->routed)};
	memcpy(v, own, sizeof(own));
}

/* Which of them are there: keys of theirs may have been taken. */
static void
look_which(struct db *db, struct audience_new *rows, size_t count)
{
	struct db_rows *q = db_select(db,
		"SELECT id FROM messages WHERE id >= $1 AND id <= $2 ORDER BY id", "uu",
		rows[0].message.id, rows[count - 1].message.id);
	for (size_t i = 0; i < count; i++)
		rows[i].written = false;
	for (size_t i = 0; db_next(q);) {
		while (i < count && rows[i].message.id < db_id(q, 0))
			i++;
		if (i < count && rows[i].message.id == db_id(q, 0))
			rows[i].written = true;
	}
	db_end(q);
}

static void
insert_some(struct db *db, struct audience_new *rows, size_t count)
{
	static struct db_value values[SHARED + AUDIENCE_ROWS * OWN];
	fill_shared(&rows[0].message, values);
	for (size_t i = 0; i < count; i++) {
		fill_own(&rows[i], values + SHARED + i * OWN);
		rows[i].written = true;
	}
	int n = db_run_values(db, insert_of(count > 1), values, SHARED + count * OWN);
	if (n == (int)count)
		return;
	if (n <= 0)
		for (size_t i = 0; i < count; i++)
			rows[i].written = false;
	else
		look_which(db, rows, count);
}

void
audience_insert(struct db *db, struct audience_new *rows, size_t count)
{
	if (count == AUDIENCE_ROWS)
		insert_some(db, rows, count);
	else
		for (size_t i = 0; i < count; i++)
			insert_some(db, &rows[i], 1);
}

/* ---- what is told of them ---- */

enum { EVENT_OWN = 6 };

static const char *
insert_events_of(bool full)
{
	static char *kept[2];
	if (!kept[full]) {
		struct strbuf sql = STRBUF_INIT(16 * 1024);
		strbuf_puts(&sql, "INSERT INTO events(at, id, name, message, contact, "
				  "channel, detail) VALUES");
		for (size_t r = 0; r < (full ? AUDIENCE_ROWS : 1u); r++) {
			size_t at = 1 + r * EVENT_OWN;
			strbuf_printf(&sql,
				"%s($1, $%zu, $%zu, $%zu, $%zu, nullif($%zu, 0), $%zu)",
				r ? ", " : " ", at + 1, at + 2, at + 3, at + 4, at + 5,
				at + 6);
		}
		kept[full] = sql.s;
	}
	return kept[full];
}

void
audience_events(struct db *db, const struct audience_new *rows, size_t count,
	const char *const *names, const uint64_t *ids, int64_t at)
{
	static struct db_value v[1 + AUDIENCE_ROWS * EVENT_OWN];
	bool full = count == AUDIENCE_ROWS;
	size_t n = 0;
	v[0] = number(at);
	for (size_t i = 0; i < count; i++)
		full = full && rows[i].written;
	for (size_t i = 0; i < count; i++) {
		const struct message *m = &rows[i].message;
		if (!rows[i].written)
			continue;
		struct db_value *own = v + 1 + n++ * EVENT_OWN;
		own[0] = number((int64_t)ids[i]);
		own[1] = text(names[i]);
		own[2] = number((int64_t)m->id);
		own[3] = number((int64_t)m->contact);
		own[4] = number((int64_t)m->route);
		own[5] = text(m->reason ? m->reason : "");
		if (full)
			continue;
		db_run_values(db, insert_events_of(false), v, 1 + EVENT_OWN);
		n = 0;
	}
	if (full)
		db_run_values(db, insert_events_of(true), v, 1 + count * EVENT_OWN);
}
