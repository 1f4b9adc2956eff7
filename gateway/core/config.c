#include "gateway/core/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/base/suggest.h"
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
		if (drivers[i]->check(node, err) < 0)
			return -EINVAL;
		config->channels[config->channel_count++] =
			(struct config_channel){xstrdup(name), drivers[i], node};
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
	{"api", CONF_ANY},
	{"scripts", CONF_TEXT, AT(scripts)},
	{"packs", CONF_ANY},
	{"policy", CONF_ANY},
	{"owner", CONF_ANY},
	{"hours", CONF_ANY},
	{0},
};

/* What a table cannot say. A setting that could not be read at all is NULL here. */
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
	return r;
}

static struct config *
with_defaults(void)
{
	struct config *c = xcalloc(1, sizeof(*c));
	c->log_level = xstrdup("info");
	c->notes_dir = xstrdup(MALGIL_NOTES_DEFAULT);
	c->store_reserve = 64;
	c->keep_expires = 3 * DAY;
	return c;
}

int
config_load(const char *path, struct config **ret_config, struct strbuf *err)
{
	struct config *c = with_defaults();
	int r = conf_open(path, &c->document, err);
	if (!r) {
		int unread = conf_read(conf_root(c->document), config_keys, c, err);
		int wrong = check_values(c, err);
		r = unread ? unread : wrong;
	}
	if (r) {
		config_free(c);
		return r;
	}
	*ret_config = c;
	return 0;
}

void
config_free(struct config *c)
{
	if (!c)
		return;
	conf_free(config_keys, c);
	for (size_t i = 0; i < c->channel_count; i++)
		free(c->channels[i].name);
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
