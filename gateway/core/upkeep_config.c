/* The settings of a channel that are the same for every driver. */
#include "gateway/core/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/text/regex.h"

#define AT(member) .offset = offsetof(struct upkeep_config, member)

static const struct conf_key balance_keys[] = {
	{"ussd", CONF_TEXT, AT(balance.ussd)},
	{"to", CONF_TEXT, AT(balance.to)},
	{"text", CONF_TEXT, AT(balance.text)},
	{"from", CONF_TEXT, AT(balance.from)},
	{"pattern", CONF_TEXT, AT(balance.pattern)},
	{"every", CONF_DURATION, AT(balance.every), .min = 10 * MINUTE, .max = 365 * DAY},
	{"low", CONF_INT, AT(balance.low), .min = 0, .max = 1000000000},
	{0},
};

static int
read_span(const struct conf_node *channel, const char *name, int64_t min, int64_t max,
	int64_t *ret, struct strbuf *err)
{
	const struct conf_node *node = conf_get(channel, name);
	const char *text = node ? conf_text(node) : NULL;
	int64_t ms;
	if (!node)
		return 0;
	if (!text || conf_duration(text, &ms) < 0 || ms < min || ms > max)
		return conf_fail(node, err,
			"%s: a length of time such as \"%s\" is expected", name,
			min < HOUR ? "5m" : "7d");
	*ret = ms;
	return 0;
}

static int
check_balance(const struct conf_node *node, struct upkeep_config *u, struct strbuf *err)
{
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	const char *code = u->balance.ussd;
	if (!code == !u->balance.to)
		return conf_fail(node, err,
			"balance wants either ussd (a code such as \"*100#\") or to and "
			"text (a number that answers)");
	if (code && strspn(code, "0123456789*#+") != strlen(code))
		return conf_fail(conf_get(node, "ussd"), err,
			"ussd is \"%s\": digits, * and # are expected, such as \"*100#\"",
			code);
	if (u->balance.to && !u->balance.text)
		return conf_fail(
			node, err, "balance lacks the setting 'text': what to send");
	if (regex_check(u->balance.pattern, &why) < 0)
		return conf_fail(conf_get(node, "pattern"), err, "pattern: %s", why.s);
	return 0;
}

int
upkeep_read(
	const struct conf_node *channel, struct upkeep_config *ret, struct strbuf *err)
{
	const struct conf_node *balance = conf_get(channel, "balance");
	const struct conf_node *number = conf_get(channel, "number");
	struct upkeep_config u = {.alarm_after = MINUTE};
	int r = read_span(channel, "alarm_after", SECOND, 7 * DAY, &u.alarm_after, err);
	u.balance.pattern = xstrdup("([0-9][0-9.,]*)");
	u.balance.every = DAY;
	if (!r)
		r = read_span(channel, "selftest", HOUR, 365 * DAY, &u.selftest, err);
	if (!r && number && !conf_text(number))
		r = conf_fail(number, err, "number: the SIM's own number, in quotes");
	if (!r && number)
		u.number = xstrdup(conf_text(number));
	if (!r && balance && !conf_is_group(balance))
		r = conf_fail(balance, err, "balance should be a group { }");
	if (!r && balance)
		r = conf_read(balance, balance_keys, &u, err);
	if (!r && balance)
		r = check_balance(balance, &u, err);
	if (r) {
		upkeep_free(&u);
		return r;
	}
	*ret = u;
	return 0;
}

void
upkeep_free(struct upkeep_config *u)
{
	conf_free(balance_keys, u);
	free(u->number);
	u->number = NULL;
}
