#include "tests/crash/verdict.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A modem's last words before a kill, and what it says until the next life has set it up.
 */
#define REPORT_BEFORE 1500
#define REPORT_AFTER  3000

struct court {
	const struct traffic *t;
	const struct verdict_rules *rules;
	struct verdict_count *count;
	sqlite3 *db;
	json_t *ledger; /* lines */
	int air[TRAFFIC_MAX][TRAFFIC_PARTS + 1];
};

enum crime { ODD, LOST, DOUBLED };

static void
	PRINTF_LIKE(3, 4) accuse(struct court *c, enum crime crime, const char *fmt, ...)
{
	struct strbuf say = STRBUF_SENTENCE;
	va_list ap;
	va_start(ap, fmt);
	strbuf_vprintf(&say, fmt, ap);
	va_end(ap);
	rig_log(c->t->rig, "FAULT %s", say.s);
	if (!c->count->faults++)
		snprintf(c->count->first, sizeof(c->count->first), "%s", say.s);
	c->count->lost += crime == LOST;
	c->count->doubled += crime == DOUBLED;
	strbuf_done(&say);
}

/* ---- reading ---- */

static void
read_ledger(struct court *c)
{
	char path[160], *line = NULL;
	size_t size = 0;
	c->ledger = json_array();
	rig_path(c->t->rig, "net/ledger.jsonl", path);
	FILE *f = fopen(path, "re");
	while (f && getline(&line, &size, f) > 0) {
		json_t *o = json_loads(line, 0, NULL);
		if (o)
			json_array_append_new(c->ledger, o);
	}
	free(line);
	if (f)
		fclose(f);
}

static const char *
word(const json_t *line, const char *key)
{
	const char *s = json_string_value(json_object_get(line, key));
	return s ? s : "";
}

static bool
is(const json_t *line, const char *kind)
{
	return !strcmp(word(line, "kind"), kind);
}

/* "m0042" somewhere in the text of a part, -1 for others' texts. */
static int
name_of(const char *text)
{
	for (const char *p = text; (p = strchr(p, 'm')); p++)
		if (strspn(p + 1, "0123456789") >= 4)
			return atoi((char[]){p[1], p[2], p[3], p[4], '\0'});
	return -1;
}

static sqlite3_stmt *
query(struct court *c, const char *sql)
{
	sqlite3_stmt *q = NULL;
	if (sqlite3_prepare_v2(c->db, sql, -1, &q, NULL) != SQLITE_OK)
		accuse(c, LOST, "the store cannot be read: %s", sqlite3_errmsg(c->db));
	return q;
}

static const char *
text(sqlite3_stmt *q, int column)
{
	const char *s = (const char *)sqlite3_column_text(q, column);
	return s ? s : "";
}

/* The one number a query gives, with an optional text parameter. */
static long
number(struct court *c, const char *sql, const char *parameter)
{
	sqlite3_stmt *q = query(c, sql);
	long n = -1;
	if (q && parameter)
		sqlite3_bind_text(q, 1, parameter, -1, SQLITE_STATIC);
	if (q && sqlite3_step(q) == SQLITE_ROW)
		n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return n;
}

/* ---- out ---- */

static void
count_air(struct court *c)
{
	size_t i;
	json_t *line;
	json_array_foreach(c->ledger, i, line)
	{
		int n = is(line, "submit") ? name_of(word(line, "text")) : -1;
		json_int_t seq = json_integer_value(
			json_object_get(json_object_get(line, "concat"), "seq"));
		if (!is(line, "submit") || (n < 0 && strchr(word(line, "text"), '[')))
			continue;
		if (n < 0 || n >= TRAFFIC_MAX || seq > TRAFFIC_PARTS)
			accuse(c, ODD, "on air, and nobody asked for it: %.40s",
				word(line, "text"));
		else
			c->air[n][MAX(seq, 1)]++;
	}
}

struct part {
	int sent, unknown, open;
};

static void
read_attempts(
	struct court *c, sqlite3_int64 message, struct part parts[TRAFFIC_PARTS + 1])
{
	sqlite3_stmt *q = query(c, "SELECT part, state FROM attempts WHERE message = ?");
	memset(parts, 0, sizeof(struct part) * (TRAFFIC_PARTS + 1));
	sqlite3_bind_int64(q, 1, message);
	while (sqlite3_step(q) == SQLITE_ROW) {
		int part = sqlite3_column_int(q, 0);
		if (part < 1 || part > TRAFFIC_PARTS)
			continue;
		parts[part].sent += !strcmp(text(q, 1), "sent");
		parts[part].unknown += !strcmp(text(q, 1), "unknown");
		parts[part].open += !strcmp(text(q, 1), "open");
	}
	sqlite3_finalize(q);
}

/* A part is on air once for each attempt that was sent; one in doubt may be there once.
 */
static void
judge_part(struct court *c, const char *who, const struct part *p, int part, int air)
{
	if (air > 1)
		accuse(c, DOUBLED, "%s part %d is on air %d times", who, part, air);
	else if (p->open)
		accuse(c, ODD, "%s part %d has an attempt that never ended", who, part);
	else if (p->sent > air)
		accuse(c, LOST, "%s part %d is called sent and is not on air", who, part);
	else if (air > p->sent + p->unknown)
		accuse(c, ODD, "%s part %d is on air and the journal denies it", who,
			part);
	else if (p->sent + p->unknown > 1)
		accuse(c, ODD, "%s part %d has %d sends in the journal", who, part,
			p->sent + p->unknown);
}

static void
judge_message(struct court *c, const char *who, sqlite3_stmt *q, const int *air)
{
	struct part parts[TRAFFIC_PARTS + 1];
	const char *state = text(q, 1);
	int count = sqlite3_column_int(q, 2), sent = 0, unknown = 0;
	read_attempts(c, sqlite3_column_int64(q, 0), parts);
	for (int p = 1; p <= TRAFFIC_PARTS; p++) {
		judge_part(c, who, &parts[p], p, air[p]);
		sent += parts[p].sent;
		unknown += parts[p].unknown;
	}
	bool done = !strcmp(state, "sent") || !strcmp(state, "delivered");
	bool doubt = !strcmp(state, "in_doubt");
	c->count->in_doubt += doubt;
	if (!done && !doubt)
		accuse(c, LOST, "%s is %s (%s)", who, state, text(q, 3));
	else if (done && (sent != count || unknown))
		accuse(c, LOST, "%s is %s with %d of %d parts sent", who, state, sent,
			count);
	else if (doubt && unknown != 1)
		accuse(c, ODD, "%s is in doubt over %d parts", who, unknown);
	if (sqlite3_column_int(q, 4) != sent)
		accuse(c, ODD, "%s counts %d parts done, its journal %d", who,
			sqlite3_column_int(q, 4), sent);
}

static void
judge_outgoing(struct court *c)
{
	struct strbuf want = STRBUF_INIT(4096);
	sqlite3_stmt *q = query(c,
		"SELECT m.id, m.state, m.parts, m.reason, m.parts_done, m.text, c.phone "
		"FROM messages m JOIN contacts c ON c.id = m.contact WHERE m.key = ?");
	for (int i = 0; q && i < c->t->accepted; i++) {
		char key[16], to[32];
		snprintf(key, sizeof(key), "m%04d", i);
		traffic_message(i, to, &want);
		sqlite3_bind_text(q, 1, key, -1, SQLITE_STATIC);
		if (sqlite3_step(q) != SQLITE_ROW)
			accuse(c, LOST, "%s was accepted and is not in the store", key);
		else if (strcmp(want.s, text(q, 5)) != 0 || strcmp(to, text(q, 6)) != 0)
			accuse(c, ODD, "%s is not what was asked for", key);
		else
			judge_message(c, key, q, c->air[i]);
		sqlite3_reset(q);
	}
	sqlite3_finalize(q);
	strbuf_done(&want);
	long rows = number(c, "SELECT count(*) FROM messages WHERE origin = 'api'", NULL);
	if (rows > c->t->outgoing + c->t->asked_for)
		accuse(c, DOUBLED, "%ld messages are kept, %d were asked for", rows,
			c->t->outgoing + c->t->asked_for);
}

/* ---- in ---- */

static int
air_to(const struct court *c, const char *phone)
{
	size_t i;
	json_t *line;
	int n = 0;
	json_array_foreach(c->ledger, i, line) n +=
		is(line, "submit") && !strcmp(word(line, "to"), phone);
	return n;
}

/* A STOP is recorded once and confirmed once. */
static void
judge_stop(struct court *c, const char *from)
{
	long rows = number(c,
		"SELECT count(*) FROM consent WHERE address = ? AND "
		"action = 'revoke'",
		from);
	long stopped = number(c,
		"SELECT count(*) FROM contacts WHERE phone = ? AND "
		"stopped = 'marketing'",
		from);
	sqlite3_stmt *q = query(c, "SELECT m.id, m.state, m.parts, m.reason, "
				   "m.parts_done, count(*) FROM messages m "
				   "JOIN contacts c ON c.id = m.contact WHERE c.phone = "
				   "? AND m.origin = 'consent'");
	int air[TRAFFIC_PARTS + 1] = {0, air_to(c, from)};
	sqlite3_bind_text(q, 1, from, -1, SQLITE_STATIC);
	sqlite3_step(q);
	long answers = sqlite3_column_int64(q, 5);
	if (rows != 1 || stopped != 1 || answers != 1)
		accuse(c, rows > 1 || answers > 1 ? DOUBLED : LOST,
			"the STOP of %s has %ld rows and %ld confirmations", from, rows,
			answers);
	else
		judge_message(c, from, q, air);
	sqlite3_finalize(q);
}

static void
judge_text(struct court *c, int i)
{
	struct strbuf want = STRBUF_INIT(4096);
	char from[32];
	traffic_text(i, from, &want);
	sqlite3_stmt *q = query(c,
		"SELECT count(*), max(reason), (SELECT count(*) FROM events e WHERE "
		"e.message = m.id AND e.name = 'message.received') FROM messages m "
		"JOIN contacts c ON c.id = m.contact "
		"WHERE m.outbound = 0 AND c.phone = ? AND m.text = ?");
	sqlite3_bind_text(q, 1, from, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 2, want.s, (int)want.len, SQLITE_STATIC);
	sqlite3_step(q);
	int n = sqlite3_column_int(q, 0);
	if (n != 1)
		accuse(c, n ? DOUBLED : LOST, "text %d of %s is kept %d times", i, from,
			n);
	else if (*text(q, 1) || sqlite3_column_int(q, 2) != 1)
		accuse(c, ODD, "text %d is \"%s\" and was announced %d times", i,
			text(q, 1), sqlite3_column_int(q, 2));
	sqlite3_finalize(q);
	if (traffic_is_stop(i))
		judge_stop(c, from);
	else if (number(c,
			 "SELECT count(*) FROM tickets t JOIN contacts c ON c.id = "
			 "t.contact "
			 "WHERE c.phone = ?",
			 from) != 1)
		accuse(c, ODD, "%s has not exactly one ticket", from);
	strbuf_done(&want);
}

static void
judge_incoming(struct court *c)
{
	struct strbuf answer = STRBUF_INIT(1 << 16);
	for (int i = 0; i < c->t->injected; i++)
		judge_text(c, i);
	long rows = number(c, "SELECT count(*) FROM messages WHERE outbound = 0", NULL);
	if (rows > c->t->injected + c->t->spoken)
		accuse(c, DOUBLED, "%ld texts are kept, %d were sent", rows,
			c->t->injected + c->t->spoken);
	if (number(c, "SELECT count(*) FROM arrivals WHERE state NOT IN ('done', 'part')",
		    NULL))
		accuse(c, ODD, "something that arrived was never finished");
	if (!rig_sim(c->t->rig, &answer, "state") ||
		strstr(answer.s, "waiting=0 sm=0/") == NULL)
		accuse(c, ODD, "the SIMs are not empty: %s", answer.s);
	strbuf_done(&answer);
}

/* ---- doubts ---- */

/* The life of the daemon in which something of that time was done. */
static int
life_of(const struct rig *rig, int64_t at)
{
	for (int i = 0; i < rig->lives; i++)
		if (at <= rig->died[i])
			return i;
	return rig->lives - 1;
}

static void
judge_doubts(struct court *c)
{
	int by[RIG_LIVES][RIG_MODEMS] = {{0}};
	sqlite3_stmt *q = query(c, "SELECT a.at, ch.name, a.state, a.why, a.evidence "
				   "FROM attempts a JOIN channels ch "
				   "ON ch.id = a.channel WHERE a.state IN ('unknown', "
				   "'never_left') OR a.evidence <> ''");
	while (q && sqlite3_step(q) == SQLITE_ROW) {
		int life = life_of(c->t->rig, sqlite3_column_int64(q, 0));
		int modem = atoi(text(q, 1) + 3);
		bool killed = strstr(text(q, 3), "the gateway ended") != NULL;
		c->count->doubts++;
		c->count->settled += strcmp(text(q, 2), "unknown") != 0;
		rig_log(c->t->rig, "doubt: life %d %s %s (%s) %s", life, text(q, 1),
			text(q, 2), text(q, 3), text(q, 4));
		if (!killed && !c->rules->other_doubts)
			accuse(c, ODD, "in doubt without a kill: %s", text(q, 3));
		if (modem >= 0 && modem < RIG_MODEMS &&
			++by[life][modem] > c->rules->doubts_per_life)
			accuse(c, ODD, "life %d of the daemon left %d doubts on %s", life,
				by[life][modem], text(q, 1));
	}
	sqlite3_finalize(q);
}

/* ---- reports ---- */

/* A report the modem hands over as +CDS is nowhere else: one said while nobody lives is
 * gone, and the message stays `sent`. Any other must be in the store. */
static bool
nobody_lived(const struct rig *rig, int64_t at)
{
	for (int i = 0; i < rig->lives - 1; i++)
		if (at >= rig->died[i] - REPORT_BEFORE &&
			at <= rig->born[i + 1] + REPORT_AFTER)
			return true;
	return rig->lives > 0 && at <= rig->born[0] + REPORT_AFTER;
}

static void
judge_reports(struct court *c)
{
	size_t i;
	json_t *line;
	sqlite3_stmt *q =
		query(c, "SELECT count(*) FROM reports WHERE mr = ? AND recipient = ?");
	json_array_foreach(c->ledger, i, line)
	{
		if (!q || !is(line, "report"))
			continue;
		json_int_t at = json_integer_value(json_object_get(line, "ms"));
		sqlite3_bind_int64(q, 1, json_integer_value(json_object_get(line, "mr")));
		sqlite3_bind_text(q, 2, word(line, "to"), -1, SQLITE_STATIC);
		int n = sqlite3_step(q) == SQLITE_ROW ? sqlite3_column_int(q, 0) : 0;
		sqlite3_reset(q);
		bool handed = !strcmp(word(line, "how"), "cds") ||
			      !strcmp(word(line, "how"), "dropped");
		if (n == 0 && handed && nobody_lived(c->t->rig, at))
			c->count->reports_lost++;
		else if (n == 0)
			accuse(c, LOST,
				"the report about %s (reference %lld) is not in the "
				"store",
				word(line, "to"),
				(long long)json_integer_value(
					json_object_get(line, "mr")));
	}
	sqlite3_finalize(q);
	long odd = number(c,
		"SELECT count(*) FROM messages m WHERE outbound = 1 AND (state = "
		"'delivered') <> "
		"((SELECT count(*) FROM attempts a WHERE a.message = m.id AND a.state = "
		"'sent' "
		"AND a.report = 'delivered') = parts)",
		NULL);
	if (odd)
		accuse(c, ODD, "%ld messages are not what their reports say", odd);
}

static void
judge_events(struct court *c)
{
	/* What a campaign writes by the thousand is told once, by its own events. */
	long odd = number(c,
		"SELECT count(*) FROM messages m WHERE m.outbound = 1 AND m.origin <> "
		"'campaign' AND (SELECT count(*) FROM events e WHERE e.message = m.id "
		"AND e.name = 'message.accepted') <> 1",
		NULL);
	long sent = number(c,
		"SELECT count(*) FROM messages m WHERE m.outbound = 1 AND (SELECT "
		"count(*) FROM "
		"events e WHERE e.message = m.id AND e.name = 'message.sent') <> "
		"(m.state IN ('sent', 'delivered'))",
		NULL);
	long delivered = number(c,
		"SELECT count(*) FROM messages m WHERE m.outbound = 1 AND (SELECT "
		"count(*) FROM "
		"events e WHERE e.message = m.id AND e.name = 'message.delivered') <> "
		"(m.state = 'delivered')",
		NULL);
	if (odd || sent || delivered)
		accuse(c, ODD, "events do not fit: accepted %ld, sent %ld, delivered %ld",
			odd, sent, delivered);
}

static void
judge_file(struct court *c)
{
	sqlite3_stmt *q = query(c, "PRAGMA integrity_check");
	if (!q || sqlite3_step(q) != SQLITE_ROW || strcmp(text(q, 0), "ok") != 0)
		accuse(c, LOST, "the store is damaged");
	sqlite3_finalize(q);
	q = query(c, "PRAGMA foreign_key_check");
	if (q && sqlite3_step(q) == SQLITE_ROW)
		accuse(c, ODD, "a row points nowhere: %s", text(q, 0));
	sqlite3_finalize(q);
}

void
verdict_give(const struct traffic *t, const struct verdict_rules *rules,
	struct verdict_count *ret)
{
	struct court *c = xcalloc(1, sizeof(*c));
	char path[160];
	*c = (struct court){.t = t, .rules = rules, .count = ret};
	rig_path(t->rig, "malgil.db", path);
	if (sqlite3_open_v2(path, &c->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
		accuse(c, LOST, "the store is gone: %s", sqlite3_errmsg(c->db));
	} else {
		read_ledger(c);
		count_air(c);
		judge_file(c);
		judge_outgoing(c);
		judge_incoming(c);
		judge_doubts(c);
		if (rules->other_doubts && ret->in_doubt)
			accuse(c, ODD,
				"%d messages stay in doubt, though the daemon lived to "
				"hear "
				"what became of them",
				ret->in_doubt);
		judge_reports(c);
		judge_events(c);
		json_decref(c->ledger);
	}
	sqlite3_close(c->db);
	free(c);
}
