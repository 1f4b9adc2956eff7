#include "gateway/core/owner.h"

#include <string.h>

#include "gateway/core/outbox.h"

void
owner_alert(struct core *core, const char *text)
{
	const struct config *c = core->config;
	struct outbox_receipt receipt;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	core_event(core, &(struct event){.name = "owner.alert", .detail = text});
	if (!c->owner_phone || (c->owner_alert && !strstr(c->owner_alert, "sms")))
		return;
	struct outbox_request request = {.to = c->owner_phone,
		.text = text,
		.text_len = strlen(text),
		.cls = CLASS_SERVICE,
		.origin = "owner",
		.msg_class = -1};
	if (outbox_accept(core, &request, &receipt, &err) < 0)
		core_event(core,
			&(struct event){.name = "owner.unreached", .detail = err.s});
}
