/* Values by schema: the second half of conf.h. */
#include "gateway/base/conf.h"

#include <errno.h>
#include <inttypes.h>
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/suggest.h"

static const config_setting_t *
setting(const struct conf_node *node)
{
	return (const config_setting_t *)node;
}

static int
type_of(const struct conf_node *node)
{
	return config_setting_type(setting(node));
}

int
conf_duration(const char *text, int64_t *ret_ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", SECOND}, {"m", MINUTE}, {"h", HOUR}, {"d", DAY},
		{"w", 7 * DAY}, {"mo", 30 * DAY}, {"y", 365 * DAY}};
	char *end;
	if (*text < '0' || *text > '9' || strlen(text) > 12)
		return -EINVAL;
	int64_t n = strtoll(text, &end, 10);
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strcmp(end, units[i].unit) != 0)
			continue;
		if (n > INT64_C(1000) * 365 * DAY / units[i].ms)
			return -EINVAL;
		*ret_ms = n * units[i].ms;
		return 0;
	}
	return -EINVAL;
}

const char *
conf_kind(const struct conf_node *node)
{
	switch (type_of(node)) {
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64: return "a whole number";
	case CONFIG_TYPE_FLOAT: return "a number with a point";
	case CONFIG_TYPE_STRING: return "a text";
	case CONFIG_TYPE_BOOL: return "true or false";
	case CONFIG_TYPE_GROUP: return "a group { }";
	default: return "a list";
	}
}

static int
wrong_type(const struct conf_node *node, const char *expected, struct strbuf *err)
{
	return conf_fail(node, err, "'%s' should be %s, not %s", conf_name(node),
		expected, conf_kind(node));
}

static int
read_text(const struct conf_node *node, const struct conf_key *key, char **slot,
	struct strbuf *err)
{
	const char *text = conf_text(node);
	if (!text)
		return wrong_type(node, "a text in quotes", err);
	if (key->required && !*text)
		return conf_fail(node, err, "'%s' must not be empty", key->name);
	free(*slot);
	*slot = xstrdup(text);
	return 0;
}

static int
read_int(const struct conf_node *node, const struct conf_key *key, int64_t *slot,
	struct strbuf *err)
{
	int type = type_of(node);
	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		return wrong_type(node, "a whole number", err);
	int64_t n = config_setting_get_int64(setting(node));
	if (key->min == key->max && key->min && n != key->min)
		return conf_fail(node, err, "'%s' is %" PRId64 "; it must be %" PRId64,
			key->name, n, key->min);
	if ((key->min || key->max) && (n < key->min || n > key->max))
		return conf_fail(node, err,
			"'%s' is %" PRId64 "; it must be from %" PRId64 " to %" PRId64,
			key->name, n, key->min, key->max);
	*slot = n;
	return 0;
}

static int
read_duration(const struct conf_node *node, const struct conf_key *key, int64_t *slot,
	struct strbuf *err)
{
	const char *text = conf_text(node);
	int64_t ms;
	if (!text)
		return wrong_type(
			node, "a length of time such as \"90s\", \"30m\" or \"2d\"", err);
	if (conf_duration(text, &ms) < 0)
		return conf_fail(node, err,
			"'%s = \"%s\"' is not a length of time; write \"90s\", \"30m\", "
			"\"4h\", "
			"\"2d\" or \"3mo\"",
			key->name, text);
	if ((key->min || key->max) && (ms < key->min || ms > key->max))
		return conf_fail(
			node, err, "'%s = \"%s\"' is out of range", key->name, text);
	*slot = ms;
	return 0;
}

static int
read_each(const struct conf_node *node, const struct conf_key *key, void *dest,
	struct strbuf *err)
{
	if (!conf_is_group(node))
		return wrong_type(node, "a group { }", err);
	int result = 0;
	for (size_t i = 0; i < conf_count(node); i++) {
		const struct conf_node *member = conf_at(node, i);
		int r = key->each(dest, conf_name(member), member, err);
		result = r < 0 ? r : result;
	}
	return result;
}

static int
read_value(const struct conf_node *node, const struct conf_key *key, void *dest,
	struct strbuf *err)
{
	void *slot = (char *)dest + key->offset;
	switch (key->type) {
	case CONF_TEXT: return read_text(node, key, slot, err);
	case CONF_INT: return read_int(node, key, slot, err);
	case CONF_DURATION: return read_duration(node, key, slot, err);
	case CONF_EACH: return read_each(node, key, dest, err);
	case CONF_BOOL:
		if (type_of(node) != CONFIG_TYPE_BOOL)
			return wrong_type(node, "true or false (without quotes)", err);
		*(bool *)slot = config_setting_get_bool(setting(node)) != 0;
		return 0;
	case CONF_GROUP:
		if (!conf_is_group(node))
			return wrong_type(node, "a group { }", err);
		return conf_read(node, key->sub, dest, err);
	case CONF_ANY: return 0;
	}
	abort();
}

static const struct conf_key *
find_key(const struct conf_node *node, const struct conf_key *keys, struct strbuf *err)
{
	const char *name = conf_name(node);
	struct suggest near;
	suggest_init(&near, name);
	for (const struct conf_key *k = keys; k->name; k++) {
		if (!strcmp(k->name, name))
			return k;
		suggest_offer(&near, k->name);
	}
	if (near.best)
		conf_fail(node, err, "there is no setting '%s' here; did you mean '%s'?",
			name, near.best);
	else
		conf_fail(node, err, "there is no setting '%s' here", name);
	return NULL;
}

static int
missing(const struct conf_node *group, const struct conf_key *key, struct strbuf *err)
{
	const char *where = conf_name(group);
	if (where)
		return conf_fail(
			group, err, "'%s' lacks the setting '%s'", where, key->name);
	strbuf_printf(err, "%s%s: the setting '%s' is missing", err->len ? "\n" : "",
		conf_file(group), key->name);
	return -EINVAL;
}

int
conf_read(const struct conf_node *group, const struct conf_key *keys, void *dest,
	struct strbuf *err)
{
	int result = 0;
	bool strange = false;
	for (size_t i = 0; i < conf_count(group); i++) {
		const struct conf_node *node = conf_at(group, i);
		const struct conf_key *key = find_key(node, keys, err);
		int r = key ? read_value(node, key, dest, err) : -EINVAL;
		result = r < 0 ? r : result;
		strange |= !key;
	}
	/* What is missing probably stands there misspelt, and was named already. */
	for (const struct conf_key *k = keys; k->name && !strange; k++)
		if (k->required && !conf_get(group, k->name))
			result = missing(group, k, err);
	return result;
}

void
conf_free(const struct conf_key *keys, void *dest)
{
	for (const struct conf_key *k = keys; k->name; k++) {
		if (k->type == CONF_GROUP)
			conf_free(k->sub, dest);
		if (k->type != CONF_TEXT)
			continue;
		char **slot = (void *)((char *)dest + k->offset);
		free(*slot);
		*slot = NULL;
	}
}
