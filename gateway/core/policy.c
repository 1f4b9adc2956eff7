#include "gateway/core/policy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/text/format.h"
#include "gateway/text/zone.h"

/* When what nobody waits for may leave, if the shop says nothing else: nudges, and the
 * service texts that scripts send by themselves. */
#define OPEN_TO_TIMERS  "09:00-21:00"
#define OPEN_TO_SCRIPTS "07:00-22:00"

/* "9.9": thousandths, at most three places; -1: it is none. */
static int64_t
price(const char *text)
{
	char *end = NULL;
	int64_t milli = text && *text >= '0' && *text <= '9'
				? strtoll(text, &end, 10) * 1000
				: -1;
	if (end && *end == '.') {
		int64_t unit = 100;
		for (end++; *end >= '0' && *end <= '9' && unit; end++, unit /= 10)
			milli += (*end - '0') * unit;
	}
	return !end || *end || milli > INT64_C(1000000000) ? -1 : milli;
}

static int
add_tariff(struct policy *p, const char *channel, const struct conf_node *node,
	struct strbuf *err)
{
	const char *name = conf_name(node);
	bool other = !strcmp(name, "default");
	int64_t milli = price(conf_text(node));
	if (milli < 0)
		return conf_fail(
			node, err, "'%s': a price such as \"9.9\" is expected", name);
	if (!other && strlen(name) != 2)
		return conf_fail(
			node, err, "'%s': a country such as KR, or default", name);
	if (p->tariff_count == POLICY_TARIFFS)
		return conf_fail(
			node, err, "there are more than %d tariffs", POLICY_TARIFFS);
	struct tariff *t = &p->tariffs[p->tariff_count++];
	snprintf(t->channel, sizeof(t->channel), "%s", channel);
	snprintf(t->country, sizeof(t->country), "%s", other ? "" : name);
	t->milli = milli;
	return 0;
}

/* A price, or a channel's group of them. */
static int
read_tariff(
	void *dest, const char *name, const struct conf_node *node, struct strbuf *err)
{
	struct policy *p = dest;
	if (!conf_is_group(node))
		return add_tariff(p, "", node, err);
	if (strlen(name) >= sizeof(p->tariffs[0].channel))
		return conf_fail(node, err, "'%.20s...' is no channel", name);
	for (size_t i = 0; i < conf_count(node); i++)
		if (add_tariff(p, name, conf_at(node, i), err) < 0)
			return -EINVAL;
	return 0;
}

int64_t
policy_tariff(const struct policy *p, const char *channel, const char *country)
{
	int64_t best = 0;
	int rank = -1; /* the channel's own first, then the country's own */
	for (size_t i = 0; i < p->tariff_count; i++) {
		const struct tariff *t = &p->tariffs[i];
		bool own = *t->channel && channel && !strcmp(t->channel, channel);
		bool there = *t->country && !strcmp(t->country, country);
		if ((*t->channel && !own) || (*t->country && !there))
			continue;
		if (2 * own + there <= rank)
			continue;
		rank = 2 * own + there;
		best = t->milli;
	}
	return best;
}

#define AT(member) offsetof(struct policy, member)
static const struct conf_key stop_keys[] = {
	{"extra", CONF_TEXT, AT(stop_extra)},
	{"say", CONF_TEXT, AT(stop_say)},
	{0},
};
static const struct conf_key start_keys[] = {
	{"extra", CONF_TEXT, AT(start_extra)},
	{"say", CONF_TEXT, AT(start_say)},
	{0},
};
static const struct conf_key help_keys[] = {
	{"extra", CONF_TEXT, AT(help_extra)},
	{"say", CONF_TEXT, AT(help_say)},
	{0},
};
static const struct conf_key quiet_keys[] = {
	{"marketing", CONF_TEXT, AT(quiet_text) + CLASS_MARKETING * sizeof(char *)},
	{"service", CONF_TEXT, AT(quiet_text) + CLASS_SERVICE * sizeof(char *)},
	{"reply", CONF_TEXT, AT(quiet_text) + CLASS_REPLY * sizeof(char *)},
	{"timer", CONF_TEXT, AT(quiet_timer_text)},
	{0},
};
static const struct conf_key cap_keys[] = {
	{"promo", CONF_TEXT, AT(promo_text)},
	{"rhythm", CONF_BOOL, AT(rhythm)},
	{0},
};
static const struct conf_key loop_keys[] = {
	{"same_out", CONF_INT, AT(loop_same_out), .min = 1, .max = 1000},
	{"same_per", CONF_DURATION, AT(loop_same_per), .min = SECOND, .max = 30 * DAY},
	{"bot_max", CONF_INT, AT(loop_bot_max), .min = 1, .max = 10000},
	{"bot_per", CONF_DURATION, AT(loop_bot_per), .min = SECOND, .max = 30 * DAY},
	{"then", CONF_TEXT, AT(loop_then)},
	{0},
};
static const struct conf_key sim_keys[] = {
	{"marketing", CONF_TEXT, AT(sim_marketing)},
	{"all", CONF_TEXT, AT(sim_all)},
	{"recipients", CONF_TEXT, AT(sim_recipients)},
	{"reserve", CONF_INT, AT(sim_reserve), .min = 0, .max = 100000},
	{"parts", CONF_TEXT, AT(sim_parts)},
	{"pace", CONF_TEXT, AT(sim_pace)},
	{"warm_up", CONF_DURATION, AT(warm_up), .min = 0, .max = 365 * DAY},
	{"sticky", CONF_BOOL, AT(sticky)},
	{0},
};
static const struct conf_key retention_keys[] = {
	{"contacts", CONF_DURATION, AT(keep_contacts), .min = DAY, .max = 36500 * DAY},
	{"texts", CONF_DURATION, AT(keep_texts), .min = DAY, .max = 36500 * DAY},
	{"raw", CONF_DURATION, AT(keep_raw), .min = DAY, .max = 36500 * DAY},
	{"events", CONF_DURATION, AT(keep_events), .min = 3 * DAY, .max = 36500 * DAY},
	{0},
};
static const struct conf_key policy_keys[] = {
	{"optout_080", CONF_TEXT, AT(optout_080)},
	{"phone", CONF_TEXT, AT(phone)},
	{"month_max", CONF_INT, AT(month_max), .min = 1, .max = 1000},
	{"stop", CONF_GROUP, .sub = stop_keys},
	{"start", CONF_GROUP, .sub = start_keys},
	{"help", CONF_GROUP, .sub = help_keys},
	{"quiet", CONF_GROUP, .sub = quiet_keys},
	{"caps", CONF_GROUP, .sub = cap_keys},
	{"loop", CONF_GROUP, .sub = loop_keys},
	{"budget", CONF_TEXT, AT(budget_text)},
	{"sim_ad_parts", CONF_INT, AT(sim_ad_parts), .min = 1, .max = 10},
	{"exempt", CONF_TEXT, AT(exempt)},
	{"same_text", CONF_DURATION, AT(same_text), .min = 0, .max = 365 * DAY},
	{"spread", CONF_DURATION, AT(spread), .min = 0, .max = 12 * HOUR},
	{"holidays", CONF_TEXT, AT(holidays_text)},
	{"sunday", CONF_BOOL, AT(sunday)},
	{"silence", CONF_DURATION, AT(silence), .min = DAY, .max = 3650 * DAY},
	{"notices", CONF_BOOL, AT(notices)},
	{"retention", CONF_GROUP, .sub = retention_keys},
	{"sim", CONF_GROUP, .sub = sim_keys},
	{"tariffs", CONF_EACH, .each = read_tariff},
	{"catchall", CONF_ANY},
	{0},
};
#undef AT
static const struct conf_key file_keys[] = {
	{"format", CONF_ANY, .required = true},
	{"policy", CONF_ANY, .required = true},
	{0},
};

struct policy *
policy_default(void)
{
	struct policy *p = xcalloc(1, sizeof(*p));
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	for (int c = 0; c < CLASS_COUNT; c++)
		if (window_parse("always", &p->open[c], &err) < 0)
			abort();
	if (window_parse(OPEN_TO_TIMERS, &p->timer, &err) < 0 ||
		window_parse(OPEN_TO_SCRIPTS, &p->scripts, &err) < 0)
		abort();
	p->loop_ticket = true;
	p->loop_same_out = 3;
	p->loop_bot_max = 20;
	p->loop_same_per = p->loop_bot_per = 10 * MINUTE;
	p->same_text = DAY;
	p->spread = 20 * MINUTE;
	p->sim_reserve = -1;
	p->sticky = p->rhythm = p->notices = true;
	return p;
}

/* ---- reading ---- */

/* Nothing leaves in the last minutes of an opening: hours shorter than those never come.
 */
#define MARGIN (6 * MINUTE)

static bool
never_opens(const struct window *open)
{
	struct window_rule rule = {open, NULL, "UTC", NULL};
	return window_next(&rule, 1, 0, MARGIN, NULL) == WINDOW_NEVER;
}

static int
read_quiet_timer(struct policy *p, const struct conf_node *group, struct strbuf *err)
{
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct window quiet;
	const struct conf_node *node = group ? conf_get(group, "timer") : NULL;
	if (!node)
		return 0;
	if (window_parse(p->quiet_timer_text, &quiet, &why) < 0 ||
		window_parse("always", &p->timer, &why) < 0)
		return conf_fail(node, err, "%s", why.s);
	if (window_subtract(&p->timer, &quiet) < 0 || never_opens(&p->timer))
		return conf_fail(node, err,
			"it is always quiet but for a few minutes, or in too many "
			"stretches of a day");
	return 0;
}

/* "mute 1h, ticket": what follows a loop. */
static int
read_loop_then(struct policy *p, const struct conf_node *loop, struct strbuf *err)
{
	if (!p->loop_then)
		return 0;
	const struct conf_node *node = conf_get(loop, "then");
	p->loop_ticket = false;
	for (const char *at = p->loop_then; *at;) {
		char item[40];
		at += strspn(at, ", ");
		size_t n = strcspn(at, ",");
		snprintf(item, sizeof(item), "%.*s", (int)MIN(n, sizeof(item) - 1), at);
		while (*item && item[strlen(item) - 1] == ' ')
			item[strlen(item) - 1] = '\0';
		if (!strcmp(item, "ticket"))
			p->loop_ticket = true;
		else if (strncmp(item, "mute ", 5) != 0 ||
			 conf_duration(item + 5, &p->loop_mute) < 0 || p->loop_mute <= 0)
			return conf_fail(node, err,
				"then = \"%s\": \"mute 1h\", \"ticket\" or both are "
				"expected",
				p->loop_then);
		at += n;
	}
	return 0;
}

static int
read_quiet(struct policy *p, const struct conf_node *group, struct strbuf *err)
{
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	for (int c = 0; c < CLASS_COUNT; c++) {
		struct window quiet;
		if (!p->quiet_text[c])
			continue;
		const struct conf_node *node =
			conf_get(group, message_class_name((enum message_class)c));
		if (window_parse(p->quiet_text[c], &quiet, &why) < 0)
			return conf_fail(node, err, "%s", why.s);
		if (window_subtract(&p->open[c], &quiet) < 0)
			return conf_fail(
				node, err, "these are too many stretches in one day");
		if (window_empty(&p->open[c]))
			return conf_fail(node, err,
				"it is always quiet: no %s text could ever leave",
				message_class_name((enum message_class)c));
		if (never_opens(&p->open[c]))
			return conf_fail(node, err,
				"what is not quiet is shorter than the 6 minutes kept "
				"free "
				"before its end: no %s text could ever leave",
				message_class_name((enum message_class)c));
		p->quiet[c] = !window_empty(&quiet);
	}
	return 0;
}

/* "1/1d, {month_max}/month": the number told at the opt-in is the cap. */
static int
read_promo(struct policy *p, const struct conf_node *node, struct strbuf *err)
{
	static const char placeholder[] = "{month_max}";
	struct strbuf text AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	const char *rest = p->promo_text, *at;
	while ((at = strstr(rest, placeholder))) {
		if (!p->month_max)
			return conf_fail(node, err,
				"{month_max} stands here, but month_max is not set");
		strbuf_add(&text, rest, (size_t)(at - rest));
		strbuf_printf(&text, "%" PRId64, p->month_max);
		rest = at + sizeof(placeholder) - 1;
	}
	strbuf_puts(&text, rest);
	if (caps_parse(text.s, &p->promo, &why) < 0)
		return conf_fail(node, err, "%s", why.s);
	return 0;
}

static int
read_caps(const struct conf_node *group, const char *name, const char *text,
	struct caps *caps, struct strbuf *err)
{
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (text && caps_parse(text, caps, &why) < 0)
		return conf_fail(conf_get(group, name), err, "%s", why.s);
	return 0;
}

/* "20/minute" */
static int
read_pace(struct policy *p, const struct conf_node *sim, struct strbuf *err)
{
	char *end;
	if (!p->sim_pace)
		return 0;
	int64_t n = *p->sim_pace > '0' && *p->sim_pace <= '9'
			    ? strtoll(p->sim_pace, &end, 10)
			    : 0;
	if (n < 1 || n > 60000 || strcmp(end, "/minute") != 0)
		return conf_fail(conf_get(sim, "pace"), err,
			"pace = \"%s\": \"20/minute\" is expected", p->sim_pace);
	p->pace_per_minute = n;
	return 0;
}

static int
read_sim(struct policy *p, const struct conf_node *sim, struct strbuf *err)
{
	if (read_caps(sim, "marketing", p->sim_marketing, &p->sim_marketing_caps, err) <
			0 ||
		read_caps(sim, "all", p->sim_all, &p->sim_all_caps, err) < 0 ||
		read_caps(sim, "recipients", p->sim_recipients, &p->sim_recipients_caps,
			err) < 0 ||
		read_caps(sim, "parts", p->sim_parts, &p->sim_parts_caps, err) < 0)
		return -EINVAL;
	return read_pace(p, sim, err);
}

static int
read_budget(struct policy *p, const struct conf_node *node, struct strbuf *err)
{
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct caps one = {0};
	if (caps_parse(p->budget_text, &one, &why) < 0 || one.count != 1 ||
		one.list[0].per == CAP_ROLLING)
		return conf_fail(node, err,
			"budget = \"%s\": \"30000/month\" is expected", p->budget_text);
	p->budget = one.list[0];
	return 0;
}

/* What was told at the opt-in holds, written down or not. */
static void
promise_month(struct policy *p)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(1 << 16);
	if (p->promo_text && strstr(p->promo_text, "{month_max}"))
		return;
	strbuf_printf(&text, "%s%s{month_max}/month", p->promo_text ? p->promo_text : "",
		p->promo_text && *p->promo_text ? ", " : "");
	free(p->promo_text);
	p->promo_text = xstrdup(text.s);
}

static int
read_rest(struct policy *p, const struct conf_node *node, struct strbuf *err)
{
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (read_quiet(p, conf_get(node, "quiet"), err) < 0 ||
		read_quiet_timer(p, conf_get(node, "quiet"), err) < 0 ||
		read_loop_then(p, conf_get(node, "loop"), err) < 0)
		return -EINVAL;
	const struct conf_node *caps = conf_get(node, "caps");
	if (p->month_max)
		promise_month(p);
	if (p->promo_text &&
		read_promo(p, caps ? conf_get(caps, "promo") : node, err) < 0)
		return -EINVAL;
	if (p->budget_text && read_budget(p, conf_get(node, "budget"), err) < 0)
		return -EINVAL;
	if (conf_get(node, "sim") && read_sim(p, conf_get(node, "sim"), err) < 0)
		return -EINVAL;
	if (p->holidays_text && dates_add(&p->holidays, p->holidays_text, &why) < 0)
		return conf_fail(conf_get(node, "holidays"), err, "%s", why.s);
	return 0;
}

int
policy_load(const char *path, struct policy **ret_policy, struct strbuf *err)
{
	struct policy *p = policy_default();
	int r = conf_open(path, &p->document, err);
	const struct conf_node *root = r ? NULL : conf_root(p->document);
	const struct conf_node *node = root ? conf_get(root, "policy") : NULL;
	if (!r)
		r = conf_read(root, file_keys, p, err);
	if (!r && !conf_is_group(node))
		r = conf_fail(node, err, "'policy' should be a group { }");
	if (!r)
		r = conf_read(node, policy_keys, p, err);
	if (!r)
		r = read_rest(p, node, err);
	if (r)
		policy_free(p);
	else
		*ret_policy = p;
	return r;
}

void
policy_free(struct policy *p)
{
	if (!p)
		return;
	conf_free(policy_keys, p);
	dates_done(&p->holidays);
	conf_close(p->document);
	free(p);
}

void
policy_make_up(struct policy *p)
{
	if (!p->optout_080)
		p->optout_080 = xstrdup("080-000-0000");
	if (!p->phone)
		p->phone = xstrdup("02-000-0000");
	if (!p->month_max)
		p->month_max = 4;
}

/* ---- words ---- */

static bool
has_hangul(const char *text)
{
	const unsigned char *p = (const unsigned char *)text; /* U+AC00 to U+D7A3 */
	for (; *p; p++)
		if ((p[0] == 0xEA && p[1] >= 0xB0) || p[0] == 0xEB || p[0] == 0xEC ||
			(p[0] == 0xED && p[1] <= 0x9E))
			return true;
	return false;
}

/* As dates stand in the scripts' texts; where the language is not known, as in ISO. */
static void
write_date(const struct policy_words *w, bool korean, char ret[ISO_MAX])
{
	struct strbuf date = STRBUF_INIT(ISO_MAX);
	iso_format(w->now, zone_offset(w->zone, w->now), ret);
	ret[10] = '\0';
	if (korean) {
		format_date(w->now, w->zone, "ko", &date);
		snprintf(ret, ISO_MAX, "%s", date.s);
	}
	strbuf_done(&date);
}

static const char *
value_of(const struct policy_words *w, const char *name, size_t n, bool korean,
	char ret[ISO_MAX])
{
	static const char *const names[] = {"shop", "policy.phone", "policy.optout_080",
		"policy.month_max", "now:date"};
	size_t which = 0;
	while (which < ARRAY_LEN(names) &&
		(strlen(names[which]) != n || strncmp(names[which], name, n) != 0))
		which++;
	switch (which) {
	case 0: return w->shop;
	case 1: return w->policy->phone ? w->policy->phone : "";
	case 2: return w->policy->optout_080 ? w->policy->optout_080 : "";
	case 3:
		snprintf(ret, ISO_MAX, "%" PRId64, w->policy->month_max);
		return w->policy->month_max ? ret : "";
	case 4: write_date(w, korean, ret); return ret;
	default: return NULL;
	}
}

const char *
policy_expand(const struct policy_words *words, const char *text, struct strbuf *out)
{
	static _Thread_local char name[48];
	const char *missing = NULL;
	for (const char *p = text; *p;) {
		size_t plain = strcspn(p, "{");
		strbuf_add(out, p, plain);
		p += plain;
		if (!*p)
			break;
		size_t n = strcspn(p + 1, "}");
		char buffer[ISO_MAX];
		const char *value =
			p[1 + n] ? value_of(words, p + 1, n, has_hangul(text), buffer)
				 : NULL;
		if (!value) { /* none of ours: left as it stands */
			strbuf_putc(out, *p++);
			continue;
		}
		if (!*value && !missing) {
			snprintf(name, sizeof(name), "%.*s", (int)n, p + 1);
			missing = name;
		}
		strbuf_puts(out, value);
		p += n + 2;
		if (!*value && *p == ' ' && (!out->len || out->s[out->len - 1] == ' '))
			p++; /* one space where the value stood between two */
	}
	while (missing && out->len && out->s[out->len - 1] == ' ')
		out->s[--out->len] = '\0';
	return missing;
}
