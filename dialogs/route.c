#include "dialogs/route.h"

#include <string.h>

/* "north, south": channels that may start it. */
static bool
from_channel(const char *list, const char *channel)
{
	return !list || !channel || words_in(channel, list);
}

const struct script *
route_keyword(const struct script_set *set, const char *said, const char *channel)
{
	const struct script *best = NULL;
	for (size_t i = 0; i < set->count; i++) {
		const struct script *s = set->scripts[i];
		if (!s->start.line || script_find(set, s->id, NULL) != s)
			continue;
		if (best && s->start.rank <= best->start.rank)
			continue;
		if (match_list(said, &s->start.set, s->start.match) &&
			from_channel(s->start.from, channel))
			best = s;
	}
	return best;
}

static const struct script *
opt_in_dialog(const struct script_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (script_opts_in(set->scripts[i]))
			return set->scripts[i];
	return NULL;
}

/* "구독 해지할게요" asks for less, and is no wish for the opt-in whose word it holds. */
static bool
asks_for_less(const struct rules *rules, const char *said)
{
	for (size_t i = 0; i < rules->stop.count; i++)
		if (match_word(said, rules->stop.words[i], MATCH_ANY_WORD))
			return true;
	return false;
}

struct route
route_text(const struct route_facts *f, const char *text)
{
	struct strbuf said = STRBUF_INIT(8192);
	words_normalise(text, &said);
	struct route r = {.kind = ROUTE_CATCHALL};
	bool fits = f->run && step_fits(f->set, f->run, text, f->env);
	bool asked = f->run && f->run->state == RUN_REPLY;
	const struct script *keyword =
		said.len ? route_keyword(f->set, said.s, f->channel) : NULL;
	if (keyword && script_opts_in(keyword) && asks_for_less(f->rules, said.s))
		keyword = NULL;
	if (rules_is_stop(f->rules, said.s))
		r.kind = ROUTE_STOP;
	else if (f->ticket_open)
		r.kind = ROUTE_MUTED;
	else if (fits)
		r.kind = ROUTE_ANSWER;
	else if (f->stopped && wordset_has(&f->rules->start, said.s))
		r = (struct route){ROUTE_START, opt_in_dialog(f->set)};
	else if (!asked && wordset_has(&f->rules->help, said.s) && !keyword)
		r.kind = ROUTE_HELP;
	else if (keyword)
		r = (struct route){ROUTE_KEYWORD, keyword};
	else if (f->closed_at && f->env->now - f->closed_at < DAY && words_courtesy(text))
		r.kind = ROUTE_COURTESY;
	else if (f->run && step_minds(f->set, f->run))
		r.kind = ROUTE_OTHER;
	strbuf_done(&said);
	return r;
}
