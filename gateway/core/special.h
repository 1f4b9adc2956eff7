/* What arrives and is no text for a dialog: messages that only say something waits (voice
 * mail, an MMS), messages nobody shall see (type 0), and calls nobody answers. Each
 * leaves a row and, where a customer stands behind it, a ticket: never silence. */
#ifndef MALGIL_CORE_SPECIAL_H
#define MALGIL_CORE_SPECIAL_H

#include "gateway/core/core.h"
#include "gateway/sms/pdu.h"
#include "gateway/store/arrivals.h"

/* True when the arrival is dealt with: type 0, a message-waiting indication. Opened and
 * finished here. */
bool special_arrival(struct core *core, const struct arrival *a, const struct pdu *pdu);

/* An MMS waits: `octets` as mms_parse() takes them. Stored as an inbound message, with a
 * ticket; the sender is told, once a day, that pictures and long texts do not arrive. */
struct special_mms {
	uint64_t channel;
	const char *from; /* of the carrying text */
	const uint8_t *octets;
	size_t len;
	int64_t at, sent_at;
	bool stale;
};
/* The message's id; 0 when it is no MMS notification after all. */
uint64_t special_mms(struct core *core, const struct special_mms *mms);

/* A missed call: a ticket, and once a day a text that says so (say.call), to a number
 * that can read one; an event alone where the number is withheld. */
void special_call(struct core *core, uint64_t channel, const char *number);

/* How a number from the network is kept: E.164 by the shop's country, short codes and
 * names as they are, "unknown" when there is none. `ret` has 48 bytes. */
void special_number(const struct core *core, const char *from, char ret[48]);

#endif
