/* A message as Twilio's clients know it. Pure. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/api/twilio.h"

void
twilio_sid(uint64_t id, char ret[TWILIO_SID])
{
	snprintf(ret, TWILIO_SID, "SM%032" PRIx64, id);
}

bool
twilio_sid_parse(const char *sid, uint64_t *ret_id)
{
	if (strlen(sid) != TWILIO_SID - 1 || strncmp(sid, "SM", 2) != 0 ||
		strspn(sid + 2, "0") < 16 ||
		strspn(sid + 2, "0123456789abcdef") != TWILIO_SID - 3)
		return false;
	*ret_id = strtoull(sid + 18, NULL, 16);
	return *ret_id > 0 && *ret_id <= INT64_MAX;
}

/* ---- states ---- */

/* As Twilio's error dictionary has them. */
static const struct {
	int code;
	const char *message;
} errors[] = {
	{20001, "Bad request"},
	{20003, "Authenticate"},
	{20004, "Method not allowed"},
	{20006, "Access Denied"},
	{20009, "Cannot delete or change the message: delivery has not been completed"},
	{20404, "The requested resource was not found"},
	{20409, "Resource already exists: the idempotency token was used for another "
		"request"},
	{20429, "Too Many Requests"},
	{20503, "Service Unavailable"},
	{21211, "Invalid 'To' Phone Number"},
	{21602, "Message body is required."},
	{21603, "A 'From' phone number is required."},
	{21604, "A 'To' phone number is required."},
	{21606, "The 'From' phone number provided is not a valid, message-capable phone "
		"number or short code for your account"},
	{21609, "The 'StatusCallback' URL is not a valid URL"},
	{21610, "Attempt to send to unsubscribed recipient"},
	{21617, "The concatenated message body exceeds the 1600 character limit"},
	{21620, "Media is not supported: this gateway sends text"},
	{30003, "Unreachable destination handset"},
	{30005, "Unknown destination handset"},
	{30007, "Message filtered"},
	{30008, "Unknown error"},
	{30036, "Validity Period Expired"},
	{35118, "MessagingServiceSid is required to schedule a message"},
};

const char *
twilio_error(int code)
{
	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		if (errors[i].code == code)
			return errors[i].message;
	return "";
}

int
twilio_error_of(int status)
{
	switch (status) {
	case 401: return 20003;
	case 403: return 20003;
	case 404: return 20404;
	case 405: return 20004;
	case 429: return 20429;
	case 500:
	case 503: return 20503;
	}
	return 20001;
}

static bool
because(const struct message *m, const char *gate)
{
	size_t n = strlen(gate);
	return m->reason && !strncmp(m->reason, gate, n) && m->reason[n] == ':';
}

static int
code_of(const struct message *m)
{
	switch (m->state) {
	case MESSAGE_SUPPRESSED:
		return because(m, "consent")  ? 21610
		       : because(m, "number") ? 30005
					      : 30007;
	case MESSAGE_EXPIRED: return 30036;
	case MESSAGE_UNDELIVERED: return 30003;
	case MESSAGE_FAILED:
	case MESSAGE_IN_DOUBT: return 30008;
	case MESSAGE_ACCEPTED:
	case MESSAGE_HELD:
	case MESSAGE_QUEUED:
	case MESSAGE_SENDING:
	case MESSAGE_SENT:
	case MESSAGE_DELIVERED:
	case MESSAGE_CANCELED:
	case MESSAGE_RECEIVED:
	case MESSAGE_STATES: break;
	}
	return 0;
}

/* A message in doubt may have gone out: it is "sending" as long as evidence may still
 * come, and "undelivered" with an unknown error once nobody expects any. */
const char *
twilio_status(const struct message *m, int64_t now, int *ret_code)
{
	bool open_doubt = m->state == MESSAGE_IN_DOUBT && m->expires;
	*ret_code = open_doubt ? 0 : code_of(m);
	switch (m->state) {
	case MESSAGE_ACCEPTED: return "accepted";
	case MESSAGE_HELD: return m->not_before > now ? "scheduled" : "queued";
	case MESSAGE_QUEUED: return "queued";
	case MESSAGE_SENDING: return "sending";
	case MESSAGE_SENT: return "sent";
	case MESSAGE_DELIVERED: return "delivered";
	case MESSAGE_UNDELIVERED: return "undelivered";
	case MESSAGE_CANCELED: return "canceled";
	case MESSAGE_RECEIVED: return "received";
	case MESSAGE_IN_DOUBT: return open_doubt ? "sending" : "undelivered";
	case MESSAGE_FAILED:
	case MESSAGE_EXPIRED:
	case MESSAGE_SUPPRESSED:
	case MESSAGE_STATES: break;
	}
	return "failed";
}

/* ---- numbers ---- */

const char *
twilio_number(const struct config_account *account, const char *channel)
{
	for (size_t i = 0; channel && i < account->number_count; i++)
		if (!strcmp(account->numbers[i].channel, channel))
			return account->numbers[i].phone;
	if (channel)
		return channel;
	return account->number_count == 1 ? account->numbers[0].phone : "";
}

/* ---- JSON ---- */

void
twilio_date(struct jsonw *w, const char *name, int64_t wall)
{
	static const char *const days[] = {
		"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
		"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t seconds = (time_t)(wall / 1000);
	struct tm tm;
	char text[64];
	if (!wall || !gmtime_r(&seconds, &tm)) {
		jsonw_null(w, name);
		return;
	}
	snprintf(text, sizeof(text), "%s, %02d %s %d %02d:%02d:%02d +0000",
		days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
		tm.tm_hour, tm.tm_min, tm.tm_sec);
	jsonw_text(w, name, text);
}

static void
write_uris(struct jsonw *w, const char *account, const char *sid)
{
	char uri[160];
	snprintf(uri, sizeof(uri), "/2010-04-01/Accounts/%s/Messages/%s.json", account,
		sid);
	jsonw_text(w, "uri", uri);
	snprintf(uri, sizeof(uri), "/2010-04-01/Accounts/%s/Messages/%s/Media.json",
		account, sid);
	jsonw_open(w, "subresource_uris", '{');
	jsonw_text(w, "media", uri);
	jsonw_close(w, '}');
}

static const char *
direction_of(const struct message *m)
{
	if (!m->outbound)
		return "inbound";
	return m->reply_to ? "outbound-reply" : "outbound-api";
}

void
twilio_message_write(
	struct jsonw *w, const struct message *m, const struct twilio_view *view)
{
	char sid[TWILIO_SID], number[32];
	int code;
	const char *status = twilio_status(m, view->now, &code);
	bool gone = m->state == MESSAGE_SENT || m->state == MESSAGE_DELIVERED ||
		    m->state == MESSAGE_UNDELIVERED || !m->outbound;
	twilio_sid(m->id, sid);
	jsonw_open(w, NULL, '{');
	jsonw_text(w, "sid", sid);
	jsonw_text(w, "account_sid", view->account->sid);
	jsonw_some(w, "messaging_service_sid", view->service);
	jsonw_text(w, "body", m->text);
	snprintf(number, sizeof(number), "%d", m->parts);
	jsonw_text(w, "num_segments", number);
	jsonw_text(w, "num_media", "0");
	jsonw_text(w, "direction", direction_of(m));
	jsonw_some(w, "from", m->outbound ? view->from : m->phone);
	jsonw_some(w, "to", m->outbound ? m->phone : view->from);
	jsonw_text(w, "status", status);
	if (code)
		jsonw_int(w, "error_code", code);
	else
		jsonw_null(w, "error_code");
	jsonw_text(w, "error_message", code ? twilio_error(code) : NULL);
	twilio_date(w, "date_created", m->created);
	twilio_date(w, "date_updated", m->updated);
	twilio_date(w, "date_sent", gone ? m->sent_at ? m->sent_at : m->updated : 0);
	jsonw_null(w, "price");
	jsonw_text(w, "price_unit", "USD");
	jsonw_text(w, "api_version", "2010-04-01");
	write_uris(w, view->account->sid, sid);
	jsonw_close(w, '}');
}

void
twilio_error_write(struct strbuf *out, int status, int code, const char *message)
{
	struct jsonw w = {out};
	char more[64];
	snprintf(more, sizeof(more), "https://www.twilio.com/docs/errors/%d", code);
	jsonw_open(&w, NULL, '{');
	jsonw_int(&w, "code", code);
	jsonw_text(&w, "message", message);
	jsonw_text(&w, "more_info", more);
	jsonw_int(&w, "status", status);
	jsonw_close(&w, '}');
}
