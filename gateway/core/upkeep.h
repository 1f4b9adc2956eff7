/* What keeps a channel fit without anybody looking: the owner is told when it is away too
 * long or its SIM is in trouble, the balance of a prepaid SIM is asked for, and it texts
 * itself to prove that both ways work. Knows the channel, not the device. */
#ifndef MALGIL_CORE_UPKEEP_H
#define MALGIL_CORE_UPKEEP_H

#include "gateway/core/handler.h"

struct upkeep {
	struct loop_timer alarm, chore;
	bool alarmed; /* the owner was told that the channel is away */
	bool asking;  /* a USSD code is under way */
	char balance[32];
	int64_t balance_at, tested_at; /* wall: last heard, last passed; 0 never */
	char test[24];                 /* the text that should come back, "" none */
	int64_t test_sent;             /* wall */
};

/* Life, for channel.c. */
void upkeep_open(struct channel *ch);
void upkeep_close(struct channel *ch);
/* The channel's state has changed. */
void upkeep_state(struct channel *ch);
/* A notice of the driver's; some are for the owner, each at most every six hours. */
void upkeep_notice(struct channel *ch, const char *event, const char *sentence);

/* A text that answers the upkeep itself (the balance, the channel's own text): true when
 * nobody else needs to see it. `ch` may be NULL. */
bool upkeep_heard(struct core *core, struct channel *ch, const struct inbound *in);

/* Texts itself now. -EINVAL with a sentence when it does not know its number or a test is
 * under way. */
int upkeep_test(struct channel *ch, struct strbuf *err) MUST_USE;

/* The amount in an answer, in hundredths: "Balance 12,340 KRW", "1.234,50". -1 none. */
int64_t upkeep_amount(const char *text);

#endif
