/* Names that are a slip of the pen: an event that nothing tells of, a field of the
 * contact that is almost one that is known. Only warnings: another program may tell of
 * the one, an import bring the other. */
#include <stdio.h>
#include <string.h>

#include "dialogs/lint_inside.h"
#include "gateway/base/suggest.h"

/* ---- events ---- */

/* What the gateway itself writes into the log about a person. */
static const char *const own[] = {"message.received", "message.accepted", "message.held",
	"message.queued", "message.sent", "message.delivered", "message.undelivered",
	"message.failed", "message.expired", "message.canceled", "message.suppressed",
	"message.in_doubt", "consent.granted", "consent.denied", "consent.stopped",
	"consent.unblocked", "consent.reconfirmed", "consent.help", "ticket.opened",
	"ticket.closed", "ticket.reopened", "ticket.unclaimed", "ticket.late",
	"ticket.text", "call.missed", "contact.dead", "contact.alive", "contact.returned",
	"dialog.started", "dialog.ended", "journey.started", "journey.ended",
	"journey.goal", "journey.dropped", "journey.holdout", "link.clicked",
	"coupon.used", "coupon.redeemed", "referral.joined", "referral.bought",
	"referral.stood", "points.changed"};

struct names {
	struct suggest near;
	const char *wanted;
	bool known;
	size_t count;
};

static void
take(void *ctx, const char *name)
{
	struct names *n = ctx;
	n->count++;
	n->known |= !strcmp(n->wanted, name);
	suggest_offer(&n->near, name);
}

/* "message" of "message.received": there are names of ours that are not in the list. */
static bool
own_root(const char *event)
{
	size_t n = strcspn(event, ".");
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (!strncmp(own[i], event, n) && own[i][n] == '.')
			return true;
	return false;
}

/* What the scripts of the shop tell each other: scores, and what they emit. */
static void
told_by_script(struct names *n, const struct script *s)
{
	char name[EVENT_NAME + 8];
	for (size_t i = 0; i < s->step_count; i++) {
		const struct step *p = &s->steps[i];
		if (p->emit)
			take(n, p->emit);
		if (!p->score)
			continue;
		snprintf(name, sizeof(name), "score.%.50s", p->score);
		take(n, name);
	}
}

void
lint_event(const struct checker *c, unsigned line, const char *event)
{
	const struct event_schema *schema = c->rules->config->events;
	struct names n = {.wanted = event};
	if (!event)
		return;
	suggest_init(&n.near, event);
	n.near.distance = 2;
	if (schema)
		event_schema_names(schema, NULL, take, &n);
	bool declared = n.count > 0;
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		take(&n, own[i]);
	told_by_script(&n, c->s);
	for (size_t i = 0; i < c->set->count; i++)
		told_by_script(&n, c->set->scripts[i]);
	if (n.known)
		return;
	if (n.near.best)
		lint_warn(c, line, "nothing tells of '%s'; did you mean '%s'?", event,
			n.near.best);
	else if (declared && !own_root(event))
		lint_warn(c, line,
			"events.cfg declares no '%s', and no script tells of it", event);
}

/* ---- fields of the contact ---- */

static const char *const fields[] = {"phone", "name", "lang", "tags", "birthday",
	"orders", "aov", "ltv", "first_order", "last_order", "interval", "categories",
	"engagement", "last_reply", "last_text", "last_event", "last_sign", "created",
	"stopped", "zone", "region", "language", "country", "level", "points",
	"anniversary", "consent"};

/* A name that a script of the shop saves it under. */
static void
saved(struct names *n, const char *name)
{
	if (name && !strncmp(name, "contact.", 8))
		take(n, name + 8);
}

static void
saved_values(struct names *n, const struct script_values *values)
{
	for (size_t i = 0; i < values->count; i++)
		saved(n, values->items[i].name);
}

static void
saved_by_script(struct names *n, const struct script *s)
{
	for (size_t i = 0; i < s->step_count; i++) {
		const struct step *p = &s->steps[i];
		saved(n, p->save);
		saved(n, p->score);
		saved_values(n, &p->set);
		saved_values(n, &p->add);
		for (size_t k = 0; k < p->answers.count; k++) {
			saved_values(n, &p->answers.items[k].set);
			saved_values(n, &p->answers.items[k].add);
		}
	}
}

void
lint_field(const struct checker *c, unsigned line, const char *path)
{
	const struct event_schema *schema = c->rules->config->events;
	char name[EVENT_NAME];
	size_t len;
	if (!path || strncmp(path, "contact.", 8) != 0)
		return;
	len = strcspn(path + 8, ".");
	if (!len || len >= sizeof(name))
		return;
	memcpy(name, path + 8, len);
	name[len] = '\0';
	struct names n = {.wanted = name};
	suggest_init(&n.near, name);
	n.near.distance = len > 5 ? 2 : 1;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		take(&n, fields[i]);
	if (schema)
		event_schema_names(schema, "contact.updated", take, &n);
	saved_by_script(&n, c->s);
	for (size_t i = 0; i < c->set->count; i++)
		saved_by_script(&n, c->set->scripts[i]);
	if (!n.known && n.near.best)
		lint_warn(c, line,
			"nothing here saves contact.%s; did you mean contact.%s?", name,
			n.near.best);
}

/* ---- a whole script ---- */

void
lint_heard(const struct checker *c)
{
	const struct script_journey *j = &c->s->journey;
	lint_event(c, j->trigger.line, j->trigger.event);
	lint_field(c, j->trigger.line, j->trigger.date);
	lint_event(c, c->s->line, j->goal.event);
	for (size_t i = 0; i < j->exit_count; i++)
		lint_event(c, j->exits[i].line, j->exits[i].event);
	for (size_t i = 0; i < c->s->step_count; i++)
		lint_event(c, c->s->steps[i].wait.line, c->s->steps[i].wait.event);
}
