#include "dialogs/journey_eyes.h"

#include <string.h>

#include "dialogs/journey.h"

void
eyes_open(struct eyes *e, struct dialogs *d, uint64_t contact, const json_t *data)
{
	world_init(&e->world, d, contact);
	e->env = world_env(&e->world);
	e->data = data;
	e->happening = NULL;
	e->event = NULL;
}

void
eyes_close(struct eyes *e)
{
	world_done(&e->world);
}

void
eyes_see(void *ctx, const char *name, struct value *ret)
{
	struct eyes *e = ctx;
	size_t root = e->event ? strcspn(e->event, ".") : 0;
	const json_t *found = NULL;
	if (e->event && !strncmp(name, "event.", 6))
		found = json_object_get(e->happening, name + 6);
	if (!found)
		found = json_object_get(e->data, name);
	if (!found && e->event && !strncmp(name, e->event, root) && name[root] == '.')
		found = json_object_get(e->happening, name + root + 1);
	if (json_is_string(found))
		*ret = value_text(json_string_value(found));
	else
		e->env.get(
			e->env.ctx, !strcmp(name, "name") ? "contact.name" : name, ret);
}

static void
see_events(void *ctx, enum expr_aggregate what, const char *event, int64_t since,
	struct value *ret)
{
	struct eyes *e = ctx;
	e->env.aggregate(e->env.ctx, what, event, since, ret);
}

bool
eyes_hold(struct eyes *e, const struct expr *cond)
{
	struct expr_env env = {.ctx = e,
		.get = eyes_see,
		.aggregate = see_events,
		.now = e->env.now,
		.zone = e->env.zone};
	return !cond || expr_eval(cond, &env);
}

const struct script_exit *
eyes_exit(const struct script *s, struct eyes *e, bool pausing)
{
	for (size_t i = 0; i < s->journey.exit_count; i++) {
		const struct script_exit *x = &s->journey.exits[i];
		if (exit_pauses(x) == pausing && !strcmp(x->event, e->event) &&
			eyes_hold(e, x->cond))
			return x;
	}
	return NULL;
}
