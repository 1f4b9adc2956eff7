#include "gateway/core/handler.h"

#include "gateway/store/ledger.h"

enum handler_asks
handlers_ask(struct core *core, const struct inbound *in)
{
	enum handler_asks most = HANDLER_ASKS_NOTHING;
	for (size_t i = 0; handlers[i].name; i++)
		if (handlers[i].asks)
			most = MAX(most, handlers[i].asks(core, in));
	return most;
}

bool
handler_ticket(struct core *core, const struct inbound *in)
{
	uint64_t open = ticket_open_for(core->db, in->contact, "unmatched");
	if (open) {
		ticket_touch(core->db, open, in->at);
		return true;
	}
	struct ticket_row row = {.id = core_id(core),
		.contact = in->contact,
		.message = in->message,
		.topic = "unmatched",
		.at = in->at,
		.note = in->stale ? "the text was old when it arrived" : ""};
	ticket_insert(core->db, &row);
	core_event(core, &(struct event){"ticket.opened", in->message, in->contact,
				 in->channel, "unmatched"});
	return true;
}
