#include "drivers/at/modem.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) .offset = offsetof(struct at_config, member)

static const struct conf_key config_keys[] = {
	{"driver", CONF_ANY}, /* core has read these */
	{"balance", CONF_ANY},
	{"selftest", CONF_ANY},
	{"number", CONF_ANY},
	{"alarm_after", CONF_ANY},
	{"device", CONF_TEXT, AT(device), .required = true},
	{"pin", CONF_TEXT, AT(pin)},
	{"smsc", CONF_TEXT, AT(smsc)},
	{"profile", CONF_TEXT, AT(profile)},
	{"imei", CONF_TEXT, AT(imei)},
	{"iccid", CONF_TEXT, AT(iccid)},
	{"reports", CONF_TEXT, AT(reports)},
	{"usb_reset", CONF_TEXT, AT(usb_reset)},
	{"baud", CONF_INT, AT(baud), .min = 300, .max = 4000000},
	{"sweep", CONF_DURATION, AT(sweep), .min = 5 * SECOND, .max = HOUR},
	{0},
};

/* 27.007 8.3: four to eight digits. */
static int
config_check_pin(
	const struct conf_node *group, const struct at_config *config, struct strbuf *err)
{
	size_t len = config->pin ? strlen(config->pin) : 4;
	if (config->pin &&
		(strspn(config->pin, "0123456789") != len || len < 4 || len > 8))
		return conf_fail(conf_get(group, "pin"), err,
			"the SIM's pin has 4 to 8 digits and nothing else");
	return 0;
}

static int
config_check_smsc(
	const struct conf_node *group, const struct at_config *config, struct strbuf *err)
{
	const char *digits = config->smsc;
	size_t len;
	if (!digits)
		return 0;
	digits += *digits == '+';
	len = strlen(digits);
	if (len < 3 || len > 20 || strspn(digits, "0123456789") != len)
		return conf_fail(conf_get(group, "smsc"), err,
			"smsc is \"%s\"; expected the service centre's number, such as "
			"\"+821020000000\"",
			config->smsc);
	return 0;
}

static int
config_check_digits(const struct conf_node *node, const char *value, size_t min,
	size_t max, const char *expected, struct strbuf *err)
{
	size_t len = value ? strlen(value) : 0;
	if (!value || (len >= min && len <= max && strspn(value, "0123456789") == len))
		return 0;
	return conf_fail(node, err, "\"%s\": expected %s", value, expected);
}

static int
config_check_who(
	const struct conf_node *group, struct at_config *config, struct strbuf *err)
{
	int r = config_check_digits(conf_get(group, "imei"), config->imei, 14, 16,
		"the modem's IMEI, 15 digits", err);
	if (r == 0)
		r = config_check_digits(conf_get(group, "iccid"), config->iccid, 18, 20,
			"the SIM's ICCID, 18 to 20 digits", err);
	if (r == 0 && config->reports && strcmp(config->reports, "direct") != 0 &&
		strcmp(config->reports, "acknowledged") != 0 &&
		strcmp(config->reports, "stored") != 0)
		r = conf_fail(conf_get(group, "reports"), err,
			"reports is \"%s\"; expected direct, acknowledged or stored",
			config->reports);
	if (r == 0 && config->usb_reset && *config->usb_reset != '/')
		r = conf_fail(conf_get(group, "usb_reset"), err,
			"usb_reset is \"%s\"; expected the absolute path of a program",
			config->usb_reset);
	return r;
}

/* ---- two channels, one device ---- */

static void
config_real(const char *device, char ret[PATH_MAX])
{
	enum port_kind kind;
	const char *rest = "";
	if (port_parse(device, &kind, &rest, NULL) || kind == PORT_TCP ||
		!realpath(rest, ret))
		snprintf(ret, PATH_MAX, "%s", rest);
}

static const char *
config_who(const struct at_config *c, enum find_by by)
{
	if (c->find.by == by)
		return c->find.what;
	return by == FIND_IMEI ? c->imei : c->iccid;
}

static bool
config_same_device(const struct at_config *a, const struct at_config *b)
{
	char x[PATH_MAX], y[PATH_MAX];
	const char *imei[] = {config_who(a, FIND_IMEI), config_who(b, FIND_IMEI)};
	const char *iccid[] = {config_who(a, FIND_ICCID), config_who(b, FIND_ICCID)};
	if (iccid[0] && iccid[1])
		return find_same_iccid(iccid[0], iccid[1]);
	if (imei[0] && imei[1] && find_same_imei(imei[0], imei[1]))
		return true;
	if (a->find.by != FIND_PATH || b->find.by != FIND_PATH)
		return a->find.by == FIND_USB && b->find.by == FIND_USB &&
		       strcmp(a->device, b->device) == 0;
	config_real(a->device, x);
	config_real(b->device, y);
	return strcmp(x, y) == 0;
}

bool
at_config_clash(const struct conf_node *a, const struct conf_node *b)
{
	struct at_config x, y;
	bool clash = false;
	if (at_config_read(a, &x, NULL))
		return false;
	if (at_config_read(b, &y, NULL) == 0) {
		clash = config_same_device(&x, &y);
		at_config_free(&y);
	}
	at_config_free(&x);
	return clash;
}

/* Where the one port that it can be is now. With several, or none, only the lock tells.
 */
static void
config_plugged(const struct find *f, char ret[PATH_MAX])
{
	struct find_port *ports = xcalloc(FIND_MAX, sizeof(*ports));
	if (find_list(f, ports) == 1)
		config_real(ports[0].device, ret);
	free(ports);
}

void
at_config_names(const struct conf_node *group, struct device_names *ret)
{
	struct at_config c;
	const char *imei;
	if (at_config_read(group, &c, NULL))
		return;
	imei = config_who(&c, FIND_IMEI);
	snprintf(ret->imei, sizeof(ret->imei), "%.23s", imei ? imei : "");
	if (c.find.by == FIND_PATH && strncmp(c.device, "tcp:", 4) != 0)
		config_real(c.device, ret->path);
	else if (c.find.by == FIND_USB)
		config_plugged(&c.find, ret->path);
	at_config_free(&c);
}

/* ---- reading ---- */

int
at_config_read(
	const struct conf_node *group, struct at_config *ret_config, struct strbuf *err)
{
	struct at_config fresh = {.baud = 115200};
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	enum port_kind kind;
	const char *rest;
	int found = 0;
	int r = conf_read(group, config_keys, &fresh, err);
	if (r == 0 && !find_parse(fresh.device, &fresh.find, &found, &why))
		found = port_parse(fresh.device, &kind, &rest, &why);
	if (r == 0 && found)
		r = conf_fail(conf_get(group, "device"), err, "%s", why.s);
	if (r == 0)
		r = config_check_pin(group, &fresh, err);
	if (r == 0)
		r = config_check_smsc(group, &fresh, err);
	if (r == 0)
		r = config_check_who(group, &fresh, err);
	if (r == 0 && fresh.profile && strpbrk(fresh.profile, "/.") != NULL)
		r = conf_fail(conf_get(group, "profile"), err,
			"profile is \"%s\"; expected the name of a folder in "
			"firmware-notes",
			fresh.profile);
	if (r) {
		at_config_free(&fresh);
		return r;
	}
	*ret_config = fresh;
	return 0;
}

void
at_config_free(struct at_config *config)
{
	conf_free(config_keys, config);
}
