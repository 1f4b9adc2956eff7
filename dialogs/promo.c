#include "dialogs/promo.h"

#include <string.h>

#include "gateway/text/regex.h"

/* What is given, cut in price, or wished for a season. */
static const char offers[] =
	"(쿠폰|특가|반값|최저가|핫딜|[0-9}]\\s*(%|퍼센트|원)\\s*(할인|세일|인하|off|적립)"
	"|"
	"할인\\s*(중|행사|이벤트|혜택|판매|가격|가에|가로|해\\s*드)|가격\\s*인하|"
	"세일\\s*(중|시작|마감)|(원|투|1|2)\\s*\\+\\s*(원|1)|무료\\s*증정|사은품|타임\\s*"
	"(딜|세일)|"
	"(적립금|포인트|[0-9}]\\s*[pP])\\s*(을|를)?\\s*(지급|적립|드려|드립|드리)|"
	"생일\\s*축하|"
	"새해\\s*복|메리\\s*크리스마스|"
	"(즐거운|행복한|풍성한|따뜻한)\\s*(명절|추석|한가위|설|연휴|크리스마스|연말|성탄)"
	"|"
	"\\bcoupons?\\b|\\b(promo|discount) codes?\\b|%\\s*(off|discount)\\b|\\bon "
	"sale\\b|"
	"\\bflash sale\\b|\\bhalf price\\b|\\bprice "
	"(cut|drop)|\\bclearance\\b|\\bbogo\\b|"
	"\\bbuy (one|1),? get\\b|\\b(save|get) [$€£]?[0-9]+ ?(%|[$€£]| off)|[$€£] "
	"?[0-9]+ off\\b|"
	"\\bfree gift\\b|\\b(bonus|double) points\\b|\\bhappy (birthday|new "
	"year|holidays|"
	"easter|thanksgiving)\\b|\\bmerry christmas\\b|\\bseason['’]?s greetings\\b)";

/* What one might like as well. */
static const char suggestions[] =
	"(신상품?\\s*(입고|출시|소개)|신상품을|새로\\s*나온|(추천|인기)\\s*(상품|제품)|"
	"어울리는\\s*(상품|제품)|"
	"\\bnew arrivals?\\b|\\bjust (dropped|landed)\\b|\\byou (may|might) (also "
	")?like\\b|"
	"\\brecommended for you\\b|\\bbest ?sellers?\\b)";

static bool
holds(const struct template *t, const char *pattern)
{
	struct regex_groups g;
	struct strbuf words = STRBUF_INIT(8192);
	template_literal(t, &words);
	bool found = regex_find(pattern, words.s, &g);
	strbuf_done(&words);
	return found;
}

bool
promo_found(const struct template *t)
{
	for (size_t i = 0; i < template_count(t); i++) {
		struct template_place p = template_at(t, i);
		if (p.function && !strcmp(p.path, "coupon"))
			return true;
	}
	return holds(t, offers);
}

bool
promo_suggests(const struct template *t)
{
	return holds(t, suggestions);
}

bool
promo_asks_opinion(const struct template *t)
{
	return holds(t,
		"(후기|리뷰|상품평|별점|평점|별\\s*몇\\s*개|\\breviews?\\b|\\bstars?\\b|"
		"\\brate (us|it|your)\\b|\\bhow did we do\\b)");
}
