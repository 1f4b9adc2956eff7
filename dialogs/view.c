#include "dialogs/view.h"

#include <string.h>

#include "dialogs/lint.h"
#include "dialogs/rules.h"
#include "dialogs/script.h"
#include "dialogs/shell_inside.h"

static void
show(const struct script *s, void (*each)(void *arg, const struct script_view *s),
	void *arg)
{
	each(arg, &(struct script_view){.name = s->id,
			  .title = s->title,
			  .hash = s->hash,
			  .file = s->file,
			  .journey = s->is_journey,
			  .steps = s->step_count});
}

void
scripts_each(const struct dialogs *d,
	void (*each)(void *arg, const struct script_view *s), void *arg)
{
	const struct script_set *set = shelf_scripts(d->shelf);
	for (size_t i = 0; i < set->count; i++)
		if (script_find(set, set->scripts[i]->id, NULL) == set->scripts[i])
			show(set->scripts[i], each, arg);
}

bool
scripts_one(const struct dialogs *d, const char *name,
	void (*each)(void *arg, const struct script_view *s), void *arg)
{
	const struct script *s = script_find(shelf_scripts(d->shelf), name, NULL);
	if (s)
		show(s, each, arg);
	return s != NULL;
}

static bool
judge(const struct script *s, const struct script_judging *how)
{
	struct rules rules;
	struct lint l = {0};
	rules_init(&rules, how->config);
	lint_script(&l, s, &(struct script_set){&s, 1}, &rules);
	for (size_t i = 0; i < l.count; i++)
		how->found(how->arg, l.found[i].error, l.found[i].sentence);
	bool good = !l.errors;
	lint_done(&l);
	rules_done(&rules);
	return good;
}

bool
script_judge(const char *text, size_t len, const struct script_judging *how)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	struct script *s;
	if (script_parse("script.cfg", text, len, &s, &err) == 0) {
		bool good = judge(s, how);
		script_free(s);
		return good;
	}
	for (char *rest = err.s, *line; (line = strsep(&rest, "\n"));)
		if (*line)
			how->found(how->arg, true, line);
	return false;
}
