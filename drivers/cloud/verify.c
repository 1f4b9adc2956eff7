#include "drivers/cloud/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "drivers/cloud/template.h"
#include "gateway/base/iso.h"

#define BASE_MOST (1024u * 1024)
#define LEEWAY    (5 * SECOND)
#define TOLERANCE (5 * MINUTE)
#define PARAMS    256

struct check {
	const struct cloud_account *account;
	const struct cloud_verify *v;
	const struct cloud_doc *doc;
	const struct raw_request *rq;
	const char *url; /* as this variant writes it */
};

/* ---- parameters in their canonical order ---- */

struct param {
	char *name, *value;
	size_t value_len;
};

struct params {
	struct param list[PARAMS];
	size_t count;
};

static void
add_param(struct params *p, const char *name, const char *value, size_t len)
{
	if (p->count == PARAMS)
		return;
	struct param *one = &p->list[p->count++];
	one->name = xstrdup(name);
	one->value = xmalloc(len + 1);
	memcpy(one->value, value, len);
	one->value[len] = '\0';
	one->value_len = len;
}

static void
add_form(struct params *p, const char *form, size_t len)
{
	struct strbuf name AUTO(strbuf_done) = STRBUF_INIT(len + 1);
	struct strbuf value AUTO(strbuf_done) = STRBUF_INIT(len + 1);
	size_t at = 0;
	while (raw_form_next(form, len, &at, &name, &value))
		add_param(p, name.s, value.s, value.len);
}

static void
add_json(struct params *p, const json_t *object)
{
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(BASE_MOST);
		if (json_is_string(value))
			strbuf_puts(&text, json_string_value(value));
		else if (json_is_integer(value))
			strbuf_printf(
				&text, "%lld", (long long)json_integer_value(value));
		add_param(p, name, text.s, text.len);
	}
}

static void
free_params(struct params *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->list[i].name);
		free(p->list[i].value);
	}
}

static int
by_name(const void *a, const void *b)
{
	const struct param *x = a, *y = b;
	int order = strcmp(x->name, y->name);
	return order ? order : strcmp(x->value, y->value);
}

static void
put_value(const struct cloud_canon *canon, const struct param *p, struct strbuf *out)
{
	struct strbuf v AUTO(strbuf_done) = STRBUF_INIT(BASE_MOST);
	for (size_t i = 0; i < p->value_len; i++) {
		char c = p->value[i];
		const char *with = NULL;
		for (size_t k = 0; canon && k < canon->replace.count; k++)
			if (canon->replace.list[k].k[0] == c)
				with = canon->replace.list[k].v;
		if (with)
			strbuf_puts(&v, with);
		else
			strbuf_putc(&v, c);
	}
	if (canon && canon->urlenc)
		tpl_url_encode(out, v.s, v.len, "");
	else
		strbuf_add(out, v.s, v.len);
}

static bool
is_excluded(const struct cloud_canon *canon, const char *name)
{
	for (size_t i = 0; canon && i < canon->exclude.count; i++)
		if (!strcmp(canon->exclude.list[i], name))
			return true;
	return false;
}

static void
put_params(struct params *p, const struct cloud_canon *canon, const char *kv,
	const char *pair, struct strbuf *out)
{
	bool first = true;
	kv = canon && canon->kv ? canon->kv : kv;
	pair = canon && canon->pair ? canon->pair : pair;
	qsort(p->list, p->count, sizeof(p->list[0]), by_name);
	for (size_t i = 0; i < p->count; i++) {
		const struct param *one = &p->list[i];
		bool again = i && canon && canon->dedup && !by_name(one, one - 1);
		if (again || is_excluded(canon, one->name))
			continue;
		strbuf_puts(out, !first ? pair : canon && canon->lead ? canon->lead : "");
		first = false;
		strbuf_printf(out, "%s%s", one->name, kv);
		put_value(canon, one, out);
	}
}

static bool
hash_in_query(const struct check *c)
{
	struct strbuf v AUTO(strbuf_done) = STRBUF_INIT(256);
	return c->v->body_hash && cloud_pick(c->doc, NULL, c->v->body_hash, &v);
}

static const char *
base_of(const struct check *c)
{
	bool get = !strcmp(c->rq->method, "GET");
	return get && c->v->base_get ? c->v->base_get : c->v->base;
}

static void
put_body_params(const struct check *c, struct strbuf *out)
{
	struct params p;
	p.count = 0;
	if (!hash_in_query(c)) {
		if (c->doc->form)
			add_form(&p, c->doc->body, c->doc->len);
		else if (json_is_object(c->doc->json))
			add_json(&p, c->doc->json);
		/* An address that is signed whole brings its query with it. */
		if (!strstr(base_of(c), "{url}") && !c->doc->len)
			add_form(&p, c->doc->query, strlen(c->doc->query));
	}
	put_params(&p, c->v->params, "", "", out);
	free_params(&p);
}

static void
put_query(const struct check *c, struct strbuf *out)
{
	struct params p;
	p.count = 0;
	add_form(&p, c->doc->query, strlen(c->doc->query));
	put_params(&p, c->v->query, "=", "&", out);
	free_params(&p);
}

/* ---- names in what is signed ---- */

static void
put_hash(const char *data, size_t len, bool hex, struct strbuf *out)
{
	struct strbuf md AUTO(strbuf_done) = STRBUF_INIT(64);
	sign_digest(SIGN_SHA256, data, len, &md);
	if (hex)
		sign_hex(out, md.s, md.len);
	else
		strbuf_add(out, md.s, md.len);
}

static bool
value_of(void *arg, const char *name, struct strbuf *out)
{
	const struct check *c = arg;
	const char *value = NULL;
	if (!strncmp(name, "secret:", 7))
		value = cloud_secret(c->account, name + 7);
	else if (!strncmp(name, "cfg:", 4))
		value = cloud_setting(c->account, name + 4);
	if (value) {
		strbuf_puts(out, value);
		return true;
	}
	if (!strcmp(name, "url"))
		strbuf_puts(out, c->url);
	else if (!strcmp(name, "method"))
		strbuf_puts(out, c->rq->method);
	else if (!strcmp(name, "url.base"))
		strbuf_add(out, c->url, strcspn(c->url, "?"));
	else if (!strcmp(name, "path_query"))
		strbuf_puts(out, c->rq->target);
	else if (!strcmp(name, "params"))
		put_body_params(c, out);
	else if (!strcmp(name, "query.sorted"))
		put_query(c, out);
	else if (!strcmp(name, "body"))
		strbuf_add(out, c->doc->body, c->doc->len);
	else if (!strcmp(name, "body.sha256"))
		put_hash(c->doc->body, c->doc->len, false, out);
	else if (!strcmp(name, "body.sha256hex"))
		put_hash(c->doc->body, c->doc->len, true, out);
	else if (!strcmp(name, "url.sha256hex"))
		put_hash(c->url, strlen(c->url), true, out);
	else if (!strncmp(name, "header:", 7) || !strncmp(name, "query:", 6))
		return cloud_pick(c->doc, NULL, name, out);
	else
		return false;
	return true;
}

static bool
fill(const struct check *c, const char *text, struct strbuf *out)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct tpl_scope scope = {value_of, (void *)(uintptr_t)c};
	return text && tpl_fill(text, TPL_PLAIN, &scope, out, &err);
}

bool
cloud_verify_base(const struct cloud_account *account, const struct cloud_verify *v,
	const struct cloud_doc *doc, const struct raw_request *rq, const char *url,
	struct strbuf *out)
{
	struct check c = {account, v, doc, rq, url};
	return fill(&c, base_of(&c), out);
}

bool
cloud_verify_sign(const struct cloud_account *account, const struct cloud_verify *v,
	const struct strbuf *base, struct strbuf *out)
{
	struct strbuf md AUTO(strbuf_done) = STRBUF_INIT(128);
	enum sign_alg alg = SIGN_SHA256;
	if (v->alg && sign_alg_parse(v->alg, &alg) < 0)
		return false;
	if (!strcmp(v->scheme, "hmac")) {
		const char *key = cloud_secret(account, v->key);
		if (!key)
			return false;
		sign_hmac(alg, key, strlen(key), base->s, base->len, &md);
	} else {
		sign_digest(alg, base->s, base->len, &md);
	}
	if (v->enc && !strcmp(v->enc, "hex"))
		sign_hex(out, md.s, md.len);
	else
		sign_base64(out, md.s, md.len, false);
	return true;
}

/* ---- schemes ---- */

static bool
same_text(const char *a, size_t a_len, const struct strbuf *want, bool hex)
{
	if (!hex)
		return sign_same(a, a_len, want->s, want->len);
	struct strbuf x AUTO(strbuf_done) = STRBUF_INIT(256);
	struct strbuf y AUTO(strbuf_done) = STRBUF_INIT(256);
	return sign_from_hex(a, a_len, &x) && sign_from_hex(want->s, want->len, &y) &&
	       sign_same(x.s, x.len, y.s, y.len);
}

static bool
check_text(const struct check *c, const struct strbuf *have)
{
	const struct cloud_verify *v = c->v;
	struct strbuf base AUTO(strbuf_done) = STRBUF_INIT(BASE_MOST);
	struct strbuf want AUTO(strbuf_done) = STRBUF_INIT(256);
	bool hex = v->enc && !strcmp(v->enc, "hex");
	if (!fill(c, base_of(c), &base) ||
		!cloud_verify_sign(c->account, v, &base, &want))
		return false;
	const char *at = have->s;
	for (size_t n; *at; at += n) {
		n = v->separator ? strcspn(at, v->separator) : strlen(at);
		if (same_text(at, n, &want, hex))
			return true;
		n += v->separator ? strspn(at + n, v->separator) : 0;
		while (v->separator && at[n] == ' ')
			n++;
	}
	return false;
}

static bool
check_ed25519(const struct check *c, const struct strbuf *have)
{
	const char *key = cloud_secret(c->account, c->v->key);
	struct strbuf pub AUTO(strbuf_done) = STRBUF_INIT(64);
	struct strbuf sig AUTO(strbuf_done) = STRBUF_INIT(128);
	struct strbuf base AUTO(strbuf_done) = STRBUF_INIT(BASE_MOST);
	return key && fill(c, base_of(c), &base) &&
	       sign_from_base64(key, strlen(key), &pub) &&
	       sign_from_base64(have->s, have->len, &sig) &&
	       sign_ed25519_valid(&pub, &sig, base.s, base.len);
}

/* The same address, as other machines on the way may have written it. */
static void
url_variant(const char *url, const char *how, struct strbuf *out)
{
	const char *host = strstr(url, "://");
	size_t scheme = host ? (size_t)(host - url) + 3 : 0;
	size_t n = scheme + strcspn(url + scheme, "/?");
	const char *colon = memchr(url + scheme, ':', n - scheme);
	size_t bare = colon ? (size_t)(colon - url) : n;
	strbuf_add(out, url, !strcmp(how, "as-is") ? n : bare);
	if (!strcmp(how, "with-port"))
		strbuf_puts(out, strncmp(url, "https", 5) ? ":80" : ":443");
	strbuf_puts(out, url + n);
}

static bool
check_body_hash(const struct check *c)
{
	struct strbuf have AUTO(strbuf_done) = STRBUF_INIT(256);
	struct strbuf want AUTO(strbuf_done) = STRBUF_INIT(256);
	if (!hash_in_query(c))
		/* A body that is no form is not signed at all without its hash. */
		return !c->v->body_hash || c->doc->form || !c->doc->len;
	cloud_pick(c->doc, NULL, c->v->body_hash, &have);
	put_hash(c->doc->body, c->doc->len, true, &want);
	return same_text(have.s, have.len, &want, true);
}

static bool
check_signature(struct check *c, const struct strbuf *have)
{
	static char as_is[] = "as-is";
	char *usual[] = {as_is};
	struct cloud_texts variants = c->v->url_variants;
	if (!variants.count)
		variants = (struct cloud_texts){usual, 1};
	bool edwards = !strcmp(c->v->scheme, "ed25519");
	if (!have->len || !check_body_hash(c))
		return false;
	for (size_t i = 0; i < variants.count; i++) {
		struct strbuf url AUTO(strbuf_done) = STRBUF_INIT(8192);
		url_variant(c->rq->url, variants.list[i], &url);
		c->url = url.s;
		bool good = edwards ? check_ed25519(c, have) : check_text(c, have);
		c->url = c->rq->url;
		if (good)
			return true;
	}
	return false;
}

static bool
is_fresh(const struct check *c, int64_t now)
{
	struct strbuf t AUTO(strbuf_done) = STRBUF_INIT(64);
	int64_t at, tolerance = c->v->tolerance ? c->v->tolerance : TOLERANCE;
	bool local;
	if (!c->v->timestamp)
		return true;
	if (!cloud_pick(c->doc, NULL, c->v->timestamp, &t) || !t.len || t.full)
		return false;
	if (strspn(t.s, "0123456789") == t.len) {
		at = strtoll(t.s, NULL, 10);
		if (at > INT64_C(1) << 53)
			return false;
		at *= c->v->unit && !strcmp(c->v->unit, "ms") ? 1 : 1000;
	} else if (iso_parse(t.s, &at, &local) < 0) {
		return false;
	}
	return at > now - tolerance && at < now + tolerance;
}

/* ---- tokens ---- */

static bool
claim_holds(const struct check *c, const json_t *claims, const struct cloud_pair *rule)
{
	struct strbuf want AUTO(strbuf_done) = STRBUF_INIT(8192);
	const char *have = json_string_value(json_object_get(claims, rule->k));
	if (!have)
		return rule->optional && !c->doc->len;
	return fill(c, rule->v, &want) && sign_same(have, strlen(have), want.s, want.len);
}

static bool
claims_are_fresh(const struct check *c, const json_t *claims, int64_t now)
{
	const json_t *exp = json_object_get(claims, "exp");
	const json_t *nbf = json_object_get(claims, "nbf");
	const json_t *iat = json_object_get(claims, "iat");
	int64_t tolerance = c->v->tolerance ? c->v->tolerance : TOLERANCE;
	int64_t t = now / 1000, leeway = LEEWAY / 1000;
	if (json_is_integer(exp) && json_integer_value(exp) + leeway < t)
		return false;
	if (json_is_integer(nbf) && json_integer_value(nbf) - leeway > t)
		return false;
	if (json_is_integer(iat) &&
		(json_integer_value(iat) + tolerance / 1000 < t ||
			json_integer_value(iat) - tolerance / 1000 > t))
		return false;
	return json_is_integer(exp) || json_is_integer(iat);
}

static enum cloud_verdict
check_jwt(const struct check *c, const struct strbuf *have, int64_t now)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(16 * 1024);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	const char *key = cloud_secret(c->account, c->v->key);
	const char *token = strncasecmp(have->s, "Bearer ", 7) ? have->s : have->s + 7;
	if (!key || !sign_jwt_valid(token, key, strlen(key), &text))
		return VERIFY_BAD;
	json_t *claims = json_read(text.s, text.len, &err);
	enum cloud_verdict verdict = json_is_object(claims) ? VERIFY_GOOD : VERIFY_BAD;
	for (size_t i = 0; i < c->v->claims.count && verdict == VERIFY_GOOD; i++)
		if (!claim_holds(c, claims, &c->v->claims.list[i]))
			verdict = VERIFY_BAD;
	if (verdict == VERIFY_GOOD && !claims_are_fresh(c, claims, now))
		verdict = VERIFY_STALE;
	json_decref(claims);
	return verdict;
}

static bool
check_token(const struct check *c, const struct strbuf *have)
{
	const char *key = cloud_secret(c->account, c->v->key);
	return key && *key && sign_same(have->s, have->len, key, strlen(key));
}

static bool
check_basic(const struct check *c, const struct strbuf *have)
{
	struct strbuf want AUTO(strbuf_done) = STRBUF_INIT(1024);
	struct strbuf given AUTO(strbuf_done) = STRBUF_INIT(1024);
	const char *key = cloud_secret(c->account, c->v->key);
	if (!key || !fill(c, c->v->user, &want) ||
		strncasecmp(have->s, "Basic ", 6) != 0 ||
		!sign_from_base64(have->s + 6, have->len - 6, &given))
		return false;
	strbuf_printf(&want, ":%s", key);
	return sign_same(given.s, given.len, want.s, want.len);
}

/* ---- Amazon's notifications ---- */

/* "us-east-1", "us-gov-west-1": what is not shaped so may be a bucket of anybody's
 * ("sns.s3-us-west-2.amazonaws.com"). */
static const char *
after_region(const char *p)
{
	static const char small[] = "abcdefghijklmnopqrstuvwxyz";
	if (strspn(p, small) != 2)
		return NULL;
	for (p += 2; *p == '-' && strspn(p + 1, small);)
		p += 1 + strspn(p + 1, small);
	size_t digits = *p == '-' ? strspn(p + 1, "0123456789") : 0;
	return digits == 1 || digits == 2 ? p + 1 + digits : NULL;
}

bool
cloud_sns_address(const char *url, bool certificate)
{
	static const char head[] = "https://sns.";
	if (strncmp(url, head, sizeof(head) - 1) != 0)
		return false;
	const char *p = after_region(url + sizeof(head) - 1);
	if (!p || strncmp(p, ".amazonaws.com", 14) != 0)
		return false;
	p += 14;
	if (!strncmp(p, ".cn/", 4))
		p += 3;
	if (*p++ != '/')
		return false;
	if (!certificate)
		return true;
	size_t n = strspn(
		p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
	return n && !strcmp(p + n, ".pem");
}

static void
put_sns(const json_t *d, struct strbuf *out)
{
	static const char *const told[] = {
		"Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type", NULL};
	static const char *const asked[] = {"Message", "MessageId", "SubscribeURL",
		"Timestamp", "Token", "TopicArn", "Type", NULL};
	const char *type = json_string_value(json_object_get(d, "Type"));
	const char *const *names = type && !strcmp(type, "Notification") ? told : asked;
	for (; *names; names++) {
		const char *value = json_string_value(json_object_get(d, *names));
		if (value)
			strbuf_printf(out, "%s\n%s\n", *names, value);
	}
}

static enum cloud_verdict
check_sns(const struct check *c, struct cloud_proof *proof)
{
	const json_t *d = c->doc->json;
	const char *url = json_string_value(json_object_get(d, "SigningCertURL"));
	const char *version = json_string_value(json_object_get(d, "SignatureVersion"));
	const char *given = json_string_value(json_object_get(d, "Signature"));
	const char *topic = json_string_value(json_object_get(d, "TopicArn"));
	struct strbuf base AUTO(strbuf_done) = STRBUF_INIT(BASE_MOST);
	struct strbuf sig AUTO(strbuf_done) = STRBUF_INIT(2048);
	struct strbuf ours AUTO(strbuf_done) = STRBUF_INIT(1024);
	if (!url || !version || !given || !topic || !cloud_sns_address(url, true) ||
		!sign_from_base64(given, strlen(given), &sig) ||
		!fill(c, c->v->topic, &ours) || strcmp(ours.s, topic) != 0 ||
		strlen(url) >= sizeof(proof->certificate_url))
		return VERIFY_BAD;
	if (!proof->certificate || strcmp(proof->certificate_from, url) != 0) {
		snprintf(proof->certificate_url, sizeof(proof->certificate_url), "%s",
			url);
		return VERIFY_CERTIFICATE;
	}
	put_sns(d, &base);
	enum sign_alg alg = !strcmp(version, "1") ? SIGN_SHA1 : SIGN_SHA256;
	if (strcmp(version, "1") != 0 && strcmp(version, "2") != 0)
		return VERIFY_BAD;
	return sign_rsa_valid(proof->certificate, proof->certificate_len, proof->now, alg,
		       &sig, base.s, base.len)
		       ? VERIFY_GOOD
		       : VERIFY_BAD;
}

/* ---- all of them ---- */

static enum cloud_verdict
check_one(struct check *c, struct cloud_proof *proof)
{
	const struct cloud_verify *v = c->v;
	struct strbuf have AUTO(strbuf_done) = STRBUF_INIT(16 * 1024);
	enum cloud_verdict verdict;
	if (!strcmp(v->scheme, "none"))
		return VERIFY_GOOD;
	if (!strcmp(v->scheme, "sns")) {
		verdict = check_sns(c, proof);
	} else if (!cloud_pick(c->doc, NULL, v->from ? v->from : "header:Authorization",
			   &have) ||
		   have.full || strlen(have.s) != have.len) {
		return VERIFY_BAD;
	} else if (!strcmp(v->scheme, "jwt")) {
		return check_jwt(c, &have, proof->now);
	} else {
		bool good = !strcmp(v->scheme, "token")   ? check_token(c, &have)
			    : !strcmp(v->scheme, "basic") ? check_basic(c, &have)
							  : check_signature(c, &have);
		verdict = good ? VERIFY_GOOD : VERIFY_BAD;
	}
	if (verdict == VERIFY_GOOD && !is_fresh(c, proof->now))
		return VERIFY_STALE;
	return verdict;
}

enum cloud_verdict
cloud_verify(const struct cloud_account *account, const struct cloud_doc *doc,
	struct cloud_proof *proof)
{
	const struct cloud_profile *p = account->profile;
	enum cloud_verdict worst = VERIFY_BAD;
	for (size_t i = 0; i < p->verify_count; i++) {
		struct check c = {account, &p->verify[i], doc, proof->rq, proof->rq->url};
		enum cloud_verdict verdict = check_one(&c, proof);
		proof->by = &p->verify[i];
		if (verdict == VERIFY_GOOD)
			return verdict;
		if (verdict != VERIFY_BAD)
			worst = verdict;
	}
	return worst;
}
