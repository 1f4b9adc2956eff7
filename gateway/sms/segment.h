/* From a text to the segments that carry it. Pure.
 *
 * The planner chooses the cheapest alphabet that loses nothing: GSM 7-bit, GSM 7-bit with
 * a national table the route is known to pass, UCS-2 (UTF-16). It never splits an escape
 * pair, a surrogate pair or, where the segment allows, a grapheme cluster (ICU break
 * iterator). Fewest segments win; among equals the default alphabet comes first, then a
 * national single shift (a phone that does not know it shows the text nearly right), a
 * locking shift, both, and UCS-2 last. */
#ifndef MALGIL_SMS_SEGMENT_H
#define MALGIL_SMS_SEGMENT_H

#include "gateway/sms/pdu.h"

#define SEGMENT_MAX 255

struct segment_options {
	enum { SEGMENT_AUTO, SEGMENT_FORCE_GSM7, SEGMENT_FORCE_UCS2 } alphabet;
	uint32_t national; /* bit N: national language id N (1..13) may be used */
	bool ref16;        /* 16-bit concatenation reference */
};

struct segment {
	size_t from, to; /* byte range of the text */
	uint16_t units;  /* septets or UTF-16 code units used, header not counted */
};

struct segment_plan {
	enum sms_alphabet alphabet;
	uint8_t single_shift, locking_shift; /* 0: none */
	bool ref16;
	size_t count; /* 1..255 */
	size_t units; /* of the whole text */
	struct segment segments[SEGMENT_MAX];
};

/* Units (septets, octets, UTF-16 code units) that fit beside a header of so many octets,
 * its length octet included; 0 when the header alone fills the message. */
size_t segment_capacity(enum sms_alphabet alphabet, size_t header_octets);

/* Plans `text` (UTF-8, len bytes). 0; -EINVAL with a sentence when the text is not UTF-8,
 * cannot be written in a forced alphabet, or needs more than 255 segments. */
int segment_plan(const char *text, size_t len, const struct segment_options *options,
	struct segment_plan *ret_plan, struct strbuf *err) MUST_USE;

/* What a submission carries beside its text. */
struct submit_options {
	const char *to;   /* E.164, short code */
	bool report;      /* TP-SRR */
	int8_t msg_class; /* 0..3, -1 none (0 is flash) */
	int64_t validity; /* seconds, 0: no TP-VP */
	uint16_t ref;     /* concatenation reference */
};

/* Appends the SMS-SUBMIT TPDU of segment `index` (0-based) to `out`; TP-MR is 0, the
 * modem sets it. -EINVAL with a sentence (a bad destination). */
int segment_submit(const char *text, const struct segment_plan *plan, size_t index,
	const struct submit_options *options, struct strbuf *out,
	struct strbuf *err) MUST_USE;

/* Fills user data (ud, ud_len, udl, dcs, udhi) of `pdu` with segment `index`: what
 * segment_submit() uses, and the simulator for DELIVERs. */
int segment_user_data(const char *text, const struct segment_plan *plan, size_t index,
	uint16_t ref, int8_t msg_class, struct pdu *pdu, struct strbuf *err) MUST_USE;

#endif
