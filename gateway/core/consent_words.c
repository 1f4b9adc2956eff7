#include "gateway/core/consent_words.h"

#include <string.h>

#include "gateway/text/match.h"

#define ORDER_WORDS "order, orders, delivery, appointment, booking, at, by"

/* One of the pack's words, or of the shop's own. */
static bool
is_word(const char *normalised, const struct strbuf *list, const char *extra)
{
	return words_in(normalised, list->s) || (extra && words_in(normalised, extra));
}

/* "stop 12345" and "cancel my order" are conversation. */
static bool
begins_with_stop(const char *normalised, const struct pack *pack, const char *extra)
{
	char first[64], second[64];
	const char *rest = words_first(normalised, first, sizeof(first));
	if (!*rest || !is_word(first, &pack->stop, extra))
		return false;
	bool order = false;
	while (*rest && !order) {
		rest = words_first(rest, second, sizeof(second));
		order = words_in(second, ORDER_WORDS);
	}
	return !order && !words_have_digit(normalised);
}

enum consent_word
consent_word(const char *normalised, const struct pack *pack, const struct policy *policy)
{
	if (is_word(normalised, &pack->stop, policy->stop_extra))
		return CONSENT_STOP;
	bool begins = begins_with_stop(normalised, pack, policy->stop_extra);
	if (begins && !strcmp(pack->stop_match, "first-word"))
		return CONSENT_STOP;
	if (is_word(normalised, &pack->start, policy->start_extra))
		return CONSENT_START;
	if (is_word(normalised, &pack->help, policy->help_extra))
		return CONSENT_HELP;
	return begins || words_contain(normalised, pack->hints.s) ? CONSENT_HINT
								  : CONSENT_NONE;
}

enum consent_word
consent_acts(enum consent_word word, const struct pack *pack,
	const struct consent_where *where)
{
	bool acts = false;
	switch (word) {
	case CONSENT_NONE:
	case CONSENT_STOP: acts = true; break;
	case CONSENT_START: acts = where->stopped && !where->answers; break;
	case CONSENT_HELP:
		acts = pack->help_always || (!where->ticket_open && !where->asked);
		break;
	case CONSENT_HINT: acts = !where->stopped; break;
	}
	return acts ? word : CONSENT_NONE;
}

bool
consent_asks_less(
	const char *normalised, const struct pack *pack, const struct policy *policy)
{
	const char *const lists[] = {pack->stop.s, policy->stop_extra};
	bool found = false;
	for (size_t i = 0; i < ARRAY_LEN(lists) && !found; i++) {
		struct wordset words;
		if (!lists[i])
			continue;
		wordset_init(&words, lists[i]);
		found = match_list(normalised, &words, MATCH_ANY_WORD);
		wordset_done(&words);
	}
	return found;
}
