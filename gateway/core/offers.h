/* What a text may offer that has a store of its own: codes of a coupon pool, links whose
 * clicks are counted, prices. Scripts and campaigns ask here, inside the transaction of
 * the text they go into, so that a code is drawn exactly when its text is written.
 *
 * What was drawn belongs to nobody's text until offers_bind() says which: whoever asks
 * must call it with the text's id, in the same transaction. A text that is canceled,
 * suppressed or expires before anything of it left gives its codes back
 * (core/outcome.h). */
#ifndef MALGIL_CORE_OFFERS_H
#define MALGIL_CORE_OFFERS_H

#include "gateway/core/core.h"

/* Who gets it, and by which text of which script (or campaign). Texts may be NULL; `run`
 * is 0 for a campaign. */
struct offer_for {
	uint64_t contact, run;
	const char *script, *step;
	int64_t now;
};

/* Draws a code of a pool into `out`, the same again until the text is bound; of a pool to
 * hand on to friends always the one they have. False when there is no such pool, or none
 * is left: the owner hears of it once. */
bool offer_coupon(struct core *core, const char *pool, const struct offer_for *whom,
	struct strbuf *out);
/* How many codes a pool can still give, 0 also when its time is over; -1: there is no
 * such pool. */
int64_t offers_left(struct core *core, const char *pool);
/* A short link to `url` (whole, with http or https) whose clicks are this contact's.
 * False when links are not tracked, for want of a public address: the caller writes the
 * address itself. */
bool offer_link(struct core *core, const char *url, const struct offer_for *whom,
	struct strbuf *out);
/* The price of an article, in thousandths of the shop's currency. False when nobody
 * knows. */
bool offer_price(struct core *core, const char *sku, int64_t *ret_milli);

/* The text these were drawn for is written. Gives them back at once when it is already
 * known that it will not leave. */
void offers_bind(struct core *core, uint64_t message, const struct offer_for *whom);

/* Fills a pool that makes its own codes with `count` more, to print on cards or hand to
 * the shop. Returns how many were made. */
int64_t offers_make(struct core *core, const char *pool, int64_t count);

/* How a link was followed. */
struct visit {
	const char *agent; /* what the browser calls itself, "" nothing */
	bool head;         /* it asked for the head alone */
	bool ahead;        /* it says that it looks ahead (prefetch, preview) */
};
enum visit_answer { VISIT_GONE, VISIT_OVER, VISIT_GOES };
/* Somebody or something came by a link: written down, told apart, and where it leads
 * appended to `ret_url`. */
enum visit_answer offer_visit(struct core *core, const char *code,
	const struct visit *visit, struct strbuf *ret_url);
/* Why a visit is no person's, NULL: it may be one. `since` is ms since the text left,
 * negative before. Pure. */
const char *visit_is_machine(const struct visit *visit, int64_t since);

#endif
