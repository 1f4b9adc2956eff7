#include "gateway/store/desk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/ids.h"

#define TICKETS_MEDIAN 10000

void
desk_count(struct db *db, struct desk_counts *ret)
{
	*ret = (struct desk_counts){.late = 0};
	struct db_rows *q = db_select(db,
		"SELECT shelf, count(*) FROM tickets WHERE shelf <= 2 GROUP BY shelf",
		"");
	while (db_next(q)) {
		int64_t shelf = db_int(q, 0);
		if (shelf >= 0 && shelf < SHELF_COUNT)
			ret->shelves[shelf] = db_int(q, 1);
	}
	db_end(q);
	ret->late = db_number(
		db, 0, "SELECT count(*) FROM tickets WHERE late = 1 AND shelf = 0", "");
	ret->newest = (uint64_t)db_number(db, 0, "SELECT max(id) FROM events", "");
}

/* ---- one customer ---- */

static void
each_text(
	struct db_rows *q, bool (*each)(void *arg, const struct desk_text *t), void *arg)
{
	bool more = true;
	while (more && db_next(q)) {
		struct desk_text t = {
			.id = db_id(q, 0), .at = db_int(q, 1), .text = db_text(q, 2)};
		more = each(arg, &t);
	}
	db_end(q);
}

void
desk_promotions(struct db *db, uint64_t contact, int limit,
	bool (*each)(void *arg, const struct desk_text *t), void *arg)
{
	each_text(
		db_select(db,
			"SELECT id, id / 1048576, text FROM messages WHERE contact = $1 "
			"AND outbound = 1 AND class = 'marketing' "
			"ORDER BY id DESC LIMIT $2",
			"ui", contact, (int64_t)limit),
		each, arg);
}

void
desk_scheduled(struct db *db, uint64_t contact, int limit,
	bool (*each)(void *arg, const struct desk_text *t), void *arg)
{
	each_text(db_select(db,
			  "SELECT id, due, text FROM messages WHERE contact = $1 "
			  "AND state = 'held' ORDER BY due LIMIT $2",
			  "ui", contact, (int64_t)limit),
		each, arg);
}

void
desk_running(struct db *db, uint64_t contact, struct strbuf *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT script, step FROM runs WHERE contact = $1 AND state <> 'ended' "
		"ORDER BY updated DESC LIMIT 1",
		"u", contact);
	if (db_next(q))
		strbuf_printf(ret, "%s, %s", db_text(q, 0), db_text(q, 1));
	db_end(q);
}

int64_t
contact_blocked(struct db *db, uint64_t contact)
{
	return db_number(
		db, 0, "SELECT blocked FROM contacts WHERE id = $1", "u", contact);
}

void
contact_set_blocked(struct db *db, uint64_t contact, int64_t at)
{
	db_run(db, "UPDATE contacts SET blocked = $2 WHERE id = $1", "ui", contact, at);
}

void
contact_hand_over(struct db *db, uint64_t from, uint64_t to, int64_t at)
{
	db_run(db,
		"INSERT INTO attributes(contact, name, text, number, moment, updated) "
		"SELECT $2, name, text, number, moment, $3 FROM attributes "
		"WHERE contact = $1 ON CONFLICT (contact, name) DO NOTHING",
		"uui", from, to, at);
	db_run(db,
		"INSERT INTO tags(contact, name, at) SELECT $2, name, $3 FROM tags "
		"WHERE contact = $1 ON CONFLICT (contact, name) DO NOTHING",
		"uui", from, to, at);
}

/* ---- search ---- */

struct found {
	uint64_t tickets[1000];
	int count, limit;
};

/* The newest ticket of a contact, if it is not there yet. */
static void
add_contact(struct db *db, struct found *f, uint64_t contact)
{
	struct ticket t;
	if (f->count >= f->limit || !ticket_load_last(db, contact, &t))
		return;
	for (int i = 0; i < f->count; i++)
		if (f->tickets[i] == t.id)
			return;
	f->tickets[f->count++] = t.id;
}

static void
add_contacts(struct db *db, struct found *f, struct db_rows *q)
{
	uint64_t ids[1000];
	size_t n = db_ids(q, ids, ARRAY_LEN(ids));
	for (size_t i = 0; i < n; i++)
		add_contact(db, f, ids[i]);
}

/* For LIKE: what is typed means itself. */
static void
like(struct strbuf *out, const char *what)
{
	strbuf_putc(out, '%');
	for (; *what; what++) {
		if (strchr("%_\\", *what))
			strbuf_putc(out, '\\');
		strbuf_putc(out, *what);
	}
}

static void
digits_of(const char *what, char ret[32])
{
	size_t n = 0;
	for (; *what && n < 31; what++)
		if (*what >= '0' && *what <= '9')
			ret[n++] = *what;
		else if (!strchr(" -+().", *what)) {
			n = 0;
			break;
		}
	ret[n] = '\0';
}

static void
search_people(struct db *db, struct found *f, const char *what)
{
	struct strbuf pattern AUTO(strbuf_done) = STRBUF_INIT(1024);
	char digits[32];
	digits_of(what, digits);
	like(&pattern, *digits ? digits : what);
	if (strlen(digits) >= 3)
		add_contacts(db, f,
			db_select(db,
				"SELECT id FROM contacts WHERE phone LIKE $1 LIMIT $2",
				"ti", pattern.s, (int64_t)f->limit));
	strbuf_reset(&pattern);
	like(&pattern, what);
	strbuf_putc(&pattern, '%');
	add_contacts(db, f,
		db_select(db,
			"SELECT contact FROM attributes WHERE name = 'name' "
			"AND text LIKE $1 ESCAPE '\\' LIMIT $2",
			"ti", pattern.s, (int64_t)f->limit));
	add_contacts(db, f,
		db_select(db,
			"SELECT c.id FROM orders o JOIN contacts c ON c.phone = o.phone "
			"WHERE o.number = $1 LIMIT $2",
			"ti", what, (int64_t)f->limit));
}

static void
search_texts(struct db *db, struct found *f, const char *what, bool *ret_cut)
{
	struct strbuf pattern AUTO(strbuf_done) = STRBUF_INIT(1024);
	uint64_t from = (uint64_t)db_number(db, 0,
		"SELECT id FROM messages ORDER BY id DESC LIMIT 1 OFFSET $1", "i",
		(int64_t)DESK_SEARCH_MESSAGES);
	*ret_cut = from != 0;
	like(&pattern, what);
	strbuf_putc(&pattern, '%');
	add_contacts(db, f,
		db_select(db,
			"SELECT contact FROM messages WHERE id > $1 "
			"AND text LIKE $2 ESCAPE '\\' GROUP BY contact "
			"ORDER BY max(id) DESC LIMIT $3",
			"uti", from, pattern.s, (int64_t)f->limit));
}

void
desk_search(struct db *db, const char *what, int limit, bool *ret_cut,
	bool (*each)(void *arg, const struct ticket_item *item), void *arg)
{
	struct found f = {.limit = MIN(limit, 1000)};
	*ret_cut = false;
	search_people(db, &f, what);
	if (f.count < f.limit)
		search_texts(db, &f, what, ret_cut);
	for (int i = 0; i < f.count; i++)
		ticket_item_load(db, f.tickets[i], each, arg);
}

/* ---- figures: ids say when, so a day is a range of them ---- */

static int64_t
count_between(struct db *db, const char *sql, int64_t from, int64_t until)
{
	return db_number(db, 0, sql, "uu", (uint64_t)from << 20, (uint64_t)until << 20);
}

static int64_t
count_done(struct db *db, const char *what, int64_t from, int64_t until)
{
	return db_number(db, 0,
		"SELECT count(*) FROM ticket_log WHERE at >= $1 AND at < $2 AND what = "
		"$3",
		"iit", from, until, what);
}

void
desk_figures(struct db *db, int64_t from, int64_t until, struct desk_day *ret)
{
	*ret = (struct desk_day){
		.in = count_between(db,
			"SELECT count(*) FROM messages WHERE id >= $1 AND id < $2 "
			"AND outbound = 0",
			from, until),
		.out = count_between(db,
			"SELECT count(*) FROM messages WHERE id >= $1 AND id < $2 "
			"AND outbound = 1 AND state NOT IN ('suppressed', 'canceled')",
			from, until),
		.opened = count_between(db,
			"SELECT count(*) FROM tickets WHERE id >= $1 AND id < $2", from,
			until),
		.closed = count_done(db, "closed", from, until),
		.late = count_done(db, "late", from, until)};
}

int64_t
desk_median_answer(struct db *db, int64_t from)
{
	int64_t n = db_number(db, 0,
		"SELECT count(*) FROM (SELECT 1 FROM tickets WHERE id >= $1 "
		"AND answered > 0 LIMIT $2) AS some",
		"ui", (uint64_t)from << 20, (int64_t)TICKETS_MEDIAN);
	if (!n)
		return -1;
	return db_number(db, -1,
		"SELECT took FROM (SELECT answered - created AS took FROM tickets "
		"WHERE id >= $1 AND answered > 0 LIMIT $2) AS some "
		"ORDER BY took LIMIT 1 OFFSET $3",
		"uii", (uint64_t)from << 20, (int64_t)TICKETS_MEDIAN, (n - 1) / 2);
}

void
desk_agents(struct db *db, int64_t from, int limit,
	bool (*each)(void *arg, const struct desk_agent *a), void *arg)
{
	struct db_rows *q = db_select(db,
		"SELECT agent, sum(CASE WHEN what = 'replied' THEN 1 ELSE 0 END), "
		"sum(CASE WHEN what = 'closed' THEN 1 ELSE 0 END) FROM ticket_log "
		"WHERE at >= $1 AND agent <> '' GROUP BY agent ORDER BY 2 DESC, agent "
		"LIMIT $2",
		"ii", from, (int64_t)limit);
	bool more = true;
	while (more && db_next(q)) {
		struct desk_agent a = {.name = db_text(q, 0),
			.answers = db_int(q, 1),
			.closed = db_int(q, 2)};
		more = each(arg, &a);
	}
	db_end(q);
}
