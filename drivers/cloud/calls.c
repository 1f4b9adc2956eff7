/* What the provider tells by itself: proven at the door, stored as it came, read in a
 * later tick. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/cloud/cloud.h"
#include "drivers/cloud/hook.h"
#include "drivers/cloud/verify.h"

#define PACKED_MOST (1024u * 1024)
#define CERT_WAIT   (10 * SECOND)

/* ---- hearing ---- */

static enum report_state
state_of(enum cloud_state s)
{
	switch (s) {
	case CLOUD_STATE_UNKNOWN:
	case CLOUD_STATE_ACCEPTED:
	case CLOUD_STATE_SENT: return REPORT_STATE_PENDING;
	case CLOUD_STATE_DELIVERED: return REPORT_STATE_DELIVERED;
	case CLOUD_STATE_UNDELIVERED:
	case CLOUD_STATE_FAILED: return REPORT_STATE_UNDELIVERED;
	case CLOUD_STATE_EXPIRED: return REPORT_STATE_EXPIRED;
	}
	return REPORT_STATE_PENDING;
}

static void
hear_status(struct driver *d, const struct cloud_item *item)
{
	char why[200], price[40];
	enum report_state state = state_of(item->state);
	bool lost = state == REPORT_STATE_UNDELIVERED || state == REPORT_STATE_EXPIRED;
	snprintf(why, sizeof(why), "%.60s%s%.40s%s%.80s", item->word,
		*item->code ? " " : "", item->code, *item->why ? ": " : "", item->why);
	snprintf(price, sizeof(price), "%.24s%s%.8s", item->price,
		*item->price && *item->currency ? " " : "", item->currency);
	channel_report(d->channel,
		&(struct incoming_report){.id = item->id,
			.message = strtoull(item->key, NULL, 10),
			.state = state,
			.why = why,
			.price = price,
			.refusal = item->error == CLOUD_OPTOUT ? REFUSAL_OPTED_OUT
				   : item->error == CLOUD_INVALID && lost ? REFUSAL_NOBODY
									  : REFUSAL_OTHER,
			.phone = item->to});
}

static void
hear(void *arg, const struct cloud_item *item)
{
	struct driver *d = arg;
	char words[160];
	switch (item->kind) {
	case CLOUD_INBOUND:
		channel_text(d->channel, &(struct incoming_text){.id = item->id,
						 .from = item->from,
						 .text = item->text,
						 .sent_at = item->at,
						 .ref = item->ref,
						 .part = item->part,
						 .total = item->total});
		if (item->opted_out)
			channel_opted_out(d->channel, item->from, item->text);
		break;
	case CLOUD_STATUS: hear_status(d, item); break;
	case CLOUD_OPTED_OUT:
		snprintf(words, sizeof(words), "%s told of an opt-out",
			d->config.profile->name);
		channel_opted_out(d->channel, item->from, words);
		break;
	}
}

size_t
cloud_hear(struct driver *d, const struct cloud_doc *doc)
{
	return cloud_hook_read(d->config.profile, doc, hear, d, NULL);
}

/* ---- as it lies in the store ---- */

void
cloud_pack(const char *query, const char *type, const char *body, size_t len,
	struct strbuf *out)
{
	strbuf_printf(out, "%s\n%s\n\n", query, type);
	strbuf_add(out, body, len);
}

static void
open_packed(struct driver *d, char *text, size_t len, struct raw_field *type,
	struct cloud_doc *ret)
{
	char *end = text + len, *line = memchr(text, '\n', len);
	char *body = line ? memchr(line + 1, '\n', (size_t)(end - line - 1)) : NULL;
	if (!body || body + 1 >= end) {
		cloud_doc_open(ret, "", 0, "", NULL, 0);
		return;
	}
	*line = *body = '\0';
	*type = (struct raw_field){"content-type", line + 1};
	body += 2;
	cloud_doc_open(ret, body, (size_t)(end - body), text, type, line[1] ? 1 : 0);
	if (d->config.profile->unwrap)
		cloud_doc_unwrap(ret, d->config.profile->unwrap);
}

bool
cloud_interpret(struct driver *d, const void *bytes, size_t len, struct strbuf *err)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(PACKED_MOST * 2);
	struct raw_field type;
	struct cloud_doc doc;
	strbuf_add(&text, bytes, len);
	open_packed(d, text.s, text.len, &type, &doc);
	size_t n = cloud_hear(d, &doc);
	cloud_doc_close(&doc);
	if (!n)
		strbuf_set(err, "the profile %s finds nothing in this webhook",
			d->config.profile->name);
	return n > 0;
}

/* ---- Amazon's certificates and subscriptions ---- */

static void
on_certificate(void *arg, const struct http_answer *a)
{
	struct driver *d = arg;
	d->fetching = NULL;
	/* Anything else kept under this address would refuse all that comes. */
	if (a->failed || a->status != 200 ||
		!strstr(a->body.s ? a->body.s : "", "-----BEGIN CERTIFICATE-----")) {
		channel_notice(d->channel, "cloud.certificate",
			"the certificate of Amazon's notifications cannot be fetched");
		return;
	}
	strbuf_reset(&d->certificate);
	strbuf_add(&d->certificate, a->body.s, a->body.len);
	snprintf(
		d->certificate_from, sizeof(d->certificate_from), "%s", d->fetching_from);
}

static void
on_confirmed(void *arg, const struct http_answer *a)
{
	struct driver *d = arg;
	d->confirming = NULL;
	channel_notice(d->channel, "cloud.subscribed",
		!a->failed && a->status == 200
			? "Amazon's notifications are subscribed to"
			: "the subscription could not be confirmed");
}

static struct http_call *
fetch(struct driver *d, const char *url,
	void (*done)(void *arg, const struct http_answer *answer))
{
	struct http_request rq = {
		.method = "GET", .url = url, .timeout = CERT_WAIT, .max = 16 * 1024};
	return http_start(d->http, &rq, done, d);
}

static void
confirm(struct driver *d, const struct cloud_doc *doc)
{
	const char *type = json_string_value(json_object_get(doc->json, "Type"));
	const char *url = json_string_value(json_object_get(doc->json, "SubscribeURL"));
	if (type && url && !strcmp(type, "SubscriptionConfirmation") && !d->confirming &&
		cloud_sns_address(url, false))
		d->confirming = fetch(d, url, on_confirmed);
}

void
cloud_calls_close(struct driver *d)
{
	if (d->fetching)
		http_cancel(d->fetching);
	if (d->confirming)
		http_cancel(d->confirming);
	d->fetching = d->confirming = NULL;
}

/* ---- at the door ---- */

static void
only_look(void *arg, const struct cloud_item *item)
{
	(void)arg;
	(void)item;
}

static void
reply(struct driver *d, struct cloud_doc *doc, struct raw_response *res)
{
	const struct cloud_profile *p = d->config.profile;
	const struct cloud_reply *r = p->reply;
	if (p->unwrap)
		cloud_doc_unwrap(doc, p->unwrap);
	cloud_hook_read(p, doc, only_look, NULL, &r);
	if (!r)
		return;
	if (r->http >= 200 && r->http < 600)
		res->status = (int)r->http;
	if (r->type)
		res->type = r->type;
	if (r->body)
		strbuf_puts(&res->body, r->body);
}

static int
refuse(struct driver *d, enum cloud_verdict verdict, const struct cloud_proof *proof,
	struct raw_response *res)
{
	if (verdict == VERIFY_CERTIFICATE) {
		if (!d->fetching) {
			snprintf(d->fetching_from, sizeof(d->fetching_from), "%s",
				proof->certificate_url);
			d->fetching = fetch(d, proof->certificate_url, on_certificate);
		}
		res->status = 503;
		strbuf_puts(&res->body, "its certificate is being fetched; try again");
		return 0;
	}
	strbuf_puts(&res->body, verdict == VERIFY_STALE
					? "the signature is from another time"
					: "the signature is not the provider's");
	cloud_note(d, "< webhook refused: %s", res->body.s);
	return -EACCES;
}

int
cloud_webhook(struct driver *d, const struct raw_request *rq, struct raw_response *res)
{
	const struct cloud_profile *p = d->config.profile;
	struct cloud_doc doc;
	struct cloud_proof proof = {.rq = rq,
		.now = clock_wall(loop_clock(d->loop)),
		.certificate = d->certificate.len ? d->certificate.s : NULL,
		.certificate_from = d->certificate_from,
		.certificate_len = d->certificate.len};
	if (!p->verify_count) {
		strbuf_printf(&res->body, "%s calls nobody", p->name);
		return -ENOENT;
	}
	int r = 0;
	cloud_doc_open(&doc, rq->body, rq->len, rq->query, rq->headers, rq->header_count);
	enum cloud_verdict verdict = cloud_verify(&d->config.account, &doc, &proof);
	if (verdict != VERIFY_GOOD) {
		r = refuse(d, verdict, &proof, res);
	} else if (json_object_get(doc.json, "SubscribeURL") &&
		   !strcmp(proof.by->scheme, "sns")) {
		confirm(d, &doc);
	} else {
		struct strbuf packed AUTO(strbuf_done) = STRBUF_INIT(PACKED_MOST);
		const char *type = raw_header(rq, "content-type");
		cloud_pack(rq->query, type ? type : "", rq->body ? rq->body : "", rq->len,
			&packed);
		cloud_note(d, "< webhook, %zu bytes", rq->len);
		if (packed.full || !channel_hook(d->channel, packed.s, packed.len)) {
			strbuf_puts(&res->body, "it is too large");
			r = -EINVAL;
		} else {
			reply(d, &doc, res);
		}
	}
	cloud_doc_close(&doc);
	return r;
}
