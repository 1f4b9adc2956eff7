#include "gateway/core/outbox.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/core/dispatch.h"
#include "gateway/core/erase.h"
#include "gateway/core/facts.h"
#include "gateway/core/queue.h"
#include "gateway/core/router.h"
#include "gateway/store/arrivals.h"
#include "gateway/core/wording.h"
#include "gateway/store/contacts.h"
#include "gateway/store/providers.h"
#include "gateway/store/usage.h"

#define KEY_MAX 128

/* What makes two requests with one key the same request. */
static int64_t
fingerprint_of(const struct outbox_request *r, const char *phone)
{
	struct strbuf all = STRBUF_INIT(512 * 1024);
	strbuf_printf(&all, "%s|%d|%s|%s|%d|%d|", phone, (int)r->cls,
		r->channel ? r->channel : "", r->on_doubt ? r->on_doubt : "",
		r->msg_class, (int)r->no_report);
	strbuf_printf(
		&all, "%lld|%llu|", (long long)r->at, (unsigned long long)r->reply_to);
	strbuf_add(&all, r->text, r->text_len);
	int64_t hash = arrival_hash(all.s, all.len);
	strbuf_done(&all);
	return hash;
}

static int
check_ready(const struct core *core, bool inside, struct strbuf *err)
{
	if (core->store_sick)
		strbuf_set(err,
			"the store cannot be written (%s); nothing is accepted until it "
			"can",
			core->store_trouble.s);
	else if (inside)
		return 0;
	else if (core->low_disk)
		strbuf_set(err,
			"the disk has less than %d MiB left; nothing is accepted until "
			"there is room again",
			(int)core->config->store_reserve);
	else if (core->draining && !core->reloading)
		strbuf_set(err, "the gateway is stopping");
	else
		return 0;
	return -EAGAIN;
}

static int
check_request(const struct outbox_request *r, int64_t now, struct strbuf *err)
{
	if (!r->text_len) {
		strbuf_set(err, "the text is empty");
		return -EINVAL;
	}
	if (memchr(r->text, 0, r->text_len)) {
		strbuf_set(err, "the text has a NUL character in it");
		return -EINVAL;
	}
	if (r->key && (!*r->key || strlen(r->key) > KEY_MAX)) {
		strbuf_set(err, "a key has 1 to %d bytes", KEY_MAX);
		return -EINVAL;
	}
	if (r->expires && r->expires <= now) {
		strbuf_set(err, "it would have expired already");
		return -EINVAL;
	}
	if (r->expires && r->at >= r->expires) {
		strbuf_set(err, "it would expire before it may leave");
		return -EINVAL;
	}
	if (r->msg_class < -1 || r->msg_class > 3) {
		strbuf_set(err, "a message class is 0 (flash) to 3");
		return -EINVAL;
	}
	if (r->on_doubt && strcmp(r->on_doubt, "hold") != 0 &&
		strcmp(r->on_doubt, "close") != 0 && strcmp(r->on_doubt, "resend") != 0) {
		strbuf_set(
			err, "on_doubt is hold, close or resend, not '%s'", r->on_doubt);
		return -EINVAL;
	}
	return 0;
}

/* The same key again: the first answer, or a clash. 0 when the key is free. */
static int
answer_again(struct core *core, const struct outbox_request *r, int64_t fingerprint,
	struct outbox_receipt *ret, struct strbuf *err)
{
	int64_t known;
	uint64_t id = r->key ? message_by_key(core->db, r->key, &known) : 0;
	if (!id)
		return 0;
	if (known != fingerprint) {
		strbuf_set(err, "the key '%s' was used for another request", r->key);
		return -EEXIST;
	}
	struct message m;
	enum message_state first;
	if (!message_load(core->db, id, &m))
		return -EAGAIN;
	*ret = (struct outbox_receipt){
		.id = id, .state = m.state, .repeated = true, .parts = m.parts};
	snprintf(ret->encoding, sizeof(ret->encoding), "%s", m.encoding);
	message_done(&m);
	if (message_told(core->db, id, &first))
		ret->state = first;
	return 1;
}

/* Everything that could go wrong in making the segments goes wrong here, while the one
 * who asks can still be told. */
static int
try_segments(const struct message *m, const struct segment_plan *plan, int64_t now,
	struct strbuf *err)
{
	int r = 0;
	for (int part = 1; part <= m->parts && r == 0; part++) {
		struct strbuf tpdu = STRBUF_INIT(256);
		r = dispatch_segment(
			m, plan, part, &(struct segment_time){now, 0}, &tpdu, err);
		strbuf_done(&tpdu);
	}
	return r;
}

struct draft {
	const struct outbox_request *request;
	struct contact contact;
	struct message message;
	struct channel *prefers; /* the number they know, for a text that need not wait */
	struct segment_plan plan;
	struct strbuf splits, reason, text;
	int64_t fingerprint;
	struct verdict verdict;
};

static void
draft_init(struct draft *d, const struct outbox_request *r)
{
	*d = (struct draft){.request = r};
	strbuf_init(&d->splits, 4096);
	strbuf_init(&d->reason, 1024);
	strbuf_init(&d->text, 256 * 1024);
}

/* A promotion keeps to the number the person knows it by, and waits for that one; what
 * they should hear soon goes by it while it is well. Without a text of ours that was
 * counted it is the number they texted. */
static void
choose_known(struct core *core, struct draft *d)
{
	struct message *m = &d->message;
	uint64_t last = usage_last_channel(core->db, m->contact);
	if (!last && m->cls == CLASS_SERVICE)
		last = d->contact.last_channel;
	struct channel *ch = router_known(core, m, last);
	if (m->cls == CLASS_MARKETING)
		m->route = ch ? ch->row.id : 0;
	else
		d->prefers = ch;
}

static int
choose_route(struct core *core, struct draft *d, struct strbuf *err)
{
	const struct outbox_request *r = d->request;
	uint64_t texted = d->contact.last_channel;
	if (r->channel) {
		struct channel *ch = channel_find(core, r->channel);
		if (!ch) {
			strbuf_set(err, "there is no channel '%s'", r->channel);
			return -EINVAL;
		}
		d->message.route = ch->row.id;
	} else if (r->cls == CLASS_REPLY && texted && channel_by_id(core, texted)) {
		d->message.route = texted; /* from the number they texted */
	} else if (r->cls == CLASS_SERVICE || r->cls == CLASS_MARKETING) {
		choose_known(core, d);
	}
	return 0;
}

static void
draft_done(struct draft *d)
{
	strbuf_done(&d->splits);
	strbuf_done(&d->reason);
	strbuf_done(&d->text);
}

/* Fills the row's judgement: the state it enters with, until when, and why. */
static const char *
judge(struct core *core, struct draft *d)
{
	static struct gate_facts facts;
	struct message *m = &d->message;
	struct verdict *v = &d->verdict;
	facts_gather(core, m, d->prefers, &facts);
	admit(&facts, core_now(core), v);
	strbuf_printf(&d->reason, "%s: %s", v->gate, verdict_rule(v));
	switch (v->what) {
	case VERDICT_SUPPRESS: m->state = MESSAGE_SUPPRESSED; return "message.suppressed";
	case VERDICT_EXPIRE: m->state = MESSAGE_EXPIRED; return "message.expired";
	case VERDICT_CANCEL: m->state = MESSAGE_CANCELED; return "message.canceled";
	case VERDICT_SEND: break;
	case VERDICT_DEFER:
		if (v->queues)
			break; /* its turn and the channels decide when */
		m->state = MESSAGE_HELD;
		m->due = dispatch_due(core, v);
		return "message.held";
	}
	m->state = MESSAGE_QUEUED;
	strbuf_reset(&d->reason);
	return "message.accepted";
}

/* The text as it will be sent: a promotion with what the law wants around it. */
static void
word(struct core *core, struct draft *d)
{
	const struct outbox_request *r = d->request;
	const struct pack *packs[WORDING_PACKS];
	char *text = xstrndup(r->text, r->text_len);
	if (r->cls == CLASS_MARKETING) {
		size_t n = wording_packs(core, d->contact.phone, packs);
		wording_wrap(core, packs, n, text, &d->text);
	} else {
		strbuf_puts(&d->text, text);
	}
	free(text);
}

static int
compose(struct core *core, struct draft *d, struct strbuf *err)
{
	const struct outbox_request *r = d->request;
	struct message *m = &d->message;
	int64_t now = core_now(core);
	struct segment_options options = {.alphabet = SEGMENT_AUTO};
	word(core, d);
	m->contact = d->contact.id;
	m->cls = r->cls;
	m->phone = d->contact.phone;
	if (segment_plan(d->text.s, d->text.len, &options, &d->plan, err) < 0 ||
		choose_route(core, d, err) < 0)
		return -EINVAL;
	dispatch_splits(&d->plan, &d->splits);
	m->id = core_id(core);
	m->reply_to = r->reply_to;
	m->outbound = true;
	m->state = MESSAGE_ACCEPTED;
	m->text = d->text.s;
	m->origin = (char *)r->origin;
	m->key = (char *)r->key;
	m->splits = d->splits.s;
	m->encoding = (char *)(d->plan.alphabet == SMS_GSM7 ? "gsm7" : "ucs2");
	m->on_doubt = (char *)r->on_doubt;
	m->created = m->updated = now;
	m->due = m->not_before = r->at > now ? r->at : 0;
	m->expires =
		r->expires ? r->expires : MAX(now, r->at) + core->config->keep_expires;
	m->parts = (int)d->plan.count;
	m->shifts = d->plan.single_shift << 4 | d->plan.locking_shift;
	m->msg_class = r->msg_class;
	m->report = !r->no_report;
	m->skip = r->skip_capped;
	return try_segments(m, &d->plan, now, err);
}

static int
insert(struct core *core, struct draft *d, struct outbox_receipt *ret, struct strbuf *err)
{
	struct message *m = &d->message;
	if (m->parts > 1)
		m->ref = contact_next_ref(core->db, m->contact);
	const char *name = judge(core, d);
	m->reason = d->reason.s;
	if (d->prefers)
		m->route = d->prefers->row.id;
	if (!message_insert(core->db, m, d->fingerprint) || db_poisoned(core->db)) {
		strbuf_set(err, "the store cannot be written (%s)", db_error(core->db));
		return -EAGAIN;
	}
	if (d->prefers)
		message_set_routed(core->db, m->id);
	if (m->key && !d->request->inside)
		message_set_told(core->db, m);
	core_event(core, &(struct event){name, m->id, m->contact, m->route, d->reason.s});
	if (m->state == MESSAGE_QUEUED)
		queue_settle(core->queue, m->contact);
	else if (m->state == MESSAGE_HELD)
		queue_alarm(core->queue);
	*ret = (struct outbox_receipt){.id = m->id, .state = m->state, .parts = m->parts};
	snprintf(ret->encoding, sizeof(ret->encoding), "%s", m->encoding);
	FAULT("outbox.accepted");
	return 0;
}

/* A number that is written as we keep it, of somebody we know, was looked up before. */
static int
number_of(struct core *core, const char *text, char ret[32], struct strbuf *err)
{
	struct contact known;
	size_t plus = *text == '+';
	if (strlen(text) < 32 &&
		strspn(text + plus, "0123456789") == strlen(text + plus) &&
		contact_find(core->db, text, &known)) {
		snprintf(ret, 32, "%s", text);
		return 0;
	}
	return sms_number_e164(text, core->config->country, ret, err);
}

int
outbox_accept(struct core *core, const struct outbox_request *r,
	struct outbox_receipt *ret, struct strbuf *err)
{
	char phone[32];
	bool fresh;
	int result = check_ready(core, r->inside, err);
	if (!result)
		result = check_request(r, core_now(core), err);
	if (!result && number_of(core, r->to, phone, err) < 0)
		result = -EINVAL;
	if (result)
		return result;
	struct draft d;
	draft_init(&d, r);
	d.fingerprint = fingerprint_of(r, phone);
	result = answer_again(core, r, d.fingerprint, ret, err);
	if (!result && !contact_meet(core, phone, core_now(core), &d.contact, &fresh)) {
		strbuf_set(err, "the store cannot be written (%s)", db_error(core->db));
		result = -EAGAIN;
	}
	if (!result)
		result = compose(core, &d, err);
	if (!result)
		result = insert(core, &d, ret, err);
	draft_done(&d);
	return MIN(result, 0);
}

/* A key that has its message already brings no second one. */
static void
judge_key(struct core *core, const struct outbox_request *r, struct verdict *v)
{
	int64_t fingerprint;
	uint64_t id = r->key ? message_by_key(core->db, r->key, &fingerprint) : 0;
	for (size_t i = 0; id && i < v->gate_count; i++) {
		struct gate_verdict *g = &v->gates[i];
		if (strcmp(g->gate, "duplicate") != 0)
			continue;
		g->what = VERDICT_SUPPRESS;
		snprintf(g->rule, sizeof(g->rule),
			"the key was used before: message %" PRIu64 " has it", id);
		v->what = g->what;
		v->gate = g->gate;
		v->until = 0;
		v->waits = v->queues = false;
	}
}

int
outbox_try(struct core *core, const struct outbox_request *r, struct outbox_trial *ret,
	struct strbuf *err)
{
	struct draft d;
	struct ids ids =
		core->ids; /* the moment may be years ahead: no real id after it */
	struct outbox_request asked = *r;
	*ret = (struct outbox_trial){.text = NULL};
	asked.expires = 0; /* too late is a verdict here, and no mistake */
	if (check_request(&asked, core_now(core), err) < 0 ||
		number_of(core, r->to, ret->phone, err) < 0)
		return -EINVAL;
	draft_init(&d, r);
	if (!contact_find(core->db, ret->phone, &d.contact))
		snprintf(d.contact.phone, sizeof(d.contact.phone), "%s", ret->phone);
	int result = compose(core, &d, err);
	if (!result) {
		struct message *m = &d.message;
		if (m->cls == CLASS_REPLY && !m->reply_to)
			m->reply_to = messages_newest_inbound(core->db, m->contact);
		judge(core, &d);
		judge_key(core, r, &d.verdict);
		ret->verdict = d.verdict;
		ret->text = xstrdup(m->text);
		ret->parts = m->parts;
		ret->units = (int64_t)d.plan.units;
		ret->contact = d.contact.id;
		snprintf(ret->encoding, sizeof(ret->encoding), "%s", m->encoding);
	}
	draft_done(&d);
	core->ids = ids;
	return result;
}

int
outbox_cancel(struct core *core, uint64_t id, struct strbuf *err)
{
	struct message m;
	if (!message_load(core->db, id, &m) || !m.outbound) {
		strbuf_set(err, "there is no outbound message with that id");
		return -ENOENT;
	}
	int r = 0;
	if (!message_state_may(m.state, MESSAGE_CANCELED)) {
		strbuf_set(err, "the message is %s: it is too late to take it back",
			message_state_name(m.state));
		r = -EPERM;
	} else if (m.parts_done) {
		strbuf_set(err,
			"%d of its %d parts have left: it is too late to take it back",
			m.parts_done, m.parts);
		r = -EPERM;
	} else {
		message_move(core->db, &m, MESSAGE_CANCELED, "a person took it back",
			core_now(core));
		core_event(core, &(struct event){"message.canceled", m.id, m.contact, 0,
					 "a person took it back"});
		queue_settle(core->queue, m.contact);
	}
	message_done(&m);
	return r;
}
