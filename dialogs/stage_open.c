/* A rehearsal's beginning and end: which scripts, which shop, and what there is to tell
 * about it in between. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogs/stage.h"
#include "gateway/text/format.h"
#include "gateway/text/zone.h"

#define BEGINNING INT64_C(1767607200000) /* 2026-01-05 10:00 as if UTC, a Monday */

static int
load_one(struct stage *s, const char *path, struct strbuf *err)
{
	struct script *script;
	if (s->set.count == ARRAY_LEN(s->scripts))
		return 0;
	int r = script_load(path, &script, err);
	if (r < 0)
		return r;
	s->scripts[s->set.count] = script;
	memmove(s->newest + 1, s->newest, s->set.count * sizeof(s->newest[0]));
	s->newest[0] = script;
	s->set = (struct script_set){s->newest, s->set.count + 1};
	return 0;
}

/* PATH as the file FROM means it. */
static void
beside(const char *from, const char *path, char *ret, size_t size)
{
	const char *slash = strrchr(from, '/');
	int dir = slash && *path != '/' ? (int)(slash + 1 - from) : 0;
	snprintf(ret, size, "%.*s%s", dir, from, path);
}

int
stage_reload(struct stage *s, const char *path, struct strbuf *err)
{
	char full[512];
	beside(s->main->file, path, full, sizeof(full));
	struct script *script;
	int r = script_load(full, &script, err);
	if (r < 0 || s->set.count == ARRAY_LEN(s->scripts)) {
		return r < 0 ? r : -EINVAL;
	}
	/* It stands for the script under test, whatever its file is called. */
	script->id = arena_strdup(&script->arena, s->main->id);
	s->scripts[s->set.count] = script;
	memmove(s->newest + 1, s->newest, s->set.count * sizeof(s->newest[0]));
	s->newest[0] = script;
	s->set.count++;
	for (size_t i = 0; i < s->run_count; i++)
		stage_feed(s, &s->runs[i], &(struct step_event){.kind = EVENT_RELOADED});
	return 0;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* The scripts beside it; one that does not load is its own check's business. */
static void
load_siblings(struct stage *s, const char *path)
{
	char dir[400], full[700];
	const char *slash = strrchr(path, '/');
	struct dirent **names;
	struct strbuf ignored AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) : 1,
		slash ? path : ".");
	int n = scandir(dir, &names, NULL, by_name);
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		size_t len = strlen(name);
		snprintf(full, sizeof(full), "%s/%s", dir, name);
		bool cfg = len > 4 && !strcmp(name + len - 4, ".cfg");
		if (cfg && strcmp(name, slash ? slash + 1 : path) != 0 &&
			script_recognise(full))
			(void)load_one(s, full, &ignored);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

/* The shop opens, on a Monday at ten unless another time is wished. */
static int
begin(struct stage *s, const struct rules *rules, int64_t at, struct strbuf *err)
{
	s->rules = rules;
	s->now = at ? at : zone_from_local(rules->config->zone, BEGINNING);
	return trade_open(&s->trade, rules->config, s->options.phone, s->now, err);
}

static const char *
named(const char **names, const char **values, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return values[i];
	return NULL;
}

int
stage_shop(struct stage *s, const char **names, const char **values, size_t count,
	struct strbuf *err)
{
	static const char *const known[] = {"country", "tz", "name", "policy", "packs"};
	const struct config *old = s->rules->config;
	char policy[512] = "";
	for (size_t i = 0; i < count; i++) {
		size_t k = 0;
		while (k < ARRAY_LEN(known) && strcmp(known[k], names[i]) != 0)
			k++;
		if (k == ARRAY_LEN(known)) {
			strbuf_set(err,
				"a shop has country, tz, name, policy and packs, "
				"not '%s'",
				names[i]);
			return -EINVAL;
		}
	}
	if (s->begun || s->own_config) {
		strbuf_set(err, "the shop is named once, before anything happens");
		return -EINVAL;
	}
	const char *path = named(names, values, count, "policy");
	if (path)
		beside(s->main->file, path, policy, sizeof(policy));
	struct config_shop shop = {.name = named(names, values, count, "name"),
		.country = named(names, values, count, "country"),
		.zone = named(names, values, count, "tz"),
		.packs = named(names, values, count, "packs"),
		.policy = *policy ? policy : NULL};
	shop.name = shop.name ? shop.name : old->shop_name;
	shop.country = shop.country ? shop.country : old->country;
	shop.zone = shop.zone ? shop.zone : old->zone;
	int r = config_plain(&shop, &s->own_config, err);
	if (r < 0)
		return r;
	trade_close(&s->trade);
	rules_init(&s->own_rules, s->own_config);
	return begin(s, &s->own_rules, s->options.at, err);
}

void
stage_tell(struct stage *s, struct strbuf *out)
{
	static const char *const states[] = {[RUN_NEW] = "new",
		[RUN_REPLY] = "waits for an answer",
		[RUN_PAUSE] = "waits for the clock",
		[RUN_LOOKUP] = "looks something up",
		[RUN_TICKET] = "staff have it",
		[RUN_SENDING] = "waits until its text may leave",
		[RUN_ENDED] = "over"};
	format_day(s->now, s->rules->config->zone, "en", out);
	strbuf_putc(out, ' ');
	format_time(s->now, s->rules->config->zone, "en", out);
	for (size_t i = 0; i < s->run_count; i++) {
		const struct run *run = &s->runs[i];
		const struct run_frame *f = &run->frames[run->depth ? run->depth - 1 : 0];
		if (run->state != RUN_ENDED)
			strbuf_printf(out, "; %s at '%s' %s", f->script, f->step,
				states[run->state]);
	}
	stage_tell_entries(s, out);
	strbuf_printf(out, "; consent %s%s%s",
		trade_consented(&s->trade, NULL) ? "given" : "not given",
		trade_stopped(&s->trade) ? ", stopped" : "",
		s->ticket ? "; a ticket is open" : "");
	if (s->verdict.len)
		strbuf_printf(out, "; last text: %s", s->verdict.s);
}

int
stage_open(struct stage *s, const char *path, const struct talk_options *o,
	struct strbuf *err)
{
	*s = (struct stage){.rules = o->rules,
		.options = *o,
		.hours = -1,
		.scratch = STRBUF_INIT(8192),
		.verdict = STRBUF_INIT(1024),
		.list = STRBUF_INIT(1 << 14)};
	int opened = begin(s, o->rules, o->at, err);
	if (opened < 0)
		return opened;
	s->set.scripts = s->newest;
	load_siblings(s, path);
	int r = load_one(s, path, err);
	if (!r)
		s->main = s->newest[0];
	return r;
}

void
stage_pairs_done(struct stage_pairs *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->items[i].name);
		free(p->items[i].text);
	}
	free(p->items);
	*p = (struct stage_pairs){0};
}

static void
queue_done(struct stage_queue *q)
{
	for (size_t i = 0; i < q->count; i++)
		free(q->texts[i]);
	free(q->texts);
}

void
stage_close(struct stage *s)
{
	for (size_t i = 0; i < s->run_count; i++)
		run_done(&s->runs[i]);
	for (size_t i = 0; i < s->set.count; i++)
		script_free(s->scripts[i]);
	for (size_t i = 0; i < s->timer_count; i++)
		free(s->timers[i].held);
	for (size_t i = 0; i < s->event_count; i++) {
		free(s->events[i].name);
		free(s->events[i].sku);
	}
	free(s->timers);
	free(s->events);
	stage_pairs_done(&s->contact);
	stage_pairs_done(&s->facts);
	stage_entries_done(s);
	stage_pairs_done(&s->lookups);
	stage_pairs_done(&s->winners);
	stage_pairs_done(&s->coupons);
	queue_done(&s->said);
	queue_done(&s->ended);
	queue_done(&s->owner);
	strbuf_done(&s->list);
	strbuf_done(&s->scratch);
	strbuf_done(&s->verdict);
	trade_close(&s->trade);
	if (s->own_config)
		rules_done(&s->own_rules);
	config_free(s->own_config);
}
