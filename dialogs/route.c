#include "dialogs/route.h"

#include <string.h>

#include "gateway/core/consent_words.h"

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
		if (!s->start.line || (best && s->start.rank <= best->start.rank))
			continue;
		/* An older version, which pinned runs still follow, starts nothing. */
		if (match_list(said, &s->start.set, s->start.match) &&
			from_channel(s->start.from, channel) &&
			script_find(set, s->id, NULL) == s)
			best = s;
	}
	return best;
}

const struct script *
route_opt_in(const struct script_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (!set->scripts[i]->is_journey && script_opts_in(set->scripts[i]))
			return set->scripts[i];
	return NULL;
}

struct route
route_text(const struct route_facts *f, const char *text)
{
	struct strbuf said = STRBUF_INIT(8192);
	words_normalise(text, &said);
	struct route r = {.kind = ROUTE_CATCHALL};
	bool fits = f->run && step_fits(f->set, f->run, text, f->env);
	const struct script *keyword =
		said.len ? route_keyword(f->set, said.s, f->channel) : NULL;
	/* "구독 해지할게요" asks for less: no wish for the opt-in whose word it holds. */
	if (keyword && script_opts_in(keyword) &&
		consent_asks_less(said.s, f->pack, f->policy))
		keyword = NULL;
	if (f->ticket_open)
		r.kind = ROUTE_MUTED;
	else if (fits)
		r.kind = ROUTE_ANSWER;
	else if (keyword)
		r = (struct route){ROUTE_KEYWORD, keyword};
	else if (f->closed_at && f->env->now - f->closed_at < DAY && words_courtesy(text))
		r.kind = ROUTE_COURTESY;
	else if (f->run && step_minds(f->set, f->run))
		r.kind = ROUTE_OTHER;
	strbuf_done(&said);
	return r;
}
