/* What the gates look at, from the store, the packs, the policy and the channels. */
#ifndef MALGIL_CORE_FACTS_H
#define MALGIL_CORE_FACTS_H

#include "gateway/core/channel_inside.h"
#include "gateway/core/gates.h"
#include "gateway/core/pause.h"
#include "gateway/store/audience.h"

/* Fills the facts of a message, as of core_now(). `first` (may be NULL) is the channel
 * that would take it now: the first candidate. Texts in `ret` are borrowed from the
 * message, the configuration and a buffer that lives until the next call. */
void facts_gather(struct core *core, const struct message *m, const struct channel *first,
	struct gate_facts *ret);

/* The same for many: what is of the person is `known` already, and what the texts and
 * channels of many have in common is worked out once. `shared_text` is where the text of
 * many stands, NULL for one's own. Good for one tick: reset it before each chunk. */
#define FACTS_TEXTS   8
#define FACTS_BUDGETS 64
struct facts_cache {
	const char *shared_text;
	struct pauses pauses;
	struct facts_text {
		const char *text;
		const struct pack *packs[2];
		char lack[160]; /* what its wording lacks, "" nothing */
		int64_t hash;
	} texts[FACTS_TEXTS], last; /* `last`: of the newest that is not shared */
	size_t text_count;
	char *last_text; /* owned: facts_cache_reset(), facts_cache_done() */
	struct facts_budget {
		const struct channel *ch;
		int parts;
		char country[4];
		struct gate_channel fresh,
			known; /* not texted before in this month, texted */
	} budgets[FACTS_BUDGETS];
	size_t budget_count;
	/* where the number that was asked for last lives, and the packs for it */
	char phone[32];
	struct place place;
	const struct pack *packs[2];
	size_t pack_count;
	struct gate_hours hours; /* what windows that many share come to */
};
void facts_cache_reset(struct facts_cache *cache, struct core *core);
void facts_cache_done(struct facts_cache *cache);
void facts_cache_place(struct facts_cache *cache, struct core *core, const char *phone);
void facts_gather_known(struct core *core, const struct message *m,
	const struct channel *first, const struct audience_row *known,
	struct facts_cache *cache, struct gate_facts *ret);

#endif
