/* What stands in place of a name: {msg.to}, {secret:key}, {var:ts_s} ... */
#include "drivers/cloud/build_inside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/sms/address.h"

#define TOKEN_LIFE 900 /* seconds */

const char *const cloud_names[] = {"msg.to", "msg.phone", "msg.from", "msg.text",
	"msg.key", "msg.id", "msg.id.0", "msg.id.1", "msg.class", "msg.category",
	"msg.encoding", "msg.country", "msg.title", "hook", "hook.status", "hook.inbound",
	"var:ts_s", "var:ts_ms", "var:exp_s", "var:iso8601", "var:salt", "var:uuid",
	"method", "url", "url.base", "path_query", "body", "sig", NULL};

static const char *
find(const struct cloud_pairs *pairs, const char *name)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (!strcmp(pairs->list[i].k, name))
			return pairs->list[i].v;
	return NULL;
}

const char *
cloud_setting(const struct cloud_account *a, const char *name)
{
	const char *own = find(&a->settings, name);
	return own ? own : find(&a->profile->defaults, name);
}

const char *
cloud_secret(const struct cloud_account *a, const char *name)
{
	return find(&a->secrets, name);
}

/* ---- numbers ---- */

static void
digits_of(const char *text, struct strbuf *out)
{
	for (; *text; text++)
		if (*text >= '0' && *text <= '9')
			strbuf_putc(out, *text);
}

/* "+821012345678" is 01012345678 of country 82. */
static void
put_national(const char *e164, bool country, struct strbuf *out)
{
	char region[4], text[48];
	struct strbuf own AUTO(strbuf_done) = STRBUF_INIT(64);
	sms_number_region(e164, region);
	if (*e164 != '+' || !*region) {
		if (!country)
			digits_of(e164, out);
		return;
	}
	sms_number_format(e164, region, text);
	digits_of(text, &own);
	if (!country) {
		strbuf_add(out, own.s, own.len);
		return;
	}
	const char *bare = own.s;
	while (*bare == '0')
		bare++;
	size_t tail = strlen(bare), all = strlen(e164 + 1);
	if (tail < all)
		strbuf_add(out, e164 + 1, all - tail);
}

static void
put_number(const char *format, const char *number, struct strbuf *out)
{
	bool phone = *number == '+' || (*number >= '0' && *number <= '9');
	if (phone && format && !strcmp(format, "national"))
		put_national(number, false, out);
	else if (phone && format && !strcmp(format, "e164-noplus"))
		digits_of(number, out);
	else
		strbuf_puts(out, number);
}

/* ---- names ---- */

static void
put_secret(struct build *b, const char *value, struct strbuf *out)
{
	strbuf_puts(out, b->moment->mask ? "MASKED" : value);
}

static bool
put_named(struct build *b, const struct cloud_pairs *pairs, const char *name, bool secret,
	struct strbuf *out)
{
	const char *value = find(pairs, name);
	if (!value && !secret)
		value = find(&b->profile->defaults, name);
	if (!value) {
		strbuf_set(b->err,
			secret ? "the channel lacks the secret '%s'"
			       : "the channel lacks the setting '%s'",
			name);
		return false;
	}
	if (secret)
		put_secret(b, value, out);
	else
		strbuf_puts(out, value);
	return true;
}

static void
put_id_part(const char *id, int n, struct strbuf *out)
{
	const char *colon = strchr(id, ':');
	if (!n)
		strbuf_add(out, id, colon ? (size_t)(colon - id) : strlen(id));
	else if (colon)
		strbuf_puts(out, colon + 1);
}

static bool
put_message(struct build *b, const char *name, struct strbuf *out)
{
	const struct cloud_message *m = b->m;
	const char *title;
	if (!strcmp(name, "to"))
		put_number(b->profile->number_format, m->to, out);
	else if (!strcmp(name, "phone"))
		strbuf_puts(out, m->to);
	else if (!strcmp(name, "from"))
		put_number(b->profile->number_format, m->from, out);
	else if (!strcmp(name, "text"))
		strbuf_puts(out, m->text);
	else if (!strcmp(name, "key"))
		strbuf_puts(out, m->key);
	else if (!strcmp(name, "id"))
		strbuf_puts(out, *m->id ? m->id : m->key);
	else if (!strcmp(name, "id.0") || !strcmp(name, "id.1"))
		put_id_part(m->id, name[3] - '0', out);
	else if (!strcmp(name, "class"))
		strbuf_puts(out, b->r->class);
	else if (!strcmp(name, "category"))
		strbuf_puts(out, m->category);
	else if (!strcmp(name, "encoding"))
		strbuf_puts(out, b->r->encoding);
	else if (!strcmp(name, "country"))
		put_national(m->to, true, out);
	else if (!strcmp(name, "title") && (title = cloud_setting(b->account, "title")))
		strbuf_puts(out, title);
	else
		return !strcmp(name, "title");
	return true;
}

static bool
put_variable(struct build *b, const char *name, struct strbuf *out)
{
	char text[ISO_MAX];
	int64_t now = b->moment->now;
	const char *salt = b->moment->salt;
	if (!strcmp(name, "ts_s"))
		strbuf_printf(out, "%lld", (long long)(now / 1000));
	else if (!strcmp(name, "exp_s"))
		strbuf_printf(out, "%lld", (long long)now / 1000 + TOKEN_LIFE);
	else if (!strcmp(name, "ts_ms"))
		strbuf_printf(out, "%lld", (long long)now);
	else if (!strcmp(name, "salt"))
		strbuf_puts(out, salt);
	else if (!strcmp(name, "uuid"))
		strbuf_printf(out, "%.8s-%.4s-4%.3s-a%.3s-%.12s", salt, salt + 8,
			salt + 13, salt + 17, salt + 20);
	else if (!strcmp(name, "iso8601")) {
		iso_format(now, 0, text);
		strbuf_puts(out, text);
	} else
		return false;
	return true;
}

static const char *
path_of(const char *url)
{
	const char *host = strstr(url, "://");
	const char *path = host ? strchr(host + 3, '/') : NULL;
	return path ? path : "/";
}

static bool
put_request(struct build *b, const char *name, struct strbuf *out)
{
	const struct cloud_request *r = b->r;
	if (!strcmp(name, "method"))
		strbuf_puts(out, r->method);
	else if (!strcmp(name, "url"))
		strbuf_add(out, r->url.s, r->url.len);
	else if (!strcmp(name, "url.base"))
		strbuf_add(out, r->url.s, strcspn(r->url.s, "?"));
	else if (!strcmp(name, "path_query"))
		strbuf_puts(out, path_of(r->url.s));
	else if (!strcmp(name, "body"))
		strbuf_add(out, r->body.s, r->body.len);
	else if (!strcmp(name, "sig"))
		put_secret(b, b->sig.s, out);
	else
		return false;
	return true;
}

static bool
value_of(void *arg, const char *name, struct strbuf *out)
{
	struct build *b = arg;
	if (!strncmp(name, "secret:", 7))
		return put_named(b, &b->account->secrets, name + 7, true, out);
	if (!strncmp(name, "cfg:", 4))
		return put_named(b, &b->account->settings, name + 4, false, out);
	if (!strncmp(name, "msg.", 4))
		return put_message(b, name + 4, out);
	if (!strncmp(name, "var:", 4))
		return put_variable(b, name + 4, out);
	if (!strcmp(name, "hook") || !strncmp(name, "hook.", 5)) {
		strbuf_puts(out, b->account->hook);
		return true;
	}
	return put_request(b, name, out);
}

int
build_fill(
	struct build *b, const char *text, enum tpl_context context, struct strbuf *out)
{
	struct tpl_scope scope = {value_of, b};
	return tpl_fill(text, context, &scope, out, b->err) ? 0 : -EINVAL;
}
