/* What a text may offer that has a store of its own: codes of a coupon pool, links whose
 * clicks are counted, prices. Scripts ask here, inside the transaction of the text they
 * go into, so that a code is drawn exactly when its text is written.
 *
 * None of them is kept yet: every question is answered by "there is none", and a text
 * goes out with its fallback. */
#ifndef MALGIL_CORE_OFFERS_H
#define MALGIL_CORE_OFFERS_H

#include "gateway/core/core.h"

/* Who gets it, and by which text of which script. Texts may be NULL. */
struct offer_for {
	uint64_t contact, run;
	const char *script, *step;
	int64_t now;
};

/* Draws a code of a pool into `out`, the same again for the same run and step. False when
 * there is no such pool, or none is left. */
bool offer_coupon(struct core *core, const char *pool, const struct offer_for *whom,
	struct strbuf *out);
/* A short link to `url` (whole, with its scheme) whose clicks are this contact's. False
 * when links are not tracked: the caller writes the address itself. */
bool offer_link(struct core *core, const char *url, const struct offer_for *whom,
	struct strbuf *out);
/* The price of an article, in thousandths of the shop's currency. False when nobody
 * knows.
 */
bool offer_price(struct core *core, const char *sku, int64_t *ret_milli);

#endif
