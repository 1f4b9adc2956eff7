#include "drivers/gammu/tpdu.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "gateway/sms/dcs.h"
#include "gateway/sms/userdata.h"

#define FRAME_MAX   800
#define FIRST_LOOKS 0x7Bu /* all of a SUBMIT's first octet but TP-RD and TP-RP */

void
tpdu_ascii(const unsigned char *wide, char *ret, size_t size)
{
	size_t n = 0;
	for (; n + 1 < size && (wide[2 * n] || wide[2 * n + 1]); n++)
		ret[n] = (char)(wide[2 * n] || wide[2 * n + 1] > 126 ? '?'
								     : wide[2 * n + 1]);
	ret[n] = '\0';
}

void
tpdu_wide(const char *ascii, unsigned char *ret, size_t size)
{
	size_t n = 0;
	for (; ascii[n] && 2 * n + 3 < size; n++) {
		ret[2 * n] = 0;
		ret[2 * n + 1] = (unsigned char)ascii[n];
	}
	ret[2 * n] = ret[2 * n + 1] = 0;
}

/* ---- out ---- */

/* Octets of an address field that begins at `p`: how many semi-octets, type, digits. */
static size_t
address_octets(const uint8_t *p)
{
	return 2u + (p[0] + 1u) / 2;
}

/* A class can be written in two ways (23.038 4); libgammu knows the other. */
static bool
same_coding(uint8_t a, uint8_t b)
{
	struct sms_dcs x, y;
	sms_dcs_decode(a, &x);
	sms_dcs_decode(b, &y);
	return a == b || (x.alphabet == y.alphabet && x.msg_class == y.msg_class &&
				 x.compressed == y.compressed && (b & 0xF8) != 0xF8);
}

/* Does the frame say what the TPDU says? */
static bool
same_frame(const uint8_t *tpdu, size_t len, const unsigned char *frame, size_t frame_len)
{
	const GSM_SMSMessageLayout *at = &PHONE_SMSSubmit;
	size_t address = address_octets(tpdu + 2), pid = 2 + address;
	bool vp = tpdu[0] & 0x10;
	size_t udl = pid + 2 + (vp ? 1 : 0);
	if (udl >= len || frame_len < at->Text)
		return false;
	size_t octets = len - udl - 1;
	return (tpdu[0] & FIRST_LOOKS) == (frame[at->firstbyte] & FIRST_LOOKS) &&
	       memcmp(tpdu + 2, frame + at->Number, address) == 0 &&
	       tpdu[pid] == frame[at->TPPID] &&
	       same_coding(tpdu[pid + 1], frame[at->TPDCS]) &&
	       (!vp || tpdu[pid + 2] == frame[at->TPVP]) &&
	       tpdu[udl] == frame[at->TPUDL] && octets == frame_len - at->Text &&
	       memcmp(tpdu + udl + 1, frame + at->Text, octets) == 0;
}

int
tpdu_to_gammu(const uint8_t *tpdu, size_t len, const char *smsc, GSM_SMSMessage *ret_sms,
	struct strbuf *err)
{
	GSM_Debug_Info *quiet = GSM_GetGlobalDebug();
	unsigned char frame[FRAME_MAX] = {0}, copy[256] = {0};
	GSM_SMSMessage again;
	int frame_len = 0;
	if (len < 8 || len > 200 || (tpdu[0] & 3) != 1 ||
		2 + address_octets(tpdu + 2) + 3 > len) {
		strbuf_set(err, "This is no SMS-SUBMIT");
		return -EINVAL;
	}
	memcpy(copy, tpdu, len); /* libgammu trusts the lengths inside */
	memset(ret_sms, 0, sizeof(*ret_sms));
	if (GSM_DecodePDUFrame(quiet, ret_sms, copy, len, NULL, FALSE) != ERR_NONE) {
		strbuf_set(err, "libgammu does not understand this message");
		return -EINVAL;
	}
	/* How libgammu says that a report is wanted. */
	ret_sms->PDU = tpdu[0] & 0x20 ? SMS_Status_Report : SMS_Submit;
	memset(ret_sms->SMSC.Number, 0, sizeof(ret_sms->SMSC.Number));
	tpdu_wide(smsc, ret_sms->SMSC.Number, sizeof(ret_sms->SMSC.Number));
	again = *ret_sms;
	if (GSM_EncodeSMSFrame(quiet, &again, frame, PHONE_SMSSubmit, &frame_len, TRUE) ==
			ERR_NONE &&
		same_frame(tpdu, len, frame, (size_t)frame_len))
		return 0;
	strbuf_set(err, "libgammu would send other octets than these: it does not know "
			"this alphabet or validity");
	return -EINVAL;
}

/* ---- in ---- */

/* A stamp that is no date, which no network writes, becomes one that is plainly old. */
static struct sms_time
stamp(const GSM_DateTime *t)
{
	struct tm tm = {.tm_year = t->Year - 1900,
		.tm_mon = t->Month - 1,
		.tm_mday = t->Day,
		.tm_hour = t->Hour,
		.tm_min = t->Minute,
		.tm_sec = t->Second};
	bool good = t->Year >= 1990 && t->Year <= 2089 && t->Month >= 1 &&
		    t->Month <= 12 && t->Day >= 1 && t->Day <= 31 &&
		    t->Timezone % 900 == 0 && t->Timezone / 900 <= 79 &&
		    t->Timezone / 900 >= -79;
	if (!good)
		return (struct sms_time){.valid = true, .wall = INT64_C(946684800000)};
	return (struct sms_time){.valid = true,
		.wall = ((int64_t)timegm(&tm) - t->Timezone) * SECOND,
		.offset_minutes = t->Timezone / 60};
}

static int
put_octets(struct pdu *p, const GSM_SMSMessage *sms, const uint8_t *text, size_t len)
{
	size_t header = (size_t)sms->UDH.Length;
	size_t whole = MIN(header + len, (size_t)UD_MAX_OCTETS);
	memcpy(p->ud, sms->UDH.Text, header);
	memcpy(p->ud + header, text, whole - header);
	p->ud_len = whole;
	p->udl = (uint8_t)whole;
	return 0;
}

/* Back into septets by way of UTF-8; what does not go is kept as UCS-2. The length is in
 * septets here, of which some characters take two: the text ends where it is zero. */
static int
put_septets(struct pdu *p, const GSM_SMSMessage *sms, size_t most)
{
	size_t units = 0;
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(4096);
	while (units < most && (sms->Text[2 * units] || sms->Text[2 * units + 1]))
		units++;
	sms_utf16_to_utf8(sms->Text, 2 * units, &text);
	p->dcs = (uint8_t)(p->dcs & ~0x0Cu);
	if (!pdu_put_text(p, sms->UDH.Length > 0 ? sms->UDH.Text : NULL,
		    (size_t)sms->UDH.Length, SMS_GSM7, text.s, text.len, NULL))
		return 0;
	p->dcs |= 8;
	return put_octets(p, sms, sms->Text, 2 * units);
}

static int
put_deliver(struct pdu *p, const GSM_SMSMessage *sms, struct strbuf *err)
{
	size_t units = (size_t)MAX(0, MIN(sms->Length, GSM_MAX_SMS_LENGTH));
	_Static_assert(UD_MAX_OCTETS <= GSM_MAX_UDH_LENGTH, "a whole header fits");
	if (sms->UDH.Length < 0 || sms->UDH.Length > UD_MAX_OCTETS) {
		strbuf_set(err, "Its header is longer than a message");
		return -EINVAL;
	}
	p->type = PDU_DELIVER;
	p->mms = true; /* no more messages wait */
	p->rp = sms->ReplyViaSameSMSC;
	p->scts = stamp(&sms->DateTime);
	p->udhi = sms->UDH.Length > 0;
	p->dcs = sms->Class >= 0 && sms->Class <= 3 ? (uint8_t)(0x10 | sms->Class) : 0;
	switch (sms->Coding) {
	case SMS_Coding_Unicode_No_Compression:
		p->dcs |= 8;
		return put_octets(p, sms, sms->Text, 2 * units);
	case SMS_Coding_8bit: p->dcs |= 4; return put_octets(p, sms, sms->Text, units);
	case SMS_Coding_Default_No_Compression: return put_septets(p, sms, units);
	case SMS_Coding_Unicode_Compression:
	case SMS_Coding_Default_Compression: break;
	}
	strbuf_set(
		err, "Its text is compressed, or of an alphabet libgammu does not know");
	return -EINVAL;
}

int
tpdu_from_gammu(const GSM_SMSMessage *sms, uint8_t ret[256], struct strbuf *err)
{
	struct pdu p = {.has_pid = true, .has_dcs = true, .has_ud = true};
	struct strbuf out AUTO(strbuf_done) = STRBUF_INIT(256);
	struct strbuf number AUTO(strbuf_done) = STRBUF_INIT(256);
	size_t digits = 0;
	int r = 0;
	while (digits < GSM_MAX_NUMBER_LENGTH &&
		(sms->Number[2 * digits] || sms->Number[2 * digits + 1]))
		digits++;
	sms_utf16_to_utf8(sms->Number, 2 * digits, &number);
	if (digits > 0)
		r = sms_address_parse(number.s, &p.address, err);
	else
		p.address.toa = 0x81;
	if (!r && sms->PDU == SMS_Status_Report) {
		p = (struct pdu){.type = PDU_STATUS_REPORT,
			.mms = true,
			.mr = sms->MessageReference,
			.address = p.address,
			.status = sms->DeliveryStatus,
			.scts = stamp(&sms->DateTime),
			.discharge = stamp(&sms->SMSCTime)};
	} else if (!r) {
		r = put_deliver(&p, sms, err);
	}
	if (!r)
		r = pdu_encode(&p, &out, err);
	if (r < 0)
		return r;
	memcpy(ret, out.s, out.len);
	return (int)out.len;
}
