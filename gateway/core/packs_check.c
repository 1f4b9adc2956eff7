#include "gateway/core/packs_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/base/suggest.h"
#include "gateway/text/words.h"

#define MARGIN (6 * MINUTE) /* what facts.c keeps free before a window ends */

/* ---- the file itself ---- */

static bool
is_country(const char *text)
{
	return strlen(text) == 2 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2;
}

bool
packs_is_country_file(const char *name, char ret[4])
{
	snprintf(ret, 4, "%.2s", name);
	return is_country(ret) && !strcmp(name + 2, ".cfg");
}

static int
check_names(const struct conf_node *node, const struct pack *p, struct strbuf *err)
{
	const struct conf_node *at = conf_get(node, "country");
	const char *slash = strrchr(conf_file(node), '/');
	char file[4];
	if (!is_country(p->country))
		return conf_fail(at, err,
			"country = \"%s\": two capital letters are expected", p->country);
	if (packs_is_country_file(slash ? slash + 1 : conf_file(node), file) &&
		strcmp(file, p->country) != 0)
		return conf_fail(at, err,
			"country = \"%s\", but the file is the pack of %s", p->country,
			file);
	int64_t wall;
	char day[40];
	snprintf(day, sizeof(day), "%.10s%sT00:00:00Z", p->as_of,
		strlen(p->as_of) == 7 ? "-01" : "");
	if ((strlen(p->as_of) != 7 && strlen(p->as_of) != 10) ||
		iso_parse(day, &wall, NULL) < 0)
		return conf_fail(conf_get(node, "as_of"), err,
			"as_of = \"%s\": the month it was looked up is expected, such as "
			"\"2026-11\"",
			p->as_of);
	return 0;
}

/* ---- holidays ---- */

static int64_t
first_day(int year)
{
	char text[40];
	int64_t wall = 0;
	snprintf(text, sizeof(text), "%04d-01-01T00:00:00Z", year);
	return iso_parse(text, &wall, NULL) < 0 ? 0 : wall / DAY;
}

static size_t
count_items(const char *text)
{
	size_t n = 0;
	while (*(text += strspn(text, " ,\t\n"))) {
		text += strcspn(text, ",");
		n++;
	}
	return n;
}

int
packs_check_year(
	const struct conf_node *node, const struct dates *dates, struct strbuf *err)
{
	int year = atoi(conf_name(node) + 1);
	char text[ISO_MAX];
	for (size_t i = 0; i < dates->count; i++) {
		if (dates->days[i] >= first_day(year) &&
			dates->days[i] < first_day(year + 1))
			continue;
		iso_format(dates->days[i] * DAY, 0, text);
		return conf_fail(
			node, err, "%.10s stands among the holidays of %d", text, year);
	}
	if (dates->count != count_items(conf_text(node)))
		return conf_fail(node, err, "a holiday of %d stands here twice", year);
	return 0;
}

static int
check_holidays(const struct conf_node *node, const struct pack *p, struct strbuf *err)
{
	if (p->holidays.count && !p->holidays_source)
		return conf_fail(conf_get(node, "holidays"), err,
			"these holidays lack their source = \"...\"");
	return 0;
}

/* ---- classes ---- */

/* Do these hours ever let a text out, with the country's own and the margin before their
 * end? */
static bool
ever_open(const struct pack_class *c, const struct pack_class *country)
{
	struct window_rule rules[2] = {{&c->hours, NULL, "UTC", NULL}};
	size_t n = 1;
	if (country != c && country->hours_text)
		rules[n++] = (struct window_rule){&country->hours, NULL, "UTC", NULL};
	return window_next(rules, n, 0, MARGIN, NULL) != WINDOW_NEVER;
}

static int
check_suffix(const struct conf_node *node, const struct pack_class *c, struct strbuf *err)
{
	struct strbuf plain AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (!c->suffix)
		return 0;
	words_normalise(c->suffix, &plain);
	if (words_contain(plain.s, c->suffix_marks))
		return 0;
	return conf_fail(conf_get(node, "suffix_marks"), err,
		"none of the suffix_marks stands in the suffix itself: it would never "
		"count as said");
}

static int
check_class(const struct conf_node *node, const struct pack *p,
	const struct pack_rules *r, enum message_class cls, struct strbuf *err)
{
	const struct pack_class *c = &r->classes[cls],
				*country = &p->rules[0].classes[cls];
	bool closes = c->closed_on_holidays;
	if (!c->source || !c->confidence)
		return conf_fail(node, err,
			"%s lacks its %s: what is no rule of law says \"our choice\"",
			conf_name(node), c->source ? "confidence" : "source");
	if (!c->hours_text && r == &p->rules[0] && cls == CLASS_MARKETING)
		return conf_fail(node, err,
			"marketing lacks its hours = \"mon-sat 09:00-20:00\" (\"always\" "
			"where no window is meant)");
	if (c->hours_text && !ever_open(c, country))
		return conf_fail(conf_get(node, "hours"), err,
			"hours = \"%s\"%s are never open for longer than the 6 minutes "
			"kept free before their end: no text could ever leave",
			c->hours_text, c == country ? "" : " and those of the country");
	if (closes && (!c->hours_text || !(p->holidays.count || r->holidays.count)))
		return conf_fail(conf_get(node, "closed_on_holidays"), err,
			"closed_on_holidays needs %s",
			c->hours_text ? "holidays" : "hours of the same class");
	return check_suffix(node, c, err);
}

static int
check_rules(const struct conf_node *group, const struct pack *p,
	const struct pack_rules *r, struct strbuf *err)
{
	for (int cls = 0; cls < CLASS_COUNT; cls++) {
		const char *name = message_class_name((enum message_class)cls);
		if (r->has[cls] && check_class(conf_get(group, name), p, r,
					   (enum message_class)cls, err) < 0)
			return -EINVAL;
	}
	return 0;
}

static int
check_classes(const struct conf_node *node, const struct pack *p, struct strbuf *err)
{
	if (!p->rules[0].has[CLASS_MARKETING])
		return conf_fail(
			conf_get(node, "classes") ? conf_get(node, "classes") : node, err,
			"the pack has no window for promotions: classes = { marketing = "
			"{ "
			"hours = ...; }; } is expected");
	if (check_rules(conf_get(node, "classes"), p, &p->rules[0], err) < 0)
		return -EINVAL;
	for (size_t i = 1; i < p->rules_count; i++)
		if (check_rules(conf_get(conf_get(node, "regions"), p->rules[i].region),
			    p, &p->rules[i], err) < 0)
			return -EINVAL;
	return 0;
}

/* ---- words ---- */

/* The language line a word of a group stands in. */
static const struct conf_node *
line_of(const struct conf_node *group, const char *normalised)
{
	const struct conf_node *words = conf_get(group, "words");
	for (size_t i = 0; i < conf_count(words); i++)
		if (words_in(normalised, conf_text(conf_at(words, i))))
			return conf_at(words, i);
	return words;
}

static int
check_apart(const struct conf_node *node, const char *name, const struct strbuf *list,
	const char *other, const struct strbuf *others, struct strbuf *err)
{
	struct wordset set;
	int result = 0;
	wordset_init(&set, list->s);
	if (!set.count)
		result = conf_fail(conf_get(node, name), err,
			"%s has no word with letters in it", name);
	for (size_t i = 0; i < set.count && !result; i++)
		if (others && words_in(set.words[i], others->s))
			result = conf_fail(line_of(conf_get(node, name), set.words[i]),
				err,
				"'%s' is a word of %s and of %s: nobody could tell what "
				"is meant",
				set.words[i], name, other);
	wordset_done(&set);
	return result;
}

static int
check_words(const struct conf_node *node, const struct pack *p, struct strbuf *err)
{
	if (check_apart(node, "stop", &p->stop, NULL, NULL, err) < 0 ||
		check_apart(node, "start", &p->start, "stop", &p->stop, err) < 0 ||
		check_apart(node, "help", &p->help, "stop", &p->stop, err) < 0)
		return -EINVAL;
	return check_apart(node, "help", &p->help, "start", &p->start, err);
}

/* ---- texts ---- */

/* {shop} and its sisters; anything else in braces would be sent as it stands. */
static int
check_names_in(const struct conf_node *at, const char *text, struct strbuf *err)
{
	static const char *const names[] = {"shop", "now:date", "policy.phone",
		"policy.optout_080", "policy.month_max"};
	for (const char *p = text; p && (p = strchr(p, '{')); p++) {
		char name[48];
		struct suggest s;
		size_t i = 0;
		snprintf(name, sizeof(name), "%.*s", (int)MIN(strcspn(p + 1, "}"), 40),
			p + 1);
		suggest_init(&s, name);
		while (i < ARRAY_LEN(names) && strcmp(names[i], name) != 0)
			suggest_offer(&s, names[i++]);
		if (i == ARRAY_LEN(names))
			return conf_fail(at, err, "{%s} is no name a pack knows%s%s%s",
				name, s.best ? "; did you mean {" : "",
				s.best ? s.best : "", s.best ? "}?" : "");
	}
	return 0;
}

static int
check_texts(const struct conf_node *node, const struct pack *p, struct strbuf *err)
{
	const struct conf_node *notices = conf_get(node, "notices");
	const struct {
		const struct conf_node *group;
		const char *key, *text;
	} texts[] = {
		{conf_get(node, "stop"), "say", p->say_stop},
		{conf_get(node, "start"), "say", p->say_start},
		{conf_get(node, "help"), "say", p->say_help},
		{notices, "granted", p->say_granted},
		{notices, "refused", p->say_refused},
		{notices, "say", p->say_reconfirm},
		{conf_get(conf_get(node, "classes"), "marketing"), "suffix",
			p->rules[0].classes[CLASS_MARKETING].suffix},
	};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (texts[i].text &&
			check_names_in(conf_get(texts[i].group, texts[i].key),
				texts[i].text, err) < 0)
			return -EINVAL;
	return 0;
}

/* ---- consent, lengths ---- */

static int
check_bases(const struct conf_node *node, const struct pack *p, struct strbuf *err)
{
	static const char *const kinds[] = {"express", "sale", "soft", "request"};
	const struct conf_node *at = conf_get(node, "bases");
	for (const char *b = p->bases; *(b += strspn(b, " ,"));) {
		size_t n = strcspn(b, " ,"), i = 0;
		while (i < ARRAY_LEN(kinds) &&
			(strncmp(kinds[i], b, n) != 0 || kinds[i][n]))
			i++;
		if (i == ARRAY_LEN(kinds))
			return conf_fail(at, err,
				"\"%.*s\" is no basis: express, sale, soft or request is "
				"expected",
				(int)MIN(n, 20), b);
		if ((!strcmp(kinds[i], "sale") && !p->sale_for) ||
			(!strcmp(kinds[i], "request") && !p->request_for))
			return conf_fail(at, err,
				"the basis %s needs how long it lasts: %s_for = \"6mo\"",
				kinds[i], kinds[i]);
		b += n;
	}
	return 0;
}

static int
check_consent(const struct conf_node *node, const struct pack *p, struct strbuf *err)
{
	const struct conf_node *consent = conf_get(node, "consent");
	const struct conf_node *source = conf_get(consent, "source");
	if (!source || !conf_text(source))
		return conf_fail(consent, err, "consent lacks its source");
	if (p->charset && strcmp(p->charset, "euc-kr") != 0)
		return conf_fail(conf_get(conf_get(node, "lengths"), "charset"), err,
			"charset = \"%s\": \"euc-kr\" is expected", p->charset);
	return check_bases(consent, p, err);
}

int
packs_check(const struct conf_node *node, const struct pack *p, struct strbuf *err)
{
	static int (*const checks[])(const struct conf_node *node, const struct pack *p,
		struct strbuf *err) = {check_names, check_holidays, check_classes,
		check_words, check_texts, check_consent};
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		if (checks[i](node, p, err) < 0)
			return -EINVAL;
	return 0;
}
