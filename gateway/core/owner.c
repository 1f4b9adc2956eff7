#include "gateway/core/owner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/core/channel_inside.h"
#include "gateway/core/outbox.h"

#define KEPT (7 * DAY)
#define FEW  16

static bool
wants_texts(const struct config *c)
{
	return c->owner_phone && (!c->owner_alert || strstr(c->owner_alert, "sms"));
}

static int
send(struct core *core, const char *text, const char *channel, uint64_t *ret,
	struct strbuf *err)
{
	struct outbox_receipt receipt;
	struct outbox_request request = {.to = core->config->owner_phone,
		.text = text,
		.text_len = strlen(text),
		.cls = CLASS_SERVICE,
		.origin = "owner",
		.channel = channel,
		.msg_class = -1};
	int r = outbox_accept(core, &request, &receipt, err);
	*ret = r ? 0 : receipt.id;
	return r;
}

static void
unreached(struct core *core, const char *why)
{
	core_event(core, &(struct event){.name = "owner.unreached", .detail = why});
}

void
owner_alert(struct core *core, const char *text)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	uint64_t id;
	core_event(core, &(struct event){.name = "owner.alert", .detail = text});
	if (wants_texts(core->config) && send(core, text, NULL, &id, &err) < 0)
		unreached(core, err.s);
}

int
owner_text(struct core *core, const char *text, const char *origin, const char *key,
	int64_t at, struct strbuf *err)
{
	struct outbox_receipt receipt;
	if (!core->config->owner_phone) {
		strbuf_set(err, "owner.phone is not configured");
		return -ENOENT;
	}
	struct outbox_request request = {.to = core->config->owner_phone,
		.text = text,
		.text_len = strlen(text),
		.cls = CLASS_SERVICE,
		.origin = origin,
		.key = key,
		.at = at,
		.msg_class = -1,
		.inside = true};
	return outbox_accept(core, &request, &receipt, err);
}

/* ---- what is about a channel ---- */

/* One that works, whichever the trouble is about. */
static const char *
a_ready_one(const struct core *core, const struct channel *but)
{
	for (size_t i = 0; i < core->channel_count; i++)
		if (core->channels[i] != but && core->channels[i]->state == CHANNEL_READY)
			return core->channels[i]->row.name;
	return NULL;
}

void
owner_alert_about(struct core *core, const struct channel *ch, const char *text)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	uint64_t id = 0;
	core_event(core,
		&(struct event){
			.name = "owner.alert", .channel = ch->row.id, .detail = text});
	if (!wants_texts(core->config))
		return;
	const char *by = a_ready_one(core, ch->state == CHANNEL_READY ? NULL : ch);
	if (by && send(core, text, by, &id, &err) == 0)
		return;
	db_run(core->db,
		"INSERT INTO owner_alerts(id, at, text, about, state) VALUES($1, $2, $3, "
		"$4, 'waiting')",
		"uitt", core_id(core), core_now(core), text, ch->row.name);
	unreached(core, by ? err.s
			   : "no other channel works: it waits, and is said in channels "
			     "status");
}

static void
settle(struct core *core, uint64_t id, const char *state, uint64_t message)
{
	db_run(core->db, "UPDATE owner_alerts SET state = $2, message = $3 WHERE id = $1",
		"utu", id, state, message);
}

/* What waits has its own channel working again, or another one. */
static void
try_one(struct core *core, uint64_t id, int64_t at, const char *text)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	uint64_t message;
	const char *by = a_ready_one(core, NULL);
	if (core_now(core) - at > KEPT) {
		settle(core, id, "dropped", 0);
		unreached(core, "nothing worked for a week: an alert was dropped");
	} else if (!wants_texts(core->config)) {
		settle(core, id, "dropped", 0);
	} else if (by && send(core, text, by, &message, &err) == 0) {
		settle(core, id, "told", message);
	}
}

void
owner_look(struct core *core)
{
	struct {
		uint64_t id;
		int64_t at;
		char text[512];
	} found[FEW];
	size_t n = 0;
	struct db_rows *q = db_select(core->db,
		"SELECT id, at, text FROM owner_alerts WHERE state = 'waiting' ORDER BY "
		"id LIMIT $1",
		"i", (int64_t)FEW);
	while (n < FEW && db_next(q)) {
		found[n].id = db_id(q, 0);
		found[n].at = db_int(q, 1);
		snprintf(found[n].text, sizeof(found[n].text), "%s", db_text(q, 2));
		n++;
	}
	db_end(q);
	for (size_t i = 0; i < n; i++)
		try_one(core, found[i].id, found[i].at, found[i].text);
}

int
owner_waiting(struct db *db, int max,
	void (*each)(void *arg, int64_t at, const char *about, const char *text),
	void *arg)
{
	int n = 0;
	struct db_rows *q = db_select(db,
		"SELECT at, about, text FROM owner_alerts WHERE state = 'waiting' ORDER "
		"BY id DESC LIMIT 100",
		"");
	for (; db_next(q); n++)
		if (n < max)
			each(arg, db_int(q, 0), db_text(q, 1), db_text(q, 2));
	db_end(q);
	return n;
}
