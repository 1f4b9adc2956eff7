#include "gateway/sms/dcs.h"

/* Korean networks use a coding 23.038 reserves for text in KS C 5601 (Android's telephony
 * reads it the same way). */
#define DCS_KSC5601 0x84

/* Groups 00xx and 01xx. */
static void
general_decode(uint8_t octet, struct sms_dcs *dcs)
{
	dcs->compressed = octet & 0x20;
	dcs->auto_delete = octet & 0x40;
	if (octet & 0x10)
		dcs->msg_class = octet & 3;
	switch (octet >> 2 & 3) {
	case 1: dcs->alphabet = SMS_8BIT; break;
	case 2: dcs->alphabet = SMS_UCS2; break;
	case 3: dcs->reserved = true; break;
	}
}

/* Groups 1100 (discard), 1101 (store) and 1110 (store, UCS-2). */
static void
waiting_decode(uint8_t octet, struct sms_dcs *dcs)
{
	dcs->mwi = true;
	dcs->mwi_store = octet >> 4 != 0xC;
	dcs->mwi_active = octet & 8;
	dcs->mwi_kind = (enum sms_waiting)(octet & 3);
	if (octet >> 4 == 0xE)
		dcs->alphabet = SMS_UCS2;
}

void
sms_dcs_decode(uint8_t octet, struct sms_dcs *ret_dcs)
{
	struct sms_dcs dcs = {.alphabet = SMS_GSM7, .msg_class = -1};
	if (octet < 0x80) {
		general_decode(octet, &dcs);
	} else if (octet == DCS_KSC5601) {
		dcs.alphabet = SMS_KSC5601;
	} else if (octet < 0xC0) {
		dcs.reserved = true;
	} else if (octet < 0xF0) {
		waiting_decode(octet, &dcs);
	} else {
		/* Group 1111; its bit 3 is reserved and ignored. */
		dcs.alphabet = octet & 4 ? SMS_8BIT : SMS_GSM7;
		dcs.msg_class = octet & 3;
	}
	*ret_dcs = dcs;
}

uint8_t
sms_dcs_octet(enum sms_alphabet alphabet, int8_t msg_class)
{
	uint8_t octet = msg_class < 0 ? 0 : (uint8_t)(0x10 | (msg_class & 3));
	switch (alphabet) {
	case SMS_GSM7: return octet;
	case SMS_8BIT: return octet | 4;
	case SMS_UCS2: return octet | 8;
	case SMS_KSC5601: return DCS_KSC5601;
	}
	return octet;
}

const char *
sms_alphabet_name(enum sms_alphabet alphabet)
{
	switch (alphabet) {
	case SMS_GSM7: return "gsm7";
	case SMS_8BIT: return "8bit";
	case SMS_UCS2: return "ucs2";
	case SMS_KSC5601: return "ksc5601";
	}
	return "";
}

const char *
sms_waiting_name(enum sms_waiting kind)
{
	switch (kind) {
	case WAITING_VOICEMAIL: return "voicemail";
	case WAITING_FAX: return "fax";
	case WAITING_EMAIL: return "email";
	case WAITING_OTHER: return "other";
	}
	return "";
}
