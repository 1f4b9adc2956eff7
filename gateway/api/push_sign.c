#include "gateway/api/push_sign.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/net/client.h"

void
push_sign(const char *secret, int64_t seconds, const void *body, size_t len,
	struct strbuf *ret)
{
	struct strbuf said AUTO(strbuf_done) = STRBUF_INIT(len + 32);
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	strbuf_printf(&said, "%" PRId64 ".", seconds);
	strbuf_add(&said, body, len);
	if (!HMAC(EVP_sha256(), secret, (int)strlen(secret),
		    (const unsigned char *)said.s, said.len, mac, &n))
		abort();
	strbuf_printf(ret, "t=%" PRId64 ",v1=", seconds);
	for (unsigned i = 0; i < n; i++)
		strbuf_printf(ret, "%02x", mac[i]);
}

void
push_form_add(struct push_form *form, const char *name, const char *value)
{
	if (!value || form->count == PUSH_FIELDS)
		return;
	form->fields[form->count].name = name;
	form->fields[form->count++].value = value;
}

void
push_form_escape(struct strbuf *ret, const char *text)
{
	client_escape(ret, text);
}

void
push_form_write(const struct push_form *form, struct strbuf *ret)
{
	for (size_t i = 0; i < form->count; i++) {
		if (i)
			strbuf_putc(ret, '&');
		push_form_escape(ret, form->fields[i].name);
		strbuf_putc(ret, '=');
		push_form_escape(ret, form->fields[i].value);
	}
}

/* By name, then by value; the same pair twice is signed once. */
static int
by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	int order = strcmp(x[0], y[0]);
	return order ? order : strcmp(x[1], y[1]);
}

void
push_sign_twilio(
	const char *token, const char *url, struct push_form *form, struct strbuf *ret)
{
	struct strbuf said AUTO(strbuf_done) = STRBUF_INIT(1024 * 1024);
	unsigned char mac[EVP_MAX_MD_SIZE];
	char text[64];
	unsigned n = 0;
	qsort(form->fields, form->count, sizeof(form->fields[0]), by_name);
	strbuf_puts(&said, url);
	for (size_t i = 0; i < form->count; i++) {
		if (i && !by_name(&form->fields[i - 1], &form->fields[i]))
			continue;
		strbuf_puts(&said, form->fields[i].name);
		strbuf_puts(&said, form->fields[i].value);
	}
	if (!HMAC(EVP_sha1(), token, (int)strlen(token), (const unsigned char *)said.s,
		    said.len, mac, &n))
		abort();
	EVP_EncodeBlock((unsigned char *)text, mac, (int)n);
	strbuf_puts(ret, text);
}
