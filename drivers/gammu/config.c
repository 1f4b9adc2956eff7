#include "drivers/gammu/config.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define AT(member) .offset = offsetof(struct gammu_config, member)

static const struct conf_key config_keys[] = {
	{"driver", CONF_ANY}, /* core has read these */
	{"balance", CONF_ANY},
	{"selftest", CONF_ANY},
	{"number", CONF_ANY},
	{"alarm_after", CONF_ANY},
	{"device", CONF_TEXT, AT(device), .required = true},
	{"connection", CONF_TEXT, AT(connection)},
	{"model", CONF_TEXT, AT(model)},
	{"pin", CONF_TEXT, AT(pin)},
	{"smsc", CONF_TEXT, AT(smsc)},
	{"imei", CONF_TEXT, AT(imei)},
	{"imsi", CONF_TEXT, AT(imsi)},
	{"sweep", CONF_DURATION, AT(sweep), .min = 1 * SECOND, .max = HOUR},
	{"send_timeout", CONF_DURATION, AT(send_timeout), .min = 1 * SECOND,
		.max = 10 * MINUTE},
	{"reports", CONF_BOOL, AT(reports)},
	{0},
};

static const char *const connections[] = {"at", "mbus", "fbus", "fbususb", "fbuspl2303",
	"dlr3", "fbusdlr3", "dku5", "fbusdku5", "dku5fbus", "ark3116fbus", "dku2",
	"dku2phonet", "dku2at", "fbusblue", "phonetblue", "blueobex", "bluephonet",
	"blueat", "bluerfobex", "bluefbus", "bluerffbus", "bluerfphonet", "bluerfat",
	"bluerfgnapbus", "blues60", "infrared", "fbusirda", "irda", "irdaphonet",
	"irdaat", "irdaobex", "irdagnapbus", "none"};

/* "at", and "at" with a speed. */
static bool
is_plain_at(const char *name)
{
	return strncasecmp(name, "at", 2) == 0 &&
	       strspn(name + 2, "0123456789") == strlen(name + 2);
}

bool
gammu_config_is_at(const char *connection)
{
	char name[48];
	snprintf(name, sizeof(name), "%s", connection);
	char *option = strchr(name, '-');
	if (option)
		*option = '\0';
	return is_plain_at(name) || !strcasecmp(name, "blueat") ||
	       !strcasecmp(name, "bluerfat") || !strcasecmp(name, "irdaat") ||
	       !strcasecmp(name, "dku2at");
}

bool
gammu_config_is_path(const struct gammu_config *config)
{
	return *config->device == '/' && strcasecmp(config->connection, "none") != 0;
}

static bool
is_connection(const char *name)
{
	char head[48];
	snprintf(head, sizeof(head), "%s", name);
	char *option = strchr(head, '-');
	if (option && strcasecmp(option, "-nodtr") && strcasecmp(option, "-nopower"))
		return false;
	if (option)
		*option = '\0';
	for (size_t i = 0; i < ARRAY_LEN(connections); i++)
		if (!strcasecmp(head, connections[i]))
			return true;
	return is_plain_at(head);
}

static int
check_digits(const struct conf_node *node, const char *value, size_t min, size_t max,
	const char *expected, struct strbuf *err)
{
	const char *digits = value && *value == '+' ? value + 1 : value;
	size_t len = digits ? strlen(digits) : 0;
	if (!value || (len >= min && len <= max && strspn(digits, "0123456789") == len))
		return 0;
	return conf_fail(node, err, "\"%s\": expected %s", value, expected);
}

static int
check_all(const struct conf_node *group, const struct gammu_config *c, struct strbuf *err)
{
	if (!is_connection(c->connection))
		return conf_fail(conf_get(group, "connection"), err,
			"\"%s\" is no connection of libgammu; for a modem or a phone "
			"with a modem's commands: connection = \"at\"",
			c->connection);
	/* Longer names are cut off by libgammu. */
	if (c->model && strlen(c->model) > 40)
		return conf_fail(conf_get(group, "model"), err,
			"model is too long for one of libgammu's");
	if (c->pin && (strchr(c->pin, '+') || check_digits(NULL, c->pin, 4, 8, "", NULL)))
		return conf_fail(conf_get(group, "pin"), err,
			"the SIM's pin has 4 to 8 digits and nothing else");
	int r = check_digits(conf_get(group, "smsc"), c->smsc, 3, 20,
		"the service centre's number, such as +821020000000", err);
	if (!r)
		r = check_digits(conf_get(group, "imei"), c->imei, 14, 16,
			"the phone's IMEI, 15 digits", err);
	return r ? r
		 : check_digits(conf_get(group, "imsi"), c->imsi, 14, 15,
			   "the SIM's IMSI, 14 or 15 digits", err);
}

int
gammu_config_read(const struct conf_node *group, struct gammu_config *ret_config,
	struct strbuf *err)
{
	struct gammu_config fresh = {
		.sweep = MINUTE, .send_timeout = MINUTE, .reports = true};
	int r = conf_read(group, config_keys, &fresh, err);
	if (r == 0 && !fresh.connection)
		fresh.connection = xstrdup("at");
	if (r == 0)
		r = check_all(group, &fresh, err);
	if (r) {
		gammu_config_free(&fresh);
		return r;
	}
	*ret_config = fresh;
	return 0;
}

void
gammu_config_free(struct gammu_config *config)
{
	conf_free(config_keys, config);
}

static void
real_path(const char *device, char ret[PATH_MAX])
{
	if (!realpath(device, ret))
		snprintf(ret, PATH_MAX, "%s", device);
}

static bool
same_device(const struct gammu_config *a, const struct gammu_config *b)
{
	char x[PATH_MAX], y[PATH_MAX];
	if (a->imei && b->imei && !strcmp(a->imei, b->imei))
		return true;
	if (!gammu_config_is_path(a) || !gammu_config_is_path(b))
		return !strcasecmp(a->device, b->device) &&
		       !strcasecmp(a->connection, b->connection);
	real_path(a->device, x);
	real_path(b->device, y);
	return strcmp(x, y) == 0;
}

bool
gammu_config_clash(const struct conf_node *a, const struct conf_node *b)
{
	struct gammu_config x, y;
	bool clash = false;
	if (gammu_config_read(a, &x, NULL))
		return false;
	if (gammu_config_read(b, &y, NULL) == 0) {
		clash = same_device(&x, &y);
		gammu_config_free(&y);
	}
	gammu_config_free(&x);
	return clash;
}

void
gammu_config_names(const struct conf_node *group, struct device_names *ret)
{
	struct gammu_config c;
	if (gammu_config_read(group, &c, NULL))
		return;
	snprintf(ret->imei, sizeof(ret->imei), "%s", c.imei ? c.imei : "");
	if (gammu_config_is_path(&c))
		real_path(c.device, ret->path);
	gammu_config_free(&c);
}
