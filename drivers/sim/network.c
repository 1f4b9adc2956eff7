#include "drivers/sim/handset.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sim/modem.h"
#include "gateway/sms/segment.h"

/* ---- countries ---- */

/* Numbers no operator assigns where the country reserves some (US 555-01xx), mobile ones
 * that parse as mobile elsewhere; MCC/MNC and SMSC are only plausible. */
static const struct sim_country countries[] = {
	{"KR", "+82107000%04u", "+821029190030", "45005", "SKTelecom", "45005", "898205",
		540},
	{"JP", "+81907000%04u", "+819044440000", "44010", "NTT DOCOMO", "44010", "898110",
		540},
	{"US", "+120255501%02u", "+12063130004", "310410", "AT&T", "310410", "89014104",
		-300},
	{"DE", "+491517000%04u", "+491710760000", "26201", "Telekom.de", "26201",
		"894902", 60},
	{"GB", "+4474007%05u", "+447785016005", "23415", "vodafone UK", "23415", "894410",
		0},
	{"FR", "+3361200%04u", "+33609001390", "20801", "Orange F", "20801", "893310",
		60},
};

const struct sim_country *
sim_country_find(const char *iso)
{
	for (size_t i = 0; i < ARRAY_LEN(countries); i++)
		if (!strcmp(countries[i].iso, iso))
			return &countries[i];
	return NULL;
}

void
sim_country_list(struct strbuf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(countries); i++)
		strbuf_printf(out, "%s%s", i ? " " : "", countries[i].iso);
}

/* xorshift64*: enough for garbage on a line, and the same for the same seed. */
uint32_t
sim_random(struct sim *sim)
{
	uint64_t x = sim->random;
	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	sim->random = x;
	return (uint32_t)(x * UINT64_C(0x2545F4914F6CDD1D) >> 32);
}

/* ---- subscribers ---- */

static struct sim_alias *
alias_slot(struct sim *sim, const char *dialed)
{
	uint64_t h = UINT64_C(1469598103934665603); /* FNV-1a */
	for (const char *p = dialed; *p; p++)
		h = (h ^ (uint8_t)*p) * UINT64_C(1099511628211);
	size_t i = h & (sim->alias_size - 1);
	while (sim->aliases[i].who && strcmp(sim->aliases[i].dialed, dialed) != 0)
		i = (i + 1) & (sim->alias_size - 1);
	return &sim->aliases[i];
}

static void
grow_aliases(struct sim *sim)
{
	struct sim_alias *old = sim->aliases;
	size_t size = sim->alias_size;
	sim->alias_size = size * 2;
	sim->aliases = xcalloc(sim->alias_size, sizeof(*old));
	for (size_t i = 0; i < size; i++)
		if (old[i].who)
			*alias_slot(sim, old[i].dialed) = old[i];
	free(old);
}

static void
add_alias(struct sim *sim, const char *dialed, struct sim_subscriber *who)
{
	if (sim->alias_count * 2 >= sim->alias_size)
		grow_aliases(sim);
	struct sim_alias *a = alias_slot(sim, dialed);
	snprintf(a->dialed, sizeof(a->dialed), "%s", dialed);
	a->who = who;
	sim->alias_count++;
}

static struct sim_subscriber *
subscriber_new(struct sim *sim, const char *number)
{
	struct sim_subscriber *s = xcalloc(1, sizeof(*s));
	snprintf(s->number, sizeof(s->number), "%s", number);
	s->status = SIM_REPORT_AS_RULE;
	s->delay = -1;
	s->next = sim->subscribers;
	sim->subscribers = s;
	add_alias(sim, number, s);
	return s;
}

struct sim_subscriber *
sim_subscriber(struct sim *sim, const char *number, struct strbuf *err)
{
	char e164[32];
	struct sms_address plain;
	if (strlen(number) >= sizeof(((struct sim_alias *)0)->dialed)) {
		strbuf_set(err, "\"%.20s...\" is too long for a number", number);
		return NULL;
	}
	struct sim_alias *a = alias_slot(sim, number);
	if (a->who)
		return a->who;
	/* Whatever fits an address field can be dialled, valid plan or not. */
	if (sms_number_e164(number, sim->country->iso, e164, NULL) < 0) {
		if (!*number || sms_address_parse(number, &plain, err) < 0)
			return NULL;
		snprintf(e164, sizeof(e164), "%.31s", plain.text);
	}
	struct sim_subscriber *who = alias_slot(sim, e164)->who;
	if (!who)
		who = subscriber_new(sim, e164);
	if (strcmp(number, e164) != 0)
		add_alias(sim, number, who);
	return who;
}

struct sim_modem *
sim_modem_find(struct sim *sim, const char *name)
{
	for (unsigned i = 0; i < sim->options.modems; i++)
		if (!strcmp(sim->modems[i].name, name))
			return &sim->modems[i];
	if (*name != '+' && (*name < '0' || *name > '9'))
		return NULL;
	struct sim_subscriber *s = sim_subscriber(sim, name, NULL);
	return s ? s->modem : NULL;
}

/* ---- parcels and what will happen ---- */

struct sim_parcel *
sim_parcel_new(struct sim *sim, bool report, const uint8_t *tpdu, size_t len)
{
	struct sim_parcel *p = sim->spare_parcels;
	if (p)
		sim->spare_parcels = p->next;
	else
		p = xmalloc(sizeof(*p));
	len = MIN(len, sizeof(p->tpdu));
	p->next = NULL;
	p->report = report;
	p->len = (uint8_t)len;
	memcpy(p->tpdu, tpdu, len);
	return p;
}

void
sim_parcel_free(struct sim *sim, struct sim_parcel *p)
{
	p->next = sim->spare_parcels;
	sim->spare_parcels = p;
}

static void
event_unlink(struct sim_event *e)
{
	*e->link = e->next;
	if (e->next)
		e->next->link = e->link;
}

static void
on_event(void *arg)
{
	struct sim_event *e = arg;
	struct sim *sim = e->sim;
	struct strbuf err = STRBUF_SENTENCE;
	event_unlink(e);
	if (e->parcel)
		sim_receive(e->modem, e->parcel);
	else if (sim_network_text(sim, e->who, e->modem, e->text, strlen(e->text), &err) <
		 0)
		fprintf(stderr, "sim: a scripted reply could not be sent: %s\n", err.s);
	free(e->text);
	e->next = sim->spare_events;
	sim->spare_events = e;
	strbuf_done(&err);
}

static struct sim_event *
event_new(struct sim *sim, struct sim_modem *m)
{
	struct sim_event *e = sim->spare_events;
	if (e)
		sim->spare_events = e->next;
	else
		e = xmalloc(sizeof(*e));
	*e = (struct sim_event){
		.sim = sim, .modem = m, .next = sim->events, .link = &sim->events};
	if (e->next)
		e->next->link = &e->next;
	sim->events = e;
	loop_timer_init(&e->timer, sim->loop, on_event, e);
	return e;
}

void
sim_network_text_later(struct sim *sim, struct sim_subscriber *from, struct sim_modem *m,
	const char *text, int64_t delay)
{
	struct sim_event *e = event_new(sim, m);
	e->who = from;
	e->text = xstrdup(text);
	loop_timer_in(&e->timer, delay);
}

static void
deliver_later(struct sim *sim, struct sim_modem *m, struct sim_parcel *p, int64_t delay)
{
	struct sim_event *e = event_new(sim, m);
	e->parcel = p;
	loop_timer_in(&e->timer, delay);
}

/* ---- reports ---- */

static struct sms_time
stamp(const struct sim *sim)
{
	return (struct sms_time){.valid = true,
		.wall = clock_wall(loop_clock(sim->loop)) / SECOND * SECOND,
		.offset_minutes = sim->country->zone};
}

static struct sim_parcel *
encode_parcel(struct sim *sim, const struct pdu *pdu)
{
	struct strbuf out = STRBUF_INIT(256);
	struct strbuf err = STRBUF_SENTENCE;
	struct sim_parcel *p = NULL;
	if (pdu_encode(pdu, &out, &err) == 0)
		p = sim_parcel_new(sim, pdu->type == PDU_STATUS_REPORT,
			(const uint8_t *)out.s, out.len);
	else
		fprintf(stderr, "sim: a TPDU could not be written: %s\n", err.s);
	strbuf_done(&out);
	strbuf_done(&err);
	return p;
}

static struct sim_parcel *
make_report(
	struct sim *sim, struct sim_modem *m, const struct sim_subscriber *to, int status)
{
	struct sim_fault_armed f;
	struct pdu *pdu = &sim->report;
	*pdu = (struct pdu){.type = PDU_STATUS_REPORT, .status = (uint8_t)status};
	pdu->mms = true; /* TP-MMS 1: no more messages wait */
	pdu->mr = (uint8_t)m->last_mr;
	if (sms_address_parse(to->number, &pdu->address, NULL) < 0)
		return NULL;
	pdu->scts = pdu->discharge = stamp(sim);
	if (sim_modem_strike(m, FAULT_REPORT_UNKNOWN_MR, &f))
		pdu->mr = (uint8_t)(pdu->mr + 101);
	return encode_parcel(sim, pdu);
}

static void
send_report(struct sim *sim, struct sim_modem *m, const struct sim_subscriber *to,
	int status, int64_t delay, bool at_once)
{
	struct sim_fault_armed f;
	struct sim_parcel *p = make_report(sim, m, to, status);
	if (!p)
		return;
	if (sim_modem_strike(m, FAULT_DUP_REPORT, &f))
		deliver_later(sim, m, sim_parcel_new(sim, true, p->tpdu, p->len), delay);
	if (at_once)
		sim_receive_report_now(m, p);
	else
		deliver_later(sim, m, p, delay);
}

static int
status_for(const struct sim *sim, const struct sim_subscriber *to)
{
	return to->status == SIM_REPORT_AS_RULE ? sim->rule.status : to->status;
}

/* 23.040 9.2.3.15: 20-3F mean "still trying", so a final one follows. */
static void
report(struct sim *sim, struct sim_modem *m, const struct sim_subscriber *to,
	bool at_once)
{
	int status = status_for(sim, to);
	int64_t delay = to->delay < 0 ? sim->rule.delay : to->delay;
	if (status == SIM_REPORT_NONE)
		return;
	send_report(sim, m, to, status, delay, at_once);
	if (status >= 0x20 && status <= 0x3F)
		send_report(sim, m, to, 0, delay * 2 + 1, false);
}

/* ---- modem to network ---- */

static bool
arrives(const struct sim *sim, const struct sim_subscriber *to)
{
	return status_for(sim, to) < 0x40;
}

static void
note_submit(struct sim *sim, struct sim_modem *m, const struct pdu *pdu,
	const struct sim_subscriber *to, const uint8_t *tpdu, size_t len)
{
	struct sim_ledger *l = &sim->ledger;
	sim_modem_note(m, "submit");
	sim_ledger_int(l, "mr", m->last_mr);
	sim_ledger_text(l, "from", m->me->number);
	sim_ledger_text(l, "to", to ? to->number : "");
	sim_ledger_text(l, "dialed", pdu->address.text);
	sim_ledger_concat(l, &pdu->concat);
	sim_ledger_int(l, "srr", pdu->srr);
	if (m->gap >= 0)
		sim_ledger_int(l, "gap_us", m->gap);
	sim_ledger_hex(l, "tpdu", tpdu, len);
	sim_ledger_bytes(l, "text", pdu->text, pdu->text_len);
	sim_ledger_end(l);
}

/* A SUBMIT becomes the DELIVER the other modem gets: same user data, our address and
 * time. */
static void
forward(struct sim *sim, struct sim_modem *m, const struct pdu *in, struct sim_modem *to)
{
	struct pdu *out = &sim->report;
	*out = *in;
	out->type = PDU_DELIVER;
	out->mms = true;
	out->sri = out->rp = out->srr = out->rd = false;
	out->vp.format = VP_NONE;
	if (sms_address_parse(m->me->number, &out->address, NULL) < 0)
		return;
	out->scts = stamp(sim);
	struct sim_parcel *p = encode_parcel(sim, out);
	if (p)
		deliver_later(sim, to, p, 0);
}

void
sim_network_submit(struct sim *sim, struct sim_modem *m, const struct pdu *pdu,
	const uint8_t *tpdu, size_t len, bool report_at_once)
{
	struct sim_subscriber *to = sim_subscriber(sim, pdu->address.text, NULL);
	note_submit(sim, m, pdu, to, tpdu, len);
	if (!to)
		return;
	if (arrives(sim, to) && to->modem)
		forward(sim, m, pdu, to->modem);
	else if (arrives(sim, to))
		sim_handset_receive(sim, to, m, pdu);
	if (pdu->srr)
		report(sim, m, to, report_at_once);
}

/* ---- network to modem ---- */

void
sim_network_tpdu(struct sim *sim, struct sim_modem *m, const uint8_t *p, size_t len)
{
	struct sim_fault_armed f;
	bool is_report = len && (p[0] & 3) == 2;
	if (!is_report && sim_modem_strike(m, FAULT_DUP_DELIVER, &f))
		sim_receive(m, sim_parcel_new(sim, false, p, len));
	sim_receive(m, sim_parcel_new(sim, is_report, p, len));
}

static int
send_part(struct sim *sim, struct sim_modem *m, const struct sim_subscriber *from,
	const char *text, const struct segment_plan *plan, size_t index, uint16_t ref,
	struct strbuf *err)
{
	struct pdu *pdu = &sim->report;
	struct strbuf out = STRBUF_INIT(256);
	*pdu = (struct pdu){.type = PDU_DELIVER, .mms = true, .msg_class = -1};
	int r = sms_address_parse(from->number, &pdu->address, err);
	if (!r)
		r = segment_user_data(text, plan, index, ref, -1, pdu, err);
	pdu->scts = stamp(sim);
	if (!r)
		r = pdu_encode(pdu, &out, err);
	if (!r)
		sim_network_tpdu(sim, m, (const uint8_t *)out.s, out.len);
	strbuf_done(&out);
	return r;
}

int
sim_network_text(struct sim *sim, struct sim_subscriber *from, struct sim_modem *m,
	const char *text, size_t len, struct strbuf *err)
{
	static const struct segment_options options;
	struct segment_plan plan;
	struct sim_fault_armed f;
	int r = segment_plan(text, len, &options, &plan, err);
	if (r < 0)
		return r;
	uint16_t ref = plan.count > 1 ? ++sim->concat_ref & 0xFF : 0;
	sim_ledger_begin(&sim->ledger, "inbound");
	sim_ledger_text(&sim->ledger, "modem", m->name);
	sim_ledger_text(&sim->ledger, "from", from->number);
	sim_ledger_text(&sim->ledger, "to", m->me->number);
	sim_ledger_int(&sim->ledger, "parts", (int64_t)plan.count);
	sim_ledger_bytes(&sim->ledger, "text", text, len);
	sim_ledger_end(&sim->ledger);
	bool longer = plan.count > 1;
	bool backwards = longer && sim_modem_strike(m, FAULT_REORDER_PARTS, &f);
	bool twice = longer && sim_modem_strike(m, FAULT_DUP_PART, &f);
	size_t count = plan.count - (longer && sim_modem_strike(m, FAULT_DROP_PART, &f));
	for (size_t i = 0; i < count && !r; i++) {
		size_t part = backwards ? count - 1 - i : i;
		r = send_part(sim, m, from, text, &plan, part, ref, err);
		if (!r && twice && part == 0)
			r = send_part(sim, m, from, text, &plan, part, ref, err);
	}
	return r;
}

/* ---- beginning and end ---- */

int
sim_network_init(struct sim *sim, struct strbuf *err)
{
	struct sms_address smsc;
	struct strbuf raw = STRBUF_INIT(16);
	sim->random = sim->options.seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
	sim->rule =
		(struct sim_subscriber){.status = 0, .delay = sim->options.report_delay};
	sim->alias_size = 256;
	sim->aliases = xcalloc(sim->alias_size, sizeof(*sim->aliases));
	int r = sms_address_parse(sim->country->smsc, &smsc, err);
	if (!r)
		r = sms_address_encode(&smsc, &raw);
	if (!r) {
		/* The RP address counts octets where the TP address counts digits. */
		raw.s[0] = (char)(raw.len - 1);
		struct strbuf hex = STRBUF_INIT(sizeof(sim->smsc_hex) - 1);
		strbuf_hex(&hex, raw.s, raw.len);
		memcpy(sim->smsc_hex, hex.s, hex.len + 1);
		sim->smsc_len = (unsigned)raw.len;
		strbuf_done(&hex);
	}
	strbuf_done(&raw);
	return r;
}

static void
free_events(struct sim_event *e)
{
	while (e) {
		struct sim_event *next = e->next;
		free(e);
		e = next;
	}
}

void
sim_network_done(struct sim *sim)
{
	for (struct sim_event *e = sim->events; e; e = e->next) {
		loop_timer_stop(&e->timer);
		free(e->text);
		if (e->parcel)
			sim_parcel_free(sim, e->parcel);
	}
	free_events(sim->events);
	free_events(sim->spare_events);
	while (sim->spare_parcels) {
		struct sim_parcel *p = sim->spare_parcels;
		sim->spare_parcels = p->next;
		free(p);
	}
	while (sim->subscribers) {
		struct sim_subscriber *s = sim->subscribers;
		sim->subscribers = s->next;
		sim_handset_forget(s);
		free(s);
	}
	free(sim->aliases);
}
