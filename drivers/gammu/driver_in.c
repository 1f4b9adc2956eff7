/* Messages in: what lies in the phone is told, and deleted when it is safe. */
#include "drivers/gammu/driver_inside.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/fault.h"

#define TELL_AGAIN  (2 * MINUTE) /* what was told and not committed */
#define REFUSED_MAX 3

static struct slot *
slot_token(struct driver *d, uint64_t token)
{
	for (size_t i = 0; i < d->slot_count; i++)
		if (d->slots[i].token == token)
			return &d->slots[i];
	return NULL;
}

static struct slot *
slot_place(struct driver *d, const struct place *place)
{
	for (size_t i = 0; i < d->slot_count; i++)
		if (d->slots[i].place.location == place->location &&
			d->slots[i].place.folder == place->folder &&
			d->slots[i].place.memory == place->memory)
			return &d->slots[i];
	if (d->slot_count == SLOTS_MAX)
		return NULL;
	d->slots[d->slot_count] = (struct slot){.place = *place};
	return &d->slots[d->slot_count++];
}

static uint64_t
hash_of(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static unsigned
occurrence(const struct driver *d, const struct slot *slot)
{
	unsigned n = 1;
	for (size_t i = 0; i < d->slot_count; i++)
		n += &d->slots[i] != slot && d->slots[i].hash == slot->hash &&
		     d->slots[i].len == slot->len && d->slots[i].token < slot->token;
	return n;
}

/* It lies nowhere, and there is nothing to acknowledge: now or never. */
static void
on_direct(struct driver *d, const struct letter *l)
{
	const struct incoming in = {.kind = INCOMING_TPDU,
		.bytes = l->octets,
		.len = l->len,
		.smsc = "",
		.occurrence = 1};
	if (!d->taken)
		channel_received(d->env.channel, &in);
}

void
gammu_on_incoming(struct driver *d, const struct letter *l)
{
	const void *bytes = l->good ? (const void *)l->octets : l->text;
	size_t len = l->good ? l->len : strlen(l->text);
	if (l->place.memory == PLACE_NONE) {
		on_direct(d, l);
		return;
	}
	struct slot *slot = slot_place(d, &l->place);
	uint64_t hash = hash_of(bytes, len);
	int64_t now = clock_mono(loop_clock(d->env.loop));
	if (d->taken || !d->connected || !slot)
		return; /* the next look finds it again */
	if (slot->token && slot->hash == hash && slot->len == len) {
		if (slot->committed || slot->stuck || now - slot->told < TELL_AGAIN)
			return;
	} else {
		*slot = (struct slot){.place = l->place,
			.token = ++d->next_token,
			.hash = hash,
			.len = len};
	}
	slot->told = now;
	/* The callee may come back to committed(): `slot` is not used after this. */
	struct incoming in = {.kind = l->good ? INCOMING_TPDU : INCOMING_JUNK,
		.token = slot->token,
		.bytes = bytes,
		.len = len,
		.smsc = l->good ? l->text : "",
		.occurrence = occurrence(d, slot)};
	channel_received(d->env.channel, &in);
}

void
gammu_committed(struct driver *d, uint64_t token)
{
	struct slot *slot = slot_token(d, token);
	struct job job = {.kind = JOB_DELETE, .id = token};
	if (!slot || slot->committed || slot->stuck)
		return;
	slot->committed = true;
	job.place = slot->place;
	phone_ask(d->phone, &job);
}

void
gammu_on_deleted(struct driver *d, const struct letter *l)
{
	struct slot *slot = slot_token(d, l->id);
	char why[160];
	FAULT("gammu.after_delete");
	if (!slot)
		return;
	if (l->good) {
		*slot = d->slots[--d->slot_count];
		return;
	}
	slot->committed =
		false; /* the next look tells it again, and it is deleted again */
	slot->told = 0;
	if (++slot->refused < REFUSED_MAX)
		return;
	slot->stuck = true;
	snprintf(why, sizeof(why),
		"place %d of folder %d cannot be deleted; its text is stored, and the "
		"place is left alone from now on",
		slot->place.location, slot->place.folder);
	channel_notice(d->env.channel, "sim.slot_stuck", why);
}
