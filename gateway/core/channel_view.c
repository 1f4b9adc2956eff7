/* What people see of a channel, and what they do to it: the console, the wire, a reset.
 */
#include "gateway/core/channel_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void
announce(struct channel *ch, const char *name, const char *detail)
{
	core_event(ch->core,
		&(struct event){.name = name, .channel = ch->row.id, .detail = detail});
}

/* ---- looking ---- */

static int
by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

static void
gap_percentiles(const struct channel *ch, struct channel_view *ret)
{
	float sorted[CHANNEL_GAPS];
	size_t n = MIN(ch->gap_count, (size_t)CHANNEL_GAPS);
	ret->gap_p50_ms = ret->gap_p99_ms = -1;
	if (!n)
		return;
	memcpy(sorted, ch->gaps, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_value);
	ret->gap_p50_ms = (double)sorted[n / 2];
	ret->gap_p99_ms = (double)sorted[MIN(n - 1, n * 99 / 100)];
}

void
channel_view(struct core *core, const struct channel *ch, struct channel_view *ret)
{
	*ret = (struct channel_view){.name = ch->row.name,
		.driver = ch->config->ops->name,
		.id = ch->row.id,
		.state = ch->state,
		.why = ch->why.s,
		.until = ch->state == CHANNEL_RESTING || ch->state == CHANNEL_BROKEN
				 ? ch->rest_until
				 : 0,
		.who = &ch->who,
		.facts = &ch->facts,
		.sent = ch->row.sent,
		.failed = ch->row.failed,
		.in_doubt = ch->row.doubts,
		.heard = ch->heard,
		.last_sent = ch->last_sent,
		.queue = messages_waiting_for(core->db, ch->row.id),
		.in_flight = (int)ch->busy,
		.adopted = ch->row.adopted,
		.balance = ch->upkeep.balance,
		.balance_at = ch->upkeep.balance_at,
		.tested_at = ch->upkeep.tested_at};
	gap_percentiles(ch, ret);
}

/* ---- the console ---- */

/* Hands a line to the driver and keeps who waits for the answer. */
static int
ask(struct channel *ch, bool ussd, const char *line,
	void (*done)(void *arg, const char *answer), void *arg, struct strbuf *err)
{
	const struct driver_ops *ops = ch->config->ops;
	for (size_t i = 0; i < ARRAY_LEN(ch->commands); i++) {
		if (ch->commands[i].done)
			continue;
		uint64_t ticket = core_id(ch->core);
		int r = ussd ? ops->ussd(ch->driver, line, ticket, err)
			     : ops->command(ch->driver, line, ticket, err);
		if (r < 0)
			return r;
		ch->commands[i].ticket = ticket;
		ch->commands[i].done = done;
		ch->commands[i].arg = arg;
		announce(ch, ussd ? "channel.ussd" : "channel.command", line);
		return 0;
	}
	strbuf_set(err, "other console commands are still waiting for their answers");
	return -EBUSY;
}

int
channel_command(struct core *core, struct channel *ch, const char *line,
	void (*done)(void *arg, const char *answer), void *arg, struct strbuf *err)
{
	(void)core;
	if (ch->config->ops->command)
		return ask(ch, false, line, done, arg, err);
	strbuf_set(err, "channel %s has no console", ch->row.name);
	return -ENOTSUP;
}

int
channel_ussd(struct core *core, struct channel *ch, const char *code,
	void (*done)(void *arg, const char *answer), void *arg, struct strbuf *err)
{
	(void)core;
	if (ch->config->ops->ussd)
		return ask(ch, true, code, done, arg, err);
	strbuf_set(err, "channel %s cannot dial codes", ch->row.name);
	return -ENOTSUP;
}

void
channel_command_done(struct channel *ch, uint64_t ticket, const char *answer)
{
	for (size_t i = 0; i < ARRAY_LEN(ch->commands); i++) {
		if (!ch->commands[i].done || ch->commands[i].ticket != ticket)
			continue;
		void (*done)(void *arg, const char *answer) = ch->commands[i].done;
		ch->commands[i].done = NULL;
		done(ch->commands[i].arg, answer);
		return;
	}
}

void
channel_command_forget(struct core *core, void *arg)
{
	for (size_t k = 0; k < core->channel_count; k++)
		for (size_t i = 0; i < ARRAY_LEN(core->channels[k]->commands); i++)
			if (core->channels[k]->commands[i].arg == arg)
				core->channels[k]->commands[i].done = NULL;
}

void
channel_trace(const struct channel *ch, struct strbuf *out)
{
	if (ch->config->ops->trace && ch->driver)
		ch->config->ops->trace(ch->driver, out);
}

void
channel_reset(struct channel *ch)
{
	announce(ch, "channel.reset", "asked for by a person");
	channel_restart(ch);
}
