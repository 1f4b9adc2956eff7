#include "gateway/core/lookup_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/net/json.h"
#include "gateway/sms/address.h"

#define FAILURES     5 /* in a row, and the connector is left alone */
#define SHUT         (30 * SECOND)
#define UNDER_WAY    32  /* of one connector */
#define ARGUMENT_MAX 500 /* bytes */

/* ---- the end of one ---- */

static int64_t
now_of(const struct lookups *all)
{
	return clock_mono(loop_clock(all->loop));
}

static void
unlink_lookup(struct lookup *l)
{
	*l->link = l->next;
	if (l->next)
		l->next->link = l->link;
}

static void
lookup_free(struct lookup *l)
{
	unlink_lookup(l);
	loop_timer_stop(&l->deadline);
	loop_forget(l->all->loop, l);
	if (l->call)
		http_cancel(l->call);
	if (l->job)
		lookup_store_forget(l);
	if (l->gauge)
		l->gauge->under_way--;
	for (size_t i = 0; i < l->arg_count; i++) {
		free((char *)l->args[i].name);
		free((char *)l->args[i].value);
	}
	result_free(l->ready);
	free(l->key);
	free(l);
}

/* What a connector's answers say about its health. */
static void
measure(struct lookup *l, const struct lookup_result *r)
{
	struct gauge *g = l->gauge;
	if (!g)
		return;
	if (r->found != LOOKUP_ERROR) {
		g->failures = 0;
		return;
	}
	log_event(LOG_WARN, "lookup.failed", LOG_TEXT("connector", l->connector->name),
		LOG_TEXT("query", l->query->name), LOG_TEXT("why", r->why));
	if (++g->failures < FAILURES)
		return;
	g->shut_until = now_of(l->all) + SHUT;
	if (g->failures == FAILURES)
		log_event(LOG_WARN, "lookup.shut",
			LOG_TEXT("connector", l->connector->name),
			LOG_INT("failures", g->failures));
}

void
lookup_finish(struct lookup *l, struct lookup_result *r)
{
	result_settle(r);
	measure(l, r);
	if (l->gauge && l->cache)
		cache_put(l->all->cache, l->key, r, now_of(l->all));
	void (*done)(void *arg, const struct lookup_result *result) = l->done;
	void *arg = l->arg;
	lookup_free(l);
	done(arg, r);
	result_free(r);
}

static void
on_ready(void *arg)
{
	struct lookup *l = arg;
	struct lookup_result *r = l->ready;
	l->ready = NULL;
	lookup_finish(l, r);
}

static void
on_deadline(void *arg)
{
	struct lookup *l = arg;
	struct lookup_result *r = result_new();
	result_fail(r, "%s.%s did not answer within %lld ms", l->connector->name,
		l->query->name, (long long)l->timeout);
	lookup_finish(l, r);
}

void
lookup_cancel(struct lookup *l)
{
	lookup_free(l);
}

/* ---- the beginning of one ---- */

static void
add_arg(struct lookup *l, const char *name, const char *suffix, const char *value)
{
	struct strbuf full AUTO(strbuf_done) = STRBUF_INIT(128);
	strbuf_printf(&full, "%s%s", name, suffix);
	l->args[l->arg_count++] =
		(struct foreign_arg){.name = xstrdup(full.s), .value = xstrdup(value)};
}

/* A phone in E.164 is also offered as people write it at home, because that is what shops
 * keep: 01012345678 and 010-1234-5678. */
static void
add_spellings(struct lookup *l, const char *name, const char *value)
{
	char dashed[48], local[48];
	size_t n = 0;
	snprintf(dashed, sizeof(dashed), "%.47s", value);
	if (*value == '+' && strlen(value) < 20)
		sms_number_format(value, l->all->country, dashed);
	for (const char *p = dashed; *p; p++)
		if (*value != '+' || (*p >= '0' && *p <= '9'))
			local[n++] = *p;
	local[n] = '\0';
	add_arg(l, name, "", value);
	add_arg(l, name, "_local", *value == '+' ? local : value);
	add_arg(l, name, "_dashed", *value == '+' ? dashed : value);
}

const char *
lookup_arg(const struct lookup *l, const char *name, size_t n)
{
	for (size_t i = 0; i < l->arg_count; i++)
		if (strlen(l->args[i].name) == n && !strncmp(l->args[i].name, name, n))
			return l->args[i].value;
	return NULL;
}

static int
take_args(struct lookup *l, const struct lookup_ask *ask, struct lookup_result *r)
{
	for (size_t i = 0; i < ask->arg_count; i++) {
		const char *name = l->query->args[i], *value = ask->args[i];
		const char *wrong = !value || !*value              ? "is empty"
				    : strlen(value) > ARGUMENT_MAX ? "is too long"
				    : !json_utf8(value)            ? "is not UTF-8"
								   : NULL;
		if (wrong) {
			result_fail(r, "%s.%s: the argument %s %s", ask->use, ask->query,
				name, wrong);
			return -1;
		}
		add_spellings(l, name, value);
	}
	return 0;
}

static void
make_key(struct lookup *l, const struct lookup_ask *ask)
{
	struct strbuf key = STRBUF_INIT(1 << 16);
	strbuf_printf(&key, "%s\x1f%s", ask->use, ask->query);
	for (size_t i = 0; i < ask->arg_count; i++)
		strbuf_printf(&key, "\x1f%zu:%s", strlen(ask->args[i]), ask->args[i]);
	l->key = xstrdup(key.s);
	strbuf_done(&key);
}

/* Left alone, or too much asked of it already? */
static int
take_turn(struct lookup *l, struct lookup_result *r)
{
	struct gauge *g = &l->all->gauges[l->connector - l->all->connectors->list];
	bool shaky = g->failures >= FAILURES;
	int64_t wait = g->shut_until - now_of(l->all);
	if (shaky && (wait > 0 || g->under_way)) {
		result_fail(r,
			"%s failed %d times in a row and is left alone for a while",
			l->connector->name, g->failures);
		return -1;
	}
	if (g->under_way == UNDER_WAY) {
		result_fail(r, "%s is being asked %d things already", l->connector->name,
			UNDER_WAY);
		return -1;
	}
	l->gauge = g;
	g->under_way++;
	return 0;
}

/* 0 when it is under way, else the result is known. */
static int
begin(struct lookup *l, const struct lookup_ask *ask, struct lookup_result **r)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	const struct lookup_result *kept;
	if (connectors_find(l->all->connectors, ask->use, ask->query, ask->arg_count,
		    &l->connector, &l->query, &err)) {
		result_fail(*r, "%s", err.s);
		return -1;
	}
	l->timeout = ask->timeout ? ask->timeout : l->connector->timeout;
	l->cache = ask->cache ? ask->cache : l->connector->cache;
	if (l->connector->type == CONNECTOR_MALGIL)
		l->cache = 0; /* what is at hand is not worth being old */
	if (take_args(l, ask, *r))
		return -1;
	make_key(l, ask);
	kept = l->cache ? cache_get(l->all->cache, l->key, l->cache, now_of(l->all))
			: NULL;
	if (kept) {
		result_free(*r);
		*r = result_copy(kept);
		return -1;
	}
	if (take_turn(l, *r))
		return -1;
	loop_timer_in(&l->deadline, l->timeout);
	int refused = l->connector->type == CONNECTOR_HTTP ? lookup_http_begin(l, *r)
							   : lookup_store_begin(l, *r);
	if (refused) { /* which says nothing about the connector */
		l->gauge->under_way--;
		l->gauge = NULL;
	}
	return refused;
}

struct lookup *
lookup_start(struct lookups *all, const struct lookup_ask *ask,
	void (*done)(void *arg, const struct lookup_result *result), void *arg)
{
	struct lookup *l = xcalloc(1, sizeof(*l));
	struct lookup_result *r = result_new();
	*l = (struct lookup){.all = all, .done = done, .arg = arg, .next = all->first};
	l->link = &all->first;
	if (l->next)
		l->next->link = &l->next;
	all->first = l;
	loop_timer_init(&l->deadline, all->loop, on_deadline, l);
	if (begin(l, ask, &r)) {
		loop_timer_stop(&l->deadline);
		l->ready = r;
		loop_post(all->loop, on_ready, l);
	} else {
		result_free(r);
	}
	return l;
}

/* ---- all of them ---- */

struct lookups *
lookups_new(struct loop *loop, const struct connectors *connectors, const char *store,
	const char *country)
{
	struct lookups *all = xcalloc(1, sizeof(*all));
	*all = (struct lookups){.loop = loop,
		.connectors = connectors,
		.store = xstrdup(store),
		.country = xstrdup(country),
		.cache = cache_new()};
	return all;
}

void
lookups_free(struct lookups *all)
{
	if (!all)
		return;
	for (struct lookup *l = all->first, *next; l; l = next) {
		next = l->next;
		lookup_free(l);
	}
	http_free(all->http);
	for (size_t i = 0; i < CONNECTORS; i++)
		reader_free(all->gauges[i].reader);
	cache_free(all->cache);
	free(all->store);
	free(all->country);
	free(all);
}

const struct connectors *
lookups_connectors(const struct lookups *all)
{
	return all->connectors;
}
