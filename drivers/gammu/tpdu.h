/* Between the octets of the air and libgammu's idea of a message. libgammu takes messages
 * apart and puts them together again itself; whoever keeps a journal of octets must know
 * that they come out the same. Pure: no phone, no clock. */
#ifndef MALGIL_GAMMU_TPDU_H
#define MALGIL_GAMMU_TPDU_H

#include "drivers/gammu/library.h"

#include "gateway/base/strbuf.h"

/* An SMS-SUBMIT for GSM_SendSMS(). What libgammu would put on the air is compared with
 * the original, all but TP-MR: -EINVAL with a sentence when it is not the same. `smsc` ""
 * leaves the service centre to the phone. */
int tpdu_to_gammu(const uint8_t *tpdu, size_t len, const char *smsc,
	GSM_SMSMessage *ret_sms, struct strbuf *err) MUST_USE;

/* The SMS-DELIVER or SMS-STATUS-REPORT that was read from a phone, put together again,
 * always in the same way. libgammu keeps neither TP-PID nor the groups of TP-DCS beyond
 * alphabet and class. Returns its length in `ret` (room for 256), or -EINVAL with a
 * sentence. */
int
tpdu_from_gammu(const GSM_SMSMessage *sms, uint8_t ret[256], struct strbuf *err) MUST_USE;

/* libgammu's 16-bit big-endian texts that hold ASCII, such as numbers. */
void tpdu_ascii(const unsigned char *wide, char *ret, size_t size);
void tpdu_wide(const char *ascii, unsigned char *ret, size_t size);

#endif
