#include "dialogs/rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/conf.h"
#include "gateway/text/zone.h"

/* As core/consent.c has them; both become data of the packs. */
#define KO_STOP  "수신거부, 수신 거부, 거부, 수신차단, 그만, 중지, 해지"
#define KO_START "수신동의, 수신 동의, 재수신, 시작"
#define EN_STOP  "stop, stopall, stop all, unsubscribe, optout, opt out"

static const struct {
	const char *countries, *lang;
	bool first_word, all, day_first;
	const char *stop, *start, *help;
} packs[] = {
	{"US CA", "en", true, true, false,
		EN_STOP ", cancel, end, quit, revoke, " KO_STOP,
		"start, unstop, " KO_START, "help, info, 도움말, 도움"},
	{"GB AU IE NZ SG", "en", false, false, true,
		EN_STOP ", cancel, end, quit, " KO_STOP, "start, unstop, " KO_START,
		"help, info, 도움말, 도움"},
	{"KR", "ko", false, false, false, EN_STOP ", " KO_STOP,
		"start, unstop, " KO_START, "help, 도움말, 도움"},
	{"", "en", false, false, true, EN_STOP ", " KO_STOP, "start, unstop, " KO_START,
		"help, 도움말, 도움"},
};

void
rules_init(struct rules *r, const char *country, const char *zone, const char *shop)
{
	size_t i = 0;
	*r = (struct rules){.marketing = {20 * 60 + 50, 8 * 60},
		.service = {22 * 60, 7 * 60},
		.timer = {21 * 60, 9 * 60}};
	while (i + 1 < ARRAY_LEN(packs) && !strstr(packs[i].countries, country))
		i++;
	snprintf(r->country, sizeof(r->country), "%s", country);
	snprintf(r->lang, sizeof(r->lang), "%s", packs[i].lang);
	snprintf(r->zone, sizeof(r->zone), "%s", zone);
	snprintf(r->shop, sizeof(r->shop), "%s", shop);
	r->stop_first_word = packs[i].first_word;
	r->stop_all = packs[i].all;
	r->day_first = packs[i].day_first;
	wordset_init(&r->stop, packs[i].stop);
	wordset_init(&r->start, packs[i].start);
	wordset_init(&r->help, packs[i].help);
}

void
rules_done(struct rules *r)
{
	wordset_done(&r->stop);
	wordset_done(&r->start);
	wordset_done(&r->help);
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

static void
add_value(struct rules *r, const char *name, const char *text)
{
	r->values = xrealloc(r->values, (r->value_count + 1) * sizeof(*r->values));
	r->values[r->value_count++] = (struct rules_value){xstrdup(name), xstrdup(text)};
}

void
rules_sample(struct rules *r)
{
	add_value(r, "policy.optout_080", "080-000-0000");
	add_value(r, "policy.phone", "02-000-0000");
	add_value(r, "policy.month_max", "4");
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
			snprintf(number, sizeof(number), "%lld", (long long)value);
			text = number;
		}
		if (!text)
			continue;
		add_value(r, name, text);
	}
}

static void
read_quiet(const struct rules *r, const char *name, struct rules_quiet *ret)
{
	const char *text = rules_value(r, name);
	unsigned a, b, c, d;
	if (text && sscanf(text, "%2u:%2u-%2u:%2u", &a, &b, &c, &d) == 4)
		*ret = (struct rules_quiet){(int)(a * 60 + b), (int)(c * 60 + d)};
	else if (text && !strcmp(text, "never"))
		*ret = (struct rules_quiet){0, 0};
}

static void
extend(struct wordset *set, const char *extra)
{
	struct wordset more;
	wordset_init(&more, extra);
	for (size_t i = 0; i < more.count; i++) {
		set->words = xrealloc(set->words, (set->count + 1) * sizeof(*set->words));
		set->words[set->count++] = more.words[i];
	}
	free(more.words);
}

int
rules_read_policy(struct rules *r, const char *path, struct strbuf *err)
{
	struct conf *conf;
	int e = conf_open(path, &conf, err);
	if (e < 0)
		return e;
	const struct conf_node *policy = conf_get(conf_root(conf), "policy");
	if (!policy || !conf_is_group(policy)) {
		strbuf_set(err, "%s: there is no 'policy' group in it", path);
		conf_close(conf);
		return -EINVAL;
	}
	flatten(r, policy, "policy");
	conf_close(conf);
	r->policy_read = true;
	read_quiet(r, "policy.quiet.marketing", &r->marketing);
	read_quiet(r, "policy.quiet.service", &r->service);
	read_quiet(r, "policy.quiet.timer", &r->timer);
	extend(&r->stop, rules_value(r, "policy.stop.extra"));
	extend(&r->start, rules_value(r, "policy.start.extra"));
	extend(&r->help, rules_value(r, "policy.help.extra"));
	return 0;
}

bool
rules_is_stop(const struct rules *r, const char *said)
{
	char first[64];
	if (wordset_has(&r->stop, said))
		return true;
	const char *rest = words_first(said, first, sizeof(first));
	if (!r->stop_first_word || !*rest || words_have_digit(said))
		return false;
	return wordset_has(&r->stop, first) && !strstr(rest, "order") &&
	       !strstr(rest, "deliver") && !strstr(rest, "appointment") &&
	       !strstr(rest, "booking");
}

int64_t
rules_after_quiet(const struct rules *r, const struct rules_quiet *q, int64_t wall)
{
	int64_t local = wall + zone_offset(r->zone, wall);
	int64_t day = local - (local % DAY + DAY) % DAY;
	int minute = (int)((local - day) / MINUTE);
	bool crosses = q->from > q->to;
	bool quiet = crosses ? minute >= q->from || minute < q->to
			     : minute >= q->from && minute < q->to;
	if (!quiet)
		return wall;
	if (crosses && minute >= q->from)
		day += DAY;
	return zone_from_local(r->zone, day + q->to * MINUTE);
}
