/* Answers kept for a while: a customer who asks twice, or a hundred who ask within a
 * minute, cost the shop's system one question. Bounded; the oldest makes room. */
#include <stdlib.h>
#include <string.h>

#include "gateway/core/lookup_inside.h"

#define ENTRIES 128

struct entry {
	char *key;
	struct lookup_result *result;
	int64_t at; /* mono */
};

struct cache {
	struct entry entries[ENTRIES];
};

struct cache *
cache_new(void)
{
	return xcalloc(1, sizeof(struct cache));
}

static void
drop(struct entry *e)
{
	free(e->key);
	result_free(e->result);
	*e = (struct entry){0};
}

void
cache_free(struct cache *cache)
{
	for (size_t i = 0; i < ENTRIES; i++)
		drop(&cache->entries[i]);
	free(cache);
}

static size_t
find(const struct cache *cache, const char *key)
{
	size_t i = 0;
	while (i < ENTRIES &&
		(!cache->entries[i].key || strcmp(cache->entries[i].key, key) != 0))
		i++;
	return i;
}

const struct lookup_result *
cache_get(const struct cache *cache, const char *key, int64_t age, int64_t now)
{
	size_t i = find(cache, key);
	if (i == ENTRIES || now - cache->entries[i].at > age)
		return NULL;
	return cache->entries[i].result;
}

static size_t
oldest(const struct cache *cache)
{
	size_t best = 0;
	for (size_t i = 0; i < ENTRIES; i++) {
		if (!cache->entries[i].key)
			return i;
		if (cache->entries[i].at < cache->entries[best].at)
			best = i;
	}
	return best;
}

void
cache_put(
	struct cache *cache, const char *key, const struct lookup_result *r, int64_t now)
{
	if (r->found == LOOKUP_ERROR)
		return;
	size_t i = find(cache, key);
	struct entry *e = &cache->entries[i < ENTRIES ? i : oldest(cache)];
	drop(e);
	*e = (struct entry){xstrdup(key), result_copy(r), now};
	e->result->cached = true;
}
