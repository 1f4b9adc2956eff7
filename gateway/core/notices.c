#include "gateway/core/notices.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/core/consent.h"
#include "gateway/core/outbox.h"
#include "gateway/store/contacts.h"
#include "gateway/store/ledger.h"
#include "gateway/text/zone.h"

#define FEW     50
#define MORNING 10            /* o'clock: what is told at night is told then */
#define ANSWER  (10 * MINUTE) /* an answer so soon after was about it */

struct due {
	uint64_t row, contact, message;
	int64_t at;
	bool granted;
};

/* The longest any loaded pack gives; 0: none wants it. */
static int64_t
longest(const struct core *core, size_t member)
{
	const struct packs *packs = core->config->packs;
	int64_t most = 0;
	for (size_t i = 0; i < packs->count && core->config->policy->notices; i++)
		most = MAX(
			most, *(const int64_t *)((const char *)&packs->list[i] + member));
	return most;
}

static int64_t
span_of(const struct pack *pack, size_t member)
{
	return pack ? *(const int64_t *)((const char *)pack + member) : 0;
}

/* The duty is whoever sends's as well, wherever the customer lives: the country's pack of
 * theirs or of ours that asks, the sooner one where both do. */
static const struct pack *
who_asks(const struct core *core, const char *phone, size_t member)
{
	const struct pack *theirs = consent_pack(core, phone);
	const struct pack *ours =
		packs_country(core->config->packs, core->config->country);
	int64_t a = span_of(theirs, member), b = span_of(ours, member);
	return b && (!a || b < a) ? ours : theirs;
}

static void
remember(struct core *core, const struct due *d, const char *kind, uint64_t message,
	const char *why)
{
	db_run(core->db,
		"INSERT INTO notices(consent, kind, at, message, why) VALUES($1, $2, $3, "
		"$4, "
		"$5) ON CONFLICT (consent, kind) DO NOTHING",
		"utiut", d->row, kind, core_now(core), message, why);
}

static int64_t
this_morning(const struct core *core)
{
	const char *zone = core->config->zone;
	int64_t local = core_now(core) + zone_offset(zone, core_now(core));
	int64_t at = zone_from_local(zone, local / DAY * DAY + MORNING * HOUR);
	return at > core_now(core) ? at : 0;
}

/* The message's id, 0 when it cannot be sent. */
static uint64_t
tell(struct core *core, const struct due *d, const char *kind, const char *phone,
	const char *wording, int64_t expires)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(1024);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct outbox_receipt receipt;
	char key[64];
	struct policy_words words = {.policy = core->config->policy,
		.shop = core->config->shop_name,
		.zone = core->config->zone,
		.now = d->at};
	policy_expand(&words, wording, &text);
	snprintf(key, sizeof(key), "notice:%s:%" PRIu64, kind, d->row);
	struct outbox_request request = {.to = phone,
		.text = text.s,
		.text_len = text.len,
		.cls = CLASS_SERVICE,
		.origin = "notice",
		.key = key,
		.at = this_morning(core),
		.expires = expires,
		.msg_class = -1,
		.inside = true};
	bool sent = outbox_accept(core, &request, &receipt, &err) == 0 &&
		    (receipt.state == MESSAGE_QUEUED || receipt.state == MESSAGE_HELD);
	remember(core, d, kind, sent ? receipt.id : 0, sent ? "" : "it cannot be sent");
	return sent ? receipt.id : 0;
}

/* ---- results ---- */

static size_t
find_results(struct core *core, int64_t since, struct due ret[FEW])
{
	size_t n = 0;
	struct db_rows *q = db_select(core->db,
		"SELECT c.id, c.contact, c.message, c.at, c.action FROM consent c WHERE "
		"c.at > $1 AND c.action IN ('grant', 'revoke', 'deny') AND c.import = 0 "
		"AND c.method <> 'undo' AND NOT EXISTS "
		"(SELECT 1 FROM notices n WHERE n.consent = c.id AND n.kind = 'result') "
		"ORDER BY c.at LIMIT $2",
		"ii", since, (int64_t)FEW);
	while (n < FEW && db_next(q))
		ret[n++] = (struct due){.row = db_id(q, 0),
			.contact = db_id(q, 1),
			.message = db_id(q, 2),
			.at = db_int(q, 3),
			.granted = !strcmp(db_text(q, 4), "grant")};
	db_end(q);
	return n;
}

/* What answered their text, or was said to them right after, told them. */
static bool
was_answered(struct core *core, const struct due *d)
{
	return db_number(core->db, 0,
		       "SELECT 1 FROM messages WHERE contact = $1 AND id >= $2 AND id <= "
		       "$3 "
		       "AND outbound = 1 AND class <> 'marketing' AND state NOT IN "
		       "('suppressed', 'canceled', 'expired', 'failed') LIMIT 1",
		       "uuu", d->contact, (uint64_t)d->at << 20,
		       (uint64_t)(d->at + ANSWER) << 20) != 0;
}

static void
tell_result(struct core *core, const struct due *d)
{
	struct contact c;
	if (!contact_load(core->db, d->contact, &c) || *c.phone != '+') {
		remember(core, d, "result", 0, "they are not there any more");
		return;
	}
	const struct pack *pack =
		who_asks(core, c.phone, offsetof(struct pack, notice_result));
	if (!pack->notice_result || d->at + pack->notice_result <= core_now(core))
		remember(core, d, "result", 0, "no pack asks for it");
	else if (d->message && was_answered(core, d))
		remember(core, d, "result", 0, "the answer of that moment said it");
	else
		tell(core, d, "result", c.phone,
			d->granted ? pack->say_granted : pack->say_refused,
			d->at + pack->notice_result);
}

int
notices_results(struct core *core)
{
	struct due due[FEW];
	int64_t span = longest(core, offsetof(struct pack, notice_result));
	size_t n = span ? find_results(core, core_now(core) - span, due) : 0;
	for (size_t i = 0; i < n; i++)
		tell_result(core, &due[i]);
	return (int)n;
}

/* ---- it still stands ---- */

static size_t
find_old(struct core *core, int64_t since, int64_t until, struct due ret[FEW])
{
	size_t n = 0;
	struct db_rows *q = db_select(core->db,
		"SELECT c.id, c.contact, c.at FROM consent c WHERE c.at > $1 AND c.at <= "
		"$2 "
		"AND c.action IN ('grant', 'reconfirm') AND NOT EXISTS (SELECT 1 FROM "
		"notices n WHERE n.consent = c.id AND n.kind = 'reconfirm') ORDER BY "
		"c.at "
		"LIMIT $3",
		"iii", since, until, (int64_t)FEW);
	while (n < FEW && db_next(q))
		ret[n++] = (struct due){.row = db_id(q, 0),
			.contact = db_id(q, 1),
			.at = db_int(q, 2),
			.granted = true};
	db_end(q);
	return n;
}

/* Silence keeps it: the ledger says that they were told again. */
static void
keep(struct core *core, const struct due *d, const struct contact *c, uint64_t message,
	const char *list)
{
	consent_append(core->db, &(struct consent_row){.id = core_id(core),
					 .contact = c->id,
					 .message = message,
					 .address = c->phone,
					 .action = "reconfirm",
					 .scope = "marketing",
					 .list = list,
					 .method = "notice",
					 .at = core_now(core)});
	core_event(core, &(struct event){.name = "consent.reconfirmed",
				 .message = message,
				 .contact = c->id});
	(void)d;
}

static void
tell_again(struct core *core, const struct due *d)
{
	struct contact c;
	struct consent_state state;
	int64_t now = core_now(core);
	consent_derive(core->db, d->contact, &state);
	if (!contact_load(core->db, d->contact, &c) || *c.phone != '+' || *c.stopped ||
		!state.granted || state.at != d->at) {
		remember(core, d, "reconfirm", 0,
			"it no longer stands, or a newer one does");
		return;
	}
	const struct pack *pack =
		who_asks(core, c.phone, offsetof(struct pack, notice_reconfirm));
	if (!pack->notice_reconfirm || d->at + pack->notice_reconfirm > now ||
		(pack->renew && d->at + pack->renew <= now)) {
		remember(core, d, "reconfirm", 0, "no pack asks for it now");
		return;
	}
	uint64_t id = tell(core, d, "reconfirm", c.phone, pack->say_reconfirm,
		pack->renew ? d->at + pack->renew : 0);
	if (id)
		keep(core, d, &c, id, state.list);
}

int
notices_reconfirm(struct core *core)
{
	struct due due[FEW];
	const struct packs *packs = core->config->packs;
	int64_t now = core_now(core), least = INT64_MAX;
	int64_t renew = longest(core, offsetof(struct pack, renew));
	for (size_t i = 0; i < packs->count; i++)
		if (packs->list[i].notice_reconfirm)
			least = MIN(least, packs->list[i].notice_reconfirm);
	if (!core->config->policy->notices || least == INT64_MAX)
		return 0;
	size_t n = find_old(core, renew ? now - renew : 0, now - least, due);
	for (size_t i = 0; i < n; i++)
		tell_again(core, &due[i]);
	return (int)n;
}
