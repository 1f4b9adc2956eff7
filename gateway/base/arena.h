/* Memory that is freed all at once: a loaded script, the effects of one step. What was
 * allocated elsewhere can be tied to the same end. Zeroed, aligned for anything. */
#ifndef MALGIL_BASE_ARENA_H
#define MALGIL_BASE_ARENA_H

#include "gateway/base/def.h"

struct arena_block;
struct arena_end;

struct arena {
	struct arena_block *blocks;
	struct arena_end *ends;
	size_t used; /* bytes handed out, for those who count */
};

#define ARENA_INIT                                                                       \
	{                                                                                \
		0                                                                        \
	}

void arena_done(struct arena *a); /* empties it; it may be used again */
void *arena_alloc(struct arena *a, size_t size);
char *arena_strdup(struct arena *a, const char *s); /* NULL stays NULL */
char *arena_strndup(struct arena *a, const char *s, size_t n);
/* `end(what)` is called by arena_done(), the last registered first. */
void arena_at_end(struct arena *a, void (*end)(void *what), void *what);

#endif
