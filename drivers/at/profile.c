#include "drivers/at/profile.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define KEY_TEXT(n)                                                                      \
	{                                                                                \
#n, CONF_TEXT, offsetof(struct profile, n), false, 0, 0, NULL, NULL      \
	}
#define KEY_BOOL(n)                                                                      \
	{                                                                                \
#n, CONF_BOOL, offsetof(struct profile, n), false, 0, 0, NULL, NULL      \
	}
#define KEY_INT(n, lo, hi)                                                               \
	{                                                                                \
#n, CONF_INT, offsetof(struct profile, n), false, lo, hi, NULL, NULL     \
	}
#define KEY_TIME(n, lo, hi)                                                              \
	{                                                                                \
#n, CONF_DURATION, offsetof(struct profile, n), false, lo, hi, NULL,     \
			NULL                                                             \
	}

static const struct conf_key match_keys[] = {
	KEY_TEXT(manufacturer),
	KEY_TEXT(model),
	{.name = NULL},
};

/* Gaps are plain milliseconds, because durations end at seconds. */
static const struct conf_key profile_keys[] = {
	{"format", CONF_INT, offsetof(struct profile, format), true, 1, 1, NULL, NULL},
	{"match", CONF_GROUP, 0, false, 0, 0, match_keys, NULL},
	KEY_TEXT(init),
	KEY_TEXT(cnmi),
	KEY_TEXT(storage),
	KEY_TEXT(poll),
	KEY_TEXT(boot_ready),
	KEY_TEXT(reset),
	KEY_TEXT(vendor_cms),
	KEY_BOOL(cpin_no_ok),
	KEY_BOOL(more_messages),
	KEY_INT(prompt_delay, 0, 5000),
	KEY_INT(chunk, 0, 400),
	KEY_INT(chunk_gap, 0, 1000),
	KEY_INT(ctrlz_delay, 0, 5000),
	KEY_INT(command_gap, 0, 5000),
	KEY_TIME(prompt_timeout, SECOND, 2 * MINUTE),
	KEY_TIME(submit_timeout, 5 * SECOND, 10 * MINUTE),
	KEY_TIME(sweep, 5 * SECOND, HOUR),
	KEY_TIME(boot, SECOND, 5 * MINUTE),
	{.name = NULL},
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
		strbuf_set(err, "no firmware notes in %s: using what is built in",
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
