/* Messages.json: create, cancel, blank; twilio_read.c looks. Whatever goes wrong is
 * answered as Twilio does, with a code its clients know. */
#include "gateway/api/twilio.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/access.h"
#include "gateway/api/facade.h"
#include "gateway/api/push.h"
#include "gateway/api/resources.h"
#include "gateway/api/twilio_inside.h"
#include "gateway/base/iso.h"
#include "gateway/core/outbox.h"
#include "gateway/net/secret.h"
#include "gateway/sms/address.h"

#define BODY_CHARS   1600
#define VALIDITY_MAX 36000 /* s, as with Twilio */

/* ---- refusing ---- */

void
twilio_refuse(struct request *rq, int status, int code, const char *message)
{
	struct strbuf body = STRBUF_INIT(16 * 1024);
	twilio_error_write(&body, status, code, message ? message : twilio_error(code));
	request_reply(rq, status, &body);
	if (status == 401)
		facade_add_header(rq, "WWW-Authenticate", "Basic realm=\"Twilio API\"");
}

/* ---- who asks ---- */

/* The account's own auth token, or a token of ours with the sid, or any key's name, as
 * the user. */
static int
check_credentials(struct request *rq, const struct config_account *a)
{
	struct call *call = (struct call *)rq;
	char *user, *password;
	if (!facade_basic(rq, &user, &password))
		return access_by_token(call, NULL);
	int r = !strncmp(password, "mg_", 3)
			? access_by_token(call, password)
			: access_by_secret(call, user,
				  a && !strcmp(user, a->sid) &&
					  secret_same(password, a->auth_token));
	free(user);
	free(password);
	return r;
}

const struct config_account *
twilio_account(struct request *rq)
{
	char sid[64];
	facade_part(rq, 2, sid, sizeof(sid));
	const struct config_account *a =
		config_account_find(&rq->core->config->hooks, sid);
	int r = check_credentials(rq, a);
	if (r == -EAGAIN)
		twilio_refuse(rq, 429, 20429, NULL);
	else if (r == -EIO)
		twilio_refuse(rq, 503, 20503, NULL);
	else if (r)
		twilio_refuse(rq, 401, 20003, NULL);
	else if (!a)
		twilio_refuse(rq, 404, 20404, "there is no such account here");
	return r ? NULL : a;
}

/* ---- create ---- */

struct creation {
	const struct config_account *account;
	struct outbox_request request;
	struct outbox_receipt receipt;
	struct callback callback;
	char key[160];
	int64_t now;
};

static size_t
characters(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

/* Each check answers by itself and returns false. */
static bool
check_recipient(struct request *rq, const struct form *f)
{
	const char *to = form_get(f, "To");
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	char phone[32], sentence[160];
	if (!to || !*to) {
		twilio_refuse(rq, 400, 21604, NULL);
		return false;
	}
	if (!sms_number_e164(to, rq->core->config->country, phone, &err))
		return true;
	snprintf(sentence, sizeof(sentence), "Invalid 'To' Phone Number: %.60s", to);
	twilio_refuse(rq, 400, 21211, sentence);
	return false;
}

static bool
check_text(struct request *rq, const struct form *f)
{
	const char *body = form_get(f, "Body");
	int code = 0;
	if (form_get(f, "MediaUrl"))
		code = 21620;
	else if (!body || !*body)
		code = 21602;
	else if (characters(body) > BODY_CHARS)
		code = 21617;
	if (code)
		twilio_refuse(rq, 400, code, NULL);
	return !code;
}

/* A sender of ours, or a service, which leaves the choice to the router. */
static bool
read_sender(struct request *rq, const struct form *f, struct creation *c)
{
	const char *from = form_get(f, "From"),
		   *service = form_get(f, "MessagingServiceSid");
	char sentence[160];
	bool serviced = service && *service;
	snprintf(c->callback.service, sizeof(c->callback.service), "%s",
		serviced ? service : "");
	if (from && *from) {
		c->request.channel = twilio_channel(rq->core, c->account, from);
		if (c->request.channel)
			return true;
		snprintf(sentence, sizeof(sentence),
			"The 'From' number %.40s is not one of this account's; the "
			"configuration names them",
			from);
		twilio_refuse(rq, 400, 21606, sentence);
		return false;
	}
	if (!serviced)
		twilio_refuse(rq, 400, 21603, NULL);
	return serviced;
}

static bool
read_times(struct request *rq, const struct form *f, struct creation *c)
{
	const char *validity = form_get(f, "ValidityPeriod"), *at = form_get(f, "SendAt");
	if (validity && *validity) {
		char *end;
		long seconds = strtol(validity, &end, 10);
		if (*end || seconds < 1 || seconds > VALIDITY_MAX) {
			twilio_refuse(rq, 400, 20001,
				"ValidityPeriod must be a number of seconds from 1 to "
				"36000");
			return false;
		}
		c->request.expires = c->now + seconds * SECOND;
	}
	if (!at || !*at)
		return true;
	if (iso_parse(at, &c->request.at, NULL) < 0 || c->request.at <= c->now) {
		twilio_refuse(rq, 400, 20001,
			"SendAt must be a time to come, in ISO 8601 with an offset");
		return false;
	}
	if (c->request.expires)
		c->request.expires += c->request.at - c->now;
	return true;
}

static bool
read_callback(struct request *rq, const struct form *f, struct creation *c)
{
	const char *url = form_get(f, "StatusCallback");
	if (!url || !*url)
		return true;
	if (!config_url_valid(url, HOOK_URL - 1)) {
		twilio_refuse(rq, 400, 21609, NULL);
		return false;
	}
	snprintf(c->callback.url, sizeof(c->callback.url), "%s", url);
	return true;
}

/* Twilio's clients do not repeat safely by themselves; those that can say which request
 * is which are understood. */
static void
read_key(const struct request *rq, struct creation *c)
{
	const char *key = facade_header(rq, "I-Twilio-Idempotency-Token");
	if (!*key)
		key = facade_header(rq, "Idempotency-Key");
	if (!*key || strlen(key) > 80)
		return;
	snprintf(c->key, sizeof(c->key), "%s-%s", c->account->sid, key);
	c->request.key = c->key;
}

static bool
read_creation(struct request *rq, const struct form *f, struct creation *c)
{
	if (!check_recipient(rq, f) || !read_sender(rq, f, c) || !check_text(rq, f) ||
		!read_times(rq, f, c) || !read_callback(rq, f, c))
		return false;
	c->request.to = form_get(f, "To");
	c->request.text = form_get(f, "Body");
	c->request.text_len = strlen(c->request.text);
	c->request.origin = "twilio";
	c->request.msg_class = -1;
	c->request.cls = CLASS_SERVICE;
	if (c->account->class_name &&
		message_class_parse(c->account->class_name, &c->request.cls) < 0)
		abort(); /* the configuration was checked */
	read_key(rq, c);
	return true;
}

static void
answer_message(struct request *rq, int status)
{
	struct strbuf body = STRBUF_INIT(1 << 20);
	const struct twilio_change *change = rq->state;
	if (twilio_one(rq, change->account, change->id, &body)) {
		request_reply(rq, status, &body);
		return;
	}
	strbuf_done(&body);
	twilio_refuse(rq, 404, 20404, NULL);
}

static void
answer_created(struct request *rq)
{
	answer_message(rq, 201);
}

static void
answer_unsubscribed(struct request *rq)
{
	twilio_refuse(rq, 400, 21610, NULL);
}

static void
remember(struct request *rq, const struct config_account *account, uint64_t id)
{
	struct twilio_change *change = xmalloc(sizeof(*change));
	*change = (struct twilio_change){account, id};
	rq->state = change;
	rq->state_free = free;
}

static bool
unsubscribed(struct core *core, uint64_t id)
{
	struct message m;
	int code = 0;
	if (!message_load(core->db, id, &m))
		return false;
	twilio_status(&m, core_now(core), &code);
	message_done(&m);
	return code == 21610;
}

static void
finish_creation(struct request *rq, struct creation *c)
{
	uint64_t id = c->receipt.id;
	remember(rq, c->account, id);
	if (unsubscribed(rq->core, id)) {
		request_after_commit(rq, answer_unsubscribed);
		return;
	}
	c->callback.message = id;
	snprintf(c->callback.account, sizeof(c->callback.account), "%s", c->account->sid);
	if (!c->receipt.repeated && (*c->callback.url || *c->callback.service))
		push_callback(rq->core, &c->callback);
	request_after_commit(rq, answer_created);
}

static void
create(struct request *rq, const struct config_account *account)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct creation c = {.account = account, .now = core_now(rq->core)};
	struct form f;
	int r = form_read(rq->body.s, rq->body.len, &f, &err);
	if (r)
		twilio_refuse(rq, 400, 20001, err.s);
	else if (read_creation(rq, &f, &c)) {
		r = outbox_accept(rq->core, &c.request, &c.receipt, &err);
		if (!r)
			finish_creation(rq, &c);
		else if (r == -EAGAIN)
			twilio_refuse(rq, 503, 20503, err.s);
		else
			twilio_refuse(rq, r == -EEXIST ? 409 : 400,
				r == -EEXIST ? 20409 : 20001, err.s);
	}
	form_done(&f);
}

void
twilio_messages(struct request *rq)
{
	const struct config_account *account = twilio_account(rq);
	if (!account)
		return;
	if (strcmp(rq->route->method, "POST") != 0)
		twilio_list(rq, account);
	else
		create(rq, account);
}

/* ---- one message ---- */

static void
answer_changed(struct request *rq)
{
	answer_message(rq, 200);
}

static bool
may_be_blanked(enum message_state state)
{
	return state == MESSAGE_DELIVERED || state == MESSAGE_UNDELIVERED ||
	       state == MESSAGE_FAILED || state == MESSAGE_EXPIRED ||
	       state == MESSAGE_CANCELED || state == MESSAGE_SUPPRESSED ||
	       state == MESSAGE_RECEIVED || state == MESSAGE_SENT;
}

/* 0, or the code of the refusal. */
static int
blank(struct core *core, uint64_t id)
{
	struct message m;
	if (!message_load(core->db, id, &m))
		return 20404;
	bool may = may_be_blanked(m.state);
	if (may)
		message_blank(core->db, id, core_now(core));
	if (may)
		core_event(core, &(struct event){"message.blanked", id, m.contact, 0,
					 "an application asked for it"});
	message_done(&m);
	return may ? 0 : 20009;
}

static void
change(struct request *rq, const struct config_account *account, uint64_t id,
	const struct form *f)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	const char *status = form_get(f, "Status"), *body = form_get(f, "Body");
	int code = 0;
	if (status && !strcmp(status, "canceled")) {
		int r = outbox_cancel(rq->core, id, &err);
		code = r == -ENOENT ? 20404 : r ? 20009 : 0;
	} else if (!status && body && !*body) {
		code = blank(rq->core, id);
	} else {
		twilio_refuse(rq, 400, 20001,
			"a message can be canceled (Status=canceled) or its text blanked "
			"(an empty Body)");
		return;
	}
	if (code) {
		twilio_refuse(
			rq, code == 20404 ? 404 : 409, code, err.len ? err.s : NULL);
		return;
	}
	remember(rq, account, id);
	request_after_commit(rq, answer_changed);
}

static void
update(struct request *rq, const struct config_account *account, uint64_t id)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct form f;
	if (form_read(rq->body.s, rq->body.len, &f, &err))
		twilio_refuse(rq, 400, 20001, err.s);
	else
		change(rq, account, id, &f);
	form_done(&f);
}

static void
fetch(struct request *rq, const struct config_account *account, uint64_t id)
{
	remember(rq, account, id);
	answer_message(rq, 200);
}

void
twilio_message(struct request *rq)
{
	const struct config_account *account = twilio_account(rq);
	uint64_t id;
	if (!account)
		return;
	size_t n = strlen(rq->param);
	if (n > 5 && !strcmp(rq->param + n - 5, ".json"))
		rq->param[n - 5] = '\0';
	if (!strcmp(rq->route->method, "DELETE"))
		twilio_refuse(rq, 405, 20004,
			"what was said stays on record here: an empty Body blanks the "
			"text");
	else if (!twilio_sid_parse(rq->param, &id))
		twilio_refuse(rq, 404, 20404, NULL);
	else if (!strcmp(rq->route->method, "POST"))
		update(rq, account, id);
	else
		fetch(rq, account, id);
}
