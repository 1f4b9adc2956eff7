#include "drivers/sim/handset.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sim/modem.h"

enum { SETS_MAX = 16 };

struct piece {
	bool here, wide; /* wide: UTF-16 octets that are decoded when all are there */
	uint16_t len;
	char *bytes;
};

struct sim_set {
	struct sim_set *next;
	const struct sim_modem *from;
	struct sms_concat concat;
	unsigned have;
	struct piece pieces[255];
};

/* ---- who watches ---- */

void
sim_handset_attach(struct sim_subscriber *who, struct sim_listener *l)
{
	l->who = who;
	l->next = who->listeners;
	who->listeners = l;
}

void
sim_handset_detach(struct sim_listener *l)
{
	if (!l->who)
		return;
	struct sim_listener **at = &l->who->listeners;
	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	l->who = NULL;
}

/* ---- a whole text ---- */

static void
reply_by_script(struct sim *sim, struct sim_subscriber *who, struct sim_modem *from,
	const char *text)
{
	for (const struct sim_script *s = sim->scripts; s; s = s->next) {
		if (s->number[0] != '*' && strcmp(s->number, who->number) != 0)
			continue;
		if (fnmatch(s->glob, text, 0) != 0)
			continue;
		if (s->reply[0])
			sim_network_text_later(sim, who, from, s->reply, s->delay);
		return;
	}
}

static void
show(struct sim *sim, struct sim_subscriber *who, struct sim_modem *from,
	const char *text, size_t len, unsigned parts)
{
	struct sim_ledger *l = &sim->ledger;
	sim_modem_note(from, "handset-text");
	sim_ledger_text(l, "from", from->me->number);
	sim_ledger_text(l, "to", who->number);
	sim_ledger_int(l, "parts", parts);
	sim_ledger_bytes(l, "text", text, len);
	sim_ledger_end(l);
	for (struct sim_listener *w = who->listeners; w; w = w->next)
		w->fn(w->arg, from->me->number, text, len);
	reply_by_script(sim, who, from, text);
}

/* ---- joining ---- */

static void
set_free(struct sim_set *set)
{
	for (size_t i = 0; i < ARRAY_LEN(set->pieces); i++)
		free(set->pieces[i].bytes);
	free(set);
}

void
sim_handset_forget(struct sim_subscriber *who)
{
	while (who->sets) {
		struct sim_set *set = who->sets;
		who->sets = set->next;
		set_free(set);
	}
}

static struct sim_set *
set_find(struct sim_subscriber *who, const struct sim_modem *from,
	const struct sms_concat *c)
{
	for (struct sim_set *s = who->sets; s; s = s->next)
		if (s->from == from && s->concat.ref == c->ref &&
			s->concat.total == c->total && s->concat.ref_bits == c->ref_bits)
			return s;
	return NULL;
}

/* A handset forgets its oldest incomplete text rather than filling up. */
static struct sim_set *
set_new(struct sim_subscriber *who, const struct sim_modem *from,
	const struct sms_concat *c)
{
	struct sim_set *set = xcalloc(1, sizeof(*set));
	set->from = from;
	set->concat = *c;
	set->next = who->sets;
	who->sets = set;
	struct sim_set **at = &set->next;
	for (int i = 1; *at && i < SETS_MAX; i++)
		at = &(*at)->next;
	if (*at) {
		struct sim_set *oldest = *at;
		*at = oldest->next;
		set_free(oldest);
	}
	return set;
}

static void
put_utf16(struct strbuf *out, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2) {
		uint32_t c = (uint32_t)p[i] << 8 | p[i + 1];
		if (c >= 0xD800 && c < 0xDC00 && i + 3 < len &&
			(p[i + 2] & 0xFC) == 0xDC) {
			uint32_t low = (uint32_t)p[i + 2] << 8 | p[i + 3];
			c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
			i += 2;
		}
		strbuf_utf8(out, c);
	}
}

/* Runs of wide pieces are decoded as one: some clients split surrogate pairs. */
static void
join(const struct sim_set *set, struct strbuf *out)
{
	struct strbuf wide = STRBUF_INIT(64 * 1024);
	for (size_t i = 0; i < set->concat.total; i++) {
		const struct piece *p = &set->pieces[i];
		strbuf_add(p->wide ? &wide : out, p->bytes, p->len);
		if (i + 1 < set->concat.total && set->pieces[i + 1].wide)
			continue;
		put_utf16(out, (const uint8_t *)wide.s, wide.len);
		strbuf_reset(&wide);
	}
	strbuf_done(&wide);
}

static void
keep(struct sim_set *set, const struct pdu *pdu)
{
	struct piece *p = &set->pieces[pdu->concat.seq - 1];
	if (p->here)
		return;
	p->here = true;
	p->wide = pdu->alphabet == SMS_UCS2;
	const void *from =
		p->wide ? (const void *)(pdu->ud + pdu->payload_at) : pdu->text;
	p->len = (uint16_t)(p->wide ? pdu->ud_len - pdu->payload_at : pdu->text_len);
	p->bytes = xmalloc(p->len);
	memcpy(p->bytes, from, p->len);
	set->have++;
}

void
sim_handset_receive(struct sim *sim, struct sim_subscriber *who, struct sim_modem *from,
	const struct pdu *pdu)
{
	const struct sms_concat *c = &pdu->concat;
	if (c->total < 2 || !c->seq || c->seq > c->total) {
		show(sim, who, from, pdu->text, pdu->text_len, 1);
		return;
	}
	struct sim_set *set = set_find(who, from, c);
	if (!set)
		set = set_new(who, from, c);
	keep(set, pdu);
	if (set->have < c->total)
		return;
	struct sim_set **at = &who->sets;
	while (*at != set)
		at = &(*at)->next;
	*at = set->next;
	struct strbuf text = STRBUF_INIT(256 * 1024);
	join(set, &text);
	show(sim, who, from, text.s, text.len, set->concat.total);
	strbuf_done(&text);
	set_free(set);
}
