#include "tests/lib/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <errno.h>

#include "gateway/api/push.h"
#include "gateway/api/twilio.h"
#include "gateway/base/log.h"
#include "gateway/core/consent.h"
#include "gateway/core/tickets.h"
#include "gateway/outreach/campaign.h"
#include "gateway/sms/segment.h"
#include "dialogs/shell.h"

#define START INT64_C(1772409600000) /* 2026-03-02T00:00:00Z, a Monday */

struct rig *rig;
int64_t rig_begins = START;
bool rig_watches;
const char *rig_shop = "Rig", *rig_country = "KR", *rig_zone = "Asia/Seoul";

/* ---- a driver that does what it is told ---- */

struct driver {
	struct channel *ch;
};

static int
fake_check(const struct conf_node *config, struct strbuf *err)
{
	(void)config;
	(void)err;
	return 0;
}

static struct driver *
fake_open(const struct driver_env *env, struct strbuf *err)
{
	(void)err;
	struct driver *d = xcalloc(1, sizeof(*d));
	d->ch = env->channel;
	return d;
}

static void
fake_close(struct driver *d)
{
	free(d);
}

static void
fake_send(struct driver *d, const struct outgoing *out)
{
	assert_true(rig->send_count < RIG_SENDS);
	struct rig_send *s = &rig->sends[rig->send_count++];
	*s = (struct rig_send){.ch = d->ch,
		.attempt = out->attempt,
		.len = out->tpdu_len,
		.part = out->part,
		.parts = out->parts};
	snprintf(s->to, sizeof(s->to), "%s", out->to);
	memcpy(s->tpdu, out->tpdu, out->tpdu_len);
}

static struct rig_send *
find_send(uint64_t attempt)
{
	for (size_t i = rig->send_count; i-- > 0;)
		if (rig->sends[i].attempt == attempt)
			return &rig->sends[i];
	fail_msg("no such attempt was handed over");
	return NULL;
}

/* The network takes what lies on the wire, one after the other. */
static void
oblige(void *arg)
{
	static int reference;
	struct rig *r = arg;
	for (size_t i = 0; i < r->send_count; i++) {
		struct rig_send *s = &r->sends[i];
		if (!s->released || s->answered)
			continue;
		s->answered = true;
		reference = (reference + 1) & 255;
		channel_outcome(s->ch, s->attempt,
			&(struct outcome){
				.what = SEND_SENT, .reference = reference, .code = -1});
	}
	size_t kept = 0;
	for (size_t i = 0; i < r->send_count; i++)
		if (!r->sends[i].answered)
			r->sends[kept++] = r->sends[i];
	r->send_count = kept;
}

static void
fake_release(struct driver *d, uint64_t attempt)
{
	(void)d;
	find_send(attempt)->released = true;
	if (rig->obliging)
		loop_post(rig->loop, oblige, rig);
}

static void
fake_withdraw(struct driver *d, uint64_t attempt)
{
	(void)d;
	find_send(attempt)->withdrawn = true;
}

static void
fake_committed(struct driver *d, uint64_t token)
{
	(void)d;
	rig->acknowledged[rig->ack_count++ % RIG_SENDS] = token;
}

static void
fake_hurry(struct driver *d, uint64_t attempt)
{
	(void)d;
	rig->hurried = attempt;
}

static void
fake_reset(struct driver *d)
{
	(void)d;
	rig->resets++;
}

static int
fake_webhook(struct driver *d, const struct raw_request *rq, struct raw_response *res)
{
	(void)d;
	return rig->webhook ? rig->webhook(rq, res) : -EACCES;
}

static const struct driver_ops fake = {.name = "fake",
	.caps = DRIVER_TPDU,
	.in_flight = 1,
	.check = fake_check,
	.open = fake_open,
	.close = fake_close,
	.send = fake_send,
	.release = fake_release,
	.withdraw = fake_withdraw,
	.committed = fake_committed,
	.hurry = fake_hurry,
	.reset = fake_reset,
	.webhook = fake_webhook};
const struct driver_ops *const drivers[] = {&fake, NULL};
static void
note_ticket(struct core *core, enum handler_event what, const struct ticket *t)
{
	(void)core;
	*(what == HANDLER_CLOSED ? &rig->closed : &rig->unclaimed) += 1;
	rig->told_run = t->run;
}

const struct handler handlers[] = {
	{"blocked", handler_blocked},
	{"talking", handler_talking},
	{.name = "dialogs",
		.handle = dialogs_handle,
		.ticket = dialogs_ticket_event,
		.event = dialogs_event,
		.asks = dialogs_asks,
		.wish = dialogs_wish,
		.came_back = dialogs_came_back},
	{.name = "campaigns", .wish = campaigns_wish},
	{"twilio", twilio_handle, .event = push_event},
	{"ticket", handler_ticket, note_ticket, tickets_event},
	{NULL, NULL},
};

/* ---- life ---- */

static void
start(struct rig *r)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct config *config;
	r->loop = loop_new(&r->clock.clock);
	memset(&r->core, 0, sizeof(r->core));
	if (config_load(r->config_path, &config, &err) < 0)
		fail_msg("%s", err.s);
	r->core.loop = r->loop;
	r->core.clock = &r->clock.clock;
	r->core.config = config;
	if (db_open(config->store, DB_WRITER, &r->core.db, &err) < 0 ||
		core_start(&r->core, &err) < 0 || dialogs_start(&r->core, &err) < 0)
		fail_msg("%s", err.s);
	/* The disk is not simulated: a year would look at it fifteen million times. */
	if (!rig_watches)
		loop_timer_stop(&r->core.watch);
	strbuf_done(&err);
	rig_run(r, 0);
}

void
rig_open(struct rig *r, bool two)
{
	rig_open_with(r, two, "", "optout_080 = \"080-123-4567\"; sim_ad_parts = 3;");
}

static void
write_policy(const struct rig *r, const char *policy, char path[128])
{
	snprintf(path, 128, "%s/policy.cfg", r->dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	/* what a pack wants told at night would be one text more than a test asked for */
	fprintf(f, "format = 1; policy = { %s %s };\n",
		strstr(policy, "notices") ? "" : "notices = false;", policy);
	fclose(f);
}

void
rig_open_with(struct rig *r, bool two, const char *extra, const char *policy)
{
	char path[128];
	rig = r;
	memset(r, 0, sizeof(*r));
	log_open(stderr, LOG_OFF, &r->clock.clock);
	clock_sim_init(&r->clock, rig_begins);
	snprintf(r->dir, sizeof(r->dir), "/tmp/malgil-rig-XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	snprintf(r->config_path, sizeof(r->config_path), "%s/malgil.cfg", r->dir);
	FILE *f = fopen(r->config_path, "w");
	assert_non_null(f);
	fprintf(f,
		"format = 1; shop = { name = \"%s\"; country = \"%s\"; tz = "
		"\"%s\"; };\n"
		"store = \"sqlite:%s/store.db\"; run_dir = \"%s\";\n"
		"limits = { reserve_mib = 0; };\n"
		"channels = { north = { driver = \"fake\"; }; %s };\n%s\n",
		rig_shop, rig_country, rig_zone, r->dir, r->dir,
		two ? "south = { driver = \"fake\"; };" : "", extra);
	if (policy) {
		write_policy(r, policy, path);
		fprintf(f, "policy = \"%s\";\n", path);
	}
	fclose(f);
	start(r);
	rig_ready(r, "north");
	if (two)
		rig_ready(r, "south");
}

static void
finish(struct rig *r)
{
	struct config *config = (struct config *)r->core.config;
	dialogs_stop(&r->core);
	core_stop(&r->core);
	db_close(r->core.db);
	config_free(config);
	loop_free(r->loop);
}

void
rig_close(struct rig *r)
{
	char command[96];
	finish(r);
	snprintf(command, sizeof(command), "rm -rf '%s'", r->dir);
	assert_int_equal(system(command), 0);
}

void
rig_crash(struct rig *r)
{
	db_rollback(r->core.db); /* what was not committed never was */
	finish(r);
	for (size_t i = 0; i < r->send_count; i++)
		r->sends[i].answered = true;
	start(r);
}

void
rig_run(struct rig *r, int64_t ms)
{
	loop_run_until(r->loop, &r->clock, r->clock.mono + ms);
}

void
rig_skip(struct rig *r, int64_t ms)
{
	r->clock.wall += ms;
	r->clock.mono += ms;
	rig_run(r, MINUTE);
}

void
rig_ready(struct rig *r, const char *channel)
{
	struct channel *ch = channel_find(&r->core, channel);
	struct channel_identity who = {.manufacturer = "Rig"};
	snprintf(who.imsi, sizeof(who.imsi), "45005%s", channel);
	channel_identify(ch, &who);
	channel_ready(ch);
	rig_run(r, 0);
}

/* ---- out ---- */

uint64_t
rig_send_class(struct rig *r, const char *to, const char *text, enum message_class cls)
{
	struct outbox_receipt receipt;
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_request request = {.to = to,
		.text = text,
		.text_len = strlen(text),
		.cls = cls,
		.origin = "api",
		.msg_class = -1};
	if (outbox_accept(&r->core, &request, &receipt, &err) < 0)
		fail_msg("%s", err.s);
	strbuf_done(&err);
	rig_run(r, 0);
	return receipt.id;
}

void
rig_grant(struct rig *r, const char *phone)
{
	struct strbuf err = STRBUF_SENTENCE;
	uint64_t row;
	struct consent_change grant = {.phone = phone, .action = "grant", .words = "yes"};
	if (consent_change(&r->core, &grant, &row, &err) < 0)
		fail_msg("%s", err.s);
	strbuf_done(&err);
	rig_run(r, 0);
}

uint64_t
rig_send(struct rig *r, const char *to, const char *text)
{
	return rig_send_class(r, to, text, CLASS_SERVICE);
}

struct rig_send *
rig_last(struct rig *r, size_t n)
{
	assert_true(n < r->send_count);
	return &r->sends[r->send_count - 1 - n];
}

void
rig_answer(struct rig *r, const struct outcome *outcome)
{
	for (size_t i = r->send_count; i-- > 0;) {
		struct rig_send *s = &r->sends[i];
		if (s->answered || !s->released)
			continue;
		s->answered = true;
		channel_outcome(s->ch, s->attempt, outcome);
		rig_run(r, 0);
		return;
	}
	fail_msg("nothing waits for an answer");
}

void
rig_sent(struct rig *r, int reference)
{
	rig_answer(r,
		&(struct outcome){.what = SEND_SENT, .reference = reference, .code = -1});
}

void
rig_unknown(struct rig *r)
{
	rig_answer(r, &(struct outcome){.what = SEND_UNKNOWN,
			      .reference = -1,
			      .code = -1,
			      .why = "no answer"});
}

/* ---- in ---- */

void
rig_receive_bytes(struct rig *r, const char *channel, const void *bytes, size_t len,
	unsigned occurrence)
{
	struct incoming in = {.kind = INCOMING_TPDU,
		.token = ++r->next_token,
		.bytes = bytes,
		.len = len,
		.smsc = "",
		.occurrence = occurrence};
	channel_received(channel_find(&r->core, channel), &in);
	rig_run(r, 0);
}

static void
stamp(struct rig *r, struct pdu *pdu)
{
	pdu->scts = (struct sms_time){.valid = true,
		.wall = r->clock.wall / 1000 * 1000,
		.offset_minutes = 540};
}

static void
receive(struct rig *r, const char *channel, const char *from, const char *text, int ref,
	size_t first, size_t last)
{
	static struct segment_plan plan;
	struct strbuf err = STRBUF_SENTENCE;
	struct segment_options options = {.alphabet = SEGMENT_AUTO};
	assert_int_equal(segment_plan(text, strlen(text), &options, &plan, &err), 0);
	for (size_t i = first; i <= MIN(last, plan.count - 1); i++) {
		struct strbuf tpdu = STRBUF_INIT(256);
		struct pdu pdu = {.type = PDU_DELIVER, .mms = true, .msg_class = -1};
		assert_int_equal(sms_address_parse(from, &pdu.address, &err), 0);
		assert_int_equal(
			segment_user_data(text, &plan, i, (uint16_t)ref, -1, &pdu, &err),
			0);
		stamp(r, &pdu);
		if (pdu_encode(&pdu, &tpdu, &err) < 0)
			fail_msg("%s", err.s);
		rig_receive_bytes(r, channel, tpdu.s, tpdu.len, 1);
		strbuf_done(&tpdu);
	}
	strbuf_done(&err);
}

void
rig_receive(struct rig *r, const char *channel, const char *from, const char *text)
{
	static int ref;
	receive(r, channel, from, text, ++ref % 256, 0, SEGMENT_MAX);
}

void
rig_receive_part(struct rig *r, const char *channel, const char *from, const char *text,
	int ref, size_t part)
{
	receive(r, channel, from, text, ref, part, part);
}

void
rig_report(struct rig *r, const char *channel, int mr, const char *to, int status)
{
	struct strbuf tpdu = STRBUF_INIT(256), err = STRBUF_SENTENCE;
	struct pdu pdu = {.type = PDU_STATUS_REPORT,
		.mms = true,
		.mr = (uint8_t)mr,
		.status = (uint8_t)status,
		.msg_class = -1};
	assert_int_equal(sms_address_parse(to, &pdu.address, &err), 0);
	stamp(r, &pdu);
	pdu.discharge = pdu.scts;
	if (pdu_encode(&pdu, &tpdu, &err) < 0)
		fail_msg("%s", err.s);
	rig_receive_bytes(r, channel, tpdu.s, tpdu.len, 1);
	strbuf_done(&tpdu);
	strbuf_done(&err);
}

/* ---- looking ---- */

const char *
rig_state(struct rig *r, uint64_t id)
{
	struct message m;
	if (!message_load(r->core.db, id, &m))
		return "absent";
	enum message_state state = m.state;
	message_done(&m);
	return message_state_name(state);
}

int64_t
rig_count(struct rig *r, const char *sql)
{
	return db_number(r->core.db, -1, sql, "");
}
