/* The parameters of sendsms. Pure. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/api/kannel.h"
#include "gateway/core/config_hooks.h"
#include "gateway/core/raw.h"
#include "gateway/net/client.h"
#include "gateway/net/json.h"
#include "gateway/text/charset.h"

#define FIELD_MAX (64 * 1024)

struct params {
	struct kannel_wish *w;
	struct strbuf to, bytes;
	char charset[64];
	bool has_to, has_text, udh;
	int64_t coding, mclass, mask, validity, deferred, priority;
};

void
kannel_wish_init(struct kannel_wish *w)
{
	*w = (struct kannel_wish){.msg_class = -1};
	strbuf_init(&w->text, 4 * FIELD_MAX);
}

void
kannel_wish_done(struct kannel_wish *w)
{
	strbuf_done(&w->text);
}

/* A longer one is cut: none that long is known here. */
static void
copy(char *to, size_t size, const struct strbuf *value)
{
	snprintf(to, size, "%s", value->s);
}

/* -2 for what is none, which no field takes. */
static int64_t
number(const struct strbuf *value)
{
	char *end;
	long long n = strtoll(value->s, &end, 10);
	return end == value->s || n < -1 ? -2 : MIN(n, 1 << 28);
}

static void
take(struct params *p, const char *name, const struct strbuf *value)
{
	struct kannel_wish *w = p->w;
	const struct {
		const char *name, *other;
		char *to;
		size_t size;
	} texts[] = {
		{"username", "user", w->user, sizeof(w->user)},
		{"password", "pass", w->password, sizeof(w->password)},
		{"from", "from", w->from, sizeof(w->from)},
		{"smsc", "smsc", w->smsc, sizeof(w->smsc)},
		{"account", "account", w->account, sizeof(w->account)},
		{"dlr-url", "dlrurl", w->dlr_url, sizeof(w->dlr_url)},
		{"charset", "charset", p->charset, sizeof(p->charset)},
	};
	const struct {
		const char *name, *other;
		int64_t *to;
	} numbers[] = {
		{"coding", "coding", &p->coding},
		{"mclass", "mclass", &p->mclass},
		{"dlr-mask", "dlrmask", &p->mask},
		{"validity", "validity", &p->validity},
		{"deferred", "deferred", &p->deferred},
		{"priority", "priority", &p->priority},
	};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if ((!strcmp(texts[i].name, name) || !strcmp(texts[i].other, name)) &&
			!*texts[i].to)
			copy(texts[i].to, texts[i].size, value);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if ((!strcmp(numbers[i].name, name) || !strcmp(numbers[i].other, name)) &&
			*numbers[i].to == -1)
			*numbers[i].to = number(value);
	p->udh |= !strcmp(name, "udh") && value->len;
	if (!strcmp(name, "to") && !p->has_to) {
		p->has_to = true;
		strbuf_add(&p->to, value->s, value->len);
	} else if (!strcmp(name, "text") && !p->has_text) {
		p->has_text = true;
		strbuf_add(&p->bytes, value->s, value->len);
	}
}

/* "+8210... 010-..."; a plus sign that was not escaped has become a blank, which leaves
 * one blank too many before its number. */
static int
split_receivers(struct params *p, struct strbuf *err)
{
	struct kannel_wish *w = p->w;
	bool first = true;
	for (const char *s = p->to.s; *s;) {
		size_t blanks = strspn(s, " ");
		size_t n = strcspn(s + blanks, " ");
		bool plus = n && s[blanks] != '+' && blanks > (first ? 0u : 1u);
		if (!n)
			break;
		if (w->receiver_count == KANNEL_RECEIVERS || n > 30) {
			strbuf_set(err,
				n > 30 ? "Receiver number too long, rejected"
				       : "More than %d receivers, rejected",
				KANNEL_RECEIVERS);
			return -EINVAL;
		}
		snprintf(w->receivers[w->receiver_count++], 32, "%s%.*s", plus ? "+" : "",
			(int)n, s + blanks);
		s += blanks + n;
		first = false;
	}
	if (w->receiver_count)
		return 0;
	strbuf_set(err, p->has_to ? "Empty receiver number not allowed, rejected"
				  : "Missing receiver number, rejected");
	return -EINVAL;
}

static int
misformed(struct strbuf *err, const char *field)
{
	strbuf_set(err, "%s field misformed, rejected", field);
	return -EINVAL;
}

static int
check_numbers(const struct params *p, struct strbuf *err)
{
	if (p->mask < -1 || p->mask > 63)
		return misformed(err, "DLR-Mask");
	if (p->mclass < -1 || p->mclass > 3)
		return misformed(err, "MClass");
	if (p->coding < -1 || p->coding > 2)
		return misformed(err, "Coding");
	if (p->validity < -1)
		return misformed(err, "Validity");
	if (p->deferred < -1)
		return misformed(err, "Deferred");
	if (p->priority < -1 || p->priority > 3)
		return misformed(err, "Priority");
	if (p->udh || p->coding == 1) {
		strbuf_set(err, "Binary messages are not sent here, rejected");
		return -EINVAL;
	}
	if (*p->w->dlr_url && (p->w->dlr_url[sizeof(p->w->dlr_url) - 2] ||
				      !config_url_valid(p->w->dlr_url, HOOK_URL - 2)))
		return misformed(err, "DLR-URL");
	return 0;
}

/* UTF-8 unless said otherwise; UCS-2 is big-endian, as in the air. */
static int
decode_text(struct params *p, struct strbuf *err)
{
	const char *charset = *p->charset      ? p->charset
			      : p->coding == 2 ? "UTF-16BE"
					       : "UTF-8";
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (!p->bytes.len) {
		strbuf_set(err, "Empty text not supported, rejected");
		return -EINVAL;
	}
	if (charset_to_utf8(charset, p->bytes.s, p->bytes.len, &p->w->text, &why) == 0 &&
		!p->w->text.full && p->w->text.len && !p->bytes.full &&
		!memchr(p->w->text.s, 0, p->w->text.len) && json_utf8(p->w->text.s))
		return 0;
	strbuf_set(err, "Charset or body misformed, rejected");
	return -EINVAL;
}

static int
check(struct params *p, struct strbuf *err)
{
	struct kannel_wish *w = p->w;
	int r = split_receivers(p, err);
	if (!r)
		r = check_numbers(p, err);
	if (!r)
		r = decode_text(p, err);
	w->dlr_mask = (int)MAX(p->mask, 0);
	w->msg_class = (int)p->mclass;
	w->validity = p->validity > 0 ? p->validity * MINUTE : 0;
	w->deferred = p->deferred > 0 ? p->deferred * MINUTE : 0;
	return r;
}

int
kannel_read(const char *query, size_t len, struct kannel_wish *ret, struct strbuf *err)
{
	struct strbuf name AUTO(strbuf_done) = STRBUF_INIT(256);
	struct strbuf value AUTO(strbuf_done) = STRBUF_INIT(FIELD_MAX);
	struct params p = {.w = ret,
		.coding = -1,
		.mclass = -1,
		.mask = -1,
		.validity = -1,
		.deferred = -1,
		.priority = -1};
	size_t at = 0;
	strbuf_init(&p.to, 8192);
	strbuf_init(&p.bytes, FIELD_MAX);
	while (raw_form_next(query, len, &at, &name, &value))
		if (name.len == strlen(name.s))
			take(&p, name.s, &value);
	int r = check(&p, err);
	strbuf_done(&p.to);
	strbuf_done(&p.bytes);
	return r;
}

/* ---- dlr-url ---- */

static void
put_time(const char *format, int64_t at, struct strbuf *ret)
{
	char text[32];
	time_t seconds = (time_t)(at / 1000);
	struct tm tm;
	if (gmtime_r(&seconds, &tm) && strftime(text, sizeof(text), format, &tm))
		client_escape(ret, text);
}

/* False for a letter that stands for nothing. */
static bool
expand_one(char c, const struct kannel_report_facts *f, struct strbuf *ret)
{
	const char *text = NULL;
	switch (c) {
	case 'd': strbuf_printf(ret, "%d", f->type); return true;
	case 'I':
	case 'F': strbuf_printf(ret, "%" PRIu64, f->message); return true;
	case 'T': strbuf_printf(ret, "%" PRId64, f->at / 1000); return true;
	case 't': put_time("%Y-%m-%d %H:%M", f->at, ret); return true;
	case '%': strbuf_putc(ret, '%'); return true;
	case 'c': strbuf_putc(ret, '0'); return true;
	case 'p':
	case 'q': text = f->to; break;
	case 'P':
	case 'Q': text = f->from; break;
	case 'A':
	case 'a':
	case 'b':
	case 'r': text = f->reply; break;
	case 'i':
	case 'f': text = f->channel; break;
	case 'n': text = f->user; break;
	case 'C': text = "UTF-8"; break;
	case 'D':
	case 'B':
	case 'o':
	case 'u': text = ""; break;
	default: return false;
	}
	client_escape(ret, text);
	return true;
}

void
kannel_expand(
	const char *url, const struct kannel_report_facts *facts, struct strbuf *ret)
{
	for (const char *p = url; *p; p++) {
		if (*p != '%' || !p[1])
			strbuf_putc(ret, *p);
		else if (expand_one(p[1], facts, ret))
			p++;
		else
			strbuf_putc(ret, '%');
	}
}
