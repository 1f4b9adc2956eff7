/* What is known alike in the daemon and in a rehearsal: the shop's hours and promises,
 * the policy's numbers, the guard against machines that answer machines. One home, so
 * that a rehearsal says what the daemon will say. */
#ifndef MALGIL_DIALOGS_KNOWN_H
#define MALGIL_DIALOGS_KNOWN_H

#include "dialogs/rules.h"
#include "gateway/store/db.h"
#include "gateway/text/value.h"

/* shop, shop.name, policy.X, hours.open|reply|next. What nobody promised has no value: a
 * made-up one would be a lie. `open`: 1 open and 0 shut whatever the clock says, -1 by
 * the clock. False for a name of another root. The value may lie in `scratch`. */
struct known {
	const struct rules *rules;
	const char *lang; /* the customer's */
	int64_t now;
	int open;
};
bool known_get(const struct known *k, const char *name, struct strbuf *scratch,
	struct value *ret);

/* Until when a script's text is worth sending, 0 the gateway's usual: a promotion that a
 * cap holds back waits for the next month rather than vanish; what somebody asked to be
 * told (basis "request") for as long as the pack says. */
int64_t known_expires(
	const struct pack *pack, enum message_class cls, const char *basis, int64_t now);

/* Has the bot said this too often, or too much, to that contact, since an answer of
 * theirs last fitted (`advanced`)? Automatic texts alone count. */
bool known_loops(struct db *db, const struct policy *policy, uint64_t contact,
	int64_t advanced, const char *text, int64_t now);

#endif
