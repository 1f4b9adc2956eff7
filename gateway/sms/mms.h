/* What a phone is told when an MMS waits for it: M-Notification.ind (OMA MMS
 * Encapsulation 1.2, 6.2) in a WAP push (WSP 8.2.4.1), sent to port 2948 as binary SMS.
 * We cannot fetch it; sender, subject and size are all there is to show. Pure. */
#ifndef MALGIL_SMS_MMS_H
#define MALGIL_SMS_MMS_H

#include "gateway/base/strbuf.h"

#define MMS_PORT 2948

struct mms_notification {
	char from[64];     /* E.164, national digits or an address; "" not told */
	char subject[256]; /* UTF-8, "" none */
	int64_t size;      /* octets, -1 not told */
};

/* The user data of the push, its parts joined and without user-data headers. What cannot
 * be read is left out. 0, or -EINVAL when it is no MMS notification. */
int mms_parse(const uint8_t *octets, size_t len, struct mms_notification *ret) MUST_USE;

#endif
