#include "drivers/at/slots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
slots_clear(struct slots *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->slot[i].line);
	free(s->slot);
	*s = (struct slots){NULL, 0, 0};
}

struct slot *
slots_at(struct slots *s, const char *mem, int index)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->slot[i].index == index && strcmp(s->slot[i].mem, mem) == 0)
			return &s->slot[i];
	return NULL;
}

struct slot *
slots_token(struct slots *s, uint64_t token)
{
	for (size_t i = 0; i < s->count; i++)
		if (token && s->slot[i].token == token)
			return &s->slot[i];
	return NULL;
}

void
slots_drop(struct slots *s, struct slot *slot)
{
	free(slot->line);
	*slot = s->slot[--s->count];
}

struct slot *
slots_put(struct slots *s, const char *mem, int index, const char *line)
{
	struct slot *slot = slots_at(s, mem, index);
	if (slot)
		slots_drop(s, slot);
	if (s->count == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 32;
		s->slot = xrealloc(s->slot, s->cap * sizeof(*s->slot));
	}
	slot = &s->slot[s->count++];
	*slot = (struct slot){.index = index, .line = xstrdup(line)};
	snprintf(slot->mem, sizeof(slot->mem), "%s", mem);
	return slot;
}

unsigned
slots_occurrence(const struct slots *s, const struct slot *slot)
{
	unsigned n = 1;
	for (size_t i = 0; i < s->count; i++)
		n += &s->slot[i] != slot && s->slot[i].token &&
		     strcmp(s->slot[i].line, slot->line) == 0;
	return n;
}
