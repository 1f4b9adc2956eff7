#include "drivers/at/modem.h"

#include <errno.h>
#include <string.h>

#define AT(member) .offset = offsetof(struct at_config, member)

static const struct conf_key config_keys[] = {
	{"driver", CONF_ANY}, /* core has read it */
	{"device", CONF_TEXT, AT(device), .required = true},
	{"pin", CONF_TEXT, AT(pin)},
	{"smsc", CONF_TEXT, AT(smsc)},
	{"profile", CONF_TEXT, AT(profile)},
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

int
at_config_read(
	const struct conf_node *group, struct at_config *ret_config, struct strbuf *err)
{
	struct at_config fresh = {.baud = 115200};
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	enum port_kind kind;
	const char *rest;
	int r = conf_read(group, config_keys, &fresh, err);
	if (r == 0 && port_parse(fresh.device, &kind, &rest, &why))
		r = conf_fail(conf_get(group, "device"), err, "%s", why.s);
	if (r == 0)
		r = config_check_pin(group, &fresh, err);
	if (r == 0)
		r = config_check_smsc(group, &fresh, err);
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
