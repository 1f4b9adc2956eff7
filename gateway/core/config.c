#include "gateway/core/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/log.h"
#include "gateway/base/suggest.h"
#include "gateway/core/router.h"
#include "gateway/sms/address.h"
#include "gateway/store/channels.h"
#include "gateway/text/zone.h"

static int
read_channel(
	void *dest, const char *name, const struct conf_node *node, struct strbuf *err)
{
	struct config *config = dest;
	if (!conf_is_group(node))
		return conf_fail(node, err, "channel '%s' should be a group { }", name);
	if (config->channel_count == CONFIG_CHANNELS)
		return conf_fail(
			node, err, "there are more than %d channels", CONFIG_CHANNELS);
	if (strlen(name) >= sizeof(((struct channel_row *)0)->name))
		return conf_fail(
			node, err, "channel '%.20s...' has too long a name", name);
	const struct conf_node *driver = conf_get(node, "driver");
	const char *wanted = driver ? conf_text(driver) : NULL;
	if (!wanted)
		return conf_fail(node, err,
			"channel '%s' lacks the setting 'driver' (for a modem: driver = "
			"\"at\")",
			name);
	struct suggest near;
	suggest_init(&near, wanted);
	for (size_t i = 0; drivers[i]; i++) {
		if (strcmp(drivers[i]->name, wanted) != 0) {
			suggest_offer(&near, drivers[i]->name);
			continue;
		}
		struct config_channel fresh = {.ops = drivers[i], .node = node};
		if (drivers[i]->check(node, err) < 0 ||
			upkeep_read(node, &fresh.upkeep, err) < 0)
			return -EINVAL;
		fresh.name = xstrdup(name);
		config->channels[config->channel_count++] = fresh;
		return 0;
	}
	return conf_fail(driver, err, "there is no driver '%s'%s%s%s", wanted,
		near.best ? "; did you mean '" : "", near.best ? near.best : "",
		near.best ? "'?" : "");
}

#define AT(member) offsetof(struct config, member)
static const struct conf_key shop_keys[] = {
	{"name", CONF_TEXT, AT(shop_name), .required = true},
	{"country", CONF_TEXT, AT(country), .required = true},
	{"tz", CONF_TEXT, AT(zone), .required = true},
	{"site", CONF_TEXT, AT(shop_site)},
	{0},
};
static const struct conf_key log_keys[] = {
	{"level", CONF_TEXT, AT(log_level)},
	{0},
};
static const struct conf_key limit_keys[] = {
	{"reserve_mib", CONF_INT, AT(store_reserve), .min = 0, .max = 1 << 20},
	{"expires", CONF_DURATION, AT(keep_expires), .min = MINUTE, .max = 63 * DAY},
	{0},
};
static const struct conf_key word_keys[] = {
	{"stop", CONF_TEXT, AT(stop_say)},
	{"start", CONF_TEXT, AT(start_say)},
	{"help", CONF_TEXT, AT(help_say)},
	{"mms", CONF_TEXT, AT(mms_say)},
	{"call", CONF_TEXT, AT(call_say)},
	{0},
};
static const struct conf_key hours_keys[] = {
	{"week", CONF_TEXT, AT(hours_week), .required = true},
	{"lunch", CONF_TEXT, AT(hours_lunch)},
	{"holidays", CONF_TEXT, AT(hours_holidays)},
	{"reply", CONF_DURATION, AT(reply), .min = MINUTE, .max = 30 * DAY},
	{0},
};
static const struct conf_key ticket_keys[] = {
	{"unclaimed", CONF_DURATION, AT(unclaimed), .min = MINUTE, .max = 30 * DAY},
	{"reminders", CONF_INT, AT(reminders), .min = 0, .max = 100},
	{"reopen", CONF_DURATION, AT(reopen), .min = 0, .max = 365 * DAY},
	{0},
};
static const struct conf_key owner_keys[] = {
	{"phone", CONF_TEXT, AT(owner_phone)},
	{"alert", CONF_TEXT, AT(owner_alert)},
	{"backup", CONF_TEXT, AT(owner_backup)},
	{0},
};
static const struct conf_key api_keys[] = {
	{"listen", CONF_TEXT, AT(api_listen)},
	{"public", CONF_TEXT, AT(api_public)},
	{"hosts", CONF_TEXT, AT(api_hosts)},
	{"certificate", CONF_TEXT, AT(api_certificate)},
	{"key", CONF_TEXT, AT(api_key)},
	{"staff_group", CONF_TEXT, AT(api_staff_group)},
	{"rate", CONF_INT, AT(api_rate), .min = 1, .max = 1000000},
	{"connections", CONF_INT, AT(api_connections), .min = 16, .max = 20000},
	{0},
};
static const struct conf_key link_keys[] = {
	{"base", CONF_TEXT, AT(links_base)},
	{"expire", CONF_DURATION, AT(links_expire), .min = HOUR, .max = 3650 * DAY},
	{0},
};
static const struct conf_key credit_keys[] = {
	{"click", CONF_DURATION, AT(credit_click), .min = 0, .max = 365 * DAY},
	{"send", CONF_DURATION, AT(credit_send), .min = 0, .max = 365 * DAY},
	{0},
};
static const struct conf_key point_keys[] = {
	{"percent", CONF_INT, AT(points_percent), .min = 0, .max = 100},
	{0},
};
/* What later parts of the program read is accepted here already, so that one file serves
 * all. */
static const struct conf_key config_keys[] = {
	{"format", CONF_INT, AT(format), .required = true, .min = 1, .max = 1},
	{"shop", CONF_GROUP, .sub = shop_keys, .required = true},
	{"store", CONF_TEXT, AT(store), .required = true},
	{"run_dir", CONF_TEXT, AT(run_dir), .required = true},
	{"channels", CONF_EACH, .each = read_channel, .required = true},
	{"firmware_notes", CONF_TEXT, AT(notes_dir)},
	{"log", CONF_GROUP, .sub = log_keys},
	{"limits", CONF_GROUP, .sub = limit_keys},
	{"say", CONF_GROUP, .sub = word_keys},
	{"connectors", CONF_TEXT, AT(connectors_path)},
	{"canned", CONF_TEXT, AT(canned_path)},
	{"events", CONF_TEXT, AT(events_path)},
	{"api", CONF_GROUP, .sub = api_keys},
	{"scripts", CONF_TEXT, AT(scripts)},
	{"routes", CONF_ANY},
	{"packs", CONF_TEXT, AT(pack_names)},
	{"pack_dir", CONF_TEXT, AT(pack_dir)},
	{"policy", CONF_TEXT, AT(policy_path)},
	{"owner", CONF_GROUP, .sub = owner_keys},
	{"hours", CONF_GROUP, .sub = hours_keys},
	{"tickets", CONF_GROUP, .sub = ticket_keys},
	{"links", CONF_GROUP, .sub = link_keys},
	{"credit", CONF_GROUP, .sub = credit_keys},
	{"points", CONF_GROUP, .sub = point_keys},
	{"webhooks", CONF_ANY},
	{"sources", CONF_ANY},
	{"callbacks", CONF_ANY},
	{"twilio", CONF_ANY},
	{0},
};

/* Of different drivers: by what both can say of a device. The last digit of an IMEI is a
 * check digit or a version, told by some and not by others. */
static bool
same_names(const struct config_channel *a, const struct config_channel *b)
{
	struct device_names x = {.path = ""}, y = {.path = ""};
	if (!a->ops->names || !b->ops->names)
		return false;
	a->ops->names(a->node, &x);
	b->ops->names(b->node, &y);
	return (*x.path && !strcmp(x.path, y.path)) ||
	       (strlen(x.imei) >= 14 && !strncmp(x.imei, y.imei, 14));
}

/* Two channels on one device would take each other's answers. */
static int
check_clashes(const struct config *c, struct strbuf *err)
{
	for (size_t i = 0; i < c->channel_count; i++)
		for (size_t k = i + 1; k < c->channel_count; k++) {
			const struct config_channel *a = &c->channels[i],
						    *b = &c->channels[k];
			bool clash = a->ops != b->ops ? same_names(a, b)
				     : a->ops->clash  ? a->ops->clash(a->node, b->node)
						      : false;
			if (clash)
				return conf_fail(b->node, err,
					"the channels '%s' and '%s' name the same "
					"device; each needs its own",
					a->name, b->name);
		}
	return 0;
}

/* What a table cannot say. A setting that could not be read at all is NULL here. */
static int
add_holidays_of(struct config *c, const struct conf_node *node, const char *country,
	struct strbuf *err)
{
	const struct pack *pack = packs_country(c->packs, country);
	if (!pack)
		return conf_fail(node, err,
			"holidays = \"%s\": there is no pack of %s; write the dates, or "
			"put %s.cfg beside the packs (pack_dir)",
			c->hours_holidays, country, country);
	dates_join(&c->hours.shut, &pack->holidays);
	return 0;
}

/* "KR, 2026-12-24": countries, whose holidays come from their packs, and dates. */
static int
read_holidays(struct config *c, const struct conf_node *node, struct strbuf *err)
{
	const char *p = c->hours_holidays ? c->hours_holidays : "";
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	int r = 0;
	for (size_t n; *p && !r; p += n) {
		char item[32];
		p += strspn(p, " ,");
		n = strcspn(p, " ,");
		snprintf(item, sizeof(item), "%.*s", (int)MIN(n, sizeof(item) - 1), p);
		if (n == 2 && strspn(item, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2)
			r = add_holidays_of(c, node, item, err);
		else if (n && dates_add(&c->hours.shut, item, &why) < 0)
			r = conf_fail(node, err,
				"holidays = \"%s\": '%s' is neither a country such as KR "
				"nor a date such as 2026-12-25",
				c->hours_holidays, item);
	}
	return r;
}

static int
read_hours(struct config *c, struct strbuf *err)
{
	const struct conf_node *node = conf_get(conf_root(c->document), "hours");
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	hours_init(&c->hours, c->zone);
	if (!node)
		return 0;
	if (hours_read(&c->hours, c->hours_week, NULL, &why) < 0)
		return conf_fail(conf_get(node, "week"), err, "week = \"%s\": %s",
			c->hours_week, why.s);
	if (c->hours_lunch &&
		hours_read(&c->hours, c->hours_week, c->hours_lunch, &why) < 0)
		return conf_fail(conf_get(node, "lunch"), err, "lunch = \"%s\": %s",
			c->hours_lunch, why.s);
	return read_holidays(c, conf_get(node, "holidays"), err);
}

static int
read_owner(struct config *c, struct strbuf *err)
{
	const struct conf_node *node = conf_get(conf_root(c->document), "owner");
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	char phone[32];
	if (c->owner_phone) {
		if (sms_number_e164(c->owner_phone, c->country, phone, &why) < 0)
			return conf_fail(
				conf_get(node, "phone"), err, "phone: %s", why.s);
		free(c->owner_phone);
		c->owner_phone = xstrdup(phone);
	}
	const char *p = c->owner_alert ? c->owner_alert : "";
	for (size_t n; *p; p += n) {
		p += strspn(p, " ,");
		n = strcspn(p, " ,");
		if (n && !(n == 3 && !strncmp(p, "sms", n)) &&
			!(n == 7 && !strncmp(p, "webhook", n)))
			return conf_fail(conf_get(node, "alert"), err,
				"alert = \"%s\": sms and webhook are known, not '%.*s'",
				c->owner_alert, (int)MIN(n, 40), p);
	}
	return 0;
}

/* How it is listened on is api/tcp.c's business; here only what must not wait for it. */
static int
check_api(const struct config *c, struct strbuf *err)
{
	const struct conf_node *node = conf_get(conf_root(c->document), "api");
	const char *port = c->api_listen ? strrchr(c->api_listen, ':') : NULL;
	int64_t number = port ? strtol(port + 1, NULL, 10) : 0;
	if (c->api_listen && (number < 1 || number > 65535 || port == c->api_listen ||
				     port[1 + strspn(port + 1, "0123456789")]))
		return conf_fail(conf_get(node, "listen"), err,
			"listen = \"%s\": an address and a port are expected, such as "
			"\"127.0.0.1:8025\"",
			c->api_listen);
	if (c->api_public && strncmp(c->api_public, "https://", 8) != 0 &&
		strncmp(c->api_public, "http://", 7) != 0)
		return conf_fail(conf_get(node, "public"), err,
			"public = \"%s\": the address others reach the gateway at, such "
			"as \"https://sms.shop.example\"",
			c->api_public);
	if (!c->api_certificate != !c->api_key)
		return conf_fail(conf_get(node, c->api_key ? "key" : "certificate"), err,
			"certificate and key go together: the other one is missing");
	return 0;
}

static int
check_values(const struct config *c, struct strbuf *err)
{
	const struct conf_node *root = conf_root(c->document);
	enum log_level level;
	char path[108];
	int r = 0;
	if (c->country && !country_known(c->country))
		r = conf_fail(conf_get(root, "shop"), err,
			"country = \"%s\": the two capital letters of a country are "
			"expected, such as \"KR\"",
			c->country);
	if (c->zone && !zone_known(c->zone))
		r = conf_fail(conf_get(root, "shop"), err,
			"tz = \"%s\": no such time zone; write it like \"Asia/Seoul\"",
			c->zone);
	if (c->store && (strncmp(c->store, "sqlite:", 7) != 0 || !c->store[7]))
		r = conf_fail(conf_get(root, "store"), err,
			"store = \"%s\": \"sqlite:PATH\" is expected", c->store);
	if (log_level_parse(c->log_level, &level) < 0)
		r = conf_fail(conf_get(root, "log"), err,
			"level = \"%s\": trace, debug, info, warn or error is expected",
			c->log_level);
	if (c->run_dir && config_socket_path(c, path, err) < 0)
		r = -EINVAL;
	return check_api(c, err) < 0 ? -EINVAL : r;
}

/* ---- packs and policy ---- */

/* Hours that exclude each other would hold every text for ever: found here, not at night.
 */
static int
check_hours(const struct config *c, const struct pack *pack,
	const struct pack_rules *region, struct strbuf *err)
{
	struct window_rule rules[4];
	const struct pack *home = packs_country(c->packs, c->country);
	size_t n = 0;
	const struct pack_class *of[] = {&pack->rules[0].classes[CLASS_MARKETING],
		region ? &region->classes[CLASS_MARKETING] : NULL,
		home ? &home->rules[0].classes[CLASS_MARKETING] : NULL};
	for (size_t i = 0; i < ARRAY_LEN(of); i++)
		if (of[i] && of[i]->hours_text)
			rules[n++] =
				(struct window_rule){&of[i]->hours, NULL, "UTC", NULL};
	rules[n++] = (struct window_rule){
		&c->policy->open[CLASS_MARKETING], &c->policy->holidays, "UTC", NULL};
	if (window_next(rules, n, 0, 6 * MINUTE, NULL) != WINDOW_NEVER)
		return 0;
	strbuf_set(err,
		"%s: policy.quiet.marketing leaves none of the hours the pack of %s%s%s "
		"allows: "
		"no promotion could ever leave",
		c->policy_path ? c->policy_path
		: c->document  ? conf_file(conf_root(c->document))
			       : "policy",
		pack->country, region ? "-" : "", region ? region->region : "");
	return -EINVAL;
}

static int
check_all_hours(const struct config *c, struct strbuf *err)
{
	for (size_t i = 0; i < c->packs->meant; i++) {
		const struct pack *p = &c->packs->list[i];
		if (check_hours(c, p, NULL, err) < 0)
			return -EINVAL;
		for (size_t r = 1; r < p->rules_count; r++)
			if (check_hours(c, p, &p->rules[r], err) < 0)
				return -EINVAL;
	}
	return 0;
}

static int
load_rules(struct config *c, struct strbuf *err)
{
	struct strbuf dir AUTO(strbuf_done) = STRBUF_INIT(8192);
	if (c->pack_dir)
		strbuf_puts(&dir, c->pack_dir);
	else
		packs_find_dir(&dir);
	int r = packs_load(
		dir.s, c->pack_names ? c->pack_names : "", c->country, &c->packs, err);
	if (!r && c->policy_path)
		r = policy_load(c->policy_path, &c->policy, err);
	else if (!r)
		c->policy = policy_default();
	return r ? r : check_all_hours(c, err);
}

static struct config *
with_defaults(void)
{
	static const char *const places[] = {
		"../firmware-notes", "../share/malgil/firmware-notes", NULL};
	struct strbuf notes AUTO(strbuf_done) = STRBUF_INIT(4096);
	struct config *c = xcalloc(1, sizeof(*c));
	conf_find_folder(places, MALGIL_NOTES_DEFAULT, "generic/profile.cfg", &notes);
	c->log_level = xstrdup("info");
	c->notes_dir = xstrdup(notes.s);
	c->store_reserve = 64;
	c->keep_expires = 3 * DAY;
	c->links_expire = 90 * DAY;
	c->credit_click = 5 * DAY;
	c->credit_send = 12 * HOUR;
	c->unclaimed = 15 * MINUTE;
	c->reminders = 3;
	c->reopen = 7 * DAY;
	c->api_rate = 200;
	c->api_connections = 4096;
	return c;
}

/* Beside malgil.cfg unless it is named; nobody needs one. */
static int
load_connectors(struct config *c, const char *path, struct strbuf *err)
{
	struct strbuf beside AUTO(strbuf_done) = STRBUF_INIT(4096);
	const char *slash = strrchr(path, '/');
	if (c->connectors_path)
		return connectors_load(c->connectors_path, &c->connectors, err);
	strbuf_add(&beside, path, slash ? (size_t)(slash - path) + 1 : 0);
	strbuf_puts(&beside, "connectors.cfg");
	return connectors_load(
		access(beside.s, F_OK) ? NULL : beside.s, &c->connectors, err);
}

static int
load_events(struct config *c, const char *path, struct strbuf *err)
{
	struct strbuf beside AUTO(strbuf_done) = STRBUF_INIT(4096);
	const char *slash = strrchr(path, '/');
	if (c->events_path)
		return event_schema_load(c->events_path, &c->events, err);
	strbuf_add(&beside, path, slash ? (size_t)(slash - path) + 1 : 0);
	strbuf_puts(&beside, "events.cfg");
	return event_schema_load(
		access(beside.s, F_OK) ? NULL : beside.s, &c->events, err);
}

int
config_load(const char *path, struct config **ret_config, struct strbuf *err)
{
	struct config *c = with_defaults();
	int r = conf_open(path, &c->document, err);
	if (r && access(path, F_OK) != 0)
		strbuf_puts(err,
			"; -c FILE or MALGIL_CONFIG names another, malgil -c FILE "
			"setup makes one");
	if (!r) {
		int unread = conf_read(conf_root(c->document), config_keys, c, err);
		int wrong = check_values(c, err);
		r = unread ? unread : wrong;
	}
	if (!r)
		r = routes_read(
			c, conf_get(conf_root(c->document), "routes"), &c->routes, err);
	if (!r)
		r = check_clashes(c, err);
	if (!r)
		r = load_rules(c, err);
	if (!r)
		r = read_hours(c, err);
	if (!r)
		r = read_owner(c, err);
	if (!r)
		r = load_connectors(c, path, err);
	if (!r)
		r = load_events(c, path, err);
	if (!r)
		r = config_hooks_read(conf_root(c->document), c->country, &c->hooks, err);
	if (!r)
		r = sources_read(conf_root(c->document), path, &c->sources, err);
	if (r) {
		config_free(c);
		return r;
	}
	*ret_config = c;
	return 0;
}

int
config_plain(const struct config_shop *shop, struct config **ret, struct strbuf *err)
{
	struct config *c = with_defaults();
	c->shop_name = xstrdup(shop->name);
	c->country = xstrdup(shop->country);
	c->zone = xstrdup(shop->zone);
	c->policy_path = shop->policy ? xstrdup(shop->policy) : NULL;
	c->pack_names = shop->packs ? xstrdup(shop->packs) : NULL;
	c->hours_week = xstrdup("mon-fri 10:00-18:00");
	c->reply = 30 * MINUTE;
	int r = country_known(c->country) && zone_known(c->zone) ? 0 : -EINVAL;
	if (r)
		strbuf_set(err,
			"country = \"%s\", tz = \"%s\": a country such as KR and a zone "
			"such as Asia/Seoul are expected",
			c->country, c->zone);
	if (!r)
		r = load_rules(c, err);
	if (!r && !c->policy_path)
		policy_make_up(c->policy);
	if (!r) {
		hours_init(&c->hours, c->zone);
		r = hours_read(&c->hours, c->hours_week, NULL, err);
	}
	if (r) {
		config_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

void
config_free(struct config *c)
{
	if (!c)
		return;
	conf_free(config_keys, c);
	hours_done(&c->hours);
	packs_free(c->packs);
	policy_free(c->policy);
	for (size_t i = 0; i < c->channel_count; i++) {
		free(c->channels[i].name);
		upkeep_free(&c->channels[i].upkeep);
	}
	connectors_free(c->connectors);
	event_schema_free(c->events);
	routes_free(c->routes);
	config_hooks_done(&c->hooks);
	sources_done(&c->sources);
	conf_close(c->document);
	free(c);
}

int
config_socket_path(const struct config *c, char ret[108], struct strbuf *err)
{
	if (snprintf(ret, 108, "%s/malgil.sock", c->run_dir) < 108)
		return 0;
	return conf_fail(conf_get(conf_root(c->document), "run_dir"), err,
		"run_dir = \"%s\" is too long: the socket's path must stay under 108 "
		"bytes",
		c->run_dir);
}
