#include "dialogs/rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/consent_words.h"

static void
add_value(struct rules *r, const char *name, const char *text)
{
	r->values = xrealloc(r->values, (r->value_count + 1) * sizeof(*r->values));
	r->values[r->value_count++] = (struct rules_value){xstrdup(name), xstrdup(text)};
}

static void
flatten(struct rules *r, const struct conf_node *n, const char *prefix)
{
	char name[160], number[32];
	for (size_t i = 0; i < conf_count(n); i++) {
		const struct conf_node *one = conf_at(n, i);
		const char *text = conf_text(one);
		int64_t value;
		snprintf(name, sizeof(name), "%s.%s", prefix, conf_name(one));
		if (conf_is_group(one) && strlen(name) < 120) {
			flatten(r, one, name);
			continue;
		}
		if (conf_int(one, &value)) {
			snprintf(number, sizeof(number), "%" PRId64, value);
			text = number;
		}
		if (text)
			add_value(r, name, text);
	}
}

/* A policy that has no file, as a rehearsal makes one up. */
static void
add_members(struct rules *r, const struct policy *p)
{
	char number[32];
	snprintf(number, sizeof(number), "%" PRId64, p->month_max);
	if (p->optout_080)
		add_value(r, "policy.optout_080", p->optout_080);
	if (p->phone)
		add_value(r, "policy.phone", p->phone);
	if (p->month_max)
		add_value(r, "policy.month_max", number);
}

void
rules_init(struct rules *r, const struct config *config)
{
	const struct pack *home = packs_country(config->packs, config->country);
	const struct policy *policy = config->policy;
	*r = (struct rules){
		.config = config, .pack = home ? home : packs_default(config->packs)};
	if (policy->document)
		flatten(r, conf_get(conf_root(policy->document), "policy"), "policy");
	else
		add_members(r, policy);
}

void
rules_done(struct rules *r)
{
	for (size_t i = 0; i < r->value_count; i++) {
		free(r->values[i].name);
		free(r->values[i].text);
	}
	free(r->values);
	*r = (struct rules){0};
}

const char *
rules_value(const struct rules *r, const char *name)
{
	for (size_t i = 0; i < r->value_count; i++)
		if (!strcmp(r->values[i].name, name))
			return r->values[i].text;
	return NULL;
}

bool
rules_is_stop(const struct rules *r, const char *normalised, const struct pack **ret_pack)
{
	const struct packs *packs = r->config->packs;
	for (size_t i = 0; i <= packs->meant; i++) {
		const struct pack *p = i ? &packs->list[i - 1] : r->pack;
		if (consent_word(normalised, p, r->config->policy) != CONSENT_STOP)
			continue;
		if (ret_pack)
			*ret_pack = p;
		return true;
	}
	return false;
}
