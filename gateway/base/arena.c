#include "gateway/base/arena.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 4096

struct arena_block {
	struct arena_block *next;
	size_t size, used;
	max_align_t data[];
};

struct arena_end {
	struct arena_end *next;
	void (*end)(void *what);
	void *what;
};

void *
arena_alloc(struct arena *a, size_t size)
{
	size_t n = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) *
		   sizeof(max_align_t);
	struct arena_block *b = a->blocks;
	if (!b || b->size - b->used < n) {
		size_t room = MAX(n, BLOCK);
		b = xcalloc(1, sizeof(*b) + room);
		b->size = room;
		b->next = a->blocks;
		a->blocks = b;
	}
	void *p = (char *)b->data + b->used;
	b->used += n;
	a->used += n;
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);
	memcpy(p, s, n);
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

void
arena_at_end(struct arena *a, void (*end)(void *what), void *what)
{
	struct arena_end *e = arena_alloc(a, sizeof(*e));
	*e = (struct arena_end){a->ends, end, what};
	a->ends = e;
}

void
arena_done(struct arena *a)
{
	for (struct arena_end *e = a->ends; e; e = e->next)
		e->end(e->what);
	for (struct arena_block *b = a->blocks, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct arena)ARENA_INIT;
}
