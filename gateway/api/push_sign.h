/* How what we send is signed. Pure.
 *
 * Webhooks: "t=SECONDS,v1=HEX", where HEX is HMAC-SHA256 over "SECONDS.BODY" under the
 * webhook's secret. A receiver recomputes it over the bytes as they came and refuses what
 * is older than a few minutes.
 *
 * The Twilio-compatible API: X-Twilio-Signature as Twilio documents it ("Validating
 * Signatures from Twilio"): base64 of HMAC-SHA1, under the account's auth token, over the
 * whole url followed by the names and values of the form, sorted by name. */
#ifndef MALGIL_API_PUSH_SIGN_H
#define MALGIL_API_PUSH_SIGN_H

#include "gateway/base/strbuf.h"

/* Appends the value of Malgil-Signature. */
void push_sign(const char *secret, int64_t seconds, const void *body, size_t len,
	struct strbuf *ret);

/* A form to be sent: fields in any order. Values are borrowed until it is written. */
#define PUSH_FIELDS 32
struct push_form {
	struct {
		const char *name, *value;
	} fields[PUSH_FIELDS];
	size_t count;
};
/* NULL leaves it out. */
void push_form_add(struct push_form *form, const char *name, const char *value);
/* application/x-www-form-urlencoded, appended. */
void push_form_write(const struct push_form *form, struct strbuf *ret);
/* Percent-encodes everything but A-Z a-z 0-9 - _ . ~ ; appended. */
void push_form_escape(struct strbuf *ret, const char *text);
/* Appends the value of X-Twilio-Signature. Sorts the fields. */
void push_sign_twilio(
	const char *token, const char *url, struct push_form *form, struct strbuf *ret);

#endif
