#include "gateway/core/offers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/fault.h"
#include "gateway/core/owner.h"
#include "gateway/net/secret.h"
#include "gateway/store/coupons.h"
#include "gateway/store/links.h"
#include "gateway/store/messages.h"
#include "gateway/store/products.h"

#define TRIES    20
#define SCANNING 2 /* s after a text left: nobody reads so fast, scanners do */

/* No sign that is taken for another when it is copied by hand. */
static const char link_signs[] =
	"23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";
static const char coupon_signs[] = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";

static const char *
or_empty(const char *text)
{
	return text ? text : "";
}

static void
random_code(const char *signs, size_t count, char *ret)
{
	char hex[17];
	size_t base = strlen(signs);
	secret_random(hex, 16);
	uint64_t n = strtoull(hex, NULL, 16);
	for (size_t i = 0; i < count; i++, n /= base)
		ret[i] = signs[n % base];
	ret[count] = '\0';
}

/* ---- coupons ---- */

/* Once when few are left, once when none is. */
static void
tell_owner(struct core *core, const struct coupon_pool *p, bool dry)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_SENTENCE;
	int64_t what = dry ? 2 : 1;
	if (p->told >= what)
		return;
	pool_told(core->db, p->name, what);
	if (dry)
		strbuf_printf(&text,
			"No coupon of the pool %s is left: texts go out with their other "
			"words. Bring codes in with: malgil coupons import %s FILE",
			p->name, p->name);
	else
		strbuf_printf(&text, "Only %" PRId64 " coupons of the pool %s are left.",
			p->free, p->name);
	core_event(core, &(struct event){.name = dry ? "coupons.dry" : "coupons.low",
				 .detail = p->name});
	owner_alert(core, text.s);
}

static bool
make_one(struct core *core, const struct coupon_pool *p, char ret[COUPON_CODE])
{
	for (int i = 0; i < TRIES; i++) {
		char random[9];
		random_code(coupon_signs, 8, random);
		snprintf(ret, COUPON_CODE, "%s%s", p->prefix, random);
		if (!coupon_insert(core->db, ret, p->name, core_id(core)))
			continue;
		pool_made(core->db, p->name);
		return true;
	}
	return false;
}

int64_t
offers_make(struct core *core, const char *pool, int64_t count)
{
	struct coupon_pool p;
	char code[COUPON_CODE];
	int64_t n = 0;
	while (n < count && pool_load(core->db, pool, &p) && p.made < p.most &&
		make_one(core, &p, code))
		n++;
	return n;
}

static struct coupon_for
coupon_for(const struct offer_for *whom)
{
	return (struct coupon_for){.contact = whom->contact,
		.run = whom->run,
		.script = or_empty(whom->script),
		.step = or_empty(whom->step),
		.given = whom->now};
}

static int64_t
good_until(const struct coupon_pool *p, int64_t now)
{
	int64_t by_age = p->lasts ? now + p->lasts : 0;
	if (!by_age || !p->until)
		return by_age ? by_age : p->until;
	return MIN(by_age, p->until);
}

static bool
draw(struct core *core, const struct coupon_pool *p, const struct offer_for *whom,
	char ret[COUPON_CODE])
{
	struct coupon_for w = coupon_for(whom);
	if (coupon_unbound(core->db, p->name, &w, ret) ||
		(p->stands &&
			coupon_theirs(core->db, p->name, whom->contact, whom->now, ret)))
		return true;
	if (p->until && p->until <= whom->now)
		return false;
	if (!coupon_next(core->db, p->name, ret) &&
		(p->made >= p->most || !make_one(core, p, ret))) {
		tell_owner(core, p, true);
		return false;
	}
	w.expires = good_until(p, whom->now);
	coupon_give(core->db, ret, &w);
	if (p->low && !p->most && p->free - 1 <= p->low)
		tell_owner(core, p, false);
	return true;
}

bool
offer_coupon(struct core *core, const char *pool, const struct offer_for *whom,
	struct strbuf *out)
{
	struct coupon_pool p;
	char code[COUPON_CODE];
	bool found = pool_load(core->db, pool, &p) && draw(core, &p, whom, code);
	if (found)
		strbuf_puts(out, code);
	return found;
}

int64_t
offers_left(struct core *core, const char *pool)
{
	struct coupon_pool p;
	if (!pool_load(core->db, pool, &p))
		return -1;
	if (p.until && p.until <= core_now(core))
		return 0;
	return p.free + MAX(p.most - p.made, 0);
}

/* ---- links ---- */

static bool
can_be_followed(const char *url)
{
	bool web = !strncmp(url, "https://", 8) || !strncmp(url, "http://", 7);
	for (const char *p = url; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7F)
			return false;
	return web && strlen(url) <= LINK_URL;
}

static void
write_link(const struct config *c, const char *code, struct strbuf *out)
{
	const char *base = c->links_base ? c->links_base : c->api_public;
	size_t n = strlen(base);
	while (n && base[n - 1] == '/')
		n--;
	strbuf_printf(out, "%.*s%s/%s", (int)n, base, c->links_base ? "" : "/l", code);
}

bool
offer_link(struct core *core, const char *url, const struct offer_for *whom,
	struct strbuf *out)
{
	const struct config *c = core->config;
	struct link_row row = {.contact = whom->contact,
		.run = whom->run,
		.script = or_empty(whom->script),
		.step = or_empty(whom->step),
		.url = url,
		.made = whom->now,
		.expires = whom->now + c->links_expire};
	struct strbuf none AUTO(strbuf_done) = STRBUF_INIT(LINK_URL + 1);
	if ((!c->links_base && !c->api_public) || !can_be_followed(url))
		return false;
	if (!link_unbound(core->db, &row, row.code)) {
		struct link_row other;
		do
			random_code(link_signs, LINK_CODE, row.code);
		while (link_load(core->db, row.code, &other, &none));
		row.id = core_id(core);
		link_insert(core->db, &row);
	}
	write_link(c, row.code, out);
	return true;
}

bool
offer_price(struct core *core, const char *sku, int64_t *ret_milli)
{
	struct product *p = xcalloc(1, sizeof(*p));
	bool found = product_load(core->db, sku, p) && p->has_price;
	if (found)
		*ret_milli = p->price;
	free(p);
	return found;
}

void
offers_bind(struct core *core, uint64_t message, const struct offer_for *whom)
{
	struct coupon_for w = coupon_for(whom);
	struct link_row of = {.contact = whom->contact,
		.run = whom->run,
		.script = w.script,
		.step = w.step};
	struct message m;
	coupons_bind(core->db, message, &w);
	links_bind(core->db, message, &of);
	FAULT("offers.bound");
	if (!message_load(core->db, message, &m))
		return;
	if (m.state == MESSAGE_SUPPRESSED || m.state == MESSAGE_EXPIRED ||
		m.state == MESSAGE_CANCELED || m.state == MESSAGE_FAILED)
		coupons_return(core->db, message);
	message_done(&m);
}

/* ---- who comes by a link ---- */

const char *
visit_is_machine(const struct visit *v, int64_t since)
{
	static const char *const names[] = {"bot", "crawl", "spider", "preview", "scrap",
		"facebookexternalhit", "whatsapp", "slurp", "curl/", "wget", "python",
		"go-http-client", "okhttp", "java/", "libwww", "headless", "scan",
		"monitor", "urlcheck", "safelinks", "proofpoint", "barracuda", "mimecast",
		"yeti", "daum", "skypeuripreview", "bitlybot", "node-fetch", "axios",
		"dalvik/"};
	if (v->head)
		return "head";
	if (v->ahead)
		return "prefetch";
	if (!*v->agent)
		return "no name";
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		for (const char *p = v->agent; *p; p++)
			if (!strncasecmp(p, names[i], strlen(names[i])))
				return names[i];
	if (since < 0)
		return "before it left";
	return since < SCANNING * SECOND ? "too fast" : NULL;
}

/* Which device it was, as far as the browser's name goes: no address is kept. */
static void
device_of(const struct link_row *link, const char *agent, char ret[17])
{
	char hash[SECRET_SHA256];
	struct strbuf salted AUTO(strbuf_done) = STRBUF_INIT(8192);
	strbuf_printf(&salted, "%s %.4000s", link->code, agent);
	secret_sha256(salted.s, salted.len, hash);
	snprintf(ret, 17, "%.16s", hash);
}

static void
written_down(struct core *core, const struct link_row *link, const struct visit *v,
	const char *url)
{
	int64_t now = core_now(core), left = link_text_left(core->db, link->message);
	struct click_row row = {.id = core_id(core),
		.link = link->id,
		.contact = link->contact,
		.message = link->message,
		.at = now,
		.kind = "machine",
		.why = visit_is_machine(v, link->message && left ? now - left : -1)};
	char device[17];
	device_of(link, v->agent, device);
	if (!row.why)
		row.kind = !link->clicked                  ? "person"
			   : !strcmp(device, link->device) ? "again"
							   : "other";
	click_insert(core->db, &row);
	if (strcmp(row.kind, "person") != 0)
		return;
	link_clicked(core->db, link->id, device, now);
	core_event(core, &(struct event){.name = "link.clicked",
				 .message = link->message,
				 .contact = link->contact,
				 .detail = url});
}

enum visit_answer
offer_visit(struct core *core, const char *code, const struct visit *v,
	struct strbuf *ret_url)
{
	struct link_row link;
	if (strlen(code) != LINK_CODE || !link_load(core->db, code, &link, ret_url) ||
		!ret_url->len)
		return VISIT_GONE;
	if (link.expires && link.expires <= core_now(core))
		return VISIT_OVER;
	/* A store that takes nothing right now still shows the way. */
	if (!core->store_sick && !core->low_disk)
		written_down(core, &link, v, ret_url->s);
	return VISIT_GOES;
}
