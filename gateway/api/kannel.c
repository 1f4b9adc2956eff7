/* GET and POST /cgi-bin/sendsms. */
#include "gateway/api/kannel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/access.h"
#include "gateway/api/facade.h"
#include "gateway/api/push.h"
#include "gateway/api/resources.h"
#include "gateway/core/channel_inside.h"
#include "gateway/core/outbox.h"

/* As smsbox: text, though it calls it HTML. */
static void
answer(struct request *rq, int status, const char *text)
{
	struct strbuf body = STRBUF_INIT(16 * 1024);
	strbuf_puts(&body, text);
	request_reply_as(rq, status, "text/html", &body);
}

struct accepted_sms {
	struct strbuf denied;
};

static void
free_accepted(void *state)
{
	struct accepted_sms *a = state;
	strbuf_done(&a->denied);
	free(a);
}

static void
answer_accepted(struct request *rq)
{
	const struct accepted_sms *a = rq->state;
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(8192);
	strbuf_puts(&text, "0: Accepted for delivery");
	if (a->denied.len)
		strbuf_printf(&text, " Denied receivers are:%s", a->denied.s);
	answer(rq, 202, text.s);
}

/* The channel is the smsc, or a sender that is the name of one; any other sender is the
 * SIM's business. */
static const char *
channel_of(struct core *core, const struct kannel_wish *w)
{
	if (*w->smsc)
		return w->smsc;
	return *w->from && channel_find(core, w->from) ? w->from : NULL;
}

static int
accept_one(struct core *core, const struct kannel_wish *w, const char *to,
	struct strbuf *err)
{
	int64_t now = core_now(core);
	struct outbox_receipt receipt;
	struct callback c = {.kannel = true, .mask = w->dlr_mask};
	struct outbox_request request = {.to = to,
		.text = w->text.s,
		.text_len = w->text.len,
		.cls = CLASS_SERVICE,
		.channel = channel_of(core, w),
		.origin = "kannel",
		.at = w->deferred ? now + w->deferred : 0,
		.msg_class = w->msg_class};
	if (w->validity)
		request.expires = now + w->deferred + w->validity;
	int r = outbox_accept(core, &request, &receipt, err);
	if (r || !*w->dlr_url || !w->dlr_mask)
		return r;
	c.message = receipt.id;
	snprintf(c.account, sizeof(c.account), "%s", w->user);
	snprintf(c.service, sizeof(c.service), "%s", w->from);
	snprintf(c.url, sizeof(c.url), "%s", w->dlr_url);
	push_callback(core, &c);
	return 0;
}

static void
accept_all(struct request *rq, const struct kannel_wish *w)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct accepted_sms *a = xcalloc(1, sizeof(*a));
	size_t taken = 0;
	int r = 0;
	strbuf_init(&a->denied, 4096);
	for (size_t i = 0; i < w->receiver_count && r != -EAGAIN; i++) {
		r = accept_one(rq->core, w, w->receivers[i], &err);
		if (!r)
			taken++;
		else
			strbuf_printf(&a->denied, " %s", w->receivers[i]);
	}
	if (taken) {
		rq->state = a;
		rq->state_free = free_accepted;
		request_after_commit(rq, answer_accepted);
		return;
	}
	free_accepted(a);
	if (r == -EAGAIN) {
		answer(rq, 503, "Temporal failure, try again later.");
		return;
	}
	strbuf_puts(&err, ", rejected");
	answer(rq, 400, err.s);
}

static int
check_user(struct request *rq, const struct kannel_wish *w)
{
	return access_by_token((struct call *)rq, *w->password ? w->password : NULL);
}

void
kannel_sendsms(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	bool posted = !strcmp(rq->route->method, "POST");
	const char *text = posted ? rq->body.s : facade_query(rq);
	struct kannel_wish w;
	kannel_wish_init(&w);
	int wrong = kannel_read(text, posted ? rq->body.len : strlen(text), &w, &err);
	int r = check_user(rq, &w);
	if (r == -EAGAIN)
		answer(rq, 429, "Too many requests, try again later.");
	else if (r == -EIO)
		answer(rq, 503, "Temporal failure, try again later.");
	else if (r)
		answer(rq, 403, "Authorization failed for sendsms");
	else if (wrong)
		answer(rq, 400, err.s);
	else
		accept_all(rq, &w);
	kannel_wish_done(&w);
}
