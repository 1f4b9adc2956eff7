#include "drivers/cloud/template.h"

#include <string.h>

#include "gateway/net/json.h"
#include "gateway/net/sign.h"

#define HOLE_NAME 96
#define HOLE_MOST (1024u * 1024)

struct hole {
	char name[HOLE_NAME];
	const char *modifiers;     /* behind the '|', NULL none */
	size_t modifiers_len, len; /* of the whole, braces included */
	bool json;
};

/* A brace that opens no hole is itself: JSON is full of them. */
static bool
hole_at(const char *s, struct hole *ret)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:/";
	*ret = (struct hole){.len = 0};
	if (*s != '{' || s[1] < 'a' || s[1] > 'z')
		return false;
	const char *name = s + 1;
	size_t n = strspn(name, letters);
	const char *end = name + n;
	if (*end == '|') {
		ret->modifiers = end + 1;
		ret->modifiers_len = strcspn(end + 1, "}");
		end += 1 + ret->modifiers_len;
	}
	if (*end != '}' || n >= sizeof(ret->name))
		return false;
	if (!strncmp(name, "json:", 5)) {
		ret->json = true;
		name += 5;
		n -= 5;
	}
	memcpy(ret->name, name, n);
	ret->len = (size_t)(end - s) + 1;
	return true;
}

/* ---- escaping ---- */

void
tpl_url_encode(struct strbuf *out, const char *s, size_t len, const char *keep)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";
	for (size_t i = 0; i < len; i++) {
		if (s[i] && (strchr(plain, s[i]) || strchr(keep, s[i])))
			strbuf_putc(out, s[i]);
		else
			strbuf_printf(out, "%%%02X", (unsigned char)s[i]);
	}
}

static void
put_header(struct strbuf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] >= ' ' && s[i] != 0x7F)
			strbuf_putc(out, s[i]);
}

static void
put_json(struct strbuf *out, const char *s, bool inside)
{
	struct strbuf quoted AUTO(strbuf_done) = STRBUF_INIT(HOLE_MOST * 6);
	json_quote(&quoted, s);
	if (inside)
		strbuf_add(out, quoted.s + 1, quoted.len - 2);
	else
		strbuf_add(out, quoted.s, quoted.len);
}

struct fill {
	enum tpl_context context;
	const struct tpl_scope *scope;
	struct strbuf *out, *err;
	bool quoted, query; /* where in the JSON, or in the address, we are */
};

static void
put_value(struct fill *f, const struct hole *h, const struct strbuf *v)
{
	/* Times are numbers in JSON. */
	bool number = !strncmp(h->name, "var:ts_", 7) || !strncmp(h->name, "var:exp_", 8);
	bool base = f->context == TPL_URL && !f->out->len;
	if (!h->json && number) {
		strbuf_add(f->out, v->s, v->len);
		return;
	}
	if (h->json || (f->context == TPL_JSON && !f->quoted)) {
		put_json(f->out, v->s, false);
		return;
	}
	switch (f->context) {
	case TPL_PLAIN: strbuf_add(f->out, v->s, v->len); break;
	case TPL_HEADER: put_header(f->out, v->s, v->len); break;
	case TPL_JSON: put_json(f->out, v->s, true); break;
	case TPL_URL:
		/* An address that begins with a hole begins with an address. */
		if (base)
			put_header(f->out, v->s, v->len);
		else
			tpl_url_encode(f->out, v->s, v->len, f->query ? "" : ":@");
		break;
	}
}

/* ---- modifiers ---- */

static bool
is(const char *word, const char *s, size_t len)
{
	return strlen(word) == len && !strncmp(word, s, len);
}

static void
convert(struct strbuf *v, const char *how, size_t len)
{
	struct strbuf was AUTO(strbuf_done) = STRBUF_INIT(v->max);
	strbuf_add(&was, v->s, v->len);
	strbuf_reset(v);
	if (is("base64", how, len)) {
		sign_base64(v, was.s, was.len, false);
		return;
	}
	for (size_t i = 0; i < was.len; i++) {
		char c = was.s[i];
		if (is("lower", how, len) && c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		if (is("upper", how, len) && c >= 'a' && c <= 'z')
			c = (char)(c - 32);
		if (!is("digits", how, len) || (c >= '0' && c <= '9'))
			strbuf_putc(v, c);
	}
}

/* One at a time, in their order; what is added does not count as a value. */
static bool
modify(struct strbuf *v, const char *m, size_t len, struct strbuf *err)
{
	bool empty = !v->len;
	for (size_t n; len; m += n, len -= n) {
		const char *semi = memchr(m, ';', len);
		size_t own = semi ? (size_t)(semi - m) : len;
		n = semi ? own + 1 : own;
		if (own >= 7 && !strncmp(m, "prefix=", 7)) {
			struct strbuf was AUTO(strbuf_done) = STRBUF_INIT(v->max);
			strbuf_add(&was, v->s, v->len);
			if (!empty) {
				strbuf_reset(v);
				strbuf_add(v, m + 7, own - 7);
				strbuf_add(v, was.s, was.len);
			}
		} else if (own >= 7 && !strncmp(m, "suffix=", 7)) {
			if (!empty)
				strbuf_add(v, m + 7, own - 7);
		} else if (own >= 5 && !strncmp(m, "else=", 5)) {
			if (empty)
				strbuf_add(v, m + 5, own - 5);
		} else if (is("base64", m, own) || is("lower", m, own) ||
			   is("upper", m, own) || is("digits", m, own)) {
			convert(v, m, own);
		} else {
			strbuf_set(err,
				"'%.*s' is no modifier; prefix=, suffix=, else=, base64, "
				"lower, upper and digits are",
				(int)MIN(own, 40), m);
			return false;
		}
	}
	return true;
}

static bool
put_hole(struct fill *f, const struct hole *h)
{
	struct strbuf v AUTO(strbuf_done) = STRBUF_INIT(HOLE_MOST);
	if (h->json && f->context == TPL_JSON && f->quoted) {
		strbuf_set(f->err,
			"{json:%s} is a whole string: it stands between quotes already",
			h->name);
		return false;
	}
	if (!f->scope->value(f->scope->arg, h->name, &v)) {
		if (!f->err->len)
			strbuf_set(f->err, "there is no '%s' here", h->name);
		return false;
	}
	if (v.full ||
		(h->modifiers && !modify(&v, h->modifiers, h->modifiers_len, f->err)))
		return false;
	put_value(f, h, &v);
	return true;
}

bool
tpl_fill(const char *text, enum tpl_context context, const struct tpl_scope *scope,
	struct strbuf *out, struct strbuf *err)
{
	struct fill f = {context, scope, out, err, false, false};
	struct hole h;
	for (const char *p = text; *p;) {
		if (hole_at(p, &h)) {
			if (!put_hole(&f, &h))
				return false;
			p += h.len;
			continue;
		}
		if (context == TPL_JSON && *p == '\\' && p[1])
			strbuf_putc(out, *p++);
		else if (context == TPL_JSON && *p == '"')
			f.quoted = !f.quoted;
		f.query |= *p == '?';
		strbuf_putc(out, *p++);
	}
	if (out->full)
		strbuf_set(err, "it grows larger than %zu bytes", out->max);
	return !out->full;
}

void
tpl_names(const char *text, void (*each)(void *arg, const char *name), void *arg)
{
	struct hole h;
	for (const char *p = text; *p; p += h.len ? h.len : 1)
		if (hole_at(p, &h))
			each(arg, h.name);
}
