/* Budgets: how much a SIM bears, what a month may cost, how fast promotions leave. What
 * was used is in the store, written with the attempt, so a restart forgets nothing. */
#ifndef MALGIL_CORE_BUDGET_H
#define MALGIL_CORE_BUDGET_H

#include "gateway/core/channel_inside.h"
#include "gateway/core/gates.h"

/* Is there room for one more such text by this channel: fills budget_until and
 * budget_rule. */
void budget_look(struct channel *ch, const struct message *m, enum message_class cls,
	struct gate_channel *ret);

/* The same, without asking whether they were texted before in this month. */
enum budget_recipient {
	BUDGET_ASK_RECIPIENT,
	BUDGET_NEW_RECIPIENT,
	BUDGET_KNOWN_RECIPIENT
};
void budget_look_as(struct channel *ch, const struct message *m, enum message_class cls,
	enum budget_recipient recipient, struct gate_channel *ret);
/* How many texts of a class its SIM still bears today and on a day: by the budgets of a
 * day, a large number without any. */
void budget_room(struct channel *ch, enum message_class cls, int64_t *ret_today,
	int64_t *ret_daily);
bool budget_knows_recipient(struct channel *ch, uint64_t contact);

/* When the channel's pace lets the next promotion leave; 0 at once. */
int64_t budget_pace(struct channel *ch);

/* In the attempt's commit: once for each message, before its first part. */
void budget_charge(struct channel *ch, const struct message *m);
/* It is proven that nothing of it left by that SIM. */
void budget_refund(struct core *core, const struct message *m, const char *sim);

/* The shop's local day and month of a moment, as the store counts them. */
void
budget_days(const struct core *core, int64_t at, int64_t *ret_day, int64_t *ret_month);
/* What a promotion is recognised by when it comes again. */
int64_t budget_text_hash(const char *text);
/* What it costs by a channel (NULL: any), in thousandths of the shop's currency. */
int64_t
budget_cost(const struct core *core, const char *channel, const char *phone, int parts);

#endif
