#include "gateway/core/config_hooks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/sms/address.h"

#define SECRET_MIN 16
#define SECRET_MAX 512
#define URL_MAX    2047
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789_-"

/* ---- values ---- */

bool
config_url_valid(const char *url, size_t max)
{
	const char *host = !strncmp(url, "https://", 8)  ? url + 8
			   : !strncmp(url, "http://", 7) ? url + 7
							 : NULL;
	if (!host || !*host || strchr("/?#:", *host) || strlen(url) > max)
		return false;
	for (const char *p = url; *p; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p == 0x7f)
			return false;
	return true;
}

static bool
item_fits(const char *item, size_t len, const char *name)
{
	if (len && item[len - 1] == '*')
		return !strncmp(item, name, len - 1);
	return strlen(name) == len && !memcmp(item, name, len);
}

bool
config_events_match(const char *list, const char *name)
{
	bool wanted = false;
	for (const char *p = list; *p;) {
		p += strspn(p, " ,");
		size_t len = strcspn(p, " ,");
		bool without = *p == '-';
		if (len > without && item_fits(p + without, len - without, name))
			wanted = !without;
		p += len;
	}
	return wanted;
}

/* "message.*", "-ticket.text", "*" */
static int
check_events(const struct conf_node *node, const char *list, struct strbuf *err)
{
	for (const char *p = list; *p;) {
		p += strspn(p, " ,");
		size_t len = strcspn(p, " ,");
		size_t from = *p == '-';
		size_t plain = from + strspn(p + from, "abcdefghijklmnopqrstuvwxyz_.");
		if (len && (len == from || plain + (p[plain] == '*') != len))
			return conf_fail(node, err,
				"events: '%.*s' should be the name of an event, such as "
				"message.delivered, or its beginning and a star",
				(int)MIN(len, 60), p);
		p += len;
	}
	return 0;
}

static int
read_file(const struct conf_node *node, const char *path, char ret[SECRET_MAX],
	struct strbuf *err)
{
	FILE *f = fopen(path, "re");
	if (!f)
		return conf_fail(node, err, "%s: %s", path, strerror(errno));
	if (!fgets(ret, SECRET_MAX, f))
		ret[0] = '\0';
	fclose(f);
	ret[strcspn(ret, "\r\n")] = '\0';
	return 0;
}

/* `*slot` holds "env:NAME" or "file:PATH" and is replaced by what is there. */
static int
read_secret(
	const struct conf_node *group, const char *name, char **slot, struct strbuf *err)
{
	const struct conf_node *node = conf_get(group, name);
	char value[SECRET_MAX] = "";
	const char *from = *slot;
	if (!from)
		return 0;
	if (!strncmp(from, "env:", 4)) {
		const char *there = getenv(from + 4);
		if (!there)
			return conf_fail(node, err,
				"%s: the environment has no variable %s", name, from + 4);
		snprintf(value, sizeof(value), "%s", there);
	} else if (strncmp(from, "file:", 5) != 0) {
		return conf_fail(node, err,
			"%s should say where the secret is, \"file:PATH\" or "
			"\"env:NAME\", not what it is",
			name);
	} else if (read_file(node, from + 5, value, err) < 0) {
		return -EINVAL;
	}
	if (strlen(value) < SECRET_MIN)
		return conf_fail(node, err, "%s: what is at %s has fewer than %d bytes",
			name, from, SECRET_MIN);
	free(*slot);
	*slot = xstrdup(value);
	return 0;
}

static int
check_url(const struct conf_node *group, const char *name, const char *url,
	struct strbuf *err)
{
	if (!url || config_url_valid(url, URL_MAX))
		return 0;
	return conf_fail(conf_get(group, name), err,
		"%s = \"%.100s\": an address with https:// (or http://) and a host is "
		"expected",
		name, url);
}

/* Every element of a list "( { ... }, { ... } )". */
static int
read_list(const struct conf_node *root, const char *name, size_t max, void *dest,
	int (*each)(struct config_hooks *dest, const struct conf_node *group,
		struct strbuf *err),
	struct strbuf *err)
{
	const struct conf_node *list = conf_get(root, name);
	int r = 0;
	if (!list)
		return 0;
	if (conf_is_group(list) || conf_text(list))
		return conf_fail(
			list, err, "'%s' should be a list: ( { ... }, { ... } )", name);
	if (conf_count(list) > max)
		return conf_fail(list, err, "'%s' has more than %zu members", name, max);
	for (size_t i = 0; i < conf_count(list); i++) {
		const struct conf_node *group = conf_at(list, i);
		if (!conf_is_group(group))
			r = conf_fail(group, err, "'%s': %s where a group { } should be",
				name, conf_kind(group));
		else if (each(dest, group, err) < 0)
			r = -EINVAL;
	}
	return r;
}

/* ---- webhooks ---- */

#define AT(member) offsetof(struct config_hook, member)
static const struct conf_key hook_keys[] = {
	{"name", CONF_TEXT, AT(name), .required = true},
	{"url", CONF_TEXT, AT(url), .required = true},
	{"events", CONF_TEXT, AT(events)},
	{"secret", CONF_TEXT, AT(secret), .required = true},
	{"allow_private", CONF_BOOL, AT(allow_private)},
	{"timeout", CONF_DURATION, AT(timeout), .min = 100, .max = MINUTE},
	{0},
};
#undef AT

static int
check_hook(const struct config_hooks *all, const struct config_hook *hook,
	const struct conf_node *group, struct strbuf *err)
{
	if (strlen(hook->name) >= 64 ||
		strspn(hook->name, NAME_CHARS) != strlen(hook->name))
		return conf_fail(conf_get(group, "name"), err,
			"name = \"%.60s\": small letters, digits, - and _ are expected",
			hook->name);
	for (const struct config_hook *h = all->hooks; h < hook; h++)
		if (h->name && !strcmp(h->name, hook->name))
			return conf_fail(conf_get(group, "name"), err,
				"there are two webhooks named '%s'", hook->name);
	if (check_url(group, "url", hook->url, err) < 0)
		return -EINVAL;
	return check_events(conf_get(group, "events"), hook->events, err);
}

static int
read_hook(struct config_hooks *all, const struct conf_node *group, struct strbuf *err)
{
	struct config_hook *hook = &all->hooks[all->hook_count++];
	hook->events = xstrdup("*");
	hook->timeout = 10 * SECOND;
	if (conf_read(group, hook_keys, hook, err) < 0 ||
		check_hook(all, hook, group, err) < 0)
		return -EINVAL;
	return read_secret(group, "secret", &hook->secret, err);
}

/* ---- accounts ---- */

static int
read_number(
	void *dest, const char *name, const struct conf_node *node, struct strbuf *err)
{
	struct config_account *a = dest;
	const char *phone = conf_text(node);
	if (!phone)
		return conf_fail(node, err, "the number of %s should be a text", name);
	if (a->number_count == CONFIG_NUMBERS)
		return conf_fail(
			node, err, "there are more than %d numbers", CONFIG_NUMBERS);
	a->numbers[a->number_count].channel = xstrdup(name);
	a->numbers[a->number_count++].phone = xstrdup(phone);
	return 0;
}

#define AT(member) offsetof(struct config_account, member)
static const struct conf_key account_keys[] = {
	{"sid", CONF_TEXT, AT(sid), .required = true},
	{"auth_token", CONF_TEXT, AT(auth_token), .required = true},
	{"sms_url", CONF_TEXT, AT(sms_url)},
	{"class", CONF_TEXT, AT(class_name)},
	{"allow_private", CONF_BOOL, AT(allow_private)},
	{"numbers", CONF_EACH, .each = read_number},
	{0},
};
#undef AT

static int
check_numbers(struct config_account *a, const struct conf_node *group,
	const char *country, struct strbuf *err)
{
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	for (size_t i = 0; i < a->number_count; i++) {
		char phone[32];
		if (sms_number_e164(
			    a->numbers[i].phone, country ? country : "", phone, &why) < 0)
			return conf_fail(conf_get(group, "numbers"), err, "%s: %s",
				a->numbers[i].channel, why.s);
		free(a->numbers[i].phone);
		a->numbers[i].phone = xstrdup(phone);
	}
	return 0;
}

static int
check_account(const struct config_hooks *all, const struct config_account *a,
	const struct conf_node *group, struct strbuf *err)
{
	static const char *const classes[] = {"service", "marketing"};
	bool known = !a->class_name;
	if (strlen(a->sid) != 34 || strncmp(a->sid, "AC", 2) != 0 ||
		strspn(a->sid + 2, "0123456789abcdef") != 32)
		return conf_fail(conf_get(group, "sid"), err,
			"sid = \"%.60s\": AC and 32 digits of 0-9 and a-f are expected; "
			"they are yours to choose",
			a->sid);
	for (const struct config_account *o = all->accounts; o < a; o++)
		if (o->sid && !strcmp(o->sid, a->sid))
			return conf_fail(conf_get(group, "sid"), err,
				"there are two accounts %s", a->sid);
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		known |= a->class_name && !strcmp(a->class_name, classes[i]);
	if (!known)
		return conf_fail(conf_get(group, "class"), err,
			"class = \"%s\": service or marketing is expected",
			a->class_name);
	return check_url(group, "sms_url", a->sms_url, err);
}

static int
read_account(struct config_hooks *all, const struct conf_node *group, struct strbuf *err)
{
	struct config_account *a = &all->accounts[all->account_count++];
	if (conf_read(group, account_keys, a, err) < 0 ||
		check_account(all, a, group, err) < 0)
		return -EINVAL;
	return read_secret(group, "auth_token", &a->auth_token, err);
}

const struct config_account *
config_account_find(const struct config_hooks *hooks, const char *sid)
{
	for (size_t i = 0; i < hooks->account_count; i++)
		if (!strcmp(hooks->accounts[i].sid, sid))
			return &hooks->accounts[i];
	return NULL;
}

/* ---- all of it ---- */

static const struct conf_key callback_keys[] = {
	{"allow_private", CONF_BOOL, offsetof(struct config_hooks, callbacks_private)},
	{0},
};

int
config_hooks_read(const struct conf_node *root, const char *country,
	struct config_hooks *ret, struct strbuf *err)
{
	const struct conf_node *callbacks = conf_get(root, "callbacks");
	int r = read_list(root, "webhooks", CONFIG_HOOKS, ret, read_hook, err);
	int s = read_list(root, "twilio", CONFIG_ACCOUNTS, ret, read_account, err);
	const struct conf_node *twilio = conf_get(root, "twilio");
	for (size_t i = 0; !s && i < ret->account_count; i++)
		s = check_numbers(&ret->accounts[i], conf_at(twilio, i), country, err);
	if (callbacks && !conf_is_group(callbacks))
		r = conf_fail(callbacks, err, "'callbacks' should be a group { }");
	else if (callbacks && conf_read(callbacks, callback_keys, ret, err) < 0)
		r = -EINVAL;
	return r ? r : s;
}

void
config_hooks_done(struct config_hooks *hooks)
{
	for (size_t i = 0; i < hooks->hook_count; i++)
		conf_free(hook_keys, &hooks->hooks[i]);
	for (size_t i = 0; i < hooks->account_count; i++) {
		struct config_account *a = &hooks->accounts[i];
		conf_free(account_keys, a);
		for (size_t n = 0; n < a->number_count; n++) {
			free(a->numbers[n].channel);
			free(a->numbers[n].phone);
		}
	}
}
