#include "gateway/core/people.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/net/json.h"
#include "gateway/store/attributes.h"
#include "gateway/text/value.h"
#include "gateway/text/zone.h"

static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

static int
set_zone(struct core *core, struct contact *c, const char *text, struct strbuf *err)
{
	if (*text && (!zone_known(text) || strlen(text) >= sizeof(c->zone))) {
		strbuf_set(err, "\"%.60s\" is no time zone; write it like \"Asia/Seoul\"",
			text);
		return -EINVAL;
	}
	snprintf(c->zone, sizeof(c->zone), "%s", text);
	contact_set_place(core->db, c->id, c->zone, c->region);
	return 0;
}

static int
set_region(struct core *core, struct contact *c, const char *text, struct strbuf *err)
{
	size_t n = strlen(text);
	if (n && (n < 2 || n >= sizeof(c->region) || strspn(text, upper) != n)) {
		strbuf_set(err,
			"\"%.60s\" is no region; two or three capital letters are "
			"expected, "
			"such as \"FL\"",
			text);
		return -EINVAL;
	}
	snprintf(c->region, sizeof(c->region), "%s", text);
	contact_set_place(core->db, c->id, c->zone, c->region);
	return 0;
}

static int
save(struct core *core, uint64_t contact, const char *name, const char *text)
{
	struct value v = value_text(text);
	struct attribute a = {.text = text};
	a.has_number = value_as_number(&v, &a.number);
	a.has_moment = value_as_time(&v, core->config->zone, &a.moment);
	if (*text)
		attribute_save(core->db, contact, name, &a, core_now(core));
	else
		attribute_remove(core->db, contact, name);
	return 0;
}

static int
set_language(struct core *core, struct contact *c, const char *text, struct strbuf *err)
{
	size_t n = strlen(text);
	if (n && (n < 2 || n > 3 || strspn(text, lower) != n)) {
		strbuf_set(err, "\"%.60s\" is no language; write it like \"ko\"", text);
		return -EINVAL;
	}
	return save(core, c->id, "lang", text);
}

static bool
may_be_name(const char *name)
{
	size_t n = strlen(name);
	return n && n <= PEOPLE_NAME_MAX && strchr(lower, *name) &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == n;
}

int
people_field_name(const char *name, struct strbuf *err)
{
	static const char *const taken[] = {"id", "phone", "tags", "lang", "created"};
	for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
		if (strcmp(name, taken[i]) != 0)
			continue;
		strbuf_set(err, "'%s' is not a field that can be set here", name);
		return -EINVAL;
	}
	if (may_be_name(name))
		return 0;
	strbuf_set(err,
		"'%.70s' cannot be the name of a field: small letters, digits and _ "
		"are, at most %d of them, a letter first",
		name, PEOPLE_NAME_MAX);
	return -EINVAL;
}

static int
set_field(struct core *core, struct contact *c, const char *name, const char *text,
	struct strbuf *err)
{
	if (people_field_name(name, err) < 0)
		return -EINVAL;
	if (strlen(text) > PEOPLE_TEXT_MAX)
		strbuf_set(
			err, "%s: a field has at most %d bytes", name, PEOPLE_TEXT_MAX);
	else if (!json_utf8(text))
		strbuf_set(err, "%s: the text is not UTF-8", name);
	else
		return save(core, c->id, name, text);
	return -EINVAL;
}

int
people_set(struct core *core, struct contact *c, const char *name, const char *text,
	struct strbuf *err)
{
	if (!text)
		text = "";
	if (!strcmp(name, "zone"))
		return set_zone(core, c, text, err);
	if (!strcmp(name, "region"))
		return set_region(core, c, text, err);
	if (!strcmp(name, "language"))
		return set_language(core, c, text, err);
	return set_field(core, c, name, text, err);
}

int
people_tag(struct core *core, const struct contact *c, const char *tag, bool add,
	struct strbuf *err)
{
	size_t n = strlen(tag);
	if (!n || n > PEOPLE_NAME_MAX || strpbrk(tag, ",\n\t\"") || !json_utf8(tag)) {
		strbuf_set(err,
			"'%.70s' cannot be a tag: 1 to %d bytes without commas and line "
			"ends",
			tag, PEOPLE_NAME_MAX);
		return -EINVAL;
	}
	if (add)
		tag_add(core->db, c->id, tag, core_now(core));
	else
		tag_remove(core->db, c->id, tag);
	return 0;
}
