/* Which names mean something in a script, and which of them always have a value. */
#include "dialogs/lint_names.h"

#include <string.h>

#include "gateway/base/suggest.h"

static const char *const roots[] = {"contact", "consent", "order", "cart", "event",
	"ticket", "policy", "hours", "shop", "now", "last", "text", "name", "campaign",
	"product"};

static bool
among(const struct script_values *values, const char *name)
{
	for (size_t i = 0; i < values->count; i++)
		if (!strcmp(values->items[i].name, name))
			return true;
	return false;
}

static bool
saved_by(const struct step *p, const char *name)
{
	size_t root = strcspn(name, ".");
	const char *into = p->lookup.into;
	if (p->save && !strcmp(p->save, name))
		return true;
	if (into && strlen(into) == root && !strncmp(into, name, root))
		return true;
	for (size_t i = 0; i < p->answers.count; i++)
		if (among(&p->answers.items[i].set, name) ||
			among(&p->answers.items[i].add, name))
			return true;
	return among(&p->set, name) || among(&p->add, name);
}

static bool
saved_here(const struct script *s, const char *name)
{
	for (size_t i = 0; i < s->step_count; i++)
		if (saved_by(&s->steps[i], name))
			return true;
	return false;
}

/* Is `path` of the kind of thing this event is about: "cart.total" of cart.updated? */
static bool
about(const char *event, const char *path)
{
	size_t n = event ? strcspn(event, ".") : 0;
	return n && !strncmp(event, path, n) && path[n] == '.';
}

/* Fields of events a journey hears. */
static bool
heard_here(const struct script *s, const char *path)
{
	if (s->is_journey && about(s->journey.trigger.event, path))
		return true;
	for (size_t i = 0; i < s->journey.exit_count; i++)
		if (about(s->journey.exits[i].event, path))
			return true;
	for (size_t i = 0; i < s->step_count; i++)
		if (about(s->steps[i].wait.event, path))
			return true;
	return false;
}

/* Names that always have a value. */
bool
names_certain(const struct script *s, const char *path, const char *filter)
{
	static const char *const sure[] = {"shop", "shop.name", "now", "last", "text",
		"contact.phone", "contact.orders", "contact.ltv", "hours.open",
		"ticket.open"};
	size_t n = strlen(path);
	for (size_t i = 0; i < ARRAY_LEN(sure); i++)
		if (!strcmp(sure[i], path))
			return true;
	if (filter && !strcmp(filter, "menu"))
		return true;
	/* What was looked up or asked, and the event that started a journey. */
	if (s->is_journey && (!strncmp(path, "cart.", 5) || !strncmp(path, "order.", 6) ||
				     !strncmp(path, "event.", 6) ||
				     about(s->journey.trigger.event, path)))
		return true;
	bool count = n > 6 && !strcmp(path + n - 6, ".count");
	return saved_here(s, path) && (strncmp(path, "contact.", 8) != 0 || count);
}

bool
names_known(const struct script *s, const char *path)
{
	size_t n = strcspn(path, ".");
	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		if (strlen(roots[i]) == n && !strncmp(roots[i], path, n))
			return true;
	return saved_here(s, path) || heard_here(s, path);
}

void
names_suggest(const struct script *s, struct suggest *near)
{
	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		suggest_offer(near, roots[i]);
	for (size_t i = 0; i < s->step_count; i++) {
		const struct step *p = &s->steps[i];
		if (p->save)
			suggest_offer(near, p->save);
		if (p->lookup.into)
			suggest_offer(near, p->lookup.into);
		for (size_t k = 0; k < p->set.count; k++)
			suggest_offer(near, p->set.items[k].name);
	}
}
