/* The last 4 KB of what went over the wire, as text, for `channels trace` and for the
 * moment something fails. One line each, "> " to the modem and "< " from it, oldest
 * first.
 *
 * PINs never enter the ring; runs of hex long enough to be a PDU are replaced by their
 * length unless `show_pdu` is set (the log level is trace). */
#ifndef MALGIL_AT_WIRE_H
#define MALGIL_AT_WIRE_H

#include "gateway/base/strbuf.h"

#define WIRE_SIZE 4096

struct wire {
	char ring[WIRE_SIZE];
	size_t head; /* of the oldest byte */
	size_t used;
	bool show_pdu;
};

/* `direction` is '>' or '<'; control characters are shown as '.', Ctrl-Z as "^Z". */
void wire_note(struct wire *w, char direction, const char *text, size_t len);
void wire_print(const struct wire *w, struct strbuf *out);
/* The line as the ring keeps it: masked. For logging at trace. */
void wire_mask(const char *text, size_t len, bool show_pdu, struct strbuf *out);

#endif
