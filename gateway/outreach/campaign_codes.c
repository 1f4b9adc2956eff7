/* What a campaign's texts want of coupon pools, and what those have: said by its plan,
 * and asked before it starts. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/core/offers.h"
#include "gateway/outreach/campaign_inside.h"

void
codes_want(struct campaign_plan *plan, const char *pool)
{
	for (size_t i = 0; i < CAMPAIGN_POOLS; i++) {
		if (!*plan->pools[i].name)
			snprintf(plan->pools[i].name, sizeof(plan->pools[i].name), "%s",
				pool);
		if (strcmp(plan->pools[i].name, pool) != 0)
			continue;
		plan->pools[i].wanted++;
		return;
	}
}

void
codes_count(struct core *core, struct campaign_plan *plan)
{
	for (size_t i = 0; i < CAMPAIGN_POOLS && *plan->pools[i].name; i++)
		plan->pools[i].has = offers_left(core, plan->pools[i].name);
}

/* A text with other words for want of a code goes out all the same. */
static int
text_ready(struct core *core, const struct spec_text *text, struct strbuf *err)
{
	for (size_t i = 0; i < text->count; i++)
		for (size_t k = 0; k < template_count(text->of[i].text); k++) {
			struct template_place p = template_at(text->of[i].text, k);
			if (!p.function || strcmp(p.path, "coupon") != 0 || p.fallback)
				continue;
			int64_t left = offers_left(core, p.filter);
			if (left > 0)
				continue;
			strbuf_set(err,
				left < 0 ? "there is no coupon pool %s: make it with "
					   "malgil coupons pool %s"
					 : "the coupon pool %s has no code left: bring "
					   "some in with malgil coupons import %s FILE, "
					   "or say what stands there then, "
					   "{coupon:%s|...}",
				p.filter, p.filter, p.filter);
			return -EINVAL;
		}
	return 0;
}

int
campaign_codes_ready(struct core *core, const struct spec *spec, struct strbuf *err)
{
	int r = text_ready(core, &spec->remind, err);
	for (size_t i = 0; !r && i < spec->variant_count; i++)
		r = text_ready(core, &spec->variants[i].text, err);
	return r;
}
