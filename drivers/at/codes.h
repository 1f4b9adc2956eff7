/* What a refusal means: +CMS ERROR and +CME ERROR as a table.
 *
 * +CMS 0-127 are RP causes (24.011 8.2.5.4), 128-255 TP failure causes (23.040 9.2.3.22),
 * 300-511 the modem's own (27.005 3.2.5), from 512 on the vendor's. Pure data. */
#ifndef MALGIL_AT_CODES_H
#define MALGIL_AT_CODES_H

#include "drivers/at/parse.h"

enum code_class {
	CODE_TEMPORARY, /* did not go out, may be tried again */
	CODE_PERMANENT, /* did not go out and never will as it is */
	CODE_TWICE,     /* the same, but seen to be mistaken: once more is worth it */
	CODE_OPERATOR,  /* did not go out; the SIM, the account or the set-up needs a
			   person */
	CODE_UNKNOWN,   /* may have gone out */
	CODE_MODEM,     /* did not go out; the modem must be set up again */
	CODE_ACCEPTED,  /* the network has it already */
};

/* Vendors give 512 and up contradictory meanings; the profile says whose they are. */
enum code_vendor { VENDOR_CMS_NONE, VENDOR_CMS_SIEMENS, VENDOR_CMS_NOKIA };

struct code {
	int code;
	enum code_class class;
	int64_t rest; /* ms the channel should rest: the trouble is the channel's. 0: not
			 its */
	const char *sentence;
};

/* Never NULL. What the code means once the PDU and its Ctrl-Z have been written; before
 * that no code can mean that the message went out. */
const struct code *codes_find(const struct final *final, enum code_vendor vendor);
const struct code *codes_cms(int code, enum code_vendor vendor);
const struct code *codes_cme(int code);

/* The number for the text of an error that came as text (AT+CMEE=2), -1 when not known.
 */
int codes_cms_number(const char *text);
int codes_cme_number(const char *text);

#endif
