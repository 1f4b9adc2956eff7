/* Questions to a loaded script. */
#include "dialogs/script.h"

#include <stdio.h>
#include <string.h>

bool
script_recognise(const char *path)
{
	FILE *f = fopen(path, "re");
	char line[4096];
	bool found = false;
	while (f && !found && fgets(line, sizeof(line), f)) {
		const char *p = line + strspn(line, " \t\xEF\xBB\xBF");
		size_t n = !strncmp(p, "dialog", 6)    ? 6
			   : !strncmp(p, "journey", 7) ? 7
						       : 0;
		found = n && strchr(" \t=:{\r\n", p[n]);
	}
	if (f)
		fclose(f);
	return found;
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
