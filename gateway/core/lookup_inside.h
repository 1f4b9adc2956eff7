/* Inside of the look-ups: one under way, its result as it is built, and the two ways out
 * of the process. */
#ifndef MALGIL_CORE_LOOKUP_INSIDE_H
#define MALGIL_CORE_LOOKUP_INSIDE_H

#include "gateway/core/lookup.h"
#include "gateway/net/http.h"
#include "gateway/store/foreign.h"
#include "gateway/store/reader.h"

#define LOOKUP_ARGS (3 * CONNECTOR_ARGS) /* each as it is, _local and _dashed */

/* ---- results (lookup_result.c) ---- */

struct lookup_result *result_new(void);
void result_free(struct lookup_result *r);
struct lookup_result *result_copy(const struct lookup_result *r);
/* A new last row; false when nothing more fits (then `more` is set). */
bool result_row(struct lookup_result *r);
/* A field of the last row. `len` bytes, cleaned; empty and NULL values are left out. */
void result_field(struct lookup_result *r, const char *name, const char *value);
/* Turns it into an error, whatever it was. */
void result_fail(struct lookup_result *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* None, one or many, by the rows; an error stays one. */
void result_settle(struct lookup_result *r);

/* ---- answers kept (lookup_cache.c) ---- */

struct cache;
struct cache *cache_new(void);
void cache_free(struct cache *cache);
/* The answer, when it is not older than `age`; borrowed until the next call. */
const struct lookup_result *
cache_get(const struct cache *cache, const char *key, int64_t age, int64_t now);
/* Copies; errors are not kept. */
void cache_put(
	struct cache *cache, const char *key, const struct lookup_result *r, int64_t now);

/* ---- the look-ups ---- */

/* How a connector has been doing. */
struct gauge {
	int failures; /* in a row */
	int64_t shut_until;
	size_t under_way;
	struct reader *reader; /* its thread, once it had one */
};

struct store_job; /* shared with a reader's thread */

struct lookup {
	struct lookups *all;
	struct lookup *next, **link; /* among those under way */
	const struct connector *connector;
	const struct connector_query *query;
	struct gauge *gauge; /* NULL: it was refused before it was one's turn */
	struct foreign_arg args[LOOKUP_ARGS];
	size_t arg_count;
	char *key;
	int64_t timeout, cache;
	struct loop_timer deadline;
	struct http_call *call;
	struct store_job *job;
	struct lookup_result *ready; /* known already: told in the next tick */
	void (*done)(void *arg, const struct lookup_result *result);
	void *arg;
};

struct lookups {
	struct loop *loop;
	const struct connectors *connectors;
	char *store, *country;
	struct http *http; /* once it was needed */
	struct cache *cache;
	struct lookup *first;
	struct gauge gauges[CONNECTORS];
};

/* Takes the result; calls done and frees the look-up. */
void lookup_finish(struct lookup *l, struct lookup_result *r);

/* 0, or an error in the result: it was not even begun (lookup_http.c, lookup_store.c). */
int lookup_http_begin(struct lookup *l, struct lookup_result *r) MUST_USE;
int lookup_store_begin(struct lookup *l, struct lookup_result *r) MUST_USE;
/* Nobody wants the result any more. */
void lookup_store_forget(struct lookup *l);

/* The value of an argument by its name of `n` bytes, NULL when there is none. */
const char *lookup_arg(const struct lookup *l, const char *name, size_t n);

#endif
