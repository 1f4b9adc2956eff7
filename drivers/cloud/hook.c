#include "drivers/cloud/hook.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/iso.h"
#include "gateway/text/charset.h"

#define TEXT_MOST  (64u * 1024)
#define WORD_MOST  512
#define ITEMS_MOST 1000

const char *const cloud_state_names[] = {"unknown", "accepted", "sent", "delivered",
	"undelivered", "failed", "expired", NULL};

int
cloud_state_parse(const char *name, enum cloud_state *ret)
{
	for (int i = 0; cloud_state_names[i]; i++) {
		if (strcmp(cloud_state_names[i], name) != 0)
			continue;
		*ret = (enum cloud_state)i;
		return 0;
	}
	return -EINVAL;
}

enum cloud_state
cloud_state_of(const struct cloud_reading *r, const char *word)
{
	enum cloud_state state = CLOUD_STATE_UNKNOWN;
	size_t best = 0;
	for (size_t i = 0; i < r->map.count; i++)
		if (cloud_code_fits(r->map.list[i].k, word) &&
			cloud_state_parse(r->map.list[i].v, &state) == 0)
			return state;
	/* A name cannot begin with a digit, so the rows here begin with an 's'. */
	for (size_t i = 0; i < r->map_prefix.count; i++) {
		const char *prefix = r->map_prefix.list[i].k + 1;
		size_t n = strlen(prefix);
		if (n < best || strncmp(prefix, word, n) != 0)
			continue;
		best = n;
		(void)!cloud_state_parse(r->map_prefix.list[i].v, &state);
	}
	return state;
}

/* ---- fields ---- */

struct found {
	struct strbuf id, from, to, text, word, key, code, why, price, currency, ref;
	struct strbuf scratch;
};

static void
found_init(struct found *f)
{
	struct strbuf *all[] = {&f->id, &f->from, &f->to, &f->word, &f->key, &f->code,
		&f->why, &f->price, &f->currency, &f->ref, &f->scratch};
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		strbuf_init(all[i], WORD_MOST);
	strbuf_init(&f->text, TEXT_MOST);
}

static void
found_done(struct found *f)
{
	struct strbuf *all[] = {&f->id, &f->from, &f->to, &f->word, &f->key, &f->code,
		&f->why, &f->price, &f->currency, &f->ref, &f->scratch, &f->text};
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		strbuf_done(all[i]);
}

struct reader {
	const struct cloud_profile *p;
	const struct cloud_doc *d;
	const struct cloud_reading *r;
	enum cloud_kind kind;
	void (*each)(void *arg, const struct cloud_item *item);
	void *arg;
	size_t count;
};

/* What is not text, or holds a zero, is no value. */
static void
pick(const struct reader *rd, const json_t *e, const char *path, struct strbuf *out)
{
	if (!path)
		return;
	cloud_pick(rd->d, e, path, out);
	if (out->full || strlen(out->s) != out->len || !json_utf8(out->s))
		strbuf_reset(out);
}

static void
pick_phone(const struct reader *rd, const json_t *e, const char *path, struct strbuf *out)
{
	const char *format =
		rd->p->from_format ? rd->p->from_format : rd->p->number_format;
	struct strbuf v AUTO(strbuf_done) = STRBUF_INIT(WORD_MOST);
	pick(rd, e, path, &v);
	bool digits = v.len >= 8 && strspn(v.s, "0123456789") == v.len;
	if (digits && *v.s != '0' && format && strcmp(format, "e164-noplus") == 0)
		strbuf_putc(out, '+');
	strbuf_puts(out, v.s);
}

static int64_t
time_of(const char *text)
{
	int64_t wall;
	bool local;
	if (!*text)
		return 0;
	if (strspn(text, "0123456789") == strlen(text)) {
		int64_t n = strtoll(text, NULL, 10);
		return n > 100000000000 ? n : n * 1000;
	}
	return iso_parse(text, &wall, &local) == 0 && !local ? wall : 0;
}

static int
number_of(const struct reader *rd, const json_t *e, const char *path)
{
	struct strbuf v AUTO(strbuf_done) = STRBUF_INIT(32);
	pick(rd, e, path, &v);
	long n = strtol(v.s, NULL, 10);
	return n > 0 && n <= 255 ? (int)n : 0;
}

/* Percent-encoded bytes of another charset inside a text (Clickatell). */
static void
decode_text(const struct reader *rd, const json_t *e, struct strbuf *text)
{
	struct strbuf charset AUTO(strbuf_done) = STRBUF_INIT(64);
	struct strbuf bytes AUTO(strbuf_done) = STRBUF_INIT(TEXT_MOST);
	struct strbuf form AUTO(strbuf_done) = STRBUF_INIT(TEXT_MOST + 2);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	pick(rd, e, rd->r->charset, &charset);
	if (!charset.len || !strcasecmp(charset.s, "utf-8"))
		return;
	strbuf_printf(&form, "t=%s", text->s);
	raw_form_field(form.s, form.len, "t", &bytes);
	strbuf_reset(text);
	if (charset_to_utf8(charset.s, bytes.s, bytes.len, text, &err) < 0)
		strbuf_reset(text);
}

static bool
is_optout(const struct reader *rd, const json_t *e)
{
	struct strbuf v AUTO(strbuf_done) = STRBUF_INIT(WORD_MOST);
	pick(rd, e, rd->r->optout_hint, &v);
	for (size_t i = 0; i < rd->r->optout_words.count; i++)
		if (!strcasecmp(rd->r->optout_words.list[i], v.s))
			return true;
	return !rd->r->optout_words.count && !strcasecmp(v.s, "STOP");
}

static void
read_status(const struct reader *rd, const json_t *e, struct found *f,
	struct cloud_item *item)
{
	const struct cloud_reading *r = rd->r;
	pick(rd, e, r->key, &f->key);
	pick(rd, e, r->state, &f->word);
	pick(rd, e, r->price, &f->price);
	pick(rd, e, r->currency, &f->currency);
	cloud_pick_any(rd->d, e, &r->code, &f->code);
	cloud_pick_any(rd->d, e, &r->why, &f->why);
	if (!json_utf8(f->code.s))
		strbuf_reset(&f->code);
	if (!json_utf8(f->why.s))
		strbuf_reset(&f->why);
	item->state = cloud_state_of(r, f->word.s);
	item->error = cloud_error_of(rd->p, f->code.s);
	item->opted_out = item->error == CLOUD_OPTOUT;
}

static void
read_one(struct reader *rd, const json_t *e)
{
	const struct cloud_reading *r = rd->r;
	struct found f;
	if (rd->count >= ITEMS_MOST || !cloud_rules_hold(rd->d, e, &r->match))
		return;
	found_init(&f);
	struct cloud_item item = {.kind = rd->kind};
	if (r->id.count && !cloud_pick_all(rd->d, e, &r->id, &f.id))
		strbuf_reset(&f.id);
	if (f.id.full || !json_utf8(f.id.s))
		strbuf_reset(&f.id);
	pick_phone(rd, e, r->from ? r->from : r->phone, &f.from);
	pick_phone(rd, e, r->to, &f.to);
	if (rd->kind == CLOUD_STATUS)
		read_status(rd, e, &f, &item);
	if (rd->kind == CLOUD_INBOUND) {
		pick(rd, e, r->text, &f.text);
		decode_text(rd, e, &f.text);
		pick(rd, e, r->ref, &f.ref);
		item.total = number_of(rd, e, r->total);
		item.part = number_of(rd, e, r->part);
		item.opted_out = r->optout_hint && is_optout(rd, e);
	}
	pick(rd, e, r->time, &f.scratch);
	item.at = time_of(f.scratch.s);
	item.id = f.id.s, item.from = f.from.s, item.to = f.to.s, item.text = f.text.s;
	item.word = f.word.s, item.key = f.key.s, item.code = f.code.s,
	item.why = f.why.s;
	item.price = f.price.s, item.currency = f.currency.s, item.ref = f.ref.s;
	bool useful =
		rd->kind == CLOUD_STATUS ? *item.id || *item.key : *item.from != '\0';
	if (useful) {
		rd->each(rd->arg, &item);
		rd->count++;
	}
	found_done(&f);
}

static void
read_all(struct reader *rd)
{
	const char *each = rd->r->each;
	if (!each) {
		read_one(rd, NULL);
		return;
	}
	const json_t *list =
		rd->d->json ? json_pointer(rd->d->json, each[1] ? each : "") : NULL;
	size_t before = rd->count;
	const char *name;
	json_t *member;
	for (size_t i = 0; i < json_array_size(list); i++)
		read_one(rd, json_array_get(list, i));
	if (!json_is_object(list))
		return;
	json_object_foreach((json_t *)(uintptr_t)list, name,
		member) if (json_is_object(member)) read_one(rd, member);
	if (rd->count == before)
		read_one(rd, list);
}

size_t
cloud_hook_read(const struct cloud_profile *p, const struct cloud_doc *doc,
	void (*each)(void *arg, const struct cloud_item *item), void *arg,
	const struct cloud_reply **ret_reply)
{
	const struct {
		const struct cloud_reading *list;
		size_t count;
		enum cloud_kind kind;
	} parts[] = {{p->optout, p->optout_count, CLOUD_OPTED_OUT},
		{p->inbound, p->inbound_count, CLOUD_INBOUND},
		{p->status, p->status_count, CLOUD_STATUS}};
	struct reader rd = {.p = p, .d = doc, .each = each, .arg = arg};
	for (size_t k = 0; k < ARRAY_LEN(parts); k++)
		for (size_t i = 0; i < parts[k].count; i++) {
			size_t before = rd.count;
			rd.r = &parts[k].list[i];
			rd.kind = parts[k].kind;
			read_all(&rd);
			if (ret_reply && rd.count > before && rd.r->reply)
				*ret_reply = rd.r->reply;
		}
	return rd.count;
}
