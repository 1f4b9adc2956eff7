/* Semi-octet time stamps: TS 23.040 9.2.3.11. Pure. */
#ifndef MALGIL_SMS_TIMESTAMP_H
#define MALGIL_SMS_TIMESTAMP_H

#include "gateway/sms/pdu.h"

#define SMS_TIME_ISO 32

/* Seven octets. The century is 19 for the years 90 to 99. Digits that are no date give
 * valid == false and nothing else. */
void sms_time_decode(const uint8_t p[7], struct sms_time *ret_time);
/* Back to seven octets. -EINVAL when not valid, before 1990 or after 2089, or when the
 * offset is no quarter of an hour within 79 of them. Milliseconds are dropped. */
int sms_time_encode(const struct sms_time *time, uint8_t ret[7]) MUST_USE;
/* ISO 8601 in the stamp's own zone ("2007-04-12T23:25:42+08:00"), "" when not valid. */
void sms_time_iso(const struct sms_time *time, char ret[SMS_TIME_ISO]);

#endif
