/* Messages in: announced or listed, read, told to the channel, deleted once they are
 * safe. */
#include "drivers/at/modem.h"

#include <ctype.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/base/log.h"

enum {
	RECEIVE_HIGH = 80, /* per cent of the storage: say so */
	RECEIVE_LOW = 70,  /* and be ready to say so again */
	RECEIVE_VAIN = 3,  /* times a place is deleted in vain */
};

/* A slot told and not committed is told again after this: its tick may have been lost. */
#define RECEIVE_AGAIN (2 * MINUTE)
/* A listing out of turn, at most this often. */
#define RECEIVE_SOON (5 * SECOND)
/* Tokens from here on are of what lies in no slot: to be acknowledged, not deleted. */
#define RECEIVE_DIRECT (UINT64_C(1) << 62)

void
receive_forget(struct driver *d)
{
	slots_clear(&d->slots);
}

/* ---- telling ---- */

static void
receive_tell(struct driver *d, const char *line, uint64_t token, unsigned occurrence)
{
	struct pdu_line pdu;
	struct incoming in = {.token = token,
		.direct = token >= RECEIVE_DIRECT,
		.occurrence = occurrence,
		.smsc = ""};
	if (parse_pdu(line, &pdu) == 0) {
		in.kind = INCOMING_TPDU;
		in.bytes = pdu.octets + pdu.tpdu;
		in.len = pdu.len - pdu.tpdu;
		in.smsc = pdu.smsc;
	} else {
		in.kind = INCOMING_JUNK;
		in.bytes = (const uint8_t *)line;
		in.len = strlen(line);
	}
	channel_received(d->env.channel, &in);
}

/* A PDU shorter than the modem said, or none at all, may be a line damaged on its way.
 * The claim itself may be nonsense (phonesim: 999) or count the SMSC part too. */
static bool
receive_doubtful(const char *line, int claimed)
{
	struct pdu_line pdu;
	if (parse_pdu(line, &pdu))
		return true;
	return claimed > 0 && claimed <= 200 && pdu.len - pdu.tpdu < (size_t)claimed &&
	       pdu.len != (size_t)claimed;
}

/* An estimate between two sweeps. */
static void
receive_count(struct driver *d, int change)
{
	if (d->facts.storage_used < 0 || d->facts.storage_used + change < 0)
		return;
	d->facts.storage_used += change;
	modem_facts(d);
}

/* A place that keeps its text although it was deleted must not be read, told and deleted
 * for ever. */
static bool
receive_in_vain(struct driver *d, struct slot *slot)
{
	slot->committed = false;
	if (++slot->refused < RECEIVE_VAIN)
		return false;
	slot->stuck = true;
	modem_notice(d, "sim.slot_stuck",
		"place %d in \"%s\" cannot be deleted; its text is stored, and the place "
		"is "
		"left alone from now on",
		slot->index, slot->mem);
	return true;
}

/* Told as new: the channel knows its octets and says "committed" again. */
static bool
receive_undeleted(struct driver *d, struct slot *slot)
{
	slot->deleted = false;
	return !receive_in_vain(d, slot);
}

static void
receive_slot(struct driver *d, struct slot *slot)
{
	int64_t now = clock_mono(loop_clock(d->env.loop));
	if (slot->stuck || (slot->deleted && !receive_undeleted(d, slot)))
		return;
	if (!slot->token) {
		slot->token = ++d->next_token;
		slot->occurrence = slots_occurrence(&d->slots, slot);
		receive_count(d, 1);
	} else if (slot->committed || now - slot->told < RECEIVE_AGAIN) {
		return;
	}
	slot->told = now;
	/* The callee may come back to committed(): nothing of `slot` is used after this.
	 */
	receive_tell(d, slot->line, slot->token, slot->occurrence);
}

static void
receive_stored(struct driver *d, const char *mem, int index, const struct stored *stored,
	const char *line)
{
	struct slot *slot = slots_at(&d->slots, mem, index);
	struct chore again = {.kind = CHORE_READ, .index = index};
	bool seen = slot && strcmp(slot->line, line) == 0;
	if (stored->stat == 2 || stored->stat == 3 || index < 0)
		return; /* ours, unsent or sent */
	if (!seen)
		slot = slots_put(&d->slots, mem, index, line);
	slot->listed = true;
	if (!seen && receive_doubtful(line, stored->len)) {
		memcpy(again.mem, slot->mem, sizeof(again.mem));
		chores_add(d, &again);
		return;
	}
	receive_slot(d, slot);
}

/* Pairs of header and PDU line; a header whose PDU never came is left for the next time.
 */
static void
receive_entry(struct driver *d, const struct chore *c, const struct stored *stored,
	const char *next)
{
	int index = c->kind == CHORE_LIST ? stored->index : c->index;
	if (stored->pdu)
		receive_stored(d, d->mem, index, stored, stored->pdu);
	else if (next)
		receive_stored(d, d->mem, index, stored, next);
}

static void
receive_entries(struct driver *d, const struct chore *c, const struct chat_reply *reply)
{
	int (*parse)(const char *, struct stored *) =
		c->kind == CHORE_LIST ? parse_cmgl : parse_cmgr;
	struct stored stored, after;
	for (size_t i = 0; i < reply->count; i++) {
		const char *next = i + 1 < reply->count ? reply->lines[i + 1] : NULL;
		if (parse(reply->lines[i], &stored))
			continue;
		if (next && parse(next, &after) == 0)
			next = NULL;
		receive_entry(d, c, &stored, next);
	}
}

void
receive_read(struct driver *d, const struct chore *c, const struct chat_reply *reply)
{
	struct chore again = {.kind = CHORE_READ, .index = c->index};
	struct slot *slot;
	if (reply->final.kind == FINAL_OK && reply->count > 0) {
		receive_entries(d, c, reply);
		return;
	}
	/* A bare OK or CMS 321: nothing there, or the announcement named the wrong
	 * memory. Quectel announces reports in SM and keeps them in SR
	 * (asterisk-chan-quectel, pull request 75). */
	if (c->report && strcmp(d->mem, "SR") != 0 && d->init.mems.count > 0 &&
		parse_mem_has(&d->init.mems.group[0], "SR")) {
		memcpy(again.mem, "SR", sizeof("SR"));
		chores_add(d, &again);
		return;
	}
	slot = slots_at(&d->slots, d->mem, c->index);
	if (slot && !slot->committed)
		slots_drop(&d->slots, slot);
	receive_sweep_soon(d);
}

void
receive_listed(struct driver *d, const struct chore *c, const struct chat_reply *reply)
{
	struct slots *s = &d->slots;
	for (size_t i = 0; i < s->count; i++)
		s->slot[i].listed = false;
	receive_entries(d, c, reply);
	if (reply->final.kind != FINAL_OK && strcmp(d->mem, "SR") == 0)
		reports_read(d);
	if (reply->final.kind != FINAL_OK || reply->count >= CHAT_LINES)
		return;
	for (size_t i = s->count; i-- > 0;)
		if (!s->slot[i].listed && strcmp(s->slot[i].mem, d->mem) == 0)
			slots_drop(s, &s->slot[i]);
}

/* ---- deleting ---- */

/* Before whatever else waits: the network's own timer runs. */
static void
receive_acknowledge(struct driver *d)
{
	struct chore chore = {.kind = CHORE_ACK};
	if (d->ack != ACK_NOT)
		chores_first(d, &chore);
	modem_pump(d);
}

void
receive_committed(struct driver *d, uint64_t token)
{
	struct slot *slot = slots_token(&d->slots, token);
	struct chore chore = {.kind = CHORE_DELETE, .token = token};
	if (token >= RECEIVE_DIRECT) {
		receive_acknowledge(d);
		return;
	}
	if (!slot || slot->committed)
		return;
	chore.index = slot->index;
	memcpy(chore.mem, slot->mem, sizeof(chore.mem));
	slot->committed = chores_add(d, &chore);
	modem_pump(d);
}

void
receive_deleted(struct driver *d, const struct chore *c, const struct chat_reply *reply)
{
	struct slot *slot = slots_token(&d->slots, c->token);
	bool gone = reply->final.kind == FINAL_OK || reply->final.code == 321 ||
		    (reply->final.kind == FINAL_CMS &&
			    codes_cms_number(reply->final.text) == 321);
	FAULT("at.after_delete");
	if (!slot)
		return;
	if (gone) {
		receive_count(d, -1);
		slot->deleted = true;
		slot->token = 0;
		return;
	}
	/* The next listing finds it again, the channel knows it and says "committed"
	 * again. */
	receive_in_vain(d, slot);
	log_event(LOG_WARN, "at.delete_refused", LOG_TEXT("channel", d->chat.name),
		LOG_INT("index", c->index), LOG_TEXT("answer", reply->final.text));
}

/* ---- news ---- */

void
receive_direct(struct driver *d, const struct direct *direct, const char *pdu)
{
	switch (direct->kind) {
	case DIRECT_DELIVER:
	case DIRECT_REPORT:
		if (*pdu)
			receive_tell(d, pdu,
				d->ack != ACK_NOT ? RECEIVE_DIRECT + ++d->next_direct : 0,
				1);
		else
			receive_sweep_soon(d);
		break;
	case DIRECT_BROADCAST:
		log_event(LOG_DEBUG, "at.broadcast_ignored",
			LOG_TEXT("channel", d->chat.name));
		break;
	}
}

static bool
receive_memory_sane(const char *mem)
{
	for (; *mem; mem++)
		if (!isalnum((unsigned char)*mem) && *mem != '_')
			return false;
	return true;
}

void
receive_announced(struct driver *d, const struct stored_at *at)
{
	struct chore chore = {
		.kind = CHORE_READ, .index = at->index, .report = at->report};
	if (at->index < 0 || !receive_memory_sane(at->mem)) {
		receive_sweep_soon(
			d); /* SIM7000: "+CMTI: ,-1", nothing can be read there */
		return;
	}
	memcpy(chore.mem, at->mem, sizeof(chore.mem));
	chores_add(d, &chore);
	modem_pump(d);
}

/* ---- listing ---- */

static void
receive_list(struct driver *d, const char *mem)
{
	struct chore chore = {.kind = CHORE_LIST};
	for (size_t i = 0; i < d->chore_count; i++) {
		const struct chore *c = &d->chore[(d->chore_head + i) % CHORES_MAX];
		if (c->kind == CHORE_LIST && strcmp(c->mem, mem) == 0)
			return;
	}
	strncpy(chore.mem, mem, sizeof(chore.mem) - 1);
	chores_add(d, &chore);
}

/* Texts that came while nobody listened may lie in any memory; the one in use comes last,
 * so that it stays selected. */
void
receive_drain(struct driver *d)
{
	static const char *const kept[] = {"SM", "ME"};
	for (size_t i = 0; i < ARRAY_LEN(kept) && strcmp(d->receive, "MT") != 0; i++)
		if (d->init.mems.count > 0 &&
			parse_mem_has(&d->init.mems.group[0], kept[i]) &&
			strcmp(kept[i], d->receive) != 0)
			receive_list(d, kept[i]);
	if (d->parting[0])
		receive_list(d, "SR"); /* the reports of that time */
	receive_list(d, d->receive);
}

void
receive_sweep(struct driver *d)
{
	const char *poll = d->profile.poll;
	char mem[PARSE_MEM_SIZE];
	d->swept = clock_mono(loop_clock(d->env.loop));
	while (profile_next(&poll, ",", mem, sizeof(mem)))
		receive_list(d, mem);
	receive_list(d, d->receive);
	chores_push(d, CHORE_USE);
	if (d->csms && d->announce[0])
		chores_push(d, CHORE_ROUTES);
	chores_push(d, CHORE_SIGNAL);
	if (d->up && d->sim_mr >= 0)
		chores_push(d, CHORE_REFERENCE);
	chores_push(d, CHORE_CREG);
	chores_push(d, CHORE_CEREG);
	chores_push(d, CHORE_CGREG);
	modem_pump(d);
}

void
receive_sweep_soon(struct driver *d)
{
	int64_t now = clock_mono(loop_clock(d->env.loop));
	if (now - d->swept < RECEIVE_SOON) {
		loop_timer_in(&d->sweep, RECEIVE_SOON);
		return;
	}
	d->swept = now;
	receive_list(d, d->receive);
	modem_pump(d);
}

/* ---- how full it is ---- */

void
receive_use(struct driver *d, const struct mem_use *use, size_t count)
{
	const struct mem_use *in = NULL;
	/* By name where names are given; else the last is the memory that receives. */
	for (size_t i = 0; i < count; i++)
		if (use[i].name[0] == '\0' || strcmp(use[i].name, d->receive) == 0)
			in = &use[i];
	if (!in || in->used < 0 || in->total <= 0)
		return;
	d->facts.storage_used = in->used;
	d->facts.storage_total = in->total;
	modem_facts(d);
	if (in->used * 100 < in->total * RECEIVE_LOW)
		d->storage_high = false;
	if (d->storage_high || in->used * 100 < in->total * RECEIVE_HIGH)
		return;
	d->storage_high = true;
	modem_notice(d, "sim.storage_high",
		"%d of %d places for messages are taken in \"%s\"", in->used, in->total,
		d->receive);
}
