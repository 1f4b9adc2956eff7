#include "drivers/sim/storage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[SIM_MEMORIES] = {"SM", "ME", "SR", "MT"};

void
sim_storage_init(struct sim_storage *s, unsigned sm, unsigned me, unsigned sr)
{
	const unsigned size[SIM_MT] = {sm, me, sr};
	for (int mem = 0; mem < SIM_MT; mem++) {
		s->slots[mem] = xcalloc(size[mem], sizeof(struct sim_slot));
		s->size[mem] = size[mem];
		s->used[mem] = 0;
	}
}

void
sim_storage_done(struct sim_storage *s)
{
	for (int mem = 0; mem < SIM_MT; mem++)
		free(s->slots[mem]);
}

int
sim_memory_parse(const char *name)
{
	for (int mem = 0; mem < SIM_MEMORIES; mem++)
		if (!strcmp(name, names[mem]))
			return mem;
	return -EINVAL;
}

const char *
sim_memory_name(enum sim_memory mem)
{
	return names[mem];
}

unsigned
sim_storage_size(const struct sim_storage *s, enum sim_memory mem)
{
	return mem == SIM_MT ? s->size[SIM_SM] + s->size[SIM_ME] : s->size[mem];
}

unsigned
sim_storage_used(const struct sim_storage *s, enum sim_memory mem)
{
	return mem == SIM_MT ? s->used[SIM_SM] + s->used[SIM_ME] : s->used[mem];
}

/* MT's indices run through SM and then ME. */
static enum sim_memory
resolve(const struct sim_storage *s, enum sim_memory mem, unsigned *index)
{
	if (mem != SIM_MT)
		return mem;
	if (*index < s->size[SIM_SM])
		return SIM_SM;
	*index -= s->size[SIM_SM];
	return SIM_ME;
}

struct sim_slot *
sim_storage_at(struct sim_storage *s, enum sim_memory mem, unsigned index)
{
	mem = resolve(s, mem, &index);
	return index < s->size[mem] ? &s->slots[mem][index] : NULL;
}

int
sim_storage_add(struct sim_storage *s, enum sim_memory mem, enum sim_stat stat,
	const uint8_t *tpdu, size_t len)
{
	unsigned size = sim_storage_size(s, mem);
	for (unsigned i = 0; i < size; i++) {
		struct sim_slot *slot = sim_storage_at(s, mem, i);
		if (slot->used || len > sizeof(slot->tpdu))
			continue;
		unsigned own = i;
		s->used[resolve(s, mem, &own)]++;
		slot->used = true;
		slot->stat = (uint8_t)stat;
		slot->len = (uint8_t)len;
		memcpy(slot->tpdu, tpdu, len);
		return (int)i;
	}
	return -ENOSPC;
}

void
sim_storage_delete(struct sim_storage *s, enum sim_memory mem, unsigned index)
{
	struct sim_slot *slot = sim_storage_at(s, mem, index);
	if (!slot || !slot->used)
		return;
	slot->used = false;
	s->used[resolve(s, mem, &index)]--;
}
