/* Calling a dlr-url. */
#include <errno.h>
#include <string.h>

#include "gateway/api/kannel.h"
#include "gateway/api/push_inside.h"
#include "gateway/core/channel_inside.h"
#include "gateway/store/messages.h"

static const struct {
	const char *event;
	int type;
	const char *reply;
} told[] = {
	{"message.sent", KANNEL_SENT, "ACK/"},
	{"message.delivered", KANNEL_DELIVERED, "delivered"},
	{"message.undelivered", KANNEL_UNDELIVERED, "undelivered"},
	{"message.expired", KANNEL_UNDELIVERED, "expired"},
	{"message.doubt_closed", KANNEL_UNDELIVERED, "unknown"},
	{"message.failed", KANNEL_REJECTED, "NACK/"},
	{"message.suppressed", KANNEL_REJECTED, "NACK/"},
	{"message.canceled", KANNEL_REJECTED, "NACK/"},
};

static int
find_told(const char *event)
{
	for (size_t i = 0; i < ARRAY_LEN(told); i++)
		if (!strcmp(told[i].event, event))
			return (int)i;
	return -1;
}

bool
kannel_wants(const struct callback *c, const char *event)
{
	int i = find_told(event);
	return i >= 0 && c->mask & told[i].type;
}

static void
compose(struct core *core, const struct callback *c, const struct hook_event *e,
	const struct message *m, struct push_call *ret)
{
	int i = find_told(e->name);
	const struct channel *ch =
		channel_by_id(core, m->channel ? m->channel : m->route);
	struct strbuf reply AUTO(strbuf_done) = STRBUF_INIT(1024);
	strbuf_puts(&reply, told[i].reply);
	if (told[i].type == KANNEL_REJECTED)
		strbuf_puts(&reply, e->detail);
	kannel_expand(c->url,
		&(struct kannel_report_facts){.type = told[i].type,
			.to = m->phone,
			.from = c->service,
			.reply = reply.s,
			.channel = ch ? ch->row.name : "",
			.user = c->account,
			.message = m->id,
			.at = e->at},
		&ret->url);
	ret->method = "GET";
	ret->outside = !core->config->hooks.callbacks_private;
}

int
kannel_compose(struct core *core, const struct delivery *d, struct push_call *ret)
{
	struct hook_event e;
	struct callback c;
	struct message m;
	int r = -ENOENT;
	if (!callback_load(core->db, d->message, &c) ||
		!hook_event_load(core->db, d->event, &e))
		return -ENOENT;
	if (find_told(e.name) >= 0 && message_load(core->db, d->message, &m)) {
		compose(core, &c, &e, &m, ret);
		message_done(&m);
		r = 0;
	}
	hook_event_done(&e);
	return r;
}
