/* The trade as a rehearsal has it: the daemon's own gates, words, caps and budgets, asked
 * through core/outbox.h over a store in memory, with one SIM that is always ready and a
 * customer who always has reception. So a rehearsal and the daemon cannot disagree about
 * what may leave, when, and with which words around it. Knows nothing of scripts. */
#ifndef MALGIL_DIALOGS_TRADE_H
#define MALGIL_DIALOGS_TRADE_H

#include "gateway/core/channel_inside.h"
#include "gateway/core/outbox.h"

struct trade {
	struct core core; /* config, clock, store and the channel: nothing else of it */
	struct clock_sim clock;
	struct config_channel way;
	struct channel channel;
	uint64_t contact, heard, ticket; /* heard: their last text; 0 none */
	char phone[48];
};

/* `phone` in any spelling, NULL for one that is nobody's. -EINVAL with a sentence. */
int trade_open(struct trade *t, const struct config *config, const char *phone,
	int64_t now, struct strbuf *err) MUST_USE;
void trade_close(struct trade *t);
void trade_set_clock(struct trade *t, int64_t now);
/* The pack whose words count for the customer. */
const struct pack *trade_pack(const struct trade *t);

void trade_hear(struct trade *t, const char *text);

struct trade_offer {
	enum message_class cls;
	const char *text;
	bool timer; /* the clock sends it: a nudge */
	bool reply; /* it answers what was heard last */
	/* Which script and run says it, on what basis (NULL none). */
	const char *script, *basis;
	uint64_t run;
};
/* What the gates say; outbox_trial's text is the caller's. -EINVAL with a sentence for a
 * text nobody could send. */
int trade_judge(struct trade *t, const struct trade_offer *offer,
	struct outbox_trial *ret, struct strbuf *err) MUST_USE;
/* It has left. */
void trade_sent(struct trade *t, const struct trade_offer *offer,
	const struct outbox_trial *trial);

void trade_consent(struct trade *t, bool grant, bool night, const char *list);
/* "", "marketing", "all" */
void
trade_stop(struct trade *t, const char *scope, const char *method, const char *words);
void trade_unblock(struct trade *t, const char *words);
bool trade_stopped(struct trade *t);
bool trade_consented(struct trade *t, bool *ret_night);
/* A text looks like an opt-out: promotions wait for a decision until `due`, 0: decided.
 */
void trade_doubt_consent(struct trade *t, int64_t due);
/* A person talks with them, or no longer does. */
void trade_talking(struct trade *t, bool talking);

#endif
