/* The TPDUs of TS 23.040 clause 9.2, between bytes and a struct. Pure: no I/O, no clock.
 *
 * Decoding accepts everything a real SIM has been seen to hold (truncated or padded
 * status reports, odd trailing octets, reserved bits) and says so in `warnings`; it
 * refuses what cannot be read without guessing, with one sentence. Encoding is strict. */
#ifndef MALGIL_SMS_PDU_H
#define MALGIL_SMS_PDU_H

#include "gateway/sms/address.h"

enum pdu_type {
	PDU_DELIVER,        /* SC to phone */
	PDU_DELIVER_REPORT, /* phone to SC */
	PDU_SUBMIT,         /* phone to SC */
	PDU_SUBMIT_REPORT,  /* SC to phone */
	PDU_STATUS_REPORT,  /* SC to phone */
	PDU_COMMAND,        /* phone to SC */
};
const char *pdu_type_name(enum pdu_type type); /* "SMS-DELIVER", ... */

/* TP-MTI means different things each way (9.2.3.1). */
enum pdu_direction { PDU_TO_PHONE, PDU_FROM_PHONE };

/* What waits when a message says that something does. */
enum sms_waiting { WAITING_VOICEMAIL, WAITING_FAX, WAITING_EMAIL, WAITING_OTHER };

/* TP-PID 40: "short message type 0", acknowledged and thrown away unseen (9.2.3.9). */
#define SMS_PID_TYPE0 0x40

enum sms_alphabet { SMS_GSM7, SMS_8BIT, SMS_UCS2, SMS_KSC5601 };

/* TP-VP (9.2.3.12). */
enum vp_format { VP_NONE, VP_ENHANCED, VP_RELATIVE, VP_ABSOLUTE };
struct sms_validity {
	enum vp_format format;
	uint8_t octets[7]; /* as on the wire; relative uses the first */
	int64_t seconds; /* relative and enhanced-in-seconds: length; -1 when not a length
			  */
	char iso[32];    /* absolute: ISO 8601 with its own offset, else "" */
};

/* A semi-octet time stamp (9.2.3.11). Invalid digits give valid == false, never an error.
 */
struct sms_time {
	bool valid;
	int64_t wall;       /* ms since 1970 UTC */
	int offset_minutes; /* of the stamp's own zone */
	bool minus_zero;    /* the zone was written as -0, which ISO 8601 keeps apart */
};

struct sms_udh_element {
	uint8_t iei, len;
	const uint8_t
		*data; /* into pdu.ud: a copied struct pdu still points to its original */
};

/* Concatenation (9.2.3.24.1 and .8): total 0 means "not part of several". */
struct sms_concat {
	uint16_t ref;
	uint8_t ref_bits; /* 8 or 16 */
	uint8_t total, seq;
};

#define PDU_MAX_ELEMENTS 70
#define PDU_MAX_WARNINGS 8

struct pdu {
	enum pdu_type type;
	uint8_t first; /* the first octet as it stood */
	/* Each flag as its bit stands: mms set means that *no* more messages wait. */
	bool mms, lp, rp, udhi, sri, rd, srr, srq;
	uint8_t mr;                 /* SUBMIT, STATUS-REPORT, COMMAND */
	struct sms_address address; /* originator, destination or recipient */
	bool has_pid, has_dcs, has_ud;
	uint8_t pid, dcs, udl;
	struct sms_time scts;      /* DELIVER, STATUS-REPORT, SUBMIT-REPORT */
	struct sms_time discharge; /* STATUS-REPORT */
	uint8_t status;            /* TP-ST */
	bool has_pi; /* a parameter indicator stood behind the fixed fields */
	uint8_t pi;
	uint8_t fcs; /* -REPORTs */
	bool has_fcs;
	struct sms_validity vp; /* SUBMIT */
	uint8_t command;        /* TP-CT; its data is in ud */
	uint8_t command_mr;     /* TP-MN, the submission it is about */

	/* What the data coding scheme says (TS 23.038 clause 4). */
	enum sms_alphabet alphabet;
	int8_t msg_class; /* 0..3, -1 when none */
	bool compressed;

	/* Message waiting, from the data coding scheme or header element 01 (9.2.3.24.2).
	 */
	bool mwi, mwi_active, mwi_store; /* store: the text is worth keeping */
	enum sms_waiting mwi_kind;
	int16_t mwi_count; /* how many wait, -1 when not told */

	uint8_t ud[140]; /* user data as it stood, header first */
	size_t ud_len;   /* octets present, at most what udl says */
	struct sms_udh_element elements[PDU_MAX_ELEMENTS];
	size_t element_count;
	struct sms_concat concat;
	bool has_ports;
	uint8_t port_bits;
	uint16_t port_dst, port_src;
	uint8_t single_shift, locking_shift; /* national language ids, 0 when none */

	char text[1024]; /* UTF-8 of GSM7, UCS2, KSC5601 user data */
	size_t text_len; /* may contain U+0000: trust the length */
	/* UCS-2 parts are joined as octets before they are decoded (handsets split
	 * surrogate pairs), so the payload after the header is exposed as it stood. */
	size_t payload_at; /* offset into ud */
	unsigned tpdu_len; /* octets of the TPDU: the <length> of AT+CMGS */
	unsigned trailing; /* octets left over behind its last field */
	const char *warnings[PDU_MAX_WARNINGS];
	size_t warning_count;
};

/* Decodes one TPDU without SMSC prefix. 0, or -EINVAL with a sentence. */
int pdu_decode(const uint8_t *tpdu, size_t len, enum pdu_direction direction,
	struct pdu *ret_pdu, struct strbuf *err) MUST_USE;

/* Upper- or lower-case hex with an SMSC prefix to its two halves: `ret_smsc` and the
 * TPDU's octets in `ret_tpdu` (room for 256). Returns the TPDU's length or -EINVAL. */
int pdu_from_hex(const char *hex, bool has_smsc, struct sms_address *ret_smsc,
	uint8_t ret_tpdu[256], struct strbuf *err) MUST_USE;

/* Appends the TPDU of a SUBMIT, DELIVER, STATUS-REPORT or a -REPORT to `out` from first
 * principles: flags, address, pid, dcs, vp, times, udhi and ud/ud_len/udl as given. 0, or
 * -EINVAL with a sentence. The simulator builds DELIVERs with it, the gateway SUBMITs. */
int pdu_encode(const struct pdu *pdu, struct strbuf *out, struct strbuf *err) MUST_USE;

/* Writes the user data of `pdu` (ud, ud_len, udl, udhi, has_ud, payload_at) from a
 * header, whose first octet is its own length (NULL and 0: none), and a text in
 * `alphabet`, with the shifts of single_shift and locking_shift. The dcs is the caller's
 * to set. -EINVAL with a sentence when the text has characters the alphabet lacks or does
 * not fit in 140 octets. SMS_8BIT takes the bytes as they are. */
int pdu_put_text(struct pdu *pdu, const uint8_t *header, size_t header_len,
	enum sms_alphabet alphabet, const char *text, size_t len,
	struct strbuf *err) MUST_USE;

/* TP-ST (9.2.3.15) as the trade sees it. */
enum report_class {
	REPORT_DELIVERED, /* 00 alone proves that the recipient has it */
	/* 01 forwarded, 02 replaced by the SC, 10-1F an SC's own successes: over, but
	 * delivery is not confirmed. */
	REPORT_FORWARDED,
	REPORT_PENDING, /* 20-3F: the SC still tries, another report follows */
	REPORT_EXPIRED, /* 46 */
	REPORT_FAILED,  /* 40-5F: permanent */
	REPORT_GAVE_UP, /* 60-7F, 03-0F and 80-FF, which are reserved: temporary cause, SC
			   stopped trying */
};
enum report_class pdu_status_class(uint8_t status);
const char *pdu_status_name(uint8_t status); /* "service rejected", static */

/* TP-VP, relative: octet of the longest period not above `seconds` (rounded down to the
 * grid; at least 5 minutes), and back. */
uint8_t pdu_validity_octet(int64_t seconds);
int64_t pdu_validity_seconds(uint8_t octet);

#endif
