#include "gateway/core/digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/core/owner.h"
#include "gateway/text/zone.h"

#define DIGEST_HOUR 10

struct digest {
	struct core *core;
	int year, month; /* 1..12, the one it tells of */
	int64_t from, to;
	int64_t in, out, joined, left, cost, opened, answered, complaints, failed;
	bool good;
};

static int64_t
month_start(const struct core *core, int year, int month)
{
	char text[32];
	int64_t wall = 0;
	snprintf(text, sizeof(text), "%04d-%02d-01T00:00Z", year + (month - 1) / 12,
		(month - 1) % 12 + 1);
	if (iso_parse(text, &wall, NULL) < 0)
		abort();
	return zone_from_local(core->config->zone, wall);
}

/* ---- in the reader thread ---- */

static void
count(struct db *db, void *arg)
{
	static const char between[] = "uu";
	struct digest *d = arg;
	uint64_t from = (uint64_t)d->from << 20, to = (uint64_t)d->to << 20;
	if (!db)
		return;
	d->in = db_number(db, 0,
		"SELECT count(*) FROM messages WHERE id >= $1 AND id < $2 AND outbound = "
		"0",
		between, from, to);
	d->out = db_number(db, 0,
		"SELECT count(*) FROM messages WHERE id >= $1 AND id < $2 AND outbound = "
		"1 AND state IN ('sent', 'delivered', 'undelivered', 'in_doubt')",
		between, from, to);
	d->failed = db_number(db, 0,
		"SELECT count(*) FROM messages WHERE id >= $1 AND id < $2 AND outbound = "
		"1 AND state IN ('failed', 'undelivered', 'expired')",
		between, from, to);
	d->joined = db_number(db, 0,
		"SELECT count(DISTINCT contact) FROM consent WHERE at >= $1 AND at < $2 "
		"AND action = 'grant'",
		"ii", d->from, d->to);
	d->left = db_number(db, 0,
		"SELECT count(DISTINCT contact) FROM consent WHERE at >= $1 AND at < $2 "
		"AND action = 'revoke' AND method <> 'undo'",
		"ii", d->from, d->to);
	d->cost = db_number(db, 0,
		"SELECT CAST(coalesce(sum(cost), 0) AS BIGINT) FROM charges WHERE at >= "
		"$1 AND at < $2",
		"ii", d->from, d->to);
	d->opened = db_number(db, 0,
		"SELECT count(*) FROM tickets WHERE id >= $1 AND id < $2", between, from,
		to);
	d->answered = db_number(db, 0,
		"SELECT count(*) FROM tickets WHERE id >= $1 AND id < $2 AND answered > "
		"0",
		between, from, to);
	d->complaints = db_number(db, 0,
		"SELECT count(*) FROM tickets WHERE id >= $1 AND id < $2 AND (topic LIKE "
		"'%complain%' OR topic LIKE '%불만%' OR topic LIKE '%claim%')",
		between, from, to);
	d->good = !db_poisoned(db);
}

/* ---- telling ---- */

static void
compose(const struct digest *d, struct strbuf *out)
{
	const struct config *c = d->core->config;
	char cost[48] = "";
	if (d->cost)
		snprintf(cost, sizeof(cost), ", %s %" PRId64,
			!strcmp(c->country, "KR") ? "비용" : "cost",
			(d->cost + 500) / 1000);
	if (!strcmp(c->country, "KR"))
		strbuf_printf(out,
			"[%s] %d월: 보낸 문자 %" PRId64 "(실패 %" PRId64
			"), 받은 문자 %" PRId64 ", 수신동의 %" PRId64
			", 수신거부 %" PRId64 ", 문의 %" PRId64 "(답변 %" PRId64
			"), 불만 %" PRId64 "%s",
			c->shop_name, d->month, d->out, d->failed, d->in, d->joined,
			d->left, d->opened, d->answered, d->complaints, cost);
	else
		strbuf_printf(out,
			"%s, %04d-%02d: %" PRId64 " texts sent (%" PRId64
			" failed), %" PRId64 " received, %" PRId64 " joined, %" PRId64
			" left, %" PRId64 " tickets (%" PRId64 " answered), %" PRId64
			" complaints%s",
			c->shop_name, d->year, d->month, d->out, d->failed, d->in,
			d->joined, d->left, d->opened, d->answered, d->complaints, cost);
}

static int64_t
this_morning(const struct core *core)
{
	int64_t now = core_now(core), offset = zone_offset(core->config->zone, now);
	int64_t at = zone_from_local(
		core->config->zone, (now + offset) / DAY * DAY + DIGEST_HOUR * HOUR);
	return at > now ? at : 0;
}

static void
remember(struct core *core, int64_t month)
{
	db_run(core->db,
		"INSERT INTO meta(key, value) VALUES('digest.month', CAST($1 AS TEXT)) "
		"ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		"i", month);
}

static void
tell(void *arg)
{
	struct digest *d = arg;
	struct core *core = d->core;
	struct strbuf text AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	char key[40];
	core->digesting = false;
	if (d->good && !core->store_sick && !core->draining) {
		compose(d, &text);
		snprintf(key, sizeof(key), "digest:%04d-%02d", d->year, d->month);
		core_event(
			core, &(struct event){.name = "owner.digest", .detail = text.s});
		if (core->config->owner_phone && owner_text(core, text.s, "digest", key,
							 this_morning(core), &err) < 0)
			core_event(core, &(struct event){.name = "owner.unreached",
						 .detail = err.s});
		remember(core, d->year * 12 + d->month);
	}
	free(d);
}

static void
drop(void *arg)
{
	free(arg);
}

void
digest_look(struct core *core)
{
	char text[ISO_MAX];
	int64_t now = core_now(core);
	iso_format(now, zone_offset(core->config->zone, now), text);
	int year = (int)strtol(text, NULL, 10), month = (int)strtol(text + 5, NULL, 10);
	int64_t last = year * 12 + month - 1;
	int64_t told = db_number(core->db, 0,
		"SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'digest.month'", "");
	if (told >= last || core->digesting || !core->reader)
		return;
	if (!told) { /* the first month is not over */
		remember(core, last);
		return;
	}
	struct digest *d = xcalloc(1, sizeof(*d));
	*d = (struct digest){.core = core,
		.year = (int)((last - 1) / 12),
		.month = (int)((last - 1) % 12 + 1)};
	d->from = month_start(core, d->year, d->month);
	d->to = month_start(core, d->year, d->month + 1);
	core->digesting = reader_submit(core->reader, count, tell, drop, d) == 0;
	if (!core->digesting)
		free(d);
}
