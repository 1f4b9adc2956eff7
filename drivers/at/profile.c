#include "drivers/at/profile.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define AT(member) .offset = offsetof(struct profile, member)

static const struct conf_key match_keys[] = {
	{"manufacturer", CONF_TEXT, AT(manufacturer)},
	{"model", CONF_TEXT, AT(model)},
	{0},
};

/* Pauses are plain milliseconds, because durations end at seconds. */
static const struct conf_key profile_keys[] = {
	{"format", CONF_INT, AT(format), .required = true, .min = 1, .max = 1},
	{"match", CONF_GROUP, .sub = match_keys},
	{"init", CONF_TEXT, AT(init)},
	{"cnmi", CONF_TEXT, AT(cnmi)},
	{"storage", CONF_TEXT, AT(storage)},
	{"poll", CONF_TEXT, AT(poll)},
	{"boot_ready", CONF_TEXT, AT(boot_ready)},
	{"reset", CONF_TEXT, AT(reset)},
	{"ladder", CONF_TEXT, AT(ladder)},
	{"cnma", CONF_TEXT, AT(cnma)},
	{"pin_tries", CONF_TEXT, AT(pin_tries)},
	{"ussd_packed", CONF_BOOL, AT(ussd_packed)},
	{"vendor_cms", CONF_TEXT, AT(vendor_cms)},
	{"cpin_no_ok", CONF_BOOL, AT(cpin_no_ok)},
	{"more_messages", CONF_BOOL, AT(more_messages)},
	{"prompt_delay", CONF_INT, AT(prompt_delay), .max = 5000},
	{"chunk", CONF_INT, AT(chunk), .max = 400},
	{"chunk_gap", CONF_INT, AT(chunk_gap), .max = 1000},
	{"ctrlz_delay", CONF_INT, AT(ctrlz_delay), .max = 5000},
	{"command_gap", CONF_INT, AT(command_gap), .max = 5000},
	{"prompt_timeout", CONF_DURATION, AT(prompt_timeout), .min = SECOND,
		.max = 2 * MINUTE},
	{"submit_timeout", CONF_DURATION, AT(submit_timeout), .min = SECOND,
		.max = 10 * MINUTE},
	{"sweep", CONF_DURATION, AT(sweep), .min = 5 * SECOND, .max = HOUR},
	{"boot", CONF_DURATION, AT(boot), .min = SECOND, .max = 5 * MINUTE},
	{0},
};

void
profile_init(struct profile *p)
{
	*p = (struct profile){
		.name = "generic",
		.cnmi = xstrdup("2,1,0,1,0; 1,1,0,1,0; 2,1,0,1,1; 1,1,0,1,1; 2,1,0,2,0; "
				"2,1,0,2,1; 2,1,0,0,0; 2,1,0,0,1; 3,1,0,1,0; 3,1,0,1,1"),
		.storage = xstrdup("ME, SM, MT"),
		.boot_ready =
			xstrdup("RDY, SMS Ready, SMS DONE, +QIND: SMS DONE, ^SYSSTART"),
		.vendor_cms = xstrdup("none"),
		.ladder = xstrdup("init, reopen, reopen, reopen, reset, usb"),
		.cnma = xstrdup("AT+CNMA"),
		.pin_tries = xstrdup("AT+CPINR=\"SIM PIN\""),
		.prompt_timeout = 10 * SECOND,
		.submit_timeout = 120 * SECOND,
		.sweep = 2 * MINUTE,
		.boot = 15 * SECOND,
	};
}

void
profile_free(struct profile *p)
{
	conf_free(profile_keys, p);
}

bool
profile_next(const char **list, const char *separator, char *ret_item, size_t size)
{
	const char *s = *list, *end;
	size_t len;
	while (s && *s) {
		end = strstr(s, separator);
		len = end ? (size_t)(end - s) : strlen(s);
		*list = end ? end + strlen(separator) : s + len;
		while (len > 0 && *s == ' ') {
			s++;
			len--;
		}
		while (len > 0 && s[len - 1] == ' ')
			len--;
		if (len > 0 && len < size) {
			memcpy(ret_item, s, len);
			ret_item[len] = '\0';
			return true;
		}
		s = *list;
	}
	return false;
}

static bool
profile_has_prefix(const char *list, const char *value)
{
	char item[64];
	while (profile_next(&list, ",", item, sizeof(item)))
		if (strncasecmp(value, item, strlen(item)) == 0)
			return true;
	return false;
}

/* A family that names both wants both; one that names neither is only chosen by name. */
static bool
profile_matches(const struct profile *p, const char *manufacturer, const char *model)
{
	if (!p->manufacturer && !p->model)
		return false;
	return (!p->manufacturer || profile_has_prefix(p->manufacturer, manufacturer)) &&
	       (!p->model || profile_has_prefix(p->model, model));
}

static int
profile_vendor(struct profile *p, const struct conf_node *root, struct strbuf *err)
{
	static const char *const names[] = {"none", "siemens", "nokia"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(p->vendor_cms, names[i]) == 0) {
			p->vendor = (enum code_vendor)i;
			return 0;
		}
	return conf_fail(root, err,
		"vendor_cms is \"%s\"; known are none, siemens and nokia", p->vendor_cms);
}

/* The remedies of ladder.c. */
static int
profile_check_ladder(
	const struct profile *p, const struct conf_node *root, struct strbuf *err)
{
	static const char *const known[] = {"init", "reopen", "reset", "usb"};
	const char *list = p->ladder;
	char item[32];
	while (profile_next(&list, ",", item, sizeof(item))) {
		size_t i = 0;
		while (i < ARRAY_LEN(known) && strcmp(known[i], item) != 0)
			i++;
		if (i == ARRAY_LEN(known))
			return conf_fail(conf_get(root, "ladder"), err,
				"ladder has \"%s\"; known are init, reopen, reset and "
				"usb",
				item);
	}
	return 0;
}

static int
profile_read(const char *notes_dir, const char *family, struct profile *ret_profile,
	struct strbuf *err)
{
	struct profile fresh;
	struct conf *conf;
	char path[4096];
	int r;
	if (snprintf(path, sizeof(path), "%s/%s/profile.cfg", notes_dir, family) >=
		(int)sizeof(path))
		return -ENAMETOOLONG;
	r = conf_open(path, &conf, err);
	if (r)
		return r;
	profile_init(&fresh);
	r = conf_read(conf_root(conf), profile_keys, &fresh, err);
	if (r == 0)
		r = profile_check_ladder(&fresh, conf_root(conf), err);
	if (r == 0)
		r = profile_vendor(&fresh, conf_root(conf), err);
	conf_close(conf);
	if (r) {
		profile_free(&fresh);
		return r;
	}
	snprintf(fresh.name, sizeof(fresh.name), "%s", family);
	profile_free(ret_profile);
	*ret_profile = fresh;
	return 0;
}

/* Families in the order of their names; a broken one is an error, not a silent miss. */
static int
profile_search(const char *notes_dir, const char *manufacturer, const char *model,
	struct profile *p, struct strbuf *err)
{
	struct dirent **names;
	int count = scandir(notes_dir, &names, NULL, alphasort), r = 0;
	bool found = false;
	char path[4096];
	if (count < 0)
		return -errno;
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s/profile.cfg", notes_dir,
			names[i]->d_name);
		if (r == 0 && !found && names[i]->d_name[0] != '.' &&
			access(path, R_OK) == 0) {
			r = profile_read(notes_dir, names[i]->d_name, p, err);
			found = r == 0 && profile_matches(p, manufacturer, model);
		}
		free(names[i]);
	}
	free(names);
	return found || r ? r : profile_read(notes_dir, "generic", p, err);
}

int
profile_find(const char *notes_dir, const char *wanted, const char *manufacturer,
	const char *model, struct profile *ret_profile, struct strbuf *err)
{
	int r;
	profile_init(ret_profile);
	if (!notes_dir || access(notes_dir, R_OK)) {
		strbuf_set(err, "there are no firmware notes in %s",
			notes_dir ? notes_dir : "(nowhere)");
		return -ENOENT;
	}
	if (wanted && *wanted)
		r = profile_read(notes_dir, wanted, ret_profile, err);
	else
		r = profile_search(notes_dir, manufacturer, model, ret_profile, err);
	if (r) {
		profile_free(ret_profile);
		profile_init(ret_profile);
	}
	return r;
}
