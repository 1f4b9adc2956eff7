/* Questions to a loaded script. */
#include "dialogs/script.h"

#include <stdio.h>
#include <string.h>

/* Behind what no word can stand in: a comment, or a quoted string. NULL: neither. */
static const char *
beyond(const char *p)
{
	const char *end;
	if (*p == '#' || !strncmp(p, "//", 2))
		return p + strcspn(p, "\n");
	if (!strncmp(p, "/*", 2)) {
		end = strstr(p + 2, "*/");
		return end ? end + 2 : p + strlen(p);
	}
	if (*p != '"')
		return NULL;
	for (p++; *p && *p != '"'; p++)
		p += *p == '\\' && p[1];
	return p + (*p == '"');
}

/* `dialog` or `journey` as a setting of the file itself: outside all braces. */
static bool
says_script(const char *p)
{
	const char *after;
	for (int depth = 0; *p;) {
		size_t n =
			strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_-*");
		if ((after = beyond(p))) {
			p = after;
			continue;
		}
		bool named = (n == 6 && !strncmp(p, "dialog", n)) ||
			     (n == 7 && !strncmp(p, "journey", n));
		after = p + n + strspn(p + n, " \t\r\n");
		if (named && depth <= 0 && (*after == '=' || *after == ':'))
			return true;
		depth += (*p == '{') - (*p == '}');
		p += n ? n : 1;
	}
	return false;
}

bool
script_recognise(const char *path)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(1 << 20);
	char chunk[16384];
	size_t n;
	FILE *f = fopen(path, "re");
	while (f && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		strbuf_add(&text, chunk, n);
	if (f)
		fclose(f);
	return text.s && says_script(text.s);
}

int
script_step(const struct script *s, const char *name)
{
	for (size_t i = 0; i < s->step_count; i++)
		if (!strcmp(s->steps[i].name, name))
			return (int)i;
	for (size_t i = 0; i < s->step_count; i++)
		if (s->steps[i].was && !strcmp(s->steps[i].was, name))
			return (int)i;
	return -1;
}

static const struct text_variant *
in_language(const struct script_text *t, const char *lang)
{
	size_t n = lang ? strcspn(lang, "-_") : 0;
	for (size_t i = 0; lang && i < t->count; i++)
		if (!strcmp(t->variants[i].lang, lang))
			return &t->variants[i];
	for (size_t i = 0; n && i < t->count; i++)
		if (!strncmp(t->variants[i].lang, lang, n) && !t->variants[i].lang[n])
			return &t->variants[i];
	return NULL;
}

const struct template *
script_text_for(const struct script_text *t, const char *lang, const char *fallback)
{
	const struct text_variant *found = in_language(t, lang);
	if (!found)
		found = in_language(t, fallback);
	if (!found && t->count)
		found = &t->variants[0];
	return found ? found->body : NULL;
}

bool
script_opts_in(const struct script *s)
{
	for (size_t i = 0; i < s->step_count; i++) {
		const struct script_consent *c = &s->steps[i].consent;
		if (c->grant && c->method && !strcmp(c->method, "sms-double"))
			return true;
	}
	return false;
}

const struct script *
script_find(const struct script_set *set, const char *id, const char *hash)
{
	const struct script *newest = NULL;
	for (size_t i = 0; i < set->count; i++) {
		const struct script *s = set->scripts[i];
		if (strcmp(s->id, id) != 0)
			continue;
		if (hash && s->pin && !strcmp(s->hash, hash))
			return s;
		if (!newest)
			newest = s;
	}
	return newest;
}
