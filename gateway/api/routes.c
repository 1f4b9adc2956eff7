/* Everything the API answers, in one table. */
#include "gateway/api/routes.h"

#include "gateway/api/resources.h"

#define SMALL (64u * 1024)
#define BODY  (1024u * 1024)
#define BULK  (4u * 1024 * 1024)

/* clang-format off */
const struct route routes[] = {
	{"POST", "/v1/messages", ROLE_APP, messages_post, NULL, BODY,
		"accept a message: 202 means it is on disk"},
	{"GET", "/v1/messages", ROLE_READ, messages_get,
		"state limit before phone direction", 0, "list messages, newest first"},
	{"POST", "/v1/messages/batch", ROLE_APP, messages_batch, NULL, BULK,
		"accept up to 1000 messages: a JSON list, or NDJSON"},
	{"GET", "/v1/messages/{id}", ROLE_READ, message_get, NULL, 0,
		"one message with every attempt"},
	{"POST", "/v1/messages/{id}/cancel", ROLE_APP, messages_cancel, NULL, 0,
		"take back what has not left"},
	{"POST", "/v1/messages/{id}/resolve", ROLE_AGENT, messages_resolve, NULL, SMALL,
		"settle a message in doubt: sent, resend or close"},
	{"GET", "/v1/messages/{id}/explain", ROLE_READ, message_explain, NULL, 0,
		"every gate's verdict: which rule holds it, until when, and why"},

	{"GET", "/v1/channels", ROLE_READ, channels_get, NULL, 0,
		"how the channels are"},
	{"GET", "/v1/channels/{name}", ROLE_READ, channel_get, NULL, 0,
		"how one channel is"},
	{"POST", "/v1/channels/{name}/command", ROLE_OWNER, channel_post_command, NULL,
		SMALL, "type a command to the device"},
	{"GET", "/v1/channels/{name}/trace", ROLE_OWNER, channel_get_trace, NULL, 0,
		"the last lines of the wire"},
	{"POST", "/v1/channels/{name}/reset", ROLE_OWNER, channel_post_reset, NULL, 0,
		"restart the device"},
	{"POST", "/v1/channels/{name}/adopt", ROLE_OWNER, channel_post_adopt, NULL, 0,
		"accept a SIM that came with texts on it"},

	{"GET", "/v1/events", ROLE_READ, events_get, "after limit", 0,
		"everything that happened, in order"},
	{"GET", "/v1/tickets", ROLE_AGENT, tickets_get, "state queue agent limit before", 0,
		"what waits for a person: the unanswered first, by what was promised"},
	{"POST", "/v1/tickets", ROLE_AGENT, tickets_post, NULL, SMALL,
		"open a ticket for a number, or join its open one"},
	{"GET", "/v1/tickets/{id}", ROLE_AGENT, ticket_get, "limit", 0,
		"one ticket with its thread: texts, notes and what was done"},
	{"POST", "/v1/tickets/{id}/reply", ROLE_AGENT, ticket_reply, NULL, SMALL,
		"answer the customer; the first to answer claims it"},
	{"POST", "/v1/tickets/{id}/claim", ROLE_AGENT, ticket_claim, NULL, SMALL,
		"take it, if nobody has"},
	{"POST", "/v1/tickets/{id}/assign", ROLE_AGENT, ticket_assign, NULL, SMALL,
		"give it to somebody, or to nobody"},
	{"POST", "/v1/tickets/{id}/note", ROLE_AGENT, ticket_note, NULL, SMALL,
		"write something down that the customer does not see"},
	{"POST", "/v1/tickets/{id}/snooze", ROLE_AGENT, ticket_snooze, NULL, SMALL,
		"out of sight until a time, the next opening, or a text"},
	{"POST", "/v1/tickets/{id}/priority", ROLE_AGENT, ticket_prioritise, NULL, SMALL,
		"low, normal, high or urgent"},
	{"POST", "/v1/tickets/{id}/queue", ROLE_AGENT, ticket_move, NULL, SMALL,
		"into another queue"},
	{"POST", "/v1/tickets/{id}/close", ROLE_AGENT, ticket_close, NULL, SMALL,
		"done; the dialog that handed it over goes on"},
	{"POST", "/v1/tickets/{id}/reopen", ROLE_AGENT, ticket_reopen, NULL, SMALL,
		"not done after all"},
	{"GET", "/v1/consent/{phone}", ROLE_AGENT, consent_get, "limit", 0,
		"what somebody agreed to, and the proof"},
	{"GET", "/v1/arrivals", ROLE_OWNER, arrivals_get, "state limit before", 0,
		"what came in and could not be read"},
	{"GET", "/v1/reports", ROLE_AGENT, reports_get, "unmatched limit before", 0,
		"delivery reports, also those nobody can place"},

	{"GET", "/healthz", ROLE_READ, health_get, NULL, 0, "is everything well?"},
	{"GET", "/metrics", ROLE_READ, metrics_get, NULL, 0, "figures for Prometheus"},
	{0},
};
/* clang-format on */
