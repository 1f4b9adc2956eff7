#include "drivers/cloud/build_inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicode/ucnv.h>
#include <unicode/ustring.h>

#include "gateway/net/json.h"
#include "gateway/sms/gsm7.h"

#define URL_MOST  8192
#define BODY_MOST (256u * 1024)

/* ---- classes ---- */

int64_t
cloud_bytes(const char *charset, const char *text, char ret_letter[8])
{
	int64_t bytes = 0;
	if (!charset || !strcmp(charset, "utf-8"))
		return (int64_t)strlen(text);
	UErrorCode status = U_ZERO_ERROR;
	/* What Korean networks carry is CP949's letters. */
	UConverter *c =
		ucnv_open(!strcmp(charset, "euc-kr") ? "windows-949" : charset, &status);
	if (U_FAILURE(status))
		return -1;
	ucnv_setFromUCallBack(c, UCNV_FROM_U_CALLBACK_STOP, NULL, NULL, NULL, &status);
	for (size_t i = 0, len = strlen(text); i < len && bytes >= 0;) {
		size_t from = i;
		UChar32 letter;
		UChar units[2];
		char out[16];
		int32_t n = 0;
		U8_NEXT(text, i, len, letter);
		status = U_ZERO_ERROR;
		U16_APPEND_UNSAFE(units, n, letter < 0 ? 0xFFFD : letter);
		n = ucnv_fromUChars(c, out, sizeof(out), units, n, &status);
		bytes += n;
		if (U_FAILURE(status) || letter < 0) {
			snprintf(ret_letter, 8, "%.*s", (int)MIN(i - from, 7),
				text + from);
			bytes = -1;
		}
	}
	ucnv_close(c);
	return bytes;
}

static int
choose_class(struct build *b)
{
	const struct cloud_profile *p = b->profile;
	char letter[8] = "";
	int64_t n = p->charset ? cloud_bytes(p->charset, b->m->text, letter) : 0;
	if (n < 0) {
		strbuf_set(b->err, "%s has no letter '%s': the provider would refuse it",
			p->charset, letter);
		return -EINVAL;
	}
	for (size_t i = 0; i < p->class_count; i++) {
		if (n > p->classes[i].max_bytes)
			continue;
		snprintf(b->r->class, sizeof(b->r->class), "%s", p->classes[i].name);
		return 0;
	}
	if (!p->class_count)
		return 0;
	strbuf_set(b->err, "%lld bytes in %s are more than the %lld of %s", (long long)n,
		p->charset, (long long)p->classes[p->class_count - 1].max_bytes,
		p->classes[p->class_count - 1].name);
	return -EINVAL;
}

static bool
is_gsm7(const char *text)
{
	uint8_t septets[2];
	for (size_t i = 0, len = strlen(text); i < len;) {
		UChar32 letter;
		U8_NEXT(text, i, len, letter);
		if (letter < 0 || !gsm7_from_scalar((uint32_t)letter, 0, 0, septets))
			return false;
	}
	return true;
}

/* ---- bodies ---- */

static json_t *
value_for(const struct cloud_pair *field, const char *text)
{
	json_t *v = NULL;
	if (field->raw && (!strcmp(text, "true") || !strcmp(text, "false")))
		v = json_boolean(*text == 't');
	else if (field->raw)
		v = json_integer(strtoll(text, NULL, 10));
	else
		v = json_string(text);
	if (!v || !field->list)
		return v;
	json_t *list = json_array();
	json_array_append_new(list, v);
	return list;
}

/* Puts a value where a pointer says, making the objects and lists on the way. */
static bool
put_at(json_t *at, const char *pointer, json_t *value)
{
	char name[96];
	for (const char *p = pointer; *p == '/';) {
		size_t n = strcspn(p + 1, "/");
		snprintf(
			name, sizeof(name), "%.*s", (int)MIN(n, sizeof(name) - 1), p + 1);
		p += n + 1;
		bool last = !*p, index = json_is_array(at);
		size_t i = strtoul(name, NULL, 10);
		json_t *next = index ? json_array_get(at, i) : json_object_get(at, name);
		if (last || !next) {
			bool list = !last && p[1] >= '0' && p[1] <= '9';
			next = last   ? json_incref(value)
			       : list ? json_array()
				      : json_object();
			if (index ? json_array_append_new(at, next)
				  : json_object_set_new(at, name, next))
				break;
		}
		at = next;
		if (last) {
			json_decref(value);
			return true;
		}
		if (!json_is_object(at) && !json_is_array(at))
			break;
	}
	json_decref(value);
	return false;
}

static int
fill_json(struct build *b, const struct cloud_pairs *fields, struct strbuf *out)
{
	json_t *root = json_object();
	int r = 0;
	for (size_t i = 0; i < fields->count && !r; i++) {
		const struct cloud_pair *f = &fields->list[i];
		struct strbuf v AUTO(strbuf_done) = STRBUF_INIT(BODY_MOST);
		r = f->raw ? 0 : build_fill(b, f->v, TPL_PLAIN, &v);
		if (r || (f->optional && !f->raw && !v.len))
			continue;
		json_t *value = value_for(f, f->raw ? f->v : v.s);
		if (value && put_at(root, f->k, value))
			continue;
		strbuf_set(b->err, "%s: '%s' cannot be put into the JSON", f->k, v.s);
		r = -EINVAL;
	}
	char *text = r ? NULL : json_dumps(root, JSON_COMPACT);
	if (text)
		strbuf_puts(out, text);
	free(text);
	json_decref(root);
	return r;
}

static int
fill_form(struct build *b, const struct cloud_pairs *fields, struct strbuf *out)
{
	size_t from = out->len;
	for (size_t i = 0; i < fields->count; i++) {
		const struct cloud_pair *f = &fields->list[i];
		struct strbuf v AUTO(strbuf_done) = STRBUF_INIT(BODY_MOST);
		if (build_fill(b, f->v, TPL_PLAIN, &v) < 0)
			return -EINVAL;
		if (f->optional && !v.len)
			continue;
		if (out->len > from)
			strbuf_putc(out, '&');
		tpl_url_encode(out, f->k, strlen(f->k), "");
		strbuf_putc(out, '=');
		tpl_url_encode(out, v.s, v.len, "");
	}
	return 0;
}

static int
add_header(struct build *b, const char *name, const char *value)
{
	struct strbuf line AUTO(strbuf_done) = STRBUF_INIT(BODY_MOST);
	struct cloud_request *r = b->r;
	strbuf_printf(&line, "%s: ", name);
	if (build_fill(b, value, TPL_HEADER, &line) < 0)
		return -EINVAL;
	if (r->header_count < CLOUD_HEADERS)
		r->headers[r->header_count++] = xstrdup(line.s);
	return 0;
}

static int
fill_body(struct build *b, const struct cloud_body *body)
{
	struct cloud_request *r = b->r;
	if (!body || !strcmp(body->type, "none"))
		return 0;
	if (!strcmp(body->type, "query")) {
		strbuf_putc(&r->url, strchr(r->url.s, '?') ? '&' : '?');
		return fill_form(b, &body->fields, &r->url);
	}
	r->has_body = true;
	if (!strcmp(body->type, "form"))
		return fill_form(b, &body->fields, &r->body);
	if (body->content)
		return build_fill(b, body->content, TPL_JSON, &r->body);
	return fill_json(b, &body->fields, &r->body);
}

/* ---- authentication ---- */

static int
sign_request(struct build *b, const struct cloud_auth *auth)
{
	struct strbuf base AUTO(strbuf_done) = STRBUF_INIT(BODY_MOST);
	struct strbuf md AUTO(strbuf_done) = STRBUF_INIT(128);
	const char *key = cloud_secret(b->account, auth->key);
	enum sign_alg alg = SIGN_SHA256;
	if (!key) {
		strbuf_set(b->err, "the channel lacks the secret '%s'", auth->key);
		return -EINVAL;
	}
	if (auth->alg && sign_alg_parse(auth->alg, &alg) < 0)
		return -EINVAL;
	/* What is signed is never masked: it is not shown. */
	struct cloud_moment moment = *b->moment;
	const struct cloud_moment *shown = b->moment;
	moment.mask = false;
	b->moment = &moment;
	int r = build_fill(b, auth->base, TPL_PLAIN, &base);
	b->moment = shown;
	if (r)
		return r;
	sign_hmac(alg, key, strlen(key), base.s, base.len, &md);
	if (auth->enc && !strcmp(auth->enc, "base64"))
		sign_base64(&b->sig, md.s, md.len, false);
	else
		sign_hex(&b->sig, md.s, md.len);
	return 0;
}

static int
sign_token(struct build *b, const struct cloud_auth *auth)
{
	struct strbuf claims AUTO(strbuf_done) = STRBUF_INIT(4096);
	const char *key = cloud_secret(b->account, auth->key);
	if (!key || build_fill(b, auth->claims, TPL_JSON, &claims) < 0)
		return -EINVAL;
	if (auth->alg && !strcmp(auth->alg, "RS256")) {
		if (sign_jwt_rsa(claims.s, key, strlen(key), &b->sig))
			return 0;
		strbuf_set(b->err, "the secret '%s' is no private key in PEM", auth->key);
		return -EINVAL;
	}
	sign_jwt(claims.s, key, strlen(key), &b->sig);
	return 0;
}

static int
fill_user(struct build *b, const struct cloud_auth *auth)
{
	if (build_fill(b, auth->user, TPL_HEADER, &b->r->user) < 0)
		return -EINVAL;
	strbuf_putc(&b->r->user, ':');
	return build_fill(b, auth->pass, TPL_HEADER, &b->r->user);
}

static int
authorise(struct build *b, const struct cloud_auth *auth)
{
	int r = 0;
	if (!auth || !strcmp(auth->type, "none"))
		return 0;
	if (!strcmp(auth->type, "basic"))
		return fill_user(b, auth);
	if (!strcmp(auth->type, "aws_sigv4")) {
		r = fill_user(b, auth);
		return r ? r : build_fill(b, auth->provider, TPL_PLAIN, &b->r->sigv4);
	}
	if (!strcmp(auth->type, "hmac"))
		r = sign_request(b, auth);
	else if (!strcmp(auth->type, "jwt"))
		r = sign_token(b, auth);
	return r || !auth->header ? r : add_header(b, auth->header, auth->value);
}

/* ---- all of it ---- */

static bool
among(const struct cloud_texts *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->list[i], text))
			return true;
	return !list->count;
}

static const struct cloud_variant *
variant_for(const struct build *b, const struct cloud_call *call)
{
	for (size_t i = 0; i < call->variant_count; i++) {
		const struct cloud_variant *v = &call->variants[i];
		if (among(&v->category, b->m->category) && among(&v->class, b->r->class))
			return v;
	}
	return NULL;
}

static int
add_headers(struct build *b, const struct cloud_pairs *headers)
{
	for (size_t i = 0; i < headers->count; i++)
		if (add_header(b, headers->list[i].k, headers->list[i].v) < 0)
			return -EINVAL;
	return 0;
}

static bool
has_type(const struct cloud_pairs *headers)
{
	for (size_t i = 0; i < headers->count; i++)
		if (!strcasecmp(headers->list[i].k, "content-type"))
			return true;
	return false;
}

static int
build(struct build *b, const struct cloud_call *call)
{
	const struct cloud_profile *p = b->profile;
	const struct cloud_variant *v = NULL;
	if (call == p->send && choose_class(b) < 0)
		return -EINVAL;
	const char *encoding = is_gsm7(b->m->text) ? p->encoding_gsm7 : p->encoding_ucs2;
	snprintf(b->r->encoding, sizeof(b->r->encoding), "%s", encoding ? encoding : "");
	v = variant_for(b, call);
	const struct cloud_body *body = v && v->body ? v->body : call->body;
	b->r->method = v && v->method ? v->method : call->method;
	if (build_fill(b, v && v->url ? v->url : call->url, TPL_URL, &b->r->url) < 0 ||
		fill_body(b, body) < 0 || authorise(b, call->auth) < 0)
		return -EINVAL;
	if (b->r->has_body && !has_type(&call->headers) &&
		add_header(b, "Content-Type",
			!strcmp(body->type, "form") ? "application/x-www-form-urlencoded"
						    : "application/json") < 0)
		return -EINVAL;
	if (add_headers(b, &call->headers) < 0 || (v && add_headers(b, &v->headers) < 0))
		return -EINVAL;
	if (b->r->url.full || b->r->body.full) {
		strbuf_set(b->err, "the request grows too large");
		return -EINVAL;
	}
	return 0;
}

int
cloud_build(const struct cloud_account *account, const struct cloud_call *call,
	const struct cloud_message *message, const struct cloud_moment *moment,
	struct cloud_request *ret, struct strbuf *err)
{
	*ret = (struct cloud_request){.method = ""};
	strbuf_init(&ret->url, URL_MOST);
	strbuf_init(&ret->body, BODY_MOST);
	strbuf_init(&ret->user, 1024);
	strbuf_init(&ret->sigv4, 256);
	struct build b = {.account = account,
		.profile = account->profile,
		.m = message,
		.moment = moment,
		.r = ret,
		.err = err};
	strbuf_init(&b.sig, 8192);
	int r = build(&b, call);
	strbuf_done(&b.sig);
	return r;
}

void
cloud_request_free(struct cloud_request *r)
{
	strbuf_done(&r->url);
	strbuf_done(&r->body);
	strbuf_done(&r->user);
	strbuf_done(&r->sigv4);
	for (size_t i = 0; i < r->header_count; i++)
		free(r->headers[i]);
	r->header_count = 0;
}

void
cloud_request_print(const struct cloud_request *r, struct strbuf *out)
{
	strbuf_printf(out, "%s %s\n", r->method, r->url.s);
	if (r->sigv4.len)
		strbuf_printf(out, "Authorization: AWS4-HMAC-SHA256 ******** (%s)\n",
			r->sigv4.s);
	else if (r->user.len)
		strbuf_printf(out, "Authorization: Basic ******** (%s)\n", r->user.s);
	for (size_t i = 0; i < r->header_count; i++)
		strbuf_printf(out, "%s\n", r->headers[i]);
	if (r->has_body)
		strbuf_printf(out, "\n%s\n", r->body.s);
}
