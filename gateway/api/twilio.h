/* /2010-04-01/Accounts/{sid}/Messages: what an application written for Twilio's Messages
 * resource talks to, so that it sends through the shop's own SIM. See facades.md here for
 * which field is which.
 *
 * An account is one of the configuration's list `twilio`; its sid and auth token are what
 * the application is configured with, and what its callbacks are signed with. Callbacks
 * go through push.h. */
#ifndef MALGIL_API_TWILIO_H
#define MALGIL_API_TWILIO_H

#include "gateway/core/handler.h"
#include "gateway/net/jsonw.h"
#include "gateway/store/hooks.h"
#include "gateway/store/messages.h"

struct push_call;
struct http_answer;

/* ---- sids: two letters and our id as 32 hex digits ---- */

#define TWILIO_SID 35
void twilio_sid(uint64_t id, char ret[TWILIO_SID]);
bool twilio_sid_parse(const char *sid, uint64_t *ret_id);

/* ---- the resource ---- */

#define TWILIO_ROOT "/2010-04-01/"

/* "queued", "delivered" ...; *ret_code is Twilio's error code, 0 none. */
const char *twilio_status(const struct message *m, int64_t now, int *ret_code);
/* A sentence for a code; "" unknown. */
const char *twilio_error(int code);
/* The code that fits an HTTP status of which nothing more is known. */
int twilio_error_of(int status);
/* The number of a channel as an account knows it: the configured one, else the channel's
 * name. NULL, when the channel is not chosen yet: the only number there is, or "". */
const char *twilio_number(const struct config_account *account, const char *channel);
/* A channel by its number or name; NULL none. */
const char *twilio_channel(
	struct core *core, const struct config_account *account, const char *number);
/* {"sid":...}: a Message. `service` may be "". */
struct twilio_view {
	const struct config_account *account;
	const char *from, *service;
	int64_t now;
};
void twilio_message_write(
	struct jsonw *w, const struct message *m, const struct twilio_view *view);
/* {"code","message","more_info","status"} */
void twilio_error_write(struct strbuf *out, int status, int code, const char *message);
/* RFC 2822, as in "Thu, 24 Aug 2023 05:01:45 +0000"; null for 0. */
void twilio_date(struct jsonw *w, const char *name, int64_t wall);

/* ---- callbacks: for push.c ---- */

/* Is this an event a StatusCallback is told of? */
bool twilio_wants(const char *event);
/* The request a delivery is. 0; -ENOENT when the message or the account is gone. */
int twilio_compose(
	struct core *core, const struct delivery *d, struct push_call *ret) MUST_USE;
/* The application answered an inbound text: its TwiML is done, in this tick. */
void twilio_answered(
	struct core *core, const struct delivery *d, const struct http_answer *answer);
/* It never did: somebody else must. */
void twilio_unanswered(struct core *core, const struct delivery *d);

/* Is the application told of what comes in by this channel? */
bool twilio_listens(struct core *core, const struct config_account *a, uint64_t channel);
/* In the line of handlers: a text to a channel whose application is told of it
 * (sms_url) is answered there. */
bool twilio_handle(struct core *core, const struct inbound *in);

#endif
