#include "dialogs/promo.h"

#include <string.h>

#include "gateway/text/regex.h"

bool
promo_found(const struct template *t)
{
	static const char offers[] =
		"(쿠폰|[0-9}]\\s*(%|퍼센트|원)\\s*(할인|세일|off|적립)|특가|세일\\s*(중|"
		"시작|마감)|"
		"1\\s*\\+\\s*1|무료\\s*증정|사은품|타임\\s*딜|적립금\\s*(지급|드)|"
		"생일\\s*축하|"
		"\\bcoupons?\\b|\\bpromo code\\b|%\\s*off\\b|\\bon sale\\b|\\bflash "
		"sale\\b|"
		"\\bhappy birthday\\b|\\bfree gift\\b|\\bdiscount code\\b)";
	struct regex_groups g;
	struct strbuf words = STRBUF_INIT(8192);
	bool found = false;
	for (size_t i = 0; !found && i < template_count(t); i++) {
		struct template_place p = template_at(t, i);
		found = p.function && !strcmp(p.path, "coupon");
	}
	template_literal(t, &words);
	found = found || regex_find(offers, words.s, &g);
	strbuf_done(&words);
	return found;
}
