#include "gateway/api/push_metrics.h"

#include <inttypes.h>
#include <stdio.h>

static void
name(struct push_metrics *m, const char *text)
{
	snprintf(m->list[m->count++].name, HOOK_NAME, "%s", text);
}

void
push_metrics_name(struct push_metrics *m, const struct core *core)
{
	const struct config_hooks *hooks = &core->config->hooks;
	for (size_t i = 0; i < hooks->hook_count && i < CONFIG_HOOKS; i++)
		name(m, hooks->hooks[i].name);
	name(m, PUSH_CALLBACKS);
}

/* One that has told nothing yet has no row: it is left at nothing. */
void
push_metrics_read(struct push_metrics *m, struct db *db)
{
	for (size_t i = 0; i < m->count; i++) {
		struct push_metric *one = &m->list[i];
		struct hook_row row;
		if (!hook_load(db, one->name, &row))
			continue;
		one->pending = deliveries_count(db, row.id, DELIVERY_PENDING);
		one->dead = deliveries_count(db, row.id, DELIVERY_DEAD);
		one->good_at = row.good_at;
		one->disabled = row.disabled;
	}
}

static int64_t
pending_of(const struct push_metric *one)
{
	return one->pending;
}

static int64_t
dead_of(const struct push_metric *one)
{
	return one->dead;
}

static int64_t
good_of(const struct push_metric *one)
{
	return one->good_at / 1000;
}

static int64_t
disabled_of(const struct push_metric *one)
{
	return one->disabled;
}

void
push_metrics_write(const struct push_metrics *m, struct strbuf *out)
{
	static const struct {
		const char *name, *help;
		int64_t (*value)(const struct push_metric *one);
	} figures[] = {
		{"pending", "Deliveries that wait for a webhook, as far as is counted",
			pending_of},
		{"dead", "Deliveries a webhook never took", dead_of},
		{"good_seconds", "When a webhook last took one, in Unix time; 0 never",
			good_of},
		{"disabled", "1 while a webhook is told nothing", disabled_of},
	};
	for (size_t f = 0; f < ARRAY_LEN(figures); f++) {
		strbuf_printf(out,
			"# HELP malgil_webhook_%s %s\n# TYPE malgil_webhook_%s "
			"gauge\n",
			figures[f].name, figures[f].help, figures[f].name);
		for (size_t i = 0; i < m->count; i++)
			strbuf_printf(out,
				"malgil_webhook_%s{webhook=\"%s\"} %" PRId64 "\n",
				figures[f].name, m->list[i].name,
				figures[f].value(&m->list[i]));
	}
}
