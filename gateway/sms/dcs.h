/* The data coding scheme octet: TS 23.038 clause 4. Pure. */
#ifndef MALGIL_SMS_DCS_H
#define MALGIL_SMS_DCS_H

#include "gateway/sms/pdu.h"

struct sms_dcs {
	enum sms_alphabet alphabet;
	int8_t msg_class; /* 0..3, -1 when none is meant */
	bool compressed;  /* 23.042; never decompressed here */
	bool auto_delete; /* "delete once read" group */
	bool reserved;    /* a coding the clause reserves: read as the default alphabet */
	bool mwi;         /* message waiting indication group, and then: */
	bool mwi_store;   /* the text is worth keeping */
	bool mwi_active;  /* something waits (false: the sign may go out) */
	enum sms_waiting mwi_kind;
};

void sms_dcs_decode(uint8_t dcs, struct sms_dcs *ret_dcs);
/* The plain octet of an alphabet with an optional class. */
uint8_t sms_dcs_octet(enum sms_alphabet alphabet, int8_t msg_class);
const char *sms_alphabet_name(enum sms_alphabet alphabet); /* "gsm7", "ucs2", ... */
const char *sms_waiting_name(enum sms_waiting kind);       /* "voicemail", ... */

#endif
