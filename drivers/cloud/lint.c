/* What a table of settings cannot say about a profile: names that stand for something,
 * templates that give JSON, paths that lead somewhere. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "drivers/cloud/build.h"
#include "drivers/cloud/doc.h"
#include "drivers/cloud/hook.h"
#include "gateway/base/suggest.h"

#define SAMPLE "say \"hi\" \\ \xEC\x95\x88\xEB\x85\x95 & more\n"

static const char *const verify_names[] = {"url", "url.base", "method", "path_query",
	"params", "query.sorted", "body", "body.sha256", "body.sha256hex",
	"url.sha256hex", NULL};

struct lint {
	const struct cloud_profile *p;
	struct strbuf *err;
	int r;
	bool verifying;   /* other names mean something there */
	const char *text; /* whose names are looked at */
};

/* The setting in the file whose text this is: it has the line. */
static const struct conf_node *
node_of(const struct conf_node *at, const char *text)
{
	if (conf_text(at))
		return !strcmp(conf_text(at), text) ? at : NULL;
	/* libconfig counts nothing in a number. */
	for (size_t i = 0; i < conf_count(at); i++) {
		const struct conf_node *found = node_of(conf_at(at, i), text);
		if (found)
			return found;
	}
	return NULL;
}

static void
	PRINTF_LIKE(3, 4) complain(struct lint *l, const char *text, const char *fmt, ...)
{
	const struct conf_node *root = conf_get(conf_root(l->p->document), "provider");
	const struct conf_node *node = text ? node_of(root, text) : root;
	char said[400];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	l->r = conf_fail(node ? node : root, l->err, "%s", said);
}

/* ---- one of several words ---- */

static void
one_of(struct lint *l, const char *setting, const char *value, const char *const *words)
{
	struct suggest near;
	struct strbuf all AUTO(strbuf_done) = STRBUF_INIT(300);
	if (!value)
		return;
	suggest_init(&near, value);
	for (size_t i = 0; words[i]; i++) {
		if (!strcmp(words[i], value))
			return;
		suggest_offer(&near, words[i]);
		strbuf_printf(&all, "%s%s", i ? ", " : "", words[i]);
	}
	if (near.best)
		complain(l, value, "%s = \"%s\"; did you mean '%s'?", setting, value,
			near.best);
	else
		complain(l, value, "%s = \"%s\" is none of %s", setting, value, all.s);
}

static void
secret_named(struct lint *l, const char *setting, const char *name)
{
	struct suggest near;
	if (!name) {
		complain(l, NULL,
			"%s: the setting 'key' is missing, the name of a secret",
			setting);
		return;
	}
	suggest_init(&near, name);
	for (size_t i = 0; i < l->p->secrets.count; i++) {
		if (!strcmp(l->p->secrets.list[i], name))
			return;
		suggest_offer(&near, l->p->secrets.list[i]);
	}
	complain(l, strchr(setting, '{') ? setting : name,
		"%s: '%s' is not among the secrets%s%s%s", setting, name,
		near.best ? "; did you mean '" : "", near.best ? near.best : "",
		near.best ? "'?" : "");
}

/* ---- names in templates ---- */

static void
check_name(void *arg, const char *name)
{
	struct lint *l = arg;
	struct suggest near;
	const char *const *names = l->verifying ? verify_names : cloud_names;
	if (!strncmp(name, "secret:", 7)) {
		secret_named(l, l->text, name + 7);
		return;
	}
	if (!strncmp(name, "cfg:", 4) ||
		(l->verifying &&
			(!strncmp(name, "header:", 7) || !strncmp(name, "query:", 6))))
		return;
	suggest_init(&near, name);
	for (; *names; names++) {
		if (!strcmp(*names, name))
			return;
		suggest_offer(&near, *names);
	}
	complain(l, l->text, "there is no '{%s}' here%s%s%s", name,
		near.best ? "; did you mean '{" : "", near.best ? near.best : "",
		near.best ? "}'?" : "");
}

static bool
any_value(void *arg, const char *name, struct strbuf *out)
{
	(void)arg;
	strbuf_puts(out, !strcmp(name, "msg.text")       ? SAMPLE
			 : !strncmp(name, "var:", 4)     ? "1760000000"
			 : !strcmp(name, "cfg:base_url") ? "https://api.example"
							 : "Sample1");
	return true;
}

/* Names known, modifiers too; the filled text in `out` (may be NULL). */
static void template(
	struct lint *l, const char *text, enum tpl_context context, struct strbuf *out)
{
	struct strbuf filled AUTO(strbuf_done) = STRBUF_INIT(256 * 1024);
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct tpl_scope scope = {any_value, NULL};
	if (!text)
		return;
	l->text = text;
	int before = l->r;
	l->r = 0;
	tpl_names(text, check_name, l);
	if (!l->r && !tpl_fill(text, context, &scope, out ? out : &filled, &why))
		complain(l, text, "%s", why.s);
	l->r = l->r ? l->r : before;
}

static void
json_template(struct lint *l, const char *text)
{
	struct strbuf out AUTO(strbuf_done) = STRBUF_INIT(256 * 1024);
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	int before = l->r;
	l->r = 0;
	template(l, text, TPL_JSON, &out);
	json_t *json = l->r ? NULL : json_read(out.s, out.len, &why);
	if (!l->r && !json)
		complain(l, text, "filled with samples it is no JSON: %s", why.s);
	json_decref(json);
	l->r = l->r ? l->r : before;
}

static void
path(struct lint *l, const char *text)
{
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (!text || strchr(text, '{'))
		return;
	if (cloud_path_check(text, &why) < 0)
		complain(l, text, "%s", why.s);
}

static void
paths(struct lint *l, const struct cloud_texts *t)
{
	for (size_t i = 0; i < t->count; i++)
		path(l, t->list[i]);
}

static void
rules(struct lint *l, const struct cloud_pairs *r)
{
	for (size_t i = 0; i < r->count; i++)
		path(l, r->list[i].k);
}

/* ---- requests ---- */

static void
body(struct lint *l, const struct cloud_body *b)
{
	static const char *const types[] = {"form", "json", "query", "none", NULL};
	if (!b)
		return;
	if (!b->type) {
		complain(l, NULL, "a body lacks its type: form, json, query or none");
		return;
	}
	one_of(l, "type", b->type, types);
	bool json = !strcmp(b->type, "json");
	if (b->content && !json)
		complain(l, b->content,
			"a template is for a body of JSON; a %s has fields", b->type);
	else if (b->content)
		json_template(l, b->content);
	for (size_t i = 0; i < b->fields.count; i++) {
		const struct cloud_pair *f = &b->fields.list[i];
		if (!f->v)
			complain(l, f->k, "%s has no v", f->k);
		else if (json && (*f->k != '/' || !json_pointer_valid(f->k)))
			complain(l, f->k,
				"'%s' is no place in JSON: \"/to\" or \"/to/0/number\" "
				"would "
				"be",
				f->k);
		template(l, f->v, TPL_PLAIN, NULL);
	}
}

static void
headers(struct lint *l, const struct cloud_pairs *h)
{
	for (size_t i = 0; i < h->count; i++) {
		const char *name = h->list[i].k;
		if (strpbrk(name, " :\r\n\t") || !*name)
			complain(l, name, "'%s' is no name of a header", name);
		if (!strcasecmp(name, "authorization") && h->list[i].v &&
			!strstr(h->list[i].v, "{secret:") &&
			!strstr(h->list[i].v, "{sig"))
			complain(l, h->list[i].v,
				"a secret does not stand in a profile: name it, "
				"{secret:...}");
		template(l, h->list[i].v, TPL_HEADER, NULL);
	}
}

static void
needs(struct lint *l, const char *what, const char *setting, const char *value)
{
	if (!value)
		complain(l, NULL, "%s needs the setting '%s'", what, setting);
}

static void
auth(struct lint *l, const struct cloud_auth *a)
{
	static const char *const types[] = {
		"none", "basic", "header", "hmac", "aws_sigv4", "jwt", NULL};
	static const char *const encodings[] = {"hex", "base64", NULL};
	enum sign_alg alg;
	if (!a)
		return;
	if (!a->type) {
		complain(l, NULL, "auth lacks its type");
		return;
	}
	one_of(l, "type", a->type, types);
	one_of(l, "enc", a->enc, encodings);
	bool pair = !strcmp(a->type, "basic") || !strcmp(a->type, "aws_sigv4");
	bool hmac = !strcmp(a->type, "hmac"), jwt = !strcmp(a->type, "jwt");
	if (pair) {
		needs(l, a->type, "user", a->user);
		needs(l, a->type, "pass", a->pass);
	}
	if (a->pass && !strstr(a->pass, "{secret:"))
		complain(l, a->pass,
			"a secret does not stand in a profile: name it, {secret:...}");
	if (!strcmp(a->type, "header") || jwt) {
		needs(l, a->type, "header", a->header);
		needs(l, a->type, "value", a->value);
	}
	if (hmac)
		needs(l, "hmac", "base", a->base);
	if (jwt) {
		needs(l, "jwt", "claims", a->claims);
		if (a->claims)
			json_template(l, a->claims);
	}
	if (hmac || jwt)
		secret_named(l, a->type, a->key);
	if (hmac && a->alg && sign_alg_parse(a->alg, &alg) < 0)
		one_of(l, "alg", a->alg, sign_alg_names);
	if (!strcmp(a->type, "aws_sigv4"))
		needs(l, a->type, "provider", a->provider);
	template(l, a->user, TPL_HEADER, NULL);
	template(l, a->pass, TPL_HEADER, NULL);
	template(l, a->value, TPL_HEADER, NULL);
	template(l, a->base, TPL_PLAIN, NULL);
	template(l, a->provider, TPL_PLAIN, NULL);
}

static void
address(struct lint *l, const char *url)
{
	struct strbuf out AUTO(strbuf_done) = STRBUF_INIT(8192);
	int before = l->r;
	l->r = 0;
	template(l, url, TPL_URL, &out);
	if (!l->r && strncmp(out.s, "https://", 8) != 0 &&
		strncmp(out.s, "http://", 7) != 0)
		complain(l, url,
			"an address begins with https://, http:// or {cfg:base_url}");
	l->r = l->r ? l->r : before;
}

static void
call(struct lint *l, const char *name, const struct cloud_call *c)
{
	static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", NULL};
	if (!c)
		return;
	needs(l, name, "method", c->method);
	needs(l, name, "url", c->url);
	one_of(l, "method", c->method, methods);
	if (c->url)
		address(l, c->url);
	headers(l, &c->headers);
	body(l, c->body);
	auth(l, c->auth);
	rules(l, &c->ok_if);
	rules(l, &c->fail_if);
	rules(l, &c->match);
	paths(l, &c->id);
	path(l, c->each);
	path(l, c->state);
	path(l, c->price);
	path(l, c->currency);
	if (c->error) {
		paths(l, &c->error->code);
		paths(l, &c->error->text);
	}
	for (size_t i = 0; i < c->variant_count; i++) {
		const struct cloud_variant *v = &c->variants[i];
		static const char *const categories[] = {
			"notice", "reply", "service", "marketing", NULL};
		if (!v->category.count && !v->class.count)
			complain(l, v->url,
				"a variant says when it is meant: category or "
				"class");
		for (size_t k = 0; k < v->category.count; k++)
			one_of(l, "category", v->category.list[k], categories);
		if (v->url)
			address(l, v->url);
		body(l, v->body);
		headers(l, &v->headers);
	}
}

/* ---- webhooks ---- */

static void
verify(struct lint *l, const struct cloud_verify *v)
{
	static const char *const schemes[] = {
		"none", "token", "basic", "hmac", "hash", "ed25519", "jwt", "sns", NULL};
	static const char *const encodings[] = {"hex", "base64", NULL};
	static const char *const variants[] = {
		"as-is", "with-port", "without-port", NULL};
	enum sign_alg alg;
	if (!v->scheme) {
		complain(l, NULL, "verify lacks its scheme");
		return;
	}
	l->verifying = true;
	one_of(l, "scheme", v->scheme, schemes);
	one_of(l, "enc", v->enc, encodings);
	if (v->alg && sign_alg_parse(v->alg, &alg) < 0)
		one_of(l, "alg", v->alg, sign_alg_names);
	for (size_t i = 0; i < v->url_variants.count; i++)
		one_of(l, "url_variants", v->url_variants.list[i], variants);
	bool none = !strcmp(v->scheme, "none"), sns = !strcmp(v->scheme, "sns");
	bool hash = !strcmp(v->scheme, "hash");
	if (!none && !sns && !hash)
		secret_named(l, "verify", v->key);
	if (hash || !strcmp(v->scheme, "hmac") || !strcmp(v->scheme, "ed25519"))
		needs(l, v->scheme, "base", v->base);
	if (hash && v->base && !strstr(v->base, "{secret:"))
		complain(l, v->base, "what is hashed holds a secret, {secret:...}");
	if (sns)
		needs(l, "sns", "topic", v->topic);
	if (!none && !sns && strcmp(v->scheme, "basic") && strcmp(v->scheme, "jwt"))
		needs(l, v->scheme, "from", v->from);
	if (!strcmp(v->scheme, "basic"))
		needs(l, "basic", "user", v->user);
	path(l, v->from);
	path(l, v->timestamp);
	path(l, v->body_hash);
	template(l, v->base, TPL_PLAIN, NULL);
	template(l, v->base_get, TPL_PLAIN, NULL);
	template(l, v->user, TPL_PLAIN, NULL);
	template(l, v->topic, TPL_PLAIN, NULL);
	for (size_t i = 0; i < v->claims.count; i++)
		template(l, v->claims.list[i].v, TPL_PLAIN, NULL);
	l->verifying = false;
}

static void
states(struct lint *l, const struct cloud_pairs *map)
{
	for (size_t i = 0; i < map->count; i++)
		one_of(l, map->list[i].k, map->list[i].v ? map->list[i].v : "",
			cloud_state_names);
}

static void
reading(struct lint *l, const char *name, const struct cloud_reading *r,
	enum cloud_kind kind)
{
	rules(l, &r->match);
	path(l, r->each);
	paths(l, &r->id);
	paths(l, &r->code);
	paths(l, &r->why);
	const char *const all[] = {r->from, r->to, r->text, r->time, r->charset,
		r->optout_hint, r->ref, r->total, r->part, r->key, r->state, r->phone,
		r->price, r->currency};
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		path(l, all[i]);
	states(l, &r->map);
	states(l, &r->map_prefix);
	if (kind == CLOUD_INBOUND) {
		needs(l, name, "from", r->from);
		needs(l, name, "text", r->text);
		if (!r->id.count)
			complain(l, r->text,
				"inbound needs the setting 'id': without it a text that "
				"is "
				"told twice would be two");
	}
	if (kind == CLOUD_STATUS) {
		needs(l, name, "state", r->state);
		if (!r->id.count && !r->key)
			complain(l, r->state, "status needs the setting 'id' or 'key'");
	}
	if (kind == CLOUD_OPTED_OUT && !r->from && !r->phone)
		complain(l, NULL, "optout needs the setting 'phone'");
}

int
cloud_profile_lint(const struct cloud_profile *p, struct strbuf *err)
{
	static const char *const formats[] = {"e164", "e164-noplus", "national", NULL};
	static const char *const charsets[] = {"utf-8", "euc-kr", "iso-8859-1", NULL};
	static const char *const units[] = {"s", "ms", NULL};
	struct lint l = {.p = p, .err = err};
	needs(&l, "provider", "name", p->name);
	if (!p->send)
		complain(&l, NULL, "provider needs the group 'send'");
	one_of(&l, "number_format", p->number_format, formats);
	one_of(&l, "from_format", p->from_format, formats);
	one_of(&l, "charset", p->charset, charsets);
	for (size_t i = 0; i < p->class_count; i++)
		if (!p->classes[i].name || p->classes[i].max_bytes <= 0)
			complain(&l, p->classes[i].name,
				"a class has a name and max_bytes");
	call(&l, "send", p->send);
	call(&l, "poll", p->poll);
	call(&l, "lookup", p->lookup);
	call(&l, "fetch", p->fetch);
	if (p->throttle) {
		paths(&l, &p->throttle->retry_after);
		one_of(&l, "unit", p->throttle->unit, units);
	}
	for (size_t i = 0; i < p->verify_count; i++)
		verify(&l, &p->verify[i]);
	for (size_t i = 0; i < p->inbound_count; i++)
		reading(&l, "inbound", &p->inbound[i], CLOUD_INBOUND);
	for (size_t i = 0; i < p->status_count; i++)
		reading(&l, "status", &p->status[i], CLOUD_STATUS);
	for (size_t i = 0; i < p->optout_count; i++)
		reading(&l, "optout", &p->optout[i], CLOUD_OPTED_OUT);
	path(&l, p->unwrap);
	return l.r;
}
