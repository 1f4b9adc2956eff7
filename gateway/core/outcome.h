/* What came of what was offered: codes that come back or are redeemed, orders credited to
 * the text that brought them, friends who came and whose order stands, points. All of it
 * follows from events, in the transaction of the event.
 *
 *  - message.canceled, suppressed, expired, failed: its codes are free again, unless any
 *    part of it may have been seen.
 *  - order.paid with `coupon`, coupon.redeemed with `code`: that code is redeemed. Of a
 *    pool to hand on, by somebody else, it is a friend who has bought: the giver has a
 *    referral.bought, and when the order still counts after pool.stands, a
 *    referral.stood with the pool's reward.
 *  - referral.code, which a script emits after it saved what a friend typed as
 *    contact.invited_by: when the code is good the giver has a referral.joined. What came
 *    of it is the friend's contact.invited: yes, own, known or no.
 *  - order.paid: credited (store/links.h credit_find), and points where the shop keeps
 *    them here; an order that is canceled, returned or refunded takes its points back. */
#ifndef MALGIL_CORE_OUTCOME_H
#define MALGIL_CORE_OUTCOME_H

#include "gateway/core/core.h"

/* Called by core_event() for every event. */
void outcome_event(struct core *core, const struct event *e);
/* Called every minute: what time brings. True when there is more to do at once. */
bool outcome_look(struct core *core);
/* Credits an order to what brought it, when something did. */
void outcome_credit(struct core *core, const char *number, const char *source,
	uint64_t contact, int64_t at);
/* The same for an order that is known by its number alone. */
void outcome_credit_order(struct core *core, const char *number, const char *source);
/* Points by hand, or a correction; contact.points follows. False when `number` was
 * written down before. */
bool outcome_points(struct core *core, uint64_t contact, int64_t change, const char *why,
	const char *number, const char *agent);

#endif
