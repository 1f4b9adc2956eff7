#include "drivers/gammu/verdict.h"

/* Refusals of which the message itself is the cause: 24.011 8.2.5.4, 23.040 9.2.3.22. */
static const struct {
	int first, last;
	bool again; /* has been seen to be mistaken */
	const char *why;
} refusals[] = {
	{1, 1, false, "the number is not assigned"},
	{8, 8, false, "the operator bars this message"},
	{21, 21, true, "the network rejected the message"},
	{28, 28, false, "the network does not know this subscriber"},
	{95, 99, false, "the network found the message malformed"},
	{111, 111, true, "protocol error in the network"},
	{128, 191, false, "the service centre does not take such a message"},
	{195, 196, false, "the service centre does not take this destination"},
	{198, 199, false, "the validity period is not supported"},
	{301, 302, true, "the phone does not allow this message"},
	{304, 305, true, "the phone found the message invalid"},
};

/* What says of itself that nothing went out, and is the channel's trouble: 27.005 3.2.5.
 */
static const struct {
	int first, last;
	const char *why;
} troubles[] = {
	{10, 16, "the SIM or the network does not allow sending now"},
	{22, 22, "the phone's memory is short"},
	{27, 30, "the network cannot send now"},
	{38, 69, "the network is busy or out of order"},
	{192, 194, "the service centre is busy"},
	{208, 213, "the SIM's memory is in the way"},
	{300, 300, "trouble inside the phone"},
	{303, 303, "the phone does not support this"},
	{310, 318, "the SIM is missing, locked or busy"},
	{320, 322, "the phone's memory is in the way"},
	{330, 331, "no service centre, or no network"},
};

struct outcome
verdict_answer(int status, int reference)
{
	struct outcome o = {.what = SEND_UNKNOWN,
		.reference = -1,
		.code = status,
		.handed_over = true};
	if (status == 0) {
		o.what = SEND_SENT;
		o.reference = reference >= 0 && reference <= 255 ? reference : -1;
		o.code = -1;
		return o;
	}
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		if (status >= refusals[i].first && status <= refusals[i].last) {
			o.what = SEND_REJECTED;
			o.why = refusals[i].why;
			o.again = refusals[i].again;
			return o;
		}
	for (size_t i = 0; i < ARRAY_LEN(troubles); i++)
		if (status >= troubles[i].first && status <= troubles[i].last) {
			o.what = SEND_LATER;
			o.why = troubles[i].why;
			o.channel_fault = true;
			return o;
		}
	if (status == 197) { /* a duplicate: it has it */
		o.what = SEND_SENT;
		return o;
	}
	o.why = "the phone gives no cause that says more; the message may have gone out";
	return o;
}

struct outcome
verdict_call(GSM_Error error, bool at)
{
	struct outcome o = {.what = SEND_LATER,
		.reference = -1,
		.code = -1,
		.channel_fault = true,
		.why = GSM_ErrorString(error)};
	switch ((int)error) {
	/* Refused by libgammu itself, before it spoke to the phone. */
	case ERR_NOTSUPPORTED:
	case ERR_NOTIMPLEMENTED:
	case ERR_INVALIDDATA:
	case ERR_SOURCENOTAVAILABLE:
		o.what = SEND_REJECTED;
		o.channel_fault = false;
		return o;
	case ERR_EMPTYSMSC:
	case ERR_NOTCONNECTED:
	case ERR_SECURITYERROR:
	case ERR_NOSIM: return o;
	/* Some of the octets may be with the phone, and its Ctrl-Z. */
	case ERR_DEVICEWRITEERROR: o.what = SEND_UNKNOWN; break;
	default:
		if (at)
			return o;
		o.what = SEND_UNKNOWN;
	}
	o.channel_fault = false;
	return o;
}
