/* Parts back to a message: TS 23.040 9.2.3.24.1. Pure, and owner of nothing: the caller
 * keeps the decoded parts (in memory or from a database) and lends them.
 *
 * The gateway's inbox matches parts in its database and calls join_text() on what it
 * found; whoever has only a list of PDUs lets `struct join` do the matching as well. */
#ifndef MALGIL_SMS_JOIN_H
#define MALGIL_SMS_JOIN_H

#include "gateway/sms/pdu.h"

/* What stands in a text where a part is missing. */
#define JOIN_GAP "[\xE2\x80\xA6]"

/* Appends the text of `count` parts in order to `out`; NULL is a missing one, and a run
 * of them shows as one JOIN_GAP. Neighbours of one coding are joined as septets or octets
 * before they are decoded, so what a handset split inside a surrogate pair, an escape
 * pair or a character is whole again. Parts of 8-bit data and compressed ones give
 * nothing. */
void join_text(const struct pdu *const parts[], size_t count, struct strbuf *out);
/* Appends the payloads as octets: what 8-bit parts carry. Missing parts give nothing. */
void join_octets(const struct pdu *const parts[], size_t count, struct strbuf *out);

/* One message coming together. Its key is the other party, the reference and its width,
 * the number of parts and the direction. */
struct join {
	const struct pdu
		*parts[255]; /* by sequence number less one, NULL while missing */
	size_t total, have;
};

enum join_result {
	JOIN_STRANGER, /* belongs to another message, or to none in parts */
	JOIN_ADDED,
	JOIN_DUPLICATE, /* that part is here already, octet for octet */
	JOIN_CONFLICT,  /* same place, other content: a new message opens */
};

/* Opens with its first part, which has pdu->concat.total > 0. */
void join_open(struct join *join, const struct pdu *part);
enum join_result join_add(struct join *join, const struct pdu *part);

static inline bool
join_complete(const struct join *join)
{
	return join->have == join->total;
}

#endif
