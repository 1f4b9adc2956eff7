/* Does a text advertise? Coupons, price cuts, seasons' greetings, points: in Korea such a
 * text is marketing whatever its script says. Judged by its places and words; in doubt
 * for words that only name the subject ("할인 소식을 보내드려요" asks, it does not
 * offer). Pure. */
#ifndef MALGIL_DIALOGS_PROMO_H
#define MALGIL_DIALOGS_PROMO_H

#include "gateway/text/template.h"

bool promo_found(const struct template *t);
/* Does it suggest something to buy? An answer may; a text that only tells may not. */
bool promo_suggests(const struct template *t);
/* Does it ask for a review? */
bool promo_asks_opinion(const struct template *t);

#endif
